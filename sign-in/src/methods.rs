//! A person's ways of verifying: listed, added, deleted, and which one is asked first. At most five
//! authenticators, exactly one default, and every change is told to the person.

use crypto_core::approval::state::DeviceState;
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::store::{Session, StoreError, User};

/// How a method verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodKind {
    /// Countersign: approvals, and codes if the policy has them.
    App,
    /// Another authenticator app: codes only.
    Code,
}

/// A way of verifying, as a page lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Which one.
    pub id: String,
    /// How it verifies.
    pub kind: MethodKind,
    /// The device's or the app's name.
    pub name: String,
    /// Where it stands.
    pub state: DeviceState,
    /// Whether it has codes.
    pub codes: bool,
    /// Whether its keys are attested by hardware.
    pub attested: bool,
    /// Whether it is asked first.
    pub default: bool,
    /// When it was added.
    pub added_at: UnixTime,
    /// When it was used last.
    pub used_at: Option<UnixTime>,
}

/// Another authenticator app that waits for its first code.
#[derive(Debug)]
pub struct CodeOffer {
    /// Which one.
    pub id: String,
    /// The text of the QR code (`otpauth://totp/…`).
    pub link: SecretText,
    /// The key, grouped for reading.
    pub key: SecretText,
}

impl Service {
    /// The person's methods, the default first.
    pub async fn methods(&self, user: &str) -> Result<Vec<Method>, StoreError> {
        todo!()
    }

    /// Begins to add another authenticator app.
    pub async fn offer_code_app(&self, session: &Session) -> Result<CodeOffer, MethodRefused> {
        todo!()
    }

    /// The offer again, for a page that is loaded again; none if it is not this session's.
    pub async fn code_offer(&self, session: &Session, id: &str) -> Result<Option<CodeOffer>, StoreError> {
        todo!()
    }

    /// Adds it once it has shown a right code.
    pub async fn confirm_code_app(
        &self,
        session: &Session,
        id: &str,
        name: &str,
        code: &str,
    ) -> Result<(), MethodRefused> {
        todo!()
    }

    /// What becomes the default if `id` is deleted, for the question before; none if nothing is left.
    pub async fn default_without(&self, user: &str, id: &str) -> Result<Option<Method>, StoreError> {
        todo!()
    }

    /// Deletes a method of the session's person.
    pub async fn delete_method(&self, session: &Session, id: &str) -> Result<(), MethodRefused> {
        todo!()
    }

    /// Deletes a method of somebody else; by an administrator of the same organisation.
    pub async fn delete_method_of(
        &self,
        administrator: &User,
        user: &str,
        id: &str,
    ) -> Result<(), MethodRefused> {
        todo!()
    }

    /// Makes a method the one that is asked first.
    pub async fn make_default(&self, session: &Session, id: &str) -> Result<(), MethodRefused> {
        todo!()
    }

    /// Requests to the phone were suspended by a report; an administrator of the same organisation has
    /// looked, and lifts it.
    pub async fn lift_suspension(&self, administrator: &User, user: &str) -> Result<(), MethodRefused> {
        todo!()
    }
}

/// Why a method is not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum MethodRefused {
    /// There are five.
    #[error("there are five authenticators already")]
    Five,
    /// The code is not right.
    #[error("the code is not right")]
    WrongCode,
    /// Too many wrong codes.
    #[error("there were too many tries")]
    TooMany,
    /// There is no such method.
    #[error("there is no such method")]
    NoSuchMethod,
    /// It is the last one; an administrator has to help (S-23).
    #[error("it is the last method")]
    LastMethod,
    /// The person has to be verified again first.
    #[error("verify first")]
    VerifyFirst,
    /// The session may not do this.
    #[error("this session may not do this")]
    NotAllowed,
    /// The organisation has switched this way off.
    #[error("the organisation has switched this off")]
    SwitchedOff,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
