//! The order in which a picture is looked at: cheap looks first, and no more of them than it takes.

use std::collections::BTreeMap;

use crate::secret::SecretText;

use super::contained::contained;
use super::luma::{Luma, Picture, Point};
use super::port::{Mark, Marks};
use super::soft::{self, Place, Samples};
use super::symbol::{self, BELIEVED_SPARE, Part, Reading, Trust};
use super::threshold::{self, Bitmap, Polarity};
use super::tilt::{self, Finder};
use super::{Budget, Code};

use self::looks::{Filter, Look, Threshold, usual_shrink};

pub(super) use self::looks::looks;

mod blurred;
mod closer;
mod looks;
mod region;

/// A code found, with its place in the whole picture.
struct Found {
    text: String,
    part: Option<Part>,
    place: Place,
}

/// A search through one picture.
pub(super) struct Search<'a> {
    picture: &'a Picture<'a>,
    budget: Budget<'a>,
    levels: BTreeMap<usize, Level>,
    found: Vec<Found>,
    /// Where codes were seen that could not be read.
    unread: Vec<Place>,
    /// Texts read with too little parity left to be believed at once.
    weak: Vec<(Reading, Place)>,
    /// Finder patterns of few pixels that belong to no code that is read.
    small: Vec<(Mark, Polarity)>,
    marks_seen: bool,
    /// Whether small patterns are looked for at full size too, where rows are many and what is small is in few of them.
    at_every_row: bool,
}

/// How a bitmap lies in the whole picture.
#[derive(Clone, Copy)]
struct Frame {
    /// Where its corner is.
    origin: Point,
    /// How far in the picture one of its own pixels is from the next, and one of its rows.
    across: Point,
    down: Point,
}

impl Frame {
    fn new(origin: Point, factor: f32) -> Self {
        Self { origin, across: Point { x: factor, y: 0.0 }, down: Point { x: 0.0, y: factor } }
    }

    fn point(self, at: Point) -> Point {
        self.origin.plus(self.across, at.x).plus(self.down, at.y)
    }

    /// How many pixels of the picture are one of its own, on the whole.
    fn factor(self) -> f32 {
        self.across.cross(self.down).abs().sqrt()
    }

    fn place(self, place: Place) -> Place {
        Place { corners: place.corners.map(|corner| self.point(corner)), ..place }
    }
}

/// The picture at one size.
struct Level {
    luma: Luma,
    means: Option<Vec<u8>>,
}

impl<'a> Search<'a> {
    pub(super) fn new(picture: &'a Picture<'a>, budget: Budget<'a>) -> Self {
        Self {
            picture,
            budget,
            levels: BTreeMap::new(),
            found: Vec::new(),
            unread: Vec::new(),
            weak: Vec::new(),
            small: Vec::new(),
            marks_seen: false,
            at_every_row: false,
        }
    }

    /// As a session over frames does: it takes longer, and a far code that one picture may miss is in many frames.
    pub(super) fn look_at_every_row(&mut self) {
        self.at_every_row = true;
    }

    /// Looks until everything that looks like a code is read or nothing is left to try.
    pub(super) fn run(&mut self) {
        let looks = looks(self.picture.width.max(self.picture.height));
        let (first, late) = looks.split_at(LOOKS_BEFORE_SOFT.min(looks.len()));
        if self.look_all(first) {
            return;
        }
        if self.look_closer() {
            return;
        }
        self.measure();
        if self.found.is_empty() && !self.look_all(late) && !self.look_closer() {
            self.measure();
        }
    }

    /// Whether all is read after these.
    pub(super) fn look_all(&mut self, looks: &[Look]) -> bool {
        for look in looks {
            if look.needs_marks && !self.marks_seen {
                continue;
            }
            if self.look(*look) == Rest::Explained && !self.found.is_empty() {
                return true;
            }
        }
        false
    }

