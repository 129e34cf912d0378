//! The JSON bodies that carry no signature of their own. Each can be written and read; what is read was
//! bounded and is what its type says.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use super::challenge::Place;
use super::state::TransactionState;
use super::{Origin, TransactionId, shown_text};
use crate::json::{self, words};
use crate::seal::sign::PublicKey;
use crate::time::UnixTime;

/// The longest body that is read (C-09), in bytes. Attestation chains are what fills it.
pub const MAX_BODY: usize = 64 * 1024;

/// Reads a body; none if it is too long or not what `T` is.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    if bytes.len() > MAX_BODY { None } else { json::read(bytes).ok() }
}

/// Writes a body.
pub fn write<T: Serialize>(body: &T) -> Vec<u8> {
    json::write(body)
}

/// What a service says of itself at `/.well-known/approval-configuration`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// The service.
    pub issuer: Origin,
    /// Its name.
    pub display_name: String,
    /// The versions of the protocol that it speaks.
    pub versions: Vec<String>,
    /// Where activations begin and end.
    pub activation_endpoint: String,
    /// Where a device changes itself.
    pub device_endpoint: String,
    /// Where challenges are fetched and answered.
    pub challenges_endpoint: String,
    /// Where recent activity is fetched.
    pub activity_endpoint: String,
    /// Where its keys are announced.
    pub jwks_uri: String,
    /// Its key for Web Push (RFC 8292); none if it wakes nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vapid_public_key: Option<String>,
    /// The oldest apps it answers to.
    #[serde(default, deserialize_with = "json::object")]
    pub min_app: MinApp,
    /// The service's time.
    #[serde(with = "json::seconds")]
    pub server_time: UnixTime,
}

impl Discovery {
    /// Reads what was fetched from `asked`. A service speaks for its own origin only.
    pub fn from_json(bytes: &[u8], asked: &Origin) -> Result<Self, DiscoveryRefused> {
        let found: Self = read(bytes).ok_or(DiscoveryRefused::Malformed)?;
        if found.issuer != *asked {
            return Err(DiscoveryRefused::OtherIssuer);
        }
        let endpoints = [
            &found.activation_endpoint,
            &found.device_endpoint,
            &found.challenges_endpoint,
            &found.activity_endpoint,
            &found.jwks_uri,
        ];
        if !endpoints.iter().all(|endpoint| asked.owns(endpoint)) {
            return Err(DiscoveryRefused::OtherOrigin);
        }
        if !found.versions.iter().any(|version| version == VERSION) {
            return Err(DiscoveryRefused::OtherVersion);
        }
        Ok(found)
    }

    /// Where the service of a mail domain is, if the domain that was asked is not the service itself and names
    /// it: a document with an `issuer` is enough for that. The domain is trusted with this and with nothing
    /// else: what it says besides is not read, the issuer is asked itself and has to name itself
    /// ([`from_json`](Self::from_json)), and a second referral is none. No domain sends an app to its own
    /// machine.
    pub fn referral(bytes: &[u8], asked: &Origin) -> Option<Origin> {
        let Referral { issuer } = read(bytes)?;
        (issuer != *asked && issuer.is_secure()).then_some(issuer)
    }

    /// What a service at `issuer` says by default.
    pub fn at(issuer: Origin, display_name: String, now: UnixTime) -> Self {
        let at = |path: &str| issuer.at(&format!("{BASE}{path}"));
        Self {
            display_name,
            versions: vec![VERSION.to_owned()],
            activation_endpoint: at("/activation"),
            device_endpoint: at("/device"),
            challenges_endpoint: at("/challenges"),
            activity_endpoint: at("/activity"),
            jwks_uri: at("/jwks"),
            vapid_public_key: None,
            min_app: MinApp::default(),
            server_time: now,
            issuer,
        }
    }

    /// Where a challenge is answered.
    pub fn answer_endpoint(&self, transaction: &TransactionId) -> String {
        format!("{}/{transaction}/answer", self.challenges_endpoint)
    }
}

