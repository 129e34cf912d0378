//! Passwords into keys, as other apps do it.

use std::num::NonZeroU32;

use ring::{digest, pbkdf2 as ring_pbkdf2};

use super::ForeignError;
use crate::secret::{SecretBytes, SecretText};

/// The function under PBKDF2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prf {
    /// HMAC-SHA-1.
    HmacSha1,
    /// HMAC-SHA-256.
    HmacSha256,
    /// HMAC-SHA-512.
    HmacSha512,
}

/// PBKDF2 (RFC 8018).
pub fn pbkdf2(
    prf: Prf,
    password: &SecretText,
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Result<SecretBytes, ForeignError> {
    let iterations = NonZeroU32::new(iterations).ok_or(ForeignError::OutOfRange)?;
    if iterations.get() > MAX_ITERATIONS {
        return Err(ForeignError::TooCostly);
    }
    if length == 0 || length > MAX_LENGTH {
        return Err(ForeignError::OutOfRange);
    }
    let algorithm = match prf {
        Prf::HmacSha1 => ring_pbkdf2::PBKDF2_HMAC_SHA1,
        Prf::HmacSha256 => ring_pbkdf2::PBKDF2_HMAC_SHA256,
        Prf::HmacSha512 => ring_pbkdf2::PBKDF2_HMAC_SHA512,
    };
    let mut key = vec![0; length];
    // expose: this is where the password is used.
    ring_pbkdf2::derive(algorithm, iterations, salt, password.expose().as_bytes(), &mut key);
    Ok(SecretBytes::new(key))
}

/// SHA-256 of a password, which some apps take for a key.
pub fn hashed(password: &SecretText) -> SecretBytes {
    // expose: this is where the password is used.
    SecretBytes::new(digest::digest(&digest::SHA256, password.expose().as_bytes()).as_ref().to_vec())
}

/// Ten times what any app is known to write.
const MAX_ITERATIONS: u32 = 10_000_000;
/// In bytes.
const MAX_LENGTH: usize = 128;
