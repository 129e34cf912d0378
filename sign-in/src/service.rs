//! The service as a whole: what every rule is given. One for each node; it keeps nothing that counts.

use std::sync::Arc;

use crypto_core::approval::Limits;
use crypto_core::time::UnixTime;
use rand_core::{CryptoRng, OsRng, UnwrapErr};

use crate::config::Config;
use crate::deliver::{Counted, Deliver};
use crate::http::metrics::Metrics;
use crate::store::Store;
use crate::wake::Wake;

/// What a service is made of: everything that differs between a machine and a test.
pub struct Parts {
    /// What the operator has set.
    pub config: Config,
    /// Where everything is kept.
    pub store: Store,
    /// How people and phones are reached.
    pub deliver: Arc<dyn Deliver>,
    /// Tells who waits that something changed, on every node.
    pub wake: Wake,
    /// The time of day.
    pub clock: Clock,
}

/// Reads the time of day.
pub type Clock = Arc<dyn Fn() -> UnixTime + Send + Sync>;

/// The service. The rules are its methods, each in the module of what it is about.
#[derive(Clone)]
pub struct Service(Arc<Whole>);

struct Whole {
    parts: Parts,
    metrics: Metrics,
}

impl Service {
    /// A service that is ready to be asked.
    pub fn new(parts: Parts) -> Self {
        let metrics = Metrics::default();
        let deliver = Arc::new(Counted { ways: parts.deliver, metrics: metrics.clone() });
        Self(Arc::new(Whole { parts: Parts { deliver, ..parts }, metrics }))
    }

    /// What the operator has set.
    pub fn config(&self) -> &Config {
        &self.0.parts.config
    }

    /// The limits of the protocol.
    pub fn limits(&self) -> &Limits {
        &self.0.parts.config.limits
    }

    /// Where everything is kept.
    pub fn store(&self) -> &Store {
        &self.0.parts.store
    }

    /// How people and phones are reached.
    pub fn deliver(&self) -> &dyn Deliver {
        &*self.0.parts.deliver
    }

    /// Who waits.
    pub fn wake(&self) -> &Wake {
        &self.0.parts.wake
    }

    /// What is counted on this node.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The time of day.
    pub fn now(&self) -> UnixTime {
        (self.0.parts.clock)()
    }

    /// Randomness of the operating system.
    pub(crate) fn rng(&self) -> impl CryptoRng + use<> {
        UnwrapErr(OsRng)
    }
}
