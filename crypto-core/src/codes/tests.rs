use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Shared with everything else here that computes codes.
fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/codes.json")).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn key(bytes: &[u8]) -> SecretBytes {
    SecretBytes::new(bytes.to_vec())
}

fn spec(algorithm: Algorithm, digits: u32, mover: Mover) -> CodeSpec {
    CodeSpec { algorithm, digits: Digits::try_from(digits).unwrap(), mover }
}

fn every(secs: u32) -> Mover {
    Mover::Time { period: Period::new(secs).unwrap() }
}

// RFC 4226, appendix D.
#[test]
fn hotp_reaches_all_ten_published_codes() {
    let vectors = &vectors()["hotp"];
    let secret = key(text(&vectors["secret_ascii"]).as_bytes());
    let codes = vectors["codes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    for row in codes {
        let counter = number(&row["counter"]);
        let truncated = u32::from_str_radix(text(&row["truncated_hex"]), 16).unwrap();
        assert_eq!(hotp::truncated(Algorithm::Sha1, &secret, counter), truncated);
        let step = spec(Algorithm::Sha1, 6, Mover::Counter { counter }).at(&secret, UnixTime::from_secs(7));
        assert_eq!(step.current.as_str(), text(&row["code"]));
        assert!(step.next.is_none() && step.ends_at.is_none());
    }
}

// RFC 6238, appendix B.
#[test]
fn totp_reaches_all_eighteen_published_codes() {
    let vectors = &vectors()["totp"];
    let codes = vectors["codes"].as_array().unwrap();
    assert_eq!(codes.len(), 18);
    for row in codes {
        let secret = key(text(&vectors["secrets_ascii"][text(&row["algorithm"])]).as_bytes());
        let algorithm = Algorithm::try_from(text(&row["algorithm"])).unwrap();
        let step = spec(algorithm, 8, every(30)).at(&secret, UnixTime::from_secs(number(&row["time"])));
        assert_eq!(step.current.as_str(), text(&row["code"]));
    }
}

#[test]
fn accounts_that_other_apps_share_show_the_same_codes_here() {
    let vectors = &vectors()["accounts"];
    let now = UnixTime::from_secs(number(&vectors["time"]));
    for row in vectors["accounts"].as_array().unwrap() {
        let account = otpauth::parse(text(&row["uri"])).unwrap();
        assert_eq!(account.issuer, text(&row["issuer"]));
        assert_eq!(account.account, text(&row["account"]));
        assert_eq!(
            account.spec.at(&account.secret, now).current.as_str(),
            text(&row["code"]),
            "{}",
            row["id"]
        );
    }
}

#[test]
fn leading_zeros_stay() {
    let secret = key(b"12345678901234567890");
    let step = spec(Algorithm::Sha1, 8, every(30)).at(&secret, UnixTime::from_secs(1_111_111_109));
    assert_eq!(step.current.as_str(), "07081804");
}

#[test]
fn a_code_changes_at_the_first_millisecond_of_the_next_step() {
    let secret = key(b"12345678901234567890");
    let spec = spec(Algorithm::Sha1, 8, every(30));
    let last = spec.at(&secret, UnixTime::from_millis(59_999));
    let first = spec.at(&secret, UnixTime::from_millis(60_000));
    assert_eq!(last.current.as_str(), "94287082");
    assert_eq!(last.ends_at, Some(UnixTime::from_secs(60)));
    assert_eq!(last.next.unwrap().as_str(), first.current.as_str());
    assert_ne!(first.current.as_str(), "94287082");
    let left = |millis| spec.remaining(UnixTime::from_millis(millis)).unwrap();
    assert_eq!(left(59_999), Remaining { left_ms: 1, period_ms: 30_000 });
    assert_eq!(left(60_000), Remaining { left_ms: 30_000, period_ms: 30_000 });
}

#[test]
fn every_number_of_digits_is_the_end_of_the_same_number() {
    let secret = key(b"12345678901234567890");
    let now = UnixTime::from_secs(59);
    let longest = spec(Algorithm::Sha1, 10, every(30)).at(&secret, now);
    assert_eq!(longest.current.as_str(), "1094287082");
    for digits in 4..=9 {
        let code = spec(Algorithm::Sha1, digits, every(30)).at(&secret, now).current;
        assert_eq!(code.as_str().len(), digits as usize);
        assert!(longest.current.as_str().ends_with(code.as_str()));
    }
    assert!([0, 3, 11, 260, u32::MAX].into_iter().all(|digits| Digits::try_from(digits).is_err()));
}

