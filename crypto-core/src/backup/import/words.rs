//! What other apps say about an account, before it is one. The one place where their words become ours.

use super::lenient::{Number, Secret, Text};
use super::{Imported, Reason, Refused, lines};
use crate::codes::base32;
use crate::codes::otpauth::{self, Kind, MAX_CHARS, Manual, OtpauthError, Shown, strip_scheme};
use crate::secret::SecretText;

/// An account in the words of another app. What it leaves out is what RFC 6238 has: SHA-1, six digits, thirty
/// seconds; a counter begins at zero.
#[derive(Default)]
pub(super) struct Draft {
    /// What makes its codes.
    pub(super) kind: Word,
    /// The site or organisation.
    pub(super) issuer: Text,
    /// The user name there.
    pub(super) account: Text,
    /// The person's note.
    pub(super) note: Text,
    /// The key, in Base32.
    pub(super) secret: Secret,
    /// What Mobile-OTP and Yandex need beside the key.
    #[allow(dead_code, reason = "`codes` has no kind yet that takes it")]
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

/// The kinds of codes that apps have words for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// RFC 6238.
    #[default]
    Totp,
    /// RFC 4226.
    Hotp,
    /// Steam's five letters.
    Steam,
    /// Mobile-OTP.
    Motp,
    /// Yandex's eight letters.
    Yandex,
    /// Any other.
    Other(Shown),
}

impl Word {
    /// By the name most apps have for it; no name is the usual kind.
    pub(super) fn named(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "totp" => Self::Totp,
            "hotp" => Self::Hotp,
            "steam" => Self::Steam,
            "motp" => Self::Motp,
            "yandex" | "yaotp" => Self::Yandex,
            _ => Self::Other(Shown::new(name)),
        }
    }
}

impl Draft {
    /// The account, or why there is none.
    pub(super) fn imported(self) -> Result<Imported, Refused> {
        let account = self.account();
        account
            .map_err(|reason| Refused::new(&self.issuer.0, &self.account.0, reason))
            .map(|account| Imported { account, note: self.note.0 })
    }

    fn account(&self) -> Result<otpauth::CodeAccount, Reason> {
        let kind = match &self.kind {
            Word::Totp => Kind::Totp,
            Word::Hotp => Kind::Hotp,
            Word::Steam => Kind::Steam,
            Word::Motp => return Err(Reason::Kind(Shown::new("mOTP"))),
            Word::Yandex => return Err(Reason::Kind(Shown::new("Yandex"))),
            Word::Other(name) => return Err(Reason::Kind(name.clone())),
        };
        let key = self.secret.text().ok_or(Reason::NoKey)?;
        if [&self.issuer.0, &self.account.0].iter().any(|name| name.chars().nth(MAX_CHARS).is_some()) {
            return Err(OtpauthError::TooLong.into());
        }
        let counter = match &self.counter {
            Number::None => 0,
            Number::Value(value) => *value,
            Number::Wrong(shown) if kind == Kind::Hotp => {
                return Err(OtpauthError::Counter(shown.clone()).into());
            }
            Number::Wrong(_) => 0,
        };
        let algorithm = self.algorithm.0.trim();
        Ok(otpauth::from_manual(Manual {
            issuer: &self.issuer.0,
            account: &self.account.0,
            key,
            kind,
            algorithm: if algorithm.is_empty() { "SHA1" } else { algorithm },
            digits: small(&self.digits, 6, kind != Kind::Steam, OtpauthError::Digits)?,
            period: small(&self.period, 30, kind != Kind::Hotp, OtpauthError::Period)?,
            counter: &counter.to_string(),
        })?)
    }
}

/// A number that fits 32 bits. Where it is not `used`, no value of it is wrong.
fn small(
    number: &Number,
    default: u32,
    used: bool,
    wrong: fn(Shown) -> OtpauthError,
) -> Result<u32, OtpauthError> {
    match number {
        Number::None => Ok(default),
        Number::Value(value) => match u32::try_from(*value) {
            Ok(value) => Ok(value),
            Err(_) if !used => Ok(default),
            Err(_) => Err(wrong(Shown::new(&value.to_string()))),
        },
        Number::Wrong(_) if !used => Ok(default),
        Number::Wrong(shown) => Err(wrong(shown.clone())),
    }
}

