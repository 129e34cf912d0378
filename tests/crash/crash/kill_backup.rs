//! A real process that backs up is killed, most often in the middle of writing: what was good stays, and what was
//! not completed is known at the next start, made good at once, and said where that does not work either.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use countersign_app::view::BackupNotice;
use countersign_tests::backing_up::{Places, accounts};
use crypto_core::secret::SecretText;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore as _, SeedableRng as _};

use super::FIRST_SEED;
use super::kill::spin;

#[test]
fn after_a_kill_the_last_good_backup_is_there_and_the_next_start_knows() {
    let mut rng = ChaCha20Rng::seed_from_u64(FIRST_SEED);
    let folder = tempfile::tempdir().expect("a folder");
    let places = Places::within(folder.path());
    let mut code = None;
    let (mut done, mut cut_off, mut told) = (0, 0, 0);
    // What the one before left: a backup that was not made, and whether it died while it wrote that.
    let (mut was_behind, mut was_writing) = (false, false);
    for kill in 0.. {
        if cut_off >= CUT_OFF && told >= TOLD {
            break;
        }
        assert!(kill < MOST_KILLS, "{cut_off} of {kill} kills were in the middle, {told} told");
        // Every other one dies in the first backup after its start.
        let writes = if kill % 2 == 1 { 1 } else { 1 + rng.next_u32() % 3 };
        let ran = run_and_kill(&places, writes, &mut rng);
        let code = code.get_or_insert_with(|| ran.code.expect("the first one says it"));
        done = ran.done.unwrap_or(done);

        let kept = places.kept(code);
        assert!(kept[0] == done || kept[0] == done + 1, "kill {kill}: {kept:?} kept, {done} were noted");
        assert!(kept.is_sorted_by(|newer, older| newer >= older), "kill {kill}: {kept:?}");

        let mut app = places.resume();
        let is_behind = app.backup().expect("is open").is_behind;
        assert!(is_behind || kept[0] == accounts(&mut app), "kill {kill}: what is not kept is known");
        if !is_behind {
            // It was noted, and killed before it could say so.
            done = kept[0];
        }
        cut_off += usize::from(is_behind && ran.is_writing);
        // Two in a row that did not end are said, one is not.
        let in_a_row = was_behind && ran.done.is_none() && is_behind;
        match app.accounts().expect("is open").backup_notice {
            None => assert!(!(in_a_row && was_writing), "kill {kill}: is said"),
            Some(notice) => {
                assert!(notice == BackupNotice::Failed && in_a_row, "kill {kill}: {notice:?}");
                told += 1;
                let job = app.backup_due().expect("is due at once");
                let view = app.backed_up(job.write()).expect("is open");
                assert!(!view.is_behind && view.trouble.is_none(), "kill {kill}");
                assert_eq!(app.accounts().expect("is open").backup_notice, None);
                done = accounts(&mut app);
                assert_eq!(places.kept(code)[0], done);
            }
        }
        was_behind = app.backup().expect("is open").is_behind;
        was_writing = ran.is_writing;
    }
}

/// What one that was killed had said.
struct Ran {
    code: Option<SecretText>,
    /// The accounts in the last backup that it noted as good.
    done: Option<usize>,
    /// The last that it said was that it writes.
    is_writing: bool,
}

/// Lets it begin so many backups, then kills it within the next few milliseconds.
fn run_and_kill(places: &Places, writes: u32, rng: &mut ChaCha20Rng) -> Ran {
    let is_new = places.is_new();
    let mut writer = Command::new(env!("CARGO_BIN_EXE_backup-writer"))
        .arg(places.folder())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo built it");
    let mut lines = BufReader::new(writer.stdout.take().expect("asked for above")).lines();
    let mut next = || lines.next().and_then(Result::ok);
    let mut ran = Ran { code: None, done: None, is_writing: false };
    if is_new {
        ran.code = Some(SecretText::new(next().expect("the recovery code")));
        ran.done = Some(1);
    }
    let mut begun = 0;
    while begun < writes {
        let line = next().expect("it goes on until it is killed");
        begun += u32::from(line == WRITING);
        ran.take(&line);
    }
    spin(Duration::from_micros(u64::from(rng.next_u32() % LATEST_MICROS)));
    writer.kill().expect("it is our child");
    writer.wait().expect("it is our child");
    while let Some(line) = next() {
        ran.take(&line);
    }
    ran
}

impl Ran {
    fn take(&mut self, line: &str) {
        self.is_writing = line == WRITING;
        if !self.is_writing {
            self.done = Some(line.parse().expect("a number of accounts"));
        }
    }
}

/// What the writer says before each backup.
const WRITING: &str = "writing";
const LATEST_MICROS: u32 = 4_000;
/// How many kills are to be in the middle, how often the person is to be told, and when that is given up.
const CUT_OFF: usize = 20;
const TOLD: usize = 3;
const MOST_KILLS: u32 = 400;
