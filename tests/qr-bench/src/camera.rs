//! A phone's camera: where it is held, what its lens, its sensor and its picture format do to the page.

use std::f32::consts::{PI, TAU};

use crate::random::Random;
use crate::scene::Page;

pub const WIDTH: usize = 1920;
pub const HEIGHT: usize = 1080;
const FOCUS: f32 = 1500.0;
const GAMMA: f32 = 2.2;

/// How the camera is held and what light there is.
#[derive(Clone, Debug)]
pub struct Shot {
    /// The code's side as a share of the picture's height.
    pub share: f32,
    pub tilt: f32,
    pub tilt_axis: f32,
    pub turn: f32,
    /// From the picture's middle, as shares of its size.
    pub offset: (f32, f32),
    /// The lens at its best, in pixels.
    pub blur: f32,
    /// Out of focus, in modules.
    pub defocus: f32,
    /// Moved meanwhile, in modules, and where to.
    pub motion: f32,
    pub motion_angle: f32,
    pub photons: f32,
    pub exposure: f32,
    pub denoise: bool,
    pub jpeg: Option<u8>,
    /// The screen's stripes show.
    pub moire: bool,
    pub glares: Vec<Glare>,
    pub veil: f32,
    pub banding: f32,
    pub bands: f32,
    pub vignette: f32,
    pub beyond: f32,
}

/// A lamp's reflection; its place and size as shares of the code's side.
#[derive(Clone, Debug)]
pub struct Glare {
    pub at: (f32, f32),
    pub size: (f32, f32),
    pub strength: f32,
    pub angle: f32,
}

type Matrix = [[f32; 3]; 3];

fn product(a: Matrix, b: Matrix) -> Matrix {
    let mut out = [[0.0; 3]; 3];
    for (row, out) in a.iter().zip(&mut out) {
        for (column, out) in out.iter_mut().enumerate() {
            *out = row.iter().zip(b).map(|(a, b)| a * b[column]).sum();
        }
    }
    out
}

fn apply(m: &Matrix, x: f32, y: f32) -> (f32, f32) {
    let part = |row: [f32; 3]| row[0] * x + row[1] * y + row[2];
    let scale = part(m[2]);
    (part(m[0]) / scale, part(m[1]) / scale)
}

