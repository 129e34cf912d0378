//! The diagnostics log: kept only if the person agreed, only on this device, for seven days. It can hold
//! what [`Event`] can express, which is no name, no code, no key and no place.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crypto_core::time::UnixTime;

use crate::error::Code;

/// What can be in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A screen was opened.
    Screen(Screen),
    /// The first screen was drawn, so long after the start of the process.
    FirstPaint {
        /// Milliseconds.
        millis: u64,
    },
    /// A code was found in a frame or picture, after so long a look at it.
    Scan {
        /// Milliseconds.
        millis: u64,
    },
    /// Something was refused.
    Refused(Code),
}

/// The screens that can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum Screen {
    /// The list.
    Accounts,
    /// One account.
    Account,
    /// The scanner.
    Scanner,
    /// Typing a key.
    Manual,
    /// Confirming an account.
    Confirm,
    /// Settings.
    Settings,
    /// The trash.
    Trash,
    /// Locked.
    Unlock,
    /// The requests that wait.
    Requests,
    /// One request.
    Approve,
    /// Recent activity.
    Activity,
    /// Adding a work account.
    Work,
    /// Signing in in the browser.
    SignIn,
}

/// The log file.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    kept: bool,
}

impl Log {
    /// The log in `folder`; nothing is written while `kept` is false.
    /// What is older than seven days goes now.
    pub fn new(folder: &Path, kept: bool, now: UnixTime) -> Self {
        let log = Self { path: folder.join("diagnostics.log"), kept };
        log.lines(now);
        log
    }

    /// Starts or stops keeping the log. Stopping deletes it.
    pub fn keep(&mut self, kept: bool) {
        self.kept = kept;
        if !kept {
            self.clear();
        }
    }

    /// Writes one line. A log that cannot be written is no reason to stop anything.
    pub fn note(&self, now: UnixTime, event: Event) {
        if !self.kept {
            return;
        }
        let line = format!("{} {event:?}\n", now.secs());
        if fs::metadata(&self.path).is_ok_and(|file| file.len() > MAX_BYTES) {
            self.lines(now);
        }
        let file = fs::OpenOptions::new().append(true).create(true).open(&self.path);
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }

    /// The lines of the last seven days, and no more than fit; older ones are deleted.
    pub fn lines(&self, now: UnixTime) -> Vec<String> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let oldest = now.secs().saturating_sub(KEPT_SECONDS);
        let recent = |line: &&str| {
            line.split(' ')
                .next()
                .and_then(|secs| secs.parse::<u64>().ok())
                .is_some_and(|secs| secs >= oldest)
        };
        let mut room = usize::try_from(MAX_BYTES / 2).unwrap_or(usize::MAX);
        let fits = |line: &&str| {
            room = room.saturating_sub(line.len() + 1);
            room > 0
        };
        let mut kept: Vec<String> =
            text.lines().rev().filter(recent).take_while(fits).map(str::to_owned).collect();
        kept.reverse();
        if kept.len() < text.lines().count() {
            let _ =
                fs::write(&self.path, kept.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>());
        }
        kept
    }

    /// Deletes the log.
    pub fn clear(&self) {
        // One that is not there is as good as deleted.
        let _ = fs::remove_file(&self.path);
    }
}

/// A log beyond this is cut to its newer half.
const MAX_BYTES: u64 = 256 * 1024;
const KEPT_SECONDS: u64 = 7 * 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60;

    #[test]
    fn nothing_is_written_without_consent_and_stopping_deletes() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = Log::new(folder.path(), false, UnixTime::from_secs(1));
        log.note(UnixTime::from_secs(1), Event::Screen(Screen::Accounts));
        assert!(!log.path.exists());
        log.keep(true);
        log.note(UnixTime::from_secs(1), Event::Screen(Screen::Accounts));
        assert_eq!(log.lines(UnixTime::from_secs(2)), ["1 Screen(Accounts)"]);
        log.keep(false);
        assert!(!log.path.exists());
    }

    #[test]
    fn lines_older_than_seven_days_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = Log::new(folder.path(), true, UnixTime::from_secs(0));
        log.note(UnixTime::from_secs(0), Event::Refused(Code::NothingFound));
        log.note(UnixTime::from_secs(8 * DAY), Event::Scan { millis: 12 });
        assert_eq!(log.lines(UnixTime::from_secs(8 * DAY)).len(), 1);
        assert_eq!(fs::read_to_string(&log.path).expect("reads").lines().count(), 1);
    }
}
