//! Requests to a phone, and how each was signed for each device.

use crypto_core::approval::challenge::{Context, UvPolicy};
use crypto_core::approval::limit::Browser;
use crypto_core::approval::state::{Purpose, TransactionState};
use crypto_core::approval::{AccountId, MatchLen, TransactionId};
use crypto_core::time::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::authenticators::attested;
use super::{Store, StoreError, Tx, from_json, millis, time, to_json};
use crate::attestation::Attested;
use crate::policy::OrganisationPolicy;

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Names it.
    pub id: TransactionId,
    /// Whom it asks.
    pub user: String,
    /// The session that began it.
    pub session: String,
    /// What approving allows.
    pub purpose: Purpose,
    /// Where it stands; one that is pending may have expired.
    pub state: TransactionState,
    /// What its page shows, sealed.
    pub secrets: String,
    /// How many digits its number has.
    pub match_len: MatchLen,
    /// Whether approving needs the person's verification.
    pub uv: UvPolicy,
    /// What is known of the sign-in.
    pub context: Context,
    /// Whether it is from a browser that the person has signed in with.
    pub browser: Browser,
    /// The only device that is asked.
    pub only_device: Option<String>,
    /// The device that answered.
    pub answered_by: Option<String>,
    /// Why the person said no; for an approval, with what.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: UnixTime,
    /// The first instant at which it is over.
    pub expires_at: UnixTime,
    /// When it left pending, and after an approval when that was used.
    pub ended_at: Option<UnixTime>,
}

impl Request {
    /// Where it stands: what nobody answered in time has expired, whatever is stored.
    pub fn state_at(&self, redeem_secs: u64, now: UnixTime) -> TransactionState {
        let over = match self.state {
            TransactionState::Pending => now >= self.expires_at,
            TransactionState::Approved => {
                self.ended_at.is_some_and(|approved| now > approved.plus_secs(redeem_secs))
            }
            TransactionState::Consumed
            | TransactionState::Mismatch
            | TransactionState::Denied
            | TransactionState::Reported
            | TransactionState::Expired
            | TransactionState::Cancelled => false,
        };
        if over { TransactionState::Expired } else { self.state }
    }
}

/// What a device was asked.
#[derive(Debug)]
pub struct Asked {
    /// The request.
    pub request: Request,
    /// The person's account on phones.
    pub account: AccountId,
    /// The challenge that the device was given.
    pub jws: String,
}

/// What a device that asks is told of a request.
#[derive(Debug)]
pub enum Telling {
    /// The challenge that it was given before.
    Told(String),
    /// A challenge that has to be made.
    New {
        /// The person's account on phones.
        account: AccountId,
        /// What their organisation allows.
        policy: Box<OrganisationPolicy>,
    },
}

