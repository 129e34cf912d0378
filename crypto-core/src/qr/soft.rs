//! Reading what a threshold cannot: the shades of a code's modules are sampled from the grey picture, and the blur
//! of lens and hand is undone by a filter that is fitted to the modules every code has (finder, timing and
//! alignment patterns). What comes out has a sign and a surety.

use super::luma::{Luma, Point};
use super::symbol::{self, Modules};
use super::threshold::Polarity;

/// A code's place in a picture: its corners from the top left clockwise, and how many modules a side has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) corners: [Point; 4],
    pub(super) size: usize,
    pub(super) polarity: Polarity,
}

impl Place {
    /// The same place in a picture that is `factor` times as large.
    pub(super) fn times(self, factor: f32) -> Self {
        Self { corners: self.corners.map(|corner| corner.times(factor)), ..self }
    }

    /// Pixels along a module's side, on the whole.
    pub(super) fn module(&self) -> f32 {
        let [a, b, c, d] = self.corners;
        let area = (a.to(c).cross(b.to(d)) / 2.0).abs();
        area.sqrt() / self.size as f32
    }

    pub(super) fn middle(&self) -> Point {
        let sum = self.corners.iter().fold(Point::default(), |sum, corner| sum.plus(*corner, 1.0));
        sum.times(0.25)
    }

    /// Whether a point is inside.
    pub(super) fn holds(&self, at: Point) -> bool {
        let [a, b, c, d] = self.corners;
        let sides = [(a, b), (b, c), (c, d), (d, a)].map(|(from, to)| from.to(to).cross(from.to(at)) >= 0.0);
        sides == [true; 4] || sides == [false; 4]
    }

    /// The same place with rows and columns exchanged: how a code seen from behind is drawn.
    pub(super) fn mirrored(self) -> Self {
        let [a, b, c, d] = self.corners;
        Self { corners: [a, d, c, b], ..self }
    }

    /// Whether it is about the same place.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let slack = self.module() * 0.4;
        self.size == other.size
            && self.polarity == other.polarity
            && self.corners.iter().zip(other.corners).all(|(a, b)| a.distance(b) < slack)
    }
}

/// A projection of the modules' plane into the picture.
#[derive(Clone, Copy)]
pub(super) struct Projection {
    origin: Point,
    across: Point,
    down: Point,
    tilt: Point,
}

impl Projection {
    /// None if the corners are no convex quadrilateral.
    pub(super) fn new(place: &Place) -> Option<Self> {
        let [a, b, c, d] = place.corners;
        let (p, q) = (c.to(b), c.to(d));
        let rest = Point { x: a.x - b.x + c.x - d.x, y: a.y - b.y + c.y - d.y };
        let whole = p.cross(q);
        let (g, h) = (rest.cross(q) / whole, p.cross(rest) / whole);
        let turn = |a: Point, b: Point, c: Point| a.to(b).cross(b.to(c)) > 0.0;
        let convex = [turn(a, b, c), turn(b, c, d), turn(c, d, a), turn(d, a, b)];
        if !(g.is_finite() && h.is_finite()) || convex.contains(&!turn(a, b, c)) {
            return None;
        }
        let size = place.size as f32;
        let along = |end: Point, tilt: f32| Point {
            x: (end.x - a.x + tilt * end.x) / size,
            y: (end.y - a.y + tilt * end.y) / size,
        };
        Some(Self {
            origin: a,
            across: along(b, g),
            down: along(d, h),
            tilt: Point { x: g / size, y: h / size },
        })
    }

    /// Where a place in modules, counted from the code's corner, is in the picture.
    pub(super) fn at(&self, x: f32, y: f32) -> Point {
        let scale = 1.0 / (1.0 + self.tilt.x * x + self.tilt.y * y);
        Point {
            x: (self.origin.x + self.across.x * x + self.down.x * y) * scale,
            y: (self.origin.y + self.across.y * x + self.down.y * y) * scale,
        }
    }
}

