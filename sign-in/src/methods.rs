//! A person's ways of verifying: listed, added, deleted, and which one is asked first. At most five
//! authenticators, exactly one default, and every change is told to the person.

use std::cmp::Reverse;

use crypto_core::approval::shown_text;
use crypto_core::approval::state::DeviceState;
use crypto_core::codes::{CodeAccount, base32, otpauth};
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use rand_core::RngCore as _;

use crate::Service;
use crate::attestation::Attested;
use crate::audit::{Outcome, Record, What};
use crate::codes::{CODE, CODE_SPEC};
use crate::keys::Sealed;
use crate::mail_texts::Notice;
use crate::policy::OrganisationPolicy;
use crate::sessions::{MayChange, NotAdministrator, Opened, SignInRefused, Stage};
use crate::store::{Authenticator, Session, StoreError, Tx, User};
use crate::visitor::Visitor;
use crate::wake::Topic;

/// How a method verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodKind {
    /// Countersign: approvals, and codes if the policy has them.
    App,
    /// Another authenticator app: codes only.
    Code,
}

/// A way of verifying, as a page lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Which one.
    pub id: String,
    /// How it verifies.
    pub kind: MethodKind,
    /// The device's or the app's name.
    pub name: String,
    /// Where it stands.
    pub state: DeviceState,
    /// Whether it has codes.
    pub codes: bool,
    /// What is known of where its keys are kept.
    pub attested: Attested,
    /// Whether it is asked first.
    pub default: bool,
    /// When it was added.
    pub added_at: UnixTime,
    /// When it was used last.
    pub used_at: Option<UnixTime>,
}

/// Another authenticator app that waits for its first code.
#[derive(Debug)]
pub struct CodeOffer {
    /// Which one.
    pub id: String,
    /// The text of the QR code (`otpauth://totp/…`).
    pub link: SecretText,
    /// The key, grouped for reading.
    pub key: SecretText,
}

impl Service {
    /// The person's methods, the default first and then the newest.
    pub async fn methods(&self, user: &str) -> Result<Vec<Method>, StoreError> {
        let default = self.store().user(user).await?.and_then(|user| user.default_method);
        let mut all: Vec<Method> = self
            .store()
            .authenticators(user)
            .await?
            .into_iter()
            .filter(Authenticator::is_bound)
            .map(|one| one.shown(default.as_deref()))
            .collect();
        all.sort_by_key(|method| (!method.default, Reverse(method.added_at)));
        Ok(all)
    }

    /// Begins to add another authenticator app. What this session began before is dropped.
    pub async fn offer_code_app(&self, session: &Session) -> Result<CodeOffer, MethodRefused> {
        let user = self.may_add(session).await?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let Some(user) = tx.lock_user(&user).await? else { return Err(MethodRefused::NotAllowed) };
        if !tx.policy(&user.organisation).await?.other_apps {
            return Err(MethodRefused::SwitchedOff);
        }
        for one in tx.authenticators(&user.id).await? {
            let mine = one.offered_to.as_deref() == Some(&session.id);
            if one.kind == MethodKind::Code && !one.is_bound() && (mine || !one.lives(self.offers_before())) {
                tx.end_unconfirmed(&one.id, now).await?;
            }
        }
        if tx.count_authenticators(&user.id, self.offers_before()).await? >= self.limits().authenticators {
            return Err(MethodRefused::Five);
        }
        let id = self.make_id("code_");
        let mut seed = vec![0; SEED];
        self.rng().fill_bytes(&mut seed);
        let seed = SecretBytes::new(seed);
        let place = Sealed::Seed { user: &user.id, authenticator: &id };
        tx.add_authenticator(&Authenticator {
            id: id.clone(),
            user: user.id.clone(),
            kind: MethodKind::Code,
            state: DeviceState::PendingConfirmation,
            name: String::new(),
            // expose: sealed at once.
            seed: Some(self.keys().seal(place, seed.expose(), &mut self.rng())),
            last_step: -1,
            keys: None,
            about: None,
            push: None,
            attested: Attested::No,
            system: None,
            seen_from: None,
            offered_to: Some(session.id.clone()),
            added_by: session.stage.word().to_owned(),
            added_at: now,
            confirmed_at: None,
            used_at: None,
            rotated_at: None,
            ended_at: None,
        })
        .await?;
        tx.commit().await?;
        Ok(self.written_offer(id, &user, seed))
    }

