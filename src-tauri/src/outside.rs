//! What is handed to the app from outside: a file named at its start, at a second one, or opened with it; on a phone
//! also what another app shares. What is in it is looked at as any other file, and nothing of it is stored before the
//! person says so.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crypto_core::backup::import::MAX_FILE;
use device::Phone;
use device::phone::{Handed, PhoneError};
use zeroize::Zeroizing;

use crate::error::{Code, CommandError};

/// Something that was handed to the app and waits until somebody looks at it.
pub enum Outside {
    /// A file on the disk.
    File(PathBuf),
    /// What another app handed to this phone, which has only its address so far.
    Handed(Handed),
    /// What was in a copy that the system made for this app, and that is deleted.
    Copy(String, Result<Zeroizing<Vec<u8>>, CommandError>),
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outside(..)")
    }
}

impl Outside {
    /// What the system made a copy of. It is read at once, so that the copy, which nothing seals, can go.
    #[cfg(any(target_os = "ios", test))]
    pub(crate) fn of_copy(path: &Path, made_in: &Path) -> Self {
        let copy = Self::Copy(name(path), read(path).map(Zeroizing::new));
        let is = |folder: Option<&Path>| folder.and_then(|folder| folder.canonicalize().ok());
        // A file that lies elsewhere is the person's own.
        if is(path.parent()).is_some_and(|folder| Some(folder) == is(Some(made_in))) {
            // One that stays behind goes with the next: nothing else is kept in that folder.
            let _ = std::fs::read_dir(made_in).map(|copies| {
                copies.flatten().for_each(|copy| drop(std::fs::remove_file(copy.path())));
            });
        }
        copy
    }

    /// Its name, for the screen; nothing for a text.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => name(path),
            Self::Handed(handed) => shown(&handed.name),
            Self::Copy(name, _) => name.clone(),
        }
    }

    /// What is in it, or as much as shows that it is too much.
    pub(crate) fn read(self, device: &impl Phone) -> Result<Vec<u8>, CommandError> {
        match self {
            Self::File(path) => read(&path),
            Self::Handed(handed) => device.read_handed(handed.id).map_err(|error| match error {
                PhoneError::TooLarge => {
                    let limit = MAX_FILE / (1024 * 1024);
                    CommandError { code: Code::FileTooLarge, detail: Some(limit.to_string()) }
                }
                PhoneError::NotHere => Code::FileUnreadable.into(),
            }),
            Self::Copy(_, content) => content.map(|mut content| std::mem::take(&mut *content)),
        }
    }
}

/// The files among the words that a start came with, typed in `folder`.
#[cfg(desktop)]
pub(crate) fn named(words: &[String], folder: &Path) -> Vec<PathBuf> {
    let paths = words.iter().filter_map(|word| path(word)).map(|path| folder.join(path));
    paths.filter(|path| path.is_file()).collect()
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

fn name(path: &Path) -> String {
    shown(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// A name as another app gives it, for a screen: no folders, nothing that breaks or turns a line, and an end.
fn shown(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_plain = |letter: &char| !letter.is_control() && !TURNS.contains(letter);
    name.chars().filter(is_plain).take(MOST_SHOWN).collect::<String>().trim().to_owned()
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    // Something that is no file, such as a device, may have been put in its place.
    let file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|about| about.is_file()));
    let most = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    file.and_then(|file| file.take(most).read_to_end(&mut bytes).ok()).ok_or(Code::FileUnreadable)?;
    Ok(bytes)
}

/// Letters that turn the direction of writing, or begin another line.
const TURNS: [char; 14] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202b}', '\u{202c}',
    '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];
const MOST_SHOWN: usize = 120;

#[cfg(test)]
mod tests {
    use device::fake::FakeDevice;

    use super::*;

    #[test]
    fn the_words_that_are_files_are_opened_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("an export.json");
        std::fs::write(&file, b"{}").expect("writes");
        let named = |words: &[&str]| {
            named(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), folder.path())
        };
        let url = tauri::Url::from_file_path(&file).expect("an absolute path").to_string();
        assert!(url.contains("%20"));
        for words in [&["an export.json"][..], &["--flag", "otpauth://totp/x?secret=A", "gone", &url]] {
            assert_eq!(named(words), [file.as_path()], "{words:?}");
        }
        assert_eq!(named(&[&url, "x", "an export.json"]), [file.as_path(), &file]);
        for words in
            [&[][..], &[""], &["."], &["gone"], &["file:"], &["file://elsewhere/x"], &["https://a.example/"]]
        {
            assert!(named(words).is_empty(), "{words:?}");
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

    #[test]
    fn a_name_from_outside_shows_nothing_but_a_name() {
        assert_eq!(shown("../../data/vault.avlt"), "vault.avlt");
        assert_eq!(shown("C:\\Users\\maria\\export.json"), "export.json");
        assert_eq!(shown("exp\u{202e}nosj.\u{2066}exe\u{0}\n2"), "expnosj.exe2");
        assert_eq!(shown("Säkerhet 1.avlt"), "Säkerhet 1.avlt");
        assert_eq!(shown(&"å".repeat(1000)).chars().count(), MOST_SHOWN);
        assert_eq!(shown(""), "");
    }

    #[test]
    fn what_is_handed_over_is_read_from_the_phone() {
        let phone = FakeDevice::default();
        phone.hand_over(vec![("a/b.json", Some(b"{}".to_vec())), ("gone", None)]);
        let [good, gone] = phone.handed().expect("lists").try_into().expect("two files");
        let outside = Outside::Handed(good.clone());
        assert_eq!(outside.name(), "b.json");
        assert_eq!(outside.read(&phone).expect("is read"), b"{}");
        assert_eq!(Outside::Handed(gone).read(&phone).unwrap_err().code, Code::FileUnreadable);
        // Others were handed over since: the name of one never stands over the content of another.
        phone.hand_over(vec![("c.json", Some(b"[]".to_vec()))]);
        assert_eq!(Outside::Handed(good).read(&phone).unwrap_err().code, Code::FileUnreadable);
    }

    #[test]
    fn a_copy_that_the_system_made_goes_as_soon_as_it_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let made_in = folder.path().join("Inbox");
        std::fs::create_dir(&made_in).expect("is made");
        let (copy, before) = (made_in.join("export.json"), made_in.join("before.json"));
        for file in [&copy, &before] {
            std::fs::write(file, b"{}").expect("writes");
        }
        let outside = Outside::of_copy(&copy, &made_in);
        assert_eq!(outside.name(), "export.json");
        assert!(!copy.exists() && !before.exists(), "nor one that was left behind");
        assert_eq!(outside.read(&FakeDevice::default()).expect("is read"), b"{}");

        let own = folder.path().join("own.json");
        std::fs::write(&own, b"{}").expect("writes");
        Outside::of_copy(&own, &made_in).read(&FakeDevice::default()).expect("is read");
        assert!(own.exists(), "what is no copy is not deleted");
        let gone = Outside::of_copy(&copy, &made_in).read(&FakeDevice::default());
        assert_eq!(gone.unwrap_err().code, Code::FileUnreadable);
    }
}