impl Store {
    /// The request of that id.
    pub async fn request(&self, id: &TransactionId) -> Result<Option<Request>, StoreError> {
        let row = sqlx::query("SELECT * FROM requests WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(self.reads())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// What a device was asked: the request, the person's account, and the challenge that it was given.
    pub async fn asked(&self, id: &TransactionId, device: &str) -> Result<Option<Asked>, StoreError> {
        let row = sqlx::query(
            "SELECT requests.*, users.account_id, challenges.jws FROM requests
             JOIN challenges ON challenges.request_id = requests.id AND challenges.device_id = $2
             JOIN users ON users.id = requests.user_id
             WHERE requests.id = $1",
        )
        .bind(id.as_str())
        .bind(device)
        .fetch_optional(self.reads())
        .await?;
        row.map(|row| Ok(Asked { request: read(&row)?, account: account(&row)?, jws: row.try_get("jws")? }))
            .transpose()
    }

    /// The person's requests that wait at `now`, the oldest first.
    pub async fn pending_requests(&self, user: &str, now: UnixTime) -> Result<Vec<Request>, StoreError> {
        let rows = sqlx::query(PENDING).bind(user).bind(millis(now)).fetch_all(self.reads()).await?;
        rows.iter().map(read).collect()
    }

    /// The person's requests that wait at `now`, the oldest first, each with what a device is to be told of it.
    pub async fn pending_for_device(
        &self,
        user: &str,
        device: &str,
        now: UnixTime,
    ) -> Result<Vec<(Request, Telling)>, StoreError> {
        let rows = sqlx::query(
            "SELECT requests.*, challenges.jws, users.account_id, organisations.policy FROM requests
             JOIN users ON users.id = requests.user_id
             JOIN organisations ON organisations.id = users.organisation_id
             LEFT JOIN challenges ON challenges.request_id = requests.id AND challenges.device_id = $3
             WHERE requests.user_id = $1 AND requests.state = 'pending' AND requests.expires_at > $2
             ORDER BY requests.created_at, requests.id",
        )
        .bind(user)
        .bind(millis(now))
        .bind(device)
        .fetch_all(self.reads())
        .await?;
        rows.iter().map(|row| Ok((read(row)?, telling(row)?))).collect()
    }

    /// The challenge that a device was given.
    pub async fn challenge(&self, id: &TransactionId, device: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT jws FROM challenges WHERE request_id = $1 AND device_id = $2")
            .bind(id.as_str())
            .bind(device)
            .fetch_optional(self.reads())
            .await?;
        Ok(row.map(|row| row.try_get("jws")).transpose()?)
    }

    /// Keeps the challenge of a device, unless another call was faster; what counts from here on. None if the
    /// request is gone.
    pub async fn settle_challenge(
        &self,
        id: &TransactionId,
        device: &str,
        jws: &str,
    ) -> Result<Option<String>, StoreError> {
        let done = sqlx::query(
            "INSERT INTO challenges (request_id, device_id, jws)
             SELECT id, $2, $3 FROM requests WHERE id = $1 ON CONFLICT DO NOTHING",
        )
        .bind(id.as_str())
        .bind(device)
        .bind(jws)
        .execute(self.writes())
        .await?;
        if done.rows_affected() == 1 {
            return Ok(Some(jws.to_owned()));
        }
        self.challenge(id, device).await
    }

    /// Forgets requests that ended before `before`.
    pub async fn drop_requests(&self, before: UnixTime) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM requests WHERE expires_at < $1 AND state <> 'pending'")
            .bind(millis(before))
            .execute(self.writes())
            .await?;
        Ok(())
    }
}

impl Tx {
    /// Adds a request.
    pub async fn add_request(&mut self, request: &Request) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO requests (id, user_id, session_id, purpose, state, secrets, match_len, uv, context,
                from_known, only_device, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(request.id.as_str())
        .bind(&request.user)
        .bind(&request.session)
        .bind(request.purpose.word())
        .bind(request.state.word())
        .bind(&request.secrets)
        .bind(i64::from(request.match_len.digits()))
        .bind(request.uv.word())
        .bind(to_json(&request.context))
        .bind(i64::from(request.browser == Browser::Known))
        .bind(request.only_device.as_deref())
        .bind(millis(request.created_at))
        .bind(millis(request.expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The person's requests that wait; their row is locked.
    pub async fn pending_requests(&mut self, user: &str, now: UnixTime) -> Result<Vec<Request>, StoreError> {
        let rows = sqlx::query(PENDING).bind(user).bind(millis(now)).fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }

    /// The person's requests that are pending, or approved and not used, whatever the time, the oldest first.
    pub async fn open_requests(&mut self, user: &str) -> Result<Vec<Request>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM requests WHERE user_id = $1 AND state IN ('pending', 'approved') ORDER BY created_at, id",
        )
        .bind(user)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read).collect()
    }

