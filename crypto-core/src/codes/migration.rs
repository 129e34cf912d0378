//! Google Authenticator's transfer codes: several accounts in one text, several texts in one transfer.
//! The message is Protocol Buffers; what is read of it is read here, within bounds.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use thiserror::Error;
use zeroize::Zeroizing;

use super::base32::MAX_KEY;
use super::otpauth::{CodeAccount, OtpauthError, Shown, shown_name, strip_scheme};
use super::{Algorithm, CodeSpec, Digits, Mover};
use crate::secret::SecretBytes;
use crate::time::Period;

/// The longest text that is read, in characters; a QR code holds at most 4,296.
pub const MAX_CHARS: usize = 8192;
/// The most parts one transfer can have.
pub const MAX_PARTS: u32 = 1000;

/// One text of a transfer.
#[derive(Debug)]
pub struct MigrationPart {
    /// The same in all parts of one transfer.
    pub batch_id: i32,
    /// The place of this part, from 0.
    pub index: u32,
    /// How many parts there are, at least one.
    pub size: u32,
    /// The accounts in this part; those that cannot be kept with the reason.
    pub accounts: Vec<Result<CodeAccount, Refused>>,
}

/// An account in a transfer that cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What it is called there.
    pub name: String,
    /// Why it cannot be kept.
    pub reason: OtpauthError,
}

/// Reads one `otpauth-migration:` text.
pub fn parse(text: &str) -> Result<MigrationPart, MigrationError> {
    let text = text.trim();
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(MigrationError::TooLong);
    }
    let rest = strip_scheme(text, "otpauth-migration://").ok_or(MigrationError::NotACode)?;
    let (host, query) = rest.split_once('?').ok_or(MigrationError::NotACode)?;
    if !host.trim_end_matches('/').eq_ignore_ascii_case("offline") {
        return Err(MigrationError::NotACode);
    }
    let data = query.split('&').find_map(|parameter| parameter.strip_prefix("data="));
    let message = payload(data.ok_or(MigrationError::NotACode)?)?;
    part(&message).ok_or(MigrationError::Damaged)
}

/// Why a text is no part of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MigrationError {
    /// Longer than [`MAX_CHARS`] characters.
    #[error("the text is longer than a transfer code can be")]
    TooLong,
    /// It does not begin with `otpauth-migration://offline?data=`.
    #[error("the text is no transfer code")]
    NotACode,
    /// What it carries cannot be read; usually a part was not copied.
    #[error("the transfer code is damaged")]
    Damaged,
}

/// The bytes of the message. Base64 comes in either alphabet, with or without padding, and with `+` turned into
/// a space where it was not escaped.
fn payload(escaped: &str) -> Result<Zeroizing<Vec<u8>>, MigrationError> {
    let mut symbols = Zeroizing::new(Vec::with_capacity(escaped.len()));
    symbols.extend(percent_decode_str(escaped).filter(|b| !matches!(b, b'\r' | b'\n')).map(
        |byte| match byte {
            b' ' | b'-' => b'+',
            b'_' => b'/',
            other => other,
        },
    ));
    let bytes = BASE64.decode(&*symbols).map_err(|_| MigrationError::Damaged)?;
    Ok(Zeroizing::new(bytes))
}

/// `MigrationPayload`.
fn part(message: &[u8]) -> Option<MigrationPart> {
    let (mut accounts, mut size, mut index, mut batch_id) = (Vec::new(), 0, 0, 0);
    for field in Fields(message) {
        match field? {
            (1, Value::Bytes(message)) => accounts.push(account(message)?),
            (3, Value::Number(value)) => size = u32::try_from(value).ok()?,
            (4, Value::Number(value)) => index = u32::try_from(value).ok()?,
            (5, Value::Number(value)) => batch_id = low_bits(value),
            // Field 2 is the version; 1 and 2 mean the same.
            _ => {}
        }
    }
    // Absent, and zero by the rules of the format: a transfer of one part.
    let size = size.max(1);
    (index < size && size <= MAX_PARTS).then_some(MigrationPart { batch_id, index, size, accounts })
}

