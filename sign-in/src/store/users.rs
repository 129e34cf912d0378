//! People and organisations.

use crypto_core::approval::AccountId;
use crypto_core::approval::limit::{Prompts, Tries};
use crypto_core::time::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx, from_json, millis, time, to_json};
use crate::accounts::Role;
use crate::policy::OrganisationPolicy;

/// A person.
#[derive(Debug, Clone)]
pub struct User {
    /// Never shown.
    pub id: String,
    /// Their organisation.
    pub organisation: String,
    /// The name of the account on phones.
    pub account: AccountId,
    /// What they type.
    pub user_name: String,
    /// Their name.
    pub display_name: String,
    /// Where they are told of changes.
    pub email: Option<String>,
    /// The language that they are written to in: `en`, `sv`, `nb`.
    pub language: String,
    /// What they may do beside their own account.
    pub role: Role,
    /// PHC string.
    pub password: String,
    /// The authenticator that is asked first.
    pub default_method: Option<String>,
    /// The budget of requests.
    pub prompts: Prompts,
    /// Wrong codes of a day.
    pub code_tries: Tries,
    /// The last numbers, sealed.
    pub last_numbers: String,
    /// Since when they are marked as at risk.
    pub high_risk_at: Option<UnixTime>,
    /// Since when requests are suspended.
    pub push_suspended_at: Option<UnixTime>,
    /// Since when they may not sign in.
    pub disabled_at: Option<UnixTime>,
}

