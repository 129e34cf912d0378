//! The sign-in service's pages in a real browser, the app in its real window, and what passes between them.

mod approve;
mod pass;
mod scene;
