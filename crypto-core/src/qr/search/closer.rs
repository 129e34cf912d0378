//! Codes of few pixels a module: where small finder patterns lie together, the picture is looked at again at twice its
//! size, in which edges lie between pixels.

use super::super::contained::contained;
use super::super::luma::Point;
use super::super::port::Mark;
use super::super::threshold::{self, Polarity};
use super::{CONTRAST, Frame, REACH, Rest, Search};

/// A part of the picture, in pixels.
#[derive(Clone, Copy)]
struct Window {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Search<'_> {
    /// Keeps finder patterns that are too small to be sure of.
    pub(super) fn note_small(&mut self, marks: &[Mark], polarity: Polarity, frame: Frame) {
        for mark in marks {
            let mark = Mark { at: frame.point(mark.at), side: mark.side * frame.factor() };
            let is_known = |(known, other): &(Mark, Polarity)| {
                *other == polarity && known.at.distance(mark.at) < mark.side * 0.5
            };
            if mark.side < SMALL_SIDE && self.small.len() < MOST_SMALL && !self.small.iter().any(is_known) {
                self.small.push((mark, polarity));
            }
        }
    }

    /// Whether all is read after this.
    pub(in super::super) fn look_closer(&mut self) -> bool {
        let mut is_all = false;
        for (window, polarity) in self.windows() {
            let Window { left, top, width, height } = window;
            // Once as it is and once sharpened, at four times the pixels.
            if !self.budget.spend(width * height * 4) {
                break;
            }
            let large = self.picture.part(left, top, width, height).doubled();
            let frame = Frame::new(Point { x: left as f32, y: top as f32 }, 0.5);
            is_all = false;
            for is_sharp in [false, true] {
                let sharp;
                let shades = if is_sharp {
                    if !self.budget.spend(width * height * 8) {
                        break;
                    }
                    sharp = large.unsharp();
                    &sharp
                } else {
                    &large
                };
                let means = threshold::means(shades, REACH);
                let Some(bitmap) = threshold::against(shades, &means, CONTRAST, polarity) else { break };
                let rest = contained(|| self.search(&bitmap, polarity, frame)).unwrap_or(Rest::Open);
                is_all = rest == Rest::Explained && !self.found.is_empty();
                if is_all {
                    break;
                }
            }
        }
        is_all
    }

    /// Around finder patterns that may belong to one code; each is looked at once.
    fn windows(&mut self) -> Vec<(Window, Polarity)> {
        let mut left = std::mem::take(&mut self.small);
        left.retain(|(mark, _)| !self.is_read(mark.at));
        // Where patterns are many, small ones are mostly writing.
        left.sort_by(|a, b| b.0.side.total_cmp(&a.0.side));
        let mut windows = Vec::new();
        while let Some(&(first, polarity)) = left.first() {
            let near = |(mark, other): &(Mark, Polarity)| {
                *other == polarity
                    && mark.side > first.side * 0.6
                    && mark.at.distance(first.at) < first.side * FARTHEST
            };
            let (group, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(near);
            left = rest;
            if group.len() >= 2 && windows.len() < MOST_WINDOWS {
                windows.extend(self.around(&group, first.side).map(|window| (window, polarity)));
            }
        }
        windows
    }

    fn around(&self, group: &[(Mark, Polarity)], side: f32) -> Option<Window> {
        let ends = |of: fn(&Point) -> f32| {
            let values = group.iter().map(|(mark, _)| of(&mark.at));
            let (low, high) =
                values.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)));
            // With two of three patterns, the third may be as far to either side.
            let room = if group.len() > 2 { side * 1.5 } else { side * 1.5 + (high - low).max(side * 4.0) };
            (low - room, high + room)
        };
        let ((x0, x1), (y0, y1)) = (ends(|at| at.x), ends(|at| at.y));
        let inside = |value: f32, end: usize| {
            usize::try_from(super::super::luma::whole(value.max(0.0))).unwrap_or(0).min(end)
        };
        let (left, right) = (inside(x0, self.picture.width), inside(x1, self.picture.width));
        let (top, bottom) = (inside(y0, self.picture.height), inside(y1, self.picture.height));
        let (width, height) = (right.checked_sub(left)?, bottom.checked_sub(top)?);
        (width >= 21 && height >= 21).then_some(Window { left, top, width, height })
    }
}

/// Pixels along a finder pattern, seven modules, that are few.
const SMALL_SIDE: f32 = 25.0;
/// How many sides of a finder pattern two of one code can be apart.
const FARTHEST: f32 = 12.0;
const MOST_SMALL: usize = 60;
const MOST_WINDOWS: usize = 3;
