//! Members of other apps' JSON as they really are: null, absent, numbers as text, text as numbers. A row that
//! is of no such form is refused alone; the others are still read.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{ImportError, Imported, Reason, Refused, Row};
use crate::codes::otpauth::Shown;
use crate::secret::SecretText;

/// The rows of a list, each still unread, so that one that is damaged does not take the others with it.
#[derive(Default)]
pub(super) struct Rows<'a>(Vec<&'a RawValue>);

impl<'a> Rows<'a> {
    /// Reads each into `T`, and what is no `T` as damaged.
    pub(super) fn read<T: Deserialize<'a>>(&self, take: impl Fn(T) -> Result<Imported, Refused>) -> Vec<Row> {
        let content = |raw: &'a RawValue| {
            // serde would take a list for a struct.
            let row = raw.get().starts_with('{').then(|| serde_json::from_str(raw.get()));
            match row {
                Some(Ok(row)) => take(row),
                Some(Err(_)) => {
                    let Named { issuer, name, account } = serde_json::from_str(raw.get()).unwrap_or_default();
                    let (issuer, account) = (issuer.0, account.0.or(name.0));
                    Err(Refused::new(&issuer.0, &account.0, Reason::Damaged))
                }
                None => Err(Refused::new("", "", Reason::Damaged)),
            }
        };
        self.0.iter().zip(1..).map(|(&raw, number)| Row { number, content: content(raw) }).collect()
    }
}

/// What a damaged row may still be called.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(alias = "Issuer", alias = "issuerName")]
    issuer: Loose,
    name: Loose,
    #[serde(alias = "Username", alias = "userName")]
    account: Loose,
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

/// Text that is a secret; none where it is absent, null or empty.
#[derive(Default)]
pub(super) struct Secret(pub(super) Option<SecretText>);

impl Secret {
    /// What stands there, if it is not empty.
    pub(super) fn text(&self) -> Option<&str> {
        // expose: read into the account.
        self.0.as_ref().map(SecretText::expose).filter(|text| !text.trim().is_empty())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = SecretText::new(source.deserialize_any(Scalar)?);
        // expose: only whether there is any.
        Ok(Self((!text.expose().is_empty()).then_some(text)))
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
        assert!(serde_json::from_str::<Secret>("\"\"").unwrap().0.is_none());
        assert!(serde_json::from_str::<Secret>("null").unwrap().0.is_none());
    }
}
