//! Sessions, known browsers, and tries of what can be guessed without one.

use crypto_core::approval::limit::{TooManyTries, Tries};
use crypto_core::time::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::users::{User, read_as};
use super::{Store, StoreError, Tx, from_json, millis, time, to_json};
use crate::sessions::Stage;

/// A browser session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The hash of its cookie.
    pub id: String,
    /// Who, once the password or a pass was right.
    pub user: Option<String>,
    /// How far it has come.
    pub stage: Stage,
    /// The user name that was typed.
    pub typed_name: Option<String>,
    /// What its forms contain, so that no other site can send them. Derived from its id, and not stored.
    pub csrf: String,
    /// The application it is for.
    pub app: Option<String>,
    /// Where to go on to.
    pub next: Option<String>,
    /// How the person was verified (RFC 8176), separated by spaces.
    pub methods: String,
    /// When they were last verified with both steps.
    pub strong_at: Option<UnixTime>,
    /// Whether they stay signed in.
    pub stay: bool,
    /// The address it was opened from.
    pub ip: Option<String>,
    /// The browser and system.
    pub client: Option<String>,
    /// When it was opened.
    pub created_at: UnixTime,
    /// When it was used last, to the minute.
    pub seen_at: UnixTime,
    /// When it ends.
    pub ends_at: UnixTime,
    /// Whether the person has signed in before with the browser that the call came from. Not stored.
    pub known_browser: bool,
}

/// A session that was ended so that another takes its place.
#[derive(Debug)]
pub struct Taken {
    /// As it was.
    pub session: Session,
    /// Whether something that it began goes on. Mostly nothing does.
    pub begun: bool,
}

impl Store {
    /// The session of that id, ended or not. Its `csrf` is for the rules to fill in.
    pub async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        let row =
            sqlx::query("SELECT * FROM sessions WHERE id = $1").bind(id).fetch_optional(self.reads()).await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The same with the person whose it is, once there is one, and whether they have signed in with a browser
    /// since `since`.
    pub async fn session_and_user(
        &self,
        id: &str,
        browser: &str,
        since: UnixTime,
    ) -> Result<Option<(Session, Option<User>)>, StoreError> {
        let row = sqlx::query(
            "SELECT sessions.*,
                users.id AS u_id, users.organisation_id AS u_organisation_id, users.account_id AS u_account_id,
                users.user_name AS u_user_name, users.display_name AS u_display_name, users.email AS u_email,
                users.language AS u_language, users.role AS u_role, users.password AS u_password,
                users.default_method AS u_default_method, users.prompts AS u_prompts, users.code_tries AS u_code_tries,
                users.last_numbers AS u_last_numbers, users.high_risk_at AS u_high_risk_at, users.push_suspended_at AS u_push_suspended_at,
                users.disabled_at AS u_disabled_at, browsers.seen_at AS browser_seen_at
             FROM sessions LEFT JOIN users ON users.id = sessions.user_id
             LEFT JOIN browsers ON browsers.id = $2 AND browsers.user_id = sessions.user_id AND browsers.seen_at > $3
             WHERE sessions.id = $1",
        )
        .bind(id)
        .bind(browser)
        .bind(millis(since))
        .fetch_optional(self.reads())
        .await?;
        row.map(|row| {
            let known_browser = row.try_get::<Option<i64>, _>("browser_seen_at")?.is_some();
            let session = Session { known_browser, ..read(&row)? };
            let user = session.user.as_ref().map(|_| read_as("u_", &row)).transpose()?;
            Ok((session, user))
        })
        .transpose()
    }