#[test]
fn a_counter_counts_in_64_bits() {
    let secret = key(b"12345678901234567890");
    let at = |counter| {
        let spec = spec(Algorithm::Sha1, 6, Mover::Counter { counter });
        spec.at(&secret, UnixTime::from_secs(0)).current.as_str().to_owned()
    };
    assert_ne!(at(u64::MAX), at(u64::from(u32::MAX)));
    assert_ne!(at(1 << 32), at(0));
}

#[test]
fn steam_has_its_own_algorithm_and_length() {
    let secret = base32::decode("JRZCL47CMXVOQMNPZR2F7J4RGI").unwrap();
    let odd = spec(Algorithm::Sha512, 8, Mover::Steam { period: Period::DEFAULT });
    assert_eq!(odd.at(&secret, UnixTime::from_secs(1_234_567_890)).current.as_str(), "WR5P6");
}

// From the tests of the clients for Android (the first two), and computed with another implementation.
#[test]
fn mobile_otp_reaches_known_codes() {
    let at = |secret: &str, pin: &str, secs| {
        let secret = otpauth::hexadecimal_key(secret).unwrap();
        let pin = SecretText::new(pin.to_owned());
        let key = Key { secret: &secret, pin: Some(&pin) };
        let step = CodeSpec::motp(Digits::MOTP, Period::new(10).unwrap()).at(key, UnixTime::from_secs(secs));
        assert_eq!(step.ends_at.unwrap().secs(), secs / 10 * 10 + 10);
        step.current.as_str().to_owned()
    };
    assert_eq!(at("e3152afee62599c8", "1234", 165_892_298), "e7d8b6");
    assert_eq!(at("E3152AFEE62599C8", "1234", 123_456_789), "4ebfb2");
    assert_eq!(at("e3152afee62599c8", "1234", 1_234_567_890), "49c5b4");
    assert_eq!(at("30edcc8edae50a60", "", 1_234_567_890), "920a34");
    assert_eq!(at("30edcc8edae50a60", "0000", 59), "a808d2");
}

// The codes that KeeYaOtp publishes; other clients test against them, too.
#[test]
fn yandex_reaches_published_codes() {
    for (pin, text, secs, code) in [
        ("5239", "6SB2IKNM6OBZPAVBVTOHDKS4FAAAAAAADFUTQMBTRY", 1_641_559_648, "umozdicq"),
        ("7586", "LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI", 1_581_064_020, "oactmacq"),
        ("7586", "LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI", 1_581_090_810, "wemdwrix"),
        ("5210481216086702", "JBGSAU4G7IEZG6OY4UAXX62JU4AAAAAAHTSG4HXU3M", 1_581_091_469, "dfrpywob"),
        ("5210481216086702", "JBGSAU4G7IEZG6OY4UAXX62JU4AAAAAAHTSG4HXU3M", 1_581_093_059, "vunyprpd"),
    ] {
        let whole = base32::decode(text).unwrap();
        let secret = yandex::key(&whole).unwrap();
        let pin = SecretText::new(pin.to_owned());
        let step = CodeSpec::yandex(Digits::YANDEX, Period::DEFAULT)
            .at(Key { secret: &secret, pin: Some(&pin) }, UnixTime::from_secs(secs));
        assert_eq!(step.current.as_str(), code);
        for place in 0..26 {
            let mut wrong = whole.expose().to_vec();
            wrong[place] ^= 0x04;
            let read = yandex::key(&SecretBytes::new(wrong)).map(|_| ());
            assert_eq!(read, Err(yandex::YandexKeyError::Checksum), "{place}");
        }
    }
    assert_eq!(yandex::key(&key(&[1; 17])).map(|_| ()), Err(yandex::YandexKeyError::Length));
}

#[test]
fn a_pin_is_part_of_the_key() {
    let (secret, pin) = (key(&[1; 8]), SecretText::new("1234".to_owned()));
    let with = Key { secret: &secret, pin: Some(&pin) };
    assert!(with.ct_eq(with) && !with.ct_eq(&secret) && Key::from(&secret).ct_eq(&secret));
    assert_eq!(format!("{with:?}"), "Key { secret: SecretBytes(..), pin: Some(SecretText(..)) }");
    assert_eq!(CodeSpec::motp(Digits::MOTP, Period::DEFAULT).notices(with), []);
    assert_eq!(CodeSpec::motp(Digits::MOTP, Period::DEFAULT).hash_name(), "MD5");
}

