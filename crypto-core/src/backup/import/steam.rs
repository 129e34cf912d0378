//! Steam: a `maFile` of one account, as the app and the desktop programs write it, or several by their number.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::draft::{Draft, Kind, damaged};
use super::lenient::{self, Secret, Text};
use super::shape::{self, Shape};
use super::{Format, ImportError, Input, MAX_ROWS, Row, Vendor, lines};

pub(super) const VENDOR: Vendor = Vendor { format: Format::Steam, is, locked: false, read };

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow, default)]
    accounts: Accounts<'a>,
}

#[derive(Default)]
struct Accounts<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Accounts<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> serde::de::Visitor<'de> for Entries {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("accounts by their number")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }
        source.deserialize_map(Entries).map(Self)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Account {
    shared_secret: Secret,
    account_name: Text,
    steamid: Text,
    #[serde(rename = "Session")]
    session: Option<Session>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Session {
    #[serde(rename = "SteamID")]
    steamid: Text,
}

fn is(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.has("shared_secret")
        || shape.kind("accounts") == Some(shape::Kind::Object) && lines::contains(bytes, "\"shared_secret\"")
}

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    if Shape::of(input.bytes).has("shared_secret") {
        let account: Account = lenient::file(input.bytes)?;
        return Ok(vec![account.draft(String::new()).row(0)]);
    }
    let File { accounts: Accounts(accounts) } = lenient::file(input.bytes)?;
    if accounts.len() > MAX_ROWS {
        return Err(ImportError::TooLarge);
    }
    let row = |(place, (number, account)): (usize, (String, &RawValue))| match lenient::object::<Account>(
        account.get(),
    ) {
        Some(account) => account.draft(number).row(place),
        None => damaged(place, &number),
    };
    Ok(accounts.into_iter().enumerate().map(row).collect())
}

impl Account {
    /// The name is missing in files of accounts that were only just set up.
    fn draft(self, number: String) -> Draft {
        let session = self.session.map(|session| session.steamid.0).unwrap_or_default();
        let names = [self.account_name.0, self.steamid.0, session, number];
        let name = names.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default();
        Draft { kind: Ok(Kind::Steam), ..Draft::new("Steam", &name, self.shared_secret.base64()) }
    }
}
