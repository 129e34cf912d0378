//! Routes. A handler reads the request, calls a rule, and shows the result; it decides nothing.

use axum::{Router, middleware};

use crate::Service;

mod activity;
mod admin;
pub mod api;
mod assets;
mod caller;
mod cookies;
mod form;
mod grant;
mod headers;
pub mod health;
mod help;
pub mod metrics;
mod outbox;
mod page;
mod page_errors;
mod pages;
mod register;
mod security_info;
mod sign_in;
mod verify;

/// Everything that the service answers to.
pub fn router(service: Service) -> Router {
    Router::new()
        .merge(api::router())
        .merge(health::router())
        .merge(metrics::router())
        .merge(pages::router(&service))
        .layer(middleware::from_fn_with_state(service.clone(), headers::protect))
        // Around every route, so that it knows which one it was.
        .layer(middleware::from_fn_with_state(service.clone(), metrics::measure))
        .with_state(service)
}

#[cfg(test)]
mod tests;
