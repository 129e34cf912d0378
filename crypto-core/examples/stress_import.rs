//! Changes exports at random and reads them, for a given time. Says whether one made the readers panic, take more
//! than two seconds or take more memory than a phone gives, and writes down what did.

use std::alloc::{GlobalAlloc, Layout, System};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crypto_core::backup::import::{self, Input, Limits};
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

const HELP: &str = "\
Usage: stress_import --seconds N [--seed N] [FOLDER]

Changes the exports in FOLDER (tests/fixtures/exports) at random, reads them for N seconds, and prints one line:
  runs, crashes, hangs (over 2 s), and the most memory that one run took in MiB (not over 256).
What crashed or hung is written to the folder for temporary files. Keys that are slow to make are made at a hundredth
of the files, so that the readers behind them are reached. Exit code 1 if anything was found.";

/// Counts what is taken, so that the most at one time is known.
struct Counting;

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// The allocator of the system, with a counter beside it.
#[expect(unsafe_code, reason = "an allocator is unsafe by its trait; it is in no shipped code")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let taken = TAKEN.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(taken, Ordering::Relaxed);
        // SAFETY: the caller keeps to the trait, and the call is passed on as it came.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Default)]
struct Findings {
    runs: u64,
    crashes: u64,
    hangs: u64,
    greedy: u64,
    most: usize,
    slowest: Duration,
}

#[expect(clippy::print_stdout, reason = "the output is what this program is for")]
#[expect(clippy::print_stderr, reason = "how to use it is no output")]
fn main() -> ExitCode {
    let Some(Arguments { seconds, seed, folder }) = parsed() else {
        eprintln!("{HELP}");
        return ExitCode::from(2);
    };
    let exports = exports(&folder);
    if exports.is_empty() {
        eprintln!("no exports in {}", folder.display());
        return ExitCode::from(2);
    }
    // What a panic says goes into the file beside what caused it.
    std::panic::set_hook(Box::new(|_| {}));
    let findings = stress(&exports, Duration::from_secs(seconds), seed);
    let Findings { runs, crashes, hangs, greedy, most, slowest } = findings;
    println!(
        "{runs} runs over {} exports: {crashes} crashes, {hangs} hangs, {greedy} over {} MiB; \
         most memory {} MiB, slowest {} ms",
        exports.len(),
        Limits::PHONE.memory_mib,
        most >> 20,
        slowest.as_millis()
    );
    if crashes + hangs + greedy == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Arguments {
    seconds: u64,
    seed: u64,
    folder: PathBuf,
}

fn parsed() -> Option<Arguments> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/exports");
    let (mut seconds, mut read) = (None, Arguments { seconds: 0, seed: 0, folder });
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => seconds = Some(arguments.next()?.parse().ok()?),
            "--seed" => read.seed = arguments.next()?.parse().ok()?,
            _ if argument.starts_with('-') => return None,
            _ => read.folder = argument.into(),
        }
    }
    Some(Arguments { seconds: seconds?, ..read })
}

