//! The one place that reads a clock.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crypto_core::time::UnixTime;

/// The time of day, right again at once after the device has slept.
#[expect(clippy::disallowed_methods, reason = "everything else is given the time")]
pub fn now() -> UnixTime {
    // A clock set before 1970 counts as 1970: codes are wrong then, and nothing breaks.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Notes the start of the process, from which durations are counted.
pub fn mark_start() {
    start();
}

/// Milliseconds since [`mark_start`]; goes on evenly whatever happens to the time of day.
pub fn millis_since_start() -> u64 {
    u64::try_from(start().elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "everything else is given the time")]
fn start() -> &'static Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now)
}
