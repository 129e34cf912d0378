//! The only place that names ciphers. Outward it says what is meant: a key for a purpose that seals one
//! thing, a passphrase that becomes a key. Nobody outside chooses a nonce, a mode or a label.
//!
//! ```text
//! passphrase ─Argon2id─▶ KEK ─HKDF(slot)─▶ wraps ─▶ VaultKey ─┬─HKDF(file)───▶ one save
//! keystore ─────────────▶ KEK ─HKDF(slot)─▶ wraps ─▶          └─HKDF(commit)─▶ commitment in the header
//!
//! service's secret ─┬─HKDF(label, salt)─▶ one sealed row
//!                   └─HKDF(label)───────▶ HMAC of what is looked up, and of nonces
//! ```

mod aead;
pub mod foreign;
mod kdf;
mod labels;
pub mod password;
mod service;
pub mod sign;

pub use aead::{OneTimeKey, OpenRefused, commitment};
pub use kdf::{CostError, PassphraseCost, stretch};
pub use labels::Label;
pub use service::{AtRest, Lookup, ServiceSecret, lookup_hash};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand_core::CryptoRng;

use crate::secret::SecretBytes;

/// Bytes of every symmetric key here.
pub const KEY_LEN: usize = 32;

/// A fresh random key.
pub fn make_key(rng: &mut dyn CryptoRng) -> SecretBytes {
    let mut bytes = vec![0; KEY_LEN];
    rng.fill_bytes(&mut bytes);
    SecretBytes::new(bytes)
}

/// The first half of SHA-256 in Base64: notices damage of what is public, and proves nothing.
pub fn checksum(bytes: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
    BASE64.encode(hash.as_ref().get(..16).expect("SHA-256 has 32 bytes"))
}

/// Fresh random bytes that are no secret: salts and ids.
pub fn make_public<const N: usize>(rng: &mut dyn CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}
