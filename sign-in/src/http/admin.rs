//! Administration: people, what can be done for one of them, the policy, everybody's sign-ins.

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use crypto_core::approval::MatchLen;
use crypto_core::approval::activation::AttestationPolicy;
use crypto_core::approval::challenge::UvPolicy;
use crypto_core::time::UnixTime;
use serde::Deserialize;

use super::activity::EventView;
use super::caller::{Administrator, Office};
use super::form::{Checked, Nothing};
use super::page::{Action, Panel, Role, Written, page, see, show, show_as};
use super::page_errors::Trouble;
use super::security_info::MethodView;
use crate::Service;
use crate::accounts;
use crate::methods::MethodRefused;
use crate::passes::{NewPass, PassRefused, PassView};
use crate::policy::{OrganisationPolicy, PolicyRefused};
use crate::store::User;
use crate::web::text::grouped;
use crate::web::{Text, When, icons, when};

pub(super) fn router() -> Router<Service> {
    Router::new()
        .route("/admin", get(people))
        .route("/admin/people/{id}", get(person))
        .route("/admin/people/{id}/methods/{method}/delete", get(ask_delete).post(delete))
        .route("/admin/people/{id}/lift", post(lift))
        .route("/admin/people/{id}/disable", get(ask_disable).post(disable))
        .route("/admin/people/{id}/enable", post(enable))
        .route("/admin/people/{id}/pass", get(ask_pass).post(issue))
        .route("/admin/people/{id}/pass/revoke", post(revoke))
        .route("/admin/policy", get(policy).post(change_policy))
        .route("/admin/sign-ins", get(sign_ins))
}

/// A value of a form, and what it is called.
type Choice = (&'static str, &'static Text);

page! {
    /// The people.
    PeoplePage, "admin_people.html" {
        people: Vec<User>,
        search: String,
        earlier: Option<String>,
        later: Option<String>,
    }
}

page! {
    /// A person.
    PersonPage, "admin_person.html" {
        user: User,
        administrator: bool,
        methods: Vec<MethodView>,
        full: bool,
        risk: Option<Written>,
        pass: Option<Written>,
        passes: bool,
        oneself: bool,
        done: Option<&'static Text>,
    }
}

page! {
    /// Issuing a pass.
    IssuePage, "admin_issue.html" {
        user: User,
        valid: String,
        times: [Choice; 4],
        starts: String,
        older: bool,
        not_checked: bool,
        bad_start: bool,
    }
}

page! {
    /// A pass, shown once.
    IssuedPage, "admin_issued.html" { user: User, pass: String, spelled: String, when: Written, once: bool }
}

page! {
    /// The policy.
    PolicyPage, "admin_policy.html" {
        policy: OrganisationPolicy,
        digits: String,
        digits_choices: [Choice; 3],
        uv_choices: [Choice; 2],
        attestation_choices: [Choice; 3],
        unchecked: Vec<&'static Text>,
        secs: String,
        wrong: bool,
        nothing_left: bool,
        saved: bool,
    }
}

page! {
    /// Everybody's sign-ins.
    SignInsPage, "admin_sign_ins.html" { events: Vec<EventView>, older: Option<u64> }
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    search: String,
    #[serde(default)]
    page: u32,
}

async fn people(
    administrator: Administrator,
    Query(Search { search, page }): Query<Search>,
) -> Result<Response, Trouble> {
    let organisation = &administrator.0.user.organisation;
    let service = administrator.service();
    let people = service.users(organisation, &search, page).await?;
    let more =
        !people.is_empty() && !service.users(organisation, &search, page.saturating_add(1)).await?.is_empty();
    let at = |page: u32| format!("/admin?search={}&page={page}", super::page_errors::escaped(&search));
    Ok(show(&PeoplePage {
        w: administrator.words(),
        f: administrator.frame(Office::People),
        people,
        earlier: page.checked_sub(1).map(at),
        later: more.then(|| at(page.saturating_add(1))),
        search,
    }))
}

