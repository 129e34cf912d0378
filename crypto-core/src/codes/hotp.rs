//! Codes from a counter (RFC 4226). Knows nothing of time.

use ring::hmac;

use super::{Algorithm, Code, Digits};
use crate::secret::SecretBytes;

/// The code at `counter`.
pub(super) fn code(algorithm: Algorithm, digits: Digits, secret: &SecretBytes, counter: u64) -> Code {
    let modulus = 10_u64.pow(u32::from(digits.count()));
    let value = u64::from(truncated(algorithm, secret, counter)) % modulus;
    Code::new(format_args!("{value:0width$}", width = usize::from(digits.count())))
}

/// Dynamic truncation: 31 bits at the place that the last four bits name (section 5.3).
pub(super) fn truncated(algorithm: Algorithm, secret: &SecretBytes, counter: u64) -> u32 {
    let algorithm = match algorithm {
        Algorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::Sha256 => hmac::HMAC_SHA256,
        Algorithm::Sha512 => hmac::HMAC_SHA512,
    };
    // expose: the key of the MAC.
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret.expose()), &counter.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().map_or(0, |last| last & 0x0f));
    let word = tag
        .get(offset..)
        .and_then(<[u8]>::first_chunk)
        .expect("an offset of at most 15 leaves four of the 20 or more bytes");
    u32::from_be_bytes(*word) & 0x7fff_ffff
}
