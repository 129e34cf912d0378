//! The ways to look at a picture, and their order.

use super::super::threshold::Polarity;

/// One way to look for codes.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Look {
    /// How many pixels of the picture are one here, across and down; 0 for half a pixel.
    pub(super) shrink: usize,
    pub(super) filter: Filter,
    pub(super) threshold: Threshold,
    pub(super) polarity: Polarity,
    /// Whether it is worth its while where nothing was seen that looks like a code.
    pub(super) needs_marks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Plain,
    Unsharp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Threshold {
    Local,
    Global,
}

/// The ways to look, the most telling for their cost first.
pub(in super::super) fn looks(longest: usize) -> Vec<Look> {
    use Filter::{Plain, Unsharp};
    use Polarity::{DarkOnLight, LightOnDark};
    use Threshold::{Global, Local};
    let usual = usual_shrink(longest);
    let look = |shrink, filter, threshold, polarity, needs_marks| Look {
        shrink,
        filter,
        threshold,
        polarity,
        needs_marks,
    };
    let fine = (usual / 2).max(1);
    let small = if usual == 1 { 1 } else { (usual * 3).div_ceil(2) };
    let mut looks = vec![
        look(usual, Plain, Local, DarkOnLight, false),
        look(small, Plain, Local, LightOnDark, false),
        look(usual * 2, Plain, Local, DarkOnLight, false),
        look(fine, Plain, Global, DarkOnLight, false),
        look(small, Unsharp, Local, DarkOnLight, false),
        look(usual * 2, Plain, Local, LightOnDark, false),
        look(usual * 4, Plain, Local, DarkOnLight, false),
        look(usual, Plain, Local, LightOnDark, true),
        look(usual, Unsharp, Local, DarkOnLight, true),
    ];
    if usual > 1 {
        looks.push(look(fine, Plain, Local, DarkOnLight, false));
    } else if longest <= USUAL_SIZE {
        looks.push(look(0, Plain, Local, DarkOnLight, false));
        looks.push(look(0, Plain, Local, LightOnDark, true));
    }
    // Small codes in very large pictures.
    let mut finer = fine;
    while finer > 1 {
        finer /= 2;
        looks.push(look(finer, Plain, Local, DarkOnLight, false));
    }
    looks
}

/// How many pixels of the picture are one at the usual size.
pub(super) fn usual_shrink(longest: usize) -> usize {
    ((longest + USUAL_SIZE / 2) / USUAL_SIZE).max(1)
}

/// Most codes are seen best at about this many pixels.
const USUAL_SIZE: usize = 960;
