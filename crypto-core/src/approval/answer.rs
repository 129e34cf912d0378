//! The answer: the phone makes and signs it, the service checks it. It is good for one challenge of one device
//! and holds no token: only the browser that began the sign-in can use it.

use std::fmt;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::challenge::{Issued, UvPolicy, Verified};
use super::state::{DeviceState, Purpose, TransactionState};
use super::{
    AccountId, ApproveLink, DeviceId, Limits, MatchNumber, ProblemCode, ScanSecret, TransactionId, number,
    scan,
};
use crate::json::{self, words};
use crate::seal;
use crate::seal::sign::{Digest, Jws, JwsRefused, PublicKey, Signature, Thumbprint, Unsigned};
use crate::time::UnixTime;

/// What the person decided. There is no approving without what the page shows.
#[derive(Debug)]
pub enum Decision {
    /// It is them, and this is what the page shows.
    Approve(Match),
    /// It is not to happen.
    Deny(Option<Reason>),
    /// It was somebody else.
    Report(Option<Reason>),
}

/// What the page shows.
#[derive(Debug)]
pub enum Match {
    /// Its number, typed.
    Number(MatchNumber),
    /// Its QR code, scanned. That it was scanned is no approval: the person sees the request and approves.
    Scan(ApproveLink),
}

/// Which key signs, and what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignWith {
    /// The key that needs the person, and how they were verified.
    Uv(UvMethod),
    /// The key that needs nobody.
    Pop,
}

impl Verified {
    /// Answers. `app` is the version of the app, `now` the service's time.
    pub fn answer(
        self,
        decision: Decision,
        sign_with: SignWith,
        app: &str,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<Answer, NotAnswered> {
        let (kid, key, uv) = match sign_with {
            SignWith::Uv(method) => (self.uv.ok_or(NotAnswered::NoUvKey)?, KeyKind::Uv, method),
            SignWith::Pop => (self.pop, KeyKind::Pop, UvMethod::None),
        };
        let (decision, num, scan, reason) = match decision {
            Decision::Approve(shown) => {
                let (num, scan) = self.matched(shown)?;
                if self.needs_uv == UvPolicy::Required && uv == UvMethod::None {
                    return Err(NotAnswered::NeedsUv);
                }
                (DecisionWord::Approve, num, scan, None)
            }
            Decision::Deny(reason) => (DecisionWord::Deny, None, None, reason),
            Decision::Report(reason) => (DecisionWord::Report, None, None, reason),
        };
        let claims = Claims {
            iss: self.device.as_str().to_owned(),
            aud: self.issuer.as_str().to_owned(),
            sub: self.account.as_str().to_owned(),
            txn: self.transaction.as_str().to_owned(),
            nonce: self.nonce.as_str().to_owned(),
            cth: self.challenge,
            decision,
            num,
            scan,
            reason,
            uv: Some(uv),
            jti: format!("ans_{}", hex(&seal::make_public::<16>(rng))),
            iat: now,
            app: Some(app.to_owned()),
        };
        let unsigned = Unsigned::under_kid(ANSWER_TYPE, kid, &claims);
        Ok(Answer { unsigned, key, transaction: self.transaction, expires_at: self.expires_at })
    }

    /// What an approval carries, if it belongs to this request.
    fn matched(&self, shown: Match) -> Result<(Option<MatchNumber>, Option<ScanSecret>), NotAnswered> {
        match shown {
            Match::Number(number) if number.len() != self.match_len => Err(NotAnswered::NumberLength),
            Match::Number(number) => Ok((Some(number), None)),
            Match::Scan(link) if link.origin != self.issuer || link.transaction != self.transaction => {
                Err(NotAnswered::OtherRequest)
            }
            Match::Scan(_) if !self.scan => Err(NotAnswered::NoScan),
            Match::Scan(link) => Ok((None, Some(link.secret))),
        }
    }
}

/// An answer that waits for its signature. It has no Debug text: what the page shows is in it.
pub struct Answer {
    unsigned: Unsigned,
    key: KeyKind,
    transaction: TransactionId,
    expires_at: UnixTime,
}

impl Answer {
    /// The key that is to sign it.
    pub const fn key(&self) -> KeyKind {
        self.key
    }

