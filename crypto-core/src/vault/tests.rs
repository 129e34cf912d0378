use base64::Engine as _;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use ring::digest;
use serde_json::json;

use super::*;
use crate::approval::Origin;
use crate::approval::challenge::Answered;
use crate::codes::{CodeSpec, Mover, otpauth};
use crate::seal;
use crate::secret::SecretBytes;

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);
const PASSPHRASE: &str = "correct horse battery staple";

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn account(uri: &str) -> CodeAccount {
    otpauth::parse(uri).expect("a set-up text")
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

/// A vault that the "keystore" of the test, one fixed key, opens.
fn vault(seed: u8) -> Vault {
    let mut vault = Vault::make(NOW, &mut rng(seed));
    let wrap = |wrapping: &Wrapping, key: &VaultKey| Ok::<_, ()>(wrap_with_key(&kek(), wrapping, key));
    vault.protect_by_keystore(&mut rng(seed), wrap).expect("wraps");
    vault
}

fn kek() -> SecretBytes {
    SecretBytes::new(vec![5; 32])
}

fn open(bytes: &[u8]) -> Result<Vault, FileError> {
    let file = SealedFile::parse(bytes)?;
    let id = file.header().id;
    let key = file
        .slots()
        .iter()
        .find_map(|slot| slot.open_with_keystore(&id, |w, bytes| unwrap_with_key(&kek(), w, bytes)))
        .ok_or(FileError::Damaged)?
        .map_err(|_| FileError::Damaged)?;
    Vault::open(file, key)
}

fn vector() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/avlt-v1.json")).expect("JSON")
}

fn vector_file() -> Vec<u8> {
    let text = vector()["file_b64"].as_str().expect("text").to_owned();
    base64::engine::general_purpose::STANDARD.decode(text).expect("Base64")
}

#[test]
fn the_published_file_opens() {
    let file = SealedFile::parse(&vector_file()).expect("parses");
    assert_eq!(file.header().kind, FileKind::Backup);
    assert_eq!(file.header().generation, 7);
    assert_eq!(file.header().members["device_type"], "android");
    let key = file.unlock(&secret(PASSPHRASE)).expect("the passphrase opens it");
    let plaintext = file.open(&key).expect("decrypts");
    let hash = digest::digest(&digest::SHA256, plaintext.expose());
    let expected = vector()["plaintext_sha256"].as_str().expect("text").to_owned();
    assert_eq!(data_encoding::HEXLOWER.encode(hash.as_ref()), expected);
}

#[test]
fn the_published_file_refuses_another_passphrase() {
    let file = SealedFile::parse(&vector_file()).expect("parses");
    let error = file.unlock(&secret("Correct horse battery staple")).map(|_| ()).expect_err("refuses");
    assert_eq!(error, SlotError::Refused);
}

#[test]
fn every_flipped_byte_of_the_header_is_noticed() {
    let bytes = vector_file();
    let file = SealedFile::parse(&bytes).expect("parses");
    let key = file.unlock(&secret(PASSPHRASE)).expect("opens");
    let header_end = bytes.len() - 4096 - 16;
    for place in 0..header_end {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1;
        let opened = SealedFile::parse(&flipped).and_then(|file| file.open(&key));
        assert!(opened.is_err(), "byte {place}");
    }
}

#[test]
fn a_backup_is_not_a_vault() {
    let file = SealedFile::parse(&vector_file()).expect("parses");
    let key = file.unlock(&secret(PASSPHRASE)).expect("opens");
    assert_eq!(Vault::open(file, key).map(|_| ()), Err(FileError::NotAVault));
}