/// `OtpParameters`. None if the message itself is damaged.
fn account(message: &[u8]) -> Option<Result<CodeAccount, Refused>> {
    let mut read = Parameters::default();
    for field in Fields(message) {
        match field? {
            (1, Value::Bytes(value)) => read.secret = value,
            (2, Value::Bytes(value)) => read.name = value,
            (3, Value::Bytes(value)) => read.issuer = value,
            (4, Value::Number(value)) => read.algorithm = value,
            (5, Value::Number(value)) => read.digits = value,
            (6, Value::Number(value)) => read.kind = value,
            (7, Value::Number(value)) => read.counter = value,
            _ => {}
        }
    }
    let (issuer, account) = read.names();
    let name = if issuer.is_empty() { account.clone() } else { format!("{issuer}: {account}") };
    let taken = read.secret().and_then(|secret| Ok((secret, read.spec()?)));
    Some(match taken {
        Ok((secret, spec)) => Ok(CodeAccount { issuer, account, secret, pin: None, spec }),
        Err(reason) => Err(Refused { name, reason }),
    })
}

#[derive(Default)]
struct Parameters<'a> {
    secret: &'a [u8],
    name: &'a [u8],
    issuer: &'a [u8],
    algorithm: u64,
    digits: u64,
    kind: u64,
    counter: u64,
}

impl Parameters<'_> {
    fn secret(&self) -> Result<SecretBytes, OtpauthError> {
        match self.secret.len() {
            0 => Err(OtpauthError::KeyMissing),
            1..=MAX_KEY => Ok(SecretBytes::new(self.secret.to_vec())),
            _ => Err(OtpauthError::KeyTooLong),
        }
    }

    fn spec(&self) -> Result<CodeSpec, OtpauthError> {
        let algorithm = match self.algorithm {
            0 | 1 => Algorithm::Sha1,
            2 => Algorithm::Sha256,
            3 => Algorithm::Sha512,
            4 => return Err(OtpauthError::Algorithm(Shown::new("MD5"))),
            other => return Err(OtpauthError::Algorithm(Shown::new(&other.to_string()))),
        };
        let digits = match self.digits {
            0 | 1 => Digits::DEFAULT,
            2 => Digits::EIGHT,
            other => return Err(OtpauthError::Digits(Shown::new(&format!("#{other}")))),
        };
        let mover = match self.kind {
            1 => Mover::Counter { counter: self.counter()? },
            // The format has no period; the app that writes it knows only 30 seconds.
            2 => Mover::Time { period: Period::DEFAULT },
            other => return Err(OtpauthError::UnknownType(Shown::new(&format!("#{other}")))),
        };
        Ok(CodeSpec { algorithm, digits, mover })
    }

    /// Signed in the format: a negative one has the highest bit.
    fn counter(&self) -> Result<u64, OtpauthError> {
        match i64::try_from(self.counter) {
            Ok(_) => Ok(self.counter),
            Err(_) => Err(OtpauthError::Counter(Shown::new(&self.counter.cast_signed().to_string()))),
        }
    }

    /// The name often repeats the issuer before a colon. What else stands there belongs to the name.
    fn names(&self) -> (String, String) {
        let name = String::from_utf8_lossy(self.name);
        let issuer = shown_name(&String::from_utf8_lossy(self.issuer));
        match name.split_once(':') {
            Some((prefix, account)) if issuer.is_empty() => (shown_name(prefix), shown_name(account)),
            Some((prefix, account)) if shown_name(prefix).eq_ignore_ascii_case(&issuer) => {
                (issuer, shown_name(account))
            }
            _ => (issuer, shown_name(&name)),
        }
    }
}

/// The fields of a message, in their order. A field that cannot be read is `None` and the last.
struct Fields<'a>(&'a [u8]);

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Of a width that none of the known fields has.
    Other,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.number()?;
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            1 => self.bytes(8).map(|_| Value::Other)?,
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                Value::Bytes(self.bytes(length)?)
            }
            5 => self.bytes(4).map(|_| Value::Other)?,
            // Groups are not in the format.
            _ => return None,
        };
        Some((tag >> 3, value))
    }

    /// A varint: seven bits a byte, lowest first, at most ten bytes.
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

/// An `int32`, which is written as its 64 bits when it is negative.
fn low_bits(value: u64) -> i32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[cfg(test)]
mod tests;
