//! Steam's codes: RFC 6238 over SHA-1, written as five of 26 letters and figures.

use totp_rs::Builder;

use super::{Code, Digits};
use crate::secret::SecretBytes;
use crate::time::{Period, UnixTime};

/// The codes of one key. The key is prepared once for all the times asked for.
pub(super) fn codes(period: Period, secret: &SecretBytes) -> impl Fn(UnixTime) -> Code {
    let generator = Builder::new()
        .with_algorithm(totp_rs::Algorithm::Steam)
        .with_digits(Digits::STEAM.count())
        .with_step_duration(u64::from(period.secs()))
        // expose: the key of the MAC.
        .with_secret(secret.expose())
        // The checked way refuses keys under 16 bytes.
        .build_noncompliant();
    move |at| Code::new(format_args!("{}", generator.generate(at.secs())))
}
