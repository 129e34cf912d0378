//! What happened, for the person and the administrator: every sign-in and every change, never a secret.

use crypto_core::approval::challenge::Context;
use crypto_core::approval::shown_text;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::mail_texts::Notice;
use crate::sessions::Stage;
use crate::store::{Event, Session, StoreError, Tx, User};
use crate::visitor::Visitor;
use crate::wake::Topic;

/// What is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A sign-in, or a try.
    SignIn,
    /// A method was added.
    MethodAdded,
    /// A method was deleted.
    MethodDeleted,
    /// A device showed where its keys are kept.
    Attested,
    /// Another method became the default.
    DefaultChanged,
    /// A pass was issued.
    PassIssued,
    /// A pass was taken back, by somebody or after wrong tries.
    PassRevoked,
    /// A person reported a request or sign-in.
    Reported,
    /// Requests to a person's phone were locked or suspended.
    Locked,
    /// An administrator lifted that.
    Lifted,
    /// The policy was changed.
    PolicyChanged,
    /// An account was made.
    AccountAdded,
    /// An account's password was reset.
    AccountReset,
    /// The person changed their password.
    PasswordChanged,
    /// An account may not sign in any more.
    AccountDisabled,
    /// It may again.
    AccountEnabled,
    /// A device can no longer approve, as its own key for that is gone.
    MethodStale,
}

impl What {
    /// As it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::MethodAdded => "method_added",
            Self::MethodDeleted => "method_deleted",
            Self::Attested => "attested",
            Self::DefaultChanged => "default_changed",
            Self::PassIssued => "pass_issued",
            Self::PassRevoked => "pass_revoked",
            Self::Reported => "reported",
            Self::Locked => "locked",
            Self::Lifted => "lifted",
            Self::PolicyChanged => "policy_changed",
            Self::AccountAdded => "account_added",
            Self::AccountReset => "account_reset",
            Self::PasswordChanged => "password_changed",
            Self::AccountDisabled => "account_disabled",
            Self::AccountEnabled => "account_enabled",
            Self::MethodStale => "method_stale",
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done; of a sign-in, that the person is signed in.
    Done,
    /// The password was wrong, or there is nobody of that name.
    WrongPassword,
    /// The code was wrong.
    WrongCode,
    /// The pass was wrong, or there is none.
    WrongPass,
    /// A wrong number was typed on the phone.
    WrongNumber,
    /// The person said no.
    Denied,
    /// The person said that it was somebody else.
    Reported,
    /// Nobody answered.
    Expired,
    /// There were too many tries, and this one was not looked at.
    TooMany,
    /// What was shown could not be judged.
    Unverified,
    /// What was shown does not hold; the policy takes it all the same.
    Failed,
    /// What was shown is not what the policy asks for.
    Refused,
}

impl Outcome {
    /// As it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::WrongPassword => "wrong_password",
            Self::WrongCode => "wrong_code",
            Self::WrongPass => "wrong_pass",
            Self::WrongNumber => "wrong_number",
            Self::Denied => "denied",
            Self::Reported => "reported",
            Self::Expired => "expired",
            Self::TooMany => "too_many",
            Self::Unverified => "unverified",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }
}

/// A line to be written.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    organisation: &'a str,
    user: Option<&'a str>,
    actor: &'a str,
    what: What,
    outcome: Outcome,
    app: Option<&'a str>,
    place: Option<&'a str>,
    ip: Option<String>,
    client: Option<&'a str>,
    method: Option<&'a str>,
    subject: Option<&'a str>,
}

impl<'a> Record<'a> {
    /// About a person, and by them until [`by`](Self::by) says something else.
    pub(crate) fn of(user: &'a User, what: What, outcome: Outcome) -> Self {
        Self {
            user: Some(&user.id),
            actor: &user.id,
            ..Self::in_organisation(&user.organisation, what, outcome)
        }
    }

    /// About nobody in particular. Where nobody has the name that was typed, the organisation is empty.
    pub(crate) const fn in_organisation(organisation: &'a str, what: What, outcome: Outcome) -> Self {
        Self {
            organisation,
            user: None,
            actor: "system",
            what,
            outcome,
            app: None,
            place: None,
            ip: None,
            client: None,
            method: None,
            subject: None,
        }
    }

    /// Who did it: a user's id, `cli`, `system`.
    pub(crate) fn by(self, actor: &'a str) -> Self {
        Self { actor, ..self }
    }

    /// Where the call came from.
    pub(crate) fn from(self, visitor: &'a Visitor) -> Self {
        Self {
            ip: Some(visitor.ip.to_string()),
            client: visitor.client.as_deref(),
            place: visitor.place.as_ref().map(|place| place.label.as_str()),
            ..self
        }
    }

    /// What a phone was shown of the sign-in.
    pub(crate) fn asked(self, context: &'a Context) -> Self {
        Self {
            app: context.app.as_deref(),
            place: context.loc.as_ref().map(|place| place.label.as_str()),
            ip: context.ip.clone(),
            client: context.client.as_deref(),
            ..self
        }
    }