    /// Looks in one way.
    pub(super) fn look(&mut self, look: Look) -> Rest {
        let Some(bitmap) = self.bitmap(look) else { return Rest::Explained };
        // The library's assertions can fail on what is no code; what was found before stays.
        let factor = if look.shrink == 0 { 0.5 } else { look.shrink as f32 };
        let frame = Frame::new(Point::default(), factor);
        contained(|| self.search(&bitmap, look.polarity, frame)).unwrap_or(Rest::Open)
    }

    fn bitmap(&mut self, look: Look) -> Option<Bitmap> {
        let factor = look.shrink.max(1);
        let pixels = self.picture.width * self.picture.height / (factor * factor);
        let cost = match (look.shrink, look.filter) {
            (0, _) => pixels * 4,
            (_, Filter::Plain) => pixels,
            (_, Filter::Unsharp) => pixels * 2,
        };
        if !self.budget.spend(cost) {
            return None;
        }
        if !self.levels.contains_key(&look.shrink) {
            // From the level of half the shrinking, where there is one, which has a quarter of the pixels.
            let half = self.levels.get(&(factor / 2)).filter(|_| factor.is_multiple_of(2));
            let luma = half.map_or_else(|| self.picture.shrunk(factor), |half| half.luma.halved());
            let luma = if look.shrink == 0 { luma.doubled() } else { luma };
            self.levels.insert(look.shrink, Level { luma, means: None });
        }
        if (look.filter, look.threshold) == (Filter::Plain, Threshold::Local)
            && let (Some(level), Some(half)) =
                (self.levels.get(&look.shrink), self.levels.get(&(look.shrink * 2)))
            && let (None, Some(means)) = (&level.means, &half.means)
        {
            // The surroundings at half the size are twice as wide, and cost nothing.
            return threshold::against_halved(&level.luma, means, half.luma.width, CONTRAST, look.polarity);
        }
        let level = self.levels.get_mut(&look.shrink)?;
        let sharp = match (look.filter, look.threshold) {
            (Filter::Plain, Threshold::Local) => {
                let means = level.means.get_or_insert_with(|| threshold::means(&level.luma, REACH));
                return threshold::against(&level.luma, means, CONTRAST, look.polarity);
            }
            (Filter::Plain, Threshold::Global) => return threshold::global(&level.luma, look.polarity),
            (Filter::Unsharp, _) => level.luma.unsharp(),
        };
        threshold::against(&sharp, &threshold::means(&sharp, REACH), CONTRAST, look.polarity)
    }

    fn search(&mut self, bitmap: &Bitmap, polarity: Polarity, frame: Frame) -> Rest {
        let marks = Marks::find(bitmap, self.at_every_row && frame.factor() <= 1.0);
        self.marks_seen |= marks.all.len() >= 2;
        let mut tried = 0;
        for number in 0..marks.sets() {
            let Some(set) = marks.set(number) else { break };
            if set.iter().any(|mark| self.is_explained(*mark, frame)) {
                continue;
            }
            tried += 1;
            if tried > MOST_SETS || !self.budget.spend(SET_COST) {
                break;
            }
            if let Some(sampled) = marks.sample(bitmap, number) {
                let size = sampled.modules.size();
                let place = frame.place(Place { corners: sampled.corners, size, polarity });
                if let Some(reading) = symbol::read(&sampled.modules, Trust::Plain) {
                    self.keep(reading, place);
                    continue;
                }
                self.remember(place);
            }
        }
        if marks.all.len() >= 3 && self.budget.spend(SET_COST * MOST_TILTED) {
            self.tilted(bitmap, &marks.all, polarity, frame);
        }
        let left: Vec<Mark> =
            marks.all.iter().filter(|mark| !self.is_explained(**mark, frame)).copied().collect();
        self.note_small(&left, polarity, frame);
        if left.len() < 2 { Rest::Explained } else { Rest::Open }
    }

