//! Codes from shared keys: what they are made of and what they are at a given time. Reading and writing
//! set-up texts is in [`otpauth`] and [`migration`]; what a screen calls things is not decided here.

use std::fmt;

use thiserror::Error;

use crate::secret::{SecretBytes, SecretText};
use crate::time::{Period, UnixTime};

pub mod base32;
mod hotp;
pub mod migration;
mod motp;
pub mod otpauth;
mod steam;
mod totp;
pub mod yandex;

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

    /// Mobile-OTP's codes: hexadecimal figures over MD5, which nothing else here uses.
    pub const fn motp(digits: Digits, period: Period) -> Self {
        Self { algorithm: Algorithm::Sha1, digits, mover: Mover::Motp { period } }
    }

    /// Yandex' codes: letters over SHA-256.
    pub const fn yandex(digits: Digits, period: Period) -> Self {
        Self { algorithm: Algorithm::Sha256, digits, mover: Mover::Yandex { period } }
    }

    /// The name of the hash under the codes.
    pub const fn hash_name(&self) -> &'static str {
        match self.mover {
            Mover::Motp { .. } => "MD5",
            Mover::Time { .. } | Mover::Counter { .. } | Mover::Steam { .. } | Mover::Yandex { .. } => {
                self.algorithm.name()
            }
        }
    }

    /// The code at `now`, with the one after it where time makes it change.
    pub fn at<'a>(&self, key: impl Into<Key<'a>>, now: UnixTime) -> Step {
        let key = key.into();
        let (digits, secret) = (self.digits, key.secret);
        match self.mover {
            Mover::Time { period } => {
                let code_at = totp::codes(self.algorithm, digits, period, secret);
                Step::timed(period, now, code_at)
            }
            Mover::Steam { period } => Step::timed(period, now, steam::codes(period, secret)),
            Mover::Motp { period } => Step::timed(period, now, |at| motp::code(digits, period, key, at)),
            Mover::Yandex { period } => Step::timed(period, now, |at| yandex::code(digits, period, key, at)),
            Mover::Counter { counter } => Step {
                current: hotp::code(self.algorithm, digits, secret, counter),
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
    pub fn notices<'a>(&self, key: impl Into<Key<'a>>) -> Vec<Notice> {
        let steam = matches!(self.mover, Mover::Steam { .. });
        let digits = !steam && !USUAL_DIGITS.contains(&self.digits.0);
        let period = self.mover.period().is_some_and(|period| period.secs() > USUAL_PERIOD);
        // Mobile-OTP's have eight bytes, and RFC 4226 says nothing about them.
        let short = key.into().secret.len() < SHORT_KEY && !matches!(self.mover, Mover::Motp { .. });
        [(digits, Notice::Digits), (period, Notice::Period), (short, Notice::ShortKey)]
            .into_iter()
            .filter_map(|(holds, notice)| holds.then_some(notice))
            .collect()
    }
}

/// What codes are made of: the shared key, and what the person knows beside it.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    /// The shared key.
    pub secret: &'a SecretBytes,
    /// The PIN of a kind that has one.
    pub pin: Option<&'a SecretText>,
}

impl<'a> Key<'a> {
    /// Compares in constant time; only the lengths can be told from outside.
    pub fn ct_eq<'b>(self, other: impl Into<Key<'b>>) -> bool {
        let other = other.into();
        let pins = |key: Key<'_>| SecretBytes::new(key.pin_text().as_bytes().to_vec());
        self.secret.ct_eq(other.secret) & pins(self).ct_eq(&pins(other))
    }

    /// The PIN as it is hashed.
    fn pin_text(self) -> &'a str {
        // expose: part of what codes are made of.
        self.pin.map_or("", SecretText::expose)
    }
}

impl<'a> From<&'a SecretBytes> for Key<'a> {
    fn from(secret: &'a SecretBytes) -> Self {
        Self { secret, pin: None }
    }
}

impl<'a> From<&'a CodeAccount> for Key<'a> {
    fn from(account: &'a CodeAccount) -> Self {
        Self { secret: &account.secret, pin: account.pin.as_ref() }
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
    /// Six: the length of Mobile-OTP's codes.
    pub const MOTP: Self = Self(6);
    /// Eight: the length of Yandex' codes.
    pub const YANDEX: Self = Self(8);

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
    /// Time and a PIN, as Mobile-OTP has it.
    Motp {
        /// How long a step is.
        period: Period,
    },
    /// Time and a PIN, in Yandex' letters.
    Yandex {
        /// How long a step is.
        period: Period,
    },
}

impl Mover {
    /// How long a step is; none for counters.
    pub const fn period(self) -> Option<Period> {
        match self {
            Self::Time { period }
            | Self::Steam { period }
            | Self::Motp { period }
            | Self::Yandex { period } => Some(period),
            Self::Counter { .. } => None,
        }
    }

    /// Whether codes take a PIN beside the key.
    pub const fn has_pin(self) -> bool {
        match self {
            Self::Motp { .. } | Self::Yandex { .. } => true,
            Self::Time { .. } | Self::Steam { .. } | Self::Counter { .. } => false,
        }
    }

    /// The word for it in files and output.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Time { .. } => "totp",
            Self::Counter { .. } => "hotp",
            Self::Steam { .. } => "steam",
            Self::Motp { .. } => "motp",
            Self::Yandex { .. } => "yandex",
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
