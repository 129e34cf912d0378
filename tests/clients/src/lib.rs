//! What stands around the sign-in service when it is tried as a whole: browsers and phones that have no
//! screen, its own program as an operator runs it, a proxy in front of several of them.

pub mod http;
pub mod marks;
pub mod person;
pub mod phone;
pub mod places;
pub mod postgres;
pub mod proxy;
pub mod service;
pub mod signing_in;
pub mod wait;
