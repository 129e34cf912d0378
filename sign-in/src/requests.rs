//! Requests to a phone, the protocol's transactions: made by a page that shows a number, fetched and
//! answered by a device, redeemed by the browser session that began them, once.

use std::time::Duration;

use crypto_core::approval::TransactionId;
use crypto_core::approval::challenge::Context;
use crypto_core::approval::limit::Lock;
use crypto_core::approval::state::{Purpose, TransactionState};
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::sessions::{Opened, SignInRefused};
use crate::store::{Session, StoreError};
use crate::visitor::Visitor;

/// A request as its page shows it.
#[derive(Debug)]
pub struct Shown {
    /// Which one.
    pub id: TransactionId,
    /// What the person types on the phone.
    pub number: SecretText,
    /// The text of the QR code that the phone can scan; none where the number has to be typed.
    pub scan: Option<SecretText>,
    /// What the phone shows too.
    pub context: Context,
    /// The names of the devices that were asked.
    pub devices: Vec<String>,
    /// Whether the phone was left in peace: the app has to be opened.
    pub silent: bool,
    /// Until when it can be answered.
    pub expires_at: UnixTime,
}

impl Service {
    /// Asks the person's devices. The same session's earlier pending request is cancelled.
    pub async fn begin_request(
        &self,
        session: &Session,
        purpose: Purpose,
        visitor: &Visitor,
        known_browser: bool,
    ) -> Result<Shown, RequestRefused> {
        todo!()
    }

    /// The pending request of this session, for a page that is loaded again.
    pub async fn shown_request(&self, session: &Session) -> Result<Option<Shown>, StoreError> {
        todo!()
    }

    /// Where the session's request stands; waits up to `wait` for it to leave pending.
    pub async fn request_state(
        &self,
        session: &Session,
        id: &TransactionId,
        wait: Duration,
    ) -> Result<Option<TransactionState>, StoreError> {
        todo!()
    }

    /// Signs in with an approved request: by the session that began it, within a minute, once (S-11).
    pub async fn redeem(
        &self,
        session: &Session,
        id: &TransactionId,
        visitor: &Visitor,
    ) -> Result<Opened, SignInRefused> {
        todo!()
    }

    /// The person left the page or chose another way.
    pub async fn cancel_request(&self, session: &Session, id: &TransactionId) -> Result<(), StoreError> {
        todo!()
    }
}

/// Why no request is made.
#[derive(Debug, thiserror::Error)]
pub enum RequestRefused {
    /// There is no device that can be asked.
    #[error("there is no device to ask")]
    NoDevice,
    /// Two wait already.
    #[error("too many requests are waiting")]
    TooManyPending,
    /// Wrong numbers locked them.
    #[error("requests are locked")]
    Locked(Lock),
    /// The person reported a request; an administrator has to look.
    #[error("requests are suspended")]
    Suspended,
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