    /// The hash that is signed, for a keystore that takes hashes.
    pub fn digest(&self) -> Digest {
        self.unsigned.digest()
    }

    /// What is signed, for a key that hashes it itself.
    pub fn signing_input(&self) -> &[u8] {
        self.unsigned.signing_input()
    }

    /// Puts the signature to it.
    pub fn signed(self, signature: &Signature) -> Signed {
        let jws = self.unsigned.signed(signature);
        Signed { jws, transaction: self.transaction, expires_at: self.expires_at }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(..)")
    }
}

/// A signed answer, ready to be sent. It has no Debug text: what the page shows is in it.
pub struct Signed {
    jws: String,
    transaction: TransactionId,
    expires_at: UnixTime,
}

impl Signed {
    /// The body.
    pub fn body(&self) -> &[u8] {
        self.jws.as_bytes()
    }

    /// Which request it answers; [`Answered::note`](super::challenge::Answered::note) remembers it.
    pub const fn transaction(&self) -> &TransactionId {
        &self.transaction
    }

    /// When the request is over.
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signed(..)")
    }
}

/// What a service knows of a device.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub account: AccountId,
    /// Where it stands.
    pub state: DeviceState,
    /// Its keys.
    pub keys: DeviceKeys,
}

/// The two keys of a device, which are two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceKeys {
    pop: PublicKey,
    uv: PublicKey,
}

impl DeviceKeys {
    /// None if both are one key: that one could not both need the person and do without.
    pub fn new(pop: PublicKey, uv: PublicKey) -> Option<Self> {
        (pop != uv).then_some(Self { pop, uv })
    }

    /// The key that needs nobody.
    pub const fn pop(&self) -> &PublicKey {
        &self.pop
    }

    /// The key that needs the person.
    pub const fn uv(&self) -> &PublicKey {
        &self.uv
    }

    fn named(&self, kid: &Thumbprint) -> Option<(KeyKind, &PublicKey)> {
        if *kid == self.uv.thumbprint() {
            Some((KeyKind::Uv, &self.uv))
        } else if *kid == self.pop.thumbprint() {
            Some((KeyKind::Pop, &self.pop))
        } else {
            None
        }
    }
}

/// The transaction that an answer is for, as it stands in the service's store.
#[derive(Debug, Clone, Copy)]
pub struct Transaction<'a> {
    /// The challenge this device got.
    pub issued: &'a Issued,
    /// Where it stands.
    pub state: TransactionState,
    /// The number the page shows.
    pub number: &'a MatchNumber,
    /// What its QR code holds; none if it shows none.
    pub scan: Option<&'a ScanSecret>,
}

