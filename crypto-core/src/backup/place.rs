//! What a backup says about itself, and when a new one may take the place of one that is there. The shell names and
//! moves the files.

use thiserror::Error;

use super::{BackupError, DeviceType};
use crate::time::UnixTime;
use crate::vault::{FileId, FileKind, SealedFile};

/// What a backup says about itself. Nothing of it is proven before the backup is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    pub(super) id: FileId,
    /// The type of device it restores on; none for one of a newer version.
    pub device_type: Option<DeviceType>,
    /// Which of its series it is.
    pub generation: u64,
    /// When it was sealed.
    pub created_at: UnixTime,
    /// Whether there is no account in it.
    pub is_empty: bool,
}

/// What a file says about itself, without opening it.
pub fn summary(bytes: &[u8]) -> Result<Summary, BackupError> {
    let file = SealedFile::parse(bytes)?;
    match file.header().kind {
        FileKind::Backup => Ok(Summary::of(file.header())),
        FileKind::Vault | FileKind::Export => Err(BackupError::NotABackup),
    }
}

/// Whether `next` may become the newest, with `previous` moving on: what [`summary`] said of it. It is never a
/// reason to delete: what must not be replaced is set aside, or nothing is written and the person is asked.
pub fn may_replace(previous: &Result<Summary, BackupError>, next: &Summary) -> Result<(), KeepPrevious> {
    let Ok(previous) = previous else { return Err(KeepPrevious::Unreadable) };
    if next.is_empty && !previous.is_empty {
        Err(KeepPrevious::Empty)
    } else if previous.id != next.id {
        // An empty one has nothing to lose.
        if previous.is_empty { Ok(()) } else { Err(KeepPrevious::OtherSeries) }
    } else if next.generation < previous.generation {
        Err(KeepPrevious::Newer { known: previous.generation })
    } else {
        Ok(())
    }
}

/// Why a backup must not take the place of the one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeepPrevious {
    /// It has no account and the one there has; usually a new phone, before its restore. Nothing is written.
    #[error("an empty backup does not replace one with accounts")]
    Empty,
    /// The one there is of another device, or of before the passphrase was changed. The person is asked on a new
    /// device; after a change of passphrase it is set aside.
    #[error("the backup there is another one")]
    OtherSeries,
    /// The one there is newer: an older vault was taken back. `Vault::count_backups_on_from` goes on from it.
    #[error("the backup there is newer")]
    Newer {
        /// Its generation.
        known: u64,
    },
    /// The one there cannot be read. It is set aside.
    #[error("the file there is no backup that can be read")]
    Unreadable,
}
