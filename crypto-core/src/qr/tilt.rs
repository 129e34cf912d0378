//! Codes seen at a steep angle: from the middles of three finder patterns, measured as what they are in the picture
//! (parallelograms), to the modules of the code.

use super::luma::{Point, whole};
use super::port::Mark;
use super::soft::Place;
use super::symbol::Modules;
use super::threshold::{Bitmap, Polarity};

/// The middle of a finder pattern: where it is and how its surroundings are drawn out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finder {
    pub(super) centre: Point,
    /// The inverse of the sum of the outer products of a module's two sides: a metric in which modules are
    /// squares of side 1, whatever the tilt.
    metric: [f32; 3],
}

impl Finder {
    /// The finder pattern whose stone is at a mark. None if that is no parallelogram.
    pub(super) fn at(bitmap: &Bitmap, mark: Mark) -> Option<Self> {
        stone(bitmap, whole(mark.at.x), whole(mark.at.y), whole(mark.side).clamp(3, 2000))?.finder()
    }

    /// How many modules `step` is long here.
    pub(super) fn modules(&self, step: Point) -> f32 {
        self.dot(step, step).max(0.0).sqrt()
    }

    /// The scalar product in modules.
    pub(super) fn dot(&self, a: Point, b: Point) -> f32 {
        let [xx, xy, yy] = self.metric;
        xx * a.x * b.x + xy * (a.x * b.y + a.y * b.x) + yy * a.y * b.y
    }
}

/// The sets of three finders that can be the corners of one code, the likeliest first: top left, top right, bottom
/// left.
pub(super) fn corners(finders: &[Finder]) -> Vec<[Finder; 3]> {
    let mut found = Vec::new();
    for (i, a) in finders.iter().enumerate() {
        for (j, b) in finders.iter().enumerate() {
            for (k, c) in finders.iter().enumerate() {
                if i != j
                    && j != k
                    && k != i
                    && let Some(misfit) = misfit(*a, *b, *c)
                {
                    found.push((misfit, [*a, *b, *c]));
                }
            }
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, corners)| corners).collect()
}

/// The ways in which a code can lie between three finders: its size and how it is drawn out.
pub(super) fn candidates(bitmap: &Bitmap, a: Finder, b: Finder, c: Finder) -> impl Iterator<Item = Grid> {
    let estimate = (span(a, b) + span(a, c)) / 2.0 + 7.0;
    let mut sizes: Vec<u16> = (1..=40).map(|version| 17 + 4 * version).collect();
    let distance = move |size: &u16| (f32::from(*size) - estimate).abs();
    sizes.retain(|size| distance(size) < 3.0 + estimate * 0.06);
    sizes.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    sizes.truncate(3);
    sizes.into_iter().flat_map(move |size| {
        let flat = Grid { size, a: a.centre, b: b.centre, c: c.centre, tilt: (0.0, 0.0) };
        let tilted = Grid { tilt: (tilt(a, b), tilt(a, c)), ..flat };
        // The timing patterns lie between the finders, where a grid is right before it is aligned, so that most
        // that is no code ends here.
        [tilted, flat]
            .into_iter()
            .filter(|grid| grid.has_timing(bitmap))
            .flat_map(|grid| [grid.aligned(bitmap), Some(grid)])
            .flatten()
            .chain(std::iter::once(tilted))
    })
}

/// A code's modules in a picture: a projection given by the middles of three finder patterns and the tilt.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    size: u16,
    a: Point,
    b: Point,
    c: Point,
    /// By how much the picture shrinks from the first finder to the second and to the third.
    tilt: (f32, f32),
}

impl Grid {
    pub(super) fn new(size: u16, [a, b, c]: [Point; 3], tilt: (f32, f32)) -> Self {
        Self { size, a, b, c, tilt }
    }

    /// The same grid and those tilted a little more or less, in steps to either side.
    pub(super) fn tilted(self, step: f32, steps: i8) -> impl Iterator<Item = Self> {
        let by = move || (-steps..=steps).map(move |count| f32::from(count) * step);
        let (u, v) = self.tilt;
        by().flat_map(move |du| by().map(move |dv| Self { tilt: (u + du, v + dv), ..self }))
    }

