//! The mails of a demonstration, which are not sent.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::caller::Caller;
use super::page::{Nav, page, show};
use super::page_errors::Trouble;
use crate::Service;
use crate::store::Mail;
use crate::web::{When, icons};

pub(super) fn router() -> Router<Service> {
    Router::new().route("/outbox", get(outbox))
}

page! {
    /// The mails.
    OutboxPage, "outbox.html" { mails: Vec<(Mail, When)> }
}

async fn outbox(caller: Caller) -> Result<Response, Trouble> {
    if !caller.service.config().demo {
        return Err(Trouble::NotFound);
    }
    let mails = caller.service.store().outbox(MOST).await?;
    let dated = |mail: Mail| {
        let at = When::moment(mail.created_at, caller.language);
        (mail, at)
    };
    let mails = mails.into_iter().map(dated).collect();
    Ok(show(&OutboxPage { w: caller.words(), f: caller.frame(Nav::Plain), mails }))
}

const MOST: u32 = 50;
