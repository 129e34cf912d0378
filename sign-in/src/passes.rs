//! Temporary access passes: eight characters that an administrator gives to somebody they have checked.
//! Shown once, kept as a slow hash, good once and for a while, and for registering methods only.

use crypto_core::approval::crockford;
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::audit::{Outcome, Record, What};
use crate::mail_texts::Notice;
use crate::sessions::{Counted, NotAdministrator, Opened, SignInRefused, Stage};
use crate::store::{Pass, Session, StoreError, User};
use crate::visitor::Visitor;

/// A pass to be issued.
#[derive(Debug, Clone, Copy)]
pub struct NewPass {
    /// From when it is good.
    pub starts_at: UnixTime,
    /// For how long, in seconds: ten minutes to thirty days.
    pub secs: u64,
    /// Whether it is good once only.
    pub once: bool,
}

/// What is known of a pass, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassView {
    /// From when it is good.
    pub starts_at: UnixTime,
    /// Until when.
    pub ends_at: UnixTime,
    /// Whether it is good once only.
    pub once: bool,
}

impl Service {
    /// Issues a pass; an earlier one is gone, with what it opened. `issuer` is the session of an administrator
    /// who was verified less than ten minutes ago, none for the command line.
    pub async fn issue_pass(
        &self,
        issuer: Option<&Session>,
        user: &str,
        new: NewPass,
    ) -> Result<(SecretText, PassView), PassRefused> {
        let issuer = self.issuer(issuer).await?;
        if !(SHORTEST..=LONGEST).contains(&new.secs) {
            return Err(PassRefused::Lifetime);
        }
        let now = self.now();
        let starts_at = new.starts_at.max(now);
        if starts_at > now.plus_secs(LONGEST) {
            return Err(PassRefused::Lifetime);
        }
        let value = crockford::make(CHARACTERS, &mut self.rng());
        let hash = self.hash_password(&value).await;
        let mut tx = self.store().begin().await?;
        let user = whose(tx.lock_user(user).await?, issuer.as_ref())?;
        if !tx.policy(&user.organisation).await?.passes {
            return Err(PassRefused::SwitchedOff);
        }
        let actor = issuer.as_ref().map_or(COMMAND_LINE, |issuer| &issuer.id);
        let pass = Pass {
            user: user.id.clone(),
            hash,
            tries: 0,
            once: new.once,
            starts_at,
            ends_at: starts_at.plus_secs(new.secs),
            issued_by: actor.to_owned(),
            issued_at: now,
        };
        tx.end_pass_sessions(&user.id).await?;
        tx.put_pass(&pass).await?;
        let record = Record::of(&user, What::PassIssued, Outcome::Done).by(actor);
        let event = self.record(&mut tx, record).await?;
        self.notify(&mut tx, &user, &Notice::PassIssued, &event).await?;
        tx.commit().await?;
        Ok((value, pass.view()))
    }

    /// The person's pass, if one is good or will be.
    pub async fn pass_of(&self, user: &str) -> Result<Option<PassView>, StoreError> {
        let pass = self.store().pass(user, self.limits().pass_tries).await?;
        Ok(pass.filter(|pass| self.now() < pass.ends_at).map(|pass| pass.view()))
    }

