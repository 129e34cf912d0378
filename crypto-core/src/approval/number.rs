//! The number that the sign-in page shows and the person types. Knowing it is what approves, so it has no
//! Debug text and is compared in constant time.

use std::fmt;

use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use super::wire;
use crate::secret::SecretText;

/// How many digits a number has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchLen {
    /// Two, from 10 to 99: the usual one. It is below what NIST SP 800-63B asks for.
    Two,
    /// Three, from 100 to 999.
    Three,
    /// Six, from 000000 to 999999.
    Six,
}

impl MatchLen {
    /// The digits.
    pub const fn digits(self) -> u8 {
        match self {
            Self::Two => 2,
            Self::Three => 3,
            Self::Six => 6,
        }
    }

    /// The first number and how many there are.
    const fn range(self) -> (u32, u32) {
        match self {
            Self::Two => (10, 90),
            Self::Three => (100, 900),
            Self::Six => (0, 1_000_000),
        }
    }
}

impl TryFrom<u64> for MatchLen {
    type Error = NumberRefused;

    fn try_from(digits: u64) -> Result<Self, NumberRefused> {
        match digits {
            2 => Ok(Self::Two),
            3 => Ok(Self::Three),
            6 => Ok(Self::Six),
            _ => Err(NumberRefused::Length),
        }
    }
}

impl Serialize for MatchLen {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        sink.serialize_u8(self.digits())
    }
}

impl<'de> Deserialize<'de> for MatchLen {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        u64::deserialize(source)?.try_into().map_err(serde::de::Error::custom)
    }
}

/// A number of two, three or six digits.
pub struct MatchNumber(SecretText);

impl MatchNumber {
    /// Draws a number that is none of `taken`: those that wait for this person and the last few (S-08).
    pub fn make(len: MatchLen, taken: &[&Self], rng: &mut dyn CryptoRng) -> Result<Self, NumberRefused> {
        let (first, count) = len.range();
        // A full range would be searched for ever; half of one still finds a number at every other draw.
        if taken.len() > MOST_TAKEN {
            return Err(NumberRefused::NoneLeft);
        }
        loop {
            let digits = usize::from(len.digits());
            let drawn = first + below(count, rng);
            let number = Self(SecretText::new(format!("{drawn:0digits$}")));
            if !taken.iter().any(|taken| taken.ct_eq(&number)) {
                return Ok(number);
            }
        }
    }

    /// Takes what was typed or received: the digits and nothing around them.
    pub fn parse(text: &str) -> Result<Self, NumberRefused> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberRefused::NotANumber);
        }
        let length = u64::try_from(text.len()).map_err(|_| NumberRefused::Length)?;
        MatchLen::try_from(length)?;
        Ok(Self(SecretText::new(text.to_owned())))
    }

    /// How many digits it has.
    pub fn len(&self) -> MatchLen {
        // expose: only its length is looked at.
        match self.0.expose().len() {
            2 => MatchLen::Two,
            3 => MatchLen::Three,
            _ => MatchLen::Six,
        }
    }

    /// Compares in constant time; only the lengths can be told from outside, and they are no secret.
    pub fn ct_eq(&self, other: &Self) -> bool {
        // expose: the comparison tells nothing but its result.
        self.0.expose().as_bytes().ct_eq(other.0.expose().as_bytes()).into()
    }

    /// The digits, for the sign-in page and the signed answer. Each caller gives its reason.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for MatchNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MatchNumber(..)")
    }
}

/// Only inside an answer: no other message has a number in it.
pub(super) fn read<'de, D: Deserializer<'de>>(source: D) -> Result<Option<MatchNumber>, D::Error> {
    wire::secret(source, |text| MatchNumber::parse(text).ok())
}

/// The reverse of [`read`].
pub(super) fn write<S: Serializer>(number: &Option<MatchNumber>, sink: S) -> Result<S::Ok, S::Error> {
    // expose: the answer carries it, signed, to the service that drew it.
    number.as_ref().map(MatchNumber::expose).serialize(sink)
}

/// Uniform below `count`: draws above the last whole multiple are thrown away, so that no number is likelier.
pub(super) fn below(count: u32, rng: &mut dyn CryptoRng) -> u32 {
    let whole = u32::MAX - u32::MAX % count;
    loop {
        let drawn = rng.next_u32();
        if drawn < whole {
            return drawn % count;
        }
    }
}

/// Half of the ninety numbers of two digits.
const MOST_TAKEN: usize = 45;

