//! JSON that can be read in one way only. A member given twice is refused at any depth, and an object is an
//! object: serde alone would take a list for a struct, and skip the second of two unknown members.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::error::Category;
use thiserror::Error;

/// Reads one object and nothing after it. The caller has bounded the length.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonRefused> {
    // Everything but a repeated member is well-formed to this first pass, so its own error means just that.
    serde_json::from_slice::<Distinct>(bytes).map_err(|error| match error.classify() {
        Category::Data => JsonRefused::Repeated,
        Category::Io | Category::Syntax | Category::Eof => JsonRefused::Malformed,
    })?;
    let Object(value) = serde_json::from_slice(bytes).map_err(|_| JsonRefused::Malformed)?;
    Ok(value)
}

/// Writes what [`read`] reads.
pub(crate) fn write<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("structs of text, numbers and lists have a JSON form")
}

/// For a member that is an object: `#[serde(deserialize_with = "json::object")]`.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(source: D) -> Result<T, D::Error> {
    Object::deserialize(source).map(|Object(value)| value)
}

/// For a member that is an object, null or absent; beside `default`.
pub(crate) fn maybe_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    source: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(source)?.map(|Object(value)| value))
}

/// For a list of objects.
pub(crate) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(source: D) -> Result<Vec<T>, D::Error> {
    Ok(Vec::<Object<T>>::deserialize(source)?.into_iter().map(|Object(value)| value).collect())
}

/// True if the member is there, whatever it holds; beside `default`.
pub(crate) fn present<'de, D: Deserializer<'de>>(source: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(source).map(|_| true)
}

/// For a word that a newer version may add to: one that is not known is none. Beside `default`.
pub(crate) fn known<'de, D: Deserializer<'de>, T: Word>(source: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Cow<'de, str>>::deserialize(source)?.and_then(|word| T::named(&word)))
}

/// A time in whole seconds.
pub(crate) mod seconds {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::time::UnixTime;

    pub(crate) fn serialize<S: Serializer>(time: &UnixTime, sink: S) -> Result<S::Ok, S::Error> {
        sink.serialize_u64(time.secs())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<UnixTime, D::Error> {
        u64::deserialize(source).map(UnixTime::from_secs)
    }
}

/// A time in milliseconds, for what is stored and not sent.
pub(crate) mod millis {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::time::UnixTime;

    pub(crate) fn serialize<S: Serializer>(time: &UnixTime, sink: S) -> Result<S::Ok, S::Error> {
        sink.serialize_u64(time.millis())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<UnixTime, D::Error> {
        u64::deserialize(source).map(UnixTime::from_millis)
    }
}

/// The same, or null.
pub(crate) mod maybe_millis {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::time::UnixTime;

    pub(crate) fn serialize<S: Serializer>(time: &Option<UnixTime>, sink: S) -> Result<S::Ok, S::Error> {
        time.map(UnixTime::millis).serialize(sink)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Option<UnixTime>, D::Error> {
        Ok(Option::<u64>::deserialize(source)?.map(UnixTime::from_millis))
    }
}

/// A closed set of words.
pub(crate) trait Word: Copy {
    /// The value that `word` stands for.
    fn named(word: &str) -> Option<Self>;
}

/// Declares an enum whose values are words on the wire. serde's own enums would also take `{"word":null}`.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $value,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// As it is written.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }

            /// The value that `word` stands for.
            pub fn named(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$value),)+ _ => None }
            }
        }

        impl $crate::json::Word for $name {
            fn named(word: &str) -> Option<Self> {
                Self::named(word)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
                sink.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<'de, str>::deserialize(source)?;
                Self::named(&word).ok_or_else(|| serde::de::Error::custom("a word that is not known"))
            }
        }
    };
}
pub(crate) use words;

/// Why a text is no JSON that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum JsonRefused {
    /// Not JSON, or not of the form that was expected.
    #[error("the JSON is malformed")]
    Malformed,
    /// A member is there twice.
    #[error("the JSON has a member twice")]
    Repeated,
}

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        source.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

/// Any JSON without a repeated member.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct DistinctVisitor;
        impl<'de> Visitor<'de> for DistinctVisitor {
            type Value = Distinct;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Distinct, A::Error> {
                let mut names = BTreeSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    map.next_value::<Distinct>()?;
                    if !names.insert(name) {
                        return Err(A::Error::custom("a member is there twice"));
                    }
                }
                Ok(Distinct)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Distinct, A::Error> {
                while list.next_element::<Distinct>()?.is_some() {}
                Ok(Distinct)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Distinct, E> {
                Ok(Distinct)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Distinct, E> {
                Ok(Distinct)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Distinct, E> {
                Ok(Distinct)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Distinct, E> {
                Ok(Distinct)
            }

            fn visit_str<E>(self, _: &str) -> Result<Distinct, E> {
                Ok(Distinct)
            }

            fn visit_unit<E>(self) -> Result<Distinct, E> {
                Ok(Distinct)
            }
        }
        source.deserialize_any(DistinctVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        a: u64,
        #[serde(default, deserialize_with = "maybe_object")]
        b: Option<Inner>,
        #[serde(default, deserialize_with = "present")]
        c: bool,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        d: String,
    }

    #[test]
    fn a_member_given_twice_is_refused_wherever_it_stands() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"a":1,"z":{"y":1,"y":2}}"#,
            r#"{"a":1,"z":[{"y":1,"y":2}]}"#,
            r#"{"a":1,"z":1,"z":1}"#,
        ] {
            assert_eq!(read::<Outer>(text.as_bytes()).unwrap_err(), JsonRefused::Repeated, "{text}");
        }
    }

    #[test]
    fn a_list_is_no_object_and_nothing_follows_the_object() {
        for text in [
            "[1]",
            r#"{"a":1,"b":["x"]}"#,
            r#"{"a":1} {}"#,
            r#"{"a":1,}"#,
            r#"{"a":1.0}"#,
            r#"{"a":-1}"#,
            r#"{"a":"1"}"#,
            r#"{"b":{"d":"x"}}"#,
            "",
            "null",
            "\u{feff}{\"a\":1}",
        ] {
            assert_eq!(read::<Outer>(text.as_bytes()).unwrap_err(), JsonRefused::Malformed, "{text}");
        }
        let deep = format!("{{\"a\":1,\"z\":{}1{}}}", "[".repeat(1000), "]".repeat(1000));
        assert_eq!(read::<Outer>(deep.as_bytes()).unwrap_err(), JsonRefused::Malformed);
    }

    #[test]
    fn unknown_members_are_ignored_and_presence_is_seen() {
        let outer = read::<Outer>(br#"{"z":[null,true,1.5,-2],"b":{"d":"x","e":0},"a":7,"c":null}"#).unwrap();
        assert_eq!(outer, Outer { a: 7, b: Some(Inner { d: "x".into() }), c: true });
        let outer = read::<Outer>(br#"{"a":7,"b":null}"#).unwrap();
        assert_eq!(outer, Outer { a: 7, b: None, c: false });
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<Outer>(&bytes);
        }
    }
}
