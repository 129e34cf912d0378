//! Saves a growing vault again and again until it is killed, and prints each generation once it is stored:
//! `vault-writer FOLDER SEED`.

use std::io::Write as _;

use countersign_app::store::{FileStore, OsDisk, Store as _};
use countersign_tests::growing;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder").into();
    let seed = arguments.next().and_then(|seed| seed.parse().ok()).expect("a seed");

    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let store = FileStore::new(OsDisk, folder);
    let stored = store.load().expect("the folder can be read");
    let mut vault = stored.map_or_else(|| growing::empty(&mut rng), |bytes| growing::open(&bytes));
    let mut out = std::io::stdout().lock();
    loop {
        let save = growing::seal_next(&mut vault, &mut rng);
        store.replace(&save.bytes).expect("there is room");
        vault.saved(save.generation);
        writeln!(out, "{}", save.generation).and_then(|()| out.flush()).expect("somebody reads");
    }
}
