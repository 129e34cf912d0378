//! What happened, for the person and the administrator: every sign-in and every change, never a secret.

use crypto_core::time::UnixTime;

use crate::Service;
use crate::store::{Event, Session, StoreError, Tx, User};

/// What is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A sign-in, or a try.
    SignIn,
    /// A method was added.
    MethodAdded,
    /// A method was deleted.
    MethodDeleted,
    /// Another method became the default.
    DefaultChanged,
    /// A pass was issued.
    PassIssued,
    /// A pass was taken back, by somebody or after wrong tries.
    PassRevoked,
    /// A person reported a request or sign-in.
    Reported,
    /// Requests to a person's phone were locked or suspended.
    Locked,
    /// An administrator lifted that.
    Lifted,
    /// The policy was changed.
    PolicyChanged,
    /// An account was made.
    AccountAdded,
    /// An account's password was reset.
    AccountReset,
}

impl Service {
    /// The person's own recent activity, the newest first.
    pub async fn activity(&self, user: &str, limit: u32) -> Result<Vec<Event>, StoreError> {
        todo!()
    }

    /// Everybody's, for an administrator; before `before`, the newest first.
    pub async fn sign_ins(
        &self,
        organisation: &str,
        before: Option<UnixTime>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        todo!()
    }

    /// The person says that a sign-in was not theirs: every other session ends, they are marked, requests
    /// are suspended if the policy says so, and they and the administrators are told (S-14).
    pub async fn report_activity(&self, session: &Session, event: &str) -> Result<bool, StoreError> {
        todo!()
    }

    /// All six effects of a report (S-14), in the transaction of the rule that found it.
    pub(crate) async fn reported(&self, tx: &mut Tx, user: &User, subject: &str) -> Result<(), StoreError> {
        todo!()
    }
}
