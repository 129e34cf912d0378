//! Databases that SQLCipher sealed in the way of its version 3: every page by itself, with an IV and a MAC at its
//! end. The salt of the password stands where the file would say what it is.

use ring::hmac;
use zeroize::Zeroizing;

use super::ForeignError;
use super::blocks::open_cbc_blocks;
use super::stretch::{Prf, pbkdf2, pbkdf2_of_key};
use crate::secret::{SecretBytes, SecretText};

/// Whether it is as long as such a file is. Its bytes say nothing.
pub fn is_sqlcipher_long(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.len().is_multiple_of(PAGE)
}

/// The database as it was before it was sealed.
pub fn open_sqlcipher(bytes: &[u8], password: &SecretText) -> Result<SecretBytes, ForeignError> {
    let (pages, []) = bytes.as_chunks::<PAGE>() else { return Err(ForeignError::OutOfRange) };
    let salt = bytes.first_chunk::<SALT>().ok_or(ForeignError::OutOfRange)?;
    let key = pbkdf2(Prf::HmacSha1, password, salt, ITERATIONS, KEY)?;
    let mac_key = pbkdf2_of_key(Prf::HmacSha1, &key, &salt.map(|byte| byte ^ MAC_MASK), MAC_ITERATIONS, KEY)?;
    // expose: this is where the key is used.
    let mac_key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, mac_key.expose());
    let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len()));
    for (number, page) in (1_u32..).zip(pages) {
        let (content, end) = page.split_at(PAGE - RESERVED);
        let (iv, end) = end.split_at(IV);
        let mac = end.get(..MAC).unwrap_or_default();
        // On the first page the salt stands for the name of the format.
        let (name, sealed) =
            if number == 1 { (MAGIC, content.get(SALT..).unwrap_or_default()) } else { (&b""[..], content) };
        let signed = [sealed, iv, &number.to_le_bytes()].concat();
        hmac::verify(&mac_key, &signed, mac).map_err(|_| match number {
            1 => ForeignError::Refused,
            _ => ForeignError::OutOfRange,
        })?;
        let opened = open_cbc_blocks(&key, iv, sealed)?;
        // expose: put together.
        plain.extend_from_slice(name);
        plain.extend_from_slice(opened.expose());
        plain.extend_from_slice(&[0; RESERVED]);
    }
    Ok(SecretBytes::new(std::mem::take(&mut *plain)))
}

const MAGIC: &[u8] = b"SQLite format 3\0";
/// In bytes.
const PAGE: usize = 1024;
/// At the end of a page: IV, MAC, and what fills the last block.
const RESERVED: usize = 48;
const SALT: usize = 16;
const IV: usize = 16;
const MAC: usize = 20;
const KEY: usize = 32;
const ITERATIONS: u32 = 64_000;
const MAC_ITERATIONS: u32 = 2;
const MAC_MASK: u8 = 0x3a;
