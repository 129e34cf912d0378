//! Adding the app: a code on a page, claimed by one device, completed with its keys, confirmed by a test
//! approval whose number the same page shows.
//!
//! ```text
//! Open ──begin──▶ Claimed ──complete──▶ Completed ──right number──▶ Confirmed
//!                    └──begin again──┬──────┘
//!                                    ▼
//!                               ClaimedTwice            any of the first three ─▶ Cancelled
//! ```
//!
//! An activation lives no longer than the session whose page shows it.

use std::net::IpAddr;
use std::time::Duration;

use crypto_core::approval::activation::{
    self, ActivationCode, ActivationLink, Begin, Begun, BegunAccount, BegunService, Completed, Completion,
    Handle, ManualActivation, ManualCode, Seed,
};
use crypto_core::approval::answer::Outcome;
use crypto_core::approval::challenge::Context;
use crypto_core::approval::limit::Browser;
use crypto_core::approval::proof::Proven;
use crypto_core::approval::state::{DeviceState, Purpose, TransactionState};
use crypto_core::approval::{ActivationId, DeviceId, Nonce, ProblemCode, TransactionId};
use crypto_core::codes::base32;
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use rand_core::RngCore as _;

use crate::Service;
use crate::attestation::About;
use crate::devices::DeviceRefused;
use crate::keys::{Hashed, Sealed};
use crate::methods::{MethodKind, MethodRefused};
use crate::requests::{New, Shown};
use crate::sessions::{MayChange, Stage};
use crate::store::{
    Activation, ActivationState, Authenticator, ByCode, Grant, Request, Session, StoreError, Tx, User,
};
use crate::visitor::Visitor;
use crate::wake::Topic;

/// What the page shows for the app to be added.
#[derive(Debug)]
pub struct Offer {
    /// Which activation.
    pub id: String,
    /// The text of the QR code.
    pub link: SecretText,
    /// What is typed where scanning does not work.
    pub manual_url: String,
    /// And the code, grouped for reading.
    pub manual_code: SecretText,
    /// Eight characters of the service's key, to compare after typing.
    pub fingerprint: String,
    /// Until when it can be used.
    pub expires_at: UnixTime,
}

/// Where an activation stands, as the page shows it.
#[derive(Debug)]
pub enum ActivationStatus {
    /// Nobody has scanned the code.
    Open,
    /// A phone has; the person is to tap Add.
    Claimed,
    /// The device is there, and its test approval waits; if that one ended badly another can be begun.
    TestApproval {
        /// The device's name.
        device: String,
        /// The test approval.
        shown: Box<Shown>,
    },
    /// The test approval was not right; the person can ask for another.
    TestFailed {
        /// The device's name.
        device: String,
        /// What it became.
        state: TransactionState,
    },
    /// Done.
    Configured {
        /// The device's name.
        device: String,
        /// Whether it has codes too.
        codes: bool,
    },
    /// Over: nobody used it in time, it was cancelled, or there were three wrong numbers.
    Expired,
    /// Two phones used the code, so neither was added.
    ClaimedTwice,
}

impl Service {
    /// Begins an activation for the session's person; an earlier one that is open is cancelled.
    pub async fn begin_activation(&self, session: &Session) -> Result<Offer, MethodRefused> {
        let (now, code) = (self.now(), ActivationCode::make(&mut self.rng()));
        let (handle, manual) = (Handle::make(&mut self.rng()), ManualCode::make(&mut self.rng()));
        let key = self.signing_key().await?.public().thumbprint();
        let mut tx = self.store().begin().await?;
        let user = self.lock_who_may_add(&mut tx, session).await?;
        tx.cancel_activations(&user.id, None, now).await?;
        self.check_room(&mut tx, &user.id, now).await?;
        let new = self.new_activation(session, &user, &code, &handle, &manual, None);
        tx.add_activation(&new).await?;
        tx.tell(Topic::User(user.id));
        tx.commit().await?;
        let issuer = &self.config().issuer;
        Ok(Offer {
            id: new.id.to_string(),
            link: ActivationLink { origin: issuer.clone(), code, key }.print(),
            manual_url: ManualActivation::address(issuer, &handle),
            manual_code: manual.grouped(),
            fingerprint: activation::fingerprint(&key),
            expires_at: new.expires_at,
        })
    }

