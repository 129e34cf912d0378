//! The question: the service signs it, the phone believes nothing in it before it has been verified. The
//! number is not in it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::rotation::ServicePin;
use super::state::Purpose;
use super::{AccountId, DeviceId, IdRefused, MatchLen, Nonce, Origin, TransactionId, limit, shown_text};
use crate::json::{self, words};
use crate::seal::sign::{Digest, Jws, JwsRefused, NoRandomness, SigningKey, Thumbprint, Unsigned};
use crate::time::UnixTime;

/// What a phone keeps of a registration: who may ask it, as whom, and what it has answered.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Where the service lives.
    pub issuer: Origin,
    /// The service's key, pinned.
    pub service: ServicePin,
    /// The account.
    pub account: AccountId,
    /// This device, for that account.
    pub device: DeviceId,
    /// The key that needs nobody.
    pub pop: Thumbprint,
    /// The key that needs the person; none once the platform has dropped it. Denying still works then.
    pub uv: Option<Thumbprint>,
    /// What was answered.
    pub answered: Answered,
}

/// The requests that were answered, so that a copy of one is not asked again.
#[derive(Debug, Clone, Default)]
pub struct Answered(Vec<(TransactionId, UnixTime)>);

impl Answered {
    /// Notes an answer to a request that ends at `expires`, and forgets those that ended before `now`.
    pub fn note(&mut self, transaction: TransactionId, expires: UnixTime, now: UnixTime) {
        self.0.retain(|(_, expires)| now < *expires);
        self.0.push((transaction, expires));
    }

    /// Whether it was answered.
    pub fn contains(&self, transaction: &TransactionId) -> bool {
        self.0.iter().any(|(answered, _)| answered == transaction)
    }
}

/// A challenge as it came: nothing in it can be read before [`verify`](Self::verify).
pub struct Received(String);

impl Received {
    /// Takes it over. A long text is refused when it is verified, before anything is done with it.
    pub const fn new(jws: String) -> Self {
        Self(jws)
    }

    /// Verifies it for one registration; `now` is the service's time (C-08, C-18).
    pub fn verify(self, registration: &Registration, now: UnixTime) -> Result<Verified, ChallengeRefused> {
        let jws = Jws::<Claims>::parse(self.0.as_bytes(), CHALLENGE_TYPE)?;
        let challenge = jws.digest();
        let kid = jws.kid().ok_or(ChallengeRefused::OtherKey)?;
        let key = registration.service.key(&kid).ok_or(ChallengeRefused::OtherKey)?;
        let claims = jws.verify(key).map_err(|_| ChallengeRefused::Signature)?;
        if claims.iss != registration.issuer.as_str() {
            return Err(ChallengeRefused::OtherIssuer);
        }
        if claims.aud != registration.device.as_str() {
            return Err(ChallengeRefused::OtherDevice);
        }
        if claims.sub != registration.account.as_str() {
            return Err(ChallengeRefused::OtherAccount);
        }
        if now >= claims.exp {
            return Err(ChallengeRefused::Expired);
        }
        let transaction = TransactionId::try_from(claims.jti.as_str())?;
        let nonce = Nonce::try_from(claims.nonce.as_str())?;
        let match_len = claims.asked_number().ok_or(ChallengeRefused::NoNumber)?;
        let scan = claims.may_be_scanned();
        if registration.answered.contains(&transaction) {
            return Err(ChallengeRefused::Answered);
        }
        Ok(Verified {
            issuer: registration.issuer.clone(),
            device: registration.device.clone(),
            account: registration.account.clone(),
            pop: registration.pop,
            uv: registration.uv,
            signed_by: kid,
            challenge,
            transaction,
            nonce,
            purpose: claims.purpose,
            match_len,
            scan,
            needs_uv: claims.uv,
            context: claims.ctx.unwrap_or_default().shown(),
            asked_at: claims.iat,
            expires_at: claims.exp,
            others_pending: claims.others_pending,
        })
    }
}

