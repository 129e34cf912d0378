//! Desktop: the platform's credential store holds one wrapping key for each vault (Secret Service, Keychain,
//! Credential Manager), and one for each signing key, which lies sealed in the vault. All are software keys, and
//! nothing here verifies the person; nothing here pretends otherwise.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use arboard::Clipboard;
use crypto_core::approval::activation::Attestation;
use crypto_core::approval::wire::{MAX_DEVICE_NAME, Platform as System};
use crypto_core::seal::sign::Signature;
use crypto_core::secret::SecretBytes;
use crypto_core::vault::{
    DeviceKey, FileId, KeyHandle, VaultKey, Wrapping, make_signing_key, open_signing_key, unwrap_with_key,
    wrap_with_key,
};
use data_encoding::BASE32_NOPAD;
use keyring_core::{Entry, Error};
use tauri::plugin::TauriPlugin;
use tauri::{Manager as _, Runtime};

use crate::{About, Device, DeviceError, KeyUse, LastSave, Phone};

/// Registers the device with the app, which finds it as managed state.
pub fn init<R: Runtime>() -> TauriPlugin<R> {
    tauri::plugin::Builder::new("device")
        .setup(|app, _| {
            app.manage(Platform::default());
            Ok(())
        })
        .build()
}

/// The device of this computer.
#[derive(Clone, Default)]
pub struct Platform {
    /// Kept open: on X11 the one who copied answers those who paste.
    clipboard: Arc<Mutex<Option<Clipboard>>>,
    /// Somebody who answers in the place of a phone's person. A computer has nobody.
    person: Arc<OnceLock<Person>>,
}

/// Whether they pass what a phone would ask them.
type Person = Box<dyn Fn() -> Result<(), DeviceError> + Send + Sync>;

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Platform(..)")
    }
}

impl Platform {
    /// From here on `person` is asked as a phone's system asks its person, for what plays a phone on a computer. The
    /// keys stay what they are here: nothing but manners keeps them from being used without.
    pub fn play_person(&self, person: impl Fn() -> Result<(), DeviceError> + Send + Sync + 'static) {
        // The first one stays.
        let _ = self.person.set(Box::new(person));
    }

    fn with_clipboard<T>(
        &self,
        act: impl FnOnce(&mut Clipboard) -> Result<T, arboard::Error>,
    ) -> Result<T, DeviceError> {
        let mut kept = self.clipboard.lock().map_err(|_| DeviceError::ClipboardUnavailable)?;
        let clipboard = match &mut *kept {
            Some(clipboard) => clipboard,
            none => none.insert(Clipboard::new().map_err(|_| DeviceError::ClipboardUnavailable)?),
        };
        act(clipboard).map_err(|_| DeviceError::ClipboardUnavailable)
    }
}

/// A desktop has nothing of a phone, unless it plays one.
impl Phone for Platform {
    fn can_verify(&self) -> bool {
        self.person.get().is_some()
    }

    fn wrap_for_person(&self, wrapping: &Wrapping, key: &VaultKey) -> Result<Vec<u8>, DeviceError> {
        self.person.get().ok_or(DeviceError::NoScreenLock)?()?;
        let by = found_or_made(&guarded_name(&wrapping.file))?;
        Ok([GUARDED.to_vec(), wrap_with_key(&by, wrapping, key)].concat())
    }

    fn drop_unguarded_key(&self, file: &FileId) -> Result<(), DeviceError> {
        delete(&key_name(file))
    }
}

impl Device for Platform {
    fn copy(&self, code: &str) -> Result<(), DeviceError> {
        self.with_clipboard(|clipboard| {
            let set = clipboard.set();
            #[cfg(target_os = "linux")]
            let set = arboard::SetExtLinux::exclude_from_history(set);
            #[cfg(target_os = "macos")]
            let set = arboard::SetExtApple::exclude_from_history(set);
            #[cfg(target_os = "windows")]
            let set = arboard::SetExtWindows::exclude_from_history(set);
            set.text(code)
        })
    }

    fn clear_copied(&self, code: &str) -> Result<(), DeviceError> {
        self.with_clipboard(|clipboard| match clipboard.get_text() {
            Ok(text) if text == code => clipboard.clear(),
            // Something else, or a picture, or nothing.
            Ok(_) | Err(_) => Ok(()),
        })
    }

