//! Codes from time (RFC 6238).

use totp_rs::Builder;

use super::{Algorithm, Code, Digits, hotp};
use crate::secret::SecretBytes;
use crate::time::{Period, UnixTime};

/// The codes of one key. The key is prepared once for all the times asked for.
pub(super) fn codes(
    algorithm: Algorithm,
    digits: Digits,
    period: Period,
    secret: &SecretBytes,
) -> impl Fn(UnixTime) -> Code {
    // totp-rs counts in 32 bits and panics at ten digits, which need 34; those take the way of HOTP.
    let wide = (digits.count() > 9).then_some(secret);
    let generator = Builder::new()
        .with_algorithm(match algorithm {
            Algorithm::Sha1 => totp_rs::Algorithm::SHA1,
            Algorithm::Sha256 => totp_rs::Algorithm::SHA256,
            Algorithm::Sha512 => totp_rs::Algorithm::SHA512,
        })
        .with_digits(digits.count())
        .with_step_duration(u64::from(period.secs()))
        // expose: the key of the MAC.
        .with_secret(secret.expose())
        // The checked way refuses four, five and nine digits and keys under 16 bytes, which real services use.
        .build_noncompliant();
    move |at| match wide {
        Some(secret) => hotp::code(algorithm, digits, secret, period.step(at)),
        None => Code::new(format_args!("{}", generator.generate(at.secs()))),
    }
}