fn exports(folder: &Path) -> Vec<Vec<u8>> {
    let within = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let mut paths = within(folder);
    let deeper: Vec<_> = paths.iter().flat_map(|path| within(path)).collect();
    paths.extend(deeper);
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

#[expect(clippy::disallowed_methods, reason = "it runs for a given time, and measures")]
fn stress(exports: &[Vec<u8>], length: Duration, seed: u64) -> Findings {
    let mut findings = Findings::default();
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let password = SecretText::new("Lösenord 42".to_owned());
    let begin = Instant::now();
    while begin.elapsed() < length {
        let bytes = changed(exports, &mut rng);
        let slow = rng.next_u32().is_multiple_of(100);
        let input = Input { bytes: &bytes, password: slow.then_some(&password), limits: Limits::PHONE };
        MOST.store(TAKEN.load(Ordering::Relaxed), Ordering::Relaxed);
        let before = TAKEN.load(Ordering::Relaxed);
        let start = Instant::now();
        let crashed = catch_unwind(AssertUnwindSafe(|| {
            let Ok(import) = import::read(&input) else { return };
            for row in import.rows.iter().filter_map(|row| row.content.as_ref().ok()) {
                std::hint::black_box(row.account.spec.at(&row.account, UnixTime::from_secs(seed)));
            }
        }))
        .is_err();
        let (took, most) = (start.elapsed(), MOST.load(Ordering::Relaxed).saturating_sub(before));
        // A key may take what the file says, up to what is allowed for keys; that is not the reader's time.
        let hung = !slow && took > Duration::from_secs(2);
        let greedy = most > (Limits::PHONE.memory_mib as usize + 64) << 20 || !slow && most > 256 << 20;
        findings.runs += 1;
        findings.crashes += u64::from(crashed);
        findings.hangs += u64::from(hung);
        findings.greedy += u64::from(greedy);
        findings.most = findings.most.max(most);
        findings.slowest = findings.slowest.max(took);
        if crashed || hung || greedy {
            let path = std::env::temp_dir().join(format!("stress-import-{seed}-{}", findings.runs));
            let _ = std::fs::write(path, &bytes);
        }
    }
    findings
}

/// One export with one to sixteen changes: bytes, pieces repeated, pieces of other exports, words that formats know.
fn changed(exports: &[Vec<u8>], rng: &mut ChaCha20Rng) -> Vec<u8> {
    let mut bytes = pick(exports, rng).cloned().unwrap_or_default();
    for _ in 0..=rng.next_u32() % 16 {
        let (place, end) = (below(bytes.len() + 1, rng), below(bytes.len() + 1, rng));
        let (start, end) = (place.min(end), place.max(end).min(place.min(end) + 4096));
        match rng.next_u32() % 8 {
            0 | 1 => {
                if let Some(byte) = bytes.get_mut(start) {
                    *byte = rng.next_u32().to_le_bytes()[0];
                }
            }
            2 => bytes.truncate(end.max(1)),
            3 => drop(bytes.drain(start..end)),
            4 => {
                let piece = bytes.get(start..end).unwrap_or_default().repeat(1 + below(50, rng));
                bytes.splice(end..end, piece);
            }
            5 => {
                let other = pick(exports, rng).map(Vec::as_slice).unwrap_or_default();
                let from = below(other.len() + 1, rng);
                let piece = other.get(from..(from + 512).min(other.len())).unwrap_or_default().to_vec();
                bytes.splice(start..start, piece);
            }
            6 => {
                let word = pick(WORDS, rng).copied().unwrap_or_default();
                bytes.splice(start..start, word.bytes());
            }
            // A number becomes another.
            _ => {
                let digit = bytes.iter().skip(start).position(u8::is_ascii_digit).map(|at| start + at);
                if let Some(at) = digit {
                    let word = pick(NUMBERS, rng).copied().unwrap_or_default();
                    bytes.splice(at..=at, word.bytes());
                }
            }
        }
        if bytes.len() > import::MAX_FILE {
            bytes.truncate(import::MAX_FILE);
        }
    }
    bytes
}

fn pick<'a, T>(of: &'a [T], rng: &mut ChaCha20Rng) -> Option<&'a T> {
    of.get(below(of.len(), rng))
}

fn below(limit: usize, rng: &mut ChaCha20Rng) -> usize {
    rng.next_u32() as usize % limit.max(1)
}

const WORDS: &[&str] = &[
    "null",
    "{}",
    "[]",
    "\"\"",
    "[[[[[[[[",
    "{\"a\":",
    "otpauth://totp/",
    "otpauth-migration://offline?data=",
    "&amp;",
    "%00",
    "\u{feff}",
    "\"\\ud800\"",
    "codeDisplay=%7B",
    "steam://",
    ",",
    "\"",
    "\n",
];
const NUMBERS: &[&str] =
    &["0", "-1", "4294967296", "18446744073709551616", "1e308", "0.5", "99999999999", "\"7\"", "1048576"];
