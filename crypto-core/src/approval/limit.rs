//! How often. Every limit of the protocol stands in [`Limits`]; [`Prompts`] keeps somebody who knows a
//! password from wearing the person out or guessing numbers. Time is passed in, storing is the caller's.
//!
//! ```text
//!          three wake-ups without an answer in 15 minutes
//!   Open ───────────────────────────────────────────────▶ Silent: requests wait, the phone is not woken
//!     ▲  ◀────────────────────── success ───────────────────┘
//!     │
//!     │   5th, 6th, … wrong number            10th wrong number
//!   Open ─────────────▶ Locked until ──▶ … ─────────────────▶ Locked until another strong method is used
//!     ▲   time, success     │                                    │
//!     └─────────────────────┴──────── another strong method ─────┘
//! ```
//!
//! A lock is on requests to the phone alone; every other way of signing in stays open. Browsers that the
//! person has signed in with before have a budget of their own, so that an attacker elsewhere locks himself
//! out and not the person (S-13).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ProblemCode, TransactionId};
use crate::json;
use crate::time::UnixTime;

/// Every limit of the protocol, in seconds where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long a challenge can be answered.
    pub challenge_life: ChallengeLife,
    /// How long an approval waits for the browser that began it.
    pub redeem_secs: u64,
    /// Requests of one account that may wait at a time.
    pub pending: usize,
    /// How many numbers of the past a new one differs from, beside those that wait.
    pub numbers_apart: usize,
    /// Wake-ups without an answer before the phone is left in peace.
    pub unanswered: usize,
    /// The time in which those are counted.
    pub unanswered_secs: u64,
    /// Wake-ups in a minute.
    pub wakes_a_minute: usize,
    /// Wake-ups in a day without a success.
    pub wakes_a_day: usize,
    /// Wrong numbers before the first lock.
    pub mismatches: u32,
    /// How long each lock lasts; the last one repeats.
    pub lock_secs: [u64; 4],
    /// Wrong numbers before only another strong method unlocks.
    pub mismatches_in_all: u32,
    /// Steps of a code that are accepted before and after the one of this instant.
    pub totp_window: u64,
    /// Wrong codes in one session.
    pub totp_a_session: usize,
    /// Wrong codes of one account in a day, over all sessions, addresses and devices.
    pub totp_a_day: usize,
    /// Wrong codes of one account after which the person is told.
    pub totp_notice: usize,
    /// Wrong tries of a temporary access pass before it is revoked.
    pub pass_tries: usize,
    /// How long an activation code is good.
    pub activation_secs: u64,
    /// Wrong tries of one handle.
    pub activation_tries: usize,
    /// Wrong tries of one address in an hour.
    pub activation_tries_an_hour: usize,
    /// How long the code of a grant is good.
    pub grant_secs: u64,
    /// The least time between two questions after a grant.
    pub grant_poll_secs: u64,
    /// Wrong codes of grants in one session.
    pub grant_tries: usize,
    /// How long a device waits for its confirmation.
    pub unconfirmed_secs: u64,
    /// Authenticators of one person.
    pub authenticators: usize,
    /// Characters in a device's name.
    pub device_name: usize,
    /// Bytes of an answer.
    pub answer_bytes: usize,
    /// Challenges in one list.
    pub challenges: usize,
    /// How long a nonce of the transport proof is good, and how long its id is remembered.
    pub nonce_secs: u64,
    /// The least time between two calls that do not wait.
    pub poll_secs: u64,
    /// How long a call may wait.
    pub long_poll_secs: u64,
    /// Calls of one device in a minute.
    pub polls_a_minute: usize,
    /// The least time between two changes of a device's keys.
    pub rotation_secs: u64,
    /// How long a removed device is remembered, so that it can be told.
    pub tombstone_secs: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            challenge_life: ChallengeLife::DEFAULT,
            redeem_secs: MINUTE,
            pending: 2,
            numbers_apart: 5,
            unanswered: 3,
            unanswered_secs: 15 * MINUTE,
            wakes_a_minute: 5,
            wakes_a_day: 20,
            mismatches: 5,
            lock_secs: [15 * MINUTE, HOUR, 4 * HOUR, DAY],
            mismatches_in_all: 10,
            totp_window: 1,
            totp_a_session: 5,
            totp_a_day: 10,
            totp_notice: 5,
            pass_tries: 5,
            activation_secs: 10 * MINUTE,
            activation_tries: 5,
            activation_tries_an_hour: 20,
            grant_secs: 10 * MINUTE,
            grant_poll_secs: 3,
            grant_tries: 5,
            unconfirmed_secs: 10 * MINUTE,
            authenticators: 5,
            device_name: 64,
            answer_bytes: 8 * 1024,
            challenges: 4,
            nonce_secs: 2 * MINUTE,
            poll_secs: 3,
            long_poll_secs: 25,
            polls_a_minute: 60,
            rotation_secs: DAY,
            tombstone_secs: 180 * DAY,
        }
    }
}

