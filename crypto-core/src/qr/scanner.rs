//! A camera that is held at a code: frames come in one after another, what is known of the codes in view goes out.
//! What one frame does not show, several do together.
//!
//! Each frame gets the cheap looks; the dear ones take turns. A code that was seen and not read is followed from
//! frame to frame and measured in each; the measurements are averaged module by module, which needs no alignment
//! of pictures, because every frame is measured in the code's own grid. A text with too little parity left to be
//! sure of is believed when a second frame says the same.

use crate::time::UnixTime;

use super::luma::{Picture, Point};
use super::search::{Search, joined, looks};
use super::soft::{self, Place, Samples};
use super::symbol::Part;
use super::{Budget, Code, QrError};

/// A session of scanning.
#[derive(Default)]
pub struct Scanner {
    /// Counts frames, so that late looks take turns.
    frames: usize,
    size: (usize, usize),
    followed: Vec<Followed>,
    /// Texts that one frame said without being sure.
    doubtful: Vec<String>,
    /// Parts of texts in several codes, which need not be in view together.
    parts: Vec<Code>,
    last: Option<Sight>,
}

/// What the frames have shown by now.
#[derive(Debug)]
pub struct ScanState {
    /// The codes in this frame that are read, the likeliest meant first. When there are several, the person taps
    /// the one meant; parts of a text are here as one code when all were seen, and not before.
    pub codes: Vec<Code>,
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
    count: u16,
    last_frame: usize,
}

/// What a frame is like, for the next one to be compared with.
struct Sight {
    at: UnixTime,
    sharpness: f32,
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
        now: UnixTime,
    ) -> Result<ScanState, QrError> {
        let picture = Picture::new(luma, width, height, stride).ok_or(QrError::Shape)?;
        if self.size != (width, height) {
            // Another camera, or turned: places mean something else.
            self.size = (width, height);
            self.followed.clear();
        }
        let mut search = Search::new(&picture, budget);
        self.look(&mut search, width.max(height));
        self.frames += 1;
        let seen = search.take_unread();
        let module = search.module_seen();
        self.follow(&mut search, seen);
        for (reading, place) in search.take_weak() {
            if self.doubtful.contains(&reading.text) {
                search.keep(reading, place);
            } else if self.doubtful.len() < MOST_DOUBTFUL {
                self.doubtful.push(reading.text);
            }
        }
        let codes = search.into_codes();
        self.followed.retain(|followed| !codes.iter().any(|code| covers(code, followed.place.middle())));
        let codes = self.with_parts(codes);
        let hint = if codes.is_empty() { self.hint(&picture, module, now) } else { None };
        let parts = self
            .parts
            .first()
            .and_then(|code| code.part)
            .map(|part| (u8::try_from(self.parts.len()).unwrap_or(u8::MAX), part.count));
        Ok(ScanState { codes, parts, hint })
    }

    /// The first looks always, one of the others in its turn.
    fn look(&self, search: &mut Search<'_>, longest: usize) {
        let looks = looks(longest);
        let (first, late) = looks.split_at(ALWAYS.min(looks.len()));
        if search.look_all(first) {
            return;
        }
        let turns = late.len().max(1);
        for turn in 0..LATE_A_FRAME {
            let chosen = late.get((self.frames * LATE_A_FRAME + turn) % turns);
            if chosen.is_some_and(|look| search.look_all(std::slice::from_ref(look))) {
                return;
            }
        }
    }

    /// Measures what was seen now and where a code was before, and reads from all measurements together.
    fn follow(&mut self, search: &mut Search<'_>, seen: Vec<Place>) {
        let mut places = seen;
        for known in &self.followed {
            // Not found this time: it is likely still about there.
            if !places.iter().any(|place| same_code(place, &known.place)) {
                places.push(known.place);
            }
        }
        for place in places.into_iter().take(MOST_MEASURED) {
            if search.is_read(place.middle()) {
                continue;
            }
            let Some((place, samples)) = search.measured(place) else { continue };
            if let Some(reading) = soft::read(&samples) {
                search.believe(reading, place);
                continue;
            }
            if samples.clearness() < LEAST_CLEAR {
                continue;
            }
            let frame = self.frames;
            match self.followed.iter_mut().find(|known| same_code(&known.place, &place)) {
                Some(known) => {
                    if known.last_frame == frame {
                        continue;
                    }
                    known.count = known.count.saturating_add(1).min(MOST_AVERAGED);
                    known.samples.add(&samples, 1.0 / f32::from(known.count));
                    (known.place, known.last_frame) = (place, frame);
                    if let Some(reading) = soft::read(&known.samples) {
                        search.believe(reading, place);
                    }
                }
                None => self.followed.push(Followed { place, samples, count: 1, last_frame: frame }),
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

    fn hint(&mut self, picture: &Picture<'_>, seen: Option<f32>, now: UnixTime) -> Option<Hint> {
        let small = picture.shrunk((picture.width.max(picture.height) / 480).max(1));
        let (mean, bright) = small.brightness();
        let sharpness = small.sharpness();
        let before = self.last.replace(Sight { at: now, sharpness });
        let module = self.followed.first().map(|known| known.place.module()).or(seen);
        if mean < DARK {
            return Some(Hint::TooDark);
        }
        if bright > TOO_BRIGHT {
            return Some(Hint::TooBright);
        }
        let module = module?;
        if module < SMALL_MODULE {
            return Some(Hint::MoveCloser);
        }
        let side = self.followed.first().map(|known| known.place.module() * known.place.size as f32);
        if side.is_some_and(|side| side > picture.height.min(picture.width) as f32 * 0.95) {
            return Some(Hint::MoveAway);
        }
        // Seen, large enough and light enough, and not read for some frames.
        let is_recent = before.as_ref().is_some_and(|before| now.millis_since(before.at) <= RECENT_MILLIS);
        let is_changing = before.is_some_and(|before| sharpness < before.sharpness * 0.8);
        (self.frames > PATIENCE || (is_recent && is_changing)).then_some(Hint::HoldStill)
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
/// More frames add little, and a hand does not hold still for longer.
const MOST_AVERAGED: u16 = 8;
const FORGOTTEN_AFTER: usize = 4;
const MOST_DOUBTFUL: usize = 32;
/// The share of modules every code has that must look right for a measurement to be worth keeping.
const LEAST_CLEAR: f32 = 0.68;
/// Mean brightness below which a camera shows mostly noise, of 255.
const DARK: f32 = 28.0;
/// Share of white pixels.
const TOO_BRIGHT: f32 = 0.6;
/// Pixels a module below which a frame seldom can be read.
const SMALL_MODULE: f32 = 2.2;
/// Frames after which a code seen should have been read.
const PATIENCE: usize = 6;
/// Frames further apart are not compared.
const RECENT_MILLIS: u64 = 1500;

#[cfg(test)]
mod tests;
