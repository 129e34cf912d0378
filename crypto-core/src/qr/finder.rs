//! Finder patterns: three of them mark the corners of a code. Seen along any line through the middle they are
//! black, white, black, white, black in the proportion 1:1:3:1:1.

use super::luma::{Bitmap, Point};

/// The middle of a finder pattern: where it is and how its surroundings are drawn out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finder {
    pub(super) centre: Point,
    /// The inverse of the sum of the outer products of a module's two sides: a metric in which modules are
    /// squares of side 1, whatever the tilt.
    metric: [f32; 3],
}

impl Finder {
    /// How many modules `step` is long here.
    pub(super) fn modules(&self, step: Point) -> f32 {
        self.dot(step, step).max(0.0).sqrt()
    }

    /// The scalar product in modules.
    pub(super) fn dot(&self, a: Point, b: Point) -> f32 {
        let [xx, xy, yy] = self.metric;
        xx * a.x * b.x + xy * (a.x * b.y + a.y * b.x) + yy * a.y * b.y
    }

    /// The side of a module in pixels, as a mean over directions.
    fn module(&self) -> f32 {
        let [xx, xy, yy] = self.metric;
        (xx * yy - xy * xy).max(f32::MIN_POSITIVE).powf(-0.25)
    }
}

/// The places that look like finder patterns, the largest first. At most [`MAX_FINDERS`].
pub(super) fn find(bitmap: &Bitmap) -> Vec<Finder> {
    let mut finders: Vec<Finder> = Vec::new();
    let mut y = 0;
    for row in bitmap.rows() {
        let mut runs = [0_u16; 5];
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            let length = u16::try_from(run.len()).unwrap_or(u16::MAX);
            x += i32::from(length);
            runs.rotate_left(1);
            if let Some(last) = runs.last_mut() {
                *last = length;
            }
            if run.first() != Some(&true) || !fits(runs) {
                continue;
            }
            let [.., stone, white, ring] = runs;
            let middle = x - i32::from(ring) - i32::from(white) - i32::from(stone).div_euclid(2) - 1;
            let at = Point { x: middle as f32 + 0.5, y: y as f32 + 0.5 };
            if finders.iter().any(|known| known.modules(known.centre.to(at)) < 2.0) {
                continue;
            }
            finders.extend(verified(bitmap, middle, y, stone));
            if finders.len() == MAX_SEEN {
                return largest(finders);
            }
        }
        y += 1;
    }
    largest(finders)
}

fn largest(mut finders: Vec<Finder>) -> Vec<Finder> {
    finders.sort_by(|a, b| b.module().total_cmp(&a.module()));
    finders.truncate(MAX_FINDERS);
    finders
}

/// 1:1:3:1:1, with half a module of tolerance and half a pixel for the edge.
fn fits(runs: [u16; 5]) -> bool {
    if runs.contains(&0) {
        return false;
    }
    let module = runs.iter().map(|&run| f32::from(run)).sum::<f32>() / 7.0;
    let slack = module * 0.5 + 0.5;
    runs.iter().zip([1.0, 1.0, 3.0, 1.0, 1.0]).all(|(&run, share)| {
        (f32::from(run) - share * module).abs() < if share > 1.0 { slack * 2.0 } else { slack }
    })
}

/// Looks at a candidate from above, too, and at the whole of the stone in its middle.
fn verified(bitmap: &Bitmap, x: i32, y: i32, across: u16) -> Option<Finder> {
    let up = runs_from(bitmap, x, y, -1);
    let down = runs_from(bitmap, x, y + 1, 1);
    let ([stone_up, white_up, ring_up], [stone_down, white_down, ring_down]) = (up?, down?);
    let stone_height = stone_up + stone_down;
    if !fits([ring_up, white_up, stone_height, white_down, ring_down]) {
        return None;
    }
    let y = y + (i32::from(stone_down) - i32::from(stone_up)).div_euclid(2);
    let stone = stone(bitmap, x, y, across.max(stone_height))?;
    let finder = stone.finder()?;
    let white = (0..16)
        .filter(|&step| {
            let angle = step as f32 * std::f32::consts::TAU / 16.0;
            let direction = Point { x: angle.cos(), y: angle.sin() };
            // In modules, the white ring covers 2.12 to 2.5 in every direction.
            let reach = 2.3 / finder.modules(direction).max(f32::MIN_POSITIVE);
            !bitmap.is_black(finder.centre.plus(direction, reach))
        })
        .count();
    (white >= 12).then_some(finder)
}

/// The lengths of a black, a white and a black run, straight up or down.
fn runs_from(bitmap: &Bitmap, x: i32, mut y: i32, step: i32) -> Option<[u16; 3]> {
    let mut runs = [0_u16; 3];
    for (run, colour) in runs.iter_mut().zip([true, false, true]) {
        while bitmap.get(x, y) == Some(colour) {
            *run = run.checked_add(1)?;
            y += step;
        }
    }
    (!runs.contains(&0)).then_some(runs)
}

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
fn stone(bitmap: &Bitmap, x: i32, y: i32, longest: u16) -> Option<Stone> {
    let reach = i32::from(longest) * 3 / 2 + 2;
    let side = usize::try_from(2 * reach + 1).ok()?;
    let mut seen = vec![false; side * side];
    let mut stone = Stone::default();
    let mut open = vec![(x, y)];
    while let Some((px, py)) = open.pop() {
        let (column, row) = (usize::try_from(px - x + reach).ok()?, usize::try_from(py - y + reach).ok()?);
        if column >= side {
            return None;
        }
        let seen = seen.get_mut(row * side + column)?;
        if *seen || bitmap.get(px, py) != Some(true) {
            continue;
        }
        *seen = true;
        stone.add(px, py);
        open.extend([(px + 1, py), (px - 1, py), (px, py + 1), (px, py - 1)]);
    }
    (stone.count > 0.0).then_some(stone)
}

/// More are not kept: no picture has this many codes, but noise does.
const MAX_FINDERS: usize = 40;
/// More are not looked for.
const MAX_SEEN: usize = 400;
