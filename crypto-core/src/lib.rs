#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing)]

pub mod approval;
pub mod ascii;
pub mod backup;
pub mod codes;
pub mod enroll;
mod json;
pub mod qr;
pub mod seal;
pub mod secret;
pub mod time;
pub mod vault;
