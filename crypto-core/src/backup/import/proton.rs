//! Proton Authenticator, plain or sealed.

use serde::Deserialize;

use super::draft::{self, Draft};
use super::lenient::{self, Number, Rows, Secret, Text};
use super::shape::{Kind, Shape};
use super::{Format, ImportError, Imported, Input, Reason, Refused, Row, Vendor, lines};
use crate::codes::base32;
use crate::codes::otpauth::strip_scheme;
use crate::seal::foreign::{Argon2Cost, argon2id, open_gcm};
use crate::secret::SecretBytes;

pub(super) const PLAIN: Vendor =
    Vendor { format: Format::ProtonPlain, is: is_plain, locked: false, read: |input| rows(input.bytes) };
pub(super) const ENCRYPTED: Vendor =
    Vendor { format: Format::ProtonEncrypted, is: is_encrypted, locked: false, read: read_encrypted };

fn is_plain(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.has("version") && shape.kind("entries") == Some(Kind::List)
}

fn is_encrypted(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.has("version") && shape.has("salt") && shape.kind("content") == Some(Kind::Text)
}

fn read_encrypted(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    #[derive(Deserialize)]
    struct File {
        version: Number,
        salt: Text,
        content: Text,
    }
    let file: File = lenient::file(input.bytes)?;
    known(&file.version)?;
    let salt = lines::base64(&file.salt.0).ok_or(ImportError::Corrupt)?;
    let content = lines::base64(&file.content.0).ok_or(ImportError::Corrupt)?;
    let (nonce, sealed) = content.split_at_checked(12).ok_or(ImportError::Corrupt)?;
    let typed = input.typed(Format::ProtonEncrypted)?;
    let key = argon2id(typed, &salt, COST, input.limits.memory_mib)?;
    let opened = open_gcm(&key, nonce, ASSOCIATED, sealed)?;
    // expose: read into the rows.
    rows(opened.expose())
}

fn rows(bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    #[derive(Deserialize)]
    struct File<'a> {
        version: Number,
        #[serde(borrow)]
        entries: Rows<'a>,
    }
    let file: File<'_> = lenient::file(bytes)?;
    known(&file.version)?;
    Ok(file.entries.read(Entry::imported))
}

fn known(version: &Number) -> Result<(), ImportError> {
    match version {
        Number::Value(0 | 1) => Ok(()),
        Number::Value(_) => Err(ImportError::UnsupportedVersion),
        Number::None | Number::Wrong(_) => Err(ImportError::Corrupt),
    }
}

#[derive(Deserialize)]
struct Entry {
    content: Content,
    #[serde(default)]
    note: Text,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    uri: Secret,
    #[serde(default)]
    name: Text,
}

impl Entry {
    fn imported(self) -> Result<Imported, Refused> {
        let Content { uri, name } = self.content;
        let Some(uri) = uri.text() else { return Err(Refused::new("", &name.0, Reason::NoKey)) };
        // A key of Steam that was never Base32 is written as it came.
        let Some(key) = strip_scheme(uri.trim(), "steam://") else {
            return draft::from_uri(uri, Text::default(), name, self.note);
        };
        let steam = Text("Steam".to_owned());
        match lines::base64(key).filter(|_| base32::decode(key).is_err()) {
            Some(bytes) => Draft {
                kind: Ok(draft::Kind::Steam),
                issuer: steam,
                account: name,
                note: self.note,
                secret: Ok(SecretBytes::new(bytes)),
                ..Draft::default()
            }
            .imported(),
            None => draft::from_uri(uri, steam, name, self.note),
        }
    }
}

const COST: Argon2Cost = Argon2Cost { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
const ASSOCIATED: &[u8] = b"proton.authenticator.export.v1";
