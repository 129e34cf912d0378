//! Signing in: the user name, the password, a pass, staying signed in, signing out, and where a person is
//! once they are in. The second step is in [`super::verify`].

use axum::Router;
use axum::extract::{Query, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use serde::Deserialize;

use super::caller::{Caller, Person};
use super::cookies;
use super::form::{Checked, Nothing};
use super::page::{self, Action, Nav, Panel, Role, page, see, show, show_as};
use super::page_errors::Trouble;
use super::verify;
use crate::Service;
use crate::sessions::{Next, Opened, SignInRefused, Stage};
use crate::store::Session;
use crate::web::When;
use crate::web::icons;
use crate::web::picture::Halves;

pub(super) fn router() -> Router<Service> {
    Router::new()
        .route("/", get(home))
        .route("/sign-in", get(name).post(type_name))
        .route("/sign-in/password", get(password).post(check_password))
        .route("/sign-in/pass", get(pass).post(check_pass))
        .route("/sign-in/stay", get(stay).post(do_stay))
        .route("/sign-in/next", get(go_on))
        .route("/sign-out", get(signed_out).post(sign_out))
}

page! {
    /// The user name.
    NamePage, "name.html" { app: Option<String>, typed: String, empty: bool }
}

page! {
    /// The password.
    PasswordPage, "password.html" { who: String, wrong: bool }
}

page! {
    /// A temporary access pass.
    PassPage, "pass.html" { who: String, app: Option<String>, wrong: bool }
}

page! {
    /// Signed in.
    HomePage, "home.html" { name: String, administrator: bool }
}

/// Where somebody is once they are in; for others the sign-in, or what the demonstration is about.
async fn home(caller: Caller, person: Option<Person>) -> Response {
    match person {
        Some(person) if person.session.stage == Stage::SignedIn => show(&HomePage {
            w: person.words(),
            f: person.frame(None),
            name: person.user.display_name.clone(),
            administrator: person.user.role == crate::accounts::Role::Administrator,
        }),
        Some(person) if person.session.stage == Stage::Pass => see("/security-info"),
        Some(_) | None if caller.service.config().demo => see("/demo"),
        Some(_) | None => see("/sign-in"),
    }
}

#[derive(Deserialize)]
struct Wanted {
    next: Option<String>,
}

/// Opens a session for what is wanted. One that has begun goes on, so that going back a page loses nothing.
async fn name(
    caller: Caller,
    Query(Wanted { next }): Query<Wanted>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let next = next.filter(|next| page::is_local(next));
    if let Some(session) = &caller.session {
        let same = next.is_none() || next == session.next;
        match session.stage {
            Stage::SignedIn => return Ok(see(next.as_deref().unwrap_or("/"))),
            Stage::Start if same => return Ok(name_page(&caller, session, false, StatusCode::OK)),
            // Another person, or the same one once more, on the way to the same place.
            Stage::Start | Stage::Password | Stage::Pass => {}
        }
    }
    let old = caller.session.as_ref().filter(|_| next.is_none() && query.is_some());
    let (app, next) = match old {
        Some(old) => (old.app.clone(), old.next.clone()),
        None => (None, next),
    };
    let opened = open(&caller, next.as_deref(), app.as_deref()).await?;
    let caller = caller.in_session(opened.session.clone());
    let mut response = name_page(&caller, &opened.session, false, StatusCode::OK);
    give(&mut response, &opened, &caller);
    Ok(response)
}

/// Opens a session in the place of the one there is.
pub(super) async fn open(caller: &Caller, next: Option<&str>, app: Option<&str>) -> Result<Opened, Trouble> {
    if let Some(old) = &caller.session {
        caller.service.sign_out(old).await?;
    }
    Ok(caller.service.open_session(&caller.visitor, next, app).await?)
}

/// Gives the cookies that belong to a session that was opened.
pub(super) fn give(response: &mut Response, opened: &Opened, caller: &Caller) {
    let headers = response.headers_mut();
    let left = opened.session.ends_at.millis_since(caller.now()) / 1000;
    // expose: a cookie is how the browser keeps it.
    cookies::give(headers, cookies::SESSION, opened.cookie.expose(), opened.session.stay.then_some(left));
    if let Some(browser) = &opened.browser {
        cookies::give(headers, cookies::BROWSER, browser.expose(), Some(BROWSER_SECS));
    }
}

const BROWSER_SECS: u64 = 400 * 24 * 60 * 60;

fn name_page(caller: &Caller, session: &Session, empty: bool, status: StatusCode) -> Response {
    let typed = session.typed_name.clone().unwrap_or_default();
    let page =
        NamePage { w: caller.words(), f: caller.frame(Nav::Plain), app: session.app.clone(), typed, empty };
    show_as(status, &page)
}

#[derive(Deserialize)]
struct Name {
    user_name: String,
}

async fn type_name(caller: Caller, Checked(Name { user_name }): Checked<Name>) -> Result<Response, Trouble> {
    let session = caller.needs_session()?;
    let user_name = user_name.trim();
    if user_name.is_empty() || user_name.len() > LONGEST_NAME {
        return Ok(name_page(&caller, session, true, StatusCode::UNPROCESSABLE_ENTITY));
    }
    if session.stage != Stage::Start {
        return Err(Trouble::Ended);
    }
    caller.service.type_name(session, user_name).await?;
    Ok(see("/sign-in/password"))
}

const LONGEST_NAME: usize = 254;

/// The name that was typed, in a session that waits for what proves it.
fn typed(caller: &Caller) -> Result<(&Session, &str), Trouble> {
    let session = caller.needs_session()?;
    match &session.typed_name {
        Some(name) if session.stage == Stage::Start => Ok((session, name)),
        Some(_) | None => Err(Trouble::SignIn { next: None }),
    }
}

async fn password(caller: Caller) -> Result<Response, Trouble> {
    let (_, who) = typed(&caller)?;
    Ok(password_page(&caller, who, false, StatusCode::OK))
}

fn password_page(caller: &Caller, who: &str, wrong: bool, status: StatusCode) -> Response {
    let page = PasswordPage { w: caller.words(), f: caller.frame(Nav::Plain), who: who.to_owned(), wrong };
    show_as(status, &page)
}

#[derive(Deserialize)]
struct Password {
    password: String,
}

async fn check_password(caller: Caller, Checked(form): Checked<Password>) -> Result<Response, Trouble> {
    let (session, who) = typed(&caller)?;
    let password = SecretText::new(form.password);
    match caller.service.check_password(session, &password, caller.browser.as_deref(), &caller.visitor).await
    {
        Ok((opened, next)) => {
            let path = match next {
                Next::Verify => verify::begin_default(&caller, &opened.session).await?,
                Next::Register => "/register".to_owned(),
            };
            let mut response = see(&path);
            give(&mut response, &opened, &caller);
            Ok(response)
        }
        Err(SignInRefused::Wrong) => Ok(password_page(&caller, who, true, StatusCode::UNPROCESSABLE_ENTITY)),
        Err(refused) => refused_page(&caller, refused, "/sign-in"),
    }
}

async fn pass(caller: Caller) -> Result<Response, Trouble> {
    let (session, who) = typed_or_password(&caller)?;
    Ok(pass_page(&caller, session, who, false, StatusCode::OK))
}

/// A pass takes the place of the password, or of the second step.
fn typed_or_password(caller: &Caller) -> Result<(&Session, &str), Trouble> {
    let session = caller.needs_session()?;
    match &session.typed_name {
        Some(name) if matches!(session.stage, Stage::Start | Stage::Password) => Ok((session, name)),
        Some(_) | None => Err(Trouble::SignIn { next: None }),
    }
}

fn pass_page(caller: &Caller, session: &Session, who: &str, wrong: bool, status: StatusCode) -> Response {
    let (w, f, app) = (caller.words(), caller.frame(Nav::Plain), session.app.clone());
    show_as(status, &PassPage { w, f, who: who.to_owned(), app, wrong })
}

#[derive(Deserialize)]
struct Pass {
    pass: String,
}

async fn check_pass(caller: Caller, Checked(form): Checked<Pass>) -> Result<Response, Trouble> {
    let (session, who) = typed_or_password(&caller)?;
    let pass = SecretText::new(form.pass.chars().filter(|c| !c.is_whitespace() && *c != '-').collect());
    match caller.service.sign_in_with_pass(session, &pass, &caller.visitor).await {
        Ok(opened) => {
            let mut response = see("/security-info");
            give(&mut response, &opened, &caller);
            Ok(response)
        }
        Err(SignInRefused::Wrong) => {
            Ok(pass_page(&caller, session, who, true, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(refused) => refused_page(&caller, refused, "/sign-in"),
    }
}

/// A refusal that is not about what was typed. `another` is where another way is chosen.
pub(super) fn refused_page(
    caller: &Caller,
    refused: SignInRefused,
    another: &str,
) -> Result<Response, Trouble> {
    match refused {
        SignInRefused::TooMany { until } => Ok(too_many_page(caller, until, another)),
        SignInRefused::SwitchedOff => Err(Trouble::SwitchedOff),
        SignInRefused::Wrong | SignInRefused::NotNow => Err(Trouble::Ended),
        SignInRefused::Store(error) => Err(error.into()),
    }
}

fn too_many_page(caller: &Caller, until: UnixTime, another: &str) -> Response {
    let w = caller.words();
    let time = When::moment(until, caller.language);
    Panel::new(Role::Alert, &w.ended.tries_title)
        .halves(Halves::Paused)
        .who(caller.session.as_ref().and_then(|session| session.typed_name.as_deref()))
        .text(w.ended.tries.html("time", &time))
        .test_id("too-many-tries")
        .action(Action::link(&w.ended.another, another).primary())
        .show_as(StatusCode::TOO_MANY_REQUESTS, caller.frame(Nav::Plain))
}

async fn stay(person: Person) -> Result<Response, Trouble> {
    person.needs_both_steps()?;
    let w = person.words();
    Ok(Panel::new(Role::Question, &w.stay.title)
        .who(Some(&person.user.user_name))
        .text(&w.stay.lede)
        .test_id("stay")
        .action(Action::post(&w.stay.no, "/sign-in/stay").answer("stay", "no").test_id("stay-no"))
        .action(
            Action::post(&w.stay.yes, "/sign-in/stay").answer("stay", "yes").primary().test_id("stay-yes"),
        )
        .show(person.caller.frame(Nav::Plain)))
}

#[derive(Deserialize)]
struct Stay {
    stay: String,
}

async fn do_stay(person: Person, Checked(form): Checked<Stay>) -> Result<Response, Trouble> {
    person.needs_both_steps()?;
    let mut response = see(person.session.next.as_deref().unwrap_or("/"));
    keep(&person.caller, &person.session, form.stay == "yes", &mut response).await?;
    Ok(response)
}

/// Keeps the session beyond the browser's end, or not.
async fn keep(
    caller: &Caller,
    session: &Session,
    stay: bool,
    response: &mut Response,
) -> Result<(), Trouble> {
    caller.service.stay_signed_in(session, stay).await?;
    // expose: the same value is given again, for longer.
    if let (true, Some(cookie)) = (stay, caller.cookie.as_ref().map(|cookie| cookie.expose()))
        && let Some(session) = caller.service.session(cookie).await?
    {
        let left = session.ends_at.millis_since(caller.now()) / 1000;
        cookies::give(response.headers_mut(), cookies::SESSION, cookie, Some(left));
    }
    Ok(())
}

/// Where a session goes on to from where it is.
async fn go_on(person: Person) -> Response {
    match person.session.stage {
        Stage::SignedIn => see(person.session.next.as_deref().unwrap_or("/")),
        Stage::Password => see("/sign-in/verify"),
        Stage::Pass => see("/security-info"),
        Stage::Start => see("/sign-in"),
    }
}

async fn sign_out(caller: Caller, Checked(Nothing {}): Checked<Nothing>) -> Result<Response, Trouble> {
    if let Some(session) = &caller.session {
        caller.service.sign_out(session).await?;
    }
    let mut response = see("/sign-out");
    cookies::take_back(response.headers_mut(), cookies::SESSION);
    Ok(response)
}

async fn signed_out(caller: Caller) -> Response {
    let w = caller.words();
    Panel::new(Role::Status, &w.home.signed_out_title)
        .text(&w.home.signed_out)
        .test_id("signed-out")
        .action(Action::link(&w.home.sign_in_again, "/sign-in").primary())
        .show(caller.frame(Nav::Plain))
}

/// After the second step: to what was wanted, or first to the question whether to stay. Who is verified once
/// more was asked when the session began.
pub(super) async fn arrived(
    caller: &Caller,
    before: Stage,
    opened: Opened,
    next: Option<&str>,
    stay: Option<bool>,
) -> Result<Response, Trouble> {
    let onward = next.or(opened.session.next.as_deref()).unwrap_or("/");
    let asked = before == Stage::SignedIn || stay.is_some();
    let mut response = see(if asked { onward } else { "/sign-in/stay" });
    let mut opened = opened;
    if stay == Some(true) && before != Stage::SignedIn {
        caller.service.stay_signed_in(&opened.session, true).await?;
        // expose: asks for the session as it is kept from here on.
        opened.session = caller.service.session(opened.cookie.expose()).await?.ok_or(Trouble::Ended)?;
    }
    give(&mut response, &opened, caller);
    Ok(response)
}
