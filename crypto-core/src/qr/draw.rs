//! Texts as QR codes to draw: one path for all dark modules. Who draws decides on colours and size.

use std::fmt::Write as _;

use qrcode::{Color, QrCode};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::secret::SecretText;

/// A QR code to draw. Whoever has it can read the text, so it wipes itself like one.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Drawing {
    path: String,
    side: usize,
}

impl Drawing {
    /// The dark modules as the `d` of an SVG path: a stroke one unit high for each run of them.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Units along one side, with the quiet zone that ISO/IEC 18004 asks for.
    pub fn side(&self) -> usize {
        self.side
    }
}

/// Draws `text`. None if it is too long for any code.
pub fn draw(text: &SecretText) -> Option<Drawing> {
    // expose: the drawing is the text in another form.
    let code = QrCode::new(text.expose()).ok()?;
    let width = code.width();
    // Room for the most strokes there can be, so that growing leaves no copy behind unwiped.
    let mut path = String::with_capacity(width * width.div_ceil(2) * LONGEST_STROKE);
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, other| one == other) {
            if run.first() == Some(&Color::Dark) {
                let (left, top, length) = (x + QUIET, y + QUIET, run.len());
                write!(path, "M{left} {top}h{length}v1h-{length}z")
                    .expect("writing to a string does not fail");
            }
            x += run.len();
        }
    }
    Some(Drawing { path, side: width + 2 * QUIET })
}

/// In modules.
const QUIET: usize = 4;
/// Bytes of a stroke whose numbers have three digits each.
const LONGEST_STROKE: usize = 22;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::Budget;

    #[test]
    fn what_is_drawn_is_read_back() {
        for text in ["3F7K-9QWX-TB2M-8RVN-Z4YH-DC6G-51", "otpauth://totp/A:b?secret=GEZDGNBVGY3TQOJQ"] {
            let drawn = draw(&SecretText::new(text.to_owned())).expect("fits");
            let (luma, side) = painted(&drawn);
            let read = crate::qr::read(&luma, side, side, side, Budget::PICTURE).expect("is a picture");
            assert_eq!(read.iter().map(|code| code.text.expose()).collect::<Vec<_>>(), [text]);
        }
    }

    #[test]
    fn a_text_that_fits_no_code_is_not_drawn() {
        assert!(draw(&SecretText::new("x".repeat(3000))).is_none());
    }

    /// Fills the path as any drawing program does.
    fn painted(drawn: &Drawing) -> (Vec<u8>, usize) {
        const SCALE: usize = 4;
        let side = drawn.side() * SCALE;
        let mut luma = vec![255; side * side];
        for stroke in drawn.path().split_terminator('z') {
            let numbers: Vec<usize> =
                stroke.split(['M', ' ', 'h', 'v', '-']).filter_map(|number| number.parse().ok()).collect();
            let [left, top, length, ..] = numbers[..] else { panic!("a stroke has three numbers") };
            for y in top * SCALE..(top + 1) * SCALE {
                luma[y * side + left * SCALE..y * side + (left + length) * SCALE].fill(0);
            }
        }
        (luma, side)
    }
}
