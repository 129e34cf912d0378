//! Duo Mobile's list of accounts. Those that Duo asks about by push have no codes in it.

use serde::Deserialize;

use super::draft::{Draft, Kind, base32_key, damaged, refused};
use super::loose::{self, Hidden, List, Number, Object, Shape, Text};
use super::{Format, ImportError, Input, Reason, Row, Vendor};

pub(super) const VENDOR: Vendor = Vendor { format: Format::Duo, is, locked: false, read };

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    name: Text,
    #[serde(default, rename = "otpGenerator")]
    generator: Object<Generator>,
}

#[derive(Deserialize)]
struct Generator {
    #[serde(default, rename = "otpSecret")]
    secret: Hidden,
    /// There for counter-based accounts only.
    #[serde(default)]
    counter: Number,
}

fn is(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.is_list && (shape.has(&["otpGenerator"]) || shape.has(&["accountType", "pkey"]))
}

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let List(accounts): List<Account> = loose::read(input.bytes)?;
    let row = |(place, Object(account)): (usize, Object<Account>)| {
        let Some(Account { name: Text(name), generator: Object(generator) }) = account else {
            return damaged(place, "");
        };
        let Some(Generator { secret: Hidden(secret), counter }) = generator else {
            return refused(place, &name, Reason::NoKey);
        };
        let mut draft = Draft::new("", &name, base32_key(&secret));
        if counter != Number::Absent {
            (draft.kind, draft.counter) = (Ok(Kind::Hotp), counter);
        }
        draft.row(place)
    };
    Ok(accounts.into_iter().enumerate().map(row).collect())
}
