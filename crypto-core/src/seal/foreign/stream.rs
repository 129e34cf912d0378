//! One message of libsodium's `secretstream` (XChaCha20-Poly1305): what Ente exports are sealed with.
//! <https://doc.libsodium.org/secret-key_cryptography/secretstream>

use chacha20::cipher::{KeyIvInit as _, StreamCipher as _, StreamCipherSeek as _};
use chacha20::{ChaCha20, R20, hchacha};
use poly1305::Poly1305;
use poly1305::universal_hash::KeyInit as _;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::ForeignError;
use crate::secret::SecretBytes;

/// Opens the first message of a stream. Its tag may say that more follows: apps write either.
pub fn open_stream_message(
    key: &SecretBytes,
    header: &[u8],
    sealed: &[u8],
) -> Result<SecretBytes, ForeignError> {
    // expose: this is where the key is used.
    let key: &[u8; 32] = key.expose().try_into().map_err(|_| ForeignError::OutOfRange)?;
    let header: &[u8; HEADER] = header.try_into().map_err(|_| ForeignError::OutOfRange)?;
    let (input, nonce) = header.split_first_chunk::<16>().ok_or(ForeignError::OutOfRange)?;
    let (sealed, mac) = sealed.split_last_chunk::<MAC>().ok_or(ForeignError::OutOfRange)?;
    let (&tag, sealed) = sealed.split_first().ok_or(ForeignError::OutOfRange)?;

    let subkey = Zeroizing::new(hchacha::<R20>(key.into(), input.into()).0);
    // The message counter, which starts at one, then what is left of the header.
    let nonce = [&1_u32.to_le_bytes(), nonce].concat();
    let mut cipher = ChaCha20::new_from_slices(&*subkey, &nonce).map_err(|_| ForeignError::OutOfRange)?;

    // Block 0 is the key of the MAC, block 1 hides the tag, the message begins at block 2.
    let mut mac_key = Zeroizing::new([0; 32]);
    cipher.apply_keystream(&mut *mac_key);
    let mut hidden = [0; BLOCK];
    cipher.seek(BLOCK);
    cipher.apply_keystream(&mut hidden);
    let [first, ..] = &mut hidden;
    *first = tag;

    // The padding is counted from the message alone, as libsodium does.
    let mut checked = Vec::with_capacity(BLOCK + sealed.len() + 32);
    checked.extend_from_slice(&hidden);
    checked.extend_from_slice(sealed);
    checked.resize(checked.len() + sealed.len() % 16, 0);
    checked.extend_from_slice(&0_u64.to_le_bytes());
    checked.extend_from_slice(&((BLOCK + sealed.len()) as u64).to_le_bytes());
    let expected = Poly1305::new((&*mac_key).into()).compute_unpadded(&checked);
    if !bool::from(expected.as_slice().ct_eq(mac)) {
        return Err(ForeignError::Refused);
    }
    let mut message = sealed.to_vec();
    cipher.seek(2 * BLOCK);
    cipher.apply_keystream(&mut message);
    Ok(SecretBytes::new(message))
}

const HEADER: usize = 24;
const MAC: usize = 16;
const BLOCK: usize = 64;
