use proptest::prelude::*;

use super::*;
use crate::codes::Key;

const KEY: &str = "JBSWY3DPEHPK3PXP";

fn error(text: &str) -> OtpauthError {
    parse(text).unwrap_err()
}

fn named(text: &str) -> (String, String) {
    let account = parse(text).unwrap();
    (account.issuer, account.account)
}

fn spec(query: &str) -> Result<CodeSpec, OtpauthError> {
    parse(&format!("otpauth://totp/x?secret={KEY}&{query}")).map(|account| account.spec)
}

fn shown(text: &str) -> Shown {
    Shown::new(text)
}

fn time(secs: u32) -> Mover {
    Mover::Time { period: Period::new(secs).unwrap() }
}

#[test]
fn a_plain_code_has_the_defaults_of_the_format() {
    let account = parse("otpauth://totp/Example:alice@example.com?secret=JBSWY3DPEHPK3PXP").unwrap();
    assert_eq!((account.issuer.as_str(), account.account.as_str()), ("Example", "alice@example.com"));
    assert_eq!(account.secret.expose(), b"Hello!\xde\xad\xbe\xef");
    assert_eq!(
        account.spec,
        CodeSpec { algorithm: Algorithm::Sha1, digits: Digits::DEFAULT, mover: time(30) }
    );
}

#[test]
fn a_full_code_keeps_all_it_says() {
    let text = "otpauth://hotp/ACME%20Co:john?secret=jbsw-y3dp%20ehpk+3pxp%3D%3D&issuer=ACME%20Co\
                &algorithm=HmacSHA512&digits=8&counter=18446744073709551615&image=https%3A%2F%2Fx";
    let account = parse(text).unwrap();
    assert_eq!(account.issuer, "ACME Co");
    assert_eq!(account.secret.len(), 10);
    assert_eq!(account.spec.algorithm, Algorithm::Sha512);
    assert_eq!(account.spec.digits, Digits::EIGHT);
    assert_eq!(account.spec.mover, Mover::Counter { counter: u64::MAX });
}

#[test]
fn scheme_type_and_parameter_names_have_no_case_but_names_do() {
    let account = parse(&format!("OTPAUTH://ToTP/GitHub:Bob?Secret={KEY}&ISSUER=GitHub&Digits=8")).unwrap();
    assert_eq!((account.issuer.as_str(), account.account.as_str()), ("GitHub", "Bob"));
    assert_eq!(account.spec.digits, Digits::EIGHT);
}

#[test]
fn white_space_around_the_text_does_not_matter() {
    assert!(parse(&format!("\r\n \totpauth://totp/x?secret={KEY}\n")).is_ok());
}

#[test]
fn names_may_be_missing() {
    for path in ["totp", "totp/", "totp/:"] {
        assert_eq!(named(&format!("otpauth://{path}?secret={KEY}")), (String::new(), String::new()));
    }
    assert_eq!(named(&format!("otpauth://totp?secret={KEY}&issuer=X")).0, "X");
}

#[test]
fn a_label_splits_at_its_first_colon() {
    let names = |label: &str| named(&format!("otpauth://totp/{label}?secret={KEY}"));
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(names("Big%20Corp%3A%20%20alice%40big.com"), pair("Big Corp", "alice@big.com"));
    assert_eq!(names("Provider1: Alice%20Smith"), pair("Provider1", "Alice Smith"));
    assert_eq!(names("a%3Ab:c"), pair("a", "b:c"));
    assert_eq!(names("a:b%3Ac"), pair("a", "b:c"));
    assert_eq!(names("alice"), pair("", "alice"));
    assert_eq!(names("a/b"), pair("", "a/b"));
    assert_eq!(names("C#:alice"), pair("C#", "alice"));
    assert_eq!(names("100%:alice"), pair("100%", "alice"));
    // In a label a plus is a plus.
    assert_eq!(names("me+tag@example.com"), pair("", "me+tag@example.com"));
}

#[test]
fn the_issuer_parameter_wins_over_the_label() {
    let (issuer, account) = named(&format!("otpauth://totp/Example%3Aalice?secret={KEY}&issuer=example.com"));
    assert_eq!((issuer.as_str(), account.as_str()), ("example.com", "alice"));
    assert_eq!(named(&format!("otpauth://totp/Example:alice?secret={KEY}&issuer=")).0, "Example");
}

