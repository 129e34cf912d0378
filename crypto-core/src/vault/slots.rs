//! The ways to unlock a file. Each slot holds the same key, wrapped by something else: a platform keystore,
//! a passphrase, a recovery code. Kinds that this version does not know are kept and skipped.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand_core::CryptoRng;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::file::{FileError, FileId, VaultKey, take_bytes};
use super::recovery::RecoveryCode;
use crate::seal::{self, CostError, Label, OneTimeKey, PassphraseCost};
use crate::secret::{SecretBytes, SecretText};

/// One way to unlock a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Slot {
    /// The key is wrapped by the platform keystore.
    Keystore(Wrapped),
    /// The key is wrapped by the platform keystore, which verifies the person before it unwraps it.
    Person(Wrapped),
    /// The key is wrapped by what Argon2id makes of a passphrase.
    Passphrase {
        /// The wrapped key.
        wrapped: Wrapped,
        /// What each try costs.
        cost: PassphraseCost,
        /// Argon2id's salt.
        kdf_salt: Vec<u8>,
    },
    /// The key is wrapped by a recovery code, which is random enough to need no Argon2id.
    RecoveryCode(Wrapped),
    /// A kind of a newer version.
    Unknown(Value),
}

/// A wrapped key and what it is bound to.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrapped {
    id: u64,
    salt: Vec<u8>,
    bytes: Vec<u8>,
}

/// What a platform keystore needs to wrap or unwrap the key: it authenticates `associated`, and derives
/// from `salt` and `file` where its own key can leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapping {
    /// The file the key belongs to.
    pub file: FileId,
    /// Random, one for each slot.
    pub salt: Vec<u8>,
    /// The authenticated data.
    pub associated: Vec<u8>,
}

impl Slot {
    /// A new keystore slot. `wrap` hands the key to the platform and returns it wrapped.
    pub fn make_keystore<E>(
        id: u64,
        file: &FileId,
        rng: &mut dyn CryptoRng,
        wrap: impl FnOnce(&Wrapping) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        wrapped_by_platform(id, KEYSTORE, file, Self::make_salt(rng), wrap).map(Self::Keystore)
    }

    /// A new slot for the person, likewise. The salt comes from outside, because nobody waits for a person with the
    /// randomness in hand.
    pub(super) fn make_person<E>(
        id: u64,
        file: &FileId,
        salt: Vec<u8>,
        wrap: impl FnOnce(&Wrapping) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        wrapped_by_platform(id, PERSON, file, salt, wrap).map(Self::Person)
    }

    pub(super) fn make_salt(rng: &mut dyn CryptoRng) -> Vec<u8> {
        seal::make_public::<32>(rng).to_vec()
    }

