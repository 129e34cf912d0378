//! A vault that grows by one account with every save, so that its content proves its generation.

use crypto_core::codes::CodeAccount;
use crypto_core::secret::SecretBytes;
use crypto_core::time::UnixTime;
use crypto_core::vault::{Group, SealedFile, SlotError, Vault, unwrap_with_key, wrap_with_key};
use rand_core::CryptoRng;

/// An empty one, never saved.
pub fn empty(rng: &mut dyn CryptoRng) -> Vault {
    let mut vault = Vault::make(NOW, rng);
    let wrapped = vault.protect_by_keystore(rng, |wrapping, key| {
        Ok::<_, SlotError>(wrap_with_key(&keystore(), wrapping, key))
    });
    wrapped.expect("the stand-in keystore takes every key");
    vault
}

/// Adds the account that the next generation has more than this one, and seals that.
pub fn seal_next(vault: &mut Vault, rng: &mut dyn CryptoRng) -> crypto_core::vault::Save {
    let next = vault.generation() + 1;
    vault.add(account(next), Group::Other, NOW, rng).expect("there is room");
    vault.seal(rng).expect("it can be unlocked")
}

/// Opens what was stored and checks every account in it.
///
/// # Panics
/// When it does not open, or is not exactly what its generation says.
pub fn open(bytes: &[u8]) -> Vault {
    let file = SealedFile::parse(bytes).expect("the header is whole");
    let id = file.header().id;
    let slot = file.slots().first().expect("it was sealed with one");
    let key =
        slot.open_with_keystore(&id, |wrapping, wrapped| unwrap_with_key(&keystore(), wrapping, wrapped));
    let key = key.expect("it is the keystore's").expect("the stand-in keystore has one key");
    let vault = Vault::open(file, key).expect("the content is whole");

    assert_eq!(vault.entries().len() as u64, vault.generation(), "one account for each generation");
    for (number, entry) in (1..).zip(vault.entries()) {
        let expected = account(number);
        let (secret, spec) = entry.code().expect("they are all codes");
        assert_eq!((&entry.issuer, &entry.account), (&expected.issuer, &expected.account));
        assert!(secret.ct_eq(&expected.secret) && *spec == expected.spec, "account {number} has its own key");
    }
    vault
}

fn account(number: u64) -> CodeAccount {
    let text =
        format!("otpauth://totp/Example:person%20{number}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY{number:0>6}");
    // Base32 has neither 0 nor 1, 8, 9.
    let text = text.replace('0', "A").replace('1', "B").replace('8', "C").replace('9', "D");
    crypto_core::codes::otpauth::parse(&text).expect("a set-up text")
}

/// Stands in for the platform's keystore: what is tested is the file.
fn keystore() -> SecretBytes {
    SecretBytes::new(vec![7; 32])
}

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
