use base64::Engine as _;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use serde_json::json;

use super::import::{Imported, Refused, Row};
use super::*;
use crate::approval::Origin;
use crate::codes::{CodeAccount, CodeSpec, Mover, otpauth};
use crate::seal::PassphraseCost;
use crate::secret::{SecretBytes, SecretText};
use crate::time::{Period, UnixTime};
use crate::vault::{
    Body, EntryId, FileError, Group, MAX_ENTRIES, RecoveryCode, SealedFile, Series, SeriesError, Vault,
    VaultKey, WeakPassphrase, Work, unwrap_with_key, wrap_with_key,
};

mod fates;
mod forms;
mod refusals;

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);
const PASSPHRASE: &str = "sju sjösjuka sjömän";

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn account(uri: &str) -> CodeAccount {
    otpauth::parse(uri).expect("a set-up text")
}

fn kek() -> SecretBytes {
    SecretBytes::new(vec![5; 32])
}

fn empty_vault(seed: u8) -> Vault {
    let mut vault = Vault::make(NOW, &mut rng(seed));
    let wrap =
        |wrapping: &crate::vault::Wrapping, key: &VaultKey| Ok::<_, ()>(wrap_with_key(&kek(), wrapping, key));
    vault.protect_by_keystore(&mut rng(seed), wrap).expect("wraps");
    vault
}

fn add(vault: &mut Vault, uri: &str) -> EntryId {
    let seed = u8::try_from(vault.entries().len()).expect("a few");
    vault.add(account(uri), Group::Other, NOW, &mut rng(100 + seed)).expect("adds")
}

/// Two accounts with codes, one of them counting, and a work account.
fn vault() -> Vault {
    let mut vault = empty_vault(1);
    add(&mut vault, "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP");
    add(&mut vault, "otpauth://hotp/Example:bob?secret=JBSWY3DPEHPK3PXP&counter=7");
    let origin = Origin::parse("https://signin.example.org").expect("an origin");
    let names = ("Contoso".to_owned(), "alice@contoso.example".to_owned());
    vault.add_work(names, Work::name_only(Some(origin)), NOW, &mut rng(9)).expect("adds");
    vault
}

fn turned_on(vault: &mut Vault, seed: u8) -> RecoveryCode {
    let passphrase = secret(PASSPHRASE);
    let (series, code) =
        Series::make(Some((&passphrase, PassphraseCost::FLOOR)), &mut rng(seed)).expect("a good passphrase");
    vault.turn_backup_on(series);
    save(vault);
    code
}

fn save(vault: &mut Vault) -> Vec<u8> {
    let save = vault.seal(&mut rng(3)).expect("seals");
    vault.saved(save.generation);
    save.bytes
}

fn reopened(bytes: &[u8]) -> Vault {
    let file = SealedFile::parse(bytes).expect("parses");
    let id = file.header().id;
    let key = file
        .slots()
        .iter()
        .find_map(|slot| slot.open_with_keystore(&id, |w, bytes| unwrap_with_key(&kek(), w, bytes)))
        .expect("a keystore slot")
        .expect("unwraps");
    Vault::open(file, key).expect("opens")
}

fn sealed(vault: &Vault) -> Sealed {
    seal(vault, DeviceType::Android, NOW, &mut rng(4)).expect("seals")
}

fn opened(bytes: &[u8]) -> Contents {
    open(bytes, Unlock::Passphrase(&secret(PASSPHRASE)), DeviceType::Android).expect("opens")
}

fn names(contents: &Contents) -> Vec<(String, String)> {
    contents.entries().iter().map(|entry| (entry.kind().to_owned(), entry.account.clone())).collect()
}

fn vector() -> Vec<u8> {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/vectors/approval-v1.json")).expect("JSON");
    let text = vectors["backup"]["file_b64"].as_str().expect("text");
    base64::engine::general_purpose::STANDARD.decode(text).expect("Base64")
}

const VECTOR_PASSPHRASE: &str = "correct horse battery staple";

