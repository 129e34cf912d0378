//! Backups: sealed here after each change, written by whoever asks for [`App::backup_due`] while the app goes on,
//! and noted with what came of it. The last good one stays whatever goes wrong, and what went wrong is said.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crypto_core::backup::{self, BackupError, Contents, KeepPrevious, Sealed, Summary, There};
use crypto_core::qr;
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use crypto_core::vault::{RecoveryCode, Series};
use device::Phone;
use device::phone::Carried;

use super::{App, State, ToOpen};
use crate::backup_record::{BackupRecord, Failure, Good};
use crate::backups::{self, BackupPlace, FolderPlace, PlaceError};
use crate::error::{Code, CommandError};
use crate::store::{OsDisk, Store};
use crate::view::{
    AccountsView, BackupNotice, BackupView, CopyView, DrillView, LastBackupView, NameView, PlaceKind,
    PlaceView, RecoveryCodeView, seconds,
};

/// Where backups go, unless the person chooses another folder.
#[derive(Clone)]
pub struct Backups {
    /// What moves the bytes.
    pub place: Arc<dyn BackupPlace + Send + Sync>,
    /// The kind of place. One that the system carries to the next phone has to be asked for.
    pub kind: PlaceKind,
    /// The folder; of a phone, the one for as long as the system carries nothing.
    pub folder: PathBuf,
    /// The name of the file, where the platform's own backup takes that one along.
    pub file: Option<&'static str>,
}

impl Backups {
    /// A folder on the disk of this computer, which the person may change.
    pub fn folder(folder: PathBuf) -> Self {
        let place = Arc::new(FolderPlace::new(OsDisk));
        Self { place, kind: PlaceKind::Folder, folder, file: None }
    }
}

/// A backup that is sealed and waits for being written.
pub struct Job {
    place: Arc<dyn BackupPlace + Send + Sync>,
    kind: PlaceKind,
    folder: PathBuf,
    may_make: bool,
    name: String,
    sealed: Sealed,
    at: UnixTime,
    accounts: u32,
}

/// What came of writing one.
pub struct Written {
    job: Job,
    outcome: Result<Stored, Trouble>,
}

/// What is there now.
struct Stored {
    bytes: Vec<u8>,
    /// When it was written, where it is not the new one: it holds the same, and nothing was written.
    unchanged_since: Option<UnixTime>,
}

#[cfg(test)]
impl Written {
    /// What was read back is something else.
    pub(crate) fn spoil(&mut self) {
        if let Ok(stored) = &mut self.outcome {
            stored.bytes.reverse();
        }
    }
}

enum Trouble {
    Place(PlaceError),
    Keep(KeepPrevious),
}

impl Job {
    /// Writes it and reads it back. Takes as long as the disk does, so not while the app is held.
    pub fn write(self) -> Written {
        let outcome = self.put();
        Written { job: self, outcome }
    }

    fn put(&self) -> Result<Stored, Trouble> {
        let newest = &self.name;
        match self.place.read(&self.folder, newest) {
            Ok(bytes) => {
                let is_aside = match self.sealed.compare(&bytes) {
                    There::Same { since } => return Ok(Stored { bytes, unchanged_since: Some(since) }),
                    There::Damaged => true,
                    There::Other => self.is_aside(&bytes)?,
                };
                // Kept under another name, and not counted.
                if is_aside {
                    self.place.set_aside(&self.folder, newest, self.at.secs()).map_err(Trouble::Place)?;
                }
            }
            Err(PlaceError::Gone | PlaceError::FolderGone) => {}
            Err(error) => return Err(Trouble::Place(error)),
        }
        let written = self.place.put(&self.folder, newest, &self.sealed.bytes, self.may_make);
        let bytes = written.and_then(|()| self.place.read(&self.folder, newest)).map_err(Trouble::Place)?;
        Ok(Stored { bytes, unchanged_since: None })
    }

