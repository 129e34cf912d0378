//! How people and phones are reached: wake-ups by Web Push, e-mail by SMTP. Both say only that there is
//! something to look at.

use std::pin::Pin;

use crypto_core::approval::wire::PushSubscription;

/// The future of a delivery.
pub type Delivery<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The ways out of the service.
pub trait Deliver: Send + Sync {
    /// Wakes a device. The message has no content, and is dropped after `ttl_secs`.
    fn wake<'a>(&'a self, subscription: &'a PushSubscription, ttl_secs: u64) -> Delivery<'a, Woken>;

    /// Sends one mail.
    fn mail<'a>(&'a self, recipient: &'a str, subject: &'a str, body: &'a str) -> Delivery<'a, Mailed>;

    /// The key that push services know this service by (RFC 8292), uncompressed in Base64; none if it wakes
    /// nobody.
    fn vapid_public_key(&self) -> Option<String>;
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