#[derive(Deserialize)]
struct Referral {
    issuer: Origin,
}

/// The oldest apps that a service answers to. A platform that is not named has no oldest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinApp {
    /// On Android.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android: Option<AppVersion>,
    /// On iOS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ios: Option<AppVersion>,
    /// On desktops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desktop: Option<AppVersion>,
}

impl MinApp {
    /// Whether an app on `platform` that says it is of version `app` is too old to approve. One that does not
    /// say its version, or not in three numbers, is too old wherever there is an oldest.
    pub fn is_too_old(&self, platform: Platform, app: Option<&str>) -> bool {
        let oldest = match platform {
            Platform::Android => self.android,
            Platform::Ios => self.ios,
            Platform::Linux | Platform::Macos | Platform::Windows => self.desktop,
        };
        oldest.is_some_and(|oldest| app.and_then(AppVersion::parse).is_none_or(|app| app < oldest))
    }
}

/// A version such as 1.0.0, ordered by its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppVersion(u32, u32, u32);

impl AppVersion {
    /// Reads three numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text
            .split('.')
            .map(|part| part.parse::<u32>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit())));
        let version = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(version)
    }
}

impl Serialize for AppVersion {
    fn serialize<S: serde::Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        let Self(major, minor, patch) = self;
        sink.collect_str(&format_args!("{major}.{minor}.{patch}"))
    }
}

impl<'de> Deserialize<'de> for AppVersion {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(source)?).ok_or_else(|| serde::de::Error::custom("no version"))
    }
}

/// The challenges that wait for a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeList {
    /// The service's time.
    #[serde(with = "json::seconds")]
    pub server_time: UnixTime,
    /// Seconds until asking again.
    pub retry_after: u64,
    /// Each as it was signed.
    pub challenges: Vec<String>,
}

/// What a device is told when its answer was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What the transaction became.
    pub status: TransactionState,
}

words! {
    /// What a device runs on.
    Platform {
        /// Android.
        Android = "android",
        /// iOS.
        Ios = "ios",
        /// Linux.
        Linux = "linux",
        /// macOS.
        Macos = "macos",
        /// Windows.
        Windows = "windows",
    }
}

/// What a device says of itself, fit for a screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AboutBody")]
pub struct DeviceAbout {
    /// Its name; at most [`MAX_DEVICE_NAME`] characters and not empty.
    pub name: String,
    /// What it runs on.
    pub platform: Platform,
    /// The maker's name for it.
    pub model: String,
    /// The version of the system.
    pub os: String,
    /// The version of the app.
    pub app: String,
}

/// Characters in a device's name; the value of [`Limits::device_name`](super::Limits::device_name).
pub const MAX_DEVICE_NAME: usize = 64;

impl TryFrom<AboutBody> for DeviceAbout {
    type Error = &'static str;

    fn try_from(body: AboutBody) -> Result<Self, &'static str> {
        let AboutBody { name, platform, model, os, app } = body;
        let name = shown_text(&name);
        if name.is_empty() || name.chars().count() > MAX_DEVICE_NAME {
            return Err("a device has a name, and not a long one");
        }
        Ok(Self { name, platform, model: shown_text(&model), os: shown_text(&os), app: shown_text(&app) })
    }
}

#[derive(Deserialize)]
struct AboutBody {
    name: String,
    platform: Platform,
    #[serde(default)]
    model: String,
    #[serde(default)]
    os: String,
    #[serde(default)]
    app: String,
}

/// Where a device can be woken (RFC 8030, RFC 8291).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PushBody")]
pub struct PushSubscription {
    #[serde(rename = "type")]
    kind: PushKind,
    endpoint: String,
    p256dh: String,
    auth: String,
}

impl PushSubscription {
    /// From what a push library gave.
    pub fn new(endpoint: String, p256dh: String, auth: String) -> Result<Self, PushRefused> {
        Self::try_from(PushBody { kind: PushKind::WebPush, endpoint, p256dh, auth })
    }

