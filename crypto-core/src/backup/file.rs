//! A backup as a file: sealed after each change by the series that the vault keeps, opened by a passphrase or a
//! recovery code on a device of the same type.
//!
//! What a file says about itself is believed once it has been opened. Until then it decides only which refusal is
//! the helpful one: nobody types a passphrase in search of the right one for a file that their device would refuse.

use rand_core::CryptoRng;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Summary, content};
use crate::json::words;
use crate::seal::{self, CostError};
use crate::secret::{SecretBytes, SecretText};
use crate::time::UnixTime;
use crate::vault::{
    Entry, FileError, FileId, FileKind, Header, RecoveryCode, SealedFile, Series, Slot, SlotError, Vault,
    VaultKey, seal_file,
};

words! {
    /// The kind of device a backup belongs to. It restores on no other.
    DeviceType {
        /// A phone or tablet with Android.
        Android = "android",
        /// An iPhone or iPad.
        Ios = "ios",
        /// A computer.
        Desktop = "desktop",
    }
}

/// A backup as bytes, ready to be stored.
#[derive(Debug)]
pub struct Sealed {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// What its header says.
    pub summary: Summary,
    plaintext: SecretBytes,
    key: VaultKey,
    slots: Vec<Slot>,
}

/// What lies where a backup is to go, beside that backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum There {
    /// It brings back exactly the same, by the same passphrase and code.
    Same {
        /// When it was sealed.
        since: UnixTime,
    },
    /// It is of the same series and does not open.
    Damaged,
    /// It is something else; [`may_replace`](super::may_replace) knows what to do about it.
    Other,
}

/// Seals what belongs into a backup of `vault`, as the generation that it is at. The vault is saved before, so
/// that another generation is another content.
pub fn seal(
    vault: &Vault,
    device_type: DeviceType,
    now: UnixTime,
    rng: &mut dyn CryptoRng,
) -> Result<Sealed, SealError> {
    let (series, generation) = vault.backup().zip(vault.backup_generation()).ok_or(SealError::Off)?;
    let summary = Summary {
        id: *series.id(),
        device_type: Some(device_type),
        generation,
        created_at: UnixTime::from_secs(now.secs()),
        is_empty: content::entries(vault).next().is_none(),
    };
    let mut members = Map::new();
    members.insert(DEVICE_TYPE.into(), device_type.word().into());
    if summary.is_empty {
        members.insert(EMPTY.into(), true.into());
    }
    members.insert(
        SLOTS_SUM.into(),
        seal::checksum(&SealedFile::slots_text(&summary.id, series.slots())).into(),
    );
    let header = Header {
        kind: FileKind::Backup,
        id: summary.id,
        generation,
        created_at: summary.created_at,
        members,
    };
    let plaintext = content::write(vault);
    let bytes =
        seal_file(&header, series.slots(), series.key(), &plaintext, rng).map_err(|_| SealError::TooLarge)?;
    Ok(Sealed {
        bytes,
        summary,
        plaintext: SecretBytes::new(plaintext.to_vec()),
        key: series.key().copy(),
        slots: series.slots().to_vec(),
    })
}

impl Sealed {
    /// Decrypts what was read back from where this was written, and compares it with what was to be kept.
    pub fn verify(&self, read_back: &[u8], series: &Series) -> Result<(), NotAsSealed> {
        let file = SealedFile::parse(read_back).map_err(|_| NotAsSealed)?;
        if Summary::of(file.header()) != self.summary {
            return Err(NotAsSealed);
        }
        let plaintext = file.open(series.key()).map_err(|_| NotAsSealed)?;
        if self.is_content(&plaintext) { Ok(()) } else { Err(NotAsSealed) }
    }

    /// Decrypts what lies where this is to go. One that holds the same makes writing this one needless: it would only
    /// push an older one out.
    pub fn compare(&self, there: &[u8]) -> There {
        let Ok(file) = SealedFile::parse(there) else { return There::Other };
        let summary = Summary::of(file.header());
        if file.header().kind != FileKind::Backup || summary.id != self.summary.id {
            return There::Other;
        }
        // What unlocks it is not sealed with it.
        let Some(plaintext) = file.open(&self.key).ok().filter(|_| file.slots() == self.slots) else {
            return There::Damaged;
        };
        if summary.device_type == self.summary.device_type && self.is_content(&plaintext) {
            There::Same { since: summary.created_at }
        } else {
            There::Other
        }
    }

    fn is_content(&self, opened: &SecretBytes) -> bool {
        // expose: compared, and its padding counted.
        let Some((kept, padding)) = opened.expose().split_at_checked(self.plaintext.len()) else {
            return false;
        };
        SecretBytes::new(kept.to_vec()).ct_eq(&self.plaintext) && padding.iter().all(|byte| *byte == b' ')
    }
}

