//! People and organisations.

use crypto_core::approval::AccountId;
use crypto_core::approval::limit::{Prompts, Tries};
use crypto_core::time::UnixTime;

use crate::accounts::Role;

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