#[test]
fn what_was_added_is_there_after_a_save() {
    let mut vault = vault(1);
    let uri = "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA256&digits=8&period=60";
    let first = vault.add(account(uri), Group::Personal, NOW, &mut rng(2)).expect("adds");
    let hotp =
        "otpauth://hotp/Example:bob?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&counter=18446744073709551614";
    let second = vault.add(account(hotp), Group::Other, NOW, &mut rng(3)).expect("adds");
    vault
        .add(
            account("otpauth://steam/Steam:c?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
            Group::Other,
            NOW,
            &mut rng(4),
        )
        .expect("adds");
    vault.entry_mut(first.as_str()).expect("is there").note = "åäö \u{1f512}".to_owned();
    vault.entry_mut(second.as_str()).expect("is there").removed_at = Some(NOW);

    let save = vault.seal(&mut rng(9)).expect("seals");
    assert_eq!(save.generation, 1);
    let opened = open(&save.bytes).expect("opens");
    assert_eq!(opened.generation(), 1);
    assert_eq!(opened.entries().len(), 3);
    for (before, after) in vault.entries().iter().zip(opened.entries()) {
        assert_eq!(format!("{before:?}"), format!("{after:?}"));
        let ((key, spec), (key_after, spec_after)) =
            (before.code().expect("a code"), after.code().expect("a code"));
        assert!(key.ct_eq(key_after));
        assert_eq!(spec, spec_after);
    }
    let counter = opened.entry(second.as_str()).expect("is there").code().expect("a code").1.mover;
    assert_eq!(counter, Mover::Counter { counter: 18_446_744_073_709_551_614 });
}

#[test]
fn two_saves_share_no_key() {
    let mut random = rng(1);
    let vault = vault(1);
    let (one, two) = (vault.seal(&mut random).expect("seals"), vault.seal(&mut random).expect("seals"));
    let body = |bytes: &[u8]| bytes[bytes.len() - 4096..].to_vec();
    assert_ne!(body(&one.bytes), body(&two.bytes));
}

#[test]
fn the_file_does_not_tell_how_many_accounts_there_are() {
    let mut full = vault(1);
    let empty = full.seal(&mut rng(1)).expect("seals").bytes.len();
    for seed in 0..9 {
        let uri = "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP";
        full.add(account(uri), Group::Other, NOW, &mut rng(seed)).expect("adds");
    }
    assert_eq!(full.seal(&mut rng(1)).expect("seals").bytes.len(), empty);
}

#[test]
fn members_and_kinds_of_a_newer_version_are_written_back() {
    let json = r#"{"v":1,"entries":[
        {"kind":"totp","id":"e1","issuer":"Example","account":"alice","secret":"JBSWY3DPEHPK3PXP","alg":"SHA1","digits":6,"period":30,"icon":{"a":[1,2]}},
        {"kind":"work","id":"e2","issuer":"https://signin.example.org","service":"Contoso","account":"bob","state":"sign_in_required"},
        {"kind":"motp","id":"e3","issuer":"Old","account":"c","secret":"0123456789abcdef","digits":6,"pin":true}
    ],"palette":"blue"}"#;
    let content: Content = serde_json::from_str(json).expect("reads");
    let again = ContentRef { v: 1, entries: &content.entries, backup: None, members: &content.members };
    let written: Value = serde_json::to_value(&again).expect("writes");
    assert_eq!(written["palette"], "blue");
    assert_eq!(written["entries"][0]["icon"]["a"][1], 2);
    assert_eq!(written["entries"][1]["service"], "Contoso");
    assert_eq!(written["entries"][1]["state"], "sign_in_required");
    assert_eq!(written["entries"][2]["secret"], "0123456789abcdef");
    assert_eq!(written["entries"][2]["digits"], 6);
    assert_eq!(written["entries"][2]["pin"], true);
    assert!(content.entries[2].code().is_none());
}

#[test]
fn the_stored_form_does_not_change_unnoticed() {
    let mut vault = vault(1);
    let uri = "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP";
    vault.add(account(uri), Group::Other, NOW, &mut rng(1)).expect("adds");
    vault.entries[0].note = "a note".into();
    vault.entries[0].removed_at = Some(NOW);
    let hotp = "otpauth://hotp/Example:bob?secret=JBSWY3DPEHPK3PXP&counter=7&algorithm=SHA512&digits=8";
    vault.add(account(hotp), Group::Personal, NOW, &mut rng(2)).expect("adds");
    let content = ContentRef { v: 1, entries: &vault.entries, backup: None, members: &vault.members };
    insta::assert_snapshot!(serde_json::to_string_pretty(&content).expect("writes"));
    let save = vault.seal(&mut rng(1)).expect("seals");
    let header = &save.bytes[10..save.bytes.len() - 4096 - 16];
    let header: Value = serde_json::from_slice(header).expect("JSON");
    insta::assert_snapshot!(serde_json::to_string_pretty(&header).expect("writes"));
}

