//! Reads pictures that nobody would take: noise, stripes, codes with pieces torn out, for as long as asked. Nothing
//! may panic past the reader, no text may come out that was not put in, no frame may take for ever.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crypto_core::qr::{self, Budget};
use qrcode::{Color, EcLevel, QrCode};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

const HELP: &str = "\
Usage: stress_qr [--seconds N] [--frames N] [--seed N]

Stops after so many seconds (10) or frames, whichever comes first. Exit code: 1 if a wrong text came out.";

#[expect(clippy::print_stdout, reason = "the output is what this program is for")]
#[expect(clippy::disallowed_methods, reason = "measures, and ends when asked to")]
fn main() -> ExitCode {
    let mut options = [("--seconds", 10_u64), ("--frames", u64::MAX), ("--seed", 1)];
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse().ok());
        match (options.iter_mut().find(|(known, _)| *known == name), value) {
            (Some((_, option)), Some(value)) => *option = value,
            _ => {
                println!("{HELP}");
                return ExitCode::from(2);
            }
        }
    }
    let [(_, seconds), (_, frames), (_, seed)] = options;
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !qr::contains_panics() {
            report(panic);
        }
    }));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    measure_memory(&mut random);
    let (start, limit) = (Instant::now(), Duration::from_secs(seconds));
    let (mut count, mut read, mut wrong, mut worst) = (0_u64, 0_u64, 0_u64, [Duration::ZERO; 2]);
    let (mut scanner, mut scanned) = (qr::Scanner::new(), 0_u64);
    while count < frames && start.elapsed() < limit {
        let (frame, text) = frame(&mut random);
        let mut say = |code: &qr::Code, read: &mut u64| {
            if text.as_deref() == Some(code.text.expose()) {
                *read += 1;
            } else {
                wrong += 1;
                println!("wrong text in frame {count} of seed {seed}");
            }
        };
        let before = Instant::now();
        let codes = qr::read(&frame.pixels, frame.side, frame.side, frame.side, Budget::FRAME);
        worst[0] = worst[0].max(before.elapsed());
        codes.iter().flatten().for_each(|code| say(code, &mut read));
        // A session sees the same picture in two frames, and begins with what it kept of others in between.
        if count % SESSION == 0 {
            scanner = qr::Scanner::new();
        }
        for _ in 0..2 {
            let before = Instant::now();
            let state = scanner.frame(&frame.pixels, frame.side, frame.side, frame.side, Budget::FRAME);
            worst[1] = worst[1].max(before.elapsed());
            state.iter().flat_map(|state| &state.codes).for_each(|code| say(code, &mut scanned));
        }
        count += 1;
    }
    println!(
        "{count} frames, {read} texts read alone and {scanned} in twice as many of a session, {wrong} wrong, no panic, \
         worst {:.1} and {:.1} ms",
        worst[0].as_secs_f64() * 1e3,
        worst[1].as_secs_f64() * 1e3
    );
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Pictures of a session.
const SESSION: u64 = 6;

/// How much more memory is held at the worst moment while pictures of 1920 × 1080 pixels are looked at.
#[expect(clippy::print_stdout, reason = "the output is what this program is for")]
fn measure_memory(random: &mut ChaCha8Rng) {
    const WIDTH: usize = 1920;
    const HEIGHT: usize = 1080;
    let noise = noise_of(random, WIDTH * HEIGHT);
    let cells: Vec<u8> = (0..240 * 135).map(|_| if random.next_u32() & 1 == 0 { 20 } else { 230 }).collect();
    let cell = |place: usize| cells.get(place / WIDTH / 8 * 240 + place % WIDTH / 8).copied().unwrap_or(0);
    let squares: Vec<u8> = (0..WIDTH * HEIGHT).map(cell).collect();
    let before = peak_kib();
    let mut scanner = qr::Scanner::new();
    for picture in [&noise, &squares] {
        let _ = qr::read(picture, WIDTH, HEIGHT, WIDTH, Budget::FRAME);
        for _ in 0..12 {
            let _ = scanner.frame(picture, WIDTH, HEIGHT, WIDTH, Budget::FRAME);
        }
    }
    if let (Some(before), Some(after)) = (before, peak_kib()) {
        println!(
            "1920x1080 of noise and of squares, alone and 12 times in a row: {:.1} MiB more at the peak",
            (after - before) as f64 / 1024.0
        );
    }
}

