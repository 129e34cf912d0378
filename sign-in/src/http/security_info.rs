//! Security info: a person's methods, and what can be done about them.

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use crypto_core::approval::state::DeviceState;
use crypto_core::secret::SecretText;
use serde::Deserialize;

use super::caller::{Person, Section};
use super::form::{Checked, Nothing};
use super::page::{Action, Panel, Role, Written, page, see, show, show_as};
use super::page_errors::Trouble;
use super::sign_in::refused_page;
use crate::Service;
use crate::accounts::PasswordRefused;
use crate::attestation::{Attested, Place, Why};
use crate::methods::{Method, MethodKind, MethodRefused};
use crate::sessions::{MayChange, SignInRefused, Stage};
use crate::web::text::Filled;
use crate::web::{Language, Text, When, Words, icons};

pub(super) fn router() -> Router<Service> {
    Router::new()
        .route("/security-info", get(list))
        .route("/security-info/add", get(add))
        .route("/security-info/default", get(choose_default).post(make_default))
        .route("/security-info/sign-out-everywhere", get(ask_out).post(out))
        .route("/security-info/password", get(new_password).post(change_password))
        .route("/security-info/{id}/delete", get(ask_delete).post(delete))
}

page! {
    /// The methods.
    SecurityPage, "security_info.html" {
        lede: Written,
        default: Option<Written>,
        methods: Vec<MethodView>,
        by_pass: bool,
        done: Option<&'static Text>,
    }
}

page! {
    /// The kinds of methods.
    AddPage, "add_method.html" { app: bool, other_apps: bool }
}

page! {
    /// Which method is the default.
    DefaultPage, "default_method.html" { methods: Vec<MethodView> }
}

page! {
    /// A new password.
    NewPasswordPage, "new_password.html" { who: String, wrong: bool, weak: bool }
}

/// A method as a list shows it.
pub(crate) struct MethodView {
    pub(crate) id: String,
    pub(crate) app: bool,
    pub(crate) title: Written,
    pub(crate) what: &'static Text,
    pub(crate) added: Written,
    pub(crate) used: Written,
    pub(crate) default: bool,
    pub(crate) tag: Option<&'static Text>,
    pub(crate) stale: bool,
    pub(crate) attested: Option<&'static Text>,
    pub(crate) failed: Option<&'static Text>,
    pub(crate) delete: String,
}

impl MethodView {
    pub(crate) fn of(method: &Method, language: Language) -> Self {
        let w = language.words();
        let s = &w.security;
        let app = method.kind == MethodKind::App;
        Self {
            id: method.id.clone(),
            app,
            title: if app {
                s.app_on.with("device", &method.name).into()
            } else {
                Written::name(&method.name)
            },
            what: match (app, method.codes) {
                (true, true) => &s.both,
                (true, false) => &s.notifications,
                (false, _) => &s.codes_only,
            },
            added: s.added.html("date", &When::day(method.added_at, language)).into(),
            used: match method.used_at {
                Some(at) => s.used.html("date", &When::day(at, language)).into(),
                None => (&s.never).into(),
            },
            default: method.default,
            tag: match method.state {
                DeviceState::Suspended => Some(&s.suspended),
                DeviceState::Stale => Some(&s.stale),
                DeviceState::PendingConfirmation => Some(&s.pending),
                DeviceState::Active | DeviceState::Revoked => None,
            },
            stale: method.state == DeviceState::Stale,
            attested: app.then(|| attested(w, method.attested)),
            failed: matches!(method.attested, Attested::Failed(_)).then_some(&s.att_failed_tag),
            delete: s.delete_named.with("name", &method.name).attr(),
        }
    }
}

