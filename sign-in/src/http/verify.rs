//! The second step of signing in, and being verified once more: the number for the app, a code, choosing
//! between them, and how each of them ends. A request to a phone begins by a form, never by looking at a page.

use std::time::Duration;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use crypto_core::approval::TransactionId;
use crypto_core::approval::limit::Lock;
use crypto_core::approval::state::{DeviceState, Purpose, TransactionState};
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Person};
use super::form::Checked;
use super::page::{self, Action, Nav, Panel, Role, Written, page, see, show, show_as};
use super::page_errors::{Trouble, with_next};
use super::sign_in::{arrived, refused_page};
use crate::Service;
use crate::methods::{Method, MethodKind};
use crate::policy::OrganisationPolicy;
use crate::requests::{RequestRefused, Shown};
use crate::sessions::{MayChange, SignInRefused, Stage};
use crate::store::Session;
use crate::web::icons::{self, Icon};
use crate::web::picture::{Halves, QrPicture};
use crate::web::{Text, When, when};

pub(super) fn router() -> Router<Service> {
    Router::new()
        .route("/sign-in/verify", get(choose).post(chosen))
        .route("/sign-in/approve", get(number).post(finish))
        .route("/sign-in/status", get(status))
        .route("/sign-in/refused", get(refused))
        .route("/sign-in/code", get(code).post(check_code))
}

page! {
    /// Choosing a way.
    ChoosePage, "choose.html" {
        who: String,
        again: bool,
        ways: Vec<Way>,
        passes: bool,
        next: Option<String>,
    }
}

page! {
    /// The number for the app, or the picture that it scans.
    NumberPage, "number.html" {
        who: String,
        id: String,
        here: String,
        other_view: Option<String>,
        number: String,
        scan: Option<QrPicture>,
        device: Option<String>,
        app: Option<String>,
        place: Option<String>,
        client: Option<String>,
        silent: bool,
        until: u64,
        left: Written,
        one: &'static Text,
        other: &'static Text,
        next: Option<String>,
    }
}

page! {
    /// A code.
    CodePage, "code.html" {
        who: String,
        wrong: bool,
        again: bool,
        other: String,
        next: Option<String>,
    }
}

/// A way of verifying.
pub(crate) struct Way {
    name: &'static str,
    icon: Icon,
    title: Written,
    sub: Written,
    off: bool,
}

/// A person whose password was right: they are at the second step, or are asked for it again.
fn at_second_step(person: &Person) -> Result<(), Trouble> {
    match person.session.stage {
        Stage::Password | Stage::SignedIn => Ok(()),
        Stage::Start => Err(Trouble::SignIn { next: None }),
        Stage::Pass => Err(Trouble::NotAllowed),
    }
}

#[derive(Deserialize)]
struct Onward {
    next: Option<String>,
}

fn local(next: Option<String>) -> Option<String> {
    next.filter(|next| page::is_local(next))
}

async fn choose(person: Person, Query(Onward { next }): Query<Onward>) -> Result<Response, Trouble> {
    at_second_step(&person)?;
    let methods = person.service().methods(&person.user.id).await?;
    let policy = person.service().policy(&person.user.organisation).await?;
    let again = person.session.stage == Stage::SignedIn;
    if methods.is_empty() && person.service().may_change(&person.session).await? == MayChange::Add {
        return Ok(see("/register"));
    }
    let org = &person.service().config().name;
    Ok(show(&ChoosePage {
        w: person.words(),
        f: person.caller.frame(Nav::Plain),
        who: person.user.user_name.clone(),
        again,
        ways: ways(&person, &methods, &policy, org),
        passes: policy.passes,
        next: local(next),
    }))
}

fn ways(person: &Person, methods: &[Method], policy: &OrganisationPolicy, org: &str) -> Vec<Way> {
    let w = person.words();
    let off = || Written::from(w.page.org_off.with("org", org));
    let mut ways = Vec::new();
    if let Some(method) = methods.iter().find(|method| approves(method)) {
        let sub = match (policy.app, method.default) {
            (false, _) => off(),
            (true, true) => w.choose.device_default.with("device", &method.name).into(),
            (true, false) => Written::name(&method.name),
        };
        let title = (&w.choose.approve).into();
        ways.push(Way { name: "app", icon: icons::BELL, title, sub, off: !policy.app });
    }
    let codes = |kind| methods.iter().find(|method| method.kind == kind && has_code(method));
    if codes(MethodKind::App).is_some() {
        let sub = if policy.app_codes { (&w.choose.code_sub).into() } else { off() };
        let title = (&w.choose.code).into();
        ways.push(Way { name: "code", icon: icons::CLOCK, title, sub, off: !policy.app_codes });
    }
    if let Some(method) = codes(MethodKind::Code) {
        let sub = if policy.other_apps { Written::name(&method.name) } else { off() };
        let title = (&w.choose.other_code).into();
        ways.push(Way { name: "other-code", icon: icons::CLOCK, title, sub, off: !policy.other_apps });
    }
    ways
}

