//! What another app says about an account, before it is one. The one place where its words become ours. Absent
//! members get the defaults of the app; members that say something wrong refuse the row, and only it.

use super::lenient::{Number, Secret, Text};
use super::{Imported, Reason, Refused, Row, lines};
use crate::codes::otpauth::{
    self, MAX_CHARS, MIN_PERIOD, MOTP_SCHEME, OtpauthError, Shown, shown_name, strip_scheme,
};
use crate::codes::{Algorithm, CodeAccount, CodeSpec, Digits, Mover, base32, yandex};
use crate::secret::{SecretBytes, SecretText};
use crate::time::Period;

/// The kinds of codes, with the words that apps have for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Totp,
    Hotp,
    Steam,
    Motp,
    Yandex,
}

impl Kind {
    /// By the name most apps have for it; no name is the usual kind.
    pub(super) fn named(name: &str) -> Result<Self, Reason> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "totp" => Ok(Self::Totp),
            "hotp" => Ok(Self::Hotp),
            "steam" => Ok(Self::Steam),
            "motp" | "mobileotp" => Ok(Self::Motp),
            "yandex" | "yaotp" | "yandexotp" => Ok(Self::Yandex),
            _ => Err(Reason::Kind(Shown::new(name))),
        }
    }

    /// The key as apps keep it that keep what was typed: Mobile-OTP's in hexadecimal, all others in Base32.
    pub(super) fn typed_key(kind: &Result<Self, Reason>, text: &Secret) -> Result<SecretBytes, Reason> {
        if *kind == Ok(Self::Motp) { text.hexadecimal() } else { text.base32() }
    }
}

/// An account in the words of another app. What it leaves out is what its kind usually has: SHA-1, six digits and
/// thirty seconds (RFC 6238). A counter has to be there.
pub(super) struct Draft {
    /// What makes its codes.
    pub(super) kind: Result<Kind, Reason>,
    /// The site or organisation.
    pub(super) issuer: Text,
    /// The user name there.
    pub(super) account: Text,
    /// The person's note.
    pub(super) note: Text,
    /// The key, decoded.
    pub(super) secret: Result<SecretBytes, Reason>,
    /// What Mobile-OTP and Yandex take beside the key.
    pub(super) pin: Secret,
    /// The name of the hash.
    pub(super) algorithm: Text,
    /// Characters in a code.
    pub(super) digits: Number,
    /// Seconds of a step.
    pub(super) period: Number,
    /// Where the counter stands.
    pub(super) counter: Number,
}

impl Default for Draft {
    fn default() -> Self {
        Self::new("", "", Err(Reason::NoKey))
    }
}

impl Draft {
    /// A time-based account with the defaults of RFC 6238.
    pub(super) fn new(issuer: &str, account: &str, secret: Result<SecretBytes, Reason>) -> Self {
        Self {
            kind: Ok(Kind::Totp),
            issuer: Text(issuer.to_owned()),
            account: Text(account.to_owned()),
            note: Text::default(),
            secret,
            pin: Secret::default(),
            algorithm: Text::default(),
            digits: Number::None,
            period: Number::None,
            counter: Number::None,
        }
    }

    /// The row at `place`, counted from 0.
    pub(super) fn row(self, place: usize) -> Row {
        Row { number: place + 1, content: self.imported() }
    }

    /// The account, or why there is none.
    pub(super) fn imported(self) -> Result<Imported, Refused> {
        let Self { kind, issuer, account, note, secret, pin, algorithm, digits, period, counter } = self;
        let numbers = Numbers { algorithm, digits, period, counter };
        let read = || {
            let (kind, secret) = (kind?, secret?);
            if secret.is_empty() {
                return Err(Reason::NoKey);
            }
            if secret.len() > base32::MAX_KEY {
                return Err(OtpauthError::KeyTooLong.into());
            }
            if [&issuer.0, &account.0].iter().any(|name| name.chars().nth(MAX_CHARS).is_some()) {
                return Err(OtpauthError::TooLong.into());
            }
            let spec = numbers.spec(kind)?;
            let (secret, pin) = match kind {
                Kind::Totp | Kind::Hotp | Kind::Steam => (secret, None),
                // An empty PIN is one that somebody chose.
                Kind::Motp => (secret, Some(pin.0.ok_or(OtpauthError::PinMissing)?)),
                Kind::Yandex => {
                    pin.text().ok_or(OtpauthError::PinMissing)?;
                    (yandex::key(&secret).map_err(OtpauthError::from)?, pin.0)
                }
            };
            let (issuer, account) = (shown_name(&issuer.0), shown_name(&account.0));
            Ok(CodeAccount { issuer, account, secret, pin, spec })
        };
        match read() {
            Ok(account) => Ok(Imported { account, note: note.0, group: None }),
            Err(reason) => Err(Refused::new(&issuer.0, &account.0, reason)),
        }
    }
}

struct Numbers {
    algorithm: Text,
    digits: Number,
    period: Number,
    counter: Number,
}