    /// The session it happened in: its application, and where it was opened unless the call is known.
    pub(crate) fn during(self, session: &'a Session) -> Self {
        Self {
            app: session.app.as_deref(),
            ip: self.ip.or_else(|| session.ip.clone()),
            client: self.client.or(session.client.as_deref()),
            ..self
        }
    }

    /// How the person was verified.
    pub(crate) fn with(self, method: &'a str) -> Self {
        Self { method: Some(method), ..self }
    }

    /// The request or authenticator it is about.
    pub(crate) fn on(self, subject: &'a str) -> Self {
        Self { subject: Some(subject), ..self }
    }
}

impl Service {
    /// The person's own recent activity, the newest first.
    pub async fn activity(&self, user: &str, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.store().events_of(user, limit.min(MOST)).await
    }

    /// Everything that happened in an organisation, for its administrators; before `before`, the newest first.
    pub async fn sign_ins(
        &self,
        organisation: &str,
        before: Option<UnixTime>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let before = before.unwrap_or(UnixTime::from_millis(u64::MAX));
        self.store().events_before(organisation, before, limit.min(MOST)).await
    }

    /// The person says that a sign-in or a change was not theirs: every other session ends, no browser is
    /// known any more, they are marked, requests are suspended if the policy says so, and they and the
    /// administrators are told (S-14). False if it is not about them, or was reported before.
    pub async fn report_activity(&self, session: &Session, event: &str) -> Result<bool, StoreError> {
        match (session.stage, &session.user) {
            (Stage::SignedIn, Some(user)) => self.report_event(user, event, Some(&session.id)).await,
            (Stage::Start | Stage::Password | Stage::Pass | Stage::SignedIn, _) => Ok(false),
        }
    }

    /// The same, said on a phone: every session ends.
    pub async fn report_activity_by_device(&self, user: &str, event: &str) -> Result<bool, StoreError> {
        self.report_event(user, event, None).await
    }

    async fn report_event(&self, user: &str, event: &str, keep: Option<&str>) -> Result<bool, StoreError> {
        let mut tx = self.store().begin().await?;
        let Some(mut user) = tx.lock_user(user).await? else { return Ok(false) };
        let Some(event) = tx.report_event(event, &user.id, self.now()).await? else { return Ok(false) };
        tx.end_sessions(&user.id, &user.user_name, keep).await?;
        tx.forget_browsers(&user.id).await?;
        self.reported(&mut tx, &mut user, &event.id).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// All six effects of a report (S-14), in the transaction of the rule that found it: what waits for the
    /// person is cancelled, the session that began request `subject` ends, they are marked as at risk,
    /// requests are suspended if the policy says so, they and the administrators are told, and it is written
    /// down. The person's row is locked; it is saved here, changed as `user` is.
    pub(crate) async fn reported(
        &self,
        tx: &mut Tx,
        user: &mut User,
        subject: &str,
    ) -> Result<(), StoreError> {
        let now = self.now();
        tx.cancel_requests_of_user(&user.id, now).await?;
        tx.cancel_activations(&user.id, None, now).await?;
        tx.end_session_of_request(subject).await?;
        user.high_risk_at = Some(now);
        if tx.policy(&user.organisation).await?.suspend_on_report && user.push_suspended_at.is_none() {
            user.push_suspended_at = Some(now);
            let record = Record::of(user, What::Locked, Outcome::Reported).by("system").on(subject);
            self.record(tx, record).await?;
        }
        tx.save_user(user).await?;
        let event = self.record(tx, Record::of(user, What::Reported, Outcome::Done).on(subject)).await?;
        self.notify(tx, user, &Notice::Reported, &event).await?;
        for administrator in tx.administrators(&user.organisation).await? {
            if administrator.id != user.id {
                let notice = Notice::ReportedBy { name: &user.display_name, user_name: &user.user_name };
                self.notify(tx, &administrator, &notice, &event).await?;
            }
        }
        tx.tell(Topic::User(user.id.clone()));
        Ok(())
    }

    /// Writes a line.
    pub(crate) async fn record(&self, tx: &mut Tx, record: Record<'_>) -> Result<Event, StoreError> {
        self.record_if(true, tx, record).await
    }

    /// Writes a line if `really`, with the same work if not (S-25).
    pub(crate) async fn record_if(
        &self,
        really: bool,
        tx: &mut Tx,
        record: Record<'_>,
    ) -> Result<Event, StoreError> {
        let shown = |text: Option<&str>| text.map(shown_text).filter(|text| !text.is_empty());
        let event = Event {
            id: self.make_id("evt_"),
            at: self.now(),
            organisation: record.organisation.to_owned(),
            user: record.user.map(str::to_owned),
            actor: record.actor.to_owned(),
            event: record.what.word().to_owned(),
            result: record.outcome.word().to_owned(),
            app: shown(record.app),
            place: shown(record.place),
            ip: record.ip,
            client: shown(record.client),
            method: record.method.map(str::to_owned),
            subject: record.subject.map(str::to_owned),
            reported_at: None,
        };
        tx.add_event(&event, really).await?;
        if really {
            self.metrics().recorded(record.what, record.outcome, record.method);
        }
        Ok(event)
    }
}

/// Of one page.
const MOST: u32 = 200;

#[cfg(test)]
mod tests;
