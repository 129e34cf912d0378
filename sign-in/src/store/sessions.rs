//! Sessions and known browsers.

use crypto_core::time::UnixTime;

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
    /// What its forms contain, so that no other site can send them.
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
    /// When it was opened.
    pub created_at: UnixTime,
    /// When it ends.
    pub ends_at: UnixTime,
}
