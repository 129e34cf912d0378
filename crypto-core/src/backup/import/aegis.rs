//! Aegis, plain or sealed: a vault of versions 1 to 3.
//! <https://github.com/beemdevelopment/Aegis/blob/master/docs/vault.md>

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::draft::{self, Draft};
use super::lenient::{self, Flag, Number, Rows, Secret, Text};
use super::shape::{Kind, Shape};
use super::{Format, ImportError, Input, Row, Vendor, lines};
use crate::seal::foreign::{ForeignError, ScryptCost, open_gcm, scrypt};
use crate::secret::{SecretBytes, SecretText};

pub(super) const PLAIN: Vendor =
    Vendor { format: Format::AegisPlain, is: is_plain, locked: false, read: read_plain };
pub(super) const ENCRYPTED: Vendor =
    Vendor { format: Format::AegisEncrypted, is: is_encrypted, locked: false, read: read_encrypted };

fn is_plain(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.has("header") && shape.kind("db") == Some(Kind::Object)
}

fn is_encrypted(bytes: &[u8]) -> bool {
    let shape = Shape::of(bytes);
    shape.has("header") && shape.kind("db") == Some(Kind::Text)
}

fn read_plain(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    #[derive(Deserialize)]
    struct File<'a> {
        #[serde(default)]
        version: Number,
        #[serde(borrow)]
        db: Database<'a>,
    }
    let file: File<'_> = lenient::file(input.bytes)?;
    known(&file.version, 1)?;
    file.db.rows()
}

fn read_encrypted(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        version: Number,
        header: Header,
        db: Text,
    }
    let file: File = lenient::file(input.bytes)?;
    known(&file.version, 1)?;
    let key = file.header.key(input)?;
    let mut sealed = lines::base64(&file.db.0).ok_or(ImportError::Corrupt)?;
    // The key was right, so that whatever fails from here on is damage.
    let opened = file.header.params.open(&key, &mut sealed).map_err(|_| ImportError::Corrupt)?;
    // expose: read into the rows.
    lenient::file::<Database<'_>>(opened.expose())?.rows()
}

fn known(version: &Number, newest: u64) -> Result<(), ImportError> {
    match version {
        Number::Value(version) if *version > newest => Err(ImportError::UnsupportedVersion),
        Number::None | Number::Value(_) => Ok(()),
        Number::Wrong(_) => Err(ImportError::Corrupt),
    }
}

#[derive(Deserialize)]
struct Header {
    slots: Vec<Slot>,
    params: Params,
}

impl Header {
    /// The key of the database, from the first slot that the password opens.
    fn key(&self, input: &Input<'_>) -> Result<SecretBytes, ImportError> {
        let slots: Vec<_> = self.slots.iter().filter(|slot| slot.kind == Number::Value(PASSWORD)).collect();
        if slots.is_empty() {
            return Err(ImportError::DeviceOnly);
        }
        if slots.len() > MAX_SLOTS {
            return Err(ImportError::TooCostly);
        }
        let typed = input.typed(Format::AegisEncrypted)?;
        let mut refused = ForeignError::OutOfRange;
        for slot in slots {
            match (slot.open(typed, input.limits.memory_mib), refused) {
                (Ok(key), _) => return Ok(key),
                // That one slot does not fit says most about what the person can do.
                (Err(ForeignError::Refused), _) => refused = ForeignError::Refused,
                (Err(error), ForeignError::OutOfRange) => refused = error,
                (Err(_), _) => {}
            }
        }
        Err(refused.into())
    }
}

#[derive(Deserialize)]
struct Slot {
    #[serde(rename = "type", default)]
    kind: Number,
    #[serde(default)]
    key: Text,
    key_params: Params,
    #[serde(default)]
    n: Number,
    #[serde(default)]
    r: Number,
    #[serde(default)]
    p: Number,
    #[serde(default)]
    salt: Text,
    #[serde(default)]
    repaired: Flag,
}

