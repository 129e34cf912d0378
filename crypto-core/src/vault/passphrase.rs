//! What a passphrase must be before it protects anything: long, and not one that is tried first.

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::secret::SecretText;

/// The least number of characters.
pub const MIN_PASSPHRASE: usize = 12;

/// Refuses a passphrase that would be guessed. Length is what counts; there are no rules about kinds of
/// characters (NIST SP 800-63B-4, section 3.1.1.2).
pub fn check_passphrase(passphrase: &SecretText) -> Result<(), WeakPassphrase> {
    // expose: only counted and compared.
    let typed = zeroize::Zeroizing::new(passphrase.expose().nfc().collect::<String>());
    if typed.chars().count() < MIN_PASSPHRASE {
        return Err(WeakPassphrase::TooShort);
    }
    let plain: zeroize::Zeroizing<String> = zeroize::Zeroizing::new(
        typed.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect(),
    );
    let plain = if plain.is_empty() { typed } else { plain };
    if is_repetition(&plain) || is_run(&plain) || COMMON.iter().any(|common| plain.as_str() == *common) {
        return Err(WeakPassphrase::Common);
    }
    Ok(())
}

/// The same few characters over and over: `aaaaaaaaaaaa`, `abcabcabcabc`.
fn is_repetition(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=4.min(chars.len() / 2)).any(|unit| chars.iter().zip(chars.iter().skip(unit)).all(|(a, b)| a == b))
}

/// Neighbours all the way: `123456789012`, `abcdefghijkl`, `qwertyuiopas`.
fn is_run(text: &str) -> bool {
    RUNS.iter().any(|run| run.contains(text) || run.chars().rev().collect::<String>().contains(text))
}

const RUNS: [&str; 3] = [
    "123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "qwertyuiopasdfghjklzxcvbnm1234567890",
];

/// Long enough and still among the first that are tried: words people choose when told to choose twelve
/// characters, and the examples that everybody has read.
const COMMON: [&str; 22] = [
    "correcthorsebatterystaple",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "passwordpassword1",
    "mypassword123",
    "mypassphrase",
    "passphrase123",
    "adminadmin123",
    "administrator",
    "administrator1",
    "letmeinletmein",
    "iloveyou1234",
    "welcome12345",
    "countersign12",
    "countersign123",
    "countersign1234",
    "authenticator",
    "authenticator1",
    "losenordlosenord",
    "hemligthemligt",
];

/// Why a passphrase is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WeakPassphrase {
    /// Fewer than [`MIN_PASSPHRASE`] characters.
    #[error("the passphrase is too short")]
    TooShort,
    /// One of those that are tried first.
    #[error("the passphrase is too common")]
    Common,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), WeakPassphrase> {
        check_passphrase(&SecretText::new(text.to_owned()))
    }

    #[test]
    fn twelve_characters_of_any_script_are_enough() {
        assert_eq!(check("sju sjuka sj"), Ok(()));
        assert_eq!(check("éèêëéèêëabcd"), Ok(()));
        assert_eq!(check("elevenchars"), Err(WeakPassphrase::TooShort));
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for text in [
            "aaaaaaaaaaaaaa",
            "abcabcabcabc",
            "1234567890123",
            "Correct Horse Battery Staple",
            "nopqrstuvwxyz",
        ] {
            assert_eq!(check(text), Err(WeakPassphrase::Common), "{text}");
        }
    }
}