/// A version that does not know these kinds keeps all of their members, the PIN included: that is what
/// `members_and_kinds_of_a_newer_version_are_written_back` shows of kinds in general.
#[test]
fn kinds_with_a_pin_are_stored_in_one_form() {
    let mut vault = vault(1);
    let motp = "otpauth://motp/Example:alice?secret=0123456789abcdef&pin=0042";
    let yandex = "otpauth://yaotp/bob?secret=6SB2IKNM6OBZPAVBVTOHDKS4FA&pin=5239";
    for text in [motp, yandex] {
        vault.add(account(text), Group::Other, NOW, &mut rng(1)).expect("adds");
        let other_pin = account(&format!("{}9", text));
        assert!(vault.look_alike(&account(text)).expect("is there").same_key);
        assert!(!vault.look_alike(&other_pin).expect("has the names").same_key);
    }
    let content = ContentRef { v: 1, entries: &vault.entries, backup: None, members: &vault.members };
    let json = serde_json::to_string_pretty(&content).expect("writes");
    insta::assert_snapshot!(json);
    let again: Content = serde_json::from_str(&json).expect("reads");
    for (before, after) in vault.entries.iter().zip(&again.entries) {
        let ((key, spec), (key_after, spec_after)) =
            (before.code().expect("a code"), after.code().expect("a code"));
        assert!(key.ct_eq(key_after) && key_after.pin.is_some());
        assert_eq!((spec, before.members.len()), (spec_after, after.members.len()));
    }

    for (from, to) in [("\"0042\"", "42"), ("\"MD5\"", "\"MD6\""), ("\"digits\": 6", "\"digits\": 66")] {
        let newer = json.replace(from, to);
        assert_ne!(newer, json);
        let content: Content = serde_json::from_str(&newer).expect("reads");
        assert!(!content.entries[0].is_known() && content.entries[1].is_known());
        let again = ContentRef { v: 1, entries: &content.entries, backup: None, members: &content.members };
        let (before, after) = (serde_json::from_str::<Value>(&newer), serde_json::to_value(&again));
        assert_eq!(before.expect("JSON"), after.expect("writes"), "nothing of it is lost");
    }
}

#[test]
fn a_passphrase_takes_the_keystores_place() {
    let mut vault = vault(1);
    vault.protect_by_passphrase(&secret(PASSPHRASE), PassphraseCost::FLOOR, &mut rng(1)).expect("wraps");
    let save = vault.seal(&mut rng(1)).expect("seals");
    assert_eq!(open(&save.bytes).map(|_| ()), Err(FileError::Damaged), "no keystore slot is left");
    let file = SealedFile::parse(&save.bytes).expect("parses");
    let key = file.unlock(&secret(PASSPHRASE)).expect("opens");
    assert!(Vault::open(file, key).is_ok());
}

fn guarded(key: NewKey) -> GuardedKey {
    key.guard(|wrapping, key| Ok::<_, ()>(wrap_with_key(&kek(), wrapping, key))).expect("wraps")
}

#[test]
fn the_person_takes_the_keystores_place_under_another_key() {
    let mut vault = vault(1);
    let before = vault.seal(&mut rng(1)).expect("seals").bytes;
    vault.protect_by_person(guarded(vault.make_next_key(&mut rng(2)))).expect("is this vault's");
    let save = vault.seal(&mut rng(3)).expect("seals");
    assert_eq!(open(&save.bytes).map(|_| ()), Err(FileError::Damaged), "no keystore slot is left");
    let file = SealedFile::parse(&save.bytes).expect("parses");
    let [slot] = file.slots() else { panic!("one slot") };
    let key = slot.open_with_person(vault.id(), |w, bytes| unwrap_with_key(&kek(), w, bytes));
    let key = key.expect("is for the person").expect("unwraps");
    let old = open(&before).expect("opens by the keystore").key;
    assert_eq!(file.open(&old).map(|_| ()), Err(FileError::WrongKey));
    assert!(Vault::open(file, key).is_ok());
}

