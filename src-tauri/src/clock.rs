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

/// Milliseconds that run on evenly, also while the device sleeps; zero is any instant.
#[cfg(unix)]
pub fn steady_millis() -> u64 {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let id = ClockId::Boottime;
    // Apple's monotonic clock goes on while the device sleeps.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let id = ClockId::Monotonic;
    let time = clock_gettime(id);
    let millis = i128::from(time.tv_sec) * 1000 + i128::from(time.tv_nsec) / 1_000_000;
    u64::try_from(millis).unwrap_or_default()
}

/// Milliseconds that run on evenly, also while the device sleeps: so does the counter of Windows.
#[cfg(not(unix))]
pub fn steady_millis() -> u64 {
    millis_since_start()
}

#[expect(clippy::disallowed_methods, reason = "everything else is given the time")]
fn start() -> &'static Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now)
}
