//! The app's pages at the size of a phone's screen, in a real Chromium, with the whole app behind them.

mod layout;
mod life;
mod lock;
mod scene;
mod store;
mod walk;
