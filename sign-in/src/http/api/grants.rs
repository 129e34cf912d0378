//! Adding by signing in.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::problem::{json, respond};
use super::proof::Called;
use crate::Service;
use crate::devices::DeviceRefused;

/// A device asks to be added, proven by the key that will be its first.
pub(super) async fn begin(State(service): State<Service>, called: Called) -> Response {
    let begun: Result<_, DeviceRefused> = async {
        let proven = called.proven(&service)?;
        let begun = service.begin_grant(&proven, &called.body, called.visitor.ip).await?;
        Ok(json(StatusCode::OK, begun.to_json()))
    }
    .await;
    respond(&service, None, begun)
}

/// And what became of that.
pub(super) async fn poll(State(service): State<Service>, called: Called) -> Response {
    let status: Result<_, DeviceRefused> = async {
        let proven = called.proven(&service)?;
        let status = service.poll_grant(&proven, &called.body).await?;
        // expose: the link goes to the device whose key began the grant, once.
        Ok(json(StatusCode::OK, status.to_json().expose().to_owned()))
    }
    .await;
    respond(&service, None, status)
}
