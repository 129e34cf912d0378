//! Taking accounts in: from a backup, an export of this app, or a file of another. The format is found out, never
//! asked for; what would happen is shown row by row; nothing is stored before the person says so; and in the end
//! every row is accounted for.

use std::sync::Arc;

use crypto_core::ascii::ascii_form;
use crypto_core::backup::import::{self, Format, Import, ImportError, Input, Limits};
use crypto_core::backup::{self, BackupError, Contents, Line, Outcome, Plan, Reason, Receipt, Unlock};
use crypto_core::codes::CodeAccount;
use crypto_core::codes::migration::{self, MigrationPart};
use crypto_core::enroll::{self, Batch, Enrollment, Progress};
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use crypto_core::vault::{self, FileError, FileKind, SealedFile, Vault};
use device::Phone;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{App, State};
use crate::error::{Code, CommandError};
use crate::outside::Outside;
use crate::saving::ToSave;
use crate::store::Store;
use crate::view::{
    CodeSpecView, DeviceType, DrillView, ExistingView, Fate, IncomingCodeView, IncomingRowView,
    IncomingSource, IncomingView, KeyRequest, Problem, ReceiptRowView, ReceiptView, RefusedRowView, seconds,
};

/// A file on its way in.
pub(super) struct Incoming {
    session: String,
    source: IncomingSource,
    stage: Stage,
    /// What was planned of the files before this one: one question is asked about all of them.
    earlier: Option<Box<Planned>>,
}

enum Stage {
    /// It waits for what opens it.
    Sealed { bytes: Arc<Zeroizing<Vec<u8>>>, kind: Kind },
    /// Parts of a transfer wait for the rest.
    Parts(Batch),
    /// It waits for the person's word.
    Planned(Box<Planned>),
    /// It is taken in.
    Done(Receipt),
}

struct Planned {
    source: IncomingSource,
    plan: Plan,
    at: Option<UnixTime>,
    newer_known: Option<UnixTime>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Backup,
    /// Of another app, or an export of this one.
    Foreign,
}

/// A sealed file and what to do with it, to be opened while the app goes on.
pub struct ToOpen {
    bytes: Arc<Zeroizing<Vec<u8>>>,
    kind: Kind,
    on: DeviceType,
}

/// What was in a sealed file.
pub enum Opened {
    /// Of this app.
    Own(Box<Contents>),
    /// Of this app on another kind of device, where it has to stay.
    OtherDeviceType(DeviceType),
    /// Of another.
    Foreign(Import),
}

impl ToOpen {
    pub(super) fn backup(bytes: Vec<u8>, on: DeviceType) -> Self {
        Self { bytes: Arc::new(Zeroizing::new(bytes)), kind: Kind::Backup, on }
    }

    /// Opens it with what the person typed. This takes as long as the file was made to take.
    pub fn open(self, key: &KeyRequest) -> Result<Opened, CommandError> {
        let (text, is_code) = match key {
            KeyRequest::Passphrase(text) => (SecretText::new(text.clone()), false),
            KeyRequest::RecoveryCode(text) => (SecretText::new(text.clone()), true),
        };
        let by = if is_code { Unlock::RecoveryCode(&text) } else { Unlock::Passphrase(&text) };
        let own = |opened: Result<Contents, BackupError>| match opened {
            Ok(contents) => Ok(Opened::Own(Box::new(contents))),
            Err(BackupError::OtherDeviceType { of: Some(of) }) => Ok(Opened::OtherDeviceType(of.into())),
            Err(error) => Err(own_error(error, is_code)),
        };
        match self.kind {
            Kind::Backup => own(backup::open(&self.bytes, by, self.on.into())),
            Kind::Foreign => {
                let input = Input { bytes: &self.bytes, password: Some(&text), limits: limits(self.on) };
                Ok(Opened::Foreign(import::read(&input)?))
            }
        }
    }
}

impl<D: Phone, S: Store> App<D, S> {
    /// Looks at one of the backups in the place for them.
    pub fn open_copy(&mut self, name: &str) -> Result<IncomingView, CommandError> {
        let bytes = self.copy_bytes(name)?;
        self.open_incoming(bytes, None)
    }

