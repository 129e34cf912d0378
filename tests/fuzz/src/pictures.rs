//! Pictures that nobody took. Whatever the bytes are, no panic gets past the reader and nothing takes for ever; a code
//! that is damaged says what was put in, or nothing.

use crypto_core::qr::{self, Budget, Scanner};
use qrcode::{Color, EcLevel, QrCode};

/// The first byte says which of the two it is.
pub(crate) fn read(bytes: &[u8]) -> bool {
    let Some((kind, rest)) = bytes.split_first() else { return false };
    if kind % 2 == 0 { noise(rest) } else { damaged(rest) }
}

/// Two bytes are the width and the gap between rows, the others the pixels.
fn noise(bytes: &[u8]) -> bool {
    let [width, gap, pixels @ ..] = bytes else { return false };
    let (width, gap) = (usize::from(*width) + 1, usize::from(*gap % 4));
    let height = pixels.len() / (width + gap);
    if qr::read(pixels, width, height, width + gap, Budget::FRAME).is_err() {
        return false;
    }
    let mut scanner = Scanner::new();
    for _ in 0..3 {
        let seen = scanner.frame(pixels, width, height, width + gap, Budget::FRAME);
        assert!(seen.is_ok(), "the size is the same");
    }
    true
}

/// The first byte is the length of a text, and says how large its code is drawn; every three bytes after the text
/// are a place and a shade.
fn damaged(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first() else { return false };
    let Some((text, spots)) = rest.split_at_checked(usize::from(*length % 64) + 1) else { return false };
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return false };
    let module = 2 + usize::from(*length / 64);
    let (colours, size) = (code.to_colors(), code.width());
    let side = (size + 8) * module;
    let shade = |place: usize| {
        let (x, y) = (place % side / module, place / side / module);
        let inside = (4..size + 4).contains(&x) && (4..size + 4).contains(&y);
        let dark = inside && colours.get((y - 4) * size + x - 4) == Some(&Color::Dark);
        if dark { 20 } else { 230 }
    };
    let mut pixels: Vec<u8> = (0..side * side).map(shade).collect();
    for spot in spots.chunks_exact(3) {
        let [x, y, shade] = [spot[0], spot[1], spot[2]];
        let (x, y) = (usize::from(x) * side / 256, usize::from(y) * side / 256);
        for row in y..(y + module).min(side) {
            pixels[row * side + x..row * side + (x + module).min(side)].fill(shade);
        }
    }
    for code in qr::read(&pixels, side, side, side, Budget::FRAME).expect("the size fits") {
        // expose: it is nobody's.
        assert_eq!(code.text.expose(), text, "a wrong text");
    }
    true
}