    /// Every module, black or white. None if much of it lies outside the picture.
    pub(super) fn sample(&self, bitmap: &Bitmap) -> Option<Modules> {
        let end = f32::from(self.size);
        let corners = [(0.0, 0.0), (end, 0.0), (0.0, end), (end, end)].map(|(x, y)| self.at(x, y));
        if corners.iter().any(|corner| !(corner.x.abs() < 1e5 && corner.y.abs() < 1e5)) {
            return None;
        }
        let rows = (0..self.size).flat_map(|y| (0..self.size).map(move |x| (x, y)));
        let dark =
            rows.map(
                |(x, y)| {
                    if self.is_black(bitmap, f32::from(x) + 0.5, f32::from(y) + 0.5) { 1.0 } else { -1.0 }
                },
            );
        Modules::new(usize::from(self.size), dark.collect())
    }

    /// Where it is.
    pub(super) fn place(&self, polarity: Polarity) -> Place {
        let end = f32::from(self.size);
        let corners = [(0.0, 0.0), (end, 0.0), (end, end), (0.0, end)].map(|(x, y)| self.at(x, y));
        Place { corners, size: usize::from(self.size), polarity }
    }

    /// Where a place in modules, counted from the code's corner, is in the picture.
    pub(super) fn at(&self, x: f32, y: f32) -> Point {
        let (s, t) = self.share(x, y);
        let (u, v) = self.tilt;
        let scale = 1.0 / (1.0 + u * s + v * t);
        let part = |a: f32, b: f32, c: f32| (a + s * ((1.0 + u) * b - a) + t * ((1.0 + v) * c - a)) * scale;
        Point { x: part(self.a.x, self.b.x, self.c.x), y: part(self.a.y, self.b.y, self.c.y) }
    }

    /// The same place as shares of the way between the finders.
    fn share(&self, x: f32, y: f32) -> (f32, f32) {
        let span = f32::from(self.size) - 7.0;
        ((x - 3.5) / span, (y - 3.5) / span)
    }

    /// The majority of five places in a module.
    fn is_black(&self, bitmap: &Bitmap, x: f32, y: f32) -> bool {
        let places = [(0.0, 0.0), (-0.2, 0.0), (0.2, 0.0), (0.0, -0.2), (0.0, 0.2)];
        places.into_iter().filter(|(dx, dy)| bitmap.is_black(self.at(x + dx, y + dy))).count() >= 3
    }

    /// Between the finders, modules alternate. Where they do not, this is no code or not its size.
    fn has_timing(&self, bitmap: &Bitmap) -> bool {
        let places = 8..self.size - 8;
        let length = places.len() * 2;
        let right = places
            .map(|place| {
                let (along, black) = (f32::from(place) + 0.5, place % 2 == 0);
                usize::from(self.is_black(bitmap, along, 6.5) == black)
                    + usize::from(self.is_black(bitmap, 6.5, along) == black)
            })
            .sum::<usize>();
        right * 4 >= length * 3
    }

