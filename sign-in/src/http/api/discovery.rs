//! What the service says of itself.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use crypto_core::approval::wire::{self, Discovery};

use super::problem::{answer, json, respond};
use crate::Service;

/// Where everything is.
pub(super) async fn configuration(State(service): State<Service>) -> Response {
    let config = service.config();
    let mut found = Discovery::at(config.issuer.clone(), config.name.clone(), service.now());
    found.vapid_public_key = service.deliver().vapid_public_key();
    found.min_app = config.min_app.clone();
    respond(&service, None, Ok(json(StatusCode::OK, wire::write(&found))))
}

/// The service's keys, vouched for by the current one.
pub(super) async fn keys(State(service): State<Service>) -> Response {
    let list = service.key_list().await.map(|list| answer(StatusCode::OK, "application/jwt", list));
    respond(&service, None, list.map_err(Into::into))
}
