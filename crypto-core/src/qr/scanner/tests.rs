use qrcode::{Color, EcLevel, QrCode};

use super::*;

const TEXT: &str = "otpauth://totp/Example:alice@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Example";
const WIDTH: usize = 640;
const HEIGHT: usize = 480;

/// A frame with codes at places, dark and light as told, with noise that differs from frame to frame.
struct Scene {
    codes: Vec<(String, usize, usize, usize)>,
    dark: i32,
    light: i32,
    noise: i32,
}

impl Scene {
    fn of(text: &str) -> Self {
        Self { codes: vec![(text.to_owned(), 200, 120, 5)], dark: 30, light: 220, noise: 4 }
    }

    fn frame(&self, number: u32) -> Vec<u8> {
        let mut shades = vec![self.light; WIDTH * HEIGHT];
        for (text, left, top, module) in &self.codes {
            let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
            let size = code.width();
            for (place, colour) in code.to_colors().into_iter().enumerate() {
                if colour == Color::Dark {
                    for dy in 0..*module {
                        let start = (top + place / size * module + dy) * WIDTH + left + place % size * module;
                        shades[start..start + module].fill(self.dark);
                    }
                }
            }
        }
        let mut state = number.wrapping_mul(0x9e37_79b9) ^ 0x55;
        let noisy = shades.into_iter().map(|shade| {
            let mut sum = 0;
            for _ in 0..2 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let [.., high] = state.to_le_bytes();
                sum += i32::from(high) - 128;
            }
            u8::try_from((shade + sum * self.noise / 128).clamp(0, 255)).unwrap()
        });
        noisy.collect()
    }
}

fn scan(scanner: &mut Scanner, scene: &Scene, number: u32) -> ScanState {
    let now = UnixTime::from_millis(1_700_000_000_000 + u64::from(number) * 66);
    scanner.frame(&scene.frame(number), WIDTH, HEIGHT, WIDTH, Budget::FRAME, now).unwrap()
}

fn texts(state: &ScanState) -> Vec<&str> {
    state.codes.iter().map(|code| code.text.expose()).collect()
}

#[test]
fn an_easy_code_is_read_in_the_first_frame() {
    let state = scan(&mut Scanner::new(), &Scene::of(TEXT), 0);
    assert_eq!((texts(&state), state.hint), (vec![TEXT], None));
}

#[test]
fn what_no_frame_shows_many_do() {
    let scene = Scene { noise: 50, dark: 90, light: 150, ..Scene::of(TEXT) };
    let alone =
        (0..20).filter(|&number| !texts(&scan(&mut Scanner::new(), &scene, number)).is_empty()).count();
    let mut scanner = Scanner::new();
    let together = (0..20).position(|number| texts(&scan(&mut scanner, &scene, number)) == [TEXT]);
    assert!(alone < 10, "{alone} of 20 frames are read alone: this tests nothing");
    assert!(together.is_some(), "read alone in {alone} of 20 frames, and not together");
}

#[test]
fn several_codes_are_all_given_with_their_corners() {
    let mut scene = Scene::of("one");
    scene.codes.push(("two".to_owned(), 420, 160, 4));
    let mut scanner = Scanner::new();
    let state = (0..8).map(|number| scan(&mut scanner, &scene, number)).find(|state| state.codes.len() == 2);
    let state = state.expect("both are read");
    assert_eq!(texts(&state), ["one", "two"]);
    let left: Vec<bool> = state.codes.iter().map(|code| code.corners[0].x < 300.0).collect();
    assert_eq!(left, [true, false]);
}

#[test]
fn hints_say_what_would_help() {
    let mut scanner = Scanner::new();
    let dark = Scene { dark: 3, light: 14, noise: 3, codes: Vec::new() };
    assert_eq!(scan(&mut scanner, &dark, 0).hint, Some(Hint::TooDark));
    let white = Scene { dark: 255, light: 255, noise: 0, codes: Vec::new() };
    assert_eq!(scan(&mut scanner, &white, 1).hint, Some(Hint::TooBright));
    let nothing = Scene { codes: Vec::new(), dark: 0, light: 128, noise: 3 };
    assert_eq!(scan(&mut scanner, &nothing, 2).hint, None);
}

#[test]
fn a_frame_that_does_not_fit_its_size_is_refused() {
    let now = UnixTime::from_secs(0);
    let refused = Scanner::new().frame(&[0; 10], 4, 4, 4, Budget::FRAME, now);
    assert_eq!(refused.map(|_| ()), Err(QrError::Shape));
}

#[test]
fn noise_is_no_code_however_long_one_looks() {
    let noise = Scene { codes: Vec::new(), dark: 0, light: 128, noise: 256 };
    let mut scanner = Scanner::new();
    assert!((0..12).all(|number| scan(&mut scanner, &noise, number).codes.is_empty()));
}
