//! AES in the modes other apps use.

use aes::cipher::block_padding::{NoPadding, Pkcs7};
use aes::cipher::consts::U16;
use aes::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use aes_gcm::{AeadInOut as _, AesGcm, KeyInit as _};
use ring::{aead, hmac};

use super::ForeignError;
use crate::secret::SecretBytes;

/// AES-256-GCM; `sealed` ends in its 16 byte tag. The nonce has 12 bytes, or the 16 that some apps take.
pub fn open_gcm(
    key: &SecretBytes,
    nonce: &[u8],
    associated: &[u8],
    sealed: &[u8],
) -> Result<SecretBytes, ForeignError> {
    if let Ok(nonce) = nonce.try_into() {
        return open_gcm_16(key, nonce, associated, sealed);
    }
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

/// What ring does not do.
fn open_gcm_16(
    key: &SecretBytes,
    nonce: &[u8; 16],
    associated: &[u8],
    sealed: &[u8],
) -> Result<SecretBytes, ForeignError> {
    // expose: this is where the key is used.
    let cipher =
        AesGcm::<aes::Aes256, U16>::new_from_slice(key.expose()).map_err(|_| ForeignError::OutOfRange)?;
    let (sealed, tag) = sealed.split_last_chunk::<16>().ok_or(ForeignError::Refused)?;
    let mut buffer = zeroize::Zeroizing::new(sealed.to_vec());
    cipher
        .decrypt_inout_detached(nonce.into(), associated, buffer.as_mut_slice().into(), tag.into())
        .map_err(|_| ForeignError::Refused)?;
    Ok(SecretBytes::new(std::mem::take(&mut *buffer)))
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

/// AES-256-CBC without padding, of whole blocks. It proves nothing.
pub(super) fn open_cbc_blocks(
    key: &SecretBytes,
    iv: &[u8],
    sealed: &[u8],
) -> Result<SecretBytes, ForeignError> {
    let mut buffer = zeroize::Zeroizing::new(sealed.to_vec());
    // expose: this is where the key is used.
    cbc::Decryptor::<aes::Aes256>::new_from_slices(key.expose(), iv)
        .map_err(|_| ForeignError::OutOfRange)?
        .decrypt_padded::<NoPadding>(&mut buffer)
        .map_err(|_| ForeignError::OutOfRange)?;
    Ok(SecretBytes::new(std::mem::take(&mut *buffer)))
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