/// A challenge that is what it says, for this device and in time. It can be shown and answered, once.
#[derive(Debug)]
pub struct Verified {
    pub(super) issuer: Origin,
    pub(super) device: DeviceId,
    pub(super) account: AccountId,
    pub(super) pop: Thumbprint,
    pub(super) uv: Option<Thumbprint>,
    pub(super) signed_by: Thumbprint,
    pub(super) challenge: Digest,
    pub(super) transaction: TransactionId,
    pub(super) nonce: Nonce,
    pub(super) purpose: Purpose,
    pub(super) match_len: MatchLen,
    pub(super) scan: bool,
    pub(super) needs_uv: UvPolicy,
    pub(super) context: Context,
    pub(super) asked_at: UnixTime,
    pub(super) expires_at: UnixTime,
    pub(super) others_pending: u32,
}

impl Verified {
    /// Which request it is; the answer goes to this one's address.
    pub const fn transaction(&self) -> &TransactionId {
        &self.transaction
    }

    /// What approving would allow.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// How many digits are to be typed.
    pub const fn match_len(&self) -> MatchLen {
        self.match_len
    }

    /// Whether the page may be scanned in place of typing its number.
    pub const fn may_be_scanned(&self) -> bool {
        self.scan
    }

    /// Whether approving needs the person's verification.
    pub const fn uv(&self) -> UvPolicy {
        self.needs_uv
    }

    /// What the service knows of the sign-in, fit for a screen. What is missing is shown as unknown.
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// When it was asked, by the service's clock.
    pub const fn asked_at(&self) -> UnixTime {
        self.asked_at
    }

    /// The first instant at which it is over, by the service's clock.
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// How many other requests wait, so that the person is told.
    pub const fn others_pending(&self) -> u32 {
        self.others_pending
    }

    /// The key that signed it; [`ServicePin::used`] moves the pin along with it.
    pub const fn signed_by(&self) -> Thumbprint {
        self.signed_by
    }
}

/// What a service asks.
#[derive(Debug)]
pub struct Question<'a> {
    /// The service itself.
    pub issuer: &'a Origin,
    /// The account that somebody signs in to.
    pub account: &'a AccountId,
    /// The device that is asked. Each device of an account gets its own challenge of one transaction.
    pub device: &'a DeviceId,
    /// The sign-in.
    pub transaction: &'a TransactionId,
    /// What approving would allow.
    pub purpose: Purpose,
    /// How many digits the page shows.
    pub match_len: MatchLen,
    /// Whether the page also shows an [`ApproveLink`](super::ApproveLink). Where scanning is never right, the
    /// challenge does not allow it all the same.
    pub scan: Scan,
    /// Whether approving needs the person's verification.
    pub uv: UvPolicy,
    /// What is known of the sign-in.
    pub context: Context,
    /// How many other requests of the account wait.
    pub others_pending: u32,
    /// How long it can be answered.
    pub life: limit::ChallengeLife,
}

/// Where the page may be scanned in place of typing its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// Nowhere.
    Never,
    /// Where nothing marks the sign-in as far from the phone or unfamiliar.
    Familiar,
    /// There, too: the organisation takes the risk that somebody shows a code that is not theirs.
    Anywhere,
}

/// Makes and signs a challenge.
pub fn make(
    question: Question<'_>,
    key: &SigningKey,
    now: UnixTime,
    rng: &mut dyn rand_core::CryptoRng,
) -> Result<Issued, NoRandomness> {
    let nonce = Nonce::make(rng);
    // The wire has whole seconds, and both sides must mean the same instant.
    let asked_at = UnixTime::from_secs(now.secs());
    let expires_at = asked_at.plus_secs(question.life.secs());
    let anywhere = question.scan == Scan::Anywhere;
    let scan = question.scan != Scan::Never && is_for_scanning(question.purpose, &question.context, anywhere);
    let claims = Claims {
        iss: question.issuer.as_str().to_owned(),
        aud: question.device.as_str().to_owned(),
        sub: question.account.as_str().to_owned(),
        jti: question.transaction.as_str().to_owned(),
        nonce: nonce.as_str().to_owned(),
        iat: asked_at,
        exp: expires_at,
        purpose: question.purpose,
        asked: Some(Asked {
            kind: NUMBER.to_owned(),
            len: u64::from(question.match_len.digits()),
            scan,
            anywhere: scan && anywhere,
        }),
        uv: question.uv,
        // Shortened here too, so that no browser's name makes a challenge too long to be read.
        ctx: Some(question.context.shown()),
        others_pending: question.others_pending,
    };
    let unsigned = Unsigned::under_kid(CHALLENGE_TYPE, key.public().thumbprint(), &claims);
    let signature = key.sign(unsigned.signing_input())?;
    let jws = unsigned.signed(&signature);
    Ok(Issued {
        challenge: Digest::of(jws.as_bytes()),
        jws,
        issuer: question.issuer.clone(),
        device: question.device.clone(),
        account: question.account.clone(),
        transaction: question.transaction.clone(),
        nonce,
        purpose: question.purpose,
        match_len: question.match_len,
        scan,
        uv: question.uv,
        expires_at,
    })
}

