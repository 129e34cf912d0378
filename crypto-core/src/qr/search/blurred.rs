//! Finder patterns that blur has run together: no row through them alternates any more as the search in black and
//! white wants it, but seen whole, a dark square in a light ring in a dark ring is still likest to one. Compared in
//! grey with sums over squares, so that the cost does not grow with the pattern.

use super::super::luma::{Luma, Point};
use super::super::soft;
use super::super::threshold::Polarity;
use super::super::tilt::Grid;
use super::{Frame, Search};

/// What looks like a finder pattern.
#[derive(Clone, Copy)]
struct Spot {
    at: Point,
    /// Pixels along a module.
    module: f32,
    /// How like it is: 1 at best.
    likeness: f32,
}

impl Search<'_> {
    /// Keeps where codes with blurred finder patterns may be, in a part of the picture that was drawn upright.
    pub(super) fn blurred_in(&mut self, drawn: Luma, frame: Frame) {
        let mut luma = drawn;
        let mut frame = frame;
        for _ in 0..2 {
            let sums = Sums::of(&luma);
            for polarity in [Polarity::DarkOnLight, Polarity::LightOnDark] {
                for place in places_of(&luma, &spots(&sums, &FINE, polarity), polarity) {
                    self.remember(frame.place(place));
                }
            }
            luma = luma.halved();
            frame = Frame { across: frame.across.times(2.0), down: frame.down.times(2.0), ..frame };
        }
    }
}

/// Where codes may lie whose corners look like these, the likeliest first.
fn places_of(luma: &Luma, spots: &[Spot], polarity: Polarity) -> Vec<soft::Place> {
    let mut sets = Vec::new();
    for a in spots {
        for b in spots {
            for c in spots {
                if let Some(worth) = worth(a, b, c) {
                    sets.push((worth, [*a, *b, *c]));
                }
            }
        }
    }
    sets.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut places: Vec<(f32, soft::Place)> = Vec::new();
    for (_, [a, b, c]) in sets.into_iter().take(MOST_SETS) {
        let module = (a.module + b.module + c.module) / 3.0;
        let span = (a.at.distance(b.at) + a.at.distance(c.at)) / (2.0 * module);
        let sizes = (21..=MOST_MODULES).step_by(4).filter(|&size| {
            let off = (f32::from(size) - 7.0 - span).abs();
            off < 3.0 + 0.13 * span
        });
        let mut timed: Vec<(f32, Grid)> =
            sizes.map(|size| timed(luma, size, [a.at, b.at, c.at], polarity)).collect();
        timed.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, grid) in timed.into_iter().take(MOST_SIZES) {
            let tilts = grid.tilted(TILT_STEP, TILT_STEPS).map(|grid| grid.place(polarity));
            let best = tilts
                .filter_map(|place| soft::contrast(luma, &place).map(|fit| (fit, place)))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            places.extend(best);
        }
    }
    places.sort_by(|a, b| b.0.total_cmp(&a.0));
    places.truncate(MOST_PLACES);
    places.into_iter().map(|(_, place)| place).collect()
}

/// How well three spots fit as the corners of a code, `a` at its top left; none if they cannot.
fn worth(a: &Spot, b: &Spot, c: &Spot) -> Option<f32> {
    let (across, down) = (a.at.to(b.at), a.at.to(c.at));
    // With the rows of a picture counted downwards, clockwise is positive.
    let area = across.cross(down);
    if area <= 0.0 {
        return None;
    }
    let (long, high) = (a.at.distance(b.at), a.at.distance(c.at));
    let modules = [a.module, b.module, c.module];
    let (least, most) =
        modules.iter().fold((f32::MAX, 0.0_f32), |(low, high), m| (low.min(*m), high.max(*m)));
    let mean = modules.iter().sum::<f32>() / 3.0;
    let span = (long + high) / (2.0 * mean);
    let skew = 1.0 - area / (long * high);
    let stretch = (long / high).ln().abs();
    let fits = most < least * 1.7 && skew < 0.3 && stretch < 0.6 && SPANS.contains(&span);
    fits.then_some(a.likeness + b.likeness + c.likeness - skew - stretch - 0.5 * (most / least).ln())
}

