//! Lost power and killed processes.

mod backup;
mod disk;
mod kill;
mod kill_backup;
mod place;
mod power;

/// Seeds count from here; a failing one is named in the failure.
const FIRST_SEED: u64 = 20_261_122;
