use std::io::Read;
use std::path::PathBuf;

use proptest::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

use super::*;

const TEXT: &str = "otpauth://totp/Example:alice@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Example";

/// A picture to draw on.
#[derive(Clone)]
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize, shade: u8) -> Self {
        Self { width, height, pixels: vec![shade; width * height] }
    }

    /// A code with a quiet zone of four modules.
    fn code(text: &str, module: usize) -> Self {
        Self::drawn(&QrCode::with_error_correction_level(text, EcLevel::M).unwrap(), module)
    }

    fn drawn(code: &QrCode, module: usize) -> Self {
        Self::of_colours(&code.to_colors(), code.width(), module)
    }

    fn of_colours(colours: &[Color], size: usize, module: usize) -> Self {
        let side = (size + 8) * module;
        let mut canvas = Self::new(side, side, 230);
        for (place, colour) in colours.iter().enumerate() {
            if *colour == Color::Dark {
                let (x, y) = (place % size + 4, place / size + 4);
                for dy in 0..module {
                    let start = (y * module + dy) * side + x * module;
                    canvas.pixels[start..start + module].fill(20);
                }
            }
        }
        canvas
    }

    fn with(mut self, other: &Self, x: usize, y: usize) -> Self {
        for (row, line) in other.pixels.chunks(other.width).enumerate() {
            let start = (y + row) * self.width + x;
            self.pixels[start..start + other.width].copy_from_slice(line);
        }
        self
    }

    fn inverted(mut self) -> Self {
        self.pixels.iter_mut().for_each(|p| *p = 255 - *p);
        self
    }

    fn mirrored(mut self) -> Self {
        self.pixels.chunks_mut(self.width).for_each(<[u8]>::reverse);
        self
    }

    /// Turned by an angle and leaned back: the far side is `tilt` smaller.
    fn turned(&self, degrees: f32, tilt: f32) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let side = self.width.max(self.height) * 3 / 2;
        let mut out = Self::new(side, side, 200);
        let centre = side as f32 / 2.0;
        for (place, pixel) in out.pixels.iter_mut().enumerate() {
            let (x, y) = ((place % side) as f32 - centre, (place / side) as f32 - centre);
            let scale = 1.0 + tilt * y / centre;
            let (x, y) = (x * scale, y * scale);
            let u = luma::whole(cos * x + sin * y + self.width as f32 / 2.0);
            let v = luma::whole(cos * y - sin * x + self.height as f32 / 2.0);
            let (Ok(u), Ok(v)) = (usize::try_from(u), usize::try_from(v)) else { continue };
            if u < self.width && v < self.height {
                *pixel = self.pixels[v * self.width + u];
            }
        }
        out
    }

    /// Noise that is the same every time.
    fn noisy(mut self, strength: i32) -> Self {
        let mut state = 1_u32;
        for pixel in &mut self.pixels {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [.., high] = state.to_le_bytes();
            let noise = (i32::from(high) - 128) * strength / 128;
            *pixel = u8::try_from((i32::from(*pixel) + noise).clamp(0, 255)).unwrap();
        }
        self
    }

    fn read(&self) -> Vec<String> {
        texts(&read(&self.pixels, self.width, self.height, self.width, Budget::FRAME).unwrap())
    }
}

fn texts(codes: &[Code]) -> Vec<String> {
    codes.iter().map(|code| code.text.expose().to_owned()).collect()
}

#[test]
fn a_code_is_read_at_every_size_of_module() {
    for module in [2, 3, 4, 5, 7, 10, 16, 25, 40] {
        assert_eq!(Canvas::code(TEXT, module).read(), [TEXT], "{module} pixels a module");
    }
}

#[test]
fn codes_from_the_smallest_to_the_longest_are_read() {
    for length in [1, 10, 40, 100, 300, 700, 1200, 2300] {
        let text = "x".repeat(length);
        assert_eq!(Canvas::code(&text, 5).read(), [text.as_str()], "{length} characters");
    }
}

#[test]
fn a_turned_code_is_read() {
    let code = Canvas::code(TEXT, 6);
    for degrees in (0_u8..36).map(|step| f32::from(step) * 10.0) {
        assert_eq!(code.turned(degrees, 0.0).read(), [TEXT], "{degrees} degrees");
    }
}

#[test]
fn a_tilted_code_is_read() {
    let code = Canvas::code(TEXT, 8);
    for degrees in [0.0, 30.0, 45.0, 120.0, 200.0, 300.0] {
        assert_eq!(code.turned(degrees, 0.25).read(), [TEXT], "{degrees} degrees");
    }
}

