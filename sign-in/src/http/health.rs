//! Whether this node can do its work, for load balancers and service managers.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::Service;

/// `/healthz`.
pub fn router() -> Router<Service> {
    Router::new().route("/healthz", get(health))
}

/// A node that stops says so first, so that nothing new is sent to it.
async fn health(State(service): State<Service>) -> Response {
    let (status, word) = if service.wake().is_closing() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if service.store().ping().await.is_err() {
        (StatusCode::SERVICE_UNAVAILABLE, "no database\n")
    } else {
        (StatusCode::OK, "ok\n")
    };
    (status, [(header::CACHE_CONTROL, "no-store")], word).into_response()
}
