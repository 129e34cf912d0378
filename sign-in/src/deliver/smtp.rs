//! Hands mails to a mail server.

use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::Mailed;
use crate::config::{Mail, MailSecurity};

/// A mail server.
pub struct Smtp {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// As the operator has set it. Nothing is connected yet.
    pub fn new(mail: Mail) -> Result<Self, SmtpRefused> {
        let from = mail.from.parse().map_err(|_| SmtpRefused::From)?;
        let builder = match mail.security {
            MailSecurity::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&mail.host),
            MailSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&mail.host),
            MailSecurity::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&mail.host)),
        };
        let mut builder = builder.map_err(|_| SmtpRefused::Host)?.port(mail.port).timeout(Some(TIMEOUT));
        if let Some((user, password)) = mail.login {
            // expose: the library keeps it for each connection.
            builder = builder.credentials(Credentials::new(user, password.expose().to_owned()));
        }
        Ok(Self { server: builder.build(), from })
    }

    pub(super) async fn mail(&self, recipient: &str, subject: &str, body: &str) -> Mailed {
        let Some(message) = self.message(recipient, subject, body) else { return Mailed::Refused };
        match tokio::time::timeout(WHOLE, self.server.send(message)).await {
            Ok(Ok(_)) => Mailed::Taken,
            Ok(Err(cause)) if cause.is_permanent() => {
                tracing::warn!(code = cause.status().map(u16::from), "the mail server refused a mail");
                Mailed::Refused
            }
            Ok(Err(cause)) => {
                tracing::warn!(
                    code = cause.status().map(u16::from),
                    timeout = cause.is_timeout(),
                    tls = cause.is_tls(),
                    "the mail server did not take a mail"
                );
                Mailed::Later
            }
            Err(_) => {
                tracing::warn!("the mail server did not answer");
                Mailed::Later
            }
        }
    }

    fn message(&self, recipient: &str, subject: &str, body: &str) -> Option<Message> {
        Message::builder()
            .from(self.from.clone())
            .to(recipient.parse().ok()?)
            .subject(subject)
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(body.to_owned())
            .ok()
    }
}

const TIMEOUT: Duration = Duration::from_secs(20);
/// Less than a mail is claimed for, so that no other node takes it meanwhile.
const WHOLE: Duration = Duration::from_secs(60);

/// So that no holiday notice comes back (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Why mail cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpRefused {
    /// The sender is no mail address.
    #[error("mail.from is no mail address")]
    From,
    /// The mail server's name is no name.
    #[error("mail.host is no name of a server")]
    Host,
}
