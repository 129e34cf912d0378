//! What does not open, and what is said about it.

use super::*;
use crate::vault::{FileKind, Header, Slot, seal_file};

fn refused(bytes: &[u8], passphrase: &str, device_type: DeviceType) -> BackupError {
    open(bytes, Unlock::Passphrase(&secret(passphrase)), device_type).map(|_| ()).expect_err("does not open")
}

/// The published file with its header rewritten; what follows it stays.
fn with_header(change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let bytes = vector();
    let end = 10 + usize::try_from(u32::from_le_bytes(bytes[6..10].try_into().unwrap())).unwrap();
    let mut header: serde_json::Value = serde_json::from_slice(&bytes[10..end]).unwrap();
    change(&mut header);
    framed(&serde_json::to_vec(&header).unwrap(), &bytes[end..])
}

fn framed(header: &[u8], rest: &[u8]) -> Vec<u8> {
    let length = u32::try_from(header.len()).unwrap().to_le_bytes();
    [b"AVLT\x01\x00".as_slice(), &length, header, rest].concat()
}

fn of_vector(bytes: &[u8]) -> BackupError {
    refused(bytes, VECTOR_PASSPHRASE, DeviceType::Android)
}

#[test]
fn a_wrong_passphrase_and_a_wrong_code_are_wrong() {
    let mut vault = vault();
    turned_on(&mut vault, 2);
    let bytes = sealed(&vault).bytes;
    assert_eq!(refused(&bytes, "another passphrase", DeviceType::Android), BackupError::WrongPassphrase);
    for code in ["3F7K-9QWX-TB2M-8RVN-Z4YH-DC6G-5J", "3F7K", "", "Not a code at all, really"] {
        let code = secret(code);
        let error = open(&bytes, Unlock::RecoveryCode(&code), DeviceType::Android).err();
        assert_eq!(error, Some(BackupError::WrongPassphrase));
    }
    let code = secret("3F7K-9QWX-TB2M-8RVN-Z4YH-DC6G-5J");
    let error = open(&vector(), Unlock::RecoveryCode(&code), DeviceType::Android).err();
    assert_eq!(error, Some(BackupError::NoSuchSlot), "the published file has none");
}

#[test]
fn another_device_type_is_told_even_before_the_right_passphrase() {
    let ios = BackupError::OtherDeviceType { of: Some(DeviceType::Android) };
    for device_type in [DeviceType::Ios, DeviceType::Desktop] {
        assert_eq!(refused(&vector(), VECTOR_PASSPHRASE, device_type), ios);
        assert_eq!(refused(&vector(), "another passphrase", device_type), ios);
    }
}

#[test]
fn a_changed_device_type_is_damage_to_whoever_has_the_passphrase() {
    let mut vault = vault();
    let code = turned_on(&mut vault, 2).grouped();
    let bytes = sealed(&vault).bytes;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let place = text.find("android").expect("is there");
    for word in ["desktop", "Android", "ios    ", "       "] {
        let mut changed = bytes.clone();
        changed[place..place + word.len()].copy_from_slice(word.as_bytes());
        for device_type in DeviceType::ALL {
            let error = open(&changed, Unlock::RecoveryCode(&code), *device_type).err();
            assert_eq!(error, Some(BackupError::Damaged), "{word}");
        }
    }
    let ios = with_header(|header| header["device_type"] = "ios".into());
    assert_eq!(refused(&ios, VECTOR_PASSPHRASE, DeviceType::Ios), BackupError::Damaged);
    assert_eq!(of_vector(&ios), BackupError::Damaged);
    let gone = with_header(|header| drop(header.as_object_mut().unwrap().shift_remove("device_type")));
    assert_eq!(of_vector(&gone), BackupError::Damaged);
    let number = with_header(|header| header["device_type"] = 1.into());
    assert_eq!(of_vector(&number), BackupError::Damaged);
}

#[test]
fn a_backup_cut_at_any_length_is_damaged() {
    let bytes = vector();
    let header = opened_header_len(&bytes) - 16;
    for length in (1..header).chain([header, header + 15, bytes.len() - 1]) {
        assert_eq!(of_vector(&bytes[..length]), BackupError::Damaged, "{length}");
    }
    assert_eq!(of_vector(&[]), BackupError::UnknownFormat);
    let longer = [bytes.as_slice(), b" "].concat();
    assert_eq!(of_vector(&longer), BackupError::Damaged);
    // By a code, which costs nothing: all lengths.
    let mut vault = vault();
    let code = turned_on(&mut vault, 2).grouped();
    let bytes = sealed(&vault).bytes;
    for length in 1..bytes.len() {
        let error = open(&bytes[..length], Unlock::RecoveryCode(&code), DeviceType::Android).err();
        assert_eq!(error, Some(BackupError::Damaged), "{length}");
    }
}

