//! Sealing as other apps do it, for what they are to open.

use rand_core::CryptoRng;
use ring::aead;

use super::{ForeignError, Prf, ScryptCost, pbkdf2, scrypt};
use crate::seal;
use crate::secret::{SecretBytes, SecretText};

/// AES-256-GCM without associated data under a fresh nonce: the nonce, and the sealed bytes with their tag.
pub fn seal_gcm(
    key: &SecretBytes,
    plaintext: &[u8],
    rng: &mut dyn CryptoRng,
) -> ([u8; aead::NONCE_LEN], Vec<u8>) {
    let nonce = seal::make_public::<{ aead::NONCE_LEN }>(rng);
    // Room for the tag, so that the plaintext is not left behind by a reallocation.
    let mut buffer = Vec::with_capacity(plaintext.len() + aead::AES_256_GCM.tag_len());
    buffer.extend_from_slice(plaintext);
    // expose: this is where the key is used.
    let key = aead::UnboundKey::new(&aead::AES_256_GCM, key.expose()).expect("keys here have 32 bytes");
    aead::LessSafeKey::new(key)
        .seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aead::Aad::empty(), &mut buffer)
        .expect("AES-GCM seals anything under 64 GiB, and files are capped far below");
    (nonce, buffer)
}

/// What a password becomes in another app, with the salt it was made with.
#[derive(Debug)]
pub struct PasswordKey<const SALT: usize> {
    /// The key.
    pub key: SecretBytes,
    /// Random, and part of the file.
    pub salt: [u8; SALT],
}

impl PasswordKey<32> {
    /// scrypt with N = 2¹⁵, r = 8, p = 1, as Aegis has it.
    pub fn scrypt(password: &SecretText, rng: &mut dyn CryptoRng) -> Result<Self, ForeignError> {
        let salt = seal::make_public::<32>(rng);
        let cost = ScryptCost { n: 1 << 15, r: 8, p: 1 };
        // expose: this is where the password is used.
        let key = scrypt(password.expose().as_bytes(), &salt, cost, 32)?;
        Ok(Self { key, salt })
    }
}

impl PasswordKey<256> {
    /// PBKDF2 with ten thousand rounds of HMAC-SHA-256, as 2FAS has it.
    pub fn pbkdf2(password: &SecretText, rng: &mut dyn CryptoRng) -> Result<Self, ForeignError> {
        let salt = seal::make_public::<256>(rng);
        let key = pbkdf2(Prf::HmacSha256, password, &salt, 10_000, seal::KEY_LEN)?;
        Ok(Self { key, salt })
    }
}
