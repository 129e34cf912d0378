//! Keys as text: Base32 (RFC 4648, section 6) with the tolerance that keys on real pages need.

use std::sync::LazyLock;

use data_encoding::{BASE32_NOPAD, Encoding, Specification};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::secret::{SecretBytes, SecretText};

/// The longest key, in bytes.
pub const MAX_KEY: usize = 128;

/// Reads a key. Case, white space, hyphens and padding do not matter; every other character does.
pub fn decode(text: &str) -> Result<SecretBytes, KeyError> {
    let mut symbols = Zeroizing::new(Vec::with_capacity(MAX_SYMBOLS));
    let mut padded = false;
    for character in text.chars().filter(|&c| !is_separator(c)) {
        match character.to_ascii_uppercase() {
            '=' if !symbols.is_empty() => padded = true,
            symbol @ ('A'..='Z' | '2'..='7') if !padded => {
                if symbols.len() == MAX_SYMBOLS {
                    return Err(KeyError::TooLong);
                }
                symbols.push(symbol as u8);
            }
            _ if padded => return Err(KeyError::Character('=')),
            _ => return Err(KeyError::Character(character)),
        }
    }
    if symbols.is_empty() {
        return Err(KeyError::Missing);
    }
    // Eight symbols are five bytes; 1, 3 or 6 left over are no whole number of bytes.
    if matches!(symbols.len() % 8, 1 | 3 | 6) {
        return Err(KeyError::Length);
    }
    let key = LENIENT.decode(&symbols).map_err(|_| KeyError::Length)?;
    Ok(SecretBytes::new(key))
}

/// Writes a key in capitals, without padding.
pub fn encode(key: &SecretBytes) -> SecretText {
    // expose: written into another secret.
    SecretText::new(BASE32_NOPAD.encode(key.expose()))
}

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// There is no character of a key in it.
    #[error("the key is missing")]
    Missing,
    /// A character that is neither A to Z nor 2 to 7; usually 0 for O, 1 for I or 8 for B.
    #[error("the key has a character that is not allowed")]
    Character(char),
    /// The last byte is cut; usually a part was not copied.
    #[error("the key is cut short")]
    Length,
    /// Longer than [`MAX_KEY`] bytes.
    #[error("the key is longer than {MAX_KEY} bytes")]
    TooLong,
}

/// White space and the hyphens that pages and word processors group keys with.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{00ad}' | '\u{2010}'..='\u{2015}' | '\u{200b}' | '\u{feff}')
}

/// Symbols that 128 bytes need.
const MAX_SYMBOLS: usize = (MAX_KEY * 8).div_ceil(5);

/// Services draw keys by the letter, so that the bits after the last whole byte are often not zero.
static LENIENT: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    specification.check_trailing_bits = false;
    specification.encoding().expect("32 different symbols are an alphabet")
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(text: &str) -> Result<Vec<u8>, KeyError> {
        decode(text).map(|key| key.expose().to_vec())
    }

    // RFC 4648, section 10.
    #[test]
    fn published_vectors_are_read_with_and_without_padding() {
        for (text, key) in [
            ("MY======", "f"),
            ("MZXQ====", "fo"),
            ("MZXW6===", "foo"),
            ("MZXW6YQ=", "foob"),
            ("MZXW6YTB", "fooba"),
            ("MZXW6YTBOI======", "foobar"),
        ] {
            assert_eq!(bytes(text).unwrap(), key.as_bytes());
            assert_eq!(bytes(text.trim_end_matches('=')).unwrap(), key.as_bytes());
        }
    }

    #[test]
    fn case_spaces_and_hyphens_do_not_matter() {
        assert_eq!(bytes(" mzxw 6ytb\u{a0}-\u{2011}oi\n").unwrap(), b"foobar");
    }

    #[test]
    fn a_character_outside_the_alphabet_is_named() {
        for wrong in ['0', '1', '8', '9', 'é', '!', '+', '/', '\0', 'ſ'] {
            assert_eq!(bytes(&format!("MZXW{wrong}YTB")).unwrap_err(), KeyError::Character(wrong));
        }
        assert_eq!(bytes("MZ=XW6YTB").unwrap_err(), KeyError::Character('='));
        assert_eq!(bytes("=MZXW").unwrap_err(), KeyError::Character('='));
    }

    #[test]
    fn a_length_that_is_no_whole_number_of_bytes_is_refused() {
        for length in [1, 3, 6, 9, 11, 14] {
            assert_eq!(bytes(&"A".repeat(length)).unwrap_err(), KeyError::Length);
        }
    }

    #[test]
    fn bits_after_the_last_byte_do_not_matter() {
        assert_eq!(bytes("MZ").unwrap(), b"f");
        assert_eq!(bytes("M7").unwrap(), bytes("M4").unwrap());
    }

    #[test]
    fn keys_have_one_to_128_bytes() {
        assert_eq!(bytes(" - ").unwrap_err(), KeyError::Missing);
        assert_eq!(bytes(&"A".repeat(205)).unwrap().len(), 128);
        assert_eq!(bytes(&"A".repeat(207)).unwrap_err(), KeyError::TooLong);
        assert_eq!(bytes(&"A".repeat(100_000)).unwrap_err(), KeyError::TooLong);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(key in prop::collection::vec(any::<u8>(), 1..=128)) {
            let text = encode(&SecretBytes::new(key.clone()));
            prop_assert_eq!(&bytes(text.expose()).unwrap(), &key);
            prop_assert_eq!(&bytes(&text.expose().to_lowercase()).unwrap(), &key);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = decode(&text);
        }
    }
}