#[test]
fn other_files_are_told_from_damaged_ones() {
    for other in [b"PK\x03\x04".as_slice(), b"{\"version\":1}", b"avlt", b"AVLU\x01\x00", &[0; 5000]] {
        assert_eq!(of_vector(other), BackupError::UnknownFormat);
    }
    let mut vault = vault();
    turned_on(&mut vault, 2);
    assert_eq!(of_vector(&save(&mut vault)), BackupError::NotABackup);
    assert_eq!(summary(&save(&mut vault)), Err(BackupError::NotABackup));
    assert_eq!(of_vector(&[b"AVLT\x01\x00".as_slice(), &vec![0; 9 << 20]].concat()), BackupError::TooCostly);
}

#[test]
fn newer_versions_are_not_guessed_at() {
    let mut bytes = vector();
    bytes[4] = 2;
    assert_eq!(of_vector(&bytes), BackupError::NewerVersion);
    let changes: [fn(&mut serde_json::Value); 5] = [
        |header| header["v"] = 2.into(),
        |header| header["aead"] = "XCHACHA20".into(),
        |header| header["slots"][0]["type"] = "platform".into(),
        |header| header["slots"][0]["kdf"]["alg"] = "balloon".into(),
        |header| header["slots"][0]["kdf"]["v"] = 20.into(),
    ];
    for change in changes {
        assert_eq!(of_vector(&with_header(change)), BackupError::NewerVersion);
    }
}

#[test]
fn costs_are_refused_before_they_are_paid() {
    let with = |name: &str, value: serde_json::Value| {
        of_vector(&with_header(|header| header["slots"][0]["kdf"][name] = value))
    };
    for (name, value) in [
        ("m", json!(4_194_304_u64)),
        ("m", json!(1_u64 << 45)),
        ("t", json!(17)),
        ("t", json!(u32::MAX)),
        ("p", json!(9)),
    ] {
        assert_eq!(with(name, value), BackupError::TooCostly);
    }
    for (name, value) in [
        ("m", json!(19 * 1024 - 1)),
        ("m", json!(0)),
        ("t", json!(1)),
        ("p", json!(0)),
        ("salt", json!("AAAA")),
        ("m", json!(-1)),
        ("m", json!("65536")),
    ] {
        assert_eq!(with(name, value), BackupError::Damaged, "less than any app writes");
    }
}