    fn wrap(&self, wrapping: &Wrapping, key: &VaultKey) -> Result<Vec<u8>, DeviceError> {
        Ok(wrap_with_key(&found_or_made(&key_name(&wrapping.file))?, wrapping, key))
    }

    fn unwrap(&self, wrapping: &Wrapping, wrapped: &[u8]) -> Result<VaultKey, DeviceError> {
        let (name, wrapped) = match (self.person.get(), wrapped.strip_prefix(GUARDED)) {
            (Some(person), Some(wrapped)) => {
                person()?;
                (guarded_name(&wrapping.file), wrapped)
            }
            _ => (key_name(&wrapping.file), wrapped),
        };
        unwrap_with_key(&read_item(&name)?, wrapping, wrapped).map_err(|_| DeviceError::KeyLost)
    }

    fn drop_key(&self, file: &FileId) -> Result<(), DeviceError> {
        delete(&key_name(file))?;
        if self.can_verify() { delete(&guarded_name(file)) } else { Ok(()) }
    }

    fn make_key(&self, used: KeyUse, _: &[u8]) -> Result<DeviceKey, DeviceError> {
        let mut rng = rand_core::UnwrapErr(rand_core::OsRng);
        let id = BASE32_NOPAD.encode(&crypto_core::seal::make_public::<10>(&mut rng)).to_lowercase();
        let by = make_item(&sealing_name(&id), &mut rng)?;
        let (sealed, public) = make_signing_key(&by, &signing_name(used, &id), &mut rng)
            .map_err(|_| DeviceError::KeystoreFailed)?;
        Ok(DeviceKey { handle: KeyHandle::new(format!("{id}.{sealed}")), public })
    }

    fn sign(&self, used: KeyUse, key: &KeyHandle, message: &[u8]) -> Result<Signature, DeviceError> {
        let (id, sealed) = key.as_str().split_once('.').ok_or(DeviceError::SigningKeyLost)?;
        let by = read_item(&sealing_name(id)).map_err(|error| {
            if error == DeviceError::KeyLost { DeviceError::SigningKeyLost } else { error }
        })?;
        let key = open_signing_key(&by, &signing_name(used, id), sealed);
        let key = key.map_err(|_| DeviceError::SigningKeyLost)?;
        key.sign(message).map_err(|_| DeviceError::KeystoreFailed)
    }

    fn delete_key(&self, key: &KeyHandle) -> Result<(), DeviceError> {
        key.as_str().split_once('.').map_or(Ok(()), |(id, _)| delete(&sealing_name(id)))
    }

    fn attest(&self, _: &KeyHandle, _: &KeyHandle) -> Result<Attestation, DeviceError> {
        Ok(Attestation::None {})
    }

    fn about(&self) -> About {
        let system = if cfg!(target_os = "macos") {
            System::Macos
        } else if cfg!(windows) {
            System::Windows
        } else {
            System::Linux
        };
        About {
            name: host_name().unwrap_or_else(|| "Desktop".to_owned()),
            system,
            model: String::new(),
            version: String::new(),
            verifies: None,
            software_keys: true,
        }
    }

    fn remember(&self, last: &LastSave) -> Result<(), DeviceError> {
        let json = serde_json::to_vec(last).map_err(|_| DeviceError::KeystoreFailed)?;
        item(LAST_SAVE)?.set_secret(&json).map_err(refused)
    }

