//! What pages have in common: what stands around them, and the plain page that says one thing and offers what
//! to do next.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::assets;
use super::caller::{Office, Section};
use crate::config::Config;
use crate::web::picture::Halves;
use crate::web::text::{Filled, escaped};
use crate::web::{Language, Text, When, Words, icons};

/// Declares a page: a template and what is filled in.
macro_rules! page {
    ($(#[$about:meta])* $name:ident, $path:tt { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$about])*
        #[derive(askama::Template)]
        #[template(path = $path)]
        pub(crate) struct $name {
            pub(crate) w: &'static crate::web::Words,
            pub(crate) f: crate::http::page::Frame,
            $(pub(crate) $field: $type,)*
        }
    };
}
pub(super) use page;

/// What stands around a page.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The words.
    pub(crate) w: &'static Words,
    /// The language.
    pub(crate) language: Language,
    /// The organisation, as the operator calls it.
    pub(crate) org: String,
    /// The host of the service.
    pub(crate) host: String,
    /// The secret of the session's forms.
    pub(crate) csrf: String,
    /// The way to other pages.
    pub(crate) nav: Nav,
    /// Whether this is a demonstration.
    pub(crate) demo: bool,
    /// The address of this page in each language.
    pub(super) languages: Vec<(Language, String)>,
}

/// The ways to other pages, at the head of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nav {
    /// None, while signing in.
    Plain,
    /// Only out.
    SignOut,
    /// A person's own pages.
    Account {
        /// The one that is shown.
        current: Option<Section>,
        /// Whether there is a way to the administration.
        administrator: bool,
    },
    /// The administration.
    Administration {
        /// The one that is shown.
        current: Office,
    },
}

impl Frame {
    pub(super) fn new(config: &Config, language: Language, path: &str, csrf: String, nav: Nav) -> Self {
        let sign = if path.contains('?') { '&' } else { '?' };
        let at = |language: Language| (language, format!("{path}{sign}language={}", language.tag()));
        Self {
            w: language.words(),
            language,
            org: config.name.clone(),
            host: config.issuer.host().to_owned(),
            csrf,
            nav,
            demo: config.demo,
            languages: Language::ALL.map(at).into(),
        }
    }

    /// The letter that stands for the organisation.
    pub(crate) fn initial(&self) -> String {
        self.org.chars().next().unwrap_or('?').to_uppercase().collect()
    }

    /// The address of an asset.
    pub(crate) fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    pub(super) fn has_account(&self) -> bool {
        matches!(self.nav, Nav::Account { .. })
    }

    pub(super) fn may_administer(&self) -> bool {
        matches!(self.nav, Nav::Account { administrator: true, .. })
    }

    pub(super) fn administers(&self) -> bool {
        matches!(self.nav, Nav::Administration { .. })
    }

    pub(super) fn is_signed_in(&self) -> bool {
        self.nav != Nav::Plain
    }

    pub(super) fn at_security(&self) -> bool {
        matches!(self.nav, Nav::Account { current: Some(Section::Security), .. })
    }

    pub(super) fn at_activity(&self) -> bool {
        matches!(self.nav, Nav::Account { current: Some(Section::Activity), .. })
    }

    pub(super) fn at_people(&self) -> bool {
        matches!(self.nav, Nav::Administration { current: Office::People })
    }

    pub(super) fn at_policy(&self) -> bool {
        matches!(self.nav, Nav::Administration { current: Office::Policy })
    }

    pub(super) fn at_sign_ins(&self) -> bool {
        matches!(self.nav, Nav::Administration { current: Office::SignIns })
    }
}

/// A page as an answer.
pub(crate) fn show(page: &impl Template) -> Response {
    show_as(StatusCode::OK, page)
}

/// A page as an answer with another status.
pub(crate) fn show_as(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            (status, [(header::CONTENT_TYPE, kind)], html).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Sends the browser to another page of this service.
pub(crate) fn see(path: &str) -> Response {
    let path = if is_local(path) { path } else { "/" };
    let location = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Whether this is a path of this service and nothing that a browser takes for another host.
pub(crate) fn is_local(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && path.len() <= LONGEST_PATH
}

const LONGEST_PATH: usize = 1024;

/// What is written in HTML already.
#[derive(Debug)]
pub(crate) struct Written(String);

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Written {}

impl Written {
    /// A name from outside.
    pub(crate) fn name(name: &str) -> Self {
        Self(format!("<bdi>{}</bdi>", escaped(name)))
    }

    /// A text in bold.
    pub(crate) fn bold(text: &Filled<'_>) -> Self {
        Self(format!("<strong>{text}</strong>"))
    }

    /// A time.
    pub(crate) fn when(at: &When) -> Self {
        Self(at.to_string())
    }
}

impl From<&Text> for Written {
    fn from(text: &Text) -> Self {
        Self(text.to_string())
    }
}

impl From<Filled<'_>> for Written {
    fn from(text: Filled<'_>) -> Self {
        Self(text.to_string())
    }
}

/// How a screen reader is told of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It asks something.
    Question,
    /// Something went well.
    Status,
    /// Something did not.
    Alert,
}

