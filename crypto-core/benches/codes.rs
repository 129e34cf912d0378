//! How long a screen full of codes takes: 1,000 accounts at one instant, each with its next code.

use std::hint::black_box;
use std::time::Instant;

use crypto_core::codes::{Algorithm, CodeSpec, Digits, Mover};
use crypto_core::secret::SecretBytes;
use crypto_core::time::{Period, UnixTime};

const ACCOUNTS: u32 = 1000;
const ROUNDS: u64 = 200;

#[expect(clippy::print_stdout, reason = "the output is what this program is for")]
#[expect(clippy::disallowed_methods, reason = "measures; nothing is decided by it")]
fn main() {
    let accounts: Vec<(CodeSpec, SecretBytes)> = (0..ACCOUNTS).map(account).collect();
    let mut times: Vec<u128> = (0..ROUNDS)
        .map(|round| {
            let now = UnixTime::from_secs(1_700_000_000 + round * 30);
            let start = Instant::now();
            for (spec, secret) in &accounts {
                black_box(spec.at(black_box(secret), now));
            }
            start.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    let share = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    println!("1,000 codes at one instant (µs): median {}, p95 {}", share(50), share(95));
}

/// As people have them: mostly SHA-1 with six digits, some of everything else.
fn account(number: u32) -> (CodeSpec, SecretBytes) {
    let period = Period::DEFAULT;
    let time = Mover::Time { period };
    let spec = |algorithm, digits, mover| CodeSpec { algorithm, digits, mover };
    let spec = match number % 10 {
        0 => spec(Algorithm::Sha256, Digits::EIGHT, time),
        1 => spec(Algorithm::Sha512, Digits::DEFAULT, time),
        2 => spec(Algorithm::Sha1, Digits::DEFAULT, Mover::Counter { counter: u64::from(number) }),
        3 => CodeSpec::steam(period),
        _ => spec(Algorithm::Sha1, Digits::DEFAULT, time),
    };
    (spec, SecretBytes::new(number.to_le_bytes().repeat(5)))
}
