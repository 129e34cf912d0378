//! The sign-in service's pages in a real browser, the app in its real window, and what passes between them.

mod approve;
mod device;
mod expiry;
mod five;
mod office;
mod pass;
mod restored;
mod scene;
