//! What the flows in `flows/` and the crash tests in `crash/` are made of: a virtual desktop, the real
//! window on it, real servers beside it. No test of one module lives here, and nothing depends on this crate.

pub mod desktop;
pub mod growing;
pub mod marks;
pub mod oath;
pub mod picture;
pub mod places;
pub mod privacyidea;
pub mod sentinel;
pub mod wait;
pub mod window;
