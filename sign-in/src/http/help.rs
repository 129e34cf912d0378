//! Pages that say something and need nobody: help, privacy, the demonstration, and what somebody sees who
//! opens an address that belongs into the app. The secret of such an address is behind its `#`, which
//! browsers do not send; nothing here looks at it.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::caller::{Caller, Person};
use super::page::{Action, Nav, Panel, Role, page, see, show};
use super::page_errors::Trouble;
use super::sign_in;
use crate::Service;
use crate::sessions::Stage;
use crate::web::{Text, icons};

pub(super) fn router() -> Router<Service> {
    Router::new()
        .route("/help", get(help))
        .route("/privacy", get(privacy))
        .route("/activate", get(activate))
        .route("/approve", get(approve))
        .route("/a/{handle}", get(manual))
        .route("/demo", get(demo))
        .route("/demo/payroll", get(payroll))
}

page! {
    /// Texts under headings.
    TextPage, "text.html" { title: &'static Text, parts: Vec<(&'static Text, &'static Text)> }
}

page! {
    /// What the demonstration is about.
    DemoPage, "demo.html" { people: [(&'static str, &'static str); 3] }
}

async fn help(caller: Caller) -> Response {
    let h = &caller.words().help;
    let parts = vec![
        (&h.in_title, &h.in_body),
        (&h.none_title, &h.none_body),
        (&h.who_title, &h.who_body),
        (&h.lost_title, &h.lost_body),
    ];
    show(&TextPage { w: caller.words(), f: caller.frame(Nav::Plain), title: &h.title, parts })
}

async fn privacy(caller: Caller) -> Response {
    let p = &caller.words().privacy;
    let parts = vec![(&p.kept_title, &p.kept), (&p.cookies_title, &p.cookies), (&p.others_title, &p.others)];
    show(&TextPage { w: caller.words(), f: caller.frame(Nav::Plain), title: &p.title, parts })
}

async fn activate(caller: Caller) -> Response {
    inside(&caller, &caller.words().inside.activate)
}

async fn approve(caller: Caller) -> Response {
    inside(&caller, &caller.words().inside.approve)
}

/// The same whether there is such a handle or not.
async fn manual(caller: Caller) -> Response {
    inside(&caller, &caller.words().inside.manual)
}

fn inside(caller: &Caller, text: &Text) -> Response {
    let w = caller.words();
    Panel::new(Role::Question, &w.inside.title)
        .text(text)
        .text(&w.inside.nothing)
        .test_id("inside")
        .action(Action::link(&w.page.help, "/help"))
        .show(caller.frame(Nav::Plain))
}

async fn demo(caller: Caller) -> Result<Response, Trouble> {
    if !caller.service.config().demo {
        return Err(Trouble::NotFound);
    }
    let (w, f) = (caller.words(), caller.frame(Nav::Plain));
    Ok(show(&DemoPage { w, f, people: PEOPLE }))
}

/// Stands for an application that sends people here to sign in.
async fn payroll(caller: Caller, person: Option<Person>) -> Result<Response, Trouble> {
    if !caller.service.config().demo {
        return Err(Trouble::NotFound);
    }
    let w = caller.words();
    let app = w.demo.payroll.as_str();
    let Some(person) = person.filter(|person| person.session.stage == Stage::SignedIn) else {
        let opened = sign_in::open(&caller, Some("/demo/payroll"), Some(app)).await?;
        let mut response = see("/sign-in");
        sign_in::give(&mut response, &opened, &caller);
        return Ok(response);
    };
    Ok(Panel::filled(Role::Status, w.demo.in_app_title.with("app", app))
        .text(w.demo.in_app.with("name", &person.user.display_name))
        .test_id("payroll")
        .action(Action::link(&w.page.home, "/").primary())
        .show(person.frame(None)))
}

/// The people that the demonstration makes up. Their passwords are printed at its start and stand nowhere.
const PEOPLE: [(&str, &str); 3] = [("maria", "Maria Silva"), ("erik", "Erik Lund"), ("admin", "Ada Byron")];
