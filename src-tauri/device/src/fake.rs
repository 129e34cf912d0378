//! A keystore in memory for tests. It passes the same contract as the real ones, and can be broken on
//! purpose.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crypto_core::approval::activation::Attestation;
use crypto_core::approval::wire::{Platform as System, PushSubscription};
use crypto_core::seal::sign::{Signature, SigningKey};
use crypto_core::secret::SecretBytes;
use crypto_core::vault::{DeviceKey, FileId, KeyHandle, VaultKey, Wrapping, unwrap_with_key, wrap_with_key};

use crate::phone::{Carried, Feel, Handed, PhoneError};
use crate::{About, Device, DeviceError, KeyUse, LastSave, Phone};

/// A keystore in memory.
#[derive(Default)]
pub struct FakeDevice {
    keys: Mutex<HashMap<String, SecretBytes>>,
    /// Those that are used only after the person was verified; none where nobody can be.
    guarded: Mutex<Option<HashMap<String, SecretBytes>>>,
    /// How many times the person was asked to open a vault.
    asked: Mutex<usize>,
    /// What happens while they are asked.
    meanwhile: Mutex<Option<Box<dyn Fn() + Send>>>,
    /// The keystore does not answer when a key is to go.
    keeps_keys: Mutex<bool>,
    last: Mutex<Option<LastSave>>,
    broken: Mutex<Option<DeviceError>>,
    clipboard: Mutex<String>,
    signing: Mutex<HashMap<String, (KeyUse, SigningKey)>>,
    /// When set, the person does not pass, or closes, the platform's question.
    refuses: Mutex<Option<DeviceError>>,
    /// The challenges that signing keys were made with.
    made_with: Mutex<Vec<(KeyUse, Vec<u8>)>>,
    /// Where services wake it, by account; none if nothing can.
    wakes: Mutex<Option<HashMap<String, PushSubscription>>>,
    /// What its person felt.
    felt: Mutex<Vec<Feel>>,
    /// Whether the screen is kept out of pictures; none if nobody said.
    hides_screen: Mutex<Option<bool>>,
    /// What the system carries to the next one; none for nothing.
    carried: Mutex<Option<Carried>>,
    /// How often it was told that this is another one.
    backups_changed: AtomicU32,
    /// What another app handed over; none for what cannot be read.
    handed: Mutex<Vec<(Handed, Option<Vec<u8>>)>>,
    /// What its person does when asked where a file is to go; none if nobody is asked.
    place: Mutex<Option<Place>>,
    /// What was saved where they chose: name, kind and content.
    saved: Mutex<Vec<(String, String, Vec<u8>)>>,
}

/// What comes of the question where a file is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The person chooses one.
    Chosen,
    /// They close the question.
    Closed,
    /// They choose one that takes nothing.
    Fails,
}

impl FakeDevice {
    /// From here on every call fails like this; none mends it.
    pub fn fail_with(&self, error: Option<DeviceError>) {
        *at(&self.broken) = error;
    }

    /// Loses all keys, as a reset of the keystore does.
    pub fn lose_keys(&self) {
        at(&self.keys).clear();
    }

    /// From here on it is a phone that can verify its person.
    pub fn can_verify_its_person(&self) {
        at(&self.guarded).get_or_insert_default();
    }

    /// Loses the keys that need the person, as when the screen lock is removed.
    pub fn lose_guarded_keys(&self) {
        if let Some(keys) = at(&self.guarded).as_mut() {
            keys.clear();
        }
    }

    /// How many times the person was asked to open a vault.
    pub fn asked(&self) -> usize {
        *at(&self.asked)
    }

    /// From here on this happens while the person is asked to open a vault.
    pub fn while_asking(&self, act: impl Fn() + Send + 'static) {
        *at(&self.meanwhile) = Some(Box::new(act));
    }

    /// From here on no key goes, or they go again.
    pub fn keep_keys(&self, keeps: bool) {
        *at(&self.keeps_keys) = keeps;
    }

    /// Whether there is a key that whoever has unlocked the phone can use for this vault.
    pub fn has_unguarded_key(&self, file: &FileId) -> bool {
        at(&self.keys).contains_key(&file.hex())
    }