    /// Whether what is there is another device's, or cannot be read, so that it is no older generation of this one.
    fn is_aside(&self, there: &[u8]) -> Result<bool, Trouble> {
        match backup::may_replace(&backup::summary(there), &self.sealed.summary) {
            Ok(()) => Ok(false),
            Err(KeepPrevious::OtherSeries | KeepPrevious::Unreadable) => Ok(true),
            Err(keep) => Err(Trouble::Keep(keep)),
        }
    }
}

/// Where backups go, once that is known.
pub(super) struct Found {
    kind: PlaceKind,
    folder: PathBuf,
}

impl Backups {
    /// A folder of the person's is known at once.
    pub(super) fn found(&self) -> Option<Found> {
        let is_known = self.kind == PlaceKind::Folder;
        is_known.then(|| Found { kind: self.kind, folder: self.folder.clone() })
    }
}

impl<D: Phone, S: Store> App<D, S> {
    /// What the system carries to the next phone. When that is switched on or off, backups go elsewhere from here on,
    /// beginning with one of all that is there.
    pub fn backups_are_carried(&mut self, carried: Carried) {
        let Backups { kind, folder, .. } = &self.backups;
        let (kind, folder) = match carried {
            Carried::Nothing => (*kind, folder.clone()),
            Carried::Off => (PlaceKind::Phone, folder.clone()),
            Carried::Folder(carried) => (*kind, carried),
        };
        self.found = Some(Found { kind, folder });
        self.follow_the_place();
    }

    /// The last good one counts only where backups go now.
    fn follow_the_place(&mut self) {
        if self.found.as_ref().is_some_and(|found| self.record.is_elsewhere(found.kind)) {
            self.change_record(BackupRecord::begin_place);
            self.back_up_soon(0);
        }
    }

    /// How backup stands.
    pub fn backup(&self) -> Result<BackupView, CommandError> {
        let vault = self.vault()?;
        let is_on = vault.backup().is_some();
        let record = &self.record;
        let kind = self.found.as_ref().map_or(self.backups.kind, |found| found.kind);
        let can_choose = kind == PlaceKind::Folder;
        Ok(BackupView {
            is_on,
            place: PlaceView {
                kind,
                folder: can_choose.then(|| self.folder().display().to_string()),
                can_choose,
            },
            last: record.good.as_ref().filter(|_| is_on).map(|good| LastBackupView {
                at: seconds(UnixTime::from_secs(good.at)),
                bytes: good.bytes,
                accounts: good.accounts,
                older: good.older,
                unchanged_since: good.unchanged_since.map(|at| seconds(UnixTime::from_secs(at))),
            }),
            trouble: record.failure.as_ref().filter(|_| is_on).map(|failure| failure.code.into()),
            failed_at: record
                .failure
                .as_ref()
                .filter(|_| is_on)
                .map(|failure| seconds(UnixTime::from_secs(failure.at))),
            is_behind: self.is_behind(),
            tested_at: record.tested_at.map(|at| seconds(UnixTime::from_secs(at))),
            code_noted_at: record.code_noted_at.map(|at| seconds(UnixTime::from_secs(at))),
        })
    }

    /// Turns backup on, or gives it another passphrase: either makes a new series, with a new recovery code. What
    /// was written before stays, and opens with what it was sealed with.
    pub fn turn_on_backup(&mut self, passphrase: &SecretText) -> Result<RecoveryCodeView, CommandError> {
        self.vault()?;
        let (series, code) = Series::make(Some((passphrase, super::protection::COST)), &mut *self.rng)?;
        self.change(|vault, _| {
            vault.turn_backup_on(series);
            Ok(())
        })?;
        self.change_record(|record| record.begin_series());
        self.back_up_soon(0);
        code_view(&code)
    }

    /// Turns backup off. What was written stays where it is.
    pub fn turn_off_backup(&mut self) -> Result<BackupView, CommandError> {
        self.change(|vault, _| {
            vault.turn_backup_off();
            Ok(())
        })?;
        self.change_record(|record| record.begin_series());
        self.backup()
    }

