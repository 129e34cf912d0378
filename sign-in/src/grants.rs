//! Adding the app by signing in (RFC 8628): the app shows a code, the person types it on a page and
//! confirms the device, and the app is given an activation that only its key can complete.

use std::net::IpAddr;

use crypto_core::approval::activation::{ActivationCode, ActivationLink, Handle, ManualCode};
use crypto_core::approval::grant::{GrantBegin, GrantBegun, GrantPoll, GrantState, GrantStatus, UserCode};
use crypto_core::approval::proof::Proven;
use crypto_core::approval::wire::DeviceAbout;
use crypto_core::approval::{GrantId, Nonce, ProblemCode};

use crate::Service;
use crate::activations::{network, refusal_for_device};
use crate::devices::DeviceRefused;
use crate::keys::Hashed;
use crate::methods::MethodRefused;
use crate::store::{Grant, GrantStep, Session, StoreError};
use crate::wake::Topic;

/// A device that asks to be added, as the page shows it.
#[derive(Debug)]
pub struct Asking {
    /// Which grant.
    pub id: String,
    /// What the device says of itself.
    pub device: DeviceAbout,
    /// The code, as the device shows it.
    pub user_code: String,
}

impl Service {
    /// The device that shows this code; wrong codes of a session are counted.
    pub async fn asking_device(&self, session: &Session, user_code: &str) -> Result<Asking, GrantRefused> {
        let (now, limits, keys) = (self.now(), self.limits(), self.keys());
        let Some(user) = &session.user else { return Err(MethodRefused::NotAllowed.into()) };
        let mut tx = self.store().begin().await?;
        self.lock_who_may_add(&mut tx, session).await?;
        // A person's sessions are counted together, so that another one gives no more tries.
        let tries = keys.hash(Hashed::Tries, &format!("grant {user}"));
        let taken = tx.take_try(&tries, limits.grant_tries, limits.grant_secs, now).await?;
        tx.commit().await?;
        taken.map_err(|_| GrantRefused::TooMany)?;
        let code = UserCode::parse(user_code).ok_or(GrantRefused::NoSuchCode)?;
        let hash = keys.hash(Hashed::UserCode, code.as_str());
        let found = self.store().grant_of_code(&hash).await?;
        let found = found.filter(|grant| grant.state == GrantStep::Pending && now < grant.expires_at);
        let found = found.ok_or(GrantRefused::NoSuchCode)?;
        let mut tx = self.store().begin().await?;
        tx.give_back_try(&tries, now).await?;
        tx.commit().await?;
        Ok(Asking { id: found.id.to_string(), device: found.about, user_code: code.as_str().to_owned() })
    }

