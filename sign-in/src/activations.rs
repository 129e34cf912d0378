//! Adding the app: a code on a page, claimed by one device, completed with its keys, confirmed by a test
//! approval whose number the same page shows.

use std::time::Duration;

use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::methods::MethodRefused;
use crate::requests::Shown;
use crate::store::{Session, StoreError};

/// What the page shows for the app to be added.
#[derive(Debug)]
pub struct Offer {
    /// Which activation.
    pub id: String,
    /// The text of the QR code.
    pub link: SecretText,
    /// What is typed where scanning does not work.
    pub manual_url: String,
    /// And the code, grouped for reading.
    pub manual_code: SecretText,
    /// Eight characters of the service's key, to compare after typing.
    pub fingerprint: String,
    /// Until when it can be used.
    pub expires_at: UnixTime,
}

/// Where an activation stands, as the page shows it.
#[derive(Debug)]
pub enum ActivationStatus {
    /// Nobody has scanned the code.
    Open,
    /// A phone has; the person is to tap Add.
    Claimed,
    /// The device is there, and its test approval waits; if that one ended badly another can be begun.
    TestApproval {
        /// The device's name.
        device: String,
        /// The test approval.
        shown: Box<Shown>,
    },
    /// The test approval was not right; the person can ask for another.
    TestFailed {
        /// The device's name.
        device: String,
        /// What it became.
        state: crypto_core::approval::state::TransactionState,
    },
    /// Done.
    Configured {
        /// The device's name.
        device: String,
        /// Whether it has codes too.
        codes: bool,
    },
    /// Over: nobody used it in time, or it was cancelled.
    Expired,
    /// Two phones used the code, so neither was added.
    ClaimedTwice,
}

impl Service {
    /// Begins an activation for the session's person; an earlier one that is open is cancelled.
    pub async fn begin_activation(&self, session: &Session) -> Result<Offer, MethodRefused> {
        todo!()
    }

    /// Where it stands. Waits up to `wait` for a change from `seen`, a word made by [`ActivationStatus::word`].
    pub async fn activation_status(
        &self,
        session: &Session,
        id: &str,
        seen: Option<&str>,
        wait: Duration,
    ) -> Result<Option<ActivationStatus>, StoreError> {
        todo!()
    }

    /// Another test approval, after one that was not right.
    pub async fn repeat_test(&self, session: &Session, id: &str) -> Result<(), MethodRefused> {
        todo!()
    }

    /// The person left the page.
    pub async fn cancel_activation(&self, session: &Session, id: &str) -> Result<(), StoreError> {
        todo!()
    }
}

impl ActivationStatus {
    /// One word for each status, for a page that waits for the next.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::TestApproval { .. } => "test",
            Self::TestFailed { .. } => "test_failed",
            Self::Configured { .. } => "configured",
            Self::Expired => "expired",
            Self::ClaimedTwice => "claimed_twice",
        }
    }
}