    /// Notes that a session is used, and until when it goes on.
    pub async fn session_seen(&self, id: &str, ends: UnixTime, now: UnixTime) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET seen_at = $3, ends_at = $2 WHERE id = $1")
            .bind(id)
            .bind(millis(ends))
            .bind(millis(now))
            .execute(self.writes())
            .await?;
        Ok(())
    }

    /// Keeps what was typed, before anybody has proved anything.
    pub async fn type_name(&self, id: &str, user_name: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET typed_name = $2 WHERE id = $1 AND stage = 'start'")
            .bind(id)
            .bind(user_name)
            .execute(self.writes())
            .await?;
        Ok(())
    }

    /// Whether a signed-in session is kept for long, and until when it goes on.
    pub async fn keep_session(&self, id: &str, stay: bool, ends: UnixTime) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET stay = $2, ends_at = $3 WHERE id = $1 AND stage = 'signed_in'")
            .bind(id)
            .bind(i64::from(stay))
            .bind(millis(ends))
            .execute(self.writes())
            .await?;
        Ok(())
    }

    /// Whether the person of that user name has signed in with a browser since `since`.
    pub async fn knows_browser(
        &self,
        browser: &str,
        user_name: &str,
        since: UnixTime,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 FROM browsers JOIN users ON users.id = browsers.user_id
             WHERE browsers.id = $1 AND users.user_name = $2 AND browsers.seen_at > $3",
        )
        .bind(browser)
        .bind(user_name)
        .bind(millis(since))
        .fetch_optional(self.reads())
        .await?;
        Ok(row.is_some())
    }

    /// Forgets what is over: sessions, and tries that count for nothing any more.
    pub async fn drop_ended_sessions(&self, now: UnixTime) -> Result<(), StoreError> {
        for statement in ["DELETE FROM sessions WHERE ends_at <= $1", "DELETE FROM tries WHERE ends_at <= $1"]
        {
            sqlx::query(statement).bind(millis(now)).execute(self.writes()).await?;
        }
        Ok(())
    }
}

