//! Opening the vault, and every way in which that can fail. The rules: a file that cannot be read is never
//! overwritten, nothing is renamed before the person says so, a key that is gone is never silently replaced,
//! and each failure has its own name.

use std::sync::Arc;

use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::vault::{
    FileError, Freshness, SealedFile, Slot, SlotError, Vault, VaultKey, Wrapping, check_passphrase, freshness,
};
use device::{DeviceError, LastSave, Phone};

use super::{App, State, save};
use crate::error::{Code, CommandError};
use crate::store::Store;
use crate::view::{AppView, Problem, Protection};

impl<D: Phone, S: Store> App<D, S> {
    /// The person asks to look again, after unlocking the keystore or mending the disk.
    pub fn try_again(&mut self) -> AppView {
        if matches!(self.state, State::Problem { .. }) {
            self.open();
        }
        self.view()
    }

    /// The person gives up on a vault that cannot be opened, or whose passphrase is forgotten. Its files are
    /// renamed and kept.
    pub fn start_empty(&mut self) -> Result<AppView, CommandError> {
        let given_up = match &self.state {
            State::Locked(_) => true,
            State::Problem { problem, .. } => matches!(
                problem,
                Problem::KeyLost
                    | Problem::PersonKeyLost
                    | Problem::Damaged
                    | Problem::RolledBack
                    | Problem::AnotherVault
                    | Problem::VaultMissing
            ),
            State::Closed | State::Open { .. } => false,
        };
        if !given_up {
            return Err(Code::NotNow.into());
        }
        // What is remembered of the old vault must go first: beside no file it would look like a lost one.
        // Without a keystore there is nothing remembered, and only a vault with a passphrase gets here.
        let needs_no_keystore =
            matches!(self.state, State::Locked(_)) && self.protection() == Protection::Passphrase;
        match self.device.forget() {
            Err(error) if !needs_no_keystore => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        self.store.set_aside(&self.label())?;
        self.open();
        Ok(self.view())
    }

    /// The person takes a vault that is not the last one written. It is stored as the last one; the files that
    /// were there are renamed and kept, because one of them may be newer.
    pub fn use_older_vault(&mut self) -> Result<AppView, CommandError> {
        let label = self.label();
        let State::Problem { older: Some(vault), .. } = &mut self.state else {
            return Err(Code::NotNow.into());
        };
        let remembered = self.device.recall()?.map_or(0, |last| last.generation);
        vault.saved(vault.generation().max(remembered));
        self.store.set_aside(&label)?;
        save(vault, &*self.device, &self.store, &mut *self.rng)?;
        if let State::Problem { older: Some(vault), .. } = std::mem::replace(&mut self.state, State::Closed) {
            self.state = State::Open { vault, older_copy_used: false };
        }
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
        if self.store.load()?.is_some() || self.store.load_previous()?.is_some() {
            // Somebody has put a file back since the last look.
            self.open();
            return Err(Code::NotNow.into());
        }
        let mut vault = Vault::make(self.now(), &mut *self.rng);
        vault.protect_by_passphrase(&passphrase, super::protection::COST, &mut *self.rng)?;
        save(&mut vault, &*self.device, &self.store, &mut *self.rng)?;
        self.state = State::Open { vault: Box::new(vault), older_copy_used: false };
        self.still_here();
        Ok(self.view())
    }

    /// Reads the vault and opens it as far as it goes without the person.
    pub(super) fn open(&mut self) {
        self.find = None;
        self.incoming = None;
        self.scanned = None;
        self.drop_joining();
        self.forget_contacts();
        self.revealed.clear();
        self.confirmed = None;
        self.state = self.read().unwrap_or_else(|stop| stop.state());
        self.back_up_soon(0);
        self.still_here();
    }

    /// Puts the vault back to what is stored, after a change that could not be. If the disk gives nothing
    /// that opens, what is in memory is all there is, and stays.
    pub(super) fn read_again(&mut self) {
        let State::Open { vault, .. } = &mut self.state else { return };
        let stored = self.store.load().ok().flatten().and_then(|bytes| SealedFile::parse(&bytes).ok());
        // A failure leaves the vault as it is.
        let _ = stored.map(|file| vault.reload(file));
    }

    /// Opens a vault with the passphrase the person typed.
    pub(super) fn open_with_passphrase(&mut self, passphrase: &SecretText) -> Result<(), CommandError> {
        if !matches!(self.state, State::Locked(_)) {
            return Err(Code::NotNow.into());
        }
        let copies = self.copies()?;
        let mut refused: Option<Vec<Slot>> = None;
        let opened = copies.open(|file| {
            // The copies mostly have the same slots; trying those twice would only take twice the time.
            if refused.as_deref() == Some(file.slots()) {
                return Err(SlotError::Refused);
            }
            file.unlock(passphrase).inspect_err(|_| refused = Some(file.slots().to_vec()))
        });
        self.state = match opened {
            Ok(Opened { vault, is_previous }) => self.check_freshness(vault, is_previous),
            Err(NotOpened::Refused(error)) => return Err(error.into()),
            Err(NotOpened::Newer) => stopped(Problem::NewerFormat),
            Err(NotOpened::Damaged) => stopped(Problem::Damaged),
        };
        self.back_up_soon(0);
        self.still_here();
        Ok(())
    }

    /// The copies of a vault that waits for the person, to be opened by them while the app goes on. None where it is
    /// open already.
    pub fn to_unlock(&self) -> Result<Option<ToUnlock<D>>, CommandError> {
        match &self.state {
            State::Open { .. } => Ok(None),
            State::Locked(_) if self.protection() == Protection::Person => {
                Ok(Some(ToUnlock { device: Arc::clone(&self.device), copies: self.copies()? }))
            }
            State::Closed | State::Locked(_) | State::Problem { .. } => Err(Code::NotNow.into()),
        }
    }

    /// Takes what the person has opened, if that is still wanted.
    pub(super) fn take_unlocked(&mut self, unlocked: Unlocked) -> Result<(), CommandError> {
        let State::Locked(file) = &self.state else { return Ok(()) };
        self.state = match unlocked.0 {
            Ok(Opened { vault, .. }) if *vault.id() != file.header().id => return Err(Code::NotNow.into()),
            Ok(Opened { vault, is_previous }) => self.check_freshness(vault, is_previous),
            Err(NotOpened::Refused(DeviceError::KeyLost)) => stopped(Problem::PersonKeyLost),
            Err(NotOpened::Refused(error)) => return Err(error.into()),
            Err(NotOpened::Newer) => stopped(Problem::NewerFormat),
            Err(NotOpened::Damaged) => stopped(Problem::Damaged),
        };
        self.back_up_soon(0);
        self.still_here();
        Ok(())
    }

    fn read(&mut self) -> Result<State, Stop> {
        let copies = self.copies().map_err(|_| Stop::new(Problem::Unreadable, true))?;
        if copies.is_empty() {
            return self.first_start();
        }
        // The copy before it may open without anybody, where power ended while the lock was turned on.
        if let Some(file) = copies.newest().filter(|file| file.slots().iter().any(is_person)) {
            return Ok(State::Locked(Box::new(file.clone())));
        }
        let opened = copies.open(|file| self.keystore_key(file));
        Ok(match opened {
            Ok(Opened { vault, is_previous }) => self.check_freshness(vault, is_previous),
            Err(NotOpened::Newer) => stopped(Problem::NewerFormat),
            Err(NotOpened::Damaged) => stopped(Problem::Damaged),
            Err(NotOpened::Refused(NoKey::Device(error))) => stopped(problem(error)),
            Err(NotOpened::Refused(NoKey::Passphrase(file))) => State::Locked(file),
            Err(NotOpened::Refused(NoKey::NoSlot)) => stopped(Problem::NewerFormat),
        })
    }

    /// There is no file. That is right only where none was ever written.
    fn first_start(&mut self) -> Result<State, Stop> {
        let stop = |error| Stop::new(problem(error), false);
        if self.device.recall().map_err(stop)?.is_some() {
            return Err(Stop::new(Problem::VaultMissing, false));
        }
        let mut vault = Vault::make(self.now(), &mut *self.rng);
        vault
            .protect_by_keystore(&mut *self.rng, |wrapping, key| self.device.wrap(wrapping, key))
            .map_err(stop)?;
        save(&mut vault, &*self.device, &self.store, &mut *self.rng)
            .map_err(|_| Stop::new(Problem::CantSave, false))?;
        Ok(State::Open { vault: Box::new(vault), older_copy_used: false })
    }

    fn keystore_key(&self, file: &SealedFile) -> Result<VaultKey, NoKey> {
        let id = &file.header().id;
        let opened = file.slots().iter().find_map(|slot| {
            slot.open_with_keystore(id, |wrapping, wrapped| self.device.unwrap(wrapping, wrapped))
        });
        match opened {
            Some(key) => key.map_err(NoKey::Device),
            None if file.slots().iter().any(is_passphrase) => Err(NoKey::Passphrase(Box::new(file.clone()))),
            None => Err(NoKey::NoSlot),
        }
    }

    fn copies(&self) -> Result<Copies, CommandError> {
        let parse = |bytes: Option<Vec<u8>>| bytes.map(|bytes| SealedFile::parse(&bytes));
        Ok(Copies { current: parse(self.store.load()?), previous: parse(self.store.load_previous()?) })
    }

    /// An open vault is used only if it is the last one that was written, or the copy before it.
    fn check_freshness(&mut self, vault: Vault, is_previous: bool) -> State {
        // A keystore that does not answer cannot vouch; the vault opened without it, by its passphrase.
        let Ok(Some(last)) = self.device.recall() else { return self.settle(Box::new(vault), is_previous) };
        if last.vault != vault.id().hex() {
            return not_the_last(Problem::AnotherVault, vault);
        }
        // The copy before the last save is one behind when the last one is damaged.
        let behind = u64::from(is_previous);
        match freshness(vault.generation() + behind, last.generation) {
            Freshness::RolledBack => not_the_last(Problem::RolledBack, vault),
            Freshness::Current | Freshness::Ahead => {
                let mut vault = Box::new(vault);
                vault.saved(vault.generation().max(last.generation));
                self.settle(vault, is_previous)
            }
        }
    }

    /// Opens for use. The copy before the last is stored as the last, beside which the damaged one is kept
    /// under another name.
    fn settle(&mut self, mut vault: Box<Vault>, is_previous: bool) -> State {
        if is_previous {
            let repaired = vault.seal(&mut *self.rng).map_err(CommandError::from).and_then(|save| {
                self.store.repair(&save.bytes, &self.label())?;
                Ok(save.generation)
            });
            let Ok(generation) = repaired else { return stopped(Problem::CantSave) };
            vault.saved(generation);
        }
        // If the keystore does not take it, it is told again at the next save.
        let _ = self.device.remember(&LastSave::new(vault.id(), vault.generation()));
        State::Open { vault, older_copy_used: is_previous }
    }

    /// What makes the names of renamed files differ.
    fn label(&self) -> String {
        self.now().secs().to_string()
    }
}

/// The stored copies, newest first; each as far as it can be parsed.
struct Copies {
    current: Option<Result<SealedFile, FileError>>,
    previous: Option<Result<SealedFile, FileError>>,
}

/// A vault, and whether it came from the copy before the last.
struct Opened {
    vault: Vault,
    is_previous: bool,
}

/// A vault that waits for the person.
pub struct ToUnlock<D> {
    device: Arc<D>,
    copies: Copies,
}

/// What the person's answer came to.
pub struct Unlocked(Result<Opened, NotOpened<DeviceError>>);

impl<D: Phone> ToUnlock<D> {
    /// Has the platform ask the person, and opens the vault. This takes as long as they take.
    pub fn ask(self) -> Unlocked {
        let Self { device, copies } = self;
        let mut said: Option<(Vec<Slot>, Result<SecretBytes, DeviceError>)> = None;
        let unlocked = copies.open(|file| {
            // One question is for both copies. Whoever does not pass is not asked for the other one, nor given it.
            let is_said = said.as_ref().is_some_and(|(slots, key)| {
                slots == file.slots() || !matches!(key, Ok(_) | Err(DeviceError::KeyLost))
            });
            if !is_said {
                // expose: the same key opens both copies.
                let key = unwrap(&*device, file).map(|key| SecretBytes::new(key.secret().expose().to_vec()));
                said = Some((file.slots().to_vec(), key));
            }
            let (_, key) = said.as_ref().ok_or(DeviceError::KeyLost)?;
            // expose: likewise.
            let key = key.as_ref().map_err(|error| *error)?.expose().to_vec();
            VaultKey::from_secret(SecretBytes::new(key)).map_err(|_| DeviceError::KeyLost)
        });
        Unlocked(unlocked)
    }
}

/// Has the keystore unwrap a vault's key. It asks the person, if the slot is theirs.
pub(super) fn unwrap<D: Phone>(device: &D, file: &SealedFile) -> Result<VaultKey, DeviceError> {
    let id = &file.header().id;
    let unwrap = |wrapping: &Wrapping, wrapped: &[u8]| device.unwrap(wrapping, wrapped);
    let opened = file
        .slots()
        .iter()
        .find_map(|slot| slot.open_with_person(id, unwrap).or_else(|| slot.open_with_keystore(id, unwrap)));
    opened.unwrap_or(Err(DeviceError::KeyLost))
}

/// Why none of the copies opens.
enum NotOpened<E> {
    /// The newest is of a newer app.
    Newer,
    /// The newest that is whole has no key here.
    Refused(E),
    /// None is whole.
    Damaged,
}

/// Why a copy does not open without the person.
enum NoKey {
    Device(DeviceError),
    Passphrase(Box<SealedFile>),
    NoSlot,
}

impl Copies {
    fn is_empty(&self) -> bool {
        self.current.is_none() && self.previous.is_none()
    }

