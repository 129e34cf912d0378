//! A file that the system hands to the app: named at its start, at a second one, or opened with it. What is in it is
//! looked at as any other file, and nothing of it is stored before the person says so.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
#[cfg(desktop)]
use std::path::PathBuf;

use crypto_core::backup::import::MAX_FILE;

use crate::error::{Code, CommandError};

/// The file among the words that a start came with, typed in `folder`. The first counts: each is a question of its
/// own, and there is one window for it.
#[cfg(desktop)]
pub(crate) fn named(words: &[String], folder: &Path) -> Option<PathBuf> {
    words.iter().filter_map(|word| path(word)).map(|path| folder.join(path)).find(|path| path.is_file())
}

/// What a word says of a place; options and links say nothing.
#[cfg(desktop)]
fn path(word: &str) -> Option<PathBuf> {
    if word.starts_with('-') || word.is_empty() {
        return None;
    }
    if word.starts_with("file:") {
        return tauri::Url::parse(word).ok()?.to_file_path().ok();
    }
    // A path may have a colon, too. Whether it is one is seen by looking.
    Some(PathBuf::from(word))
}

/// Its name, for the screen.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is in it, or as much as shows that it is too much.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    // Something that is no file, such as a device, may have been put in its place.
    let file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|about| about.is_file()));
    let most = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    file.and_then(|file| file.take(most).read_to_end(&mut bytes).ok()).ok_or(Code::FileUnreadable)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_that_is_a_file_is_the_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("an export.json");
        std::fs::write(&file, b"{}").expect("writes");
        let named = |words: &[&str]| {
            named(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), folder.path())
        };
        let url = tauri::Url::from_file_path(&file).expect("an absolute path").to_string();
        assert!(url.contains("%20"));
        for words in
            [&["an export.json"][..], &["--flag", "otpauth://totp/x?secret=A", "gone", &url], &[&url, "x"]]
        {
            assert_eq!(named(words).as_deref(), Some(file.as_path()), "{words:?}");
        }
        for words in
            [&[][..], &[""], &["."], &["gone"], &["file:"], &["file://elsewhere/x"], &["https://a.example/"]]
        {
            assert_eq!(named(words), None, "{words:?}");
        }
    }

    #[test]
    fn no_more_is_read_than_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("large");
        File::create(&file).and_then(|file| file.set_len(1 << 40)).expect("a hole takes no room");
        assert_eq!(read(&file).expect("reads").len(), MAX_FILE + 1);
        assert_eq!(read(folder.path()).unwrap_err().code, Code::FileUnreadable);
    }
}