    /// Where to post.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The device's key, 65 bytes in Base64.
    pub fn p256dh(&self) -> &str {
        &self.p256dh
    }

    /// The device's secret for it, 16 bytes in Base64.
    pub fn auth(&self) -> &str {
        &self.auth
    }

    /// Whether the endpoint can be on the public internet, as far as its name tells (S-15). A service posts
    /// nowhere else unless its operator says so, and looks again at what the name resolves to.
    pub fn is_public(&self) -> bool {
        Origin::split(&self.endpoint).is_ok_and(|(origin, _)| origin.is_public())
    }
}

impl TryFrom<PushBody> for PushSubscription {
    type Error = PushRefused;

    fn try_from(body: PushBody) -> Result<Self, PushRefused> {
        let PushBody { kind, endpoint, p256dh, auth } = body;
        if endpoint.len() > LONGEST_ENDPOINT || Origin::split(&endpoint).is_err() {
            return Err(PushRefused::Endpoint);
        }
        let point = decoded(&p256dh).and_then(|bytes| PublicKey::from_point(&bytes).ok());
        let secret = decoded(&auth).filter(|bytes| bytes.len() == 16);
        if point.is_none() || secret.is_none() {
            return Err(PushRefused::Key);
        }
        Ok(Self { kind, endpoint, p256dh, auth })
    }
}

#[derive(Deserialize)]
struct PushBody {
    #[serde(rename = "type")]
    kind: PushKind,
    endpoint: String,
    p256dh: String,
    auth: String,
}

words! {
    /// How a device is woken. Relays for the platforms' own ways speak this one too.
    PushKind {
        /// RFC 8030.
        WebPush = "webpush",
    }
}

/// Recent activity of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityList {
    /// The service's time.
    #[serde(with = "json::seconds")]
    pub server_time: UnixTime,
    /// The newest first.
    #[serde(deserialize_with = "json::objects")]
    pub items: Vec<Activity>,
}

/// One sign-in, or a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Names it in a report.
    pub id: String,
    /// When.
    #[serde(with = "json::seconds")]
    pub time: UnixTime,
    /// To which application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Roughly where from.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::maybe_object")]
    pub place: Option<Place>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The browser and system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// With which method; a word that the app has a sentence for, or shows as it is.
    pub method: String,
    /// What came of it, likewise.
    pub result: String,
}

/// For a secret member. What serde reads on the way is wiped with it.
pub(super) mod secret_text {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::secret::SecretText;

    pub(crate) fn serialize<S: Serializer>(text: &SecretText, sink: S) -> Result<S::Ok, S::Error> {
        // expose: written into another secret.
        sink.serialize_str(text.expose())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<SecretText, D::Error> {
        String::deserialize(source).map(SecretText::new)
    }
}

/// For a secret that has a type of its own, or null.
pub(super) fn secret<'de, D: Deserializer<'de>, T>(
    source: D,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, D::Error> {
    let Some(text) = Option::<String>::deserialize(source)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    parse(&text).map(Some).ok_or_else(|| serde::de::Error::custom("not what it should be"))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}

const VERSION: &str = "1";
const BASE: &str = "/approval/v1";
const LONGEST_ENDPOINT: usize = 1024;

/// Why a service's description of itself is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DiscoveryRefused {
    /// Not a description; usually the address is not one of a sign-in service.
    #[error("there is no sign-in service at this address")]
    Malformed,
    /// It describes another service than the one that was asked.
    #[error("the answer describes another service")]
    OtherIssuer,
    /// It sends the app somewhere else.
    #[error("the answer points to another place")]
    OtherOrigin,
    /// It speaks no version that is known here.
    #[error("the service speaks another version")]
    OtherVersion,
}

/// Why a place to be woken at is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PushRefused {
    /// Not an `https` address, or a very long one.
    #[error("the push address is not acceptable")]
    Endpoint,
    /// The key or the secret is not what Web Push has.
    #[error("the push keys are malformed")]
    Key,
}