/// The place moved a little so that the modules every code has are where the picture shows them.
pub(super) fn refined(luma: &Luma, place: Place) -> Place {
    let Some(groups) = groups(place.size) else { return place };
    let mut best = place;
    let Some(mut score) = fit(luma, &best, &groups) else { return place };
    let module = place.module();
    // The corner without a finder pattern is the one least known.
    let steps: [(f32, &[usize]); 4] =
        [(1.2, &[2]), (0.6, &[2, 1, 3, 0]), (0.3, &[2, 1, 3, 0]), (0.15, &[2, 1, 3, 0])];
    for (step, corners) in steps {
        for _ in 0..2 {
            let before = score;
            for &corner in corners {
                for (x, y) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
                    let mut moved = best;
                    if let Some(corner) = moved.corners.get_mut(corner) {
                        *corner = corner.plus(Point { x, y }, step * module);
                    }
                    if let Some(better) = fit(luma, &moved, &groups).filter(|fit| *fit > score) {
                        (best, score) = (moved, better);
                    }
                }
            }
            if score <= before {
                break;
            }
        }
    }
    best
}

/// The place moved as a whole to where the modules every code has show best: a hand moves a camera by a few modules from
/// one frame to the next.
pub(super) fn nearest(luma: &Luma, place: Place) -> Place {
    let Some(groups) = groups(place.size) else { return place };
    let module = place.module();
    let steps = || (-FARTHEST_STEP..=FARTHEST_STEP).map(|step| f32::from(step) * module);
    steps()
        .flat_map(|y| steps().map(move |x| Point { x, y }))
        .map(|step| Place { corners: place.corners.map(|corner| corner.plus(step, 1.0)), ..place })
        .filter_map(|moved| fit(luma, &moved, &groups).map(|fit| (fit, moved)))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map_or(place, |(_, moved)| moved)
}

/// How well the modules every code has show at a place, of what the shades around it let them.
pub(super) fn contrast(luma: &Luma, place: &Place) -> Option<f32> {
    let groups = groups(place.size)?;
    let projection = Projection::new(place)?;
    let (mut sum, mut square, mut count) = (0.0, 0.0, 0.0_f32);
    for &(x, y, _) in groups.iter().flatten() {
        let shade = luma.at(projection.at(x, y));
        (sum, square, count) = (sum + shade, square + shade * shade, count + 1.0);
    }
    let deviation = ((square - sum * sum / count) / count).max(1.0).sqrt();
    Some(fit(luma, place, &groups)? / (deviation * groups.len() as f32))
}

/// Modules that lie together, with what they are: places and +1 for dark.
type Group = Vec<(f32, f32, f32)>;

fn groups(size: usize) -> Option<Vec<Group>> {
    let known = symbol::known(size)?;
    let mut groups = vec![Group::new(); 9];
    let third = size.div_ceil(3);
    for (place, dark) in known.iter().enumerate() {
        let Some(dark) = dark else { continue };
        let (x, y) = (place % size, place / size);
        let group = groups.get_mut(y / third * 3 + x / third)?;
        group.push((x as f32 + 0.5, y as f32 + 0.5, if *dark { 1.0 } else { -1.0 }));
    }
    groups.retain(|group| group.len() >= 6);
    // Dark and light weigh the same, so that brightness does not matter.
    for group in &mut groups {
        let dark = group.iter().filter(|module| module.2 > 0.0).count().max(1) as f32;
        let light = group.iter().filter(|module| module.2 < 0.0).count().max(1) as f32;
        group.iter_mut().for_each(|module| module.2 /= if module.2 > 0.0 { dark } else { light });
    }
    Some(groups)
}

/// How well the known modules show at a place.
fn fit(luma: &Luma, place: &Place, groups: &[Group]) -> Option<f32> {
    let projection = Projection::new(place)?;
    let sign = if place.polarity == Polarity::DarkOnLight { -1.0 } else { 1.0 };
    let contrast = |group: &Group| -> f32 {
        group.iter().map(|&(x, y, weight)| weight * sign * luma.at(projection.at(x, y))).sum()
    };
    Some(groups.iter().map(contrast).sum())
}

/// The shades of all modules and of two more around, each as a mean and in nine places.
pub(super) struct Samples {
    size: usize,
    /// Modules a side with the margin.
    side: usize,
    means: Vec<f32>,
    nine: Vec<[f32; 9]>,
}

const MARGIN: usize = 2;

impl Samples {
    pub(super) fn take(luma: &Luma, place: &Place) -> Option<Self> {
        let projection = Projection::new(place)?;
        let side = place.size + 2 * MARGIN;
        let sign = if place.polarity == Polarity::DarkOnLight { -1.0 } else { 1.0 };
        let mut samples = Self { size: place.size, side, means: Vec::new(), nine: Vec::new() };
        for y in 0..side {
            for x in 0..side {
                let (left, top) = (x as f32 - MARGIN as f32, y as f32 - MARGIN as f32);
                let mut nine = [0.0; 9];
                let places = OFFSETS.iter().flat_map(|dy| OFFSETS.iter().map(move |dx| (dx, dy)));
                for (shade, (dx, dy)) in nine.iter_mut().zip(places) {
                    *shade = sign * luma.at(projection.at(left + dx, top + dy));
                }
                samples.means.push(nine.iter().sum::<f32>() / 9.0);
                samples.nine.push(nine);
            }
        }
        samples.level();
        Some(samples)
    }

