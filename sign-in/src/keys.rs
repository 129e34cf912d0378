//! What derives from the one secret that every node shares, and the key that the service signs with. Nothing
//! of it is kept in memory beyond one call, so that what another node changed counts at once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use crypto_core::approval::{TransactionId, rotation};
use crypto_core::seal::sign::{PublicKey, SigningKey};
use crypto_core::seal::{self, Label, OneTimeKey};
use crypto_core::secret::SecretBytes;
use crypto_core::time::UnixTime;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::store::StoreError;

/// What is derived from the service's secret.
pub(crate) struct Keys<'a>(&'a SecretBytes);

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
    /// What the page of a request shows.
    Request(&'a TransactionId),
    /// The last numbers of a person.
    Numbers {
        /// The person's id.
        user: &'a str,
    },
    /// What a page of a session shows and nobody else is to know.
    Page {
        /// Names it.
        id: &'a str,
    },
    /// The keys that the service signs with.
    ServiceKeys,
}

/// What is found by its hash, because whoever reads the store must not learn it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hashed {
    /// The cookie of a session.
    Session,
    /// The cookie of a browser that a person has signed in with.
    Browser,
    /// The code in the QR code of an activation.
    ActivationCode,
    /// The handle in the address of an activation.
    Handle,
    /// The code that is typed beside a handle.
    ManualCode,
    /// The code of a grant.
    UserCode,
    /// A proof's key and id.
    Proof,
    /// What tries are counted for.
    Tries,
}

impl Service {
    /// What derives from the service's secret.
    pub(crate) fn keys(&self) -> Keys<'_> {
        Keys(&self.config().secret)
    }

    /// The key that the service signs with, made when it is first asked for.
    pub(crate) async fn signing_key(&self) -> Result<SigningKey, StoreError> {
        self.service_keys().await?.current()
    }

    /// The list of the service's keys, signed by the current one.
    pub(crate) async fn key_list(&self) -> Result<String, StoreError> {
        let keys = self.service_keys().await?;
        let list = rotation::key_list(&self.config().issuer, &keys.current()?, keys.next_public()?.as_ref(), self.now());
        list.map_err(|_| NO_RANDOMNESS)
    }

    /// Announces the key that is to follow, or, a week after that, makes it the current one. The first step
    /// is taken again and again without harm; the second is refused before its time.
    pub async fn rotate_service_key(&self) -> Result<RotationStep, StoreError> {
        let now = self.now();
        loop {
            let stored = self.stored_keys().await?;
            let keys = self.open_keys(&stored)?;
            let (next, step) = match keys.next {
                None => {
                    let announced = Announced { pkcs8: make_pkcs8()?, at: now.secs() };
                    let step = RotationStep::Announced { usable_at: UnixTime::from_secs(announced.at + ANNOUNCED) };
                    (ServiceKeys { next: Some(announced), ..keys }, step)
                }
                Some(next) if now.secs() < next.at + ANNOUNCED => {
                    return Ok(RotationStep::Announced { usable_at: UnixTime::from_secs(next.at + ANNOUNCED) });
                }
                Some(next) => (ServiceKeys { pkcs8: next.pkcs8, next: None }, RotationStep::Changed),
            };
            if self.store().change_setting(SETTING, &stored, &self.seal_keys(&next)).await? {
                return Ok(step);
            }
        }
    }

    async fn service_keys(&self) -> Result<ServiceKeys, StoreError> {
        let stored = self.stored_keys().await?;
        self.open_keys(&stored)
    }

    async fn stored_keys(&self) -> Result<String, StoreError> {
        if let Some(stored) = self.store().setting(SETTING).await? {
            return Ok(stored);
        }
        let first = ServiceKeys { pkcs8: make_pkcs8()?, next: None };
        self.store().settle(SETTING, &self.seal_keys(&first)).await
    }

    fn open_keys(&self, stored: &str) -> Result<ServiceKeys, StoreError> {
        let opened = self.keys().open(Sealed::ServiceKeys, stored)?;
        // expose: read as what it is.
        serde_json::from_slice(opened.expose()).map_err(|_| DAMAGED)
    }

    fn seal_keys(&self, keys: &ServiceKeys) -> String {
        let text = SecretBytes::new(serde_json::to_vec(keys).expect("texts and a number have a JSON form"));
        // expose: sealed at once.
        self.keys().seal(Sealed::ServiceKeys, text.expose(), &mut self.rng())
    }
}

/// Where changing the service's key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotationStep {
    /// Phones can learn the next key; it signs from this instant on, if somebody says so.
    Announced {
        /// The first instant.
        usable_at: UnixTime,
    },
    /// The next key is the current one.
    Changed,
}