fn approves(method: &Method) -> bool {
    method.kind == MethodKind::App && method.state == DeviceState::Active
}

fn has_code(method: &Method) -> bool {
    method.codes && matches!(method.state, DeviceState::Active | DeviceState::Stale)
}

#[derive(Deserialize)]
struct Chosen {
    way: String,
    request: Option<String>,
    next: Option<String>,
}

async fn chosen(person: Person, Checked(form): Checked<Chosen>) -> Result<Response, Trouble> {
    at_second_step(&person)?;
    let next = local(form.next);
    if let Some(id) = form.request.as_deref().and_then(|id| TransactionId::try_from(id).ok()) {
        person.service().cancel_request(&person.session, &id).await?;
    }
    let known = person.session.known_browser;
    match form.way.as_str() {
        "app" => begin(&person.caller, &person.session, next.as_deref(), known).await.map(|to| see(&to)),
        "code" | "other-code" => Ok(see(&with_next("/sign-in/code", next.as_deref()))),
        _ => Ok(see(&with_next("/sign-in/verify", next.as_deref()))),
    }
}

/// Begins what the person is asked first; where its page is.
pub(super) async fn begin_default(caller: &Caller, session: &Session) -> Result<String, Trouble> {
    let Some(id) = &session.user else { return Err(Trouble::Ended) };
    let user = caller.service.user(id).await?.ok_or(Trouble::Ended)?;
    let methods = caller.service.methods(id).await?;
    match methods.first() {
        Some(first) if approves(first) => {
            let known = caller.service.knows_browser(caller.browser.as_deref(), &user.user_name).await?;
            begin(caller, session, None, known).await
        }
        Some(first) if has_code(first) => Ok("/sign-in/code".to_owned()),
        Some(_) | None => Ok("/sign-in/verify".to_owned()),
    }
}

async fn begin(
    caller: &Caller,
    session: &Session,
    next: Option<&str>,
    known: bool,
) -> Result<String, Trouble> {
    let service = &caller.service;
    let purpose = match session.stage {
        Stage::SignedIn => Purpose::SecurityChange,
        Stage::Start | Stage::Password | Stage::Pass => Purpose::Signin,
    };
    let refused = match service.begin_request(session, purpose, &caller.visitor, known).await {
        Ok(shown) => return Ok(with_next(&format!("/sign-in/approve?request={}", shown.id), next)),
        Err(RequestRefused::Store(error)) => return Err(error.into()),
        Err(RequestRefused::NotNow) => return Err(Trouble::Ended),
        Err(refused) => refused,
    };
    let why = match refused {
        RequestRefused::TooManyPending => "too_many".to_owned(),
        RequestRefused::Locked(Lock::Until(until)) => format!("paused&until={}", until.millis()),
        RequestRefused::Locked(Lock::UntilStrongMethod) => "paused".to_owned(),
        RequestRefused::Suspended => "suspended".to_owned(),
        RequestRefused::SwitchedOff => "off".to_owned(),
        RequestRefused::NoDevice | RequestRefused::NotNow | RequestRefused::Store(_) => {
            "no_device".to_owned()
        }
    };
    Ok(with_next(&format!("/sign-in/refused?why={why}"), next))
}

#[derive(Deserialize)]
struct Request {
    request: Option<String>,
    next: Option<String>,
    scan: Option<String>,
}

async fn number(person: Person, Query(asked): Query<Request>) -> Result<Response, Trouble> {
    at_second_step(&person)?;
    let next = local(asked.next);
    let (service, session) = (person.service(), &person.session);
    let id = asked.request.as_deref().and_then(|id| TransactionId::try_from(id).ok());
    if let Some(shown) = service.shown_request(session, &person.user).await?
        && id.as_ref().is_none_or(|id| *id == shown.id)
    {
        return Ok(number_page(&person, &shown, asked.scan.is_some(), next));
    }
    let Some(id) = id else { return Ok(see(&with_next("/sign-in/verify", next.as_deref()))) };
    let state = service.request_state(session, &id, Duration::ZERO).await?.ok_or(Trouble::Ended)?;
    Ok(ended_page(&person, &id, state, next.as_deref()))
}