    /// Where it stands. Waits up to `wait` for a change from `seen`, a word made by [`ActivationStatus::word`].
    pub async fn activation_status(
        &self,
        session: &Session,
        id: &str,
        seen: Option<&str>,
        wait: Duration,
    ) -> Result<Option<ActivationStatus>, StoreError> {
        let Some(user) = &session.user else { return Ok(None) };
        let Some((status, ends)) = self.status_now(session, id).await? else { return Ok(None) };
        if Some(status.word()) != seen || wait.is_zero() {
            return Ok(Some(status));
        }
        // Nobody has to tell that its time is over.
        let left = Duration::from_millis(ends.millis_since(self.now()));
        let changed = self
            .wake()
            .until(Topic::User(user.clone()), wait.min(left), || async {
                let status = self.status_now(session, id).await?.map(|(status, _)| status);
                let changed = status.as_ref().map(ActivationStatus::word) != seen;
                Ok::<_, StoreError>(changed.then_some(status))
            })
            .await?;
        match changed {
            Some(status) => Ok(status),
            None => Ok(self.status_now(session, id).await?.map(|(status, _)| status)),
        }
    }

    /// Another test approval, after one that was not right.
    pub async fn repeat_test(&self, session: &Session, id: &str) -> Result<(), MethodRefused> {
        let now = self.now();
        let found = self.store().activation(id).await?;
        let mut tx = self.store().begin().await?;
        let mut user = self.lock_who_adds(&mut tx, session).await?;
        let found = found.filter(|one| one.session == session.id && one.user == user.id);
        let device = found.as_ref().and_then(|one| one.authenticator.clone()).unwrap_or_default();
        let Some(activation) = tx.lock_completed_activation(&device).await? else {
            return Err(MethodRefused::NoSuchMethod);
        };
        let before = self.no_longer_waits(now);
        let lives = |one: &Authenticator| {
            one.id == device && one.lives(before) && one.state == DeviceState::PendingConfirmation
        };
        if !tx.authenticators(&user.id).await?.iter().any(lives) {
            return Err(MethodRefused::NoSuchMethod);
        }
        let waiting = tx.pending_requests(&user.id, now).await?;
        if waiting.iter().any(|request| request.only_device.as_ref() == Some(&device)) {
            return Ok(());
        }
        self.add_test(&mut tx, &mut user, session, &activation.id, &device, now).await?;
        tx.tell(Topic::User(user.id));
        tx.commit().await?;
        Ok(())
    }

    /// The person left the page.
    pub async fn cancel_activation(&self, session: &Session, id: &str) -> Result<(), StoreError> {
        let Some(user) = &session.user else { return Ok(()) };
        let found = self.store().activation(id).await?;
        if !found.is_some_and(|one| one.session == session.id && one.user == *user) {
            return Ok(());
        }
        let mut tx = self.store().begin().await?;
        if tx.lock_user(user).await?.is_some() {
            tx.cancel_activations(user, Some(id), self.now()).await?;
            tx.tell(Topic::User(user.clone()));
            tx.commit().await?;
        }
        Ok(())
    }

