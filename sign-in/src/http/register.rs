//! Setting up an app: Countersign by its QR code and a test approval, or another authenticator app by a key
//! and a code.

use std::time::Duration;

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use crypto_core::approval::state::TransactionState;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Person, Section};
use super::form::{Checked, Nothing};
use super::page::{Action, Panel, Role, Written, page, see, show, show_as};
use super::page_errors::Trouble;
use super::sign_in;
use crate::Service;
use crate::activations::{ActivationStatus, Offer};
use crate::methods::{CodeOffer, MethodRefused};
use crate::requests::Shown;
use crate::sessions::{MayChange, SignInRefused, Stage};
use crate::web::icons;
use crate::web::picture::{Halves, QrPicture};
use crate::web::text::{Filled, grouped};
use crate::web::{Text, when};

pub(super) fn router() -> Router<Service> {
    Router::new()
        .route("/register", get(more).post(begin))
        .route("/register/app", get(to_register).post(begin_app))
        .route("/register/app/{id}", get(activation))
        .route("/register/app/{id}/status", get(status))
        .route("/register/app/{id}/again", post(again))
        .route("/register/app/{id}/cancel", post(cancel))
        .route("/register/app/{id}/finish", post(finish))
        .route("/register/code", get(to_register).post(begin_code))
        .route("/register/code/{id}", get(code_app).post(confirm_code))
}

page! {
    /// "More information required", or adding an app to others.
    MorePage, "register.html" {
        who: String,
        first: bool,
        app: bool,
        codes_of_app: bool,
        other_apps: bool,
    }
}

page! {
    /// The code for Countersign.
    OfferPage, "activation_code.html" {
        offer: Offer,
        picture: Option<QrPicture>,
        valid: Filled<'static>,
        other_apps: bool,
    }
}

page! {
    /// Where an activation stands, while it goes on.
    ActivationPage, "activation.html" {
        id: String,
        word: &'static str,
        device: Option<String>,
        test: Option<Test>,
        one: &'static Text,
        other: &'static Text,
    }
}

page! {
    /// The key for another authenticator app.
    CodeAppPage, "other_app.html" {
        offer: CodeOffer,
        picture: Option<QrPicture>,
        key: String,
        name: String,
        bad_name: bool,
        wrong: bool,
    }
}

/// The number of a test approval.
pub(crate) struct Test {
    number: String,
    until: u64,
    left: Written,
}

/// Only who may add a method, now.
async fn may_add(person: &Person) -> Result<(), Trouble> {
    match person.service().may_change(&person.session).await? {
        MayChange::Everything | MayChange::Add => Ok(()),
        MayChange::VerifyFirst => Err(person.verify_first()),
        MayChange::Nothing => Err(match person.session.stage {
            Stage::Password => person.verify_first(),
            Stage::Start => person.caller.sign_in_first(),
            Stage::SignedIn | Stage::Pass => Trouble::NotAllowed,
        }),
    }
}

fn verify_first(person: &Person) -> Trouble {
    Trouble::VerifyFirst { next: person.caller.only_asks.then(|| "/register".to_owned()) }
}

async fn more(person: Person) -> Result<Response, Trouble> {
    may_add(&person).await?;
    let policy = person.service().policy(&person.user.organisation).await?;
    if !policy.app && !policy.other_apps {
        let w = person.words();
        return Ok(Panel::new(Role::Alert, &w.register.all_off_title)
            .text(w.page.org_off.with("org", &person.service().config().name))
            .show(person.frame(Some(Section::Security))));
    }
    let methods = person.service().methods(&person.user.id).await?;
    if methods.len() >= person.caller.limits().authenticators {
        return Err(Trouble::Five);
    }
    Ok(show(&MorePage {
        w: person.words(),
        f: person.frame(Some(Section::Security)),
        who: person.user.user_name.clone(),
        first: methods.is_empty(),
        app: policy.app,
        codes_of_app: policy.app_codes,
        other_apps: policy.other_apps,
    }))
}

#[derive(Deserialize)]
struct How {
    how: String,
}

async fn begin(person: Person, Checked(form): Checked<How>) -> Result<Response, Trouble> {
    match form.how.as_str() {
        "notifications" => offer_app(&person).await,
        "codes" => offer_code(&person).await,
        _ => Err(Trouble::Malformed),
    }
}

/// What was shown once is not shown again: it begins anew, by the form.
async fn to_register() -> Response {
    see("/register")
}

async fn begin_app(person: Person, Checked(Nothing {}): Checked<Nothing>) -> Result<Response, Trouble> {
    offer_app(&person).await
}

async fn offer_app(person: &Person) -> Result<Response, Trouble> {
    let offer = person.service().begin_activation(&person.session).await;
    let offer = offer.map_err(|refused| Trouble::of_method(refused, verify_first(person)))?;
    let policy = person.service().policy(&person.user.organisation).await?;
    let w = person.words();
    let minutes = offer.expires_at.millis_since(person.caller.now()).div_ceil(60_000);
    Ok(show(&OfferPage {
        w,
        f: person.frame(Some(Section::Security)),
        // expose: the phone reads it off the page.
        picture: QrPicture::draw(offer.link.expose(), w.number.scan_label.as_str()),
        valid: w.register.minutes.of(minutes),
        other_apps: policy.other_apps,
        offer,
    }))
}

