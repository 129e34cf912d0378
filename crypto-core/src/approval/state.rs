//! The states of a sign-in that waits for its answer and of a device. They are names and rules; whoever
//! stores one changes it in one atomic step, so that of many only one wins (S-01).
//!
//! ```text
//! Transaction  Pending ─▶ Approved ─▶ Consumed            Approved ─▶ Expired (not fetched in time)
//!                 ├─▶ Mismatch | Denied | Reported | Expired | Cancelled
//! Device       PendingConfirmation ─▶ Active ◀─▶ Suspended
//!                                       └─▶ Stale       any ─▶ Revoked
//! ```

use crate::json::words;
use crate::time::UnixTime;

use super::Limits;

words! {
    /// What approving allows.
    Purpose {
        /// Signing in.
        Signin = "signin",
        /// Finishing the activation of this device.
        Activation = "activation",
        /// Changing how the person signs in.
        SecurityChange = "security_change",
        /// Getting back into the account.
        Recovery = "recovery",
    }
}

words! {
    /// Where a sign-in stands.
    TransactionState {
        /// It waits for an answer.
        Pending = "pending",
        /// A device approved; the browser that began it has not fetched the result.
        Approved = "approved",
        /// The browser that began it is signed in.
        Consumed = "consumed",
        /// A wrong number was typed.
        Mismatch = "mismatch",
        /// The person said no.
        Denied = "denied",
        /// The person said that it was somebody else.
        Reported = "reported",
        /// Nobody answered, or nobody fetched the result, in time.
        Expired = "expired",
        /// The browser that began it went away or chose another way.
        Cancelled = "cancelled",
    }
}

impl TransactionState {
    /// Whether this may follow. What is final stays.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending => !matches!(next, Self::Pending | Self::Consumed),
            Self::Approved => matches!(next, Self::Consumed | Self::Expired),
            Self::Consumed
            | Self::Mismatch
            | Self::Denied
            | Self::Reported
            | Self::Expired
            | Self::Cancelled => false,
        }
    }

    /// Whether the browser that began it may be signed in (S-11): an approval holds for a minute. That it is
    /// the same browser, and the first time, is for the store to see.
    pub fn redeemable(self, approved_at: UnixTime, now: UnixTime, limits: &Limits) -> bool {
        self == Self::Approved && now <= approved_at.plus_secs(limits.redeem_secs)
    }
}

words! {
    /// Where a device stands.
    DeviceState {
        /// Its keys are known; the person has not confirmed it on the page.
        PendingConfirmation = "pending_confirmation",
        /// It may do everything.
        Active = "active",
        /// A report or an administrator stopped it.
        Suspended = "suspended",
        /// The key that needs the person is gone: it may deny, and approve no more.
        Stale = "stale",
        /// Removed, for good.
        Revoked = "revoked",
    }
}

impl DeviceState {
    /// Whether this may follow.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::PendingConfirmation => matches!(next, Self::Active | Self::Revoked),
            Self::Active => matches!(next, Self::Suspended | Self::Stale | Self::Revoked),
            Self::Suspended => matches!(next, Self::Active | Self::Revoked),
            Self::Stale => next == Self::Revoked,
            Self::Revoked => false,
        }
    }

    /// Whether challenges are addressed to it at all.
    pub const fn is_asked(self, purpose: Purpose) -> bool {
        match self {
            Self::Active | Self::Stale => true,
            Self::PendingConfirmation => matches!(purpose, Purpose::Activation),
            Self::Suspended | Self::Revoked => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_waits_is_answered_and_only_what_is_approved_is_fetched() {
        use TransactionState as T;
        for &state in T::ALL {
            for &next in T::ALL {
                let allowed = match (state, next) {
                    (T::Pending, T::Pending | T::Consumed) => false,
                    (T::Pending, _) | (T::Approved, T::Consumed | T::Expired) => true,
                    _ => false,
                };
                assert_eq!(state.may_become(next), allowed, "{state:?} to {next:?}");
            }
        }
    }

    #[test]
    fn an_approval_holds_for_its_minute() {
        let limits = Limits::default();
        let approved = UnixTime::from_secs(1000);
        let at = |secs: u64| UnixTime::from_secs(1000 + secs);
        assert!(TransactionState::Approved.redeemable(approved, at(59), &limits));
        assert!(TransactionState::Approved.redeemable(approved, at(60), &limits));
        assert!(!TransactionState::Approved.redeemable(approved, at(61), &limits));
        assert!(!TransactionState::Consumed.redeemable(approved, at(1), &limits));
        assert!(!TransactionState::Pending.redeemable(approved, at(1), &limits));
    }

    #[test]
    fn a_removed_device_stays_removed_and_a_stale_one_does_not_come_back() {
        use DeviceState as D;
        assert!(D::ALL.iter().all(|&next| !D::Revoked.may_become(next)));
        assert!(D::ALL.iter().all(|&state| state == D::Revoked || state.may_become(D::Revoked)));
        assert!(!D::Stale.may_become(D::Active));
        assert!(!D::PendingConfirmation.may_become(D::Suspended));
        assert!(D::Suspended.may_become(D::Active) && D::Active.may_become(D::Suspended));
    }

    #[test]
    fn a_device_that_is_not_confirmed_is_asked_to_confirm_and_nothing_else() {
        for &purpose in Purpose::ALL {
            let asked = DeviceState::PendingConfirmation.is_asked(purpose);
            assert_eq!(asked, purpose == Purpose::Activation);
            assert!(DeviceState::Active.is_asked(purpose) && DeviceState::Stale.is_asked(purpose));
            assert!(!DeviceState::Suspended.is_asked(purpose) && !DeviceState::Revoked.is_asked(purpose));
        }
    }

    #[test]
    fn words_are_read_back() {
        for &state in TransactionState::ALL {
            assert_eq!(TransactionState::named(state.word()), Some(state));
        }
        assert_eq!(DeviceState::named("ACTIVE"), None);
    }
}
