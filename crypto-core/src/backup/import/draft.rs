//! What a row of another app says, before it is known whether that can be kept. Absent members get the defaults
//! of the app; members that say something wrong refuse the row, and only it.

use data_encoding::BASE64_NOPAD;

use super::{Imported, Reason, Refused, Row};
use crate::codes::otpauth::{self, MIN_PERIOD, OtpauthError, Shown, shown_name};
use crate::codes::{Algorithm, CodeAccount, CodeSpec, Digits, Mover, base32, yandex};
use crate::secret::{SecretBytes, SecretText};
use crate::time::Period;

use super::loose::Number;

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
    pub(super) fn named(name: &str) -> Result<Self, Reason> {
        match name.trim().to_ascii_lowercase().as_str() {
            "totp" => Ok(Self::Totp),
            "hotp" => Ok(Self::Hotp),
            "steam" => Ok(Self::Steam),
            "motp" | "mobileotp" => Ok(Self::Motp),
            "yandex" | "yaotp" | "yandexotp" => Ok(Self::Yandex),
            _ => Err(Reason::Kind(Shown::new(name))),
        }
    }
}

/// One account, as it was read.
pub(super) struct Draft {
    pub(super) issuer: String,
    pub(super) account: String,
    pub(super) note: String,
    pub(super) kind: Result<Kind, Reason>,
    pub(super) secret: Result<SecretBytes, Reason>,
    pub(super) pin: Option<SecretText>,
    /// Empty for the default.
    pub(super) algorithm: String,
    pub(super) digits: Number,
    pub(super) period: Number,
    pub(super) counter: Number,
}

impl Draft {
    /// A time-based account with the defaults of RFC 6238.
    pub(super) fn new(issuer: &str, account: &str, secret: Result<SecretBytes, Reason>) -> Self {
        Self {
            issuer: shown_name(issuer),
            account: shown_name(account),
            note: String::new(),
            kind: Ok(Kind::Totp),
            secret,
            pin: None,
            algorithm: String::new(),
            digits: Number::Absent,
            period: Number::Absent,
            counter: Number::Absent,
        }
    }

    /// What it is called in a receipt.
    pub(super) fn name(&self) -> String {
        named(&self.issuer, &self.account)
    }

    /// The row at `place`, counted from 0.
    pub(super) fn row(self, place: usize) -> Row {
        let name = self.name();
        let content = self.imported().map_err(|reason| Refused { name, reason });
        Row { number: place + 1, content }
    }

    fn imported(self) -> Result<Imported, Reason> {
        let kind = self.kind?;
        let mut secret = self.secret?;
        if secret.is_empty() {
            return Err(Reason::NoKey);
        }
        if secret.len() > base32::MAX_KEY {
            return Err(OtpauthError::KeyTooLong.into());
        }
        let digits = |default| match self.digits.whole().map_err(OtpauthError::Digits)? {
            // Apps write 0 where they never ask for it.
            None | Some(0) => Ok(default),
            Some(count) => u32::try_from(count)
                .ok()
                .and_then(|count| Digits::try_from(count).ok())
                .ok_or_else(|| OtpauthError::Digits(Shown::new(&count.to_string()))),
        };
        let period = |default: u32| match self.period.whole().map_err(OtpauthError::Period)? {
            None | Some(0) => Ok(Period::new(default).unwrap_or(Period::DEFAULT)),
            Some(secs) => u32::try_from(secs)
                .ok()
                .filter(|&secs| secs >= MIN_PERIOD)
                .and_then(Period::new)
                .ok_or_else(|| OtpauthError::Period(Shown::new(&secs.to_string()))),
        };
        let algorithm = || match self.algorithm.trim() {
            "" => Ok(Algorithm::Sha1),
            name => Algorithm::try_from(name).map_err(|_| OtpauthError::Algorithm(Shown::new(name))),
        };
        let mut pin = None;
        let spec = match kind {
            Kind::Totp => CodeSpec {
                algorithm: algorithm()?,
                digits: digits(Digits::DEFAULT)?,
                mover: Mover::Time { period: period(30)? },
            },
            Kind::Hotp => {
                let counter = self.counter.whole().map_err(OtpauthError::Counter)?;
                let counter = counter.ok_or(OtpauthError::CounterMissing)?;
                let counter = u64::try_from(counter)
                    .map_err(|_| OtpauthError::Counter(Shown::new(&counter.to_string())))?;
                CodeSpec {
                    algorithm: algorithm()?,
                    digits: digits(Digits::DEFAULT)?,
                    mover: Mover::Counter { counter },
                }
            }
            Kind::Steam => CodeSpec::steam(period(30)?),
            Kind::Motp => {
                pin = Some(self.pin.ok_or(OtpauthError::PinMissing)?);
                CodeSpec::motp(digits(Digits::MOTP)?, period(10)?)
            }
            Kind::Yandex => {
                // expose: only measured.
                let given = self.pin.filter(|pin| !pin.expose().is_empty());
                pin = Some(given.ok_or(OtpauthError::PinMissing)?);
                secret = yandex::key(&secret).map_err(OtpauthError::from)?;
                CodeSpec::yandex(digits(Digits::YANDEX)?, period(30)?)
            }
        };
        let account = CodeAccount { issuer: self.issuer, account: self.account, secret, pin, spec };
        Ok(Imported { account, note: self.note })
    }
}

/// A row that is not even one.
pub(super) fn damaged(place: usize, name: &str) -> Row {
    refused(place, name, Reason::Damaged)
}

/// A row that is refused for what it is.
pub(super) fn refused(place: usize, name: &str, reason: Reason) -> Row {
    Row { number: place + 1, content: Err(Refused { name: named("", name), reason }) }
}

/// A row that is an `otpauth:` text.
pub(super) fn text_row(place: usize, text: &str) -> Row {
    let content = match otpauth::parse(text) {
        Ok(account) => Ok(Imported { account, note: String::new() }),
        Err(reason) => Err(Refused { name: label(text), reason: reason.into() }),
    };
    Row { number: place + 1, content }
}

/// The key in Base32; one that is not there is told from one that is wrong.
pub(super) fn base32_key(text: &SecretText) -> Result<SecretBytes, Reason> {
    // expose: decoded into another secret.
    let text = text.expose();
    if text.trim().is_empty() {
        Err(Reason::NoKey)
    } else {
        Ok(base32::decode(text).map_err(OtpauthError::from)?)
    }
}

/// The key in Base64, with or without padding.
pub(super) fn base64_key(text: &SecretText) -> Result<SecretBytes, Reason> {
    // expose: decoded into another secret.
    let text = text.expose().trim().trim_end_matches('=');
    if text.is_empty() {
        return Err(Reason::NoKey);
    }
    BASE64_NOPAD.decode(text.as_bytes()).map(SecretBytes::new).map_err(|_| Reason::Damaged)
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

/// What a text that cannot be read calls itself: the label, never what is after it.
fn label(text: &str) -> String {
    let path = text.split('?').next().unwrap_or_default();
    let label = path.rsplit_once('/').map_or("", |(_, label)| label);
    let label = percent_encoding::percent_decode_str(label).decode_utf8_lossy().into_owned();
    named("", &label)
}

fn named(issuer: &str, account: &str) -> String {
    let (issuer, account) = (shown_name(issuer), shown_name(account));
    let name = match (issuer.is_empty(), account.is_empty()) {
        (true, _) => account,
        (false, true) => issuer,
        (false, false) => format!("{issuer}: {account}"),
    };
    name.chars().take(LONGEST_NAME).collect()
}

const LONGEST_NAME: usize = 80;