    fn recall(&self) -> Result<Option<LastSave>, DeviceError> {
        match item(LAST_SAVE)?.get_secret() {
            // What cannot be read cannot prove anything; it is written anew with the next save.
            Ok(json) => Ok(serde_json::from_slice(&json).ok()),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    fn forget(&self) -> Result<(), DeviceError> {
        delete(LAST_SAVE)
    }
}

fn delete(name: &str) -> Result<(), DeviceError> {
    match item(name)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(refused(error)),
    }
}

fn found_or_made(name: &str) -> Result<SecretBytes, DeviceError> {
    match read_item(name) {
        Err(DeviceError::KeyLost) => make_item(name, &mut rand_core::UnwrapErr(rand_core::OsRng)),
        found => found,
    }
}

fn read_item(name: &str) -> Result<SecretBytes, DeviceError> {
    match item(name)?.get_secret() {
        Ok(bytes) if bytes.len() == crypto_core::seal::KEY_LEN => Ok(SecretBytes::new(bytes)),
        Ok(_) | Err(Error::NoEntry) => Err(DeviceError::KeyLost),
        Err(error) => Err(refused(error)),
    }
}

/// Stores a new key and reads it back before anything is wrapped by it.
fn make_item(name: &str, rng: &mut dyn rand_core::CryptoRng) -> Result<SecretBytes, DeviceError> {
    let key = crypto_core::seal::make_key(rng);
    // expose: the credential store is where this key lives.
    item(name)?.set_secret(key.expose()).map_err(refused)?;
    let stored = read_item(name)?;
    if stored.ct_eq(&key) { Ok(key) } else { Err(DeviceError::KeystoreFailed) }
}

/// One item in the credential store. A store that was missing is looked for again at each call, so that
/// "try again" can succeed without a restart.
fn item(name: &str) -> Result<Entry, DeviceError> {
    let never_connected =
        keyring::Entry::store_status().is_err() && keyring_core::get_default_store().is_none();
    if BROKEN.swap(false, Ordering::Relaxed) || never_connected {
        connect_again()?;
    }
    Entry::new(SERVICE, name).map_err(refused)
}

#[cfg(target_os = "linux")]
fn connect_again() -> Result<(), DeviceError> {
    let store = zbus_secret_service_keyring_store::Store::new().map_err(|_| DeviceError::KeystoreMissing)?;
    keyring_core::set_default_store(store);
    Ok(())
}

/// Keychain and Credential Manager have no connection that could break.
#[cfg(not(target_os = "linux"))]
fn connect_again() -> Result<(), DeviceError> {
    Ok(())
}

/// The name of the key that seals one signing key. Deleting it is deleting that one, wherever copies of the sealed
/// key lie.
fn sealing_name(id: &str) -> String {
    format!("signing-key-{id}")
}

/// What a sealed key is bound to, so that none is taken for one of the other use.
fn signing_name(used: KeyUse, id: &str) -> String {
    match used {
        KeyUse::Pop => format!("pop-{id}"),
        KeyUse::Uv => format!("uv-{id}"),
    }
}

/// As a person knows this computer.
fn host_name() -> Option<String> {
    let from_file = || std::fs::read_to_string("/etc/hostname").ok();
    let name = std::env::var("COMPUTERNAME").ok().or_else(from_file)?;
    let name: String = name.trim().chars().take(MAX_DEVICE_NAME).collect();
    (!name.is_empty()).then_some(name)
}

fn key_name(vault: &FileId) -> String {
    format!("vault-key-{}", vault.hex())
}

/// The key that a phone would use only after it has verified its person.
fn guarded_name(vault: &FileId) -> String {
    format!("vault-key-of-person-{}", vault.hex())
}

/// Keeps the kind of an error and drops its text, which may name items.
#[expect(clippy::needless_pass_by_value, reason = "used as a map_err function")]
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is non-exhaustive")]
fn refused(error: Error) -> DeviceError {
    match error {
        Error::NoDefaultStore => DeviceError::KeystoreMissing,
        Error::NoStorageAccess(_) => DeviceError::KeystoreLocked,
        Error::NoEntry => DeviceError::KeyLost,
        _ => {
            BROKEN.store(true, Ordering::Relaxed);
            DeviceError::KeystoreFailed
        }
    }
}

/// The connection failed: the next call makes a new one, as after a restart of the credential store.
static BROKEN: AtomicBool = AtomicBool::new(false);

const SERVICE: &str = "app.countersign";
/// What is wrapped for the person begins like this, where there is one. Longer than what chance could begin with.
const GUARDED: &[u8] = b"for the person: ";
const LAST_SAVE: &str = "last-save";

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Needs a Secret Service of its own, which `./test` starts: a person's keyring is never touched.
    #[test]
    fn the_secret_service_keeps_the_contract() {
        if std::env::var_os("COUNTERSIGN_TEST_SECRET_SERVICE").is_none() {
            eprintln!("skipped: no Secret Service for tests");
            return;
        }
        crate::contract::keeps_the_contract(&Platform::default());

        let phone = Platform::default();
        assert!(!phone.can_verify(), "a computer verifies nobody");
        let refusal = Arc::new(Mutex::new(None));
        let refuses = Arc::clone(&refusal);
        phone.play_person(move || refuses.lock().expect("nobody panics").map_or(Ok(()), Err));
        crate::contract::keeps_the_contract_of_guarded_keys(&phone, |error| {
            *refusal.lock().expect("nobody panics") = error;
        });
    }
}