impl Tx {
    /// Adds a session.
    pub async fn add_session(&mut self, session: &Session) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sessions (id, user_id, stage, typed_name, app, next, methods, strong_at, stay, ip, client,
                created_at, seen_at, ends_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(&session.id)
        .bind(session.user.as_deref())
        .bind(session.stage.word())
        .bind(session.typed_name.as_deref())
        .bind(session.app.as_deref())
        .bind(session.next.as_deref())
        .bind(&session.methods)
        .bind(session.strong_at.map(millis))
        .bind(i64::from(session.stay))
        .bind(session.ip.as_deref())
        .bind(session.client.as_deref())
        .bind(millis(session.created_at))
        .bind(millis(session.seen_at))
        .bind(millis(session.ends_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The session of that id, ended or not, inside of a transaction that has begun with its write.
    pub async fn session(&mut self, id: &str) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query("SELECT * FROM sessions WHERE id = $1")
            .bind(id)
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Ends a session and gives what it was at that moment; none if it has ended. Whoever replaces it by
    /// another begins with this, so that of many only one does.
    pub async fn take_session(&mut self, id: &str, now: UnixTime) -> Result<Option<Taken>, StoreError> {
        let row = sqlx::query(
            "DELETE FROM sessions WHERE id = $1 AND ends_at > $2 RETURNING *,
                (SELECT COUNT(*) FROM activations WHERE session_id = $1)
                + (SELECT COUNT(*) FROM grants WHERE session_id = $1)
                + (SELECT COUNT(*) FROM requests WHERE session_id = $1 AND state = 'pending')
                + (SELECT COUNT(*) FROM authenticators WHERE offered_to = $1) AS begun",
        )
        .bind(id)
        .bind(millis(now))
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| Ok(Taken { session: read(&row)?, begun: row.try_get::<i64, _>("begun")? > 0 }))
            .transpose()
    }

    /// What a session began goes on under its new id. A request that waits does not: another way was chosen.
    pub async fn hand_over_session(&mut self, old: &str, new: &str, now: UnixTime) -> Result<(), StoreError> {
        self.cancel_requests_of_session(old, None, now).await?;
        for statement in [
            "UPDATE activations SET session_id = $2 WHERE session_id = $1",
            "UPDATE grants SET session_id = $2 WHERE session_id = $1",
            "UPDATE requests SET session_id = $2 WHERE session_id = $1 AND state = 'pending'",
            "UPDATE authenticators SET offered_to = $2 WHERE offered_to = $1",
        ] {
            sqlx::query(statement).bind(old).bind(new).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Ends a session.
    pub async fn end_session(&mut self, id: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE id = $1").bind(id).execute(self.connection()).await?;
        Ok(())
    }

    /// Ends every session of a person but `keep`, also those that came no further than the name.
    pub async fn end_sessions(
        &mut self,
        user: &str,
        user_name: &str,
        keep: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE (user_id = $1 OR typed_name = $2) AND id <> $3")
            .bind(user)
            .bind(user_name)
            .bind(keep.unwrap_or_default())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Counts a code of a session before it is looked at; false if there were `most`, or it has ended.
    pub async fn count_code(&mut self, id: &str, most: usize, now: UnixTime) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE sessions SET code_tries = code_tries + 1
             WHERE id = $1 AND code_tries < $2 AND ends_at > $3",
        )
        .bind(id)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// A person has signed in with a browser. Of each person the last `most` are known.
    pub async fn add_browser(
        &mut self,
        browser: &str,
        user: &str,
        client: Option<&str>,
        most: u32,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO browsers (id, user_id, client, seen_at) VALUES ($1, $2, $3, $4)")
            .bind(browser)
            .bind(user)
            .bind(client)
            .bind(millis(now))
            .execute(self.connection())
            .await?;
        sqlx::query(
            "DELETE FROM browsers WHERE user_id = $1 AND id NOT IN
             (SELECT id FROM browsers WHERE user_id = $1 ORDER BY seen_at DESC, id LIMIT $2)",
        )
        .bind(user)
        .bind(i64::from(most))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// No browser of the person is known any more.
    pub async fn forget_browsers(&mut self, user: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM browsers WHERE user_id = $1").bind(user).execute(self.connection()).await?;
        Ok(())
    }

    /// Counts a try of something that can be guessed before it is looked at. `name` is a hash.
    pub async fn take_try(
        &mut self,
        name: &str,
        most: usize,
        secs: u64,
        now: UnixTime,
    ) -> Result<Result<(), TooManyTries>, StoreError> {
        let mut tries = self.lock_tries(name, now.plus_secs(secs)).await?;
        let taken = tries.take(most, secs, now);
        self.save_tries(name, &tries).await?;
        Ok(taken)
    }

    /// The last one was right, so that it was no try.
    pub async fn give_back_try(&mut self, name: &str, now: UnixTime) -> Result<(), StoreError> {
        let mut tries = self.lock_tries(name, now).await?;
        tries.give_back();
        self.save_tries(name, &tries).await
    }

    async fn lock_tries(&mut self, name: &str, ends: UnixTime) -> Result<Tries, StoreError> {
        let row = sqlx::query(
            "INSERT INTO tries (name, tries, ends_at) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET ends_at =
                CASE WHEN tries.ends_at < excluded.ends_at THEN excluded.ends_at ELSE tries.ends_at END
             RETURNING tries",
        )
        .bind(name)
        .bind(to_json(&Tries::default()))
        .bind(millis(ends))
        .fetch_one(self.connection())
        .await?;
        from_json(&row.try_get::<String, _>("tries")?, "tries")
    }

    async fn save_tries(&mut self, name: &str, tries: &Tries) -> Result<(), StoreError> {
        sqlx::query("UPDATE tries SET tries = $2 WHERE name = $1")
            .bind(name)
            .bind(to_json(tries))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.try_get("id")?,
        user: row.try_get("user_id")?,
        stage: Stage::from_word(&row.try_get::<String, _>("stage")?).ok_or(StoreError::Damaged("stage"))?,
        typed_name: row.try_get("typed_name")?,
        csrf: String::new(),
        app: row.try_get("app")?,
        next: row.try_get("next")?,
        methods: row.try_get("methods")?,
        strong_at: row.try_get::<Option<i64>, _>("strong_at")?.map(time),
        stay: row.try_get::<i64, _>("stay")? != 0,
        ip: row.try_get("ip")?,
        client: row.try_get("client")?,
        created_at: time(row.try_get("created_at")?),
        seen_at: time(row.try_get("seen_at")?),
        ends_at: time(row.try_get("ends_at")?),
        known_browser: false,
    })
}
