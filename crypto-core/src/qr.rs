//! QR codes in pictures: a luma frame goes in, the texts of all codes in it come out. What a text means is
//! not known here.
//!
//! A cascade of cheap looks at several sizes, thresholds and polarities comes first ([`search`]); it finds and reads
//! with rxing's port of zxing-cpp. In a camera's frames, regions full of edges are drawn again as upright squares, for
//! codes at steep angles, small or blurred. Where a code was seen but not read, its modules are measured in the grey
//! picture and the blur is undone ([`soft`]). Correction is our own ([`symbol`]): it knows doubtful codewords, and how
//! much parity a reading has left, so that a text is right or is not given; where little is left, rqrr is asked
//! ([`second`]). [`Scanner`] does the same over the frames of a camera.
//!
//! Work is counted in pixels, not in time: the core has no clock. Who has one hands in a question that is asked
//! between steps ([`Budget::until`]). The library's assertions can fail on what is no code; such panics are caught,
//! so that a build with `panic = "abort"` is none for this module. [`contains_panics`] tells a hook which they are.

use thiserror::Error;

use crate::secret::SecretText;

use self::luma::Picture;
use self::search::Search;

pub use self::contained::contains_panics;
pub use self::luma::Point;
pub use self::scanner::{Hint, ScanState, Scanner};
pub use self::symbol::Part;

mod contained;
mod draw;
mod luma;
mod port;
mod reed_solomon;
mod scanner;
mod search;
mod second;
mod soft;
mod symbol;
mod threshold;
mod tilt;

pub use self::draw::{Drawing, draw};

/// The most pixels a picture can have.
pub const MAX_PIXELS: usize = 64_000_000;

/// A code in a picture.
#[derive(Debug)]
pub struct Code {
    /// What it says. Set-up links are secrets, so that all texts are taken for some.
    pub text: SecretText,
    /// Its corners in the picture's pixels: top left, top right, bottom right, bottom left, as the code is drawn.
    pub corners: [Point; 4],
    /// Where its text is only a part of one (Structured Append): which. Parts that are all in the picture are
    /// joined to one code without this.
    pub part: Option<Part>,
}

/// How much work a picture is worth.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    pixels: u64,
    may_go_on: Option<&'a (dyn Fn() -> bool + Sync)>,
}

impl<'a> Budget<'a> {
    /// For a frame of a camera: another one comes soon.
    pub const FRAME: Budget<'static> = Budget { pixels: 24_000_000, may_go_on: None };

    /// For a picture that a person chose: there is no other.
    pub const PICTURE: Budget<'static> = Budget { pixels: 400_000_000, may_go_on: None };

    /// Stops, with what was found by then, when `may_go_on` says no. It is asked every few milliseconds.
    pub fn until(self, may_go_on: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { may_go_on: Some(may_go_on), ..self }
    }

    /// Takes what a step costs, or says that it is too much.
    fn spend(&mut self, pixels: usize) -> bool {
        let cost = u64::try_from(pixels).unwrap_or(u64::MAX);
        if cost > self.pixels || self.may_go_on.is_some_and(|may_go_on| !may_go_on()) {
            self.pixels = 0;
            return false;
        }
        self.pixels -= cost;
        true
    }
}

/// All codes in the picture, the likeliest meant first: large ones in the middle. Row `y` begins at
/// `luma[y * stride]`. The same text is given once.
pub fn read(
    luma: &[u8],
    width: usize,
    height: usize,
    stride: usize,
    budget: Budget<'_>,
) -> Result<Vec<Code>, QrError> {
    let picture = Picture::new(luma, width, height, stride).ok_or(QrError::Shape)?;
    let mut search = Search::new(&picture, budget);
    search.run();
    Ok(search.into_codes())
}

/// Why a picture cannot be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QrError {
    /// The bytes are fewer than width, height and stride ask for, or the picture is empty or far too large.
    #[error("the picture's bytes do not fit its size")]
    Shape,
}

#[cfg(test)]
mod tests;
