//! People and organisations: who they are, and their passwords.

use crypto_core::approval::{AccountId, shown_text};
use crypto_core::seal;
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::audit::{Outcome, Record, What};
use crate::mail_texts::Notice;
use crate::methods::{MethodRefused, colleague};
use crate::policy::OrganisationPolicy;
use crate::sessions::{MayChange, SignInRefused, Stage};
use crate::store::{Session, StoreError, User};
use crate::visitor::Visitor;
use crate::wake::Topic;

/// What a person may do beside their own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Their own account only.
    User,
    /// Issues passes, sees and removes methods, sets the policy.
    Administrator,
}

impl Role {
    /// As it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Administrator => "administrator",
        }
    }

    /// Reads what was stored.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "user" => Some(Self::User),
            "administrator" => Some(Self::Administrator),
            _ => None,
        }
    }
}

/// A new person.
#[derive(Debug)]
pub struct NewUser {
    /// The organisation's id.
    pub organisation: String,
    /// What they type to sign in; kept in lower case.
    pub user_name: String,
    /// Their name.
    pub display_name: String,
    /// Where they are told of changes.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Their first password.
    pub password: SecretText,
}

impl Service {
    /// Makes an organisation with the default policy; its id.
    pub async fn add_organisation(&self, name: &str) -> Result<String, AccountRefused> {
        let name = a_name(name)?;
        let id = self.make_id("org_");
        let mut tx = self.store().begin().await?;
        tx.add_organisation(&id, &name, &OrganisationPolicy::default(), self.now()).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Makes an account.
    pub async fn add_user(&self, new: NewUser, actor: &str) -> Result<User, AccountRefused> {
        let user_name = user_name(&new.user_name).ok_or(AccountRefused::BadName)?;
        check_password(&new.password, &user_name)?;
        let user = User {
            id: self.make_id("usr_"),
            organisation: new.organisation,
            account: AccountId::make(&mut self.rng()),
            user_name,
            display_name: a_name(&new.display_name)?,
            email: new.email.as_deref().map(an_address).transpose()?,
            language: FIRST_LANGUAGE.to_owned(),
            role: new.role,
            password: self.hash_password(&new.password).await,
            default_method: None,
            prompts: Default::default(),
            code_tries: Default::default(),
            last_numbers: String::new(),
            high_risk_at: None,
            push_suspended_at: None,
            disabled_at: None,
        };
        if self.store().policy(&user.organisation).await?.is_none() {
            return Err(AccountRefused::NoSuchAccount);
        }
        let mut tx = self.store().begin().await?;
        if !tx.add_user(&user, self.now()).await? {
            return Err(AccountRefused::Taken);
        }
        self.record(&mut tx, Record::of(&user, What::AccountAdded, Outcome::Done).by(actor)).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// A new password, and out with every session of the old one; with every method and pass too if `methods`
    /// is set, after which only a new pass lets the person add one.
    pub async fn reset_user(
        &self,
        user_name: &str,
        password: SecretText,
        methods: bool,
        actor: &str,
    ) -> Result<(), AccountRefused> {
        let found = self.user_by_name(user_name).await?.ok_or(AccountRefused::NoSuchAccount)?;
        check_password(&password, &found.user_name)?;
        let password = self.hash_password(&password).await;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut user = tx.lock_user(&found.id).await?.ok_or(AccountRefused::NoSuchAccount)?;
        user.password = password;
        if methods {
            self.end_methods(&mut tx, &mut user, actor).await?;
        }
        tx.save_user(&user).await?;
        tx.cancel_activations(&user.id, None, now).await?;
        tx.cancel_requests_of_user(&user.id, now).await?;
        tx.end_sessions(&user.id, &user.user_name, None).await?;
        tx.forget_browsers(&user.id).await?;
        let event =
            self.record(&mut tx, Record::of(&user, What::AccountReset, Outcome::Done).by(actor)).await?;
        self.notify(&mut tx, &user, &Notice::AccountReset, &event).await?;
        tx.tell(Topic::User(user.id.clone()));
        tx.commit().await?;
        Ok(())
    }

    /// The person changes their own password, knowing the old one and verified less than ten minutes ago. Every
    /// other session ends with it, and no browser is known any more.
    pub async fn change_password(
        &self,
        session: &Session,
        old: &SecretText,
        new: &SecretText,
        browser: Option<&str>,
        visitor: &Visitor,
    ) -> Result<(), PasswordRefused> {
        let now = self.now();
        let (Stage::SignedIn, Some(user)) = (session.stage, &session.user) else {
            return Err(PasswordRefused::NotAllowed);
        };
        if self.may_change(session).await? != MayChange::Everything {
            return Err(PasswordRefused::VerifyFirst);
        }
        let found = self.store().user(user).await?.ok_or(PasswordRefused::NotAllowed)?;
        // Before the old one is looked at, so that a choice that cannot be taken costs no try.
        check_password(new, &found.user_name).map_err(|_| PasswordRefused::Weak)?;
        let tries = self.password_tries(&found.user_name, browser, visitor).await?;
        match self.take_tries(&tries, now).await {
            Ok(()) => {}
            Err(SignInRefused::TooMany { until }) => return Err(PasswordRefused::TooMany { until }),
            Err(SignInRefused::Store(error)) => return Err(error.into()),
            Err(SignInRefused::Wrong | SignInRefused::NotNow | SignInRefused::SwitchedOff) => {
                return Err(PasswordRefused::NotAllowed);
            }
        }
        // expose: only its length is looked at; what is too long is not hashed.
        let short = old.expose().len() <= LONGEST_PASSWORD * 4;
        if !short || !self.password_fits(old, Some(&found.password)).await {
            return Err(PasswordRefused::Wrong);
        }
        let hash = self.hash_password(new).await;
        let mut tx = self.store().begin().await?;
        for tries in &tries {
            tx.give_back_try(&tries.name, now).await?;
        }
        let locked = tx.lock_user(&found.id).await?;
        // It may have been changed, or the account disabled, while it was being checked.
        let still = |user: &User| user.password == found.password && user.disabled_at.is_none();
        let mut user = locked.filter(still).ok_or(PasswordRefused::NotAllowed)?;
        if self.open_session_in(&mut tx, &session.id).await?.is_none() {
            return Err(PasswordRefused::NotAllowed);
        }
        user.password = hash;
        tx.save_user(&user).await?;
        tx.cancel_activations(&user.id, None, now).await?;
        tx.cancel_requests_of_user(&user.id, now).await?;
        tx.end_sessions(&user.id, &user.user_name, Some(&session.id)).await?;
        tx.forget_browsers(&user.id).await?;
        let record = Record::of(&user, What::PasswordChanged, Outcome::Done).during(session).from(visitor);
        let event = self.record(&mut tx, record).await?;
        self.notify(&mut tx, &user, &Notice::PasswordChanged, &event).await?;
        tx.tell(Topic::User(user.id.clone()));
        tx.commit().await?;
        Ok(())
    }

    /// Lets somebody else of the administrator's organisation sign in no more, or again. What is open or
    /// begun is over with the first; methods stay.
    pub async fn set_disabled(
        &self,
        administrator: &Session,
        user: &str,
        disabled: bool,
    ) -> Result<(), MethodRefused> {
        let administrator = self.administrator(administrator).await?;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut user = colleague(tx.lock_user(user).await?, &administrator)?;
        if user.disabled_at.is_some() == disabled {
            return Ok(());
        }
        user.disabled_at = disabled.then_some(now);
        tx.save_user(&user).await?;
        let (what, notice) = if disabled {
            tx.revoke_pass(&user.id).await?;
            tx.cancel_activations(&user.id, None, now).await?;
            tx.cancel_requests_of_user(&user.id, now).await?;
            tx.end_sessions(&user.id, &user.user_name, None).await?;
            tx.forget_browsers(&user.id).await?;
            (What::AccountDisabled, Notice::AccountDisabled)
        } else {
            (What::AccountEnabled, Notice::AccountEnabled)
        };
        let event =
            self.record(&mut tx, Record::of(&user, what, Outcome::Done).by(&administrator.id)).await?;
        self.notify(&mut tx, &user, &notice, &event).await?;
        tx.tell(Topic::User(user.id.clone()));
        tx.commit().await?;
        Ok(())
    }

    /// The account of that name, for administrators only: nobody else learns whether it exists (S-25).
    pub async fn user_by_name(&self, user_name: &str) -> Result<Option<User>, StoreError> {
        match self::user_name(user_name) {
            Some(user_name) => self.store().user_by_name(&user_name).await,
            None => Ok(None),
        }
    }

    /// The account of that id.
    pub async fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        self.store().user(id).await
    }

    /// The people of an organisation by name, a page of them.
    pub async fn users(&self, organisation: &str, search: &str, page: u32) -> Result<Vec<User>, StoreError> {
        let search = shown_text(search);
        self.store().users(organisation, &search, PAGE, page.saturating_mul(PAGE)).await
    }

    /// The language that a person is written to in from here on, which is the one they read the pages in.
    pub async fn set_language(&self, user: &str, language: &str) -> Result<(), StoreError> {
        // Asked with every page, and hardly ever another.
        if self.store().user(user).await?.is_none_or(|user| user.language == language) {
            return Ok(());
        }
        let mut tx = self.store().begin().await?;
        if let Some(mut user) = tx.lock_user(user).await? {
            language.clone_into(&mut user.language);
            tx.save_user(&user).await?;
        }
        tx.commit().await
    }

    /// A random name for a row, of 128 bits.
    pub(crate) fn make_id(&self, prefix: &str) -> String {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
        format!("{prefix}{}", BASE64.encode(seal::make_public::<16>(&mut self.rng())))
    }
}

/// A user name as it is kept: in lower case, and of characters that can be typed and told apart.
pub(crate) fn user_name(text: &str) -> Option<String> {
    let name = text.trim().to_lowercase();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+' | '\'');
    (!name.is_empty() && name.chars().count() <= LONGEST_NAME && name.chars().all(fits)).then_some(name)
}