#[test]
fn a_plus_in_an_issuer_is_a_space_unless_the_label_says_it_is_a_plus() {
    let issuer =
        |label: &str, issuer: &str| named(&format!("otpauth://totp/{label}?secret={KEY}&issuer={issuer}")).0;
    assert_eq!(issuer("Air%20Canada:b", "Air+Canada"), "Air Canada");
    assert_eq!(issuer("b", "Air+Canada"), "Air Canada");
    assert_eq!(issuer("Disney+:b", "Disney+"), "Disney+");
    assert_eq!(issuer("b", "Disney%2B"), "Disney+");
}

#[test]
fn names_lose_what_hides_or_reorders_them() {
    let (issuer, account) = named(&format!("otpauth://totp/Goo%E2%80%AEgle%00:a%0Ab%E2%80%8B?secret={KEY}"));
    assert_eq!((issuer.as_str(), account.as_str()), ("Google", "ab"));
    let joined = "👩\u{200d}💻";
    assert_eq!(shown_name(joined), joined);
}

#[test]
fn a_name_that_is_no_text_is_refused() {
    assert_eq!(error(&format!("otpauth://totp/%FF?secret={KEY}")), OtpauthError::Label);
    assert_eq!(error(&format!("otpauth://totp/x?secret={KEY}&issuer=%C3%28")), OtpauthError::Label);
}

#[test]
fn another_type_is_refused_with_its_name() {
    assert_eq!(error("otpauth://dotp/x?secret=A"), OtpauthError::UnknownType(shown("dotp")));
    assert_eq!(error("otpauth://pipush/x").detail().as_deref(), Some("pipush"));
    for text in ["", "otpauth", "otpauth:", "otpauth://", "otpauth:///totp/x", "https://x", KEY, "é://totp"]
    {
        assert_eq!(error(text), OtpauthError::NotACode, "{text}");
    }
    // A key where the type should be stays off the screen.
    assert_eq!(error(&format!("otpauth://{KEY}")).detail(), None);
}

#[test]
fn a_code_without_a_usable_key_is_refused() {
    let key = |key: &str| error(&format!("otpauth://totp/x?secret={key}"));
    assert_eq!(error("otpauth://totp/x"), OtpauthError::KeyMissing);
    assert_eq!(error("otpauth://totp/x?secret"), OtpauthError::KeyMissing);
    assert_eq!(key(""), OtpauthError::KeyMissing);
    assert_eq!(key("%20-%3D"), OtpauthError::KeyCharacter('='));
    assert_eq!(key("JBSWY0DP"), OtpauthError::KeyCharacter('0'));
    assert_eq!(key("JBSWY3DP#x"), OtpauthError::KeyCharacter('#'));
    assert_eq!(key("JBSWY%FFDP"), OtpauthError::KeyCharacter('\u{fffd}'));
    assert_eq!(key("JBSWY3DPA"), OtpauthError::KeyLength);
    assert_eq!(key(&"A".repeat(208)), OtpauthError::KeyTooLong);
    assert_eq!(key("AB%00C").detail().as_deref(), Some("U+0000"));
}

#[test]
fn a_known_parameter_that_is_there_twice_is_refused() {
    for (name, value) in [("secret", KEY), ("issuer", "x"), ("digits", "6"), ("period", "30")] {
        let text = format!("otpauth://totp/x?secret={KEY}&{name}={value}&{}={value}", name.to_uppercase());
        assert_eq!(error(&text), OtpauthError::Repeated(name));
    }
    assert!(spec("image=a&image=b").is_ok());
}

#[test]
fn digits_are_a_number_from_4_to_10() {
    for digits in ["4", "5", "6", "7", "8", "9", "10"] {
        assert_eq!(spec(&format!("digits={digits}")).unwrap().digits.count().to_string(), digits);
    }
    for digits in ["0", "3", "11", "-6", "+6", "6.0", "six", "", "99999999999999999999"] {
        let text = if digits == "+6" { "%2B6" } else { digits };
        assert_eq!(spec(&format!("digits={text}")), Err(OtpauthError::Digits(shown(digits))), "{digits}");
    }
}

