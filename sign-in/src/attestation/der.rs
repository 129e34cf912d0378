//! Reads DER (X.690) value by value, over the parser that reads the certificates. It knows no structure.

use x509_parser::asn1_rs::{Any, Class, FromDer, Tag};

use super::Why;

/// The content of a value that holds others.
#[derive(Clone, Copy)]
pub(super) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The values in these bytes.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether there is another one.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing may follow.
    pub(super) fn end(self) -> Result<(), Why> {
        if self.is_empty() { Ok(()) } else { Err(Why::Unreadable) }
    }

    /// The content of the next value, which has this tag.
    pub(super) fn next(&mut self, tag: Tag) -> Result<&'a [u8], Why> {
        let any = self.any()?;
        let constructed = matches!(tag, Tag::Sequence | Tag::Set);
        let header = &any.header;
        if header.class() == Class::Universal && header.tag() == tag && header.constructed() == constructed {
            Ok(any.data)
        } else {
            Err(Why::Unreadable)
        }
    }

    /// The next value inside `[number]`, and its number.
    pub(super) fn next_explicit(&mut self) -> Result<(u32, Self), Why> {
        let any = self.any()?;
        if any.header.class() == Class::ContextSpecific && any.header.constructed() {
            Ok((any.header.tag().0, Self(any.data)))
        } else {
            Err(Why::Unreadable)
        }
    }

    /// The values of the next SEQUENCE.
    pub(super) fn sequence(&mut self) -> Result<Self, Why> {
        self.next(Tag::Sequence).map(Self)
    }

    /// The values of the next SET.
    pub(super) fn set(&mut self) -> Result<Self, Why> {
        self.next(Tag::Set).map(Self)
    }

    /// The next OCTET STRING.
    pub(super) fn octets(&mut self) -> Result<&'a [u8], Why> {
        self.next(Tag::OctetString)
    }

    /// The next INTEGER, up to 64 bits.
    pub(super) fn integer(&mut self) -> Result<i64, Why> {
        self.next(Tag::Integer).and_then(number)
    }

    /// The next ENUMERATED.
    pub(super) fn enumerated(&mut self) -> Result<i64, Why> {
        self.next(Tag::Enumerated).and_then(number)
    }

    /// The next BOOLEAN. Keystores write true in more ways than DER has.
    pub(super) fn boolean(&mut self) -> Result<bool, Why> {
        match self.next(Tag::Boolean)? {
            [byte] => Ok(*byte != 0),
            _ => Err(Why::Unreadable),
        }
    }

    fn any(&mut self) -> Result<Any<'a>, Why> {
        let (rest, any) = Any::from_der(self.0).map_err(|_| Why::Unreadable)?;
        self.0 = rest;
        Ok(any)
    }
}

/// Two's complement, the highest byte first.
fn number(bytes: &[u8]) -> Result<i64, Why> {
    let (Some(first), ..=8) = (bytes.first(), bytes.len()) else { return Err(Why::Unreadable) };
    let sign = if first & 0x80 == 0 { 0 } else { -1 };
    Ok(bytes.iter().fold(sign, |number, &byte| (number << 8) | i64::from(byte)))
}
