//! A backup is cut off at every step in every way: the last good one is there, and what is there is whole.

use std::path::Path;
use std::rc::Rc;

use countersign_app::backups::{BackupPlace as _, FolderPlace, GENERATIONS, file_name};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use super::FIRST_SEED;
use super::disk::{Fault, FaultyDisk, Shared};

#[test]
fn a_backup_that_is_cut_off_leaves_the_last_good_one() {
    for before in 0..=4 {
        for step in 0..STEPS {
            for fault in [Fault::PowerBefore(step), Fault::PowerDuring(step), Fault::Error(step)] {
                for seed in FIRST_SEED..FIRST_SEED + 8 {
                    go_wrong(before, fault, seed);
                }
            }
        }
    }
}

fn go_wrong(before: usize, fault: Fault, seed: u64) {
    let disk = Rc::new(FaultyDisk::new(ChaCha20Rng::seed_from_u64(seed)));
    let place = FolderPlace::new(Shared(Rc::clone(&disk)));
    let folder = Path::new("backups");
    for number in 0..before {
        disk.plan(Fault::None);
        place.put(folder, SERIES, &backup(number), true).expect("nothing is planned to go wrong");
        assert!(disk.steps() <= STEPS, "a backup has {} steps", disk.steps());
    }
    disk.plan(fault);
    let done = place.put(folder, SERIES, &backup(before), true).is_ok();
    if !matches!(fault, Fault::Error(_)) {
        disk.power_returns();
    }
    disk.plan(Fault::None);

    let whole: Vec<_> = (0..=before).map(backup).collect();
    let found: Vec<_> = (0..GENERATIONS)
        .filter_map(|age| place.read(folder, &file_name(SERIES, age)).ok())
        .map(|bytes| whole.iter().position(|one| *one == bytes).expect("what is there is whole"))
        .collect();
    let newest = found.first().copied();
    let last = before.checked_sub(1);
    assert!(
        newest == Some(before) || (newest == last && !done),
        "{fault:?} after {before} left {newest:?}, done: {done}, seed {seed}"
    );

    // And the next one works, beside at least the newest of those that were there.
    place.put(folder, SERIES, &backup(before + 1), true).expect("the disk works");
    assert_eq!(place.read(folder, &file_name(SERIES, 0)).expect("is there"), backup(before + 1));
    if let Some(newest) = newest {
        assert_eq!(place.read(folder, &file_name(SERIES, 1)).expect("is there"), whole[newest]);
    }
}

fn backup(number: usize) -> Vec<u8> {
    format!("backup {number} ").repeat(40).into_bytes()
}

const SERIES: &str = "countersign.avlt";
/// More than a backup has.
const STEPS: u32 = 24;
