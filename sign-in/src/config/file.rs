//! The file and the environment as they are written, and how they become [`Settings`].

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use crypto_core::approval::wire::{AppVersion, MinApp};
use crypto_core::approval::{Limits, Origin};
use crypto_core::secret::{SecretBytes, SecretText};
use ipnetwork::IpNetwork;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use toml::{Table, Value};

use super::attestation::{Believed, WrittenAttestation};
use super::secret::{self, SecretRefused};
use super::{Config, ConfigRefused, Log, Mail, MailSecurity, Push, Settings, Tls};
use crate::visitor::{GeoIp, Visitors};

pub(super) fn settings(
    text: &str,
    environment: impl IntoIterator<Item = (String, String)>,
    demo: bool,
) -> Result<Settings, ConfigRefused> {
    // Read once for its mistakes, whose lines are known here only.
    toml::from_str::<Written>(text).map_err(|cause| in_line(text, &cause))?;
    let mut table: Table = toml::from_str(text).map_err(|cause| in_line(text, &cause))?;
    let secret = overlay(&mut table, environment)?;
    let written = Written::deserialize(table)
        .map_err(|cause| ConfigRefused::Line { line: 0, what: cause.message().to_owned() })?;
    understood(written, secret, demo)
}

/// The file. What is not named here is refused.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    issuer: Option<String>,
    name: Option<String>,
    listen: Option<String>,
    data: Option<PathBuf>,
    secret_file: Option<PathBuf>,
    trusted_proxies: Vec<String>,
    geoip: Option<PathBuf>,
    demo: bool,
    database: WrittenDatabase,
    tls: Option<WrittenTls>,
    mail: Option<WrittenMail>,
    push: WrittenPush,
    attestation: WrittenAttestation,
    metrics: WrittenMetrics,
    log: WrittenLog,
    min_app: WrittenMinApp,
    limits: WrittenLimits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenDatabase {
    url: Option<Hidden>,
    connections: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenTls {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenMail {
    host: Option<String>,
    port: Option<u16>,
    security: Option<String>,
    user: Option<String>,
    password: Option<Hidden>,
    password_file: Option<PathBuf>,
    from: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenPush {
    enabled: bool,
    contact: Option<String>,
    private_endpoints: bool,
}

impl Default for WrittenPush {
    fn default() -> Self {
        Self { enabled: true, contact: None, private_endpoints: false }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenMetrics {
    enabled: bool,
    token: Option<Hidden>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenLog {
    format: Option<String>,
    level: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenMinApp {
    android: Option<String>,
    ios: Option<String>,
    desktop: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenLimits {
    pending: Option<usize>,
    unanswered: Option<usize>,
    wakes_a_minute: Option<usize>,
    wakes_a_day: Option<usize>,
    mismatches: Option<u32>,
    totp_window: Option<u64>,
    totp_a_day: Option<usize>,
    pass_tries: Option<usize>,
    long_poll_secs: Option<u64>,
}

/// A secret in the file. A mistake in its line is told without it.
struct Hidden(SecretText);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Hidden;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Hidden, E> {
                Ok(Hidden(SecretText::new(text.to_owned())))
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Hidden, E> {
                Err(E::custom("a secret has to be in quotes"))
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Hidden, E> {
                Err(E::custom("a secret has to be in quotes"))
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Hidden, E> {
                Err(E::custom("a secret has to be in quotes"))
            }
        }
        source.deserialize_any(Text)
    }
}

/// What a variable is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Flag,
    List,
}

/// Every setting by its name in the file. Its variable is `COUNTERSIGN_` and the name in capitals, with `_`
/// for the dot.
const NAMES: [(&str, Kind); 46] = [
    ("issuer", Kind::Text),
    ("name", Kind::Text),
    ("listen", Kind::Text),
    ("data", Kind::Text),
    ("secret_file", Kind::Text),
    ("trusted_proxies", Kind::List),
    ("geoip", Kind::Text),
    ("demo", Kind::Flag),
    ("database.url", Kind::Text),
    ("database.connections", Kind::Number),
    ("tls.certificate", Kind::Text),
    ("tls.key", Kind::Text),
    ("mail.host", Kind::Text),
    ("mail.port", Kind::Number),
    ("mail.security", Kind::Text),
    ("mail.user", Kind::Text),
    ("mail.password", Kind::Text),
    ("mail.password_file", Kind::Text),
    ("mail.from", Kind::Text),
    ("push.enabled", Kind::Flag),
    ("push.contact", Kind::Text),
    ("push.private_endpoints", Kind::Flag),
    ("attestation.android_roots", Kind::Text),
    ("attestation.android_revoked", Kind::Text),
    ("attestation.android_package", Kind::Text),
    ("attestation.android_signers", Kind::List),
    ("attestation.apple_apps", Kind::List),
    ("attestation.apple_development", Kind::Flag),
    ("metrics.enabled", Kind::Flag),
    ("metrics.token", Kind::Text),
    ("log.format", Kind::Text),
    ("log.level", Kind::Text),
    ("min_app.android", Kind::Text),
    ("min_app.ios", Kind::Text),
    ("min_app.desktop", Kind::Text),
    ("limits.pending", Kind::Number),
    ("limits.unanswered", Kind::Number),
    ("limits.wakes_a_minute", Kind::Number),
    ("limits.wakes_a_day", Kind::Number),
    ("limits.mismatches", Kind::Number),
    ("limits.totp_window", Kind::Number),
    ("limits.totp_a_day", Kind::Number),
    ("limits.pass_tries", Kind::Number),
    ("limits.long_poll_secs", Kind::Number),
    // In the environment only: the secret itself, and where the file is.
    ("secret", Kind::Text),
    ("config", Kind::Text),
];

/// Puts the environment over the file; the secret, if it is there.
fn overlay(
    table: &mut Table,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Option<SecretText>, ConfigRefused> {
    let mut secret = None;
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix("COUNTERSIGN_") else { continue };
        // Of the scripts that build and test this.
        if rest == "RUN" || rest.starts_with("TEST_") {
            continue;
        }
        let refused = |what| ConfigRefused::Variable { name: name.clone(), what };
        let known = NAMES.iter().find(|(known, _)| known.replace('.', "_").to_ascii_uppercase() == rest);
        let Some((path, kind)) = known else {
            return Err(refused("is not known; docs/operate.md lists those that are"));
        };
        let value = match (*path, kind) {
            ("config", _) => continue,
            ("secret", _) => {
                secret = Some(SecretText::new(value));
                continue;
            }
            (_, Kind::Text) => Value::String(value),
            (_, Kind::Number) => Value::Integer(value.parse().map_err(|_| refused("has to be a number"))?),
            (_, Kind::Flag) => Value::Boolean(value.parse().map_err(|_| refused("has to be true or false"))?),
            (_, Kind::List) => Value::Array(
                value.split(',').map(str::trim).filter(|one| !one.is_empty()).map(Value::from).collect(),
            ),
        };
        match path.split_once('.') {
            None => table.insert((*path).to_owned(), value),
            Some((group, key)) => {
                let group = table.entry(group).or_insert_with(|| Value::Table(Table::new()));
                // It is a table: the file was read for its mistakes before.
                group.as_table_mut().and_then(|group| group.insert(key.to_owned(), value))
            }
        };
    }
    Ok(secret)
}

/// A mistake in the file: its line and what is wrong, without the line's text.
fn in_line(text: &str, cause: &toml::de::Error) -> ConfigRefused {
    let line = cause
        .span()
        .map_or(1, |span| 1 + text.bytes().take(span.start).filter(|&byte| byte == b'\n').count());
    ConfigRefused::Line { line, what: cause.message().to_owned() }
}

fn understood(written: Written, secret: Option<SecretText>, demo: bool) -> Result<Settings, ConfigRefused> {
    let demo = demo || written.demo;
    let listen = match &written.listen {
        None => SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)),
        Some(listen) => {
            listen.parse().map_err(|_| value("listen", "an address and a port, such as 127.0.0.1:8430"))?
        }
    };
    let issuer = issuer(written.issuer, listen, demo)?;
    let data = written.data.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
    let (database, first_start) = match written.database.url {
        Some(Hidden(url)) => {
            // expose: only its beginning is looked at.
            let is_sqlite = url.expose().starts_with("sqlite:");
            let known = ["sqlite:", "postgres:", "postgresql:"];
            if !known.iter().any(|scheme| url.expose().starts_with(scheme)) {
                return Err(value(
                    "database.url",
                    "sqlite://FILE?mode=rwc or postgres://USER:PASSWORD@HOST/NAME",
                ));
            }
            let first = is_sqlite && !sqlite_file(url.expose()).is_some_and(|file| file.exists());
            (url, first)
        }
        None => {
            let file = data.join("countersign.db");
            secret::make_folder(&data).map_err(|_| value("data", "a folder that this user can write to"))?;
            (SecretText::new(sqlite_url(&file)), !file.exists())
        }
    };
    // expose: only its beginning is looked at.
    let embedded = database.expose().starts_with("sqlite:");
    let secret = service_secret(secret, written.secret_file, &data, embedded, first_start)?;
    let connections = written.database.connections.unwrap_or(if embedded { 4 } else { 20 });
    within("database.connections", connections, 1, 500)?;

    let mut visitors = Visitors::default();
    for network in &written.trusted_proxies {
        let network =
            network.parse::<IpNetwork>().or_else(|_| network.parse::<IpAddr>().map(IpNetwork::from));
        let network =
            network.map_err(|_| value("trusted_proxies", "networks, such as 10.0.0.0/8 or ::1/128"))?;
        if network.prefix() == 0 {
            return Err(value("trusted_proxies", "not everybody: whoever is trusted can claim any address"));
        }
        visitors.trusted_proxies.push(network);
    }
    visitors.geoip = written.geoip.as_deref().map(GeoIp::open).transpose()?;

    let name =
        written.name.unwrap_or_else(|| if demo { "Contoso".to_owned() } else { issuer.host().to_owned() });
    if name.trim().is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Err(value("name", "1 to 64 characters that can be shown"));
    }
    let push = push(&written.push, &issuer)?;
    Ok(Settings {
        service: Config {
            limits: limits(&written.limits)?,
            name,
            secret,
            demo,
            visitors,
            private_push: written.push.private_endpoints,
            believed: Believed::read(written.attestation)?,
            metrics: metrics(written.metrics)?,
            min_app: min_app(&written.min_app)?,
            issuer,
        },
        listen,
        database,
        connections,
        tls: tls(written.tls)?,
        mail: written.mail.map(mail).transpose()?,
        push,
        log: log(written.log)?,
    })
}

const DEFAULT_PORT: u16 = 8430;
const DEFAULT_DATA: &str = "countersign-data";

fn issuer(written: Option<String>, listen: SocketAddr, demo: bool) -> Result<Origin, ConfigRefused> {
    let text = match written {
        Some(text) => text,
        None if demo => format!("http://localhost:{}", listen.port()),
        None => {
            return Err(ConfigRefused::Missing {
                setting: "issuer",
                what: "the address that browsers and apps use, such as https://signin.example.org",
            });
        }
    };
    Origin::parse(&text)
        .map_err(|_| value("issuer", "an https address without a path, such as https://signin.example.org"))
}

fn service_secret(
    variable: Option<SecretText>,
    file: Option<PathBuf>,
    data: &Path,
    embedded: bool,
    first_start: bool,
) -> Result<SecretBytes, ConfigRefused> {
    if let Some(variable) = variable {
        // expose: this is where it is read.
        return Ok(secret::parse(variable.expose()).ok_or(SecretRefused::BadVariable)?);
    }
    let path = match file {
        Some(path) => path,
        None if embedded => data.join("service.secret"),
        None => return Err(SecretRefused::Needed.into()),
    };
    Ok(secret::read_or_make(&path, embedded && first_start)?)
}

fn tls(written: Option<WrittenTls>) -> Result<Option<Tls>, ConfigRefused> {
    match written.map(|tls| (tls.certificate, tls.key)) {
        None | Some((None, None)) => Ok(None),
        Some((Some(certificate), Some(key))) => Ok(Some(Tls { certificate, key })),
        Some((None, Some(_))) => Err(ConfigRefused::Missing {
            setting: "tls.certificate",
            what: "the certificate that belongs to tls.key",
        }),
        Some((Some(_), None)) => {
            Err(ConfigRefused::Missing { setting: "tls.key", what: "the private key of tls.certificate" })
        }
    }
}

fn mail(written: WrittenMail) -> Result<Mail, ConfigRefused> {
    let missing = |setting, what| ConfigRefused::Missing { setting, what };
    let security = match written.security.as_deref() {
        None | Some("starttls") => MailSecurity::StartTls,
        Some("tls") => MailSecurity::Tls,
        Some("none") => MailSecurity::None,
        Some(_) => return Err(value("mail.security", "starttls, tls or none")),
    };
    let password = match (written.password, written.password_file) {
        (Some(_), Some(_)) => return Err(value("mail.password", "either this or mail.password_file")),
        (Some(Hidden(password)), None) => Some(password),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(&file).map_err(|_| ConfigRefused::NotRead { path: file })?;
            Some(SecretText::new(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
        (None, None) => None,
    };
    let login = match (written.user, password) {
        (None, None) => None,
        (Some(user), Some(password)) => Some((user, password)),
        (None, Some(_)) => {
            return Err(missing("mail.user", "who signs in to the mail server with the password"));
        }
        (Some(_), None) => return Err(missing("mail.password", "the password of mail.user")),
    };
    if login.is_some() && security == MailSecurity::None {
        return Err(value("mail.security", "starttls or tls: a password is not sent in the clear"));
    }
    let usual = match security {
        MailSecurity::StartTls => 587,
        MailSecurity::Tls => 465,
        MailSecurity::None => 25,
    };
    let from =
        written.from.ok_or_else(|| missing("mail.from", "who mails are from, such as signin@example.org"))?;
    if from.parse::<lettre::message::Mailbox>().is_err() {
        return Err(value("mail.from", "an address, such as \"Contoso <signin@example.org>\""));
    }
    Ok(Mail {
        host: written.host.ok_or_else(|| missing("mail.host", "the mail server's name"))?,
        port: written.port.unwrap_or(usual),
        security,
        login,
        from,
    })
}

fn push(written: &WrittenPush, issuer: &Origin) -> Result<Option<Push>, ConfigRefused> {
    if !written.enabled {
        return Ok(None);
    }
    let contact = written.contact.clone().unwrap_or_else(|| issuer.as_str().to_owned());
    let known = ["mailto:", "https://", "http://localhost", "http://127.0.0.1", "http://[::1]"];
    if !known.iter().any(|start| contact.starts_with(start)) {
        return Err(value("push.contact", "mailto:somebody@example.org or an https address"));
    }
    Ok(Some(Push { contact }))
}

fn metrics(written: WrittenMetrics) -> Result<Option<SecretText>, ConfigRefused> {
    match (written.enabled, written.token) {
        (false, _) => Ok(None),
        (true, None) => Err(ConfigRefused::Missing {
            setting: "metrics.token",
            what: "what Prometheus shows as a bearer token; make one with `openssl rand -base64 24`",
        }),
        // expose: only its length is looked at.
        (true, Some(Hidden(token))) if token.expose().len() < 16 => {
            Err(value("metrics.token", "at least 16 characters"))
        }
        (true, Some(Hidden(token))) => Ok(Some(token)),
    }
}

fn min_app(written: &WrittenMinApp) -> Result<MinApp, ConfigRefused> {
    let version = |setting, written: &Option<String>| match written {
        None => Ok(None),
        Some(text) => match AppVersion::parse(text) {
            Some(version) => Ok(Some(version)),
            None => Err(value(setting, "a version of three numbers, such as 1.2.0")),
        },
    };
    Ok(MinApp {
        android: version("min_app.android", &written.android)?,
        ios: version("min_app.ios", &written.ios)?,
        desktop: version("min_app.desktop", &written.desktop)?,
    })
}

fn log(written: WrittenLog) -> Result<Log, ConfigRefused> {
    let json = match written.format.as_deref() {
        None | Some("text") => false,
        Some("json") => true,
        Some(_) => return Err(value("log.format", "text or json")),
    };
    let level = written.level.unwrap_or_else(|| "info".to_owned());
    if level.parse::<tracing_subscriber::EnvFilter>().is_err() {
        return Err(value("log.level", "error, warn, info, debug or trace"));
    }
    Ok(Log { json, level })
}

/// Overrides within what the protocol's promises still hold for (S-12, S-13, S-16, S-17, S-20).
fn limits(written: &WrittenLimits) -> Result<Limits, ConfigRefused> {
    macro_rules! apply {
        ($($name:ident: $least:literal ..= $most:literal,)+) => {{
            let mut limits = Limits::default();
            $(if let Some(number) = written.$name {
                within(concat!("limits.", stringify!($name)), number, $least, $most)?;
                limits.$name = number;
            })+
            limits
        }};
    }
    Ok(apply! {
        pending: 1..=4,
        unanswered: 1..=5,
        wakes_a_minute: 1..=10,
        wakes_a_day: 3..=50,
        mismatches: 3..=5,
        totp_window: 0..=1,
        totp_a_day: 5..=20,
        pass_tries: 3..=5,
        long_poll_secs: 1..=55,
    })
}

fn within<T: PartialOrd + fmt::Display>(
    setting: &'static str,
    number: T,
    least: T,
    most: T,
) -> Result<(), ConfigRefused> {
    if number < least || number > most {
        return Err(ConfigRefused::Value { setting, what: format!("a number from {least} to {most}") });
    }
    Ok(())
}

pub(super) fn value(setting: &'static str, what: &str) -> ConfigRefused {
    ConfigRefused::Value { setting, what: format!("it has to be {what}") }
}

fn sqlite_url(file: &Path) -> String {
    let path = file.to_string_lossy();
    format!("sqlite://{}?mode=rwc", utf8_percent_encode(&path, SPECIAL))
}

/// What ends a path in an address.
const SPECIAL: &AsciiSet = &CONTROLS.add(b'?').add(b'#').add(b'%').add(b' ');

fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next()?;
    if path.is_empty() || path == ":memory:" {
        return None;
    }
    Some(PathBuf::from(percent_encoding::percent_decode_str(path).decode_utf8().ok()?.as_ref()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Each name sets something that the file knows, so that none is left behind when a setting is renamed;
    /// that none is missing is seen from the count of the file's fields.
    pub(in crate::config) fn names_are_those_of_the_file() {
        for (name, kind) in NAMES.iter().filter(|(name, _)| !matches!(*name, "secret" | "config")) {
            let value = match kind {
                Kind::Text => Value::from("x"),
                Kind::Number => Value::from(1),
                Kind::Flag => Value::from(true),
                Kind::List => Value::Array(vec![]),
            };
            let mut table = Table::new();
            match name.split_once('.') {
                None => table.insert((*name).to_owned(), value),
                Some((group, key)) => {
                    let mut inner = Table::new();
                    inner.insert(key.to_owned(), value);
                    table.insert(group.to_owned(), Value::Table(inner))
                }
            };
            Written::deserialize(table).unwrap_or_else(|cause| panic!("{name}: {cause}"));
        }
    }
}