/// What is known of where its keys are kept, in words.
pub(crate) fn attested(w: &'static Words, found: Attested) -> &'static Text {
    let s = &w.security;
    match found {
        Attested::No => &s.att_no,
        Attested::Unverified => &s.att_unverified,
        Attested::Hardware(Place::Tee) => &s.att_tee,
        Attested::Hardware(Place::StrongBox) => &s.att_strongbox,
        Attested::Hardware(Place::AppAttest) => &s.att_app_attest,
        Attested::Failed(Why::Unreadable) => &s.att_unreadable,
        Attested::Failed(Why::Chain) => &s.att_chain,
        Attested::Failed(Why::Expired) => &s.att_expired,
        Attested::Failed(Why::Revoked) => &s.att_revoked,
        Attested::Failed(Why::Challenge) => &s.att_challenge,
        Attested::Failed(Why::OtherKey) => &s.att_other_key,
        Attested::Failed(Why::Software) => &s.att_software,
        Attested::Failed(Why::Usage) => &s.att_usage,
        Attested::Failed(Why::Boot) => &s.att_boot,
        Attested::Failed(Why::App) => &s.att_app,
        Attested::Failed(Why::Person) => &s.att_person,
        Attested::Failed(Why::Older) => &s.att_older,
    }
}

/// What a default is called.
fn as_default<'a>(w: &'a Words, method: &Method) -> Filled<'a> {
    match method.kind {
        MethodKind::App => w.security.default_app.with("device", &method.name),
        MethodKind::Code => w.security.default_code.with("device", &method.name),
    }
}

#[derive(Deserialize)]
struct Done {
    done: Option<String>,
}

async fn list(person: Person, Query(Done { done }): Query<Done>) -> Result<Response, Trouble> {
    person.needs_both_steps_or_pass()?;
    let methods = person.service().methods(&person.user.id).await?;
    let w = person.words();
    let s = &w.security;
    let most = person.caller.limits().authenticators;
    let count = u64::try_from(methods.len()).unwrap_or(u64::MAX);
    let default = methods.iter().find(|method| method.default);
    Ok(show(&SecurityPage {
        w,
        f: person.frame(Some(Section::Security)),
        lede: s.lede.of(count).plain("most", &most).into(),
        default: default.map(|method| s.default.html("method", &bold(as_default(w, method))).into()),
        methods: methods.iter().map(|method| MethodView::of(method, person.caller.language)).collect(),
        by_pass: person.session.stage == Stage::Pass,
        done: match done.as_deref() {
            Some("deleted") => Some(&s.done_deleted),
            Some("default") => Some(&s.done_default),
            Some("out") => Some(&s.done_out),
            Some("password") => Some(&s.done_password),
            Some(_) | None => None,
        },
    }))
}

fn bold(text: Filled<'_>) -> Written {
    Written::bold(&text)
}

/// Only who may change methods, now.
async fn may_change(person: &Person, adds: bool) -> Result<(), Trouble> {
    person.needs_both_steps_or_pass()?;
    match person.service().may_change(&person.session).await? {
        MayChange::Everything => Ok(()),
        MayChange::Add if adds => Ok(()),
        MayChange::VerifyFirst => Err(person.verify_first()),
        MayChange::Add | MayChange::Nothing => Err(Trouble::NotAllowed),
    }
}

async fn add(person: Person) -> Result<Response, Trouble> {
    may_change(&person, true).await?;
    if person.service().methods(&person.user.id).await?.len() >= person.caller.limits().authenticators {
        return Err(Trouble::Five);
    }
    let policy = person.service().policy(&person.user.organisation).await?;
    let f = person.frame(Some(Section::Security));
    Ok(show(&AddPage { w: person.words(), f, app: policy.app, other_apps: policy.other_apps }))
}

async fn ask_delete(person: Person, Path(id): Path<String>) -> Result<Response, Trouble> {
    may_change(&person, false).await?;
    let methods = person.service().methods(&person.user.id).await?;
    let method = methods.iter().find(|method| method.id == id).ok_or(Trouble::NotFound)?;
    let w = person.words();
    let r = &w.remove;
    let mut panel =
        Panel::filled(Role::Question, r.title.with("name", &method.name)).text(match method.kind {
            MethodKind::App => &r.app,
            MethodKind::Code => &r.code,
        });
    if method.default
        && let Some(next) = person.service().default_without(&person.user.id, &id).await?
    {
        panel = panel.text(r.becomes.html("method", &bold(as_default(w, &next))));
    }
    panel = match &person.user.email {
        Some(email) => panel.text(r.told.with("email", email)),
        None => panel.text(&r.told_phone),
    };
    Ok(panel
        .test_id("delete-question")
        .action(Action::link(&r.no, "/security-info"))
        .action(Action::post(&r.yes, format!("/security-info/{id}/delete")).bad().test_id("delete-yes"))
        .show(person.frame(Some(Section::Security))))
}

