//! Wakes phones: Web Push (RFC 8030) with a message that is encrypted for the phone (RFC 8291) and says
//! nothing, so that a push service learns that something is to be looked at and no more.
//!
//! The encryption stands here over `ring` and not on a library; `docs/decisions` tells why.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use crypto_core::approval::Origin;
use crypto_core::approval::wire::PushSubscription;
use reqwest::{StatusCode, redirect};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Semaphore;

use super::resolver::PublicOnly;
use super::{Errand, VapidKey, Woken};
use crate::service::Clock;

/// Posts to push services.
pub struct WebPush {
    client: reqwest::Client,
    key: VapidKey,
    contact: String,
    private: bool,
    clock: Clock,
    at_a_time: Semaphore,
}

impl WebPush {
    /// Ready to post. `private` allows push services that are not on the public internet, by `http` too, for
    /// tests.
    pub fn new(key: VapidKey, contact: String, private: bool, clock: Clock) -> Result<Self, WebPushRefused> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .pool_max_idle_per_host(8);
        if !private {
            builder = builder.https_only(true).dns_resolver(Arc::new(PublicOnly));
        }
        let client = builder.build().map_err(|_| WebPushRefused::Client)?;
        Ok(Self { client, key, contact, private, clock, at_a_time: Semaphore::new(AT_A_TIME) })
    }

    pub(super) fn public_key(&self) -> String {
        self.key.public_key()
    }

    /// Posts JSON with the same client: for a test that has something to say to a push service.
    #[cfg(test)]
    pub(super) async fn ask(&self, url: &str, body: String) -> String {
        let request = self.client.post(url).header("Content-Type", "application/json").body(body);
        request.send().await.expect("answers").text().await.expect("a text")
    }

    /// Posts once. A wake-up that is late is worth nothing, so nothing is tried again: the app asks by itself.
    pub(super) async fn wake(&self, subscription: &PushSubscription, errand: Errand, ttl_secs: u64) -> Woken {
        match self.post(subscription, errand, ttl_secs).await {
            Ok(status) if status.is_success() => Woken::Taken,
            Ok(StatusCode::NOT_FOUND | StatusCode::GONE) => Woken::Gone,
            Ok(status) => {
                tracing::info!(status = status.as_u16(), "a push service refused a wake-up");
                Woken::Failed
            }
            Err(why) => {
                tracing::info!(why = why.word(), "a wake-up was not posted");
                Woken::Failed
            }
        }
    }

    async fn post(
        &self,
        subscription: &PushSubscription,
        errand: Errand,
        ttl_secs: u64,
    ) -> Result<StatusCode, NotPosted> {
        // An address in numbers is not looked up, so it is judged here.
        if !self.private && !subscription.is_public() {
            return Err(NotPosted::Private);
        }
        // However many wait, each is over before its message would be.
        let _turn =
            tokio::time::timeout(WHOLE, self.at_a_time.acquire()).await.map_err(|_| NotPosted::Busy)?;
        let (origin, _) = Origin::split(subscription.endpoint()).map_err(|_| NotPosted::Private)?;
        let authorization =
            self.key.authorization(&origin, &self.contact, (self.clock)()).ok_or(NotPosted::NoRandomness)?;
        let message = encrypted(subscription).ok_or(NotPosted::NoRandomness)?;
        let response = self
            .client
            .post(subscription.endpoint())
            .header("TTL", ttl_secs.min(LONGEST_TTL))
            .header("Urgency", errand.urgency())
            .header("Topic", "approval")
            .header("Content-Encoding", "aes128gcm")
            .header("Content-Type", "application/octet-stream")
            .header("Authorization", authorization)
            .body(message)
            .send()
            .await
            .map_err(|cause| if cause.is_timeout() { NotPosted::Timeout } else { NotPosted::Connection })?;
        Ok(response.status())
    }
}

impl Errand {
    /// RFC 8030, section 5.3. What can wait does not wake a phone that sleeps.
    const fn urgency(self) -> &'static str {
        match self {
            Self::Look => "high",
            Self::Over => "normal",
        }
    }
}

/// Posts at a time; others wait for their turn.
const AT_A_TIME: usize = 64;
const CONNECT: Duration = Duration::from_secs(3);
const WHOLE: Duration = Duration::from_secs(10);
/// A request lives two minutes; the last seconds are for the answer.
const LONGEST_TTL: u64 = 115;

/// Why nothing was posted.
enum NotPosted {
    Private,
    Busy,
    NoRandomness,
    Timeout,
    Connection,
}

