//! Bitwarden's password manager and its authenticator. A vault is mostly logins without a key for codes; those
//! are no rows.

use serde::Deserialize;

use super::draft::{self, Draft};
use super::lenient::{self, Number, Rows, Secret, Text};
use super::shape::{Kind, Shape};
use super::{Format, ImportError, Imported, Reason, Refused, Row, Vendor};

mod sealed;
mod table;

pub(super) use sealed::PROTECTED;
pub(super) use table::CSV;

pub(super) const JSON: Vendor =
    Vendor { format: Format::BitwardenJson, is: is_vault, locked: false, read: |input| rows(input.bytes) };
pub(super) const AUTHENTICATOR: Vendor = Vendor {
    format: Format::BitwardenAuthenticator,
    is: is_authenticator,
    locked: false,
    read: |input| rows(input.bytes),
};
/// Sealed by a key that only the account has.
pub(super) const RESTRICTED: Vendor = Vendor {
    format: Format::BitwardenRestricted,
    is: is_restricted,
    locked: false,
    read: |_| Err(ImportError::AccountRestricted),
};

fn is_vault(bytes: &[u8]) -> bool {
    is_plain(bytes, |shape| shape.has("folders") || shape.has("collections"))
}

fn is_authenticator(bytes: &[u8]) -> bool {
    is_plain(bytes, |_| true)
}

fn is_plain(bytes: &[u8], whose: fn(&Shape) -> bool) -> bool {
    let shape = Shape::of(bytes);
    shape.kind("encrypted") == Some(Kind::False) && shape.kind("items") == Some(Kind::List) && whose(&shape)
}

fn is_restricted(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    let whose = ["items", "encKeyValidation_DO_NOT_EDIT"].iter().any(|member| shape.has(member));
    shape.kind("encrypted") == Some(Kind::Plain)
        && shape.kind("passwordProtected") != Some(Kind::Plain)
        && whose
}

fn rows(bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    #[derive(Deserialize)]
    struct File<'a> {
        #[serde(borrow)]
        items: Rows<'a>,
    }
    let file: File<'_> = lenient::file(bytes)?;
    Ok(file.items.read(|item: Item| item.imported()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item {
    name: Text,
    notes: Text,
    login: Option<Login>,
    /// The three that only the table of the authenticator has.
    #[serde(skip)]
    issuer: Text,
    #[serde(skip)]
    period: Number,
    #[serde(skip)]
    digits: Number,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Login {
    username: Text,
    totp: Secret,
}

impl Item {
    fn imported(self) -> Result<Imported, Refused> {
        let Login { username, totp } = self.login.unwrap_or_default();
        let issuer = self.issuer.or(self.name);
        let Some(key) = totp.text() else {
            return Err(Refused::new(&issuer.0, &username.0, Reason::NoAccount));
        };
        if draft::is_uri(key) {
            return draft::from_uri(key, issuer, username, self.notes);
        }
        // What else may stand there is the key itself.
        let (period, digits) = (self.period, self.digits);
        let draft = Draft {
            issuer,
            account: username,
            note: self.notes,
            secret: totp.base32(),
            period,
            digits,
            ..Draft::default()
        };
        draft.imported()
    }
}
