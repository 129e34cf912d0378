//! The service's time on the phone (C-18). It is learned from the service's own answers and used for that
//! service alone; a phone clock that is wrong breaks nothing, and no other account's codes are shifted.

use crate::time::UnixTime;

/// Milliseconds of a clock that only runs forward, counting while the device sleeps. Zero is any instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Monotonic(u64);

impl Monotonic {
    /// From milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }
}

/// What time it is at a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerClock {
    server: UnixTime,
    at: Monotonic,
}

impl ServerClock {
    /// Learns from an answer: `server_time` was written at some instant between asking and having it. None if
    /// that took so long that it tells too little.
    pub fn learn(server_time: UnixTime, asked: Monotonic, answered: Monotonic) -> Option<Self> {
        let took = answered.0.checked_sub(asked.0).filter(|&took| took <= LONGEST_TRIP)?;
        // Half a second on average is cut from a time in whole seconds, half of the way is behind it.
        let server = UnixTime::from_millis(server_time.millis().saturating_add(500 + took / 2));
        Some(Self { server, at: answered })
    }

    /// The service's time.
    pub const fn now(&self, at: Monotonic) -> UnixTime {
        UnixTime::from_millis(self.server.millis().saturating_add(at.0.saturating_sub(self.at.0)))
    }

    /// How far the device's own clock is off.
    pub fn skew(&self, device: UnixTime, at: Monotonic) -> Skew {
        let server = self.now(at);
        let millis = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        let ahead = millis(device.millis_since(server)) - millis(server.millis_since(device));
        Skew { ahead_ms: ahead }
    }
}

/// The difference between the device's clock and the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    /// Milliseconds the device is ahead; negative if it is behind.
    pub ahead_ms: i64,
}

impl Skew {
    /// Whether the person should be told: codes may be refused from here on.
    pub const fn matters(self) -> bool {
        self.ahead_ms.unsigned_abs() > WORTH_SAYING
    }
}

/// Where in a long poll its time was written cannot be told, so that such an answer teaches nothing.
const LONGEST_TRIP: u64 = 10_000;
/// One step of a code.
const WORTH_SAYING: u64 = 30_000;

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: UnixTime = UnixTime::from_secs(1_790_000_000);

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    #[test]
    fn the_services_time_runs_on_without_the_devices_clock() {
        let clock = ServerClock::learn(SERVER, at(1000), at(1200)).unwrap();
        assert_eq!(clock.now(at(1200)), UnixTime::from_millis(SERVER.millis() + 600));
        assert_eq!(clock.now(at(61_200)), UnixTime::from_millis(SERVER.millis() + 60_600));
        assert_eq!(clock.now(at(0)), clock.now(at(1200)), "it never runs backward");
    }

    #[test]
    fn a_skew_of_more_than_thirty_seconds_matters() {
        let clock = ServerClock::learn(SERVER, at(0), at(0)).unwrap();
        let skew = |millis: u64| clock.skew(UnixTime::from_millis(millis), at(0));
        let now = SERVER.millis() + 500;
        assert_eq!(skew(now + 3_600_000).ahead_ms, 3_600_000);
        assert_eq!(skew(now - 3_600_000).ahead_ms, -3_600_000);
        for (device, matters) in
            [(now + 30_000, false), (now + 30_001, true), (now - 30_000, false), (now - 30_001, true)]
        {
            assert_eq!(skew(device).matters(), matters);
        }
        assert!(skew(0).matters() && skew(u64::MAX).matters());
    }

    #[test]
    fn an_answer_that_took_too_long_or_came_before_its_question_teaches_nothing() {
        assert!(ServerClock::learn(SERVER, at(0), at(10_000)).is_some());
        assert_eq!(ServerClock::learn(SERVER, at(0), at(10_001)), None);
        assert_eq!(ServerClock::learn(SERVER, at(1), at(0)), None);
    }
}
