//! Making a phone an authenticator of an account: the link in the QR code, what is typed instead, and the two
//! calls that follow. The code alone makes nothing usable; a number has to be typed after it.

mod link;

pub use link::{ActivationCode, ActivationLink, Handle, ManualActivation, ManualCode};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::answer::DeviceKeys;
use super::challenge::UvPolicy;
use super::proof::Proven;
use super::state::DeviceState;
use super::wire::{DeviceAbout, PushSubscription, secret_text};
use super::{AccountId, ActivationId, DeviceId, MatchLen, Nonce, Origin, ProblemCode, crockford, wire};
use crate::codes::CodeAccount;
use crate::codes::otpauth::{self, Kind, Manual, OtpauthError};
use crate::json::{self, words};
use crate::seal::sign::{Jws, JwsRefused, PublicKey, Thumbprint, Unsigned};
use crate::secret::SecretText;
use crate::time::UnixTime;

/// The body that begins an activation.
#[derive(Debug)]
pub enum Begin {
    /// After a scan.
    Scanned(ActivationCode),
    /// After typing.
    Typed {
        /// Which activation.
        handle: Handle,
        /// What entitles to begin.
        code: ManualCode,
    },
}

impl Begin {
    /// Reads a body.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        let BeginBody { code, handle } = wire::read(bytes)?;
        // expose: read as what it is.
        let code = code.expose();
        match handle {
            None => ActivationCode::parse(code).map(Self::Scanned),
            Some(handle) => {
                Some(Self::Typed { handle: Handle::parse(&handle)?, code: ManualCode::parse(code)? })
            }
        }
    }

    /// Writes the body.
    pub fn to_json(&self) -> SecretText {
        let (code, handle) = match self {
            Self::Scanned(code) => (code.secret(), None),
            Self::Typed { handle, code } => (code.secret(), Some(handle.as_str().to_owned())),
        };
        // expose: sent to the service that made it.
        let body = BeginBody { code: SecretText::new(code.expose().to_owned()), handle };
        SecretText::new(String::from_utf8(json::write(&body)).expect("JSON is UTF-8"))
    }
}

/// What the service answers to [`Begin`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Which activation.
    pub activation_id: ActivationId,
    /// Goes into the keys' attestation.
    pub attestation_challenge: Nonce,
    /// For the proof of the next call.
    pub dpop_nonce: String,
    /// Seconds until it is over.
    pub expires_in: u64,
    /// Whose authenticator this becomes.
    #[serde(deserialize_with = "json::object")]
    pub account: BegunAccount,
    /// Which service this is.
    #[serde(deserialize_with = "json::object")]
    pub service: BegunService,
    /// What the organisation asks for.
    #[serde(deserialize_with = "json::object")]
    pub policy: Policy,
    /// The service's time.
    #[serde(with = "json::seconds")]
    pub server_time: UnixTime,
}

impl Begun {
    /// Reads the answer. After a scan, `pinned` is the key that the QR code names; after typing there is none,
    /// and the person can compare [`fingerprint`].
    pub fn from_json(bytes: &[u8], pinned: Option<&Thumbprint>) -> Result<Self, BegunRefused> {
        let begun: Self = wire::read(bytes).ok_or(BegunRefused::Malformed)?;
        if pinned.is_some_and(|pinned| *pinned != begun.service.jwk.thumbprint()) {
            return Err(BegunRefused::OtherKey);
        }
        Ok(begun)
    }

    /// Writes the answer.
    pub fn to_json(&self) -> Vec<u8> {
        json::write(self)
    }
}

/// The account of an activation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunAccount {
    /// Its identity.
    pub id: AccountId,
    /// Its name at the service.
    pub username: String,
    /// The person's name.
    pub display_name: String,
}

/// The service of an activation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunService {
    /// Its name.
    pub name: String,
    /// The key that its challenges are signed with.
    #[serde(deserialize_with = "json::object")]
    pub jwk: PublicKey,
}

