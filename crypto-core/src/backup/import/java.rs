//! A map of texts as Java serialises it. Only what such a map needs is read: texts, references to them, and
//! numbers in their boxes, which are passed over. Nothing is ever made of a class that the file names.

use zeroize::Zeroizing;

use crate::secret::SecretText;

/// Whether it begins like something that Java serialised.
pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xac, 0xed, 0x00, 0x05])
}

/// The entries whose key and value are texts. None if the file is anything else than one map.
pub(super) fn texts(bytes: &[u8]) -> Option<Vec<(String, SecretText)>> {
    let mut stream = Stream {
        rest: bytes.strip_prefix(&[0xac, 0xed, 0x00, 0x05])?,
        known: Vec::new(),
        room: ROOM * bytes.len(),
    };
    if stream.byte()? != OBJECT {
        return None;
    }
    let class = stream.class(0)?;
    if class.name != "java.util.HashMap" && class.name != "java.util.LinkedHashMap" {
        return None;
    }
    stream.known.push(Known::Other);
    stream.bytes(class.width)?;
    // What the map writes itself: room and number of entries.
    if stream.byte()? != BLOCK || stream.byte()? != 8 {
        return None;
    }
    stream.bytes(4)?;
    let count = u32::from_be_bytes(*stream.bytes(4)?.first_chunk()?);
    if count > MOST_ENTRIES {
        return None;
    }
    let mut entries = Vec::new();
    for _ in 0..count {
        let (key, value) = (stream.value()?, stream.value()?);
        if let (Some(key), Some(value)) = (key, value) {
            // expose: names are no secrets.
            entries.push((key.expose().to_owned(), value));
        }
    }
    Some(entries)
}

struct Stream<'a> {
    rest: &'a [u8],
    /// What a reference can point to, in the order of the file.
    known: Vec<Known<'a>>,
    /// How many bytes of texts may still come: a short reference can point to a long text.
    room: usize,
}

#[derive(Clone)]
enum Known<'a> {
    Text(&'a [u8]),
    Class(Class),
    Other,
}

#[derive(Clone)]
struct Class {
    name: String,
    /// Bytes of its fields and those of the classes above it.
    width: usize,
}

impl<'a> Stream<'a> {
    /// One entry's key or value; none inside where it is no text.
    fn value(&mut self) -> Option<Option<SecretText>> {
        match self.byte()? {
            NULL => Some(None),
            TEXT => {
                let length = usize::from(self.u16()?);
                self.text(length).map(Some)
            }
            LONG_TEXT => {
                let length = u64::from_be_bytes(*self.bytes(8)?.first_chunk()?);
                self.text(usize::try_from(length).ok()?).map(Some)
            }
            REFERENCE => match self.referred()? {
                Known::Text(bytes) => self.decoded(bytes).map(Some),
                Known::Class(_) | Known::Other => Some(None),
            },
            OBJECT => {
                let class = self.class(0)?;
                self.known.push(Known::Other);
                self.bytes(class.width)?;
                Some(None)
            }
            _ => None,
        }
    }

    fn text(&mut self, length: usize) -> Option<SecretText> {
        let bytes = self.bytes(length)?;
        self.known.push(Known::Text(bytes));
        self.decoded(bytes)
    }

    fn decoded(&mut self, bytes: &[u8]) -> Option<SecretText> {
        self.room = self.room.checked_sub(bytes.len())?;
        decoded(bytes)
    }

