//! Adding the app by signing in (RFC 8628): the app shows a code, the person types it on a page and
//! confirms the device, and the app is given an activation that only its key can complete.

use crypto_core::approval::wire::DeviceAbout;

use crate::Service;
use crate::methods::MethodRefused;
use crate::store::{Session, StoreError};

/// A device that asks to be added, as the page shows it.
#[derive(Debug)]
pub struct Asking {
    /// Which grant.
    pub id: String,
    /// What the device says of itself.
    pub device: DeviceAbout,
    /// The code, as the device shows it.
    pub user_code: String,
}

impl Service {
    /// The device that shows this code; wrong codes of a session are counted.
    pub async fn asking_device(&self, session: &Session, user_code: &str) -> Result<Asking, GrantRefused> {
        todo!()
    }

    /// The person says that it is theirs, or that it is not.
    pub async fn answer_grant(&self, session: &Session, id: &str, yes: bool) -> Result<(), GrantRefused> {
        todo!()
    }

    /// The activation that a confirmed grant led to in this session, for the page that then waits for it.
    pub async fn activation_of_grant(
        &self,
        session: &Session,
        id: &str,
    ) -> Result<Option<String>, StoreError> {
        todo!()
    }
}

/// Why a code is not taken.
#[derive(Debug, thiserror::Error)]
pub enum GrantRefused {
    /// No device shows it, or not any more.
    #[error("no device shows this code")]
    NoSuchCode,
    /// Too many wrong codes in this session.
    #[error("there were too many tries")]
    TooMany,
    /// The session may not add a method.
    #[error(transparent)]
    Method(#[from] MethodRefused),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