/// What an organisation asks of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether approving needs the person's verification.
    pub uv: UvPolicy,
    /// Whether the keys' place must be shown.
    pub attestation: AttestationPolicy,
    /// How many digits a number has.
    pub match_len: MatchLen,
    /// Whether codes work too.
    pub totp: bool,
}

words! {
    /// Whether a device has to show where its keys are kept.
    AttestationPolicy {
        /// It is not looked at.
        None = "none",
        /// It is looked at, and a device without it is marked.
        Preferred = "preferred",
        /// A device without it is refused.
        Required = "required",
    }
}

/// Where a device's keys are kept, as its maker says. The service judges it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fmt")]
pub enum Attestation {
    /// Nothing is shown.
    #[serde(rename = "none")]
    None {},
    /// Certificate chains of Android's keystore, the key's own first, in Base64.
    #[serde(rename = "android-key")]
    AndroidKey {
        /// Of the key that needs nobody.
        pop_x5c: Vec<String>,
        /// Of the key that needs the person.
        uv_x5c: Vec<String>,
    },
    /// App Attest over the hash of the challenge and both thumbprints.
    #[serde(rename = "apple-appattest")]
    AppleAppAttest {
        /// The attestation object, in Base64.
        object: String,
        /// The id of the attested key, in Base64.
        key_id: String,
    },
}

/// The body that completes an activation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// Which activation.
    pub activation_id: ActivationId,
    /// By the key that needs the person, over everything else.
    pub uv_proof: String,
    /// Where the keys are kept.
    #[serde(deserialize_with = "json::object")]
    pub attestation: Attestation,
    /// Where the device can be woken; none if it only asks by itself.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::maybe_object")]
    pub push: Option<PushSubscription>,
    /// What the device says of itself.
    #[serde(deserialize_with = "json::object")]
    pub device: DeviceAbout,
}

/// What the key that needs the person signs at activation. `subject` is the activation, or the device when it
/// changes its keys.
pub fn uv_proof(
    issuer: &Origin,
    subject: &str,
    challenge: &Nonce,
    pop: Thumbprint,
    uv: &PublicKey,
    now: UnixTime,
) -> Unsigned {
    let claims = UvClaims {
        aud: issuer.as_str().to_owned(),
        iat: now,
        act: subject.to_owned(),
        att: challenge.as_str().to_owned(),
        pop_jkt: pop,
    };
    Unsigned::with_key(UV_PROOF_TYPE, uv, &claims)
}

impl Completion {
    /// Reads a body.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        wire::read(bytes)
    }

    /// Writes the body.
    pub fn to_json(&self) -> Vec<u8> {
        json::write(self)
    }

    /// The device's keys, if both took part. `proven` is the proof of this very call, `challenge` what the
    /// service gave for this activation. If the activation came of a grant, `granted_to` is the key that
    /// began it, and no other completes it.
    pub fn check(
        &self,
        proven: &Proven,
        issuer: &Origin,
        activation: &ActivationId,
        challenge: &Nonce,
        granted_to: Option<&Thumbprint>,
    ) -> Result<DeviceKeys, CompletionRefused> {
        let granted = granted_to.is_none_or(|key| *key == proven.key.thumbprint());
        if self.activation_id != *activation || !granted {
            return Err(CompletionRefused::OtherActivation);
        }
        check_uv_proof(self.uv_proof.as_bytes(), &proven.key, issuer, activation.as_str(), challenge)
    }
}

pub(super) fn check_uv_proof(
    jws: &[u8],
    pop: &PublicKey,
    issuer: &Origin,
    subject: &str,
    challenge: &Nonce,
) -> Result<DeviceKeys, CompletionRefused> {
    let jws = Jws::<UvClaims>::parse(jws, UV_PROOF_TYPE)?;
    let uv = jws.embedded_key().map_err(|_| CompletionRefused::Signature)?;
    let claims = jws.verify(&uv).map_err(|_| CompletionRefused::Signature)?;
    if claims.aud != issuer.as_str()
        || claims.act != subject
        || claims.att != challenge.as_str()
        || claims.pop_jkt != pop.thumbprint()
    {
        return Err(CompletionRefused::OtherActivation);
    }
    DeviceKeys::new(pop.clone(), uv).ok_or(CompletionRefused::OneKey)
}