fn number_page(person: &Person, shown: &Shown, scan: bool, next: Option<String>) -> Response {
    let w = person.words();
    let here = with_next(&format!("/sign-in/approve?request={}", shown.id), next.as_deref());
    let offered = shown.scan.as_ref();
    // expose: the person's phone reads it off the page.
    let draw = |text: &SecretText| QrPicture::draw(text.expose(), w.number.scan_label.as_str());
    let scan = offered.filter(|_| scan).and_then(draw);
    let other_view = match (&scan, offered.is_some()) {
        (Some(_), _) => Some(here.clone()),
        (None, true) => Some(format!("{here}&scan")),
        (None, false) => None,
    };
    let context = &shown.context;
    let (one, other) = w.page.seconds_left.forms();
    show(&NumberPage {
        w,
        f: person.caller.frame(Nav::Plain),
        who: person.user.user_name.clone(),
        id: shown.id.to_string(),
        here: if scan.is_some() { format!("{here}&scan") } else { here },
        other_view,
        // expose: this page is the one place where the number is shown.
        number: shown.number.expose().to_owned(),
        scan,
        device: shown.devices.first().filter(|_| shown.devices.len() == 1).cloned(),
        app: context.app.clone(),
        place: context.loc.as_ref().map(|place| place.label.clone()),
        client: context.client.clone(),
        silent: shown.silent,
        until: shown.expires_at.millis(),
        left: w.page.time_left.plain("time", &when::left(shown.expires_at, person.caller.now())).into(),
        one,
        other,
        next,
    })
}

fn ended_page(person: &Person, id: &TransactionId, state: TransactionState, next: Option<&str>) -> Response {
    let w = person.words();
    let e = &w.ended;
    let panel = match state {
        TransactionState::Approved => {
            return Panel::new(Role::Status, &w.number.approved_title)
                .halves(Halves::Good)
                .text(&w.number.approved)
                .test_id("approved")
                .action(
                    Action::post(&w.page.go_on, "/sign-in/approve")
                        .field("request", id.as_str())
                        .maybe("next", next)
                        .primary(),
                )
                .show(person.caller.frame(Nav::Plain));
        }
        TransactionState::Mismatch => Panel::new(Role::Alert, &e.wrong_title)
            .halves(Halves::Askew)
            .text(&e.wrong)
            .test_id("wrong-number"),
        TransactionState::Denied => {
            Panel::new(Role::Alert, &e.denied_title).halves(Halves::Stopped).text(&e.denied).test_id("denied")
        }
        TransactionState::Reported => Panel::new(Role::Alert, &e.reported_title)
            .halves(Halves::Stopped)
            .text(e.reported.with("org", &person.service().config().name))
            .test_id("reported"),
        TransactionState::Pending | TransactionState::Expired => {
            Panel::new(Role::Alert, &e.expired_title).halves(Halves::Late).text(&e.expired).test_id("expired")
        }
        TransactionState::Cancelled | TransactionState::Consumed => {
            Panel::new(Role::Alert, &e.cancelled_title)
                .halves(Halves::Alone)
                .text(&e.cancelled)
                .test_id("cancelled")
        }
    };
    let another = Action::link(&e.another, with_next("/sign-in/verify", next)).test_id("another");
    let again = Action::post(&e.again, "/sign-in/verify").field("way", "app").maybe("next", next).primary();
    let panel = panel.who(Some(&person.user.user_name)).action(another);
    let panel =
        if state == TransactionState::Reported { panel } else { panel.action(again.test_id("again")) };
    panel.show(person.caller.frame(Nav::Plain))
}

/// Waits for the request to be answered, so that the page goes on by itself.
async fn status(person: Person, Query(asked): Query<Request>) -> Result<Json<Value>, Trouble> {
    let id =
        asked.request.as_deref().and_then(|id| TransactionId::try_from(id).ok()).ok_or(Trouble::Malformed)?;
    let wait = Duration::from_secs(person.caller.limits().long_poll_secs);
    let state = person.service().request_state(&person.session, &id, wait).await?;
    let state = state.ok_or(Trouble::NotFound)?;
    Ok(Json(json!({ "state": state.word() })))
}

#[derive(Deserialize)]
struct Finish {
    request: String,
    next: Option<String>,
}