fn inverse(m: &Matrix) -> Matrix {
    let minor = |r: usize, c: usize| {
        let (r1, r2, c1, c2) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    let whole = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
    let mut out = [[0.0; 3]; 3];
    for (row, out) in out.iter_mut().enumerate() {
        for (column, out) in out.iter_mut().enumerate() {
            *out = minor(column, row) / whole;
        }
    }
    out
}

/// From the page to the picture. The code is made smaller and nearer to the middle until it is all in view.
fn view(page: &Page, shot: &Shot) -> Matrix {
    let count = page.codes.len() as f32;
    let (sx, sy) = page
        .codes
        .iter()
        .fold((0.0, 0.0), |sum, (x, y, side)| (sum.0 + x + side / 2.0, sum.1 + y + side / 2.0));
    let (cx, cy) = (sx / count, sy / count);
    let side = page.codes[0].2;
    let (tilt, axis, turn) = (shot.tilt.to_radians(), shot.tilt_axis.to_radians(), shot.turn.to_radians());
    let turned = [[turn.cos(), -turn.sin(), 0.0], [turn.sin(), turn.cos(), 0.0], [0.0, 0.0, 1.0]];
    // Rodrigues' formula for an axis in the picture's plane.
    let (ux, uy, cos, sin) = (axis.cos(), axis.sin(), tilt.cos(), tilt.sin());
    let tilted = [
        [cos + ux * ux * (1.0 - cos), ux * uy * (1.0 - cos), uy * sin],
        [ux * uy * (1.0 - cos), cos + uy * uy * (1.0 - cos), -ux * sin],
        [-uy * sin, ux * sin, cos],
    ];
    let r = product(tilted, turned);
    let (mut ox, mut oy) = (shot.offset.0 * WIDTH as f32, shot.offset.1 * HEIGHT as f32);
    let mut share = shot.share;
    loop {
        let depth = FOCUS * side / (share * HEIGHT as f32);
        let pose = [
            [r[0][0], r[0][1], ox * depth / FOCUS],
            [r[1][0], r[1][1], oy * depth / FOCUS],
            [r[2][0], r[2][1], depth],
        ];
        let lens = [[FOCUS, 0.0, WIDTH as f32 / 2.0], [0.0, FOCUS, HEIGHT as f32 / 2.0], [0.0, 0.0, 1.0]];
        let centred = [[1.0, 0.0, -cx], [0.0, 1.0, -cy], [0.0, 0.0, 1.0]];
        let matrix = product(product(lens, pose), centred);
        let corners =
            page.codes.iter().flat_map(|&(x, y, s)| [(x, y), (x + s, y), (x + s, y + s), (x, y + s)]);
        let all_in = corners
            .map(|(x, y)| apply(&matrix, x, y))
            .all(|(x, y)| (8.0..WIDTH as f32 - 8.0).contains(&x) && (8.0..HEIGHT as f32 - 8.0).contains(&y));
        if all_in || share < 0.02 {
            return matrix;
        }
        (ox, oy) = (ox * 0.8, oy * 0.8);
        if ox.abs().max(oy.abs()) < 8.0 {
            (ox, oy) = (0.0, 0.0);
            share *= 0.95;
        }
    }
}

/// A picture in linear light.
struct Light {
    width: usize,
    height: usize,
    pixels: Vec<f32>,
}

/// Takes the picture.
pub fn shoot(page: &Page, shot: &Shot, random: &mut Random) -> Vec<u8> {
    let matrix = view(page, shot);
    let (x, y, side) = page.codes[0];
    let corners =
        [(x, y), (x + side, y), (x + side, y + side), (x, y + side)].map(|(x, y)| apply(&matrix, x, y));
    let area: f32 =
        (0..4).map(|i| corners[i].0 * corners[(i + 1) % 4].1 - corners[(i + 1) % 4].0 * corners[i].1).sum();
    let extent = (area.abs() / 2.0).sqrt();
    let module = extent / page.modules as f32;
    let back = inverse(&matrix);
    let mut light = plain(page, &back, side / (shot.share * HEIGHT as f32), shot.beyond);
    light = gaussian(&light, shot.blur);
    if shot.moire {
        striped(page, &matrix, &back, shot, &mut light);
    }
    if shot.defocus > 0.0 {
        light = disk(&light, shot.defocus * module);
    }
    if shot.motion > 0.0 {
        light = smeared(&light, shot.motion * module, shot.motion_angle.to_radians());
    }
    let middle = page.codes.iter().fold((0.0, 0.0), |sum, &(x, y, s)| {
        let at = apply(&matrix, x + s / 2.0, y + s / 2.0);
        (sum.0 + at.0 / page.codes.len() as f32, sum.1 + at.1 / page.codes.len() as f32)
    });
    lamps(&mut light, shot, middle, extent);
    developed(&light, shot, random)
}

fn plain(page: &Page, back: &Matrix, shrink: f32, beyond: f32) -> Light {
    // Where the page is shown smaller, its pixels are averaged first.
    let soft;
    let page = if shrink > 1.0 {
        let light = Light { width: page.width, height: page.height, pixels: page.shade.clone() };
        let light = gaussian(&light, 0.45 * shrink);
        soft = Page { shade: light.pixels, codes: Vec::new(), texts: Vec::new(), ..*page };
        &soft
    } else {
        page
    };
    let mut pixels = Vec::with_capacity(WIDTH * HEIGHT);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let mut sum = 0.0;
            for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                let (u, v) = apply(back, x as f32 + dx, y as f32 + dy);
                sum += page.at(u, v, beyond);
            }
            pixels.push((sum / 4.0 / 255.0).powf(GAMMA));
        }
    }
    Light { width: WIDTH, height: HEIGHT, pixels }
}