/// What the service answers to [`Completion`]. The device is not active before its test approval.
#[derive(Debug, Serialize, Deserialize)]
pub struct Completed {
    /// The device.
    pub device_id: DeviceId,
    /// Its account.
    pub account_id: AccountId,
    /// Where it stands.
    pub state: DeviceState,
    /// For the codes of this device, if the policy has them. Given once.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::maybe_object")]
    pub totp: Option<Seed>,
    /// For the proof of the next call.
    pub dpop_nonce: String,
    /// The service's time.
    #[serde(with = "json::seconds")]
    pub server_time: UnixTime,
}

impl Completed {
    /// Reads the answer.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        wire::read(bytes)
    }

    /// Writes the answer; the seed in it is secret.
    pub fn to_json(&self) -> SecretText {
        SecretText::new(String::from_utf8(json::write(self)).expect("JSON is UTF-8"))
    }
}

/// The key for the codes of one device, different for each.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seed {
    /// In Base32.
    #[serde(with = "secret_text")]
    pub secret: SecretText,
    /// The hash function's name.
    pub algorithm: String,
    /// Characters in a code.
    pub digits: u32,
    /// Seconds of a step.
    pub period: u32,
}

impl Seed {
    /// As an account that shows codes, under the rules of every other.
    pub fn account(&self, issuer: &str, account: &str) -> Result<CodeAccount, OtpauthError> {
        otpauth::from_manual(Manual {
            issuer,
            account,
            // expose: it becomes the account's key.
            key: self.secret.expose(),
            kind: Kind::Totp,
            algorithm: &self.algorithm,
            digits: self.digits,
            period: self.period,
            counter: "",
        })
    }
}

/// Eight characters of a service's key, for a person to compare with the page.
pub fn fingerprint(key: &Thumbprint) -> String {
    let symbols = crockford::print(key.bytes());
    let (first, rest) = symbols.split_at_checked(4).unwrap_or_default();
    format!("{first}-{}", rest.get(..4).unwrap_or_default())
}

struct BeginBody {
    code: SecretText,
    handle: Option<String>,
}

impl Serialize for BeginBody {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            code: &'a str,
            handle: Option<&'a str>,
        }
        // expose: sent to the service that made it.
        Members { code: self.code.expose(), handle: self.handle.as_deref() }.serialize(sink)
    }
}

impl<'de> Deserialize<'de> for BeginBody {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Members {
            #[serde(with = "secret_text")]
            code: SecretText,
            #[serde(default)]
            handle: Option<String>,
        }
        let Members { code, handle } = Members::deserialize(source)?;
        Ok(Self { code, handle })
    }
}

#[derive(Serialize, Deserialize)]
struct UvClaims {
    aud: String,
    #[serde(with = "json::seconds")]
    iat: UnixTime,
    act: String,
    att: String,
    pop_jkt: Thumbprint,
}

const UV_PROOF_TYPE: &str = "approval-uvproof+jwt";

/// Why the service's answer to a code is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BegunRefused {
    /// Not an answer that can be read.
    #[error("the service's answer is malformed")]
    Malformed,
    /// The key is not the one in the QR code: something stands between the app and the service.
    #[error("the service's key is not the one in the code")]
    OtherKey,
}

/// Why an activation is not completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CompletionRefused {
    /// The proof by the key that needs the person cannot be read.
    #[error(transparent)]
    Unreadable(#[from] JwsRefused),
    /// It is not signed by the key in it.
    #[error("the key that needs the person has not signed")]
    Signature,
    /// It is for another activation, another service or another first key.
    #[error("the proof is for another activation")]
    OtherActivation,
    /// Both keys are one.
    #[error("the two keys are one")]
    OneKey,
}

impl CompletionRefused {
    /// What the device is told.
    pub const fn problem(self) -> ProblemCode {
        match self {
            Self::Unreadable(_) | Self::OneKey => ProblemCode::Malformed,
            Self::Signature => ProblemCode::BadSignature,
            Self::OtherActivation => ProblemCode::NotFound,
        }
    }
}
