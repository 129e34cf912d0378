//! How people and phones are reached: wake-ups by Web Push, e-mail by SMTP. Both say only that there is
//! something to look at.

mod mails;
mod outbox;
mod resolver;
mod smtp;
#[cfg(test)]
mod tests;
mod vapid;
mod web_push;

use std::pin::Pin;
use std::sync::Arc;

use crypto_core::approval::wire::PushSubscription;

pub use self::mails::send_mails;
pub use self::outbox::{Outbox, Wakening};
pub use self::smtp::{Smtp, SmtpRefused};
pub use self::vapid::VapidKey;
pub use self::web_push::{WebPush, WebPushRefused};
use crate::http::metrics::Metrics;

/// The future of a delivery.
pub type Delivery<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The ways out of the service.
pub trait Deliver: Send + Sync {
    /// Wakes a device. The message has no content, and is dropped after `ttl_secs`.
    fn wake<'a>(
        &'a self,
        subscription: &'a PushSubscription,
        errand: Errand,
        ttl_secs: u64,
    ) -> Delivery<'a, Woken>;

    /// Sends one mail.
    fn mail<'a>(&'a self, recipient: &'a str, subject: &'a str, body: &'a str) -> Delivery<'a, Mailed>;

    /// The key that push services know this service by (RFC 8292), uncompressed in Base64; none if it wakes
    /// nobody.
    fn vapid_public_key(&self) -> Option<String>;
}

/// What a device is woken for. Its message is the same; a push service sees only how much it hurries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// There may be something to answer.
    Look,
    /// Nothing waits any longer, so that a notification can go. It takes the place of one that was not
    /// delivered.
    Over,
}

/// What became of a wake-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// The push service took it.
    Taken,
    /// The subscription is over and must be forgotten.
    Gone,
    /// It may work another time; the app asks by itself.
    Failed,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mailed {
    /// The mail server took it.
    Taken,
    /// Try again later.
    Later,
    /// It will never work.
    Refused,
}

/// The ways out as the operator has set them.
#[derive(Default)]
pub struct Ways {
    /// Wake-ups; nobody is woken without it.
    pub push: Option<WebPush>,
    /// Mail; without it, mails wait in the outbox.
    pub smtp: Option<Smtp>,
}

impl Deliver for Ways {
    fn wake<'a>(
        &'a self,
        subscription: &'a PushSubscription,
        errand: Errand,
        ttl_secs: u64,
    ) -> Delivery<'a, Woken> {
        Box::pin(async move {
            match &self.push {
                Some(push) => push.wake(subscription, errand, ttl_secs).await,
                None => Woken::Failed,
            }
        })
    }

    fn mail<'a>(&'a self, recipient: &'a str, subject: &'a str, body: &'a str) -> Delivery<'a, Mailed> {
        Box::pin(async move {
            match &self.smtp {
                Some(smtp) => smtp.mail(recipient, subject, body).await,
                None => Mailed::Later,
            }
        })
    }

    fn vapid_public_key(&self) -> Option<String> {
        self.push.as_ref().map(WebPush::public_key)
    }
}

/// The same ways, and what became of each delivery is counted.
pub(crate) struct Counted {
    pub(crate) ways: Arc<dyn Deliver>,
    pub(crate) metrics: Metrics,
}

impl Deliver for Counted {
    fn wake<'a>(
        &'a self,
        subscription: &'a PushSubscription,
        errand: Errand,
        ttl_secs: u64,
    ) -> Delivery<'a, Woken> {
        Box::pin(async move {
            let woken = self.ways.wake(subscription, errand, ttl_secs).await;
            self.metrics.wake_up(woken);
            woken
        })
    }

    fn mail<'a>(&'a self, recipient: &'a str, subject: &'a str, body: &'a str) -> Delivery<'a, Mailed> {
        Box::pin(async move {
            let mailed = self.ways.mail(recipient, subject, body).await;
            self.metrics.mail(mailed);
            mailed
        })
    }

    fn vapid_public_key(&self) -> Option<String> {
        self.ways.vapid_public_key()
    }
}
