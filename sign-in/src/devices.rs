//! The devices that call: each call is proven by the device's own key, and seen once. What a device may do
//! with itself: tell where it is woken, change its keys, go away.

use crypto_core::approval::answer::Device;
use crypto_core::approval::limit::TooManyTries;
use crypto_core::approval::proof::{self, Call, Proven};
use crypto_core::approval::rotation::Rotation;
use crypto_core::approval::state::DeviceState;
use crypto_core::approval::wire::{DeviceAbout, PushSubscription};
use crypto_core::approval::{DeviceId, Limits, Nonce, ProblemCode};
use crypto_core::time::UnixTime;

use crate::Service;
use crate::attestation::About;
use crate::audit::{Outcome, Record, What};
use crate::keys::Hashed;
use crate::mail_texts::Notice;
use crate::methods::next_default;
use crate::store::{Authenticator, Seen, StoreError};
use crate::visitor::Visitor;
use crate::wake::Topic;

/// Why a device's call is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeviceRefused {
    /// It is told this.
    #[error("the device is told {}", code.word())]
    Told {
        /// What kind of refusal.
        code: ProblemCode,
        /// Seconds after which it may try again.
        retry_after: Option<u64>,
    },
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ProblemCode> for DeviceRefused {
    fn from(code: ProblemCode) -> Self {
        Self::Told { code, retry_after: None }
    }
}

impl DeviceRefused {
    /// Too many calls or tries.
    pub(crate) const fn slow_down(secs: u64) -> Self {
        Self::Told { code: ProblemCode::SlowDown, retry_after: Some(secs) }
    }

    /// The same, until another try is allowed.
    pub(crate) const fn too_many(tries: TooManyTries, now: UnixTime) -> Self {
        Self::slow_down(tries.until.millis_since(now).div_ceil(1000))
    }
}

impl Service {
    /// Checks the proof of a call. Nothing is read or written for one that is not good.
    pub(crate) fn prove(&self, proof: Option<&[u8]>, call: Call<'_>) -> Result<Proven, DeviceRefused> {
        let (limits, now) = (self.limits(), self.now());
        let proof = proof.ok_or(ProblemCode::BadProof)?;
        proof::check(proof, call, |nonce| self.keys().is_nonce(nonce, limits, now))
            .map_err(|refused| refused.problem().into())
    }

    /// Notes that a proof was used, and counts the call.
    pub(crate) async fn see(&self, proven: &Proven) -> Result<(), DeviceRefused> {
        let now = self.now();
        let jkt = proven.key.thumbprint().to_string();
        let hash = self.keys().hash(Hashed::Proof, &format!("{jkt} {}", proven.id));
        let since = UnixTime::from_millis(now.millis().saturating_sub(MINUTE * 1000));
        match self.store().see_proof(&hash, &jkt, self.limits().polls_a_minute, since, now).await? {
            Seen::First => Ok(()),
            Seen::Before => Err(ProblemCode::BadProof.into()),
            Seen::TooOften => Err(DeviceRefused::slow_down(MINUTE / 2)),
        }
    }

    /// The device that a call is proven by. Only a device that this service has removed is told so; any other
    /// key is unknown.
    pub(crate) async fn device_of(
        &self,
        proven: &Proven,
        visitor: &Visitor,
    ) -> Result<Authenticator, DeviceRefused> {
        let now = self.now();
        let found = self.store().device_of_key(&proven.key.thumbprint()).await?;
        let mut device = found.ok_or(ProblemCode::UnknownDevice)?;
        match device.may_call(self.limits(), now) {
            // It may still go away.
            Ok(()) | Err(ProblemCode::DeviceSuspended) => {}
            Err(code) => return Err(code.into()),
        }
        self.see(proven).await?;
        let from = visitor.ip.to_string();
        if device.seen_from.as_deref() != Some(&from) {
            let mut tx = self.store().begin().await?;
            tx.device_seen(&device.id, &from).await?;
            tx.commit().await?;
            device.seen_from = Some(from);
        }
        Ok(device)
    }

