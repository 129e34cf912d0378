mod wycheproof;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::*;

/// A key of a vector: its private number and its public half.
pub(crate) fn key_of(scalar: &[u8], public: &PublicKey) -> SigningKey {
    // PKCS#8 of an `ECPrivateKey` (RFC 5915) on P-256, everything but the two keys being constant.
    let head = data_encoding::HEXLOWER
        .decode(b"308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420")
        .expect("hexadecimal");
    let mut pkcs8 = head;
    pkcs8.extend_from_slice(scalar);
    pkcs8.extend_from_slice(&[0xa1, 0x44, 0x03, 0x42, 0x00]);
    pkcs8.extend_from_slice(&public.point());
    SigningKey::from_pkcs8(&SecretBytes::new(pkcs8)).expect("a key and its own public half")
}

fn bytes(base64: &str) -> Vec<u8> {
    BASE64.decode(base64).expect("Base64")
}

fn made() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::make_pkcs8().expect("makes")).expect("takes")
}

/// https://www.rfc-editor.org/rfc/rfc7515#appendix-A.3.1
fn rfc_7515() -> (PublicKey, &'static str, Signature) {
    let key = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let input = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let key = PublicKey::from_json(key.to_string().as_bytes()).expect("a key");
    (key, input, Signature::from_raw(&bytes(signature)).expect("a signature"))
}

#[test]
fn the_example_of_rfc_7515_verifies() {
    let (key, input, signature) = rfc_7515();
    assert_eq!(key.verify(input.as_bytes(), &signature), Ok(()));
    assert_eq!(key.verify(b"something else", &signature), Err(BadSignature));
    assert_eq!(made().public().verify(input.as_bytes(), &signature), Err(BadSignature));
}

#[test]
fn the_software_key_of_rfc_7515_signs() {
    let (key, input, _) = rfc_7515();
    let private = key_of(&bytes("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"), &key);
    let signature = private.sign(input.as_bytes()).expect("signs");
    assert_eq!(key.verify(input.as_bytes(), &signature), Ok(()));
    assert_eq!(format!("{private:?}"), "SigningKey(..)");
}

/// https://www.rfc-editor.org/rfc/rfc9449#section-6.1
#[test]
fn the_thumbprint_of_rfc_9449_is_found_whatever_else_the_key_says() {
    let expected = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    let mut key = json!({
        "kty": "EC",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
        "crv": "P-256",
    });
    let print = |key: &serde_json::Value| {
        PublicKey::from_json(key.to_string().as_bytes()).expect("a key").thumbprint().to_string()
    };
    assert_eq!(print(&key), expected);
    key["kid"] = json!("x");
    key["use"] = json!("sig");
    key["x5c"] = json!(["x"]);
    assert_eq!(print(&key), expected);
    assert_eq!(Thumbprint::parse(expected).expect("a thumbprint").to_string(), expected);
    assert_eq!(Thumbprint::parse(&expected.replace('Z', "=")), None);
}

/// https://www.rfc-editor.org/rfc/rfc7638#section-3.1: the members in this order, without space.
#[test]
fn the_thumbprint_is_the_hash_of_the_required_members_in_their_order() {
    let (key, ..) = rfc_7515();
    let canonical = r#"{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    assert_eq!(key.thumbprint().bytes(), Digest::of(canonical.as_bytes()).bytes());
    assert_eq!(serde_json::to_string(&key).expect("writes"), canonical);
}

#[test]
fn keys_of_other_kinds_are_refused() {
    let (key, ..) = rfc_7515();
    let base = serde_json::to_value(&key).expect("JSON");
    let with = |name: &str, value: serde_json::Value| {
        let mut key = base.clone();
        key[name] = value;
        PublicKey::from_json(key.to_string().as_bytes()).map(|_| ()).unwrap_err()
    };
    let short = BASE64.encode([1; 31]);
    assert_eq!(with("kty", json!("RSA")), JwkRefused::OtherKind);
    assert_eq!(with("kty", json!("oct")), JwkRefused::OtherKind);
    assert_eq!(with("crv", json!("P-384")), JwkRefused::OtherKind);
    assert_eq!(with("crv", json!("secp256k1")), JwkRefused::OtherKind);
    assert_eq!(with("d", json!("AA")), JwkRefused::Private);
    assert_eq!(with("d", json!(null)), JwkRefused::Private);
    assert_eq!(with("x", json!(short)), JwkRefused::Malformed);
    assert_eq!(with("x", json!(BASE64.encode([0; 33]))), JwkRefused::Malformed);
    assert_eq!(with("y", json!("")), JwkRefused::Malformed);
    assert_eq!(with("y", json!(7)), JwkRefused::Malformed);
    let twice = r#"{"kty":"EC","crv":"P-256","crv":"P-256","x":"","y":""}"#;
    assert_eq!(PublicKey::from_json(twice.as_bytes()).unwrap_err(), JwkRefused::Malformed);
    assert_eq!(PublicKey::from_json(b"[]").unwrap_err(), JwkRefused::Malformed);
    for point in [&[][..], &[4; 64], &[4; 66], &[2; 65], &[2; 33]] {
        assert_eq!(PublicKey::from_point(point).unwrap_err(), JwkRefused::Malformed);
    }
}

