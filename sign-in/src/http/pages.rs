//! All the pages, and what is around each of them.

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};

use super::page_errors::{self, Trouble};
use super::{activity, admin, assets, grant, help, outbox, register, security_info, sign_in, verify};
use crate::Service;

pub(super) fn router(service: &Service) -> Router<Service> {
    Router::new()
        .merge(activity::router())
        .merge(admin::router())
        .merge(assets::router())
        .merge(grant::router())
        .merge(help::router())
        .merge(outbox::router())
        .merge(register::router())
        .merge(security_info::router())
        .merge(sign_in::router())
        .merge(verify::router())
        .fallback(async || Trouble::NotFound)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(middleware::from_fn_with_state(service.clone(), page_errors::friendly))
}

/// Bytes of a form; none of ours has a twentieth of it.
const LARGEST_FORM: usize = 64 * 1024;
