//! Opening the vault, and every way in which that can fail. The rules: a file that cannot be read is never
//! overwritten, a key that is gone is never silently replaced, and each failure has its own name.

use crypto_core::secret::SecretText;
use crypto_core::vault::{FileError, Freshness, SealedFile, Vault, VaultKey, check_passphrase, freshness};
use device::{Device, DeviceError, LastSave};

use super::{App, State, save};
use crate::error::{Code, CommandError};
use crate::store::Store;
use crate::view::{AppView, Problem};

impl<D: Device, S: Store> App<D, S> {
    /// The person asks to look again, after unlocking the keystore or mending the disk.
    pub fn try_again(&mut self) -> AppView {
        if matches!(self.state, State::Problem { .. }) {
            self.open();
        }
        self.view()
    }

    /// The person gives up on a vault that cannot be opened. Its file is renamed and kept.
    pub fn start_empty(&mut self) -> Result<AppView, CommandError> {
        let State::Problem { problem, .. } = &self.state else { return Err(Code::NotNow.into()) };
        if !matches!(
            problem,
            Problem::KeyLost | Problem::Damaged | Problem::RolledBack | Problem::VaultMissing
        ) {
            return Err(Code::NotNow.into());
        }
        self.store.set_aside(&self.now().secs().to_string())?;
        self.device.forget()?;
        self.open();
        Ok(self.view())
    }

    /// The person takes a vault that is older than the last one written.
    pub fn use_older_vault(&mut self) -> Result<AppView, CommandError> {
        let State::Problem { older, .. } = &mut self.state else { return Err(Code::NotNow.into()) };
        let Some(vault) = older.take() else { return Err(Code::NotNow.into()) };
        self.device.remember(&LastSave::new(vault.id(), vault.generation()))?;
        self.state = State::Open { vault, older_copy_used: false };
        Ok(self.view())
    }

    /// Makes the first vault where there is no keystore; a passphrase opens it each time.
    pub fn create_passphrase_vault(&mut self, passphrase: SecretText) -> Result<AppView, CommandError> {
        let State::Problem {
            problem: Problem::KeystoreMissing | Problem::KeystoreLocked,
            vault_exists: false,
            ..
        } = &self.state
        else {
            return Err(Code::NotNow.into());
        };
        check_passphrase(&passphrase)?;
        let mut vault = Vault::make(self.now(), &mut *self.rng);
        vault.protect_by_passphrase(&passphrase, super::protection::COST, &mut *self.rng)?;
        save(&mut vault, &self.device, &self.store, &mut *self.rng)?;
        self.state = State::Open { vault: Box::new(vault), older_copy_used: false };
        self.still_here();
        Ok(self.view())
    }

    /// Reads the vault and opens it as far as it goes without the person.
    pub(super) fn open(&mut self) {
        self.find = None;
        self.revealed.clear();
        self.state = match self.read() {
            Ok(state) => state,
            Err(Stop { problem, vault_exists }) => State::Problem { problem, vault_exists, older: None },
        };
        self.still_here();
    }

    /// Puts the vault back to what is stored, after a change that could not be.
    pub(super) fn read_again(&mut self) {
        let State::Open { vault, older_copy_used } = std::mem::replace(&mut self.state, State::Closed) else {
            return;
        };
        let key = vault.into_key();
        let stored = self.store.load().ok().flatten().and_then(|bytes| SealedFile::parse(&bytes).ok());
        match stored.map(|file| Vault::open(file, key)) {
            Some(Ok(vault)) => self.state = State::Open { vault: Box::new(vault), older_copy_used },
            Some(Err(_)) | None => self.open(),
        }
    }

    /// Opens a vault with the passphrase the person typed.
    pub(super) fn open_with_passphrase(&mut self, passphrase: &SecretText) -> Result<(), CommandError> {
        let State::Locked(file) = &self.state else { return Err(Code::NotNow.into()) };
        let key = file.unlock(passphrase)?;
        let file = self.store.load()?.ok_or(Code::NotNow)?;
        self.state = match SealedFile::parse(&file).and_then(|file| Vault::open(file, key)) {
            Ok(vault) => self.check_freshness(vault),
            Err(_) => match self.previous(|previous| previous.unlock(passphrase).ok()) {
                Some(vault) => self.take_previous(vault)?,
                None => self.damaged(),
            },
        };
        self.still_here();
        Ok(())
    }

    fn read(&mut self) -> Result<State, Stop> {
        let unreadable = Stop { problem: Problem::Unreadable, vault_exists: true };
        let current = self.store.load().map_err(|_| unreadable)?;
        let has_previous = self.store.load_previous().map_err(|_| unreadable)?.is_some();
        let Some(bytes) = current else {
            return if has_previous { Ok(self.try_previous(Problem::Damaged)) } else { self.first_start() };
        };
        match SealedFile::parse(&bytes) {
            Ok(file) => Ok(self.open_file(file)),
            Err(FileError::NewerFormat { .. }) => {
                Err(Stop { problem: Problem::NewerFormat, vault_exists: true })
            }
            Err(_) => Ok(self.try_previous(Problem::Damaged)),
        }
    }

