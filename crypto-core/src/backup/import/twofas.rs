//! 2FAS, schemas 1 to 4, plain or sealed.

use serde::Deserialize;

use super::draft::{self, Draft};
use super::lenient::{self, Number, Rows, Secret, Text};
use super::shape::{Kind, Shape};
use super::{Format, ImportError, Input, Row, Vendor, lines};
use crate::seal::foreign::{ForeignError, Prf, open_gcm, pbkdf2};
use crate::secret::{SecretBytes, SecretText};

pub(super) const PLAIN: Vendor =
    Vendor { format: Format::TwoFasPlain, is: is_plain, locked: false, read: read_plain };
pub(super) const ENCRYPTED: Vendor =
    Vendor { format: Format::TwoFasEncrypted, is: is_encrypted, locked: false, read: read_encrypted };

fn is_plain(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    let named = ["schemaVersion", "appVersionCode", "services[].otp"].iter().any(|member| shape.has(member));
    named && shape.kind("services") == Some(Kind::List)
}

fn is_encrypted(bytes: &[u8]) -> bool {
    Shape::of(bytes).kind("servicesEncrypted") == Some(Kind::Text)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(default)]
    schema_version: Number,
    #[serde(borrow, default)]
    services: Rows<'a>,
    #[serde(default)]
    services_encrypted: Text,
    #[serde(default)]
    reference: Text,
}

impl<'a> File<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, ImportError> {
        let file: Self = lenient::file(bytes)?;
        match file.schema_version {
            Number::Value(version) if version > NEWEST => Err(ImportError::UnsupportedVersion),
            Number::None | Number::Value(_) => Ok(file),
            Number::Wrong(_) => Err(ImportError::Corrupt),
        }
    }
}

fn read_plain(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    Ok(rows(&File::parse(input.bytes)?.services))
}

fn read_encrypted(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let file = File::parse(input.bytes)?;
    let typed = input.typed(Format::TwoFasEncrypted)?;
    match open(&file.services_encrypted, typed) {
        // expose: read into the rows.
        Ok(opened) => Ok(rows(&lenient::file(opened.expose())?)),
        // The reference is sealed by the same password: where it opens, the rest is damaged.
        Err(_) if open(&file.reference, typed).is_ok() => Err(ImportError::Corrupt),
        Err(error) => Err(error.into()),
    }
}

/// Bytes, salt and IV, each in Base64, with colons between.
fn open(parts: &Text, typed: &SecretText) -> Result<SecretBytes, ForeignError> {
    let mut parts = parts.0.split(':').map(lines::base64);
    let mut part = || parts.next().flatten().ok_or(ForeignError::OutOfRange);
    let (sealed, salt, iv) = (part()?, part()?, part()?);
    let key = pbkdf2(Prf::HmacSha256, typed, &salt, ITERATIONS, 32)?;
    open_gcm(&key, &iv, &[], &sealed)
}

fn rows(services: &Rows<'_>) -> Vec<Row> {
    services.read(|service: Service| service.draft().imported())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Service {
    name: Text,
    secret: Secret,
    otp: Option<Otp>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Otp {
    account: Text,
    label: Text,
    issuer: Text,
    digits: Number,
    period: Number,
    algorithm: Text,
    counter: Number,
    token_type: Text,
}

impl Service {
    fn draft(self) -> Draft {
        let otp = self.otp.unwrap_or_default();
        // Old files have the account in the label alone.
        let label = otp.label.0.split_once(':').map_or(otp.label.0.as_str(), |(_, account)| account);
        Draft {
            // Schemas 1 and 2 have no word for the kind: all of theirs are of the usual one.
            kind: draft::Kind::named(&otp.token_type.0),
            account: otp.account.or(Text(label.to_owned())),
            issuer: otp.issuer.or(self.name),
            secret: self.secret.base32(),
            algorithm: otp.algorithm,
            digits: otp.digits,
            period: otp.period,
            counter: otp.counter,
            ..Draft::default()
        }
    }
}

const NEWEST: u64 = 4;
const ITERATIONS: u32 = 10_000;