async fn activation(person: Person, Path(id): Path<String>) -> Result<Response, Trouble> {
    let status = person.service().activation_status(&person.session, &id, None, Duration::ZERO).await?;
    let status = status.ok_or(Trouble::NotFound)?;
    let word = status.word();
    let w = person.words();
    let a = &w.activation;
    let frame = || person.frame(Some(Section::Security));
    let running = |device: Option<String>, test: Option<Test>| {
        let (one, other) = w.page.seconds_left.forms();
        Ok(show(&ActivationPage { w, f: frame(), id: id.clone(), word, device, test, one, other }))
    };
    let cancel = || Action::post(&w.page.cancel, format!("/register/app/{id}/cancel")).test_id("cancel");
    let new_code = || Action::post(&a.new_code, "/register/app").primary().test_id("new-code");
    match status {
        ActivationStatus::Open | ActivationStatus::Claimed => running(None, None),
        ActivationStatus::TestApproval { device, shown } => {
            let test = test(&person, &shown);
            running(Some(device), Some(test))
        }
        ActivationStatus::TestFailed { device, state } => {
            let (halves, text) = match state {
                TransactionState::Mismatch => (Halves::Askew, &a.failed_wrong),
                TransactionState::Denied | TransactionState::Reported => (Halves::Stopped, &a.failed_denied),
                TransactionState::Pending
                | TransactionState::Approved
                | TransactionState::Consumed
                | TransactionState::Expired
                | TransactionState::Cancelled => (Halves::Late, &a.failed_expired),
            };
            let again = Action::post(&a.send_again, format!("/register/app/{id}/again")).primary();
            Ok(Panel::new(Role::Alert, &a.failed_title)
                .halves(halves)
                .text(text.bold("device", &device))
                .test_id("test-failed")
                .action(cancel())
                .action(again.test_id("send-again"))
                .show(frame()))
        }
        ActivationStatus::Configured { device, codes } => Ok(configured(&person, &id, &device, codes)),
        ActivationStatus::Expired => Ok(Panel::new(Role::Alert, &a.expired_title)
            .halves(Halves::Late)
            .text(&a.expired)
            .warning(&a.other_first, &a.other_first_body)
            .test_id("activation-expired")
            .action(Action::link(&w.page.cancel, "/sign-in/next"))
            .action(new_code())
            .show(frame())),
        ActivationStatus::ClaimedTwice => Ok(Panel::new(Role::Alert, &a.twice_title)
            .halves(Halves::Askew)
            .text(&a.twice)
            .warning(&a.other_first, &a.other_first_body)
            .test_id("claimed-twice")
            .action(Action::link(&w.page.cancel, "/sign-in/next"))
            .action(new_code())
            .show(frame())),
    }
}

fn test(person: &Person, shown: &Shown) -> Test {
    Test {
        // expose: this page is the one place where the number is shown.
        number: shown.number.expose().to_owned(),
        until: shown.expires_at.millis(),
        left: person
            .words()
            .page
            .time_left
            .plain("time", &when::left(shown.expires_at, person.caller.now()))
            .into(),
    }
}

fn configured(person: &Person, id: &str, device: &str, codes: bool) -> Response {
    let w = person.words();
    let a = &w.activation;
    let panel = Panel::new(Role::Status, &a.done_title)
        .halves(Halves::Good)
        .text(if codes { &a.done_both } else { &a.done })
        .fact(&a.phone, Written::name(device))
        .test_id("configured");
    if person.session.stage == Stage::Password {
        // The very first method: its test approval is the second step, too.
        let onward = Action::post(&w.page.go_on, format!("/register/app/{id}/finish")).primary();
        return panel.action(onward.test_id("go-on")).show(person.frame(Some(Section::Security)));
    }
    done(person, panel)
}

