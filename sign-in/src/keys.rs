//! What derives from the one secret that every node shares, and the key that the service signs with. Nothing
//! of it is kept in memory beyond one call, so that what another node changed counts at once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use crypto_core::approval::{Limits, TransactionId, nonce, rotation};
use crypto_core::seal::sign::{SigningKey, Thumbprint};
use crypto_core::seal::{self, AtRest, ServiceSecret};
use crypto_core::secret::SecretBytes;
use crypto_core::time::UnixTime;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::store::StoreError;

/// What is found by its hash, because whoever reads the store must not learn it.
pub(crate) use crypto_core::seal::Lookup as Hashed;

/// What is derived from the service's secret.
pub(crate) struct Keys(ServiceSecret);

/// What is sealed at rest. Whatever names it is bound to it, so that no row's secret opens in another.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sealed<'a> {
    /// The seed of an authenticator's codes.
    Seed {
        /// The person's id.
        user: &'a str,
        /// The authenticator's id.
        authenticator: &'a str,
    },
    /// The number of a request.
    Number(&'a TransactionId),
    /// What the page of a request shows to be scanned.
    Scan(&'a TransactionId),
    /// The last numbers of a person.
    Numbers {
        /// The person's id.
        user: &'a str,
    },
    /// A key that the service signs with.
    SigningKey(&'a Thumbprint),
}

impl Service {
    /// What derives from the service's secret.
    pub(crate) fn keys(&self) -> Keys {
        // expose: the same bytes, in the type that knows what they are for.
        let secret = SecretBytes::new(self.config().secret.expose().to_vec());
        Keys(ServiceSecret::new(secret).expect("the configuration takes no other length"))
    }

    /// The key that the service signs with, made when it is first asked for.
    pub(crate) async fn signing_key(&self) -> Result<SigningKey, StoreError> {
        self.open_key(&self.service_keys().await?.1.current)
    }

    /// The list of the service's keys, signed by the current one.
    pub(crate) async fn key_list(&self) -> Result<String, StoreError> {
        let (_, keys) = self.service_keys().await?;
        let next = match &keys.next {
            Some(next) => Some(self.open_key(&next.key)?.public().clone()),
            None => None,
        };
        let current = self.open_key(&keys.current)?;
        rotation::key_list(&self.config().issuer, &current, next.as_ref(), self.now())
            .map_err(|_| NO_RANDOMNESS)
    }

    /// Announces the key that is to follow, or, a week after that, makes it the current one. Asking again
    /// before that week is over changes nothing.
    pub async fn rotate_service_key(&self) -> Result<KeyRotation, StoreError> {
        let now = self.now();
        loop {
            let (stored, keys) = self.service_keys().await?;
            let (changed, step) = match keys.next {
                None => {
                    let next = Announced { key: self.make_key()?, at: now.secs() };
                    let step = KeyRotation::Announced { usable_at: next.usable_at() };
                    (ServiceKeys { next: Some(next), ..keys }, step)
                }
                Some(next) if now < next.usable_at() => {
                    return Ok(KeyRotation::Announced { usable_at: next.usable_at() });
                }
                Some(next) => (ServiceKeys { current: next.key, next: None }, KeyRotation::Changed),
            };
            if self.store().change_setting(SETTING, &stored, &written(&changed)).await? {
                return Ok(step);
            }
        }
    }

    /// As they are stored, and what that says.
    async fn service_keys(&self) -> Result<(String, ServiceKeys), StoreError> {
        let stored = match self.store().setting(SETTING).await? {
            Some(stored) => stored,
            None => {
                let first = ServiceKeys { current: self.make_key()?, next: None };
                self.store().settle(SETTING, &written(&first)).await?
            }
        };
        let keys = serde_json::from_str(&stored).map_err(|_| StoreError::Damaged(SETTING))?;
        Ok((stored, keys))
    }

    fn make_key(&self) -> Result<SealedKey, StoreError> {
        let pkcs8 = SigningKey::make_pkcs8().map_err(|_| NO_RANDOMNESS)?;
        let kid = SigningKey::from_pkcs8(&pkcs8).map_err(|_| NO_RANDOMNESS)?.public().thumbprint();
        // expose: sealed at once.
        let sealed = self.keys().seal(Sealed::SigningKey(&kid), pkcs8.expose(), &mut self.rng());
        Ok(SealedKey { kid, sealed })
    }

    fn open_key(&self, key: &SealedKey) -> Result<SigningKey, StoreError> {
        let pkcs8 = self.keys().open(Sealed::SigningKey(&key.kid), &key.sealed)?;
        SigningKey::from_pkcs8(&pkcs8).map_err(|_| StoreError::Damaged(SETTING))
    }
}

/// Where changing the service's key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRotation {
    /// Phones can learn the next key; it signs from this instant on, once that is asked for again.
    Announced {
        /// The first instant.
        usable_at: UnixTime,
    },
    /// The next key is the current one.
    Changed,
}

impl Keys {
    /// Seals.
    pub(crate) fn seal(&self, what: Sealed<'_>, secret: &[u8], rng: &mut dyn CryptoRng) -> String {
        BASE64.encode(self.0.seal(what.place(), secret, rng))
    }

    /// Opens what [`seal`](Self::seal) made for the same.
    pub(crate) fn open(&self, what: Sealed<'_>, sealed: &str) -> Result<SecretBytes, StoreError> {
        let bytes = BASE64.decode(sealed).map_err(|_| NOT_OPENED)?;
        self.0.open(what.place(), &bytes).map_err(|_| NOT_OPENED)
    }

    /// The hash that something is found by.
    pub(crate) fn hash(&self, what: Hashed, text: &str) -> String {
        BASE64.encode(seal::lookup_hash(&self.0, what, text))
    }

    /// A nonce for the next proof.
    pub(crate) fn nonce(&self, now: UnixTime) -> String {
        nonce::make(&self.0, now)
    }

    /// Whether a nonce was made by this service, and recently.
    pub(crate) fn is_nonce(&self, text: &str, limits: &Limits, now: UnixTime) -> bool {
        nonce::check(&self.0, text, now, limits)
    }
}

impl<'a> Sealed<'a> {
    fn place(self) -> AtRest<'a> {
        match self {
            Self::Seed { user, authenticator } => AtRest::TotpSeed { user, device: authenticator },
            Self::Number(id) => AtRest::MatchNumber { transaction: id.as_str() },
            Self::Scan(id) => AtRest::ScanSecret { transaction: id.as_str() },
            Self::Numbers { user } => AtRest::RecentNumbers { user },
            Self::SigningKey(kid) => AtRest::SigningKey { kid },
        }
    }
}

