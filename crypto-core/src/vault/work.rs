//! A work or school account: what makes this installation its authenticator, or only its name when that is gone.
//! The private keys are not here; a handle says where the device has them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::approval::challenge::Answered;
use crate::approval::rotation::ServicePin;
use crate::approval::state::DeviceState;
use crate::approval::{AccountId, DeviceId, Origin, Registration};
use crate::codes::CodeSpec;
use crate::seal::sign::{PublicKey, SigningKey};
use crate::seal::{self, Label, OneTimeKey};
use crate::secret::SecretBytes;

/// What a work account holds.
#[derive(Debug)]
pub struct Work {
    /// Where its service lives; none if only a name is known.
    pub issuer: Option<Origin>,
    /// What makes this installation its authenticator; none for "Sign in to restore your account".
    pub device: Option<Enrolled>,
    /// The key of its own codes, and how they are made; none if the organisation has no codes.
    pub codes: Option<(SecretBytes, CodeSpec)>,
    /// Members of a newer version.
    pub(super) members: Map<String, Value>,
}

impl Work {
    /// One that approves.
    pub fn enrolled(issuer: Origin, device: Enrolled, codes: Option<(SecretBytes, CodeSpec)>) -> Self {
        Self { issuer: Some(issuer), device: Some(device), codes, members: Map::new() }
    }

    /// A name that waits for signing in.
    pub fn name_only(issuer: Option<Origin>) -> Self {
        Self { issuer, device: None, codes: None, members: Map::new() }
    }

    /// Drops what the service has ended: keys' handles and the seed. The name stays, to sign in again.
    pub fn end(&mut self) -> Option<Enrolled> {
        self.codes = None;
        self.device.take()
    }

    /// What challenges are held to; none for a name alone.
    pub fn registration(&self, answered: Answered) -> Option<Registration> {
        let device = self.device.as_ref()?;
        Some(Registration {
            issuer: self.issuer.clone()?,
            service: device.service.clone(),
            account: device.account.clone(),
            device: device.id.clone(),
            pop: device.pop.public.thumbprint(),
            uv: (device.state != DeviceState::Stale).then(|| device.uv.public.thumbprint()),
            answered,
        })
    }
}

/// One installation of the app for one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enrolled {
    /// The account at the service.
    pub account: AccountId,
    /// This installation there.
    pub id: DeviceId,
    /// Where it stands, as far as is known.
    pub state: DeviceState,
    /// The service's key.
    pub service: ServicePin,
    /// The key that needs nobody.
    pub pop: DeviceKey,
    /// The key that needs the person.
    pub uv: DeviceKey,
    /// Both are software keys.
    #[serde(default)]
    pub software: bool,
}

/// A key of the device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceKey {
    /// Where the device has it.
    pub handle: KeyHandle,
    /// Its public half.
    pub public: PublicKey,
}

/// Where a device has a key: a name in its keystore, and where the key cannot stay in there, the sealed key. Only
/// the device reads it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyHandle(String);

impl KeyHandle {
    /// From the device that made it.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// For the device that made it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHandle(..)")
    }
}

/// Makes a signing key and seals it by `by`, a key of the keystore that is for this one alone. `name` says which
/// key it is, and is bound to it.
pub fn make_signing_key(
    by: &SecretBytes,
    name: &str,
    rng: &mut dyn CryptoRng,
) -> Result<(String, PublicKey), NoSigningKey> {
    let pkcs8 = SigningKey::make_pkcs8().map_err(|_| NoSigningKey)?;
    let public = SigningKey::from_pkcs8(&pkcs8).map_err(|_| NoSigningKey)?.public().clone();
    let salt = seal::make_public::<SALT_LEN>(rng);
    // expose: sealing is what the key is handed over for.
    let sealed = one_time(by, &salt, name).seal(name.as_bytes(), pkcs8.expose());
    Ok((BASE64.encode([salt.as_slice(), &sealed].concat()), public))
}

/// Opens what [`make_signing_key`] sealed.
pub fn open_signing_key(by: &SecretBytes, name: &str, sealed: &str) -> Result<SigningKey, NoSigningKey> {
    let bytes = BASE64.decode(sealed).map_err(|_| NoSigningKey)?;
    let (salt, sealed) = bytes.split_at_checked(SALT_LEN).ok_or(NoSigningKey)?;
    let pkcs8 = one_time(by, salt, name).open(name.as_bytes(), sealed).map_err(|_| NoSigningKey)?;
    SigningKey::from_pkcs8(&pkcs8).map_err(|_| NoSigningKey)
}

fn one_time(by: &SecretBytes, salt: &[u8], name: &str) -> OneTimeKey {
    OneTimeKey::derive(by, salt, Label::DeviceKey, name.as_bytes())
}

const SALT_LEN: usize = 32;

/// There is no key: the one it was sealed by is another, or the sealed bytes are not those that were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no signing key in this")]
pub struct NoSigningKey;

/// The member `work` of an account in the sealed file.
#[derive(Serialize, Deserialize)]
pub(super) struct WorkMember {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) issuer: Option<Origin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<Enrolled>,
    #[serde(flatten)]
    pub(super) members: Map<String, Value>,
}
