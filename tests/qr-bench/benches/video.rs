//! Fifteen frames of a camera in a hand, 67 ms apart: it sways and trembles, its lens hunts for the focus, its exposure
//! is still being found, the stripes of a screen beat in another phase in each frame. How many sequences are read
//! within half a second and a second: by the scanner over its frames, and by zxing-cpp frame by frame.

use crypto_core::qr::{Budget, Scanner};
use qr_bench::camera::{Glare, HEIGHT, Shot, WIDTH, shoot};
use qr_bench::classes::{CLASSES, Frame, frame};
use qr_bench::random::Random;
use qr_bench::scene::Page;
use rustix::time::{ClockId, clock_gettime};
use zxingcpp::{BarcodeFormat, ImageFormat, ImageView};

const FRAMES: usize = 15;

fn main() {
    let mut options = [("--seed", 1_u64), ("--sequences", 150)];
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
    // In how many sequences each had read all by a frame.
    let (mut ours, mut theirs) = ([0_usize; FRAMES], [0_usize; FRAMES]);
    let (mut wrong, mut our_ms, mut their_ms, mut looked) = (0, 0.0, 0.0, 0);
    for number in 0..sequences {
        let mut random = Random::new(seed, 1_000_000 + number);
        // Every fourth is of any class, the others have two troubles at once.
        let class = if number % 4 == 0 { random.one_of(&CLASSES[..16]) } else { "easy" };
        let mut drawn = frame(&mut random, class);
        if number % 4 != 0 {
            trouble(&mut drawn, &mut random);
        }
        let path = Path::new(&drawn.page, &drawn.shot, &mut random);
        let expected = &drawn.page.texts[0];
        let mut scanner = Scanner::new();
        let (mut we, mut they) = (None, None);
        for step in 0..FRAMES {
            let luma = shoot(&drawn.page, &path.at(step), &mut random);
            if we.is_none() {
                let before = millis();
                let state = scanner.frame(&luma, WIDTH, HEIGHT, WIDTH, Budget::FRAME).expect("a whole frame");
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

/// Two of seven troubles, each so large that a single frame is seldom enough.
fn trouble(drawn: &mut Frame, random: &mut Random) {
    let first = random.below(7);
    for kind in [first, (first + 1 + random.below(6)) % 7] {
        let shot = &mut drawn.shot;
        match kind {
            0 => {
                shot.photons = random.between(4_f32.ln(), 25_f32.ln()).exp();
                shot.exposure = random.between(0.25, 0.6);
                shot.denoise = random.chance(0.5);
            }
            1 => shot.share = random.between(0.08, 0.14),
            2 => shot.defocus = random.between(0.4, 0.8),
            3 => shot.motion = random.between(0.8, 1.8),
            4 => shot.tilt = random.between(45.0, 60.0),
            5 => {
                // Pixels of the camera for one of the screen: where stripes beat.
                shot.moire = true;
                shot.blur = random.between(0.35, 0.6);
                shot.share =
                    (random.between(0.7, 1.3) * drawn.page.codes[0].2 / HEIGHT as f32).clamp(0.12, 0.9);
            }
            _ => {
                shot.glares = (0..2)
                    .map(|_| Glare {
                        at: (random.between(-0.5, 0.5), random.between(-0.5, 0.5)),
                        size: (random.between(0.15, 0.4), random.between(0.15, 0.4)),
                        strength: random.between(0.8, 2.0),
                        angle: random.between(0.0, 3.1),
                    })
                    .collect();
                shot.veil = random.between(0.2, 0.45);
            }
        }
    }
}

/// How the camera moves and measures through a sequence.
struct Path {
    shot: Shot,
    /// For each frame, where the hand has moved by then in shares of the picture, and how fast it goes.
    hand: Vec<((f32, f32), (f32, f32))>,
    turns: Vec<f32>,
    /// Modules of blur at the turning points of the lens, how fast it goes there and back, and where it begins.
    hunt: (f32, f32, f32),
    /// How far exposure is off at first.
    light: f32,
    /// The share of the time between frames in which the sensor takes in light.
    shutter: f32,
    /// Pixels along a module.
    module: f32,
}

impl Path {
    fn new(page: &Page, shot: &Shot, random: &mut Random) -> Self {
        // A hand sways slowly and trembles fast.
        let sway = random.between(0.0005, 0.004);
        let (mut at, mut speed) = ((0.0, 0.0), (0.0, 0.0));
        let hand = (0..FRAMES)
            .map(|_| {
                speed.0 = 0.7 * speed.0 + sway * random.normal();
                speed.1 = 0.7 * speed.1 + sway * random.normal();
                at = (at.0 + speed.0, at.1 + speed.1);
                (at, speed)
            })
            .collect();
        Self {
            shot: shot.clone(),
            hand,
            turns: (0..FRAMES).map(|_| random.normal() * 0.6).collect(),
            hunt: (random.between(0.0, 0.9), random.between(0.15, 0.9), random.between(0.0, 6.28)),
            light: random.between(-0.6, 1.0),
            // The less light, the longer the shutter is open.
            shutter: if shot.photons < 200.0 { 0.8 } else { random.between(0.1, 0.5) },
            module: shot.share * HEIGHT as f32 / page.modules.max(21) as f32,
        }
    }

    fn at(&self, step: usize) -> Shot {
        let (time, ((x, y), (across, down))) = (step as f32, self.hand[step]);
        let mut shot = self.shot.clone();
        shot.offset.0 += x;
        shot.offset.1 += y;
        shot.turn += self.turns[step];
        // The lens goes through its best point and back.
        let (far, fast, begins) = self.hunt;
        shot.defocus += far * (0.5 + 0.5 * (time * fast + begins).sin());
        let pixels = (across * WIDTH as f32).hypot(down * HEIGHT as f32) * self.shutter;
        let shake = pixels / self.module;
        if shake > shot.motion {
            (shot.motion, shot.motion_angle) = (shake, down.atan2(across).to_degrees());
        }
        // Exposure is found in the first frames.
        shot.exposure = (shot.exposure * (1.0 + self.light * (-time / 4.0).exp())).min(1.6);
        shot
    }
}
