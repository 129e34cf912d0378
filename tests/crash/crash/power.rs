//! The power fails at any step of a save, again and again on the same disk.

use std::path::PathBuf;
use std::rc::Rc;

use countersign_app::store::{FileStore, Store as _};
use countersign_tests::growing;
use crypto_core::vault::Vault;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore as _, SeedableRng as _};

use super::FIRST_SEED;
use super::disk::{Fault, FaultyDisk, Shared};

#[test]
fn after_lost_power_the_vault_is_the_old_or_the_new_one() {
    for seed in FIRST_SEED..FIRST_SEED + CRASHES {
        println!("seed {seed}");
        life(seed);
    }
}

/// A few saves that work, one that is cut off, another start; twice, because the first leaves half-made
/// files for the second to stumble over.
fn life(seed: u64) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let disk = Rc::new(FaultyDisk::new(ChaCha20Rng::seed_from_u64(!seed)));
    let store = FileStore::new(Shared(Rc::clone(&disk)), PathBuf::from("folder"));
    let mut vault = growing::empty(&mut rng);
    let mut steps = 0;
    for _ in 0..3 {
        steps = save(&store, &disk, &mut vault, &mut rng);
    }

    for _ in 0..2 {
        let stored = vault.generation();
        disk.plan(fault(steps, &mut rng));
        let next = growing::seal_next(&mut vault, &mut rng);
        let done = store.replace(&next.bytes).is_ok();
        disk.power_returns();

        vault = reopen(&store);
        let found = vault.generation();
        assert!(
            found == stored + 1 || (found == stored && !done),
            "generation {found} after {stored}, done: {done}"
        );
        let previous = store.load_previous().expect("the power is on").expect("there were three saves");
        assert!(growing::open(&previous).generation() <= found);
        steps = save(&store, &disk, &mut vault, &mut rng);
    }
}

/// Every step of a save goes wrong in every way, on a disk with a previous copy and on one without.
#[test]
fn every_step_may_go_wrong_in_every_way() {
    for saves in 0..=2 {
        for step in 0..STEPS {
            for fault in [Fault::PowerBefore(step), Fault::PowerDuring(step), Fault::Error(step)] {
                for seed in FIRST_SEED..FIRST_SEED + 8 {
                    go_wrong(saves, fault, seed);
                }
            }
        }
    }
}

fn go_wrong(saves: u64, fault: Fault, seed: u64) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let disk = Rc::new(FaultyDisk::new(ChaCha20Rng::seed_from_u64(seed)));
    let store = FileStore::new(Shared(Rc::clone(&disk)), PathBuf::from("folder"));
    let mut vault = growing::empty(&mut rng);
    for _ in 0..saves {
        let steps = save(&store, &disk, &mut vault, &mut rng);
        assert!(steps <= STEPS, "a save has {steps} steps");
    }
    disk.plan(fault);
    let next = growing::seal_next(&mut vault, &mut rng);
    let done = store.replace(&next.bytes).is_ok();
    if !matches!(fault, Fault::Error(_)) {
        disk.power_returns();
    }
    disk.plan(Fault::None);
    let stored = store.load().expect("the disk works");
    let found = stored.map_or(0, |bytes| growing::open(&bytes).generation());
    assert!(
        found == saves + 1 || (found == saves && !done),
        "{fault:?} in save {} left generation {found}, done: {done}, seed {seed}",
        saves + 1,
    );
}

fn save(store: &FileStore<Shared>, disk: &FaultyDisk, vault: &mut Vault, rng: &mut ChaCha20Rng) -> u32 {
    disk.plan(Fault::None);
    let next = growing::seal_next(vault, rng);
    store.replace(&next.bytes).expect("nothing is planned to go wrong");
    vault.saved(next.generation);
    disk.steps()
}

fn reopen(store: &FileStore<Shared>) -> Vault {
    growing::open(&store.load().expect("the power is on").expect("it was stored before"))
}

fn fault(steps: u32, rng: &mut ChaCha20Rng) -> Fault {
    let at = rng.next_u32() % steps;
    if rng.next_u32().is_multiple_of(2) { Fault::PowerBefore(at) } else { Fault::PowerDuring(at) }
}

/// Lives, each with two crashes. With the killed processes there are 1 000 crashes in all.
const CRASHES: u64 = 480;
/// More than a save has.
const STEPS: u32 = 12;