/// Why there is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NumberRefused {
    /// Something else than digits.
    #[error("the number has something else than digits in it")]
    NotANumber,
    /// Neither two nor three nor six digits.
    #[error("a number has two, three or six digits")]
    Length,
    /// More numbers are taken than can be avoided; the limit of waiting requests is far below.
    #[error("too many numbers are taken")]
    NoneLeft,
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::*;

    const LENGTHS: [MatchLen; 3] = [MatchLen::Two, MatchLen::Three, MatchLen::Six];

    fn rng(seed: u8) -> ChaCha20Rng {
        ChaCha20Rng::from_seed([seed; 32])
    }

    fn chi_squared(counts: &[u32]) -> f64 {
        let expected =
            f64::from(counts.iter().sum::<u32>()) / f64::from(u32::try_from(counts.len()).unwrap());
        counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
    }

    /// A bound that a fair draw passes in all but one of a million runs (Wilson and Hilferty).
    fn bound(freedom: f64) -> f64 {
        let spread = 2.0 / (9.0 * freedom);
        freedom * (1.0 - spread + 4.7534 * spread.sqrt()).powi(3)
    }

    #[test]
    fn every_number_is_as_likely_as_every_other() {
        let mut rng = rng(1);
        for len in LENGTHS {
            let (first, count) = len.range();
            // Six digits are counted by their first three and by their last three.
            let (cells, low) = if len == MatchLen::Six { (1000, true) } else { (count, false) };
            let mut counts = vec![0u32; usize::try_from(cells).unwrap()];
            let mut tails = vec![0u32; 1000];
            for _ in 0..1_000_000 {
                let number: u32 = MatchNumber::make(len, &[], &mut rng).unwrap().expose().parse().unwrap();
                let cell = if low { number / 1000 } else { number - first };
                counts[usize::try_from(cell).unwrap()] += 1;
                tails[usize::try_from(number % 1000).unwrap()] += 1;
            }
            let found = chi_squared(&counts);
            assert!(found < bound(f64::from(cells - 1)), "{len:?}: {found}");
            assert!(!low || chi_squared(&tails) < bound(999.0), "{len:?}");
        }
    }

    #[test]
    fn numbers_have_their_length_and_range() {
        let mut rng = rng(2);
        let mut zeros = false;
        for len in LENGTHS {
            for _ in 0..5000 {
                let number = MatchNumber::make(len, &[], &mut rng).unwrap();
                assert_eq!(number.len(), len);
                assert_eq!(number.expose().len(), usize::from(len.digits()));
                assert!(len == MatchLen::Six || !number.expose().starts_with('0'));
                zeros |= number.expose().starts_with('0');
                assert!(MatchNumber::parse(number.expose()).unwrap().ct_eq(&number));
            }
        }
        assert!(zeros, "six digits begin with a zero now and then");
    }

    #[test]
    fn twenty_numbers_that_wait_are_all_different() {
        for seed in 0..50 {
            let mut rng = rng(seed);
            let mut drawn: Vec<MatchNumber> = Vec::new();
            for _ in 0..20 {
                let taken: Vec<&MatchNumber> = drawn.iter().collect();
                let number = MatchNumber::make(MatchLen::Two, &taken, &mut rng).unwrap();
                assert!(!drawn.iter().any(|other| other.ct_eq(&number)));
                drawn.push(number);
            }
        }
    }

    #[test]
    fn a_range_that_is_nearly_full_is_refused_before_it_is_searched() {
        let number = MatchNumber::parse("47").unwrap();
        let taken = vec![&number; 46];
        assert_eq!(
            MatchNumber::make(MatchLen::Two, &taken, &mut rng(1)).unwrap_err(),
            NumberRefused::NoneLeft
        );
    }

    #[test]
    fn only_two_three_or_six_ascii_digits_are_a_number() {
        for text in ["47", "04", "100", "000000"] {
            assert_eq!(MatchNumber::parse(text).unwrap().expose(), text);
        }
        for text in ["4 7", "+4", "4x", "４７", "-1"] {
            assert_eq!(MatchNumber::parse(text).unwrap_err(), NumberRefused::NotANumber, "{text}");
        }
        for text in ["", "4", "0047", "12345", "1234567"] {
            assert_eq!(MatchNumber::parse(text).unwrap_err(), NumberRefused::Length, "{text}");
        }
    }

    #[test]
    fn debug_does_not_show_the_number() {
        assert_eq!(format!("{:?}", MatchNumber::parse("47").unwrap()), "MatchNumber(..)");
    }
}
