//! AES-256-GCM under a key that HKDF-SHA256 (RFC 5869) derives anew for each use. The nonce is always zero
//! because no derived key seals twice: [`OneTimeKey::seal`] takes the key with it.

use ring::{aead, hkdf};
use thiserror::Error;

use super::{KEY_LEN, Label};
use crate::secret::SecretBytes;

/// A key that seals exactly one thing, or opens it.
pub struct OneTimeKey(aead::LessSafeKey);

impl OneTimeKey {
    /// Derives the key for `label` from `key`; `context` names the vault or backup.
    pub fn derive(key: &SecretBytes, salt: &[u8], label: Label, context: &[u8]) -> Self {
        let mut bytes = zeroize::Zeroizing::new([0; KEY_LEN]);
        expand(key, salt, label, context, &mut bytes);
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, bytes.as_slice())
            .expect("a key of 32 bytes is what AES-256 takes");
        Self(aead::LessSafeKey::new(key))
    }

    /// Encrypts, and binds `associated` to the result, which ends in the 16 byte tag.
    pub fn seal(self, associated: &[u8], plaintext: &[u8]) -> Vec<u8> {
        // Room for the tag, so that the plaintext is not left behind by a reallocation.
        let mut buffer = Vec::with_capacity(plaintext.len() + aead::AES_256_GCM.tag_len());
        buffer.extend_from_slice(plaintext);
        self.0
            .seal_in_place_append_tag(zero_nonce(), aead::Aad::from(associated), &mut buffer)
            .expect("AES-GCM seals anything under 64 GiB, and files are capped far below");
        buffer
    }

    /// Decrypts what [`seal`](Self::seal) made with the same `associated`.
    pub fn open(self, associated: &[u8], sealed: &[u8]) -> Result<SecretBytes, OpenRefused> {
        let mut buffer = sealed.to_vec();
        let length = self
            .0
            .open_in_place(zero_nonce(), aead::Aad::from(associated), &mut buffer)
            .map_err(|_| OpenRefused)?
            .len();
        buffer.truncate(length);
        Ok(SecretBytes::new(buffer))
    }
}

/// Commits to `key`: AES-GCM alone lets one file open under two keys, a commitment does not.
pub fn commitment(key: &SecretBytes, salt: &[u8], context: &[u8]) -> [u8; KEY_LEN] {
    let mut out = [0; KEY_LEN];
    expand(key, salt, Label::Commit, context, &mut out);
    out
}

/// The key, the associated data or the sealed bytes are not those it was sealed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the key does not open this")]
pub struct OpenRefused;

pub(super) fn expand(key: &SecretBytes, salt: &[u8], label: Label, context: &[u8], out: &mut [u8; KEY_LEN]) {
    let info: [&[u8]; 2] = [label.bytes(), context];
    // expose: this is where the key is used.
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(key.expose())
        .expand(&info, hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(out))
        .expect("HKDF-SHA256 gives up to 8160 bytes and this asks for 32");
}

fn zero_nonce() -> aead::Nonce {
    aead::Nonce::assume_unique_for_key([0; aead::NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SecretBytes {
        SecretBytes::new(vec![7; KEY_LEN])
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_and_data_only() {
        let seal = |label| OneTimeKey::derive(&key(), b"salt", label, b"id");
        let sealed = seal(Label::File).seal(b"header", b"content");
        assert_eq!(seal(Label::File).open(b"header", &sealed).expect("opens").expose(), b"content");
        assert_eq!(seal(Label::File).open(b"other", &sealed).err(), Some(OpenRefused));
        assert_eq!(seal(Label::Slot).open(b"header", &sealed).err(), Some(OpenRefused));
        assert_eq!(seal(Label::File).open(b"header", b"short").err(), Some(OpenRefused));
    }

    #[test]
    fn hkdf_matches_rfc_5869_test_case_1() {
        // https://www.rfc-editor.org/rfc/rfc5869#appendix-A.1, first 32 of its 42 bytes
        let ikm = [0x0b; 22];
        let salt: Vec<u8> = (0..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let mut out = [0; KEY_LEN];
        hkdf::Salt::new(hkdf::HKDF_SHA256, &salt)
            .extract(&ikm)
            .expand(&[&info], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut out))
            .expect("32 bytes");
        assert_eq!(
            data_encoding::HEXLOWER.encode(&out),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        );
    }
}
