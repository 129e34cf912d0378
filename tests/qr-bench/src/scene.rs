//! What the camera looks at: a page on a screen with one or more codes, in shades of grey.

use qrcode::{Color, EcLevel, QrCode};

use crate::random::Random;

/// How modules are drawn.
#[derive(Clone, Copy, PartialEq)]
pub enum Style {
    Square,
    Dots,
    SmallDots,
    Rounded,
}

/// How a code looks.
#[derive(Clone)]
pub struct Look {
    pub style: Style,
    /// 0 for square finder patterns, 1 for round ones.
    pub finder_round: f32,
    pub ink: f32,
    pub paper: f32,
    /// Share of the area that a picture in the middle covers.
    pub logo: f32,
    pub quiet: f32,
    pub level: EcLevel,
    /// Pixels of the screen along a module.
    pub module: usize,
}

/// A picture of a page, 0 to 255.
pub struct Page {
    pub width: usize,
    pub height: usize,
    pub shade: Vec<f32>,
    /// Where each code is: left, top, side.
    pub codes: Vec<(f32, f32, f32)>,
    pub texts: Vec<String>,
    pub modules: usize,
}

impl Page {
    /// Bilinear; outside is `beyond`.
    pub fn at(&self, x: f32, y: f32, beyond: f32) -> f32 {
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let pixel = |dx: f32, dy: f32| {
            let (x, y) = (left + dx, top + dy);
            if x < 0.0 || y < 0.0 || x >= self.width as f32 || y >= self.height as f32 {
                beyond
            } else {
                self.shade[y as usize * self.width + x as usize]
            }
        };
        let (across, down) = (x - left, y - top);
        let upper = pixel(0.0, 0.0) * (1.0 - across) + pixel(1.0, 0.0) * across;
        let lower = pixel(0.0, 1.0) * (1.0 - across) + pixel(1.0, 1.0) * across;
        upper * (1.0 - down) + lower * down
    }

    pub fn nearest(&self, x: f32, y: f32, beyond: f32) -> f32 {
        if x < 0.0 || y < 0.0 || x >= self.width as f32 || y >= self.height as f32 {
            beyond
        } else {
            self.shade[y as usize * self.width + x as usize]
        }
    }

    fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, shade: f32) {
        for row in self.shade.chunks_mut(self.width).skip(y).take(height) {
            row.iter_mut().skip(x).take(width).for_each(|pixel| *pixel = shade);
        }
    }
}

/// A set-up link as services make them, with random figures in it.
pub fn link(random: &mut Random) -> String {
    const ISSUERS: [&str; 7] = [
        "Fjord%20Bank",
        "Lindqvist",
        "Nordhavn%20VPN",
        "post.example.net",
        "Tromso%20Mail",
        "Verkstad",
        "Ostra%20SSO",
    ];
    const PEOPLE: [&str; 6] = [
        "astrid@example.com",
        "bo",
        "carl.fredrik@mail.example.org",
        "drift+otp@example.net",
        "elin_admin",
        "u4711@corp.example.com",
    ];
    let issuer = random.one_of(&ISSUERS);
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let length = random.one_of(&[16, 26, 32, 32, 32, 52, 103]);
    let secret: String = (0..length).map(|_| char::from(letters[random.below(32)])).collect();
    let kind = if random.chance(0.06) { "hotp" } else { "totp" };
    let mut link = format!("otpauth://{kind}/{issuer}:{}?secret={secret}", random.one_of(&PEOPLE));
    if random.chance(0.9) {
        link += &format!("&issuer={issuer}");
    }
    if random.chance(0.5) {
        let algorithm = random.one_of(&["SHA1", "SHA256", "SHA512"]);
        link += &format!("&algorithm={algorithm}&digits={}", random.one_of(&["6", "8"]));
    }
    if kind == "hotp" {
        link += &format!("&counter={}", random.below(50));
    } else if random.chance(0.5) {
        link += "&period=30";
    }
    link
}

/// A page with things on it that are no code, and `count` codes in its middle.
pub fn page(
    random: &mut Random,
    look: &Look,
    count: usize,
    is_dark: bool,
    is_busy: bool,
    plain: Option<f32>,
) -> Page {
    let (mut width, mut height) = (1600, 1000);
    let tiles: Vec<(String, Tile)> = (0..count)
        .map(|_| {
            let text = link(random);
            let tile = Tile::draw(random, &text, look);
            (text, tile)
        })
        .collect();
    let largest = tiles.iter().map(|(_, tile)| tile.side).max().unwrap_or(0);
    let cell = largest + random.between(16.0, 70.0) as usize;
    let columns = if count > 1 { 2 } else { 1 };
    let rows = count.div_ceil(columns);
    width = width.max(columns * cell + 40);
    height = height.max(rows * cell + 40);
    let base =
        plain.unwrap_or(if is_dark { random.between(14.0, 44.0) } else { random.between(228.0, 254.0) });
    let mut page = Page {
        width,
        height,
        shade: vec![base; width * height],
        codes: Vec::new(),
        texts: Vec::new(),
        modules: tiles.first().map_or(0, |(_, tile)| tile.modules),
    };
    if plain.is_none() {
        clutter(random, &mut page, is_dark, if is_busy { 50 } else { 22 });
    }
    let (left, top) = ((width - columns * cell) / 2, (height - rows * cell) / 2);
    for (place, (text, tile)) in tiles.into_iter().enumerate() {
        let x = left + place % columns * cell + (cell - tile.side) / 2;
        let y = top + place / columns * cell + (cell - tile.side) / 2;
        for (row, line) in tile.shade.chunks(tile.side).enumerate() {
            let start = (y + row) * width + x;
            page.shade[start..start + tile.side].copy_from_slice(line);
        }
        page.codes.push((x as f32 + tile.quiet, y as f32 + tile.quiet, (tile.modules * look.module) as f32));
        page.texts.push(text);
    }
    page
}