#[test]
fn periods_of_five_seconds_and_more_are_kept() {
    for period in ["5", "15", "30", "60", "300", "86400", "4294967295"] {
        let Mover::Time { period: kept } = spec(&format!("period={period}")).unwrap().mover else { panic!() };
        assert_eq!(kept.secs().to_string(), period);
    }
    for period in ["0", "4", "-30", "", "30s", "4294967296"] {
        assert_eq!(spec(&format!("period={period}")), Err(OtpauthError::Period(shown(period))), "{period}");
    }
}

#[test]
fn a_counter_based_code_needs_its_counter() {
    let hotp = |query: &str| parse(&format!("otpauth://hotp/x?secret={KEY}{query}")).map(|a| a.spec.mover);
    assert_eq!(hotp(""), Err(OtpauthError::CounterMissing));
    assert_eq!(hotp("&counter=0"), Ok(Mover::Counter { counter: 0 }));
    for counter in ["", "-1", "x", "18446744073709551616"] {
        assert_eq!(hotp(&format!("&counter={counter}")), Err(OtpauthError::Counter(shown(counter))));
    }
    // It has no period, so a wrong one is as good as none.
    assert!(hotp("&counter=1&period=0").is_ok());
}

#[test]
fn an_unknown_algorithm_is_refused_with_its_name() {
    for name in ["MD5", "SHA224", "none", ""] {
        assert_eq!(spec(&format!("algorithm={name}")), Err(OtpauthError::Algorithm(shown(name))));
    }
    let long = "A".repeat(100);
    assert_eq!(spec(&format!("algorithm={long}")).unwrap_err().detail().unwrap().len(), 32);
}

#[test]
fn steam_is_known_by_type_by_encoder_and_by_issuer() {
    let steam = CodeSpec::steam(Period::DEFAULT);
    for text in [
        format!("otpauth://steam/Steam:me?secret={KEY}"),
        format!("otpauth://steam/me?secret={KEY}&digits=5&algorithm=SHA1&period=30"),
        format!("otpauth://totp/me?secret={KEY}&encoder=steam"),
        format!("otpauth://totp/me?secret={KEY}&issuer=Steam"),
        format!("otpauth://totp/Steam:me?secret={KEY}&digits=5"),
    ] {
        assert_eq!(parse(&text).unwrap().spec, steam, "{text}");
    }
    // A text that says something else about itself is taken at its word.
    assert_eq!(spec("issuer=Steam&digits=6").unwrap().mover, time(30));
    assert_eq!(spec("issuer=Steam&algorithm=SHA256").unwrap().mover, time(30));
    assert!(matches!(spec("encoder=steam&algorithm=SHA256"), Err(OtpauthError::Algorithm(_))));
}

#[test]
fn the_day_password_of_privacyidea_is_time_in_long_steps() {
    let mover =
        |query: &str| parse(&format!("otpauth://daypassword/x?secret={KEY}{query}")).unwrap().spec.mover;
    assert_eq!(mover("&period=3600"), time(3600));
    assert_eq!(mover(""), time(86_400));
}

#[test]
fn ampersands_copied_from_a_web_page_still_part_the_parameters() {
    let text = format!("otpauth://totp/x?secret={KEY}&amp;issuer=X&amp;period=60");
    let account = parse(&text).unwrap();
    assert_eq!((account.issuer.as_str(), account.spec.mover), ("X", time(60)));
}

#[test]
fn a_text_of_more_than_2048_characters_is_refused() {
    let start = format!("otpauth://totp/x?secret={KEY}&issuer=");
    let fits = format!("{start}{}", "ä".repeat(MAX_CHARS - start.len()));
    assert!(parse(&fits).is_ok());
    assert_eq!(error(&format!("{fits}ä")), OtpauthError::TooLong);
}

