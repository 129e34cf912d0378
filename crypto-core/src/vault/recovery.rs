//! The recovery code: 130 random bits that open a backup without its passphrase. It is shown once, to be
//! printed; nothing keeps it.

use rand_core::CryptoRng;

use crate::approval::crockford;
use crate::secret::{SecretBytes, SecretText};

/// A recovery code.
#[derive(Debug)]
pub struct RecoveryCode(SecretText);

impl RecoveryCode {
    /// A new one.
    pub fn make(rng: &mut dyn CryptoRng) -> Self {
        Self(crockford::make(LENGTH, rng))
    }

    /// Reads what was typed or scanned: case, spaces and hyphens do not matter, O is 0, I and L are 1. None for
    /// any other text.
    pub fn read(text: &str) -> Option<Self> {
        crockford::read(text, LENGTH).map(Self)
    }

    /// As it is shown, printed and drawn as a QR code: groups of four, which QR's alphanumeric mode has all
    /// characters of.
    pub fn grouped(&self) -> SecretText {
        // Room for all of it from the start, so that growing leaves no copy behind unwiped.
        let mut text = String::with_capacity(LENGTH + LENGTH / GROUP);
        // expose: showing it is what it is made for.
        for (index, symbol) in self.0.expose().chars().enumerate() {
            if index > 0 && index % GROUP == 0 {
                text.push('-');
            }
            text.push(symbol);
        }
        SecretText::new(text)
    }

    /// What wraps a key: the characters themselves.
    pub(super) fn key(&self) -> SecretBytes {
        // expose: this is where the code is used.
        SecretBytes::new(self.0.expose().as_bytes().to_vec())
    }
}

/// Of five bits each.
const LENGTH: usize = 26;
const GROUP: usize = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn it_is_read_as_people_type_it() {
        let read = |text| RecoveryCode::read(text).map(|code| code.0.expose().to_owned());
        let code = Some("3F7K9QWXTB2M8RVNZ4YHDC6G51".to_owned());
        assert_eq!(read("3F7K-9QWX-TB2M-8RVN-Z4YH-DC6G-51"), code);
        assert_eq!(read(" 3f7k 9qwx tb2m 8rvn z4yh dc6g 5l\n"), code);
        assert_eq!(read("3F7K9QWXTB2M8RVNZ4YHDC6G5I"), code);
        for wrong in
            ["", "3F7K9QWXTB2M8RVNZ4YHDC6G5", "3F7K9QWXTB2M8RVNZ4YHDC6G511", "3F7K9QWXTB2M8RVNZ4YHDC6G5U"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn debug_does_not_show_it() {
        let code = RecoveryCode::make(&mut ChaCha20Rng::from_seed([1; 32]));
        assert_eq!(format!("{code:?}"), "RecoveryCode(SecretText(..))");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(seed in any::<[u8; 32]>()) {
            let code = RecoveryCode::make(&mut ChaCha20Rng::from_seed(seed));
            let shown = code.grouped();
            prop_assert_eq!(shown.expose().len(), 32);
            prop_assert!(code.key().ct_eq(&RecoveryCode::read(shown.expose()).unwrap().key()));
        }
    }
}
