//! A vault's next key on its way to the person's slot. The keystore verifies the person before it wraps, which takes as
//! long as they take; meanwhile the vault goes on under the key it has.

use rand_core::CryptoRng;

use super::file::{FileId, VaultKey};
use super::slots::{Slot, Wrapping};
use super::{Vault, VaultError};

/// A new key for a vault, which nothing has wrapped yet.
#[derive(Debug)]
pub struct NewKey {
    file: FileId,
    key: VaultKey,
    salt: Vec<u8>,
}

/// A new key for a vault, with the slot that only the person opens.
#[derive(Debug)]
pub struct GuardedKey {
    file: FileId,
    key: VaultKey,
    slot: Slot,
}

impl NewKey {
    /// Hands the key to the platform, which verifies the person.
    pub fn guard<E>(
        self,
        wrap: impl FnOnce(&Wrapping, &VaultKey) -> Result<Vec<u8>, E>,
    ) -> Result<GuardedKey, E> {
        let Self { file, key, salt } = self;
        let slot = Slot::make_person(1, &file, salt, |wrapping| wrap(wrapping, &key))?;
        Ok(GuardedKey { file, key, slot })
    }
}

impl Vault {
    /// A key that is to take the place of the vault's own, once it is guarded.
    pub fn make_next_key(&self, rng: &mut dyn CryptoRng) -> NewKey {
        let key = VaultKey::make(rng);
        NewKey { file: *self.id(), key, salt: Slot::make_salt(rng) }
    }

    /// Makes the person the only way to unlock: their platform verifies them each time. What opened the vault before
    /// opens it no longer. Files of before still hold what they held.
    pub fn protect_by_person(&mut self, guarded: GuardedKey) -> Result<(), VaultError> {
        if guarded.file != *self.id() {
            return Err(VaultError::OtherVault);
        }
        self.replace_key(guarded.key, guarded.slot);
        Ok(())
    }
}
