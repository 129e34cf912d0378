//! What the app speaks: `docs/approval-protocol.md`. A handler proves the call, asks a rule, and writes the
//! result. No answer is kept by anybody on the way, and each brings the nonce for the next proof.

mod activation;
mod activity;
mod challenges;
mod device;
mod discovery;
mod grants;
mod problem;
mod proof;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{any, delete, get, post, put};
use crypto_core::approval::ProblemCode;

use self::problem::respond;
use crate::Service;

/// Everything for devices.
pub fn router() -> Router<Service> {
    Router::new()
        .route("/.well-known/approval-configuration", get(discovery::configuration))
        .route("/approval/v1/jwks", get(discovery::keys))
        .route("/approval/v1/activation/begin", post(activation::begin))
        .route("/approval/v1/activation/complete", post(activation::complete))
        .route("/approval/v1/grant/begin", post(grants::begin))
        .route("/approval/v1/grant/poll", post(grants::poll))
        .route("/approval/v1/challenges", get(challenges::list))
        .route("/approval/v1/challenges/{id}/answer", post(challenges::answer))
        .route("/approval/v1/device", get(device::show).delete(device::remove))
        .route("/approval/v1/device/push", put(device::change_push))
        .route("/approval/v1/device/push", delete(device::drop_push))
        .route("/approval/v1/device/keys", post(device::change_keys))
        .route("/approval/v1/device/stale", post(device::go_stale))
        .route("/approval/v1/activity", get(activity::list))
        .route("/approval/v1/activity/{id}/report", post(activity::report))
        .route("/approval/{*rest}", any(nothing))
}

/// Of another version, or mistyped.
async fn nothing(State(service): State<Service>) -> Response {
    respond(&service, None, Err(ProblemCode::NotFound.into()))
}

#[cfg(test)]
mod tests;
