//! Pictures in shades of grey, at the sizes and with the filters that codes are looked for in.

use super::MAX_PIXELS;

/// A picture as it was handed in, with gaps between rows.
pub(super) struct Picture<'a> {
    luma: &'a [u8],
    pub(super) width: usize,
    pub(super) height: usize,
    stride: usize,
}

impl<'a> Picture<'a> {
    /// None if the bytes do not fit the size.
    pub(super) fn new(luma: &'a [u8], width: usize, height: usize, stride: usize) -> Option<Self> {
        width.checked_mul(height).filter(|count| (1..=MAX_PIXELS).contains(count))?;
        let last = stride.checked_mul(height - 1)?.checked_add(width)?;
        (stride >= width && luma.len() >= last).then_some(Self { luma, width, height, stride })
    }

    /// The mean of each square of `by` pixels. Pixels that fill no square are left out.
    pub(super) fn shrunk(&self, by: usize) -> Luma {
        shrink(self.luma.chunks(self.stride), self.width, self.height, by)
    }
}

impl Picture<'_> {
    /// A part of it, as it is.
    pub(super) fn part(&self, left: usize, top: usize, width: usize, height: usize) -> Luma {
        let rows = self.luma.chunks(self.stride).skip(top).take(height);
        let pixels = rows.flat_map(|row| row.iter().skip(left).take(width)).copied().collect();
        Luma { width, height, pixels }
    }
}

/// A picture without gaps between rows.
#[derive(Clone)]
pub(super) struct Luma {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
}

impl Luma {
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks(self.width.max(1))
    }

    /// The shade at a place between pixels; the pixel in column 3 reaches from 3.0 to 4.0. Edges are continued
    /// outwards.
    pub(super) fn at(&self, at: Point) -> f32 {
        let (x, y) = (at.x - 0.5, at.y - 0.5);
        let (left, top) = (whole(x), whole(y));
        let (across, down) = (x - left as f32, y - top as f32);
        let upper = self.pixel(left, top) * (1.0 - across) + self.pixel(left + 1, top) * across;
        let lower = self.pixel(left, top + 1) * (1.0 - across) + self.pixel(left + 1, top + 1) * across;
        upper * (1.0 - down) + lower * down
    }

    fn pixel(&self, x: i32, y: i32) -> f32 {
        let column = usize::try_from(x).unwrap_or(0).min(self.width - 1);
        let row = usize::try_from(y).unwrap_or(0).min(self.height - 1);
        self.pixels.get(row * self.width + column).copied().map_or(0.0, f32::from)
    }

    /// Edges drawn out again that a lens has blurred: what a pixel differs from its surroundings counts three times.
    pub(super) fn unsharp(&self) -> Self {
        let blurred = self.blurred();
        let pixels = self.pixels.iter().zip(&blurred.pixels).map(|(&p, &b)| {
            let sharp = i16::from(p) * 3 - i16::from(b) * 2;
            u8::try_from(sharp.clamp(0, 255)).unwrap_or(u8::MAX)
        });
        Self { width: self.width, height: self.height, pixels: pixels.collect() }
    }

    /// The weighted mean of five by five pixels (1 4 6 4 1): noise is less, and so is what is fine.
    pub(super) fn blurred(&self) -> Self {
        let width = self.width;
        let row = |y: usize, dy: isize| {
            let y = y.saturating_add_signed(dy).min(self.height.saturating_sub(1));
            self.pixels.get(y * width..(y + 1) * width).unwrap_or_default()
        };
        let mut pixels = Vec::with_capacity(self.pixels.len());
        let mut sums = vec![0_u16; width + 4];
        for y in 0..self.height {
            let rows = [row(y, -2), row(y, -1), row(y, 0), row(y, 1), row(y, 2)];
            let [a, b, c, d, e] = rows;
            let lines = a.iter().zip(b).zip(c).zip(d).zip(e);
            for (sum, ((((&a, &b), &c), &d), &e)) in sums.iter_mut().skip(2).zip(lines) {
                *sum = u16::from(a) + u16::from(e) + 4 * (u16::from(b) + u16::from(d)) + 6 * u16::from(c);
            }
            let (first, last) =
                (sums.get(2).copied().unwrap_or(0), sums.get(width + 1).copied().unwrap_or(0));
            sums.iter_mut().take(2).for_each(|sum| *sum = first);
            sums.iter_mut().skip(width + 2).for_each(|sum| *sum = last);
            pixels.extend(sums.windows(5).map(|w| match w {
                // Each sum is 16 shades at most, and so is their weight.
                [a, b, c, d, e] => {
                    let sum = u32::from(*a)
                        + u32::from(*e)
                        + 4 * (u32::from(*b) + u32::from(*d))
                        + 6 * u32::from(*c);
                    u8::try_from(sum >> 8).unwrap_or(u8::MAX)
                }
                _ => 0,
            }));
        }
        Self { width, height: self.height, pixels }
    }

    /// What light and lens make of the picture as a whole.
    pub(super) fn shades(&self) -> Shades {
        let count = self.pixels.len().max(1) as f32;
        let sum: u64 = self.pixels.iter().map(|&p| u64::from(p)).sum();
        let white = self.pixels.iter().filter(|&&p| p >= 252).count();
        let across = self.rows().fold((0, 0), |sums, row| sums_with(sums, row, 1));
        let down = sums_with((0, 0), &self.pixels, self.width);
        let is_blurred = [across, down].iter().any(|&(near, far)| {
            let (near, far) = (near as f32 / count, far as f32 / count);
            far > LEAST_EDGES && near < far * SOFT_EDGES
        });
        Shades { mean: sum as f32 / count, white: white as f32 / count, is_blurred }
    }

    /// Half the size: the mean of each square of four pixels.
    pub(super) fn halved(&self) -> Self {
        shrink(self.rows(), self.width, self.height, 2)
    }

    /// Twice the size, by interpolation.
    pub(super) fn doubled(&self) -> Self {
        let (width, height) = (self.width * 2, self.height * 2);
        let mut pixels = Vec::with_capacity(width * height);
        let row = |y: usize| self.pixels.get(y * self.width..(y + 1) * self.width).unwrap_or_default();
        let last = self.height.saturating_sub(1);
        let mut mixed = vec![0_u16; self.width];
        for y in 0..height {
            // A new pixel is a quarter of a pixel from the middle of the old one.
            let (own, other) =
                if y % 2 == 0 { (y / 2, (y / 2).saturating_sub(1)) } else { (y / 2, (y / 2 + 1).min(last)) };
            for (sum, (&a, &b)) in mixed.iter_mut().zip(row(own).iter().zip(row(other))) {
                *sum = 3 * u16::from(a) + u16::from(b);
            }
            let before = mixed.first().into_iter().chain(&mixed);
            let after = mixed.iter().skip(1).chain(mixed.last());
            let sixteenth = |sum: u16| u8::try_from((sum + 8) >> 4).unwrap_or(u8::MAX);
            pixels.extend(mixed.iter().zip(before.zip(after)).flat_map(|(&own, (&before, &after))| {
                [sixteenth(3 * own + before), sixteenth(3 * own + after)]
            }));
        }
        Self { width, height, pixels }
    }
}

