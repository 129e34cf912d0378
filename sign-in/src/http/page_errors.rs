//! Pages for what went wrong: what happened, whether anything was changed, what to do next.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::page::{Action, Frame, Nav, Panel, Role};
use super::{caller, cookies, page};
use crate::Service;
use crate::methods::MethodRefused;
use crate::sessions::Stage;
use crate::store::{Session, StoreError};
use crate::web::{Language, picture::Halves};

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// There is nothing here.
    NotFound,
    /// Another site sent the form, or its page is too old.
    Elsewhere,
    /// The session may not do this.
    NotAllowed,
    /// Only an administrator may.
    NotAdministrator,
    /// The organisation has switched this off.
    SwitchedOff,
    /// The request cannot be read.
    Malformed,
    /// The sign-in is over.
    Ended,
    /// There are five authenticators.
    Five,
    /// There were too many wrong codes.
    TooMany,
    /// It is our fault.
    Broken,
    /// Signing in comes first.
    SignIn {
        /// And then this.
        next: Option<String>,
    },
    /// Being verified comes first.
    VerifyFirst {
        /// And then this.
        next: Option<String>,
    },
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a page could not be made");
        Self::Broken
    }
}

impl Trouble {
    /// A refusal that no page has words of its own for.
    pub(crate) fn of_method(refused: MethodRefused, verify_first: Self) -> Self {
        match refused {
            MethodRefused::Five => Self::Five,
            MethodRefused::NoSuchMethod => Self::NotFound,
            MethodRefused::VerifyFirst => verify_first,
            MethodRefused::SwitchedOff => Self::SwitchedOff,
            MethodRefused::Store(error) => error.into(),
            MethodRefused::TooMany => Self::TooMany,
            MethodRefused::WrongCode | MethodRefused::LastMethod | MethodRefused::NotAllowed => {
                Self::NotAllowed
            }
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Elsewhere | Self::NotAllowed | Self::NotAdministrator | Self::SwitchedOff | Self::Ended => {
                StatusCode::FORBIDDEN
            }
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Five => StatusCode::CONFLICT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Self::SignIn { .. } | Self::VerifyFirst { .. } => StatusCode::SEE_OTHER,
        }
    }

    /// What a bare status of the router means.
    fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::FORBIDDEN => Self::Elsewhere,
            _ if status.is_server_error() => Self::Broken,
            _ => Self::Malformed,
        }
    }

    fn panel(&self, frame: &Frame) -> Panel {
        let w = frame.w;
        let t = &w.trouble;
        let org = &frame.org;
        let to_start = || Action::link(&w.trouble.to_start, "/").primary();
        let again = || Action::link(&w.page.start_again, "/sign-in").primary();
        match self {
            Self::NotFound => {
                Panel::new(Role::Alert, &t.not_found_title).text(&t.not_found).action(to_start())
            }
            Self::Elsewhere => {
                Panel::new(Role::Alert, &t.elsewhere_title).text(&t.elsewhere).action(to_start())
            }
            Self::NotAllowed => {
                Panel::new(Role::Alert, &t.not_allowed_title).text(&t.not_allowed).action(to_start())
            }
            Self::NotAdministrator => Panel::new(Role::Alert, &w.admin.not_admin_title)
                .text(w.admin.not_admin.with("org", org))
                .action(to_start()),
            Self::SwitchedOff => Panel::new(Role::Alert, &t.not_allowed_title)
                .text(w.page.org_off.with("org", org))
                .action(to_start()),
            Self::Malformed => {
                Panel::new(Role::Alert, &t.malformed_title).text(&t.malformed).action(to_start())
            }
            Self::Ended => Panel::new(Role::Alert, &w.ended.ended_title)
                .halves(Halves::Alone)
                .text(&w.ended.ended)
                .action(again()),
            Self::Five => Panel::new(Role::Alert, &w.security.five_title)
                .text(&w.security.five)
                .test_id("five")
                .action(Action::link(&w.page.close, "/security-info").primary()),
            Self::TooMany => Panel::new(Role::Alert, &w.ended.tries_title)
                .halves(Halves::Paused)
                .text(&t.too_many)
                .test_id("too-many-tries")
                .action(to_start()),
            Self::Broken | Self::SignIn { .. } | Self::VerifyFirst { .. } => {
                Panel::new(Role::Alert, &t.broken_title).text(&t.broken).action(to_start())
            }
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match &self {
            Self::SignIn { next } => page::see(&with_next("/sign-in", next.as_deref())),
            Self::VerifyFirst { next } => page::see(&with_next("/sign-in/verify", next.as_deref())),
            Self::NotFound
            | Self::Elsewhere
            | Self::NotAllowed
            | Self::NotAdministrator
            | Self::SwitchedOff
            | Self::Malformed
            | Self::Ended
            | Self::Five
            | Self::TooMany
            | Self::Broken => {
                let mut response = self.status().into_response();
                response.extensions_mut().insert(self);
                response
            }
        }
    }
}