/// How long a challenge can be answered: half a minute to five, and ten for one that a person has to be
/// called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChallengeLife(u64);

impl ChallengeLife {
    /// Two minutes.
    pub const DEFAULT: Self = Self(120);
    /// The most there ever is.
    pub const HARD_CAP: Self = Self(600);

    /// From a configuration.
    pub const fn new(secs: u64) -> Option<Self> {
        if secs >= 30 && secs <= 300 { Some(Self(secs)) } else { None }
    }

    /// Seconds.
    pub const fn secs(self) -> u64 {
        self.0
    }
}

/// The two budgets of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompts {
    #[serde(deserialize_with = "json::object")]
    known: Budget,
    #[serde(deserialize_with = "json::object")]
    other: Budget,
}

/// Where a sign-in comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// This person has signed in with it before, as its cookie proves.
    Known,
    /// Any other.
    Other,
}

/// Whether the phone is woken for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// It is.
    Send,
    /// The request waits until the app is opened.
    Silent,
}

/// Where requests from one kind of browser stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptState {
    /// They wake the phone.
    Open,
    /// They wait without waking it.
    Silent,
    /// They are refused.
    Locked(Lock),
}

/// What ends a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Time: this is the first instant at which it is over.
    Until(UnixTime),
    /// Signing in with another strong method.
    UntilStrongMethod,
}

impl Prompts {
    /// Where requests stand.
    pub fn state(&self, browser: Browser, now: UnixTime) -> PromptState {
        let budget = match browser {
            Browser::Known => &self.known,
            Browser::Other => &self.other,
        };
        match budget.lock(now) {
            Some(lock) => PromptState::Locked(lock),
            None if budget.silent => PromptState::Silent,
            None => PromptState::Open,
        }
    }

    /// Whether the phone was woken for a request that is still open: if so, it is told when nothing waits any
    /// longer, so that its notification goes.
    pub fn woke(&self, browser: Browser, transaction: &TransactionId) -> bool {
        let budget = match browser {
            Browser::Known => &self.known,
            Browser::Other => &self.other,
        };
        budget.wakes.iter().any(|wake| wake.transaction == *transaction)
    }

    /// A request is to be made while `pending` others of the account wait. A new one never takes anything
    /// off the counts (S-12).
    pub fn begin(
        &mut self,
        browser: Browser,
        transaction: &TransactionId,
        pending: usize,
        limits: &Limits,
        now: UnixTime,
    ) -> Result<Wake, PromptRefused> {
        let budget = self.budget(browser);
        if let Some(lock) = budget.lock(now) {
            return Err(PromptRefused::Locked(lock));
        }
        if pending >= limits.pending {
            return Err(PromptRefused::TooManyPending);
        }
        Ok(budget.wake(transaction, limits, now))
    }

    /// The person said no. That is an answer, and no success.
    pub fn declined(&mut self, browser: Browser, transaction: &TransactionId) {
        self.budget(browser).answered(transaction);
    }

    /// A wrong number was typed. If this locks, what else is pending from such a browser is to be cancelled,
    /// or it would be one more try.
    pub fn mismatched(
        &mut self,
        browser: Browser,
        transaction: &TransactionId,
        limits: &Limits,
        now: UnixTime,
    ) -> PromptState {
        let budget = self.budget(browser);
        budget.answered(transaction);
        budget.mismatches = budget.mismatches.saturating_add(1);
        if budget.mismatches >= limits.mismatches_in_all {
            budget.closed = true;
        } else if let Some(over) = budget.mismatches.checked_sub(limits.mismatches) {
            let last = limits.lock_secs.len() - 1;
            let index = usize::try_from(over).unwrap_or(last).min(last);
            let secs = limits.lock_secs.get(index).copied().unwrap_or(DAY);
            budget.locked_until = Some(now.plus_secs(secs));
        }
        self.state(browser, now)
    }

