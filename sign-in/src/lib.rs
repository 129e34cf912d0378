//! The sign-in service: the pages on which people sign in and keep their ways of signing in, and the
//! interface that the app on their phones answers to.
//!
//! ```text
//! http/ ──▶ accounts sessions requests activations grants methods codes passes ──▶ store ──▶ SQLite | PostgreSQL
//! (pages,      (the rules; `now` and randomness come from `Service`)       │
//!  devices)                                                                └──▶ crypto-core: what is signed, sealed, counted
//! ```
//!
//! Nothing is kept in memory that another node would need: every change is one step in the store, and
//! [`wake`] only says that it is worth looking again.

#![forbid(unsafe_code)]

pub mod accounts;
pub mod activations;
pub mod attestation;
pub mod audit;
pub mod codes;
pub mod config;
pub mod deliver;
mod devices;
mod first_method;
#[cfg(test)]
mod fixture;
pub mod grants;
pub mod http;
pub mod keys;
mod mail_texts;
pub mod methods;
pub mod passes;
mod passwords;
#[cfg(test)]
mod phone;
pub mod policy;
pub mod requests;
mod service;
pub mod sessions;
pub mod store;
pub mod visitor;
pub mod wake;
mod web;

pub use http::router;
pub use service::{Clock, Parts, Service};