    /// The device goes away, on its own word. One that was never confirmed leaves no trace with the person.
    pub(crate) async fn remove_device(&self, device: &Authenticator) -> Result<(), DeviceRefused> {
        let mut tx = self.store().begin().await?;
        let mut user = tx.lock_user(&device.user).await?.ok_or(ProblemCode::UnknownDevice)?;
        let current = tx.authenticators(&user.id).await?.into_iter().find(|one| one.id == device.id);
        match current {
            Some(one) if one.state == DeviceState::PendingConfirmation => {
                tx.cancel_activations(&user.id, Some(&one.id), self.now()).await?;
                tx.end_unconfirmed(&one.id, self.now()).await?;
            }
            Some(one) => {
                let actor = user.id.clone();
                self.end_method(&mut tx, &mut user, &one, &actor, None).await?;
            }
            None => {}
        }
        tx.tell(Topic::User(user.id));
        tx.commit().await?;
        Ok(())
    }

    /// A device says that its key for approving is gone: it can say no, ask and show codes, and has to be
    /// added again for more. Another becomes the default if one can take its place. It is as well if it was
    /// said before.
    pub(crate) async fn go_stale(&self, device: &Authenticator) -> Result<(), DeviceRefused> {
        let mut tx = self.store().begin().await?;
        let mut user = tx.lock_user(&device.user).await?.ok_or(ProblemCode::UnknownDevice)?;
        if !tx.move_authenticator(&device.id, DeviceState::Active, DeviceState::Stale).await? {
            return match device.state {
                DeviceState::Stale => Ok(()),
                DeviceState::Suspended => Err(ProblemCode::DeviceSuspended.into()),
                DeviceState::Active | DeviceState::PendingConfirmation | DeviceState::Revoked => {
                    Err(ProblemCode::DeviceNotActive.into())
                }
            };
        }
        let actor = user.id.clone();
        if user.default_method.as_deref() == Some(&device.id) {
            let policy = tx.policy(&user.organisation).await?;
            let all = tx.authenticators(&user.id).await?;
            if let Some(next) = next_default(&all, &device.id, &policy).filter(|one| one.verifies(&policy)) {
                self.set_default(&mut tx, &mut user, next, Some(&actor), None).await?;
            }
        }
        let record = Record::of(&user, What::MethodStale, Outcome::Done).on(&device.id);
        let event = self.record(&mut tx, record).await?;
        self.notify(&mut tx, &user, &Notice::MethodStale { name: &device.name }, &event).await?;
        tx.tell(Topic::User(user.id.clone()));
        tx.commit().await?;
        Ok(())
    }