    /// From here on the person does not pass, or closes, what they are asked; none mends it.
    pub fn refuse_with(&self, error: Option<DeviceError>) {
        *at(&self.refuses) = error;
    }

    /// How many signing keys there are.
    pub fn signing_keys(&self) -> usize {
        at(&self.signing).len()
    }

    /// What is on the clipboard.
    pub fn clipboard(&self) -> String {
        at(&self.clipboard).clone()
    }

    /// Something else is copied, as by another app.
    pub fn copy_elsewhere(&self, text: &str) {
        *at(&self.clipboard) = text.to_owned();
    }

    /// The challenges that signing keys were made with, in order.
    pub fn made_with(&self) -> Vec<(KeyUse, Vec<u8>)> {
        at(&self.made_with).clone()
    }

    /// From here on it is a phone that can be woken, by this address for every account that asks.
    pub fn can_be_woken(&self) {
        *at(&self.wakes) = Some(HashMap::new());
    }

    /// Where it is woken for an account changes, or is gone.
    pub fn wake_at(&self, account: &str, address: Option<PushSubscription>) {
        let mut wakes = at(&self.wakes);
        let wakes = wakes.get_or_insert_default();
        match address {
            Some(address) => wakes.insert(account.to_owned(), address),
            None => wakes.remove(account),
        };
    }

    /// What its person felt, in order.
    pub fn felt(&self) -> Vec<Feel> {
        at(&self.felt).clone()
    }

    /// Another app hands these over, in the place of those before; what has no content cannot be read.
    pub fn hand_over(&self, files: Vec<(&str, Option<Vec<u8>>)>) {
        let mut handed = at(&self.handed);
        let after = handed.last().map_or(0, |(last, _)| last.id + 1);
        let files = files.into_iter().zip(after..);
        *handed =
            files.map(|((name, content), id)| (Handed { id, name: name.to_owned() }, content)).collect();
    }

    /// Whether the screen is kept out of pictures, as was said last.
    pub fn hides_screen(&self) -> Option<bool> {
        *at(&self.hides_screen)
    }

    /// From here on the system carries this to the next one.
    pub fn carries(&self, what: Carried) {
        *at(&self.carried) = Some(what);
    }

    /// How often the system was told that what it carries is another one.
    pub fn backups_changed(&self) -> u32 {
        self.backups_changed.load(Ordering::Relaxed)
    }

    /// From here on it is a phone, whose person does this when asked where a file is to go.
    pub fn asks_where(&self, place: Place) {
        *at(&self.place) = Some(place);
    }

    /// What was saved where its person chose: name, kind and content.
    pub fn saved(&self) -> Vec<(String, String, Vec<u8>)> {
        at(&self.saved).clone()
    }

    fn check(&self) -> Result<(), DeviceError> {
        at(&self.broken).map_or(Ok(()), Err)
    }

    fn ask(&self) -> Result<(), DeviceError> {
        *at(&self.asked) += 1;
        if let Some(act) = &*at(&self.meanwhile) {
            act();
        }
        at(&self.refuses).map_or(Ok(()), Err)
    }

    fn drop_from(&self, keys: &mut HashMap<String, SecretBytes>, file: &FileId) -> Result<(), DeviceError> {
        self.check()?;
        if *at(&self.keeps_keys) {
            return Err(DeviceError::KeystoreFailed);
        }
        keys.remove(&file.hex());
        Ok(())
    }
}

impl fmt::Debug for FakeDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeDevice(..)")
    }
}

/// What is wrapped says by which kind of key.
const UNGUARDED: u8 = 1;
const GUARDED: u8 = 2;

/// Makes a vault's key if there is none, and wraps by it.
fn wrap_by(
    keys: &mut HashMap<String, SecretBytes>,
    mark: u8,
    wrapping: &Wrapping,
    key: &VaultKey,
) -> Vec<u8> {
    let number = u8::try_from(keys.len()).unwrap_or(u8::MAX);
    let by = keys
        .entry(wrapping.file.hex())
        .or_insert_with(|| SecretBytes::new(vec![number ^ mark; crypto_core::seal::KEY_LEN]));
    [vec![mark], wrap_with_key(by, wrapping, key)].concat()
}

