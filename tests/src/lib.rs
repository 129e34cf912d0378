//! What the flows in `flows/` and the crash tests in `crash/` are made of: a virtual desktop, the real
//! window on it, real servers beside it. No test of one module lives here, and nothing depends on this crate.

pub mod backing_up;
pub mod browser;
pub mod desktop;
pub mod growing;
pub mod handset;
pub mod oath;
pub mod page;
pub mod picture;
pub mod privacyidea;
pub mod sentinel;
pub mod window;

// Browsers and phones without a screen, and the service they are clients of.
pub use countersign_clients::{
    http, marks, person, phone, places, postgres, proxy, service, signing_in, wait,
};