impl Numbers {
    /// What a kind does not use is not looked at: no value of it is wrong.
    fn spec(&self, kind: Kind) -> Result<CodeSpec, OtpauthError> {
        match kind {
            Kind::Totp => Ok(CodeSpec {
                algorithm: self.algorithm()?,
                digits: self.digits(Digits::DEFAULT)?,
                mover: Mover::Time { period: self.period(Period::DEFAULT)? },
            }),
            Kind::Hotp => Ok(CodeSpec {
                algorithm: self.algorithm()?,
                digits: self.digits(Digits::DEFAULT)?,
                mover: Mover::Counter { counter: self.counter()? },
            }),
            Kind::Steam => Ok(CodeSpec::steam(self.period(Period::DEFAULT)?)),
            Kind::Motp => Ok(CodeSpec::motp(self.digits(Digits::MOTP)?, self.period(otpauth::TEN_SECONDS)?)),
            Kind::Yandex => Ok(CodeSpec::yandex(self.digits(Digits::YANDEX)?, self.period(Period::DEFAULT)?)),
        }
    }

    fn algorithm(&self) -> Result<Algorithm, OtpauthError> {
        match self.algorithm.0.trim() {
            "" => Ok(Algorithm::Sha1),
            name => Algorithm::try_from(name).map_err(|_| OtpauthError::Algorithm(Shown::new(name))),
        }
    }

    fn digits(&self, default: Digits) -> Result<Digits, OtpauthError> {
        let digits = |count: u64| Digits::try_from(u32::try_from(count).ok()?).ok();
        value(&self.digits, OtpauthError::Digits, digits).map(|digits| digits.unwrap_or(default))
    }

    fn period(&self, default: Period) -> Result<Period, OtpauthError> {
        let period =
            |secs: u64| u32::try_from(secs).ok().filter(|&secs| secs >= MIN_PERIOD).and_then(Period::new);
        value(&self.period, OtpauthError::Period, period).map(|period| period.unwrap_or(default))
    }

    fn counter(&self) -> Result<u64, OtpauthError> {
        value(&self.counter, OtpauthError::Counter, Some)?.ok_or(OtpauthError::CounterMissing)
    }
}

/// None if it is absent.
fn value<T>(
    number: &Number,
    wrong: fn(Shown) -> OtpauthError,
    read: impl Fn(u64) -> Option<T>,
) -> Result<Option<T>, OtpauthError> {
    match number {
        Number::None => Ok(None),
        Number::Value(value) => match read(*value) {
            Some(read) => Ok(Some(read)),
            None => Err(wrong(Shown::new(&value.to_string()))),
        },
        Number::Wrong(shown) => Err(wrong(shown.clone())),
    }
}

/// A row that is not even one.
pub(super) fn damaged(place: usize, name: &str) -> Row {
    Row { number: place + 1, content: Err(Refused::new("", name, Reason::Damaged)) }
}

/// A set-up text in another app's file. Names that it lacks are `issuer` and `account`.
pub(super) fn from_uri(uri: &str, issuer: Text, account: Text, note: Text) -> Result<Imported, Refused> {
    if let Some(key) = strip_scheme(uri.trim(), "steam://") {
        // Bitwarden's and Proton's; what follows is the key and nothing else.
        let key = key.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let secret = Secret(Some(SecretText::new(key.to_owned()))).base32();
        return Draft { kind: Ok(Kind::Steam), issuer, account, note, secret, ..Draft::default() }.imported();
    }
    match otpauth::parse(uri) {
        Ok(mut read) => {
            if read.issuer.is_empty() {
                read.issuer = shown_name(&issuer.0);
            }
            if read.account.is_empty() {
                read.account = shown_name(&account.0);
            }
            Ok(Imported { account: read, note: note.0, group: None })
        }
        Err(reason) => {
            let named = lines::names(uri);
            let (issuer, account) = (Text(named.0).or(issuer), Text(named.1).or(account));
            let reason = if let OtpauthError::UnknownType(name) = reason {
                Reason::Kind(name)
            } else if reason == OtpauthError::KeyMissing {
                Reason::NoKey
            } else {
                Reason::Code(reason)
            };
            Err(Refused::new(&issuer.0, &account.0, reason))
        }
    }
}

/// Whether a text says that it is a set-up text of one account.
pub(super) fn is_uri(text: &str) -> bool {
    ["otpauth://", "steam://", MOTP_SCHEME].iter().any(|scheme| strip_scheme(text.trim(), scheme).is_some())
}

/// The issuer and the account in one label, as apps write them that keep one name only.
pub(super) fn split_label(label: &str) -> (String, String) {
    match label.split_once(':') {
        Some((issuer, account)) if !issuer.trim().is_empty() && !account.trim().is_empty() => {
            (shown_name(issuer), shown_name(account))
        }
        _ => (String::new(), shown_name(label)),
    }
}

/// The account without the issuer that some apps put before it.
pub(super) fn without_issuer<'a>(issuer: &str, account: &'a str) -> &'a str {
    match account.split_once(':') {
        Some((prefix, rest))
            if !issuer.is_empty() && prefix.trim() == issuer.trim() && !rest.trim().is_empty() =>
        {
            rest.trim()
        }
        _ => account,
    }
}

#[cfg(test)]
mod tests;
