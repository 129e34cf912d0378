//! The app itself: what it knows, and one method for each thing a person can want. It has no Tauri type in
//! it, so that the whole of it runs in tests.

mod accounts;
mod backup;
pub(crate) mod contacts;
pub(crate) mod duties;
mod enroll;
mod export;
mod incoming;
pub(crate) mod join;
mod open;
mod person;
mod protection;
pub(crate) mod requests;
pub(crate) mod scan;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crypto_core::approval::ApproveLink;
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use crypto_core::vault::{SealedFile, Vault};
use device::{LastSave, Phone};
use rand_core::CryptoRng;

pub use self::backup::{Backups, Job, Written};
pub use self::export::{Export, Exportable};
pub use self::incoming::{Opened, ToOpen};
pub use self::open::{ToUnlock, Unlocked};
pub use self::person::{Confirmed, ToConfirm, ToGuard};

use self::accounts::COPIED_MS;
use self::backup::Found;
use self::contacts::Contact;
use self::enroll::Find;
use self::incoming::Incoming;
use self::join::Joining;
use crate::backup_record::{BackupRecord, RecordFile};
use crate::diagnostics::{Event, Log};
use crate::error::{Code, CommandError};
use crate::outside::Outside;
use crate::saving::ToSave;
use crate::settings::{PRIVACY_VERSION, Settings, SettingsFile};
use crate::store::Store;
use crate::view::{
    AppView, CodeView, DeviceType, Language, Problem, Protection, RequestsView, SettingsRequest,
    SettingsView, Stage,
};

/// What the app is given: everything that differs between a device and a test.
pub struct Parts<D, S> {
    /// The platform.
    pub device: Arc<D>,
    /// Where the vault lies.
    pub store: S,
    /// Where settings and the log lie.
    pub folder: PathBuf,
    /// Where backups go.
    pub backups: Backups,
    /// What the app calls the device it is on, and what it spends on opening a file there.
    pub device_type: DeviceType,
    /// The time of day.
    pub clock: fn() -> UnixTime,
    /// Milliseconds that run on evenly, also while the device sleeps.
    pub steady: fn() -> u64,
    /// Randomness.
    pub rng: Box<dyn CryptoRng + Send>,
}

/// The app.
pub struct App<D, S> {
    device: Arc<D>,
    store: S,
    device_type: DeviceType,
    clock: fn() -> UnixTime,
    steady: fn() -> u64,
    rng: Box<dyn CryptoRng + Send>,
    settings_file: SettingsFile,
    settings: Settings,
    log: Log,
    backups: Backups,
    /// Where they go; none until the phone has said so.
    found: Option<Found>,
    record_file: RecordFile,
    record: BackupRecord,
    /// When, by the steady clock, what has changed is to be backed up.
    backup_at: Option<u64>,
    /// A backup is being written.
    is_writing: bool,
    state: State,
    /// Accounts waiting for confirmation.
    find: Option<Find>,
    /// A work account on its way.
    joining: Option<Joining>,
    /// A backup or another app's file on its way.
    incoming: Option<Incoming>,
    /// A sign-in page that was scanned, and its session.
    scanned: Option<(String, ApproveLink)>,
    /// What is known of services, by account.
    contacts: BTreeMap<String, Contact>,
    /// The language that the screen speaks.
    spoken: Language,
    /// A link that came before the vault was open.
    link: Option<SecretText>,
    /// The person has just shown that it is them, for the one thing that asked.
    confirmed: Option<Confirmed>,
    /// Files that were handed to the app, until they are looked at.
    outside: Vec<Outside>,
    /// Those that are being looked at, and are not opened yet.
    looked_at: Vec<Option<Outside>>,
    /// Until when covered codes are shown.
    revealed: HashMap<String, UnixTime>,
    /// The code on the clipboard and when it goes.
    copied: Option<(SecretText, UnixTime)>,
    last_use: UnixTime,
    /// From when until when the codes on screen are right.
    codes_for: std::ops::Range<UnixTime>,
}

