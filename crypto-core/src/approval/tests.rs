mod activation;
mod answer;
mod challenge;
mod forms;
mod grant;
mod proof;
mod rotation;
mod scan;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use serde_json::{Value, json};

use super::answer::{Decision, Device, DeviceKeys, Match};
use super::challenge::{Answered, Issued, Registration};
use super::rotation::ServicePin;
use super::state::DeviceState;
use super::*;
use crate::seal::sign::tests::key_of;
use crate::seal::sign::{PublicKey, SigningKey};
use crate::time::UnixTime;

/// When the vectors' challenge is still good.
const NOW: UnixTime = UnixTime::from_secs(1_790_000_110);
/// The first instant at which it is over.
const EXP: u64 = 1_790_000_220;

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/approval-v1.json")).expect("JSON")
}

fn vector(name: &str) -> String {
    vectors()[name].as_str().expect("text").to_owned()
}

fn public(name: &str) -> PublicKey {
    PublicKey::from_json(vectors()[format!("{name}_jwk")].to_string().as_bytes()).expect("a key")
}

/// The private key of a role: `service`, `pop` or `uv`.
fn private(name: &str) -> SigningKey {
    let hex = vectors()["private_scalars_hex"][name].as_str().expect("text").to_owned();
    key_of(&data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal"), &public(name))
}

fn issuer() -> Origin {
    Origin::parse("https://signin.example.org").expect("an origin")
}

fn device_id() -> DeviceId {
    DeviceId::try_from("dev_9mQ2x7c1Vb0").expect("an id")
}

fn account_id() -> AccountId {
    AccountId::try_from("acc_h4K0t2").expect("an id")
}

fn number(digits: &str) -> MatchNumber {
    MatchNumber::parse(digits).expect("a number")
}

fn approve(digits: &str) -> Decision {
    Decision::Approve(Match::Number(number(digits)))
}

/// What the phone of the vectors keeps.
fn registration() -> Registration {
    Registration {
        issuer: issuer(),
        service: ServicePin::new(public("service")),
        account: account_id(),
        device: device_id(),
        pop: public("pop").thumbprint(),
        uv: Some(public("uv").thumbprint()),
        answered: Answered::default(),
    }
}

/// The same phone, as the service knows it.
fn device() -> Device {
    let keys = DeviceKeys::new(public("pop"), public("uv")).expect("two keys");
    Device { id: device_id(), account: account_id(), state: DeviceState::Active, keys }
}

fn issued() -> Issued {
    Issued::from_store(&vector("challenge_jws")).expect("reads")
}

/// Header and claims of a message.
fn parts(jws: &str) -> (Value, Value) {
    let mut parts = jws.split('.').map(|part| BASE64.decode(part).expect("Base64"));
    let mut part = || serde_json::from_slice(&parts.next().expect("a part")).expect("JSON");
    (part(), part())
}

/// The message with something changed, signed anew: what a thief of that key could send.
fn changed(jws: &str, key: &SigningKey, change: impl FnOnce(&mut Value, &mut Value)) -> String {
    let (mut header, mut claims) = parts(jws);
    change(&mut header, &mut claims);
    sealed(&header.to_string(), &claims.to_string(), key)
}

fn sealed(header: &str, claims: &str, key: &SigningKey) -> String {
    let input = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature = key.sign(input.as_bytes()).expect("signs");
    format!("{input}.{}", BASE64.encode(signature.raw()))
}

fn without(value: &mut Value, member: &str) {
    value.as_object_mut().expect("an object").remove(member).expect("it was there");
}

#[test]
fn the_vectors_keys_have_the_vectors_thumbprints() {
    for (key, print) in [("service", "service_jkt"), ("pop", "pop_jkt"), ("uv", "uv_jkt")] {
        assert_eq!(public(key).thumbprint().to_string(), vector(print));
    }
}

#[test]
fn what_is_shown_hides_nothing_and_is_not_long() {
    assert_eq!(shown_text(" Pay\u{202e}roll\0\n"), "Payroll");
    let long = shown_text(&"å".repeat(121));
    assert_eq!(long.chars().count(), 121);
    assert!(long.ends_with("å…"));
    assert_eq!(shown_text(&"å".repeat(120)), "å".repeat(120));
}

#[test]
fn ids_can_stand_in_a_path_and_are_long_enough() {
    for id in ["dev_9mQ2x7c1Vb0", "x", "A-b_9"] {
        assert_eq!(DeviceId::try_from(id).expect("an id").as_str(), id);
    }
    for id in ["../x", "a/b", "a b", "a%2f", "é", &"x".repeat(65)] {
        assert_eq!(DeviceId::try_from(id).unwrap_err(), IdRefused::Malformed, "{id}");
    }
    assert_eq!(DeviceId::try_from("").unwrap_err(), IdRefused::TooShort);
    assert_eq!(DeviceId::try_from("dev_").unwrap_err(), IdRefused::TooShort);
    assert!(TransactionId::try_from("txn_Zk3u0o1mQ4mU2rVb8gq5Yw").is_ok());
    assert_eq!(TransactionId::try_from("txn_Zk3u0o1mQ4mU2rVb8gq5Y").unwrap_err(), IdRefused::TooShort);
    assert_eq!(Nonce::try_from(BASE64.encode([1; 31]).as_str()).unwrap_err(), IdRefused::TooShort);
    assert_eq!(Nonce::try_from(BASE64.encode([1; 65]).as_str()).unwrap_err(), IdRefused::Malformed);
    assert_eq!(Nonce::try_from("!").unwrap_err(), IdRefused::Malformed);
    assert!(Nonce::try_from(BASE64.encode([1; 32]).as_str()).is_ok());
}

#[test]
fn made_ids_are_read_back_and_differ() {
    let mut rng = rng(1);
    let first = TransactionId::make(&mut rng);
    assert_eq!(TransactionId::try_from(first.as_str()).as_ref(), Ok(&first));
    assert_ne!(TransactionId::make(&mut rng), first);
    let nonce = Nonce::make(&mut rng);
    assert_eq!(Nonce::try_from(nonce.as_str()), Ok(nonce));
}

#[test]
fn problems_have_the_protocols_types_and_statuses() {
    let table: Vec<(u16, &str)> = ProblemCode::ALL.iter().map(|code| (code.status(), code.word())).collect();
    assert_eq!(
        table,
        [
            (400, "malformed"),
            (400, "unsupported_version"),
            (401, "use_dpop_nonce"),
            (401, "bad_proof"),
            (401, "bad_signature"),
            (401, "unknown_device"),
            (401, "device_revoked"),
            (403, "number_mismatch"),
            (403, "uv_required"),
            (403, "device_not_active"),
            (403, "device_suspended"),
            (403, "attestation_rejected"),
            (404, "not_found"),
            (409, "already_resolved"),
            (409, "code_already_claimed"),
            (409, "limit_devices"),
            (410, "expired"),
            (410, "code_expired"),
            (426, "upgrade_required"),
            (429, "slow_down"),
            (429, "too_many_pending"),
            (429, "push_locked"),
            (503, "try_later"),
        ]
    );
    for &code in ProblemCode::ALL {
        let problem = Problem::new(code, Some("txn_x"), NOW);
        assert_eq!(Problem::from_json(&problem.to_json()), Some(problem));
    }
}

#[test]
fn a_problem_of_a_newer_service_is_one_without_a_name() {
    let body =
        br#"{"type":"urn:approval:error:moon_phase","title":"x","status":403,"detail":"y","server_time":1}"#;
    let problem = Problem::from_json(body).expect("a problem");
    assert_eq!((problem.code, problem.status), (None, 403));
    for body in [&b"<html>"[..], b"{}", br#"{"type":"about:blank","status":502,"server_time":1}"#] {
        assert_eq!(Problem::from_json(body), None);
    }
}

#[test]
fn nothing_that_is_kept_or_shown_has_the_number_in_it() {
    let verified = Received::new(vector("challenge_jws")).verify(&registration(), NOW).expect("verifies");
    let decision = approve("47");
    assert_eq!(format!("{decision:?}"), "Approve(Number(MatchNumber(..)))");
    let with = super::answer::SignWith::Uv(super::answer::UvMethod::Pin);
    let answer = verified.answer(decision, with, "1.0.0", NOW, &mut rng(1)).expect("answers");
    assert_eq!(format!("{answer:?}"), "Answer(..)");
    let signature = private("uv").sign(answer.signing_input()).expect("signs");
    assert_eq!(format!("{:?}", answer.signed(&signature)), "Signed(..)");
}

/// The claims of a challenge as the vectors have them, for the tests that build one.
fn challenge_with(change: impl FnOnce(&mut Value)) -> String {
    changed(&vector("challenge_jws"), &private("service"), |_, claims| change(claims))
}

fn set(member: &'static str, value: Value) -> impl FnOnce(&mut Value) {
    move |claims| claims[member] = value
}

fn nonce_of(bytes: usize) -> Value {
    json!(BASE64.encode(vec![7; bytes]))
}
