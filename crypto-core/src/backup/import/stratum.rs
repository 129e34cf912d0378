//! Stratum, formerly Authenticator Pro, plain or sealed in its strong or its old way.
//! <https://github.com/stratumauth/app/blob/master/doc/BACKUP_FORMAT.md>

use serde::Deserialize;

use super::draft::{self, Draft};
use super::lenient::{self, Number, Rows, Secret, Text};
use super::shape::{Kind, Shape};
use super::{Format, ImportError, Input, Row, Vendor};
use crate::seal::foreign::{Argon2Cost, Prf, argon2id, open_cbc, open_gcm, pbkdf2};

pub(super) const PLAIN: Vendor =
    Vendor { format: Format::StratumPlain, is: is_plain, locked: false, read: |input| rows(input.bytes) };
pub(super) const STRONG: Vendor =
    Vendor { format: Format::StratumEncrypted, is: is_strong, locked: false, read: read_strong };
pub(super) const LEGACY: Vendor =
    Vendor { format: Format::StratumLegacy, is: is_legacy, locked: false, read: read_legacy };

fn is_plain(bytes: &[u8]) -> bool {
    Shape::of(bytes).kind("Authenticators") == Some(Kind::List)
}

fn is_strong(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

fn is_legacy(bytes: &[u8]) -> bool {
    bytes.starts_with(OLD_MAGIC)
}

/// Salt, IV, then AES-256-GCM under Argon2id.
fn read_strong(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let rest = input.bytes.strip_prefix(MAGIC).ok_or(ImportError::Corrupt)?;
    let (salt, rest) = rest.split_at_checked(16).ok_or(ImportError::Corrupt)?;
    let (iv, sealed) = rest.split_at_checked(12).ok_or(ImportError::Corrupt)?;
    if sealed.len() < 16 {
        return Err(ImportError::Corrupt);
    }
    let typed = input.typed(Format::StratumEncrypted)?;
    let key = argon2id(typed, salt, COST, input.limits.memory_mib)?;
    let opened = open_gcm(&key, iv, &[], sealed)?;
    // expose: read into the rows.
    rows(opened.expose())
}

/// Salt, IV, then AES-256-CBC under PBKDF2, which proves nothing: a wrong password is seen by what comes out.
fn read_legacy(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let rest = input.bytes.strip_prefix(OLD_MAGIC).ok_or(ImportError::Corrupt)?;
    let (salt, rest) = rest.split_at_checked(20).ok_or(ImportError::Corrupt)?;
    let (iv, sealed) = rest.split_at_checked(16).ok_or(ImportError::Corrupt)?;
    if sealed.is_empty() || sealed.len() % 16 != 0 {
        return Err(ImportError::Corrupt);
    }
    let typed = input.typed(Format::StratumLegacy)?;
    let key = pbkdf2(Prf::HmacSha1, typed, salt, OLD_ITERATIONS, 32)?;
    let opened = open_cbc(&key, iv, sealed)?;
    // expose: read into the rows.
    if is_plain(opened.expose()) { rows(opened.expose()) } else { Err(ImportError::WrongPassword) }
}

fn rows(bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    #[derive(Deserialize)]
    struct File<'a> {
        #[serde(rename = "Authenticators", borrow)]
        authenticators: Rows<'a>,
    }
    let file: File<'_> = lenient::file(bytes)?;
    Ok(file.authenticators.read(|row: Authenticator| row.draft().imported()))
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Authenticator {
    #[serde(rename = "Type")]
    kind: Text,
    issuer: Text,
    username: Text,
    secret: Secret,
    pin: Secret,
    algorithm: Text,
    digits: Number,
    period: Number,
    counter: Number,
}

impl Authenticator {
    fn draft(self) -> Draft {
        // Numbers, in their order in the app.
        let kind = match self.kind.0.trim() {
            "1" => Ok(draft::Kind::Hotp),
            "2" => Ok(draft::Kind::Totp),
            "3" => Ok(draft::Kind::Motp),
            "4" => Ok(draft::Kind::Steam),
            "5" => Ok(draft::Kind::Yandex),
            other => draft::Kind::named(other),
        };
        let algorithm = match self.algorithm.0.trim() {
            "0" => Text("SHA1".to_owned()),
            "1" => Text("SHA256".to_owned()),
            "2" => Text("SHA512".to_owned()),
            _ => self.algorithm,
        };
        Draft {
            secret: draft::Kind::typed_key(&kind, &self.secret),
            kind,
            issuer: self.issuer,
            account: self.username,
            pin: self.pin,
            algorithm,
            digits: self.digits,
            period: self.period,
            counter: self.counter,
            ..Draft::default()
        }
    }
}

const MAGIC: &[u8] = b"AUTHENTICATORPRO";
const OLD_MAGIC: &[u8] = b"AuthenticatorPro";
const COST: Argon2Cost = Argon2Cost { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
const OLD_ITERATIONS: u32 = 64_000;
