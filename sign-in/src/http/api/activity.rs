//! What happened to the account, for its phone.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use crypto_core::approval::ProblemCode;
use crypto_core::approval::challenge::Place;
use crypto_core::approval::state::DeviceState;
use crypto_core::approval::wire::{self, Activity, ActivityList};

use super::problem::{empty, json, respond};
use super::proof::Called;
use crate::Service;
use crate::audit::What;
use crate::devices::DeviceRefused;
use crate::store::{Authenticator, Event};

/// The last events; `?limit=` says how many.
pub(super) async fn list(State(service): State<Service>, called: Called) -> Response {
    let list: Result<_, DeviceRefused> = async {
        let device = confirmed(called.device(&service).await?)?;
        let limit = u32::try_from(called.number("limit").unwrap_or(USUAL).min(MOST)).unwrap_or(0);
        let events = service.activity(&device.user, limit).await?;
        let items = events.into_iter().map(shown).collect();
        Ok(json(StatusCode::OK, wire::write(&ActivityList { server_time: service.now(), items })))
    }
    .await;
    respond(&service, None, list)
}

/// The person says that it was not them.
pub(super) async fn report(
    State(service): State<Service>,
    Path(id): Path<String>,
    called: Called,
) -> Response {
    let reported: Result<_, DeviceRefused> = async {
        let device = confirmed(called.device(&service).await?)?;
        match service.report_activity_by_device(&device.user, &id).await? {
            true => Ok(empty()),
            false => Err(ProblemCode::NotFound.into()),
        }
    }
    .await;
    respond(&service, None, reported)
}

/// A device that nobody has confirmed sees nothing of the account.
fn confirmed(device: Authenticator) -> Result<Authenticator, DeviceRefused> {
    match device.state {
        DeviceState::Active | DeviceState::Stale => Ok(device),
        DeviceState::Suspended => Err(ProblemCode::DeviceSuspended.into()),
        DeviceState::PendingConfirmation | DeviceState::Revoked => Err(ProblemCode::DeviceNotActive.into()),
    }
}

fn shown(event: Event) -> Activity {
    let is_sign_in = event.event == What::SignIn.word();
    Activity {
        id: event.id,
        time: event.at,
        app: event.app,
        place: event.place.map(|label| Place { label, cc: None, src: None }),
        ip: event.ip,
        client: event.client,
        method: event.method.unwrap_or_default(),
        // A change has no outcome but itself.
        result: if is_sign_in { event.result } else { event.event },
    }
}

const USUAL: u64 = 20;
const MOST: u64 = 100;
