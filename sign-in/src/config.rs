//! What the operator sets, by a file and the environment. Secrets have no defaults, and a word that is not
//! known is refused, so that a misspelt setting is not silently left at its default.

mod attestation;
mod file;
mod secret;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crypto_core::approval::wire::MinApp;
use crypto_core::approval::{Limits, Origin};
use crypto_core::secret::{SecretBytes, SecretText};
use thiserror::Error;

use crate::attestation::Makers;
use crate::visitor::{GeoIpRefused, Visitors};

pub use self::attestation::Believed;
pub use self::secret::SecretRefused;

/// What the rules and pages are given.
#[derive(Debug)]
pub struct Config {
    /// The address that browsers and apps use, without a path.
    pub issuer: Origin,
    /// The service's name on its pages and in the app.
    pub name: String,
    /// The one secret that every node shares: what is sealed or hashed at rest is under keys derived from it.
    pub secret: SecretBytes,
    /// The limits of the protocol.
    pub limits: Limits,
    /// A demonstration: mail goes to a page, and the first people are made up.
    pub demo: bool,
    /// How visitors are told apart.
    pub visitors: Visitors,
    /// Whether devices may be woken at addresses that are not on the public internet. For tests.
    pub private_push: bool,
    /// Whom this service believes about where keys are kept.
    pub believed: Believed,
    /// What whoever reads the metrics has to show; none if there are no metrics.
    pub metrics: Option<SecretText>,
    /// The oldest apps that may approve.
    pub min_app: MinApp,
}

impl Config {
    /// With everything else as it is by default.
    pub fn new(issuer: Origin, name: String, secret: SecretBytes) -> Self {
        Self {
            issuer,
            name,
            secret,
            limits: Limits::default(),
            demo: false,
            visitors: Visitors::default(),
            private_push: false,
            believed: Believed::from(Makers::default()),
            metrics: None,
            min_app: MinApp::default(),
        }
    }
}

/// The settings of a node.
#[derive(Debug)]
pub struct Settings {
    /// For the rules and pages.
    pub service: Config,
    /// Where connections are taken.
    pub listen: SocketAddr,
    /// The database's address; it may hold a password.
    pub database: SecretText,
    /// Connections to the database.
    pub connections: u32,
    /// The certificate, if this node speaks TLS itself.
    pub tls: Option<Tls>,
    /// The mail server, if there is one.
    pub mail: Option<Mail>,
    /// Wake-ups, if they are sent.
    pub push: Option<Push>,
    /// How the log looks.
    pub log: Log,
}

/// A certificate and its key, in PEM.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The certificate with its chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A mail server.
#[derive(Debug)]
pub struct Mail {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Who signs in there, and with what.
    pub login: Option<(String, SecretText)>,
    /// Who the mails are from: an address, or a name and an address in angle brackets.
    pub from: String,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// It begins in the clear and does not go on without TLS.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: for a mail server on this machine.
    None,
}

/// Wake-ups.
#[derive(Debug, Clone)]
pub struct Push {
    /// Whom a push service can ask: `mailto:` or `https:` (RFC 8292).
    pub contact: String,
}

/// How the log looks.
#[derive(Debug, Clone)]
pub struct Log {
    /// One JSON object a line.
    pub json: bool,
    /// What is logged: `info`, or a list such as `info,sign_in=debug`.
    pub level: String,
}

impl Settings {
    /// Reads the file, if there is one, and then the environment, which comes before it. `named` was asked
    /// for and has to be there; otherwise [`DEFAULT_FILE`] is read where it is.
    pub fn read(
        named: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        demo: bool,
    ) -> Result<Self, ConfigRefused> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && named.is_none() => String::new(),
            Err(_) => return Err(ConfigRefused::NotRead { path: path.to_owned() }),
        };
        file::settings(&text, environment, demo)
    }
}

/// Read if it is there and no other was named.
pub const DEFAULT_FILE: &str = "countersign.toml";

/// Why the service does not start. Each text says what to do; none holds a value, which may be a secret.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ConfigRefused {
    /// The file that was named is not there, or not readable.
    #[error("{} cannot be read: is the path right, and may this user read it?", path.display())]
    NotRead {
        /// The file.
        path: PathBuf,
    },
    /// The file is not TOML, or a setting is not known or of another kind.
    #[error("line {line} of the configuration file: {what}")]
    Line {
        /// Counted from one.
        line: usize,
        /// What is wrong with it, without its value.
        what: String,
    },
    /// A variable is not known or of another kind.
    #[error("the environment variable {name} {what}")]
    Variable {
        /// Which one.
        name: String,
        /// What is wrong with it, without its value.
        what: &'static str,
    },
    /// A setting has to be there.
    #[error("{setting} is missing: {what}")]
    Missing {
        /// Which one, as in the file.
        setting: &'static str,
        /// What it is for, and an example.
        what: &'static str,
    },
    /// A setting's value does not work.
    #[error("{setting} does not work: {what}")]
    Value {
        /// Which one, as in the file.
        setting: &'static str,
        /// What it has to be.
        what: String,
    },
    /// The service secret.
    #[error(transparent)]
    Secret(#[from] SecretRefused),
    /// The file with places.
    #[error("geoip does not work: {0}")]
    GeoIp(#[from] GeoIpRefused),
}
