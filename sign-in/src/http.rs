//! Routes. A handler reads the request, calls a rule, and shows the result; it decides nothing.

use axum::Router;

use crate::Service;

/// Everything that the service answers to.
pub fn router(service: Service) -> Router {
    Router::new().with_state(service)
}
