//! A way out that goes nowhere and remembers what was sent: for tests.

use std::sync::{Mutex, PoisonError};

use crypto_core::approval::wire::PushSubscription;

use super::{Deliver, Delivery, Errand, Mailed, Woken};

/// What was sent.
#[derive(Debug)]
pub struct Outbox {
    wakenings: Mutex<Vec<Wakening>>,
    mails: Mutex<Vec<(String, String, String)>>,
    answer: Mutex<Woken>,
}

/// A wake-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wakening {
    /// To where.
    pub subscription: PushSubscription,
    /// What for.
    pub errand: Errand,
    /// For how long.
    pub ttl_secs: u64,
}

impl Outbox {
    /// What each wake-up comes to from here on.
    pub fn answer(&self, woken: Woken) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = woken;
    }

    /// The wake-ups so far.
    pub fn wakenings(&self) -> Vec<Wakening> {
        self.wakenings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The mails so far: recipient, subject, body.
    pub fn mails(&self) -> Vec<(String, String, String)> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self { wakenings: Mutex::default(), mails: Mutex::default(), answer: Mutex::new(Woken::Taken) }
    }
}

impl Deliver for Outbox {
    fn wake<'a>(
        &'a self,
        subscription: &'a PushSubscription,
        errand: Errand,
        ttl_secs: u64,
    ) -> Delivery<'a, Woken> {
        let wakening = Wakening { subscription: subscription.clone(), errand, ttl_secs };
        self.wakenings.lock().unwrap_or_else(PoisonError::into_inner).push(wakening);
        let woken = *self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        Box::pin(async move { woken })
    }

    fn mail<'a>(&'a self, recipient: &'a str, subject: &'a str, body: &'a str) -> Delivery<'a, Mailed> {
        let mail = (recipient.to_owned(), subject.to_owned(), body.to_owned());
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
        Box::pin(async { Mailed::Taken })
    }

    fn vapid_public_key(&self) -> Option<String> {
        None
    }
}
