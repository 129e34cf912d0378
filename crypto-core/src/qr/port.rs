//! The search for codes in black and white by rxing's port of zxing-cpp: finder patterns, sets of three, modules.
//! Its assertions can fail on what is no code, so that whoever calls this contains panics.

use rxing::common::cpp_essentials::ConcentricPattern;
use rxing::qrcode::cpp_port::detector::{
    FindFinderPatterns, FinderPatternSet, GenerateFinderPatternSets, SampleQR,
};

use super::luma::Point;
use super::symbol::Modules;
use super::threshold::Bitmap;

/// A finder pattern: its middle and its side in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) at: Point,
    pub(super) side: f32,
}

/// The finder patterns of a bitmap and the sets of three that may be a code, likeliest first.
pub(super) struct Marks {
    pub(super) all: Vec<Mark>,
    sets: Vec<FinderPatternSet>,
}

/// A code's modules and its corners: top left, top right, bottom right, bottom left.
pub(super) struct Sampled {
    pub(super) modules: Modules,
    pub(super) corners: [Point; 4],
}

impl Marks {
    /// With `is_close`, in every third row; else in as many as a code of middling size needs.
    pub(super) fn find(bitmap: &Bitmap, is_close: bool) -> Self {
        let mut patterns = FindFinderPatterns(&bitmap.bits, is_close, 0);
        // The largest: no picture has this many codes, but noise does.
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
        patterns.truncate(MAX_MARKS);
        let sets = GenerateFinderPatternSets(&mut patterns);
        Self { all: patterns.iter().map(mark).collect(), sets }
    }

    /// How many sets there are.
    pub(super) fn sets(&self) -> usize {
        self.sets.len()
    }

    /// The three marks of a set: top left, top right, bottom left.
    pub(super) fn set(&self, place: usize) -> Option<[Mark; 3]> {
        self.sets.get(place).map(|set| [mark(&set.tl), mark(&set.tr), mark(&set.bl)])
    }

    pub(super) fn sample(&self, bitmap: &Bitmap, place: usize) -> Option<Sampled> {
        let sampled = SampleQR(&bitmap.bits, self.sets.get(place)?).ok()?;
        let bits = rxing::common::DetectorRXingResult::getBits(&sampled);
        let points = rxing::common::DetectorRXingResult::getPoints(&sampled);
        let size = bits.width();
        let dark = (0..size).flat_map(|y| (0..size).map(move |x| if bits.get(x, y) { 1.0 } else { -1.0 }));
        let modules = Modules::new(size as usize, dark.collect())?;
        let &[tl, tr, bl, br] = points else { return None };
        // The library counts from the middle of the pixel in its last step.
        let at = |p: rxing::Point| Point { x: p.x - 0.5, y: p.y - 0.5 };
        Some(Sampled { modules, corners: [at(tl), at(tr), at(br), at(bl)] })
    }
}

fn mark(pattern: &ConcentricPattern) -> Mark {
    Mark { at: Point { x: pattern.p.x, y: pattern.p.y }, side: pattern.size as f32 }
}

const MAX_MARKS: usize = 40;
