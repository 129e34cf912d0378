//! Opening what other apps sealed, and sealing what they are to open. Their formats are weaker than ours; only
//! `backup::export` writes them. Costs from a file are bounded before they are paid.

mod archive;
mod blocks;
mod keepass;
mod sealing;
mod sqlcipher;
mod stream;
mod stretch;

pub use archive::Archive;
pub use blocks::{open_cbc, open_cbc_with_mac, open_gcm};
pub use keepass::{KeePassEntry, is_kdbx, is_kdbx4, open_kdbx4};
pub use sealing::{PasswordKey, seal_gcm};
pub use sqlcipher::{is_sqlcipher_long, open_sqlcipher};
pub use stream::open_stream_message;
pub use stretch::{Argon2Cost, Prf, ScryptCost, argon2id, expand, hashed, pbkdf2, scrypt, sha256};

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

/// A bound on the work for a key. Fuzzing is to find what readers do, not to wait for keys.
const fn at_most(work: u64) -> u64 {
    if cfg!(fuzzing) { work >> 12 } else { work }
}

#[cfg(test)]
mod tests;
