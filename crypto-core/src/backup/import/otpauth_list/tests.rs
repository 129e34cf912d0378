use super::*;
use crate::backup::import::{self, Import, Limits};
use crate::codes::otpauth::OtpauthError;

const MASON: &str = "otpauth://totp/Deno:Mason?secret=JBSWY3DPEHPK3PXP&issuer=Deno";
/// Two accounts, the first of two codes; then the second with one account.
const FIRST: &str = "otpauth-migration://offline?data=ChwKCkhlbGxvId6tvu8SBUE6b25lGgFBIAEoATACChIKBWhlbGxvEgN0d28gASgBMAIQARgCIAAoBw%3D%3D";
const SECOND: &str = "otpauth-migration://offline?data=ChQKBWhlbGxvEgV0aHJlZSABKAEwAhABGAIgASgH";

fn read(text: &str) -> Result<Import, ImportError> {
    import::read(&Input { bytes: text.as_bytes(), password: None, limits: Limits::PHONE })
}

fn accounts(import: &Import) -> Vec<Result<&str, String>> {
    let rows = import.rows.iter().map(|row| row.content.as_ref());
    rows.map(|row| row.map(|row| row.account.account.as_str()).map_err(|refused| refused.reason.to_string()))
        .collect()
}

#[test]
fn comments_and_empty_lines_are_no_rows_and_everything_else_is_one() {
    let import =
        read(&format!("\u{feff}# mine\r\n\r\n{MASON}\r\nJBSWY3DPEHPK3PXP\r\n\"{MASON}\",\r\n")).unwrap();
    assert_eq!(import.format, Format::OtpauthList);
    assert_eq!(import.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3]);
    let refused = import.rows[1].content.as_ref().unwrap_err();
    // A key alone on its line is not shown as a name.
    assert_eq!((refused.name.as_str(), &refused.reason), ("", &OtpauthError::NotACode.into()));
    assert!(import.rows[2].content.is_ok());
}

#[test]
fn a_bad_line_is_refused_with_its_name() {
    let import = read(&format!("{MASON}\notpauth://totp/A%20B:c?secret=0&issuer=A%20B\n")).unwrap();
    let refused = import.rows[1].content.as_ref().unwrap_err();
    assert_eq!(refused.name, "A B: c");
    assert_eq!(refused.reason, OtpauthError::KeyCharacter('0').into());
}

#[test]
fn a_transfer_in_two_codes_is_whole_in_any_order_and_with_one_of_them_twice() {
    let import = read(&format!("{SECOND}\n{FIRST}\n{SECOND}\n")).unwrap();
    assert_eq!(import.format, Format::GoogleMigration);
    assert_eq!(accounts(&import), [Ok("three"), Ok("one"), Ok("two")]);
}

#[test]
fn a_code_that_is_not_there_is_said() {
    let import = read(FIRST).unwrap();
    let missing = "code 2 of 2 of the transfer is missing; export it again".to_owned();
    assert_eq!(accounts(&import), [Ok("one"), Ok("two"), Err(missing)]);
}

#[test]
fn a_damaged_code_is_a_row_among_others_and_an_error_alone() {
    let damaged = "otpauth-migration://offline?data=CiEKCkhl";
    assert_eq!(read(damaged).unwrap_err(), ImportError::Corrupt);
    let import = read(&format!("{damaged}\n{FIRST}\n{SECOND}")).unwrap();
    assert_eq!(import.rows[0].content.as_ref().unwrap_err().reason, Reason::Damaged);
    assert_eq!(import.rows.len(), 4);
}

#[test]
fn links_of_a_page_are_read_once_and_unescaped() {
    let escaped = MASON.replace('&', "&amp;");
    let page = format!(
        "<!DOCTYPE html><a href=\"{escaped}\">{escaped}</a>\n<td><code>{}</code></td><img src='x'>",
        "otpauth://totp/O&#39;Hara:b&quot;?secret=JBSWY3DPEHPK3PXP&amp;issuer=O%27Hara"
    );
    let import = read(&page).unwrap();
    assert_eq!(import.format, Format::OtpauthHtml);
    let names: Vec<_> = import
        .rows
        .iter()
        .map(|row| row.content.as_ref().unwrap())
        .map(|row| (row.account.issuer.as_str(), row.account.account.as_str()))
        .collect();
    assert_eq!(names, [("Deno", "Mason"), ("O'Hara", "b\"")]);
}

#[test]
fn a_text_without_a_set_up_text_is_unknown() {
    for text in
        ["", "\n", "hello", "JBSWY3DPEHPK3PXP", "<html></html>", "{}", "[]", "https://otpauth.example"]
    {
        assert_eq!(read(text).unwrap_err(), ImportError::UnknownFormat, "{text}");
    }
}

#[test]
fn a_thousand_transfers_of_which_most_is_missing_are_refused_and_not_listed() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for id in 0..127 {
        // No account, the first of a thousand codes, its own number.
        let message = [0x18, 0xe8, 0x07, 0x28, id];
        let data = data_encoding::BASE64.encode(&message);
        writeln!(text, "otpauth-migration://offline?data={data}").unwrap();
    }
    assert_eq!(read(&text).unwrap_err(), ImportError::TooLarge);
}