/// A challenge that this service made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub(super) jws: String,
    pub(super) challenge: Digest,
    pub(super) issuer: Origin,
    pub(super) device: DeviceId,
    pub(super) account: AccountId,
    pub(super) transaction: TransactionId,
    pub(super) nonce: Nonce,
    pub(super) purpose: Purpose,
    pub(super) match_len: MatchLen,
    pub(super) scan: bool,
    pub(super) uv: UvPolicy,
    pub(super) expires_at: UnixTime,
}

impl Issued {
    /// Reads a challenge back from the service's own store. It is not verified: nobody else writes there.
    pub fn from_store(jws: &str) -> Result<Self, ChallengeRefused> {
        let parsed = Jws::<Claims>::parse(jws.as_bytes(), CHALLENGE_TYPE)?;
        let claims = parsed.unverified();
        Ok(Self {
            jws: jws.to_owned(),
            challenge: parsed.digest(),
            issuer: Origin::parse(&claims.iss).map_err(|_| ChallengeRefused::OtherIssuer)?,
            device: DeviceId::try_from(claims.aud.as_str()).map_err(|_| ChallengeRefused::OtherDevice)?,
            account: AccountId::try_from(claims.sub.as_str()).map_err(|_| ChallengeRefused::OtherAccount)?,
            transaction: TransactionId::try_from(claims.jti.as_str())?,
            nonce: Nonce::try_from(claims.nonce.as_str())?,
            purpose: claims.purpose,
            match_len: claims.asked_number().ok_or(ChallengeRefused::NoNumber)?,
            scan: claims.may_be_scanned(),
            uv: claims.uv,
            expires_at: claims.exp,
        })
    }

    /// The message, to be stored and fetched.
    pub fn jws(&self) -> &str {
        &self.jws
    }

    /// Which request it is.
    pub const fn transaction(&self) -> &TransactionId {
        &self.transaction
    }

    /// The service that asks.
    pub const fn issuer(&self) -> &Origin {
        &self.issuer
    }

    /// The device it asks.
    pub const fn device(&self) -> &DeviceId {
        &self.device
    }

    /// The account it is about.
    pub const fn account(&self) -> &AccountId {
        &self.account
    }

    /// Whether it can be answered by scanning the page; if not, the page shows no link.
    pub const fn may_be_scanned(&self) -> bool {
        self.scan
    }

    /// The first instant at which it is over.
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

/// Whether scanning is right for such a request. Whoever shows a QR code to the person may have taken it off a
/// page that is not before them, so it is not where the sign-in is far from the phone or unfamiliar, unless the
/// organisation says so. An activation is the proof that the person sees the page, so its number is typed.
fn is_for_scanning(purpose: Purpose, context: &Context, anywhere: bool) -> bool {
    let marked = context.proximity == Some(Proximity::Far) || context.unfamiliar == Some(true);
    purpose != Purpose::Activation && (anywhere || !marked)
}

words! {
    /// Whether an approval needs the person's verification.
    UvPolicy {
        /// Only the key that needs the person approves.
        Required = "required",
        /// A device without such a key approves with the other; the sign-in then counts for less.
        Preferred = "preferred",
    }
}

words! {
    /// Where the phone seems to be, seen from the sign-in. A hint for the person, never a decision.
    Proximity {
        /// The same place.
        Near = "near",
        /// Another place: shown as a warning.
        Far = "far",
        /// It cannot be told.
        Unknown = "unknown",
    }
}

/// What is known of a sign-in. Each part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The application somebody signs in to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Roughly where from.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::maybe_object")]
    pub loc: Option<Place>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The browser and system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// When, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// Whether this person has not signed in like this before; missing means that it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfamiliar: Option<bool>,
    /// Where the phone seems to be.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::known")]
    pub proximity: Option<Proximity>,
}

