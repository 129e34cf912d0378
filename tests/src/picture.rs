//! Pictures of QR codes, the sizes of a camera's.

use image::imageops::FilterType;
use image::{DynamicImage, GrayImage, Luma};
use qrcode::{Color, QrCode};

/// Draws `text` as a code in the middle of a white 640 × 480 picture.
pub fn draw(text: &str) -> DynamicImage {
    let code = QrCode::new(text).expect("set-up texts fit into a code");
    let across = u32::try_from(code.width()).expect("a code has at most 177 modules");
    let module = SIDE / across;
    let (left, top) = ((WIDTH - across * module) / 2, (HEIGHT - across * module) / 2);
    let place = |at: u32, start: u32| {
        at.checked_sub(start).map(|inside| (inside / module) as usize).filter(|place| *place < code.width())
    };
    DynamicImage::from(GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let module = place(x, left).zip(place(y, top));
        Luma([if module.is_some_and(|module| code[module] == Color::Dark) { 0 } else { 255 }])
    }))
}

/// A picture of a code, as somebody holds a phone before it: in the middle, with a white margin.
pub fn framed(code: &DynamicImage) -> DynamicImage {
    let code = code.resize(SIDE, SIDE, FilterType::Triangle).to_luma8();
    let mut frame = GrayImage::from_pixel(WIDTH, HEIGHT, Luma([255]));
    let (left, top) = ((WIDTH - code.width()) / 2, (HEIGHT - code.height()) / 2);
    image::imageops::replace(&mut frame, &code, left.into(), top.into());
    DynamicImage::from(frame)
}

/// A picture with nothing in it.
pub fn blank() -> DynamicImage {
    DynamicImage::from(GrayImage::from_pixel(WIDTH, HEIGHT, Luma([255])))
}

/// How a code looks to a camera of 1280 × 720 pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Large and sharp.
    Easy,
    /// Two pixels and a half to a module, and a lens that blurs a little.
    Far,
    /// Light on a dark page.
    Inverted,
    /// A tenth of the light, and noise that is another one in every picture.
    LowLight,
}

impl View {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Easy, Self::Far, Self::Inverted, Self::LowLight];

    /// Codes one below the other, seen in this way: pictures to be shown one after the other.
    pub fn film(self, texts: &[&str]) -> Vec<DynamicImage> {
        let (paper, ink) = match self {
            Self::Easy | Self::Far => (235, 20),
            Self::Inverted => (25, 225),
            Self::LowLight => (38, 14),
        };
        let half_pixels = if self == Self::Far { 5 } else { 12 };
        let mut page = GrayImage::from_pixel(WIDE, HIGH, Luma([paper]));
        let places = (0..).map(|place| 2 * place + 1);
        let share = HIGH / (2 * u32::try_from(texts.len().max(1)).expect("a few codes"));
        for (text, place) in texts.iter().zip(places) {
            let code = QrCode::new(text).expect("set-up texts fit into a code");
            let dark = code.to_colors();
            let across = u32::try_from(code.width()).expect("a code has at most 177 modules");
            let large = GrayImage::from_fn(across * FINE, across * FINE, |x, y| {
                let module = usize::try_from(y / FINE * across + x / FINE).expect("fits");
                Luma([if dark[module] == Color::Dark { ink } else { paper }])
            });
            // The filter takes the mean over what becomes one pixel, as a lens and a sensor do.
            let side = across * half_pixels / 2;
            let small = image::imageops::resize(&large, side, side, FilterType::Triangle);
            let (left, top) =
                ((share * place).saturating_sub(small.width() / 2), (HIGH - small.height()) / 2);
            image::imageops::replace(&mut page, &small, left.into(), top.into());
        }
        match self {
            Self::LowLight => (0..FILM).map(|number| DynamicImage::from(noisy(&page, number))).collect(),
            Self::Easy | Self::Far | Self::Inverted => vec![DynamicImage::from(page)],
        }
    }
}

/// The same page with the noise of a sensor that is short of light.
fn noisy(page: &GrayImage, number: u32) -> GrayImage {
    let mut state = number.wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995;
    let mut noisy = page.clone();
    for pixel in noisy.pixels_mut() {
        let mut sum = 0;
        for _ in 0..4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [.., high] = state.to_le_bytes();
            sum += i32::from(high) - 128;
        }
        pixel.0 = [u8::try_from((i32::from(pixel.0[0]) + sum / NOISE).clamp(0, 255)).expect("clamped")];
    }
    noisy
}

const WIDE: u32 = 1280;
const HIGH: u32 = 720;
/// Pixels a module before the code is made as small as it is seen.
const FINE: u32 = 16;
/// Pictures with noise of their own.
const FILM: u32 = 8;
/// The sum of four has a deviation of 148 shades.
const NOISE: i32 = 18;

const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// What a person would fill of the picture; the rest is the quiet zone.
const SIDE: u32 = 400;
