//! What is known of backups between starts, as a small readable file. There is no secret in it, and losing it loses
//! nothing but dates: the next change is backed up again.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::view::PlaceKind;

/// What is kept. Times are in seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BackupRecord {
    /// The last good one.
    pub(crate) good: Option<Good>,
    /// When the first good one of the series was written.
    pub(crate) good_since: Option<u64>,
    /// The last try, if it failed.
    pub(crate) failure: Option<Failure>,
    /// Tries since then that were begun and did not end, because the app did.
    pub(crate) unfinished: u32,
    /// When the person tested it.
    pub(crate) tested_at: Option<u64>,
    /// When the person had the recovery code on paper.
    pub(crate) code_noted_at: Option<u64>,
    /// When the person put off turning it on.
    pub(crate) off_dismissed_at: Option<u64>,
    /// When the person put off a failure.
    pub(crate) failure_dismissed_at: Option<u64>,
    /// When the person put off a test.
    pub(crate) untested_dismissed_at: Option<u64>,
}

/// A backup that was opened again and compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Good {
    /// When.
    pub(crate) at: u64,
    /// Its generation; what the vault has beyond it is not backed up.
    pub(crate) generation: u64,
    /// Its size.
    pub(crate) bytes: u32,
    /// Accounts in it.
    pub(crate) accounts: u32,
    /// Older ones beside it.
    pub(crate) older: u32,
    /// When it was written, where it was only opened and compared again, because nothing had changed.
    pub(crate) unchanged_since: Option<u64>,
    /// The kind of place it lies in.
    pub(crate) place: Option<PlaceKind>,
}

/// A try that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// When.
    pub(crate) at: u64,
    /// Why.
    pub(crate) code: Code,
}

impl BackupRecord {
    /// A try begins. What comes of it is noted after it; nothing is when the app ends in between.
    pub(crate) fn begin_try(&mut self) {
        self.unfinished = self.unfinished.saturating_add(1);
    }

    /// The app starts. One try that was cut off is made good at once, and that needs no words. If that one was cut
    /// off as well, backing up does not work.
    pub(crate) fn note_unfinished(&mut self, now: u64) {
        if self.unfinished > 1 && self.failure.is_none() {
            self.failure = Some(Failure { at: now, code: Code::BackupFailed });
        }
    }

    /// A backup is good.
    pub(crate) fn succeeded(&mut self, good: Good) {
        self.good_since.get_or_insert(good.at);
        self.good = Some(good);
        (self.failure, self.failure_dismissed_at, self.unfinished) = (None, None, 0);
    }

    /// Another key, or none: what was known is of the series before.
    pub(crate) fn begin_series(&mut self) {
        *self = Self { off_dismissed_at: self.off_dismissed_at, ..Self::default() };
    }

    /// Whether the last good one lies in a place of another kind.
    pub(crate) fn is_elsewhere(&self, place: PlaceKind) -> bool {
        self.good.as_ref().and_then(|good| good.place).is_some_and(|before| before != place)
    }

    /// Another folder, with nothing in it yet.
    pub(crate) fn begin_place(&mut self) {
        (self.good, self.good_since, self.failure, self.failure_dismissed_at) = (None, None, None, None);
    }
}

/// The file it is kept in.
#[derive(Debug)]
pub(crate) struct RecordFile(PathBuf);

impl RecordFile {
    pub(crate) fn new(folder: &Path) -> Self {
        Self(folder.join("backup.json"))
    }

    /// One that cannot be read says as much as none.
    pub(crate) fn load(&self) -> BackupRecord {
        fs::read(&self.0).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Writes it, whole or not at all.
    pub(crate) fn save(&self, record: &BackupRecord) -> std::io::Result<()> {
        let temporary = self.0.with_extension("new.json");
        fs::write(&temporary, serde_json::to_vec_pretty(record)?)?;
        fs::rename(&temporary, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_back_and_a_broken_one_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = RecordFile::new(folder.path());
        assert_eq!(file.load(), BackupRecord::default());
        let failure = Some(Failure { at: 1, code: Code::DiskFull });
        let mut record = BackupRecord { failure, ..BackupRecord::default() };
        record.begin_try();
        record.note_unfinished(3);
        assert_eq!(
            record.failure.as_ref().map(|failure| failure.code),
            Some(Code::DiskFull),
            "is said already"
        );
        record.succeeded(Good {
            at: 2,
            generation: 7,
            bytes: 4641,
            accounts: 3,
            older: 1,
            unchanged_since: None,
            place: Some(PlaceKind::Icloud),
        });
        assert!(record.is_elsewhere(PlaceKind::Phone) && !record.is_elsewhere(PlaceKind::Icloud));
        assert!(record.failure.is_none());
        file.save(&record).expect("saves");
        assert_eq!(file.load(), record);
        record.begin_try();
        record.note_unfinished(4);
        assert!(record.failure.is_none(), "one is made good");
        record.begin_try();
        record.note_unfinished(5);
        assert_eq!(record.failure, Some(Failure { at: 5, code: Code::BackupFailed }));
        fs::write(&file.0, b"{\"good\":3}").expect("writes");
        assert_eq!(file.load(), BackupRecord::default());
    }
}