#[test]
fn the_published_backup_opens() {
    let contents = open(&vector(), Unlock::Passphrase(&secret(VECTOR_PASSPHRASE)), DeviceType::Android);
    let contents = contents.expect("opens");
    assert_eq!(contents.summary.generation, 7);
    assert_eq!(contents.summary.created_at, UnixTime::from_secs(1_790_000_000));
    assert!(!contents.summary.is_empty);
    let [code, work] = contents.entries() else { panic!("two accounts") };
    assert_eq!(
        (code.kind(), code.issuer.as_str(), code.account.as_str()),
        ("totp", "Example", "alice@example.com")
    );
    assert_eq!((work.issuer.as_str(), work.group), ("Contoso", Group::Work));
    let origin = work.work().expect("a work account").issuer.as_ref().expect("its service");
    assert_eq!(origin.as_str(), "https://signin.example.org");
}

#[test]
fn a_backup_comes_back_by_passphrase_and_by_recovery_code() {
    let mut vault = vault();
    let code = turned_on(&mut vault, 2);
    let sealed = sealed(&vault);
    assert_eq!(sealed.bytes.len() % 4096, opened_header_len(&sealed.bytes) % 4096);
    let expected = [("totp", "alice"), ("hotp", "bob"), ("work", "alice@contoso.example")]
        .map(|(kind, name)| (kind.to_owned(), name.to_owned()));
    assert_eq!(names(&opened(&sealed.bytes)), expected);
    let typed = secret(&code.grouped().expose().to_lowercase().replace('-', " "));
    let contents = open(&sealed.bytes, Unlock::RecoveryCode(&typed), DeviceType::Android).expect("opens");
    assert_eq!(names(&contents), expected);
    assert_eq!(contents.summary, sealed.summary);
    assert_eq!(summary(&sealed.bytes), Ok(sealed.summary));
}

fn opened_header_len(bytes: &[u8]) -> usize {
    10 + u32::from_le_bytes(bytes[6..10].try_into().expect("four bytes")) as usize + 16
}

#[test]
fn later_generations_open_with_the_same_passphrase_and_code_without_asking() {
    let mut vault = vault();
    let code = turned_on(&mut vault, 2);
    let first = sealed(&vault);
    add(&mut vault, "otpauth://totp/Late:carol?secret=JBSWY3DPEHPK3PXP");
    // The app was closed in between: everything it needs is in the vault's file.
    let vault = reopened(&save(&mut vault));
    let second = sealed(&vault);
    assert_eq!(second.summary.generation, first.summary.generation + 1);
    assert_eq!(opened(&second.bytes).entries().len(), 4);
    assert!(open(&second.bytes, Unlock::RecoveryCode(&code.grouped()), DeviceType::Android).is_ok());
    assert_eq!(may_replace(&summary(&first.bytes), &second.summary), Ok(()));
}

#[test]
fn another_passphrase_is_another_series_and_off_forgets() {
    let mut vault = vault();
    let code = turned_on(&mut vault, 2);
    let before = sealed(&vault);
    turned_on(&mut vault, 7);
    let after = sealed(&vault);
    assert_ne!(before.summary.id(), after.summary.id());
    let by_old_code = open(&after.bytes, Unlock::RecoveryCode(&code.grouped()), DeviceType::Android);
    assert_eq!(by_old_code.err(), Some(BackupError::WrongPassphrase));
    let old_key = vault.backup().expect("is on");
    assert_eq!(before.verify(&before.bytes, old_key), Err(NotAsSealed));
    vault.turn_backup_off();
    let reopened = reopened(&save(&mut vault));
    assert!(reopened.backup().is_none());
    assert_eq!(seal(&reopened, DeviceType::Android, NOW, &mut rng(1)).err(), Some(SealError::Off));
}

#[test]
fn weak_passphrases_protect_no_backup_and_none_is_needed() {
    let weak = |text: &str| {
        Series::make(Some((&secret(text), PassphraseCost::FLOOR)), &mut rng(1))
            .map(|_| ())
            .expect_err("is weak")
    };
    assert_eq!(weak("short"), SeriesError::Passphrase(WeakPassphrase::TooShort));
    assert_eq!(weak("correct horse battery staple"), SeriesError::Passphrase(WeakPassphrase::Common));
    let mut vault = vault();
    let (series, code) = Series::make(None, &mut rng(1)).expect("needs no passphrase");
    vault.turn_backup_on(series);
    save(&mut vault);
    let bytes = sealed(&vault).bytes;
    assert!(open(&bytes, Unlock::RecoveryCode(&code.grouped()), DeviceType::Android).is_ok());
    let by_passphrase = open(&bytes, Unlock::Passphrase(&secret(PASSPHRASE)), DeviceType::Android);
    assert_eq!(by_passphrase.err(), Some(BackupError::NoSuchSlot));
}

