//! Routes. A handler reads the request, calls a rule, and shows the result; it decides nothing.

use axum::{Router, middleware};

use crate::Service;

pub mod health;
pub mod metrics;

/// Everything that the service answers to.
pub fn router(service: Service) -> Router {
    Router::new()
        .merge(health::router())
        .merge(metrics::router())
        // Around every route, so that it knows which one it was.
        .layer(middleware::from_fn_with_state(service.clone(), metrics::measure))
        .with_state(service)
}