/// Checks an answer in the order of S-10. An error changes nothing; a verdict is what the store does next,
/// in one step that only a pending transaction takes, as another device may have been faster.
pub fn check(
    body: &[u8],
    device: &Device,
    transaction: Transaction<'_>,
    limits: &Limits,
    now: UnixTime,
) -> Result<Verdict, AnswerRefused> {
    if body.len() > limits.answer_bytes {
        return Err(AnswerRefused::Unreadable(JwsRefused::TooLong));
    }
    let Transaction { issued, state, number, scan } = transaction;
    // Nobody can have scanned what no page showed.
    let scan = scan.filter(|_| issued.scan);
    let jws = Jws::<Claims>::parse(body, ANSWER_TYPE)?;
    let decision = jws.unverified().decision;
    if decision == DecisionWord::Approve {
        match (&jws.unverified().num, &jws.unverified().scan) {
            (None, None) => return Err(AnswerRefused::NoNumber),
            (Some(_), Some(_)) => return Err(AnswerRefused::Unreadable(JwsRefused::Malformed)),
            (None, Some(_)) if scan.is_none() => return Err(AnswerRefused::NoScan),
            (Some(_), None) | (None, Some(_)) => {}
        }
    }
    let (kind, key) = jws.kid().and_then(|kid| device.keys.named(&kid)).ok_or(AnswerRefused::OtherKey)?;
    may_answer(device.state, issued.purpose, decision)?;
    // Whoever says that nobody was verified is not asked to prove it.
    let verified = kind == KeyKind::Uv && jws.unverified().uv != Some(UvMethod::None);
    if decision == DecisionWord::Approve && issued.uv == UvPolicy::Required && !verified {
        return Err(AnswerRefused::NeedsUv);
    }
    let key = key.clone();
    let claims = jws.verify(&key).map_err(|_| AnswerRefused::Signature)?;
    if claims.aud != issued.issuer.as_str() {
        return Err(AnswerRefused::OtherService);
    }
    let addressed = device.id == issued.device && device.account == issued.account;
    if !addressed
        || claims.iss != device.id.as_str()
        || claims.sub != device.account.as_str()
        || claims.txn != issued.transaction.as_str()
        || claims.nonce != issued.nonce.as_str()
        || claims.cth != issued.challenge
    {
        return Err(AnswerRefused::OtherRequest);
    }
    if state != TransactionState::Pending {
        return Err(if state == TransactionState::Expired {
            AnswerRefused::Expired
        } else {
            AnswerRefused::AlreadyResolved
        });
    }
    if now >= issued.expires_at {
        return Err(AnswerRefused::Expired);
    }
    let scanned = scan.zip(claims.scan.as_ref());
    let outcome = match claims.decision {
        DecisionWord::Approve => {
            let typed = claims.num.as_ref().is_some_and(|typed| typed.ct_eq(number));
            let right = typed || scanned.is_some_and(|(shown, scanned)| scanned.ct_eq(shown));
            if right { Outcome::Approved } else { Outcome::Mismatch }
        }
        DecisionWord::Deny => Outcome::Denied(claims.reason),
        DecisionWord::Report => Outcome::Reported(claims.reason),
    };
    Ok(Verdict {
        outcome,
        scanned: decision == DecisionWord::Approve && scanned.is_some(),
        key: kind,
        uv: claims.uv,
        id: claims.jti,
        stated_at: claims.iat,
        app: claims.app,
    })
}

/// What an answer comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What the transaction becomes.
    pub outcome: Outcome,
    /// Whether the page was scanned and its number not typed; for the record.
    pub scanned: bool,
    /// The key that signed. An approval by the one that needs nobody counts for less.
    pub key: KeyKind,
    /// How the device says that the person was verified; recorded, the key is what counts.
    pub uv: Option<UvMethod>,
    /// The answer's own id, for the record.
    pub id: String,
    /// When the device says it was made; recorded, never judged.
    pub stated_at: UnixTime,
    /// The version of the app.
    pub app: Option<String>,
}

/// The four ways an answer ends a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// What the page shows was right.
    Approved,
    /// What was typed or scanned was wrong. There is no second try (S-09).
    Mismatch,
    /// The person said no.
    Denied(Option<Reason>),
    /// The person said that it was somebody else.
    Reported(Option<Reason>),
}

impl Outcome {
    /// The state it leads to, from pending only.
    pub const fn state(self) -> TransactionState {
        match self {
            Self::Approved => TransactionState::Approved,
            Self::Mismatch => TransactionState::Mismatch,
            Self::Denied(_) => TransactionState::Denied,
            Self::Reported(_) => TransactionState::Reported,
        }
    }

    /// What the device is told instead of "done".
    pub const fn problem(self) -> Option<ProblemCode> {
        match self {
            Self::Mismatch => Some(ProblemCode::NumberMismatch),
            Self::Approved | Self::Denied(_) | Self::Reported(_) => None,
        }
    }
}

/// One of the two keys of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Needs the person for each signature.
    Uv,
    /// Needs nobody.
    Pop,
}

words! {
    /// How a device says that it verified the person.
    UvMethod {
        /// Face or fingerprint.
        Biometric = "biometric",
        /// The PIN, pattern or password of the device.
        Pin = "pin",
        /// The app's own passphrase, which opens the key.
        Passphrase = "passphrase",
        /// The unlocked session of a desktop, which has nothing better.
        Session = "session",
        /// Not at all.
        None = "none",
    }
}

words! {
    /// Why the person said no.
    Reason {
        /// It was somebody else.
        NotMe = "not_me",
        /// They changed their mind.
        Cancelled = "cancelled",
        /// They do not know the application.
        UnknownApp = "unknown_app",
    }
}

