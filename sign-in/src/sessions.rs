//! Browser sessions: from the first page to signed in, and what each stage may do. The cookie is a random
//! value of which only a keyed hash is kept, and a new one is given at every step up.

use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::store::{Session, StoreError};
use crate::visitor::Visitor;

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has proved anything.
    Start,
    /// The password was right: the second step follows, or the first registration.
    Password,
    /// Both steps are done.
    SignedIn,
    /// By a temporary access pass: methods can be registered, nothing else (S-20).
    Pass,
}

/// A session with the cookies that belong to it. They are given once.
#[derive(Debug)]
pub struct Opened {
    /// The session.
    pub session: Session,
    /// The value of its cookie.
    pub cookie: SecretText,
    /// The value of the cookie that says that the person has signed in here before; only after both steps.
    pub browser: Option<SecretText>,
}

/// What follows a right password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The second step, by the person's default method.
    Verify,
    /// There is no method yet: "More information required".
    Register,
}

/// What a session may do with methods (S-21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayChange {
    /// Add, delete, change the default.
    Everything,
    /// Add: a pass, or the very first registration.
    Add,
    /// Nothing before the person is verified again: it was more than ten minutes ago.
    VerifyFirst,
    /// Nothing: nobody is signed in.
    Nothing,
}

impl Service {
    /// The session of a cookie, if it has not ended. `known` says whether the browser's other cookie shows
    /// that its person has signed in with it before.
    pub async fn session(&self, cookie: &str) -> Result<Option<Session>, StoreError> {
        todo!()
    }

    /// A new one. `next` is a path of this service to go on to, `app` the application it is for.
    pub async fn open_session(
        &self,
        visitor: &Visitor,
        next: Option<&str>,
        app: Option<&str>,
    ) -> Result<Opened, StoreError> {
        todo!()
    }

    /// Keeps the user name that was typed; whether there is such a person is not said.
    pub async fn type_name(&self, session: &Session, user_name: &str) -> Result<(), StoreError> {
        todo!()
    }

    /// Checks the password of the typed name, with the same work and answer if there is no such person.
    pub async fn check_password(
        &self,
        session: &Session,
        password: &SecretText,
        visitor: &Visitor,
    ) -> Result<(Opened, Next), SignInRefused> {
        todo!()
    }

    /// Whether this browser has been used by the person before, by its cookie.
    pub async fn knows_browser(&self, browser: Option<&str>, user: &str) -> Result<bool, StoreError> {
        todo!()
    }

    /// The second step is done by `method` (RFC 8176: `swk`, `hwk`, `otp`). For the rules that verify; the
    /// old session ends.
    pub(crate) async fn step_up(
        &self,
        tx: &mut crate::store::Tx,
        session: &Session,
        method: &str,
        visitor: &Visitor,
    ) -> Result<Opened, StoreError> {
        todo!()
    }

    /// The person wants to stay signed in on this browser.
    pub async fn stay_signed_in(&self, session: &Session, stay: bool) -> Result<(), StoreError> {
        todo!()
    }

    /// Ends a session.
    pub async fn sign_out(&self, session: &Session) -> Result<(), StoreError> {
        todo!()
    }

    /// Ends every session of the person but `keep`.
    pub async fn sign_out_everywhere(&self, user: &str, keep: Option<&Session>) -> Result<(), StoreError> {
        todo!()
    }

    /// What this session may do with methods.
    pub async fn may_change(&self, session: &Session) -> Result<MayChange, StoreError> {
        todo!()
    }
}

impl Session {
    /// Whether both steps were done, the last time less than ten minutes before `now`.
    pub fn is_fresh(&self, now: UnixTime) -> bool {
        todo!()
    }
}

/// Why a step of signing in is refused. What is shown must not tell whether the person exists.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// The user name or what was typed is not right.
    #[error("the user name or what was typed is not right")]
    Wrong,
    /// Too many tries; there may be another at `until`.
    #[error("there were too many tries")]
    TooMany {
        /// The first instant.
        until: UnixTime,
    },
    /// The session has ended or is not that far.
    #[error("sign in again")]
    NotNow,
    /// The organisation has switched this way off.
    #[error("the organisation has switched this off")]
    SwitchedOff,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
