//! Members of other apps' JSON as they really are: null, absent, numbers as text, text as numbers. A row that
//! is of no such form is refused alone; the others are still read.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{ImportError, Imported, Reason, Refused, Row, lines};
use crate::codes::base32;
use crate::codes::otpauth::{OtpauthError, Shown, hexadecimal_key};
use crate::secret::{SecretBytes, SecretText};

/// The rows of a list, each still unread, so that one that is damaged does not take the others with it.
#[derive(Default)]
pub(super) struct Rows<'a>(Vec<&'a RawValue>);

impl<'a> Rows<'a> {
    /// Reads each into `T`, and what is no `T` as damaged.
    pub(super) fn read<T: Deserialize<'a>>(&self, take: impl Fn(T) -> Result<Imported, Refused>) -> Vec<Row> {
        let contents = self.each().map(|row| row.and_then(&take));
        (1..).zip(contents).map(|(number, content)| Row { number, content }).collect()
    }

    /// Each as `T`.
    pub(super) fn each<T: Deserialize<'a>>(&self) -> impl Iterator<Item = Result<T, Refused>> {
        self.0.iter().map(|raw| {
            object(raw.get()).ok_or_else(|| {
                let Named { issuer, name, account, label } = object(raw.get()).unwrap_or_default();
                let account = account.0.or(name.0).or(label.0);
                Refused::new(&issuer.0.0, &account.0, Reason::Damaged)
            })
        })
    }
}

/// What a damaged row may still be called.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(alias = "Issuer", alias = "issuerName", alias = "issuerExt")]
    issuer: Loose,
    name: Loose,
    #[serde(alias = "Username", alias = "userName", alias = "account_name")]
    account: Loose,
    label: Loose,
}

/// A text, whatever stands there.
#[derive(Default)]
struct Loose(Text);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(source)?;
        Ok(Self(serde_json::from_str(raw.get()).unwrap_or_default()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Rows<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Vec<&'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
                let mut rows = Vec::new();
                while let Some(row) = values.next_element()? {
                    if rows.len() == MAX_VALUES {
                        return Err(A::Error::custom("more than anybody has"));
                    }
                    rows.push(row);
                }
                Ok(rows)
            }
        }
        source.deserialize_any(List).map(Self)
    }
}

/// Reads a whole file whose rows are [`Rows`].
pub(super) fn file<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ImportError> {
    serde_json::from_slice(bytes).map_err(|_| ImportError::Corrupt)
}

/// Reads an object. serde would take a list for a struct.
pub(super) fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
}

/// Text that is no secret; empty where there is none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

impl Text {
    /// This, or the other where this is empty.
    pub(super) fn or(self, other: Self) -> Self {
        if self.0.trim().is_empty() { other } else { self }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(Scalar).map(Self)
    }
}

/// Text that is a secret; none where it is absent or null. A PIN may be empty, a key may not.
#[derive(Default)]
pub(super) struct Secret(pub(super) Option<SecretText>);

impl Secret {
    /// What stands there, if it is not empty.
    pub(super) fn text(&self) -> Option<&str> {
        // expose: read into the account.
        self.0.as_ref().map(SecretText::expose).filter(|text| !text.trim().is_empty())
    }

    /// The key, in Base32.
    pub(super) fn base32(&self) -> Result<SecretBytes, Reason> {
        Ok(base32::decode(self.text().ok_or(Reason::NoKey)?).map_err(OtpauthError::from)?)
    }

    /// The key, in Base64.
    pub(super) fn base64(&self) -> Result<SecretBytes, Reason> {
        let bytes = lines::base64(self.text().ok_or(Reason::NoKey)?);
        bytes.map(SecretBytes::new).ok_or(Reason::Damaged)
    }

    /// The key, in hexadecimal.
    pub(super) fn hexadecimal(&self) -> Result<SecretBytes, Reason> {
        Ok(hexadecimal_key(self.text().ok_or(Reason::NoKey)?)?)
    }
}

impl From<&SecretText> for Secret {
    fn from(text: &SecretText) -> Self {
        // expose: copied into another secret.
        Self(Some(SecretText::new(text.expose().to_owned())))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = Option::<Text>::deserialize(source)?;
        Ok(Self(text.map(|Text(text)| SecretText::new(text))))
    }
}

