//! One Rust face for what only the platform can do. The shell sees [`Device`] and never asks which platform
//! it is on; nothing here can be called from JavaScript, and no rule of the product lives here.

#[cfg(desktop)]
mod camera;
#[cfg(desktop)]
mod desktop;
mod error;
pub mod fake;
#[cfg(mobile)]
mod mobile;
pub mod phone;

#[cfg(desktop)]
pub use camera::Camera;
#[cfg(desktop)]
pub use desktop::{Platform, init};
pub use error::DeviceError;
#[cfg(mobile)]
pub use mobile::{Camera, Platform, init};
pub use phone::Phone;

use crypto_core::approval::activation::Attestation;
use crypto_core::approval::answer::UvMethod;
use crypto_core::approval::wire::Platform as System;
use crypto_core::seal::sign::Signature;
use crypto_core::vault::{DeviceKey, FileId, KeyHandle, VaultKey, Wrapping};
use serde::{Deserialize, Serialize};

/// What the platform does for the app. It is shared, so that a question to the person does not hold up the rest.
pub trait Device: Send + Sync + 'static {
    /// Wraps a vault's key by the keystore's key for that vault, which is made at the first call.
    fn wrap(&self, wrapping: &Wrapping, key: &VaultKey) -> Result<Vec<u8>, DeviceError>;
    /// Unwraps it again. Never makes a key: one that is gone is [`DeviceError::KeyLost`].
    fn unwrap(&self, wrapping: &Wrapping, wrapped: &[u8]) -> Result<VaultKey, DeviceError>;
    /// Deletes the keystore's key for a vault: what it wrapped cannot be unwrapped any more.
    fn drop_key(&self, file: &FileId) -> Result<(), DeviceError>;
    /// Remembers, where a thief of files cannot reach, which save of the vault was the last.
    fn remember(&self, last: &LastSave) -> Result<(), DeviceError>;
    /// What was remembered; none on a device that never saved a vault.
    fn recall(&self) -> Result<Option<LastSave>, DeviceError>;
    /// Forgets what was remembered. The keys of vaults stay: a file that was set aside may be opened yet.
    fn forget(&self) -> Result<(), DeviceError>;
    /// Makes a signing key (P-256). Where the keys' place can be shown, `challenge` goes into what shows it.
    fn make_key(&self, used: KeyUse, challenge: &[u8]) -> Result<DeviceKey, DeviceError>;
    /// Signs the SHA-256 hash of `message`. A key for [`KeyUse::Uv`] has the person verified by the platform for
    /// each signature, where the platform can.
    fn sign(&self, used: KeyUse, key: &KeyHandle, message: &[u8]) -> Result<Signature, DeviceError>;
    /// Deletes a signing key: its handle signs nothing any more. One that is not there is as good as deleted.
    fn delete_key(&self, key: &KeyHandle) -> Result<(), DeviceError>;
    /// What shows where the keys are kept.
    fn attest(&self, pop: &KeyHandle, uv: &KeyHandle) -> Result<Attestation, DeviceError>;
    /// How keys are kept here, and what this device is called.
    fn about(&self) -> About;
    /// Puts a code on the clipboard, marked so that clipboard histories leave it out.
    fn copy(&self, code: &str) -> Result<(), DeviceError>;
    /// Takes it off again, unless something else has been copied since.
    fn clear_copied(&self, code: &str) -> Result<(), DeviceError>;
}

/// What a signing key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyUse {
    /// Calls, denials and reports: without asking anybody.
    Pop,
    /// Approvals: the person is verified for each.
    Uv,
}

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The name its person knows it by.
    pub name: String,
    /// What it runs on.
    pub system: System,
    /// The maker's name for it; may be empty.
    pub model: String,
    /// The version of the system; may be empty.
    pub version: String,
    /// How the platform verifies the person for [`KeyUse::Uv`]; none if it does not, and the app's own lock is all
    /// there is.
    pub verifies: Option<UvMethod>,
    /// Signing keys are software keys: sealed by the keystore, and not bound to the hardware.
    pub software_keys: bool,
}

/// Which save of which vault was the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSave {
    /// The vault's id in hexadecimal.
    pub vault: String,
    /// The generation in its header.
    pub generation: u64,
}

impl LastSave {
    /// The save `generation` of `vault`.
    pub fn new(vault: &FileId, generation: u64) -> Self {
        Self { vault: vault.hex(), generation }
    }
}

/// Brightness values, one byte a pixel, rows without gaps.
#[derive(Debug)]
pub struct Frame {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The values.
    pub luma: Vec<u8>,
}

#[cfg(test)]
pub(crate) mod contract {
    use super::*;