/// A page that says one thing and offers what to do next.
pub(crate) struct Panel {
    role: Role,
    title: Written,
    title_plain: String,
    halves: Option<Halves>,
    who: Option<String>,
    texts: Vec<Written>,
    facts: Vec<(Written, Written)>,
    notice: Option<(Written, Written)>,
    actions: Vec<Action>,
    test_id: &'static str,
}

page! {
    /// A [`Panel`] with what stands around it.
    PanelPage, "panel.html" { panel: Panel }
}

impl Panel {
    /// A page with this heading.
    pub(crate) fn new(role: Role, title: &Text) -> Self {
        Self::titled(role, title.into(), title.as_str().to_owned())
    }

    /// The same with a heading that is filled in.
    pub(crate) fn filled(role: Role, title: Filled<'_>) -> Self {
        let plain = title.attr();
        Self::titled(role, title.into(), plain)
    }

    fn titled(role: Role, title: Written, title_plain: String) -> Self {
        Self {
            role,
            title,
            title_plain,
            halves: None,
            who: None,
            texts: Vec::new(),
            facts: Vec::new(),
            notice: None,
            actions: Vec::new(),
            test_id: "panel",
        }
    }

    /// The role of what it says (WAI-ARIA).
    pub(super) fn live(&self) -> Option<&'static str> {
        match self.role {
            Role::Question => None,
            Role::Status => Some("status"),
            Role::Alert => Some("alert"),
        }
    }

    /// With the picture of how it ended.
    pub(crate) fn halves(self, halves: Halves) -> Self {
        Self { halves: Some(halves), ..self }
    }

    /// With the name of the person who signs in.
    pub(crate) fn who(self, name: Option<&str>) -> Self {
        Self { who: name.map(str::to_owned), ..self }
    }

    /// With a name for tests.
    pub(crate) fn test_id(self, test_id: &'static str) -> Self {
        Self { test_id, ..self }
    }

    /// And a sentence or two.
    pub(crate) fn text(mut self, text: impl Into<Written>) -> Self {
        self.texts.push(text.into());
        self
    }

    /// And a fact.
    pub(crate) fn fact(mut self, label: &Text, value: impl Into<Written>) -> Self {
        self.facts.push((label.into(), value.into()));
        self
    }

    /// And a warning with its own heading.
    pub(crate) fn warning(self, title: &Text, text: &Text) -> Self {
        Self { notice: Some((title.into(), text.into())), ..self }
    }

    /// And something to do.
    pub(crate) fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// As an answer.
    pub(crate) fn show(self, f: Frame) -> Response {
        self.show_as(StatusCode::OK, f)
    }

    /// As an answer with another status.
    pub(crate) fn show_as(self, status: StatusCode, f: Frame) -> Response {
        show_as(status, &PanelPage { w: f.w, f, panel: self })
    }
}

/// Something to do next: a way to another page, or a form that is sent.
#[derive(Debug)]
pub(crate) struct Action {
    label: Written,
    to: String,
    post: bool,
    fields: Vec<(&'static str, String)>,
    answer: Option<(&'static str, &'static str)>,
    class: &'static str,
    test_id: &'static str,
}

impl Action {
    /// A way to another page.
    pub(crate) fn link(label: impl Into<Written>, to: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            to: to.into(),
            post: false,
            fields: Vec::new(),
            answer: None,
            class: "tonal",
            test_id: "link",
        }
    }

    /// A form that is sent to `to`.
    pub(crate) fn post(label: impl Into<Written>, to: impl Into<String>) -> Self {
        Self { post: true, test_id: "submit", ..Self::link(label, to) }
    }

    /// With a field.
    pub(crate) fn field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// As one of several answers to the same question.
    pub(crate) fn answer(self, name: &'static str, value: &'static str) -> Self {
        Self { answer: Some((name, value)), ..self }
    }

    /// With a field, if there is a value.
    pub(crate) fn maybe(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    /// As the main thing to do.
    pub(crate) fn primary(self) -> Self {
        Self { class: "primary", ..self }
    }

    /// As something that takes away.
    pub(crate) fn bad(self) -> Self {
        Self { class: "bad", ..self }
    }

    /// With a name for tests.
    pub(crate) fn test_id(self, test_id: &'static str) -> Self {
        Self { test_id, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_host() {
        for path in ["/", "/security-info", "/device?x=1#y", "/a//b"] {
            assert!(is_local(path), "{path}");
        }
        for path in
            ["", "//attacker.example", "/\\attacker.example", "https://attacker.example", "a", "/\t/a", "/å"]
        {
            assert!(!is_local(path), "{path}");
            assert_eq!(see(path).headers()[header::LOCATION], "/");
        }
    }
}
