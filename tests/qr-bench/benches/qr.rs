//! Reads the same frames with the scanner and with zxing-cpp, and says who read how many and how long it took.

use std::collections::BTreeMap;

use crypto_core::qr::{self, Budget};
use qr_bench::camera::{HEIGHT, WIDTH, shoot};
use qr_bench::classes::{CLASSES, Frame, empty, frame};
use qr_bench::random::Random;
use rustix::time::{ClockId, clock_gettime};
use zxingcpp::{BarcodeFormat, BarcodeReader, ImageFormat, ImageView};

const HELP: &str = "\
Usage: qr [--seed N]… [--class NAME] [--per-class N] [--combined N] [--empty N] [--write DIR]

Draws frames of each seed and reads them with the scanner and with zxing-cpp, in one thread and one run. Times
are processor time. --write keeps the frames as PGM files, named by seed, number and class.
Without numbers: seed 1, 30 frames a class, 100 combined, 40 with nothing in them.";

struct Options {
    seeds: Vec<u64>,
    per_class: usize,
    combined: usize,
    empty: usize,
    folder: Option<String>,
    class: Option<String>,
}

fn main() {
    let options = options().unwrap_or_else(|| {
        println!("{HELP}");
        std::process::exit(2);
    });
    // Panics are caught by the reader; their messages are of no use here.
    std::panic::set_hook(Box::new(|_| {}));
    let reader = zxingcpp::read().formats(&[BarcodeFormat::QRCode]);
    let mut classes: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    for &seed in &options.seeds {
        let plan = CLASSES.iter().flat_map(|class| std::iter::repeat_n(*class, options.per_class));
        let plan = plan.chain(std::iter::repeat_n("combined", options.combined));
        for (number, class) in plan.enumerate() {
            if options.class.as_deref().is_some_and(|only| only != class) {
                continue;
            }
            let mut random = Random::new(seed, number as u64);
            let drawn = frame(&mut random, class);
            let run = Run::of(
                &drawn,
                &mut random,
                &reader,
                options.folder.as_ref().map(|f| format!("{f}/s{seed}_{number:04}_{class}.pgm")),
            );
            for tally in [&mut all, classes.entry(class).or_default()] {
                tally.add(&run);
            }
        }
        eprintln!("after seed {seed}: ours {}, zxing-cpp {} of {}", all.ours, all.theirs, all.frames);
    }
    println!("{:12} {:>6} {:>6} {:>6}", "class", "frames", "ours", "zxing");
    for (class, tally) in &classes {
        println!(
            "{class:12} {:6} {:6} {:6}{}",
            tally.frames,
            tally.ours,
            tally.theirs,
            if tally.theirs > tally.ours + 3 * tally.frames / 30 { "  behind" } else { "" }
        );
    }
    println!(
        "read: ours {} ({:.1} %), zxing-cpp {} ({:.1} %) of {}; only ours {}, only zxing-cpp {}, McNemar p = {:.2e}",
        all.ours,
        all.share(all.ours),
        all.theirs,
        all.share(all.theirs),
        all.frames,
        all.only_ours,
        all.only_theirs,
        mcnemar(all.only_ours, all.only_theirs),
    );
    println!("wrong texts: ours {}, zxing-cpp {}", all.wrong, all.their_wrong);
    all.print_times("frames with codes");
    let mut nothing = Tally::default();
    for number in 0..options.empty {
        let mut random = Random::new(options.seeds[0] ^ 0xe0e0, number as u64);
        let drawn = empty(&mut random);
        nothing.add(&Run::of(&drawn, &mut random, &reader, None));
    }
    if nothing.frames > 0 {
        nothing.print_times("frames with nothing in them");
        println!("texts in frames with nothing in them: {}", nothing.wrong);
    }
}

fn options() -> Option<Options> {
    let mut options =
        Options { seeds: Vec::new(), per_class: 30, combined: 100, empty: 40, folder: None, class: None };
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--seed" => options.seeds.push(value.parse().ok()?),
            "--per-class" => options.per_class = value.parse().ok()?,
            "--combined" => options.combined = value.parse().ok()?,
            "--empty" => options.empty = value.parse().ok()?,
            "--class" => options.class = Some(value),
            "--write" => options.folder = Some(value),
            _ => return None,
        }
    }
    if options.seeds.is_empty() {
        options.seeds.push(1);
    }
    Some(options)
}