    /// The same grid, corrected so that the alignment pattern in the fourth corner is where the picture has it.
    /// None if there is none: the smallest codes do not have one.
    fn aligned(&self, bitmap: &Bitmap) -> Option<Self> {
        if self.size < 25 {
            return None;
        }
        let place = f32::from(self.size) - 6.5;
        let steps = || (-ALIGNMENT_STEPS..=ALIGNMENT_STEPS).map(|step| f32::from(step) * 0.5);
        let (_, x, y) = steps()
            .flat_map(|dy| steps().map(move |dx| (dx, dy)))
            .map(|(dx, dy)| {
                let (x, y) = (place + dx, place + dy);
                // The nearest of equally good ones.
                (self.alignment(bitmap, x, y) - 0.1 * dx.hypot(dy), x, y)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(score, ..)| *score >= 19.0)?;
        let found = self.at(x, y);
        // P(s, t) = found is linear in the two tilts.
        let (s, t) = self.share(place, place);
        let p = Point { x: s * (self.b.x - found.x), y: s * (self.b.y - found.y) };
        let q = Point { x: t * (self.c.x - found.x), y: t * (self.c.y - found.y) };
        let rest = self.a.plus(self.a.to(self.b), s).plus(self.a.to(self.c), t).to(found);
        let determinant = p.cross(q);
        let tilt = (rest.cross(q) / determinant, p.cross(rest) / determinant);
        let sane = |tilt: f32| tilt.is_finite() && tilt.abs() < MAX_TILT;
        (sane(tilt.0) && sane(tilt.1)).then_some(Self { tilt, ..*self })
    }

    /// How many of the 25 modules of an alignment pattern are right around a place.
    fn alignment(&self, bitmap: &Bitmap, x: f32, y: f32) -> f32 {
        let modules = (-2_i8..=2).flat_map(|dy| (-2_i8..=2).map(move |dx| (dx, dy)));
        let right = modules
            .filter(|(dx, dy)| {
                let black = dx.abs().max(dy.abs()) != 1;
                bitmap.is_black(self.at(x + f32::from(*dx), y + f32::from(*dy))) == black
            })
            .count();
        right as f32
    }
}

/// How badly three finders fit a code with `a` in its corner; none if they cannot.
fn misfit(a: Finder, b: Finder, c: Finder) -> Option<f32> {
    let (to_b, to_c) = (a.centre.to(b.centre), a.centre.to(c.centre));
    // With the rows of a picture counted downwards, clockwise is positive.
    if to_b.cross(to_c) <= 0.0 {
        return None;
    }
    let (across, down) = (span(a, b), span(a, c));
    if !(SPANS.contains(&across) && SPANS.contains(&down)) {
        return None;
    }
    let stretch = (across / down).ln().abs();
    let skew = a.dot(to_b, to_c).abs() / (a.modules(to_b) * a.modules(to_c));
    let tilts = tilt(a, b).abs().max(tilt(a, c).abs());
    let whole = (across + down) / 2.0;
    let fits = stretch < 0.25 && skew < 0.4 && tilts < MAX_TILT && whole.is_finite();
    // Near ones first where all else is alike: the far ones may be another code's.
    fits.then_some(stretch * 2.0 + skew + tilts * 0.5 + whole * 0.002)
}

/// How many modules there are between two finders. Seen at an angle a module shrinks along the way so that the
/// geometric mean of its sides at both ends is exact.
fn span(a: Finder, b: Finder) -> f32 {
    let way = a.centre.to(b.centre);
    (a.modules(way) * b.modules(way)).sqrt()
}

/// By how much modules shrink from `a` to `b`: the root of the ratio of their sides, less one.
fn tilt(a: Finder, b: Finder) -> f32 {
    let way = a.centre.to(b.centre);
    (b.modules(way) / a.modules(way)).sqrt() - 1.0
}

/// Modules between finders: 14 in version 1, 170 in version 40, and some tolerance.
const SPANS: std::ops::RangeInclusive<f32> = 11.0..=185.0;
const MAX_TILT: f32 = 1.0;
/// Half modules to either side in which an alignment pattern is looked for.
const ALIGNMENT_STEPS: i8 = 7;

/// The black square in the middle of a finder pattern, by its moments.
#[derive(Default)]
struct Stone {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Stone {
    fn add(&mut self, x: i32, y: i32) {
        let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
        self.count += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// None if it is too ragged for a parallelogram.
    #[expect(clippy::cast_possible_truncation, reason = "from double to single precision")]
    fn finder(&self) -> Option<Finder> {
        let (x, y) = (self.x / self.count, self.y / self.count);
        // A pixel is itself a square with a variance of 1/12.
        let xx = self.xx / self.count - x * x + 1.0 / 12.0;
        let xy = self.xy / self.count - x * y;
        let yy = self.yy / self.count - y * y + 1.0 / 12.0;
        let determinant = xx * yy - xy * xy;
        // The area of any parallelogram is 12 times the root of this determinant.
        let solidity = self.count / (12.0 * determinant.max(f64::MIN_POSITIVE).sqrt());
        if !(0.75..1.2).contains(&solidity) {
            return None;
        }
        // The covariance is (3 modules)² / 12 times the sum of outer products whose inverse is wanted.
        let scale = 0.75 / determinant;
        let metric = [(yy * scale) as f32, (-xy * scale) as f32, (xx * scale) as f32];
        Some(Finder { centre: Point { x: x as f32, y: y as f32 }, metric })
    }
}

/// Fills the stone from inside. None if it is larger than its middle lines allow.
fn stone(bitmap: &Bitmap, x: i32, y: i32, side: i32) -> Option<Stone> {
    let reach = side + 2;
    let across = usize::try_from(2 * reach + 1).ok()?;
    let mut seen = vec![false; across * across];
    let mut stone = Stone::default();
    let mut open = vec![(x, y)];
    while let Some((px, py)) = open.pop() {
        let (column, row) = (usize::try_from(px - x + reach).ok()?, usize::try_from(py - y + reach).ok()?);
        if column >= across {
            return None;
        }
        let seen = seen.get_mut(row * across + column)?;
        if *seen || bitmap.get(px, py) != Some(true) {
            continue;
        }
        *seen = true;
        stone.add(px, py);
        open.extend([(px + 1, py), (px - 1, py), (px, py + 1), (px, py - 1)]);
    }
    (stone.count > 0.0).then_some(stone)
}