    /// Adds what another picture shows of the same code, for the mean of both.
    pub(super) fn add(&mut self, other: &Self, weight: f32) {
        let mix = |a: &mut f32, b: &f32| *a += (*b - *a) * weight;
        self.means.iter_mut().zip(&other.means).for_each(|(a, b)| mix(a, b));
        for (a, b) in self.nine.iter_mut().zip(&other.nine) {
            a.iter_mut().zip(b).for_each(|(a, b)| mix(a, b));
        }
    }

    /// The share of the modules every code has that look right as they are.
    pub(super) fn clearness(&self) -> f32 {
        let Some(known) = symbol::known(self.size) else { return 0.0 };
        let (mut right, mut all) = (0_u16, 0_u16);
        for (place, dark) in known.iter().enumerate() {
            let Some(dark) = dark else { continue };
            let (x, y) = (place % self.size + MARGIN, place / self.size + MARGIN);
            let shade = self.means.get(y * self.side + x).copied().unwrap_or(0.0);
            all += 1;
            right += u16::from((shade > 0.0) == *dark);
        }
        f32::from(right) / f32::from(all.max(1))
    }

    /// Takes out what light does: every module against the mean and the contrast of what is around it.
    fn level(&mut self) {
        let side = self.side;
        let sums = |values: &dyn Fn(usize) -> f32| -> Vec<f64> {
            let mut sums = vec![0.0_f64; (side + 1) * (side + 1)];
            for y in 0..side {
                let mut row = 0.0;
                for x in 0..side {
                    row += f64::from(values(y * side + x));
                    let above = sums.get(y * (side + 1) + x + 1).copied().unwrap_or(0.0);
                    if let Some(sum) = sums.get_mut((y + 1) * (side + 1) + x + 1) {
                        *sum = above + row;
                    }
                }
            }
            sums
        };
        let mean = |place: usize| self.means.get(place).copied().unwrap_or(0.0);
        let (plain, squares) = (sums(&mean), sums(&|place| mean(place) * mean(place)));
        let window = |sums: &[f64], x: usize, y: usize| {
            let (x0, x1) = (x.saturating_sub(REACH), (x + REACH + 1).min(side));
            let (y0, y1) = (y.saturating_sub(REACH), (y + REACH + 1).min(side));
            let at = |x: usize, y: usize| sums.get(y * (side + 1) + x).copied().unwrap_or(0.0);
            (at(x1, y1) - at(x0, y1) - at(x1, y0) + at(x0, y0)) / ((x1 - x0) * (y1 - y0)) as f64
        };
        let around: Vec<(f32, f32)> = (0..side * side)
            .map(|place| {
                let (x, y) = (place % side, place / side);
                let mean = window(&plain, x, y);
                let variance = window(&squares, x, y) - mean * mean;
                (narrow(mean), narrow(variance.max(1.0).sqrt()))
            })
            .collect();
        for ((mean, nine), (middle, contrast)) in self.means.iter_mut().zip(&mut self.nine).zip(around) {
            *mean = (*mean - middle) / contrast;
            nine.iter_mut().for_each(|shade| *shade = (*shade - middle) / contrast);
        }
    }

    /// What the filter sees of one module.
    fn features(&self, x: usize, y: usize) -> [f32; FEATURES] {
        let mut features = [1.0; FEATURES];
        let place = (y + MARGIN) * self.side + x + MARGIN;
        let own = self.nine.get(place).copied().unwrap_or_default();
        let around = (0..5_usize)
            .flat_map(|dy| (0..5_usize).map(move |dx| (dx, dy)))
            .filter(|&(dx, dy)| (dx, dy) != (2, 2))
            .map(|(dx, dy)| self.means.get((y + dy) * self.side + x + dx).copied().unwrap_or(0.0));
        for (feature, shade) in features.iter_mut().skip(1).zip(own.into_iter().chain(around)) {
            *feature = shade.clamp(-4.0, 4.0);
        }
        features
    }
}

