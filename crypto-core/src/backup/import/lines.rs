//! What editors do to text files: byte order marks, UTF-16, ends of lines. And names in set-up texts that
//! cannot be kept.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use zeroize::{Zeroize as _, Zeroizing};

/// The bytes of a file, as UTF-8 without a mark where they are text with one.
pub(super) fn plain(bytes: &[u8]) -> Plain<'_> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] if std::str::from_utf8(rest).is_ok() => Some(Cow::Borrowed(rest)),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => None,
    };
    Plain(text.unwrap_or(Cow::Borrowed(bytes)))
}

/// Wipes itself where it is a copy.
pub(super) struct Plain<'a>(Cow<'a, [u8]>);

impl std::ops::Deref for Plain<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Plain<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(bytes) = &mut self.0 {
            bytes.zeroize();
        }
    }
}

/// None if it is no text, so that what is sealed and begins with the same two bytes is left alone.
fn utf16<'a>(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Cow<'a, [u8]>> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    // Three bytes are the most that one unit becomes.
    let mut text = Zeroizing::new(String::with_capacity(pairs.len() * 3));
    for character in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        text.push(character.ok()?);
    }
    Some(Cow::Owned(std::mem::take(&mut *text).into_bytes()))
}

/// The text of a file; none if it is not text.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Whether it is a text that begins with `start`, after white space.
pub(super) fn starts_with(bytes: &[u8], start: &str) -> bool {
    bytes.trim_ascii_start().starts_with(start.as_bytes())
}

/// Whether `text` is anywhere in it.
pub(super) fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The lines that hold something, each without the space around it.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\0');
    text.split(['\n', '\r']).map(move |line| line.trim_matches(blank)).filter(|line| !line.is_empty())
}

/// Issuer and account of a set-up text that is refused. Nothing after its label is taken, and no label without
/// parameters: a key may stand in its place.
pub(super) fn names(uri: &str) -> (String, String) {
    let Some((path, _)) = uri.split_once('?') else { return Default::default() };
    let Some((_, rest)) = path.split_once("://") else { return Default::default() };
    let label = rest.split_once('/').map_or(rest, |(_, label)| label);
    let label = percent_decode_str(label).decode_utf8_lossy();
    let (issuer, account) = label.split_once(':').unwrap_or(("", &label));
    (issuer.to_owned(), account.to_owned())
}

/// Base64 in either alphabet, with or without padding and line breaks.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut symbols = Zeroizing::new(Vec::with_capacity(text.len()));
    symbols.extend(text.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }));
    BASE64.decode(&*symbols).ok()
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_utf_16_are_taken_away() {
        assert_eq!(&*plain(b"\xef\xbb\xbfabc"), b"abc");
        assert_eq!(&*plain(b"\xff\xfea\0\xe5\0"), "aå".as_bytes());
        assert_eq!(&*plain(b"\xfe\xff\0a\0\xe5"), "aå".as_bytes());
        assert_eq!(&*plain(b"abc"), b"abc");
    }

    #[test]
    fn what_is_no_text_is_left_alone() {
        for bytes in [&b"\xff\xfea"[..], b"\xff\xfe\x00\xd8a\0", b"\xef\xbb\xbf\xff", b"\xff"] {
            assert_eq!(&*plain(bytes), bytes);
        }
    }

    #[test]
    fn lines_end_in_any_way() {
        let found: Vec<_> = lines("\u{feff}a\r\n\r\n b \rc\n").collect();
        assert_eq!(found, ["a", "b", "c"]);
    }

    #[test]
    fn a_refused_text_is_named_by_its_label_alone() {
        let split = |uri| names(uri);
        assert_eq!(split("otpauth://totp/A%20b:c%40d?secret=S").0, "A b");
        assert_eq!(split("otpauth://totp/A%20b:c%40d?secret=S").1, "c@d");
        assert_eq!(split("motp://A:c?secret=S"), ("A".to_owned(), "c".to_owned()));
        assert_eq!(split("otpauth://totp/JBSWY3DPEHPK3PXP"), Default::default());
        assert_eq!(split("JBSWY3DPEHPK3PXP"), Default::default());
    }
}
