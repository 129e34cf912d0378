//! Codes seen at a steep angle and small, or blurred: where a picture is full of edges all over a parallelogram, a code
//! may lie. It is drawn again as the square it would be, large enough and upright, and looked at as any other.

use super::super::contained::contained;
use super::super::luma::{Luma, Point, whole};
use super::super::threshold::{self, Polarity};
use super::{CONTRAST, Frame, Level, REACH, Search};

/// A parallelogram: its middle and its two sides.
#[derive(Clone, Copy)]
struct Region {
    middle: Point,
    across: Point,
    down: Point,
}

impl Search<'_> {
    /// Looks at regions that may be codes, small and large ones by turns, and keeps where their corners are seen.
    pub(in super::super) fn look_at_regions(&mut self, turn: usize) {
        let shrink = if turn.is_multiple_of(2) { 4 } else { 2 };
        let shrink = shrink * super::usual_shrink(self.picture.width.max(self.picture.height)) / 2;
        let shrink = shrink.max(1);
        let pixels = self.picture.width * self.picture.height / (shrink * shrink);
        if !self.budget.spend(pixels * 2) {
            return;
        }
        let rough = regions(&self.level(shrink).luma);
        for region in rough {
            let region = region.times(shrink as f32);
            if self.is_read(region.middle) || !self.budget.spend(SIDE * SIDE * 8) {
                continue;
            }
            let fine = whole(region.narrow() / SHOWN as f32 * 1.3).max(1);
            let fine = usize::try_from(fine).unwrap_or(1);
            let luma = &self.level(fine).luma;
            let region = upright(luma, region.times(1.0 / fine as f32));
            let drawn = region.drawn(luma, SIDE);
            let frame = region.times(fine as f32).frame(SIDE);
            for is_sharp in [false, true] {
                let sharp;
                let shades = if is_sharp {
                    sharp = drawn.unsharp();
                    &sharp
                } else {
                    &drawn
                };
                let means = threshold::means(shades, REACH);
                for polarity in [Polarity::DarkOnLight, Polarity::LightOnDark] {
                    if let Some(bitmap) = threshold::against(shades, &means, CONTRAST, polarity) {
                        let _ = contained(|| self.search(&bitmap, polarity, frame));
                    }
                }
            }
            if !self.is_read(frame.point(Point { x: SIDE as f32 / 2.0, y: SIDE as f32 / 2.0 })) {
                self.blurred_in(drawn, frame);
            }
        }
    }

    /// The picture at a size.
    pub(super) fn level(&mut self, shrink: usize) -> &Level {
        let picture = self.picture;
        self.levels.entry(shrink).or_insert_with(|| Level { luma: picture.shrunk(shrink), means: None })
    }
}

impl Region {
    fn times(self, factor: f32) -> Self {
        Self {
            middle: self.middle.times(factor),
            across: self.across.times(factor),
            down: self.down.times(factor),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        let (own, its) = (self.across.cross(self.down), other.across.cross(other.down));
        self.middle.distance(other.middle) < own.sqrt() * 0.1 && (0.8..1.25).contains(&(own / its))
    }

    /// The distance between its longer sides.
    fn narrow(&self) -> f32 {
        let long = self.across.x.hypot(self.across.y).max(self.down.x.hypot(self.down.y));
        self.across.cross(self.down) / long.max(1.0)
    }

    /// How a square picture of it, with some room around, lies in the picture it is of.
    fn frame(&self, side: usize) -> Frame {
        let scale = SHOWN_WITH_ROOM / side as f32;
        let (across, down) = (self.across.times(scale), self.down.times(scale));
        let half = side as f32 / 2.0;
        Frame { origin: self.middle.plus(across, -half).plus(down, -half), across, down }
    }

    fn drawn(&self, luma: &Luma, side: usize) -> Luma {
        let frame = self.frame(side);
        let mut pixels = Vec::with_capacity(side * side);
        for y in 0..side {
            for x in 0..side {
                let shade = luma.at(frame.point(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 }));
                pixels.push(u8::try_from(whole(shade + 0.5)).unwrap_or(u8::MAX));
            }
        }
        Luma { width: side, height: side, pixels }
    }
}

/// The same region with its sides along the edges in it: what it covers tells nothing of how it is turned.
fn upright(luma: &Luma, region: Region) -> Region {
    let small = region.drawn(luma, SIDE / 2);
    let (mut even, mut odd) = (0.0_f32, 0.0_f32);
    let width = small.width;
    let rows = small.pixels.chunks(width).zip(small.pixels.chunks(width).skip(2));
    for (row, (above, below)) in small.pixels.chunks(width).skip(1).zip(rows) {
        let columns = row.iter().zip(row.iter().skip(2)).zip(above.iter().zip(below).skip(1));
        for ((&left, &right), (&upper, &lower)) in columns {
            let (gx, gy) = (f32::from(right) - f32::from(left), f32::from(lower) - f32::from(upper));
            // Four times the angle: edges across and along count alike.
            let (xx, xy) = (gx * gx - gy * gy, 2.0 * gx * gy);
            let weight = 1.0 / (gx * gx + gy * gy).max(1.0);
            even += (xx * xx - xy * xy) * weight;
            odd += 2.0 * xx * xy * weight;
        }
    }
    let (sin, cos) = (odd.atan2(even) / 4.0).sin_cos();
    let turned = |a: f32, b: f32| Point {
        x: region.across.x * a + region.down.x * b,
        y: region.across.y * a + region.down.y * b,
    };
    Region { across: turned(cos, sin), down: turned(-sin, cos), ..region }
}