#[test]
fn light_on_dark_and_mirrored_codes_are_read() {
    assert_eq!(Canvas::code(TEXT, 5).inverted().read(), [TEXT]);
    assert_eq!(Canvas::code(TEXT, 5).mirrored().read(), [TEXT]);
}

#[test]
fn all_codes_in_a_picture_are_read_and_each_text_once() {
    let page = Canvas::new(1600, 900, 240)
        .with(&Canvas::code("one", 5), 40, 40)
        .with(&Canvas::code("two, which is longer than the first", 7), 500, 60)
        .with(&Canvas::code("three", 4).turned(25.0, 0.0), 1100, 500)
        .with(&Canvas::code("one", 8), 60, 500);
    let mut texts = page.read();
    texts.sort();
    assert_eq!(texts, ["one", "three", "two, which is longer than the first"]);
}

#[test]
fn noise_and_weak_contrast_do_not_hide_a_code() {
    assert_eq!(Canvas::code(TEXT, 8).noisy(60).read(), [TEXT]);
    let mut weak = Canvas::code(TEXT, 6);
    weak.pixels.iter_mut().for_each(|p| *p = 100 + *p / 10);
    assert_eq!(weak.read(), [TEXT]);
}

#[test]
fn a_code_in_a_large_photograph_is_read() {
    let page = Canvas::new(4000, 3000, 180).with(&Canvas::code(TEXT, 20), 1500, 900).noisy(30);
    assert_eq!(page.read(), [TEXT]);
}

#[test]
fn bytes_between_rows_are_passed_over() {
    let code = Canvas::code(TEXT, 4);
    let stride = code.width + 13;
    let mut padded = vec![0_u8; stride * code.height - 13];
    for (row, line) in code.pixels.chunks(code.width).enumerate() {
        padded[row * stride..row * stride + code.width].copy_from_slice(line);
    }
    let read = |height, stride| texts(&read(&padded, code.width, height, stride, Budget::FRAME).unwrap());
    assert_eq!(read(code.height, stride), [TEXT]);
    assert_eq!(read(code.height - 13, code.width), Vec::<String>::new());
}

#[test]
fn bytes_that_do_not_fit_the_size_are_refused() {
    let bytes = [0_u8; 100];
    for (width, height, stride) in [
        (0, 10, 10),
        (10, 0, 10),
        (10, 10, 9),
        (10, 11, 10),
        (10, 10, 11),
        (101, 1, 101),
        (usize::MAX, 2, usize::MAX),
        (1, usize::MAX, 1),
        (2, 2, usize::MAX),
    ] {
        let refused = read(&bytes, width, height, stride, Budget::FRAME);
        assert_eq!(refused.map(|codes| codes.len()), Err(QrError::Shape), "{width} {height} {stride}");
    }
    for (width, height, stride) in [(10, 10, 10), (1, 1, 1), (9, 10, 10), (100, 1, 100), (1, 100, 1)] {
        assert!(read(&bytes, width, height, stride, Budget::FRAME).unwrap().is_empty());
    }
}

#[test]
fn what_is_damaged_beyond_correction_is_not_misread() {
    let mut code = Canvas::code(TEXT, 6);
    let side = code.width;
    for y in side / 3..side * 2 / 3 {
        code.pixels[y * side + side / 4..y * side + side * 3 / 4].fill(20);
    }
    assert_eq!(code.read(), Vec::<String>::new());
}

#[test]
fn noise_has_no_code_in_it() {
    let noise = Canvas::new(640, 480, 128).noisy(127);
    assert_eq!(noise.read(), Vec::<String>::new());
}

#[test]
fn a_code_is_read_in_every_version_and_level() {
    for level in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
        for version in 1..=40_i16 {
            let text: String = TEXT.chars().cycle().take(usize::from(version.unsigned_abs()) * 7).collect();
            let code = QrCode::with_version(&text, qrcode::Version::Normal(version), level).unwrap();
            assert_eq!(Canvas::drawn(&code, 4).read(), [text.as_str()], "version {version} {level:?}");
        }
    }
}

#[test]
fn corners_are_those_of_the_code() {
    let page = Canvas::new(1200, 900, 200).with(&Canvas::code(TEXT, 6), 300, 200);
    let side = (QrCode::with_error_correction_level(TEXT, EcLevel::M).unwrap().width() * 6) as f32;
    let (x, y) = (300.0 + 24.0, 200.0 + 24.0);
    let expected = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)];
    let codes = read(&page.pixels, 1200, 900, 1200, Budget::FRAME).unwrap();
    for (corner, (x, y)) in codes[0].corners.iter().zip(expected) {
        assert!(corner.distance(Point { x, y }) < 4.0, "{corner:?} is not at {x}, {y}");
    }
}

