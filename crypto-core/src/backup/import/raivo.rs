//! Raivo: a list whose members are all text, in an archive that the person's password seals.

use serde::Deserialize;

use super::draft::{Draft, Kind};
use super::lenient::{self, Number, Rows, Secret, Text};
use super::shape::Shape;
use super::{Format, ImportError, Input, Row, Vendor};
use crate::seal::foreign::Archive;

pub(super) const JSON: Vendor =
    Vendor { format: Format::RaivoJson, is: is_json, locked: false, read: |input| rows(input.bytes) };
pub(super) const ZIP: Vendor = Vendor { format: Format::RaivoZip, is: is_zip, locked: false, read: read_zip };

fn is_json(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.has("[].kind") && shape.has("[].timer")
}

fn is_zip(bytes: &[u8]) -> bool {
    Archive::open(bytes).is_some_and(|archive| list(&archive).is_some())
}

/// The list of accounts; the page beside it says the same for people.
fn list(archive: &Archive<'_>) -> Option<String> {
    archive.names().into_iter().find(|name| name.rsplit('/').next() == Some(LIST))
}

fn read_zip(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let mut archive = Archive::open(input.bytes).ok_or(ImportError::Corrupt)?;
    let name = list(&archive).ok_or(ImportError::Corrupt)?;
    let password = if archive.is_sealed(&name)? { Some(input.typed(Format::RaivoZip)?) } else { None };
    let opened = archive.read(&name, password)?;
    // expose: read into the rows.
    rows(opened.expose())
}

fn rows(bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    let passwords: Rows<'_> = lenient::file(bytes)?;
    Ok(passwords.read(|password: Password| password.draft().imported()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Password {
    kind: Text,
    issuer: Text,
    account: Text,
    secret: Secret,
    algorithm: Text,
    digits: Number,
    timer: Number,
    counter: Number,
}

impl Password {
    fn draft(self) -> Draft {
        Draft {
            kind: Kind::named(&self.kind.0),
            issuer: self.issuer,
            account: self.account,
            secret: self.secret.base32(),
            algorithm: self.algorithm,
            digits: self.digits,
            period: self.timer,
            counter: self.counter,
            ..Draft::default()
        }
    }
}

const LIST: &str = "raivo-otp-export.json";
