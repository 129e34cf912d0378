//! People and organisations: who they are, and their passwords.

use crypto_core::secret::SecretText;

use crate::Service;
use crate::store::{StoreError, User};

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
        todo!()
    }

    /// Makes an account.
    pub async fn add_user(&self, new: NewUser, actor: &str) -> Result<User, AccountRefused> {
        todo!()
    }

    /// A new password, and out with every session, method and pass of the old one if `methods` is set.
    pub async fn reset_user(
        &self,
        user_name: &str,
        password: SecretText,
        methods: bool,
        actor: &str,
    ) -> Result<(), AccountRefused> {
        todo!()
    }

    /// The account of that name, for administrators only: nobody else learns whether it exists (S-25).
    pub async fn user_by_name(&self, user_name: &str) -> Result<Option<User>, StoreError> {
        todo!()
    }

    /// The account of that id.
    pub async fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        todo!()
    }

    /// The people of an organisation by name, a page of them.
    pub async fn users(&self, organisation: &str, search: &str, page: u32) -> Result<Vec<User>, StoreError> {
        todo!()
    }
}

/// Why an account is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountRefused {
    /// There is one of that name.
    #[error("there is an account of that name already")]
    Taken,
    /// There is none.
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