    /// A device uses a code: the first one claims it, and a second ends it for both (S-03, S-04).
    pub(crate) async fn claim_activation(&self, begin: &Begin, from: IpAddr) -> Result<Begun, DeviceRefused> {
        let (now, limits, keys) = (self.now(), self.limits(), self.keys());
        let tries = keys.hash(Hashed::Tries, &format!("activation {}", network(from)));
        let mut tx = self.store().begin().await?;
        if let Err(tries) = tx.take_try(&tries, limits.activation_tries_an_hour, HOUR, now).await? {
            return Err(DeviceRefused::too_many(tries, now));
        }
        // expose: hashed, to be looked up.
        let found = match begin {
            Begin::Scanned(code) => {
                let hash = keys.hash(Hashed::ActivationCode, code.secret().expose());
                tx.lock_activation(ByCode::Scanned(&hash)).await?.map(|(found, _)| found)
            }
            Begin::Typed { handle, code } => {
                let found =
                    tx.lock_activation(ByCode::Handle(&keys.hash(Hashed::Handle, handle.as_str()))).await?;
                match found {
                    Some((_, tries))
                        if tries > i64::try_from(limits.activation_tries).unwrap_or(i64::MAX) =>
                    {
                        tx.commit().await?;
                        return Err(ProblemCode::CodeExpired.into());
                    }
                    Some((found, _))
                        if found.manual_code == keys.hash(Hashed::ActivationCode, code.secret().expose()) =>
                    {
                        tx.give_back_manual_try(&found.id).await?;
                        Some(found)
                    }
                    Some(_) | None => None,
                }
            }
        };
        let Some(found) = found else {
            tx.commit().await?;
            return Err(ProblemCode::NotFound.into());
        };
        tx.give_back_try(&tries, now).await?;
        tx.tell(Topic::User(found.user.clone()));
        let refusal = match found.state {
            ActivationState::Cancelled => Some(ProblemCode::CodeExpired),
            ActivationState::Confirmed | ActivationState::ClaimedTwice => {
                Some(ProblemCode::CodeAlreadyClaimed)
            }
            _ if now >= found.expires_at => Some(ProblemCode::CodeExpired),
            ActivationState::Open => {
                tx.move_activation(&found.id, ActivationState::Open, ActivationState::Claimed).await?;
                None
            }
            ActivationState::Claimed | ActivationState::Completed => {
                tx.move_activation(&found.id, found.state, ActivationState::ClaimedTwice).await?;
                if let Some(device) = &found.authenticator {
                    tx.end_unconfirmed(device, now).await?;
                }
                Some(ProblemCode::CodeAlreadyClaimed)
            }
        };
        tx.commit().await?;
        if let Some(code) = refusal {
            return Err(code.into());
        }
        let user = self.store().user(&found.user).await?.ok_or(ProblemCode::NotFound)?;
        let policy = self.policy(&user.organisation).await?;
        Ok(Begun {
            activation_id: found.id,
            attestation_challenge: found.challenge,
            dpop_nonce: keys.nonce(now),
            expires_in: found.expires_at.millis_since(now) / 1000,
            account: BegunAccount {
                id: user.account,
                username: user.user_name,
                display_name: user.display_name,
            },
            service: BegunService {
                name: self.config().name.clone(),
                jwk: self.signing_key().await?.public().clone(),
            },
            policy: policy.for_device(),
            server_time: now,
        })
    }

