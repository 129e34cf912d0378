//! `otpauth:` texts: what sites show as a QR code, and accounts typed by hand under the same rules.
//!
//! The grammar is Google's Key URI format and the drafts that describe its use
//! (draft-andesco-otpauth-uri, draft-linuxgemini-otpauth-uri). What says something that cannot be kept is
//! refused with the reason; no value is guessed where the text has one. Mobile-OTP and Yandex are written as
//! the apps that make their codes write them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;
use zeroize::Zeroizing;

use super::base32::{self, KeyError, MAX_KEY};
use super::yandex::{self, YandexKeyError};
use super::{Algorithm, CodeSpec, Digits, Mover};
use crate::secret::{SecretBytes, SecretText};
use crate::time::Period;

mod pin;

pub(crate) use pin::hexadecimal_key;

/// The longest text that is read, in characters.
pub const MAX_CHARS: usize = 2048;
/// The shortest period that is kept, in seconds.
pub const MIN_PERIOD: u32 = 5;

/// An account as a site hands it out.
#[derive(Debug)]
pub struct CodeAccount {
    /// The site or organisation; may be empty.
    pub issuer: String,
    /// The user name there; may be empty.
    pub account: String,
    /// The shared key, 1 to 128 bytes.
    pub secret: SecretBytes,
    /// The PIN that Mobile-OTP and Yandex take beside the key.
    pub pin: Option<SecretText>,
    /// How codes are made of it.
    pub spec: CodeSpec,
}

/// Reads one `otpauth:` text.
pub fn parse(text: &str) -> Result<CodeAccount, OtpauthError> {
    let text = text.trim();
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(OtpauthError::TooLong);
    }
    // A `#` does not end the query: issuers contain it, and cutting there would drop a period unseen.
    let split = |rest| str::split_once(rest, '?').unwrap_or((rest, ""));
    let (kind, label, query) = if let Some(rest) = strip_scheme(text, MOTP_SCHEME) {
        let (path, query) = split(rest);
        (Type::Motp, path.trim_start_matches('/'), query)
    } else {
        let (path, query) = split(strip_scheme(text, "otpauth://").ok_or(OtpauthError::NotACode)?);
        let (kind, label) = path.split_once('/').unwrap_or((path, ""));
        (Type::named(kind)?, label, query)
    };
    let parameters = Parameters::read(query)?;
    let (mut issuer, account) = names(label, parameters.issuer)?;
    if issuer.is_empty() && kind == Type::Yandex {
        // Its own set-up codes do not say it.
        issuer = "Yandex".to_owned();
    }
    let secret = key(kind, parameters.secret.unwrap_or_default())?;
    let spec = parameters.spec(kind, &issuer)?;
    let pin = parameters.pin(kind)?;
    Ok(CodeAccount { issuer, account, secret, pin, spec })
}

/// Writes an account so that [`parse`] reads the same.
pub fn print(account: &CodeAccount) -> SecretText {
    let CodeAccount { issuer, account, secret, pin, spec } = account;
    let (kind, key) = match spec.mover {
        Mover::Motp { .. } => ("motp", pin::printed_key(secret)),
        Mover::Yandex { .. } => ("yaotp", base32::encode(secret)),
        mover @ (Mover::Time { .. } | Mover::Counter { .. } | Mover::Steam { .. }) => {
            (mover.kind(), base32::encode(secret))
        }
    };
    let escaped = |name| utf8_percent_encode(name, ESCAPED).to_string();
    // The label splits at its first colon, so an issuer that has one stands in its parameter alone.
    let prefix = if issuer.contains(':') { "" } else { issuer };
    let colon = if prefix.is_empty() && !account.contains(':') { "" } else { ":" };
    let label = format!("{}{colon}{}", escaped(prefix), escaped(account));
    let pin = pin.as_ref().filter(|_| spec.mover.has_pin()).map(|pin| pin::printed(spec.mover, pin));
    // expose: only measured.
    let pin_length = pin.as_ref().map_or(0, |pin| pin.expose().len());
    // Room for the longest from the start, so that growing leaves no copy of the key behind unwiped.
    let mut text = String::with_capacity(label.len() + 3 * issuer.len() + pin_length + 512);
    text.push_str(&format!("otpauth://{kind}/{label}?secret="));
    // expose: the text is the secret.
    text.push_str(key.expose());
    if !issuer.is_empty() {
        text.push_str(&format!("&issuer={}", escaped(issuer)));
    }
    text.push_str(&format!("&algorithm={}&digits={}", spec.hash_name(), spec.digits.count()));
    match spec.mover {
        Mover::Counter { counter } => text.push_str(&format!("&counter={counter}")),
        Mover::Time { period }
        | Mover::Steam { period }
        | Mover::Motp { period }
        | Mover::Yandex { period } => {
            text.push_str(&format!("&period={}", period.secs()));
        }
    }
    if let Some(pin) = pin {
        text.push_str("&pin=");
        // expose: as above.
        text.push_str(pin.expose());
    }
    if matches!(spec.mover, Mover::Time { .. }) && is_steam(issuer) {
        text.push_str("&encoder=digits");
    }
    SecretText::new(text)
}