struct Frame {
    side: usize,
    pixels: Vec<u8>,
}

fn below(random: &mut ChaCha8Rng, end: usize) -> usize {
    usize::try_from(random.next_u32()).unwrap_or(0) % end.max(1)
}

/// A picture and the text of the code in it, if there is one.
fn frame(random: &mut ChaCha8Rng) -> (Frame, Option<String>) {
    match below(random, 6) {
        0 => (noise(random), None),
        1 => (squares(random), None),
        _ => damaged(random),
    }
}

/// The most memory this process ever had, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .trim()
        .strip_suffix("kB")?
        .trim()
        .parse()
        .ok()
}

fn noise_of(random: &mut ChaCha8Rng, count: usize) -> Vec<u8> {
    let mut pixels = vec![0; count];
    random.fill_bytes(&mut pixels);
    pixels
}

fn noise(random: &mut ChaCha8Rng) -> Frame {
    let side = 60 + below(random, 340);
    Frame { side, pixels: noise_of(random, side * side) }
}

/// Large squares, which look much like finder patterns now and then.
fn squares(random: &mut ChaCha8Rng) -> Frame {
    let (size, count) = (2 + below(random, 8), 20 + below(random, 40));
    let side = size * count;
    let cells: Vec<u8> =
        (0..count * count).map(|_| if random.next_u32() & 1 == 0 { 20 } else { 230 }).collect();
    let cell =
        |place: usize| cells.get(place / side / size * count + place % side / size).copied().unwrap_or(0);
    Frame { side, pixels: (0..side * side).map(cell).collect() }
}

/// A code with spots on it, pieces of it elsewhere, or noise over it.
fn damaged(random: &mut ChaCha8Rng) -> (Frame, Option<String>) {
    let length = 1 + below(random, 120);
    let text: String =
        (0..length).map(|_| char::from(b'0' + u8::try_from(below(random, 74)).unwrap_or(0))).collect();
    let level =
        [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H].get(below(random, 4)).copied().unwrap_or(EcLevel::L);
    let Ok(code) = QrCode::with_error_correction_level(&text, level) else { return (noise(random), None) };
    let (width, module) = (code.width(), 2 + below(random, 6));
    let side = (width + 6) * module;
    let colours = code.to_colors();
    let is_inverted = below(random, 4) == 0;
    let shade = |place: usize| {
        let (x, y) = (place % side / module, place / side / module);
        let dark = x >= 3 && y >= 3 && x < width + 3 && y < width + 3;
        let dark = dark && colours.get((y - 3) * width + x - 3) == Some(&Color::Dark);
        if dark == is_inverted { 220 } else { 30 }
    };
    let mut pixels: Vec<u8> = (0..side * side).map(shade).collect();
    for _ in 0..below(random, 14) {
        let (x, y, size) = (below(random, side), below(random, side), 1 + below(random, side / 4));
        let (from, kind) = (below(random, side * side), below(random, 3));
        for row in y..(y + size).min(side) {
            for column in x..(x + size).min(side) {
                let copied = pixels.get((from + row * side + column) % (side * side)).copied().unwrap_or(0);
                let [noise, ..] = random.next_u32().to_le_bytes();
                if let Some(pixel) = pixels.get_mut(row * side + column) {
                    *pixel = match kind {
                        0 => 128,
                        1 => noise,
                        _ => copied,
                    };
                }
            }
        }
    }
    (Frame { side, pixels }, Some(text))
}