    /// The person says that it is theirs, or that it is not.
    pub async fn answer_grant(&self, session: &Session, id: &str, yes: bool) -> Result<(), GrantRefused> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let user = self.lock_who_may_add(&mut tx, session).await?;
        if yes {
            self.check_room(&mut tx, &user.id, now).await?;
        }
        let to = if yes { GrantStep::Confirmed } else { GrantStep::Denied };
        if !tx.answer_grant(id, to, &user.id, &session.id, session.stage.word(), now).await? {
            return Err(GrantRefused::NoSuchCode);
        }
        tx.tell(Topic::Grant(id.to_owned()));
        tx.tell(Topic::User(user.id));
        tx.commit().await?;
        Ok(())
    }

    /// The activation that a confirmed grant led to in this session, for the page that then waits for it.
    pub async fn activation_of_grant(
        &self,
        session: &Session,
        id: &str,
    ) -> Result<Option<String>, StoreError> {
        let found = self.store().grant(id).await?;
        let of_session =
            |grant: &Grant| grant.session.as_ref() == Some(&session.id) && grant.user == session.user;
        Ok(found.filter(of_session).and_then(|grant| grant.activation))
    }

    /// A device asks to be added.
    pub(crate) async fn begin_grant(
        &self,
        proven: &Proven,
        body: &[u8],
        from: IpAddr,
    ) -> Result<GrantBegun, DeviceRefused> {
        let (now, limits, keys) = (self.now(), self.limits(), self.keys());
        let body = GrantBegin::from_json(body).ok_or(ProblemCode::Malformed)?;
        let tries = keys.hash(Hashed::Tries, &format!("grants {}", network(from)));
        let mut tx = self.store().begin().await?;
        // Nobody has signed in, so that this is all that bounds what is stored for it.
        if let Err(tries) = tx.take_try(&tries, GRANTS_AN_HOUR, HOUR, now).await? {
            return Err(DeviceRefused::too_many(tries, now));
        }
        tx.commit().await?;
        self.check_version(&body.device)?;
        self.see(proven).await?;
        loop {
            let code = UserCode::make(&mut self.rng());
            let new = Grant {
                id: GrantId::make(&mut self.rng()),
                user_code: keys.hash(Hashed::UserCode, code.as_str()),
                jkt: proven.key.thumbprint(),
                // There was no activation yet whose challenge the key could have been made with.
                challenge: Nonce::try_from(proven.nonce.as_str()).ok(),
                about: body.device.clone(),
                state: GrantStep::Pending,
                user: None,
                session: None,
                added_by: None,
                activation: None,
                created_at: now,
                expires_at: now.plus_secs(limits.grant_secs),
            };
            let mut tx = self.store().begin().await?;
            if tx.add_grant(&new).await? {
                tx.commit().await?;
                return Ok(GrantBegun {
                    grant_id: new.id,
                    user_code: code,
                    verification_uri: self.config().issuer.at(VERIFICATION_PATH),
                    expires_in: limits.grant_secs,
                    interval: limits.grant_poll_secs,
                    server_time: now,
                });
            }
        }
    }

    /// A device asks what became of its grant. One that the person confirmed becomes an activation, whose
    /// link is made in this moment and given once.
    pub(crate) async fn poll_grant(
        &self,
        proven: &Proven,
        body: &[u8],
    ) -> Result<GrantStatus, DeviceRefused> {
        let now = self.now();
        let asked = GrantPoll::from_json(body).ok_or(ProblemCode::Malformed)?;
        let found = self.store().grant(asked.grant_id.as_str()).await?;
        let grant =
            found.filter(|grant| grant.jkt == proven.key.thumbprint()).ok_or(ProblemCode::NotFound)?;
        self.see(proven).await?;
        let status = |state| GrantStatus { state, interval: self.limits().grant_poll_secs, server_time: now };
        match grant.state {
            GrantStep::Denied => return Ok(status(GrantState::Denied)),
            GrantStep::Granted => return Err(ProblemCode::AlreadyResolved.into()),
            GrantStep::Pending | GrantStep::Confirmed if now >= grant.expires_at => {
                return Err(ProblemCode::CodeExpired.into());
            }
            GrantStep::Pending => return Ok(status(GrantState::Pending)),
            GrantStep::Confirmed => {}
        }
        let session = match &grant.session {
            Some(session) => self.open_session_of(session).await?,
            None => None,
        };
        let session = session.ok_or(ProblemCode::CodeExpired)?;
        let (code, handle) = (ActivationCode::make(&mut self.rng()), Handle::make(&mut self.rng()));
        let manual = ManualCode::make(&mut self.rng());
        let key = self.signing_key().await?.public().thumbprint();
        let mut tx = self.store().begin().await?;
        let user = self
            .lock_who_adds(&mut tx, &session)
            .await
            .map_err(|refused| refusal_for_device(refused, ProblemCode::CodeExpired))?;
        if grant.user.as_ref() != Some(&user.id) {
            return Err(ProblemCode::CodeExpired.into());
        }
        let new = self.new_activation(&session, &user, &code, &handle, &manual, Some(&grant));
        if !tx.give_grant(grant.id.as_str(), new.id.as_str(), now).await? {
            return Err(ProblemCode::AlreadyResolved.into());
        }
        tx.cancel_activations(&user.id, None, now).await?;
        tx.add_activation(&new).await?;
        tx.tell(Topic::User(user.id));
        tx.tell(Topic::Grant(grant.id.to_string()));
        tx.commit().await?;
        Ok(status(GrantState::Granted(ActivationLink { origin: self.config().issuer.clone(), code, key })))
    }
}

/// Where a person types a grant's code.
pub const VERIFICATION_PATH: &str = "/device";
/// Grants that one address may begin: an office has many phones behind one.
const GRANTS_AN_HOUR: usize = 60;
const HOUR: u64 = 3600;

/// Why a code is not taken.
#[derive(Debug, thiserror::Error)]
pub enum GrantRefused {
    /// No device shows it, or not any more.
    #[error("no device shows this code")]
    NoSuchCode,
    /// Too many wrong codes in this session.
    #[error("there were too many tries")]
    TooMany,
    /// The session may not add a method.
    #[error(transparent)]
    Method(#[from] MethodRefused),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