/// What a person opens a backup with.
#[derive(Debug, Clone, Copy)]
pub enum Unlock<'a> {
    /// The passphrase, as typed.
    Passphrase(&'a SecretText),
    /// The recovery code, as typed or scanned.
    RecoveryCode(&'a SecretText),
}

/// An open backup.
#[derive(Debug)]
pub struct Contents {
    /// What its header says, which is proven.
    pub summary: Summary,
    pub(super) entries: Vec<Entry>,
    pub(super) members: Map<String, Value>,
    pub(super) series: Series,
}

impl Contents {
    /// Its accounts in the person's order. Those that wait for signing in are work accounts without a device.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// Opens a backup on a device of `device_type`.
pub fn open(bytes: &[u8], by: Unlock<'_>, device_type: DeviceType) -> Result<Contents, BackupError> {
    let file = SealedFile::parse(bytes)?;
    let summary = Summary::of(file.header());
    if file.header().kind != FileKind::Backup {
        return Err(BackupError::NotABackup);
    }
    check_slots(&file)?;
    let other = BackupError::OtherDeviceType { of: summary.device_type };
    let is_other = summary.device_type != Some(device_type);
    let key = unlock(&file, by).map_err(|error| {
        let is_wrong = matches!(error, BackupError::WrongPassphrase | BackupError::NoSuchSlot);
        if is_wrong && is_other { other } else { error }
    })?;
    let plaintext = file.open(&key).map_err(|_| BackupError::Damaged)?;
    if is_other {
        return Err(other);
    }
    let (entries, members) = content::read(&plaintext)?;
    let (header, slots) = file.into_parts();
    Ok(Contents { summary, entries, members, series: Series::of(header.id, key, slots) })
}

fn unlock(file: &SealedFile, by: Unlock<'_>) -> Result<VaultKey, BackupError> {
    let key = match by {
        Unlock::Passphrase(passphrase) => file.unlock(passphrase),
        Unlock::RecoveryCode(code) => {
            // expose: read into another secret.
            let code = RecoveryCode::read(code.expose()).ok_or(BackupError::WrongPassphrase)?;
            file.unlock_with_recovery_code(&code)
        }
    };
    key.map_err(BackupError::from)
}

/// Tells damage from a wrong passphrase where it would look like one, and a newer version from both.
fn check_slots(file: &SealedFile) -> Result<(), BackupError> {
    let header = file.header();
    let sum = seal::checksum(&SealedFile::slots_text(&header.id, file.slots()));
    if header.members.get(SLOTS_SUM).is_some_and(|expected| expected.as_str() != Some(&sum)) {
        return Err(BackupError::Damaged);
    }
    if !header.members.get(DEVICE_TYPE).is_some_and(Value::is_string) {
        return Err(BackupError::Damaged);
    }
    match file.slots() {
        [] => Err(BackupError::Damaged),
        slots if slots.iter().all(|slot| matches!(slot, Slot::Unknown(_))) => Err(BackupError::NewerVersion),
        _ => Ok(()),
    }
}

impl Summary {
    pub(super) fn of(header: &Header) -> Self {
        Self {
            id: header.id,
            device_type: header.members.get(DEVICE_TYPE).and_then(Value::as_str).and_then(DeviceType::named),
            generation: header.generation,
            created_at: header.created_at,
            is_empty: header.members.get(EMPTY) == Some(&Value::Bool(true)),
        }
    }

    /// The id, so that summaries of one series are seen to be.
    pub fn id(&self) -> &FileId {
        &self.id
    }
}

const DEVICE_TYPE: &str = "device_type";
/// There only where it is true. A number of accounts would tell whoever keeps the file more than its size does.
const EMPTY: &str = "empty";
/// Of what unlocks the file. A key proves it only to whoever has the key.
const SLOTS_SUM: &str = "slots_sum";

/// Why a backup does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BackupError {
    /// The file is something else; usually the wrong file was chosen.
    #[error("this is no backup")]
    UnknownFormat,
    /// It is a vault of a device, or an export, which is imported.
    #[error("this is of the app and no backup")]
    NotABackup,
    /// A newer version of the app wrote it.
    #[error("this was written by a newer version of the app")]
    NewerVersion,
    /// The passphrase or recovery code is another one. Where what it opens was damaged before the app wrote sums,
    /// this is said, too.
    #[error("this is not the passphrase or code it was sealed with")]
    WrongPassphrase,
    /// It has no passphrase, or no recovery code; the other one opens it.
    #[error("this is not opened that way")]
    NoSuchSlot,
    /// It is of another type of device, or says so.
    #[error("this is the backup of another type of device")]
    OtherDeviceType {
        /// Which; none for one of a newer version.
        of: Option<DeviceType>,
    },
    /// It asks for more memory or time than is given to a file; usually a hostile one.
    #[error("opening this needs more memory or time than is allowed")]
    TooCostly,
    /// Bytes are missing or were changed.
    #[error("this is damaged")]
    Damaged,
}

impl From<FileError> for BackupError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::NotAVault => Self::UnknownFormat,
            FileError::NewerFormat { .. } => Self::NewerVersion,
            FileError::TooLarge => Self::TooCostly,
            FileError::WrongKey | FileError::Damaged => Self::Damaged,
        }
    }
}

impl From<SlotError> for BackupError {
    fn from(error: SlotError) -> Self {
        match error {
            SlotError::NoSlot => Self::NoSuchSlot,
            SlotError::Refused => Self::WrongPassphrase,
            SlotError::Cost(CostError::TooCostly { .. } | CostError::OutOfRange) => Self::TooCostly,
            // No version of the app writes less than the floor.
            SlotError::Cost(CostError::TooWeak) => Self::Damaged,
        }
    }
}

/// Why no backup is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// Backups are off.
    #[error("backups are off")]
    Off,
    /// The file would be larger than any that is read; usually very long notes.
    #[error("the backup is too large")]
    TooLarge,
}

/// What was read back is not what was to be kept; the one before is still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("what was stored is not what was sealed")]
pub struct NotAsSealed;
