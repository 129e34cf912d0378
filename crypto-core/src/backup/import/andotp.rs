//! andOTP: a list in JSON; the same sealed by a stretched password, with the cost in front; and, from old
//! versions, sealed by the bare hash of the password, with nothing to tell it by.

use serde::Deserialize;

use super::draft::{Draft, Kind, split_label, without_issuer};
use super::lenient::{self, Number, Rows, Secret, Text};
use super::shape::Shape;
use super::{Format, ImportError, Input, Reason, Row, Vendor, lines};
use crate::seal::foreign::{self, Prf};
use crate::secret::SecretBytes;

pub(super) const PLAIN: Vendor =
    Vendor { format: Format::AndOtp, is: is_plain, locked: false, read: |input| rows(input.bytes) };
pub(super) const ENCRYPTED: Vendor = Vendor {
    format: Format::AndOtpEncrypted,
    is: |bytes| is_sealed(bytes) && iterations(bytes).is_some(),
    locked: true,
    read: read_encrypted,
};
/// To be tried after all others: whatever looks like noise may be one.
pub(super) const OLD: Vendor =
    Vendor { format: Format::AndOtpOld, is: is_sealed, locked: true, read: read_old };
/// Sealed for a key of OpenPGP, which is in another app.
pub(super) const PGP: Vendor = Vendor {
    format: Format::AndOtpPgp,
    is: is_pgp,
    locked: false,
    read: |_| Err(ImportError::UnsupportedVersion),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    secret: Secret,
    issuer: Text,
    label: Text,
    #[serde(rename = "type")]
    kind: Text,
    algorithm: Text,
    digits: Number,
    period: Number,
    counter: Number,
    pin: Secret,
}

fn is_plain(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    // The other lists of objects with a secret have no label.
    shape.has("[].secret") && shape.has("[].label")
}

fn rows(bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    let entries: Rows<'_> = lenient::file(bytes)?;
    Ok(entries.read(|entry: Entry| entry.draft().imported()))
}

impl Entry {
    fn draft(self) -> Draft {
        let (issuer, account) = if self.issuer.0.trim().is_empty() {
            old_label(&self.label.0)
        } else {
            (self.issuer.0, self.label.0)
        };
        let kind = Kind::named(&self.kind.0);
        Draft {
            secret: Kind::typed_key(&kind, &self.secret),
            kind,
            pin: self.pin,
            algorithm: self.algorithm,
            digits: self.digits,
            period: self.period,
            counter: self.counter,
            ..Draft::new(&issuer, &account, Err(Reason::NoKey))
        }
    }
}

/// Before there was an issuer, the label had it: `Example - Example:alice`.
fn old_label(label: &str) -> (String, String) {
    match label.split_once(" - ") {
        Some((issuer, account)) => {
            (issuer.trim().to_owned(), without_issuer(issuer, account.trim()).to_owned())
        }
        None => split_label(label),
    }
}

fn read_encrypted(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let password = input.typed(Format::AndOtpEncrypted)?;
    let iterations = iterations(input.bytes).ok_or(ImportError::Corrupt)?;
    let rest = input.bytes.get(4..).ok_or(ImportError::Corrupt)?;
    let (salt, sealed) = rest.split_at_checked(SALT).ok_or(ImportError::Corrupt)?;
    let key = foreign::pbkdf2(Prf::HmacSha1, password, salt, iterations, 32)?;
    match opened(&key, sealed) {
        // The first four bytes of an old file are as random as the rest, and may look like a cost.
        Err(ImportError::WrongPassword) => read_old(input),
        other => other,
    }
}

fn read_old(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    opened(&foreign::hashed(input.typed(Format::AndOtpOld)?), input.bytes)
}

fn opened(key: &SecretBytes, sealed: &[u8]) -> Result<Vec<Row>, ImportError> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or(ImportError::Corrupt)?;
    let plain = foreign::open_gcm(key, nonce, &[], sealed)?;
    // expose: read row by row; what is read wipes itself.
    rows(plain.expose())
}

fn iterations(bytes: &[u8]) -> Option<u32> {
    let iterations = u32::from_be_bytes(*bytes.first_chunk()?);
    USUAL_ITERATIONS.contains(&iterations).then_some(iterations)
}

/// Long enough, and noise: no text, and nothing that begins like a format with a name. Sealed bytes are so even
/// that none of their values is much more frequent than the others.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    if bytes.len() < SHORTEST || std::str::from_utf8(bytes).is_ok() {
        return false;
    }
    if OTHERS.iter().any(|magic| bytes.starts_with(magic)) || is_pgp(bytes) {
        return false;
    }
    let mut counts = [0_usize; 256];
    for &byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let expected = bytes.len() / 256;
    counts.into_iter().all(|count| count <= 2 * expected + 12)
}

fn is_pgp(bytes: &[u8]) -> bool {
    if lines::starts_with(bytes, "-----BEGIN PGP MESSAGE-----") {
        return true;
    }
    match bytes {
        // A key sealed for a key, in the old and the new form of packets.
        [0x84, _, 3 | 6, ..] | [0x85, _, _, 3 | 6, ..] => true,
        [0xc1, length, 3 | 6, ..] if *length < 192 => true,
        [0xc1, 192..=223, _, 3 | 6, ..] => true,
        // A key sealed by a password, with a function that is known.
        [0x8c, 0x04..=0x40, 4..=6, 1..=13, 0..=4, ..] => true,
        [0xc3, 0x04..=0x40, 4..=6, 1..=13, 0..=4, ..] => true,
        _ => false,
    }
}

const SALT: usize = 12;
const NONCE: usize = 12;
/// Nonce, an empty list and the tag.
const SHORTEST: usize = 12 + 2 + 16;
/// The app draws from 140,000 to 160,000; earlier versions wrote 10,000 and less.
const USUAL_ITERATIONS: std::ops::RangeInclusive<u32> = 1_000..=10_000_000;
/// How files begin that are none of these.
const OTHERS: &[&[u8]] = &[
    b"PK",
    b"SQLite format 3\0",
    b"\xac\xed\0\x05",
    b"\x03\xd9\xa2\x9a",
    b"\x1f\x8b",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"BM",
    b"%PDF",
    b"\x7fELF",
    b"MZ",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\xfd7zXZ",
    b"BZh",
    b"\xff\xfe",
    b"\xfe\xff",
    b"bplist",
    b"AUTHENTICATORPRO",
    b"AuthenticatorPro",
];
