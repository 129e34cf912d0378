//! The app lock that the phone asks for: the vault's key is wrapped by a key that the keystore uses only after it has
//! verified the person. Each question is put by a value of its own, while the app is not held; no answer stands in
//! for a key.

use std::sync::Arc;

use crypto_core::vault::{FileId, GuardedKey, NewKey, SealedFile};
use device::{DeviceError, Phone};

use super::open::{Unlocked, unwrap};
use super::{App, State, save};
use crate::error::{Code, CommandError};
use crate::store::Store;
use crate::view::{AppView, ExportRequest, Protection};

/// A new key of the vault, which the person is to guard.
pub struct ToGuard<D> {
    device: Arc<D>,
    key: NewKey,
}

impl<D: Phone> ToGuard<D> {
    /// Has the platform ask the person, and wraps the key for them. This takes as long as they take.
    pub fn ask(self) -> Result<GuardedKey, CommandError> {
        let device = &*self.device;
        Ok(self.key.guard(|wrapping, key| device.wrap_for_person(wrapping, key))?)
    }
}

/// The stored vault, which the person is to unlock once more to show that it is them.
pub struct ToConfirm<D> {
    device: Arc<D>,
    file: SealedFile,
}

/// The person has shown that it is them. Nothing but their answer makes one, and it is good for one use.
#[derive(Debug)]
pub struct Confirmed(FileId);

impl<D: Phone> ToConfirm<D> {
    /// Has the platform ask the person. This takes as long as they take.
    pub fn ask(self) -> Result<Confirmed, CommandError> {
        let unlocked = unwrap(&*self.device, &self.file)
            .and_then(|key| self.file.open(&key).map_err(|_| DeviceError::KeyLost));
        match unlocked {
            Ok(_) => Ok(Confirmed(self.file.header().id)),
            // The open vault is all there is then, and its person has to know.
            Err(DeviceError::KeyLost) => Err(Code::LockKeyLost.into()),
            Err(error) => Err(error.into()),
        }
    }
}

impl<D: Phone, S: Store> App<D, S> {
    /// The person's answer to the question of a locked app.
    pub fn unlocked(&mut self, unlocked: Unlocked) -> Result<AppView, CommandError> {
        self.take_unlocked(unlocked)?;
        self.finish_turning_on();
        Ok(self.view())
    }

    /// A key that is to open the vault once the person guards it.
    pub fn to_guard(&mut self) -> Result<ToGuard<D>, CommandError> {
        if self.protection() != Protection::Keystore || !self.device.can_verify() {
            return Err(Code::NotNow.into());
        }
        let State::Open { vault, .. } = &self.state else { return Err(Code::Locked.into()) };
        Ok(ToGuard { device: Arc::clone(&self.device), key: vault.make_next_key(&mut *self.rng) })
    }

    /// From now on only the person opens the vault.
    pub fn turn_on_person_lock(&mut self, guarded: GuardedKey) -> Result<AppView, CommandError> {
        // Something else may have been turned on while they were asked.
        if self.protection() != Protection::Keystore {
            return Err(Code::NotNow.into());
        }
        let State::Open { vault, .. } = &mut self.state else { return Err(Code::Locked.into()) };
        vault.protect_by_person(guarded)?;
        let done = save(vault, &*self.device, &self.store, &mut *self.rng);
        self.keep_protection(done)?;
        self.drop_unguarded_key();
        Ok(self.view())
    }

    /// What the person is to unlock once more, before something that an unlocked app in other hands must not do.
    pub fn to_confirm(&mut self) -> Result<ToConfirm<D>, CommandError> {
        self.confirmed = None;
        let id = *self.vault()?.id();
        let file = self.stored()?;
        if self.protection() != Protection::Person || file.header().id != id {
            return Err(Code::NotNow.into());
        }
        Ok(ToConfirm { device: Arc::clone(&self.device), file })
    }

    /// The same for an export; none for one that is sealed, or where the person is not what opens the app.
    pub fn to_confirm_export(
        &mut self,
        request: &ExportRequest,
    ) -> Result<Option<ToConfirm<D>>, CommandError> {
        let asks = self.protection() == Protection::Person && !request.format.is_sealed();
        if asks { self.to_confirm().map(Some) } else { Ok(None) }
    }

    /// The person has shown that it is them: what asked may be done, once.
    pub fn take_confirmation(&mut self, confirmed: Confirmed) {
        self.confirmed = Some(confirmed);
    }

    /// From now on the keystore opens the vault again.
    pub fn turn_off_person_lock(&mut self, confirmed: Confirmed) -> Result<AppView, CommandError> {
        self.take_confirmation(confirmed);
        self.use_confirmation()?;
        self.protect_by_keystore()
    }

    /// Uses up what the person has shown.
    pub(super) fn use_confirmation(&mut self) -> Result<(), CommandError> {
        let confirmed = self.confirmed.take();
        let id = *self.vault()?.id();
        if confirmed.is_some_and(|confirmed| confirmed.0 == id) {
            Ok(())
        } else {
            Err(Code::NotVerified.into())
        }
    }

    /// Power may have ended while the lock was turned on, or the keystore would not delete: then a copy, or the key to
    /// it, is still there that opens without the person.
    fn finish_turning_on(&mut self) {
        let State::Open { vault, .. } = &self.state else { return };
        if self.protection() != Protection::Person {
            return;
        }
        let previous = self.store.load_previous().ok().flatten();
        let previous = previous.and_then(|bytes| SealedFile::parse(&bytes).ok());
        if previous.is_some_and(|file| file.slots() != vault.slots()) {
            self.renew_previous_copy();
        }
        self.drop_unguarded_key();
    }

    /// No copy needs the key any more that whoever has unlocked the phone can use. If it stays, it opens only what is
    /// older than the lock, and is deleted when the person opens the app.
    fn drop_unguarded_key(&mut self) {
        if let State::Open { vault, .. } = &self.state {
            let _ = self.device.drop_unguarded_key(vault.id());
        }
    }
}