#[test]
fn typed_accounts_obey_the_same_rules() {
    let manual = Manual {
        issuer: " Example ",
        account: "alice",
        key: "jbsw y3dp ehpk 3pxp",
        kind: Kind::Totp,
        algorithm: "SHA1",
        digits: 6,
        period: 30,
        counter: "",
    };
    let account = from_manual(manual).unwrap();
    assert_eq!((account.issuer.as_str(), account.spec.mover), ("Example", time(30)));
    let refused = |manual| from_manual(manual).unwrap_err();
    assert_eq!(refused(Manual { key: "", ..manual }), OtpauthError::KeyMissing);
    assert_eq!(refused(Manual { key: "JBSWY1", ..manual }), OtpauthError::KeyCharacter('1'));
    assert_eq!(refused(Manual { digits: 3, ..manual }), OtpauthError::Digits(shown("3")));
    assert_eq!(refused(Manual { period: 4, ..manual }), OtpauthError::Period(shown("4")));
    assert_eq!(refused(Manual { algorithm: "MD5", ..manual }), OtpauthError::Algorithm(shown("MD5")));
    let hotp = Manual { kind: Kind::Hotp, period: 0, ..manual };
    assert_eq!(refused(hotp), OtpauthError::CounterMissing);
    assert_eq!(refused(Manual { counter: "x", ..hotp }), OtpauthError::Counter(shown("x")));
    assert_eq!(
        from_manual(Manual { counter: " 7 ", ..hotp }).unwrap().spec.mover,
        Mover::Counter { counter: 7 }
    );
    let steam = Manual { kind: Kind::Steam, digits: 0, algorithm: "", ..manual };
    assert_eq!(from_manual(steam).unwrap().spec, CodeSpec::steam(Period::DEFAULT));
}

fn pin(account: &CodeAccount) -> &str {
    account.pin.as_ref().unwrap().expose()
}

