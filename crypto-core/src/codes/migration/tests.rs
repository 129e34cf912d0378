use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

fn varint(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

fn number(field: u64, value: u64, out: &mut Vec<u8>) {
    varint(field << 3, out);
    varint(value, out);
}

fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    varint(field << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend(value);
}

/// `algorithm`, `digits`, `type` and `counter` are left out where they are `None`.
fn row(secret: &[u8], name: &str, issuer: &str, numbers: [Option<u64>; 4]) -> Vec<u8> {
    let mut out = Vec::new();
    bytes(1, secret, &mut out);
    bytes(2, name.as_bytes(), &mut out);
    bytes(3, issuer.as_bytes(), &mut out);
    for (field, value) in (4..).zip(numbers) {
        if let Some(value) = value {
            number(field, value, &mut out);
        }
    }
    out
}

fn message(rows: &[Vec<u8>], batch: Option<(u64, u64, i32)>) -> Vec<u8> {
    let mut out = Vec::new();
    for row in rows {
        bytes(1, row, &mut out);
    }
    number(2, 1, &mut out);
    if let Some((size, index, id)) = batch {
        number(3, size, &mut out);
        number(4, index, &mut out);
        number(5, i64::from(id).cast_unsigned(), &mut out);
    }
    out
}

fn uri(message: &[u8]) -> String {
    let data = BASE64_STANDARD.encode(message).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("otpauth-migration://offline?data={data}")
}

fn totp(secret: &[u8], name: &str, issuer: &str) -> Vec<u8> {
    row(secret, name, issuer, [Some(1), Some(1), Some(2), None])
}

fn only(row: Vec<u8>) -> Result<CodeAccount, Refused> {
    parse(&uri(&message(&[row], None))).unwrap().accounts.pop().unwrap()
}

#[test]
fn a_published_example_is_read() {
    // The well-known example: the account of the Key URI format, with the key "Hello!" and four bytes.
    let text = "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC";
    let part = parse(text).unwrap();
    assert_eq!((part.batch_id, part.index, part.size, part.accounts.len()), (0, 0, 1, 1));
    let account = part.accounts[0].as_ref().unwrap();
    assert_eq!((account.issuer.as_str(), account.account.as_str()), ("Example", "alice@google.com"));
    assert_eq!(account.secret.expose(), b"Hello!\xde\xad\xbe\xef");
    let spec = CodeSpec {
        algorithm: Algorithm::Sha1,
        digits: Digits::DEFAULT,
        mover: Mover::Time { period: Period::DEFAULT },
    };
    assert_eq!(account.spec, spec);
}

#[test]
fn all_accounts_of_a_part_are_read_in_order() {
    let rows = [
        totp(b"k1", "alice", "A"),
        row(b"k2", "bob", "B", [Some(2), Some(2), Some(2), None]),
        row(b"k3", "carol", "C", [Some(3), Some(1), Some(1), Some(300)]),
        row(b"k4", "dave", "D", [None, None, Some(1), None]),
    ];
    let part = parse(&uri(&message(&rows, Some((3, 2, -1_234_567))))).unwrap();
    assert_eq!((part.batch_id, part.index, part.size), (-1_234_567, 2, 3));
    let specs: Vec<CodeSpec> = part.accounts.iter().map(|row| row.as_ref().unwrap().spec).collect();
    let time = Mover::Time { period: Period::DEFAULT };
    let (six, eight) = (Digits::DEFAULT, Digits::EIGHT);
    assert_eq!(specs[0], CodeSpec { algorithm: Algorithm::Sha1, digits: six, mover: time });
    assert_eq!(specs[1], CodeSpec { algorithm: Algorithm::Sha256, digits: eight, mover: time });
    assert_eq!(
        specs[2],
        CodeSpec { algorithm: Algorithm::Sha512, digits: six, mover: Mover::Counter { counter: 300 } }
    );
    assert_eq!(
        specs[3],
        CodeSpec { algorithm: Algorithm::Sha1, digits: six, mover: Mover::Counter { counter: 0 } }
    );
}

#[test]
fn base64_is_read_however_it_was_carried() {
    let message = message(&[totp(&[0xfb, 0xff, 0xfe, 0x3e], "?>~", "x")], None);
    let plain = BASE64_STANDARD.encode(&message);
    assert!(plain.contains(['+', '/']), "the example has to have what differs");
    for data in [
        plain.clone(),
        plain.replace('+', " "),
        BASE64_STANDARD_NO_PAD.encode(&message),
        BASE64_URL_SAFE_NO_PAD.encode(&message),
        plain.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d"),
    ] {
        for start in ["otpauth-migration://offline?data=", "OTPAUTH-MIGRATION://Offline/?data="] {
            assert_eq!(parse(&format!("{start}{data}\n")).unwrap().accounts.len(), 1);
        }
    }
}

#[test]
fn an_issuer_in_the_name_is_not_shown_twice() {
    let names = |name: &str, issuer: &str| {
        let account = only(totp(b"k", name, issuer)).unwrap();
        (account.issuer, account.account)
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(names("Example: alice", "Example"), pair("Example", "alice"));
    assert_eq!(names("example:alice", "Example"), pair("Example", "alice"));
    assert_eq!(names("Example:alice", ""), pair("Example", "alice"));
    assert_eq!(names("alice:work", "Example"), pair("Example", "alice:work"));
    assert_eq!(names("alice", ""), pair("", "alice"));
}

#[test]
fn a_row_that_cannot_be_kept_says_why_and_leaves_the_others() {
    let rows = [
        totp(b"k", "alice", "A"),
        row(b"k", "bob", "B", [Some(4), Some(1), Some(2), None]),
        totp(b"", "carol", "C"),
        totp(&[7; 129], "dave", "D"),
        row(b"k", "erin", "", [Some(1), Some(3), Some(2), None]),
        row(b"k", "frank", "F", [Some(1), Some(1), None, None]),
        row(b"k", "grace", "G", [Some(1), Some(1), Some(1), Some((-1_i64).cast_unsigned())]),
    ];
    let part = parse(&uri(&message(&rows, None))).unwrap();
    assert!(part.accounts[0].is_ok());
    let refused: Vec<(&str, &OtpauthError)> = part.accounts[1..]
        .iter()
        .map(|row| row.as_ref().unwrap_err())
        .map(|refused| (refused.name.as_str(), &refused.reason))
        .collect();
    assert_eq!(
        refused,
        [
            ("B: bob", &OtpauthError::Algorithm(Shown::new("MD5"))),
            ("C: carol", &OtpauthError::KeyMissing),
            ("D: dave", &OtpauthError::KeyTooLong),
            ("erin", &OtpauthError::Digits(Shown::new("#3"))),
            ("F: frank", &OtpauthError::UnknownType(Shown::new("#0"))),
            ("G: grace", &OtpauthError::Counter(Shown::new("-1"))),
        ]
    );
}

#[test]
fn fields_of_a_newer_version_are_passed_over() {
    let mut account = totp(b"k", "alice", "A");
    bytes(8, b"unique id", &mut account);
    varint(9 << 3 | 5, &mut account);
    account.extend([0; 4]);
    varint(10 << 3 | 1, &mut account);
    account.extend([0; 8]);
    assert!(only(account).is_ok());
}

#[test]
fn a_damaged_message_is_refused_as_a_whole() {
    let good = message(&[totp(b"key", "alice", "A")], Some((2, 1, 5)));
    assert!(parse(&uri(&good)).is_ok());
    for cut in 1..good.len() {
        // A cut between two fields leaves a shorter message, as in every Protocol Buffers format.
        if let Ok(part) = parse(&uri(&good[..cut])) {
            assert!(part.accounts.len() <= 1);
        }
    }
    let damaged = |message: &[u8]| parse(&uri(message)).unwrap_err() == MigrationError::Damaged;
    assert!(damaged(&good[..10]));
    assert!(damaged(&[0x0b]), "a group");
    assert!(damaged(&[0x10; 1]), "a number that is missing");
    assert!(damaged(&[0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    assert!(damaged(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), "longer than there is");
    assert!(damaged(&message(&[], Some((2, 2, 0)))), "part three of two");
    assert!(damaged(&message(&[], Some((u64::from(MAX_PARTS) + 1, 0, 0)))));
    assert_eq!(parse("otpauth-migration://offline?data=!!").unwrap_err(), MigrationError::Damaged);
}

#[test]
fn other_texts_are_no_transfer() {
    for text in [
        "",
        "otpauth://totp/x",
        "otpauth-migration://online?data=",
        "otpauth-migration://offline",
        "otpauth-migration://offline?x=y",
    ] {
        assert_eq!(parse(text).unwrap_err(), MigrationError::NotACode, "{text}");
    }
    let long = format!("otpauth-migration://offline?data={}", "A".repeat(MAX_CHARS));
    assert_eq!(parse(&long).unwrap_err(), MigrationError::TooLong);
    assert!(parse("otpauth-migration://offline?data=").unwrap().accounts.is_empty());
}

proptest! {
    #[test]
    fn no_message_panics(message in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&uri(&message));
    }

    #[test]
    fn no_text_panics(rest in ".{0,100}") {
        let _ = parse(&rest);
        let _ = parse(&format!("otpauth-migration://offline?data={rest}"));
    }

    #[test]
    fn what_is_written_is_read_back(
        secret in prop::collection::vec(any::<u8>(), 1..=128),
        name in "[a-z@.]{0,20}",
        issuer in "[A-Z][a-z]{0,10}",
        id: i32,
    ) {
        let part = parse(&uri(&message(&[totp(&secret, &format!("{issuer}:{name}"), &issuer)], Some((9, 8, id))))).unwrap();
        prop_assert_eq!(part.batch_id, id);
        let account = part.accounts[0].as_ref().unwrap();
        prop_assert_eq!(account.secret.expose(), &secret[..]);
        prop_assert_eq!(&account.account, &name);
        prop_assert_eq!(&account.issuer, &issuer);
    }
}
