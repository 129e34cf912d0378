//! Yandex' codes: RFC 4226 over HMAC-SHA-256 with a key made of PIN and secret, 63 bits wide and in letters.

use ring::{digest, hmac};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Code, Digits, Key};
use crate::secret::SecretBytes;
use crate::time::{Period, UnixTime};

/// The key in what Yandex hands out: 16 bytes in a QR code; typed, 26 bytes that end in a checksum.
pub fn key(secret: &SecretBytes) -> Result<SecretBytes, YandexKeyError> {
    // expose: copied into another secret, and checked.
    let bytes = secret.expose();
    let (key, _) = bytes.split_at_checked(KEY).ok_or(YandexKeyError::Length)?;
    match bytes.len() {
        KEY => Ok(()),
        WHOLE if checksum(bytes) == 0 => Ok(()),
        WHOLE => Err(YandexKeyError::Checksum),
        _ => Err(YandexKeyError::Length),
    }?;
    Ok(SecretBytes::new(key.to_vec()))
}

/// Why a text is no key of Yandex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum YandexKeyError {
    /// Neither 16 nor 26 bytes.
    #[error("a key of Yandex has 16 or 26 bytes")]
    Length,
    /// A letter of it is wrong.
    #[error("the key does not fit its checksum")]
    Checksum,
}

/// The code at `at`.
pub(super) fn code(digits: Digits, period: Period, key: Key<'_>, at: UnixTime) -> Code {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(key.pin_text().as_bytes());
    // expose: hashed together with the PIN.
    hash.update(key.secret.expose());
    let hash = Zeroizing::new(hash.finish().as_ref().to_vec());
    // One leading zero is lost where the reference turns the hash into a number and back.
    let mac_key = hash.strip_prefix(&[0]).unwrap_or(&hash);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, mac_key), &period.step(at).to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().map_or(0, |last| last & 0x0f));
    let word = tag
        .get(offset..)
        .and_then(<[u8]>::first_chunk)
        .expect("an offset of at most 15 leaves eight of the 32 bytes");
    let mut value = u64::from_be_bytes(*word) & (u64::MAX >> 1);
    let mut letters = Zeroizing::new([b'a'; 10]);
    let places = letters.iter_mut().take(usize::from(digits.count()));
    for letter in places.rev() {
        *letter = ALPHABET.get((value % 26) as usize).copied().unwrap_or_default();
        value /= 26;
    }
    let text = std::str::from_utf8(&*letters).expect("letters are ASCII");
    Code::new(format_args!("{:.*}", usize::from(digits.count()), text))
}

/// The remainder of the division by the 13 bit polynomial. The checksum is the last 12 bits; added without
/// carry to the remainder of what is before it, it leaves nothing.
fn checksum(bytes: &[u8]) -> u16 {
    let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |shift| u16::from(byte >> shift & 1)));
    let (mut remainder, mut given) = (0_u16, 0_u16);
    for (place, bit) in bits.enumerate() {
        if place < 8 * WHOLE - CHECKSUM_BITS {
            remainder = remainder << 1 | bit;
            if remainder & 0x1000 != 0 {
                remainder ^= POLYNOMIAL;
            }
        } else {
            given = given << 1 | bit;
        }
    }
    remainder ^ given
}

const ALPHABET: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";
/// In bytes.
const KEY: usize = 16;
/// In bytes: the key, the number of the account, the length of its PIN and the checksum.
const WHOLE: usize = 26;
const CHECKSUM_BITS: usize = 12;
const POLYNOMIAL: u16 = 0x18f3;
