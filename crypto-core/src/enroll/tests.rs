use proptest::prelude::*;

use super::*;
use crate::codes::{CodeSpec, base32};
use crate::time::Period;

fn part(batch_id: i32, index: u32, size: u32, account: &str) -> MigrationPart {
    let account = CodeAccount {
        issuer: String::new(),
        account: account.to_owned(),
        secret: base32::decode("JBSWY3DPEHPK3PXP").unwrap(),
        pin: None,
        spec: CodeSpec::steam(Period::DEFAULT),
    };
    MigrationPart { batch_id, index, size, accounts: vec![Ok(account)] }
}

fn names(progress: Progress) -> Vec<String> {
    let Progress::Complete(rows) = progress else { panic!("parts are missing") };
    rows.into_iter().map(|row| row.unwrap().account).collect()
}

#[test]
fn an_account_and_a_transfer_are_told_apart() {
    let text = "\u{feff} OTPAUTH://totp/x?secret=JBSWY3DPEHPK3PXP\r\n";
    assert!(matches!(read(text), Ok(Enrollment::Account(_))));
    let text = "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC";
    assert!(matches!(read(text), Ok(Enrollment::Part(_))));
}

#[test]
fn codes_of_other_apps_are_known_by_name() {
    for (text, app) in [
        ("phonefactor://activate_account?code=1&url=https%3A%2F%2Fx", Foreign::MicrosoftWork),
        ("ms-msa://code=abc", Foreign::MicrosoftPersonal),
        (
            "FIDO:/13086400838107303667332719012595115747821895775708323189557153075146383351399743589971313508078026948312026786722471666005727649643501784024544726574771401798171307406596245",
            Foreign::Passkey,
        ),
        ("otpauth://pipush/PIPU0001?url=https%3A//x&ttl=10", Foreign::PrivacyIdeaPush),
        ("OTPAUTH://PIPUSH/x", Foreign::PrivacyIdeaPush),
        ("pia://pipush/x", Foreign::PrivacyIdeaPush),
        ("pia://container/SMPH0001?issuer=privacyIDEA", Foreign::PrivacyIdeaContainer),
        ("https://example.com/?next=otpauth://totp/x", Foreign::WebAddress),
        ("HTTP://example.com", Foreign::WebAddress),
    ] {
        assert!(matches!(read(text), Ok(Enrollment::Foreign(found)) if found == app), "{text}");
    }
    assert!(matches!(read("otpauth://pipushy/x"), Err(EnrollError::Otpauth(OtpauthError::UnknownType(_)))));
}

#[test]
fn an_activation_is_told_from_other_web_addresses() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/vectors/approval-v1.json")).unwrap();
    let link = vectors["activation_qr"].as_str().unwrap();
    for text in [link.to_owned(), format!("\u{feff}{link}\r\n"), link.replace("https", "HTTPS")] {
        assert!(
            matches!(read(&text), Ok(Enrollment::Approval(found)) if found.origin.host() == "signin.example.org")
        );
    }
    for text in [
        link.replace("/activate", "/x/activate"),
        link.replace("/activate#", "/activate?"),
        link.replace("#", "?x#"),
        link.replace("https", "http"),
        "https://signin.example.org/activate".to_owned(),
        "https://signin.example.org/activate#top".to_owned(),
    ] {
        assert!(matches!(read(&text), Ok(Enrollment::Foreign(Foreign::WebAddress))), "{text}");
    }
    let newer = read(&link.replace("v=1", "v=2")).unwrap_err();
    assert_eq!(newer, EnrollError::Activation(LinkRefused::NewerVersion));
    let cut = read(link.split("&k").next().unwrap()).unwrap_err();
    assert_eq!(cut, EnrollError::Activation(LinkRefused::Key));
}

#[test]
fn a_sign_in_page_is_told_from_an_activation_and_from_other_web_addresses() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/vectors/approval-scan-v1.json")).unwrap();
    let link = vectors["approve_qr"].as_str().unwrap();
    for text in [link.to_owned(), format!("\u{feff}{link}\r\n"), link.replace("https", "HTTPS")] {
        assert!(matches!(read(&text), Ok(Enrollment::Approve(found)) if found.print().expose() == link));
    }
    for text in [
        link.replace("/approve", "/x/approve"),
        link.replace("/approve#", "/approve?"),
        link.replace("https", "http"),
        "https://signin.example.org/approve".to_owned(),
    ] {
        assert!(matches!(read(&text), Ok(Enrollment::Foreign(Foreign::WebAddress))), "{text}");
    }
    let newer = read(&link.replace("v=1", "v=2")).unwrap_err();
    assert_eq!(newer, EnrollError::Approve(LinkRefused::NewerVersion));
    let cut = read(link.split("&s").next().unwrap()).unwrap_err();
    assert_eq!(cut, EnrollError::Approve(LinkRefused::Code));
}

#[test]
fn nothing_is_taken_for_a_key_that_does_not_say_so() {
    for text in
        ["JBSWY3DPEHPK3PXP", "secret=JBSWY3DPEHPK3PXP", "steam://JBSWY3DPEHPK3PXP", "pia://x", "tel:112"]
    {
        assert_eq!(read(text).unwrap_err(), EnrollError::NotACode, "{text}");
    }
    assert_eq!(read(" \n").unwrap_err(), EnrollError::Empty);
    assert_eq!(read(&"x".repeat(8193)).unwrap_err(), EnrollError::TooLong);
}

#[test]
fn refusals_keep_their_reason() {
    assert_eq!(read("otpauth://totp/x").unwrap_err(), EnrollError::Otpauth(OtpauthError::KeyMissing));
    let damaged = read("otpauth-migration://offline?data=%FF").unwrap_err();
    assert_eq!(damaged, EnrollError::Migration(MigrationError::Damaged));
}

#[test]
fn a_transfer_is_complete_when_all_its_parts_are_there_in_any_order() {
    let mut batch = Batch::default();
    for (index, have) in [(2, 1), (0, 2), (2, 2)] {
        let progress = batch.add(part(-5, index, 3, "again")).unwrap();
        assert!(matches!(progress, Progress::Waiting { have: h, of: 3 } if h == have), "{progress:?}");
    }
    let progress = batch.add(part(-5, 1, 3, "last")).unwrap();
    assert_eq!(names(progress), ["again", "last", "again"]);
    // It can take another transfer.
    assert_eq!(names(batch.add(part(9, 0, 1, "one")).unwrap()), ["one"]);
}

#[test]
fn a_part_of_another_transfer_is_refused_and_changes_nothing() {
    let mut batch = Batch::default();
    batch.add(part(1, 0, 2, "first")).unwrap();
    assert_eq!(batch.add(part(2, 1, 2, "other")).unwrap_err(), BatchOther);
    assert_eq!(batch.add(part(1, 1, 3, "other")).unwrap_err(), BatchOther);
    assert_eq!(names(batch.add(part(1, 1, 2, "second")).unwrap()), ["first", "second"]);
}

proptest! {
    #[test]
    fn no_text_panics(
        start in prop::sample::select(vec!["", "otpauth", "otpauth:", "otpauth-migration:", "pia://", "FIDO:", "ms-msa:", "\u{feff}"]),
        rest in any::<String>(),
    ) {
        let _ = read(&format!("{start}{rest}"));
    }
}
