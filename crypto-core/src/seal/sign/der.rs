//! `ECDSA-Sig-Value` (RFC 3279, section 2.2.3) in DER, read strictly: one encoding for one signature.

/// R ‖ S of a signature in DER. The range of the two numbers is for the caller to judge.
pub(super) fn to_raw(der: &[u8]) -> Option<[u8; 64]> {
    let (content, rest) = element(der, SEQUENCE)?;
    let (r, content) = element(content, INTEGER)?;
    let (s, content) = element(content, INTEGER)?;
    if !rest.is_empty() || !content.is_empty() {
        return None;
    }
    let mut raw = [0; 64];
    let (left, right) = raw.split_at_mut(32);
    fill(left, r)?;
    fill(right, s)?;
    Some(raw)
}

/// DER of R ‖ S.
pub(super) fn from_raw(raw: &[u8; 64]) -> Vec<u8> {
    let (r, s) = raw.split_at(32);
    let mut content = integer(r);
    content.extend(integer(s));
    wrapped(SEQUENCE, &content)
}

/// The content of the element that `bytes` begin with, and what follows. Lengths of 128 and more have a form
/// of their own, which no P-256 signature needs, so that it would not be the shortest.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = bytes.split_first_chunk()?;
    if found != tag || length >= 0x80 {
        return None;
    }
    rest.split_at_checked(usize::from(length))
}

/// Puts a positive number at the end of 32 zero bytes.
fn fill(out: &mut [u8], number: &[u8]) -> Option<()> {
    let digits = match number {
        // A zero byte stands in front only where the number would otherwise be negative.
        [0, digits @ ..] if digits.first().is_some_and(|&byte| byte >= 0x80) => digits,
        [1..0x80, ..] => number,
        _ => return None,
    };
    let start = out.len().checked_sub(digits.len())?;
    out.get_mut(start..)?.copy_from_slice(digits);
    Some(())
}

fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    let mut digits: Vec<u8> = number.iter().skip(zeros).copied().collect();
    if digits.first().is_none_or(|&byte| byte >= 0x80) {
        digits.insert(0, 0);
    }
    wrapped(INTEGER, &digits)
}

fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).expect("two numbers of 33 bytes and their heads are 70 bytes");
    let mut out = vec![tag, length];
    out.extend_from_slice(content);
    out
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
