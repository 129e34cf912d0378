use qrcode::{Color, EcLevel, QrCode};

use super::super::threshold::Polarity;
use super::*;

const TEXT: &str = "otpauth://totp/Example:alice@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Example";
const WIDTH: usize = 640;
const HEIGHT: usize = 480;

/// A frame with codes at places, dark and light as told, with noise that differs from frame to frame.
#[derive(Clone)]
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
    scanner.frame(&scene.frame(number), WIDTH, HEIGHT, WIDTH, Budget::FRAME).unwrap()
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
fn the_hint_follows_the_light() {
    let hint = |scene: &Scene| scan(&mut Scanner::new(), scene, 0).hint;
    let empty = Scene { codes: Vec::new(), noise: 3, ..Scene::of(TEXT) };
    assert_eq!(hint(&Scene { light: 14, ..empty.clone() }), Some(Hint::TooDark));
    assert_eq!(hint(&Scene { light: 255, noise: 0, ..empty.clone() }), Some(Hint::TooBright));
    assert_eq!(hint(&Scene { light: 128, ..empty.clone() }), None);
    // Text on a page is sharp, and no code.
    let lines = Scene { codes: vec![("|".repeat(20), 40, 40, 1)], ..empty };
    assert_eq!(hint(&lines).filter(|hint| *hint == Hint::HoldStill), None);
}

#[test]
fn a_code_seen_small_asks_to_come_closer_and_one_too_large_to_move_away() {
    let luma = Luma { width: WIDTH, height: HEIGHT, pixels: Scene::of(TEXT).frame(0) };
    let hint = |module: f32| {
        let end = 10.0 + module * 29.0;
        let corners = [(10.0, 10.0), (end, 10.0), (end, end), (10.0, end)].map(|(x, y)| Point { x, y });
        let place = Place { corners, size: 29, polarity: Polarity::DarkOnLight };
        let samples = Samples::take(&luma, &place).unwrap();
        let mut scanner = Scanner::new();
        let size = (WIDTH, HEIGHT);
        scanner.followed.push(Followed { place, samples, weight: 1.0, last_frame: 0, size });
        scanner.hint(size, Shades { mean: 120.0, white: 0.0, is_blurred: false })
    };
    assert_eq!(hint(1.5), Some(Hint::MoveCloser));
    assert_eq!(hint(5.0), None);
    assert_eq!(hint(16.0), Some(Hint::MoveAway));
}

#[test]
fn a_camera_that_moves_is_to_be_held_still() {
    let scene = Scene { noise: 3, ..Scene::of(TEXT) };
    let mut scanner = Scanner::new();
    let sharp = scan(&mut scanner, &scene, 0);
    assert_eq!((sharp.codes.len(), sharp.hint), (1, None));
    let moved: Vec<u8> = scene
        .frame(1)
        .chunks(WIDTH)
        .flat_map(|row| {
            (0..WIDTH).map(|x| {
                let window = &row[x.saturating_sub(12)..(x + 12).min(WIDTH)];
                let sum: usize = window.iter().map(|&p| usize::from(p)).sum();
                u8::try_from(sum / window.len()).unwrap()
            })
        })
        .collect();
    let state = scanner.frame(&moved, WIDTH, HEIGHT, WIDTH, Budget::FRAME).unwrap();
    assert_eq!((state.codes.len(), state.hint), (0, Some(Hint::HoldStill)));
}

#[test]
fn the_whole_picture_and_a_part_of_it_can_take_turns() {
    let scene = Scene { noise: 50, dark: 90, light: 150, ..Scene::of(TEXT) };
    let mut scanner = Scanner::new();
    let read = (0..30).any(|number| {
        let frame = scene.frame(number);
        let state = if number % 2 == 0 {
            scanner.frame(&frame, WIDTH, HEIGHT, WIDTH, Budget::FRAME)
        } else {
            scanner.frame(&frame[100 * WIDTH + 160..], 400, 340, WIDTH, Budget::FRAME)
        };
        texts(&state.unwrap()) == [TEXT]
    });
    assert!(read);
}

#[test]
fn a_frame_that_does_not_fit_its_size_is_refused() {
    let refused = Scanner::new().frame(&[0; 10], 4, 4, 4, Budget::FRAME);
    assert_eq!(refused.map(|_| ()), Err(QrError::Shape));
}

#[test]
fn noise_is_no_code_however_long_one_looks() {
    let noise = Scene { codes: Vec::new(), dark: 0, light: 128, noise: 256 };
    let mut scanner = Scanner::new();
    assert!((0..12).all(|number| scan(&mut scanner, &noise, number).codes.is_empty()));
}

/// A code seen at a steep angle from afar: modules of two pixels or less, drawn out and aslant.
fn tilted(across: (f32, f32), down: (f32, f32)) -> Vec<u8> {
    let code = QrCode::with_error_correction_level(TEXT, EcLevel::M).unwrap();
    let (size, colours) = (code.width(), code.to_colors());
    let area = across.0 * down.1 - across.1 * down.0;
    let half = size as f32 / 2.0;
    let is_dark = |x: f32, y: f32| {
        let (x, y) = (x - WIDTH as f32 / 2.0, y - HEIGHT as f32 / 2.0);
        let (u, v) = ((x * down.1 - y * down.0) / area + half, (y * across.0 - x * across.1) / area + half);
        let place =
            |along: f32| usize::try_from(super::super::luma::whole(along)).ok().filter(|&at| at < size);
        matches!((place(u), place(v)), (Some(u), Some(v)) if colours[v * size + u] == Color::Dark)
    };
    let shade = |place: usize| {
        let (x, y) = ((place % WIDTH) as f32, (place / WIDTH) as f32);
        let fine =
            (0..16_u8).map(|fine| (f32::from(fine % 4) / 4.0 + 0.125, f32::from(fine / 4) / 4.0 + 0.125));
        let dark = fine.filter(|(dx, dy)| is_dark(x + dx, y + dy)).count();
        u8::try_from(230 - dark * 12).unwrap()
    };
    (0..WIDTH * HEIGHT).map(shade).collect()
}

#[test]
fn a_far_code_at_a_steep_angle_is_drawn_again_and_read() {
    for (across, down) in [((1.7, -0.5), (-0.65, 2.0)), ((1.9, -0.6), (-0.1, 5.6))] {
        let frame = tilted(across, down);
        let mut scanner = Scanner::new();
        let read = (0..4).any(|_| {
            let state = scanner.frame(&frame, WIDTH, HEIGHT, WIDTH, Budget::FRAME).unwrap();
            texts(&state) == [TEXT]
        });
        assert!(read, "modules of {across:?} and {down:?}");
    }
}
