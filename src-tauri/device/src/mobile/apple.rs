//! Apple's keychain and Secure Enclave, called from here. What a key demands is part of the key (its access
//! control), so that the system asks the person by itself, and no answer of a question stands in for a key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crypto_core::approval::activation::Attestation;
use crypto_core::seal::sign::{PublicKey, Signature};
use crypto_core::seal::{KEY_LEN, make_public};
use crypto_core::secret::SecretBytes;
use crypto_core::vault::{DeviceKey, FileId, KeyHandle, VaultKey, Wrapping, unwrap_with_key, wrap_with_key};
use data_encoding::BASE64;
use rand_core::{OsRng, UnwrapErr};
use security_framework::access_control::{ProtectionMode, SecAccessControl};
use security_framework::base::Error;
use security_framework::item::{ItemClass, ItemSearchOptions, KeyClass, Location, Reference, SearchResult};
use security_framework::key::{Algorithm, GenerateKeyOptions, KeyType, SecKey, Token};
use security_framework::passwords::{
    AccessControlOptions, PasswordOptions, delete_generic_password_options, generic_password,
    set_generic_password_options,
};
use serde::{Deserialize, Serialize};
use tauri::Wry;
use tauri::plugin::{PluginApi, PluginHandle};

use super::native::Native;
use crate::phone::KeyPlace;
use crate::{DeviceError, KeyUse, LastSave};

tauri::ios_plugin_binding!(init_plugin_device);

/// Finds the native half.
pub(super) fn register(api: &PluginApi<Wry, ()>) -> Result<PluginHandle<Wry>, Box<dyn std::error::Error>> {
    Ok(api.register_ios_plugin(init_plugin_device)?)
}

/// The keychain's keys.
#[derive(Clone)]
pub(super) struct Keys {
    native: Native,
    /// What a service asked for when a key was made, for what shows where the keys are.
    challenges: Arc<Mutex<HashMap<String, String>>>,
}

impl Keys {
    pub(super) fn new(native: Native) -> Self {
        Self { native, challenges: Arc::default() }
    }

    pub(super) fn wrap(
        &self,
        wrapping: &Wrapping,
        key: &VaultKey,
        person: bool,
    ) -> Result<Vec<u8>, DeviceError> {
        let guard = if person { Guard::Person } else { Guard::Unlocked };
        let account = guard.account(&wrapping.file);
        let by = match guard {
            Guard::Unlocked => match read(&account) {
                Err(DeviceError::KeyLost) => make(&account, guard)?,
                found => found?,
            },
            Guard::Person => make_for_person(&account)?,
        };
        let mut wrapped = vec![guard.mark()];
        wrapped.extend(wrap_with_key(&by, wrapping, key));
        Ok(wrapped)
    }

    pub(super) fn unwrap(&self, wrapping: &Wrapping, wrapped: &[u8]) -> Result<VaultKey, DeviceError> {
        let (mark, wrapped) = wrapped.split_first().ok_or(DeviceError::KeyLost)?;
        let guard = Guard::of_mark(*mark).ok_or(DeviceError::KeyLost)?;
        let by = read(&guard.account(&wrapping.file))?;
        unwrap_with_key(&by, wrapping, wrapped).map_err(|_| DeviceError::KeyLost)
    }

    pub(super) fn drop_key(&self, file: &FileId, only_unguarded: bool) -> Result<(), DeviceError> {
        delete(&Guard::Unlocked.account(file))?;
        if only_unguarded { Ok(()) } else { delete(&Guard::Person.account(file)) }
    }

    pub(super) fn remember(&self, last: &LastSave) -> Result<(), DeviceError> {
        let json = serde_json::to_vec(last).map_err(|_| DeviceError::KeystoreFailed)?;
        let mut options = item(LAST_SAVE);
        options.set_access_control(access(ProtectionMode::AccessibleAfterFirstUnlockThisDeviceOnly, NOBODY)?);
        set_generic_password_options(&json, options).map_err(|error| refused(&error))
    }

    pub(super) fn recall(&self) -> Result<Option<LastSave>, DeviceError> {
        match generic_password(item(LAST_SAVE)) {
            // What cannot be read cannot prove anything; it is written anew with the next save.
            Ok(json) => Ok(serde_json::from_slice(&json).ok()),
            Err(error) if error.code() == NOT_FOUND => Ok(None),
            Err(error) => Err(refused(&error)),
        }
    }

    pub(super) fn forget(&self) -> Result<(), DeviceError> {
        delete(LAST_SAVE)
    }