impl Device for FakeDevice {
    fn wrap(&self, wrapping: &Wrapping, key: &VaultKey) -> Result<Vec<u8>, DeviceError> {
        self.check()?;
        Ok(wrap_by(&mut at(&self.keys), UNGUARDED, wrapping, key))
    }

    fn unwrap(&self, wrapping: &Wrapping, wrapped: &[u8]) -> Result<VaultKey, DeviceError> {
        self.check()?;
        let (mark, wrapped) = wrapped.split_first().ok_or(DeviceError::KeyLost)?;
        let name = wrapping.file.hex();
        let unwrap = |by: Option<&SecretBytes>| {
            let by = by.ok_or(DeviceError::KeyLost)?;
            unwrap_with_key(by, wrapping, wrapped).map_err(|_| DeviceError::KeyLost)
        };
        match *mark {
            UNGUARDED => unwrap(at(&self.keys).get(&name)),
            GUARDED => {
                // A key that is gone is known to be gone before anybody is asked.
                let is_there = at(&self.guarded).as_ref().is_some_and(|keys| keys.contains_key(&name));
                if is_there {
                    self.ask()?;
                }
                unwrap(at(&self.guarded).as_ref().and_then(|keys| keys.get(&name)))
            }
            _ => Err(DeviceError::KeyLost),
        }
    }

    fn drop_key(&self, file: &FileId) -> Result<(), DeviceError> {
        self.drop_from(&mut at(&self.keys), file)?;
        at(&self.guarded).as_mut().map_or(Ok(()), |keys| self.drop_from(keys, file))
    }

    fn remember(&self, last: &LastSave) -> Result<(), DeviceError> {
        self.check()?;
        *at(&self.last) = Some(last.clone());
        Ok(())
    }

    fn recall(&self) -> Result<Option<LastSave>, DeviceError> {
        self.check()?;
        Ok(at(&self.last).clone())
    }

    fn forget(&self) -> Result<(), DeviceError> {
        self.check()?;
        at(&self.last).take();
        Ok(())
    }

    fn make_key(&self, used: KeyUse, challenge: &[u8]) -> Result<DeviceKey, DeviceError> {
        self.check()?;
        at(&self.made_with).push((used, challenge.to_vec()));
        let pkcs8 = SigningKey::make_pkcs8().map_err(|_| DeviceError::KeystoreFailed)?;
        let key = SigningKey::from_pkcs8(&pkcs8).map_err(|_| DeviceError::KeystoreFailed)?;
        let public = key.public().clone();
        let name = public.thumbprint().to_string();
        at(&self.signing).insert(name.clone(), (used, key));
        Ok(DeviceKey { handle: KeyHandle::new(name), public })
    }

    fn sign(&self, used: KeyUse, key: &KeyHandle, message: &[u8]) -> Result<Signature, DeviceError> {
        self.check()?;
        if let (KeyUse::Uv, Some(error)) = (used, *at(&self.refuses)) {
            return Err(error);
        }
        let keys = at(&self.signing);
        let (_, key) = keys
            .get(key.as_str())
            .filter(|(made_for, _)| *made_for == used)
            .ok_or(DeviceError::SigningKeyLost)?;
        key.sign(message).map_err(|_| DeviceError::KeystoreFailed)
    }

    fn delete_key(&self, key: &KeyHandle) -> Result<(), DeviceError> {
        self.check()?;
        at(&self.signing).remove(key.as_str());
        Ok(())
    }

    fn attest(&self, _: &KeyHandle, _: &KeyHandle) -> Result<Attestation, DeviceError> {
        self.check()?;
        Ok(Attestation::None {})
    }

    fn about(&self) -> About {
        About {
            name: "Test".to_owned(),
            system: System::Linux,
            model: String::new(),
            version: String::new(),
            verifies: None,
            software_keys: true,
        }
    }

    fn copy(&self, code: &str) -> Result<(), DeviceError> {
        *at(&self.clipboard) = code.to_owned();
        Ok(())
    }

    fn clear_copied(&self, code: &str) -> Result<(), DeviceError> {
        let mut clipboard = at(&self.clipboard);
        if *clipboard == code {
            clipboard.clear();
        }
        Ok(())
    }
}

impl Phone for FakeDevice {
    fn can_verify(&self) -> bool {
        at(&self.guarded).is_some()
    }