#[test]
fn the_large_code_in_the_middle_is_the_first() {
    let page = Canvas::new(1600, 900, 240)
        .with(&Canvas::code("small", 4), 30, 30)
        .with(&Canvas::code("meant", 9), 600, 250)
        .with(&Canvas::code("aside", 5), 1300, 600);
    assert_eq!(page.read().first().map(String::as_str), Some("meant"));
}

#[test]
fn texts_in_all_sorts_of_letters_are_read() {
    for text in [
        "Zo\u{eb} \u{c5}\u{c4}\u{d6} \u{20ac}",
        "\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{30c6}\u{30ad}\u{30b9}\u{30c8}",
        "12345678901234567890",
        "HELLO WORLD $%*+-./:",
    ] {
        assert_eq!(Canvas::code(text, 5).read(), [text]);
    }
}

/// A code whose bits are given, filled up with zeros.
fn of_bits(fill: impl FnOnce(&mut qrcode::bits::Bits)) -> QrCode {
    let mut bits = qrcode::bits::Bits::new(qrcode::Version::Normal(5));
    fill(&mut bits);
    bits.push_terminator(EcLevel::M).unwrap();
    QrCode::with_bits(bits, EcLevel::M).unwrap()
}

#[test]
fn character_sets_that_are_named_or_implied_are_obeyed() {
    // "テスト" in Shift-JIS (ECI 20), "é" in ISO 8859-1 (ECI 3) and in UTF-8 (ECI 26).
    let sets: [(u32, &[u8], &str); 3] = [
        (20, &[0x83, 0x65, 0x83, 0x58, 0x83, 0x67], "\u{30c6}\u{30b9}\u{30c8}"),
        (3, &[0xe9], "\u{e9}"),
        (26, &[0xc3, 0xa9], "\u{e9}"),
    ];
    for (number, bytes, text) in sets {
        let code = of_bits(|bits| {
            bits.push_eci_designator(number).unwrap();
            bits.push_byte_data(bytes).unwrap();
        });
        assert_eq!(Canvas::drawn(&code, 5).read(), [text], "ECI {number}");
    }
    // Shift-JIS in Kanji mode.
    let code = of_bits(|bits| bits.push_kanji_data(&[0x93, 0xfa, 0x96, 0x7b]).unwrap());
    assert_eq!(Canvas::drawn(&code, 5).read(), ["\u{65e5}\u{672c}"]);
}

/// One part of a text, codeword by codeword: mode 3, its place, how many there are, the parity 0xa5; then bytes.
fn part(index: u8, count: u8, text: &str) -> Canvas {
    let (version, level) = (qrcode::Version::Normal(5), EcLevel::M);
    let mut data = vec![0x30 | index, (count - 1) << 4 | 0xa, 0x54, u8::try_from(text.len()).unwrap()];
    data.extend(text.as_bytes());
    data.resize(86, 0);
    let (data, parity) = qrcode::ec::construct_codewords(&data, version, level).unwrap();
    let mut canvas = qrcode::canvas::Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &parity);
    Canvas::of_colours(&canvas.apply_best_mask().into_colors(), 37, 5)
}

#[test]
fn parts_of_a_text_are_joined_when_all_are_there_and_told_when_not() {
    let page = Canvas::new(1400, 500, 230).with(&part(1, 2, "=JBSWY3DPEHPK3PXP"), 40, 40);
    let alone = read(&page.pixels, 1400, 500, 1400, Budget::FRAME).unwrap();
    assert_eq!(alone.len(), 1);
    assert_eq!(alone[0].part, Some(Part { index: 1, count: 2, parity: 0xa5 }));
    let page = page.with(&part(0, 2, "otpauth://totp/x?secret"), 700, 40);
    let both = read(&page.pixels, 1400, 500, 1400, Budget::FRAME).unwrap();
    assert_eq!(texts(&both), ["otpauth://totp/x?secret=JBSWY3DPEHPK3PXP"]);
    assert_eq!(both[0].part, None);
}

#[test]
fn nothing_is_read_without_a_budget_and_what_was_found_before_its_end_is_kept() {
    let code = Canvas::code(TEXT, 6);
    let read = |budget| read(&code.pixels, code.width, code.height, code.width, budget).unwrap();
    assert!(read(Budget::FRAME.until(&|| false)).is_empty());
    let asked = std::sync::atomic::AtomicU32::new(0);
    let twice = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 2;
    assert_eq!(texts(&read(Budget::FRAME.until(&twice))), [TEXT]);
}

