//! Duo Mobile's list of accounts. Those that Duo asks about by push have no codes in it.

use serde::Deserialize;

use super::draft::{Draft, Kind};
use super::lenient::{self, Number, Rows, Secret, Text};
use super::shape::Shape;
use super::{Format, ImportError, Input, Reason, Row, Vendor};

pub(super) const VENDOR: Vendor = Vendor { format: Format::Duo, is, locked: false, read };

#[derive(Deserialize, Default)]
#[serde(default)]
struct Account {
    name: Text,
    #[serde(rename = "otpGenerator")]
    generator: Option<Generator>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Generator {
    #[serde(rename = "otpSecret")]
    secret: Secret,
    /// There for counter-based accounts only.
    counter: Number,
}

fn is(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.has("[].otpGenerator") || shape.has("[].accountType") && shape.has("[].pkey")
}

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let accounts: Rows<'_> = lenient::file(input.bytes)?;
    Ok(accounts.read(|account: Account| account.draft().imported()))
}

impl Account {
    fn draft(self) -> Draft {
        let Some(Generator { secret, counter }) = self.generator else {
            return Draft::new("", &self.name.0, Err(Reason::NoKey));
        };
        let kind = Ok(if counter == Number::None { Kind::Totp } else { Kind::Hotp });
        Draft { kind, counter, ..Draft::new("", &self.name.0, secret.base32()) }
    }
}