    /// Tries marks as codes seen at a steep angle, where they differ too much for the sets of the library.
    fn tilted(&mut self, bitmap: &Bitmap, marks: &[Mark], polarity: Polarity, frame: Frame) {
        let left = marks.iter().filter(|mark| !self.is_explained(**mark, frame)).take(MOST_TILTED);
        let finders: Vec<Finder> = left.filter_map(|mark| Finder::at(bitmap, *mark)).collect();
        for [a, b, c] in tilt::corners(&finders).into_iter().take(MOST_TILTED) {
            if [a, b, c].iter().any(|finder| self.is_read(frame.point(finder.centre))) {
                continue;
            }
            let mut remembered = 0;
            for grid in tilt::candidates(bitmap, a, b, c).take(MOST_GRIDS) {
                let place = frame.place(grid.place(polarity));
                match grid.sample(bitmap).and_then(|modules| symbol::read(&modules, Trust::Plain)) {
                    Some(reading) => {
                        self.keep(reading, place);
                        break;
                    }
                    // One of each size.
                    None if remembered != place.size => {
                        remembered = place.size;
                        self.remember(place);
                    }
                    None => {}
                }
            }
        }
    }

    /// Whether a finder pattern belongs to a code that is read.
    fn is_explained(&self, mark: Mark, frame: Frame) -> bool {
        self.is_read(frame.point(mark.at))
    }

    pub(super) fn keep(&mut self, reading: Reading, place: Place) {
        let place = if reading.is_mirrored { place.mirrored() } else { place };
        self.unread.retain(|unread| !place.holds(unread.middle()));
        let is_new =
            !self.found.iter().any(|found| found.text == reading.text && found.place.holds(place.middle()));
        if is_new {
            self.found.push(Found { text: reading.text, part: reading.part, place });
        }
    }

    fn remember(&mut self, place: Place) {
        let is_new = !self.unread.iter().any(|known| known.is_like(&place));
        if is_new && self.unread.len() < MOST_UNREAD {
            self.unread.push(place);
        }
    }

    /// Measures the codes that were seen and not read in the grey picture.
    fn measure(&mut self) {
        for place in std::mem::take(&mut self.unread) {
            if self.is_read(place.middle()) {
                continue;
            }
            let Some((place, samples)) = self.measured(place) else { continue };
            if let Some(reading) = soft::read(&samples) {
                self.believe(reading, place);
            }
        }
    }

    /// A code's modules in the grey picture, at the size that shows them best, and its place more exactly.
    pub(super) fn measured(&mut self, place: Place) -> Option<(Place, Samples)> {
        self.measured_with(place, soft::refined)
    }

    /// The same for a place in another frame, which is only about right.
    pub(super) fn measured_near(&mut self, place: Place) -> Option<(Place, Samples)> {
        self.measured_with(place, |luma, place| soft::refined(luma, soft::nearest(luma, place)))
    }

    fn measured_with(
        &mut self,
        place: Place,
        placed: impl FnOnce(&Luma, Place) -> Place,
    ) -> Option<(Place, Samples)> {
        if !self.budget.spend(SOFT_COST) {
            return None;
        }
        let shrink = shrink_for(place.module());
        let picture = self.picture;
        let level =
            self.levels.entry(shrink).or_insert_with(|| Level { luma: picture.shrunk(shrink), means: None });
        let place = placed(&level.luma, place.times(1.0 / shrink as f32));
        Some((place.times(shrink as f32), Samples::take(&level.luma, &place)?))
    }

    /// Keeps a reading that has parity to spare, or that says what another one said.
    pub(super) fn believe(&mut self, reading: Reading, place: Place) {
        // Two that are wrong would not be wrong in the same way.
        let is_said_again =
            reading.is_confirmed || self.weak.iter().any(|(known, _)| known.text == reading.text);
        if reading.spare >= BELIEVED_SPARE || is_said_again {
            self.keep(reading, place);
        } else {
            self.weak.push((reading, place));
        }
    }

