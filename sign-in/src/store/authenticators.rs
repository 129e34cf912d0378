//! Authenticators: the app on a phone and other authenticator apps. A deleted one stays as the record of what
//! was ever bound, without its seed.

use crypto_core::approval::answer::DeviceKeys;
use crypto_core::approval::state::DeviceState;
use crypto_core::approval::wire::{DeviceAbout, PushSubscription};
use crypto_core::seal::sign::{PublicKey, Thumbprint};
use crypto_core::time::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx, from_json, millis, time, to_json};
use crate::attestation::{Attested, System, Verdict};
use crate::methods::MethodKind;

/// An authenticator of a person.
#[derive(Debug, Clone)]
pub struct Authenticator {
    /// `dev_…` for the app.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// How it verifies.
    pub kind: MethodKind,
    /// Where it stands.
    pub state: DeviceState,
    /// The device's or the app's name.
    pub name: String,
    /// The seed of its codes, sealed; none if the policy had no codes, or once it is deleted.
    pub seed: Option<String>,
    /// The last step of which a code was taken; -1 before the first.
    pub last_step: i64,
    /// The keys of a device; none of another app.
    pub keys: Option<DeviceKeys>,
    /// What a device says of itself.
    pub about: Option<DeviceAbout>,
    /// Where a device can be woken.
    pub push: Option<PushSubscription>,
    /// What is known of where a device's keys are kept.
    pub attested: Attested,
    /// The system it ran when that was found out, where it is known.
    pub system: Option<System>,
    /// The address of its last call.
    pub seen_from: Option<String>,
    /// The session that adds another app, until its first code.
    pub offered_to: Option<String>,
    /// How the person had signed in when it was added.
    pub added_by: String,
    /// When it was added.
    pub added_at: UnixTime,
    /// When the person confirmed it.
    pub confirmed_at: Option<UnixTime>,
    /// When it was used last.
    pub used_at: Option<UnixTime>,
    /// When its keys were changed.
    pub rotated_at: Option<UnixTime>,
    /// When it was deleted.
    pub ended_at: Option<UnixTime>,
}

impl Authenticator {
    /// Whether it is one of the person's: neither deleted, nor added at `unconfirmed_before` or earlier and
    /// never confirmed.
    pub fn lives(&self, unconfirmed_before: UnixTime) -> bool {
        match self.state {
            DeviceState::Revoked => false,
            DeviceState::PendingConfirmation => self.added_at > unconfirmed_before,
            DeviceState::Active | DeviceState::Suspended | DeviceState::Stale => true,
        }
    }
}

impl Store {
    /// The authenticator of that id, deleted or not.
    pub async fn authenticator(&self, id: &str) -> Result<Option<Authenticator>, StoreError> {
        let row = sqlx::query("SELECT * FROM authenticators WHERE id = $1")
            .bind(id)
            .fetch_optional(self.reads())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The device with that first key, deleted or not.
    pub async fn device_of_key(&self, jkt: &Thumbprint) -> Result<Option<Authenticator>, StoreError> {
        let row = sqlx::query("SELECT * FROM authenticators WHERE pop_jkt = $1")
            .bind(jkt.to_string())
            .fetch_optional(self.reads())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The person's authenticators that are not deleted, the oldest first; those that wait for their
    /// confirmation too ([`Authenticator::lives`]).
    pub async fn authenticators(&self, user: &str) -> Result<Vec<Authenticator>, StoreError> {
        let rows = sqlx::query(OF_USER).bind(user).fetch_all(self.reads()).await?;
        rows.iter().map(read).collect()
    }
}

impl Tx {
    /// The person's authenticators as [`Store::authenticators`] has them; the person's row is locked.
    pub async fn authenticators(&mut self, user: &str) -> Result<Vec<Authenticator>, StoreError> {
        let rows = sqlx::query(OF_USER).bind(user).fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }

    /// How many were ever confirmed for the person, deleted or not.
    pub async fn methods_ever(&mut self, user: &str) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS ever FROM authenticators WHERE user_id = $1 AND confirmed_at IS NOT NULL",
        )
        .bind(user)
        .fetch_one(self.connection())
        .await?;
        Ok(row.try_get("ever")?)
    }

