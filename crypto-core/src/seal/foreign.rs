//! Opening what other apps sealed. Nothing here seals: their formats are weaker than ours, and what is
//! exported in one of them goes through `backup::export`. Costs from a file are bounded before they are paid.

mod archive;
mod blocks;
mod keepass;
mod stretch;

pub use archive::Archive;
pub use blocks::{open_cbc, open_gcm};
pub use keepass::{KeePassEntry, is_kdbx, is_kdbx4, open_kdbx4};
pub use stretch::{Prf, hashed, pbkdf2};

use thiserror::Error;

/// Why something of another app does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ForeignError {
    /// The key or the bytes are wrong.
    #[error("the key does not open this")]
    Refused,
    /// It asks for more memory or time than is given to a file.
    #[error("opening this needs more memory or time than is allowed")]
    TooCostly,
    /// A length or parameter that no app writes.
    #[error("a parameter is out of range")]
    OutOfRange,
}
