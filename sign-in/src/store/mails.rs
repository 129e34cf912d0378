//! Mail that waits to be sent. The rule's own transaction puts it here, so that nothing is announced that did
//! not happen, and nothing that happened stays unsaid.

use crypto_core::time::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx, millis, time};
use crate::wake::Topic;

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Names it; a random id.
    pub id: String,
    /// To whom.
    pub recipient: String,
    /// What it is about.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// How often it was tried to send it.
    pub tries: u32,
    /// When it was written.
    pub created_at: UnixTime,
}

impl Tx {
    /// Sends a mail once this is committed.
    pub async fn send_mail(
        &mut self,
        id: &str,
        recipient: &str,
        subject: &str,
        body: &str,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO mails (id, recipient, subject, body, due_at, created_at) VALUES ($1, $2, $3, $4, $5, $5)",
        )
        .bind(id)
        .bind(recipient)
        .bind(subject)
        .bind(body)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        self.tell(Topic::Mail);
        Ok(())
    }
}

impl Store {
    /// Takes mails that are due, `most` of them, so that no other node sends them before `until`.
    pub async fn claim_mails(
        &self,
        now: UnixTime,
        until: UnixTime,
        most: u32,
    ) -> Result<Vec<Mail>, StoreError> {
        // Whoever comes second at a row finds that it is not due, because the conditions outside are judged
        // again after the wait for the row.
        let rows = sqlx::query(
            "UPDATE mails SET due_at = $1, tries = tries + 1 \
             WHERE sent_at IS NULL AND due_at <= $2 AND id IN \
             (SELECT id FROM mails WHERE sent_at IS NULL AND due_at <= $2 ORDER BY due_at LIMIT $3) \
             RETURNING id, recipient, subject, body, tries, created_at",
        )
        .bind(millis(until))
        .bind(millis(now))
        .bind(i64::from(most))
        .fetch_all(self.writes())
        .await?;
        rows.iter().map(read).collect()
    }

    /// A mail is sent. What it said is not kept, except in a demonstration.
    pub async fn mail_sent(&self, id: &str, now: UnixTime, keep: bool) -> Result<(), StoreError> {
        if keep {
            sqlx::query("UPDATE mails SET sent_at = $1 WHERE id = $2")
                .bind(millis(now))
                .bind(id)
                .execute(self.writes())
                .await?;
        } else {
            self.drop_mail(id).await?;
        }
        Ok(())
    }

    /// A mail is tried again at `due`.
    pub async fn mail_later(&self, id: &str, due: UnixTime) -> Result<(), StoreError> {
        sqlx::query("UPDATE mails SET due_at = $1 WHERE id = $2 AND sent_at IS NULL")
            .bind(millis(due))
            .bind(id)
            .execute(self.writes())
            .await?;
        Ok(())
    }

    /// A mail can never be sent.
    pub async fn drop_mail(&self, id: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM mails WHERE id = $1").bind(id).execute(self.writes()).await?;
        Ok(())
    }

    /// Every mail that is kept, the newest first: the outbox page of a demonstration.
    pub async fn outbox(&self, most: u32) -> Result<Vec<Mail>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, recipient, subject, body, tries, created_at FROM mails \
             ORDER BY created_at DESC, id DESC LIMIT $1",
        )
        .bind(i64::from(most))
        .fetch_all(self.reads())
        .await?;
        rows.iter().map(read).collect()
    }

    /// How many wait.
    pub async fn waiting_mails(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS waiting FROM mails WHERE sent_at IS NULL")
            .fetch_one(self.reads())
            .await?;
        u64::try_from(row.try_get::<i64, _>("waiting")?).map_err(|_| StoreError::Damaged("mails.count"))
    }
}

fn read(row: &AnyRow) -> Result<Mail, StoreError> {
    Ok(Mail {
        id: row.try_get("id")?,
        recipient: row.try_get("recipient")?,
        subject: row.try_get("subject")?,
        body: row.try_get("body")?,
        tries: u32::try_from(row.try_get::<i64, _>("tries")?)
            .map_err(|_| StoreError::Damaged("mails.tries"))?,
        created_at: time(row.try_get("created_at")?),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Empty, empty_stores};
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

    async fn send(store: &Store, id: &str) {
        let mut tx = store.begin().await.expect("begins");
        tx.send_mail(id, "maria@contoso.example", "A method was added", "Hello", NOW).await.expect("is kept");
        tx.commit().await.expect("commits");
    }

    #[tokio::test]
    async fn many_nodes_send_each_mail_once() {
        for Empty { store, .. } in &empty_stores().await {
            for number in 0..40 {
                send(store, &format!("mail_{number}")).await;
            }
            let claims = (0..20).map(|_| {
                let store = store.clone();
                tokio::spawn(
                    async move { store.claim_mails(NOW, NOW.plus_secs(120), 5).await.expect("answers") },
                )
            });
            let mut claimed = Vec::new();
            for claim in claims.collect::<Vec<_>>() {
                claimed.extend(claim.await.expect("does not panic").into_iter().map(|mail| mail.id));
            }
            let count = claimed.len();
            claimed.sort();
            claimed.dedup();
            assert_eq!(claimed.len(), count, "a mail was claimed twice");
        }
    }

    #[tokio::test]
    async fn what_a_dead_node_claimed_is_due_again() {
        for Empty { store, .. } in &empty_stores().await {
            send(store, "mail_1").await;
            let until = NOW.plus_secs(120);
            assert_eq!(store.claim_mails(NOW, until, 5).await.expect("answers").len(), 1);
            assert!(store.claim_mails(NOW.plus_secs(119), until, 5).await.expect("answers").is_empty());
            let again = store.claim_mails(until, until.plus_secs(120), 5).await.expect("answers");
            assert_eq!(again.first().map(|mail| mail.tries), Some(2));
        }
    }

    #[tokio::test]
    async fn what_was_sent_is_kept_only_to_be_looked_at() {
        for Empty { store, .. } in &empty_stores().await {
            send(store, "mail_1").await;
            send(store, "mail_2").await;
            store.mail_sent("mail_1", NOW, true).await.expect("answers");
            store.mail_sent("mail_2", NOW, false).await.expect("answers");
            assert_eq!(store.waiting_mails().await.expect("answers"), 0);
            assert!(store.claim_mails(NOW, NOW.plus_secs(120), 5).await.expect("answers").is_empty());
            let kept = store.outbox(10).await.expect("answers");
            assert_eq!(kept.iter().map(|mail| mail.id.as_str()).collect::<Vec<_>>(), ["mail_1"]);
        }
    }

    #[tokio::test]
    async fn a_mail_of_what_did_not_happen_is_not_sent() {
        for Empty { store, .. } in &empty_stores().await {
            let mut tx = store.begin().await.expect("begins");
            tx.send_mail("mail_1", "maria@contoso.example", "s", "b", NOW).await.expect("is kept");
            drop(tx);
            assert!(store.claim_mails(NOW, NOW.plus_secs(120), 5).await.expect("answers").is_empty());
        }
    }
}