/// As they are stored.
#[derive(Serialize, Deserialize)]
struct ServiceKeys {
    current: SealedKey,
    next: Option<Announced>,
}

#[derive(Serialize, Deserialize)]
struct SealedKey {
    kid: Thumbprint,
    sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Announced {
    key: SealedKey,
    at: u64,
}

impl Announced {
    const fn usable_at(&self) -> UnixTime {
        UnixTime::from_secs(self.at).plus_secs(ANNOUNCED)
    }
}

fn written(keys: &ServiceKeys) -> String {
    serde_json::to_string(keys).expect("texts and a number have a JSON form")
}

const SETTING: &str = "service_keys";
/// Seconds that a key is announced before it signs.
const ANNOUNCED: u64 = 7 * 24 * 3600;
const NOT_OPENED: StoreError = StoreError::Damaged("what is sealed; is the service secret another one?");
const NO_RANDOMNESS: StoreError = StoreError::Damaged("nothing: the operating system gave no randomness");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::stands;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn many_nodes_that_begin_at_once_sign_with_one_key() {
        for stand in &stands().await {
            let nodes = (0..10).map(|_| {
                let node = stand.another_node();
                tokio::spawn(
                    async move { node.signing_key().await.expect("there is one").public().thumbprint() },
                )
            });
            let mut keys = Vec::new();
            for node in nodes.collect::<Vec<_>>() {
                keys.push(node.await.expect("runs"));
            }
            keys.dedup();
            assert_eq!(keys.len(), 1, "on {:?}", stand.database());
        }
    }

    #[tokio::test]
    async fn what_is_sealed_for_one_place_opens_in_no_other() {
        for stand in &stands().await {
            let keys = stand.service.keys();
            let id = TransactionId::make(&mut stand.service.rng());
            let other = TransactionId::make(&mut stand.service.rng());
            let sealed = keys.seal(Sealed::Number(&id), b"47", &mut stand.service.rng());
            assert_eq!(keys.open(Sealed::Number(&id), &sealed).expect("opens").expose(), b"47");
            for place in [Sealed::Number(&other), Sealed::Scan(&id), Sealed::Numbers { user: id.as_str() }] {
                assert!(keys.open(place, &sealed).is_err(), "{place:?}");
            }
            assert!(keys.open(Sealed::Number(&id), "47").is_err());
        }
    }
}