/// Signs in with the test approval; whoever came too late for that is asked for another.
async fn finish(
    person: Person,
    Path(id): Path<String>,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Trouble> {
    let Person { session, caller, .. } = &person;
    match person.service().sign_in_with_first(session, &id, &caller.visitor).await {
        Ok(opened) => sign_in::arrived(caller, session.stage, opened, None, None).await,
        Err(SignInRefused::Store(error)) => Err(error.into()),
        Err(_) => Ok(see("/sign-in/verify")),
    }
}

/// After a method was added: on with signing in, or back to the list.
fn done(person: &Person, panel: Panel) -> Response {
    let w = person.words();
    let panel = match person.session.stage {
        Stage::SignedIn => panel
            .action(Action::link(&w.page.security_info, "/security-info"))
            .action(Action::link(&w.page.go_on, "/sign-in/next").primary()),
        Stage::Password => panel
            .text(&w.activation.then_sign_in)
            .action(Action::link(&w.page.go_on, "/sign-in/verify").primary()),
        Stage::Pass | Stage::Start => panel
            .text(&w.activation.then_sign_in)
            .action(Action::link(&w.page.security_info, "/security-info"))
            .action(Action::link(&w.home.sign_in_again, "/sign-in").primary()),
    };
    panel.show(person.frame(Some(Section::Security)))
}

#[derive(Deserialize)]
struct Seen {
    seen: Option<String>,
}

/// Waits for the activation to go on, so that the page does by itself.
async fn status(
    person: Person,
    Path(id): Path<String>,
    Query(Seen { seen }): Query<Seen>,
) -> Result<Json<Value>, Trouble> {
    let wait = Duration::from_secs(person.caller.limits().long_poll_secs);
    let status = person.service().activation_status(&person.session, &id, seen.as_deref(), wait).await?;
    let status = status.ok_or(Trouble::NotFound)?;
    Ok(Json(json!({ "state": status.word() })))
}

async fn again(
    person: Person,
    Path(id): Path<String>,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Trouble> {
    let repeated = person.service().repeat_test(&person.session, &id).await;
    repeated.map_err(|refused| Trouble::of_method(refused, verify_first(&person)))?;
    Ok(see(&format!("/register/app/{id}")))
}

async fn cancel(
    person: Person,
    Path(id): Path<String>,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Trouble> {
    person.service().cancel_activation(&person.session, &id).await?;
    Ok(see(match person.session.stage {
        Stage::SignedIn | Stage::Pass => "/security-info",
        Stage::Password | Stage::Start => "/register",
    }))
}

async fn begin_code(person: Person, Checked(Nothing {}): Checked<Nothing>) -> Result<Response, Trouble> {
    offer_code(&person).await
}

async fn offer_code(person: &Person) -> Result<Response, Trouble> {
    let offer = person.service().offer_code_app(&person.session).await;
    let offer = offer.map_err(|refused| Trouble::of_method(refused, verify_first(person)))?;
    Ok(see(&format!("/register/code/{}", offer.id)))
}

async fn code_app(person: Person, Path(id): Path<String>) -> Result<Response, Trouble> {
    let offer = person.service().code_offer(&person.session, &id).await?.ok_or(Trouble::NotFound)?;
    Ok(code_app_page(&person, offer, None, StatusCode::OK))
}

/// What was not right about the form for another app.
enum Mistake<'a> {
    Name(&'a str),
    Code(&'a str),
}

fn code_app_page(
    person: &Person,
    offer: CodeOffer,
    mistake: Option<Mistake<'_>>,
    status: StatusCode,
) -> Response {
    let w = person.words();
    let page = CodeAppPage {
        w,
        f: person.frame(Some(Section::Security)),
        // expose: the app reads it off the page, or the person types it.
        picture: QrPicture::draw(offer.link.expose(), w.other_app.qr_label.as_str()),
        key: grouped(offer.key.expose(), 4),
        name: match mistake {
            Some(Mistake::Name(name) | Mistake::Code(name)) => name.to_owned(),
            None => w.other_app.name_default.as_str().to_owned(),
        },
        bad_name: matches!(mistake, Some(Mistake::Name(_))),
        wrong: matches!(mistake, Some(Mistake::Code(_))),
        offer,
    };
    show_as(status, &page)
}

#[derive(Deserialize)]
struct Confirm {
    name: String,
    code: String,
}

async fn confirm_code(
    person: Person,
    Path(id): Path<String>,
    Checked(form): Checked<Confirm>,
) -> Result<Response, Trouble> {
    let (service, session) = (person.service(), &person.session);
    let name = form.name.trim();
    let mistaken = async |mistake| {
        let offer = service.code_offer(session, &id).await?.ok_or(Trouble::NotFound)?;
        Ok(code_app_page(&person, offer, Some(mistake), StatusCode::UNPROCESSABLE_ENTITY))
    };
    if name.is_empty() || name.chars().count() > person.caller.limits().device_name {
        return mistaken(Mistake::Name(name)).await;
    }
    let code: String = form.code.chars().filter(|c| !c.is_whitespace()).collect();
    match service.confirm_code_app(session, &id, name, &code, &person.caller.visitor).await {
        Ok(opened) => {
            let w = person.words();
            let session = opened.as_ref().map_or_else(|| session.clone(), |opened| opened.session.clone());
            let caller = person.caller.clone().in_session(session.clone());
            let panel = Panel::new(Role::Status, &w.other_app.done_title)
                .halves(Halves::Good)
                .text(w.other_app.done.bold("name", name))
                .test_id("code-app-added");
            let mut response = done(&Person { session, caller, ..person.clone() }, panel);
            if let Some(opened) = &opened {
                sign_in::give(&mut response, opened, &person.caller);
            }
            Ok(response)
        }
        Err(MethodRefused::WrongCode) => mistaken(Mistake::Code(name)).await,
        Err(refused) => Err(Trouble::of_method(refused, verify_first(&person))),
    }
}