    /// How many count towards the most there may be, while the person's row is locked: those that were
    /// confirmed, and devices that were added after `unconfirmed_before` and wait for it. Another app that
    /// waits for its first code counts when it is confirmed.
    pub async fn count_authenticators(
        &mut self,
        user: &str,
        unconfirmed_before: UnixTime,
    ) -> Result<usize, StoreError> {
        let all = self.authenticators(user).await?;
        let counts = |one: &&Authenticator| {
            one.lives(unconfirmed_before)
                && (one.kind == MethodKind::App || one.state != DeviceState::PendingConfirmation)
        };
        Ok(all.iter().filter(counts).count())
    }

    /// Adds one; false if its first key has been used before.
    pub async fn add_authenticator(&mut self, new: &Authenticator) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO authenticators (id, user_id, kind, state, name, seed, last_step, pop_jkt, pop_jwk, uv_jwk,
                about, push, attestation, attested_system, seen_from, offered_to, added_by, added_at, confirmed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
             ON CONFLICT (pop_jkt) DO NOTHING",
        )
        .bind(&new.id)
        .bind(&new.user)
        .bind(kind_word(new.kind))
        .bind(new.state.word())
        .bind(&new.name)
        .bind(new.seed.as_deref())
        .bind(new.last_step)
        .bind(new.keys.as_ref().map(|keys| keys.pop().thumbprint().to_string()))
        .bind(new.keys.as_ref().map(|keys| to_json(keys.pop())))
        .bind(new.keys.as_ref().map(|keys| to_json(keys.uv())))
        .bind(new.about.as_ref().map(to_json))
        .bind(new.push.as_ref().map(to_json))
        .bind(new.attested.word())
        .bind(new.system.as_ref().map(to_json))
        .bind(new.seen_from.as_deref())
        .bind(new.offered_to.as_deref())
        .bind(&new.added_by)
        .bind(millis(new.added_at))
        .bind(new.confirmed_at.map(millis))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Makes one active that waits for it and was added after `unconfirmed_before`; false if there is none.
    pub async fn confirm_authenticator(
        &mut self,
        id: &str,
        unconfirmed_before: UnixTime,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE authenticators SET state = 'active', confirmed_at = $2, offered_to = NULL
             WHERE id = $1 AND state = 'pending_confirmation' AND added_at > $3",
        )
        .bind(id)
        .bind(millis(now))
        .bind(millis(unconfirmed_before))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Names one, as long as it waits for its confirmation.
    pub async fn name_authenticator(&mut self, id: &str, name: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE authenticators SET name = $2 WHERE id = $1 AND state = 'pending_confirmation'")
            .bind(id)
            .bind(name)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Deletes one: its seed and where it is woken are gone, its keys are remembered. False if it was.
    pub async fn end_authenticator(&mut self, id: &str, now: UnixTime) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE authenticators SET state = 'revoked', ended_at = $2, seed = NULL, push = NULL
             WHERE id = $1 AND state <> 'revoked'",
        )
        .bind(id)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Moves one from one state to another; false if it was not in the first.
    pub async fn move_authenticator(
        &mut self,
        id: &str,
        from: DeviceState,
        to: DeviceState,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE authenticators SET state = $3 WHERE id = $1 AND state = $2")
            .bind(id)
            .bind(from.word())
            .bind(to.word())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a step of its codes; false if that one or a later was taken before (S-16).
    pub async fn take_step(&mut self, id: &str, step: i64, now: UnixTime) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE authenticators SET last_step = $2, used_at = $3
             WHERE id = $1 AND last_step < $2 AND state <> 'revoked'",
        )
        .bind(id)
        .bind(step)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes that the person was verified with it.
    pub async fn used_authenticator(&mut self, id: &str, now: UnixTime) -> Result<(), StoreError> {
        sqlx::query("UPDATE authenticators SET used_at = $2 WHERE id = $1")
            .bind(id)
            .bind(millis(now))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Notes where a device called from.
    pub async fn device_seen(&mut self, id: &str, from: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE authenticators SET seen_from = $2 WHERE id = $1")
            .bind(id)
            .bind(from)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Where a device can be woken from here on. If `was` is given, only if that is what it was: a push
    /// service said that this one is over, and meanwhile the device may have given another.
    pub async fn set_push(
        &mut self,
        id: &str,
        push: Option<&PushSubscription>,
        was: Option<&PushSubscription>,
    ) -> Result<(), StoreError> {
        let was = was.map(to_json);
        sqlx::query(
            "UPDATE authenticators SET push = $2
             WHERE id = $1 AND state <> 'revoked' AND ($4 = 0 OR push = $3)",
        )
        .bind(id)
        .bind(push.map(to_json))
        .bind(was.clone().unwrap_or_default())
        .bind(i64::from(was.is_some()))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Gives a device other keys, once in the time after `not_since`; false if that is not over or the old
    /// first key is not its key any more.
    pub async fn change_keys(
        &mut self,
        id: &str,
        old: &Thumbprint,
        new: &DeviceKeys,
        shown: Verdict,
        not_since: UnixTime,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE authenticators SET pop_jkt = $3, pop_jwk = $4, uv_jwk = $5, attestation = $6, attested_system = $7,
                rotated_at = $8
             WHERE id = $1 AND pop_jkt = $2 AND state = 'active' AND (rotated_at IS NULL OR rotated_at <= $9)",
        )
        .bind(id)
        .bind(old.to_string())
        .bind(new.pop().thumbprint().to_string())
        .bind(to_json(new.pop()))
        .bind(to_json(new.uv()))
        .bind(shown.attested.word())
        .bind(shown.system.as_ref().map(to_json))
        .bind(millis(now))
        .bind(millis(not_since))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

const OF_USER: &str =
    "SELECT * FROM authenticators WHERE user_id = $1 AND state <> 'revoked' ORDER BY added_at, id";

const fn kind_word(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::App => "app",
        MethodKind::Code => "code",
    }
}

fn kind_from(word: &str) -> Option<MethodKind> {
    [MethodKind::App, MethodKind::Code].into_iter().find(|&kind| kind_word(kind) == word)
}

fn read(row: &AnyRow) -> Result<Authenticator, StoreError> {
    let text = |column| row.try_get::<Option<String>, _>(column);
    let at = |column| row.try_get::<Option<i64>, _>(column).map(|millis| millis.map(time));
    let key = |column| text(column)?.map(|jwk| from_json::<PublicKey>(&jwk, column)).transpose();
    let keys = match (key("pop_jwk")?, key("uv_jwk")?) {
        (Some(pop), Some(uv)) => Some(DeviceKeys::new(pop, uv).ok_or(StoreError::Damaged("uv_jwk"))?),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(StoreError::Damaged("uv_jwk")),
    };
    Ok(Authenticator {
        id: row.try_get("id")?,
        user: row.try_get("user_id")?,
        kind: kind_from(&row.try_get::<String, _>("kind")?).ok_or(StoreError::Damaged("kind"))?,
        state: DeviceState::named(&row.try_get::<String, _>("state")?).ok_or(StoreError::Damaged("state"))?,
        name: row.try_get("name")?,
        seed: text("seed")?,
        last_step: row.try_get("last_step")?,
        keys,
        about: text("about")?.map(|about| from_json(&about, "about")).transpose()?,
        push: text("push")?.map(|push| from_json(&push, "push")).transpose()?,
        attested: attested(row)?,
        system: text("attested_system")?.map(|system| from_json(&system, "attested_system")).transpose()?,
        seen_from: text("seen_from")?,
        offered_to: text("offered_to")?,
        added_by: row.try_get("added_by")?,
        added_at: time(row.try_get("added_at")?),
        confirmed_at: at("confirmed_at")?,
        used_at: at("used_at")?,
        rotated_at: at("rotated_at")?,
        ended_at: at("ended_at")?,
    })
}

/// What a device has shown of where its keys are.
pub(super) fn attested(row: &AnyRow) -> Result<Attested, StoreError> {
    row.try_get::<Option<String>, _>("attestation")?
        .map_or(Some(Attested::No), |word| Attested::from_word(&word))
        .ok_or(StoreError::Damaged("attestation"))
}
