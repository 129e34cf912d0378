//! The app lock: a passphrase in place of the keystore, or the person, whom the keystore verifies (`person.rs`). Locked
//! means that the vault's key is not in memory.

use crypto_core::seal::PassphraseCost;
use crypto_core::secret::SecretText;
use crypto_core::vault::{SealedFile, check_passphrase};
use device::Phone;

use super::{App, State, save};
use crate::error::{Code, CommandError};
use crate::store::Store;
use crate::view::{AppView, Protection};

impl<D: Phone, S: Store> App<D, S> {
    /// The person types the passphrase.
    pub fn unlock(&mut self, passphrase: &SecretText) -> Result<AppView, CommandError> {
        self.open_with_passphrase(passphrase)?;
        Ok(self.view())
    }

    /// Closes the vault and wipes its key. Where the keystore opens it without asking, there is nothing to lock with.
    pub fn lock(&mut self) -> AppView {
        if self.protection() != Protection::Keystore && !matches!(self.state, State::Locked(_)) {
            self.clear_clipboard(|_| true);
            self.open();
        }
        self.view()
    }

    /// From now on a passphrase opens the vault.
    pub fn turn_on_lock(&mut self, passphrase: &SecretText) -> Result<AppView, CommandError> {
        if self.protection() != Protection::Keystore {
            return Err(Code::NotNow.into());
        }
        check_passphrase(passphrase)?;
        let State::Open { vault, .. } = &mut self.state else { return Err(Code::Locked.into()) };
        let done = vault
            .protect_by_passphrase(passphrase, COST, &mut *self.rng)
            .map_err(CommandError::from)
            .and_then(|()| save(vault, &*self.device, &self.store, &mut *self.rng));
        let id = *vault.id();
        self.keep_protection(done)?;
        // Now no copy needs the keystore's key, and one that was set aside is not to open by it either. A
        // keystore that does not answer keeps it; then it still opens only what is older than this.
        let _ = self.device.drop_key(&id);
        Ok(self.view())
    }

    /// From now on the keystore opens the vault again. Asks for the passphrase, because an unlocked app may
    /// be in other hands.
    pub fn turn_off_lock(&mut self, passphrase: &SecretText) -> Result<AppView, CommandError> {
        self.vault()?;
        self.stored()?.unlock(passphrase)?;
        self.protect_by_keystore()
    }

    /// From now on the keystore opens the vault without asking anybody.
    pub(super) fn protect_by_keystore(&mut self) -> Result<AppView, CommandError> {
        let device = &*self.device;
        let State::Open { vault, .. } = &mut self.state else { return Err(Code::Locked.into()) };
        let done = vault
            .protect_by_keystore(&mut *self.rng, |wrapping, key| device.wrap(wrapping, key))
            .map_err(CommandError::from)
            .and_then(|()| save(vault, device, &self.store, &mut *self.rng));
        self.keep_protection(done)?;
        Ok(self.view())
    }

    /// The vault as it is stored.
    pub(super) fn stored(&self) -> Result<SealedFile, CommandError> {
        let stored = self.store.load()?.ok_or(Code::NotNow)?;
        Ok(SealedFile::parse(&stored).map_err(|_| Code::NotNow)?)
    }

    /// The vault has a new key. If that could not be stored, the stored one still has the old, and is opened
    /// anew.
    pub(super) fn keep_protection(&mut self, stored: Result<(), CommandError>) -> Result<(), CommandError> {
        if stored.is_err() {
            self.open();
            return stored;
        }
        self.renew_previous_copy();
        Ok(())
    }

    /// The previous copy still holds what was before; a second save puts one in its place that does not.
    pub(super) fn renew_previous_copy(&mut self) {
        // The change itself is stored. If this fails, the next change of any kind makes up for it.
        let _ = self.change(|_, _| Ok(()));
    }
}

pub(super) const COST: PassphraseCost = PassphraseCost::DEFAULT;
