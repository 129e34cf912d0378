//! Time as a value. Nothing here or anywhere in this crate reads a clock.

/// Milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// From whole seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// From milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Whole seconds, rounded down.
    pub const fn secs(self) -> u64 {
        self.0 / 1000
    }

    /// Milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// This many seconds later; the end of time rather than an overflow.
    pub const fn plus_secs(self, secs: u64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1000)))
    }

    /// Milliseconds from `earlier` to this; 0 if `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The length of a time step in seconds (`X` in RFC 6238, section 4.1); at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(u32);

impl Period {
    /// Thirty seconds, the default of RFC 6238.
    pub const DEFAULT: Self = Self(30);

    /// None for zero.
    pub const fn new(secs: u32) -> Option<Self> {
        if secs == 0 { None } else { Some(Self(secs)) }
    }

    /// Seconds.
    pub const fn secs(self) -> u32 {
        self.0
    }

    /// The step that `now` falls into (`T` in RFC 6238, section 4.2).
    pub const fn step(self, now: UnixTime) -> u64 {
        now.secs() / self.0 as u64
    }

    /// When the step of `now` ends: exactly the first instant of the next one.
    pub const fn step_end(self, now: UnixTime) -> UnixTime {
        UnixTime::from_secs(self.step(now).saturating_add(1).saturating_mul(self.0 as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_ends_where_the_next_begins() {
        let end = Period::DEFAULT.step_end(UnixTime::from_millis(59_999));
        assert_eq!(end, UnixTime::from_secs(60));
        assert_eq!(Period::DEFAULT.step(end), 2);
        assert_eq!(Period::DEFAULT.step(UnixTime::from_millis(59_999)), 1);
    }

    #[test]
    fn the_end_of_time_does_not_overflow() {
        assert!(Period::DEFAULT.step_end(UnixTime::from_millis(u64::MAX)).millis() > 0);
    }
}