fn a_name(text: &str) -> Result<String, AccountRefused> {
    let name = shown_text(text);
    if name.is_empty() { Err(AccountRefused::BadName) } else { Ok(name) }
}

/// An address that mail can be sent to: nothing in it can end a line or begin another address.
fn an_address(text: &str) -> Result<String, AccountRefused> {
    let address = text.trim();
    let fits =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+' | '\'' | '=' | '/' | '&');
    let parts = address.split_once('@').filter(|(name, host)| !name.is_empty() && host.contains('.'));
    let whole =
        parts.is_some_and(|(_, host)| !host.contains('@') && !host.starts_with('.') && !host.ends_with('.'));
    if whole && address.chars().count() <= LONGEST_NAME && address.chars().all(fits) {
        Ok(address.to_owned())
    } else {
        Err(AccountRefused::BadName)
    }
}

fn check_password(password: &SecretText, user_name: &str) -> Result<(), AccountRefused> {
    // expose: looked at once, when it is chosen.
    let password = password.expose();
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let first = user_name.split('@').next().unwrap_or_default();
    let named = lower == user_name || lower == first;
    let plain = COMMON.contains(&lower.as_str()) || lower.chars().all(|c| lower.starts_with(c));
    if !(SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&length) || named || plain {
        return Err(AccountRefused::WeakPassword);
    }
    Ok(())
}

