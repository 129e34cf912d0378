//! A real process that saves to a real disk is killed, without warning and at any time.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use countersign_app::store::{FileStore, OsDisk, Store as _};
use countersign_tests::growing;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore as _, SeedableRng as _};

use super::FIRST_SEED;

#[test]
fn after_a_kill_the_vault_is_the_old_or_the_new_one() {
    let mut rng = ChaCha20Rng::seed_from_u64(FIRST_SEED);
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::new(OsDisk, folder.path().to_owned());
    for kill in 0..KILLS {
        let mut writer = Command::new(env!("CARGO_BIN_EXE_vault-writer"))
            .arg(folder.path())
            .arg((FIRST_SEED + kill).to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo built it");
        let mut lines = BufReader::new(writer.stdout.take().expect("asked for above")).lines();
        // Let it save a few times, then strike somewhere within the next save.
        let saves = 1 + rng.next_u32() % 4;
        let mut printed = 0;
        for _ in 0..saves {
            printed =
                lines.next().and_then(Result::ok).and_then(|line| line.parse().ok()).expect("a generation");
        }
        spin(Duration::from_micros(u64::from(rng.next_u32() % 4_000)));
        writer.kill().expect("it is our child");
        writer.wait().expect("it is our child");
        if let Some(last) = lines.map_while(Result::ok).filter_map(|line| line.parse().ok()).last() {
            printed = last;
        }

        let stored = store.load().expect("the folder is ours").expect("it was printed as stored");
        let found: u64 = growing::open(&stored).generation();
        assert!(found == printed || found == printed + 1, "kill {kill}: {found} stored, {printed} printed");
    }
}

/// Waits without giving up the processor: what is wanted is a moment, not a rest.
pub(super) fn spin(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "the moment of a kill is not the product's time")]
    let start = std::time::Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

const KILLS: u64 = 40;
