//! Black and white: what of a picture is darker, or lighter, than what is around it.

use rxing::common::{BitArray, BitMatrix};

use super::luma::{Luma, Point, whole};

/// Whether the modules are the dark or the light ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Polarity {
    DarkOnLight,
    LightOnDark,
}

/// A picture in black and white.
pub(super) struct Bitmap {
    pub(super) bits: BitMatrix,
}

impl Bitmap {
    /// None outside the picture.
    pub(super) fn get(&self, x: i32, y: i32) -> Option<bool> {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        (x < self.bits.width() && y < self.bits.height()).then(|| self.bits.get(x, y))
    }

    /// Outside the picture is white.
    pub(super) fn is_black(&self, at: Point) -> bool {
        self.get(whole(at.x), whole(at.y)).unwrap_or(false)
    }
}

/// The means of the surroundings of every pixel, `reach` to each side. Edges are continued outwards.
pub(super) fn means(luma: &Luma, reach: usize) -> Vec<u8> {
    let (width, height) = (luma.width, luma.height);
    let reach = reach.min(width.min(height) / 2);
    let side = 2 * reach + 1;
    // 1/area in 32 bits after the point: sums have 24 at most, as `reach` is some hundred pixels.
    let inverse = (1_u64 << 32) / u64::try_from(side * side).unwrap_or(u64::MAX);
    let row = |y: isize| {
        let y = y.clamp(0, height.cast_signed() - 1).cast_unsigned();
        luma.pixels.get(y * width..(y + 1) * width).unwrap_or_default()
    };
    let signed = reach.cast_signed();
    // Sums over the window's height, kept from row to row.
    let mut columns = vec![0_u32; width];
    for y in -signed..=signed {
        columns.iter_mut().zip(row(y)).for_each(|(sum, &p)| *sum += u32::from(p));
    }
    let mut out = Vec::with_capacity(luma.pixels.len());
    let mut prefix = vec![0_u32; width + 2 * reach + 1];
    for y in 0..height.cast_signed() {
        let first = columns.first().copied().unwrap_or_default();
        let last = columns.last().copied().unwrap_or_default();
        let mut sum = 0_u32;
        let padded =
            std::iter::repeat_n(&first, reach).chain(&columns).chain(std::iter::repeat_n(&last, reach));
        // Wraps on the widest pictures, and differences are right all the same.
        for (prefix, column) in prefix.iter_mut().skip(1).zip(padded) {
            sum = sum.wrapping_add(*column);
            *prefix = sum;
        }
        let ends = prefix.iter().skip(side);
        out.extend(ends.zip(&prefix).map(|(end, start)| {
            let sum = u64::from(end.wrapping_sub(*start));
            u8::try_from((sum * inverse + (1 << 31)) >> 32).unwrap_or(u8::MAX)
        }));
        let moved = columns.iter_mut().zip(row(y + signed + 1).iter().zip(row(y - signed)));
        moved.for_each(|(sum, (&enters, &leaves))| *sum = *sum + u32::from(enters) - u32::from(leaves));
    }
    out
}

/// What is darker or lighter than its surroundings by `margin` shades.
pub(super) fn against(luma: &Luma, means: &[u8], margin: u8, polarity: Polarity) -> Option<Bitmap> {
    bitmap(luma, |y, line| {
        let row = luma.pixels.get(y * luma.width..(y + 1) * luma.width).unwrap_or_default();
        let around = means.get(y * luma.width..(y + 1) * luma.width).unwrap_or_default();
        compare(line, row, around, margin, polarity);
    })
}

/// The same with the means of the picture at half its size.
pub(super) fn against_halved(
    luma: &Luma,
    means: &[u8],
    half: usize,
    margin: u8,
    polarity: Polarity,
) -> Option<Bitmap> {
    let mut around = vec![0_u8; luma.width];
    bitmap(luma, |y, line| {
        let row = luma.pixels.get(y * luma.width..(y + 1) * luma.width).unwrap_or_default();
        let last = (means.len() / half.max(1)).saturating_sub(1);
        let coarse = (y / 2).min(last) * half;
        let coarse = means.get(coarse..coarse + half).unwrap_or_default();
        around.chunks_exact_mut(2).zip(coarse).for_each(|(pair, &mean)| pair.fill(mean));
        if let (1, Some(&mean), Some(end)) = (luma.width % 2, coarse.last(), around.last_mut()) {
            *end = mean;
        }
        compare(line, row, &around, margin, polarity);
    })
}