const FIRST_LANGUAGE: &str = "en";
const PAGE: u32 = 50;
/// In characters.
const LONGEST_NAME: usize = 254;
const SHORTEST_PASSWORD: usize = 8;
/// Longer than any that is typed, and short enough to be hashed at once.
pub(crate) const LONGEST_PASSWORD: usize = 256;
/// Those of eight or more characters that are tried first everywhere.
const COMMON: [&str; 40] = [
    "password",
    "password1",
    "password12",
    "password123",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "pa$$word",
    "12345678",
    "123456789",
    "1234567890",
    "87654321",
    "987654321",
    "0987654321",
    "1q2w3e4r",
    "1qaz2wsx",
    "1qaz2wsx3edc",
    "qwertyui",
    "qwertyuiop",
    "qwerty12",
    "qwerty123",
    "qwerty1234",
    "asdfghjk",
    "asdfghjkl",
    "zxcvbnm1",
    "abcd1234",
    "abc12345",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "welcome1",
    "welcome123",
    "changeme",
    "letmein1",
    "administrator",
    "lösenord",
];

/// Why an account is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountRefused {
    /// There is one of that name.
    #[error("there is an account of that name already")]
    Taken,
    /// There is none, or no such organisation.
    #[error("there is no such account")]
    NoSuchAccount,
    /// Shorter than eight characters, or one of those that are tried first.
    #[error("the password is too easy to guess")]
    WeakPassword,
    /// A name or address is empty, too long, or has characters that no name has.
    #[error("a name or address cannot be used")]
    BadName,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password is not changed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordRefused {
    /// The old one is not right.
    #[error("the old password is not right")]
    Wrong,
    /// The new one is too easy to guess.
    #[error("the password is too easy to guess")]
    Weak,
    /// Too many tries; there may be another at `until`.
    #[error("there were too many tries")]
    TooMany {
        /// The first instant.
        until: UnixTime,
    },
    /// The person has to be verified again first.
    #[error("verify first")]
    VerifyFirst,
    /// The session may not do this, or the account was changed meanwhile.
    #[error("this session may not do this")]
    NotAllowed,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
