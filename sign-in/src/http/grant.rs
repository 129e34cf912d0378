//! Adding a phone that shows a code: the person types it here, sees which phone it is, and says yes or no.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::caller::{Person, Section};
use super::form::Checked;
use super::page::{Action, Panel, Role, Written, page, see, show, show_as};
use super::page_errors::Trouble;
use crate::Service;
use crate::grants::GrantRefused;
use crate::sessions::{MayChange, Stage};
use crate::web::icons;
use crate::web::picture::Halves;

pub(super) fn router() -> Router<Service> {
    Router::new()
        .route("/device", get(code).post(look))
        .route("/device/answer", post(answer))
        .route("/device/{id}", get(wait))
}

page! {
    /// The code that the phone shows.
    DevicePage, "device.html" { wrong: bool }
}

page! {
    /// Waits for the phone.
    DeviceWaitPage, "device_wait.html" {}
}

/// Only who may add a method, now. The first registration may come by this way too.
async fn may_add(person: &Person) -> Result<(), Trouble> {
    match person.service().may_change(&person.session).await? {
        MayChange::Everything | MayChange::Add => Ok(()),
        MayChange::VerifyFirst => Err(verify_first()),
        MayChange::Nothing => Err(match person.session.stage {
            Stage::Password => verify_first(),
            Stage::Start => Trouble::SignIn { next: Some("/device".to_owned()) },
            Stage::SignedIn | Stage::Pass => Trouble::NotAllowed,
        }),
    }
}

fn verify_first() -> Trouble {
    Trouble::VerifyFirst { next: Some("/device".to_owned()) }
}

async fn code(person: Person) -> Result<Response, Trouble> {
    may_add(&person).await?;
    Ok(show(&DevicePage { w: person.words(), f: person.frame(Some(Section::Security)), wrong: false }))
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

async fn look(person: Person, Checked(form): Checked<Code>) -> Result<Response, Trouble> {
    may_add(&person).await?;
    let w = person.words();
    let d = &w.device;
    let frame = || person.frame(Some(Section::Security));
    match person.service().asking_device(&person.session, form.code.trim()).await {
        Ok(asking) => {
            let answer = |yes: &'static str| {
                let label = if yes == "yes" { &d.yes } else { &d.no };
                Action::post(label, "/device/answer").field("id", asking.id.as_str()).answer("answer", yes)
            };
            Ok(Panel::new(Role::Question, &d.ask_title)
                .text(&d.ask)
                .fact(&d.name, Written::name(&asking.device.name))
                .fact(&d.model, Written::name(&asking.device.model))
                .fact(&d.shows, Written::name(&asking.user_code))
                .test_id("device-question")
                .action(answer("no").test_id("device-no"))
                .action(answer("yes").primary().test_id("device-yes"))
                .show(frame()))
        }
        Err(GrantRefused::NoSuchCode) => {
            Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &DevicePage { w, f: frame(), wrong: true }))
        }
        Err(GrantRefused::TooMany) => Ok(Panel::new(Role::Alert, &w.ended.tries_title)
            .text(&d.too_many)
            .test_id("too-many-tries")
            .action(Action::link(&w.page.go_back, "/security-info").primary())
            .show_as(StatusCode::TOO_MANY_REQUESTS, frame())),
        Err(refused) => Err(trouble(refused)),
    }
}

fn trouble(refused: GrantRefused) -> Trouble {
    match refused {
        GrantRefused::NoSuchCode => Trouble::NotFound,
        GrantRefused::TooMany => Trouble::NotAllowed,
        GrantRefused::Method(refused) => Trouble::of_method(refused, verify_first()),
        GrantRefused::Store(error) => error.into(),
    }
}

#[derive(Deserialize)]
struct Answer {
    id: String,
    answer: String,
}

async fn answer(person: Person, Checked(form): Checked<Answer>) -> Result<Response, Trouble> {
    may_add(&person).await?;
    let yes = form.answer == "yes";
    person.service().answer_grant(&person.session, &form.id, yes).await.map_err(trouble)?;
    if yes {
        return Ok(see(&format!("/device/{}", form.id)));
    }
    let w = person.words();
    Ok(Panel::new(Role::Status, &w.device.no_title)
        .halves(Halves::Alone)
        .text(&w.device.no_body)
        .test_id("device-refused")
        .action(Action::link(&w.page.security_info, "/security-info").primary())
        .show(person.frame(Some(Section::Security))))
}

/// Goes on to the activation, which is there as soon as the phone has asked again. Until then the page looks
/// every other second.
async fn wait(person: Person, Path(id): Path<String>) -> Result<Response, Trouble> {
    Ok(match person.service().activation_of_grant(&person.session, &id).await? {
        Some(activation) => see(&format!("/register/app/{activation}")),
        None => show(&DeviceWaitPage { w: person.words(), f: person.frame(Some(Section::Security)) }),
    })
}
