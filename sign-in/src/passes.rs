//! Temporary access passes: eight characters that an administrator gives to somebody they have checked.
//! Shown once, kept as a slow hash, good once and for a while, and for registering methods only.

use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::sessions::{Opened, SignInRefused};
use crate::store::{Session, StoreError, User};
use crate::visitor::Visitor;

/// A pass to be issued.
#[derive(Debug, Clone, Copy)]
pub struct NewPass {
    /// From when it is good.
    pub starts_at: UnixTime,
    /// For how long, in seconds: ten minutes to thirty days.
    pub secs: u64,
    /// Whether it is good once only.
    pub once: bool,
}

/// What is known of a pass, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassView {
    /// From when it is good.
    pub starts_at: UnixTime,
    /// Until when.
    pub ends_at: UnixTime,
    /// Whether it is good once only.
    pub once: bool,
}

impl Service {
    /// Issues a pass; an earlier one is gone. `issuer` is the administrator, none for the command line.
    pub async fn issue_pass(
        &self,
        issuer: Option<&User>,
        user: &str,
        new: NewPass,
    ) -> Result<(SecretText, PassView), PassRefused> {
        todo!()
    }

    /// The person's pass, if one is good or will be.
    pub async fn pass_of(&self, user: &str) -> Result<Option<PassView>, StoreError> {
        todo!()
    }

    /// Takes it back.
    pub async fn revoke_pass(&self, issuer: Option<&User>, user: &str) -> Result<(), PassRefused> {
        todo!()
    }

    /// Opens a session that may register methods. The typed name and what is typed here are checked with
    /// the same work whether there is such a person or pass, or none.
    pub async fn sign_in_with_pass(
        &self,
        session: &Session,
        pass: &SecretText,
        visitor: &Visitor,
    ) -> Result<Opened, SignInRefused> {
        todo!()
    }
}

/// Why a pass is not issued.
#[derive(Debug, thiserror::Error)]
pub enum PassRefused {
    /// There is no such person in the administrator's organisation.
    #[error("there is no such account")]
    NoSuchAccount,
    /// Nobody issues one for themselves.
    #[error("a pass cannot be issued for oneself")]
    Oneself,
    /// Shorter than ten minutes or longer than thirty days.
    #[error("a pass lasts from ten minutes to thirty days")]
    Lifetime,
    /// The issuer is no administrator, or was verified too long ago.
    #[error("only an administrator may do this")]
    NotAllowed,
    /// The organisation has switched passes off.
    #[error("the organisation has switched this off")]
    SwitchedOff,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
