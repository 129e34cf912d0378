//! Passwords into keys, as other apps do it.

use std::num::NonZeroU32;

use argon2::{Algorithm, Argon2, Params, Version};
use ring::{digest, hkdf, pbkdf2 as ring_pbkdf2};

use super::{ForeignError, at_most};
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
    // expose: this is where the password is used.
    stretched(prf, password.expose().as_bytes(), salt, iterations, length)
}

/// The same over a key, for another one.
pub(super) fn pbkdf2_of_key(
    prf: Prf,
    key: &SecretBytes,
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Result<SecretBytes, ForeignError> {
    // expose: this is where the key is used.
    stretched(prf, key.expose(), salt, iterations, length)
}

fn stretched(
    prf: Prf,
    secret: &[u8],
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
    ring_pbkdf2::derive(algorithm, iterations, salt, secret, &mut key);
    Ok(SecretBytes::new(key))
}

/// SHA-256 of a password, which some apps take for a key.
pub fn hashed(password: &SecretText) -> SecretBytes {
    // expose: this is where the password is used.
    SecretBytes::new(digest::digest(&digest::SHA256, password.expose().as_bytes()).as_ref().to_vec())
}

/// What a file asks of scrypt (RFC 7914).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScryptCost {
    /// Cost, a power of two.
    pub n: u64,
    /// Block size.
    pub r: u32,
    /// Lanes.
    pub p: u32,
}

/// scrypt for a key of 32 bytes. At most `memory_mib` are taken for it.
pub fn scrypt(
    password: &[u8],
    salt: &[u8],
    cost: ScryptCost,
    memory_mib: u32,
) -> Result<SecretBytes, ForeignError> {
    let ScryptCost { n, r, p } = cost;
    if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
        return Err(ForeignError::OutOfRange);
    }
    let blocks = n.saturating_mul(u64::from(r));
    if blocks.saturating_mul(128) > u64::from(memory_mib) << 20
        || blocks.saturating_mul(u64::from(p)) > MAX_SCRYPT_WORK
        || r > MAX_SCRYPT_R
        || p > MAX_LANES
    {
        return Err(ForeignError::TooCostly);
    }
    let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| ForeignError::OutOfRange)?;
    let params = scrypt::Params::new(log_n, r, p).map_err(|_| ForeignError::OutOfRange)?;
    let mut key = vec![0; KEY_LEN];
    scrypt::scrypt(password, salt, &params, &mut key).map_err(|_| ForeignError::OutOfRange)?;
    Ok(SecretBytes::new(key))
}

/// What a file asks of Argon2id (RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// Argon2id, version 1.3, for a key of 32 bytes. At most `memory_mib` are taken for it. There is no floor:
/// refusing to open what somebody sealed weakly would protect nothing.
pub fn argon2id(
    password: &SecretText,
    salt: &[u8],
    cost: Argon2Cost,
    memory_mib: u32,
) -> Result<SecretBytes, ForeignError> {
    let Argon2Cost { memory_kib, passes, lanes } = cost;
    let work = u64::from(memory_kib).saturating_mul(u64::from(passes));
    if u64::from(memory_kib) > u64::from(memory_mib) << 10 || work > MAX_ARGON2_WORK || lanes > MAX_LANES {
        return Err(ForeignError::TooCostly);
    }
    let params =
        Params::new(memory_kib, passes, lanes, Some(KEY_LEN)).map_err(|_| ForeignError::OutOfRange)?;
    let mut key = vec![0; KEY_LEN];
    // expose: this is where the password is used.
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.expose().as_bytes(), salt, &mut key)
        .map_err(|_| ForeignError::OutOfRange)?;
    Ok(SecretBytes::new(key))
}

/// HKDF-Expand with SHA-256 (RFC 5869, section 2.3) for a key of 32 bytes; `key` is the pseudorandom key.
pub fn expand(key: &SecretBytes, info: &[u8]) -> SecretBytes {
    // expose: this is where the key is used.
    let key = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, key.expose());
    let mut expanded = vec![0; KEY_LEN];
    key.expand(&[info], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut expanded))
        .expect("one block of SHA-256 is what was asked for");
    SecretBytes::new(expanded)
}

/// SHA-256, where an app makes a salt of it.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// In bytes.
const KEY_LEN: usize = 32;
/// Sixteen times what Aegis writes (N = 32768, r = 8, p = 1).
const MAX_SCRYPT_WORK: u64 = at_most(1 << 22);
const MAX_SCRYPT_R: u32 = 64;
/// In KiB times passes: two and a half times what Ente writes (4 GiB), the most that Bitwarden lets choose.
const MAX_ARGON2_WORK: u64 = at_most(10 << 20);
/// The most that Bitwarden lets choose.
const MAX_LANES: u32 = 16;
/// Ten times what any app is known to write.
const MAX_ITERATIONS: u32 = if cfg!(fuzzing) { 1_000 } else { 10_000_000 };
/// In bytes.
const MAX_LENGTH: usize = 128;