/// An account that was typed. It has no Debug text: the key in it is a secret.
#[derive(Clone, Copy)]
pub struct Manual<'a> {
    /// The site or organisation; may be empty.
    pub issuer: &'a str,
    /// The user name there; may be empty.
    pub account: &'a str,
    /// The key, in Base32.
    pub key: &'a str,
    /// What makes the code change.
    pub kind: Kind,
    /// The name of the algorithm. Steam has its own.
    pub algorithm: &'a str,
    /// Characters in a code. Steam has its own.
    pub digits: u32,
    /// Seconds of a step; a counter has none.
    pub period: u32,
    /// Where the counter stands; time has none.
    pub counter: &'a str,
}

/// What makes a code change, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RFC 6238.
    Totp,
    /// RFC 4226.
    Hotp,
    /// Steam's five letters.
    Steam,
}

/// Takes a typed account under the same rules as [`parse`].
pub fn from_manual(manual: Manual<'_>) -> Result<CodeAccount, OtpauthError> {
    let secret = base32::decode(manual.key)?;
    let period = || {
        period_of(manual.period).ok_or_else(|| OtpauthError::Period(Shown::new(&manual.period.to_string())))
    };
    let digits = || {
        Digits::try_from(manual.digits)
            .map_err(|_| OtpauthError::Digits(Shown::new(&manual.digits.to_string())))
    };
    let spec = match manual.kind {
        Kind::Steam => CodeSpec::steam(period()?),
        Kind::Totp => CodeSpec {
            digits: digits()?,
            mover: Mover::Time { period: period()? },
            algorithm: algorithm_of(manual.algorithm)?,
        },
        Kind::Hotp => CodeSpec {
            digits: digits()?,
            mover: Mover::Counter {
                counter: counter_of(Some(manual.counter.trim()).filter(|text| !text.is_empty()))?,
            },
            algorithm: algorithm_of(manual.algorithm)?,
        },
    };
    let (issuer, account) = (shown_name(manual.issuer), shown_name(manual.account));
    Ok(CodeAccount { issuer, account, secret, pin: None, spec })
}