impl Keys<'_> {
    /// Seals.
    pub(crate) fn seal(
        &self,
        what: Sealed<'_>,
        plaintext: &[u8],
        rng: &mut dyn rand_core::CryptoRng,
    ) -> String {
        let salt = seal::make_public::<SALT>(rng);
        let (context, name) = what.names();
        let key = OneTimeKey::derive(self.0, &salt, Label::File, context.as_bytes());
        let mut sealed = salt.to_vec();
        sealed.extend(key.seal(name.as_bytes(), plaintext));
        BASE64.encode(sealed)
    }

    /// Opens what [`seal`](Self::seal) made for the same.
    pub(crate) fn open(&self, what: Sealed<'_>, sealed: &str) -> Result<SecretBytes, StoreError> {
        let bytes = BASE64.decode(sealed).map_err(|_| DAMAGED)?;
        let (salt, sealed) = bytes.split_at_checked(SALT).ok_or(DAMAGED)?;
        let (context, name) = what.names();
        let key = OneTimeKey::derive(self.0, salt, Label::File, context.as_bytes());
        key.open(name.as_bytes(), sealed).map_err(|_| DAMAGED)
    }

    /// The hash that something is found by.
    pub(crate) fn hash(&self, what: Hashed, text: &str) -> String {
        BASE64.encode(seal::commitment(self.0, text.as_bytes(), what.context().as_bytes()))
    }

    /// A nonce for the next proof. It says when it was made, so that none has to be kept.
    pub(crate) fn nonce(&self, now: UnixTime) -> String {
        let secs = now.secs();
        format!("{secs:x}-{}", self.nonce_mac(secs))
    }

    /// Whether a nonce was made here in the last `life` seconds.
    pub(crate) fn is_nonce(&self, nonce: &str, life: u64, now: UnixTime) -> bool {
        let Some((secs, mac)) = nonce.split_once('-') else { return false };
        let Ok(secs) = u64::from_str_radix(secs, 16) else { return false };
        let good = SecretBytes::new(self.nonce_mac(secs).into_bytes());
        let recent = secs <= now.secs() && now.secs() - secs < life;
        recent && good.ct_eq(&SecretBytes::new(mac.as_bytes().to_vec()))
    }

    fn nonce_mac(&self, secs: u64) -> String {
        let mac = seal::commitment(self.0, &secs.to_be_bytes(), b"sign-in/nonce");
        BASE64.encode(mac.get(..16).unwrap_or_default())
    }
}

impl Sealed<'_> {
    fn names(self) -> (&'static str, String) {
        match self {
            Self::Seed { user, authenticator } => ("sign-in/seed", format!("{user} {authenticator}")),
            Self::Request(id) => ("sign-in/request", id.to_string()),
            Self::Numbers { user } => ("sign-in/numbers", user.to_owned()),
            Self::Page { id } => ("sign-in/page", id.to_owned()),
            Self::ServiceKeys => ("sign-in/service-keys", String::new()),
        }
    }
}

impl Hashed {
    const fn context(self) -> &'static str {
        match self {
            Self::Session => "sign-in/hash/session",
            Self::Browser => "sign-in/hash/browser",
            Self::ActivationCode => "sign-in/hash/activation-code",
            Self::Handle => "sign-in/hash/handle",
            Self::ManualCode => "sign-in/hash/manual-code",
            Self::UserCode => "sign-in/hash/user-code",
            Self::Proof => "sign-in/hash/proof",
            Self::Tries => "sign-in/hash/tries",
        }
    }
}

/// As they are sealed.
#[derive(Serialize, Deserialize)]
struct ServiceKeys {
    pkcs8: String,
    next: Option<Announced>,
}

#[derive(Serialize, Deserialize)]
struct Announced {
    pkcs8: String,
    at: u64,
}

impl ServiceKeys {
    fn current(&self) -> Result<SigningKey, StoreError> {
        read_key(&self.pkcs8)
    }

    fn next_public(&self) -> Result<Option<PublicKey>, StoreError> {
        self.next.as_ref().map(|next| Ok(read_key(&next.pkcs8)?.public().clone())).transpose()
    }
}

fn make_pkcs8() -> Result<String, StoreError> {
    // expose: it is sealed by the caller.
    SigningKey::make_pkcs8().map(|key| BASE64.encode(key.expose())).map_err(|_| NO_RANDOMNESS)
}

fn read_key(pkcs8: &str) -> Result<SigningKey, StoreError> {
    let bytes = SecretBytes::new(BASE64.decode(pkcs8).map_err(|_| DAMAGED)?);
    SigningKey::from_pkcs8(&bytes).map_err(|_| DAMAGED)
}

const SALT: usize = 16;
const SETTING: &str = "service_keys";
/// Seconds that the next key is announced before it signs.
const ANNOUNCED: u64 = 7 * 24 * 3600;
const DAMAGED: StoreError = StoreError::Damaged("something sealed; the secret may be another one");
const NO_RANDOMNESS: StoreError = StoreError::Damaged("the operating system's randomness");