async fn finish(person: Person, Checked(form): Checked<Finish>) -> Result<Response, Trouble> {
    at_second_step(&person)?;
    let next = local(form.next);
    let id = TransactionId::try_from(form.request.as_str()).map_err(|_| Trouble::Malformed)?;
    let (service, session) = (person.service(), &person.session);
    match service.redeem(session, &id, &person.caller.visitor).await {
        Ok(opened) => arrived(&person.caller, session.stage, opened, next.as_deref(), None).await,
        Err(SignInRefused::Wrong) => {
            let state = service.request_state(session, &id, Duration::ZERO).await?.ok_or(Trouble::Ended)?;
            let state = if state == TransactionState::Approved { TransactionState::Expired } else { state };
            Ok(ended_page(&person, &id, state, next.as_deref()))
        }
        Err(refused) => refused_page(&person.caller, refused, "/sign-in/verify"),
    }
}

#[derive(Deserialize)]
struct Why {
    why: String,
    until: Option<u64>,
    next: Option<String>,
}

/// Why no request was made, with a way on.
async fn refused(person: Person, Query(asked): Query<Why>) -> Result<Response, Trouble> {
    at_second_step(&person)?;
    let next = local(asked.next);
    let next = next.as_deref();
    let w = person.words();
    let e = &w.ended;
    let (status, panel) = match (asked.why.as_str(), asked.until) {
        ("too_many", _) => (
            StatusCode::TOO_MANY_REQUESTS,
            Panel::new(Role::Alert, &e.too_many_title).text(&e.too_many).test_id("too-many").action(
                Action::post(&e.again, "/sign-in/verify")
                    .field("way", "app")
                    .maybe("next", next)
                    .test_id("again"),
            ),
        ),
        ("paused", Some(until)) => {
            let time = When::moment(UnixTime::from_millis(until), person.caller.language);
            let text = e.paused_until.html("time", &time);
            (StatusCode::FORBIDDEN, Panel::new(Role::Alert, &e.paused_title).text(text).test_id("paused"))
        }
        ("paused", None) => (
            StatusCode::FORBIDDEN,
            Panel::new(Role::Alert, &e.paused_title).text(&e.paused_strong).test_id("paused"),
        ),
        ("suspended", _) => (
            StatusCode::FORBIDDEN,
            Panel::new(Role::Alert, &e.suspended_title).text(&e.suspended).test_id("suspended"),
        ),
        ("off", _) => {
            let text = e.off.with("org", &person.service().config().name);
            (StatusCode::FORBIDDEN, Panel::new(Role::Alert, &e.off_title).text(text).test_id("off"))
        }
        _ => (
            StatusCode::CONFLICT,
            Panel::new(Role::Alert, &e.no_device_title).text(&e.no_device).test_id("no-device"),
        ),
    };
    let code = Action::link(&e.enter_code, with_next("/sign-in/code", next)).primary().test_id("enter-code");
    let another = Action::link(&e.another, with_next("/sign-in/verify", next)).test_id("another");
    Ok(panel
        .halves(Halves::Paused)
        .who(Some(&person.user.user_name))
        .action(another)
        .action(code)
        .show_as(status, person.caller.frame(Nav::Plain)))
}

async fn code(person: Person, Query(Onward { next }): Query<Onward>) -> Result<Response, Trouble> {
    at_second_step(&person)?;
    Ok(code_page(&person, false, local(next), StatusCode::OK))
}

fn code_page(person: &Person, wrong: bool, next: Option<String>, status: StatusCode) -> Response {
    let page = CodePage {
        w: person.words(),
        f: person.caller.frame(Nav::Plain),
        who: person.user.user_name.clone(),
        wrong,
        again: person.session.stage == Stage::SignedIn,
        other: with_next("/sign-in/verify", next.as_deref()),
        next,
    };
    show_as(status, &page)
}

#[derive(Deserialize)]
struct Code {
    code: String,
    stay: Option<String>,
    next: Option<String>,
}

async fn check_code(person: Person, Checked(form): Checked<Code>) -> Result<Response, Trouble> {
    at_second_step(&person)?;
    let next = local(form.next);
    let code: String = form.code.chars().filter(|c| !c.is_whitespace()).collect();
    let (service, session) = (person.service(), &person.session);
    match service.sign_in_with_code(session, &code, &person.caller.visitor).await {
        Ok(opened) => {
            let stay = Some(form.stay.is_some());
            arrived(&person.caller, session.stage, opened, next.as_deref(), stay).await
        }
        Err(SignInRefused::Wrong) => Ok(code_page(&person, true, next, StatusCode::UNPROCESSABLE_ENTITY)),
        Err(refused) => refused_page(&person.caller, refused, &with_next("/sign-in/verify", next.as_deref())),
    }
}
