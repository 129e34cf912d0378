//! Fifteen frames of a camera in a hand: shake, a lens that hunts for its focus, light that is being measured, the
//! stripes of a screen. How many sequences are read within half a second and a second: by the scanner over its
//! frames, and by zxing-cpp frame by frame.

use crypto_core::qr::{Budget, Scanner};
use crypto_core::time::UnixTime;
use qr_bench::camera::{HEIGHT, Shot, WIDTH, shoot};
use qr_bench::classes::{CLASSES, frame};
use qr_bench::random::Random;
use rustix::time::{ClockId, clock_gettime};
use zxingcpp::{BarcodeFormat, ImageFormat, ImageView};

const FRAMES: usize = 15;
const MILLIS_A_FRAME: u64 = 67;

fn main() {
    let mut options = [("--seed", 1_u64), ("--sequences", 80)];
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse().ok());
        match (options.iter_mut().find(|(known, _)| *known == name), value) {
            (Some((_, option)), Some(value)) => *option = value,
            _ => {
                println!("Usage: video [--seed N] [--sequences N]");
                std::process::exit(2);
            }
        }
    }
    let [(_, seed), (_, sequences)] = options;
    std::panic::set_hook(Box::new(|_| {}));
    let reader = zxingcpp::read().formats(&[BarcodeFormat::QRCode]);
    let hard = ["defocus", "lowlight", "motion", "far", "moire", "glare", "tilt", "combined"];
    // In how many sequences each had read all by a frame.
    let (mut ours, mut theirs) = ([0_usize; FRAMES], [0_usize; FRAMES]);
    let (mut wrong, mut our_ms, mut their_ms, mut looked) = (0, 0.0, 0.0, 0);
    for number in 0..sequences {
        let mut random = Random::new(seed, 1_000_000 + number);
        // Every third is of any class, the others are hard.
        let class = if number % 3 == 0 { random.one_of(&CLASSES[..16]) } else { random.one_of(&hard) };
        let drawn = frame(&mut random, class);
        let path = Path::new(&drawn.shot, &mut random);
        let expected = &drawn.page.texts[0];
        let mut scanner = Scanner::new();
        let (mut we, mut they) = (None, None);
        for step in 0..FRAMES {
            let luma = shoot(&drawn.page, &path.at(step), &mut random);
            if we.is_none() {
                let before = millis();
                let now = UnixTime::from_millis(1_700_000_000_000 + step as u64 * MILLIS_A_FRAME);
                let state =
                    scanner.frame(&luma, WIDTH, HEIGHT, WIDTH, Budget::FRAME, now).expect("a whole frame");
                our_ms += millis() - before;
                looked += 1;
                for code in &state.codes {
                    if code.text.expose() == expected {
                        we = Some(step);
                    } else {
                        wrong += 1;
                    }
                }
            }
            if they.is_none() {
                let before = millis();
                let view =
                    ImageView::from_slice(&luma, WIDTH, HEIGHT, ImageFormat::Lum).expect("a whole frame");
                let found = reader.from(view).unwrap_or_default();
                their_ms += millis() - before;
                if found.iter().any(|code| code.text() == *expected) {
                    they = Some(step);
                }
            }
            if we.is_some() && they.is_some() {
                break;
            }
        }
        for (read, counts) in [(we, &mut ours), (they, &mut theirs)] {
            counts.iter_mut().skip(read.unwrap_or(FRAMES)).for_each(|count| *count += 1);
        }
    }
    let all = sequences as f64;
    println!("{sequences} sequences of seed {seed}: read by the scanner, by zxing-cpp");
    for (what, step) in [("in the first frame", 0), ("within 0.5 s", 7), ("within 1 s", FRAMES - 1)] {
        let (we, they) = (ours[step], theirs[step]);
        let unread = 100.0 * (1.0 - (all - we as f64) / (all - they as f64).max(1.0));
        println!(
            "{what:20} {:5.1} %  {:5.1} %  ({we}, {they}; unread {unread:.0} % fewer)",
            100.0 * we as f64 / all,
            100.0 * they as f64 / all
        );
    }
    println!(
        "wrong texts {wrong}; processor time a frame: scanner {:.2} ms over {looked} frames, zxing-cpp {:.2} ms in all per sequence",
        our_ms / looked.max(1) as f64,
        their_ms / all
    );
}

fn millis() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

/// How the camera moves through a sequence.
struct Path {
    shot: Shot,
    drift: (f32, f32),
    shake: Vec<(f32, f32, f32, f32)>,
    focus_phase: f32,
    focus_swing: f32,
    light: f32,
}

impl Path {
    fn new(shot: &Shot, random: &mut Random) -> Self {
        let shake = (0..FRAMES)
            .map(|_| {
                (
                    random.normal() * 0.004,
                    random.normal() * 0.006,
                    random.normal() * 0.8,
                    random.between(0.0, 360.0),
                )
            })
            .collect();
        Self {
            shot: shot.clone(),
            drift: (random.between(-0.002, 0.002), random.between(-0.002, 0.002)),
            shake,
            focus_phase: random.between(0.0, 6.28),
            focus_swing: random.between(0.0, 0.25),
            light: random.between(0.0, 0.3),
        }
    }

    fn at(&self, step: usize) -> Shot {
        let (time, (x, y, turn, angle)) = (step as f32, self.shake[step]);
        let mut shot = self.shot.clone();
        shot.offset.0 += self.drift.0 * time + x;
        shot.offset.1 += self.drift.1 * time + y;
        shot.turn += turn;
        // The lens goes through its best point and back; a shake blurs in its own direction.
        let swing = self.focus_swing * (time * 0.7 + self.focus_phase).sin();
        shot.defocus = (shot.defocus + swing).max(0.0);
        shot.motion =
            (shot.motion * (0.6 + 0.8 * (x.abs() / 0.004).min(1.0))).max(x.hypot(y) * 20.0 - 0.1).max(0.0);
        shot.motion_angle = angle;
        // Exposure settles in the first frames.
        shot.exposure = (shot.exposure * (1.0 + self.light * (-time / 4.0).exp())).min(1.3);
        shot
    }
}
