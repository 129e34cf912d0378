//! Zip files, open or sealed by a password. What comes out is bounded before it is unpacked and while it is.

use std::io::{Cursor, Read as _};

use zeroize::Zeroizing;
use zip::ZipArchive;
use zip::result::ZipError;

use super::ForeignError;
use crate::secret::{SecretBytes, SecretText};

/// A zip file, of which only the list of its files was read.
pub struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Archive<'a> {
    /// None if it is no zip file, or has more files than any app puts into one.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(START) {
            return None;
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).ok()?;
        (zip.len() <= MOST_FILES).then_some(Self { zip })
    }

    /// Whether it begins like a zip file and has no list of its files.
    pub fn is_damaged(bytes: &[u8]) -> bool {
        bytes.starts_with(START) && ZipArchive::new(Cursor::new(bytes)).is_err()
    }

    /// The names of its files.
    pub fn names(&self) -> Vec<String> {
        self.zip.file_names().filter_map(|name| name.ok().map(std::borrow::Cow::into_owned)).collect()
    }

    /// Whether `name` is sealed.
    pub fn is_sealed(&mut self, name: &str) -> Result<bool, ForeignError> {
        let index = self.zip.index_for_name(name).ok_or(ForeignError::OutOfRange)?;
        self.zip.by_index_raw(index).map(|file| file.encrypted()).map_err(|_| ForeignError::OutOfRange)
    }

    /// One of its files. A password that does not fit is `Refused`; damage is `OutOfRange`. The old cipher of
    /// zip files notices a wrong password in 255 cases of 256; in the last one it looks like damage.
    pub fn read(&mut self, name: &str, password: Option<&SecretText>) -> Result<SecretBytes, ForeignError> {
        let index = self.zip.index_for_name(name).ok_or(ForeignError::OutOfRange)?;
        let file = match password {
            // expose: this is where the password is used.
            Some(password) => self.zip.by_index_decrypt(index, password.expose().as_bytes()),
            None => self.zip.by_index(index),
        };
        let file = file.map_err(|error| {
            let is_shut = matches!(
                error,
                ZipError::InvalidPassword | ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)
            );
            if is_shut { ForeignError::Refused } else { ForeignError::OutOfRange }
        })?;
        if file.size() > MOST_BYTES {
            return Err(ForeignError::TooCostly);
        }
        let mut bytes = Zeroizing::new(Vec::new());
        // The size that is written in the file may be a lie.
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|_| ForeignError::OutOfRange)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(ForeignError::TooCostly);
        }
        Ok(SecretBytes::new(bytes.to_vec()))
    }
}

const START: &[u8] = b"PK\x03\x04";
const MOST_FILES: usize = 64;
/// As large as a file that is read directly.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
