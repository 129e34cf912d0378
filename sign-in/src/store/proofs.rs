//! Proofs of calls that were seen, so that none is taken twice.

use crypto_core::time::UnixTime;

use super::{Store, StoreError, millis};

/// What became of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is the first time.
    First,
    /// It was used before.
    Before,
    /// Its key has called as often as it may.
    TooOften,
}

impl Store {
    /// Notes a proof by its hash. Of one key there are at most `most` after `since`.
    pub async fn see_proof(
        &self,
        hash: &str,
        jkt: &str,
        most: usize,
        since: UnixTime,
        now: UnixTime,
    ) -> Result<Seen, StoreError> {
        let done = sqlx::query(
            "INSERT INTO proofs (id, jkt, seen_at)
             SELECT $1, $2, $3 WHERE (SELECT COUNT(*) FROM proofs WHERE jkt = $2 AND seen_at > $4) < $5
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(hash)
        .bind(jkt)
        .bind(millis(now))
        .bind(millis(since))
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .execute(self.writes())
        .await?;
        if done.rows_affected() == 1 {
            return Ok(Seen::First);
        }
        let row = sqlx::query("SELECT seen_at FROM proofs WHERE id = $1")
            .bind(hash)
            .fetch_optional(self.reads())
            .await?;
        Ok(if row.is_some() { Seen::Before } else { Seen::TooOften })
    }

    /// Forgets proofs whose nonce would not be taken any more.
    pub async fn drop_proofs(&self, before: UnixTime) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM proofs WHERE seen_at < $1")
            .bind(millis(before))
            .execute(self.writes())
            .await?;
        Ok(())
    }
}
