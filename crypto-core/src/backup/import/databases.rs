//! Databases as they are on a phone: Microsoft Authenticator's, Google Authenticator's and Stratum's; and that of
//! Authenticator Plus, which it seals and exports as it is.

use super::draft::{Draft, Kind, split_label, without_issuer};
use super::lenient::{Number, Secret, Text};
use super::sqlite::{self, Database, Record};
use super::{Format, ImportError, Reason, Row, Vendor, andotp};
use crate::codes::otpauth::Shown;
use crate::seal::foreign;

pub(super) const MICROSOFT: Vendor = Vendor {
    format: Format::Microsoft,
    is: |bytes| has(bytes, ACCOUNTS, &["oath_secret_key", "account_type"]),
    locked: false,
    read: |input| table(input.bytes, ACCOUNTS, microsoft),
};
pub(super) const GOOGLE: Vendor = Vendor {
    format: Format::GoogleDatabase,
    // One whose tables cannot be told any more is damaged, whoever wrote it.
    is: |bytes| {
        has(bytes, ACCOUNTS, &["email", "secret"]) || sqlite::is(bytes) && Database::open(bytes).is_err()
    },
    locked: false,
    read: |input| table(input.bytes, ACCOUNTS, google),
};
pub(super) const STRATUM: Vendor = Vendor {
    format: Format::StratumDatabase,
    is: |bytes| has(bytes, AUTHENTICATOR, &["secret", "issuer", "username"]),
    locked: false,
    read: |input| table(input.bytes, AUTHENTICATOR, stratum),
};

/// Nothing tells it but its length and that it looks like noise.
pub(super) const AUTHENTICATOR_PLUS: Vendor = Vendor {
    format: Format::AuthenticatorPlusDatabase,
    is: |bytes| foreign::is_sqlcipher_long(bytes) && andotp::is_sealed(bytes),
    locked: true,
    read: |input| {
        let typed = input.typed(Format::AuthenticatorPlusDatabase)?;
        let opened = foreign::open_sqlcipher(input.bytes, typed)?;
        // expose: read row by row; what is read wipes itself.
        table(opened.expose(), ACCOUNTS, authenticator_plus)
    },
};

fn has(bytes: &[u8], table: &str, columns: &[&str]) -> bool {
    sqlite::is(bytes) && Database::open(bytes).is_ok_and(|database| database.has(table, columns))
}

fn table(bytes: &[u8], name: &str, draft: fn(&Record) -> Draft) -> Result<Vec<Row>, ImportError> {
    let records = Database::open(bytes)?.rows(name)?;
    Ok(records.iter().enumerate().map(|(place, record)| draft(record).row(place)).collect())
}

/// Other sites have Base32 and six digits. A personal account of Microsoft has Base64 and eight; a work account
/// has no key of this kind, and newer versions seal keys so that only the phone opens them.
fn microsoft(record: &Record) -> Draft {
    let key = Secret::from(&record.text("oath_secret_key"));
    let is_sealed = !record.name("encrypted_oath_secret_key").trim().is_empty();
    let is_empty = key.text().is_none();
    let kind = record.number("account_type");
    let secret = match kind {
        _ if is_empty && is_sealed => Err(Reason::Sealed),
        _ if is_empty => Err(Reason::NoKey),
        Some(0) => key.base32(),
        Some(1) => key.base64(),
        other => Err(Reason::Kind(Shown::new(&other.map_or_else(String::new, |kind| format!("#{kind}"))))),
    };
    let mut draft = Draft::new(&record.name("name"), &record.name("username"), secret);
    if kind == Some(1) {
        draft.digits = Number::Value(8);
    }
    draft
}

/// The app keeps neither method nor digits: it shows six of SHA-1, whatever the site said.
fn google(record: &Record) -> Draft {
    let label = record.name("email");
    let (issuer, account) = match record.name("issuer") {
        issuer if issuer.trim().is_empty() => split_label(&label),
        issuer => {
            let account = without_issuer(&issuer, &label).to_owned();
            (issuer, account)
        }
    };
    let mut draft = Draft::new(&issuer, &account, Secret::from(&record.text("secret")).base32());
    draft.kind = match record.number("type") {
        None | Some(0) => Ok(Kind::Totp),
        Some(1) => Ok(Kind::Hotp),
        Some(other) => Err(Reason::Kind(Shown::new(&format!("#{other}")))),
    };
    draft.counter = number(record, "counter");
    draft
}

/// Six digits of SHA-1, as the app shows them; eight for Battle.net, whose keys it keeps in hexadecimal.
fn authenticator_plus(record: &Record) -> Draft {
    let key = Secret::from(&record.text("secret"));
    let (kind, secret) = match record.number("type") {
        None | Some(0) => (Ok(Kind::Totp), key.base32()),
        Some(1) => (Ok(Kind::Hotp), key.base32()),
        Some(BLIZZARD) => (Ok(Kind::Totp), key.hexadecimal()),
        Some(other) => (Err(Reason::Kind(Shown::new(&format!("#{other}")))), Err(Reason::NoKey)),
    };
    let is_blizzard = record.number("type") == Some(BLIZZARD);
    let mut issuer = record.name("issuer");
    if is_blizzard {
        "Battle.net".clone_into(&mut issuer);
    } else if issuer.trim().is_empty() {
        // What the site called it, before the person did.
        (issuer, _) = split_label(&record.name("original_name"));
    }
    let mut draft = Draft::new(&issuer, &record.name("email"), secret);
    draft.kind = kind;
    draft.counter = number(record, "counter");
    if is_blizzard {
        draft.digits = Number::Value(8);
    }
    draft
}

fn stratum(record: &Record) -> Draft {
    let kind = match record.number("type") {
        Some(1) => Ok(Kind::Hotp),
        Some(2) => Ok(Kind::Totp),
        Some(3) => Ok(Kind::Motp),
        Some(4) => Ok(Kind::Steam),
        Some(5) => Ok(Kind::Yandex),
        other => Err(Reason::Kind(Shown::new(&other.map_or_else(String::new, |kind| format!("#{kind}"))))),
    };
    let secret = Kind::typed_key(&kind, &Secret::from(&record.text("secret")));
    let mut draft = Draft::new(&record.name("issuer"), &record.name("username"), secret);
    draft.kind = kind;
    draft.algorithm = Text(match record.number("algorithm") {
        None | Some(0) => "SHA1".to_owned(),
        Some(1) => "SHA256".to_owned(),
        Some(2) => "SHA512".to_owned(),
        Some(other) => format!("#{other}"),
    });
    (draft.digits, draft.period) = (number(record, "digits"), number(record, "period"));
    draft.counter = number(record, "counter");
    let pin = record.text("pin");
    // expose: only measured.
    draft.pin = Secret((!pin.expose().is_empty()).then_some(pin));
    draft
}

fn number(record: &Record, column: &str) -> Number {
    record.number(column).map_or(Number::None, Number::from)
}

const BLIZZARD: i64 = 2;
const ACCOUNTS: &str = "accounts";
const AUTHENTICATOR: &str = "authenticator";
