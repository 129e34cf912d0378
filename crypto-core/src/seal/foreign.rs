//! Opening what other apps sealed, and sealing what they are to open. Their formats are weaker than ours; only
//! `backup::export` writes them. Costs from a file are bounded before they are paid.

mod blocks;
mod sealing;
mod stretch;

pub use blocks::{open_cbc, open_gcm};
pub use sealing::{PasswordKey, scrypt_key, seal_gcm};
pub use stretch::{Prf, pbkdf2};

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