/// What is known about the vault.
#[derive(Debug)]
enum State {
    /// Nothing yet: it is not read before the person has agreed to the privacy text.
    Closed,
    /// It cannot be opened, or (`older`) it can and is not the last one that was written.
    Problem { problem: Problem, vault_exists: bool, older: Option<Box<Vault>> },
    /// It waits for its passphrase, or for the person.
    Locked(Box<SealedFile>),
    /// It is open.
    Open { vault: Box<Vault>, older_copy_used: bool },
}

/// What a second brought.
#[derive(Debug, Default, PartialEq)]
pub struct Tick {
    /// Codes changed.
    pub codes: Option<Vec<CodeView>>,
    /// The app locked itself.
    pub locked: Option<AppView>,
    /// The time of a request is over.
    pub requests: Option<RequestsView>,
}

impl<D: Phone, S: Store> App<D, S> {
    /// The app before its first screen. It has read its settings and nothing else.
    pub fn new(parts: Parts<D, S>) -> Self {
        let settings_file = SettingsFile::new(&parts.folder);
        let settings = settings_file.load();
        let now = (parts.clock)();
        let log = Log::new(&parts.folder, settings.diagnostics == Some(true), now);
        let record_file = RecordFile::new(&parts.folder);
        let mut record = record_file.load();
        record.note_unfinished(now.secs());
        Self {
            device: parts.device,
            store: parts.store,
            device_type: parts.device_type,
            clock: parts.clock,
            steady: parts.steady,
            rng: parts.rng,
            settings_file,
            settings,
            log,
            found: parts.backups.found(),
            backups: parts.backups,
            record_file,
            record,
            backup_at: None,
            is_writing: false,
            state: State::Closed,
            find: None,
            joining: None,
            incoming: None,
            scanned: None,
            contacts: BTreeMap::new(),
            spoken: Language::System,
            link: None,
            confirmed: None,
            outside: Vec::new(),
            looked_at: Vec::new(),
            revealed: HashMap::new(),
            copied: None,
            last_use: now,
            codes_for: now..now,
        }
    }

    /// The first screen. Opens the vault if the person has agreed to the privacy text.
    pub fn start(&mut self) -> AppView {
        // The phone keeps this by itself, because its window is there before; lost settings are not to leave it off.
        self.device.hide_screen(self.settings.hide_screen);
        if self.settings.consented() && matches!(self.state, State::Closed) {
            self.open();
        }
        self.view()
    }

    /// The person agrees to the privacy text.
    pub fn accept_privacy(&mut self) -> Result<AppView, CommandError> {
        // Some keystores outlive an uninstall. Without consent and without a file this is a new start, and
        // what the keystore remembers is of the one before.
        if matches!((self.store.load(), self.store.load_previous()), (Ok(None), Ok(None))) {
            let _ = self.device.forget();
        }
        self.change_settings_file(|settings| settings.privacy_accepted = Some(PRIVACY_VERSION))?;
        Ok(self.start())
    }

    /// The person wants the diagnostics log, or not.
    pub fn choose_diagnostics(&mut self, keep: bool) -> Result<AppView, CommandError> {
        self.change_settings_file(|settings| settings.diagnostics = Some(keep))?;
        self.log.keep(keep);
        Ok(self.view())
    }

    /// The person changes settings.
    pub fn change_settings(&mut self, request: &SettingsRequest) -> Result<AppView, CommandError> {
        self.change_settings_file(|settings| {
            settings.language = request.language;
            settings.theme = request.theme;
            settings.hide_codes = request.hide_codes;
            settings.hide_screen = request.hide_screen;
            settings.auto_lock_minutes = request.auto_lock_minutes.min(MAX_AUTO_LOCK_MINUTES);
            settings.diagnostics = Some(request.diagnostics);
        })?;
        self.log.keep(request.diagnostics);
        self.device.hide_screen(self.settings.hide_screen);
        self.revealed.clear();
        Ok(self.view())
    }

    /// The language that the screen speaks.
    pub fn speak(&mut self, language: Language) {
        self.spoken = language;
    }