/// A name without what could make it look like another: control characters, changes of direction, invisible
/// spaces; and without space around it.
pub fn shown_name(name: &str) -> String {
    let hidden = |c: &char| {
        c.is_control()
            || matches!(c,
                '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let kept: String = name.chars().filter(|c| !hidden(c)).collect();
    kept.trim().to_owned()
}

/// Why a text is no account.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OtpauthError {
    /// Longer than [`MAX_CHARS`] characters.
    #[error("the text is longer than a set-up code can be")]
    TooLong,
    /// It does not begin with `otpauth://`.
    #[error("the text is no set-up code")]
    NotACode,
    /// Neither `totp` nor `hotp` nor another type that can be kept.
    #[error("the type of the code{} is not known", .0.after())]
    UnknownType(Shown),
    /// There is no key, or an empty one.
    #[error("the key is missing")]
    KeyMissing,
    /// A character that Base32 does not have; usually a 0 for an O or a 1 for an I.
    #[error("the key has a character that is not allowed: {}", shown_char(*.0))]
    KeyCharacter(char),
    /// The last byte is cut; usually a part was not copied.
    #[error("the key is cut short")]
    KeyLength,
    /// Longer than 128 bytes.
    #[error("the key is longer than {MAX_KEY} bytes")]
    KeyTooLong,
    /// A known parameter is there twice, so that one of them would have to be ignored.
    #[error("the code has \"{0}\" more than once")]
    Repeated(&'static str),
    /// Not a number from 4 to 10.
    #[error("the number of digits{} is not one from 4 to 10", .0.after())]
    Digits(Shown),
    /// Not a number of at least 5 that fits 32 bits.
    #[error("the period{} is not a number of at least {MIN_PERIOD} seconds", .0.after())]
    Period(Shown),
    /// Not a number that fits 64 bits.
    #[error("the counter{} is no number that can be counted from", .0.after())]
    Counter(Shown),
    /// A counter-based code without its counter.
    #[error("the counter is missing")]
    CounterMissing,
    /// None of SHA1, SHA256 and SHA512; usually MD5.
    #[error("the algorithm{} is not known", .0.after())]
    Algorithm(Shown),
    /// Mobile-OTP or Yandex without the PIN, which their set-up codes do not have.
    #[error("the PIN is missing")]
    PinMissing,
    /// The key does not fit the checksum in it (Yandex).
    #[error("a character of the key is wrong")]
    KeyChecksum,
    /// A name is no UTF-8 text.
    #[error("a name in the code cannot be read")]
    Label,
}

impl OtpauthError {
    /// The one thing a sentence about it names. At most 32 characters, and never more of a key than one.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::KeyCharacter(character) => Some(shown_char(*character)),
            Self::Repeated(name) => Some((*name).to_owned()),
            Self::UnknownType(shown)
            | Self::Digits(shown)
            | Self::Period(shown)
            | Self::Counter(shown)
            | Self::Algorithm(shown) => Some(shown.0.clone()).filter(|text| !text.is_empty()),
            Self::TooLong
            | Self::NotACode
            | Self::KeyMissing
            | Self::KeyLength
            | Self::KeyTooLong
            | Self::CounterMissing
            | Self::PinMissing
            | Self::KeyChecksum
            | Self::Label => None,
        }
    }
}

impl From<KeyError> for OtpauthError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Missing => Self::KeyMissing,
            KeyError::Character(character) => Self::KeyCharacter(character),
            KeyError::Length => Self::KeyLength,
            KeyError::TooLong => Self::KeyTooLong,
        }
    }
}

impl From<YandexKeyError> for OtpauthError {
    fn from(error: YandexKeyError) -> Self {
        match error {
            YandexKeyError::Length => Self::KeyLength,
            YandexKeyError::Checksum => Self::KeyChecksum,
        }
    }
}

/// A piece of a refused text, short and harmless enough for a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    pub(crate) fn new(text: &str) -> Self {
        Self(shown_name(text).chars().take(LONGEST_SHOWN).collect())
    }

    /// The piece.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Only where it looks like the name of a type: a key pasted in its place stays off the screen.
    fn type_name(text: &str) -> Self {
        let name = text.len() <= LONGEST_TYPE && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        Self::new(if name { text } else { "" })
    }

    pub(crate) fn after(&self) -> String {
        if self.0.is_empty() { String::new() } else { format!(" \"{}\"", self.0) }
    }
}

/// The text after `scheme`, which is compared without case.
pub(crate) fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// The part of the text that stands where other URIs have a host.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Totp,
    Hotp,
    Steam,
    /// privacyIDEA's: time-based, with a step of a day.
    DayPassword,
    Motp,
    Yandex,
}

impl Type {
    fn named(name: &str) -> Result<Self, OtpauthError> {
        match name.to_ascii_lowercase().as_str() {
            "totp" => Ok(Self::Totp),
            "hotp" => Ok(Self::Hotp),
            "steam" => Ok(Self::Steam),
            "daypassword" => Ok(Self::DayPassword),
            "motp" => Ok(Self::Motp),
            "yaotp" | "yandex" => Ok(Self::Yandex),
            "" => Err(OtpauthError::NotACode),
            _ => Err(OtpauthError::UnknownType(Shown::type_name(name))),
        }
    }
}

