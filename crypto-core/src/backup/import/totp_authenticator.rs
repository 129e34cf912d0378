//! TOTP Authenticator (BinaryBoot): its settings, and its backup, which is AES-CBC in Base64 with a list of texts
//! of JSON as the only name of an object.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::draft::{Draft, damaged};
use super::lenient::{self, Number, Rows, Secret, Text};
use super::{Format, ImportError, Input, Reason, Row, Vendor, prefs};
use crate::seal::foreign;
use crate::secret::SecretText;

pub(super) const INTERNAL: Vendor = Vendor {
    format: Format::TotpAuthenticatorInternal,
    is: |bytes| prefs::is(bytes, LIST),
    locked: false,
    read: read_internal,
};
pub(super) const BACKUP: Vendor =
    Vendor { format: Format::TotpAuthenticator, is: is_backup, locked: false, read: read_backup };

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    issuer: Text,
    name: Text,
    key: Secret,
    base: Number,
    digits: Number,
    period: Number,
}

fn read_internal(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let texts = prefs::texts(input.bytes)?;
    let (_, list) = texts.iter().find(|(name, _)| name == LIST).ok_or(ImportError::Corrupt)?;
    // expose: read row by row.
    rows(list.expose().as_bytes())
}

fn rows(list: &[u8]) -> Result<Vec<Row>, ImportError> {
    // The elements are objects in the settings, and texts of objects in backups.
    let entries: Rows<'_> = lenient::file(list)?;
    let Ok(texts) = lenient::file::<Vec<Secret>>(list) else {
        return Ok(entries.read(|entry: Entry| entry.draft().imported()));
    };
    let row = |(place, text): (usize, &Secret)| match text.text().and_then(lenient::object::<Entry>) {
        Some(entry) => entry.draft().row(place),
        None => damaged(place, ""),
    };
    Ok(texts.iter().enumerate().map(row).collect())
}

impl Entry {
    fn draft(self) -> Draft {
        let secret = match self.base {
            Number::Value(16) => self.key.hexadecimal(),
            Number::Value(32) | Number::None => self.key.base32(),
            Number::Value(64) => self.key.base64(),
            Number::Value(_) | Number::Wrong(_) => Err(Reason::Damaged),
        };
        let mut draft = Draft::new(&self.issuer.0, &self.name.0, secret);
        (draft.digits, draft.period) = (self.digits, self.period);
        draft
    }
}

/// One long line of Base64 whose bytes are whole blocks.
fn is_backup(bytes: &[u8]) -> bool {
    sealed(bytes).is_some_and(|sealed| sealed.len() >= 48 && sealed.len() % 16 == 0)
}

fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(&symbols).ok()
}

fn read_backup(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let sealed = sealed(input.bytes).ok_or(ImportError::Corrupt)?;
    // Who sets no password gets this one.
    let usual = SecretText::new("TotpAuthenticator".to_owned());
    for password in input.password.into_iter().chain([&usual]) {
        let Ok(plain) = foreign::open_cbc(&foreign::hashed(password), &[0; 16], &sealed) else { continue };
        // expose: read below.
        let plain = plain.expose();
        // The padding alone fits by chance, once in 256 times.
        if !plain.starts_with(b"{") {
            continue;
        }
        let object: BTreeMap<String, IgnoredAny> = lenient::file(plain)?;
        let Some((list, _)) = object.into_iter().next() else { return Ok(Vec::new()) };
        let list = SecretText::new(list);
        // expose: read row by row.
        return rows(list.expose().as_bytes());
    }
    match input.password {
        Some(_) => Err(ImportError::WrongPassword),
        None => Err(ImportError::PasswordNeeded { format: Format::TotpAuthenticator }),
    }
}

const LIST: &str = "STATIC_TOTP_CODES_LIST";
