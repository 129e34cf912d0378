//! What the frames of a camera show, for the scanner's screen.

use crypto_core::qr::{Hint, Point};
use serde::Serialize;
use specta::Type;

use super::ScanView;

/// What came of one frame.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FrameView {
    /// The code in it, if there is one that is meant.
    pub scan: ScanView,
    /// Where several could be meant: `chooseCode` takes one, `scanOn` none. No frame is looked at until then.
    pub choices: Vec<ChoiceView>,
    /// Codes that are parts of one text: those seen by now.
    pub parts: Option<PartsView>,
    /// What would help.
    pub hint: Option<HintView>,
}

/// A code that could be meant.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceView {
    /// What it is for: a site, an organisation or a service's address; empty for a part of a transfer.
    pub title: String,
    /// Whose; may be empty.
    pub detail: String,
    /// Its corners, one after the other around it.
    pub corners: [CornerView; 4],
}

/// A corner, in thousandths of the frame's width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CornerView {
    /// From the left.
    pub x: u16,
    /// From the top.
    pub y: u16,
}

impl CornerView {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is clamped, and a fraction of a thousandth is no matter"
    )]
    pub(crate) fn of(at: Point, width: usize, height: usize) -> Self {
        let share = |value: f32, side: usize| (value * 1000.0 / side.max(1) as f32).clamp(0.0, 1000.0) as u16;
        Self { x: share(at.x, width), y: share(at.y, height) }
    }
}

/// Parts of a text in several codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PartsView {
    /// How many have been seen.
    pub have: u8,
    /// How many there are.
    pub of: u8,
}

/// What a person can do so that a code can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum HintView {
    /// The code is too small in the picture.
    MoveCloser,
    /// The code does not fit into the picture.
    MoveAway,
    /// There is too little light.
    TooDark,
    /// There is too much light.
    TooBright,
    /// The picture is blurred.
    HoldStill,
}

impl From<Hint> for HintView {
    fn from(hint: Hint) -> Self {
        match hint {
            Hint::MoveCloser => Self::MoveCloser,
            Hint::MoveAway => Self::MoveAway,
            Hint::TooDark => Self::TooDark,
            Hint::TooBright => Self::TooBright,
            Hint::HoldStill => Self::HoldStill,
        }
    }
}
