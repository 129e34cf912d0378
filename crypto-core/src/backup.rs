//! What leaves a device and comes back: sealed backups, other apps' files, exports. Keys that belong to one
//! device never do.

mod content;
mod drill;
pub mod export;
mod file;
pub mod import;
mod place;
mod plan;
mod receipt;
#[cfg(test)]
mod tests;

pub use drill::{Drill, drill};
pub use file::{
    BackupError, Contents, DeviceType, NotAsSealed, SealError, Sealed, There, Unlock, open, seal,
};
pub use place::{KeepPrevious, Summary, may_replace, summary};
pub use plan::{Older, Plan, older, plan, plan_import};
pub use receipt::{Line, Outcome, Reason, Receipt};

/// Reads what is sealed in a backup, as [`open`] does; for tests that bring anything to it.
#[doc(hidden)]
pub fn read_content(plaintext: &crate::secret::SecretBytes) -> Result<Vec<crate::vault::Entry>, BackupError> {
    content::read(plaintext).map(|(entries, _)| entries)
}
