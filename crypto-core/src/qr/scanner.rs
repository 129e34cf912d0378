//! A camera that is held at a code: frames come in one after another, what is known of the codes in view goes out.
//! What one frame does not show, several do together.
//!
//! Each frame gets the cheap looks; the dear ones take turns, and where nothing is read, regions that may be a code are
//! drawn again. A code that was seen and not read is followed from frame to frame and measured in each; the
//! measurements are averaged module by module, which needs no alignment of pictures, because every frame is measured
//! in the code's own grid. A text with too little parity left to be sure of is believed when a second frame says the
//! same.

use super::luma::{Luma, Picture, Point, Shades};
use super::search::{Search, joined, looks};
use super::soft::{self, Place, Samples};
use super::symbol::Part;
use super::{Budget, Code, QrError};

/// A session of scanning.
#[derive(Default)]
pub struct Scanner {
    /// Counts frames, so that late looks take turns.
    frames: usize,
    followed: Vec<Followed>,
    /// Texts that one frame said without being sure.
    doubtful: Vec<String>,
    /// Parts of texts in several codes, which need not be in view together.
    parts: Vec<Code>,
    /// For how many frames a code has been in view without being read.
    unread_for: usize,
}

/// What the frames have shown by now.
#[derive(Debug)]
pub struct ScanState {
    /// The codes in this frame that are read, the likeliest meant first. When there are several, the person taps
    /// the one meant; parts of a text are here as one code when all were seen, and not before.
    pub codes: Vec<Code>,
    /// Whether another code is in view that a later frame may show well enough.
    pub has_unread: bool,
    /// How many parts of a text in several codes have been seen, and of how many.
    pub parts: Option<(u8, u8)>,
    /// What would help.
    pub hint: Option<Hint>,
}

/// What a person can do so that a code can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The code's modules are smaller than the camera can tell apart.
    MoveCloser,
    /// The code is larger than the picture lets it be seen whole.
    MoveAway,
    /// There is too little light for the camera.
    TooDark,
    /// Light is reflected where the code is, or the picture is overexposed.
    TooBright,
    /// The picture moves, or the lens has not found its focus.
    HoldStill,
}

/// A code that is seen and not read yet.
struct Followed {
    place: Place,
    samples: Samples,
    weight: f32,
    last_frame: usize,
    /// Of the frame, which may be the whole picture and a part of it by turns: a place in one is none in another.
    size: (usize, usize),
}

impl Scanner {
    /// A new session.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at a frame. Row `y` begins at `luma[y * stride]`.
    pub fn frame(
        &mut self,
        luma: &[u8],
        width: usize,
        height: usize,
        stride: usize,
        budget: Budget<'_>,
    ) -> Result<ScanState, QrError> {
        let picture = Picture::new(luma, width, height, stride).ok_or(QrError::Shape)?;
        let size = (width, height);
        let mut search = Search::new(&picture, budget);
        search.look_at_every_row();
        self.look(&mut search, width.max(height));
        self.frames += 1;
        let seen = search.take_unread();
        self.follow(&mut search, seen, size);
        for (reading, place) in search.take_weak() {
            if self.doubtful.contains(&reading.text) {
                search.keep(reading, place);
            } else if self.doubtful.len() < MOST_DOUBTFUL {
                self.doubtful.push(reading.text);
            }
        }
        let shades = search.usual_level().map(Luma::shades);
        let codes = search.into_codes();
        self.followed.retain(|known| {
            known.size != size || !codes.iter().any(|code| covers(code, known.place.middle()))
        });
        let has_unread = self.followed.iter().any(|known| known.last_frame == self.frames);
        self.unread_for = if has_unread { self.unread_for + 1 } else { 0 };
        let codes = self.with_parts(codes);
        let hint = shades.filter(|_| codes.is_empty()).and_then(|shades| self.hint(size, shades));
        let parts = self
            .parts
            .first()
            .and_then(|code| code.part)
            .map(|part| (u8::try_from(self.parts.len()).unwrap_or(u8::MAX), part.count));
        Ok(ScanState { codes, has_unread, parts, hint })
    }

    /// The first looks always, one of the others in its turn.
    fn look(&self, search: &mut Search<'_>, longest: usize) {
        let looks = looks(longest);
        let (first, late) = looks.split_at(ALWAYS.min(looks.len()));
        if search.look_all(first) || search.look_closer() {
            return;
        }
        let turns = late.len().max(1);
        for turn in 0..LATE_A_FRAME {
            let chosen = late.get((self.frames * LATE_A_FRAME + turn) % turns);
            if chosen.is_some_and(|look| search.look_all(std::slice::from_ref(look))) {
                return;
            }
        }
        if !search.look_closer() {
            search.look_at_regions(self.frames);
        }
    }

