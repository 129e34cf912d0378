//! What a JSON file looks like from outside: its members, a few levels deep. Enough to know whose it is, also
//! where its end is missing, so that a damaged file is not called an unknown one.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// The members of a file, up to four levels deep: `db.entries`, `[].kind`, `items[].login`.
pub(super) struct Shape(Vec<(String, Kind)>);

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Null, a number, true.
    Plain,
    /// False, which some files say a word with.
    False,
    /// Text.
    Text,
    /// An object.
    Object,
    /// A list.
    List,
}

impl Shape {
    /// Empty if it is no JSON.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut found = Self(Vec::new());
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if matches!(first, Some(b'{' | b'[')) {
            let mut source = serde_json::Deserializer::from_slice(bytes);
            // What was seen before an error counts.
            let _ = Place { found: &mut found, path: String::new(), depth: 0, slot: None }
                .deserialize(&mut source);
        }
        found
    }

    /// Whether there is such a member, whatever it holds.
    pub(super) fn has(&self, path: &str) -> bool {
        self.kind(path).is_some()
    }

    /// What a member holds.
    pub(super) fn kind(&self, path: &str) -> Option<Kind> {
        self.0.iter().find_map(|(name, kind)| (name == path).then_some(*kind))
    }

    fn is_full(&self) -> bool {
        self.0.len() >= MAX_MEMBERS
    }
}

/// One place in the file.
struct Place<'a> {
    found: &'a mut Shape,
    path: String,
    depth: u8,
    /// Where it is noted, if it is.
    slot: Option<usize>,
}

impl Place<'_> {
    fn note(&mut self, kind: Kind) {
        if let Some((_, noted)) = self.slot.and_then(|slot| self.found.0.get_mut(slot)) {
            *noted = kind;
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(mut self) -> Result<(), E> {
        self.note(Kind::Plain);
        Ok(())
    }

    fn visit_bool<E>(mut self, value: bool) -> Result<(), E> {
        self.note(if value { Kind::Plain } else { Kind::False });
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_str<E>(mut self, _: &str) -> Result<(), E> {
        self.note(Kind::Text);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.note(Kind::Object);
        while let Some(Name(name)) = members.next_key()? {
            if self.depth >= MAX_DEPTH || self.found.is_full() {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let dot = if self.path.is_empty() { "" } else { "." };
            let path = format!("{}{dot}{name}", self.path);
            // Noted before its value is read, whose end may be missing.
            let slot = Some(self.found.0.len());
            self.found.0.push((path.clone(), Kind::Text));
            members.next_value_seed(Place { found: &mut *self.found, path, depth: self.depth + 1, slot })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut values: A) -> Result<(), A::Error> {
        self.note(Kind::List);
        // The first says what they all look like.
        let path = format!("{}[]", self.path);
        let place = Place { found: &mut *self.found, path, depth: self.depth + 1, slot: None };
        if values.next_element_seed(place)?.is_some() {
            while values.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(())
    }
}

/// The name of a member, if it is short enough to be one.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(source)?;
        if name.len() > MAX_NAME { Err(D::Error::custom("no name")) } else { Ok(Self(name.into_owned())) }
    }
}

const MAX_DEPTH: u8 = 4;
const MAX_MEMBERS: usize = 256;
const MAX_NAME: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_some_levels_down() {
        let shape = Shape::of(br#" {"a":{"b":[{"c":"x"},{"d":1}]},"e":false,"f":null}"#);
        assert_eq!(shape.kind("a"), Some(Kind::Object));
        assert_eq!(shape.kind("a.b"), Some(Kind::List));
        assert_eq!(shape.kind("a.b[].c"), Some(Kind::Text));
        assert!(!shape.has("a.b[].d"));
        assert_eq!(shape.kind("e"), Some(Kind::False));
        assert_eq!(shape.kind("f"), Some(Kind::Plain));
    }

    #[test]
    fn a_file_without_its_end_still_has_a_shape() {
        let shape = Shape::of(br#"{"version":1,"header":{"slots":null},"db":"abc"#);
        assert!(shape.has("header.slots"));
        assert_eq!(shape.kind("db"), Some(Kind::Text));
        let shape = Shape::of(br#"{"services":[{"name":"x"#);
        assert_eq!(shape.kind("services"), Some(Kind::List));
        assert!(shape.has("services[].name"));
    }

    #[test]
    fn what_is_no_json_has_no_shape() {
        for bytes in [&b""[..], b"otpauth://totp/a", b"\xff\xfe", b"\"a\"", b"12"] {
            assert!(Shape::of(bytes).0.is_empty());
        }
    }
}