#[test]
fn a_code_out_of_focus_is_read() {
    let mut code = Canvas::new(700, 500, 235).with(&Canvas::code(TEXT, 8), 80, 40);
    // Ten passes of a mean over five pixels: a standard deviation of 4.5 pixels, more than half a module.
    for _ in 0..10 {
        let shades = code.pixels.clone();
        let at = |x: usize, y: usize| u32::from(shades[y.min(499) * 700 + x.min(699)]);
        for (place, pixel) in code.pixels.iter_mut().enumerate() {
            let (x, y) = (place % 700, place / 700);
            let sum: u32 =
                (0..25).map(|i| at((x + i % 5).saturating_sub(2), (y + i / 5).saturating_sub(2))).sum();
            *pixel = u8::try_from(sum / 25).unwrap();
        }
    }
    assert_eq!(code.read(), [TEXT]);
}

#[test]
fn a_code_of_less_than_two_pixels_a_module_is_read() {
    let large = Canvas::code(TEXT, 9);
    // The mean of five by five pixels, so that 1.8 of what is left are a module.
    let side = large.width / 5;
    let mut small = Canvas::new(side, side, 0);
    for (place, pixel) in small.pixels.iter_mut().enumerate() {
        let (x, y) = (place % side * 5, place / side * 5);
        let sum: u32 = (0..25).map(|i| u32::from(large.pixels[(y + i / 5) * large.width + x + i % 5])).sum();
        *pixel = u8::try_from(sum / 25).unwrap();
    }
    let page = Canvas::new(1920, 1080, 230).with(&small, 1001, 403).noisy(12);
    assert_eq!(page.read(), [TEXT]);
}

/// Raw frames of a camera, as Android gives them. They are another project's and not in this repository.
#[test]
fn frames_of_a_real_camera_are_read_and_a_wrong_stride_is_not_misread() {
    let folder = std::env::var_os("COUNTERSIGN_PEER_EXPORTS")
        .map_or_else(
            || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/fixtures")),
            PathBuf::from,
        )
        .join("camera-frames");
    if !folder.is_dir() {
        println!("skipped: there are no camera frames at {}", folder.display());
        return;
    }
    let frame = |name: &str| {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(folder.join(name)).unwrap();
        flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        bytes
    };
    let text = "otpauth://totp/neo4j:Charlotte?secret=B33WS2ALPT34K4BNY24AYROE4M&issuer=neo4j&algorithm=SHA1&digits=6&period=30";
    let read = |luma: &[u8], width, height, stride| {
        texts(&read(luma, width, height, stride, Budget::FRAME).unwrap())
    };
    assert_eq!(read(&frame("qr.y.gz"), 1600, 1200, 1600), [text]);
    let strided = frame("qr.strided.y.gz");
    assert_eq!(read(&strided, 1840, 1380, 1856), [text]);
    assert_eq!(read(&strided, 1840, 1380, 1840), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_read_back_from_every_version_it_fits_and_every_level(
        text in "\\PC{1,200}",
        level in 0_usize..4,
        larger in 0_i16..40,
    ) {
        let level = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H][level];
        let least = QrCode::with_error_correction_level(&text, level).unwrap();
        let qrcode::Version::Normal(version) = least.version() else { panic!("no Micro QR") };
        let version = qrcode::Version::Normal((version + larger).min(40));
        let code = QrCode::with_version(&text, version, level).unwrap();
        prop_assert_eq!(Canvas::drawn(&code, 4).read(), [text]);
    }

    #[test]
    fn no_picture_panics(
        pixels in prop::collection::vec(any::<u8>(), 0..6000),
        width in 0_usize..90,
        height in 0_usize..90,
        gap in 0_usize..4,
    ) {
        let _ = read(&pixels, width, height, width + gap, Budget::FRAME);
    }

    #[test]
    fn no_picture_of_large_squares_panics(squares in prop::collection::vec(any::<bool>(), 1600), size in 1_usize..8) {
        let mut canvas = Canvas::new(40 * size, 40 * size, 0);
        for (place, pixel) in canvas.pixels.iter_mut().enumerate() {
            let (x, y) = (place % (40 * size) / size, place / (40 * size) / size);
            *pixel = if squares[y * 40 + x] { 255 } else { 0 };
        }
        let _ = canvas.read();
    }

    #[test]
    fn a_damaged_code_is_read_right_or_not_at_all(
        spots in prop::collection::vec((0_usize..400, 0_usize..400, 1_usize..40, any::<u8>()), 0..12),
        degrees in 0_f32..360.0,
    ) {
        let mut code = Canvas::code(TEXT, 6);
        let side = code.width;
        for (x, y, size, shade) in spots {
            for row in y..(y + size).min(side) {
                let (start, end) = (row * side + x.min(side), row * side + (x + size).min(side));
                code.pixels[start..end].fill(shade);
            }
        }
        let texts = code.turned(degrees, 0.1).read();
        prop_assert!(texts.is_empty() || texts == [TEXT]);
    }
}
