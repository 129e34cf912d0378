//! Words of other apps, and what becomes of them.

use super::*;

fn draft() -> Draft {
    let secret = Secret(Some(SecretText::new("jbsw y3dp-ehpk 3pxp".to_owned()))).base32();
    Draft { issuer: Text("A".to_owned()), account: Text("b".to_owned()), secret, ..Draft::default() }
}

fn reason(draft: Draft) -> Reason {
    let refused = draft.imported().unwrap_err();
    assert_eq!(refused.name, "A: b");
    refused.reason
}

#[test]
fn what_is_left_out_is_what_the_rfc_has() {
    let account = draft().imported().unwrap().account;
    assert_eq!((account.spec.algorithm.name(), account.spec.digits.count()), ("SHA1", 6));
    assert_eq!(account.spec.mover.period().unwrap().secs(), 30);
    assert_eq!(account.secret.len(), 10);
    let hotp = Draft { kind: Ok(Kind::Hotp), ..draft() };
    assert_eq!(reason(hotp), Reason::Code(OtpauthError::CounterMissing));
}

#[test]
fn what_cannot_be_kept_is_refused_with_the_reason() {
    let seven = || Number::Value(77);
    let wrong = Number::Wrong(Shown::new("x"));
    assert!(matches!(reason(Draft { digits: seven(), ..draft() }), Reason::Code(OtpauthError::Digits(_))));
    let period = Draft { period: Number::Value(0), ..draft() };
    assert!(matches!(reason(period), Reason::Code(OtpauthError::Period(_))));
    let period = Draft { period: Number::Value(1 << 40), ..draft() };
    assert!(matches!(reason(period), Reason::Code(OtpauthError::Period(_))));
    let counter = Draft { kind: Ok(Kind::Hotp), counter: wrong, ..draft() };
    assert!(matches!(reason(counter), Reason::Code(OtpauthError::Counter(_))));
    let algorithm = Draft { algorithm: Text("MD5".to_owned()), ..draft() };
    assert!(matches!(reason(algorithm), Reason::Code(OtpauthError::Algorithm(_))));
    assert_eq!(reason(Draft { secret: Secret(None).base32(), ..draft() }), Reason::NoKey);
    let other = Draft { kind: Kind::named("push"), ..draft() };
    assert_eq!(reason(other).to_string(), "codes of this kind are not made here \"push\"");
}

#[test]
fn what_is_not_used_is_not_wrong() {
    let wrong = || Number::Wrong(Shown::new("x"));
    assert!(Draft { counter: wrong(), ..draft() }.imported().is_ok());
    assert!(
        Draft { kind: Ok(Kind::Hotp), counter: Number::Value(0), period: wrong(), ..draft() }
            .imported()
            .is_ok()
    );
    assert!(Draft { kind: Ok(Kind::Steam), digits: wrong(), ..draft() }.imported().is_ok());
}

#[test]
fn a_text_without_names_takes_those_of_its_row() {
    let read = |uri| from_uri(uri, Text("A".to_owned()), Text("b".to_owned()), Text::default()).unwrap();
    let names = |uri| (read(uri).account.issuer, read(uri).account.account);
    assert_eq!(names("otpauth://totp/?secret=JBSWY3DPEHPK3PXP"), ("A".to_owned(), "b".to_owned()));
    assert_eq!(names("otpauth://totp/C:d?secret=JBSWY3DPEHPK3PXP"), ("C".to_owned(), "d".to_owned()));
    assert_eq!(names("steam://JBSWY3DPEHPK3PXP"), ("A".to_owned(), "b".to_owned()));
    assert!(matches!(read("STEAM://JBSWY3DPEHPK3PXP").account.spec.mover, Mover::Steam { .. }));
}

#[test]
fn codes_with_a_pin_are_refused_without_it_alone() {
    let pin = |text: &str| Secret(Some(SecretText::new(text.to_owned())));
    let motp = || Draft { kind: Ok(Kind::Motp), ..draft() };
    assert_eq!(reason(motp()), Reason::Code(OtpauthError::PinMissing));
    let read = Draft { pin: pin(""), ..motp() }.imported().unwrap().account;
    assert_eq!((read.pin.unwrap().expose(), read.spec.mover.period().unwrap().secs()), ("", 10));
    let yandex = || Draft {
        kind: Ok(Kind::Yandex),
        secret: Ok(SecretBytes::new(vec![7; 16])),
        algorithm: Text("whatever".to_owned()),
        ..draft()
    };
    assert_eq!(reason(yandex()), Reason::Code(OtpauthError::PinMissing));
    assert_eq!(reason(Draft { pin: pin(" "), ..yandex() }), Reason::Code(OtpauthError::PinMissing));
    assert!(Draft { pin: pin("5239"), ..yandex() }.imported().unwrap().account.pin.is_some());
    let short = Draft { pin: pin("5239"), secret: Ok(SecretBytes::new(vec![7; 15])), ..yandex() };
    assert_eq!(reason(short), Reason::Code(OtpauthError::KeyLength));
}
