//! Answers and refusals as a device reads them.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use crypto_core::approval::{Problem, ProblemCode};

use crate::Service;
use crate::devices::DeviceRefused;

/// An answer with a body of this kind.
pub(super) fn answer(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    answer(status, "application/json", body)
}

/// An answer without a body.
pub(super) fn empty() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// What goes out: the answer, or the problem in its place; `instance` is what the call was about. Nothing in
/// a problem repeats what came in.
pub(super) fn respond(
    service: &Service,
    instance: Option<&str>,
    result: Result<Response, DeviceRefused>,
) -> Response {
    let mut response = match result {
        Ok(response) => response,
        Err(DeviceRefused::Told { code, retry_after }) => problem(service, instance, code, retry_after),
        Err(DeviceRefused::Store(error)) => {
            tracing::error!(%error, "a device's call was not answered");
            problem(service, instance, ProblemCode::TryLater, Some(RETRY_SECS))
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(nonce) = HeaderValue::from_str(&service.keys().nonce(service.now())) {
        headers.insert("dpop-nonce", nonce);
    }
    response
}

fn problem(
    service: &Service,
    instance: Option<&str>,
    code: ProblemCode,
    retry_after: Option<u64>,
) -> Response {
    let body = Problem::new(code, instance, service.now()).to_json();
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = answer(status, "application/problem+json", body);
    let headers = response.headers_mut();
    if let Some(secs) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(secs.max(1)));
    }
    if code == ProblemCode::UseDpopNonce {
        let ask = HeaderValue::from_static("DPoP error=\"use_dpop_nonce\"");
        headers.insert(header::WWW_AUTHENTICATE, ask);
    }
    response
}

/// After which a call that the store did not answer may be made again.
const RETRY_SECS: u64 = 2;
