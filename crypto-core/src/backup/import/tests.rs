//! The frame: what is said about files before and after their vendor is known.

mod files;

use super::*;

fn read_with(bytes: &[u8], password: Option<&str>) -> Result<Import, ImportError> {
    let password = password.map(|typed| SecretText::new(typed.to_owned()));
    read(&Input { bytes, password: password.as_ref(), limits: Limits::PHONE })
}

#[test]
fn names_of_formats_are_different() {
    let mut names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Format::ALL.len());
}

#[test]
fn every_format_has_a_reader() {
    for format in Format::ALL {
        assert_eq!(VENDORS.iter().filter(|vendor| vendor.format == *format).count(), 1, "{format}");
    }
}

#[test]
fn a_file_that_is_too_large_is_not_looked_at() {
    let bytes = vec![b' '; MAX_FILE + 1];
    assert_eq!(read_with(&bytes, None).unwrap_err(), ImportError::TooLarge);
}

#[test]
fn more_rows_than_anybody_has_are_refused_and_other_logins_are_not_counted() {
    let vault = |count: usize, totp: &str| {
        let item = format!(r#"{{"type":1,"name":"a","login":{{"totp":{totp}}}}}"#);
        let items = vec![item; count].join(",");
        format!(r#"{{"encrypted":false,"folders":[],"items":[{items}]}}"#)
    };
    let key = "\"JBSWY3DPEHPK3PXP\"";
    assert_eq!(read_with(vault(2000, key).as_bytes(), None).unwrap().rows.len(), 2000);
    assert_eq!(read_with(vault(2001, key).as_bytes(), None).unwrap_err(), ImportError::TooLarge);
    let logins = read_with(vault(3000, "null").as_bytes(), None).unwrap();
    assert_eq!((logins.rows.len(), logins.others), (0, 3000));
}

#[test]
fn what_is_wrong_with_a_sealed_file_is_said_before_a_password_is_asked_for() {
    let biometric = br#"{"version":1,"header":{"slots":[{"type":2,"uuid":"","key":"00","key_params":{"nonce":"00","tag":"00"}}],"params":{"nonce":"00","tag":"00"}},"db":"AAAA"}"#;
    assert_eq!(read_with(biometric, None).unwrap_err(), ImportError::DeviceOnly);
    let newer = br#"{"version":2,"header":{"slots":[],"params":{"nonce":"00","tag":"00"}},"db":"AAAA"}"#;
    assert_eq!(read_with(newer, None).unwrap_err(), ImportError::UnsupportedVersion);
    let restricted =
        br#"{"encrypted":true,"encKeyValidation_DO_NOT_EDIT":"2.a|b|c","folders":[],"items":[]}"#;
    assert_eq!(read_with(restricted, Some("x")).unwrap_err(), ImportError::AccountRestricted);
    assert_eq!(read_with(restricted, None).unwrap_err(), ImportError::AccountRestricted);
}

#[test]
fn a_row_of_another_form_is_refused_alone_with_what_name_it_has() {
    let file = br#"{"version":1,"header":{"slots":null,"params":null},"db":{"version":3,"entries":[
        {"type":"totp","name":"b","issuer":"A","info":{"secret":"JBSWY3DPEHPK3PXP"}},
        {"type":"totp","name":"d","issuer":"C","info":"none"},
        {"type":["x"],"name":{"x":1},"issuer":"E"},
        ["totp","f"], null, 7,
        {"type":"totp","name":"h","issuer":"G","info":{"secret":"jbsw y3dp ehpk 3pxp","algo":null,"digits":"6","period":null}}
    ]}}"#;
    let import = read_with(file, None).unwrap();
    assert_eq!(import.rows.len(), 7);
    let refused: Vec<_> = import
        .rows
        .iter()
        .filter_map(|row| {
            row.content.as_ref().err().map(|refused| (row.number, refused.name.as_str(), &refused.reason))
        })
        .collect();
    let damaged = &Reason::Damaged;
    assert_eq!(
        refused,
        [(2, "C: d", damaged), (3, "E", damaged), (4, "", damaged), (5, "", damaged), (6, "", damaged)]
    );
}

#[test]
fn a_file_without_its_end_is_damaged_and_not_unknown() {
    let files: &[&[u8]] = &[
        br#"{"version":1,"header":{"slots":null,"params":null},"db":{"version":1,"entries":[{"#,
        br#"{"services":[{"name":"a","secret":"JBSW","otp":{"#,
        br#"{"Authenticators":[{"Type":2,"#,
        br#"{"version":1,"entries":[{"id":"#,
        br#"{"encrypted":false,"folders":[],"items":[{"#,
        br#"{"deviceId":"","localDeviceId":"","version":3,"accounts":[{"#,
        br#"[{"kind":"TOTP","timer":"30","#,
        br#"{"version":1,"kdfParams":{"memLimit":1,"opsLimit":1,"salt":""},"encryptedData":"AA"#,
        b"AUTHENTICATORPRO12345",
        b"AuthenticatorPro12345",
    ];
    for file in files {
        let error = read_with(file, Some("x")).unwrap_err();
        assert_eq!(error, ImportError::Corrupt, "{}", String::from_utf8_lossy(file));
    }
}

#[test]
fn a_refused_name_is_short_and_has_nothing_that_cannot_be_seen() {
    let refused = Refused::new(&"a\u{202e}".repeat(1_000_000), "b\n", Reason::Damaged);
    assert_eq!(refused.name.chars().count(), 64);
    assert!(refused.name.chars().all(|c| c == 'a'));
    assert_eq!(Refused::new("", " b\n", Reason::Damaged).name, "b");
}

#[test]
fn an_import_does_not_show_its_secrets() {
    let import = read_with(b"otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP", None).unwrap();
    let text = format!("{import:?}");
    assert!(text.contains("SecretBytes(..)") && !text.contains("JBSW") && !text.contains("72, 101"));
}