/// Where the picture is full of edges all over a parallelogram, the largest and fullest first.
fn regions(luma: &Luma) -> Vec<Region> {
    let (map, width) = deviations(luma);
    let mut sorted: Vec<f32> = map.iter().step_by(3).copied().collect();
    sorted.sort_by(f32::total_cmp);
    let at = |share: f32| {
        let place = usize::try_from(whole(sorted.len() as f32 * share)).unwrap_or(0);
        sorted.get(place).copied().unwrap_or(0.0)
    };
    // Most of a page is plain, and shows how much is noise.
    let least = (at(0.5) * 2.0 + 2.0).min(at(0.97) * 0.45).max(3.0);
    let mut found: Vec<(f32, Region)> = Vec::new();
    // What is around a code may be as far from plain as a blurred code is, and joins a clear one to what is near.
    for least in
        std::iter::once(least).chain(SHARES.map(|share| share * at(0.995)).into_iter().filter(|&l| l > least))
    {
        for (worth, region) in regions_above(&map, width, least) {
            let is_same = |(_, known): &(f32, Region)| known.is_like(&region);
            if !found.iter().any(is_same) {
                found.push((worth, region));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(MOST_REGIONS).map(|(_, region)| region.times(GRID as f32)).collect()
}

/// The parallelograms in what deviates by so much, and how full of edges they are in all.
fn regions_above(map: &[f32], width: usize, least: f32) -> Vec<(f32, Region)> {
    let mut seen = vec![false; map.len()];
    let mut found = Vec::new();
    for start in 0..map.len() {
        if seen.get(start) != Some(&false) || map.get(start).is_none_or(|&d| d < least) {
            continue;
        }
        let (mut open, mut members) = (vec![start], Vec::new());
        while let Some(place) = open.pop() {
            let Some(seen) = seen.get_mut(place).filter(|seen| !**seen) else { continue };
            *seen = true;
            let Some(&deviation) = map.get(place).filter(|&&d| d >= least) else { continue };
            members.push((place, deviation));
            let column = place % width;
            open.extend((column + 1 < width).then_some(place + 1));
            open.extend((column > 0).then(|| place - 1));
            open.extend(place.checked_sub(width));
            open.push(place + width);
        }
        if members.len() >= LEAST_PLACES {
            found.extend(region(&mut members, width));
        }
    }
    found
}

/// The parallelogram that places fill, by their moments, and how full of edges it is in all. None if they fill none.
fn region(members: &mut Vec<(usize, f32)>, width: usize) -> Option<(f32, Region)> {
    members.sort_by(|a, b| a.1.total_cmp(&b.1));
    let middling = members.get(members.len() / 2)?.1;
    members.retain(|(_, deviation)| *deviation >= middling * EDGE_SHARE);
    let count = members.len() as f32;
    let at = |place: usize| Point { x: (place % width) as f32 + 0.5, y: (place / width) as f32 + 0.5 };
    let mut middle = Point::default();
    for (place, _) in members.iter() {
        middle = middle.plus(at(*place), 1.0 / count);
    }
    let (mut xx, mut xy, mut yy) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (place, _) in members.iter() {
        let from = middle.to(at(*place));
        xx += from.x * from.x / count;
        xy += from.x * from.y / count;
        yy += from.y * from.y / count;
    }
    let root = (xx * yy - xy * xy).max(0.0).sqrt();
    // The area of any parallelogram is 12 times the root of this determinant.
    let solidity = count / (12.0 * root.max(0.1));
    if !(0.7..1.2).contains(&solidity) {
        return None;
    }
    // The root of the covariance: a square of side 1 has a variance of 1/12.
    let scale = 12_f32.sqrt() / (xx + yy + 2.0 * root).sqrt();
    let across = Point { x: (xx + root) * scale, y: xy * scale };
    let down = Point { x: xy * scale, y: (yy + root) * scale };
    let long = across.x.hypot(across.y).max(down.x.hypot(down.y));
    (across.cross(down) > long * long / MOST_DRAWN_OUT)
        .then_some((count * middling, Region { middle, across, down }))
}

/// How much shades deviate around places on a grid, and how many places are in a row.
fn deviations(luma: &Luma) -> (Vec<f32>, usize) {
    let (columns, rows) = (luma.width / GRID, luma.height / GRID);
    let mut cells = Vec::with_capacity(columns * rows);
    let mut lines = luma.rows();
    for _ in 0..rows {
        let mut sums = vec![(0.0_f32, 0.0_f32); columns];
        for line in lines.by_ref().take(GRID) {
            for ((sum, square), pixels) in sums.iter_mut().zip(line.chunks_exact(GRID)) {
                for &pixel in pixels {
                    let shade = f32::from(pixel);
                    *sum += shade;
                    *square += shade * shade;
                }
            }
        }
        cells.extend(sums);
    }
    // Five cells by five: first along rows, then along columns.
    let blurred = |cells: &[(f32, f32)], step: usize| -> Vec<(f32, f32)> {
        let cell = |place: Option<usize>| place.and_then(|place| cells.get(place)).copied();
        (0..cells.len())
            .map(|place| {
                let own = cell(Some(place)).unwrap_or_default();
                let around = [
                    place.checked_sub(2 * step),
                    place.checked_sub(step),
                    Some(place + step),
                    Some(place + 2 * step),
                ];
                around.into_iter().fold(own, |sum, place| {
                    let other = cell(place).unwrap_or(own);
                    (sum.0 + other.0, sum.1 + other.1)
                })
            })
            .collect()
    };
    let sums = blurred(&blurred(&cells, 1), columns);
    let area = (25 * GRID * GRID) as f32;
    let deviation = |(sum, square): (f32, f32)| (square / area - (sum / area).powi(2)).max(0.0).sqrt();
    (sums.into_iter().map(deviation).collect(), columns)
}

/// Pixels of the drawn square, and those of them that the region takes.
const SIDE: usize = 360;
const SHOWN: usize = 260;
const SHOWN_WITH_ROOM: f32 = SIDE as f32 / SHOWN as f32;
/// Pixels to a place of the map of deviations.
const GRID: usize = 2;
const LEAST_PLACES: usize = 80;
/// Of what deviates most, shares to part regions by.
const SHARES: [f32; 3] = [0.2, 0.35, 0.55];
const MOST_REGIONS: usize = 3;
/// Half the window is outside at the region's edge.
const EDGE_SHARE: f32 = 0.6;
/// How many times as long as high a region can be.
const MOST_DRAWN_OUT: f32 = 5.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// Squares at random, dark or light, in a parallelogram on a plain page.
    fn page(middle: Point, across: Point, down: Point) -> Luma {
        const CELLS: f32 = 29.0;
        let (width, height) = (400, 300);
        let area = across.cross(down);
        let shade = |place: usize| {
            let at = Point { x: (place % width) as f32 + 0.5, y: (place / width) as f32 + 0.5 };
            let from = middle.to(at);
            let (u, v) = (from.cross(down) / area + 0.5, across.cross(from) / area + 0.5);
            let is_inside = (0.0..1.0).contains(&u) && (0.0..1.0).contains(&v);
            let cell = whole(u * CELLS) * 31 + whole(v * CELLS);
            if is_inside && cell.wrapping_mul(-1_640_531_535) & 0x4000 == 0 { 30 } else { 220 }
        };
        Luma { width, height, pixels: (0..width * height).map(shade).collect() }
    }

    #[test]
    fn a_parallelogram_full_of_edges_is_found_where_it_is() {
        let (middle, across, down) =
            (Point { x: 180.0, y: 150.0 }, Point { x: 170.0, y: -30.0 }, Point { x: -25.0, y: 90.0 });
        let found = regions(&page(middle, across, down));
        let found = found.first().expect("one is found");
        assert!(found.middle.distance(middle) < 4.0, "{:?}", found.middle);
        let share = found.across.cross(found.down) / across.cross(down);
        assert!((0.8..1.3).contains(&share), "{share}");
    }

    #[test]
    fn what_is_drawn_again_stands_upright() {
        let (middle, across, down) =
            (Point { x: 200.0, y: 150.0 }, Point { x: 120.0, y: 70.0 }, Point { x: -60.0, y: 100.0 });
        let luma = page(middle, across, down);
        let found = regions(&luma);
        let turned = upright(&luma, *found.first().expect("one is found"));
        // One of its sides goes the way of the cells, whichever of the four that is.
        let slant = |a: Point, b: Point| (a.cross(b) / (a.x.hypot(a.y) * b.x.hypot(b.y))).abs();
        let best = slant(turned.across, across).min(slant(turned.across, down));
        assert!(best < 0.08, "{best}");
    }

    #[test]
    fn a_plain_page_and_a_line_on_it_have_no_regions() {
        let mut luma = Luma { width: 400, height: 300, pixels: vec![200; 400 * 300] };
        assert!(regions(&luma).is_empty());
        luma.pixels.iter_mut().skip(400 * 150).take(800).for_each(|pixel| *pixel = 20);
        assert!(regions(&luma).is_empty());
    }
}