#[test]
fn a_point_that_is_not_on_the_curve_verifies_nothing() {
    let (key, input, signature) = rfc_7515();
    let mut point = key.point();
    point[64] ^= 1;
    let off = PublicKey::from_point(&point).expect("65 bytes");
    assert_eq!(off.verify(input.as_bytes(), &signature), Err(BadSignature));
    for filler in [0x00, 0xff] {
        let mut point = [filler; 65];
        point[0] = 4;
        let nowhere = PublicKey::from_point(&point).expect("65 bytes");
        assert_eq!(nowhere.verify(input.as_bytes(), &signature), Err(BadSignature));
    }
}

fn raw(r: [u8; 32], s: [u8; 32]) -> Vec<u8> {
    [r, s].concat()
}

fn small(value: u8) -> [u8; 32] {
    let mut number = [0; 32];
    number[31] = value;
    number
}

fn order_plus(difference: i8) -> [u8; 32] {
    let mut number = ORDER;
    number[31] = number[31].checked_add_signed(difference).expect("0x51 is in the middle");
    number
}

#[test]
fn numbers_outside_the_group_are_no_signature() {
    let one = small(1);
    for bad in [[0; 32], ORDER, order_plus(1), [0xff; 32]] {
        assert_eq!(Signature::from_raw(&raw(bad, one)), Err(NotASignature));
        assert_eq!(Signature::from_raw(&raw(one, bad)), Err(NotASignature));
    }
    for length in [0, 1, 63, 65, 96, 128] {
        assert_eq!(Signature::from_raw(&vec![1; length]), Err(NotASignature));
    }
    let (key, input, _) = rfc_7515();
    for (r, s) in [(one, one), (order_plus(-1), one), (one, order_plus(-1)), (order_plus(-1), order_plus(-1))]
    {
        let signature = Signature::from_raw(&raw(r, s)).expect("in range");
        assert_eq!(key.verify(input.as_bytes(), &signature), Err(BadSignature));
    }
}

/// ES256 has two signatures for each: with S and with the order less S. What is answered once is therefore
/// known by the transaction, never by the signature's bytes.
#[test]
fn both_halves_of_the_group_are_signatures() {
    let (key, input, signature) = rfc_7515();
    let mut other = *signature.raw();
    let mut borrow = 0i16;
    for index in (0..32).rev() {
        let difference = i16::from(ORDER[index]) - i16::from(other[32 + index]) - borrow;
        borrow = i16::from(difference < 0);
        other[32 + index] = u8::try_from(difference.rem_euclid(256)).expect("a byte");
    }
    let other = Signature::from_raw(&other).expect("in range");
    assert_ne!(other, signature);
    assert_eq!(key.verify(input.as_bytes(), &other), Ok(()));
}

#[test]
fn only_the_shortest_der_is_read() {
    let (_, _, signature) = rfc_7515();
    let der = signature.to_der();
    assert_eq!(Signature::from_der(&der), Ok(signature));
    let edge = |r: [u8; 32], s: [u8; 32]| Signature::from_raw(&raw(r, s)).expect("in range").to_der();
    assert_eq!(edge(small(1), small(0x7f)), [0x30, 6, 2, 1, 1, 2, 1, 0x7f]);
    assert_eq!(edge(small(0x80), small(1)), [0x30, 7, 2, 2, 0, 0x80, 2, 1, 1]);
    assert_eq!(edge(order_plus(-1), order_plus(-1)).len(), 72);

    let refused: &[&[u8]] = &[
        &[],
        &[0x30],
        &[0x30, 0],
        &[0x30, 6, 2, 1, 1, 2, 1],
        &[0x30, 6, 2, 1, 1, 2, 1, 1, 0],       // a byte after it
        &[0x30, 7, 2, 1, 1, 2, 1, 1, 0],       // a byte inside it
        &[0x30, 0x81, 6, 2, 1, 1, 2, 1, 1],    // a length in the long form
        &[0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0], // a length that is not given
        &[0x31, 6, 2, 1, 1, 2, 1, 1],          // a set
        &[0x30, 6, 3, 1, 1, 2, 1, 1],          // a string of bits
        &[0x30, 7, 2, 2, 0, 1, 2, 1, 1],       // a zero in front without need
        &[0x30, 8, 2, 3, 0, 0, 0x80, 2, 1, 1], // two of them
        &[0x30, 6, 2, 1, 0x80, 2, 1, 1],       // negative
        &[0x30, 6, 2, 1, 0, 2, 1, 1],          // zero
        &[0x30, 6, 2, 1, 1, 2, 1, 0],
        &[0x30, 5, 2, 0, 2, 1, 1],             // no number at all
        &[0x30, 3, 2, 1, 1],                   // one number
        &[0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1], // three
    ];
    for der in refused {
        assert_eq!(Signature::from_der(der), Err(NotASignature), "{der:02x?}");
    }
    let mut long = vec![0x30, 38, 2, 33, 1];
    long.extend([0; 32]);
    long.extend([2, 1, 1]);
    assert_eq!(Signature::from_der(&long), Err(NotASignature), "257 bits");
    let mut order = vec![0x30, 38, 2, 33, 0];
    order.extend(ORDER);
    order.extend([2, 1, 1]);
    assert_eq!(Signature::from_der(&order), Err(NotASignature), "the order itself");
    assert_eq!(Signature::from_raw(&der), Err(NotASignature), "DER is not the form of JWS");
}