#[test]
fn mobile_otp_is_read_in_both_schemes() {
    let texts = [
        "otpauth://motp/Example:alice?secret=0123456789abcdef&pin=0042",
        "motp://Example:alice?secret=0123456789ABCDEF&pin=0042",
        "motp:/Example:alice?digits=6&period=10&algorithm=MD5&secret=0123456789abcdef&pin=0042",
        "MOTP:Example:alice?secret=0123+456789ABCDEF&pin=0042&algorithm=SHA1",
    ];
    for text in texts {
        let account = parse(text).unwrap();
        assert_eq!((account.issuer.as_str(), account.account.as_str()), ("Example", "alice"));
        assert_eq!(account.secret.expose(), [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
        assert_eq!(account.spec, CodeSpec::motp(Digits::MOTP, Period::new(10).unwrap()));
        assert_eq!(pin(&account), "0042");
    }
    let text = "otpauth://motp/x?secret=0123456789abcdef";
    assert_eq!(error(text), OtpauthError::PinMissing);
    assert_eq!(pin(&parse(&format!("{text}&pin=")).unwrap()), "");
    assert_eq!(error(&format!("{text}&pin=1&algorithm=SHA256")), OtpauthError::Algorithm(shown("SHA256")));
    assert_eq!(error("motp://x?secret=0123456789abcde&pin=1"), OtpauthError::KeyLength);
    assert_eq!(error("motp://x?secret=JBSWY3DP&pin=1"), OtpauthError::KeyCharacter('J'));
    assert_eq!(error("motp://x?pin=1"), OtpauthError::KeyMissing);
}

#[test]
fn yandex_is_read_as_its_apps_write_it() {
    let secret = "6SB2IKNM6OBZPAVBVTOHDKS4FA";
    for given in [format!("{secret}&pin=5239"), format!("{secret}AAAAAADFUTQMBTRY&pin=GUZDGOI&digits=8")] {
        let account = parse(&format!("otpauth://yaotp/user%40yandex.ru?secret={given}")).unwrap();
        assert_eq!((account.issuer.as_str(), account.account.as_str()), ("Yandex", "user@yandex.ru"));
        assert!(account.secret.ct_eq(&base32::decode(secret).unwrap()));
        assert_eq!(account.spec, CodeSpec::yandex(Digits::YANDEX, Period::DEFAULT));
        assert_eq!(pin(&account), "5239");
    }
    let refused = |given: &str| error(&format!("otpauth://yaotp/x?{given}"));
    assert_eq!(refused(&format!("secret={secret}")), OtpauthError::PinMissing);
    assert_eq!(refused(&format!("secret={secret}&pin=")), OtpauthError::PinMissing);
    assert_eq!(refused("secret=6SB2IKNM6OBZPAVBVTOHDKS4FAAAAAAADFUTQMBTRA&pin=1"), OtpauthError::KeyChecksum);
    assert_eq!(refused("secret=6SB2IKNM6OBZPAVBVTOHDKS4FAAAAAAADFUTQMBTRQ&pin=1"), OtpauthError::KeyChecksum);
    assert_eq!(refused(&format!("secret={KEY}&pin=1")), OtpauthError::KeyLength);
    assert_eq!(parse(&format!("otpauth://totp/x?secret={KEY}&pin=1")).unwrap().pin.map(|_| ()), None);
}

#[test]
fn debug_and_errors_do_not_show_the_key() {
    let account = parse(&format!("otpauth://totp/x?secret={KEY}")).unwrap();
    assert!(!format!("{account:?}").contains("Hello") && !format!("{account:?}").contains(KEY));
    let refused = error("otpauth://totp/x?secret=JBSWY3DPEHPK3PX0");
    assert!(!format!("{refused:?} {refused}").contains("JBSW"));
}

/// Names as they are after reading: nothing hidden, no space around them.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,20}", "[a-zA-Z0-9 :+%&=?#/@.-]{0,20}", Just("Steam".to_owned())]
        .prop_map(|text| shown_name(&text))
}

fn any_spec() -> impl Strategy<Value = CodeSpec> {
    let mover = prop_oneof![
        (MIN_PERIOD..).prop_map(time),
        any::<u64>().prop_map(|counter| Mover::Counter { counter }),
    ];
    let algorithm = prop::sample::select(vec![Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512]);
    let plain = (algorithm, 4_u32..=10, mover).prop_map(|(algorithm, digits, mover)| CodeSpec {
        algorithm,
        digits: Digits::try_from(digits).unwrap(),
        mover,
    });
    let steam = (MIN_PERIOD..).prop_map(|secs| CodeSpec::steam(Period::new(secs).unwrap()));
    prop_oneof![4 => plain, 1 => steam]
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(
        issuer in name(),
        account in name(),
        secret in prop::collection::vec(any::<u8>(), 1..=128),
        spec in any_spec(),
    ) {
        let before = CodeAccount { issuer, account, secret: SecretBytes::new(secret), pin: None, spec };
        let text = print(&before);
        let after = parse(text.expose()).unwrap();
        prop_assert_eq!(&after.issuer, &before.issuer);
        prop_assert_eq!(&after.account, &before.account);
        prop_assert!(after.secret.ct_eq(&before.secret));
        prop_assert_eq!(after.spec, before.spec);
        let again = print(&after);
        prop_assert_eq!(again.expose(), text.expose());
    }

    #[test]
    fn a_pin_is_printed_and_read_back(
        issuer in name(),
        account in name(),
        secret in prop::collection::vec(any::<u8>(), 16..=16),
        typed in prop_oneof!["[0-9]{1,16}", "\\PC{1,20}"],
        digits in 4_u32..=10,
        secs in MIN_PERIOD..,
        yandex: bool,
    ) {
        let (digits, period) = (Digits::try_from(digits).unwrap(), Period::new(secs).unwrap());
        let spec = if yandex { CodeSpec::yandex(digits, period) } else { CodeSpec::motp(digits, period) };
        let issuer = if issuer.is_empty() { "Yandex".to_owned() } else { issuer };
        let secret = SecretBytes::new(secret);
        let before = CodeAccount { issuer, account, secret, pin: Some(SecretText::new(typed.clone())), spec };
        let after = parse(print(&before).expose()).unwrap();
        prop_assert_eq!((&after.issuer, &after.account), (&before.issuer, &before.account));
        prop_assert!(Key::from(&after).ct_eq(&before));
        prop_assert_eq!(after.spec, before.spec);
        prop_assert_eq!(pin(&after), typed.as_str());
    }

    #[test]
    fn no_text_panics_and_no_detail_is_long(
        start in prop::sample::select(vec!["", "otpauth://", "otpauth://totp/", "otpauth://totp/x?secret=", "otpauth://hotp/?secret=MFRGG&counter=", "motp:", "otpauth://yaotp/?secret="]),
        rest in ".{0,200}",
    ) {
        if let Err(refused) = parse(&format!("{start}{rest}")) {
            prop_assert!(refused.detail().is_none_or(|detail| detail.chars().count() <= 32));
        }
    }

    #[test]
    fn no_parameters_panic(query in "((secret|issuer|digits|period|counter|algorithm|encoder)=[A-Z2-7%0-9+a-f-]{0,12}&){0,6}") {
        let _ = parse(&format!("otpauth://totp/x?{query}"));
        let _ = parse(&format!("otpauth://hotp/x?{query}"));
    }
}