#[test]
fn a_slot_for_the_person_is_stored_in_one_form_and_passes_for_no_other() {
    let mut vault = vault(1);
    vault.protect_by_person(guarded(vault.make_next_key(&mut rng(2)))).expect("is this vault's");
    let stored = vault.slots()[0].to_json();
    insta::assert_json_snapshot!(stored);
    assert_eq!(Slot::from_json(stored.clone()), Ok(vault.slots()[0].clone()));
    let mut unguarded = stored;
    unguarded["type"] = json!("keystore");
    let slot = Slot::from_json(unguarded).expect("reads");
    let key = slot.open_with_keystore(vault.id(), |w, bytes| unwrap_with_key(&kek(), w, bytes));
    assert_eq!(key.expect("is a keystore's").map(|_| ()), Err(SlotError::Refused));
}

#[test]
fn a_key_is_taken_by_the_vault_it_was_made_for() {
    let mut vault = vault(1);
    let other = guarded(self::vault(9).make_next_key(&mut rng(2)));
    assert_eq!(vault.protect_by_person(other), Err(VaultError::OtherVault));
    let save = vault.seal(&mut rng(1)).expect("seals");
    assert!(open(&save.bytes).is_ok(), "nothing has changed");
}

#[test]
fn unknown_slots_are_kept_until_the_key_changes() {
    let mut vault = vault(1);
    let stranger = Slot::Unknown(serde_json::json!({"id": 9, "type": "platform", "x": 1}));
    vault.slots.push(stranger.clone());
    let has_stranger = |vault: &Vault| {
        let save = vault.seal(&mut rng(1)).expect("seals");
        SealedFile::parse(&save.bytes).expect("parses").slots().contains(&stranger)
    };
    assert!(has_stranger(&vault));
    vault.protect_by_passphrase(&secret(PASSPHRASE), PassphraseCost::FLOOR, &mut rng(1)).expect("wraps");
    assert!(!has_stranger(&vault), "it wraps a key that opens nothing any more");
}

#[test]
fn another_way_to_unlock_is_another_key() {
    let mut vault = vault(1);
    let before = vault.seal(&mut rng(1)).expect("seals").bytes;
    vault.protect_by_passphrase(&secret(PASSPHRASE), PassphraseCost::FLOOR, &mut rng(2)).expect("wraps");
    let after = SealedFile::parse(&vault.seal(&mut rng(3)).expect("seals").bytes).expect("parses");
    let old = open(&before).expect("opens by the keystore").key;
    assert_eq!(after.open(&old).map(|_| ()), Err(FileError::WrongKey));
}