    /// The offer again, for a page that is loaded again; none if it is not this session's.
    pub async fn code_offer(&self, session: &Session, id: &str) -> Result<Option<CodeOffer>, StoreError> {
        let found = self.store().authenticator(id).await?;
        let Some(one) = found.filter(|one| one.is_offered_to(session, self.offers_before())) else {
            return Ok(None);
        };
        let (Some(user), Some(sealed)) = (self.store().user(&one.user).await?, &one.seed) else {
            return Ok(None);
        };
        let place = Sealed::Seed { user: &one.user, authenticator: &one.id };
        let seed = self.keys().open(place, sealed)?;
        Ok(Some(self.written_offer(one.id, &user, seed)))
    }

    /// Adds it once it has shown a right code; wrong ones count like every other (S-17). Whoever adds their
    /// very first method has shown both factors by that, and is signed in.
    pub async fn confirm_code_app(
        &self,
        session: &Session,
        id: &str,
        name: &str,
        code: &str,
        visitor: &Visitor,
    ) -> Result<Option<Opened>, MethodRefused> {
        let user = self.may_add(session).await?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let Some(mut user) = tx.lock_user(&user).await? else { return Err(MethodRefused::NotAllowed) };
        // Whoever had only the password may add the first method, and somebody may have been faster.
        if self.may_change_in(&mut tx, session).await? == MayChange::VerifyFirst {
            return Err(MethodRefused::VerifyFirst);
        }
        let all = tx.authenticators(&user.id).await?;
        let offered = |one: &&Authenticator| one.id == id && one.is_offered_to(session, self.offers_before());
        let Some(one) = all.iter().find(offered) else { return Err(MethodRefused::NoSuchMethod) };
        if !tx.policy(&user.organisation).await?.other_apps {
            return Err(MethodRefused::SwitchedOff);
        }
        match self.count_code(&mut tx, session, &mut user).await {
            Ok(()) => {}
            Err(SignInRefused::Store(error)) => return Err(error.into()),
            Err(_) => return Err(MethodRefused::TooMany),
        }
        let Some(step) = self.step_of(one, code, now)? else {
            self.wrong_code(&mut tx, session, &user, What::MethodAdded, visitor).await?;
            tx.commit().await?;
            return Err(MethodRefused::WrongCode);
        };
        let before = self.offers_before();
        if tx.count_authenticators(&user.id, before).await? >= self.limits().authenticators {
            return Err(MethodRefused::Five);
        }
        let name = shown_text(&name.chars().take(self.limits().device_name).collect::<String>());
        let name = if name.is_empty() { OTHER_APP } else { &name };
        tx.name_authenticator(id, name).await?;
        if !tx.confirm_authenticator(id, before, now).await? || !tx.take_step(id, step, now).await? {
            return Err(MethodRefused::NoSuchMethod);
        }
        user.code_tries.give_back();
        self.method_added(&mut tx, &mut user, id, name, session).await?;
        let opened = match session.stage {
            Stage::Password => match self.step_up(&mut tx, session, &user, CODE, visitor).await {
                Ok(opened) => Some(opened),
                Err(SignInRefused::Store(error)) => return Err(error.into()),
                Err(_) => return Err(MethodRefused::NotAllowed),
            },
            Stage::Start | Stage::SignedIn | Stage::Pass => None,
        };
        tx.commit().await?;
        Ok(opened)
    }

    /// What becomes the default if `id` is deleted, for the question before; none if nothing is left or
    /// another is the default anyway.
    pub async fn default_without(&self, user: &str, id: &str) -> Result<Option<Method>, StoreError> {
        let Some(user) = self.store().user(user).await? else { return Ok(None) };
        if user.default_method.as_deref() != Some(id) {
            return Ok(None);
        }
        let policy = self.policy(&user.organisation).await?;
        let all = self.store().authenticators(&user.id).await?;
        Ok(next_default(&all, id, &policy).map(|one| one.clone().shown(Some(&one.id))))
    }

