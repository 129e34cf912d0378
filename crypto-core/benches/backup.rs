//! How long a backup of many accounts takes, with Argon2id left out: sealing it after a change, opening it by its
//! recovery code, planning its restore and doing it; and how much memory that takes. Prints medians.

use std::hint::black_box;
use std::time::Instant;

use crypto_core::backup::{self, Contents, DeviceType, Unlock};
use crypto_core::codes::otpauth;
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use crypto_core::vault::{Group, Series, Vault, wrap_with_key};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
fn main() {
    println!(
        "{:>8} {:>9} {:>9} {:>9} {:>9} {:>10} {:>9}",
        "accounts", "seal ms", "open ms", "plan ms", "apply ms", "bytes", "peak MiB"
    );
    for count in [10, 2_000, 10_000] {
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        let mut vault = vault(count);
        let (series, code) = Series::make(None, &mut rng).expect("needs no passphrase");
        vault.turn_backup_on(series);
        let code = code.grouped();
        let bytes = backup::seal(&vault, DeviceType::Android, NOW, &mut rng).expect("seals").bytes;

        let seal = median_ms(
            || (),
            |()| {
                black_box(backup::seal(&vault, DeviceType::Android, NOW, &mut rng).expect("seals"));
            },
        );
        let open = median_ms(|| (), |()| drop(black_box(opened(&bytes, &code))));
        // Half of it is there already.
        let here = self::vault(count / 2);
        let plan = median_ms(
            || opened(&bytes, &code),
            |contents| {
                black_box(backup::plan(contents, &here));
            },
        );
        let mut rng = ChaCha20Rng::from_seed([8; 32]);
        let apply = median_ms(
            || {
                let here = self::vault(count / 2);
                let plan = backup::plan(opened(&bytes, &code), &here);
                (here, plan)
            },
            |(mut here, plan)| {
                black_box(here.apply(plan, &mut rng));
            },
        );
        let (length, peak) = (bytes.len(), peak_mib());
        println!("{count:>8} {seal:>9.2} {open:>9.2} {plan:>9.2} {apply:>9.2} {length:>10} {peak:>9}");
    }
}

fn opened(bytes: &[u8], code: &SecretText) -> Contents {
    backup::open(bytes, Unlock::RecoveryCode(code), DeviceType::Android).expect("opens")
}

fn vault(count: usize) -> Vault {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let mut vault = Vault::make(NOW, &mut rng);
    let kek = SecretBytes::new(vec![5; 32]);
    vault
        .protect_by_keystore(&mut rng, |wrapping, key| Ok::<_, ()>(wrap_with_key(&kek, wrapping, key)))
        .expect("wraps");
    for number in 0..count {
        let uri = format!(
            "otpauth://totp/Site{number}:person{number}@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        );
        vault.add(otpauth::parse(&uri).expect("a set-up text"), Group::Other, NOW, &mut rng).expect("adds");
    }
    vault
}

/// The most memory this process has had, in MiB; 0 where the system does not say.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().unwrap_or_default();
    kib / 1024
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn median_ms<T>(mut prepare: impl FnMut() -> T, mut act: impl FnMut(T)) -> f64 {
    let mut times: Vec<f64> = (0..11)
        .map(|_| {
            let prepared = prepare();
            let start = Instant::now();
            act(prepared);
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