    /// How often a device was given a wrong number.
    pub async fn wrong_numbers_of_device(&mut self, device: &str) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS wrong FROM requests WHERE only_device = $1 AND state = 'mismatch'",
        )
        .bind(device)
        .fetch_one(self.connection())
        .await?;
        Ok(row.try_get("wrong")?)
    }

    /// The one step out of pending (S-01): false if it has left it, or its time is over.
    pub async fn end_request(
        &mut self,
        id: &TransactionId,
        state: TransactionState,
        answered_by: Option<&str>,
        reason: Option<&str>,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE requests SET state = $2, answered_by = $3, reason = $4, ended_at = $5
             WHERE id = $1 AND state = 'pending' AND expires_at > $5",
        )
        .bind(id.as_str())
        .bind(state.word())
        .bind(answered_by)
        .bind(reason)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The one step from approved to consumed: by the session that began it, if it was approved no earlier than
    /// `since`, and by a device that has not been removed or stopped meanwhile. Gives where that device's keys are.
    pub async fn consume_request(
        &mut self,
        id: &TransactionId,
        user: &str,
        session: &str,
        since: UnixTime,
        now: UnixTime,
    ) -> Result<Option<Attested>, StoreError> {
        let row = sqlx::query(
            "UPDATE requests SET state = 'consumed', ended_at = $5
             WHERE id = $1 AND user_id = $2 AND session_id = $3 AND state = 'approved' AND ended_at >= $4
                AND EXISTS (SELECT 1 FROM authenticators WHERE id = requests.answered_by AND state = 'active')
             RETURNING (SELECT attestation FROM authenticators WHERE id = requests.answered_by) AS attestation",
        )
        .bind(id.as_str())
        .bind(user)
        .bind(session)
        .bind(millis(since))
        .bind(millis(now))
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| attested(&row)).transpose()
    }

    /// Cancels what waits of a session and is no device's test; a page began another or went away.
    pub async fn cancel_requests_of_session(
        &mut self,
        session: &str,
        only: Option<&TransactionId>,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE requests SET state = 'cancelled', ended_at = $2
             WHERE session_id = $1 AND state = 'pending' AND only_device IS NULL AND ($3 = '' OR id = $3)",
        )
        .bind(session)
        .bind(millis(now))
        .bind(only.map_or("", TransactionId::as_str))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Cancels what waits from one kind of browser: requests were locked.
    pub async fn cancel_requests_of_browser(
        &mut self,
        user: &str,
        browser: Browser,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE requests SET state = 'cancelled', ended_at = $3
             WHERE user_id = $1 AND from_known = $2 AND state = 'pending' AND only_device IS NULL",
        )
        .bind(user)
        .bind(i64::from(browser == Browser::Known))
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Cancels what waits for a person, because they said that it is not them or may not sign in. What was
    /// approved and not used is over too.
    pub async fn cancel_requests_of_user(&mut self, user: &str, now: UnixTime) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE requests SET state = CASE WHEN state = 'pending' THEN 'cancelled' ELSE 'expired' END,
                ended_at = $2
             WHERE user_id = $1 AND state IN ('pending', 'approved')",
        )
        .bind(user)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Cancels the test approval that waits for a device.
    pub async fn cancel_requests_of_device(&mut self, device: &str, now: UnixTime) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE requests SET state = 'cancelled', ended_at = $2 WHERE only_device = $1 AND state = 'pending'",
        )
        .bind(device)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Marks what nobody answered, or nobody used, in time, of one person or of all; what was pending before
    /// is given back, for the record.
    pub async fn expire_requests(
        &mut self,
        user: Option<&str>,
        redeem_secs: u64,
        now: UnixTime,
    ) -> Result<Vec<Request>, StoreError> {
        let unanswered = sqlx::query(
            "UPDATE requests SET state = 'expired', ended_at = expires_at
             WHERE state = 'pending' AND expires_at <= $1 AND ($2 = '' OR user_id = $2) RETURNING *",
        )
        .bind(millis(now))
        .bind(user.unwrap_or_default())
        .fetch_all(self.connection())
        .await?;
        let unused =
            millis(now).saturating_sub(i64::try_from(redeem_secs).unwrap_or(i64::MAX).saturating_mul(1000));
        sqlx::query(
            "UPDATE requests SET state = 'expired' WHERE state = 'approved' AND ended_at < $1 AND ($2 = '' OR user_id = $2)",
        )
        .bind(unused)
        .bind(user.unwrap_or_default())
        .execute(self.connection())
        .await?;
        unanswered.iter().map(read).collect()
    }
}

fn telling(row: &AnyRow) -> Result<Telling, StoreError> {
    if let Some(jws) = row.try_get("jws")? {
        return Ok(Telling::Told(jws));
    }
    let policy = from_json(&row.try_get::<String, _>("policy")?, "policy")?;
    Ok(Telling::New { account: account(row)?, policy })
}

fn account(row: &AnyRow) -> Result<AccountId, StoreError> {
    AccountId::try_from(row.try_get::<String, _>("account_id")?.as_str())
        .map_err(|_| StoreError::Damaged("account_id"))
}

const PENDING: &str = "SELECT * FROM requests WHERE user_id = $1 AND state = 'pending' AND expires_at > $2
     ORDER BY created_at, id";

fn read(row: &AnyRow) -> Result<Request, StoreError> {
    let word = |column| row.try_get::<String, _>(column);
    let digits = u64::try_from(row.try_get::<i64, _>("match_len")?).unwrap_or(0);
    Ok(Request {
        id: TransactionId::try_from(word("id")?.as_str()).map_err(|_| StoreError::Damaged("id"))?,
        user: word("user_id")?,
        session: word("session_id")?,
        purpose: Purpose::named(&word("purpose")?).ok_or(StoreError::Damaged("purpose"))?,
        state: TransactionState::named(&word("state")?).ok_or(StoreError::Damaged("state"))?,
        secrets: word("secrets")?,
        match_len: MatchLen::try_from(digits).map_err(|_| StoreError::Damaged("match_len"))?,
        uv: UvPolicy::named(&word("uv")?).ok_or(StoreError::Damaged("uv"))?,
        context: from_json(&word("context")?, "context")?,
        browser: if row.try_get::<i64, _>("from_known")? == 1 { Browser::Known } else { Browser::Other },
        only_device: row.try_get("only_device")?,
        answered_by: row.try_get("answered_by")?,
        reason: row.try_get("reason")?,
        created_at: time(row.try_get("created_at")?),
        expires_at: time(row.try_get("expires_at")?),
        ended_at: row.try_get::<Option<i64>, _>("ended_at")?.map(time),
    })
}