    /// Whether a code that is read lies there.
    pub(super) fn is_read(&self, at: Point) -> bool {
        self.found.iter().any(|found| found.place.holds(at))
    }

    /// Where codes were seen that could not be read.
    pub(super) fn take_unread(&mut self) -> Vec<Place> {
        std::mem::take(&mut self.unread)
    }

    /// Readings with too little parity left to be believed at once.
    pub(super) fn take_weak(&mut self) -> Vec<(Reading, Place)> {
        std::mem::take(&mut self.weak)
    }

    /// The picture at its usual size, if it was looked at.
    pub(super) fn usual_level(&self) -> Option<&Luma> {
        let usual = usual_shrink(self.picture.width.max(self.picture.height));
        self.levels.get(&usual).map(|level| &level.luma)
    }

    /// What was found, the likeliest meant first, parts joined.
    pub(super) fn into_codes(self) -> Vec<Code> {
        let middle = Point { x: self.picture.width as f32 / 2.0, y: self.picture.height as f32 / 2.0 };
        let reach = middle.x.hypot(middle.y).max(1.0);
        let worth = |place: &Place| {
            let side = place.module() * place.size as f32;
            side * (1.0 - 0.7 * place.middle().distance(middle) / reach)
        };
        let mut found = self.found;
        found.sort_by(|a, b| worth(&b.place).total_cmp(&worth(&a.place)));
        let mut texts = Vec::new();
        found.retain(|found| {
            let is_new = !texts.contains(&found.text);
            texts.push(found.text.clone());
            is_new
        });
        let codes = found.into_iter().map(|found| Code {
            text: SecretText::new(found.text),
            corners: found.place.corners,
            part: found.part,
        });
        joined(codes.collect())
    }
}

/// Whether the codes found account for the finder patterns seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rest {
    Explained,
    Open,
}

/// Joins the parts of texts whose parts are all there; the code with the first part stands for all.
pub(super) fn joined(codes: Vec<Code>) -> Vec<Code> {
    let mut out: Vec<Code> = Vec::with_capacity(codes.len());
    let mut parts: Vec<(Part, Code)> = Vec::new();
    for code in codes {
        match code.part {
            Some(part) => parts.push((part, code)),
            None => out.push(code),
        }
    }
    while let Some((first, _)) = parts.first() {
        let of = *first;
        let (mut group, rest): (Vec<_>, Vec<_>) =
            parts.into_iter().partition(|(part, _)| (part.count, part.parity) == (of.count, of.parity));
        parts = rest;
        group.sort_by_key(|(part, _)| part.index);
        group.dedup_by_key(|(part, _)| part.index);
        let is_whole = group.len() == usize::from(of.count);
        if !is_whole {
            out.extend(group.into_iter().map(|(_, code)| code));
            continue;
        }
        let text: String = group.iter().map(|(_, code)| code.text.expose()).collect();
        if let Some((_, first)) = group.into_iter().next() {
            out.push(Code { text: SecretText::new(text), corners: first.corners, part: None });
        }
    }
    out
}

/// Three to six pixels a module show all there is, and average noise away.
fn shrink_for(module: f32) -> usize {
    let whole = super::luma::whole(module / 3.0);
    usize::try_from(whole).unwrap_or(1).clamp(1, 64)
}

/// After these, codes seen are measured.
const LOOKS_BEFORE_SOFT: usize = 7;
/// Half the window of the local mean, in pixels.
const REACH: usize = 15;
/// How far from the mean is no noise, of 255.
const CONTRAST: u8 = 2;
/// Sets of finder patterns tried in one look.
const MOST_SETS: usize = 60;
const SET_COST: usize = 20_000;
/// Marks, and sets of them, tried as codes at a steep angle in one look; and in how many ways.
const MOST_TILTED: usize = 12;
const MOST_GRIDS: usize = 6;
/// Codes measured in the grey picture.
const MOST_UNREAD: usize = 10;
const SOFT_COST: usize = 1_200_000;