    /// The number was right. This clears the budget of such browsers, but opens no lock: a request that was
    /// pending when it closed does not count.
    pub fn approved(&mut self, browser: Browser, now: UnixTime) {
        let budget = self.budget(browser);
        if budget.lock(now).is_none() {
            *budget = Budget::default();
        }
    }

    /// The person signed in with another strong method, which shows that it is them.
    pub fn signed_in_otherwise(&mut self) {
        *self = Self::default();
    }

    fn budget(&mut self, browser: Browser) -> &mut Budget {
        match browser {
            Browser::Known => &mut self.known,
            Browser::Other => &mut self.other,
        }
    }
}

/// What was spent since the last success.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Budget {
    /// Never more than those of a day's limit.
    #[serde(deserialize_with = "json::objects")]
    wakes: Vec<WakeUp>,
    silent: bool,
    mismatches: u32,
    #[serde(with = "json::maybe_millis")]
    locked_until: Option<UnixTime>,
    /// Until another strong method is used.
    closed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct WakeUp {
    transaction: TransactionId,
    #[serde(with = "json::millis")]
    at: UnixTime,
    answered: bool,
}

impl Budget {
    fn lock(&self, now: UnixTime) -> Option<Lock> {
        if self.closed {
            return Some(Lock::UntilStrongMethod);
        }
        self.locked_until.filter(|&until| now < until).map(Lock::Until)
    }

    fn wake(&mut self, transaction: &TransactionId, limits: &Limits, now: UnixTime) -> Wake {
        let within = |wake: &WakeUp, secs: u64| now < wake.at.plus_secs(secs);
        self.wakes.retain(|wake| within(wake, DAY));
        let unanswered = |wake: &&WakeUp| !wake.answered && within(wake, limits.unanswered_secs);
        // One that waits for its answer counts too, so that there are never more than these.
        if self.wakes.iter().filter(unanswered).count() >= limits.unanswered {
            self.silent = true;
        }
        let minute = self.wakes.iter().filter(|wake| within(wake, MINUTE)).count();
        if self.silent || minute >= limits.wakes_a_minute || self.wakes.len() >= limits.wakes_a_day {
            return Wake::Silent;
        }
        self.wakes.push(WakeUp { transaction: transaction.clone(), at: now, answered: false });
        Wake::Send
    }

    fn answered(&mut self, transaction: &TransactionId) {
        for wake in self.wakes.iter_mut().filter(|wake| wake.transaction == *transaction) {
            wake.answered = true;
        }
    }
}

/// Tries of something that can be guessed: codes of an account, an activation handle, an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// In milliseconds, the oldest first.
    at: Vec<u64>,
}

impl Tries {
    /// Counts a try before it is evaluated, so that many at once cannot be more than `most` in `secs`.
    pub fn take(&mut self, most: usize, secs: u64, now: UnixTime) -> Result<(), TooManyTries> {
        self.at.retain(|&at| now < UnixTime::from_millis(at).plus_secs(secs));
        if self.at.len() >= most {
            let first = self.at.len().checked_sub(most).and_then(|index| self.at.get(index));
            let until = first.map_or(now, |&at| UnixTime::from_millis(at).plus_secs(secs));
            return Err(TooManyTries { until });
        }
        self.at.push(now.millis());
        Ok(())
    }

    /// The last try was right, so that it is none.
    pub fn give_back(&mut self) {
        self.at.pop();
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.at.len()
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Why no request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PromptRefused {
    /// As many wait as may wait.
    #[error("too many requests are waiting")]
    TooManyPending,
    /// Wrong numbers locked them.
    #[error("requests to this account are locked")]
    Locked(Lock),
}

impl PromptRefused {
    /// What the browser is told.
    pub const fn problem(self) -> ProblemCode {
        match self {
            Self::TooManyPending => ProblemCode::TooManyPending,
            Self::Locked(_) => ProblemCode::PushLocked,
        }
    }
}

/// As many tries as are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there were too many tries")]
pub struct TooManyTries {
    /// The first instant at which there may be another.
    pub until: UnixTime,
}

#[cfg(test)]
mod tests;
