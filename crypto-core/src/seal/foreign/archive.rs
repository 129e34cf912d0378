//! Zip archives, plain or sealed by a password: by zip's own old cipher or by AES as WinZip does it.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;
use zip::read::ZipReadOptions;
use zip::result::ZipError;

use super::ForeignError;
use crate::secret::{SecretBytes, SecretText};

/// An archive whose list of contents has been read.
pub struct Archive<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Archive<'a> {
    /// None if it is no archive, or one with more in it than any app puts there.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(b"PK\x03\x04") {
            return None;
        }
        let archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
        (archive.len() <= MAX_ENTRIES).then_some(Self(archive))
    }

    /// Whether it begins like a zip file and has no list of its files.
    pub fn is_damaged(bytes: &[u8]) -> bool {
        bytes.starts_with(b"PK\x03\x04") && ZipArchive::new(Cursor::new(bytes)).is_err()
    }

    /// The names of what is in it, folders included.
    pub fn names(&self) -> Vec<String> {
        self.0.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect()
    }

    /// Whether a file takes a password.
    pub fn is_sealed(&mut self, name: &str) -> Result<bool, ForeignError> {
        let index = self.0.index_for_name(name).ok_or(ForeignError::OutOfRange)?;
        self.0.by_index_raw(index).map(|file| file.encrypted()).map_err(|_| ForeignError::OutOfRange)
    }

    /// One file. Without a password a sealed one is refused like one with the wrong password.
    pub fn read(&mut self, name: &str, password: Option<&SecretText>) -> Result<SecretBytes, ForeignError> {
        let index = self.0.index_for_name(name).ok_or(ForeignError::OutOfRange)?;
        // expose: this is where the password is used.
        let options = ZipReadOptions::new().password(password.map(|typed| typed.expose().as_bytes()));
        let file = self.0.by_index_with_options(index, options).map_err(|error| refused(&error))?;
        let sealed = file.encrypted();
        let size = usize::try_from(file.size()).ok().filter(|&size| size <= MAX_SIZE);
        let size = size.ok_or(ForeignError::TooCostly)?;
        // Room for all of it from the start, so that growing leaves no copy behind unwiped.
        let mut buffer = Vec::with_capacity(size + 1);
        let read = file.take(size as u64 + 1).read_to_end(&mut buffer);
        let bytes = SecretBytes::new(buffer);
        match read {
            Ok(length) if length == size => Ok(bytes),
            // The old cipher knows a wrong password in 255 of 256 cases; the checksum sees the others.
            _ if sealed => Err(ForeignError::Refused),
            _ => Err(ForeignError::OutOfRange),
        }
    }
}

fn refused(error: &ZipError) -> ForeignError {
    let no_password =
        matches!(error, ZipError::UnsupportedArchive(text) if *text == ZipError::PASSWORD_REQUIRED);
    let wrong = no_password || matches!(error, ZipError::InvalidPassword);
    if wrong { ForeignError::Refused } else { ForeignError::OutOfRange }
}

/// As large as a file that is read directly.
const MAX_SIZE: usize = 8 * 1024 * 1024;
const MAX_ENTRIES: usize = 10_000;