/// Reads the code: with the filter fitted to what is known, then to what it made of the rest.
pub(super) fn read(samples: &Samples) -> Option<symbol::Reading> {
    let size = samples.size;
    let known = symbol::known(size)?;
    let features: Vec<[f32; FEATURES]> =
        (0..size * size).map(|place| samples.features(place % size, place / size)).collect();
    let target = |dark: bool| if dark { 1.0 } else { -1.0 };
    let mut targets: Vec<(f32, f32)> =
        known.iter().map(|dark| dark.map_or((0.0, 0.0), |dark| (target(dark), 1.0))).collect();
    for round in 0..ROUNDS {
        let filter = fitted(&features, &targets)?;
        let dark: Vec<f32> = features
            .iter()
            .map(|features| features.iter().zip(&filter).map(|(feature, weight)| feature * weight).sum())
            .collect();
        if round == 0 {
            let right = known.iter().zip(&dark).filter(|(known, dark)| **known == Some(**dark > 0.0)).count();
            // Half of them are right by chance.
            if right * 100 < known.iter().flatten().count() * LEAST_RIGHT {
                return None;
            }
        }
        for ((target, known), dark) in targets.iter_mut().zip(&known).zip(&dark) {
            if known.is_none() {
                // The surer, the more it teaches.
                *target = (dark.signum(), (dark.abs() - 0.2).clamp(0.0, 0.6));
            }
        }
        let modules = Modules::new(size, dark)?;
        if let Some(reading) = symbol::read(&modules, symbol::Trust::Graded) {
            return Some(reading);
        }
    }
    None
}

/// Least squares with a little resistance to large weights.
fn fitted(features: &[[f32; FEATURES]], targets: &[(f32, f32)]) -> Option<[f32; FEATURES]> {
    let mut matrix = [[0.0_f32; FEATURES + 1]; FEATURES];
    let taught = targets.iter().filter(|(_, weight)| *weight > 0.0).count();
    let step = (taught / MOST_TAUGHT).max(1);
    let mut all = 0.0;
    for (features, &(target, weight)) in
        features.iter().zip(targets).filter(|(_, (_, weight))| *weight > 0.0).step_by(step)
    {
        all += weight;
        for (row, &feature) in matrix.iter_mut().zip(features) {
            let scaled = feature * weight;
            for (sum, &other) in row.iter_mut().zip(features.iter().chain([&target])) {
                *sum += scaled * other;
            }
        }
    }
    for (place, row) in matrix.iter_mut().enumerate() {
        if let Some(diagonal) = row.get_mut(place) {
            *diagonal += RESISTANCE * all + 1e-3;
        }
    }
    solved(matrix)
}

/// Gauss's elimination; the matrix is positive, so that no rows need to change places.
#[expect(clippy::indexing_slicing, reason = "all three run below the constant size")]
fn solved(mut matrix: [[f32; FEATURES + 1]; FEATURES]) -> Option<[f32; FEATURES]> {
    for pivot in 0..FEATURES {
        let row = matrix[pivot];
        if row[pivot].is_nan() || row[pivot].abs() <= 1e-9 {
            return None;
        }
        for lower in matrix.iter_mut().skip(pivot + 1) {
            let factor = lower[pivot] / row[pivot];
            for (value, above) in lower.iter_mut().zip(row).skip(pivot) {
                *value -= factor * above;
            }
        }
    }
    let mut out = [0.0; FEATURES];
    for pivot in (0..FEATURES).rev() {
        let row = matrix[pivot];
        let rest: f32 = row.iter().zip(out).skip(pivot + 1).map(|(a, b)| a * b).sum();
        out[pivot] = (row[FEATURES] - rest) / row[pivot];
    }
    Some(out)
}

#[expect(clippy::cast_possible_truncation, reason = "from double to single precision")]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// A constant, nine places in the module, the means of 24 around it.
const FEATURES: usize = 34;
/// Thirds of a module, in their middles.
const OFFSETS: [f32; 3] = [1.0 / 6.0, 0.5, 5.0 / 6.0];
/// Modules to each side in which a code that has moved is looked for.
const FARTHEST_STEP: i8 = 5;
/// Modules to each side for mean and contrast.
const REACH: usize = 5;
const ROUNDS: usize = 3;
const RESISTANCE: f32 = 0.02;
/// Of a hundred modules every code has, as many are seen right if there is a code.
const LEAST_RIGHT: usize = 80;
/// More examples teach nothing new.
const MOST_TAUGHT: usize = 2500;