    /// Looks at a file or a pasted text. With the session of what was looked at before, it is added to that: as a part
    /// of a transfer, or as more rows of one plan. One that cannot be opened takes nothing away.
    pub fn open_incoming(
        &mut self,
        bytes: Vec<u8>,
        session: Option<&str>,
    ) -> Result<IncomingView, CommandError> {
        self.may_take_in()?;
        let earlier = self.take_planned(session);
        match (self.look_at(bytes, session), earlier) {
            (Ok(view), earlier) => Ok(self.joined(view, earlier)),
            (Err(error), None) => Err(error),
            (Err(error), Some(planned)) => {
                let session = session.unwrap_or_default().to_owned();
                match self.incoming.as_mut().filter(|waiting| waiting.session == session) {
                    Some(parts) => parts.earlier = Some(planned),
                    None => {
                        let (source, stage) = (planned.source.clone(), Stage::Planned(planned));
                        self.incoming = Some(Incoming { session, source, stage, earlier: None });
                    }
                }
                Err(error)
            }
        }
    }

    /// What is planned so far in this session. Parts that wait for the rest wait on.
    fn take_planned(&mut self, session: Option<&str>) -> Option<Box<Planned>> {
        let is_this = |incoming: &Incoming| Some(incoming.session.as_str()) == session;
        match self.incoming.take_if(|incoming| is_this(incoming))? {
            Incoming { stage: Stage::Planned(planned), .. } => Some(planned),
            mut other => {
                let earlier = other.earlier.take();
                self.incoming = Some(other);
                earlier
            }
        }
    }

    /// What was just looked at, with what was planned before it in the same session.
    fn joined(&mut self, view: IncomingView, earlier: Option<Box<Planned>>) -> IncomingView {
        let Some(earlier) = earlier else { return view };
        match self.incoming.take() {
            Some(Incoming { stage: Stage::Planned(last), .. })
                if matches!(view, IncomingView::Plan { .. }) =>
            {
                let Planned { source, plan, at, newer_known } = *last;
                let Planned { plan: before, at: before_at, .. } = *earlier;
                let plan = self.compared_with(|vault, _| before.and(plan, vault));
                self.planned(Planned { source, plan, at: at.or(before_at), newer_known })
            }
            other => {
                self.incoming = other.map(|incoming| Incoming { earlier: Some(earlier), ..incoming });
                view
            }
        }
    }

    fn look_at(&mut self, bytes: Vec<u8>, session: Option<&str>) -> Result<IncomingView, CommandError> {
        let bytes = Zeroizing::new(bytes);
        if bytes.len() > import::MAX_FILE {
            let limit = import::MAX_FILE / (1024 * 1024);
            return Err(CommandError { code: Code::FileTooLarge, detail: Some(limit.to_string()) });
        }
        if let Some(part) = transfer_part(&bytes) {
            return self.add_part(part, session);
        }
        match SealedFile::parse(&bytes).map(|file| file.header().kind) {
            Ok(FileKind::Backup) => self.open_backup(bytes),
            Ok(FileKind::Export) => self.open_foreign(bytes),
            // The vault of another installation opens by its keystore and nothing else.
            Ok(FileKind::Vault) => Err(Code::FileIsVault.into()),
            Err(FileError::NotAVault) => self.open_foreign(bytes),
            Err(error) => Err(own_error(error.into(), false)),
        }
    }

    /// Files were handed to the app. They wait until the vault is open and somebody looks, in the place of those
    /// before: they are another question.
    pub fn open_outside(&mut self, files: Vec<Outside>) {
        self.outside = files;
    }

    /// The names of the files that wait. From here on they are opened one by one, and wait no longer.
    pub fn pending_files(&mut self) -> Vec<String> {
        if self.outside.is_empty() || !matches!(self.state, State::Open { .. }) {
            return Vec::new();
        }
        let files = std::mem::take(&mut self.outside);
        let names = files.iter().map(Outside::name).collect();
        self.looked_at = files.into_iter().map(Some).collect();
        names
    }

    /// One of those files, once.
    pub fn pending_file(&mut self, number: u32) -> Result<Outside, CommandError> {
        self.vault()?;
        let number = usize::try_from(number).map_err(|_| Code::SessionGone)?;
        let file = self.looked_at.get_mut(number).and_then(Option::take);
        file.ok_or_else(|| Code::SessionGone.into())
    }

    /// The sealed file of a session, to be opened.
    pub fn incoming_to_open(&self, session: &str) -> Result<ToOpen, CommandError> {
        match &self.incoming(session)?.stage {
            Stage::Sealed { bytes, kind } => {
                Ok(ToOpen { bytes: Arc::clone(bytes), kind: *kind, on: self.device_type })
            }
            Stage::Parts(_) | Stage::Planned(_) | Stage::Done(_) => Err(Code::NotNow.into()),
        }
    }

