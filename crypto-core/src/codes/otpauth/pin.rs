//! What Mobile-OTP and Yandex have that other codes do not: a PIN, and keys in hexadecimal.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use percent_encoding::utf8_percent_encode;
use zeroize::Zeroizing;

use super::{ESCAPED, OtpauthError};
use crate::codes::Mover;
use crate::codes::base32::{self, MAX_KEY};
use crate::secret::{SecretBytes, SecretText};

/// Yandex' apps write the PIN in Base32, others as it is. Figures in Base32 begin with a letter.
pub(super) fn encoded(text: &SecretText) -> Option<SecretText> {
    // expose: decoded into another secret.
    let bytes = base32::decode(text.expose()).ok()?;
    let pin = std::str::from_utf8(bytes.expose()).ok()?;
    pin.bytes().all(|b| b.is_ascii_digit()).then(|| SecretText::new(pin.to_owned()))
}

/// A PIN as it stands in a text.
pub(super) fn printed(mover: Mover, pin: &SecretText) -> SecretText {
    // expose: written into another secret.
    let pin = pin.expose();
    if matches!(mover, Mover::Yandex { .. }) && !pin.is_empty() && pin.bytes().all(|b| b.is_ascii_digit()) {
        base32::encode(&SecretBytes::new(pin.as_bytes().to_vec()))
    } else {
        SecretText::new(utf8_percent_encode(pin, ESCAPED).to_string())
    }
}

/// A key of Mobile-OTP as it stands in a text.
pub(super) fn printed_key(secret: &SecretBytes) -> SecretText {
    // expose: written into another secret.
    SecretText::new(HEXLOWER.encode(secret.expose()))
}

/// A key of Mobile-OTP: figures of hexadecimal, which codes are made of as text in small letters.
pub(crate) fn hexadecimal_key(text: &str) -> Result<SecretBytes, OtpauthError> {
    let mut figures = Zeroizing::new(Vec::with_capacity(text.len()));
    for character in text.chars().filter(|c| !c.is_whitespace()) {
        match character {
            '0'..='9' | 'a'..='f' | 'A'..='F' => figures.push(character as u8),
            _ => return Err(OtpauthError::KeyCharacter(character)),
        }
    }
    match figures.len() {
        0 => Err(OtpauthError::KeyMissing),
        length if length > 2 * MAX_KEY => Err(OtpauthError::KeyTooLong),
        _ => HEXLOWER_PERMISSIVE.decode(&figures).map(SecretBytes::new).map_err(|_| OtpauthError::KeyLength),
    }
}