#[test]
fn what_decrypts_and_is_not_understood_is_newer_and_not_damaged() {
    let vault = vault(1);
    for json in [r#"{"v":1,"entries":[{"kind":"totp","id":"e1","group":"club"}]}"#, r#"{"v":2,"entries":[]}"#]
    {
        let header = Header { members: Map::new(), ..vault.header };
        let bytes = seal_file(&header, &vault.slots, &vault.key, json.as_bytes(), &mut rng(1));
        let opened = open(&bytes.expect("seals")).map(|_| ());
        assert_eq!(opened, Err(FileError::NewerFormat { format: 2 }));
    }
}

#[test]
fn a_reload_puts_everything_back_or_changes_nothing() {
    let mut vault = vault(1);
    let stored = vault.seal(&mut rng(1)).expect("seals").bytes;
    vault
        .add(account("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP"), Group::Other, NOW, &mut rng(1))
        .expect("adds");
    let foreign = self::vault(9).seal(&mut rng(1)).expect("seals").bytes;
    assert!(vault.reload(SealedFile::parse(&foreign).expect("parses")).is_err());
    assert_eq!(vault.entries().len(), 1);
    vault.reload(SealedFile::parse(&stored).expect("parses")).expect("opens");
    assert!(vault.entries().is_empty());
}

#[test]
fn another_vaults_key_is_told_apart_from_damage() {
    let save = vault(1).seal(&mut rng(1)).expect("seals");
    let file = SealedFile::parse(&save.bytes).expect("parses");
    let stranger = VaultKey::make(&mut rng(200));
    assert_eq!(file.open(&stranger).map(|_| ()), Err(FileError::WrongKey));
    let mut cut = save.bytes;
    cut.pop();
    assert_eq!(open(&cut).map(|_| ()), Err(FileError::Damaged));
}

#[test]
fn newer_formats_are_not_guessed_at() {
    let mut bytes = vault(1).seal(&mut rng(1)).expect("seals").bytes;
    bytes[4] = 2;
    assert_eq!(SealedFile::parse(&bytes).map(|_| ()), Err(FileError::NewerFormat { format: 2 }));
    assert_eq!(SealedFile::parse(b"PK\x03\x04").map(|_| ()), Err(FileError::NotAVault));
    let large = [b"AVLT\x01\x00".as_slice(), &vec![0; MAX_FILE]].concat();
    assert_eq!(SealedFile::parse(&large).map(|_| ()), Err(FileError::TooLarge));
    assert_eq!(SealedFile::parse(&vec![0; MAX_FILE + 1]).map(|_| ()), Err(FileError::NotAVault));
}

#[test]
fn nothing_is_sealed_that_nobody_could_open() {
    let bare = Vault::make(NOW, &mut rng(1));
    assert_eq!(bare.seal(&mut rng(1)).map(|_| ()), Err(VaultError::NoWayToUnlock));
}

#[test]
fn look_alikes_are_found_by_key_and_by_name_and_never_touched() {
    let mut vault = vault(1);
    let uri = |name: &str, key: &str| account(&format!("otpauth://totp/{name}?secret={key}"));
    vault.add(uri("Example:alice", "JBSWY3DPEHPK3PXP"), Group::Other, NOW, &mut rng(1)).expect("adds");
    let alike = |candidate: &CodeAccount| vault.look_alike(candidate).map(|alike| alike.same_key);
    assert_eq!(alike(&uri("Example:alice", "JBSWY3DPEHPK3PXP")), Some(true));
    assert_eq!(alike(&uri("Example:alice", "GEZDGNBVGY3TQOJQ")), Some(false));
    assert_eq!(alike(&uri("Other:alice", "JBSWY3DPEHPK3PXP")), None, "one key may serve two names");
    let hotp = account("otpauth://hotp/Example:alice?secret=JBSWY3DPEHPK3PXP&counter=0");
    assert_eq!(alike(&hotp), Some(false), "another kind of code is another account");
    let longer = account("otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP&digits=8");
    assert_eq!(alike(&longer), Some(false), "other codes of the same key are another account");
    let mut same_user = vault;
    same_user.add(uri("Another:alice", "GEZDGNBVGY3TQOJQ"), Group::Other, NOW, &mut rng(2)).expect("adds");
    assert_eq!(same_user.entries().len(), 2, "the same user at two issuers is two accounts");
}

#[test]
fn the_order_is_the_persons() {
    let mut vault = vault(1);
    let ids: Vec<String> = (0..4)
        .map(|seed| {
            let uri = account("otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP");
            vault.add(uri, Group::Other, NOW, &mut rng(seed)).expect("adds").as_str().to_owned()
        })
        .collect();
    let order = |vault: &Vault| -> Vec<usize> {
        vault
            .entries()
            .iter()
            .map(|e| ids.iter().position(|id| id == e.id.as_str()).expect("known"))
            .collect()
    };
    vault.reorder(&ids[3], Some(&ids[0])).expect("moves");
    assert_eq!(order(&vault), [3, 0, 1, 2]);
    vault.reorder(&ids[3], None).expect("moves");
    assert_eq!(order(&vault), [0, 1, 2, 3]);
    vault.reorder(&ids[0], Some(&ids[2])).expect("moves");
    assert_eq!(order(&vault), [1, 0, 2, 3]);
    assert_eq!(vault.reorder("nobody", None), Err(VaultError::NoSuchAccount));
    assert_eq!(vault.reorder(&ids[0], Some("nobody")), Err(VaultError::NoSuchAccount));
    assert_eq!(order(&vault), [1, 0, 2, 3]);
}

#[test]
fn the_trash_keeps_an_account_for_thirty_days() {
    const DAY: u64 = 24 * 60 * 60;
    let mut vault = vault(1);
    let uri = account("otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP");
    let id = vault.add(uri, Group::Other, NOW, &mut rng(1)).expect("adds");
    assert_eq!(vault.delete(id.as_str()), Err(VaultError::NotInTrash));
    vault.entry_mut(id.as_str()).expect("is there").removed_at = Some(NOW);
    let later = |days: u64| UnixTime::from_secs(NOW.secs() + days * DAY);
    assert_eq!(trash_days_left(NOW, NOW), 30);
    assert_eq!(trash_days_left(NOW, later(29)), 1);
    assert!(!vault.empty_old_trash(UnixTime::from_millis(later(30).millis() - 1)));
    assert!(!vault.empty_old_trash(later(4000)), "that clock is wrong");
    assert!(vault.empty_old_trash(later(30)));
    assert!(vault.entries().is_empty());
}

/// As the vectors of the protocol have it.
fn enrolled(state: &str) -> Enrolled {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../tests/vectors/approval-v1.json")).expect("JSON");
    let key = |name: &str, handle: &str| json!({"handle": handle, "public": vectors[name]});
    serde_json::from_value(json!({
        "account": "acc_h4K0t2",
        "id": "dev_9mQ2x7c1Vb0",
        "state": state,
        "service": {"current": vectors["service_jwk"], "announced_at": 0},
        "pop": key("pop_jwk", "one"),
        "uv": key("uv_jwk", "two"),
        "software": true,
    }))
    .expect("an enrolment")
}

fn work(state: &str) -> Work {
    let account = account("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP");
    let issuer = Origin::parse("https://signin.example.org").expect("an origin");
    Work::enrolled(issuer, enrolled(state), Some((account.secret, account.spec)))
}

fn names() -> (String, String) {
    ("Contoso".into(), "alice@contoso.example".into())
}

#[test]
fn a_work_account_is_as_it_was_after_saving() {
    let mut vault = vault(1);
    let id = vault.add_work(names(), work("active"), NOW, &mut rng(1)).expect("adds");
    let name = vault.add_work(names(), Work::name_only(None), NOW, &mut rng(2)).expect("adds");
    let bytes = vault.seal(&mut rng(3)).expect("seals").bytes;
    let vault = open(&bytes).expect("opens");
    let entry = vault.entry(id.as_str()).expect("is there");
    assert_eq!(entry.group, Group::Work);
    assert_eq!(entry.enrolled(), Some(&enrolled("active")));
    assert_eq!(entry.code().map(|(key, _)| key.secret.len()), Some(10));
    let name = vault.entry(name.as_str()).expect("is there");
    assert!(name.is_known() && name.code().is_none() && name.enrolled().is_none());
}

#[test]
fn the_stored_form_of_a_work_account_does_not_change_unnoticed() {
    let mut vault = vault(1);
    vault.add_work(names(), work("pending_confirmation"), NOW, &mut rng(1)).expect("adds");
    vault.add_work(names(), Work::name_only(None), NOW, &mut rng(2)).expect("adds");
    let issuer = Origin::parse("https://signin.example.org").expect("an origin");
    vault.add_work(names(), Work::name_only(Some(issuer)), NOW, &mut rng(3)).expect("adds");
    insta::assert_json_snapshot!(vault.entries());
}

#[test]
fn a_work_account_of_a_newer_version_is_kept_as_it_is() {
    let mut stored = serde_json::to_value(Entry {
        id: EntryId::make(&mut rng(1)),
        group: Group::Work,
        issuer: "Contoso".into(),
        account: "alice".into(),
        note: String::new(),
        added_at: NOW,
        removed_at: None,
        body: Body::Work(Box::new(work("active"))),
        members: Map::new(),
    })
    .expect("JSON");
    stored["work"]["farm"] = json!({"cows": 3});
    let entry: Entry = serde_json::from_value(stored.clone()).expect("reads");
    assert!(entry.enrolled().is_some());
    assert_eq!(serde_json::to_value(&entry).expect("JSON"), stored, "its members are kept");

    stored["work"]["device"]["state"] = json!("on_the_moon");
    let entry: Entry = serde_json::from_value(stored.clone()).expect("reads");
    assert!(!entry.is_known(), "it is not guessed at");
    assert_eq!(serde_json::to_value(&entry).expect("JSON"), stored);

    let other = json!({"kind": "totp", "id": "1", "issuer": "", "account": "", "secret": "JBSWY3DPEHPK3PXP",
        "alg": "SHA1", "digits": 6, "period": 30, "group": "other", "added_at": 1, "work": true});
    let entry: Entry = serde_json::from_value(other.clone()).expect("reads");
    assert_eq!(serde_json::to_value(&entry).expect("JSON"), other);
}

#[test]
fn what_a_service_has_ended_is_a_name() {
    let mut work = work("active");
    assert!(work.registration(Answered::default()).is_some());
    let ended = work.end().expect("was enrolled");
    assert_eq!(ended, enrolled("active"));
    assert!(work.codes.is_none() && work.issuer.is_some());
    assert!(work.registration(Answered::default()).is_none());
    let stale = Work { device: Some(enrolled("stale")), ..work };
    assert_eq!(stale.registration(Answered::default()).expect("is enrolled").uv, None);
}

#[test]
fn a_work_account_stays_in_the_trash_until_its_service_was_told() {
    let mut vault = vault(1);
    let told = vault.add_work(names(), Work::name_only(None), NOW, &mut rng(1)).expect("adds");
    let open = vault.add_work(names(), work("active"), NOW, &mut rng(2)).expect("adds");
    for id in [&told, &open] {
        vault.entry_mut(id.as_str()).expect("is there").removed_at = Some(NOW);
    }
    let later = UnixTime::from_secs(NOW.secs() + 31 * 24 * 60 * 60);
    assert!(vault.empty_old_trash(later));
    assert!(vault.entry(told.as_str()).is_none());
    assert!(vault.entry(open.as_str()).expect("is there").is_due(later));
    vault.delete(open.as_str()).expect("whoever has told deletes it");
}

#[test]
fn a_sealed_signing_key_opens_by_its_own_key_and_name_only() {
    let by = seal::make_key(&mut rng(1));
    let (sealed, public) = make_signing_key(&by, "pop", &mut rng(2)).expect("makes");
    let key = open_signing_key(&by, "pop", &sealed).expect("opens");
    let signature = key.sign(b"message").expect("signs");
    assert_eq!(public.verify(b"message", &signature), Ok(()));
    assert_eq!(open_signing_key(&by, "uv", &sealed).err(), Some(NoSigningKey));
    assert_eq!(open_signing_key(&seal::make_key(&mut rng(3)), "pop", &sealed).err(), Some(NoSigningKey));
    for bad in ["", "short", "!"] {
        assert_eq!(open_signing_key(&by, "pop", bad).err(), Some(NoSigningKey));
    }
    let again = make_signing_key(&by, "pop", &mut rng(2)).expect("makes").0;
    assert_ne!(sealed, again, "each is another key");
    assert_eq!(format!("{:?}", KeyHandle::new(sealed)), "KeyHandle(..)");
}

#[test]
fn freshness_tells_a_missed_note_from_a_file_put_back() {
    assert_eq!(freshness(4, 4), Freshness::Current);
    assert_eq!(freshness(5, 4), Freshness::Ahead);
    assert_eq!(freshness(3, 4), Freshness::RolledBack);
}

#[test]
fn debug_shows_no_key() {
    let mut vault = vault(1);
    let uri = account("otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP");
    vault.add(uri, Group::Other, NOW, &mut rng(1)).expect("adds");
    let text = format!("{vault:?}");
    assert!(text.contains("VaultKey(..)") && text.contains("SecretBytes(..)"));
    assert!(!text.contains("JBSWY3DPEHPK3PXP"));
    assert_eq!(format!("{:?}", VaultKey::make(&mut rng(1))), "VaultKey(..)");
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(SealedFile::parse(&bytes).is_err());
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed(place in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut bytes = vault(1).seal(&mut rng(1)).expect("seals").bytes;
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        prop_assert!(open(&bytes).is_err());
    }

    #[test]
    fn adding_never_changes_or_removes_an_account(seeds in proptest::collection::vec(any::<u8>(), 1..20)) {
        let mut vault = vault(1);
        for seed in seeds {
            let before: Vec<String> = vault.entries().iter().map(|entry| format!("{entry:?}")).collect();
            let account = CodeAccount {
                issuer: "Example".into(),
                account: "alice".into(),
                secret: SecretBytes::new(vec![seed; 20]),
                pin: None,
                spec: CodeSpec::steam(crate::time::Period::DEFAULT),
            };
            vault.add(account, Group::Other, NOW, &mut rng(seed)).expect("adds");
            let after: Vec<String> = vault.entries().iter().map(|entry| format!("{entry:?}")).collect();
            prop_assert_eq!(after.len(), before.len() + 1);
            prop_assert_eq!(&after[..before.len()], &before[..]);
        }
    }
}