    /// A new passphrase slot.
    pub fn make_passphrase(
        id: u64,
        file: &FileId,
        key: &VaultKey,
        passphrase: &SecretText,
        cost: PassphraseCost,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, SlotError> {
        let kdf_salt = seal::make_public::<16>(rng).to_vec();
        let salt = seal::make_public::<32>(rng).to_vec();
        let associated = associated(&passphrase_metadata(id, cost, &kdf_salt, &salt));
        let stretched = seal::stretch(passphrase, &kdf_salt, cost)?;
        let wrapping = Wrapping { file: *file, salt: salt.clone(), associated };
        let bytes = wrap_with_key(&stretched, &wrapping, key);
        Ok(Self::Passphrase { wrapped: Wrapped { id, salt, bytes }, cost, kdf_salt })
    }

    /// A new slot for a recovery code.
    pub fn make_recovery_code(
        id: u64,
        file: &FileId,
        key: &VaultKey,
        code: &RecoveryCode,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let salt = seal::make_public::<32>(rng).to_vec();
        let associated = associated(&plain_metadata(id, RECOVERY_CODE, &salt));
        let wrapping = Wrapping { file: *file, salt: salt.clone(), associated };
        let bytes = wrap_with_key(&code.key(), &wrapping, key);
        Self::RecoveryCode(Wrapped { id, salt, bytes })
    }

    /// Opens a keystore slot; `unwrap` is the platform's half of [`make_keystore`](Self::make_keystore).
    pub fn open_with_keystore<E>(
        &self,
        file: &FileId,
        unwrap: impl FnOnce(&Wrapping, &[u8]) -> Result<VaultKey, E>,
    ) -> Option<Result<VaultKey, E>> {
        let Self::Keystore(wrapped) = self else { return None };
        Some(wrapped.unwrapped_by_platform(KEYSTORE, file, unwrap))
    }

    /// Opens a slot for the person; `unwrap` is the platform's half, which verifies them first.
    pub fn open_with_person<E>(
        &self,
        file: &FileId,
        unwrap: impl FnOnce(&Wrapping, &[u8]) -> Result<VaultKey, E>,
    ) -> Option<Result<VaultKey, E>> {
        let Self::Person(wrapped) = self else { return None };
        Some(wrapped.unwrapped_by_platform(PERSON, file, unwrap))
    }

    /// Opens a passphrase slot.
    pub fn open_with_passphrase(
        &self,
        file: &FileId,
        passphrase: &SecretText,
    ) -> Result<VaultKey, SlotError> {
        let Self::Passphrase { wrapped, cost, kdf_salt } = self else { return Err(SlotError::NoSlot) };
        let metadata = passphrase_metadata(wrapped.id, *cost, kdf_salt, &wrapped.salt);
        let stretched = seal::stretch(passphrase, kdf_salt, *cost)?;
        let wrapping =
            Wrapping { file: *file, salt: wrapped.salt.clone(), associated: associated(&metadata) };
        unwrap_with_key(&stretched, &wrapping, &wrapped.bytes)
    }

    /// Opens a slot for a recovery code.
    pub fn open_with_recovery_code(&self, file: &FileId, code: &RecoveryCode) -> Result<VaultKey, SlotError> {
        let Self::RecoveryCode(wrapped) = self else { return Err(SlotError::NoSlot) };
        let associated = associated(&plain_metadata(wrapped.id, RECOVERY_CODE, &wrapped.salt));
        let wrapping = Wrapping { file: *file, salt: wrapped.salt.clone(), associated };
        unwrap_with_key(&code.key(), &wrapping, &wrapped.bytes)
    }

    pub(super) fn from_json(value: Value) -> Result<Self, FileError> {
        let kind = value.get("type").and_then(Value::as_str).ok_or(FileError::Damaged)?;
        let mut members = match (kind, &value) {
            (KEYSTORE | PERSON | PASSPHRASE | RECOVERY_CODE, Value::Object(members)) => members.clone(),
            _ => return Ok(Self::Unknown(value)),
        };
        let id = members.get("id").and_then(Value::as_u64).ok_or(FileError::Damaged)?;
        let salt = take_bytes(&mut members, "salt")?;
        let wrapped = Wrapped { id, salt, bytes: take_bytes(&mut members, "wrapped")? };
        let kdf = match (kind, members.shift_remove("kdf")) {
            (KEYSTORE, None) => return Ok(Self::Keystore(wrapped)),
            (PERSON, None) => return Ok(Self::Person(wrapped)),
            (RECOVERY_CODE, None) => return Ok(Self::RecoveryCode(wrapped)),
            (PASSPHRASE, Some(kdf)) => kdf,
            (PASSPHRASE, None) => return Err(FileError::Damaged),
            // A newer version derives where this one does not.
            _ => return Ok(Self::Unknown(value)),
        };
        if kdf.get("alg") != Some(&json!(ARGON2ID)) || kdf.get("v") != Some(&json!(ARGON2_VERSION)) {
            return Ok(Self::Unknown(value));
        }
        let cost = PassphraseCost::deserialize(&kdf).map_err(|_| FileError::Damaged)?;
        let Value::Object(mut kdf) = kdf else { return Err(FileError::Damaged) };
        Ok(Self::Passphrase { wrapped, cost, kdf_salt: take_bytes(&mut kdf, "salt")? })
    }

    pub(super) fn to_json(&self) -> Value {
        let (mut members, wrapped) = match self {
            Self::Keystore(wrapped) => (plain_metadata(wrapped.id, KEYSTORE, &wrapped.salt), wrapped),
            Self::Person(wrapped) => (plain_metadata(wrapped.id, PERSON, &wrapped.salt), wrapped),
            Self::RecoveryCode(wrapped) => {
                (plain_metadata(wrapped.id, RECOVERY_CODE, &wrapped.salt), wrapped)
            }
            Self::Passphrase { wrapped, cost, kdf_salt } => {
                (passphrase_metadata(wrapped.id, *cost, kdf_salt, &wrapped.salt), wrapped)
            }
            Self::Unknown(value) => return value.clone(),
        };
        members.insert("wrapped".into(), BASE64.encode(&wrapped.bytes).into());
        Value::Object(members)
    }
}

impl Wrapped {
    fn unwrapped_by_platform<E>(
        &self,
        kind: &str,
        file: &FileId,
        unwrap: impl FnOnce(&Wrapping, &[u8]) -> Result<VaultKey, E>,
    ) -> Result<VaultKey, E> {
        let associated = associated(&plain_metadata(self.id, kind, &self.salt));
        unwrap(&Wrapping { file: *file, salt: self.salt.clone(), associated }, &self.bytes)
    }
}

fn wrapped_by_platform<E>(
    id: u64,
    kind: &str,
    file: &FileId,
    salt: Vec<u8>,
    wrap: impl FnOnce(&Wrapping) -> Result<Vec<u8>, E>,
) -> Result<Wrapped, E> {
    let associated = associated(&plain_metadata(id, kind, &salt));
    let bytes = wrap(&Wrapping { file: *file, salt: salt.clone(), associated })?;
    Ok(Wrapped { id, salt, bytes })
}

/// Wraps `key` by a key that this process holds: what a passphrase became, or a keystore item that can
/// leave its keystore.
pub fn wrap_with_key(by: &SecretBytes, wrapping: &Wrapping, key: &VaultKey) -> Vec<u8> {
    // expose: wrapping is what the key is handed over for.
    one_time(by, wrapping).seal(&wrapping.associated, key.secret().expose())
}

/// Undoes [`wrap_with_key`].
pub fn unwrap_with_key(by: &SecretBytes, wrapping: &Wrapping, wrapped: &[u8]) -> Result<VaultKey, SlotError> {
    let bytes = one_time(by, wrapping).open(&wrapping.associated, wrapped).map_err(|_| SlotError::Refused)?;
    VaultKey::from_secret(bytes).map_err(|_| SlotError::Refused)
}

fn one_time(by: &SecretBytes, wrapping: &Wrapping) -> OneTimeKey {
    OneTimeKey::derive(by, &wrapping.salt, Label::Slot, wrapping.file.bytes())
}

/// The order of the members is part of the format: they are authenticated as text.
fn plain_metadata(id: u64, kind: &str, salt: &[u8]) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("id".into(), id.into());
    members.insert("type".into(), kind.into());
    members.insert("salt".into(), BASE64.encode(salt).into());
    members
}

