//! Approving sign-ins: the messages between the app and a sign-in service, and the rules both sides keep. It
//! opens no connection and reads no clock. What goes over the wire is told in `docs/approval-protocol.md`.
//!
//! ```text
//! phone    Received::verify ─▶ Verified::answer ─▶ Answer::signed ─▶ Signed
//! service  challenge::make ─▶ Issued            answer::check ─▶ Verdict ─▶ TransactionState
//! ```
//!
//! Only what was verified can be answered, and only an answer can be signed: the wrong order does not compile.

pub mod activation;
pub mod answer;
pub mod challenge;
pub mod clock;
pub mod crockford;
mod fragment;
pub mod grant;
mod ids;
pub mod limit;
pub mod nonce;
mod number;
mod origin;
mod problem;
pub mod proof;
pub mod rotation;
mod scan;
pub mod state;
pub mod wire;

pub use challenge::{Received, Registration, Verified};
pub use fragment::LinkRefused;
pub use ids::{AccountId, ActivationId, DeviceId, GrantId, IdRefused, Nonce, TransactionId};
pub use limit::Limits;
pub use number::{MatchLen, MatchNumber, NumberRefused};
pub use origin::{Origin, OriginRefused, is_public_address};
pub use problem::{Problem, ProblemCode};
pub use scan::{ApproveLink, ScanSecret};

use crate::codes::otpauth::shown_name;

/// A text from outside as a screen shows it: nothing that hides or turns it, and no longer than a line or two.
pub fn shown_text(text: &str) -> String {
    let shown = shown_name(text);
    match shown.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => shown.get(..end).map(|start| format!("{start}…")).unwrap_or_default(),
        None => shown,
    }
}

/// In characters.
const LONGEST_SHOWN: usize = 120;

#[cfg(test)]
mod tests;