    /// The person has the recovery code on paper.
    pub fn note_recovery_code(&mut self) -> Result<BackupView, CommandError> {
        let now = self.now().secs();
        self.change_record(|record| record.code_noted_at = Some(now));
        self.backup()
    }

    /// The person chooses another folder. What lies in the one before stays there.
    pub fn choose_backup_folder(&mut self, folder: &Path) -> Result<BackupView, CommandError> {
        self.vault()?;
        self.change_settings_file(|settings| settings.backup_folder = Some(folder.to_owned()))?;
        self.change_record(|record| record.begin_place());
        self.back_up_soon(0);
        self.backup()
    }

    /// What the list says about backup is dealt with for now.
    pub fn dismiss_backup_notice(&mut self, notice: BackupNotice) -> Result<AccountsView, CommandError> {
        let now = self.now().secs();
        self.change_record(|record| match notice {
            BackupNotice::Off => record.off_dismissed_at = Some(now),
            BackupNotice::Failed => record.failure_dismissed_at = Some(now),
            BackupNotice::Untested => record.untested_dismissed_at = Some(now),
        });
        self.accounts()
    }

    /// What the list says about backup.
    pub(super) fn backup_notice(&self) -> Option<BackupNotice> {
        let vault = self.vault().ok()?;
        let now = self.now().secs();
        let has_passed =
            |at: Option<u64>, days: u64| at.is_none_or(|at| now.saturating_sub(at) >= days * DAY_SECS);
        let record = &self.record;
        if vault.backup().is_none() {
            let has_accounts = vault.entries().iter().any(|entry| entry.removed_at.is_none());
            return (has_accounts && has_passed(record.off_dismissed_at, OFF_DAYS))
                .then_some(BackupNotice::Off);
        }
        if let Some(failure) = &record.failure {
            let is_new = record.failure_dismissed_at.is_none_or(|at| failure.at > at + DAY_SECS);
            return (self.is_behind() && is_new).then_some(BackupNotice::Failed);
        }
        let first = record.good_since?;
        let tested = record.tested_at.max(Some(first)).max(record.untested_dismissed_at);
        has_passed(tested, UNTESTED_DAYS).then_some(BackupNotice::Untested)
    }

    /// A change is to be backed up, after `millis` without another.
    pub(super) fn back_up_soon(&mut self, millis: u64) {
        self.backup_at = Some((self.steady)() + millis);
    }

    /// The backup whose time has come, sealed; none if there is none or one is being written.
    pub fn backup_due(&mut self) -> Option<Job> {
        let is_time = self.backup_at.is_some_and(|at| at <= (self.steady)());
        if !is_time || self.is_writing || self.found.is_none() {
            return None;
        }
        self.backup_at = None;
        if !self.is_behind() {
            return None;
        }
        self.backup_job().ok().flatten()
    }

    /// What the end of the app has still to back up.
    pub fn last_backup(&mut self) -> Option<Job> {
        if self.is_behind() { self.backup_job().ok().flatten() } else { None }
    }

    /// A backup of what is there at this moment, sealed; none while one is being written, or before it is known where
    /// it goes.
    pub fn backup_job(&mut self) -> Result<Option<Job>, CommandError> {
        let Some(kind) = self.found.as_ref().map(|found| found.kind).filter(|_| !self.is_writing) else {
            return Ok(None);
        };
        let now = self.now();
        let may_make = self.settings.backup_folder.is_none();
        let (place, folder) = (Arc::clone(&self.backups.place), self.folder());
        let State::Open { vault, .. } = &self.state else { return Err(Code::Locked.into()) };
        let series = vault.backup().ok_or(Code::NotNow)?;
        let name = self.backup_name(series);
        let accounts = vault.entries().iter().filter(|entry| entry.removed_at.is_none()).count();
        let sealed = backup::seal(vault, self.device_type.into(), now, &mut *self.rng)?;
        self.is_writing = true;
        self.change_record(BackupRecord::begin_try);
        let accounts = u32::try_from(accounts).unwrap_or(u32::MAX);
        Ok(Some(Job { place, kind, folder, may_make, name, sealed, at: now, accounts }))
    }

