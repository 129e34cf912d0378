//! Adding an account by signing in, after the device authorization grant (RFC 8628): the phone shows a short
//! code, the person types it on the service's page where they are signed in, and the phone is given an
//! activation link. What follows is the activation like any other, its number included. No address has a
//! secret in it: the code is typed, and the link comes in a body.

use std::fmt;

use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::activation::ActivationLink;
use super::wire::{self, DeviceAbout};
use super::{GrantId, Origin, number};
use crate::json::{self, words};
use crate::secret::SecretText;
use crate::time::UnixTime;

/// Where a grant begins. The call has a proof by the key that becomes the device's, as both calls have.
pub fn begin_endpoint(service: &Origin) -> String {
    service.at("/approval/v1/grant/begin")
}

/// Where a grant is asked after.
pub fn poll_endpoint(service: &Origin) -> String {
    service.at("/approval/v1/grant/poll")
}

/// The body that begins a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantBegin {
    /// What the device says of itself; the page shows it to the person who types the code.
    #[serde(deserialize_with = "json::object")]
    pub device: DeviceAbout,
}

impl GrantBegin {
    /// Reads a body.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        wire::read(bytes)
    }

    /// Writes the body.
    pub fn to_json(&self) -> Vec<u8> {
        json::write(self)
    }
}

/// What the service answers to [`GrantBegin`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantBegun {
    /// Which grant.
    pub grant_id: GrantId,
    /// What the person types.
    pub user_code: UserCode,
    /// Where they type it. It says nothing but the place, so that nobody can send a link with a code in it.
    pub verification_uri: String,
    /// Seconds until it is over.
    pub expires_in: u64,
    /// Seconds between two questions.
    pub interval: u64,
    /// The service's time.
    #[serde(with = "json::seconds")]
    pub server_time: UnixTime,
}

impl GrantBegun {
    /// Reads what `asked` answered. A service sends the person to its own origin only.
    pub fn from_json(bytes: &[u8], asked: &Origin) -> Result<Self, GrantRefused> {
        let begun: Self = wire::read(bytes).ok_or(GrantRefused::Malformed)?;
        let uri = &begun.verification_uri;
        let bare = uri.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#'));
        if !bare || uri.len() > LONGEST_URI || !(1..=LONGEST_LIFE).contains(&begun.expires_in) {
            return Err(GrantRefused::Malformed);
        }
        check_interval(begun.interval)?;
        if asked.owns(uri) { Ok(begun) } else { Err(GrantRefused::OtherOrigin) }
    }

    /// Writes the answer.
    pub fn to_json(&self) -> Vec<u8> {
        json::write(self)
    }
}

/// The body that asks what became of a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantPoll {
    /// Which grant.
    pub grant_id: GrantId,
}

impl GrantPoll {
    /// Reads a body.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        wire::read(bytes)
    }

    /// Writes the body.
    pub fn to_json(&self) -> Vec<u8> {
        json::write(self)
    }
}

/// What the service answers to [`GrantPoll`].
#[derive(Debug)]
pub struct GrantStatus {
    /// Where it stands.
    pub state: GrantState,
    /// Seconds until the next question.
    pub interval: u64,
    /// The service's time.
    pub server_time: UnixTime,
}

/// Where a grant stands. One that nobody used in time is a problem of its own, `code_expired`.
#[derive(Debug)]
pub enum GrantState {
    /// Nobody has typed the code and agreed.
    Pending,
    /// The person said no on the page.
    Denied,
    /// The person agreed. The link is given once, and only the key that began the grant can use it.
    Granted(ActivationLink),
}

impl GrantStatus {
    /// Reads what `asked` answered. A service grants accounts of its own only.
    pub fn from_json(bytes: &[u8], asked: &Origin) -> Result<Self, GrantRefused> {
        let body: StatusBody = wire::read(bytes).ok_or(GrantRefused::Malformed)?;
        check_interval(body.interval)?;
        let state = match (body.status, body.activation) {
            (StatusWord::Pending, None) => GrantState::Pending,
            (StatusWord::Denied, None) => GrantState::Denied,
            (StatusWord::Granted, Some(link)) if link.origin == *asked => GrantState::Granted(link),
            (StatusWord::Granted, Some(_)) => return Err(GrantRefused::OtherOrigin),
            (StatusWord::Pending | StatusWord::Denied, Some(_)) | (StatusWord::Granted, None) => {
                return Err(GrantRefused::Malformed);
            }
        };
        Ok(Self { state, interval: body.interval, server_time: body.server_time })
    }

