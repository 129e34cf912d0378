//! A vault that was exported with a password of its own.
//! <https://bitwarden.com/help/encrypted-export/>

use serde::Deserialize;

use super::super::lenient::{self, Number, Text};
use super::super::shape::{Kind, Shape};
use super::super::{Format, ImportError, Input, Row, Vendor, lines};
use crate::seal::foreign::{
    Argon2Cost, ForeignError, Prf, argon2id, expand, open_cbc_with_mac, pbkdf2, sha256,
};
use crate::secret::{SecretBytes, SecretText};

pub(in super::super) const PROTECTED: Vendor =
    Vendor { format: Format::BitwardenProtected, is, locked: false, read };

fn is(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.kind("encrypted") == Some(Kind::Plain) && shape.kind("passwordProtected") == Some(Kind::Plain)
}

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let file: File = lenient::file(input.bytes)?;
    let data = Sealed::parse(&file.data.0)?;
    let kdf = file.kdf()?;
    let typed = input.typed(Format::BitwardenProtected)?;
    let key = kdf.key(typed, file.salt.0.as_bytes(), input.limits.memory_mib)?;
    let (key, mac_key) = (expand(&key, b"enc"), expand(&key, b"mac"));
    match data.open(&key, &mac_key) {
        // expose: read into the rows.
        Ok(opened) => super::rows(opened.expose()),
        // Sealed by the same password: where it opens, the rest is damaged.
        Err(_) if Sealed::parse(&file.validation.0).is_ok_and(|text| text.open(&key, &mac_key).is_ok()) => {
            Err(ImportError::Corrupt)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    /// Base64, of which the text itself is the salt.
    salt: Text,
    kdf_type: Number,
    kdf_iterations: Number,
    /// In MiB.
    #[serde(default)]
    kdf_memory: Number,
    #[serde(default)]
    kdf_parallelism: Number,
    #[serde(rename = "encKeyValidation_DO_NOT_EDIT", default)]
    validation: Text,
    data: Text,
}

impl File {
    fn kdf(&self) -> Result<Kdf, ImportError> {
        let number = |number: &Number| {
            let value = number.value().ok_or(ImportError::Corrupt)?;
            u32::try_from(value).map_err(|_| ImportError::TooCostly)
        };
        let iterations = number(&self.kdf_iterations)?;
        match self.kdf_type {
            Number::Value(0) => Ok(Kdf::Pbkdf2 { iterations }),
            Number::Value(1) => Ok(Kdf::Argon2id(Argon2Cost {
                memory_kib: number(&self.kdf_memory)?.checked_mul(1024).ok_or(ImportError::TooCostly)?,
                passes: iterations,
                lanes: number(&self.kdf_parallelism)?,
            })),
            Number::Value(_) => Err(ImportError::UnsupportedVersion),
            Number::None | Number::Wrong(_) => Err(ImportError::Corrupt),
        }
    }
}

enum Kdf {
    Pbkdf2 { iterations: u32 },
    Argon2id(Argon2Cost),
}

impl Kdf {
    fn key(&self, typed: &SecretText, salt: &[u8], memory_mib: u32) -> Result<SecretBytes, ForeignError> {
        match self {
            Self::Pbkdf2 { iterations } => pbkdf2(Prf::HmacSha256, typed, salt, *iterations, 32),
            Self::Argon2id(cost) => argon2id(typed, &sha256(salt), *cost, memory_mib),
        }
    }
}

/// IV, bytes and MAC.
struct Sealed {
    iv: Vec<u8>,
    sealed: Vec<u8>,
    mac: Vec<u8>,
}

impl Sealed {
    /// Its type before a dot; 2 is the only one that a password's key is used in.
    fn parse(text: &str) -> Result<Self, ImportError> {
        let (kind, rest) = text.trim().split_once('.').ok_or(ImportError::Corrupt)?;
        if kind != "2" {
            let is_a_type = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_digit());
            return Err(if is_a_type { ImportError::UnsupportedVersion } else { ImportError::Corrupt });
        }
        let mut parts = rest.split('|').map(lines::base64);
        let mut part = || parts.next().flatten().ok_or(ImportError::Corrupt);
        Ok(Self { iv: part()?, sealed: part()?, mac: part()? })
    }

    fn open(&self, key: &SecretBytes, mac_key: &SecretBytes) -> Result<SecretBytes, ForeignError> {
        open_cbc_with_mac(key, mac_key, &self.iv, &self.sealed, &self.mac)
    }
}