    /// Notes what came of a backup. One that is not what it was to be is no backup.
    pub fn backed_up(&mut self, written: Written) -> Result<BackupView, CommandError> {
        let Written { job, outcome } = written;
        self.is_writing = false;
        // Stored with what came of it.
        self.record.unfinished = 0;
        let series = self.vault()?.backup().ok_or(Code::NotNow)?;
        let is_same_series = series.id() == job.sealed.summary.id();
        let done = match outcome {
            // Between sealing and now the passphrase was changed: the next one counts.
            _ if !is_same_series => {
                self.back_up_soon(0);
                return self.backup();
            }
            // It was opened and compared before, or nothing would have been left as it was.
            Ok(Stored { bytes, unchanged_since: Some(since) }) => Ok((bytes.len(), Some(since.secs()))),
            Ok(Stored { bytes, unchanged_since: None }) => {
                let is_good = job.sealed.verify(&bytes, series);
                is_good.map_err(|_| Code::BackupDamaged).map(|()| (bytes.len(), None))
            }
            Err(Trouble::Place(error)) => Err(place_code(&error)),
            Err(Trouble::Keep(KeepPrevious::Newer { known })) => {
                // An older vault was taken back, or a copy of this one goes on elsewhere. From here it counts on.
                self.change(|vault, _| {
                    vault.count_backups_on_from(known + 1);
                    Ok(())
                })?;
                self.back_up_soon(0);
                return self.backup();
            }
            Err(Trouble::Keep(KeepPrevious::Empty)) => Err(Code::BackupWouldBeEmpty),
            Err(Trouble::Keep(KeepPrevious::OtherSeries | KeepPrevious::Unreadable)) => {
                Err(Code::BackupFailed)
            }
        };
        let at = job.at.secs();
        match done {
            Ok((bytes, unchanged_since)) => {
                let older = self.older_copies(&job);
                if unchanged_since.is_none() {
                    self.device.backup_changed();
                }
                let generation = job.sealed.summary.generation;
                let accounts = job.accounts;
                let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
                self.change_record(|record| {
                    let place = Some(job.kind);
                    record.succeeded(Good { at, generation, bytes, accounts, older, unchanged_since, place });
                });
                self.follow_the_place();
            }
            Err(code) => {
                self.note(crate::diagnostics::Event::Refused(code));
                self.change_record(|record| record.failure = Some(Failure { at, code }));
                self.back_up_soon(RETRY_MS);
            }
        }
        self.backup()
    }

    /// The backups in the place, the newest first, whoever made them.
    pub fn backup_copies(&self) -> Result<Vec<CopyView>, CommandError> {
        let folder = self.folder();
        let mut copies = Vec::new();
        for placed in self.backups.place.list(&folder).map_err(|error| place_code(&error))? {
            let Ok(bytes) = self.backups.place.read(&folder, &placed.name) else { continue };
            let summary = match backup::summary(&bytes) {
                Ok(summary) => Some(summary),
                // A vault or an export is not a copy to restore; what is damaged is shown, and said when opened.
                Err(BackupError::UnknownFormat | BackupError::NotABackup) => continue,
                Err(_) => None,
            };
            copies.push(CopyView {
                name: placed.name,
                at: summary
                    .map_or(seconds(UnixTime::from_secs(placed.written_at)), |one| seconds(one.created_at)),
                device_type: summary.and_then(|one| one.device_type).map(Into::into),
                bytes: u32::try_from(placed.bytes).unwrap_or(u32::MAX),
                is_newest: false,
            });
        }
        copies.sort_by_key(|copy| std::cmp::Reverse(copy.at));
        if let Some(first) = copies.first_mut() {
            first.is_newest = true;
        }
        Ok(copies)
    }

    /// The bytes of one of them.
    pub(super) fn copy_bytes(&self, name: &str) -> Result<Vec<u8>, CommandError> {
        Ok(self.backups.place.read(&self.folder(), name).map_err(|error| place_code(&error))?)
    }

