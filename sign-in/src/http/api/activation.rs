//! From a code to a device that waits for its confirmation.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use crypto_core::approval::ProblemCode;
use crypto_core::approval::activation::Begin;

use super::problem::{json, respond};
use super::proof::Called;
use crate::Service;
use crate::devices::DeviceRefused;

/// Uses a code. There is no key yet that could prove the call.
pub(super) async fn begin(State(service): State<Service>, called: Called) -> Response {
    let begun: Result<_, DeviceRefused> = async {
        let begin = Begin::from_json(&called.body).ok_or(ProblemCode::Malformed)?;
        let begun = service.claim_activation(&begin, called.visitor.ip).await?;
        Ok(json(StatusCode::OK, begun.to_json()))
    }
    .await;
    respond(&service, None, begun)
}

/// Brings the device's keys, proven by the first of them.
pub(super) async fn complete(State(service): State<Service>, called: Called) -> Response {
    let completed: Result<_, DeviceRefused> = async {
        let proven = called.proven(&service)?;
        let completed = service.complete_activation(&proven, &called.body, &called.visitor).await?;
        // expose: the device's own seed goes to it, once.
        Ok(json(StatusCode::CREATED, completed.to_json().expose().to_owned()))
    }
    .await;
    respond(&service, None, completed)
}