    /// The newest copy that is whole, as far as can be seen. One of a newer app is none of this one's.
    fn newest(&self) -> Option<&SealedFile> {
        match (&self.current, &self.previous) {
            (Some(Ok(file)), _) => Some(file),
            (Some(Err(FileError::NewerFormat { .. })), _) => None,
            (_, Some(Ok(file))) => Some(file),
            _ => None,
        }
    }

    /// Opens the newest copy that can be opened. A damaged slot looks like a missing key, so a refusal is
    /// believed only if the copy before it is refused as well.
    fn open<E>(
        self,
        mut unlock: impl FnMut(&SealedFile) -> Result<VaultKey, E>,
    ) -> Result<Opened, NotOpened<E>> {
        let mut refused = None;
        for (copy, is_previous) in [(self.current, false), (self.previous, true)] {
            let file = match copy {
                Some(Ok(file)) => file,
                Some(Err(FileError::NewerFormat { .. })) if !is_previous => return Err(NotOpened::Newer),
                Some(Err(_)) | None => continue,
            };
            let key = match unlock(&file) {
                Ok(key) => key,
                Err(error) => {
                    refused = refused.or(Some(error));
                    continue;
                }
            };
            match Vault::open(file, key) {
                Ok(vault) => return Ok(Opened { vault, is_previous }),
                Err(FileError::NewerFormat { .. }) => return Err(NotOpened::Newer),
                Err(_) => {}
            }
        }
        Err(refused.map_or(NotOpened::Damaged, NotOpened::Refused))
    }
}

/// Why opening stops.
#[derive(Clone, Copy)]
struct Stop {
    problem: Problem,
    vault_exists: bool,
}

impl Stop {
    fn new(problem: Problem, vault_exists: bool) -> Self {
        Self { problem, vault_exists }
    }

    fn state(self) -> State {
        State::Problem { problem: self.problem, vault_exists: self.vault_exists, older: None }
    }
}

fn stopped(problem: Problem) -> State {
    Stop::new(problem, true).state()
}

fn not_the_last(problem: Problem, vault: Vault) -> State {
    State::Problem { problem, vault_exists: true, older: Some(Box::new(vault)) }
}

fn problem(error: DeviceError) -> Problem {
    match error {
        DeviceError::KeystoreLocked => Problem::KeystoreLocked,
        DeviceError::KeyLost => Problem::KeyLost,
        DeviceError::KeystoreMissing
        | DeviceError::KeystoreFailed
        | DeviceError::SigningKeyLost
        | DeviceError::NotVerified
        | DeviceError::NoScreenLock
        | DeviceError::CameraUnavailable
        | DeviceError::ClipboardUnavailable => Problem::KeystoreMissing,
    }
}

pub(super) fn is_person(slot: &Slot) -> bool {
    matches!(slot, Slot::Person(_))
}

pub(super) fn is_passphrase(slot: &Slot) -> bool {
    matches!(slot, Slot::Passphrase { .. })
}
