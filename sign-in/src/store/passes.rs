//! Temporary access passes: one for each person at most.

use crypto_core::time::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx, millis, time};

/// A pass, as it is kept.
#[derive(Debug, Clone)]
pub struct Pass {
    /// Whose.
    pub user: String,
    /// PHC string.
    pub hash: String,
    /// How often it was tried.
    pub tries: i64,
    /// Whether it is good once only.
    pub once: bool,
    /// From when it is good.
    pub starts_at: UnixTime,
    /// Until when.
    pub ends_at: UnixTime,
    /// Who issued it: a user's id, `cli`.
    pub issued_by: String,
    /// When it was issued. With the person it names this pass and no later one.
    pub issued_at: UnixTime,
}

impl Store {
    /// The person's pass, if it has not been used, taken back or tried too often.
    pub async fn pass(&self, user: &str, most: usize) -> Result<Option<Pass>, StoreError> {
        let row = sqlx::query("SELECT * FROM passes WHERE user_id = $1 AND state = 'open' AND tries < $2")
            .bind(user)
            .bind(count(most))
            .fetch_optional(self.reads())
            .await?;
        row.map(|row| read(&row)).transpose()
    }
}

impl Tx {
    /// Issues a pass in the place of the one before.
    pub async fn put_pass(&mut self, pass: &Pass) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO passes (user_id, hash, tries, once, state, starts_at, ends_at, issued_by, issued_at)
             VALUES ($1, $2, 0, $3, 'open', $4, $5, $6, $7)
             ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, tries = 0, once = excluded.once,
                state = 'open', starts_at = excluded.starts_at, ends_at = excluded.ends_at,
                issued_by = excluded.issued_by, issued_at = excluded.issued_at",
        )
        .bind(&pass.user)
        .bind(&pass.hash)
        .bind(i64::from(pass.once))
        .bind(millis(pass.starts_at))
        .bind(millis(pass.ends_at))
        .bind(&pass.issued_by)
        .bind(millis(pass.issued_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Counts a try of the pass of whoever has a user name, before it is looked at; none if there is nobody
    /// of that name, or no pass that may be tried.
    pub async fn try_pass(
        &mut self,
        user_name: &str,
        most: usize,
        now: UnixTime,
    ) -> Result<Option<Pass>, StoreError> {
        let row = sqlx::query(
            "UPDATE passes SET tries = tries + 1
             WHERE user_id = (SELECT id FROM users WHERE user_name = $1 AND disabled_at IS NULL)
                AND state = 'open' AND tries < $2 AND starts_at <= $3 AND ends_at > $3
             RETURNING *",
        )
        .bind(user_name)
        .bind(count(most))
        .bind(millis(now))
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Uses a pass whose value was right: one that is good once, once. False if it is good no more.
    pub async fn use_pass(&mut self, pass: &Pass, now: UnixTime) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE passes SET tries = tries - 1, state = CASE WHEN once = 1 THEN 'used' ELSE 'open' END
             WHERE user_id = $1 AND hash = $2 AND state = 'open' AND starts_at <= $3 AND ends_at > $3",
        )
        .bind(&pass.user)
        .bind(&pass.hash)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a person's pass back; false if there is none that is open.
    pub async fn revoke_pass(&mut self, user: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE passes SET state = 'revoked' WHERE user_id = $1 AND state = 'open'")
            .bind(user)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes the pass of that hash back; false if it is not open.
    pub async fn revoke_tried_pass(&mut self, hash: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE passes SET state = 'revoked' WHERE hash = $1 AND state = 'open'")
            .bind(hash)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends the sessions that a pass opened: it was taken back, or another was issued.
    pub async fn end_pass_sessions(&mut self, user: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND stage = 'pass'")
            .bind(user)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn count(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

fn read(row: &AnyRow) -> Result<Pass, StoreError> {
    Ok(Pass {
        user: row.try_get("user_id")?,
        hash: row.try_get("hash")?,
        tries: row.try_get("tries")?,
        once: row.try_get::<i64, _>("once")? != 0,
        starts_at: time(row.try_get("starts_at")?),
        ends_at: time(row.try_get("ends_at")?),
        issued_by: row.try_get("issued_by")?,
        issued_at: time(row.try_get("issued_at")?),
    })
}