    /// What the files in the place say of themselves.
    pub(super) fn summaries(&self) -> Vec<Summary> {
        let folder = self.folder();
        let placed = self.backups.place.list(&folder).unwrap_or_default();
        let read = placed.iter().filter_map(|one| self.backups.place.read(&folder, &one.name).ok());
        read.filter_map(|bytes| backup::summary(&bytes).ok()).collect()
    }

    /// The newest backup of this device, to test it.
    pub fn newest_backup(&self) -> Result<ToOpen, CommandError> {
        let series = self.vault()?.backup().ok_or(Code::NotNow)?;
        Ok(ToOpen::backup(self.copy_bytes(&self.backup_name(series))?, self.device_type))
    }

    /// What the newest backup would bring back, compared with what is here. Nothing changes but the date of the
    /// test.
    pub(super) fn compared(&mut self, contents: &Contents) -> Result<DrillView, CommandError> {
        let drill = backup::drill(contents, self.vault()?);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        if drill.missing.is_empty() {
            let now = self.now().secs();
            self.change_record(|record| record.tested_at = Some(now));
        }
        Ok(DrillView {
            at: seconds(contents.summary.created_at),
            device_type: self.device_type,
            matching: count(drill.matching),
            expected: count(drill.matching + drill.missing.len()),
            codes: count(drill.codes),
            sign_in_again: count(drill.sign_in_again),
            missing: drill
                .missing
                .into_iter()
                .map(|(issuer, account)| NameView { issuer, account })
                .collect(),
        })
    }

    fn backup_name(&self, series: &Series) -> String {
        // Several devices may share a folder, such as one that is the same on all of them.
        let named = || format!("countersign-{}.avlt", series.id().hex().get(..8).unwrap_or_default());
        self.backups.file.map_or_else(named, str::to_owned)
    }

    fn older_copies(&self, job: &Job) -> u32 {
        let is_there =
            |age: &u32| self.backups.place.read(&job.folder, &backups::file_name(&job.name, *age)).is_ok();
        u32::try_from((1..backups::GENERATIONS).filter(is_there).count()).unwrap_or(0)
    }

    fn folder(&self) -> PathBuf {
        let usual = || self.found.as_ref().map_or(&self.backups.folder, |found| &found.folder).clone();
        self.settings.backup_folder.clone().unwrap_or_else(usual)
    }

    fn is_behind(&self) -> bool {
        let Ok(vault) = self.vault() else { return false };
        let Some(generation) = vault.backup_generation() else { return false };
        self.record.good.as_ref().is_none_or(|good| good.generation < generation)
    }
}

fn code_view(code: &RecoveryCode) -> Result<RecoveryCodeView, CommandError> {
    let text = code.grouped();
    let drawn = qr::draw(&text).ok_or(Code::NotNow)?;
    // expose: the person reads it, once.
    let groups = text.expose().split('-').map(str::to_owned).collect();
    let side = u32::try_from(drawn.side()).unwrap_or(u32::MAX);
    Ok(RecoveryCodeView { groups, path: drawn.path().to_owned(), side })
}

fn place_code(error: &PlaceError) -> Code {
    match error {
        PlaceError::FolderGone | PlaceError::NotAllowed => Code::BackupFolderGone,
        PlaceError::DiskFull => Code::DiskFull,
        PlaceError::Away => Code::BackupAway,
        PlaceError::Gone => Code::BackupGone,
        PlaceError::NotAsWritten | PlaceError::Disk(_) => Code::BackupFailed,
    }
}

/// How long a change waits for others before it is backed up.
pub(super) const SETTLE_MS: u64 = 2000;
/// How long after a failure it is tried again.
const RETRY_MS: u64 = 5 * 60 * 1000;
const DAY_SECS: u64 = 24 * 60 * 60;
/// How often the list asks whether backup is to be turned on.
const OFF_DAYS: u64 = 30;
/// How often the list asks for a test.
const UNTESTED_DAYS: u64 = 90;