impl Slot {
    fn open(&self, typed: &SecretText, memory_mib: u32) -> Result<SecretBytes, ForeignError> {
        let part = |number: &Number| {
            number.value().and_then(|value| u32::try_from(value).ok()).ok_or(ForeignError::OutOfRange)
        };
        let n = self.n.value().ok_or(ForeignError::OutOfRange)?;
        let cost = ScryptCost { n, r: part(&self.r)?, p: part(&self.p)? };
        let salt = hex(&self.salt)?;
        let open = |password: &[u8]| {
            let key = scrypt(password, &salt, cost, memory_mib)?;
            self.key_params.open(&key, &mut hex(&self.key)?)
        };
        // expose: this is where the password is used.
        match open(typed.expose().as_bytes()) {
            Err(ForeignError::Refused) if !self.repaired.0 => match padded(typed) {
                Some(password) => open(&password),
                None => Err(ForeignError::Refused),
            },
            result => result,
        }
    }
}

/// Old versions handed scrypt the whole buffer that Java had made for the password, zeros at its end included.
/// That gives another key only for more than 64 bytes, which HMAC hashes first.
fn padded(typed: &SecretText) -> Option<Zeroizing<Vec<u8>>> {
    // expose: this is where the password is used.
    let password = typed.expose();
    // A tenth more than there are UTF-16 units, then doubled until it fits.
    let mut room = password.encode_utf16().count() * 11 / 10;
    while room < password.len() {
        room = 2 * room + 1;
    }
    if room <= 64 || room == password.len() {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    bytes.extend_from_slice(password.as_bytes());
    bytes.resize(room, 0);
    Some(bytes)
}

#[derive(Deserialize)]
struct Params {
    nonce: Text,
    tag: Text,
}

impl Params {
    /// AES-256-GCM whose tag stands apart.
    fn open(&self, key: &SecretBytes, sealed: &mut Vec<u8>) -> Result<SecretBytes, ForeignError> {
        sealed.extend_from_slice(&hex(&self.tag)?);
        open_gcm(key, &hex(&self.nonce)?, &[], sealed)
    }
}

fn hex(text: &Text) -> Result<Vec<u8>, ForeignError> {
    HEX.decode(text.0.trim().as_bytes()).map_err(|_| ForeignError::OutOfRange)
}

#[derive(Deserialize)]
struct Database<'a> {
    #[serde(default)]
    version: Number,
    #[serde(borrow)]
    entries: Rows<'a>,
}

impl Database<'_> {
    fn rows(&self) -> Result<Vec<Row>, ImportError> {
        known(&self.version, 3)?;
        Ok(self.entries.read(|entry: Entry| entry.draft().imported()))
    }
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Entry {
    #[serde(rename = "type")]
    kind: Text,
    name: Text,
    issuer: Text,
    note: Text,
    info: Info,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Info {
    secret: Secret,
    algo: Text,
    digits: Number,
    period: Number,
    counter: Number,
    pin: Secret,
}

impl Entry {
    fn draft(self) -> Draft {
        let Info { secret, algo, digits, period, counter, pin } = self.info;
        Draft {
            kind: draft::Kind::named(&self.kind.0),
            issuer: self.issuer,
            account: self.name,
            note: self.note,
            secret: secret.base32(),
            pin,
            algorithm: algo,
            digits,
            period,
            counter,
        }
    }
}

/// The type of a slot that a password opens; 0 is a key itself, 2 is kept by the device.
const PASSWORD: u64 = 1;
/// More passwords than anybody gives one vault.
const MAX_SLOTS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_of_old_versions_is_that_of_java() {
        let room = |text: String| padded(&SecretText::new(text)).map(|bytes| bytes.len());
        assert_eq!(room("test".to_owned()), None);
        assert_eq!(room("a".repeat(64)), Some(70));
        assert_eq!(room("a".repeat(100)), Some(110));
        // 40 units make room for 44 bytes, which do not hold 80.
        assert_eq!(room("é".repeat(40)), Some(89));
    }
}
