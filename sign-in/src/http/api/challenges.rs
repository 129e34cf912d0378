//! What waits for a device, and its answers.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use crypto_core::approval::state::TransactionState;
use crypto_core::approval::wire::{self, ChallengeList, Receipt};
use crypto_core::approval::{ProblemCode, TransactionId};

use super::problem::{json, respond};
use super::proof::Called;
use crate::Service;
use crate::devices::DeviceRefused;

/// The requests that wait; `?wait=` says for how many seconds the call may.
pub(super) async fn list(State(service): State<Service>, called: Called) -> Response {
    let list: Result<_, DeviceRefused> = async {
        let device = called.device(&service).await?;
        let wait = Duration::from_secs(called.number("wait").unwrap_or(0));
        let challenges = service.challenges(&device, &called.visitor, wait).await?;
        let list =
            ChallengeList { server_time: service.now(), retry_after: service.limits().poll_secs, challenges };
        Ok(json(StatusCode::OK, wire::write(&list)))
    }
    .await;
    respond(&service, None, list)
}

/// Answers one. A wrong number is an answer that was taken, and a refusal to whoever gave it.
pub(super) async fn answer(
    State(service): State<Service>,
    Path(id): Path<String>,
    called: Called,
) -> Response {
    let taken: Result<_, DeviceRefused> = async {
        let device = called.device(&service).await?;
        device.may_call(service.limits(), service.now())?;
        let status = service.answer_request(&device, &id, &called.body).await?;
        if status == TransactionState::Mismatch {
            return Err(ProblemCode::NumberMismatch.into());
        }
        Ok(json(StatusCode::OK, wire::write(&Receipt { status })))
    }
    .await;
    // Only what is an id is repeated.
    let instance = TransactionId::try_from(id.as_str()).ok();
    respond(&service, instance.as_ref().map(TransactionId::as_str), taken)
}
