//! Mobile-OTP (motp.sourceforge.net): the first hexadecimal figures of MD5 over time, key and PIN, all as text.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::{Code, Digits, Key};
use crate::time::{Period, UnixTime};

/// The code at `at`.
pub(super) fn code(digits: Digits, period: Period, key: Key<'_>, at: UnixTime) -> Code {
    let mut step = String::new();
    write!(step, "{}", period.step(at)).expect("writing to a string does not fail");
    // expose: hashed together with the PIN, as the method has it.
    let secret = Zeroizing::new(HEXLOWER.encode(key.secret.expose()));
    let digest =
        Md5::new().chain_update(step).chain_update(secret.as_bytes()).chain_update(key.pin_text()).finalize();
    let figures = Zeroizing::new(HEXLOWER.encode(&digest));
    Code::new(format_args!("{:.*}", usize::from(digits.count()), figures.as_str()))
}