#[derive(Debug, PartialEq, Deserialize, serde::Serialize)]
struct Said {
    a: u64,
}

const TYP: &str = "test+jwt";

fn message(header: &str, payload: &str, key: &SigningKey) -> String {
    let input = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
    let signature = key.sign(input.as_bytes()).expect("signs");
    format!("{input}.{}", BASE64.encode(signature.raw()))
}

fn refused(text: &str) -> JwsRefused {
    Jws::<Said>::parse(text.as_bytes(), TYP).map(|_| ()).unwrap_err()
}

#[test]
fn what_was_signed_is_read_back_and_verified() {
    let key = made();
    let unsigned = Unsigned::under_kid(TYP, key.public().thumbprint(), &Said { a: 7 });
    let hash = unsigned.digest();
    assert_eq!(hash, Digest::of(unsigned.signing_input()));
    let signature = key.sign(unsigned.signing_input()).expect("signs");
    let text = unsigned.signed(&Signature::from_der(&signature.to_der()).expect("DER"));
    let jws = Jws::<Said>::parse(text.as_bytes(), TYP).expect("parses");
    assert_eq!(jws.kid(), Some(key.public().thumbprint()));
    assert_eq!(jws.digest(), Digest::of(text.as_bytes()));
    assert_eq!(jws.embedded_key().unwrap_err(), JwkRefused::Malformed);
    assert_eq!(jws.verify(key.public()), Ok(Said { a: 7 }));
    let jws = Jws::<Said>::parse(text.as_bytes(), TYP).expect("parses");
    assert_eq!(jws.verify(made().public()), Err(BadSignature));
}