/// A number, however it is written.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) enum Number {
    /// Absent, null or empty.
    #[default]
    None,
    /// A whole number that is not negative.
    Value(u64),
    /// Anything else.
    Wrong(Shown),
}

impl Number {
    /// The number, if it is one.
    pub(super) fn value(&self) -> Option<u64> {
        match self {
            Self::Value(value) => Some(*value),
            Self::None | Self::Wrong(_) => None,
        }
    }
}

impl Number {
    /// One more, for apps that count from the code that was shown last; of an account without one that is -1.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Value(value) => Self::Value(value.saturating_add(1)),
            Self::Wrong(shown) if shown.as_str() == "-1" => Self::Value(0),
            other @ (Self::None | Self::Wrong(_)) => other,
        }
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        u64::try_from(number).map_or_else(|_| Self::Wrong(Shown::new(&number.to_string())), Self::Value)
    }
}

impl From<&str> for Number {
    fn from(text: &str) -> Self {
        let text = text.trim();
        let whole = text.strip_suffix(".0").unwrap_or(text);
        match whole.parse() {
            _ if text.is_empty() || text == "null" => Self::None,
            Ok(value) if whole.bytes().all(|byte| byte.is_ascii_digit()) => Self::Value(value),
            _ => Self::Wrong(Shown::new(text)),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Text::deserialize(source).map(|text| Self::from(text.0.as_str()))
    }
}

/// Bytes as Java prints them: a list of numbers from -128 to 127. None where something else stands there.
#[derive(Debug, Default)]
pub(super) struct Bytes(pub(super) Option<SecretBytes>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of bytes")
            }

            fn visit_unit<E>(self) -> Result<Bytes, E> {
                Ok(Bytes(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bytes, A::Error> {
                // Room for all of it from the start, so that growing leaves no copy behind unwiped.
                let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
                let mut whole = true;
                while let Some(number) = seq.next_element::<i64>()? {
                    let byte = i8::try_from(number).map(i8::cast_unsigned).or_else(|_| u8::try_from(number));
                    match byte {
                        Ok(byte) if bytes.len() < MAX_BYTES => bytes.push(byte),
                        _ => whole = false,
                    }
                }
                Ok(Bytes(whole.then(|| SecretBytes::new(bytes.to_vec()))))
            }
        }
        source.deserialize_any(List)
    }
}

/// Whether something is said to be so.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flag(pub(super) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(source)?;
        Ok(Self(text.0.eq_ignore_ascii_case("true") || text.0 == "1"))
    }
}

/// Anything that is no list and no object, as text; null is empty.
struct Scalar;

impl<'de> Visitor<'de> for Scalar {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_bool<E>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<String, E> {
        Ok(format!("{value:?}"))
    }
}

/// More than the most that a file of [`super::MAX_FILE`] bytes holds of anything worth a name.
const MAX_VALUES: usize = 200_000;
/// More than any sealed key has; a list of numbers costs up to five letters a byte.
const MAX_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_however_they_are_written() {
        let number = |json: &str| serde_json::from_str::<Number>(json).unwrap();
        for json in ["6", "\"6\"", "6.0", "\" 6 \"", "\"6.0\""] {
            assert_eq!(number(json), Number::Value(6), "{json}");
        }
        for json in ["null", "\"\"", "\" \""] {
            assert_eq!(number(json), Number::None, "{json}");
        }
        for json in ["-1", "6.5", "\"six\"", "true", "1e99", "\"+6\"", "99999999999999999999"] {
            assert!(matches!(number(json), Number::Wrong(_)), "{json}");
        }
        assert!(serde_json::from_str::<Number>("[]").is_err());
    }

    #[test]
    fn text_is_read_however_it_is_written() {
        let text = |json: &str| serde_json::from_str::<Text>(json).unwrap().0;
        assert_eq!(text("\"a\\/b\""), "a/b");
        assert_eq!(text("12"), "12");
        assert_eq!(text("null"), "");
        assert!(serde_json::from_str::<Text>("{}").is_err());
    }

    #[test]
    fn a_secret_is_not_shown() {
        let secret: Secret = serde_json::from_str("\"abc\"").unwrap();
        assert_eq!(format!("{:?}", secret.0), "Some(SecretText(..))");
        let empty: Secret = serde_json::from_str("\"\"").unwrap();
        assert!(empty.0.is_some() && empty.text().is_none());
        assert!(serde_json::from_str::<Secret>("null").unwrap().0.is_none());
    }
}
