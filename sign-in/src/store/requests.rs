//! SQL about requests.
