//! TOTP Authenticator (BinaryBoot): its settings, and its backup, which is AES-CBC in Base64 with a list of texts
//! of JSON as the only name of an object.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

use super::draft::{Draft, base32_key, base64_key, damaged};
use super::loose::{self, Hidden, List, Number, Object, Text};
use super::{Format, ImportError, Input, Reason, Row, Vendor, prefs};
use crate::seal::foreign;
use crate::secret::{SecretBytes, SecretText};

pub(super) const INTERNAL: Vendor = Vendor {
    format: Format::TotpAuthenticatorInternal,
    is: |bytes| prefs::is(bytes, LIST),
    locked: false,
    read: read_internal,
};
pub(super) const BACKUP: Vendor =
    Vendor { format: Format::TotpAuthenticator, is: is_backup, locked: false, read: read_backup };

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    issuer: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    key: Hidden,
    #[serde(default)]
    base: Number,
    #[serde(default)]
    digits: Number,
    #[serde(default)]
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
    let elements = match loose::read::<Vec<Hidden>>(list) {
        Ok(texts) if texts.iter().any(|Hidden(text)| !text.expose().is_empty()) => {
            // expose: read, each as an entry.
            texts
                .iter()
                .map(|Hidden(text)| loose::read(text.expose().as_bytes()).unwrap_or_default())
                .collect()
        }
        _ => {
            let List(elements) = loose::read::<List<Entry>>(list)?;
            elements
        }
    };
    Ok(elements
        .into_iter()
        .enumerate()
        .map(|(place, Object(entry))| match entry {
            Some(entry) => entry.draft().row(place),
            None => damaged(place, ""),
        })
        .collect())
}

impl Entry {
    fn draft(self) -> Draft {
        let Hidden(key) = &self.key;
        let secret = match self.base {
            Number::Whole(16) => hexadecimal(key),
            Number::Whole(32) | Number::Absent => base32_key(key),
            Number::Whole(64) => base64_key(key),
            Number::Whole(_) | Number::Other(_) => Err(Reason::Damaged),
        };
        let mut draft = Draft::new(&self.issuer.0, &self.name.0, secret);
        (draft.digits, draft.period) = (self.digits, self.period);
        draft
    }
}

fn hexadecimal(text: &SecretText) -> Result<SecretBytes, Reason> {
    // expose: decoded into another secret.
    match text.expose().trim() {
        "" => Err(Reason::NoKey),
        text => {
            HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map(SecretBytes::new).map_err(|_| Reason::Damaged)
        }
    }
}

/// One long line of Base64 whose bytes are whole blocks.
fn is_backup(bytes: &[u8]) -> bool {
    sealed(bytes).is_some_and(|sealed| sealed.len() >= 48 && sealed.len() % 16 == 0)
}

fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let symbols: Vec<u8> =
        loose::unmarked(bytes).iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
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
        let object: BTreeMap<String, IgnoredAny> = loose::read(plain)?;
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
