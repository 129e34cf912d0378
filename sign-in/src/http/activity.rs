//! Recent activity: what happened with an account, and saying that something was somebody else.

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;

use super::caller::{Person, Section};
use super::form::{Checked, Nothing};
use super::page::{Action, Panel, Role, Written, page, show};
use super::page_errors::Trouble;
use super::security_info::attested;
use crate::Service;
use crate::attestation::Attested;
use crate::store::Event;
use crate::web::picture::Halves;
use crate::web::{Language, Text, When, Words, icons};

pub(super) fn router() -> Router<Service> {
    Router::new().route("/activity", get(list)).route("/activity/{id}/report", get(ask).post(report))
}

page! {
    /// A person's events.
    ActivityPage, "activity.html" { events: Vec<EventView> }
}

/// An event as a list shows it.
pub(crate) struct EventView {
    pub(crate) id: String,
    pub(crate) what: &'static Text,
    pub(crate) at: When,
    pub(crate) app: Option<String>,
    pub(crate) place: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) client: Option<String>,
    pub(crate) by: Option<&'static Text>,
    pub(crate) who: Option<String>,
    pub(crate) bad: bool,
    pub(crate) reported: bool,
    pub(crate) can_report: bool,
    pub(crate) report: String,
}

impl EventView {
    pub(crate) fn of(event: &Event, language: Language) -> Self {
        let w = language.words();
        let (what, bad) = what(w, &event.event, &event.result);
        let at = When::moment(event.at, language);
        Self {
            id: event.id.clone(),
            what,
            at,
            app: event.app.clone(),
            place: event.place.clone(),
            ip: event.ip.clone(),
            client: event.client.clone(),
            by: event.method.as_deref().and_then(|method| by(w, method)),
            who: None,
            bad,
            reported: event.reported_at.is_some(),
            can_report: event.reported_at.is_none() && is_sign_in(&event.event),
            report: w.activity.this_named.with("what", what.as_str()).plain("date", &at.text()).attr(),
        }
    }
}

fn is_sign_in(event: &str) -> bool {
    event == "sign_in"
}

/// What an event is called, and whether it went badly.
fn what(w: &'static Words, event: &str, result: &str) -> (&'static Text, bool) {
    let a = &w.activity;
    match (event, result) {
        ("sign_in", "done") => (&a.signed_in, false),
        ("sign_in", "wrong_password") => (&a.wrong_password, true),
        ("sign_in", "wrong_code" | "wrong_pass") => (&a.wrong_code, true),
        ("sign_in", "wrong_number") => (&a.wrong_number, true),
        ("sign_in", "denied") => (&a.denied, true),
        ("sign_in", "reported") => (&a.not_me, true),
        ("sign_in", "expired") => (&a.expired, true),
        ("sign_in", _) => (&a.sign_in_failed, true),
        ("method_added", _) => (&a.method_added, false),
        ("method_deleted", _) => (&a.method_deleted, false),
        ("attested", "done") => (&a.attested, false),
        ("attested", "unverified") => (&a.attested_unverified, false),
        ("attested", "refused") => (&a.attested_refused, true),
        ("attested", _) => (&a.attested_failed, true),
        ("default_changed", _) => (&a.default_changed, false),
        ("pass_issued", _) => (&a.pass_issued, false),
        ("pass_revoked", _) => (&a.pass_revoked, false),
        ("reported", _) => (&a.report_made, true),
        ("locked", _) => (&a.locked, true),
        ("lifted", _) => (&a.lifted, false),
        ("policy_changed", _) => (&a.policy_changed, false),
        ("account_added", _) => (&a.account_added, false),
        ("account_reset", _) => (&a.account_reset, false),
        ("password_changed", _) => (&a.password_changed, false),
        ("account_disabled", _) => (&a.account_disabled, true),
        ("account_enabled", _) => (&a.account_enabled, false),
        ("method_stale", _) => (&a.method_stale, true),
        _ => (&a.other, false),
    }
}

/// How the person was verified; of an attestation, what was found.
fn by(w: &'static Words, method: &str) -> Option<&'static Text> {
    match method {
        "swk" | "hwk" | "app" => Some(&w.activity.by_approval),
        "otp" | "code" => Some(&w.activity.by_code),
        "tap" | "pass" => Some(&w.activity.by_pass),
        "pwd" | "password" => Some(&w.activity.by_password),
        word => Attested::from_word(word).map(|found| attested(w, found)),
    }
}

async fn list(person: Person) -> Result<Response, Trouble> {
    person.needs_both_steps()?;
    let events = person.service().activity(&person.user.id, MOST).await?;
    let events = events.iter().map(|event| EventView::of(event, person.caller.language)).collect();
    Ok(show(&ActivityPage { w: person.words(), f: person.frame(Some(Section::Activity)), events }))
}

/// As many as a person looks through.
const MOST: u32 = 100;

async fn ask(person: Person, Path(id): Path<String>) -> Result<Response, Trouble> {
    person.needs_both_steps()?;
    let events = person.service().activity(&person.user.id, MOST).await?;
    let event = events.iter().find(|event| event.id == id).ok_or(Trouble::NotFound)?;
    let view = EventView::of(event, person.caller.language);
    let w = person.words();
    let a = &w.activity;
    let name = |value: &Option<String>| match value {
        Some(value) => Written::name(value),
        None => (&w.page.unknown).into(),
    };
    Ok(Panel::new(Role::Question, &a.report_title)
        .text(a.report.with("org", &person.service().config().name))
        .fact(view.what, Written::when(&view.at))
        .fact(&w.page.application, name(&view.app))
        .fact(&w.page.place, name(&view.place))
        .fact(&w.page.browser, name(&view.client))
        .fact(&w.page.address, name(&view.ip))
        .test_id("report-question")
        .action(Action::link(&a.report_no, "/activity"))
        .action(Action::post(&a.report_yes, format!("/activity/{id}/report")).bad().test_id("report-yes"))
        .show(person.frame(Some(Section::Activity))))
}

async fn report(
    person: Person,
    Path(id): Path<String>,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Trouble> {
    person.needs_both_steps()?;
    if !person.service().report_activity(&person.session, &id).await? {
        return Err(Trouble::NotFound);
    }
    let w = person.words();
    Ok(Panel::new(Role::Status, &w.activity.thanks_title)
        .halves(Halves::Stopped)
        .text(w.activity.thanks.with("org", &person.service().config().name))
        .test_id("reported")
        .action(Action::link(&w.page.security_info, "/security-info").primary())
        .show(person.frame(Some(Section::Activity))))
}