    /// What was in it. The person may have given up meanwhile.
    pub fn incoming_opened(&mut self, session: &str, opened: Opened) -> Result<IncomingView, CommandError> {
        let source = self.incoming(session)?.source.clone();
        let earlier = self.take_planned(Some(session));
        match opened {
            Opened::Own(contents) => {
                let view = self.plan_own(*contents, source);
                Ok(self.joined(view, earlier))
            }
            Opened::Foreign(import) => {
                let view = self.plan_foreign(import);
                Ok(self.joined(view, earlier))
            }
            Opened::OtherDeviceType(made_on) => {
                self.cancel_incoming(session);
                Ok(IncomingView::OtherDeviceType { made_on })
            }
        }
    }

    /// The codes of what is not stored yet, to compare with the old app.
    pub fn incoming_codes(&self, session: &str) -> Result<Vec<IncomingCodeView>, CommandError> {
        let Stage::Planned(planned) = &self.incoming(session)?.stage else { return Err(Code::NotNow.into()) };
        let now = self.now();
        let rows = planned.plan.accounts().zip(0u32..);
        Ok(rows
            .filter_map(|((entry, _), index)| {
                let (secret, spec) = entry.code()?;
                let left = spec.remaining(now).map(|remaining| remaining.left_ms);
                Some(IncomingCodeView {
                    index,
                    digits: spec.at(secret, now).current.as_str().to_owned(),
                    left_ms: left.map(|millis| u32::try_from(millis).unwrap_or(u32::MAX)),
                })
            })
            .collect())
    }

    /// The person wants it. All of it is stored, or nothing. Where the vault cannot be opened, its files are
    /// renamed and kept, and the accounts come into a new one.
    pub fn take_in(&mut self, session: &str, accept_older: bool) -> Result<ReceiptView, CommandError> {
        match &self.incoming(session)?.stage {
            Stage::Planned(planned) if planned.newer_known.is_some() && !accept_older => {
                return Err(Code::NotNow.into());
            }
            Stage::Planned(_) => {}
            Stage::Sealed { .. } | Stage::Parts(_) | Stage::Done(_) => return Err(Code::NotNow.into()),
        }
        let incoming = self.incoming.take().ok_or(Code::SessionGone)?;
        let Incoming { session, source, stage: Stage::Planned(planned), .. } = incoming else {
            return Err(Code::NotNow.into());
        };
        if matches!(self.state, State::Problem { .. }) {
            self.start_empty()?;
        }
        let receipt = self.change(|vault, rng| Ok(vault.apply(planned.plan, rng)))?;
        let view = self.receipt_view(&session, source.clone(), &receipt);
        self.incoming = Some(Incoming { session, source, stage: Stage::Done(receipt), earlier: None });
        Ok(view)
    }

    /// The person does not want it.
    pub fn cancel_incoming(&mut self, session: &str) {
        self.incoming.take_if(|incoming| incoming.session == session);
    }

    /// What became of each row, as a file. There is no key in it.
    pub fn receipt_file(&self, session: &str) -> Result<ToSave, CommandError> {
        let Incoming { source, stage: Stage::Done(receipt), .. } = self.incoming(session)? else {
            return Err(Code::NotNow.into());
        };
        let from = match source {
            IncomingSource::Backup => "backup",
            IncomingSource::Export => "export",
            IncomingSource::App { format, .. } => format,
        };
        let content = SecretBytes::new(receipt_text(from, receipt).into_bytes());
        Ok(ToSave::new("countersign-receipt", "txt", self.now(), content))
    }

    /// What the newest backup would bring back, compared with what is here.
    pub fn tested(&mut self, opened: Opened) -> Result<DrillView, CommandError> {
        match opened {
            Opened::Own(contents) => self.compared(&contents),
            // The newest backup is one that this device wrote.
            Opened::Foreign(_) | Opened::OtherDeviceType(_) => Err(Code::BackupDamaged.into()),
        }
    }

    /// Accounts come into an open vault, or into a new one where there is none to lose.
    fn may_take_in(&self) -> Result<(), CommandError> {
        match &self.state {
            State::Open { .. } => Ok(()),
            State::Problem {
                problem:
                    Problem::KeyLost
                    | Problem::PersonKeyLost
                    | Problem::Damaged
                    | Problem::RolledBack
                    | Problem::AnotherVault
                    | Problem::VaultMissing,
                ..
            } => Ok(()),
            State::Problem { .. } => Err(Code::NeedsVaultFirst.into()),
            State::Closed | State::Locked(_) => Err(Code::Locked.into()),
        }
    }