    pub(super) fn make_key(&self, used: KeyUse, challenge: &[u8]) -> Result<DeviceKey, DeviceError> {
        let id = BASE64.encode(&make_public::<15>(&mut UnwrapErr(OsRng)));
        let name = format!("{}{id}", prefix(used));
        let (mode, who) = match used {
            // Also while the phone is locked: a wake-up may come then.
            KeyUse::Pop => (ProtectionMode::AccessibleAfterFirstUnlockThisDeviceOnly, NOBODY),
            KeyUse::Uv => (ProtectionMode::AccessibleWhenUnlockedThisDeviceOnly, PERSON),
        };
        let control = access(mode, AccessControlOptions::PRIVATE_KEY_USAGE | who)?;
        let mut options = GenerateKeyOptions::default();
        options
            .set_key_type(KeyType::ec_sec_prime_random())
            .set_size_in_bits(256)
            .set_label(name.clone())
            .set_token(Token::SecureEnclave)
            .set_location(Location::DataProtectionKeychain)
            .set_access_control(control);
        let key =
            SecKey::new(&options).map_err(|error| refused_code(error.code(), DeviceError::KeystoreFailed))?;
        let public = public_half(&key)?;
        let challenge = String::from_utf8_lossy(challenge).into_owned();
        self.challenges.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), challenge);
        Ok(DeviceKey { handle: KeyHandle::new(name), public })
    }

    pub(super) fn sign(
        &self,
        used: KeyUse,
        key: &KeyHandle,
        message: &[u8],
    ) -> Result<Signature, DeviceError> {
        if !key.as_str().starts_with(prefix(used)) {
            return Err(DeviceError::SigningKeyLost);
        }
        let der = find(key)?
            .create_signature(Algorithm::ECDSASignatureMessageX962SHA256, message)
            .map_err(|error| refused_code(error.code(), DeviceError::SigningKeyLost))?;
        Signature::from_der(&der).map_err(|_| DeviceError::KeystoreFailed)
    }

    pub(super) fn delete_key(&self, key: &KeyHandle) -> Result<(), DeviceError> {
        match find(key) {
            Err(DeviceError::SigningKeyLost) => Ok(()),
            found => found?.delete().map_err(|error| refused(&error)),
        }
    }

    /// The Secure Enclave has no word for it before it is asked to sign; a key that is there is usable.
    pub(super) fn is_usable(&self, key: &KeyHandle) -> Result<bool, DeviceError> {
        match find(key) {
            Ok(_) => Ok(true),
            Err(DeviceError::SigningKeyLost) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn place(&self, key: &KeyHandle) -> Result<KeyPlace, DeviceError> {
        // There is no other place where these keys are made.
        find(key).map(|_| KeyPlace::StrongBox)
    }

    pub(super) fn attest(&self, pop: &KeyHandle, uv: &KeyHandle) -> Result<Attestation, DeviceError> {
        let challenge = self.challenges.lock().unwrap_or_else(PoisonError::into_inner).remove(uv.as_str());
        let Some(challenge) = challenge.filter(|challenge| !challenge.is_empty()) else {
            return Ok(Attestation::None {});
        };
        let thumbprint = |key: &KeyHandle| Ok(public_half(&find(key)?)?.thumbprint().to_string());
        let request = AttestRequest { challenge, pop: thumbprint(pop)?, uv: thumbprint(uv)? };
        // A phone without App Attest, or without a network for it, shows nothing; the service judges that.
        let attested: Attested = self.native.call("attest", request)?;
        Ok(match (attested.object, attested.key_id) {
            (Some(object), Some(key_id)) => Attestation::AppleAppAttest { object, key_id },
            _ => Attestation::None {},
        })
    }
}

/// Who can use a vault's key.
#[derive(Clone, Copy)]
enum Guard {
    /// Whoever has unlocked the phone.
    Unlocked,
    /// The person, who is verified each time.
    Person,
}

impl Guard {
    fn account(self, file: &FileId) -> String {
        match self {
            Self::Unlocked => format!("vault.{}", file.hex()),
            Self::Person => format!("vault-person.{}", file.hex()),
        }
    }

    /// Says in what is wrapped which of the two it needs.
    fn mark(self) -> u8 {
        match self {
            Self::Unlocked => 1,
            Self::Person => 2,
        }
    }

    fn of_mark(mark: u8) -> Option<Self> {
        [Self::Unlocked, Self::Person].into_iter().find(|guard| guard.mark() == mark)
    }

    fn access(self) -> Result<SecAccessControl, DeviceError> {
        let who = match self {
            Self::Unlocked => NOBODY,
            Self::Person => PERSON,
        };
        access(ProtectionMode::AccessibleWhenUnlockedThisDeviceOnly, who)
    }
}

fn access(mode: ProtectionMode, who: AccessControlOptions) -> Result<SecAccessControl, DeviceError> {
    SecAccessControl::create_with_protection(Some(mode), who.bits()).map_err(|_| DeviceError::KeystoreFailed)
}

/// An item of this app on this phone, which no cloud carries away.
fn item(account: &str) -> PasswordOptions {
    let mut options = PasswordOptions::new_generic_password(SERVICE, account);
    options.set_access_synchronized(Some(false));
    options
}

fn read(account: &str) -> Result<SecretBytes, DeviceError> {
    match generic_password(item(account)) {
        Ok(key) if key.len() == KEY_LEN => Ok(SecretBytes::new(key)),
        Ok(_) => Err(DeviceError::KeyLost),
        Err(error) => Err(refused(&error)),
    }
}

fn make(account: &str, guard: Guard) -> Result<SecretBytes, DeviceError> {
    let key = SecretBytes::new(make_public::<KEY_LEN>(&mut UnwrapErr(OsRng)).to_vec());
    let mut options = item(account);
    options.set_access_control(guard.access()?);
    // expose: the keychain keeps it.
    set_generic_password_options(key.expose(), options).map_err(|error| refused(&error))?;
    Ok(key)
}

/// A key of a lock that was turned off before may be one that the system has ended, so there is always a new one. It is
/// read back, which asks the person: a lock that they could not open must not be turned on.
fn make_for_person(account: &str) -> Result<SecretBytes, DeviceError> {
    delete(account)?;
    let made = make(account, Guard::Person)?;
    match read(account) {
        Ok(read) if read.ct_eq(&made) => Ok(made),
        refused => {
            // Nothing was wrapped by it.
            let _ = delete(account);
            Err(refused.err().unwrap_or(DeviceError::KeystoreFailed))
        }
    }
}

fn delete(account: &str) -> Result<(), DeviceError> {
    match delete_generic_password_options(item(account)) {
        Err(error) if error.code() != NOT_FOUND => Err(refused(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn find(key: &KeyHandle) -> Result<SecKey, DeviceError> {
    let found = ItemSearchOptions::new()
        .class(ItemClass::key())
        .key_class(KeyClass::private())
        .label(key.as_str())
        .load_refs(true)
        .search()
        .map_err(|error| refused_code(error.code() as isize, DeviceError::SigningKeyLost))?;
    found
        .into_iter()
        .find_map(|result| if let SearchResult::Ref(Reference::Key(key)) = result { Some(key) } else { None })
        .ok_or(DeviceError::SigningKeyLost)
}

fn public_half(key: &SecKey) -> Result<PublicKey, DeviceError> {
    let point = key.public_key().and_then(|public| public.external_representation());
    let point = point.ok_or(DeviceError::KeystoreFailed)?;
    PublicKey::from_point(&point).map_err(|_| DeviceError::KeystoreFailed)
}

fn prefix(used: KeyUse) -> &'static str {
    match used {
        KeyUse::Pop => "pop.",
        KeyUse::Uv => "uv.",
    }
}

fn refused(error: &Error) -> DeviceError {
    refused_code(isize::try_from(error.code()).unwrap_or_default(), DeviceError::KeyLost)
}

/// What the system said, by number; `lost` is for a key that is not there.
fn refused_code(code: isize, lost: DeviceError) -> DeviceError {
    match code {
        -25300 => lost,                                                     // errSecItemNotFound
        -128 | -25293 | -1 | -2 | -3 | -4 | -8 => DeviceError::NotVerified, // cancelled, failed, locked out
        -25308 => DeviceError::KeystoreLocked,                              // errSecInteractionNotAllowed
        -5 => DeviceError::NoScreenLock,                                    // LAError.passcodeNotSet
        _ => DeviceError::KeystoreFailed,
    }
}

#[derive(Serialize)]
struct AttestRequest {
    challenge: String,
    pop: String,
    uv: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attested {
    object: Option<String>,
    key_id: Option<String>,
}

const SERVICE: &str = "app.countersign";
const LAST_SAVE: &str = "last-save";
const NOT_FOUND: i32 = -25300;
const NOBODY: AccessControlOptions = AccessControlOptions::empty();
/// Face, finger, or the phone's code.
const PERSON: AccessControlOptions = AccessControlOptions::USER_PRESENCE;