    /// There is no file. That is right only where none was ever written.
    fn first_start(&mut self) -> Result<State, Stop> {
        let stop = |error| Stop { problem: problem(error), vault_exists: false };
        if self.device.recall().map_err(stop)?.is_some() {
            return Err(Stop { problem: Problem::VaultMissing, vault_exists: false });
        }
        let mut vault = Vault::make(self.now(), &mut *self.rng);
        vault
            .protect_by_keystore(&mut *self.rng, |wrapping, key| self.device.wrap(wrapping, key))
            .map_err(stop)?;
        save(&mut vault, &self.device, &self.store, &mut *self.rng)
            .map_err(|_| Stop { problem: Problem::Unreadable, vault_exists: false })?;
        Ok(State::Open { vault: Box::new(vault), older_copy_used: false })
    }

    fn open_file(&mut self, file: SealedFile) -> State {
        match self.keystore_key(&file) {
            Some(Ok(key)) => match Vault::open(file, key) {
                Ok(vault) => self.check_freshness(vault),
                Err(FileError::NewerFormat { .. }) => stopped(Problem::NewerFormat),
                Err(_) => self.try_previous(Problem::Damaged),
            },
            // A damaged slot looks like a lost key. If the copy before it opens, it was the slot.
            Some(Err(DeviceError::KeyLost)) => self.try_previous(Problem::KeyLost),
            Some(Err(error)) => stopped(problem(error)),
            None if file.slots().iter().any(is_passphrase) => State::Locked(Box::new(file)),
            None => stopped(Problem::NewerFormat),
        }
    }

    fn keystore_key(&self, file: &SealedFile) -> Option<Result<VaultKey, DeviceError>> {
        let id = &file.header().id;
        file.slots().iter().find_map(|slot| {
            slot.open_with_keystore(id, |wrapping, wrapped| self.device.unwrap(wrapping, wrapped))
        })
    }

    /// The newest copy does not open. Uses the one before it, or says what the matter is.
    fn try_previous(&mut self, otherwise: Problem) -> State {
        let previous = self.previous(|file| self.keystore_key(file).and_then(Result::ok));
        match previous {
            Some(vault) => self.take_previous(vault).unwrap_or_else(|_| stopped(Problem::Unreadable)),
            None if self.previous_is_locked() => self.lock_previous(),
            None if otherwise == Problem::Damaged => self.damaged(),
            None => stopped(otherwise),
        }
    }

    /// Both copies are beyond reading: they are renamed, never deleted.
    fn damaged(&mut self) -> State {
        match self.store.set_aside(&self.now().secs().to_string()) {
            Ok(()) => stopped(Problem::Damaged),
            Err(_) => stopped(Problem::Unreadable),
        }
    }

    fn previous(&self, unlock: impl FnOnce(&SealedFile) -> Option<VaultKey>) -> Option<Vault> {
        let file = SealedFile::parse(&self.store.load_previous().ok()??).ok()?;
        let key = unlock(&file)?;
        Vault::open(file, key).ok()
    }

    /// Puts the previous copy in the damaged one's place, which is renamed and kept.
    fn take_previous(&self, vault: Vault) -> Result<State, CommandError> {
        let Some(bytes) = self.store.load_previous()? else { return Err(Code::NotNow.into()) };
        self.store.set_aside_current(&self.now().secs().to_string())?;
        self.store.replace(&bytes)?;
        Ok(State::Open { vault: Box::new(vault), older_copy_used: true })
    }

    fn previous_is_locked(&self) -> bool {
        let previous = self.store.load_previous().ok().flatten();
        previous
            .and_then(|bytes| SealedFile::parse(&bytes).ok())
            .is_some_and(|file| file.slots().iter().any(is_passphrase))
    }

    /// The newest copy is damaged and the one before it waits for a passphrase.
    fn lock_previous(&self) -> State {
        let previous = self.store.load_previous().ok().flatten();
        match previous.and_then(|bytes| SealedFile::parse(&bytes).ok()) {
            Some(file) => State::Locked(Box::new(file)),
            None => stopped(Problem::Unreadable),
        }
    }

    /// An open vault is used only if it is the last one that was written.
    fn check_freshness(&self, vault: Vault) -> State {
        // A keystore that does not answer cannot vouch; the vault opened without it, by its passphrase.
        let Ok(Some(last)) = self.device.recall() else {
            let _ = self.device.remember(&LastSave::new(vault.id(), vault.generation()));
            return State::Open { vault: Box::new(vault), older_copy_used: false };
        };
        let same_vault = last.vault == vault.id().hex();
        match freshness(vault.generation(), last.generation) {
            Freshness::Current if same_vault => {}
            Freshness::Ahead if same_vault => {
                let _ = self.device.remember(&LastSave::new(vault.id(), vault.generation()));
            }
            Freshness::Current | Freshness::Ahead | Freshness::RolledBack => {
                let older = Some(Box::new(vault));
                return State::Problem { problem: Problem::RolledBack, vault_exists: true, older };
            }
        }
        State::Open { vault: Box::new(vault), older_copy_used: false }
    }
}

/// Why opening stops.
#[derive(Clone, Copy)]
struct Stop {
    problem: Problem,
    vault_exists: bool,
}

fn stopped(problem: Problem) -> State {
    State::Problem { problem, vault_exists: true, older: None }
}

fn problem(error: DeviceError) -> Problem {
    match error {
        DeviceError::KeystoreLocked => Problem::KeystoreLocked,
        DeviceError::KeyLost => Problem::KeyLost,
        DeviceError::KeystoreMissing
        | DeviceError::KeystoreFailed
        | DeviceError::CameraUnavailable
        | DeviceError::ClipboardUnavailable => Problem::KeystoreMissing,
    }
}

fn is_passphrase(slot: &crypto_core::vault::Slot) -> bool {
    matches!(slot, crypto_core::vault::Slot::Passphrase { .. })
}