/// A place, as far as an address tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its name.
    pub label: String,
    /// The country (ISO 3166).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cc: Option<String>,
    /// How it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src: Option<String>,
}

impl Context {
    /// The same, fit for a screen: browsers name themselves, so nothing in here is trusted to be short or
    /// harmless.
    fn shown(self) -> Self {
        let text = |text: Option<String>| text.map(|text| shown_text(&text)).filter(|text| !text.is_empty());
        let loc = self
            .loc
            .map(|place| Place { label: shown_text(&place.label), cc: text(place.cc), src: text(place.src) })
            .filter(|place| !place.label.is_empty());
        Self { app: text(self.app), loc, ip: text(self.ip), client: text(self.client), ..self }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    jti: String,
    nonce: String,
    #[serde(with = "json::seconds")]
    iat: UnixTime,
    #[serde(with = "json::seconds")]
    exp: UnixTime,
    purpose: Purpose,
    #[serde(rename = "match", default, deserialize_with = "json::maybe_object")]
    asked: Option<Asked>,
    uv: UvPolicy,
    #[serde(default, deserialize_with = "json::maybe_object")]
    ctx: Option<Context>,
    #[serde(default)]
    others_pending: u32,
}

impl Claims {
    /// A challenge that asks for anything but a number to be typed is never approved.
    fn asked_number(&self) -> Option<MatchLen> {
        let asked = self.asked.as_ref().filter(|asked| asked.kind == NUMBER)?;
        MatchLen::try_from(asked.len).ok()
    }

    /// A service that is wrong about it, or not asked, does not make it right.
    fn may_be_scanned(&self) -> bool {
        let nothing_known = Context::default();
        let context = self.ctx.as_ref().unwrap_or(&nothing_known);
        self.asked
            .as_ref()
            .is_some_and(|asked| asked.scan && is_for_scanning(self.purpose, context, asked.anywhere))
    }
}

#[derive(Serialize, Deserialize)]
struct Asked {
    #[serde(rename = "type")]
    kind: String,
    len: u64,
    /// Beside the number, which can always be typed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    scan: bool,
    /// Also where the sign-in is far or unfamiliar.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    anywhere: bool,
}

const CHALLENGE_TYPE: &str = "approval-challenge+jwt";
const NUMBER: &str = "number";

/// Why a challenge is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChallengeRefused {
    /// Not a challenge that can be read.
    #[error(transparent)]
    Unreadable(#[from] JwsRefused),
    /// Signed by another key than the pinned one; usually the service's key was changed outside its chain.
    #[error("the challenge is signed by a key that is not this service's")]
    OtherKey,
    /// The signature is not the pinned key's: somebody altered the challenge.
    #[error("the challenge's signature is not valid")]
    Signature,
    /// Of another service.
    #[error("the challenge is of another service")]
    OtherIssuer,
    /// For another device.
    #[error("the challenge is for another device")]
    OtherDevice,
    /// For another account.
    #[error("the challenge is for another account")]
    OtherAccount,
    /// Its time is over.
    #[error("the challenge has expired")]
    Expired,
    /// Its id or nonce is not random enough to be one.
    #[error("the challenge's id or nonce is not acceptable: {0}")]
    Weak(#[from] IdRefused),
    /// It does not ask for a number, so that approving would be a mere tap.
    #[error("the challenge does not ask for a number")]
    NoNumber,
    /// It was answered before.
    #[error("the challenge was answered before")]
    Answered,
}
