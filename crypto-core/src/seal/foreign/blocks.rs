//! AES in the modes other apps use.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use ring::{aead, hmac};

use super::ForeignError;
use crate::secret::SecretBytes;

/// AES-256-GCM; `sealed` ends in its 16 byte tag.
pub fn open_gcm(
    key: &SecretBytes,
    nonce: &[u8],
    associated: &[u8],
    sealed: &[u8],
) -> Result<SecretBytes, ForeignError> {
    let nonce = aead::Nonce::try_assume_unique_for_key(nonce).map_err(|_| ForeignError::OutOfRange)?;
    // expose: this is where the key is used.
    let key =
        aead::UnboundKey::new(&aead::AES_256_GCM, key.expose()).map_err(|_| ForeignError::OutOfRange)?;
    let mut buffer = sealed.to_vec();
    let length = aead::LessSafeKey::new(key)
        .open_in_place(nonce, aead::Aad::from(associated), &mut buffer)
        .map_err(|_| ForeignError::Refused)?
        .len();
    buffer.truncate(length);
    Ok(SecretBytes::new(buffer))
}

/// AES-128 or AES-256 in CBC mode with PKCS #7 padding. It proves nothing: a wrong key is seen by the padding
/// in most cases, and by what comes out in the others.
pub fn open_cbc(key: &SecretBytes, iv: &[u8], sealed: &[u8]) -> Result<SecretBytes, ForeignError> {
    // expose: this is where the key is used.
    let key = key.expose();
    let mut buffer = zeroize::Zeroizing::new(sealed.to_vec());
    let opened = match key.len() {
        16 => cbc::Decryptor::<aes::Aes128>::new_from_slices(key, iv)
            .map_err(|_| ForeignError::OutOfRange)?
            .decrypt_padded::<Pkcs7>(&mut buffer)
            .map_err(|_| ForeignError::Refused)?,
        32 => cbc::Decryptor::<aes::Aes256>::new_from_slices(key, iv)
            .map_err(|_| ForeignError::OutOfRange)?
            .decrypt_padded::<Pkcs7>(&mut buffer)
            .map_err(|_| ForeignError::Refused)?,
        _ => return Err(ForeignError::OutOfRange),
    };
    Ok(SecretBytes::new(opened.to_vec()))
}

/// AES-256-CBC whose IV and bytes HMAC-SHA-256 vouches for.
pub fn open_cbc_with_mac(
    key: &SecretBytes,
    mac_key: &SecretBytes,
    iv: &[u8],
    sealed: &[u8],
    mac: &[u8],
) -> Result<SecretBytes, ForeignError> {
    // expose: this is where the key is used.
    let mac_key = hmac::Key::new(hmac::HMAC_SHA256, mac_key.expose());
    hmac::verify(&mac_key, &[iv, sealed].concat(), mac).map_err(|_| ForeignError::Refused)?;
    open_cbc(key, iv, sealed)
}