    /// A device completes the activation that it claimed. It can be asked for its confirmation and nothing
    /// else from here on (S-05).
    pub(crate) async fn complete_activation(
        &self,
        proven: &Proven,
        body: &[u8],
        visitor: &Visitor,
    ) -> Result<Completed, DeviceRefused> {
        let now = self.now();
        let completion = Completion::from_json(body).ok_or(ProblemCode::Malformed)?;
        let found = self.store().activation(completion.activation_id.as_str()).await?;
        let found = found.ok_or(ProblemCode::NotFound)?;
        self.see(proven).await?;
        check_claimed(&found, now)?;
        let issuer = &self.config().issuer;
        let keys = completion
            .check(proven, issuer, &found.id, &found.challenge, found.bound_jkt.as_ref())
            .map_err(|refused| DeviceRefused::from(refused.problem()))?;
        self.check_version(&completion.device)?;
        if let Some(push) = &completion.push {
            self.check_push(push)?;
        }
        let verdict =
            self.config().believed.makers().judge(&completion.attestation, &keys, &found.challenge, now);
        let session = self.open_session_of(&found.session).await?.ok_or(ProblemCode::CodeExpired)?;

        let mut tx = self.store().begin().await?;
        let mut user = self
            .lock_who_adds(&mut tx, &session)
            .await
            .map_err(|refused| refusal_for_device(refused, ProblemCode::CodeExpired))?;
        let policy = tx.policy(&user.organisation).await?;
        if let Err(refused) = self.check_room(&mut tx, &user.id, now).await {
            return Err(refusal_for_device(refused, ProblemCode::LimitDevices));
        }
        let id = DeviceId::make(&mut self.rng());
        let about = About { subject: id.as_str(), session: Some(&session) };
        let Ok(shown) = self.weigh(&mut tx, &user, policy.attestation, verdict, None, about).await? else {
            tx.commit().await?;
            return Err(ProblemCode::AttestationRejected.into());
        };
        if !tx.complete_activation(&found.id, id.as_str(), now).await? {
            drop(tx);
            let found = self.store().activation(found.id.as_str()).await?.ok_or(ProblemCode::NotFound)?;
            check_claimed(&found, now)?;
            return Err(ProblemCode::CodeExpired.into());
        }
        let seed = policy.app_codes.then(|| self.make_seed());
        let new = Authenticator {
            id: id.to_string(),
            user: user.id.clone(),
            kind: MethodKind::App,
            state: DeviceState::PendingConfirmation,
            name: completion.device.name.clone(),
            seed: seed.as_ref().map(|seed| self.seal_seed(&user.id, id.as_str(), seed)),
            last_step: -1,
            keys: Some(keys),
            about: Some(completion.device),
            push: completion.push,
            attested: shown.attested,
            system: shown.system,
            seen_from: Some(visitor.ip.to_string()),
            offered_to: None,
            added_by: found.added_by.clone(),
            added_at: now,
            confirmed_at: None,
            used_at: None,
            rotated_at: None,
            ended_at: None,
        };
        if !tx.add_authenticator(&new).await? {
            return Err(ProblemCode::BadProof.into());
        }
        self.add_test(&mut tx, &mut user, &session, &found.id, id.as_str(), now).await?;
        tx.tell(Topic::User(user.id.clone()));
        tx.commit().await?;
        Ok(Completed {
            device_id: id,
            account_id: user.account,
            state: DeviceState::PendingConfirmation,
            totp: seed.map(|seed| Seed {
                secret: base32::encode(&seed),
                algorithm: "SHA1".to_owned(),
                digits: 6,
                period: 30,
            }),
            dpop_nonce: self.keys().nonce(now),
            server_time: now,
        })
    }

    /// What the answer to a test approval comes to. The person's row and the activation are locked.
    pub(crate) async fn end_test(
        &self,
        tx: &mut Tx,
        user: &mut User,
        device: &Authenticator,
        request: &Request,
        outcome: Outcome,
        now: UnixTime,
    ) -> Result<(), DeviceRefused> {
        match outcome {
            Outcome::Approved => self.confirm_device(tx, user, device, &request.session, now).await,
            Outcome::Mismatch => {
                // Whoever holds the phone may not be who looks at the page, and has three guesses.
                if tx.wrong_numbers_of_device(&device.id).await? >= WRONG_NUMBERS {
                    tx.cancel_activations(&user.id, Some(&device.id), now).await?;
                }
                Ok(())
            }
            Outcome::Denied(_) => Ok(()),
            Outcome::Reported(_) => {
                tx.cancel_activations(&user.id, Some(&device.id), now).await?;
                Ok(self.reported(tx, user, request.id.as_str()).await?)
            }
        }
    }

    /// The number was right: the device is one of the person's methods.
    async fn confirm_device(
        &self,
        tx: &mut Tx,
        user: &mut User,
        device: &Authenticator,
        session: &str,
        now: UnixTime,
    ) -> Result<(), DeviceRefused> {
        let first = device.added_by == Stage::Password.word();
        // Whoever had only the password may add the first method, and somebody was faster.
        let too_late = first && tx.ever_had_method(&user.id).await?;
        let session = self.open_session_in(tx, session).await?;
        let Some(session) = session.filter(|_| !too_late) else {
            return Err(ProblemCode::CodeExpired.into());
        };
        let confirmed = tx.confirm_activation(&device.id).await?
            && tx.confirm_authenticator(&device.id, self.no_longer_waits(now), now).await?;
        if !confirmed {
            return Err(ProblemCode::CodeExpired.into());
        }
        tx.used_authenticator(&device.id, now).await?;
        Ok(self.method_added(tx, user, &device.id, &device.name, &session).await?)
    }