/// The parameters that mean something, still escaped.
#[derive(Default)]
struct Parameters<'a> {
    secret: Option<&'a str>,
    issuer: Option<&'a str>,
    algorithm: Option<&'a str>,
    digits: Option<&'a str>,
    period: Option<&'a str>,
    counter: Option<&'a str>,
    encoder: Option<&'a str>,
    pin: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn read(query: &'a str) -> Result<Self, OtpauthError> {
        let mut read = Self::default();
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            // Copied from the source of a page, `&` reads `&amp;`; ignoring the name would lose its value.
            let name = name.strip_prefix("amp;").unwrap_or(name).to_ascii_lowercase();
            let (name, place) = match name.as_str() {
                "secret" => ("secret", &mut read.secret),
                "issuer" => ("issuer", &mut read.issuer),
                "algorithm" => ("algorithm", &mut read.algorithm),
                "digits" => ("digits", &mut read.digits),
                "period" => ("period", &mut read.period),
                "counter" => ("counter", &mut read.counter),
                "encoder" => ("encoder", &mut read.encoder),
                "pin" => ("pin", &mut read.pin),
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(OtpauthError::Repeated(name));
            }
        }
        Ok(read)
    }

    fn spec(&self, kind: Type, issuer: &str) -> Result<CodeSpec, OtpauthError> {
        let digits = match self.digits {
            Some(text) => Some(digits_of(text)?),
            None => None,
        };
        // Both have one hash. Apps that know no other name for it write their default.
        if kind == Type::Motp {
            self.only_algorithm("MD5")?;
            return Ok(CodeSpec::motp(digits.unwrap_or(Digits::MOTP), self.period(TEN_SECONDS)?));
        }
        if kind == Type::Yandex {
            self.only_algorithm("SHA256")?;
            return Ok(CodeSpec::yandex(digits.unwrap_or(Digits::YANDEX), self.period(Period::DEFAULT)?));
        }
        let algorithm = match self.algorithm {
            Some(text) => algorithm_of(text)?,
            None => Algorithm::Sha1,
        };
        if self.is_steam(kind, issuer, digits, algorithm) {
            return match algorithm {
                Algorithm::Sha1 => Ok(CodeSpec::steam(self.period(Period::DEFAULT)?)),
                // Steam has no other; a text that names one is about something else.
                Algorithm::Sha256 | Algorithm::Sha512 => {
                    Err(OtpauthError::Algorithm(Shown::new(algorithm.name())))
                }
            };
        }
        let mover = match kind {
            Type::Hotp => Mover::Counter { counter: counter_of(self.counter)? },
            Type::DayPassword => Mover::Time { period: self.period(A_DAY)? },
            Type::Totp | Type::Steam | Type::Motp | Type::Yandex => {
                Mover::Time { period: self.period(Period::DEFAULT)? }
            }
        };
        Ok(CodeSpec { algorithm, digits: digits.unwrap_or(Digits::DEFAULT), mover })
    }

    /// Steam has a type of its own, or KeePassXC's parameter, or is told by the issuer alone; then only while
    /// nothing else in the text says otherwise.
    fn is_steam(&self, kind: Type, issuer: &str, digits: Option<Digits>, algorithm: Algorithm) -> bool {
        match (kind, self.encoder) {
            (Type::Steam, _) => true,
            (Type::Totp, Some(encoder)) => encoder.eq_ignore_ascii_case("steam"),
            (Type::Totp, None) => {
                is_steam(issuer)
                    && digits.is_none_or(|digits| digits == Digits::STEAM)
                    && algorithm == Algorithm::Sha1
            }
            (Type::Hotp | Type::DayPassword | Type::Motp | Type::Yandex, _) => false,
        }
    }

    fn only_algorithm(&self, name: &str) -> Result<(), OtpauthError> {
        let Some(text) = self.algorithm.map(unescaped_lossy) else { return Ok(()) };
        let plain = text.trim().replace('-', "").to_ascii_uppercase();
        let plain = plain.strip_prefix("HMAC").unwrap_or(&plain);
        if plain == name || plain == "SHA1" {
            Ok(())
        } else {
            Err(OtpauthError::Algorithm(Shown::new(&text)))
        }
    }

    /// Mobile-OTP allows an empty PIN; one that is not there was left out.
    fn pin(&self, kind: Type) -> Result<Option<SecretText>, OtpauthError> {
        if !matches!(kind, Type::Motp | Type::Yandex) {
            return Ok(None);
        }
        let text = SecretText::new(unescaped(self.pin.ok_or(OtpauthError::PinMissing)?)?);
        if kind == Type::Motp {
            return Ok(Some(text));
        }
        // expose: read, and not kept.
        let pin = if text.expose().bytes().all(|b| b.is_ascii_digit()) { None } else { pin::encoded(&text) };
        let pin = pin.unwrap_or(text);
        if pin.expose().is_empty() { Err(OtpauthError::PinMissing) } else { Ok(Some(pin)) }
    }

    fn period(&self, default: Period) -> Result<Period, OtpauthError> {
        let Some(text) = self.period else { return Ok(default) };
        number(text)
            .and_then(period_of)
            .ok_or_else(|| OtpauthError::Period(Shown::new(&unescaped_lossy(text))))
    }
}