/// What a sensor with a mosaic of colours sees of a screen with stripes of colours.
fn striped(page: &Page, matrix: &Matrix, back: &Matrix, shot: &Shot, light: &mut Light) {
    const FINE: usize = 3;
    let (x, y, side) = page.codes[0];
    let corners =
        [(x, y), (x + side, y), (x + side, y + side), (x, y + side)].map(|(x, y)| apply(matrix, x, y));
    let range = |values: [f32; 4], end: usize| {
        let low = values.into_iter().fold(f32::MAX, f32::min) - 50.0;
        let high = values.into_iter().fold(f32::MIN, f32::max) + 50.0;
        ((low.max(0.0) as usize) & !1, (high.min(end as f32) as usize) & !1)
    };
    let (x0, x1) = range(corners.map(|c| c.0), WIDTH);
    let (y0, y1) = range(corners.map(|c| c.1), HEIGHT);
    let (width, height) = (x1 - x0, y1 - y0);
    let mut channels = Vec::new();
    for channel in 0..3 {
        let mut pixels = Vec::with_capacity(width * height * FINE * FINE);
        for y in 0..height * FINE {
            for x in 0..width * FINE {
                let at = |place: usize, start: usize| start as f32 + (place as f32 + 0.5) / FINE as f32;
                let (u, v) = apply(back, at(x, x0), at(y, y0));
                let lit = (u.rem_euclid(1.0) * 3.0) as usize == channel && v.rem_euclid(1.0) < 0.84;
                let shade = if lit { page.nearest(u, v, shot.beyond) * 3.0 / 0.84 } else { 0.0 };
                pixels.push((shade / 255.0 * 0.93).max(0.0));
            }
        }
        let fine = Light { width: width * FINE, height: height * FINE, pixels };
        let fine = gaussian(&fine, shot.blur * FINE as f32);
        let mut small = vec![0.0; width * height];
        for (place, shade) in fine.pixels.iter().enumerate() {
            let (x, y) = (place % fine.width / FINE, place / fine.width / FINE);
            small[y * width + x] += shade / (FINE * FINE) as f32;
        }
        channels.push(small);
    }
    let colour = |x: usize, y: usize| match (x % 2, y % 2) {
        (0, 0) => 0,
        (1, 1) => 2,
        _ => 1,
    };
    for y in 0..height {
        for x in 0..width {
            let mut sums = [(0.0, 0.0); 3];
            for (dx, dy) in (0..9).map(|i| (i % 3, i / 3)) {
                let (nx, ny) =
                    ((x + dx).saturating_sub(1).min(width - 1), (y + dy).saturating_sub(1).min(height - 1));
                let c = colour(nx, ny);
                let own = c == colour(x, y);
                let near = if own && (dx, dy) != (1, 1) { 0.0 } else { 1.0 };
                sums[c].0 += near * channels[c][ny * width + nx];
                sums[c].1 += near;
            }
            let mean = |c: usize| (sums[c].0 / f32::max(sums[c].1, 1.0)).clamp(0.0, 1.2).powf(GAMMA);
            light.pixels[(y0 + y) * WIDTH + x0 + x] = 0.299 * mean(0) + 0.587 * mean(1) + 0.114 * mean(2);
        }
    }
}

fn gaussian(light: &Light, sigma: f32) -> Light {
    let reach = (sigma * 3.0).ceil() as usize;
    let weights: Vec<f32> = (0..=2 * reach)
        .map(|i| (-0.5 * ((i as f32 - reach as f32) / sigma.max(0.05)).powi(2)).exp())
        .collect();
    let all: f32 = weights.iter().sum();
    let weights: Vec<f32> = weights.iter().map(|w| w / all).collect();
    let (width, height) = (light.width, light.height);
    let mut across = vec![0.0; width * height];
    for (out, row) in across.chunks_mut(width).zip(light.pixels.chunks(width)) {
        let padded: Vec<f32> = std::iter::repeat_n(row[0], reach)
            .chain(row.iter().copied())
            .chain(std::iter::repeat_n(row[width - 1], reach))
            .collect();
        for (place, weight) in weights.iter().enumerate() {
            out.iter_mut().zip(&padded[place..]).for_each(|(sum, p)| *sum += weight * p);
        }
    }
    let mut pixels = vec![0.0; width * height];
    for (y, out) in pixels.chunks_mut(width).enumerate() {
        for (place, weight) in weights.iter().enumerate() {
            let from = (y + place).saturating_sub(reach).min(height - 1);
            out.iter_mut().zip(&across[from * width..]).for_each(|(sum, p)| *sum += weight * p);
        }
    }
    Light { width, height, pixels }
}

/// Sums a kernel's places over the picture.
fn convolved(light: &Light, kernel: &[(isize, isize, f32)]) -> Light {
    let (width, height) = (light.width, light.height);
    let all: f32 = kernel.iter().map(|k| k.2).sum();
    let mut pixels = vec![0.0; width * height];
    for (y, out) in pixels.chunks_mut(width).enumerate() {
        for &(dx, dy, weight) in kernel {
            let row = y.saturating_add_signed(dy).min(height - 1);
            let row = &light.pixels[row * width..(row + 1) * width];
            let weight = weight / all;
            let shift = dx.unsigned_abs().min(width);
            if dx >= 0 {
                out.iter_mut().zip(&row[shift..]).for_each(|(sum, p)| *sum += weight * p);
                out[width - shift..].iter_mut().for_each(|sum| *sum += weight * row[width - 1]);
            } else {
                out[shift..].iter_mut().zip(row).for_each(|(sum, p)| *sum += weight * p);
                out[..shift].iter_mut().for_each(|sum| *sum += weight * row[0]);
            }
        }
    }
    Light { width, height, pixels }
}

