//! Whole flows, each in a real window on a virtual desktop of its own, as a person would go through them.
//!
//! One binary, because each further one would link the app again. `./test` runs `window::` and `interop::`
//! as two steps: the second needs a server that not every machine can install.

mod interop;
mod phone_pages;
mod service;
mod steps;
mod window;
