//! 2FAS's backup, schema 4, sealed by a password: JSON under AES-256-GCM, whose key PBKDF2 makes of the password. A
//! text that is the same in every backup is sealed beside it, to tell a wrong password. It has no notes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_core::CryptoRng;
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Coded, ExportError, Exported, LeftOut, WhyLeftOut, leaving};
use crate::codes::Mover;
use crate::seal::CostError;
use crate::seal::foreign::{PasswordKey, seal_gcm};
use crate::secret::SecretText;
use crate::time::UnixTime;
use crate::vault::{Vault, check_passphrase};

/// Writes the file.
pub fn write(
    vault: &Vault,
    password: &SecretText,
    now: UnixTime,
    rng: &mut dyn CryptoRng,
) -> Result<Exported<Vec<u8>>, ExportError> {
    check_passphrase(password)?;
    let Exported { content: accounts, mut left_out } = leaving(vault);
    let (kept, not): (Vec<_>, Vec<_>) = accounts.into_iter().partition(is_expressible);
    left_out.extend(not.iter().map(|coded| LeftOut::new(coded.entry, WhyLeftOut::NotExpressible)));

    let keys: Vec<SecretText> = kept.iter().map(Coded::key).collect();
    let services: Vec<_> =
        kept.iter().zip(&keys).enumerate().map(|(at, (coded, key))| service(coded, key, at, now)).collect();
    let mut plaintext = Zeroizing::new(Vec::with_capacity(4096 + kept.len() * 2048));
    serde_json::to_writer(&mut *plaintext, &services).expect("accounts have a JSON form");

    let by = PasswordKey::pbkdf2(password, rng).map_err(|_| ExportError::Cost(CostError::OutOfRange))?;
    let file = json!({
        "services": [],
        "groups": [],
        "updatedAt": now.millis(),
        "schemaVersion": 4,
        "appVersionCode": 5_000_000,
        "appVersionName": "5.0.0",
        "appOrigin": "android",
        "servicesEncrypted": sealed(&by, &plaintext, rng),
        "reference": sealed(&by, REFERENCE.as_bytes(), rng),
    });
    Ok(Exported { content: serde_json::to_vec(&file).expect("text and numbers have a JSON form"), left_out })
}

/// The bytes with their tag, the salt and the nonce.
fn sealed(by: &PasswordKey<256>, plaintext: &[u8], rng: &mut dyn CryptoRng) -> String {
    let (nonce, sealed) = seal_gcm(&by.key, plaintext, rng);
    [sealed.as_slice(), &by.salt, &nonce].map(|part| STANDARD.encode(part)).join(":")
}

/// A service has a name there, and its counter is a number of 32 bits with a sign.
fn is_expressible(coded: &Coded<'_>) -> bool {
    let counts = match coded.spec.mover {
        Mover::Counter { counter } => i32::try_from(counter).is_ok(),
        Mover::Time { .. } | Mover::Steam { .. } => true,
        Mover::Motp { .. } | Mover::Yandex { .. } => false,
    };
    counts && !coded.entry.issuer.is_empty()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Service<'a> {
    name: &'a str,
    secret: &'a str,
    updated_at: u64,
    otp: Otp<'a>,
    order: Order,
    icon: Icon,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Otp<'a> {
    label: &'a str,
    account: &'a str,
    issuer: &'a str,
    digits: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u32>,
    algorithm: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
    token_type: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct Order {
    position: usize,
}

#[derive(Serialize)]
struct Icon {
    selected: &'static str,
    label: IconLabel,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IconLabel {
    text: String,
    background_color: &'static str,
}

fn service<'a>(coded: &'a Coded<'_>, key: &'a SecretText, position: usize, now: UnixTime) -> Service<'a> {
    let Coded { entry, spec, .. } = coded;
    let (token_type, counter) = match spec.mover {
        Mover::Time { .. } => ("TOTP", None),
        Mover::Counter { counter } => ("HOTP", Some(counter)),
        Mover::Steam { .. } => ("STEAM", None),
        // Those were left out.
        Mover::Motp { .. } | Mover::Yandex { .. } => (coded.entry.kind(), None),
    };
    Service {
        name: &entry.issuer,
        // expose: it is written to be sealed.
        secret: key.expose(),
        updated_at: now.millis(),
        otp: Otp {
            label: &entry.account,
            account: &entry.account,
            issuer: &entry.issuer,
            digits: spec.digits.count(),
            period: spec.mover.period().map(|period| period.secs()),
            algorithm: spec.algorithm.name(),
            counter,
            token_type,
            source: "Manual",
        },
        order: Order { position },
        icon: Icon {
            selected: "Label",
            label: IconLabel {
                text: entry.issuer.chars().take(2).flat_map(char::to_uppercase).collect(),
                background_color: "Blue",
            },
        },
    }
}

/// The text that is the same in every backup.
pub(super) const REFERENCE: &str = "tRViSsLKzd86Hprh4ceC2OP7xazn4rrt4xhfEUbOjxLX8Rc3mkISXE0lWbmnWfggogbBJhtYgpK6fMl1D6m\
tsy92R3HkdGfwuXbzLebqVFJsR7IZ2w58t938iymwG4824igYy1wi6n2WDpO1Q1P69zwJGs2F5a1qP4MyIiDSD7NCV2OvidXQCBnDlGfmz0f1BQySRkk\
t4ryiJeCjD2o4QsveJ9uDBUn8ELyOrESv5R5DMDkD4iAF8TXU7KyoJujd";
