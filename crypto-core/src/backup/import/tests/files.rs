//! Damage, costs and passwords of the files that are written from the formats. What has to come out of them is
//! compared in `tests/exports.rs`.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;

use crate::backup::import::*;
use crate::codes::{base32, otpauth};
use crate::time::UnixTime;

/// Files that are written from the formats, with what has to come out; see `tests/fixtures/make_exports_b.py`.
fn exports() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/exports")
}

fn cases() -> Vec<Value> {
    [manifest("b.json"), manifest("c.json")].concat()
}

fn manifest(name: &str) -> Vec<Value> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(exports().join(name)).unwrap()).unwrap();
    manifest["files"].as_array().unwrap().clone()
}

fn file(case: &Value) -> Vec<u8> {
    std::fs::read(exports().join(case["file"].as_str().unwrap())).unwrap()
}

fn named(name: &str) -> Vec<u8> {
    std::fs::read(exports().join("b").join(name)).unwrap()
}

fn opened(bytes: &[u8], password: Option<&str>) -> Result<Import, ImportError> {
    let password = password.map(|text| SecretText::new(text.to_owned()));
    read(&Input { bytes, password: password.as_ref(), limits: Limits::PHONE })
}

#[test]
fn every_format_has_a_file() {
    let cases = [manifest("a.json"), manifest("b.json"), manifest("c.json")].concat();
    let has = |format: Format| cases.iter().any(|case| case["format"] == format.name());
    for vendor in VENDORS {
        // Written in the tests of exports; sealed for a key that no file comes with; sealed by an account; refused.
        let is_elsewhere = matches!(
            vendor.format,
            Format::Countersign
                | Format::AndOtpPgp
                | Format::BitwardenRestricted
                | Format::RaivoJson
                | Format::RaivoZip
        );
        assert!(has(vendor.format) || is_elsewhere, "{}", vendor.format);
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
            // What it is stands behind the content.
            "c/privacyidea.json" => &[ImportError::UnknownFormat],
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

/// Whose codes are right is compared in `tests/exports.rs`, for Stratum's database; here every other app says the same.
#[test]
fn codes_with_a_pin_are_the_same_whatever_app_they_come_from() {
    let rows = opened(&named("stratum.db"), None).unwrap().rows;
    let with_pin: Vec<_> = rows
        .into_iter()
        .filter_map(|row| row.content.ok())
        .map(|row| row.account)
        .filter(|account| account.pin.is_some())
        .collect();
    let [motp, yandex] = with_pin.as_slice() else { panic!("one of each kind: {with_pin:?}") };
    let pin = |account: &CodeAccount| account.pin.as_ref().unwrap().expose().to_owned();
    let hex = data_encoding::HEXLOWER.encode(motp.secret.expose());
    let base32 = |account: &CodeAccount| base32::encode(&account.secret).expose().to_owned();
    let (motp_pin, yandex_pin) = (pin(motp), pin(yandex));
    let (motp_key, yandex_key) = (base32(motp), base32(yandex));
    let (motp_uri, yandex_uri) = (otpauth::print(motp), otpauth::print(yandex));
    let (motp_uri, yandex_uri) = (motp_uri.expose(), yandex_uri.expose());
    let files = [
        format!(
            r#"{{"version":1,"header":{{"slots":null,"params":null}},"db":{{"version":3,"entries":[
            {{"type":"motp","name":"fia","issuer":"Portal","info":{{"secret":"{motp_key}","algo":"MD5","digits":6,"period":10,"pin":"{motp_pin}"}}}},
            {{"type":"yandex","name":"gus","issuer":"Yandex","info":{{"secret":"{yandex_key}","algo":"SHA256","digits":8,"period":30,"pin":"{yandex_pin}"}}}}]}}}}"#
        ),
        format!(
            r#"{{"Authenticators":[{{"Type":3,"Issuer":"Portal","Username":"fia","Secret":"{hex}","Pin":"{motp_pin}","Digits":6,"Period":10}},
            {{"Type":5,"Issuer":"Yandex","Username":"gus","Secret":"{yandex_key}","Pin":"{yandex_pin}","Digits":8,"Period":30}}]}}"#
        ),
        format!("{motp_uri}\n{yandex_uri}\n"),
        format!("motp://Portal:fia?secret={hex}&pin={motp_pin}\n{yandex_uri}\n"),
        format!("{motp_uri}&codeDisplay=%7B%7D\n{yandex_uri}&codeDisplay=%7B%7D\n"),
    ];
    let at = UnixTime::from_secs(1_234_567_890);
    for file in files {
        let import = opened(file.as_bytes(), None).unwrap();
        assert_eq!(import.rows.len(), 2, "{}", import.format);
        for (row, expected) in import.rows.iter().zip([motp, yandex]) {
            let account =
                &row.content.as_ref().unwrap_or_else(|why| panic!("{}: {why:?}", import.format)).account;
            assert_eq!(account.spec, expected.spec, "{}", import.format);
            let code = |account: &CodeAccount| account.spec.at(account, at).current.as_str().to_owned();
            assert_eq!(code(account), code(expected), "{}", import.format);
            assert_eq!((&account.issuer, &account.account), (&expected.issuer, &expected.account));
        }
        let without =
            file.replace("pin=", "pan=").replace("\"pin\"", "\"pan\"").replace("\"Pin\"", "\"Pan\"");
        for row in opened(without.as_bytes(), None).unwrap().rows {
            assert_eq!(
                row.content.unwrap_err().reason,
                Reason::Code(OtpauthError::PinMissing),
                "{}",
                import.format
            );
        }
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
fn a_price_that_is_named_twice_is_the_higher_one() {
    let kdbx = named("keepass.kdbx");
    let member = |value: u64| [&[5, 1, 0, 0, 0][..], b"M", &[8, 0, 0, 0], &value.to_le_bytes()].concat();
    let place = kdbx.windows(6).position(|window| window == [5, 1, 0, 0, 0, b'M']).unwrap();
    // The field of the header has to hold both; its length is in front of it.
    let field = kdbx[..place].windows(3).rposition(|window| window[0] == 11 && window[2] == 0).unwrap();
    let length = u32::from_le_bytes(kdbx[field + 1..field + 5].try_into().unwrap());
    for value in [4 << 30, 1 << 20] {
        let mut twice = [&kdbx[..place], &member(value), &kdbx[place..]].concat();
        twice[field + 1..field + 5].copy_from_slice(&(length + 18).to_le_bytes());
        // Where it is cheap, it is a header that was changed.
        let error = opened(&twice, Some("x")).unwrap_err();
        assert_eq!(error == ImportError::TooCostly, value == 4 << 30, "{error}");
    }
}

#[test]
fn what_is_repeated_in_a_file_is_not_repeated_in_memory() {
    // None of these ends, so that each could be as long as the rest of the page.
    let page = format!("<p>{}", "otpauth://".repeat(1500));
    let import = opened(page.as_bytes(), None).unwrap();
    assert!(import.rows.len() <= 1500 && import.rows.iter().all(|row| row.content.is_err()));
    // A table whose rows are all the same large place in the file.
    let mut database = named("stratum.db");
    let size = usize::from(u16::from_be_bytes([database[16], database[17]]));
    let leaf = (1..database.len() / size).find(|page| database[page * size] == 0x0d).unwrap() * size;
    let first = [database[leaf + 8], database[leaf + 9]];
    let cells = (size - 8) / 2;
    database[leaf + 3..leaf + 5].copy_from_slice(&u16::try_from(cells).unwrap().to_be_bytes());
    let cell = leaf + usize::from(u16::from_be_bytes(first));
    let end = leaf + size;
    for place in (leaf + 8..cell.min(end)).step_by(2).take(cells) {
        database[place..place + 2].copy_from_slice(&first);
    }
    assert!(opened(&database, None).map(|import| import.rows.len()).is_err());
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

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