    /// The language that a notification is to speak.
    pub fn spoken(&self) -> Language {
        self.spoken
    }

    /// What the window shows.
    pub fn view(&self) -> AppView {
        let stage = if !self.settings.consented() {
            Stage::Consent
        } else if self.settings.diagnostics.is_none() {
            Stage::Diagnostics
        } else {
            match &self.state {
                State::Closed | State::Locked(_) => Stage::Locked,
                State::Problem { problem, vault_exists, .. } => {
                    Stage::Problem { problem: *problem, vault_exists: *vault_exists }
                }
                State::Open { .. } => Stage::Ready,
            }
        };
        let settings = SettingsView {
            language: self.settings.language,
            theme: self.settings.theme,
            hide_codes: self.settings.hide_codes,
            hide_screen: self.settings.hide_screen,
            protection: self.protection(),
            auto_lock_minutes: self.settings.auto_lock_minutes,
            diagnostics: self.settings.diagnostics == Some(true),
        };
        AppView {
            stage,
            settings,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            device_type: self.device_type,
            can_verify: self.device.can_verify(),
        }
    }

    /// The person did something; the time until the app locks itself starts anew.
    pub fn still_here(&mut self) {
        self.last_use = self.now();
    }

    /// To be called about once a second: what has changed by itself?
    pub fn tick(&mut self) -> Tick {
        let now = self.now();
        if !matches!(self.state, State::Open { .. }) {
            self.looked_at.clear();
        }
        self.clear_clipboard(|due| due <= now || due.millis_since(now) > COPIED_MS + MAX_STEP_BACK_MS);
        if self.is_idle(now) {
            return Tick { locked: Some(self.lock()), ..Tick::default() };
        }
        let requests = if self.drop_expired() { self.requests().ok() } else { None };
        // A clock that was set back is outside as well.
        if self.codes_for.contains(&now) || !matches!(self.state, State::Open { .. }) {
            return Tick { requests, ..Tick::default() };
        }
        Tick { codes: self.codes().ok(), locked: None, requests }
    }

    /// The window is closing: nothing of ours stays on the clipboard or in memory.
    pub fn close(&mut self) {
        self.clear_clipboard(|_| true);
        self.drop_joining();
        self.scanned = None;
        self.contacts.clear();
        self.state = State::Closed;
        self.find = None;
        self.incoming = None;
        self.confirmed = None;
        self.outside.clear();
        self.looked_at.clear();
    }

    /// Notes something in the diagnostics log, if it is kept.
    pub fn note(&self, event: Event) {
        self.log.note(self.now(), event);
    }

    /// The diagnostics log, line by line.
    pub fn diagnostics(&self) -> Vec<String> {
        self.log.lines(self.now())
    }

    /// The log as a file of the person's, under a name that says what it is.
    pub fn diagnostics_file(&self) -> ToSave {
        let content = SecretBytes::new(self.diagnostics().join("\n").into_bytes());
        ToSave::new("countersign-diagnostics", "log", self.now(), content)
    }

    /// Deletes the log.
    pub fn clear_diagnostics(&self) {
        self.log.clear();
    }

    fn now(&self) -> UnixTime {
        (self.clock)()
    }

    fn protection(&self) -> Protection {
        let slots = match &self.state {
            State::Open { vault, .. } | State::Problem { older: Some(vault), .. } => vault.slots(),
            State::Locked(file) => file.slots(),
            State::Closed | State::Problem { .. } => return Protection::Keystore,
        };
        if slots.iter().any(open::is_person) {
            Protection::Person
        } else if slots.iter().any(open::is_passphrase) {
            Protection::Passphrase
        } else {
            Protection::Keystore
        }
    }

    fn is_idle(&self, now: UnixTime) -> bool {
        let limit = u64::from(self.settings.auto_lock_minutes) * 60 * 1000;
        let is_unlocked = matches!(self.state, State::Open { .. } | State::Problem { older: Some(_), .. });
        // A clock that was set back says nothing of how long it has been; locking is the safe answer.
        let is_over =
            now.millis_since(self.last_use) >= limit || self.last_use.millis_since(now) > MAX_STEP_BACK_MS;
        limit > 0 && is_unlocked && is_over && self.protection() != Protection::Keystore
    }

