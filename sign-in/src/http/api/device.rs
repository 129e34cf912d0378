//! What a device does with itself.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use crypto_core::approval::state::DeviceState;
use crypto_core::approval::wire::{self, PushSubscription};
use crypto_core::approval::{Nonce, ProblemCode};
use serde::Serialize;

use super::problem::{empty, json, respond};
use super::proof::Called;
use crate::Service;
use crate::devices::DeviceRefused;
use crate::store::Authenticator;

/// Where the device stands, and what a change of its keys has to contain.
pub(super) async fn show(State(service): State<Service>, called: Called) -> Response {
    let shown: Result<_, DeviceRefused> = async {
        let device = called.device(&service).await?;
        shown(&service, &device)
    }
    .await;
    respond(&service, None, shown)
}

/// The device goes away. One that is suspended may, too.
pub(super) async fn remove(State(service): State<Service>, called: Called) -> Response {
    let removed: Result<_, DeviceRefused> = async {
        let device = called.device(&service).await?;
        service.remove_device(&device).await?;
        Ok(empty())
    }
    .await;
    respond(&service, None, removed)
}

/// Where it is woken from here on.
pub(super) async fn change_push(State(service): State<Service>, called: Called) -> Response {
    let changed: Result<_, DeviceRefused> = async {
        let device = called.device(&service).await?;
        device.may_call(service.limits(), service.now())?;
        let push: PushSubscription = wire::read(&called.body).ok_or(ProblemCode::Malformed)?;
        service.change_push(&device, Some(&push)).await?;
        Ok(empty())
    }
    .await;
    respond(&service, None, changed)
}

/// It is not woken any more.
pub(super) async fn drop_push(State(service): State<Service>, called: Called) -> Response {
    let dropped: Result<_, DeviceRefused> = async {
        let device = called.device(&service).await?;
        service.change_push(&device, None).await?;
        Ok(empty())
    }
    .await;
    respond(&service, None, dropped)
}

/// The key that needs the person is gone, as the platform drops it when its lock or fingerprints change.
pub(super) async fn go_stale(State(service): State<Service>, called: Called) -> Response {
    let gone: Result<_, DeviceRefused> = async {
        let device = called.device(&service).await?;
        service.go_stale(&device).await?;
        Ok(empty())
    }
    .await;
    respond(&service, None, gone)
}

/// Other keys.
pub(super) async fn change_keys(State(service): State<Service>, called: Called) -> Response {
    let changed: Result<_, DeviceRefused> = async {
        let device = called.device(&service).await?;
        let device = service.change_keys(&device, &called.body).await?;
        shown(&service, &device)
    }
    .await;
    respond(&service, None, changed)
}

#[derive(Serialize)]
struct DeviceBody<'a> {
    device_id: &'a str,
    state: DeviceState,
    name: &'a str,
    rotation_nonce: Nonce,
    server_time: u64,
}

fn shown(service: &Service, device: &Authenticator) -> Result<Response, DeviceRefused> {
    let body = DeviceBody {
        device_id: &device.id,
        state: device.state,
        name: &device.name,
        rotation_nonce: service.rotation_nonce(device)?,
        server_time: service.now().secs(),
    };
    Ok(json(StatusCode::OK, wire::write(&body)))
}
