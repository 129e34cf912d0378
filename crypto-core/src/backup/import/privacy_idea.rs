//! privacyIDEA Authenticator's export: a list of tokens, sealed by a password. Its push tokens stay with the phone.

use serde::Deserialize;

use super::draft::{Draft, Kind};
use super::lenient::{self, Number, Rows, Secret, Text};
use super::shape::{self, Shape};
use super::{Format, ImportError, Input, Reason, Row, Vendor, lines};
use crate::seal::foreign::{Prf, open_gcm, pbkdf2};

pub(super) const VENDOR: Vendor = Vendor { format: Format::PrivacyIdea, is, locked: false, read };

/// The app writes "cypher".
fn is(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.kind("data") == Some(shape::Kind::Text)
        && ["salt", "iv", "mac", "kdf", "cypher"].iter().all(|member| shape.has(member))
}

#[derive(Deserialize)]
struct File {
    data: Text,
    salt: Text,
    iv: Text,
    mac: Text,
    kdf: Kdf,
    cypher: Cipher,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kdf {
    algorithm: Text,
    mac_algorithm: Hmac,
    iterations: Number,
    bits: Number,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hmac {
    hash_algorithm: Hash,
}

#[derive(Deserialize)]
struct Hash {
    algorithm: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cipher {
    algorithm: Text,
    secret_key_length: Number,
}

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let file: File = lenient::file(input.bytes)?;
    let File { kdf, cypher, .. } = &file;
    let prf = match (kdf.algorithm.0.as_str(), kdf.mac_algorithm.hash_algorithm.algorithm.0.as_str()) {
        ("Pbkdf2", "DartSha256") => Prf::HmacSha256,
        ("Pbkdf2", "DartSha512") => Prf::HmacSha512,
        _ => return Err(ImportError::UnsupportedVersion),
    };
    let is_usual = cypher.algorithm.0 == "AesGcm" && cypher.secret_key_length.value() == Some(32);
    if !is_usual || kdf.bits.value() != Some(256) {
        return Err(ImportError::UnsupportedVersion);
    }
    let iterations = kdf.iterations.value().and_then(|iterations| u32::try_from(iterations).ok());
    let iterations = iterations.ok_or(ImportError::Corrupt)?;
    let bytes = |text: &Text| lines::base64(&text.0).ok_or(ImportError::Corrupt);
    let (salt, iv) = (bytes(&file.salt)?, bytes(&file.iv)?);
    let sealed = [bytes(&file.data)?, bytes(&file.mac)?].concat();
    let key = pbkdf2(prf, input.typed(Format::PrivacyIdea)?, &salt, iterations, 32)?;
    let opened = open_gcm(&key, &iv, &[], &sealed)?;
    // expose: read row by row; what is read wipes itself.
    let tokens: Rows<'_> = lenient::file(opened.expose())?;
    Ok(tokens.read(|token: Token| token.draft().imported()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Token {
    #[serde(rename = "type")]
    kind: Text,
    label: Text,
    issuer: Text,
    secret: Secret,
    algorithm: Text,
    digits: Number,
    period: Number,
    counter: Number,
}

impl Token {
    fn draft(self) -> Draft {
        // A password for a day is a code of that length; the app writes its period in microseconds.
        let is_of_the_day = self.kind.0.trim().eq_ignore_ascii_case("daypassword");
        let (kind, period) = match self.period {
            _ if !is_of_the_day => (Kind::named(&self.kind.0), self.period),
            Number::Value(micros) => (Ok(Kind::Totp), Number::Value(micros / 1_000_000)),
            other @ (Number::None | Number::Wrong(_)) => (Ok(Kind::Totp), other),
        };
        let secret = match &kind {
            // A push token has no key of this kind, and it is not that which is in the way.
            Err(reason) => Err(reason.clone()),
            Ok(_) => self.secret.base32(),
        };
        Draft {
            kind,
            secret,
            algorithm: self.algorithm,
            digits: self.digits,
            period,
            counter: self.counter,
            ..Draft::new(&self.issuer.0, &self.label.0, Err(Reason::NoKey))
        }
    }
}