    /// The person of a session that may begin to add the app, with their row locked.
    pub(crate) async fn lock_who_may_add(
        &self,
        tx: &mut Tx,
        session: &Session,
    ) -> Result<User, MethodRefused> {
        let user = self.lock_who_adds(tx, session).await?;
        match self.may_change_in(tx, session).await? {
            MayChange::Everything | MayChange::Add => Ok(user),
            MayChange::VerifyFirst => Err(MethodRefused::VerifyFirst),
            MayChange::Nothing => Err(MethodRefused::NotAllowed),
        }
    }

    /// The person of a session that has begun to add the app, with their row locked. How long ago they were
    /// verified was for its beginning to say.
    pub(crate) async fn lock_who_adds(&self, tx: &mut Tx, session: &Session) -> Result<User, MethodRefused> {
        let Some(user) = &session.user else { return Err(MethodRefused::NotAllowed) };
        let user = tx.lock_user(user).await?.filter(|user| user.disabled_at.is_none());
        let user = user.ok_or(MethodRefused::NotAllowed)?;
        // Whoever has only the password may add the first method, if nobody was faster.
        if session.stage == Stage::Password && tx.ever_had_method(&user.id).await? {
            return Err(MethodRefused::VerifyFirst);
        }
        if !tx.policy(&user.organisation).await?.app {
            return Err(MethodRefused::SwitchedOff);
        }
        Ok(user)
    }

    /// Whether there is room for one more authenticator (S-22). The person's row is locked.
    pub(crate) async fn check_room(
        &self,
        tx: &mut Tx,
        user: &str,
        now: UnixTime,
    ) -> Result<(), MethodRefused> {
        let count = tx.count_authenticators(user, self.no_longer_waits(now)).await?;
        if count < self.limits().authenticators { Ok(()) } else { Err(MethodRefused::Five) }
    }

    /// What was added at this instant or earlier, and never confirmed, is over.
    fn no_longer_waits(&self, now: UnixTime) -> UnixTime {
        UnixTime::from_millis(now.millis().saturating_sub(self.limits().unconfirmed_secs * 1000))
    }

    /// An activation that is to be stored; nothing in it can be used without the codes.
    pub(crate) fn new_activation(
        &self,
        session: &Session,
        user: &User,
        code: &ActivationCode,
        handle: &Handle,
        manual: &ManualCode,
        grant: Option<&Grant>,
    ) -> Activation {
        let (now, keys) = (self.now(), self.keys());
        Activation {
            id: ActivationId::make(&mut self.rng()),
            user: user.id.clone(),
            session: session.id.clone(),
            // expose: only its hash is kept.
            code: keys.hash(Hashed::ActivationCode, code.secret().expose()),
            handle: keys.hash(Hashed::Handle, handle.as_str()),
            // expose: as above.
            manual_code: keys.hash(Hashed::ActivationCode, manual.secret().expose()),
            state: ActivationState::Open,
            challenge: grant
                .and_then(|grant| grant.challenge.clone())
                .unwrap_or_else(|| Nonce::make(&mut self.rng())),
            bound_jkt: grant.map(|grant| grant.jkt),
            authenticator: None,
            request: None,
            added_by: session.stage.word().to_owned(),
            created_at: now,
            expires_at: now.plus_secs(self.limits().activation_secs),
        }
    }

    /// Asks the new device to show that the person sees the page.
    async fn add_test(
        &self,
        tx: &mut Tx,
        user: &mut User,
        session: &Session,
        activation: &ActivationId,
        device: &str,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let policy = tx.policy(&user.organisation).await?;
        let waiting = tx.pending_requests(&user.id, now).await?;
        let context = Context {
            ip: session.ip.clone(),
            client: session.client.clone(),
            time: Some(now.secs()),
            ..Context::default()
        };
        let id = TransactionId::make(&mut self.rng());
        tx.set_activation_request(activation, &id).await?;
        let new = New {
            id,
            session: &session.id,
            purpose: Purpose::Activation,
            context,
            browser: Browser::Other,
            only_device: Some(device),
        };
        self.add_request(tx, user, &policy, new, &waiting, now).await?;
        tx.save_user(user).await
    }

