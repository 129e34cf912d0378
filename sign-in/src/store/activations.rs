//! Activations. Locks are taken in one order: the person, the activation, the authenticator, the request.

use crypto_core::approval::{ActivationId, Nonce, TransactionId};
use crypto_core::seal::sign::Thumbprint;
use crypto_core::time::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx, millis, time};

/// An activation.
#[derive(Debug, Clone)]
pub struct Activation {
    /// Names it.
    pub id: ActivationId,
    /// Whose authenticator it becomes.
    pub user: String,
    /// The session whose page shows it.
    pub session: String,
    /// The hash of the code in the QR code.
    pub code: String,
    /// The hash of the handle.
    pub handle: String,
    /// The hash of the code that is typed.
    pub manual_code: String,
    /// Where it stands.
    pub state: ActivationState,
    /// What the keys' attestation contains.
    pub challenge: Nonce,
    /// The only key that may complete it.
    pub bound_jkt: Option<Thumbprint>,
    /// The device, once it is completed.
    pub authenticator: Option<String>,
    /// Its test approval.
    pub request: Option<TransactionId>,
    /// How the person had signed in.
    pub added_by: String,
    /// When it was begun.
    pub created_at: UnixTime,
    /// The first instant at which its code is good no longer.
    pub expires_at: UnixTime,
}

/// Where an activation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivationState {
    /// Nobody used its code.
    Open,
    /// A device did.
    Claimed,
    /// The device is there and waits for its confirmation.
    Completed,
    /// It is confirmed.
    Confirmed,
    /// It is over.
    Cancelled,
    /// It is over because two devices used its code.
    ClaimedTwice,
}

impl ActivationState {
    const ALL: [Self; 6] =
        [Self::Open, Self::Claimed, Self::Completed, Self::Confirmed, Self::Cancelled, Self::ClaimedTwice];

    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Completed => "completed",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::ClaimedTwice => "claimed_twice",
        }
    }
}

