//! A browser without a screen and without script. Every answer it gets is looked at.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tower::ServiceExt as _;

use crate::fixture::Stand;
use crate::http::cookies;
use crate::sessions::Stage;
use crate::store::User;

/// A browser, and the page that is open.
#[derive(Clone)]
pub(super) struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    language: &'static str,
    /// Where it is.
    pub(super) path: String,
    /// With what status.
    pub(super) status: StatusCode,
    /// And headers.
    pub(super) headers: HeaderMap,
    /// The page.
    pub(super) html: String,
}

impl Browser {
    pub(super) fn new(stand: &Stand) -> Self {
        Self::reading(stand, "en")
    }

    /// A browser that prefers a language.
    pub(super) fn reading(stand: &Stand, language: &'static str) -> Self {
        Self {
            router: crate::router(stand.service.clone()),
            cookies: BTreeMap::new(),
            language,
            path: String::new(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            html: String::new(),
        }
    }

    /// A browser in which somebody has come to a stage.
    pub(super) async fn of(stand: &Stand, user: &User, stage: Stage) -> Self {
        let mut browser = Self::new(stand);
        let opened = stand.at(user, stage).await;
        browser.cookies.insert(cookies::SESSION.to_owned(), opened.cookie.expose().to_owned());
        browser
    }

    pub(super) fn in_language(mut self, language: &'static str) -> Self {
        self.language = language;
        self
    }

    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Opens a page, and goes where it sends on to.
    pub(super) async fn get(&mut self, path: &str) -> StatusCode {
        self.send(Request::get(path), path, String::new()).await;
        self.follow().await
    }

    /// Sends the form of this page whose action it is, with its hidden fields and these.
    pub(super) async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) -> StatusCode {
        let mut sent = self
            .hidden(action)
            .unwrap_or_else(|| panic!("no form {action} on {}:\n{}", self.path, self.html));
        sent.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(action, &sent, "same-origin").await;
        self.follow().await
    }

    /// Sends a form as it is, from a site, and goes nowhere.
    pub(super) async fn post(&mut self, path: &str, fields: &[(String, String)], site: &str) -> StatusCode {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            // As browsers do for pages with no-referrer.
            .header("origin", "null")
            .header("sec-fetch-site", site);
        let body: Vec<_> =
            fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        self.send(request, path, body.join("&")).await;
        self.status
    }

    async fn follow(&mut self) -> StatusCode {
        for _ in 0..6 {
            if !self.status.is_redirection() {
                return self.status;
            }
            let to = self.headers["location"].to_str().unwrap().to_owned();
            self.send(Request::get(&to), &to, String::new()).await;
        }
        panic!("sent around in a circle: {}", self.path);
    }

    async fn send(&mut self, request: axum::http::request::Builder, path: &str, body: String) {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request
            .header("cookie", cookies.join("; "))
            .header("accept-language", self.language)
            .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
            .body(Body::from(body))
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        for cookie in head.headers.get_all("set-cookie") {
            self.keep(cookie.to_str().unwrap());
        }
        self.path = path.to_owned();
        self.status = head.status;
        self.headers = head.headers;
        self.html = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        protected(&self.headers, path);
        if self.headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
            well_made(&self.html, path);
            keep_page(&self.html, path);
            let language = self.cookies.get(cookies::LANGUAGE).map_or(self.language, String::as_str);
            assert!(
                self.html.contains(&format!("<html lang=\"{language}\" dir=\"ltr\">")),
                "{path}: {}",
                self.html
            );
        }
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        assert!(name.starts_with("__Host-"), "{cookie}");
        for needed in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(attributes.split("; ").any(|one| one == needed), "{cookie} without {needed}");
        }
        assert!(!attributes.contains("Domain"), "{cookie}");
        if attributes.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Keeps what the kept pages load.
    pub(super) async fn keep_assets(&self) {
        let Ok(folder) = std::env::var("COUNTERSIGN_KEEP_PAGES") else { return };
        for name in ["page.css", "page.js", "mark.svg"] {
            let mut browser = self.clone();
            browser.get(&format!("/assets/0-{name}")).await;
            std::fs::write(format!("{folder}/{name}"), &browser.html).unwrap();
        }
    }

    /// Whether the page has an element with this `data-testid`.
    pub(super) fn shows(&self, id: &str) -> bool {
        self.html.contains(&format!("data-testid=\"{id}\""))
    }

    /// The text of the element with this `data-testid`, up to the next tag.
    pub(super) fn text(&self, id: &str) -> String {
        let mark = format!("data-testid=\"{id}\"");
        let rest = self
            .html
            .split_once(&mark)
            .unwrap_or_else(|| panic!("no {id} on {}:\n{}", self.path, self.html))
            .1;
        let (_, rest) = rest.split_once('>').unwrap();
        plain(rest.split('<').next().unwrap())
    }

    /// Where the link with this `data-testid` leads.
    pub(super) fn link(&self, id: &str) -> String {
        let mark = format!("data-testid=\"{id}\"");
        let rest = self
            .html
            .split_once(&mark)
            .unwrap_or_else(|| panic!("no {id} on {}:\n{}", self.path, self.html))
            .1;
        attribute(rest, "href").expect("a link")
    }

    /// The first address on the page that starts like this.
    pub(super) fn address(&self, start: &str) -> String {
        let mut found = ["href=\"", "action=\"", "data-then=\""].into_iter().flat_map(|kind| {
            self.html.split(kind).skip(1).map(|rest| rest.split('"').next().unwrap_or_default())
        });
        let found = found.find(|address| address.starts_with(start));
        plain(found.unwrap_or_else(|| panic!("no address {start} on {}:\n{}", self.path, self.html)))
    }

    /// The hidden fields of the form with this action.
    pub(super) fn hidden(&self, action: &str) -> Option<Vec<(String, String)>> {
        let form = self
            .html
            .split("<form")
            .skip(1)
            .find(|form| attribute(form, "action").as_deref() == Some(action))?;
        let form = form.split("</form>").next()?;
        let inputs = form.split("<input").skip(1);
        let hidden = inputs.filter(|input| attribute(input, "type").as_deref() == Some("hidden"));
        hidden.map(|input| Some((attribute(input, "name")?, attribute(input, "value")?))).collect()
    }
}