/// A set-up text in another app's file. Names that it lacks are `issuer` and `account`.
pub(super) fn from_uri(uri: &str, issuer: Text, account: Text, note: Text) -> Result<Imported, Refused> {
    if let Some(key) = strip_scheme(uri.trim(), "steam://") {
        // Bitwarden's and Proton's; what follows is the key and nothing else.
        let key = key.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let secret = Secret(Some(SecretText::new(key.to_owned())));
        return Draft { kind: Word::Steam, issuer, account, note, secret, ..Draft::default() }.imported();
    }
    match otpauth::parse(uri) {
        Ok(mut read) => {
            if read.issuer.is_empty() {
                read.issuer = otpauth::shown_name(&issuer.0);
            }
            if read.account.is_empty() {
                read.account = otpauth::shown_name(&account.0);
            }
            Ok(Imported { account: read, note: note.0 })
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

/// A key in the Base64 of some apps, where it is no Base32; the same key as Base32.
pub(super) fn base32_of(bytes: crate::secret::SecretBytes) -> Secret {
    Secret(Some(base32::encode(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Mover;

    fn draft() -> Draft {
        let secret = Secret(Some(SecretText::new("jbsw y3dp-ehpk 3pxp".to_owned())));
        Draft { issuer: Text("A".to_owned()), account: Text("b".to_owned()), secret, ..Draft::default() }
    }

    fn reason(draft: Draft) -> Reason {
        let refused = draft.imported().unwrap_err();
        assert_eq!(refused.name, "A: b");
        refused.reason
    }

    #[test]
    fn what_is_left_out_is_what_the_rfc_has() {
        let account = draft().imported().unwrap().account;
        assert_eq!((account.spec.algorithm.name(), account.spec.digits.count()), ("SHA1", 6));
        assert_eq!(account.spec.mover.period().unwrap().secs(), 30);
        assert_eq!(account.secret.len(), 10);
        let hotp = Draft { kind: Word::Hotp, ..draft() }.imported().unwrap().account;
        assert_eq!(hotp.spec.mover, Mover::Counter { counter: 0 });
    }

    #[test]
    fn what_cannot_be_kept_is_refused_with_the_reason() {
        let seven = || Number::Value(77);
        let wrong = Number::Wrong(Shown::new("x"));
        assert!(matches!(
            reason(Draft { digits: seven(), ..draft() }),
            Reason::Code(OtpauthError::Digits(_))
        ));
        let period = Draft { period: Number::Value(0), ..draft() };
        assert!(matches!(reason(period), Reason::Code(OtpauthError::Period(_))));
        let period = Draft { period: Number::Value(1 << 40), ..draft() };
        assert!(matches!(reason(period), Reason::Code(OtpauthError::Period(_))));
        let counter = Draft { kind: Word::Hotp, counter: wrong, ..draft() };
        assert!(matches!(reason(counter), Reason::Code(OtpauthError::Counter(_))));
        let algorithm = Draft { algorithm: Text("MD5".to_owned()), ..draft() };
        assert!(matches!(reason(algorithm), Reason::Code(OtpauthError::Algorithm(_))));
        assert_eq!(reason(Draft { secret: Secret(None), ..draft() }), Reason::NoKey);
        let other = Draft { kind: Word::named("push"), ..draft() };
        assert_eq!(reason(other).to_string(), "codes of this kind are not made here \"push\"");
    }

    #[test]
    fn what_is_not_used_is_not_wrong() {
        let wrong = || Number::Wrong(Shown::new("x"));
        assert!(Draft { counter: wrong(), ..draft() }.imported().is_ok());
        assert!(Draft { kind: Word::Hotp, period: wrong(), ..draft() }.imported().is_ok());
        assert!(Draft { kind: Word::Steam, digits: wrong(), ..draft() }.imported().is_ok());
    }

    #[test]
    fn a_text_without_names_takes_those_of_its_row() {
        let read = |uri| from_uri(uri, Text("A".to_owned()), Text("b".to_owned()), Text::default()).unwrap();
        let names = |uri| (read(uri).account.issuer, read(uri).account.account);
        assert_eq!(names("otpauth://totp/?secret=JBSWY3DPEHPK3PXP"), ("A".to_owned(), "b".to_owned()));
        assert_eq!(names("otpauth://totp/C:d?secret=JBSWY3DPEHPK3PXP"), ("C".to_owned(), "d".to_owned()));
        assert_eq!(names("steam://JBSWY3DPEHPK3PXP"), ("A".to_owned(), "b".to_owned()));
        assert!(matches!(read("STEAM://JBSWY3DPEHPK3PXP").account.spec.mover, Mover::Steam { .. }));
    }
}