fn compare(line: &mut [u8], row: &[u8], around: &[u8], margin: u8, polarity: Polarity) {
    let pairs = line.iter_mut().zip(row.iter().zip(around));
    match polarity {
        Polarity::DarkOnLight => {
            pairs.for_each(|(out, (&p, &mean))| *out = u8::from(p.saturating_add(margin) < mean));
        }
        Polarity::LightOnDark => {
            pairs.for_each(|(out, (&p, &mean))| *out = u8::from(p > mean.saturating_add(margin)));
        }
    }
}

/// What is darker or lighter than one shade for the whole picture: the one that best parts its histogram in two.
pub(super) fn global(luma: &Luma, polarity: Polarity) -> Option<Bitmap> {
    let level = parting(luma);
    bitmap(luma, |y, line| {
        let row = luma.pixels.get(y * luma.width..(y + 1) * luma.width).unwrap_or_default();
        match polarity {
            Polarity::DarkOnLight => {
                line.iter_mut().zip(row).for_each(|(out, &p)| *out = u8::from(p <= level))
            }
            Polarity::LightOnDark => {
                line.iter_mut().zip(row).for_each(|(out, &p)| *out = u8::from(p > level))
            }
        }
    })
}

/// Otsu's threshold: the two sides are as far apart as they can be.
fn parting(luma: &Luma) -> u8 {
    let mut counts = [0_u64; 256];
    for &p in luma.pixels.iter().step_by(3) {
        if let Some(count) = counts.get_mut(usize::from(p)) {
            *count += 1;
        }
    }
    let all: u64 = counts.iter().sum();
    let weight: f64 = counts.iter().zip(0_u32..).map(|(&count, shade)| count as f64 * f64::from(shade)).sum();
    let (mut below, mut dark, mut best, mut level) = (0_u64, 0.0, -1.0, 127);
    for (&count, shade) in counts.iter().zip(0_u8..=255) {
        below += count;
        dark += count as f64 * f64::from(shade);
        if below == 0 || below == all {
            continue;
        }
        let above = (all - below) as f64;
        let apart = dark / below as f64 - (weight - dark) / above;
        let variance = below as f64 * above * apart * apart;
        if variance > best {
            (best, level) = (variance, shade);
        }
    }
    level
}

/// Fills a bitmap from lines of ones and zeros.
fn bitmap(luma: &Luma, mut line: impl FnMut(usize, &mut [u8])) -> Option<Bitmap> {
    let (width, height) = (u32::try_from(luma.width).ok()?, u32::try_from(luma.height).ok()?);
    let mut bits = BitMatrix::new(width, height).ok()?;
    let word = usize::BITS as usize;
    // Whole words, so that the last one is filled up with white.
    let mut ones = vec![0_u8; luma.width.next_multiple_of(word)];
    let mut row = BitArray::with_size(luma.width);
    for y in 0..height {
        line(y as usize, ones.get_mut(..luma.width)?);
        for (place, ones) in ones.chunks(word).enumerate() {
            row.setBulk(place * word, packed(ones));
        }
        bits.setRow(y, &row);
    }
    Some(Bitmap { bits })
}

/// Bytes of one or zero as bits, the first in the lowest.
fn packed(ones: &[u8]) -> usize {
    ones.chunks(8).enumerate().fold(0, |word, (place, eight)| {
        let bytes = <[u8; 8]>::try_from(eight).map_or(0, u64::from_le_bytes);
        // Moves the lowest bit of each byte into the highest byte, each to its own place.
        let byte = bytes.wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word | usize::try_from(byte).unwrap_or(0) << (place * 8)
    })
}