/// The tilt with which modules alternate best between the finder patterns, and how well they do.
fn timed(luma: &Luma, size: u16, [a, b, c]: [Point; 3], polarity: Polarity) -> (f32, Grid) {
    let sign = if polarity == Polarity::DarkOnLight { -1.0 } else { 1.0 };
    let mut best = [(f32::MIN, 0.0_f32); 2];
    for step in -MOST_STEPS..=MOST_STEPS {
        let tilt = f32::from(step) * TILT_STEP;
        let grid = Grid::new(size, [a, b, c], (tilt, tilt));
        for (is_down, best) in [false, true].into_iter().zip(&mut best) {
            let (mut sum, mut square, mut all, mut count) = (0.0, 0.0, 0.0, 0.0);
            for place in 7..size - 7 {
                let along = f32::from(place) + 0.5;
                let (x, y) = if is_down { (6.5, along) } else { (along, 6.5) };
                let shade = luma.at(grid.at(x, y));
                sum += if place % 2 == 0 { sign * shade } else { -sign * shade };
                (all, square, count) = (all + shade, square + shade * shade, count + 1.0);
            }
            let variance = (square - all * all / count).max(1.0);
            let alike = sum / (variance * count).sqrt();
            if alike > best.0 {
                *best = (alike, tilt);
            }
        }
    }
    let [(across, u), (down, v)] = best;
    (across + down, Grid::new(size, [a, b, c], (u, v)))
}

/// The places that look most like finder patterns.
fn spots(sums: &Sums, scales: &[[usize; 4]], polarity: Polarity) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    for halves in scales {
        let [_, _, _, reach] = *halves;
        let module = reach as f32 / 4.5;
        let step = STEP;
        for y in (reach..sums.height.saturating_sub(reach)).step_by(step) {
            for x in (reach..sums.width.saturating_sub(reach)).step_by(step) {
                let likeness = sums.likeness(x, y, halves, polarity);
                if likeness < LEAST_LIKE {
                    continue;
                }
                let at = Point { x: x as f32, y: y as f32 };
                let near = |spot: &&mut Spot| spot.at.distance(at) < 3.0 * module.max(spot.module);
                match spots.iter_mut().find(near) {
                    Some(known) if known.likeness < likeness => *known = Spot { at, module, likeness },
                    Some(_) => {}
                    None => spots.push(Spot { at, module, likeness }),
                }
            }
        }
    }
    spots.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    spots.truncate(MOST_SPOTS);
    for spot in &mut spots {
        spot.at = finer(sums, *spot, scales, polarity);
    }
    spots
}

/// A spot's middle between the places tried.
fn finer(sums: &Sums, spot: Spot, scales: &[[usize; 4]], polarity: Polarity) -> Point {
    let same = |halves: &&[usize; 4]| (halves[3] as f32 / 4.5 - spot.module).abs() < 0.01;
    let Some(halves) = scales.iter().find(same) else { return spot.at };
    let (x0, y0) = (super::super::luma::whole(spot.at.x), super::super::luma::whole(spot.at.y));
    let (mut all, mut across, mut down) = (0.0, 0.0, 0.0);
    for dy in -2..=2 {
        for dx in -2..=2 {
            let (Ok(x), Ok(y)) = (usize::try_from(x0 + dx), usize::try_from(y0 + dy)) else { continue };
            let weight = (sums.likeness(x, y, halves, polarity) - spot.likeness * 0.7).max(0.0).powi(2);
            all += weight;
            across += weight * dx as f32;
            down += weight * dy as f32;
        }
    }
    if all > 0.0 { Point { x: spot.at.x + across / all, y: spot.at.y + down / all } } else { spot.at }
}