fn is_steam(issuer: &str) -> bool {
    issuer.eq_ignore_ascii_case("steam")
}

/// The issuer and the account. A parameter wins over what stands before the colon.
fn names(label: &str, parameter: Option<&str>) -> Result<(String, String), OtpauthError> {
    // In the path a plus is a plus.
    let label = unescaped(label)?;
    let (prefix, account) = label.split_once(':').unwrap_or(("", &label));
    let prefix = shown_name(prefix);
    let issuer = match parameter {
        Some(escaped) => issuer(escaped, &prefix)?,
        None => String::new(),
    };
    Ok((if issuer.is_empty() { prefix } else { issuer }, shown_name(account)))
}

/// In a query a plus is usually a space, as forms write it; where the label confirms that it is a plus, it stays.
fn issuer(escaped: &str, prefix: &str) -> Result<String, OtpauthError> {
    let literal = shown_name(&unescaped(escaped)?);
    if literal == prefix {
        return Ok(literal);
    }
    Ok(shown_name(&unescaped(&escaped.replace('+', " "))?))
}

fn unescaped(text: &str) -> Result<String, OtpauthError> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| OtpauthError::Label)?;
    Ok(text.into_owned())
}

fn unescaped_lossy(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn key(kind: Type, escaped: &str) -> Result<SecretBytes, OtpauthError> {
    // Room for all of it from the start, so that growing leaves no copy behind unwiped.
    let mut bytes = Zeroizing::new(Vec::with_capacity(escaped.len()));
    bytes.extend(percent_decode_str(escaped).map(|byte| if byte == b'+' { b' ' } else { byte }));
    let text =
        std::str::from_utf8(&bytes).map_err(|_| OtpauthError::KeyCharacter(char::REPLACEMENT_CHARACTER))?;
    match kind {
        Type::Motp => hexadecimal_key(text),
        Type::Yandex => Ok(yandex::key(&base32::decode(text)?)?),
        Type::Totp | Type::Hotp | Type::Steam | Type::DayPassword => Ok(base32::decode(text)?),
    }
}

pub(super) fn algorithm_of(text: &str) -> Result<Algorithm, OtpauthError> {
    let text = unescaped_lossy(text);
    Algorithm::try_from(text.trim()).map_err(|_| OtpauthError::Algorithm(Shown::new(&text)))
}

fn digits_of(text: &str) -> Result<Digits, OtpauthError> {
    number(text)
        .and_then(|count: u32| Digits::try_from(count).ok())
        .ok_or_else(|| OtpauthError::Digits(Shown::new(&unescaped_lossy(text))))
}

fn counter_of(text: Option<&str>) -> Result<u64, OtpauthError> {
    let text = text.ok_or(OtpauthError::CounterMissing)?;
    number(text).ok_or_else(|| OtpauthError::Counter(Shown::new(&unescaped_lossy(text))))
}

fn period_of(secs: u32) -> Option<Period> {
    Period::new(secs).filter(|period| period.secs() >= MIN_PERIOD)
}

/// Figures only: `parse` would take a plus sign, too.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let text = text.trim();
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn shown_char(character: char) -> String {
    let visible = !character.is_control() && !shown_name(&character.to_string()).is_empty();
    if visible { character.to_string() } else { format!("U+{:04X}", u32::from(character)) }
}

/// What RFC 3986 calls unreserved is written as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const LONGEST_SHOWN: usize = 32;
/// Of apps that give Mobile-OTP a scheme of its own.
pub(crate) const MOTP_SCHEME: &str = "motp:";
/// Shorter than any key worth the name.
const LONGEST_TYPE: usize = 12;
/// The step of Mobile-OTP.
pub(crate) const TEN_SECONDS: Period = match Period::new(10) {
    Some(period) => period,
    None => Period::DEFAULT,
};
/// The default of privacyIDEA.
const A_DAY: Period = match Period::new(24 * 60 * 60) {
    Some(period) => period,
    None => Period::DEFAULT,
};

#[cfg(test)]
mod tests;
