//! Looks for secrets where none may be: in every file under a folder, in every form a program would
//! write them without meaning to.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use data_encoding::{BASE32_NOPAD, HEXLOWER, HEXUPPER};
use memchr::memmem;

/// A place where a secret was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Leak {
    /// The file.
    pub file: PathBuf,
    /// How it was written there.
    pub form: &'static str,
}

/// Searches every file under `folder` for every one of `keys`, which are in Base32. Gives the leaks and how
/// many files were read, so that a caller can see that there was something to search.
pub fn search(folder: &Path, keys: &[String]) -> (Vec<Leak>, usize) {
    let forms: Vec<_> = keys.iter().flat_map(|key| forms(key)).collect();
    let mut files = Vec::new();
    list(folder, &mut files);
    let leaks = files
        .iter()
        .flat_map(|file| {
            // A socket or a file that went away in between holds nothing.
            let bytes = fs::read(file).unwrap_or_default();
            let found = forms.iter().filter(move |(_, form)| memmem::find(&bytes, form).is_some());
            found.map(|(name, _)| Leak { file: file.clone(), form: name }).collect::<Vec<_>>()
        })
        .collect();
    (leaks, files.len())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => list(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

fn forms(key: &str) -> Vec<(&'static str, Vec<u8>)> {
    let raw = BASE32_NOPAD.decode(key.as_bytes()).expect("keys of tests are Base32 in upper case");
    let lower = key.to_lowercase();
    let mut forms = vec![
        ("hexadecimal, lower case", HEXLOWER.encode(&raw).into_bytes()),
        ("hexadecimal, upper case", HEXUPPER.encode(&raw).into_bytes()),
        // What web views write: SQLite tables with two bytes a character.
        ("Base32 in UTF-16", key.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("Base32 in UTF-16, lower case", lower.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("Base32", key.as_bytes().to_vec()),
        ("Base32, lower case", lower.into_bytes()),
    ];
    // Inside something longer, Base64 of the same bytes looks different at each place modulo three. The
    // characters at both ends depend on the neighbours and are left out.
    for offset in 0..3 {
        let mut shifted = vec![0; offset];
        shifted.extend(&raw);
        for (name, text) in
            [("Base64", STANDARD_NO_PAD.encode(&shifted)), ("Base64url", URL_SAFE_NO_PAD.encode(&shifted))]
        {
            let inner = text.as_bytes();
            forms.push((name, inner[if offset == 0 { 0 } else { offset + 1 }..inner.len() - 2].to_vec()));
        }
    }
    forms.push(("raw", raw));
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    const RAW: &[u8] = b"12345678901234567890";

    fn found(content: &[u8]) -> Vec<&'static str> {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("inner")).expect("a folder in it");
        fs::write(folder.path().join("inner/file"), content).expect("a file in that");
        let (leaks, files) = search(folder.path(), &[KEY.to_owned()]);
        assert_eq!(files, 1);
        leaks.into_iter().map(|leak| leak.form).collect()
    }

    #[test]
    fn every_form_is_found() {
        assert_eq!(found(&[b"..", RAW, b".."].concat()), ["raw"]);
        assert_eq!(
            found(b"x3132333435363738393031323334353637383930x"),
            ["hexadecimal, lower case", "hexadecimal, upper case"]
        );
        assert_eq!(found(format!("secret={KEY}&").as_bytes()), ["Base32"]);
        assert_eq!(found(KEY.to_lowercase().as_bytes()), ["Base32, lower case"]);
        let wide: Vec<u8> = KEY.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(found(&wide), ["Base32 in UTF-16"]);
    }

    #[test]
    fn base64_is_found_wherever_it_starts() {
        for before in ["", "a", "ab", "abc", "abcd"] {
            let text = STANDARD_NO_PAD.encode([before.as_bytes(), RAW, b"xyz"].concat());
            assert!(found(text.as_bytes()).contains(&"Base64"), "after {before:?}");
        }
    }

    #[test]
    fn other_content_is_no_leak() {
        assert_eq!(found(b"nothing of that kind"), [""; 0]);
    }
}
