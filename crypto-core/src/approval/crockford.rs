//! Codes that people read out and type: Crockford's Base32, which has no I, L, O and U. Case does not matter,
//! nor do spaces and hyphens, and the letters it lacks are read as the digits they look like.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::secret::SecretText;

/// A random code of this many characters, five bits each.
pub fn make(length: usize, rng: &mut dyn CryptoRng) -> SecretText {
    let mut bytes = Zeroizing::new(vec![0; length]);
    rng.fill_bytes(&mut bytes);
    // 32 divides 256, so that the lower five bits of a byte are as even as the byte.
    SecretText::new(bytes.iter().map(|byte| char::from(symbol(byte & 31))).collect())
}

/// Reads a code of this many characters; none for any other text.
pub fn read(text: &str, length: usize) -> Option<SecretText> {
    // Room for all of it from the start, so that growing leaves no copy behind unwiped.
    let mut code = Zeroizing::new(String::with_capacity(length));
    for c in text.chars().filter(|&c| !c.is_whitespace() && c != '-') {
        let symbol = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            symbol @ ('0'..='9' | 'A'..='Z') if symbol != 'U' => symbol,
            _ => return None,
        };
        if code.len() == length {
            return None;
        }
        code.push(symbol);
    }
    (code.len() == length).then(|| SecretText::new(std::mem::take(&mut *code)))
}

/// Writes bits that are no secret, five for each character; those left over are not written.
pub(super) fn print(bytes: &[u8]) -> String {
    let bits = |index: usize| {
        let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
        (0..5).fold(0, |value, offset| value << 1 | bit(index * 5 + offset))
    };
    (0..bytes.len() * 8 / 5).map(|index| char::from(symbol(bits(index)))).collect()
}

fn symbol(value: u8) -> u8 {
    *SYMBOLS.get(usize::from(value)).expect("five bits have 32 values")
}

const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn what_looks_alike_is_read_alike() {
        let code = |text| read(text, 10).map(|code| code.expose().to_owned());
        assert_eq!(code("K7QF2-M9XTD").as_deref(), Some("K7QF2M9XTD"));
        assert_eq!(code(" k7qf2 m9xtd\n").as_deref(), Some("K7QF2M9XTD"));
        assert_eq!(code("oOiIlL0101").as_deref(), Some("0011110101"));
        for wrong in ["K7QF2-M9XT", "K7QF2-M9XTDD", "K7QF2-M9XTU", "K7QF2-M9XT!", "K7QF2-M9XTÉ", ""] {
            assert_eq!(code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_character_is_as_likely_as_every_other() {
        let code = make(320_000, &mut ChaCha20Rng::from_seed([3; 32]));
        let mut counts = [0f64; 32];
        for byte in code.expose().bytes() {
            counts[SYMBOLS.iter().position(|&symbol| symbol == byte).unwrap()] += 1.0;
        }
        let chi_squared: f64 = counts.iter().map(|count| (count - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi_squared < 84.0, "{chi_squared} of 31 degrees of freedom, one in a million");
    }

    #[test]
    fn bits_are_printed_from_the_highest() {
        assert_eq!(print(&[0xff, 0, 0, 0, 1]), "ZW000001");
        assert_eq!(print(&[]), "");
    }

    proptest! {
        #[test]
        fn what_is_made_is_read_back(seed in any::<[u8; 32]>(), length in 1usize..40) {
            let code = make(length, &mut ChaCha20Rng::from_seed(seed));
            for text in [code.expose().to_owned(), code.expose().to_lowercase()] {
                let read = read(&text, length).unwrap();
                prop_assert_eq!(read.expose(), code.expose());
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>(), length in 0usize..30) {
            let _ = read(&text, length);
        }
    }
}