    /// Takes it back, with what it opened. It is as well if there is none.
    pub async fn revoke_pass(&self, issuer: Option<&Session>, user: &str) -> Result<(), PassRefused> {
        let issuer = self.issuer(issuer).await?;
        let mut tx = self.store().begin().await?;
        let user = whose(tx.lock_user(user).await?, issuer.as_ref())?;
        let open = tx.revoke_pass(&user.id).await?;
        tx.end_pass_sessions(&user.id).await?;
        if open {
            let actor = issuer.as_ref().map_or(COMMAND_LINE, |issuer| &issuer.id);
            self.record(&mut tx, Record::of(&user, What::PassRevoked, Outcome::Done).by(actor)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Opens a session that may register methods. The typed name and what is typed here are checked with
    /// the same work whether there is such a person or pass, or none.
    pub async fn sign_in_with_pass(
        &self,
        session: &Session,
        pass: &SecretText,
        visitor: &Visitor,
    ) -> Result<Opened, SignInRefused> {
        let now = self.now();
        let Some(session) = self.open_session_of(&session.id).await? else {
            return Err(SignInRefused::NotNow);
        };
        let (Stage::Start | Stage::Password, Some(name)) = (session.stage, session.typed_name.as_deref())
        else {
            return Err(SignInRefused::NotNow);
        };
        let address = self.address_tries(visitor);
        self.take_tries(std::slice::from_ref(&address), now).await?;
        // Counted before it is looked at, so that many at once are no more than five.
        let mut tx = self.store().begin().await?;
        let found = tx.try_pass(name, self.limits().pass_tries, now).await?;
        tx.commit().await?;
        // expose: read as what it is; what is none is checked with the same work.
        let typed = crockford::read(pass.expose(), CHARACTERS);
        let stored = found.as_ref().map(|pass| pass.hash.as_str()).filter(|_| typed.is_some());
        let nothing = SecretText::new(String::new());
        let fits = self.password_fits(typed.as_ref().unwrap_or(&nothing), stored).await;
        match found {
            Some(pass) if fits => self.open_pass_session(&session, &pass, &address, visitor).await,
            tried => self.wrong_pass(&session, name, tried.as_ref(), visitor).await,
        }
    }

    /// The value was right.
    async fn open_pass_session(
        &self,
        session: &Session,
        pass: &Pass,
        address: &Counted,
        visitor: &Visitor,
    ) -> Result<Opened, SignInRefused> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        tx.give_back_try(&address.name, now).await?;
        let locked = tx.lock_user_with_policy(&pass.user).await?;
        let Some((user, policy)) = locked.filter(|(user, _)| user.disabled_at.is_none()) else {
            return Err(SignInRefused::Wrong);
        };
        if !policy.passes {
            return Err(SignInRefused::SwitchedOff);
        }
        // Of many with the same value, only one gets past this.
        if !tx.use_pass(pass, now).await? {
            return Err(SignInRefused::Wrong);
        }
        let old = tx.take_session(&session.id, now).await?.map(|taken| taken.session);
        let Some(old) = old.filter(|old| old.typed_name == session.typed_name) else {
            return Err(SignInRefused::NotNow);
        };
        let new = Session {
            user: Some(user.id.clone()),
            typed_name: old.typed_name,
            methods: PASS.to_owned(),
            ends_at: now.plus_secs(SESSION_SECS).min(pass.ends_at),
            ..self.blank_session(Stage::Pass, visitor)
        };
        let opened = self.add_session(&mut tx, new).await?;
        let record = Record::of(&user, What::SignIn, Outcome::Done).during(&opened.session).from(visitor);
        let event = self.record(&mut tx, record.with(PASS)).await?;
        self.notify(&mut tx, &user, &Notice::PassUsed, &event).await?;
        tx.commit().await?;
        Ok(opened)
    }

    /// It was wrong, or there is none. The last try that was counted takes the pass with it; those that came
    /// too late to be counted do not, because one that was may yet be right.
    async fn wrong_pass(
        &self,
        session: &Session,
        name: &str,
        tried: Option<&Pass>,
        visitor: &Visitor,
    ) -> Result<Opened, SignInRefused> {
        let most = i64::try_from(self.limits().pass_tries).unwrap_or(i64::MAX);
        let user = self.store().user_by_name(name).await?;
        let mut tx = self.store().begin().await?;
        // For nobody too, so that it is the same work.
        let last = tried.filter(|pass| pass.tries >= most);
        let revoked = tx.revoke_tried_pass(last.map_or("", |pass| &pass.hash)).await?;
        let record = match &user {
            Some(user) => Record::of(user, What::SignIn, Outcome::WrongPass).by("system"),
            None => Record::in_organisation("", What::SignIn, Outcome::WrongPass),
        };
        self.record(&mut tx, record.during(session).from(visitor).with(PASS)).await?;
        let nobody = Record::in_organisation("", What::PassRevoked, Outcome::TooMany);
        let record =
            user.as_ref().map_or(nobody, |user| Record::of(user, What::PassRevoked, Outcome::TooMany));
        self.record_if(revoked && user.is_some(), &mut tx, record.by("system").from(visitor)).await?;
        tx.commit().await?;
        Err(SignInRefused::Wrong)
    }

    async fn issuer(&self, session: Option<&Session>) -> Result<Option<User>, PassRefused> {
        match session {
            Some(session) => Ok(Some(self.administrator(session).await?)),
            None => Ok(None),
        }
    }
}

impl Pass {
    const fn view(&self) -> PassView {
        PassView { starts_at: self.starts_at, ends_at: self.ends_at, once: self.once }
    }
}

/// Somebody else of the issuer's organisation.
fn whose(found: Option<User>, issuer: Option<&User>) -> Result<User, PassRefused> {
    let Some(user) = found else { return Err(PassRefused::NoSuchAccount) };
    match issuer {
        Some(issuer) if issuer.id == user.id => Err(PassRefused::Oneself),
        Some(issuer) if issuer.organisation != user.organisation => Err(PassRefused::NoSuchAccount),
        Some(_) | None => Ok(user),
    }
}

/// Forty bits.
const CHARACTERS: usize = 8;
const SHORTEST: u64 = 10 * 60;
const LONGEST: u64 = 30 * 24 * 60 * 60;
/// How long what it opens may register methods (S-20).
const SESSION_SECS: u64 = 10 * 60;
/// How the person was verified; RFC 8176 has no word for it.
pub(crate) const PASS: &str = "pass";
const COMMAND_LINE: &str = "cli";

/// Why a pass is not issued.
#[derive(Debug, thiserror::Error)]
pub enum PassRefused {
    /// There is no such person in the administrator's organisation.
    #[error("there is no such account")]
    NoSuchAccount,
    /// Nobody issues one for themselves.
    #[error("a pass cannot be issued for oneself")]
    Oneself,
    /// Shorter than ten minutes or longer than thirty days.
    #[error("a pass lasts from ten minutes to thirty days")]
    Lifetime,
    /// The issuer is no administrator.
    #[error("only an administrator may do this")]
    NotAllowed,
    /// The issuer was verified ten minutes ago or more.
    #[error("verify first")]
    VerifyFirst,
    /// The organisation has switched passes off.
    #[error("the organisation has switched this off")]
    SwitchedOff,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotAdministrator> for PassRefused {
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