/// Lines of something like writing, buttons and rules.
fn clutter(random: &mut Random, page: &mut Page, is_dark: bool, count: usize) {
    let ink = if is_dark { 205.0 } else { 52.0 };
    for _ in 0..count {
        let (x, y) = (random.below(page.width), random.below(page.height));
        match random.below(10) {
            0..=5 => {
                let size = 5 + random.below(14);
                let mut at = x;
                for _ in 0..5 + random.below(35) {
                    let stroke = (size / 6).max(1);
                    page.fill(at, y, stroke, size, ink);
                    if random.chance(0.6) {
                        page.fill(at, y + random.below(size), size / 2, stroke, ink);
                    }
                    if random.chance(0.4) {
                        page.fill(at + size / 2, y + size / 3, stroke, size * 2 / 3, ink);
                    }
                    at += size * 3 / 4 + usize::from(random.chance(0.15)) * size;
                }
            }
            6..=8 => {
                let shade = random.between(0.0, 255.0);
                let (wide, high) = (40 + random.below(220), 16 + random.below(54));
                page.fill(x, y, wide, high, shade);
            }
            _ => {
                let wide = 50 + random.below(550);
                page.fill(x, y, wide, 1, ink);
            }
        }
    }
}

struct Tile {
    side: usize,
    quiet: f32,
    modules: usize,
    shade: Vec<f32>,
}

impl Tile {
    fn draw(random: &mut Random, text: &str, look: &Look) -> Self {
        let code = QrCode::with_error_correction_level(text, look.level).expect("a link fits a code");
        let modules = code.width();
        let dark: Vec<bool> = code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect();
        let quiet = (look.quiet * look.module as f32).round();
        let side = modules * look.module + 2 * quiet as usize;
        let middle = modules as f32 / 2.0;
        let reach = (look.logo.sqrt() * modules as f32) / 2.0;
        let (is_round, emblem, frame) =
            (random.chance(0.5), random.between(0.0, 255.0), random.between(0.2, 0.8));
        let mark = random.between(0.0, 255.0);
        let shade_at = |u: f32, v: f32| {
            if look.logo > 0.0 {
                let (dx, dy) = ((u - middle).abs(), (v - middle).abs());
                let away = if is_round { dx.hypot(dy) * 0.886 } else { dx.max(dy) };
                if away < reach {
                    return match away {
                        a if a > reach - frame => look.paper,
                        _ if dx < reach * 0.2 || dy < reach * 0.15 => mark,
                        _ => emblem,
                    };
                }
            }
            if is_ink(&dark, modules, look, u, v) { look.ink } else { look.paper }
        };
        let mut shade = Vec::with_capacity(side * side);
        for y in 0..side {
            for x in 0..side {
                let mut sum = 0.0;
                for fine in 0..16_usize {
                    let u = (x as f32 + (fine % 4) as f32 / 4.0 + 0.125 - quiet) / look.module as f32;
                    let v = (y as f32 + (fine / 4) as f32 / 4.0 + 0.125 - quiet) / look.module as f32;
                    sum += shade_at(u, v);
                }
                shade.push(sum / 16.0);
            }
        }
        Self { side, quiet, modules, shade }
    }
}

/// Whether there is ink at a place in modules.
fn is_ink(dark: &[bool], modules: usize, look: &Look, u: f32, v: f32) -> bool {
    if u < 0.0 || v < 0.0 || u >= modules as f32 || v >= modules as f32 {
        return false;
    }
    let (x, y) = (u as usize, v as usize);
    let end = modules - 7;
    let finder = [(0, 0), (end, 0), (0, end)]
        .into_iter()
        .find(|&(fx, fy)| (fx..fx + 7).contains(&x) && (fy..fy + 7).contains(&y));
    if let Some((fx, fy)) = finder {
        if look.finder_round == 0.0 {
            return dark[y * modules + x];
        }
        let (du, dv) = ((u - fx as f32 - 3.5).abs(), (v - fy as f32 - 3.5).abs());
        let inside = |half: f32, radius: f32| {
            let (a, b) = ((du - half + radius).max(0.0), (dv - half + radius).max(0.0));
            du < half && dv < half && a.hypot(b) <= radius
        };
        let round = look.finder_round;
        return (inside(3.5, 2.2 * round) && !inside(2.5, 1.5 * round)) || inside(1.5, 1.3 * round);
    }
    let is_dark = |x: isize, y: isize| {
        let inside = x >= 0 && y >= 0 && (x as usize) < modules && (y as usize) < modules;
        inside && dark[y as usize * modules + x as usize]
    };
    if !dark[y * modules + x] {
        return false;
    }
    let (du, dv) = (u - x as f32 - 0.5, v - y as f32 - 0.5);
    match look.style {
        Style::Square => true,
        Style::Dots => du.hypot(dv) <= 0.45,
        Style::SmallDots => du.hypot(dv) <= 0.36,
        Style::Rounded => {
            let (x, y) = (x as isize, y as isize);
            du.hypot(dv) <= 0.5
                || (du > 0.0 && is_dark(x + 1, y))
                || (du < 0.0 && is_dark(x - 1, y))
                || (dv > 0.0 && is_dark(x, y + 1))
                || (dv < 0.0 && is_dark(x, y - 1))
        }
    }
}