    /// Writes the answer; the link in it is secret.
    pub fn to_json(self) -> SecretText {
        let (status, activation) = match self.state {
            GrantState::Pending => (StatusWord::Pending, None),
            GrantState::Denied => (StatusWord::Denied, None),
            GrantState::Granted(link) => (StatusWord::Granted, Some(link)),
        };
        let body = StatusBody { status, interval: self.interval, activation, server_time: self.server_time };
        SecretText::new(String::from_utf8(json::write(&body)).expect("JSON is UTF-8"))
    }
}

/// What a person carries from the phone to the page: eight letters of which none is a vowel (RFC 8628, section
/// 6.1), written `WDJB-MJHT`. It entitles to nothing by itself, yet whoever types it decides which account the
/// phone gets, so it is not shown where it need not be.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserCode(String);

impl UserCode {
    /// A new one: 34 random bits, enough for ten minutes and five tries.
    pub fn make(rng: &mut dyn CryptoRng) -> Self {
        let count = u32::try_from(LETTERS.len()).expect("twenty letters");
        let index = |drawn| usize::try_from(drawn).expect("below twenty");
        let letters: String = (0..USER_CODE_LEN)
            .filter_map(|_| LETTERS.get(index(number::below(count, rng))).copied().map(char::from))
            .collect();
        Self::written(&letters)
    }

    /// Reads what was typed, in either case, with or without hyphens and spaces.
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.chars().filter(|&c| !c.is_whitespace() && c != '-');
        // One more than there may be tells a longer text from a code.
        let letters: String = typed.map(|c| c.to_ascii_uppercase()).take(USER_CODE_LEN + 1).collect();
        let known = letters.bytes().all(|letter| LETTERS.contains(&letter));
        (known && letters.len() == USER_CODE_LEN).then(|| Self::written(&letters))
    }

    /// In its one spelling, in two groups: shown, sent and looked up like this.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn written(letters: &str) -> Self {
        let (first, second) = letters.split_at_checked(USER_CODE_LEN / 2).unwrap_or_default();
        Self(format!("{first}-{second}"))
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(..)")
    }
}

impl Serialize for UserCode {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        sink.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for UserCode {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(source)?).ok_or_else(|| serde::de::Error::custom("no user code"))
    }
}

/// A phone neither asks all the time nor waits for ever because a service says so.
fn check_interval(secs: u64) -> Result<(), GrantRefused> {
    if (1..=LONGEST_INTERVAL).contains(&secs) { Ok(()) } else { Err(GrantRefused::Malformed) }
}

words! {
    /// The state as it is written.
    StatusWord {
        /// Not yet.
        Pending = "pending",
        /// No.
        Denied = "denied",
        /// Yes, with a link.
        Granted = "granted",
    }
}

#[derive(Serialize, Deserialize)]
struct StatusBody {
    status: StatusWord,
    interval: u64,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "link_text")]
    activation: Option<ActivationLink>,
    #[serde(with = "json::seconds")]
    server_time: UnixTime,
}

mod link_text {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        link: &Option<ActivationLink>,
        sink: S,
    ) -> Result<S::Ok, S::Error> {
        let text = link.as_ref().map(ActivationLink::print);
        // expose: sent, in a body, to the device that began the grant.
        text.as_ref().map(SecretText::expose).serialize(sink)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        source: D,
    ) -> Result<Option<ActivationLink>, D::Error> {
        wire::secret(source, |text| ActivationLink::parse(text).ok())
    }
}

const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
const USER_CODE_LEN: usize = 8;
const LONGEST_URI: usize = 512;
/// An hour.
const LONGEST_LIFE: u64 = 3600;
/// A minute.
const LONGEST_INTERVAL: u64 = 60;

/// Why a service's answer is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GrantRefused {
    /// Not an answer that can be read.
    #[error("the service's answer is malformed")]
    Malformed,
    /// It sends the person or the app to another service.
    #[error("the answer points to another place")]
    OtherOrigin,
}
