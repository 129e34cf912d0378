//! JSON as other apps write it: numbers as text and text as numbers, null for what is absent, a byte order mark
//! in front. One member of an odd type is an absent member, one odd row is a damaged row; the rest is read.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::ImportError;
use crate::codes::otpauth::Shown;
use crate::secret::{SecretBytes, SecretText};

/// Reads a whole file.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ImportError> {
    serde_json::from_slice(unmarked(bytes)).map_err(|_| ImportError::Corrupt)
}

/// The bytes without a byte order mark.
pub(super) fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// Whether it is a text that begins with `start`, after white space.
pub(super) fn starts_with(bytes: &[u8], start: &str) -> bool {
    unmarked(bytes).trim_ascii_start().starts_with(start.as_bytes())
}

/// Whether `text` is anywhere in it.
pub(super) fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// What can be told of JSON that may be cut off: the names in its object, or in the first of its list.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) is_list: bool,
    names: Vec<String>,
}

impl Shape {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut shape = Self::default();
        if starts_with(bytes, "{") || starts_with(bytes, "[") {
            let mut source = serde_json::Deserializer::from_slice(unmarked(bytes));
            // An error is the end of what can be told.
            let _ = source.deserialize_any(&mut shape);
        }
        shape
    }

    pub(super) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.names.iter().any(|own| own == name))
    }
}

impl<'de> Visitor<'de> for &mut Shape {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.names.push(name);
            if self.names.len() > MOST_NAMES {
                break;
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        struct Element<'a>(&'a mut Shape);
        impl<'de> serde::de::DeserializeSeed<'de> for Element<'_> {
            type Value = ();
            fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
                source.deserialize_any(self.0)
            }
        }
        self.is_list = true;
        if self.names.is_empty() {
            seq.next_element_seed(Element(self))?;
        }
        Err(A::Error::custom("the first is enough"))
    }
}

/// A text. Numbers and truths are taken as they are written.
#[derive(Debug, Default)]
pub(super) struct Text(pub(super) String);

/// A text that must not leak.
#[derive(Debug)]
pub(super) struct Hidden(pub(super) SecretText);

impl Default for Hidden {
    fn default() -> Self {
        Self(SecretText::new(String::new()))
    }
}

/// A number, as a number or as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Number {
    #[default]
    Absent,
    Whole(i128),
    /// It is there, and is none.
    Other(String),
}

impl Number {
    /// The number if there is one; what stands in its place if that is none.
    pub(super) fn whole(&self) -> Result<Option<i128>, Shown> {
        match self {
            Self::Absent => Ok(None),
            Self::Whole(number) => Ok(Some(*number)),
            Self::Other(text) => Err(Shown::new(text)),
        }
    }

    /// One more, for apps that count from the code that was used.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Whole(number) => Self::Whole(number.saturating_add(1)),
            other @ (Self::Absent | Self::Other(_)) => other,
        }
    }

    pub(super) fn is(&self, number: i128) -> bool {
        *self == Self::Whole(number)
    }

    pub(super) fn of_text(text: &str) -> Self {
        match text.trim() {
            "" => Self::Absent,
            text => text.parse().map_or_else(|_| Self::Other(text.chars().take(64).collect()), Self::Whole),
        }
    }
}

/// Bytes as Java prints them: a list of numbers from -128 to 127.
#[derive(Debug, Default)]
pub(super) struct Bytes(pub(super) Option<SecretBytes>);

/// An element that may be of any type; only an object is read.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// A list, or something else in its place.
#[derive(Debug)]
pub(super) struct List<T>(pub(super) Vec<Object<T>>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The visitor methods of everything that is not looked at.
macro_rules! ignore {
    ($($method:ident)*) => { $(ignore!(@ $method);)* };
    (@ null) => { fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> { Ok(Default::default()) } };
    (@ truth) => {
        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> { Ok(Default::default()) }
    };
    (@ number) => {
        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> { Ok(Default::default()) }
        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> { Ok(Default::default()) }
        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> { Ok(Default::default()) }
    };
    (@ text) => {
        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> { Ok(Default::default()) }
    };
    (@ list) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
    (@ object) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
    (@ expecting) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("anything") }
    };
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Text;
            ignore!(expecting null list object);
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }
            fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<Text, E> {
                Ok(Text(truth.to_string()))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
        }
        source.deserialize_any(Any)
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Text::deserialize(source).map(|Text(text)| Self(SecretText::new(text)))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Number;
            ignore!(expecting null list object truth);
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                Ok(Number::of_text(text))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number::Whole(number.into()))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number::Whole(number.into()))
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Number, E> {
                // `30.0` prints as `30`, and `30.5` as no whole number.
                Ok(Number::of_text(&number.to_string()))
            }
        }
        source.deserialize_any(Any)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Bytes;
            ignore!(expecting null truth number text object);
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bytes, A::Error> {
                let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_BYTES));
                let mut whole = true;
                while let Some(number) = seq.next_element::<Number>()? {
                    let byte = match number {
                        Number::Whole(number) => {
                            i8::try_from(number).map(i8::cast_unsigned).or_else(|_| u8::try_from(number)).ok()
                        }
                        Number::Absent | Number::Other(_) => None,
                    };
                    match byte {
                        Some(byte) if bytes.len() < MOST_BYTES => bytes.push(byte),
                        _ => whole = false,
                    }
                }
                Ok(Bytes(whole.then(|| SecretBytes::new(bytes.to_vec()))))
            }
        }
        source.deserialize_any(Any)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Any<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Any<T> {
            type Value = Object<T>;
            ignore!(expecting null truth number text list);
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|read| Object(Some(read)))
            }
        }
        source.deserialize_any(Any(std::marker::PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Any<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Any<T> {
            type Value = List<T>;
            ignore!(expecting null truth number text object);
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = seq.next_element()? {
                    list.push(element);
                }
                Ok(List(list))
            }
        }
        source.deserialize_any(Any(std::marker::PhantomData))
    }
}

const MOST_NAMES: usize = 64;
/// More than any sealed key has; a list of numbers costs four letters a byte.
const MOST_BYTES: usize = 4096;
