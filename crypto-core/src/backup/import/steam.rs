//! Steam: a `maFile` of one account, as the app and the desktop programs write it, or several by their number.

use serde::Deserialize;

use super::draft::{Draft, Kind, base64_key, damaged};
use super::loose::{self, Hidden, Object, Shape, Text};
use super::{Format, ImportError, Input, Row, Vendor};

pub(super) const VENDOR: Vendor = Vendor { format: Format::Steam, is, locked: false, read };

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    accounts: Accounts,
}

#[derive(Default)]
struct Accounts(Vec<(String, Object<Account>)>);

impl<'de> Deserialize<'de> for Accounts {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> serde::de::Visitor<'de> for Entries {
            type Value = Accounts;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("accounts by their number")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Accounts, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Accounts(entries))
            }
        }
        source.deserialize_map(Entries)
    }
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    shared_secret: Hidden,
    #[serde(default)]
    account_name: Text,
    #[serde(default)]
    steamid: Text,
    #[serde(default, rename = "Session")]
    session: Object<Session>,
}

#[derive(Deserialize)]
struct Session {
    #[serde(default, rename = "SteamID")]
    steamid: Text,
}

fn is(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    !shape.is_list
        && (shape.has(&["shared_secret"])
            || (shape.has(&["accounts"]) && loose::contains(bytes, "\"shared_secret\"")))
}

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let accounts = if Shape::of(input.bytes).has(&["shared_secret"]) {
        vec![(String::new(), loose::read(input.bytes)?)]
    } else {
        let File { accounts: Accounts(accounts) } = loose::read(input.bytes)?;
        accounts
    };
    Ok(accounts
        .into_iter()
        .enumerate()
        .map(|(place, (number, Object(account)))| match account {
            Some(account) => account.draft(number).row(place),
            None => damaged(place, &number),
        })
        .collect())
}

impl Account {
    /// The name is missing in files of accounts that were only just set up.
    fn draft(self, number: String) -> Draft {
        let session = self.session.0.map(|session| session.steamid.0).unwrap_or_default();
        let names = [self.account_name.0, self.steamid.0, session, number];
        let name = names.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default();
        let mut draft = Draft::new("Steam", &name, base64_key(&self.shared_secret.0));
        draft.kind = Ok(Kind::Steam);
        draft
    }
}
