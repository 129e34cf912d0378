//! LastPass Authenticator.

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::draft::Draft;
use super::lenient::{self, Number, Rows, Secret, Text};
use super::shape::{Kind, Shape};
use super::{Format, ImportError, Input, Row, Vendor};

pub(super) const PLAIN: Vendor = Vendor { format: Format::LastPass, is, locked: false, read };

fn is(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    let named = ["localDeviceId", "accounts[].issuerName", "accounts[].timeStep"];
    shape.kind("accounts") == Some(Kind::List) && named.iter().any(|member| shape.has(member))
}

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    #[derive(Deserialize)]
    struct File<'a> {
        #[serde(default)]
        version: Number,
        #[serde(borrow)]
        accounts: Rows<'a>,
    }
    let file: File<'_> = lenient::file(input.bytes)?;
    match file.version {
        Number::Value(version) if version > NEWEST => Err(ImportError::UnsupportedVersion),
        Number::Wrong(_) => Err(ImportError::Corrupt),
        Number::None | Number::Value(_) => {
            Ok(file.accounts.read(|account: Account| account.draft().imported()))
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Account {
    issuer_name: Text,
    original_issuer_name: Text,
    user_name: Text,
    original_user_name: Text,
    secret: Secret,
    time_step: Number,
    digits: Number,
    algorithm: Text,
}

impl Account {
    fn draft(self) -> Draft {
        Draft {
            issuer: unescaped(self.issuer_name.or(self.original_issuer_name)),
            account: unescaped(self.user_name.or(self.original_user_name)),
            secret: self.secret.base32(),
            algorithm: self.algorithm,
            digits: self.digits,
            period: self.time_step,
            ..Draft::default()
        }
    }
}

/// Names that came from a link are written as they stood there.
fn unescaped(name: Text) -> Text {
    match percent_decode_str(&name.0).decode_utf8() {
        Ok(unescaped) => Text(unescaped.into_owned()),
        Err(_) => name,
    }
}

const NEWEST: u64 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unescaped_where_they_are_escaped() {
        let name = |text: &str| unescaped(Text(text.to_owned())).0;
        assert_eq!(name("a%40example.org"), "a@example.org");
        assert_eq!(name("100% sure"), "100% sure");
        assert_eq!(name("%ff"), "%ff");
    }
}
