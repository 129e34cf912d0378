//! Changing keys. A service's next key is announced under its current one, and a phone's pin moves along that
//! chain only. A device's new keys are vouched for by the old one that needs the person.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::activation::{self, Attestation, CompletionRefused};
use super::answer::{Device, DeviceKeys};
use super::{DeviceId, Nonce, Origin, ProblemCode};
use crate::json;
use crate::seal::sign::{Jws, JwsRefused, NoRandomness, PublicKey, SigningKey, Thumbprint, Unsigned};
use crate::time::UnixTime;

/// The keys of a service that a phone accepts: the pinned one, and the next once it was announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePin {
    #[serde(deserialize_with = "json::object")]
    current: PublicKey,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::maybe_object")]
    next: Option<PublicKey>,
    #[serde(with = "json::seconds")]
    announced_at: UnixTime,
}

impl ServicePin {
    /// Pins the key that an activation showed.
    pub const fn new(key: PublicKey) -> Self {
        Self { current: key, next: None, announced_at: UnixTime::from_secs(0) }
    }

    /// The accepted key of this thumbprint.
    pub fn key(&self, kid: &Thumbprint) -> Option<&PublicKey> {
        std::iter::once(&self.current).chain(&self.next).find(|key| key.thumbprint() == *kid)
    }

    /// The pinned key's thumbprint.
    pub fn thumbprint(&self) -> Thumbprint {
        self.current.thumbprint()
    }

    /// Learns the next key from the service's list. True if something changed and is to be stored.
    pub fn learn(&mut self, list: &[u8], issuer: &Origin) -> Result<bool, KeyListRefused> {
        let jws = Jws::<KeyList>::parse(list, KEYS_TYPE)?;
        let kid = jws.kid().ok_or(KeyListRefused::OtherKey)?;
        let key = self.key(&kid).ok_or(KeyListRefused::OtherKey)?.clone();
        let claims = jws.verify(&key).map_err(|_| KeyListRefused::Signature)?;
        if claims.iss != issuer.as_str() {
            return Err(KeyListRefused::OtherIssuer);
        }
        // An older list would bring an old key back.
        if claims.iat < self.announced_at {
            return Err(KeyListRefused::Old);
        }
        let before = self.clone();
        self.used(kid);
        self.announced_at = claims.iat;
        self.next = claims.keys.into_iter().find(|key| *key != self.current);
        Ok(*self != before)
    }

    /// A message was verified under this key. If it is the next one, the pin moves and the old key is gone.
    /// True if something changed and is to be stored.
    pub fn used(&mut self, kid: Thumbprint) -> bool {
        match self.next.take_if(|next| next.thumbprint() == kid) {
            Some(next) => {
                self.current = next;
                true
            }
            None => false,
        }
    }
}

/// Makes the list of keys that a service publishes, signed by the current one. The next key is to be in it a
/// week before it signs.
pub fn key_list(
    issuer: &Origin,
    current: &SigningKey,
    next: Option<&PublicKey>,
    now: UnixTime,
) -> Result<String, NoRandomness> {
    let keys = std::iter::once(current.public()).chain(next).cloned().collect();
    let claims = KeyList { iss: issuer.as_str().to_owned(), iat: now, keys };
    let unsigned = Unsigned::under_kid(KEYS_TYPE, current.public().thumbprint(), &claims);
    let signature = current.sign(unsigned.signing_input())?;
    Ok(unsigned.signed(&signature))
}

/// The body that changes a device's keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Signed by the old key that needs the person.
    pub rotation: String,
    /// The new key that needs nobody.
    #[serde(deserialize_with = "json::object")]
    pub new_pop_jwk: PublicKey,
    /// By the new key that needs the person, as at activation.
    pub uv_proof: String,
    /// Where the new keys are kept.
    #[serde(deserialize_with = "json::object")]
    pub attestation: Attestation,
}