/// A path with where to go on to.
pub(crate) fn with_next(path: &str, next: Option<&str>) -> String {
    let Some(next) = next else { return path.to_owned() };
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}next={}", escaped(next))
}

/// Fit for a value in an address.
pub(super) fn escaped(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

/// Puts a page in the place of a bare status, in the person's language; and takes a chosen language, which
/// every address does by `?language=`.
pub(super) async fn friendly(State(service): State<Service>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method == Method::GET
        && let Some((language, path)) = chosen_language(&caller::path(&parts))
    {
        remember(&service, &parts.headers, language).await;
        let mut response = page::see(&path);
        cookies::give(response.headers_mut(), cookies::LANGUAGE, language.tag(), Some(YEAR));
        return response;
    }
    let (language, path) = (caller::language(&parts), caller::path(&parts));

    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let trouble = response.extensions().get::<Trouble>().cloned();
    let bare = (status.is_client_error() || status.is_server_error())
        && !response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let Some(trouble) = trouble.or_else(|| bare.then(|| Trouble::of(status))) else { return response };

    let frame = Frame::new(service.config(), language, &path, String::new(), Nav::Plain);
    let mut page = trouble.panel(&frame).show(frame);
    *page.status_mut() = status;
    if let Some(allow) = response.headers().get(header::ALLOW) {
        page.headers_mut().insert(header::ALLOW, allow.clone());
    }
    page
}

/// Whoever is signed in is written to in the language they read.
async fn remember(service: &Service, headers: &HeaderMap, language: Language) {
    let Some(cookie) = cookies::find(headers, cookies::SESSION) else { return };
    let Ok(Some(Session { user: Some(user), stage: Stage::SignedIn, .. })) = service.session(cookie).await
    else {
        return;
    };
    if let Err(error) = service.set_language(&user, language.tag()).await {
        tracing::warn!(%error, "a language was not kept");
    }
}

const YEAR: u64 = 365 * 24 * 60 * 60;

/// The language that `path` chooses, and the path without it.
fn chosen_language(path: &str) -> Option<(Language, String)> {
    let (path, query) = path.split_once('?')?;
    let mut chosen = None;
    let rest: Vec<_> = query
        .split('&')
        .filter(|pair| match pair.strip_prefix("language=") {
            Some(tag) => {
                chosen = Language::tagged(tag).or(chosen);
                false
            }
            None => true,
        })
        .collect();
    let path = page::is_local(path).then(|| path.to_owned())?;
    let path = if rest.is_empty() { path } else { format!("{path}?{}", rest.join("&")) };
    chosen.map(|language| (language, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_chosen_on_every_page_and_then_leaves_the_address() {
        assert_eq!(chosen_language("/help?language=sv"), Some((Language::Sv, "/help".to_owned())));
        let (language, path) = chosen_language("/admin?search=a&language=nb&page=2").unwrap();
        assert_eq!((language, path.as_str()), (Language::Nb, "/admin?search=a&page=2"));
        assert_eq!(chosen_language("/help?language=xx"), None);
        assert_eq!(chosen_language("/help?lang=sv"), None);
        assert_eq!(chosen_language("//attacker.example/?language=sv"), None);
    }

    #[test]
    fn where_to_go_on_to_is_one_value() {
        assert_eq!(with_next("/a?x=1", Some("/b?c=d&e")), "/a?x=1&next=%2Fb%3Fc%3Dd%26e");
    }
}
