//! The two secret types. They wipe themselves when dropped and cannot be printed, copied, compared in
//! variable time or serialised; whoever reads one says so with `expose`.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes that must not leak: keys, shared secrets.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Takes the bytes over; the caller keeps no copy.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves. Each caller gives its reason.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares in constant time; only the lengths can be told from outside.
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

/// Text that must not leak: passphrases, set-up links.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretText(String);

impl SecretText {
    /// Takes the text over; the caller keeps no copy.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself. Each caller gives its reason.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_secret() {
        assert_eq!(format!("{:?}", SecretBytes::new(b"abc".to_vec())), "SecretBytes(..)");
        assert_eq!(format!("{:?}", SecretText::new("abc".to_owned())), "SecretText(..)");
    }

    #[test]
    fn comparison_sees_content_and_length() {
        let a = SecretBytes::new(vec![1, 2, 3]);
        assert!(a.ct_eq(&SecretBytes::new(vec![1, 2, 3])));
        assert!(!a.ct_eq(&SecretBytes::new(vec![1, 2, 4])));
        assert!(!a.ct_eq(&SecretBytes::new(vec![1, 2])));
    }
}
