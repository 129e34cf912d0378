//! What holds of everything that is read.

use crypto_core::backup::import::{Import, MAX_ROWS};
use crypto_core::backup::{Contents, plan, plan_import};
use crypto_core::codes::{CodeAccount, otpauth};
use crypto_core::time::UnixTime;
use crypto_core::vault::{Entry, MAX_ENTRIES, Vault};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// In bytes; the shortest that is refused for its length is longer.
const LONGEST_TEXT: usize = 2048;
const NOW: UnixTime = UnixTime::from_secs(1_234_567_890);

/// Every row comes out, read or refused, and what would become of each is counted.
pub(crate) fn check(import: Import) {
    let Import { rows, .. } = import;
    assert!(rows.len() <= MAX_ROWS.max(MAX_ENTRIES));
    assert!(rows.is_sorted_by(|one, other| one.number < other.number), "each row has its own place");
    for row in &rows {
        match &row.content {
            Ok(imported) => check_account(&imported.account),
            Err(refused) => {
                assert!(refused.name.chars().count() <= 64 && !refused.name.contains(char::is_control))
            }
        }
    }
    let (mut rng, count) = (rng(), rows.len());
    let mut vault = Vault::make(NOW, &mut rng);
    let plan = plan_import(rows, NOW, &vault, &mut rng);
    let planned = plan.receipt().clone();
    assert_eq!(planned.total(), count);
    let receipt = vault.apply(plan, &mut rng);
    assert_eq!((receipt.total(), receipt.added()), (count, planned.added()));
    assert_eq!(count, receipt.added() + receipt.sign_in_again() + receipt.merged() + receipt.left());
    assert_eq!(vault.entries().len(), receipt.added() + receipt.sign_in_again());
}

/// It has a code, and a text from which it can be set up anew.
pub(crate) fn check_account(account: &CodeAccount) {
    let step = account.spec.at(account, NOW);
    assert_eq!(step.current.as_str().chars().count(), usize::from(account.spec.digits.count()));
    let printed = otpauth::print(account);
    // A row with a longer name is refused before it is kept.
    if printed.expose().len() > LONGEST_TEXT {
        return;
    }
    let again = otpauth::parse(printed.expose());
    let again = again.unwrap_or_else(|error| panic!("what is printed cannot be read: {error}"));
    assert!(again.secret.ct_eq(&account.secret) && again.spec == account.spec, "the same codes");
}

pub(crate) fn check_contents(contents: Contents) {
    contents.entries().iter().for_each(check_entry);
    let mut rng = rng();
    let mut vault = Vault::make(NOW, &mut rng);
    let count = contents.entries().len();
    let plan = plan(contents, &vault);
    assert_eq!(vault.apply(plan, &mut rng).total(), count);
}

pub(crate) fn check_entry(entry: &Entry) {
    if let Some((secret, spec)) = entry.code() {
        assert!(!spec.at(secret, NOW).current.as_str().is_empty());
    }
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}