    fn wrap_for_person(&self, wrapping: &Wrapping, key: &VaultKey) -> Result<Vec<u8>, DeviceError> {
        self.check()?;
        if !self.can_verify() {
            return Err(DeviceError::NoScreenLock);
        }
        self.ask()?;
        let mut guarded = at(&self.guarded);
        let keys = guarded.as_mut().ok_or(DeviceError::NoScreenLock)?;
        Ok(wrap_by(keys, GUARDED, wrapping, key))
    }

    fn drop_unguarded_key(&self, file: &FileId) -> Result<(), DeviceError> {
        self.drop_from(&mut at(&self.keys), file)
    }

    fn is_usable(&self, key: &KeyHandle) -> Result<bool, DeviceError> {
        self.check()?;
        let is_lost = *at(&self.refuses) == Some(DeviceError::SigningKeyLost);
        Ok(!is_lost && at(&self.signing).contains_key(key.as_str()))
    }

    fn hide_screen(&self, on: bool) {
        *at(&self.hides_screen) = Some(on);
    }

    fn feel(&self, what: Feel) {
        at(&self.felt).push(what);
    }

    fn push_register(&self, account: &str, _: &str) -> Result<bool, PhoneError> {
        let mut wakes = at(&self.wakes);
        let Some(wakes) = wakes.as_mut() else { return Ok(false) };
        wakes.insert(account.to_owned(), push_address("https://push.example.org/up1"));
        Ok(true)
    }

    fn push_forget(&self, account: &str) -> Result<(), PhoneError> {
        if let Some(wakes) = at(&self.wakes).as_mut() {
            wakes.remove(account);
        }
        Ok(())
    }

    fn push_targets(&self) -> Result<Vec<(String, PushSubscription)>, PhoneError> {
        let wakes = at(&self.wakes).clone().unwrap_or_default();
        Ok(wakes.into_iter().collect())
    }

    fn backup_place(&self) -> Carried {
        at(&self.carried).clone().unwrap_or(Carried::Nothing)
    }

    fn backup_changed(&self) {
        self.backups_changed.fetch_add(1, Ordering::Relaxed);
    }

    fn handed(&self) -> Result<Vec<Handed>, PhoneError> {
        Ok(at(&self.handed).iter().map(|(file, _)| file.clone()).collect())
    }

    fn read_handed(&self, id: u64) -> Result<Vec<u8>, PhoneError> {
        let handed = at(&self.handed);
        let found = handed.iter().find(|(file, _)| file.id == id);
        found.and_then(|(_, content)| content.clone()).ok_or(PhoneError::NotHere)
    }

    fn asks_where(&self) -> bool {
        at(&self.place).is_some()
    }

    fn save_file(&self, name: &str, kind: &str, content: &[u8]) -> Result<bool, PhoneError> {
        match at(&self.place).ok_or(PhoneError::NotHere)? {
            Place::Fails => Err(PhoneError::NotHere),
            Place::Closed => Ok(false),
            Place::Chosen => {
                at(&self.saved).push((name.to_owned(), kind.to_owned(), content.to_vec()));
                Ok(true)
            }
        }
    }
}

/// An address that can be encrypted to, though nobody reads it.
pub fn push_address(endpoint: &str) -> PushSubscription {
    let point = "BMs1AnsfZqYjoLmaEJ5kt-HN8oyDKxjctcTjBilRAejENZL9saLLQXNdh2NAyf64ybd4iUMILyenZfuOpuIw4Vs";
    let secret = "AAAAAAAAAAAAAAAAAAAAAA";
    PushSubscription::new(endpoint.to_owned(), point.to_owned(), secret.to_owned()).expect("an address")
}

fn at<T>(place: &Mutex<T>) -> MutexGuard<'_, T> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fake_keeps_the_contract() {
        crate::contract::keeps_the_contract(&FakeDevice::default());
    }

    #[test]
    fn the_fake_keeps_the_contract_of_keys_for_the_person() {
        let device = FakeDevice::default();
        let refused = crate::contract::wraps_for_person(&device).map(|_| ());
        assert_eq!(refused, Err(DeviceError::NoScreenLock), "nobody can be verified yet");
        device.can_verify_its_person();
        crate::contract::keeps_the_contract_of_guarded_keys(&device, |error| device.refuse_with(error));
    }
}