#[test]
fn what_is_read_back_is_compared_with_what_was_sealed() {
    let mut vault = vault();
    turned_on(&mut vault, 2);
    let one = sealed(&vault);
    let series = vault.backup().expect("is on");
    assert_eq!(one.verify(&one.bytes, series), Ok(()));
    // Another file of the same content is as good: it decrypts to the same.
    let again = seal(&vault, DeviceType::Android, NOW, &mut rng(50)).expect("seals");
    assert_eq!(one.verify(&again.bytes, series), Ok(()));
    let mut damaged = one.bytes.clone();
    *damaged.last_mut().expect("is not empty") ^= 1;
    let cut = &one.bytes[..one.bytes.len() - 1];
    for wrong in [damaged.as_slice(), cut, &[]] {
        assert_eq!(one.verify(wrong, series), Err(NotAsSealed));
    }
    let other_type = seal(&vault, DeviceType::Ios, NOW, &mut rng(4)).expect("seals");
    assert_eq!(one.verify(&other_type.bytes, series), Err(NotAsSealed));
    let mut changed = reopened(&save(&mut vault));
    add(&mut changed, "otpauth://totp/Late:carol?secret=JBSWY3DPEHPK3PXP");
    let other_content = seal(&changed, DeviceType::Android, NOW, &mut rng(4)).expect("seals");
    assert_eq!(one.verify(&other_content.bytes, vault.backup().expect("is on")), Err(NotAsSealed));
}

#[test]
fn one_that_holds_the_same_is_told_from_one_that_does_not() {
    let mut vault = vault();
    turned_on(&mut vault, 2);
    let there = sealed(&vault).bytes;
    // Saved since, such as for what stays on the device: another generation, and later.
    save(&mut vault);
    let later = UnixTime::from_secs(NOW.secs() + 60);
    let next = seal(&vault, DeviceType::Android, later, &mut rng(50)).expect("seals");
    assert_eq!(next.compare(&there), There::Same { since: NOW });
    assert_eq!(next.compare(&next.bytes), There::Same { since: later });

    let mut damaged = there.clone();
    *damaged.last_mut().expect("is not empty") ^= 1;
    assert_eq!(next.compare(&damaged), There::Damaged);
    // What the passphrase opens is not sealed with the rest.
    let text = String::from_utf8_lossy(&there);
    let slot = text.find("wrapped").expect("a slot wraps the key") + "wrapped\":\"".len();
    let mut shut = there.clone();
    shut[slot] = if shut[slot] == b'A' { b'B' } else { b'A' };
    assert_eq!(next.compare(&shut), There::Damaged);

    let other_type = seal(&vault, DeviceType::Ios, NOW, &mut rng(4)).expect("seals").bytes;
    let vault_file = save(&mut vault);
    let mut elsewhere = self::vault();
    turned_on(&mut elsewhere, 8);
    let other_series = sealed(&elsewhere).bytes;
    add(&mut vault, "otpauth://totp/Late:carol?secret=JBSWY3DPEHPK3PXP");
    let more = sealed(&vault).bytes;
    for other in [&other_type, &vault_file, &other_series, &more, &there[..there.len() / 2].to_vec(), &vec![]]
    {
        assert!(!matches!(next.compare(other), There::Same { .. }));
    }
    assert_eq!(next.compare(&more), There::Other);
}

#[test]
fn an_empty_backup_takes_the_place_of_an_empty_one_only() {
    let mut empty = empty_vault(1);
    turned_on(&mut empty, 2);
    let nothing = sealed(&empty).summary;
    assert!(nothing.is_empty);
    let mut full = reopened(&save(&mut empty));
    add(&mut full, "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP");
    save(&mut full);
    let something = sealed(&full);
    assert!(!something.summary.is_empty);
    let later = Summary { generation: something.summary.generation + 1, ..nothing };
    assert_eq!(may_replace(&Ok(nothing), &later), Ok(()));
    assert_eq!(may_replace(&Ok(nothing), &something.summary), Ok(()));
    assert_eq!(may_replace(&summary(&something.bytes), &later), Err(KeepPrevious::Empty));
    let header = SealedFile::parse(&something.bytes).expect("parses").header().members.clone();
    assert_eq!(header.keys().collect::<Vec<_>>(), ["device_type", "slots_sum"], "no count of accounts");
    // The trash is not in a backup.
    let id = full.entries()[0].id.clone();
    full.entry_mut(id.as_str()).expect("is there").removed_at = Some(NOW);
    assert!(sealed(&full).summary.is_empty);
}