/// What vouches for new keys: waits for the signature of the old key that needs the person.
pub fn statement(
    device: &DeviceId,
    issuer: &Origin,
    old_uv: Thumbprint,
    new_pop: Thumbprint,
    new_uv: Thumbprint,
    nonce: &Nonce,
    now: UnixTime,
) -> Unsigned {
    let claims = Statement {
        iss: device.as_str().to_owned(),
        aud: issuer.as_str().to_owned(),
        new_pop_jkt: new_pop,
        new_uv_jkt: new_uv,
        nonce: nonce.as_str().to_owned(),
        iat: now,
    };
    Unsigned::under_kid(ROTATION_TYPE, old_uv, &claims)
}

impl Rotation {
    /// Reads a body.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        super::wire::read(bytes)
    }

    /// Writes the body.
    pub fn to_json(&self) -> Vec<u8> {
        json::write(self)
    }

    /// The new keys, if the old ones vouch for them. That the call is proven by the old key that needs
    /// nobody is checked with every call; `nonce` is the one the service gave for this.
    pub fn check(
        &self,
        device: &Device,
        issuer: &Origin,
        nonce: &Nonce,
    ) -> Result<DeviceKeys, RotationRefused> {
        let jws = Jws::<Statement>::parse(self.rotation.as_bytes(), ROTATION_TYPE)?;
        if jws.kid() != Some(device.keys.uv().thumbprint()) {
            return Err(RotationRefused::Signature);
        }
        let claims = jws.verify(device.keys.uv()).map_err(|_| RotationRefused::Signature)?;
        if claims.iss != device.id.as_str()
            || claims.aud != issuer.as_str()
            || claims.nonce != nonce.as_str()
            || claims.new_pop_jkt != self.new_pop_jwk.thumbprint()
        {
            return Err(RotationRefused::Other);
        }
        let keys = activation::check_uv_proof(
            self.uv_proof.as_bytes(),
            &self.new_pop_jwk,
            issuer,
            device.id.as_str(),
            nonce,
        )?;
        if claims.new_uv_jkt == keys.uv().thumbprint() { Ok(keys) } else { Err(RotationRefused::Other) }
    }
}

#[derive(Serialize, Deserialize)]
struct KeyList {
    iss: String,
    #[serde(with = "json::seconds")]
    iat: UnixTime,
    #[serde(deserialize_with = "json::objects")]
    keys: Vec<PublicKey>,
}

#[derive(Serialize, Deserialize)]
struct Statement {
    iss: String,
    aud: String,
    new_pop_jkt: Thumbprint,
    new_uv_jkt: Thumbprint,
    nonce: String,
    #[serde(with = "json::seconds")]
    iat: UnixTime,
}

const KEYS_TYPE: &str = "approval-jwks+jwt";
const ROTATION_TYPE: &str = "approval-rotation+jwt";

/// Why a list of keys teaches nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyListRefused {
    /// Not a list that can be read.
    #[error(transparent)]
    Unreadable(#[from] JwsRefused),
    /// Signed by a key that is not accepted: the chain is broken, and only a new activation mends it.
    #[error("the list of keys is signed by a key that is not this service's")]
    OtherKey,
    /// The signature is not valid.
    #[error("the signature of the list of keys is not valid")]
    Signature,
    /// Of another service.
    #[error("the list of keys is of another service")]
    OtherIssuer,
    /// Older than one that is known.
    #[error("the list of keys is an old one")]
    Old,
}

/// Why a device's new keys are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RotationRefused {
    /// The statement cannot be read.
    #[error(transparent)]
    Unreadable(#[from] JwsRefused),
    /// The statement is not by the old key that needs the person.
    #[error("the new keys are not vouched for by the old one")]
    Signature,
    /// The statement is about other keys, another device or another time.
    #[error("the statement is about something else")]
    Other,
    /// The new key's own proof does not hold.
    #[error(transparent)]
    UvProof(#[from] CompletionRefused),
}

impl RotationRefused {
    /// What the device is told.
    pub const fn problem(self) -> ProblemCode {
        match self {
            Self::Unreadable(_) | Self::Other => ProblemCode::Malformed,
            Self::Signature => ProblemCode::BadSignature,
            Self::UvProof(refused) => refused.problem(),
        }
    }
}
