//! Codes from shared keys: what they are made of and what they are at a given time. Reading and writing
//! set-up texts is in [`otpauth`] and [`migration`]; what a screen calls things is not decided here.

use std::fmt;

use thiserror::Error;

use crate::secret::{SecretBytes, SecretText};
use crate::time::{Period, UnixTime};

pub mod base32;
mod hotp;
pub mod migration;
pub mod otpauth;
mod steam;
mod totp;

pub use self::otpauth::CodeAccount;

/// How codes are made of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeSpec {
    /// The hash under the code.
    pub algorithm: Algorithm,
    /// How many characters a code has.
    pub digits: Digits,
    /// What makes the code change.
    pub mover: Mover,
}

impl CodeSpec {
    /// Steam's codes: five letters and figures over SHA-1, whatever a set-up text says.
    pub const fn steam(period: Period) -> Self {
        Self { algorithm: Algorithm::Sha1, digits: Digits::STEAM, mover: Mover::Steam { period } }
    }

    /// The code at `now`, with the one after it where time makes it change.
    pub fn at(&self, secret: &SecretBytes, now: UnixTime) -> Step {
        match self.mover {
            Mover::Time { period } => {
                let code_at = totp::codes(self.algorithm, self.digits, period, secret);
                Step::timed(period, now, code_at)
            }
            Mover::Steam { period } => Step::timed(period, now, steam::codes(period, secret)),
            Mover::Counter { counter } => Step {
                current: hotp::code(self.algorithm, self.digits, secret, counter),
                next: None,
                ends_at: None,
            },
        }
    }

    /// How much of the step is left at `now`; none for counters.
    pub fn remaining(&self, now: UnixTime) -> Option<Remaining> {
        let period = self.mover.period()?;
        Some(Remaining {
            left_ms: period.step_end(now).millis_since(now),
            period_ms: u64::from(period.secs()) * 1000,
        })
    }

    /// What is unusual about this and `secret`. All of it is accepted: nobody loses an account to a limit.
    pub fn notices(&self, secret: &SecretBytes) -> Vec<Notice> {
        let steam = matches!(self.mover, Mover::Steam { .. });
        let digits = !steam && !USUAL_DIGITS.contains(&self.digits.0);
        let period = self.mover.period().is_some_and(|period| period.secs() > USUAL_PERIOD);
        [(digits, Notice::Digits), (period, Notice::Period), (secret.len() < SHORT_KEY, Notice::ShortKey)]
            .into_iter()
            .filter_map(|(holds, notice)| holds.then_some(notice))
            .collect()
    }
}

/// The hash functions of RFC 6238.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// The usual one, and the only one many services know.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// As it is written in set-up texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }
}

impl TryFrom<&str> for Algorithm {
    type Error = UnknownAlgorithm;

    /// Takes the spellings that services use: `SHA1`, `sha-1`, `HmacSHA256`, `HMAC-SHA-512`.
    fn try_from(name: &str) -> Result<Self, UnknownAlgorithm> {
        let plain: String = name
            .chars()
            .filter(|c| !matches!(c, '-' | '_' | ' '))
            .map(|c| c.to_ascii_lowercase())
            .take(LONGEST_ALGORITHM + 1)
            .collect();
        match plain.strip_prefix("hmac").unwrap_or(&plain) {
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            "sha512" => Ok(Self::Sha512),
            _ => Err(UnknownAlgorithm),
        }
    }
}

/// How many characters a code has: four to ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits(u8);

impl Digits {
    /// Six, where nothing else is said.
    pub const DEFAULT: Self = Self(6);
    /// Eight.
    pub const EIGHT: Self = Self(8);
    /// Five: the length of Steam's codes.
    pub const STEAM: Self = Self(5);

    /// The number itself.
    pub const fn count(self) -> u8 {
        self.0
    }
}

impl TryFrom<u32> for Digits {
    type Error = DigitsOutOfRange;

    fn try_from(count: u32) -> Result<Self, DigitsOutOfRange> {
        match u8::try_from(count) {
            Ok(count @ 4..=10) => Ok(Self(count)),
            _ => Err(DigitsOutOfRange),
        }
    }
}

/// What makes a code change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mover {
    /// Time, in steps (RFC 6238).
    Time {
        /// How long a step is.
        period: Period,
    },
    /// A counter, moved by use (RFC 4226).
    Counter {
        /// Where it stands: the next code is made of this.
        counter: u64,
    },
    /// Time, in Steam's own letters.
    Steam {
        /// How long a step is.
        period: Period,
    },
}

impl Mover {
    /// How long a step is; none for counters.
    pub const fn period(self) -> Option<Period> {
        match self {
            Self::Time { period } | Self::Steam { period } => Some(period),
            Self::Counter { .. } => None,
        }
    }
}

/// Unusual, but kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Fewer than six or more than eight digits.
    Digits,
    /// A period longer than 300 seconds.
    Period,
    /// A key shorter than the 16 bytes that RFC 4226 asks for (R6).
    ShortKey,
}

/// A code, leading zeros included.
pub struct Code(SecretText);

impl Code {
    /// The characters.
    pub fn as_str(&self) -> &str {
        // expose: a code is there to be shown.
        self.0.expose()
    }

    fn new(characters: fmt::Arguments<'_>) -> Self {
        // Room for the longest from the start, so that no shorter copy is left behind unwiped.
        let mut text = String::with_capacity(usize::from(LONGEST_CODE));
        fmt::write(&mut text, characters).expect("writing to a string does not fail");
        Self(SecretText::new(text))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// What an account shows at one time.
#[derive(Debug)]
pub struct Step {
    /// The code that is good.
    pub current: Code,
    /// The code after it; none for counters.
    pub next: Option<Code>,
    /// The first instant at which `next` is the code; none for counters.
    pub ends_at: Option<UnixTime>,
}

impl Step {
    fn timed(period: Period, now: UnixTime, code_at: impl Fn(UnixTime) -> Code) -> Self {
        let ends_at = period.step_end(now);
        Self { current: code_at(now), next: Some(code_at(ends_at)), ends_at: Some(ends_at) }
    }
}

/// How much of a step is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remaining {
    /// Milliseconds until the code changes; at least one.
    pub left_ms: u64,
    /// Milliseconds of the whole step.
    pub period_ms: u64,
}

/// The name is none of SHA1, SHA256 and SHA512; usually MD5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the algorithm is none of SHA1, SHA256 and SHA512")]
pub struct UnknownAlgorithm;

/// The number is below four or above ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a code has 4 to 10 digits")]
pub struct DigitsOutOfRange;

const LONGEST_CODE: u8 = 10;
/// Of `hmacsha512`.
const LONGEST_ALGORITHM: usize = 10;
const USUAL_DIGITS: std::ops::RangeInclusive<u8> = 6..=8;
/// In seconds.
const USUAL_PERIOD: u32 = 300;
/// In bytes.
const SHORT_KEY: usize = 16;

#[cfg(test)]
mod tests;
