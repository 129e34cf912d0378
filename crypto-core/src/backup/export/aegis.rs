//! Aegis's vault, sealed by a password: JSON under AES-256-GCM, whose key is wrapped by what scrypt makes of the
//! password. Its content is of version 3.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use rand_core::CryptoRng;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Coded, ExportError, Exported, leaving};
use crate::codes::Mover;
use crate::seal::foreign::{PasswordKey, seal_gcm};
use crate::seal::{self, CostError};
use crate::secret::SecretText;
use crate::vault::{Vault, check_passphrase};

/// Writes the file.
pub fn write(
    vault: &Vault,
    password: &SecretText,
    rng: &mut dyn CryptoRng,
) -> Result<Exported<Vec<u8>>, ExportError> {
    check_passphrase(password)?;
    let Exported { content: accounts, left_out } = leaving(vault);
    let entries = accounts.iter().map(|coded| Account { coded, uuid: uuid(rng) }).collect();
    let content = Content { version: 3, entries, groups: [], icons_optimized: true };
    let mut plaintext = Zeroizing::new(Vec::with_capacity(4096 + accounts.len() * 2048));
    serde_json::to_writer(&mut *plaintext, &content).expect("accounts have a JSON form");

    let master = seal::make_key(rng);
    let by = PasswordKey::scrypt(password, rng).map_err(|_| ExportError::Cost(CostError::OutOfRange))?;
    // expose: wrapping is what it was made for.
    let (wrapped, wrapped_params) = parts(seal_gcm(&by.key, master.expose(), rng));
    let (db, params) = parts(seal_gcm(&master, &plaintext, rng));
    let file = json!({
        "version": 1,
        "header": {
            "slots": [{
                "type": 1,
                "uuid": uuid(rng),
                "key": HEXLOWER.encode(&wrapped),
                "key_params": wrapped_params,
                "n": 32768,
                "r": 8,
                "p": 1,
                "salt": HEXLOWER.encode(&by.salt),
                "repaired": true,
                "is_backup": false,
            }],
            "params": params,
        },
        "db": STANDARD.encode(&db),
    });
    Ok(Exported {
        content: serde_json::to_vec_pretty(&file).expect("text and numbers have a JSON form"),
        left_out,
    })
}

/// Takes the tag off the end: in this format it stands beside the nonce.
fn parts((nonce, mut sealed): ([u8; 12], Vec<u8>)) -> (Vec<u8>, Value) {
    let tag = sealed.split_off(sealed.len() - 16);
    (sealed, json!({ "nonce": HEXLOWER.encode(&nonce), "tag": HEXLOWER.encode(&tag) }))
}

/// A random UUID (RFC 9562, version 4).
fn uuid(rng: &mut dyn CryptoRng) -> String {
    let bits = u128::from_be_bytes(seal::make_public(rng));
    let bits = bits & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let (a, b, c, d, e) =
        (bits >> 96, bits >> 80 & 0xffff, bits >> 64 & 0xffff, bits >> 48 & 0xffff, bits & 0xffff_ffff_ffff);
    format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}

#[derive(Serialize)]
struct Content<'a> {
    version: u8,
    entries: Vec<Account<'a>>,
    groups: [Value; 0],
    icons_optimized: bool,
}

struct Account<'a> {
    coded: &'a Coded<'a>,
    uuid: String,
}

impl Serialize for Account<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'a> {
            r#type: &'a str,
            uuid: &'a str,
            name: &'a str,
            issuer: &'a str,
            note: &'a str,
            favorite: bool,
            icon: Option<()>,
            info: Info<'a>,
            groups: [Value; 0],
        }
        #[derive(Serialize)]
        struct Info<'a> {
            secret: &'a str,
            algo: &'a str,
            digits: u8,
            #[serde(skip_serializing_if = "Option::is_none")]
            period: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            counter: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            pin: Option<&'a str>,
        }
        let Coded { entry, spec, .. } = self.coded;
        let key = self.coded.key();
        let counter = match spec.mover {
            Mover::Counter { counter } => Some(counter),
            Mover::Time { .. } | Mover::Steam { .. } | Mover::Motp { .. } | Mover::Yandex { .. } => None,
        };
        Form {
            r#type: entry.kind(),
            uuid: &self.uuid,
            name: &entry.account,
            issuer: &entry.issuer,
            note: &entry.note,
            favorite: false,
            icon: None,
            // expose: it is written to be sealed.
            info: Info {
                secret: key.expose(),
                algo: spec.hash_name(),
                digits: spec.digits.count(),
                period: spec.mover.period().map(|period| period.secs()),
                counter,
                pin: self.coded.pin.map(SecretText::expose),
            },
            groups: [],
        }
        .serialize(serializer)
    }
}
