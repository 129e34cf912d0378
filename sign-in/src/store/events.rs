//! What happened.

use crypto_core::time::UnixTime;

/// One line of the record.
#[derive(Debug, Clone)]
pub struct Event {
    /// Names it in a report.
    pub id: String,
    /// When.
    pub at: UnixTime,
    /// The organisation.
    pub organisation: String,
    /// Whom it is about.
    pub user: Option<String>,
    /// Who did it: a user's id, `cli`, `system`.
    pub actor: String,
    /// What; a word of [`crate::audit::What`].
    pub event: String,
    /// What came of it; a word.
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