    fn vault(&self) -> Result<&Vault, CommandError> {
        match &self.state {
            State::Open { vault, .. } => Ok(vault),
            State::Closed | State::Locked(_) | State::Problem { .. } => Err(Code::Locked.into()),
        }
    }

    /// Changes the vault and stores it. When the change is refused or cannot be stored, the vault is as it
    /// was.
    fn change<T>(
        &mut self,
        act: impl FnOnce(&mut Vault, &mut dyn CryptoRng) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let State::Open { vault, .. } = &mut self.state else { return Err(Code::Locked.into()) };
        let done = act(vault, &mut *self.rng).and_then(|value| {
            save(vault, &*self.device, &self.store, &mut *self.rng)?;
            Ok(value)
        });
        match &done {
            Ok(_) => self.back_up_soon(backup::SETTLE_MS),
            Err(_) => self.read_again(),
        }
        done
    }

    fn change_settings_file(&mut self, change: impl FnOnce(&mut Settings)) -> Result<(), CommandError> {
        let mut settings = self.settings.clone();
        change(&mut settings);
        self.settings_file.save(&settings).map_err(|_| Code::SaveFailed)?;
        self.settings = settings;
        Ok(())
    }

    /// What is known of backups is worth no refusal: a file that cannot be written only forgets dates.
    fn change_record(&mut self, change: impl FnOnce(&mut BackupRecord)) {
        change(&mut self.record);
        let _ = self.record_file.save(&self.record);
    }

    fn clear_clipboard(&mut self, is_due: impl FnOnce(UnixTime) -> bool) {
        if self.copied.as_ref().is_some_and(|(_, due)| is_due(*due))
            && let Some((code, _)) = self.copied.take()
        {
            // expose: compared with what is on the clipboard. Failing to clear leaves an old code there.
            let _ = self.device.clear_copied(code.expose());
        }
    }
}

#[cfg(test)]
impl<D: Phone> App<D, crate::store::fake::FakeStore> {
    /// The disk, which outlives the app.
    pub(crate) fn take_store(&mut self) -> crate::store::fake::FakeStore {
        std::mem::take(&mut self.store)
    }

    /// From here on nothing can be written, or can again.
    pub(crate) fn fill_disk(&self, is_full: bool) {
        *self.store.full.borrow_mut() = is_full;
    }

    /// What the vault has of a work account.
    pub(crate) fn work_of(&self, row: &str) -> Option<&crypto_core::vault::Work> {
        self.vault().ok()?.entry(row)?.work()
    }
}

/// Stores the vault as its next generation, and has the keystore remember it. A keystore that does not
/// remember is told again at the next save or start: a file that is ahead of it is no danger.
fn save<D: Phone, S: Store>(
    vault: &mut Vault,
    device: &D,
    store: &S,
    rng: &mut dyn CryptoRng,
) -> Result<(), CommandError> {
    // Another process with the same folder, or a file put back by hand: what is stored is not overwritten by
    // somebody who has not read it.
    let stored = store.load()?.and_then(|bytes| SealedFile::parse(&bytes).ok());
    if stored
        .is_some_and(|file| file.header().id == *vault.id() && file.header().generation > vault.generation())
    {
        return Err(Code::SaveFailed.into());
    }
    let save = vault.seal(rng)?;
    store.replace(&save.bytes)?;
    vault.saved(save.generation);
    let _ = device.remember(&LastSave::new(vault.id(), save.generation));
    Ok(())
}

const MAX_AUTO_LOCK_MINUTES: u32 = 24 * 60;
/// How far ahead codes are announced at most, however long their period is.
const MAX_AHEAD_MS: u64 = 24 * 60 * 60 * 1000;
/// How far a clock goes back when it is only put right.
const MAX_STEP_BACK_MS: u64 = 60 * 1000;
