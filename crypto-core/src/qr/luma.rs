//! Pictures: shades of grey, and black and white.

use super::MAX_PIXELS;

/// A picture in shades of grey, without gaps between rows.
pub(super) struct Luma {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Luma {
    /// None if the bytes do not fit the size.
    pub(super) fn new(luma: &[u8], width: usize, height: usize, stride: usize) -> Option<Self> {
        let count = width.checked_mul(height).filter(|count| (1..=MAX_PIXELS).contains(count))?;
        let last = stride.checked_mul(height - 1)?.checked_add(width)?;
        if stride < width || luma.len() < last {
            return None;
        }
        let mut pixels = Vec::with_capacity(count);
        luma.chunks(stride)
            .take(height)
            .filter_map(|row| row.get(..width))
            .for_each(|row| pixels.extend(row));
        Some(Self { width, height, pixels })
    }

    /// The mean of each square of `by` pixels. Pixels that fill no square are left out.
    pub(super) fn shrunk(&self, by: usize) -> Self {
        let (width, height) = ((self.width / by).max(1), (self.height / by).max(1));
        let area = u32::try_from(by * by).unwrap_or(u32::MAX);
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0_u32; width];
        for rows in self.pixels.chunks(self.width * by).take(height) {
            sums.fill(0);
            for row in rows.chunks(self.width) {
                for (sum, square) in sums.iter_mut().zip(row.chunks(by)) {
                    *sum += square.iter().map(|&p| u32::from(p)).sum::<u32>();
                }
            }
            pixels.extend(sums.iter().map(|sum| u8::try_from(sum / area).unwrap_or(u8::MAX)));
        }
        Self { width, height, pixels }
    }

    /// What is darker or lighter than its surroundings is black.
    pub(super) fn bitmap(&self, polarity: Polarity) -> Bitmap {
        let reach = REACH.min(self.width.min(self.height) / 2);
        let side = 2 * reach + 1;
        let area = u32::try_from(side * side).expect("a window of some thousand pixels");
        let row = |y: isize| {
            let y = y.clamp(0, self.height.cast_signed() - 1).cast_unsigned();
            self.pixels.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
        };
        let signed = reach.cast_signed();
        // Sums over the window's height, kept from row to row; edges are continued outwards.
        let mut columns = vec![0_u32; self.width];
        for y in -signed..=signed {
            columns.iter_mut().zip(row(y)).for_each(|(sum, &p)| *sum += u32::from(p));
        }
        let mut black = Vec::with_capacity(self.pixels.len());
        let mut prefix = Vec::with_capacity(self.width + 2 * reach + 1);
        for y in 0..self.height.cast_signed() {
            let first = columns.first().copied().unwrap_or_default();
            let last = columns.last().copied().unwrap_or_default();
            let padded =
                std::iter::repeat_n(&first, reach).chain(&columns).chain(std::iter::repeat_n(&last, reach));
            prefix.clear();
            prefix.push(0_u32);
            prefix.extend(padded.scan(0_u32, |sum, column| {
                *sum += column;
                Some(*sum)
            }));
            let sums = prefix.iter().skip(side).zip(&prefix).map(|(end, start)| end - start);
            match polarity {
                Polarity::DarkOnLight => black.extend(
                    row(y).iter().zip(sums).map(|(&p, sum)| u32::from(p) * area + area * MARGIN < sum),
                ),
                Polarity::LightOnDark => black.extend(
                    row(y).iter().zip(sums).map(|(&p, sum)| u32::from(p) * area > sum + area * MARGIN),
                ),
            }
            let moved = columns.iter_mut().zip(row(y + signed + 1).iter().zip(row(y - signed)));
            moved.for_each(|(sum, (&enters, &leaves))| *sum = *sum + u32::from(enters) - u32::from(leaves));
        }
        Bitmap { width: self.width, black }
    }
}

/// Whether the modules are the dark or the light ones.
#[derive(Clone, Copy)]
pub(super) enum Polarity {
    DarkOnLight,
    LightOnDark,
}

/// A picture in black and white.
pub(super) struct Bitmap {
    width: usize,
    black: Vec<bool>,
}

impl Bitmap {
    pub(super) fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.black.chunks(self.width)
    }

    /// None outside the picture.
    pub(super) fn get(&self, x: i32, y: i32) -> Option<bool> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        if x >= self.width {
            return None;
        }
        self.black.get(y * self.width + x).copied()
    }

    /// Outside the picture is white.
    pub(super) fn is_black(&self, at: Point) -> bool {
        self.get(whole(at.x), whole(at.y)).unwrap_or(false)
    }
}

/// A place in a picture; the pixel in column 3 reaches from 3.0 to 4.0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) x: f32,
    pub(super) y: f32,
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
}

/// The pixel a coordinate lies in.
#[expect(clippy::cast_possible_truncation, reason = "saturates, and what is far outside is white")]
pub(super) fn whole(coordinate: f32) -> i32 {
    coordinate.floor() as i32
}

/// Half the window of the local mean, in pixels.
const REACH: usize = 15;
/// How far from the mean is no noise, of 255.
const MARGIN: u32 = 2;