    async fn status_now(
        &self,
        session: &Session,
        id: &str,
    ) -> Result<Option<(ActivationStatus, UnixTime)>, StoreError> {
        let now = self.now();
        let found = self.store().activation(id).await?;
        let Some(found) =
            found.filter(|one| one.session == session.id && Some(&one.user) == session.user.as_ref())
        else {
            return Ok(None);
        };
        let over = |status| Some((status, UnixTime::from_millis(u64::MAX)));
        let device = match &found.authenticator {
            Some(device) => self.store().authenticator(device).await?,
            None => None,
        };
        Ok(match (found.state, device) {
            (ActivationState::ClaimedTwice, _) => over(ActivationStatus::ClaimedTwice),
            (ActivationState::Open, _) if now < found.expires_at => {
                Some((ActivationStatus::Open, found.expires_at))
            }
            (ActivationState::Claimed, _) if now < found.expires_at => {
                Some((ActivationStatus::Claimed, found.expires_at))
            }
            (ActivationState::Confirmed, Some(device)) => {
                over(ActivationStatus::Configured { device: device.name, codes: device.seed.is_some() })
            }
            (ActivationState::Completed, Some(device)) if device.lives(self.no_longer_waits(now)) => {
                let request = match &found.request {
                    Some(id) => self.store().request(id).await?,
                    None => None,
                };
                let dies = device.added_at.plus_secs(self.limits().unconfirmed_secs);
                match request {
                    Some(request) if self.state_of(&request) == TransactionState::Pending => {
                        let ends = request.expires_at.min(dies);
                        let name = device.name.clone();
                        let shown = Box::new(self.shown(&request, &[device], false)?);
                        Some((ActivationStatus::TestApproval { device: name, shown }, ends))
                    }
                    request => {
                        let state =
                            request.map_or(TransactionState::Expired, |request| self.state_of(&request));
                        Some((ActivationStatus::TestFailed { device: device.name, state }, dies))
                    }
                }
            }
            _ => over(ActivationStatus::Expired),
        })
    }

    /// A seed of 160 bits (S-16).
    pub(crate) fn make_seed(&self) -> SecretBytes {
        let mut bytes = vec![0; SEED];
        self.rng().fill_bytes(&mut bytes);
        SecretBytes::new(bytes)
    }

    /// Seals a seed for its place (S-18).
    pub(crate) fn seal_seed(&self, user: &str, authenticator: &str, seed: &SecretBytes) -> String {
        // expose: sealed at once.
        self.keys().seal(Sealed::Seed { user, authenticator }, seed.expose(), &mut self.rng())
    }
}

impl ActivationStatus {
    /// One word for each status, for a page that waits for the next.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::TestApproval { .. } => "test",
            Self::TestFailed { .. } => "test_failed",
            Self::Configured { .. } => "configured",
            Self::Expired => "expired",
            Self::ClaimedTwice => "claimed_twice",
        }
    }
}

/// Whether an activation can be completed.
fn check_claimed(found: &Activation, now: UnixTime) -> Result<(), DeviceRefused> {
    match found.state {
        ActivationState::Claimed if now < found.expires_at => Ok(()),
        ActivationState::Completed | ActivationState::Confirmed => Err(ProblemCode::AlreadyResolved.into()),
        ActivationState::ClaimedTwice => Err(ProblemCode::CodeAlreadyClaimed.into()),
        ActivationState::Open => Err(ProblemCode::NotFound.into()),
        ActivationState::Claimed | ActivationState::Cancelled => Err(ProblemCode::CodeExpired.into()),
    }
}

/// What a device is told where a page would be told more.
pub(crate) fn refusal_for_device(refused: MethodRefused, code: ProblemCode) -> DeviceRefused {
    match refused {
        MethodRefused::Store(error) => error.into(),
        MethodRefused::Five => ProblemCode::LimitDevices.into(),
        MethodRefused::WrongCode
        | MethodRefused::TooMany
        | MethodRefused::NoSuchMethod
        | MethodRefused::LastMethod
        | MethodRefused::VerifyFirst
        | MethodRefused::NotAllowed
        | MethodRefused::SwitchedOff => code.into(),
    }
}

/// What tries of an address are counted for: one customer of an IPv6 network has 2⁶⁴ addresses.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

const HOUR: u64 = 3600;
/// Bytes.
const SEED: usize = 20;
/// Wrong numbers of one device before it is given up.
const WRONG_NUMBERS: i64 = 3;

#[cfg(test)]
mod tests;