impl NotPosted {
    const fn word(&self) -> &'static str {
        match self {
            Self::Private => "private address",
            Self::Busy => "too many at a time",
            Self::NoRandomness => "no randomness",
            Self::Timeout => "timeout",
            Self::Connection => "no connection",
        }
    }
}

fn tls() -> Result<ClientConfig, WebPushRefused> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| WebPushRefused::Client)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Why nobody can be woken from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebPushRefused {
    /// The library for connections does not start.
    #[error("wake-ups cannot be sent: connections cannot be made here")]
    Client,
}

/// The same for everybody, so that not even its length tells anything.
fn encrypted(subscription: &PushSubscription) -> Option<Vec<u8>> {
    let random = SystemRandom::new();
    let phone = BASE64.decode(subscription.p256dh()).ok()?;
    let auth = BASE64.decode(subscription.auth()).ok()?;
    let ours = EphemeralPrivateKey::generate(&ECDH_P256, &random).ok()?;
    let public = ours.compute_public_key().ok()?;
    let mut salt = [0; SALT];
    random.fill(&mut salt).ok()?;
    agree_ephemeral(ours, &UnparsedPublicKey::new(&ECDH_P256, &phone), |shared| {
        seal(shared, &auth, &phone, public.as_ref(), salt, MESSAGE, PADDED)
    })
    .ok()?
}

const MESSAGE: &[u8] = br#"{"v":1}"#;
/// What is encrypted: the message, the mark of its end, and zeros.
const PADDED: usize = 64;
const SALT: usize = 16;
const RECORD: u32 = 4096;

/// RFC 8291, section 3.4: one record of RFC 8188, behind its header.
fn seal(
    shared: &[u8],
    auth: &[u8],
    phone: &[u8],
    ours: &[u8],
    salt: [u8; SALT],
    message: &[u8],
    padded: usize,
) -> Option<Vec<u8>> {
    let mut input = [0; 32];
    Salt::new(HKDF_SHA256, auth)
        .extract(shared)
        .expand(&[b"WebPush: info\0", phone, ours], Bytes(32))
        .and_then(|output| output.fill(&mut input))
        .ok()?;
    let derived = Salt::new(HKDF_SHA256, &salt).extract(&input);
    let mut key = [0; 16];
    let mut nonce = [0; 12];
    derived
        .expand(&[b"Content-Encoding: aes128gcm\0"], Bytes(16))
        .and_then(|output| output.fill(&mut key))
        .ok()?;
    derived
        .expand(&[b"Content-Encoding: nonce\0"], Bytes(12))
        .and_then(|output| output.fill(&mut nonce))
        .ok()?;

    let mut record = message.to_vec();
    record.push(LAST_RECORD);
    record.resize(record.len().max(padded), 0);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
    // A nonce is used once: its key comes from a salt and a key that were made for this message.
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record).ok()?;

    let mut out = salt.to_vec();
    out.extend(RECORD.to_be_bytes());
    out.push(u8::try_from(ours.len()).ok()?);
    out.extend(ours);
    out.extend(record);
    Some(out)
}

const LAST_RECORD: u8 = 2;

/// How many bytes are derived.
struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use web_push_native::p256::SecretKey;
    use web_push_native::{Auth, decrypt};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text).expect("Base64")
    }

    /// <https://www.rfc-editor.org/rfc/rfc8291#appendix-A>
    #[test]
    fn the_published_message_is_encrypted_as_published() {
        let sealed = seal(
            &bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs"),
            &bytes("BTBZMqHH6r4Tts7J_aSIgg"),
            &bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
            &bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"),
            bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().expect("16 bytes"),
            b"When I grow up, I want to be a watermelon",
            0,
        );
        let published = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS\
                         6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_\
                         Qulcy4a-fN";
        assert_eq!(BASE64.encode(sealed.expect("encrypts")), published);
    }

    /// The keys are those of the appendix; the reader is another implementation.
    #[test]
    fn the_phone_reads_the_wake_up_and_its_length_is_always_the_same() {
        let subscription = PushSubscription::new(
            "https://push.example.net/w/1".to_owned(),
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
                .to_owned(),
            "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
        )
        .expect("a subscription");
        let secret =
            SecretKey::from_slice(&bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")).expect("a key");
        let auth = Auth::clone_from_slice(&bytes("BTBZMqHH6r4Tts7J_aSIgg"));
        let mut seen = Vec::new();
        for _ in 0..20 {
            let message = encrypted(&subscription).expect("encrypts");
            assert_eq!(message.len(), SALT + 4 + 1 + 65 + PADDED + 16);
            assert_eq!(decrypt(message.clone(), &secret, &auth).expect("decrypts"), MESSAGE);
            assert!(!seen.contains(&message), "a message was made twice");
            seen.push(message);
        }
    }
}
