//! What happened.

use crypto_core::time::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx, millis, time};

/// One line of the record.
#[derive(Debug, Clone)]
pub struct Event {
    /// Names it in a report.
    pub id: String,
    /// When.
    pub at: UnixTime,
    /// The organisation; empty if nobody has the name that was typed.
    pub organisation: String,
    /// Whom it is about.
    pub user: Option<String>,
    /// Who did it: a user's id, `cli`, `system`.
    pub actor: String,
    /// What; a word of [`crate::audit::What`].
    pub event: String,
    /// What came of it; a word of [`crate::audit::Outcome`].
    pub result: String,
    /// The application.
    pub app: Option<String>,
    /// Roughly where from.
    pub place: Option<String>,
    /// The address.
    pub ip: Option<String>,
    /// The browser and system.
    pub client: Option<String>,
    /// How the person was verified.
    pub method: Option<String>,
    /// The request or authenticator it is about.
    pub subject: Option<String>,
    /// When the person said that it was not them.
    pub reported_at: Option<UnixTime>,
}

impl Store {
    /// What is about a person, the newest first.
    pub async fn events_of(&self, user: &str, most: u32) -> Result<Vec<Event>, StoreError> {
        let rows = sqlx::query("SELECT * FROM events WHERE user_id = $1 ORDER BY at DESC, id LIMIT $2")
            .bind(user)
            .bind(i64::from(most))
            .fetch_all(self.reads())
            .await?;
        rows.iter().map(read).collect()
    }

    /// What happened in an organisation before an instant, the newest first.
    pub async fn events_before(
        &self,
        organisation: &str,
        before: UnixTime,
        most: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM events WHERE organisation_id = $1 AND at < $2 ORDER BY at DESC, id LIMIT $3",
        )
        .bind(organisation)
        .bind(millis(before))
        .bind(i64::from(most))
        .fetch_all(self.reads())
        .await?;
        rows.iter().map(read).collect()
    }
}

impl Tx {
    /// Writes a line, if `really`. Whoever asks the database with either cannot be told apart by it.
    pub async fn add_event(&mut self, event: &Event, really: bool) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO events (id, at, organisation_id, user_id, actor, event, result, app, place, ip, client,
                method, subject)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE $14 = 1",
        )
        .bind(&event.id)
        .bind(millis(event.at))
        .bind(&event.organisation)
        .bind(event.user.as_deref())
        .bind(&event.actor)
        .bind(&event.event)
        .bind(&event.result)
        .bind(event.app.as_deref())
        .bind(event.place.as_deref())
        .bind(event.ip.as_deref())
        .bind(event.client.as_deref())
        .bind(event.method.as_deref())
        .bind(event.subject.as_deref())
        .bind(i64::from(really))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends the session that began a request.
    pub async fn end_session_of_request(&mut self, request: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE id IN (SELECT session_id FROM requests WHERE id = $1)")
            .bind(request)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// The person says that it was not them; none if it is not about them or they have said so before.
    pub async fn report_event(
        &mut self,
        id: &str,
        user: &str,
        now: UnixTime,
    ) -> Result<Option<Event>, StoreError> {
        let row = sqlx::query(
            "UPDATE events SET reported_at = $3 WHERE id = $1 AND user_id = $2 AND reported_at IS NULL
             RETURNING *",
        )
        .bind(id)
        .bind(user)
        .bind(millis(now))
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| read(&row)).transpose()
    }
}

fn read(row: &AnyRow) -> Result<Event, StoreError> {
    Ok(Event {
        id: row.try_get("id")?,
        at: time(row.try_get("at")?),
        organisation: row.try_get("organisation_id")?,
        user: row.try_get("user_id")?,
        actor: row.try_get("actor")?,
        event: row.try_get("event")?,
        result: row.try_get("result")?,
        app: row.try_get("app")?,
        place: row.try_get("place")?,
        ip: row.try_get("ip")?,
        client: row.try_get("client")?,
        method: row.try_get("method")?,
        subject: row.try_get("subject")?,
        reported_at: row.try_get::<Option<i64>, _>("reported_at")?.map(time),
    })
}
