//! How long a vault takes to open and to seal, with the disk left out. Prints medians.

use std::hint::black_box;
use std::time::Instant;

use crypto_core::codes::otpauth;
use crypto_core::secret::SecretBytes;
use crypto_core::time::UnixTime;
use crypto_core::vault::{Group, SealedFile, Vault, VaultKey, unwrap_with_key, wrap_with_key};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
fn main() {
    println!("{:>8} {:>12} {:>12} {:>10}", "accounts", "seal ms", "open ms", "bytes");
    for count in [10, 1_000, 10_000] {
        let vault = vault(count);
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        let bytes = vault.seal(&mut rng).expect("seals").bytes;
        let seal = median_ms(|| {
            black_box(vault.seal(&mut rng).expect("seals"));
        });
        let open = median_ms(|| {
            black_box(open(&bytes));
        });
        println!("{count:>8} {seal:>12.2} {open:>12.2} {:>10}", bytes.len());
    }
}

fn vault(count: usize) -> Vault {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let now = UnixTime::from_secs(1_790_000_000);
    let mut vault = Vault::make(now, &mut rng);
    let kek = SecretBytes::new(vec![5; 32]);
    vault
        .protect_by_keystore(&mut rng, |wrapping, key| Ok::<_, ()>(wrap_with_key(&kek, wrapping, key)))
        .expect("wraps");
    for number in 0..count {
        let uri = format!(
            "otpauth://totp/Site{number}:person{number}@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        );
        let account = otpauth::parse(&uri).expect("a set-up text");
        vault.add(account, Group::Other, now, &mut rng).expect("adds");
    }
    vault
}

fn open(bytes: &[u8]) -> Vault {
    let file = SealedFile::parse(bytes).expect("parses");
    let id = file.header().id;
    let kek = SecretBytes::new(vec![5; 32]);
    let key: VaultKey = file
        .slots()
        .iter()
        .find_map(|slot| slot.open_with_keystore(&id, |w, bytes| unwrap_with_key(&kek, w, bytes)))
        .expect("a keystore slot")
        .expect("unwraps");
    Vault::open(file, key).expect("opens")
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn median_ms(mut act: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