/// Sums of shades and of their squares over all that is above and to the left.
struct Sums {
    width: usize,
    height: usize,
    plain: Vec<u32>,
    squares: Vec<u32>,
}

impl Sums {
    /// Sums may wrap: differences are right as long as those of one square are below 2³².
    fn of(luma: &Luma) -> Self {
        let (width, height) = (luma.width, luma.height);
        let across = width + 1;
        let (mut plain, mut squares) = (vec![0_u32; across], vec![0_u32; across]);
        plain.reserve(across * height);
        squares.reserve(across * height);
        for row in luma.rows() {
            for (sums, power) in [(&mut plain, 1), (&mut squares, 2)] {
                let above = sums.len() - across;
                let mut sum = 0_u32;
                sums.push(0);
                for (x, &shade) in row.iter().enumerate() {
                    sum = sum.wrapping_add(u32::from(shade).pow(power));
                    let over = sums.get(above + x + 1).copied().unwrap_or(0);
                    sums.push(sum.wrapping_add(over));
                }
            }
        }
        Self { width, height, plain, squares }
    }

    fn square(&self, sums: &[u32], x: usize, y: usize, half: usize) -> f32 {
        let across = self.width + 1;
        let at = |x: usize, y: usize| sums.get(y * across + x).copied().unwrap_or(0);
        let (x0, x1, y0, y1) = (x - half, x + half, y - half, y + half);
        at(x1, y1).wrapping_sub(at(x0, y1)).wrapping_sub(at(x1, y0)).wrapping_add(at(x0, y0)) as f32
    }

    /// How the shades around a place go with those of a finder pattern: -1 to 1.
    fn likeness(&self, x: usize, y: usize, halves: &[usize; 4], polarity: Polarity) -> f32 {
        let [.., reach] = *halves;
        if x < reach || y < reach || x + reach > self.width || y + reach > self.height {
            return 0.0;
        }
        let sums = halves.map(|half| self.square(&self.plain, x, y, half));
        let areas = halves.map(|half| (4 * half * half) as f32);
        // Stone, ring, ring, and what is around: dark, light, dark, light.
        let [s1, s2, s3, s4] = sums;
        let [a1, a2, a3, a4] = areas;
        let variance = self.square(&self.squares, x, y, reach) - s4 * s4 / a4;
        if variance < LEAST_VARIANCE * a4 {
            return 0.0;
        }
        let weights = 2.0 * (a1 - a2 + a3) - a4;
        let product = 2.0 * (s1 - s2 + s3) - s4 - weights * s4 / a4;
        let scale = ((a4 - weights * weights / a4) * variance).sqrt();
        let sign = if polarity == Polarity::DarkOnLight { -1.0 } else { 1.0 };
        sign * product / scale
    }
}

/// Half the sides of a finder pattern's squares and of what is around it, for modules of 2, 2.4, 2.8 and 3.3 pixels.
const FINE: [[usize; 4]; 4] = [[3, 5, 7, 9], [4, 6, 8, 11], [4, 7, 10, 13], [5, 8, 12, 15]];
/// Pixels from one place to the next.
const STEP: usize = 2;
const LEAST_LIKE: f32 = 0.5;
/// Shades that differ less are noise.
const LEAST_VARIANCE: f32 = 9.0;
const MOST_SPOTS: usize = 12;
const MOST_SETS: usize = 8;
const MOST_SIZES: usize = 2;
const MOST_PLACES: usize = 2;
const MOST_MODULES: u16 = 97;
const SPANS: std::ops::RangeInclusive<f32> = 11.0..=100.0;
/// How finely tilts are tried, how many to either side of the likeliest, and how many by the timing patterns alone.
const TILT_STEP: f32 = 0.03;
const TILT_STEPS: i8 = 3;
const MOST_STEPS: i8 = 10;