    /// Deletes a method of the session's person.
    pub async fn delete_method(&self, session: &Session, id: &str) -> Result<(), MethodRefused> {
        let mut tx = self.store().begin().await?;
        let mut user = self.lock_who_changes(&mut tx, session).await?;
        let all = tx.authenticators(&user.id).await?;
        let Some(one) = all.iter().find(|one| one.id == id && one.is_bound()) else {
            return Err(MethodRefused::NoSuchMethod);
        };
        let policy = tx.policy(&user.organisation).await?;
        let mut others = all.iter().filter(|other| other.id != id && other.is_bound());
        let nothing_left = if one.verifies(&policy) {
            !others.any(|other| other.verifies(&policy))
        } else {
            others.next().is_none()
        };
        if nothing_left {
            return Err(MethodRefused::LastMethod);
        }
        let by = user.id.clone();
        self.end_method(&mut tx, &mut user, one, &by, Some(session)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Deletes a method of somebody else, also the last; by an administrator of the same organisation.
    pub async fn delete_method_of(
        &self,
        administrator: &Session,
        user: &str,
        id: &str,
    ) -> Result<(), MethodRefused> {
        let administrator = self.administrator(administrator).await?;
        let mut tx = self.store().begin().await?;
        let mut user = colleague(tx.lock_user(user).await?, &administrator)?;
        let all = tx.authenticators(&user.id).await?;
        let Some(one) = all.iter().find(|one| one.id == id && one.is_bound()) else {
            return Err(MethodRefused::NoSuchMethod);
        };
        self.end_method(&mut tx, &mut user, one, &administrator.id, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes a method the one that is asked first.
    pub async fn make_default(&self, session: &Session, id: &str) -> Result<(), MethodRefused> {
        let mut tx = self.store().begin().await?;
        let mut user = self.lock_who_changes(&mut tx, session).await?;
        let all = tx.authenticators(&user.id).await?;
        let Some(one) = all.iter().find(|one| one.id == id && one.is_bound()) else {
            return Err(MethodRefused::NoSuchMethod);
        };
        if !one.verifies(&tx.policy(&user.organisation).await?) {
            return Err(MethodRefused::SwitchedOff);
        }
        if user.default_method.as_deref() != Some(id) {
            self.set_default(&mut tx, &mut user, one, None, Some(session)).await?;
            tx.tell(Topic::User(user.id.clone()));
            tx.commit().await?;
        }
        Ok(())
    }

    /// Requests to the phone were suspended by a report; an administrator of the same organisation has
    /// looked, and lifts it. The person is no longer marked as at risk.
    pub async fn lift_suspension(&self, administrator: &Session, user: &str) -> Result<(), MethodRefused> {
        let administrator = self.administrator(administrator).await?;
        let mut tx = self.store().begin().await?;
        let mut user = colleague(tx.lock_user(user).await?, &administrator)?;
        user.push_suspended_at = None;
        user.high_risk_at = None;
        tx.save_user(&user).await?;
        let record = Record::of(&user, What::Lifted, Outcome::Done).by(&administrator.id);
        let event = self.record(&mut tx, record).await?;
        self.notify(&mut tx, &user, &Notice::Lifted, &event).await?;
        tx.tell(Topic::User(user.id.clone()));
        tx.commit().await?;
        Ok(())
    }

    /// A method was just confirmed, in the transaction of the rule that did it and while the person's row is
    /// locked: the first becomes the default, and it is written down and told. `user` is saved here.
    pub(crate) async fn method_added(
        &self,
        tx: &mut Tx,
        user: &mut User,
        id: &str,
        name: &str,
        session: &Session,
    ) -> Result<(), StoreError> {
        if user.default_method.is_none() {
            user.default_method = Some(id.to_owned());
        }
        tx.save_user(user).await?;
        let record = Record::of(user, What::MethodAdded, Outcome::Done).during(session).on(id);
        let event = self.record(tx, record.with(&session.methods)).await?;
        self.notify(tx, user, &Notice::MethodAdded { name }, &event).await?;
        tx.tell(Topic::User(user.id.clone()));
        Ok(())
    }

    /// A method is gone, in the transaction of the rule that decided so and while the person's row is locked:
    /// its keys and seed count no more, what waits is cancelled, another becomes the default, and it is
    /// written down and told. `user` is saved here.
    pub(crate) async fn end_method(
        &self,
        tx: &mut Tx,
        user: &mut User,
        one: &Authenticator,
        actor: &str,
        session: Option<&Session>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        if !tx.end_authenticator(&one.id, now).await? {
            return Ok(());
        }
        tx.cancel_requests_of_user(&user.id, now).await?;
        if user.default_method.as_deref() == Some(&one.id) {
            let policy = tx.policy(&user.organisation).await?;
            let left = tx.authenticators(&user.id).await?;
            match next_default(&left, &one.id, &policy) {
                Some(next) => self.set_default(tx, user, next, Some(actor), session).await?,
                None => user.default_method = None,
            }
        }
        tx.save_user(user).await?;
        let record = Record::of(user, What::MethodDeleted, Outcome::Done).by(actor).on(&one.id);
        let event = self.record(tx, in_session(record, session)).await?;
        self.notify(tx, user, &Notice::MethodDeleted { name: &one.name }, &event).await?;
        tx.tell(Topic::User(user.id.clone()));
        Ok(())
    }

    /// Every method and pass of a person is gone, and what was begun to add one.
    pub(crate) async fn end_methods(
        &self,
        tx: &mut Tx,
        user: &mut User,
        actor: &str,
    ) -> Result<(), StoreError> {
        user.default_method = None;
        for one in tx.authenticators(&user.id).await? {
            if one.is_bound() {
                self.end_method(tx, user, &one, actor, None).await?;
            } else {
                tx.end_unconfirmed(&one.id, self.now()).await?;
            }
        }
        tx.revoke_pass(&user.id).await?;
        Ok(())
    }

    pub(crate) async fn set_default(
        &self,
        tx: &mut Tx,
        user: &mut User,
        one: &Authenticator,
        actor: Option<&str>,
        session: Option<&Session>,
    ) -> Result<(), StoreError> {
        user.default_method = Some(one.id.clone());
        tx.save_user(user).await?;
        let record = Record::of(user, What::DefaultChanged, Outcome::Done).on(&one.id);
        let record = match actor {
            Some(actor) => record.by(actor),
            None => record,
        };
        let event = self.record(tx, in_session(record, session)).await?;
        self.notify(tx, user, &Notice::DefaultChanged { name: &one.name }, &event).await
    }

    /// The person that a session may add a method for.
    pub(crate) async fn may_add(&self, session: &Session) -> Result<String, MethodRefused> {
        match (self.may_change(session).await?, &session.user) {
            (MayChange::Everything | MayChange::Add, Some(user)) => Ok(user.clone()),
            (MayChange::VerifyFirst, _) => Err(MethodRefused::VerifyFirst),
            (MayChange::Everything | MayChange::Add | MayChange::Nothing, _) => {
                Err(MethodRefused::NotAllowed)
            }
        }
    }

    /// The person whose methods a session may change, with their row locked. The session is read anew: it may
    /// have been ended since the page was asked for.
    async fn lock_who_changes(&self, tx: &mut Tx, session: &Session) -> Result<User, MethodRefused> {
        let Some(user) = &session.user else { return Err(MethodRefused::NotAllowed) };
        let Some(user) = tx.lock_user(user).await? else { return Err(MethodRefused::NotAllowed) };
        let Some(session) = self.open_session_in(tx, &session.id).await? else {
            return Err(MethodRefused::NotAllowed);
        };
        match self.may_change_in(tx, &session).await? {
            MayChange::Everything => Ok(user),
            MayChange::VerifyFirst => Err(MethodRefused::VerifyFirst),
            MayChange::Add | MayChange::Nothing => Err(MethodRefused::NotAllowed),
        }
    }

    /// What was added at this instant or earlier, and never confirmed, is over.
    fn offers_before(&self) -> UnixTime {
        let life = self.limits().unconfirmed_secs * 1000;
        UnixTime::from_millis(self.now().millis().saturating_sub(life))
    }

    fn written_offer(&self, id: String, user: &User, secret: SecretBytes) -> CodeOffer {
        let key = base32::encode(&secret);
        let issuer = self.config().name.clone();
        let account =
            CodeAccount { issuer, account: user.user_name.clone(), secret, pin: None, spec: CODE_SPEC };
        let mut grouped = String::with_capacity(64);
        // expose: written into another secret, in groups of four.
        for (index, symbol) in key.expose().chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(symbol);
        }
        CodeOffer { id, link: otpauth::print(&account), key: SecretText::new(grouped) }
    }
}

impl Authenticator {
    /// Whether the person has it: it was confirmed, and is not deleted.
    pub(crate) const fn is_bound(&self) -> bool {
        matches!(self.state, DeviceState::Active | DeviceState::Suspended | DeviceState::Stale)
    }

    /// Whether its codes are taken.
    pub(crate) const fn has_good_codes(&self, policy: &OrganisationPolicy) -> bool {
        matches!(self.state, DeviceState::Active | DeviceState::Stale)
            && self.seed.is_some()
            && policy.has_codes(self.kind)
    }

    /// Whether the person can be verified with it.
    pub(crate) fn verifies(&self, policy: &OrganisationPolicy) -> bool {
        let approves = self.kind == MethodKind::App && self.state == DeviceState::Active && policy.app;
        approves || self.has_good_codes(policy)
    }

    fn is_offered_to(&self, session: &Session, unconfirmed_before: UnixTime) -> bool {
        self.kind == MethodKind::Code
            && self.state == DeviceState::PendingConfirmation
            && self.offered_to.as_deref() == Some(&session.id)
            && self.lives(unconfirmed_before)
    }

    fn shown(self, default: Option<&str>) -> Method {
        Method {
            default: default == Some(&self.id),
            id: self.id,
            kind: self.kind,
            name: self.name,
            state: self.state,
            codes: self.seed.is_some(),
            attested: self.attested,
            added_at: self.confirmed_at.unwrap_or(self.added_at),
            used_at: self.used_at,
        }
    }
}

/// What is asked first once `gone` is not: one that verifies before one that does not, an app before codes,
/// and of those the newest (S-23).
pub(crate) fn next_default<'a>(
    all: &'a [Authenticator],
    gone: &str,
    policy: &OrganisationPolicy,
) -> Option<&'a Authenticator> {
    all.iter().filter(|one| one.id != gone && one.is_bound()).max_by_key(|one| {
        (one.verifies(policy), one.kind == MethodKind::App, one.confirmed_at, one.id.as_str())
    })
}

fn in_session<'a>(record: Record<'a>, session: Option<&'a Session>) -> Record<'a> {
    match session {
        Some(session) => record.during(session),
        None => record,
    }
}

/// Somebody else of the administrator's organisation.
pub(crate) fn colleague(found: Option<User>, administrator: &User) -> Result<User, MethodRefused> {
    let user = found.filter(|user| user.organisation == administrator.organisation);
    let Some(user) = user else { return Err(MethodRefused::NoSuchMethod) };
    if user.id == administrator.id { Err(MethodRefused::NotAllowed) } else { Ok(user) }
}

/// Bytes of a seed; RFC 4226 recommends as many (R6).
const SEED: usize = 20;
/// Where the person gave no name.
const OTHER_APP: &str = "Authenticator app";

/// Why a method is not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum MethodRefused {
    /// There are five.
    #[error("there are five authenticators already")]
    Five,
    /// The code is not right.
    #[error("the code is not right")]
    WrongCode,
    /// Too many wrong codes.
    #[error("there were too many tries")]
    TooMany,
    /// There is no such method.
    #[error("there is no such method")]
    NoSuchMethod,
    /// It is the last one; an administrator has to help (S-23).
    #[error("it is the last method")]
    LastMethod,
    /// The person has to be verified again first.
    #[error("verify first")]
    VerifyFirst,
    /// The session may not do this.
    #[error("this session may not do this")]
    NotAllowed,
    /// The organisation has switched this way off.
    #[error("the organisation has switched this off")]
    SwitchedOff,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotAdministrator> for MethodRefused {
    fn from(refused: NotAdministrator) -> Self {
        match refused {
            NotAdministrator::NotAllowed => Self::NotAllowed,
            NotAdministrator::VerifyFirst => Self::VerifyFirst,
            NotAdministrator::Store(error) => Self::Store(error),
        }
    }
}

#[cfg(test)]
mod tests;
