//! Picture files to brightness values. What is in the picture is `crypto_core::qr`'s business.

use std::io::Cursor;

use image::{DynamicImage, ImageReader, Limits};

use crate::error::{Code, CommandError};

/// A decoded picture.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) luma: Vec<u8>,
}

/// Whether a file begins like a picture of a kind that is read.
pub(crate) fn is_picture(file: &[u8]) -> bool {
    image::guess_format(file).is_ok()
}

/// Decodes a file of up to 50 megapixels. Transparent parts count as white, as on a page.
pub(crate) fn luma(file: &[u8]) -> Result<Picture, CommandError> {
    if file.len() > MAX_FILE {
        return Err(too_large());
    }
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| Code::BadPicture)?;
    let (width, height) = reader.into_dimensions().map_err(|_| Code::BadPicture)?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(too_large());
    }
    let mut reader =
        ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| Code::BadPicture)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let picture = reader.decode().map_err(|_| Code::BadPicture)?;
    let luma = if picture.color().has_alpha() { on_white(&picture) } else { picture.into_luma8().into_raw() };
    let side = |side| usize::try_from(side).map_err(|_| Code::BadPicture);
    Ok(Picture { width: side(width)?, height: side(height)?, luma })
}

fn on_white(picture: &DynamicImage) -> Vec<u8> {
    let blend = |value: u8, alpha: u8| {
        let (value, alpha) = (u16::from(value), u16::from(alpha));
        u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    picture.to_luma_alpha8().pixels().map(|pixel| blend(pixel.0[0], pixel.0[1])).collect()
}

fn too_large() -> CommandError {
    CommandError { code: Code::PictureTooLarge, detail: Some((MAX_PIXELS / 1_000_000).to_string()) }
}

const MAX_FILE: usize = 64 * 1024 * 1024;
const MAX_PIXELS: u64 = 50_000_000;
const MAX_MEMORY: u64 = 512 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use image::{ImageFormat, LumaA, Rgb};

    use super::*;

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, ImageFormat::Png).expect("encodes");
        file.into_inner()
    }

    #[test]
    fn colours_become_brightness() {
        let picture = image::RgbImage::from_pixel(3, 2, Rgb([255, 255, 255]));
        let read = luma(&png(&DynamicImage::ImageRgb8(picture))).expect("reads");
        assert_eq!((read.width, read.height, read.luma), (3, 2, vec![255; 6]));
    }

    #[test]
    fn transparent_parts_are_white() {
        let picture = image::GrayAlphaImage::from_pixel(1, 1, LumaA([0, 0]));
        let read = luma(&png(&DynamicImage::ImageLumaA8(picture))).expect("reads");
        assert_eq!(read.luma, [255]);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert_eq!(luma(b"no picture").map(|_| ()), Err(Code::BadPicture.into()));
        assert_eq!(luma(&[]).map(|_| ()), Err(Code::BadPicture.into()));
    }

    #[test]
    fn a_picture_beyond_the_limit_is_refused_by_its_header_alone() {
        let mut file = png(&DynamicImage::ImageLuma8(image::GrayImage::new(1, 1)));
        // The size stands at a fixed place in a PNG, followed by a checksum over it.
        file[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
        let error = luma(&file).map(|_| ());
        assert!(matches!(error, Err(CommandError { code: Code::PictureTooLarge | Code::BadPicture, .. })));
    }
}