#[test]
fn headers_that_say_something_twice_or_nothing_are_damaged() {
    let bytes = vector();
    let end = 10 + usize::try_from(u32::from_le_bytes(bytes[6..10].try_into().unwrap())).unwrap();
    let text = String::from_utf8(bytes[10..end].to_vec()).unwrap();
    for (from, to) in [
        (r#""generation":7"#, r#""generation":7,"generation":8"#),
        (r#""v":19"#, r#""v":19,"m":20000"#),
        (r#"{"fmt""#, r#"[{"fmt""#),
        (r#""generation":7"#, r#""generation":-7"#),
        (r#""generation":7"#, r#""generation":"7""#),
        (r#""slots":["#, r#""slots":7,"s":["#),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        assert_eq!(of_vector(&framed(changed.as_bytes(), &bytes[end..])), BackupError::Damaged, "{to}");
    }
    assert_eq!(of_vector(&with_header(|header| header["slots"] = json!([]))), BackupError::Damaged);
}

#[test]
fn a_damaged_slot_is_no_wrong_passphrase() {
    let mut vault = vault();
    turned_on(&mut vault, 2);
    let bytes = sealed(&vault).bytes;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    for member in ["\"wrapped\":\"", "\"salt\":\"", "\"backup_id\":\"", "\"slots_sum\":\""] {
        let mut damaged = bytes.clone();
        let place = text.find(member).expect("is there") + member.len() + 3;
        damaged[place] = if damaged[place] == b'A' { b'B' } else { b'A' };
        assert_eq!(refused(&damaged, PASSPHRASE, DeviceType::Android), BackupError::Damaged, "{member}");
    }
}

/// A backup of other content than the app writes.
fn of_content(content: &str) -> Result<Contents, BackupError> {
    let (id, key) = (crate::vault::FileId::make(&mut rng(1)), VaultKey::make(&mut rng(2)));
    let code = RecoveryCode::make(&mut rng(3));
    let slot = Slot::make_recovery_code(1, &id, &key, &code, &mut rng(4));
    let stranger = Slot::Unknown(json!({"id": 5, "type": "platform"}));
    let members = json!({"device_type": "ios", "palette": "blue"});
    let header = Header {
        kind: FileKind::Backup,
        id,
        generation: 1,
        created_at: NOW,
        members: members.as_object().expect("an object").clone(),
    };
    let bytes = seal_file(&header, &[stranger, slot], &key, content.as_bytes(), &mut rng(5)).expect("seals");
    open(&bytes, Unlock::RecoveryCode(&code.grouped()), DeviceType::Ios)
}

#[test]
fn content_is_read_as_what_it_is() {
    let error = |content| of_content(content).map(|_| ()).expect_err("is refused");
    assert_eq!(error("not JSON"), BackupError::Damaged);
    assert_eq!(error(r#"{"entries":[]}"#), BackupError::Damaged);
    assert_eq!(error(r#"{"v":1,"v":1,"entries":[]}"#), BackupError::Damaged);
    assert_eq!(error(r#"{"v":1,"entries":[{"kind":"totp","kind":"totp","id":"1"}]}"#), BackupError::Damaged);
    assert_eq!(error(r#"{"v":2,"entries":[]}"#), BackupError::NewerVersion);
    assert_eq!(error(r#"{"v":1,"entries":7}"#), BackupError::NewerVersion);
    assert!(of_content(r#"{"v":1,"entries":[]}"#).expect("opens").entries().is_empty());
}

#[test]
fn one_account_that_is_not_understood_keeps_no_other_from_coming_back() {
    let contents = of_content(
        r#"{"v":1,"entries":[
            {"kind":"totp","id":"1","issuer":"A","account":"a","secret":"0189","alg":"SHA1","digits":6,"period":30},
            {"kind":"totp","id":"2","issuer":"A","account":"b","secret":"JBSWY3DPEHPK3PXP","alg":"SHA3","digits":6,"period":30},
            {"kind":"lava","id":"3","issuer":"A","account":"c","pin":"1"},
            {"kind":"personal","id":"4","issuer":"A","account":"d","state":"sign_in_required"},
            {"kind":"totp","id":"5","issuer":"A","account":"e","secret":"JBSWY3DPEHPK3PXP","removed_at":5}
        ],"settings":{"language":"nb"}}"#,
    )
    .expect("opens");
    let kinds: Vec<&str> = contents.entries().iter().map(|entry| entry.kind()).collect();
    assert_eq!(kinds, ["totp", "totp", "lava", "work", "totp"]);
    assert!(contents.entries()[..3].iter().all(|entry| entry.code().is_none() && !entry.is_known()));
    assert!(contents.entries()[3].work().is_some());
    assert!(contents.entries()[4].removed_at.is_none());
    assert_eq!(contents.members["settings"]["language"], "nb");
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), ours in any::<bool>()) {
        let bytes = if ours { [b"AVLT\x01\x00".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(summary(&bytes).is_err());
        prop_assert!(open(&bytes, Unlock::RecoveryCode(&secret("x")), DeviceType::Android).is_err());
    }
}

/// Every bit of the header and every byte of the rest. The key is at hand, so that each try is quick.
#[test]
fn a_changed_byte_anywhere_is_noticed() {
    let mut vault = vault();
    let code = turned_on(&mut vault, 2).grouped();
    let bytes = sealed(&vault).bytes;
    let header = opened_header_len(&bytes);
    for place in 0..bytes.len() {
        for bit in 0..if place < header { 8 } else { 1 } {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            let refused = open(&changed, Unlock::RecoveryCode(&code), DeviceType::Android).err();
            assert!(refused.is_some(), "byte {place}, bit {bit}");
            assert_ne!(
                refused,
                Some(BackupError::WrongPassphrase),
                "byte {place}, bit {bit}: the code is right"
            );
        }
    }
    assert!(SealedFile::parse(&bytes).map_err(|error: FileError| error).is_ok());
}