/// A lens out of focus spreads a point over a disk; `sigma` is what a Gaussian of the same second moment has.
fn disk(light: &Light, sigma: f32) -> Light {
    if sigma < 1.0 {
        return gaussian(light, sigma);
    }
    let radius = sigma * 2.0;
    let reach = radius as isize + 1;
    let kernel: Vec<(isize, isize, f32)> = (-reach..=reach)
        .flat_map(|y| (-reach..=reach).map(move |x| (x, y)))
        .map(|(x, y)| (x, y, (radius + 0.5 - (x as f32).hypot(y as f32)).clamp(0.0, 1.0)))
        .filter(|k| k.2 > 0.0)
        .collect();
    convolved(light, &kernel)
}

fn smeared(light: &Light, length: f32, angle: f32) -> Light {
    let steps = (length * 4.0).ceil().max(1.0) as usize;
    let mut kernel: Vec<(isize, isize, f32)> = Vec::new();
    for step in 0..=steps {
        let way = (step as f32 / steps as f32 - 0.5) * length;
        let (x, y) = (way * angle.cos(), way * angle.sin());
        for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let (px, py) = (x.floor() + dx, y.floor() + dy);
            let weight = (1.0 - (x - px).abs()) * (1.0 - (y - py).abs());
            let place = (px as isize, py as isize);
            match kernel.iter_mut().find(|k| (k.0, k.1) == place) {
                Some(known) => known.2 += weight,
                None => kernel.push((place.0, place.1, weight)),
            }
        }
    }
    convolved(light, &kernel)
}

fn lamps(light: &mut Light, shot: &Shot, middle: (f32, f32), extent: f32) {
    for (place, pixel) in light.pixels.iter_mut().enumerate() {
        let (x, y) = ((place % WIDTH) as f32, (place / WIDTH) as f32);
        for glare in &shot.glares {
            let (dx, dy) = (x - middle.0 - glare.at.0 * extent, y - middle.1 - glare.at.1 * extent);
            let (sin, cos) = glare.angle.sin_cos();
            let (u, v) = (
                (dx * cos + dy * sin) / (glare.size.0 * extent),
                (dy * cos - dx * sin) / (glare.size.1 * extent),
            );
            let square = u * u + v * v;
            if square < 18.0 {
                *pixel += glare.strength * (-0.5 * square).exp();
            }
        }
        *pixel = *pixel * (1.0 - shot.veil) + shot.veil * 0.5;
        if shot.banding > 0.0 {
            *pixel *= 1.0 - shot.banding * (0.5 + 0.5 * (y * TAU / shot.bands).sin());
        }
        let (u, v) = (x / WIDTH as f32 - 0.5, y / HEIGHT as f32 - 0.5);
        *pixel *= 1.0 - shot.vignette * (u * u + v * v) * 2.0;
        *pixel = (*pixel * shot.exposure).clamp(0.0, 1.0);
    }
}

/// The sensor's noise, what the camera makes of it, and what compression leaves.
fn developed(light: &Light, shot: &Shot, random: &mut Random) -> Vec<u8> {
    let mut noisy = Light { width: WIDTH, height: HEIGHT, pixels: Vec::with_capacity(WIDTH * HEIGHT) };
    for &pixel in &light.pixels {
        let mean = pixel * shot.photons;
        let count = if mean < 12.0 { poisson(mean, random) } else { mean + mean.sqrt() * random.normal() };
        noisy.pixels.push((count.round() + 1.5 * random.normal()) / shot.photons);
    }
    if shot.denoise {
        noisy = gaussian(&noisy, 0.8);
    }
    let shade = |p: &f32| (p.clamp(0.0, 1.0).powf(1.0 / GAMMA) * 255.0 + 0.5) as u8;
    let luma: Vec<u8> = noisy.pixels.iter().map(shade).collect();
    let Some(quality) = shot.jpeg else { return luma };
    let mut packed = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut packed, quality)
        .encode(&luma, WIDTH as u32, HEIGHT as u32, image::ExtendedColorType::L8)
        .expect("a picture of this size can be packed");
    image::load_from_memory(&packed).expect("and unpacked").into_luma8().into_raw()
}

fn poisson(mean: f32, random: &mut Random) -> f32 {
    let (limit, mut product, mut count) = ((-mean).exp(), random.share(), 0.0);
    while product > limit && count < 100.0 {
        product *= random.share();
        count += 1.0;
    }
    count
}

/// An angle anywhere, in degrees.
pub fn any_angle(random: &mut Random) -> f32 {
    random.between(0.0, PI.to_degrees() * 2.0)
}