/// Somebody of the administrator's organisation. Of others it is not said that they exist.
async fn of_organisation(administrator: &Administrator, id: &str) -> Result<User, Trouble> {
    let user = administrator.service().user(id).await?;
    user.filter(|user| user.organisation == administrator.0.user.organisation).ok_or(Trouble::NotFound)
}

#[derive(Deserialize)]
struct Done {
    done: Option<String>,
}

async fn person(
    administrator: Administrator,
    Path(id): Path<String>,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Trouble> {
    let user = of_organisation(&administrator, &id).await?;
    let service = administrator.service();
    let language = administrator.0.caller.language;
    let methods = service.methods(&user.id).await?;
    let policy = service.policy(&user.organisation).await?;
    let pass = service.pass_of(&user.id).await?;
    let w = administrator.words();
    let a = &w.admin;
    let risk = user
        .high_risk_at
        .map(|at| a.risk.with("name", &user.display_name).html("date", &When::day(at, language)).into());
    Ok(show(&PersonPage {
        w,
        f: administrator.frame(Office::People),
        administrator: user.role == accounts::Role::Administrator,
        full: methods.len() >= service.limits().authenticators,
        methods: methods.iter().map(|method| MethodView::of(method, language)).collect(),
        risk,
        pass: pass.map(|pass| valid(&a.has_pass, &pass, &administrator)),
        passes: policy.passes,
        oneself: user.id == administrator.0.user.id,
        user,
        done: match done.as_deref() {
            Some("deleted") => Some(&a.deleted),
            Some("lifted") => Some(&a.lifted),
            Some("revoked") => Some(&a.revoked),
            Some("disabled") => Some(&a.done_disabled),
            Some("enabled") => Some(&a.done_enabled),
            Some(_) | None => None,
        },
    }))
}

fn valid(text: &Text, pass: &PassView, administrator: &Administrator) -> Written {
    let at = |time| When::moment(time, administrator.0.caller.language);
    text.html("from", &at(pass.starts_at)).html("until", &at(pass.ends_at)).into()
}

async fn ask_delete(
    administrator: Administrator,
    Path((id, method)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let user = of_organisation(&administrator, &id).await?;
    let methods = administrator.service().methods(&user.id).await?;
    let found = methods.iter().find(|its| its.id == method).ok_or(Trouble::NotFound)?;
    let w = administrator.words();
    let action = format!("/admin/people/{id}/methods/{method}/delete");
    Ok(Panel::filled(Role::Question, w.remove.title.with("name", &found.name))
        .text(w.admin.delete_body.with("name", &user.display_name))
        .test_id("delete-question")
        .action(Action::link(&w.remove.no, format!("/admin/people/{id}")))
        .action(Action::post(&w.remove.yes, action).bad().test_id("delete-yes"))
        .show(administrator.frame(Office::People)))
}

async fn delete(
    administrator: Administrator,
    Path((id, method)): Path<(String, String)>,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Trouble> {
    let user = of_organisation(&administrator, &id).await?;
    let deleted = administrator.service().delete_method_of(&administrator.0.session, &user.id, &method).await;
    deleted.map_err(|refused| refused_for(refused, &id))?;
    Ok(see(&format!("/admin/people/{id}?done=deleted")))
}

fn refused_for(refused: MethodRefused, id: &str) -> Trouble {
    Trouble::of_method(refused, Trouble::VerifyFirst { next: Some(format!("/admin/people/{id}")) })
}

async fn lift(
    administrator: Administrator,
    Path(id): Path<String>,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Trouble> {
    let user = of_organisation(&administrator, &id).await?;
    let lifted = administrator.service().lift_suspension(&administrator.0.session, &user.id).await;
    lifted.map_err(|refused| refused_for(refused, &id))?;
    Ok(see(&format!("/admin/people/{id}?done=lifted")))
}

async fn ask_disable(administrator: Administrator, Path(id): Path<String>) -> Result<Response, Trouble> {
    let user = of_organisation(&administrator, &id).await?;
    if user.id == administrator.0.user.id {
        return Err(Trouble::NotAllowed);
    }
    let a = &administrator.words().admin;
    Ok(Panel::filled(Role::Question, a.disable_title.with("name", &user.display_name))
        .text(a.disable_body.with("name", &user.display_name))
        .test_id("disable-question")
        .action(Action::link(&a.disable_no, format!("/admin/people/{id}")))
        .action(
            Action::post(&a.disable_yes, format!("/admin/people/{id}/disable")).bad().test_id("disable-yes"),
        )
        .show(administrator.frame(Office::People)))
}

async fn disable(
    administrator: Administrator,
    Path(id): Path<String>,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Trouble> {
    set_disabled(&administrator, &id, true).await
}

async fn enable(
    administrator: Administrator,
    Path(id): Path<String>,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Trouble> {
    set_disabled(&administrator, &id, false).await
}

async fn set_disabled(administrator: &Administrator, id: &str, disabled: bool) -> Result<Response, Trouble> {
    let user = of_organisation(administrator, id).await?;
    let done = administrator.service().set_disabled(&administrator.0.session, &user.id, disabled).await;
    done.map_err(|refused| refused_for(refused, id))?;
    let word = if disabled { "disabled" } else { "enabled" };
    Ok(see(&format!("/admin/people/{id}?done={word}")))
}

async fn ask_pass(administrator: Administrator, Path(id): Path<String>) -> Result<Response, Trouble> {
    let user = of_organisation(&administrator, &id).await?;
    if user.id == administrator.0.user.id {
        return Ok(refused_page(&administrator, &id, &administrator.words().admin.oneself));
    }
    issue_page(&administrator, user, &IssueForm::default(), false, false, StatusCode::OK).await
}

#[derive(Deserialize)]
#[serde(default)]
struct IssueForm {
    valid: String,
    starts: String,
    offset: String,
    checked: Option<String>,
}

impl Default for IssueForm {
    fn default() -> Self {
        Self { valid: "3600".to_owned(), starts: String::new(), offset: String::new(), checked: None }
    }
}

async fn issue_page(
    administrator: &Administrator,
    user: User,
    form: &IssueForm,
    not_checked: bool,
    bad_start: bool,
    status: StatusCode,
) -> Result<Response, Trouble> {
    let older = administrator.service().pass_of(&user.id).await?.is_some();
    let w = administrator.words();
    let page = IssuePage {
        w,
        f: administrator.frame(Office::People),
        user,
        valid: form.valid.clone(),
        times: [
            ("600", &w.issue.ten_minutes),
            ("3600", &w.issue.one_hour),
            ("28800", &w.issue.eight_hours),
            ("86400", &w.issue.one_day),
        ],
        starts: form.starts.clone(),
        older,
        not_checked,
        bad_start,
    };
    Ok(show_as(status, &page))
}

async fn issue(
    administrator: Administrator,
    Path(id): Path<String>,
    Checked(form): Checked<IssueForm>,
) -> Result<Response, Trouble> {
    let user = of_organisation(&administrator, &id).await?;
    let service = administrator.service();
    let now = service.now();
    let secs = form.valid.parse().map_err(|_| Trouble::Malformed)?;
    let starts_at = match form.starts.trim() {
        "" => Some(now),
        starts => when::read_local(starts, form.offset.parse().unwrap_or(0)).filter(|at| {
            // A minute that has begun is now; a year is later than anybody plans.
            at.plus_secs(60) >= now && *at <= now.plus_secs(YEAR)
        }),
    };
    let (Some(starts_at), true) = (starts_at, form.checked.is_some()) else {
        let (not_checked, bad_start) = (form.checked.is_none(), starts_at.is_none());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return issue_page(&administrator, user, &form, not_checked, bad_start, status).await;
    };
    let new = NewPass { starts_at: starts_at.max(now), secs, once: true };
    let w = administrator.words();
    match service.issue_pass(Some(&administrator.0.session), &user.id, new).await {
        Ok((pass, view)) => {
            // expose: it is shown here, once.
            let pass = grouped(pass.expose(), 4);
            Ok(show(&IssuedPage {
                w,
                f: administrator.frame(Office::People),
                spelled: spelled(&pass),
                pass,
                when: valid(&w.issue.from_to, &view, &administrator),
                once: view.once,
                user,
            }))
        }
        Err(PassRefused::Oneself) => Ok(refused_page(&administrator, &id, &w.admin.oneself)),
        Err(PassRefused::SwitchedOff) => Err(Trouble::SwitchedOff),
        Err(PassRefused::NoSuchAccount) => Err(Trouble::NotFound),
        Err(PassRefused::Lifetime) => Err(Trouble::Malformed),
        Err(PassRefused::NotAllowed) => Err(Trouble::NotAllowed),
        Err(PassRefused::VerifyFirst) => {
            Err(Trouble::VerifyFirst { next: Some(format!("/admin/people/{id}/pass")) })
        }
        Err(PassRefused::Store(error)) => Err(error.into()),
    }
}

const YEAR: u64 = 365 * 24 * 60 * 60;

/// Character by character, so that it is not read as a word.
fn spelled(pass: &str) -> String {
    let groups = pass.split(' ').map(|group| {
        let characters: Vec<_> = group.chars().map(String::from).collect();
        characters.join(" ")
    });
    groups.collect::<Vec<_>>().join(", ")
}

fn refused_page(administrator: &Administrator, id: &str, text: &Text) -> Response {
    let w = administrator.words();
    Panel::new(Role::Alert, &w.issue.refused_title)
        .text(text)
        .test_id("no-pass")
        .action(Action::link(&w.page.go_back, format!("/admin/people/{id}")).primary())
        .show_as(StatusCode::FORBIDDEN, administrator.frame(Office::People))
}

async fn revoke(
    administrator: Administrator,
    Path(id): Path<String>,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Trouble> {
    let user = of_organisation(&administrator, &id).await?;
    match administrator.service().revoke_pass(Some(&administrator.0.session), &user.id).await {
        Ok(()) => Ok(see(&format!("/admin/people/{id}?done=revoked"))),
        Err(PassRefused::Store(error)) => Err(error.into()),
        Err(PassRefused::NoSuchAccount) => Err(Trouble::NotFound),
        Err(PassRefused::VerifyFirst) => {
            Err(Trouble::VerifyFirst { next: Some(format!("/admin/people/{id}")) })
        }
        Err(
            PassRefused::Oneself | PassRefused::Lifetime | PassRefused::NotAllowed | PassRefused::SwitchedOff,
        ) => Err(Trouble::NotAllowed),
    }
}

async fn policy(
    administrator: Administrator,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Trouble> {
    let policy = administrator.service().policy(&administrator.0.user.organisation).await?;
    let state = if done.is_some() { FormState::Saved } else { FormState::Shown };
    Ok(policy_page(&administrator, policy, state))
}

/// How the policy's form is shown.
#[derive(PartialEq, Eq)]
enum FormState {
    Shown,
    Saved,
    WrongSecs(String),
    NothingLeft,
}

fn policy_page(administrator: &Administrator, policy: OrganisationPolicy, state: FormState) -> Response {
    let (wrong, nothing_left) = (matches!(state, FormState::WrongSecs(_)), state == FormState::NothingLeft);
    let w = administrator.words();
    let p = &w.policy;
    let page = PolicyPage {
        w,
        f: administrator.frame(Office::Policy),
        digits_choices: [("2", &p.digits_two), ("3", &p.digits_three), ("6", &p.digits_six)],
        uv_choices: [
            (UvPolicy::Required.word(), &p.uv_required),
            (UvPolicy::Preferred.word(), &p.uv_preferred),
        ],
        attestation_choices: [
            (AttestationPolicy::None.word(), &p.att_none),
            (AttestationPolicy::Preferred.word(), &p.att_preferred),
            (AttestationPolicy::Required.word(), &p.att_required),
        ],
        unchecked: {
            let makers = administrator.service().config().believed.makers();
            let android = (!makers.can_judge_android()).then_some(&p.att_no_android);
            let apple = (!makers.can_judge_apple()).then_some(&p.att_no_apple);
            android.into_iter().chain(apple).collect()
        },
        digits: policy.match_len.digits().to_string(),
        saved: state == FormState::Saved,
        secs: match state {
            FormState::WrongSecs(secs) => secs,
            FormState::Shown | FormState::Saved | FormState::NothingLeft => policy.request_secs.to_string(),
        },
        policy,
        wrong,
        nothing_left,
    };
    show_as(if wrong || nothing_left { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

#[derive(Deserialize)]
struct PolicyForm {
    app: Option<String>,
    app_codes: Option<String>,
    other_apps: Option<String>,
    passes: Option<String>,
    match_len: String,
    uv: String,
    attestation: String,
    request_secs: String,
    scan: Option<String>,
    scan_unfamiliar: Option<String>,
    suspend_on_report: Option<String>,
}

async fn change_policy(
    administrator: Administrator,
    Checked(form): Checked<PolicyForm>,
) -> Result<Response, Trouble> {
    let digits: u64 = form.match_len.parse().map_err(|_| Trouble::Malformed)?;
    let secs = form.request_secs.trim().parse().ok();
    let policy = OrganisationPolicy {
        app: form.app.is_some(),
        app_codes: form.app_codes.is_some(),
        other_apps: form.other_apps.is_some(),
        passes: form.passes.is_some(),
        match_len: MatchLen::try_from(digits).map_err(|_| Trouble::Malformed)?,
        uv: UvPolicy::named(&form.uv).ok_or(Trouble::Malformed)?,
        attestation: AttestationPolicy::named(&form.attestation).ok_or(Trouble::Malformed)?,
        // What is no number is out of range too.
        request_secs: secs.unwrap_or(0),
        scan: form.scan.is_some(),
        scan_unfamiliar: form.scan_unfamiliar.is_some(),
        suspend_on_report: form.suspend_on_report.is_some(),
    };
    match administrator.service().change_policy(&administrator.0.session, policy.clone()).await {
        Ok(()) => Ok(see("/admin/policy?done=saved")),
        Err(PolicyRefused::Seconds) => {
            Ok(policy_page(&administrator, policy, FormState::WrongSecs(form.request_secs)))
        }
        Err(PolicyRefused::NothingLeft) => Ok(policy_page(&administrator, policy, FormState::NothingLeft)),
        Err(PolicyRefused::VerifyFirst) => {
            Err(Trouble::VerifyFirst { next: Some("/admin/policy".to_owned()) })
        }
        Err(PolicyRefused::NotAllowed) => Err(Trouble::NotAllowed),
        Err(PolicyRefused::Store(error)) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Before {
    before: Option<u64>,
}

async fn sign_ins(
    administrator: Administrator,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Trouble> {
    let person = &administrator.0;
    let service = administrator.service();
    let before = before.map(UnixTime::from_millis);
    let found = service.sign_ins(&person.user.organisation, before, MOST).await?;
    let full = found.len() >= usize::try_from(MOST).unwrap_or(usize::MAX);
    let older = found.last().filter(|_| full).map(|event| event.at.millis());
    let mut events = Vec::new();
    for event in &found {
        let mut view = EventView::of(event, person.caller.language);
        view.can_report = false;
        if let Some(id) = &event.user {
            view.who = service.user(id).await?.map(|user| user.display_name);
        }
        events.push(view);
    }
    let page =
        SignInsPage { w: administrator.words(), f: administrator.frame(Office::SignIns), events, older };
    Ok(show(&page))
}

const MOST: u32 = 50;
