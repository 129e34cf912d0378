//! What the flows in `flows/` and the crash tests in `crash/` are made of: a virtual desktop, the real
//! window on it, real servers beside it. No test of one module lives here, and nothing depends on this crate.

pub mod browser;
pub mod desktop;
pub mod growing;
pub mod http;
pub mod marks;
pub mod oath;
pub mod page;
pub mod person;
pub mod phone;
pub mod picture;
pub mod places;
pub mod postgres;
pub mod privacyidea;
pub mod sentinel;
pub mod service;
pub mod wait;
pub mod window;