/// One frame read by both.
struct Run {
    ours: bool,
    theirs: bool,
    wrong: usize,
    their_wrong: usize,
    our_ms: f64,
    their_ms: f64,
}

impl Run {
    fn of(drawn: &Frame, random: &mut Random, reader: &BarcodeReader, file: Option<String>) -> Self {
        let luma = shoot(&drawn.page, &drawn.shot, random);
        if let Some(file) = file {
            let bytes = [format!("P5\n{WIDTH} {HEIGHT}\n255\n").as_bytes(), &luma].concat();
            std::fs::write(file, bytes).expect("the folder can be written to");
        }
        let mut expected = drawn.page.texts.clone();
        expected.sort();
        let (ours, our_ms) = timed(|| {
            let codes = qr::read(&luma, WIDTH, HEIGHT, WIDTH, Budget::FRAME).expect("a whole frame");
            codes.iter().map(|code| code.text.expose().to_owned()).collect()
        });
        let (theirs, their_ms) = timed(|| {
            let view = ImageView::from_slice(&luma, WIDTH, HEIGHT, ImageFormat::Lum).expect("a whole frame");
            let found = reader.from(view).unwrap_or_default();
            found.into_iter().filter(|code| code.is_valid()).map(|code| code.text()).collect()
        });
        let wrong = |texts: &[String]| texts.iter().filter(|text| !expected.contains(text)).count();
        Self {
            ours: ours == expected,
            theirs: theirs == expected,
            wrong: wrong(&ours),
            their_wrong: wrong(&theirs),
            our_ms,
            their_ms,
        }
    }
}

/// The texts, sorted and each once, and the processor time it took.
fn timed(read: impl FnOnce() -> Vec<String>) -> (Vec<String>, f64) {
    let before = millis();
    let mut texts = read();
    let took = millis() - before;
    texts.sort();
    texts.dedup();
    (texts, took)
}

fn millis() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

#[derive(Default)]
struct Tally {
    frames: usize,
    ours: usize,
    theirs: usize,
    only_ours: usize,
    only_theirs: usize,
    wrong: usize,
    their_wrong: usize,
    our_ms: Vec<f64>,
    their_ms: Vec<f64>,
}

impl Tally {
    fn add(&mut self, run: &Run) {
        self.frames += 1;
        self.ours += usize::from(run.ours);
        self.theirs += usize::from(run.theirs);
        self.only_ours += usize::from(run.ours && !run.theirs);
        self.only_theirs += usize::from(run.theirs && !run.ours);
        self.wrong += run.wrong;
        self.their_wrong += run.their_wrong;
        self.our_ms.push(run.our_ms);
        self.their_ms.push(run.their_ms);
    }

    fn share(&self, count: usize) -> f64 {
        100.0 * count as f64 / self.frames.max(1) as f64
    }

    fn print_times(&mut self, what: &str) {
        println!("processor time for {what} (ms): median, mean, p95, worst");
        for (who, times) in [("ours", &mut self.our_ms), ("zxing-cpp", &mut self.their_ms)] {
            times.sort_by(f64::total_cmp);
            let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
            let mean = times.iter().sum::<f64>() / times.len() as f64;
            println!("  {who:10} {:7.2} {mean:7.2} {:7.2} {:7.2}", at(50), at(95), at(100));
        }
    }
}

/// The chance of frames read by only one of two to part so unevenly if both were equally good; two-sided, exact.
fn mcnemar(a: usize, b: usize) -> f64 {
    let (all, least) = (a + b, a.min(b));
    let mut term = -(all as f64) * 2_f64.ln();
    let mut sum = 0.0;
    for k in 0..=least {
        if k > 0 {
            term += ((all - k + 1) as f64 / k as f64).ln();
        }
        sum += term.exp();
    }
    (2.0 * sum).min(1.0)
}
