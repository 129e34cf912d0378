//! Pictures that nobody took. Whatever the bytes are, nothing panics past the reader and nothing takes for ever; a code
//! that is damaged says what was put in or nothing.

#![no_main]

use crypto_core::qr::{self, Budget, Scanner};
use libfuzzer_sys::fuzz_target;
use qrcode::{Color, EcLevel, QrCode};

fuzz_target!(
    init: {
        // The fuzzer's own hook ends the process at once, also where the reader catches the panic.
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !qr::contains_panics() {
                report(panic);
            }
        }));
    },
    |bytes: &[u8]| {
        let Some((kind, rest)) = bytes.split_first() else { return };
        if kind % 2 == 0 { picture(rest) } else { damaged(rest) }
    }
);

/// Two bytes are the width and the gap between rows, the others the pixels.
fn picture(bytes: &[u8]) {
    let [width, gap, pixels @ ..] = bytes else { return };
    let (width, gap) = (usize::from(*width) + 1, usize::from(*gap % 4));
    let height = pixels.len() / (width + gap);
    if qr::read(pixels, width, height, width + gap, Budget::FRAME).is_err() {
        return;
    }
    let mut scanner = Scanner::new();
    for _ in 0..3 {
        let seen = scanner.frame(pixels, width, height, width + gap, Budget::FRAME);
        assert!(seen.is_ok(), "the size is the same");
    }
}

/// The first byte is the length of a text, and says how its code is drawn; every three bytes after the text are a place and a
/// shade.
fn damaged(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first() else { return };
    let Some((text, spots)) = rest.split_at_checked(usize::from(*length % 64) + 1) else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return };
    let module = 2 + usize::from(*length / 64);
    let colours = code.to_colors();
    let (size, side) = (code.width(), (code.width() + 8) * module);
    let mut pixels: Vec<u8> = (0..side * side)
        .map(|place| {
            let (x, y) = (place % side / module, place / side / module);
            let inside = (4..size + 4).contains(&x) && (4..size + 4).contains(&y);
            if inside && colours[(y - 4) * size + x - 4] == Color::Dark { 20 } else { 230 }
        })
        .collect();
    for spot in spots.chunks_exact(3) {
        let (x, y) = (usize::from(spot[0]) * side / 256, usize::from(spot[1]) * side / 256);
        for row in y..(y + module).min(side) {
            pixels[row * side + x..row * side + (x + module).min(side)].fill(spot[2]);
        }
    }
    for code in qr::read(&pixels, side, side, side, Budget::FRAME).expect("the size fits") {
        assert_eq!(code.text.expose(), text, "a wrong text");
    }
}
