//! Who sent a request: the session of its cookie, the language, the person. A handler names what it needs as
//! an argument, and is not called without it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{Method, header};
use crypto_core::approval::Limits;
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;

use super::cookies;
use super::page::{Frame, Nav};
use super::page_errors::Trouble;
use crate::Service;
use crate::accounts::Role;
use crate::sessions::Stage;
use crate::store::{Session, User};
use crate::visitor::Visitor;
use crate::web::{Language, Words};

/// Whoever sent a request.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The service.
    pub(crate) service: Service,
    /// The session, if the cookie has one that has not ended.
    pub(crate) session: Option<Session>,
    /// The person whose session it is, once a password or a pass was right.
    user: Option<User>,
    /// The value of its cookie.
    pub(crate) cookie: Option<Arc<SecretText>>,
    /// The cookie that says that somebody has signed in with this browser.
    pub(crate) browser: Option<String>,
    /// Where it comes from.
    pub(crate) visitor: Visitor,
    /// The language of the page.
    pub(crate) language: Language,
    /// The address that was asked for: its path and query.
    pub(crate) path: String,
    /// Whether it only asks, so that it can be sent again.
    pub(crate) only_asks: bool,
}

impl Caller {
    /// The same in a session that took the place of the one that the request came in.
    pub(crate) fn in_session(self, session: Session) -> Self {
        let user = self.user.filter(|user| session.user.as_ref() == Some(&user.id));
        Self { session: Some(session), user, ..self }
    }

    /// The words of the page.
    pub(crate) fn words(&self) -> &'static Words {
        self.language.words()
    }

    /// What stands around a page.
    pub(crate) fn frame(&self, nav: Nav) -> Frame {
        let csrf = self.session.as_ref().map_or(String::new(), |session| session.csrf.clone());
        Frame::new(self.service.config(), self.language, &self.path, csrf, nav)
    }

    /// The time of day.
    pub(crate) fn now(&self) -> UnixTime {
        self.service.now()
    }

    /// The limits of the protocol.
    pub(crate) fn limits(&self) -> &Limits {
        self.service.limits()
    }

    /// The session; without one, signing in comes first.
    pub(crate) fn needs_session(&self) -> Result<&Session, Trouble> {
        self.session.as_ref().ok_or_else(|| self.sign_in_first())
    }

    /// Signing in comes first, and then what was asked for.
    pub(crate) fn sign_in_first(&self) -> Trouble {
        Trouble::SignIn { next: self.only_asks.then(|| self.path.clone()) }
    }
}

impl FromRequestParts<Service> for Caller {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Trouble> {
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        let cookie = cookies::find(&parts.headers, cookies::SESSION).map(str::to_owned);
        let browser = cookies::find(&parts.headers, cookies::BROWSER).map(str::to_owned);
        let visit = match &cookie {
            Some(cookie) => service.visit(cookie, browser.as_deref()).await?,
            None => None,
        };
        let (session, user) = visit.map_or((None, None), |(session, user)| (Some(session), user));
        let Ok(visitor) = Visitor::from_request_parts(parts, service).await;
        let caller = Self {
            service: service.clone(),
            session,
            user,
            cookie: cookie.map(|cookie| Arc::new(SecretText::new(cookie))),
            browser,
            visitor,
            language: language(parts),
            path: path(parts),
            only_asks: parts.method == Method::GET || parts.method == Method::HEAD,
        };
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

/// The language that was chosen, or that the browser prefers.
pub(super) fn language(parts: &Parts) -> Language {
    let chosen = cookies::find(&parts.headers, cookies::LANGUAGE).and_then(Language::tagged);
    chosen.unwrap_or_else(|| {
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Language::accepted(accepted.unwrap_or_default())
    })
}

/// The path and query that were asked for.
pub(super) fn path(parts: &Parts) -> String {
    parts.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned()
}

/// Somebody whose password or pass was right.
#[derive(Clone)]
pub(crate) struct Person {
    /// The caller.
    pub(crate) caller: Caller,
    /// The session.
    pub(crate) session: Session,
    /// The person.
    pub(crate) user: User,
}

impl Person {
    /// The words of the page.
    pub(crate) fn words(&self) -> &'static Words {
        self.caller.words()
    }

    /// The service.
    pub(crate) fn service(&self) -> &Service {
        &self.caller.service
    }

    /// Only with both steps done.
    pub(crate) fn needs_both_steps(&self) -> Result<(), Trouble> {
        match self.session.stage {
            Stage::SignedIn => Ok(()),
            Stage::Password => Err(self.verify_first()),
            Stage::Pass => Err(Trouble::NotAllowed),
            Stage::Start => Err(self.caller.sign_in_first()),
        }
    }

    /// With both steps done, or by a pass.
    pub(crate) fn needs_both_steps_or_pass(&self) -> Result<(), Trouble> {
        if self.session.stage == Stage::Pass { Ok(()) } else { self.needs_both_steps() }
    }

    /// Being verified comes first, and then what was asked for.
    pub(crate) fn verify_first(&self) -> Trouble {
        Trouble::VerifyFirst { next: self.caller.only_asks.then(|| self.caller.path.clone()) }
    }

    /// What stands around one of the person's pages.
    pub(crate) fn frame(&self, current: Option<Section>) -> Frame {
        let nav = match self.session.stage {
            Stage::SignedIn => Nav::Account { current, administrator: self.user.role == Role::Administrator },
            Stage::Pass => Nav::SignOut,
            Stage::Start | Stage::Password => Nav::Plain,
        };
        self.caller.frame(nav)
    }
}

/// A page of a person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Security info.
    Security,
    /// Recent activity.
    Activity,
}

impl FromRequestParts<Service> for Person {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Trouble> {
        let caller = <Caller as FromRequestParts<Service>>::from_request_parts(parts, service).await?;
        let session = caller.needs_session()?.clone();
        let user = caller.user.clone().ok_or_else(|| caller.sign_in_first())?;
        Ok(Self { caller, session, user })
    }
}

impl OptionalFromRequestParts<Service> for Person {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Option<Self>, Trouble> {
        match <Self as FromRequestParts<Service>>::from_request_parts(parts, service).await {
            Ok(person) => Ok(Some(person)),
            Err(Trouble::SignIn { .. }) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }
}

/// An administrator with both steps done.
#[derive(Clone)]
pub(crate) struct Administrator(pub(crate) Person);

impl Administrator {
    /// The words of the page.
    pub(crate) fn words(&self) -> &'static Words {
        self.0.words()
    }

    /// The service.
    pub(crate) fn service(&self) -> &Service {
        self.0.service()
    }

    /// What stands around a page of the administration.
    pub(crate) fn frame(&self, current: Office) -> Frame {
        self.0.caller.frame(Nav::Administration { current })
    }
}

/// A page of the administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Office {
    /// The people.
    People,
    /// The policy.
    Policy,
    /// Everybody's sign-ins.
    SignIns,
}

impl FromRequestParts<Service> for Administrator {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Trouble> {
        let person = <Person as FromRequestParts<Service>>::from_request_parts(parts, service).await?;
        person.needs_both_steps()?;
        if person.user.role != Role::Administrator {
            return Err(Trouble::NotAdministrator);
        }
        // Whatever changes something for others needs a verification of the last minutes; the form that
        // leads to it needs one too, so that nobody fills it in for nothing.
        let reads = person.caller.only_asks && !parts.uri.path().contains("/pass");
        if !reads && !person.session.is_fresh(service.now()) {
            return Err(person.verify_first());
        }
        Ok(Self(person))
    }
}
