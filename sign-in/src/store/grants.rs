//! Grants: what an app asked for and a person confirms on a page.

use crypto_core::approval::wire::DeviceAbout;
use crypto_core::approval::{GrantId, Nonce};
use crypto_core::seal::sign::Thumbprint;
use crypto_core::time::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx, from_json, millis, time, to_json};

/// A grant.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Names it.
    pub id: GrantId,
    /// The hash of the code that the person types.
    pub user_code: String,
    /// The key that began it.
    pub jkt: Thumbprint,
    /// What that key was made with, where its place can be shown.
    pub challenge: Option<Nonce>,
    /// What the device says of itself.
    pub about: DeviceAbout,
    /// Where it stands.
    pub state: GrantStep,
    /// Who answered.
    pub user: Option<String>,
    /// In which session.
    pub session: Option<String>,
    /// How they had signed in.
    pub added_by: Option<String>,
    /// The activation it led to.
    pub activation: Option<String>,
    /// When it was begun.
    pub created_at: UnixTime,
    /// The first instant at which it is over.
    pub expires_at: UnixTime,
}

/// Where a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantStep {
    /// Nobody has answered.
    Pending,
    /// The person said yes.
    Confirmed,
    /// The person said no.
    Denied,
    /// The device has its link.
    Granted,
}

impl GrantStep {
    const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Denied => "denied",
            Self::Granted => "granted",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Pending, Self::Confirmed, Self::Denied, Self::Granted]
            .into_iter()
            .find(|step| step.word() == word)
    }
}

impl Store {
    /// The grant of that id.
    pub async fn grant(&self, id: &str) -> Result<Option<Grant>, StoreError> {
        let row =
            sqlx::query("SELECT * FROM grants WHERE id = $1").bind(id).fetch_optional(self.reads()).await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The grant whose code has that hash.
    pub async fn grant_of_code(&self, hash: &str) -> Result<Option<Grant>, StoreError> {
        let row = sqlx::query("SELECT * FROM grants WHERE user_code = $1")
            .bind(hash)
            .fetch_optional(self.reads())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Forgets those that were over before `before`.
    pub async fn drop_grants(&self, before: UnixTime) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM grants WHERE expires_at < $1")
            .bind(millis(before))
            .execute(self.writes())
            .await?;
        Ok(())
    }
}

impl Tx {
    /// Adds one; false if its code is another's.
    pub async fn add_grant(&mut self, new: &Grant) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO grants (id, user_code, jkt, about, state, created_at, expires_at, challenge)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_code) DO NOTHING",
        )
        .bind(new.id.as_str())
        .bind(&new.user_code)
        .bind(new.jkt.to_string())
        .bind(to_json(&new.about))
        .bind(new.state.word())
        .bind(millis(new.created_at))
        .bind(millis(new.expires_at))
        .bind(new.challenge.as_ref().map(Nonce::as_str))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The person's answer to one that waits; false if it was answered or is over.
    pub async fn answer_grant(
        &mut self,
        id: &str,
        to: GrantStep,
        user: &str,
        session: &str,
        added_by: &str,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE grants SET state = $2, user_id = $3, session_id = $4, added_by = $5
             WHERE id = $1 AND state = 'pending' AND expires_at > $6",
        )
        .bind(id)
        .bind(to.word())
        .bind(user)
        .bind(session)
        .bind(added_by)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The device gets its link, once.
    pub async fn give_grant(
        &mut self,
        id: &str,
        activation: &str,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE grants SET state = 'granted', activation_id = $2
             WHERE id = $1 AND state = 'confirmed' AND expires_at > $3",
        )
        .bind(id)
        .bind(activation)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn read(row: &AnyRow) -> Result<Grant, StoreError> {
    let text = |column| row.try_get::<String, _>(column);
    Ok(Grant {
        id: GrantId::try_from(text("id")?.as_str()).map_err(|_| StoreError::Damaged("id"))?,
        user_code: text("user_code")?,
        jkt: Thumbprint::parse(&text("jkt")?).ok_or(StoreError::Damaged("jkt"))?,
        challenge: row
            .try_get::<Option<String>, _>("challenge")?
            .map(|text| Nonce::try_from(text.as_str()))
            .transpose()
            .map_err(|_| StoreError::Damaged("challenge"))?,
        about: from_json(&text("about")?, "about")?,
        state: GrantStep::from_word(&text("state")?).ok_or(StoreError::Damaged("state"))?,
        user: row.try_get("user_id")?,
        session: row.try_get("session_id")?,
        added_by: row.try_get("added_by")?,
        activation: row.try_get("activation_id")?,
        created_at: time(row.try_get("created_at")?),
        expires_at: time(row.try_get("expires_at")?),
    })
}