impl Store {
    /// The person of that id.
    pub async fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        let row =
            sqlx::query("SELECT * FROM users WHERE id = $1").bind(id).fetch_optional(self.reads()).await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The person of that user name, in lower case.
    pub async fn user_by_name(&self, user_name: &str) -> Result<Option<User>, StoreError> {
        let row = sqlx::query("SELECT * FROM users WHERE user_name = $1")
            .bind(user_name)
            .fetch_optional(self.reads())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The people of an organisation whose user name or name has `search` in it, by user name: `most` of them
    /// after the first `after`.
    pub async fn users(
        &self,
        organisation: &str,
        search: &str,
        most: u32,
        after: u32,
    ) -> Result<Vec<User>, StoreError> {
        let mut pattern = String::from("%");
        for c in search.to_lowercase().chars() {
            if matches!(c, '%' | '_' | '!') {
                pattern.push('!');
            }
            pattern.push(c);
        }
        pattern.push('%');
        let rows = sqlx::query(
            "SELECT * FROM users WHERE organisation_id = $1
                AND (user_name LIKE $2 ESCAPE '!' OR LOWER(display_name) LIKE $2 ESCAPE '!')
             ORDER BY user_name LIMIT $3 OFFSET $4",
        )
        .bind(organisation)
        .bind(pattern)
        .bind(i64::from(most))
        .bind(i64::from(after))
        .fetch_all(self.reads())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Whether an authenticator was ever confirmed for the person, deleted or not.
    pub async fn ever_had_method(&self, user: &str) -> Result<bool, StoreError> {
        let row = sqlx::query(EVER_HAD).bind(user).fetch_optional(self.reads()).await?;
        Ok(row.is_some())
    }

    /// What an organisation allows; none if there is no such organisation.
    pub async fn policy(&self, organisation: &str) -> Result<Option<OrganisationPolicy>, StoreError> {
        let row = sqlx::query(POLICY).bind(organisation).fetch_optional(self.reads()).await?;
        row.map(|row| from_json(&row.try_get::<String, _>("policy")?, "policy")).transpose()
    }
}

impl Tx {
    /// The person of that id, as [`Store::user`] gives it.
    pub async fn user(&mut self, id: &str) -> Result<Option<User>, StoreError> {
        let row = sqlx::query("SELECT * FROM users WHERE id = $1")
            .bind(id)
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Adds an organisation.
    pub async fn add_organisation(
        &mut self,
        id: &str,
        name: &str,
        policy: &OrganisationPolicy,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO organisations (id, name, policy, created_at) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(name)
            .bind(to_json(policy))
            .bind(millis(now))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// What an organisation allows, inside of a transaction that has begun with its write.
    pub async fn policy(&mut self, organisation: &str) -> Result<OrganisationPolicy, StoreError> {
        let row = sqlx::query(POLICY).bind(organisation).fetch_one(self.connection()).await?;
        from_json(&row.try_get::<String, _>("policy")?, "policy")
    }

    /// Whether an authenticator was ever confirmed for the person, deleted or not.
    pub async fn ever_had_method(&mut self, user: &str) -> Result<bool, StoreError> {
        let row = sqlx::query(EVER_HAD).bind(user).fetch_optional(self.connection()).await?;
        Ok(row.is_some())
    }

    /// Changes what an organisation allows.
    pub async fn set_policy(
        &mut self,
        organisation: &str,
        policy: &OrganisationPolicy,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE organisations SET policy = $2 WHERE id = $1")
            .bind(organisation)
            .bind(to_json(policy))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// The administrators of an organisation who can sign in.
    pub async fn administrators(&mut self, organisation: &str) -> Result<Vec<User>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM users WHERE organisation_id = $1 AND role = 'administrator' AND disabled_at IS NULL
             ORDER BY user_name",
        )
        .bind(organisation)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read).collect()
    }
    /// Locks a person's row until the end of the transaction, and reads it: whatever is counted for one
    /// person happens one after the other.
    pub async fn lock_user(&mut self, id: &str) -> Result<Option<User>, StoreError> {
        let row = sqlx::query("UPDATE users SET revision = revision + 1 WHERE id = $1 RETURNING *")
            .bind(id)
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The same with what the person's organisation allows.
    pub async fn lock_user_with_policy(
        &mut self,
        id: &str,
    ) -> Result<Option<(User, OrganisationPolicy)>, StoreError> {
        let row = sqlx::query(
            "UPDATE users SET revision = revision + 1 WHERE id = $1 RETURNING *,
                (SELECT policy FROM organisations WHERE organisations.id = users.organisation_id) AS policy",
        )
        .bind(id)
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| Ok((read(&row)?, from_json(&row.try_get::<String, _>("policy")?, "policy")?)))
            .transpose()
    }

    /// Adds a person; false if the user name is taken.
    pub async fn add_user(&mut self, user: &User, now: UnixTime) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO users (id, organisation_id, account_id, user_name, display_name, email, language, role,
                password, default_method, prompts, code_tries, last_numbers, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             ON CONFLICT (user_name) DO NOTHING",
        )
        .bind(&user.id)
        .bind(&user.organisation)
        .bind(user.account.as_str())
        .bind(&user.user_name)
        .bind(&user.display_name)
        .bind(user.email.as_deref())
        .bind(&user.language)
        .bind(user.role.word())
        .bind(&user.password)
        .bind(user.default_method.as_deref())
        .bind(to_json(&user.prompts))
        .bind(to_json(&user.code_tries))
        .bind(&user.last_numbers)
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Writes what rules change of a person whose row is locked.
    pub async fn save_user(&mut self, user: &User) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE users SET display_name = $2, email = $3, role = $4, password = $5, default_method = $6,
                prompts = $7, code_tries = $8, last_numbers = $9, high_risk_at = $10, push_suspended_at = $11,
                disabled_at = $12, language = $13
             WHERE id = $1",
        )
        .bind(&user.id)
        .bind(&user.display_name)
        .bind(user.email.as_deref())
        .bind(user.role.word())
        .bind(&user.password)
        .bind(user.default_method.as_deref())
        .bind(to_json(&user.prompts))
        .bind(to_json(&user.code_tries))
        .bind(&user.last_numbers)
        .bind(user.high_risk_at.map(millis))
        .bind(user.push_suspended_at.map(millis))
        .bind(user.disabled_at.map(millis))
        .bind(&user.language)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

const EVER_HAD: &str = "SELECT 1 FROM authenticators WHERE user_id = $1 AND confirmed_at IS NOT NULL LIMIT 1";
const POLICY: &str = "SELECT policy FROM organisations WHERE id = $1";

fn read(row: &AnyRow) -> Result<User, StoreError> {
    read_as("", row)
}

/// The same where other columns stand beside a person's, whose names begin with `prefix`.
pub(super) fn read_as(prefix: &str, row: &AnyRow) -> Result<User, StoreError> {
    let column = |name| format!("{prefix}{name}");
    Ok(User {
        id: row.try_get(column("id").as_str())?,
        organisation: row.try_get(column("organisation_id").as_str())?,
        account: AccountId::try_from(row.try_get::<String, _>(column("account_id").as_str())?.as_str())
            .map_err(|_| StoreError::Damaged("account_id"))?,
        user_name: row.try_get(column("user_name").as_str())?,
        display_name: row.try_get(column("display_name").as_str())?,
        email: row.try_get(column("email").as_str())?,
        language: row.try_get(column("language").as_str())?,
        role: Role::from_word(&row.try_get::<String, _>(column("role").as_str())?)
            .ok_or(StoreError::Damaged("role"))?,
        password: row.try_get(column("password").as_str())?,
        default_method: row.try_get(column("default_method").as_str())?,
        prompts: from_json(&row.try_get::<String, _>(column("prompts").as_str())?, "prompts")?,
        code_tries: from_json(&row.try_get::<String, _>(column("code_tries").as_str())?, "code_tries")?,
        last_numbers: row.try_get(column("last_numbers").as_str())?,
        high_risk_at: row.try_get::<Option<i64>, _>(column("high_risk_at").as_str())?.map(time),
        push_suspended_at: row.try_get::<Option<i64>, _>(column("push_suspended_at").as_str())?.map(time),
        disabled_at: row.try_get::<Option<i64>, _>(column("disabled_at").as_str())?.map(time),
    })
}