async fn delete(
    person: Person,
    Path(id): Path<String>,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Trouble> {
    person.needs_both_steps()?;
    match person.service().delete_method(&person.session, &id).await {
        Ok(()) => Ok(see("/security-info?done=deleted")),
        Err(MethodRefused::LastMethod) => {
            let w = person.words();
            Ok(Panel::new(Role::Alert, &w.remove.last_title)
                .text(&w.remove.last)
                .test_id("last-method")
                .action(Action::link(&w.page.go_back, "/security-info").primary())
                .show_as(StatusCode::CONFLICT, person.frame(Some(Section::Security))))
        }
        Err(refused) => Err(refused_here(refused)),
    }
}

fn refused_here(refused: MethodRefused) -> Trouble {
    Trouble::of_method(refused, Trouble::VerifyFirst { next: Some("/security-info".to_owned()) })
}

async fn choose_default(person: Person) -> Result<Response, Trouble> {
    may_change(&person, false).await?;
    let methods = person.service().methods(&person.user.id).await?;
    let can = |method: &&Method| method.state == DeviceState::Active;
    let methods =
        methods.iter().filter(can).map(|method| MethodView::of(method, person.caller.language)).collect();
    Ok(show(&DefaultPage { w: person.words(), f: person.frame(Some(Section::Security)), methods }))
}

#[derive(Deserialize)]
struct Default {
    id: String,
}

async fn make_default(person: Person, Checked(form): Checked<Default>) -> Result<Response, Trouble> {
    person.needs_both_steps()?;
    person.service().make_default(&person.session, &form.id).await.map_err(refused_here)?;
    Ok(see("/security-info?done=default"))
}

async fn new_password(person: Person) -> Result<Response, Trouble> {
    may_change(&person, false).await?;
    Ok(new_password_page(&person, false, false, StatusCode::OK))
}

fn new_password_page(person: &Person, wrong: bool, weak: bool, status: StatusCode) -> Response {
    let (w, f) = (person.words(), person.frame(Some(Section::Security)));
    show_as(status, &NewPasswordPage { w, f, who: person.user.user_name.clone(), wrong, weak })
}

#[derive(Deserialize)]
struct NewPassword {
    current: String,
    new: String,
}

async fn change_password(person: Person, Checked(form): Checked<NewPassword>) -> Result<Response, Trouble> {
    person.needs_both_steps()?;
    let (old, new) = (SecretText::new(form.current), SecretText::new(form.new));
    let Person { session, caller, .. } = &person;
    let changed = person
        .service()
        .change_password(session, &old, &new, caller.browser.as_deref(), &caller.visitor)
        .await;
    let mistaken =
        |wrong, weak| Ok(new_password_page(&person, wrong, weak, StatusCode::UNPROCESSABLE_ENTITY));
    match changed {
        Ok(()) => Ok(see("/security-info?done=password")),
        Err(PasswordRefused::Wrong) => mistaken(true, false),
        Err(PasswordRefused::Weak) => mistaken(false, true),
        Err(PasswordRefused::TooMany { until }) => {
            refused_page(caller, SignInRefused::TooMany { until }, "/security-info")
        }
        Err(PasswordRefused::VerifyFirst) => {
            Err(Trouble::VerifyFirst { next: Some("/security-info/password".to_owned()) })
        }
        Err(PasswordRefused::NotAllowed) => Err(Trouble::NotAllowed),
        Err(PasswordRefused::Store(error)) => Err(error.into()),
    }
}

async fn ask_out(person: Person) -> Result<Response, Trouble> {
    person.needs_both_steps()?;
    let r = &person.words().remove;
    Ok(Panel::new(Role::Question, &r.out_title)
        .text(&r.out)
        .test_id("sign-out-everywhere")
        .action(Action::link(&r.out_no, "/security-info"))
        .action(Action::post(&r.out_yes, "/security-info/sign-out-everywhere").bad().test_id("out-yes"))
        .show(person.frame(Some(Section::Security))))
}

async fn out(person: Person, Checked(Nothing {}): Checked<Nothing>) -> Result<Response, Trouble> {
    person.needs_both_steps()?;
    person.service().sign_out_everywhere(&person.user.id, Some(&person.session)).await?;
    Ok(see("/security-info?done=out"))
}