/// What a picture is like as a whole.
#[derive(Clone, Copy)]
pub(super) struct Shades {
    /// Of 255.
    pub(super) mean: f32,
    /// The share of pixels that are all but white.
    pub(super) white: f32,
    /// Whether edges are spread over several pixels, as when the camera moves or has not found its focus.
    pub(super) is_blurred: bool,
}

/// Adds the squares of what pixels differ from the next one and from the fourth one.
fn sums_with((near, far): (u64, u64), pixels: &[u8], step: usize) -> (u64, u64) {
    let sum = |by: usize| -> u64 {
        let pairs = pixels.iter().zip(pixels.iter().skip(by));
        pairs.map(|(&a, &b)| u64::from(u32::from(a.abs_diff(b)).pow(2))).sum()
    };
    (near + sum(step), far + sum(step * 4))
}

fn shrink<'a>(rows: impl Iterator<Item = &'a [u8]>, width: usize, height: usize, by: usize) -> Luma {
    let by = by.max(1);
    let (small, low) = ((width / by).max(1), (height / by).max(1));
    let mut pixels = Vec::with_capacity(small * low);
    let mut rows = rows.map(|row| row.get(..width).unwrap_or(row));
    match by {
        1 => rows.for_each(|row| pixels.extend_from_slice(row)),
        2 => {
            while let (Some(a), Some(b)) = (rows.next(), rows.next()) {
                let pairs = a.chunks_exact(2).zip(b.chunks_exact(2));
                pixels.extend(pairs.map(|(a, b)| {
                    let sum = a.iter().chain(b).map(|&p| u16::from(p)).sum::<u16>();
                    u8::try_from(sum >> 2).unwrap_or(u8::MAX)
                }));
            }
        }
        _ => {
            let area = u32::try_from(by * by).unwrap_or(u32::MAX);
            let mut sums = vec![0_u32; width];
            for _ in 0..low {
                sums.fill(0);
                for row in rows.by_ref().take(by) {
                    sums.iter_mut().zip(row).for_each(|(sum, &p)| *sum += u32::from(p));
                }
                let means = sums.chunks_exact(by).map(|square| square.iter().sum::<u32>() / area);
                pixels.extend(means.map(|mean| u8::try_from(mean).unwrap_or(u8::MAX)));
            }
        }
    }
    pixels.resize(small * low, 0);
    Luma { width: small, height: low, pixels }
}

/// A place in a picture; the pixel in column 3 reaches from 3.0 to 4.0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
}

impl Point {
    pub(super) fn to(self, other: Self) -> Self {
        Self { x: other.x - self.x, y: other.y - self.y }
    }

    pub(super) fn plus(self, step: Self, times: f32) -> Self {
        Self { x: self.x + step.x * times, y: self.y + step.y * times }
    }

    pub(super) fn cross(self, other: Self) -> f32 {
        self.x * other.y - self.y * other.x
    }

    pub(super) fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    pub(super) fn times(self, factor: f32) -> Self {
        Self { x: self.x * factor, y: self.y * factor }
    }
}

/// The pixel a coordinate lies in.
#[expect(clippy::cast_possible_truncation, reason = "saturates, and what is far outside is white")]
pub(super) fn whole(coordinate: f32) -> i32 {
    coordinate.floor() as i32
}

/// The mean square of what pixels four apart differ: less, and there is too little in the picture to judge by.
const LEAST_EDGES: f32 = 5.0;
/// A sharp edge differs as much in one pixel as in four, in a quarter of the places; one that is spread over four
/// pixels a sixteenth as much in square.
const SOFT_EDGES: f32 = 0.11;