    /// What every device promises; each implementation runs it where it can run.
    pub(crate) fn keeps_the_contract(device: &impl Device) {
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([1; 32]);
        let file = FileId::make(&mut rng);
        let key = VaultKey::make(&mut rng);
        let wrapping = Wrapping { file, salt: vec![1; 32], associated: b"associated".to_vec() };

        device.forget().expect("forgets");
        assert_eq!(device.recall(), Ok(None));
        let missing = device.unwrap(&wrapping, &[0; 48]).map(|_| ());
        assert_eq!(missing, Err(DeviceError::KeyLost), "a key that never was is not made by unwrapping");

        let wrapped = device.wrap(&wrapping, &key).expect("wraps");
        let unwrapped = device.unwrap(&wrapping, &wrapped).expect("unwraps");
        assert!(unwrapped.secret().ct_eq(key.secret()));
        let other = Wrapping { associated: b"other".to_vec(), ..wrapping.clone() };
        assert_eq!(device.unwrap(&other, &wrapped).map(|_| ()), Err(DeviceError::KeyLost));
        let elsewhere = Wrapping { file: FileId::make(&mut rng), ..wrapping.clone() };
        assert_eq!(device.unwrap(&elsewhere, &wrapped).map(|_| ()), Err(DeviceError::KeyLost));

        device.drop_key(&file).expect("deletes");
        device.drop_key(&file).expect("nothing to delete is as good");
        assert_eq!(
            device.unwrap(&Wrapping { file, ..wrapping }, &wrapped).map(|_| ()),
            Err(DeviceError::KeyLost)
        );

        let last = LastSave::new(&file, 7);
        device.remember(&last).expect("remembers");
        assert_eq!(device.recall(), Ok(Some(last)));
        device.forget().expect("forgets");
        assert_eq!(device.recall(), Ok(None));

        keeps_the_contract_of_signing_keys(device);
    }

    /// A key of a vault, wrapped for the person.
    pub(crate) fn wraps_for_person(
        device: &impl Phone,
    ) -> Result<(Wrapping, VaultKey, Vec<u8>), DeviceError> {
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([2; 32]);
        let key = VaultKey::make(&mut rng);
        let file = FileId::make(&mut rng);
        let wrapping = Wrapping { file, salt: vec![1; 32], associated: b"associated".to_vec() };
        let wrapped = device.wrap_for_person(&wrapping, &key)?;
        Ok((wrapping, key, wrapped))
    }

    /// What every phone promises; `refuse` has its person pass or not.
    pub(crate) fn keeps_the_contract_of_guarded_keys(
        device: &impl Phone,
        refuse: impl Fn(Option<DeviceError>),
    ) {
        assert!(device.can_verify());
        let (wrapping, key, guarded) = wraps_for_person(device).expect("wraps");
        let unguarded = device.wrap(&wrapping, &key).expect("wraps");
        let opens = |wrapped: &[u8]| {
            device.unwrap(&wrapping, wrapped).map(|found| found.secret().ct_eq(key.secret()))
        };
        assert_eq!((opens(&guarded), opens(&unguarded)), (Ok(true), Ok(true)));
        refuse(Some(DeviceError::NotVerified));
        assert_eq!(opens(&guarded), Err(DeviceError::NotVerified));
        assert_eq!(opens(&unguarded), Ok(true), "nobody is asked for it");
        assert_eq!(wraps_for_person(device).map(|_| ()), Err(DeviceError::NotVerified));
        refuse(None);

        device.drop_unguarded_key(&wrapping.file).expect("deletes");
        device.drop_unguarded_key(&wrapping.file).expect("nothing to delete is as good");
        assert_eq!((opens(&guarded), opens(&unguarded)), (Ok(true), Err(DeviceError::KeyLost)));
        device.drop_key(&wrapping.file).expect("deletes");
        assert_eq!(opens(&guarded), Err(DeviceError::KeyLost));
    }

    fn keeps_the_contract_of_signing_keys(device: &impl Device) {
        let pop = device.make_key(KeyUse::Pop, b"challenge").expect("makes");
        let uv = device.make_key(KeyUse::Uv, b"challenge").expect("makes");
        assert_ne!(pop.public, uv.public);
        let signature = device.sign(KeyUse::Pop, &pop.handle, b"message").expect("signs");
        assert_eq!(pop.public.verify(b"message", &signature), Ok(()));
        assert!(pop.public.verify(b"other", &signature).is_err());
        let signature = device.sign(KeyUse::Uv, &uv.handle, b"message").expect("signs");
        assert_eq!(uv.public.verify(b"message", &signature), Ok(()));

        let lost = Err(DeviceError::SigningKeyLost);
        assert_eq!(device.sign(KeyUse::Pop, &uv.handle, b"message"), lost, "a key is for one use");
        assert_eq!(device.sign(KeyUse::Pop, &KeyHandle::new("nobody".into()), b"message"), lost);
        device.attest(&pop.handle, &uv.handle).expect("says where they are, or that it cannot");

        device.delete_key(&pop.handle).expect("deletes");
        device.delete_key(&pop.handle).expect("nothing to delete is as good");
        assert_eq!(device.sign(KeyUse::Pop, &pop.handle, b"message"), lost);
        device.sign(KeyUse::Uv, &uv.handle, b"message").expect("the other is still there");
        device.delete_key(&uv.handle).expect("deletes");
        assert!(!device.about().name.is_empty());
    }

    use rand_chacha::rand_core::SeedableRng as _;
}