#[test]
fn only_es256_of_the_right_type_without_extensions_is_read() {
    let key = made();
    for (header, why) in [
        (r#"{"typ":"test+jwt","alg":"none"}"#, JwsRefused::OtherAlgorithm),
        (r#"{"typ":"test+jwt","alg":"HS256"}"#, JwsRefused::OtherAlgorithm),
        (r#"{"typ":"test+jwt","alg":"es256"}"#, JwsRefused::OtherAlgorithm),
        (r#"{"typ":"test+jwt","alg":"ES384"}"#, JwsRefused::OtherAlgorithm),
        (r#"{"typ":"other+jwt","alg":"ES256"}"#, JwsRefused::OtherType),
        (r#"{"typ":"TEST+JWT","alg":"ES256"}"#, JwsRefused::OtherType),
        (r#"{"typ":"application/test+jwt","alg":"ES256"}"#, JwsRefused::OtherType),
        (r#"{"typ":"test+jwt","alg":"ES256","crit":["exp"]}"#, JwsRefused::Critical),
        (r#"{"typ":"test+jwt","alg":"ES256","crit":[]}"#, JwsRefused::Critical),
        (r#"{"typ":"test+jwt","alg":"ES256","crit":null}"#, JwsRefused::Critical),
        (r#"{"typ":"test+jwt","alg":"ES256","b64":false,"crit":["b64"]}"#, JwsRefused::Critical),
        (r#"{"typ":"test+jwt","alg":"ES256","alg":"ES256"}"#, JwsRefused::Repeated),
        (r#"{"typ":"test+jwt","alg":"ES256","x":{"y":1,"y":2}}"#, JwsRefused::Repeated),
        (r#"{"alg":"ES256"}"#, JwsRefused::Malformed),
        (r#"{"typ":"test+jwt"}"#, JwsRefused::Malformed),
        (r#"["test+jwt","ES256"]"#, JwsRefused::Malformed),
        ("", JwsRefused::Malformed),
    ] {
        assert_eq!(refused(&message(header, r#"{"a":1}"#, &key)), why, "{header}");
    }
    let header = r#"{"typ":"test+jwt","alg":"ES256"}"#;
    for (payload, why) in [
        (r#"{"a":1,"a":1}"#, JwsRefused::Repeated),
        (r#"{"a":"1"}"#, JwsRefused::Malformed),
        ("[1]", JwsRefused::Malformed),
        ("{}", JwsRefused::Malformed),
        ("", JwsRefused::Malformed),
    ] {
        assert_eq!(refused(&message(header, payload, &key)), why, "{payload}");
    }
}

#[test]
fn a_key_that_the_message_brings_along_says_nothing_unless_it_is_asked_for() {
    let (key, stranger) = (made(), made());
    for extra in [
        format!(r#""jwk":{}"#, serde_json::to_string(stranger.public()).expect("JSON")),
        r#""jwk":7,"jku":"https://evil.example/","x5u":"https://evil.example/","x5c":["x"]"#.to_owned(),
    ] {
        let header = format!(r#"{{"typ":"test+jwt","alg":"ES256",{extra}}}"#);
        let text = message(&header, r#"{"a":1}"#, &key);
        let jws = Jws::<Said>::parse(text.as_bytes(), TYP).expect("parses");
        assert_eq!(jws.kid(), None);
        assert_eq!(jws.verify(key.public()), Ok(Said { a: 1 }));
        let jws = Jws::<Said>::parse(text.as_bytes(), TYP).expect("parses");
        assert_eq!(jws.verify(stranger.public()), Err(BadSignature));
    }
}

#[test]
fn the_three_parts_are_base64_without_anything_around_them() {
    let key = made();
    let good = message(r#"{"typ":"test+jwt","alg":"ES256"}"#, r#"{"a":1}"#, &key);
    assert!(Jws::<Said>::parse(good.as_bytes(), TYP).is_ok());
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let short = BASE64.encode([1; 63]);
    let der = BASE64.encode(Signature::from_raw(&bytes(signature)).expect("raw").to_der());
    for bad in [
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}.{signature}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{good}="),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{header}.{payload}.{short}"),
        format!("{header}.{payload}.{der}"),
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
    ] {
        assert_eq!(refused(&bad), JwsRefused::Malformed, "{bad}");
    }
    let mut bytes = good.clone().into_bytes();
    bytes[3] = 0xff;
    assert_eq!(Jws::<Said>::parse(&bytes, TYP).map(|_| ()), Err(JwsRefused::Malformed));
    // 86 characters hold four bits more than 64 bytes; only one spelling has them zero.
    let last = good.chars().last().expect("not empty");
    let next = char::from(u8::try_from(last).expect("ASCII") + 1);
    assert_eq!(
        refused(&format!("{}{next}", good.strip_suffix(last).expect("ends so"))),
        JwsRefused::Malformed
    );
    assert_eq!(refused(&"x".repeat(MAX_JWS + 1)), JwsRefused::TooLong);
}

#[test]
fn a_file_that_is_no_key_is_refused() {
    let pkcs8 = SigningKey::make_pkcs8().expect("makes");
    let mut broken = pkcs8.expose().to_vec();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    for bytes in [broken, Vec::new(), vec![0x30; 138]] {
        assert_eq!(SigningKey::from_pkcs8(&SecretBytes::new(bytes)).map(|_| ()), Err(NotAKey));
    }
}

proptest! {
    #[test]
    fn der_and_raw_are_two_forms_of_one_signature(r in any::<[u8; 32]>(), s in any::<[u8; 32]>()) {
        if let Ok(signature) = Signature::from_raw(&raw(r, s)) {
            prop_assert_eq!(Signature::from_der(&signature.to_der()), Ok(signature));
        }
    }

    #[test]
    fn short_numbers_keep_their_zeros(r in 1u64.., s in 1u64..) {
        let number = |value: u64| {
            let mut number = [0; 32];
            number[24..].copy_from_slice(&value.to_be_bytes());
            number
        };
        let signature = Signature::from_raw(&raw(number(r), number(s))).unwrap();
        prop_assert_eq!(Signature::from_der(&signature.to_der()), Ok(signature));
    }

    #[test]
    fn what_is_read_as_der_is_written_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(signature) = Signature::from_der(&bytes) {
            prop_assert_eq!(signature.to_der(), bytes);
        }
    }

    #[test]
    fn no_der_of_almost_the_right_form_panics(
        lengths in any::<[u8; 3]>(),
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut der = vec![0x30, lengths[0], 2, lengths[1]];
        der.extend(bytes);
        let _ = Signature::from_der(&der);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Jws::<Said>::parse(&bytes, TYP);
        let _ = PublicKey::from_json(&bytes);
        let _ = PublicKey::from_point(&bytes);
        let _ = Signature::from_raw(&bytes);
    }
}