#[test]
fn spellings_of_algorithms_are_understood_and_others_refused() {
    for name in ["SHA1", "sha1", "SHA-1", "HmacSHA1", "hmac-sha-1", "HMAC_SHA1"] {
        assert_eq!(Algorithm::try_from(name), Ok(Algorithm::Sha1), "{name}");
    }
    assert_eq!(Algorithm::try_from("HMACSHA256"), Ok(Algorithm::Sha256));
    assert_eq!(Algorithm::try_from("Sha-512"), Ok(Algorithm::Sha512));
    for name in ["", "MD5", "SHA", "SHA224", "SHA3-256", "SHA5122", "HmacHmacSHA1"] {
        assert_eq!(Algorithm::try_from(name), Err(UnknownAlgorithm), "{name}");
    }
}

#[test]
fn what_is_unusual_is_noticed() {
    let usual = spec(Algorithm::Sha1, 6, every(300));
    assert_eq!(usual.notices(&key(&[1; 16])), []);
    let odd = spec(Algorithm::Sha1, 9, every(301));
    assert_eq!(odd.notices(&key(&[1; 15])), [Notice::Digits, Notice::Period, Notice::ShortKey]);
    assert_eq!(CodeSpec::steam(Period::DEFAULT).notices(&key(&[1; 20])), []);
}

#[test]
fn debug_does_not_show_the_code() {
    let step = spec(Algorithm::Sha1, 6, every(30)).at(&key(&[1; 20]), UnixTime::from_secs(0));
    assert_eq!(format!("{:?}", step.current), "Code(..)");
}

proptest! {
    #[test]
    fn within_a_step_nothing_changes_and_the_next_is_what_was_announced(
        secret in prop::collection::vec(any::<u8>(), 1..=128),
        digits in 4_u32..=10,
        period in 1_u32..=100_000,
        millis in 0_u64..1 << 50,
        algorithm in prop::sample::select(vec![Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512]),
        steam: bool,
    ) {
        let secret = SecretBytes::new(secret);
        let period = Period::new(period).unwrap();
        let spec = match steam {
            true => CodeSpec::steam(period),
            false => spec(algorithm, digits, Mover::Time { period }),
        };
        let now = UnixTime::from_millis(millis);
        let step = spec.at(&secret, now);
        let ends_at = step.ends_at.unwrap();
        prop_assert!(ends_at > now);
        prop_assert_eq!(ends_at.secs() % u64::from(period.secs()), 0);
        let last = spec.at(&secret, UnixTime::from_millis(ends_at.millis() - 1));
        prop_assert_eq!(step.current.as_str(), last.current.as_str());
        let announced = step.next.unwrap();
        let after = spec.at(&secret, ends_at).current;
        prop_assert_eq!(announced.as_str(), after.as_str());
        prop_assert_eq!(step.current.as_str().len(), if steam { 5 } else { digits as usize });
    }

    /// Two implementations under one number: totp-rs and our HOTP over ring.
    #[test]
    fn time_is_a_counter_of_steps(
        secret in prop::collection::vec(any::<u8>(), 1..=128),
        secs in 0_u64..1 << 40,
        digits in 4_u32..=10,
        algorithm in prop::sample::select(vec![Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512]),
    ) {
        let secret = SecretBytes::new(secret);
        let now = UnixTime::from_secs(secs);
        let timed = spec(algorithm, digits, every(30)).at(&secret, now).current;
        let counted = spec(algorithm, digits, Mover::Counter { counter: secs / 30 }).at(&secret, now).current;
        prop_assert_eq!(timed.as_str(), counted.as_str());
    }

    #[test]
    fn the_end_of_time_does_not_panic(secs: u64, period in 1_u32..) {
        let spec = spec(Algorithm::Sha1, 6, every(period));
        let now = UnixTime::from_millis(secs);
        prop_assert_eq!(spec.at(&key(b"k"), now).current.as_str().len(), 6);
        let _ = spec.remaining(now);
    }
}