#[test]
fn what_may_not_be_replaced_is_told_apart() {
    let mut one = vault();
    turned_on(&mut one, 2);
    let mut other = vault();
    turned_on(&mut other, 8);
    let (one, other) = (sealed(&one).summary, sealed(&other).summary);
    assert_eq!(may_replace(&Ok(one), &other), Err(KeepPrevious::OtherSeries));
    assert_eq!(may_replace(&Ok(Summary { is_empty: true, ..one }), &other), Ok(()));
    let newer = Summary { generation: 99, ..one };
    assert_eq!(may_replace(&Ok(newer), &one), Err(KeepPrevious::Newer { known: 99 }));
    assert_eq!(may_replace(&Ok(one), &one), Ok(()), "the same again, after a failure");
    for error in [BackupError::Damaged, BackupError::UnknownFormat, BackupError::NewerVersion] {
        assert_eq!(may_replace(&Err(error), &one), Err(KeepPrevious::Unreadable));
    }
}

#[test]
fn an_older_generation_is_noticed() {
    let mut vault = vault();
    turned_on(&mut vault, 2);
    let contents = opened(&sealed(&vault).bytes);
    let first = contents.summary;
    assert_eq!(older(&contents, &[first], &vault), None);
    save(&mut vault);
    assert_eq!(older(&contents, &[first], &vault), None, "nothing else was there to be backed up");
    add(&mut vault, "otpauth://totp/Late:carol?secret=JBSWY3DPEHPK3PXP");
    let known = first.generation + 1;
    assert_eq!(
        older(&contents, &[], &vault),
        Some(Older { known, this: first.generation }),
        "the vault knows"
    );
    let strange = empty_vault(5);
    let second = sealed(&vault).summary;
    assert_eq!(older(&contents, &[first, second], &strange), Some(Older { known, this: first.generation }));
    let elsewhere = {
        let mut vault = self::vault();
        turned_on(&mut vault, 8);
        Summary { generation: 99, ..sealed(&vault).summary }
    };
    assert_eq!(older(&contents, &[elsewhere], &strange), None, "another series counts for itself");
}

#[test]
fn a_restored_vault_goes_on_counting_where_the_backup_stood() {
    let mut old = vault();
    turned_on(&mut old, 2);
    for _ in 0..5 {
        save(&mut old);
    }
    let bytes = sealed(&old).bytes;
    let contents = opened(&bytes);
    let stood = contents.summary;
    let mut new = empty_vault(20);
    let mut plan = plan(contents, &new);
    new.turn_backup_on(plan.take_series().expect("that of the backup"));
    assert_eq!(new.apply(plan, &mut rng(21)).total(), 3);
    new.count_backups_on_from(stood.generation);
    save(&mut new);
    let next = seal(&new, DeviceType::Android, NOW, &mut rng(30)).expect("seals").summary;
    assert_eq!(next.generation, stood.generation + 1);
    assert!(
        opened(&seal(&new, DeviceType::Android, NOW, &mut rng(31)).expect("seals").bytes).summary.id()
            == stood.id()
    );
    new.count_backups_on_from(3);
    assert_eq!(new.backup_generation(), Some(next.generation), "it never counts back");
}

#[test]
fn a_vault_of_before_backups_opens_and_says_they_are_off() {
    let mut vault = vault();
    let bytes = save(&mut vault);
    assert!(reopened(&bytes).backup().is_none());
    assert_eq!(vault.backup_generation(), None);
}

#[test]
fn debug_shows_no_key() {
    let mut vault = vault();
    turned_on(&mut vault, 2);
    let sealed = sealed(&vault);
    let contents = opened(&sealed.bytes);
    for text in [format!("{vault:?}"), format!("{contents:?}"), format!("{:?}", sealed.summary)] {
        assert!(!text.contains("JBSWY3DPEHPK3PXP"));
    }
    assert!(format!("{:?}", vault.backup()).contains("VaultKey(..)"));
    assert!(format!("{sealed:?}").contains("SecretBytes(..)"));
}
