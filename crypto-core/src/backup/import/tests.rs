use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::codes::{Key, Mover};
use crate::time::UnixTime;

/// Files that are written from the formats, with what has to come out; see `tests/fixtures/make_exports_b.py`.
fn exports() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/exports")
}

fn cases() -> Vec<Value> {
    let text = std::fs::read(exports().join("b.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn file(case: &Value) -> Vec<u8> {
    std::fs::read(exports().join(case["file"].as_str().unwrap())).unwrap()
}

fn named(name: &str) -> Vec<u8> {
    std::fs::read(exports().join("b").join(name)).unwrap()
}

fn opened(bytes: &[u8], password: Option<&str>) -> Result<Import, ImportError> {
    let password = password.map(|text| SecretText::new(text.to_owned()));
    read(&Input { bytes, password: password.as_ref() })
}

/// An account as it stands in a list of what is expected.
fn shown(imported: &Imported, at: u64) -> Value {
    let CodeAccount { issuer, account, spec, .. } = &imported.account;
    let counter = match spec.mover {
        Mover::Counter { counter } => Some(counter),
        Mover::Time { .. } | Mover::Steam { .. } | Mover::Motp { .. } | Mover::Yandex { .. } => None,
    };
    let code = spec.at(Key::from(&imported.account), UnixTime::from_secs(at)).current;
    serde_json::json!({
        "kind": spec.mover.kind(),
        "issuer": issuer,
        "account": account,
        "algorithm": spec.hash_name(),
        "digits": spec.digits.count(),
        "period": spec.mover.period().map(|period| period.secs()),
        "counter": counter,
        "code": code.as_str(),
    })
}

#[test]
fn every_file_gives_what_was_written_into_it() {
    for case in cases() {
        let name = case["file"].as_str().unwrap();
        let at = case["at"].as_u64().unwrap();
        let import =
            opened(&file(&case), case["password"].as_str()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(import.format.name(), case["format"], "{name}");
        assert_eq!(import.rows.len() as u64, case["total"].as_u64().unwrap(), "{name}");
        let (mut entries, mut refused) = (Vec::new(), Vec::new());
        for (place, row) in (1..).zip(&import.rows) {
            assert_eq!(row.number, place, "{name}");
            match &row.content {
                Ok(imported) => entries.push(shown(imported, at)),
                Err(reason) => refused.push(serde_json::json!({ "row": row.number, "name": reason.name })),
            }
        }
        let json = |values: Vec<Value>| serde_json::to_string_pretty(&values).unwrap();
        assert_eq!(json(entries), json(case["entries"].as_array().unwrap().clone()), "{name}");
        assert_eq!(json(refused), json(case["refused"].as_array().unwrap().clone()), "{name}");
    }
}

#[test]
fn every_format_has_a_file() {
    let cases = cases();
    let has = |format: Format| cases.iter().any(|case| case["format"] == format.name());
    for vendor in VENDORS {
        // Sealed for a key that no file comes with.
        assert!(has(vendor.format) || vendor.format == Format::AndOtpPgp, "{}", vendor.format);
    }
}

#[test]
fn a_wrong_password_is_told_from_none() {
    let mut sealed = 0;
    for case in cases().iter().filter(|case| case["password"].is_string()) {
        let (name, bytes) = (case["file"].as_str().unwrap(), file(case));
        let format = opened(&bytes, case["password"].as_str()).unwrap().format;
        assert_eq!(opened(&bytes, None).unwrap_err(), ImportError::PasswordNeeded { format }, "{name}");
        assert_eq!(opened(&bytes, Some("another")).unwrap_err(), ImportError::WrongPassword, "{name}");
        sealed += 1;
    }
    assert!(sealed >= 10);
}

#[test]
fn a_file_that_is_cut_off_is_refused_whole() {
    for case in cases() {
        let (name, bytes) = (case["file"].as_str().unwrap(), file(&case));
        let half = opened(&bytes[..bytes.len() / 2], case["password"].as_str());
        // Where nothing but the seal says that bytes are missing, it looks like another password; half a line of
        // Base64 may be no Base64.
        let allowed: &[ImportError] = match name {
            "b/andotp.json.aes" | "b/andotp-old.json.aes" => &[ImportError::WrongPassword],
            _ if name.ends_with(".bin") => {
                &[ImportError::Corrupt, ImportError::UnknownFormat, ImportError::WrongPassword]
            }
            _ => &[ImportError::Corrupt],
        };
        let error = half.map(|import| import.rows.len()).unwrap_err();
        assert!(allowed.contains(&error), "{name}: {error}");
    }
}

#[test]
fn what_is_no_export_is_of_no_format() {
    let texts = [
        "",
        "{}",
        "[]",
        "[1]",
        "{\"a\":1}",
        "[{\"a\":1}]",
        "hello",
        "<?xml version=\"1.0\"?><map></map>",
        "<html></html>",
        "MFRGGZDFMZTWQ2LK",
        "null",
        "\u{feff}",
    ];
    for text in texts {
        assert_eq!(opened(text.as_bytes(), Some("x")).unwrap_err(), ImportError::UnknownFormat, "{text}");
    }
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
    assert_eq!(opened(png, Some("x")).unwrap_err(), ImportError::UnknownFormat);
    assert_eq!(opened(&[0; 4096], Some("x")).unwrap_err(), ImportError::UnknownFormat);
    assert_eq!(opened(&vec![b' '; MAX_FILE + 1], None).unwrap_err(), ImportError::TooLarge);
}

#[test]
fn what_openpgp_sealed_says_so() {
    let armored = b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n";
    let mut packet = vec![0x85, 0x01, 0x0c, 0x03];
    packet.extend((0..=255).map(|byte: u8| byte.wrapping_mul(73)));
    for bytes in [&armored[..], &packet] {
        assert_eq!(opened(bytes, Some("x")).unwrap_err(), ImportError::UnsupportedVersion);
    }
}

#[test]
fn reasons_say_what_is_wrong_with_a_row() {
    let reasons = |name: &str| -> Vec<String> {
        let rows = opened(&named(name), None).unwrap().rows;
        rows.into_iter()
            .filter_map(|row| row.content.err())
            .map(|refused| refused.reason.to_string())
            .collect()
    };
    assert_eq!(
        reasons("andotp.json"),
        [
            "the key has a character that is not allowed: 0",
            "there is no key in it",
            "the counter is missing",
            "the PIN is missing",
            "the row is damaged",
            "codes of this kind are not made here \"U2F\"",
        ]
    );
    assert_eq!(
        reasons("microsoft.sqlite"),
        [
            "there is no key in it",
            "its key can be opened only by the phone it was made on",
            "the key has a character that is not allowed: 0",
        ]
    );
}

#[test]
fn a_price_that_is_too_high_is_not_paid() {
    // Ten times ten million iterations.
    let mut andotp = named("andotp.json.aes");
    andotp[..4].copy_from_slice(&10_000_001_u32.to_be_bytes());
    assert_eq!(opened(&andotp, Some("x")).unwrap_err(), ImportError::WrongPassword, "no cost: the old form");
    let replaced = |bytes: &[u8], from: &[u8], to: &[u8]| {
        let place = bytes.windows(from.len()).position(|window| window == from).unwrap();
        [&bytes[..place], to, &bytes[place + from.len()..]].concat()
    };
    let freeotp =
        replaced(&named("freeotp2.xml"), b"\"mIterations\": 100000, ", b"\"mIterations\":99000000,");
    assert_eq!(opened(&freeotp, Some("x")).unwrap_err(), ImportError::TooCostly);
    let authy =
        replaced(&named("authy-encrypted.xml"), b"Iterations&quot;: 100000", b"Iterations&quot;: 99000000");
    assert_eq!(opened(&authy, Some("x")).unwrap_err(), ImportError::TooCostly);
    // Memory and passes of Argon2, as they stand in the header.
    for (name, value) in [("M", 4_u64 << 30), ("I", 1 << 40)] {
        let kdbx = named("keepass.kdbx");
        let member = [&[1, 0, 0, 0], name.as_bytes(), &[8, 0, 0, 0]].concat();
        let place = kdbx.windows(member.len()).position(|window| window == member).unwrap() + member.len();
        let mut costly = kdbx;
        costly[place..place + 8].copy_from_slice(&value.to_le_bytes());
        assert_eq!(opened(&costly, Some("x")).unwrap_err(), ImportError::TooCostly, "{name}");
    }
}

#[test]
fn an_old_keepass_file_is_of_another_version() {
    let mut kdbx = named("keepass.kdbx");
    kdbx[10] = 3;
    assert_eq!(opened(&kdbx, Some("x")).unwrap_err(), ImportError::UnsupportedVersion);
}

#[test]
fn entities_do_not_grow() {
    let text = "<?xml version='1.0'?><!DOCTYPE map [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]>\
                <map><string name='STATIC_TOTP_CODES_LIST'>&b;</string></map>";
    assert_eq!(opened(text.as_bytes(), None).unwrap_err(), ImportError::Corrupt);
}

/// The real exports of other apps, where they are: `COUNTERSIGN_PEER_EXPORTS`, or beside the checkout.
#[test]
fn exports_of_other_apps_give_their_accounts() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures");
    let folder = std::env::var_os("COUNTERSIGN_PEER_EXPORTS").map_or(beside, PathBuf::from);
    let folder = if folder.join("peer-exports").is_dir() { folder.join("peer-exports") } else { folder };
    if !folder.join("duo.json").is_file() {
        eprintln!("skipped: there are no exports of other apps in {}", folder.display());
        return;
    }
    let vectors: Value = serde_json::from_str(include_str!("../../../../tests/vectors/codes.json")).unwrap();
    let vectors = vectors["accounts"]["accounts"].as_array().unwrap().clone();
    let test = Some("test");
    for (name, password, accounts) in [
        ("andotp_plain.json", None, "A1 A2 A3 A4 A5 A6 A7"),
        ("andotp_encrypted.bin", test, "A1 A2 A3 A4 A5 A6 A7"),
        ("andotp_encrypted_old.bin", test, "A1 A2 A3 A4 A5 A6"),
        ("authenticator_plus.zip", Some("testtesttest"), "A1 A2 A3 A4 A5 A6 A7"),
        ("battle_net_authenticator.xml", None, "A8"),
        ("freeotp.xml", None, "A1 A3 A4 A6"),
        ("freeotp_plus.json", None, "A1 A2 A3 A4 A5 A6"),
        ("freeotp_plus_internal.xml", None, "A1 A2 A3 A4 A5 A6"),
        ("freeotp_v2_api23.xml", test, "A1 A2 A3 A4 A5 A6"),
        ("freeotp_v2_api25.xml", test, "A1 A2 A3 A4 A5 A6"),
        ("freeotp_v2_api27.xml", test, "A1 A2 A3 A4 A5 A6"),
        ("freeotp_v2_api34.xml", test, "A1 A2 A3 A4 A5 A6"),
        ("freeotp_v2_null_algo.xml", test, "A1"),
        ("steam.json", None, "A7"),
        ("steam_old.json", None, "A7"),
        ("stratum_internal.db", None, "A1 A2 A3 A4 A5 A6 A7"),
        // These keep fewer things about an account; what they keep is compared below.
        ("authy_plain.xml", None, "A1 A2 A3"),
        ("authy_encrypted.xml", Some("testtest"), "A1 A2 A3"),
        ("duo.json", None, "A1 A4"),
        ("google_authenticator.sqlite", None, "A1 A2 A3 A4 A5 A6"),
        ("microsoft_authenticator.sqlite", None, "A1 A2 A3 A4 A5 A6 A7"),
        ("totp_authenticator.bin", Some("Testtest1"), "A1 A2 A3"),
        ("totp_authenticator_internal.xml", None, "A1 A2 A3"),
    ] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let import = opened(&bytes, password).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut secrets = Vec::new();
        for row in &import.rows {
            let imported = row.content.as_ref().unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
            let key = crate::codes::base32::encode(&imported.account.secret);
            let vector = vectors.iter().find(|vector| vector["secret"] == key.expose()).unwrap();
            secrets.push(vector["id"].as_str().unwrap());
            let read = shown(imported, 1_234_567_890);
            let keeps_all = ["andotp", "freeotp", "stratum", "battle", "authenticator_plus"];
            let compared: &[&str] = if keeps_all.iter().any(|start| name.starts_with(start)) {
                &["kind", "issuer", "account", "algorithm", "digits", "period", "counter", "code"]
            } else if name.starts_with("steam") {
                &["kind", "account", "digits", "period", "code"]
            } else if name.starts_with("totp") {
                &["issuer", "digits", "period"]
            } else if name.starts_with("duo") {
                &["kind", "account"]
            } else if name.starts_with("authy") {
                &["issuer", "account", "digits"]
            } else {
                &["issuer", "account"]
            };
            for member in compared {
                assert_eq!(read[member], vector[member], "{name} {} {member}", vector["id"]);
            }
        }
        secrets.sort_unstable();
        assert_eq!(secrets.join(" "), accounts, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Bytes of a real file are changed, taken out and repeated; whatever becomes of it, it ends in rows or in an
    /// error. Files that are sealed are read without their password or with a wrong one, which costs little.
    #[test]
    fn no_damage_panics(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..8),
    ) {
        let cases = cases();
        let case = &cases[which.index(cases.len())];
        let mut bytes = file(case);
        for (place, byte, how) in changes {
            let place = place.index(bytes.len().max(1));
            match how {
                0 if place < bytes.len() => bytes[place] = byte,
                1 if place < bytes.len() => { bytes.remove(place); }
                2 => bytes.truncate(place),
                _ => bytes.push(byte),
            }
        }
        let is_costly = case["format"] == "keepass" || case["format"] == "freeotp-encrypted";
        let password = case["password"].as_str().filter(|_| !is_costly);
        if let Ok(import) = opened(&bytes, password) {
            prop_assert!(import.rows.len() <= MAX_ROWS);
        }
    }

    #[test]
    fn no_bytes_panic(
        start in prop::sample::select(vec![
            &b""[..], b"SQLite format 3\0", b"\xac\xed\0\x05sr", b"PK\x03\x04", b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\0\0\x04\0",
            b"<map><string name=\"com.authy.storage.tokens.a.key\">", b"[{\"secret\":", b"{\"tokens\":[",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let _ = opened(&[start, &rest].concat(), None);
        let _ = opened(&[start, &rest].concat(), Some("x"));
    }
}