/// Keeps a page to be looked at with a real browser: `.ci/axe` does.
fn keep_page(html: &str, path: &str) {
    let Ok(folder) = std::env::var("COUNTERSIGN_KEEP_PAGES") else { return };
    let place: Vec<_> = path
        .split(['/', '?'])
        .filter(|part| part.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .collect();
    let language = html.split("lang=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let main = html.split_once("<main").map_or(html, |(_, main)| main);
    let shows =
        main.split("data-testid=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let error = if main.contains("class=\"error\"") { "-error" } else { "" };
    std::fs::write(format!("{folder}/{}-{shows}{error}.{language}.html", place.join("_")), html).unwrap();
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let rest = tag.split_once(&format!(" {name}=\""))?.1;
    Some(plain(rest.split('"').next()?))
}

fn plain(html: &str) -> String {
    let named = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    named.into_iter().fold(html.to_owned(), |text, (from, to)| text.replace(from, to))
}

pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

pub(super) fn unescaped(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// S-24: what every answer says to the browser.
pub(super) fn protected(headers: &HeaderMap, path: &str) {
    let says =
        |name: &str| headers.get(name).unwrap_or_else(|| panic!("{path} without {name}")).to_str().unwrap();
    let policy = says("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
        "{path}: {policy}"
    );
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
        "{path}: {policy}"
    );
    assert!(policy.contains("form-action 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(says("referrer-policy"), "no-referrer", "{path}");
    assert_eq!(says("x-content-type-options"), "nosniff", "{path}");
    assert!(says("strict-transport-security").contains("max-age=63072000"), "{path}");
    let kept = says("cache-control");
    assert!(kept == "no-store" || path.starts_with("/assets/") || path == "/favicon.ico", "{path}: {kept}");
}

/// What no page may have, and every page must have.
pub(super) fn well_made(html: &str, path: &str) {
    assert!(html.starts_with("<!doctype html>"), "{path}");
    let tags = tags(html, path);
    let mut ids = BTreeSet::new();
    for tag in &tags {
        let name = tag.split([' ', '>']).next().unwrap();
        assert_ne!(name, "style", "{path}: style in the page");
        assert!(attribute(tag, "style").is_none(), "{path}: style in {tag}");
        let mut names = tag.split('"').step_by(2).flat_map(|outside| outside.split_whitespace());
        assert!(!names.any(|name| name.starts_with("on")), "{path}: script in {tag}");
        for address in ["href", "src", "action"] {
            let at = attribute(tag, address).unwrap_or_default();
            let fine =
                at.is_empty() || at.starts_with('/') || at.starts_with('#') || at.starts_with("otpauth://");
            assert!(fine && !at.starts_with("//"), "{path}: {tag}");
        }
        if name == "script" {
            assert!(attribute(tag, "src").is_some_and(|src| src.starts_with("/assets/")), "{path}: {tag}");
        }
        if let Some(id) = attribute(tag, "id") {
            assert!(ids.insert(id.clone()), "{path}: two elements are {id}");
        }
        // What the script fills in is written as in the messages.
        if !tag.contains(" data-left=") && !tag.contains(" data-one=") {
            assert!(!tag.contains('{'), "{path}: something is not filled in: {tag}");
        }
    }
    assert!(html.contains("defer></script>"), "{path}: the script has no text");
    for tag in &tags {
        for reference in
            ["for", "aria-labelledby", "aria-describedby", "data-copy", "data-show", "data-offset"]
        {
            for id in attribute(tag, reference).unwrap_or_default().split_whitespace() {
                assert!(ids.contains(id), "{path}: there is no {id}, which {tag} names");
            }
        }
    }
    let count = |start: &str| tags.iter().filter(|tag| tag.starts_with(start)).count();
    assert_eq!(count("h1"), 1, "{path}: one heading");
    assert_eq!(count("main"), 1, "{path}: one main part");
    assert_eq!(count("html lang="), 1, "{path}: its language");
    for form in
        html.split("<form").skip(1).filter(|form| attribute(form, "method").as_deref() == Some("post"))
    {
        let inside = form.split("</form>").next().unwrap();
        assert!(
            inside.contains("name=\"csrf\" value=\""),
            "{path}: a form without the session's secret: {inside}"
        );
    }
    let text: String =
        html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    assert!(!text.contains(['{', '}', '*']), "{path}: something is not filled in: {text}");
}

/// The opening tags; each that needs an end has it, where it belongs.
fn tags<'a>(html: &'a str, path: &str) -> Vec<&'a str> {
    const EMPTY: [&str; 7] = ["meta", "link", "input", "!doctype", "br", "path", "circle"];
    let mut open = Vec::new();
    let mut found = Vec::new();
    for part in html.split('<').skip(1) {
        let tag = part.split('>').next().unwrap();
        let name = tag.split([' ', '/']).next().unwrap();
        if let Some(ended) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(ended), "{path}: {ended} ends in the wrong place");
        } else {
            if !EMPTY.contains(&name) && !tag.ends_with('/') {
                open.push(name);
            }
            found.push(tag);
        }
    }
    assert!(open.is_empty(), "{path}: {open:?} do not end");
    found
}
