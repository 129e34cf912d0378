//! Pictures of QR codes, the size of a camera's.

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
    let code = code.resize(SIDE, SIDE, image::imageops::FilterType::Triangle).to_luma8();
    let mut frame = GrayImage::from_pixel(WIDTH, HEIGHT, Luma([255]));
    let (left, top) = ((WIDTH - code.width()) / 2, (HEIGHT - code.height()) / 2);
    image::imageops::replace(&mut frame, &code, left.into(), top.into());
    DynamicImage::from(frame)
}

/// A picture with nothing in it.
pub fn blank() -> DynamicImage {
    DynamicImage::from(GrayImage::from_pixel(WIDTH, HEIGHT, Luma([255])))
}

const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// What a person would fill of the picture; the rest is the quiet zone.
const SIDE: u32 = 400;
