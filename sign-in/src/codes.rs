//! Six digits from any authenticator of the person. Counted over everything before they are looked at
//! (S-17), and no step is good twice (S-16).

use crypto_core::codes::{Algorithm, CodeSpec, Digits, Mover};
use crypto_core::secret::SecretBytes;
use crypto_core::time::{Period, UnixTime};

use crate::Service;
use crate::audit::{Outcome, Record, What};
use crate::keys::Sealed;
use crate::mail_texts::Notice;
use crate::sessions::{Opened, SignInRefused, Stage};
use crate::store::{Authenticator, Session, StoreError, Tx, User};
use crate::visitor::Visitor;
use crate::wake::Topic;

impl Service {
    /// Signs in with a code, or verifies anew who is signed in. A right one opens what wrong numbers locked.
    pub async fn sign_in_with_code(
        &self,
        session: &Session,
        code: &str,
        visitor: &Visitor,
    ) -> Result<Opened, SignInRefused> {
        let (Stage::Password | Stage::SignedIn, Some(user)) = (session.stage, &session.user) else {
            return Err(SignInRefused::NotNow);
        };
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let locked = tx.lock_user_with_policy(user).await?;
        let Some((mut user, policy)) = locked.filter(|(user, _)| user.disabled_at.is_none()) else {
            return Err(SignInRefused::NotNow);
        };
        let mut all = tx.authenticators(&user.id).await?;
        let had = all.iter().any(|one| one.is_bound() && one.seed.is_some());
        all.retain(|one| one.has_good_codes(&policy));
        if had && all.is_empty() || !policy.app_codes && !policy.other_apps {
            return Err(SignInRefused::SwitchedOff);
        }
        self.count_code(&mut tx, session, &mut user).await?;
        let mut right = None;
        for one in &all {
            if let Some(step) = self.step_of(one, code, now)? {
                right = right.or(Some((one, step)));
            }
        }
        let taken = match right {
            Some((one, step)) => tx.take_step(&one.id, step, now).await?,
            None => false,
        };
        if !taken {
            self.wrong_code(&mut tx, session, &user, What::SignIn, visitor).await?;
            tx.commit().await?;
            return Err(SignInRefused::Wrong);
        }
        user.code_tries = Default::default();
        user.prompts.signed_in_otherwise();
        tx.save_user(&user).await?;
        let opened = self.step_up(&mut tx, session, &user, CODE, visitor).await?;
        tx.tell(Topic::User(user.id));
        tx.commit().await?;
        Ok(opened)
    }

    /// Counts a code before anybody looks at it, for the session and for the person over everything; the
    /// person's row is locked, and saved by the caller. What is refused is not counted.
    pub(crate) async fn count_code(
        &self,
        tx: &mut Tx,
        session: &Session,
        user: &mut User,
    ) -> Result<(), SignInRefused> {
        let (now, limits) = (self.now(), self.limits());
        user.code_tries
            .take(limits.totp_a_day, DAY, now)
            .map_err(|too_many| SignInRefused::TooMany { until: too_many.until })?;
        if !tx.count_code(&session.id, limits.totp_a_session, now).await? {
            // The session has had its tries; another can be begun.
            return Err(SignInRefused::TooMany { until: session.ends_at });
        }
        Ok(())
    }

    /// A counted code was wrong: it is written down, and at the fifth the person is told.
    pub(crate) async fn wrong_code(
        &self,
        tx: &mut Tx,
        session: &Session,
        user: &User,
        what: What,
        visitor: &Visitor,
    ) -> Result<(), StoreError> {
        tx.save_user(user).await?;
        let record = Record::of(user, what, Outcome::WrongCode).by("system").during(session).from(visitor);
        let event = self.record(tx, record.with(CODE)).await?;
        if user.code_tries.count() == self.limits().totp_notice {
            self.notify(tx, user, &Notice::WrongCodes, &event).await?;
        }
        Ok(())
    }

    /// The step that a code is of, within the window, and if it is later than the last that was taken.
    pub(crate) fn step_of(
        &self,
        one: &Authenticator,
        code: &str,
        now: UnixTime,
    ) -> Result<Option<i64>, StoreError> {
        let Some(sealed) = &one.seed else { return Ok(None) };
        let place = Sealed::Seed { user: &one.user, authenticator: &one.id };
        let seed = self.keys().open(place, sealed)?;
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).take(LONGEST).collect();
        let typed = SecretBytes::new(typed.into_bytes());
        let current = Period::DEFAULT.step(now);
        let window = self.limits().totp_window;
        let mut right = None;
        for step in current.saturating_sub(window)..=current.saturating_add(window) {
            let at = UnixTime::from_secs(step.saturating_mul(u64::from(Period::DEFAULT.secs())));
            let good = CODE_SPEC.at(&seed, at).current;
            // Compared in constant time, and every step of the window.
            if SecretBytes::new(good.as_str().as_bytes().to_vec()).ct_eq(&typed) {
                right = i64::try_from(step).ok().filter(|&step| step > one.last_step).or(right);
            }
        }
        Ok(right)
    }
}

/// What every authenticator app understands.
pub(crate) const CODE_SPEC: CodeSpec = CodeSpec {
    algorithm: Algorithm::Sha1,
    digits: Digits::DEFAULT,
    mover: Mover::Time { period: Period::DEFAULT },
};
/// RFC 8176.
pub(crate) const CODE: &str = "otp";
const DAY: u64 = 24 * 60 * 60;
/// More characters than any code has.
const LONGEST: usize = 12;

#[cfg(test)]
mod tests;