/// By which of its codes an activation is looked for; each is a hash.
#[derive(Debug, Clone, Copy)]
pub enum ByCode<'a> {
    /// The one in the QR code.
    Scanned(&'a str),
    /// The handle; what is typed beside it is compared by the rule.
    Handle(&'a str),
}

impl Store {
    /// The activation of that id.
    pub async fn activation(&self, id: &str) -> Result<Option<Activation>, StoreError> {
        let row = sqlx::query("SELECT * FROM activations WHERE id = $1")
            .bind(id)
            .fetch_optional(self.reads())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Ends what nobody finished in time, and forgets what ended before `before`. Requests of devices that
    /// end here expire by themselves.
    pub async fn sweep_activations(
        &self,
        unconfirmed_before: UnixTime,
        before: UnixTime,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE activations SET state = 'cancelled' WHERE state IN ('open', 'claimed') AND expires_at <= $1")
            .bind(millis(now))
            .execute(self.writes())
            .await?;
        sqlx::query(
            "UPDATE authenticators SET state = 'revoked', ended_at = $2, seed = NULL, push = NULL, offered_to = NULL
             WHERE state = 'pending_confirmation' AND added_at <= $1",
        )
        .bind(millis(unconfirmed_before))
        .bind(millis(now))
        .execute(self.writes())
        .await?;
        sqlx::query("DELETE FROM activations WHERE expires_at < $1")
            .bind(millis(before))
            .execute(self.writes())
            .await?;
        Ok(())
    }
}

impl Tx {
    /// Adds one.
    pub async fn add_activation(&mut self, new: &Activation) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO activations (id, user_id, session_id, code, handle, manual_code, state, challenge, bound_jkt,
                added_by, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(new.id.as_str())
        .bind(&new.user)
        .bind(&new.session)
        .bind(&new.code)
        .bind(&new.handle)
        .bind(&new.manual_code)
        .bind(new.state.word())
        .bind(new.challenge.as_str())
        .bind(new.bound_jkt.as_ref().map(Thumbprint::to_string))
        .bind(&new.added_by)
        .bind(millis(new.created_at))
        .bind(millis(new.expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Locks the activation of a code, and reads it. One that is found by its handle has another wrong try
    /// from here on, until that is taken back.
    pub async fn lock_activation(&mut self, by: ByCode<'_>) -> Result<Option<(Activation, i64)>, StoreError> {
        let (statement, hash) = match by {
            ByCode::Scanned(hash) => {
                ("UPDATE activations SET manual_tries = manual_tries WHERE code = $1 RETURNING *", hash)
            }
            ByCode::Handle(hash) => {
                ("UPDATE activations SET manual_tries = manual_tries + 1 WHERE handle = $1 RETURNING *", hash)
            }
        };
        let row = sqlx::query(statement).bind(hash).fetch_optional(self.connection()).await?;
        row.map(|row| Ok((read(&row)?, row.try_get("manual_tries")?))).transpose()
    }

    /// The last code that was typed for it was right, so that it was no try.
    pub async fn give_back_manual_try(&mut self, id: &ActivationId) -> Result<(), StoreError> {
        sqlx::query("UPDATE activations SET manual_tries = manual_tries - 1 WHERE id = $1")
            .bind(id.as_str())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Moves one from one state to another; false if it was not in the first, or not this session's if one
    /// is named.
    pub async fn move_activation(
        &mut self,
        id: &ActivationId,
        from: ActivationState,
        to: ActivationState,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE activations SET state = $3 WHERE id = $1 AND state = $2")
            .bind(id.as_str())
            .bind(from.word())
            .bind(to.word())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// A device completes one that was claimed and is in time; false if another did, or it is over.
    pub async fn complete_activation(
        &mut self,
        id: &ActivationId,
        device: &str,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE activations SET state = 'completed', authenticator_id = $2
             WHERE id = $1 AND state = 'claimed' AND expires_at > $3",
        )
        .bind(id.as_str())
        .bind(device)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Its test approval is another one.
    pub async fn set_activation_request(
        &mut self,
        id: &ActivationId,
        request: &TransactionId,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE activations SET transaction_id = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(request.as_str())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Locks the activation that a device completed; none if it is not waiting for its confirmation.
    pub async fn lock_completed_activation(
        &mut self,
        device: &str,
    ) -> Result<Option<Activation>, StoreError> {
        let row = sqlx::query(
            "UPDATE activations SET manual_tries = manual_tries
             WHERE authenticator_id = $1 AND state = 'completed' RETURNING *",
        )
        .bind(device)
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The person confirmed the device of one that was completed; false if it was not, or is over.
    pub async fn confirm_activation(&mut self, device: &str) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE activations SET state = 'confirmed' WHERE authenticator_id = $1 AND state = 'completed'",
        )
        .bind(device)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends those of a person that are not confirmed, with their devices and tests; the person's row is
    /// locked. Only the one named, or that of the device, if there is a name.
    pub async fn cancel_activations(
        &mut self,
        user: &str,
        only: Option<&str>,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let rows = sqlx::query(
            "UPDATE activations SET state = 'cancelled'
             WHERE user_id = $1 AND state IN ('open', 'claimed', 'completed')
                AND ($2 = '' OR id = $2 OR authenticator_id = $2)
             RETURNING authenticator_id",
        )
        .bind(user)
        .bind(only.unwrap_or_default())
        .fetch_all(self.connection())
        .await?;
        for row in &rows {
            if let Some(device) = row.try_get::<Option<String>, _>("authenticator_id")? {
                self.end_unconfirmed(&device, now).await?;
            }
        }
        Ok(!rows.is_empty())
    }

    /// Ends a device that waits for its confirmation, and its test.
    pub async fn end_unconfirmed(&mut self, device: &str, now: UnixTime) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE authenticators SET state = 'revoked', ended_at = $2, seed = NULL, push = NULL
             WHERE id = $1 AND state = 'pending_confirmation'",
        )
        .bind(device)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        self.cancel_requests_of_device(device, now).await
    }
}

fn read(row: &AnyRow) -> Result<Activation, StoreError> {
    let text = |column| row.try_get::<String, _>(column);
    let maybe = |column| row.try_get::<Option<String>, _>(column);
    let state = text("state")?;
    Ok(Activation {
        id: ActivationId::try_from(text("id")?.as_str()).map_err(|_| StoreError::Damaged("id"))?,
        user: text("user_id")?,
        session: text("session_id")?,
        code: text("code")?,
        handle: text("handle")?,
        manual_code: text("manual_code")?,
        state: ActivationState::ALL
            .into_iter()
            .find(|known| known.word() == state)
            .ok_or(StoreError::Damaged("state"))?,
        challenge: Nonce::try_from(text("challenge")?.as_str())
            .map_err(|_| StoreError::Damaged("challenge"))?,
        bound_jkt: maybe("bound_jkt")?
            .map(|jkt| Thumbprint::parse(&jkt).ok_or(StoreError::Damaged("bound_jkt")))
            .transpose()?,
        authenticator: maybe("authenticator_id")?,
        request: maybe("transaction_id")?
            .map(|id| TransactionId::try_from(id.as_str()).map_err(|_| StoreError::Damaged("transaction_id")))
            .transpose()?,
        added_by: text("added_by")?,
        created_at: time(row.try_get("created_at")?),
        expires_at: time(row.try_get("expires_at")?),
    })
}