fn may_answer(state: DeviceState, purpose: Purpose, decision: DecisionWord) -> Result<(), AnswerRefused> {
    match state {
        DeviceState::Revoked => Err(AnswerRefused::Revoked),
        DeviceState::Suspended => Err(AnswerRefused::Suspended),
        DeviceState::PendingConfirmation if purpose != Purpose::Activation => Err(AnswerRefused::NotActive),
        DeviceState::Stale if decision == DecisionWord::Approve => Err(AnswerRefused::NotActive),
        DeviceState::PendingConfirmation | DeviceState::Stale | DeviceState::Active => Ok(()),
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

words! {
    /// The decision as it is written.
    DecisionWord {
        /// With what the page shows.
        Approve = "approve",
        /// No.
        Deny = "deny",
        /// No, and an alarm.
        Report = "report",
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    txn: String,
    nonce: String,
    cth: Digest,
    decision: DecisionWord,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::write",
        deserialize_with = "number::read"
    )]
    num: Option<MatchNumber>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "scan::write",
        deserialize_with = "scan::read"
    )]
    scan: Option<ScanSecret>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::known")]
    reason: Option<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::known")]
    uv: Option<UvMethod>,
    jti: String,
    #[serde(with = "json::seconds")]
    iat: UnixTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app: Option<String>,
}

const ANSWER_TYPE: &str = "approval-answer+jwt";

/// Why the phone makes no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotAnswered {
    /// The number has another length than the page's.
    #[error("the number does not have as many digits as the page shows")]
    NumberLength,
    /// The QR code is of another sign-in, or of another service.
    #[error("the code is not of this request")]
    OtherRequest,
    /// This request is answered by typing: it asks for no scan, or comes from far away or somewhere new.
    #[error("this request is not answered by scanning")]
    NoScan,
    /// The service wants the person verified for this.
    #[error("approving needs the person's verification")]
    NeedsUv,
    /// The platform dropped the key that needs the person; usually a fingerprint was added.
    #[error("the key that needs the person's verification is gone")]
    NoUvKey,
}

/// Why an answer is not taken. Nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AnswerRefused {
    /// Not an answer that can be read.
    #[error(transparent)]
    Unreadable(#[from] JwsRefused),
    /// An approval without what the page shows.
    #[error("the approval has no number")]
    NoNumber,
    /// A scan of a page that showed nothing to be scanned.
    #[error("the request is not answered by scanning")]
    NoScan,
    /// Under a key that is none of this device's.
    #[error("the answer is under a key that is not this device's")]
    OtherKey,
    /// An approval that the person was not verified for.
    #[error("the approval needs the person's verification")]
    NeedsUv,
    /// The device has not been confirmed, or can deny only.
    #[error("the device is not active")]
    NotActive,
    /// The device is suspended.
    #[error("the device is suspended")]
    Suspended,
    /// The device was removed.
    #[error("the device was removed")]
    Revoked,
    /// The signature is not of the key it names.
    #[error("the answer's signature is not valid")]
    Signature,
    /// Meant for another service.
    #[error("the answer is meant for another service")]
    OtherService,
    /// Meant for another challenge, device or account.
    #[error("the answer is for another request")]
    OtherRequest,
    /// The transaction has its answer; usually another device was faster.
    #[error("the request was already answered")]
    AlreadyResolved,
    /// The transaction's time is over.
    #[error("the request has expired")]
    Expired,
}

impl AnswerRefused {
    /// What the device is told.
    pub const fn problem(self) -> ProblemCode {
        match self {
            Self::Unreadable(_) | Self::NoNumber | Self::NoScan => ProblemCode::Malformed,
            Self::OtherKey | Self::Signature | Self::OtherService => ProblemCode::BadSignature,
            Self::NeedsUv => ProblemCode::UvRequired,
            Self::NotActive => ProblemCode::DeviceNotActive,
            Self::Suspended => ProblemCode::DeviceSuspended,
            Self::Revoked => ProblemCode::DeviceRevoked,
            Self::OtherRequest => ProblemCode::NotFound,
            Self::AlreadyResolved => ProblemCode::AlreadyResolved,
            Self::Expired => ProblemCode::Expired,
        }
    }
}