fn passphrase_metadata(id: u64, cost: PassphraseCost, kdf_salt: &[u8], salt: &[u8]) -> Map<String, Value> {
    let mut kdf = Map::new();
    kdf.insert("alg".into(), ARGON2ID.into());
    kdf.insert("v".into(), ARGON2_VERSION.into());
    if let Ok(Value::Object(cost)) = serde_json::to_value(cost) {
        kdf.extend(cost);
    }
    kdf.insert("salt".into(), BASE64.encode(kdf_salt).into());
    let mut members = Map::new();
    members.insert("id".into(), id.into());
    members.insert("type".into(), PASSPHRASE.into());
    members.insert("kdf".into(), Value::Object(kdf));
    members.insert("salt".into(), BASE64.encode(salt).into());
    members
}

fn associated(metadata: &Map<String, Value>) -> Vec<u8> {
    let json = serde_json::to_vec(metadata).expect("a map of text and numbers is always JSON");
    [Label::Slot.bytes(), json.as_slice()].concat()
}

const KEYSTORE: &str = "keystore";
const PERSON: &str = "keystore_auth";
const PASSPHRASE: &str = "passphrase";
const RECOVERY_CODE: &str = "recovery_code";
const ARGON2ID: &str = "argon2id";
const ARGON2_VERSION: u32 = 19;

/// Why a slot does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SlotError {
    /// The file has no slot of this kind.
    #[error("this cannot be unlocked that way")]
    NoSlot,
    /// The passphrase or the keystore's key is another one.
    #[error("this is not the passphrase or key it was sealed with")]
    Refused,
    /// What the file asks for to try a passphrase is not accepted.
    #[error(transparent)]
    Cost(#[from] CostError),
}