    /// Where a device is woken from here on; none if it only asks by itself.
    pub(crate) async fn change_push(
        &self,
        device: &Authenticator,
        push: Option<&PushSubscription>,
    ) -> Result<(), DeviceRefused> {
        if let Some(push) = push {
            self.check_push(push)?;
        }
        let mut tx = self.store().begin().await?;
        tx.set_push(&device.id, push, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A push service said that a subscription is over.
    pub(crate) async fn forget_push(&self, device: &str, push: &PushSubscription) -> Result<(), StoreError> {
        let mut tx = self.store().begin().await?;
        tx.set_push(device, None, Some(push)).await?;
        tx.commit().await
    }

    /// An app that could not approve is not added.
    pub(crate) fn check_version(&self, about: &DeviceAbout) -> Result<(), DeviceRefused> {
        if self.config().min_app.is_too_old(about.platform, Some(&about.app)) {
            return Err(ProblemCode::UpgradeRequired.into());
        }
        Ok(())
    }

    /// A place that is not on the public internet is none to post to (S-15).
    pub(crate) fn check_push(&self, push: &PushSubscription) -> Result<(), DeviceRefused> {
        if push.is_public() || self.config().private_push {
            Ok(())
        } else {
            Err(ProblemCode::Malformed.into())
        }
    }

    /// What the statement about a device's new keys contains, so that none is taken twice: it is another one
    /// for every key.
    pub(crate) fn rotation_nonce(&self, device: &Authenticator) -> Result<Nonce, StoreError> {
        let keys = device.keys.as_ref().ok_or(StoreError::Damaged("pop_jwk"))?;
        let jkt = keys.pop().thumbprint();
        let hash = self.keys().hash(Hashed::Proof, &format!("rotation {} {jkt}", device.id));
        Nonce::try_from(hash.as_str()).map_err(|_| StoreError::Damaged("nothing: a hash has 32 bytes"))
    }

    /// Gives a device other keys, vouched for by the old ones.
    pub(crate) async fn change_keys(
        &self,
        device: &Authenticator,
        body: &[u8],
    ) -> Result<Authenticator, DeviceRefused> {
        let now = self.now();
        match device.state {
            DeviceState::Active => {}
            DeviceState::Suspended => return Err(ProblemCode::DeviceSuspended.into()),
            DeviceState::PendingConfirmation | DeviceState::Stale | DeviceState::Revoked => {
                return Err(ProblemCode::DeviceNotActive.into());
            }
        }
        let rotation = Rotation::from_json(body).ok_or(ProblemCode::Malformed)?;
        let user = self.store().user(&device.user).await?.ok_or(ProblemCode::UnknownDevice)?;
        let known = Device {
            id: DeviceId::try_from(device.id.as_str()).map_err(|_| StoreError::Damaged("id"))?,
            account: user.account.clone(),
            state: device.state,
            keys: device.keys.clone().ok_or(StoreError::Damaged("pop_jwk"))?,
        };
        let nonce = self.rotation_nonce(device)?;
        let new = rotation
            .check(&known, &self.config().issuer, &nonce)
            .map_err(|refused| DeviceRefused::from(refused.problem()))?;
        let found = self.config().believed.makers().judge(&rotation.attestation, &new, &nonce, now);
        if self.store().device_of_key(&new.pop().thumbprint()).await?.is_some() {
            return Err(ProblemCode::Malformed.into());
        }
        let mut tx = self.store().begin().await?;
        let user = tx.lock_user(&device.user).await?.ok_or(ProblemCode::UnknownDevice)?;
        let policy = tx.policy(&user.organisation).await?;
        let about = About { subject: &device.id, session: None };
        let weighed = self.weigh(&mut tx, &user, policy.attestation, found, Some(device), about).await?;
        let Ok(shown) = weighed else {
            tx.commit().await?;
            return Err(ProblemCode::AttestationRejected.into());
        };
        let not_since =
            UnixTime::from_millis(now.millis().saturating_sub(self.limits().rotation_secs * 1000));
        let old = known.keys.pop().thumbprint();
        if !tx.change_keys(&device.id, &old, &new, shown, not_since, now).await? {
            return Err(DeviceRefused::slow_down(self.limits().rotation_secs));
        }
        tx.commit().await?;
        Ok(self.store().authenticator(&device.id).await?.ok_or(ProblemCode::UnknownDevice)?)
    }
}

impl Authenticator {
    /// Whether it is answered at all.
    pub(crate) fn may_call(&self, limits: &Limits, now: UnixTime) -> Result<(), ProblemCode> {
        let forgotten = |ended: UnixTime| now >= ended.plus_secs(limits.tombstone_secs);
        match self.state {
            DeviceState::Revoked if self.ended_at.is_some_and(forgotten) => Err(ProblemCode::UnknownDevice),
            DeviceState::Revoked => Err(ProblemCode::DeviceRevoked),
            DeviceState::PendingConfirmation if now >= self.added_at.plus_secs(limits.unconfirmed_secs) => {
                Err(ProblemCode::DeviceRevoked)
            }
            DeviceState::Suspended => Err(ProblemCode::DeviceSuspended),
            DeviceState::PendingConfirmation | DeviceState::Active | DeviceState::Stale => Ok(()),
        }
    }
}

const MINUTE: u64 = 60;