    /// A class with fields of fixed width, as maps and boxed numbers have them.
    fn class(&mut self, depth: usize) -> Option<Class> {
        match self.byte()? {
            // The end of the chain above the first.
            NULL if depth > 0 => Some(Class { name: String::new(), width: 0 }),
            REFERENCE => match self.referred()? {
                Known::Class(class) => Some(class),
                Known::Text(_) | Known::Other => None,
            },
            CLASS if depth < DEEPEST => {
                let length = usize::from(self.u16()?);
                let name = std::str::from_utf8(self.bytes(length)?).ok()?.to_owned();
                self.bytes(8)?;
                let own = self.known.len();
                self.known.push(Known::Other);
                self.byte()?;
                let mut width = 0;
                for _ in 0..self.u16()? {
                    width += match self.byte()? {
                        b'B' | b'Z' => 1,
                        b'C' | b'S' => 2,
                        b'F' | b'I' => 4,
                        b'D' | b'J' => 8,
                        // Objects inside of objects are in no map of texts.
                        _ => return None,
                    };
                    let length = usize::from(self.u16()?);
                    self.bytes(length)?;
                }
                if self.byte()? != END {
                    return None;
                }
                width += self.class(depth + 1)?.width;
                let class = Class { name, width };
                *self.known.get_mut(own)? = Known::Class(class.clone());
                Some(class)
            }
            _ => None,
        }
    }

    fn referred(&mut self) -> Option<Known<'a>> {
        let handle = u32::from_be_bytes(*self.bytes(4)?.first_chunk()?);
        let place = usize::try_from(handle.checked_sub(FIRST_HANDLE)?).ok()?;
        self.known.get(place).cloned()
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(*self.bytes(2)?.first_chunk()?))
    }

    fn byte(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }
}

/// Java's own UTF-8: units of UTF-16, each written by itself, and zero in two bytes.
fn decoded(bytes: &[u8]) -> Option<SecretText> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(SecretText::new(text.to_owned()));
    }
    let mut units = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut rest = bytes.iter().map(|&byte| u16::from(byte));
    while let Some(first) = rest.next() {
        let mut next = || rest.next().filter(|byte| byte & 0xc0 == 0x80).map(|byte| byte & 0x3f);
        units.push(match first {
            0x01..=0x7f => first,
            0xc0..=0xdf => (first & 0x1f) << 6 | next()?,
            0xe0..=0xef => (first & 0x0f) << 12 | next()? << 6 | next()?,
            _ => return None,
        });
    }
    String::from_utf16(&units).ok().map(SecretText::new)
}

const NULL: u8 = 0x70;
const REFERENCE: u8 = 0x71;
const CLASS: u8 = 0x72;
const OBJECT: u8 = 0x73;
const TEXT: u8 = 0x74;
const BLOCK: u8 = 0x77;
const END: u8 = 0x78;
const LONG_TEXT: u8 = 0x7c;
const FIRST_HANDLE: u32 = 0x7e_0000;
/// Times the length of the file.
const ROOM: usize = 2;
/// A boxed number has two classes.
const DEEPEST: usize = 4;
/// Two for each account, and some of the app itself.
const MOST_ENTRIES: u32 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_references_do_not_make_a_long_text_many() {
        let class = |name: &[u8]| {
            [&[CLASS, 0, u8::try_from(name.len()).unwrap()], name, &[0; 8], &[3, 0, 0, END, NULL]].concat()
        };
        let mut file = vec![0xac, 0xed, 0, 5, OBJECT];
        file.extend(class(b"java.util.HashMap"));
        file.extend([BLOCK, 8, 0, 0, 0, 16]);
        let count = |count: u32, length: u16| {
            let mut file = [&file[..], &count.to_be_bytes(), &[TEXT], &length.to_be_bytes()].concat();
            file.extend(vec![b'a'; length.into()]);
            for _ in 1..2 * count {
                file.extend([REFERENCE, 0, 0x7e, 0, 2]);
            }
            texts(&file).map(|texts| texts.len())
        };
        assert_eq!(count(2, 3), Some(2));
        assert_eq!(count(2000, 60_000), None);
    }

    #[test]
    fn surrogates_of_javas_utf8_become_one_character() {
        let text = |bytes: &[u8]| decoded(bytes).map(|text| text.expose().to_owned());
        assert_eq!(text(b"a\xed\xa0\xbd\xed\xb8\x80").as_deref(), Some("a\u{1f600}"));
        assert_eq!(text(b"a\xc0\x80\xed\xa0\xbd").as_deref(), None);
        assert_eq!(text(b"a\xc0\x80b").as_deref(), Some("a\0b"));
        assert_eq!(text(b"\xff"), None);
    }
}