    /// Measures what was seen now and where a code was before, and reads from all measurements together.
    fn follow(&mut self, search: &mut Search<'_>, seen: Vec<Place>, size: (usize, usize)) {
        let mut places: Vec<_> = seen.into_iter().map(|place| (place, true)).collect();
        for known in self.followed.iter().filter(|known| known.size == size) {
            // Not found this time: it is likely still about there.
            if !places.iter().any(|(place, _)| same_code(place, &known.place)) {
                places.push((known.place, false));
            }
        }
        for (place, is_seen) in places.into_iter().take(MOST_MEASURED) {
            if search.is_read(place.middle()) {
                continue;
            }
            let measured = if is_seen { search.measured(place) } else { search.measured_near(place) };
            let Some((place, samples)) = measured else { continue };
            if let Some(reading) = soft::read(&samples) {
                search.believe(reading, place);
                continue;
            }
            let clearness = samples.clearness();
            if clearness < LEAST_CLEAR {
                continue;
            }
            // What is sharp counts for more than what the lens has lost.
            let weight = (clearness - UNCLEAR).powi(2);
            let frame = self.frames;
            let is_same = |known: &&mut Followed| known.size == size && same_code(&known.place, &place);
            match self.followed.iter_mut().find(is_same) {
                Some(known) => {
                    if known.last_frame == frame {
                        continue;
                    }
                    known.weight = (known.weight * FADING) + weight;
                    known.samples.add(&samples, weight / known.weight);
                    (known.place, known.last_frame) = (place, frame);
                    if let Some(reading) = soft::read(&known.samples) {
                        search.believe(reading, place);
                    }
                }
                None => self.followed.push(Followed { place, samples, weight, last_frame: frame, size }),
            }
        }
        let frame = self.frames;
        self.followed.retain(|known| frame - known.last_frame <= FORGOTTEN_AFTER);
        self.followed.truncate(MOST_FOLLOWED);
    }

    /// Takes parts out of the codes, and puts a text in when its last part has come.
    fn with_parts(&mut self, codes: Vec<Code>) -> Vec<Code> {
        let (parts, mut whole): (Vec<_>, Vec<_>) = codes.into_iter().partition(|code| code.part.is_some());
        for code in parts {
            let Some(part) = code.part else { continue };
            let is_other = |known: &Part| (known.count, known.parity) != (part.count, part.parity);
            if self.parts.iter().filter_map(|code| code.part.as_ref()).any(is_other) {
                // A new text: what was collected of another is out of date.
                self.parts.clear();
            }
            if !self.parts.iter().any(|known| known.part == code.part) {
                self.parts.push(code);
            }
        }
        let collected = joined(std::mem::take(&mut self.parts));
        let (parts, done): (Vec<_>, Vec<_>) = collected.into_iter().partition(|code| code.part.is_some());
        self.parts = parts;
        whole.extend(done);
        whole
    }

    fn hint(&self, size: (usize, usize), shades: Shades) -> Option<Hint> {
        if shades.mean < DARK {
            return Some(Hint::TooDark);
        }
        if shades.white > TOO_BRIGHT {
            return Some(Hint::TooBright);
        }
        let seen = self.followed.iter().find(|known| known.size == size && known.last_frame == self.frames);
        if let Some(place) = seen.map(|known| known.place) {
            if place.module() < SMALL_MODULE {
                return Some(Hint::MoveCloser);
            }
            if place.module() * place.size as f32 > size.0.min(size.1) as f32 * FULL {
                return Some(Hint::MoveAway);
            }
        }
        // A code large and light enough would have been read by now.
        (shades.is_blurred || self.unread_for > PATIENCE).then_some(Hint::HoldStill)
    }
}

/// Whether two places are one code that moved a little between frames.
fn same_code(a: &Place, b: &Place) -> bool {
    let side = a.module() * a.size as f32;
    a.size == b.size && a.polarity == b.polarity && a.middle().distance(b.middle()) < side * 0.35
}

fn covers(code: &Code, at: Point) -> bool {
    let [a, b, c, d] = code.corners;
    let sides = [(a, b), (b, c), (c, d), (d, a)].map(|(from, to)| from.to(to).cross(from.to(at)) >= 0.0);
    sides == [true; 4] || sides == [false; 4]
}

/// Looks that every frame gets.
const ALWAYS: usize = 3;
/// Late looks for each frame, in turn.
const LATE_A_FRAME: usize = 2;
const MOST_MEASURED: usize = 6;
const MOST_FOLLOWED: usize = 8;
/// What is left of a measurement's weight with each further one: a hand does not hold still for long.
const FADING: f32 = 0.9;
const FORGOTTEN_AFTER: usize = 4;
const MOST_DOUBTFUL: usize = 32;
/// The share of modules every code has that must look right for a measurement to be worth keeping.
const LEAST_CLEAR: f32 = 0.68;
/// The share that looks right where there is hardly a code.
const UNCLEAR: f32 = 0.6;
/// Mean brightness below which a camera shows mostly noise, of 255.
const DARK: f32 = 28.0;
/// Share of white pixels.
const TOO_BRIGHT: f32 = 0.6;
/// Pixels a module below which a frame seldom can be read.
const SMALL_MODULE: f32 = 2.2;
/// The share of the shorter side that a code may fill.
const FULL: f32 = 0.95;
/// Frames after which a code seen should have been read.
const PATIENCE: usize = 6;

#[cfg(test)]
mod tests;