    fn open_backup(&mut self, bytes: Zeroizing<Vec<u8>>) -> Result<IncomingView, CommandError> {
        let source = IncomingSource::Backup;
        let summary = backup::summary(&bytes).ok();
        // Nothing of this is proven yet. But nobody is to type a passphrase for what their device would refuse.
        let other =
            summary.and_then(|summary| summary.device_type).filter(|of| *of != self.device_type.into());
        if let Some(of) = other {
            return Ok(IncomingView::OtherDeviceType { made_on: of.into() });
        }
        let at = summary.map(|summary| seconds(summary.created_at));
        let stage = Stage::Sealed { bytes: Arc::new(bytes), kind: Kind::Backup };
        let session = self.keep_incoming(source.clone(), stage);
        Ok(IncomingView::Sealed { session, source, takes_recovery_code: true, at })
    }

    fn open_foreign(&mut self, bytes: Zeroizing<Vec<u8>>) -> Result<IncomingView, CommandError> {
        match import::read(&Input { bytes: &bytes, password: None, limits: limits(self.device_type) }) {
            Ok(import) => Ok(self.plan_foreign(import)),
            Err(ImportError::PasswordNeeded { format }) => {
                let source = app_source(format);
                let stage = Stage::Sealed { bytes: Arc::new(bytes), kind: Kind::Foreign };
                let session = self.keep_incoming(source.clone(), stage);
                Ok(IncomingView::Sealed { session, source, takes_recovery_code: false, at: None })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn add_part(&mut self, part: MigrationPart, session: Option<&str>) -> Result<IncomingView, CommandError> {
        let known = self.incoming.take_if(|incoming| Some(incoming.session.as_str()) == session);
        let (name, mut batch) = match known {
            Some(Incoming { session, stage: Stage::Parts(batch), .. }) => (Some(session), batch),
            _ => (None, Batch::default()),
        };
        let source = app_source(Format::GoogleMigration);
        let progress = batch.add(part);
        match progress {
            Ok(Progress::Complete(accounts)) => Ok(self.plan_foreign(transfer(accounts))),
            Ok(Progress::Waiting { have, of }) => {
                let session = self.keep_incoming(source, Stage::Parts(batch));
                Ok(IncomingView::Part { session, have, of })
            }
            Err(other) => {
                // The parts that are there wait on, under the name that is known.
                if let Some(session) = name {
                    let stage = Stage::Parts(batch);
                    self.incoming = Some(Incoming { session, source, stage, earlier: None });
                }
                Err(other.into())
            }
        }
    }

    fn plan_own(&mut self, contents: Contents, source: IncomingSource) -> IncomingView {
        let summary = contents.summary;
        let others = self.summaries();
        let (older, plan) = self.compared_with(|vault, _| {
            (backup::older(&contents, &others, vault), backup::plan(contents, vault))
        });
        // When the newer one was made, for the person: one that is only counted was made at the last backup.
        let newer_known = older.map(|older| {
            let known = others.iter().filter(|other| other.id() == summary.id());
            let found = known.filter(|other| other.generation == older.known).map(|other| other.created_at);
            let last = self.record.good.as_ref().map(|good| UnixTime::from_secs(good.at));
            found.max().or(last).unwrap_or(summary.created_at)
        });
        let at = Some(summary.created_at);
        self.planned(Planned { source, plan, at, newer_known })
    }

    fn plan_foreign(&mut self, import: Import) -> IncomingView {
        let now = self.now();
        let source = app_source(import.format);
        let plan = self.compared_with(|vault, rng| backup::plan_import(import.rows, now, vault, rng));
        self.planned(Planned { source, plan, at: None, newer_known: None })
    }

    /// Compares with the open vault; where there is none, with an empty one.
    fn compared_with<T>(&mut self, act: impl FnOnce(&Vault, &mut dyn CryptoRng) -> T) -> T {
        if let State::Open { vault, .. } = &self.state {
            return act(vault, &mut *self.rng);
        }
        let empty = Vault::make(self.now(), &mut *self.rng);
        act(&empty, &mut *self.rng)
    }

    fn planned(&mut self, planned: Planned) -> IncomingView {
        let source = planned.source.clone();
        let rows = planned.plan.accounts().zip(0u32..).filter_map(|((entry, outcome), index)| {
            Some(IncomingRowView {
                index,
                issuer: entry.issuer.clone(),
                account: entry.account.clone(),
                ascii: ascii_form(if entry.issuer.is_empty() { &entry.account } else { &entry.issuer }),
                code: entry.code().map(|(secret, spec)| CodeSpecView::of(spec, secret)),
                fate: fate(outcome)?,
                existing: self.existing(entry),
            })
        });
        let (rows, refused) = (rows.collect(), refused(planned.plan.receipt()));
        let (total, at) = (count(planned.plan.receipt().total()), planned.at.map(seconds));
        let newer_known = planned.newer_known.map(seconds);
        let session = self.keep_incoming(source.clone(), Stage::Planned(Box::new(planned)));
        IncomingView::Plan { session, source, total, rows, refused, at, newer_known }
    }

    fn existing(&self, entry: &vault::Entry) -> Option<ExistingView> {
        let (key, spec) = entry.code()?;
        let names = (entry.issuer.as_str(), entry.account.as_str());
        let alike = self.vault().ok()?.look_alike_of(names, key, spec)?;
        Some(ExistingView {
            id: alike.entry.id.as_str().to_owned(),
            same_key: alike.same_key,
            issuer: alike.entry.issuer.clone(),
            account: alike.entry.account.clone(),
            added_at: seconds(alike.entry.added_at),
        })
    }

    fn receipt_view(&self, session: &str, source: IncomingSource, receipt: &Receipt) -> ReceiptView {
        let (mut imported, mut sign_in_again, mut merged) = (Vec::new(), Vec::new(), Vec::new());
        for line in &receipt.lines {
            let Some(fate) = fate(&line.outcome) else { continue };
            let row = ReceiptRowView {
                id: line.id.as_ref().map_or_else(String::new, |id| id.as_str().to_owned()),
                issuer: line.issuer.clone(),
                account: line.account.clone(),
                fate,
                counter_based: matches!(line.outcome, Outcome::Added { may_be_behind: true, .. }),
            };
            match fate {
                Fate::Add => imported.push(row),
                Fate::SignInAgain => sign_in_again.push(row),
                Fate::Merge | Fate::Counter => merged.push(row),
            }
        }
        ReceiptView {
            session: session.to_owned(),
            source,
            total: count(receipt.total()),
            imported,
            sign_in_again,
            merged,
            refused: refused(receipt),
        }
    }

    fn incoming(&self, session: &str) -> Result<&Incoming, CommandError> {
        let found = self.incoming.as_ref().filter(|incoming| incoming.session == session);
        found.ok_or_else(|| Code::SessionGone.into())
    }

    fn keep_incoming(&mut self, source: IncomingSource, stage: Stage) -> String {
        let session = self.session();
        self.incoming = Some(Incoming { session: session.clone(), source, stage, earlier: None });
        session
    }
}

/// The one part of a transfer that the text is, if it is one.
fn transfer_part(bytes: &[u8]) -> Option<MigrationPart> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.trim().lines().nth(1).is_some() {
        return None;
    }
    match enroll::read(text) {
        Ok(Enrollment::Part(part)) if part.size > 1 => Some(part),
        _ => None,
    }
}

/// A whole transfer as what a file would have given.
fn transfer(accounts: Vec<Result<CodeAccount, migration::Refused>>) -> Import {
    let row = |(index, account): (usize, Result<CodeAccount, migration::Refused>)| import::Row {
        number: index + 1,
        content: match account {
            Ok(account) => Ok(import::Imported { account, note: String::new(), group: None }),
            Err(refused) => Err(import::Refused { name: refused.name, reason: refused.reason.into() }),
        },
    };
    let rows = accounts.into_iter().enumerate().map(row).collect();
    Import { format: Format::GoogleMigration, rows, others: 0 }
}

fn app_source(format: Format) -> IncomingSource {
    if format == Format::Countersign {
        return IncomingSource::Export;
    }
    IncomingSource::App { name: format.app().to_owned(), format: format.name().to_owned() }
}

fn fate(outcome: &Outcome) -> Option<Fate> {
    match outcome {
        Outcome::Added { .. } => Some(Fate::Add),
        Outcome::SignInAgain => Some(Fate::SignInAgain),
        Outcome::Merged { counter_raised: true } => Some(Fate::Counter),
        Outcome::Merged { counter_raised: false } => Some(Fate::Merge),
        Outcome::Left(_) => None,
    }
}

fn refused(receipt: &Receipt) -> Vec<RefusedRowView> {
    let left = receipt.lines.iter().filter_map(|line| match &line.outcome {
        Outcome::Left(reason) => Some((line, reason)),
        Outcome::Added { .. } | Outcome::SignInAgain | Outcome::Merged { .. } => None,
    });
    left.map(|(line, reason)| RefusedRowView {
        row: count(line.number),
        name: named(line),
        reason: reason.clone().into(),
    })
    .collect()
}

/// A line for each row, with tabs between, so that it can be read and sorted anywhere.
fn receipt_text(from: &str, receipt: &Receipt) -> String {
    let mut text = format!(
        "Countersign: {from}\n{} rows = {} added + {} to sign in to again + {} here already + {} left out\n\n",
        receipt.total(),
        receipt.added(),
        receipt.sign_in_again(),
        receipt.merged(),
        receipt.left()
    );
    for line in &receipt.lines {
        let outcome = match &line.outcome {
            Outcome::Added { .. } => "added".to_owned(),
            Outcome::SignInAgain => "sign in again".to_owned(),
            Outcome::Merged { .. } => "here already".to_owned(),
            Outcome::Left(reason) => format!("left out: {reason}"),
        };
        text.push_str(&format!("{}\t{}\t{outcome}\n", line.number, named(line)));
    }
    text
}

fn named(line: &Line) -> String {
    match (line.issuer.as_str(), line.account.as_str()) {
        ("", account) => account.to_owned(),
        (issuer, "") => issuer.to_owned(),
        (issuer, account) => format!("{issuer}: {account}"),
    }
}

/// What may be spent on opening one file.
fn limits(on: DeviceType) -> Limits {
    match on {
        DeviceType::Android | DeviceType::Ios => Limits::PHONE,
        DeviceType::Desktop => Limits::DESKTOP,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn own_error(error: BackupError, is_code: bool) -> CommandError {
    let code = match error {
        BackupError::WrongPassphrase if is_code => Code::WrongRecoveryCode,
        BackupError::WrongPassphrase => Code::WrongPassphrase,
        BackupError::NoSuchSlot => Code::NotNow,
        BackupError::UnknownFormat => Code::FileUnknown,
        BackupError::NotABackup => Code::FileIsVault,
        BackupError::NewerVersion => Code::FileNewer,
        BackupError::TooCostly => Code::FileTooCostly,
        BackupError::Damaged => Code::FileDamaged,
        // Of a type that a newer version knows.
        BackupError::OtherDeviceType { .. } => Code::FileNewer,
    };
    code.into()
}

impl From<ImportError> for CommandError {
    fn from(error: ImportError) -> Self {
        let code = match error {
            ImportError::UnknownFormat => Code::FileUnknown,
            ImportError::PasswordNeeded { .. } | ImportError::WrongPassword => Code::WrongPassword,
            ImportError::AccountRestricted => Code::AccountRestricted,
            ImportError::DeviceOnly => Code::FileDeviceOnly,
            ImportError::UnsupportedVersion => Code::FileNewer,
            ImportError::Corrupt => Code::FileDamaged,
            ImportError::TooCostly => Code::FileTooCostly,
            // How large a file may be is asked before.
            ImportError::TooLarge => {
                return Self { code: Code::FileTooManyRows, detail: Some(import::MAX_ROWS.to_string()) };
            }
        };
        code.into()
    }
}

impl From<Reason> for CommandError {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::InTrash => Code::RowInTrash.into(),
            Reason::Full => {
                Self { code: Code::TooManyAccounts, detail: Some(vault::MAX_ENTRIES.to_string()) }
            }
            Reason::NameTooLong => {
                Self { code: Code::NameTooLong, detail: Some(vault::MAX_NAME.to_string()) }
            }
            Reason::Row(import::Reason::Code(error)) => error.into(),
            Reason::Row(import::Reason::Kind(kind)) => {
                Self { code: Code::RowKind, detail: Some(kind.as_str().to_owned()) }
            }
            // What never was an account for codes is counted and has no row.
            Reason::Row(import::Reason::NoKey | import::Reason::NoAccount) => Code::RowNoKey.into(),
            Reason::Row(import::Reason::Damaged) => Code::RowDamaged.into(),
            Reason::Row(import::Reason::Sealed) => Code::RowSealed.into(),
            Reason::Row(import::Reason::PartMissing { number, of }) => {
                Self { code: Code::RowPartMissing, detail: Some(format!("{number}/{of}")) }
            }
        }
    }
}
