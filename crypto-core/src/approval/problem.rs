//! What a service answers when it refuses: RFC 9457 with a closed set of types. Nothing in one repeats a code,
//! a number or a token.

use serde::{Deserialize, Serialize};

use crate::json::{self, words};
use crate::time::UnixTime;

words! {
    /// The kinds of refusal. Each one asks for something else from the app.
    ProblemCode {
        /// The request is not what the protocol has; trying again changes nothing.
        Malformed = "malformed",
        /// A version of the protocol that this service does not speak.
        UnsupportedVersion = "unsupported_version",
        /// The proof's nonce is missing or old; once more with the new one.
        UseDpopNonce = "use_dpop_nonce",
        /// The proof does not fit the request.
        BadProof = "bad_proof",
        /// The message is not signed by a key that may sign it.
        BadSignature = "bad_signature",
        /// No device has this key.
        UnknownDevice = "unknown_device",
        /// The device was removed; said only to a proof by its own key.
        DeviceRevoked = "device_revoked",
        /// The number was another one. The request is over.
        NumberMismatch = "number_mismatch",
        /// The approval is not by the key that needs the person.
        UvRequired = "uv_required",
        /// The device has not finished its activation, or can deny only.
        DeviceNotActive = "device_not_active",
        /// The device is suspended after a report or by an administrator.
        DeviceSuspended = "device_suspended",
        /// The attestation is not what the policy asks for.
        AttestationRejected = "attestation_rejected",
        /// There is nothing of this name for this device.
        NotFound = "not_found",
        /// The request has its answer.
        AlreadyResolved = "already_resolved",
        /// Another device used this activation code first. Neither becomes active.
        CodeAlreadyClaimed = "code_already_claimed",
        /// The account has as many authenticators as are allowed.
        LimitDevices = "limit_devices",
        /// The request's time is over.
        Expired = "expired",
        /// The activation code's time is over.
        CodeExpired = "code_expired",
        /// The app is older than this service accepts.
        UpgradeRequired = "upgrade_required",
        /// Too many calls.
        SlowDown = "slow_down",
        /// As many requests wait as may wait.
        TooManyPending = "too_many_pending",
        /// Requests to this account are locked.
        PushLocked = "push_locked",
        /// The service cannot do it at this time.
        TryLater = "try_later",
    }
}

impl ProblemCode {
    /// The HTTP status it comes with.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::UnsupportedVersion => 400,
            Self::UseDpopNonce
            | Self::BadProof
            | Self::BadSignature
            | Self::UnknownDevice
            | Self::DeviceRevoked => 401,
            Self::NumberMismatch
            | Self::UvRequired
            | Self::DeviceNotActive
            | Self::DeviceSuspended
            | Self::AttestationRejected => 403,
            Self::NotFound => 404,
            Self::AlreadyResolved | Self::CodeAlreadyClaimed | Self::LimitDevices => 409,
            Self::Expired | Self::CodeExpired => 410,
            Self::UpgradeRequired => 426,
            Self::SlowDown | Self::TooManyPending | Self::PushLocked => 429,
            Self::TryLater => 503,
        }
    }

    /// A short English sentence for people who read logs; screens have their own words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request is malformed",
            Self::UnsupportedVersion => "This version is not supported",
            Self::UseDpopNonce => "The proof needs a new nonce",
            Self::BadProof => "The proof does not fit the request",
            Self::BadSignature => "The signature is not valid",
            Self::UnknownDevice => "The device is not known",
            Self::DeviceRevoked => "The device was removed",
            Self::NumberMismatch => "Number did not match",
            Self::UvRequired => "Approving needs the person's verification",
            Self::DeviceNotActive => "The device is not active",
            Self::DeviceSuspended => "The device is suspended",
            Self::AttestationRejected => "The attestation was not accepted",
            Self::NotFound => "There is no such thing",
            Self::AlreadyResolved => "The request was already answered",
            Self::CodeAlreadyClaimed => "The code was already used",
            Self::LimitDevices => "There are as many authenticators as allowed",
            Self::Expired => "The request has expired",
            Self::CodeExpired => "The code has expired",
            Self::UpgradeRequired => "The app is too old",
            Self::SlowDown => "Too many calls",
            Self::TooManyPending => "Too many requests are waiting",
            Self::PushLocked => "Requests to this account are locked",
            Self::TryLater => "Try again later",
        }
    }
}

/// The body of a refusal, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is; none for a kind that a newer service has.
    pub code: Option<ProblemCode>,
    /// The HTTP status.
    pub status: u16,
    /// What it is about, by id.
    pub instance: Option<String>,
    /// The service's time.
    pub server_time: UnixTime,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(code: ProblemCode, instance: Option<&str>, now: UnixTime) -> Self {
        let instance = instance.map(str::to_owned);
        Self { code: Some(code), status: code.status(), instance, server_time: now }
    }

    /// Writes the body.
    pub fn to_json(&self) -> Vec<u8> {
        json::write(&Body {
            kind: format!("{URN}{}", self.code.map_or("", ProblemCode::word)),
            title: self.code.map_or("", ProblemCode::title).to_owned(),
            status: self.status,
            instance: self.instance.clone(),
            server_time: self.server_time,
        })
    }

    /// Reads a body. One that is no problem of this protocol, such as a proxy's page, is none.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > LONGEST {
            return None;
        }
        let Body { kind, status, instance, server_time, .. } = json::read(bytes).ok()?;
        let code = ProblemCode::named(kind.strip_prefix(URN)?);
        Some(Self { code, status, instance, server_time })
    }
}

#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    title: String,
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(with = "json::seconds")]
    server_time: UnixTime,
}

const URN: &str = "urn:approval:error:";
/// In bytes.
const LONGEST: usize = 16 * 1024;
