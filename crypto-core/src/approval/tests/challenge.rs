use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::approval::challenge::{self, ChallengeRefused, Context, Proximity, Question, Scan, UvPolicy};
use crate::approval::limit::ChallengeLife;
use crate::approval::state::Purpose;
use crate::seal::sign::JwsRefused;

fn verify(jws: String) -> Result<Verified, ChallengeRefused> {
    verify_at(jws, NOW)
}

fn verify_at(jws: String, now: UnixTime) -> Result<Verified, ChallengeRefused> {
    Received::new(jws).verify(&registration(), now)
}

fn refused(jws: String) -> ChallengeRefused {
    verify(jws).map(|_| ()).unwrap_err()
}

#[test]
fn the_published_challenge_is_verified() {
    let verified = verify(vector("challenge_jws")).expect("verifies");
    assert_eq!(verified.transaction().as_str(), "txn_Zk3u0o1mQ4mU2rVb8gq5Yw");
    assert_eq!(verified.match_len(), MatchLen::Two);
    assert_eq!(verified.purpose(), Purpose::Signin);
    assert_eq!(verified.uv(), UvPolicy::Required);
    assert_eq!(verified.expires_at(), UnixTime::from_secs(EXP));
    assert_eq!(verified.others_pending(), 0);
    let context = verified.context();
    assert_eq!(context.app.as_deref(), Some("Payroll"));
    assert_eq!(context.loc.as_ref().map(|place| place.label.as_str()), Some("Lisbon, Portugal"));
    assert_eq!(context.ip.as_deref(), Some("203.0.113.24"));
    assert_eq!(context.unfamiliar, Some(false));
    assert_eq!(context.proximity, Some(Proximity::Near));
}

// C-08: each of the eight, one at a time, under a good signature where the service's key could have made it.
#[test]
fn a_signature_by_another_key_is_refused() {
    let same = |_: &mut Value, _: &mut Value| {};
    assert_eq!(
        refused(changed(&vector("challenge_jws"), &private("pop"), same)),
        ChallengeRefused::Signature
    );
    let own_name = changed(&vector("challenge_jws"), &private("pop"), |header, _| {
        header["kid"] = json!(public("pop").thumbprint());
    });
    assert_eq!(refused(own_name), ChallengeRefused::OtherKey);
    let no_name = changed(&vector("challenge_jws"), &private("service"), |header, _| without(header, "kid"));
    assert_eq!(refused(no_name), ChallengeRefused::OtherKey);
    let own_key = changed(&vector("challenge_jws"), &private("pop"), |header, _| {
        header["jwk"] = json!(public("pop"));
    });
    assert_eq!(refused(own_key), ChallengeRefused::Signature);
}

#[test]
fn a_challenge_of_another_issuer_is_refused() {
    for other in ["https://signin.example.org/", "https://evil.example", "http://signin.example.org", ""] {
        assert_eq!(refused(challenge_with(set("iss", json!(other)))), ChallengeRefused::OtherIssuer);
    }
}

#[test]
fn a_challenge_for_another_device_is_refused() {
    assert_eq!(refused(challenge_with(set("aud", json!("dev_other")))), ChallengeRefused::OtherDevice);
}

#[test]
fn a_challenge_for_another_account_is_refused() {
    assert_eq!(refused(challenge_with(set("sub", json!("acc_other")))), ChallengeRefused::OtherAccount);
}

#[test]
fn a_challenge_is_good_until_its_last_millisecond() {
    let at = |millis| verify_at(vector("challenge_jws"), UnixTime::from_millis(millis)).map(|_| ());
    assert_eq!(at(EXP * 1000 - 1), Ok(()));
    assert_eq!(at(EXP * 1000), Err(ChallengeRefused::Expired));
    assert_eq!(at(u64::MAX), Err(ChallengeRefused::Expired));
    assert_eq!(at(0), Ok(()), "when it was made is recorded, not judged");
    let past = challenge_with(set("exp", json!(NOW.secs())));
    assert_eq!(refused(past), ChallengeRefused::Expired);
}

#[test]
fn an_id_or_nonce_that_could_be_guessed_is_refused() {
    let short = ChallengeRefused::Weak(IdRefused::TooShort);
    assert_eq!(refused(challenge_with(set("jti", json!("txn_Zk3u0o1mQ4mU2rVb8gq5Y")))), short);
    assert_eq!(refused(challenge_with(set("jti", json!("")))), short);
    assert_eq!(refused(challenge_with(set("nonce", nonce_of(31)))), short);
    let path = json!("txn_../../../../../../../../x");
    assert_eq!(refused(challenge_with(set("jti", path))), ChallengeRefused::Weak(IdRefused::Malformed));
}

#[test]
fn a_challenge_that_asks_for_no_number_is_refused() {
    assert_eq!(refused(challenge_with(|claims| without(claims, "match"))), ChallengeRefused::NoNumber);
    for asked in [
        json!(null),
        json!({"type": "tap", "len": 2}),
        json!({"type": "number", "len": 0}),
        json!({"type": "number", "len": 1}),
        json!({"type": "number", "len": 4}),
    ] {
        assert_eq!(refused(challenge_with(set("match", asked))), ChallengeRefused::NoNumber);
    }
    for (len, expected) in [(2, MatchLen::Two), (3, MatchLen::Three), (6, MatchLen::Six)] {
        let asked = json!({"type": "number", "len": len});
        assert_eq!(verify(challenge_with(set("match", asked))).expect("verifies").match_len(), expected);
    }
}

#[test]
fn a_challenge_that_was_answered_is_refused() {
    let mut registration = registration();
    let transaction = issued().transaction().clone();
    registration.answered.note(transaction.clone(), UnixTime::from_secs(EXP), NOW);
    let again = Received::new(vector("challenge_jws")).verify(&registration, NOW);
    assert_eq!(again.map(|_| ()), Err(ChallengeRefused::Answered));
    let other = TransactionId::make(&mut rng(1));
    registration.answered.note(other.clone(), UnixTime::from_secs(EXP + 100), UnixTime::from_secs(EXP));
    assert!(!registration.answered.contains(&transaction), "it has expired, which is as good");
    assert!(registration.answered.contains(&other));
}

#[test]
fn a_message_of_another_kind_or_form_is_refused() {
    let with_header = |header: Value| {
        let (_, claims) = parts(&vector("challenge_jws"));
        refused(sealed(&header.to_string(), &claims.to_string(), &private("service")))
    };
    let kid = public("service").thumbprint();
    let other = |why| ChallengeRefused::Unreadable(why);
    assert_eq!(
        with_header(json!({"typ": "approval-answer+jwt", "alg": "ES256", "kid": kid})),
        other(JwsRefused::OtherType)
    );
    assert_eq!(
        with_header(json!({"typ": "approval-challenge+jwt", "alg": "none", "kid": kid})),
        other(JwsRefused::OtherAlgorithm)
    );
    assert_eq!(
        with_header(json!({"typ": "approval-challenge+jwt", "alg": "ES256", "kid": kid, "crit": ["x"]})),
        other(JwsRefused::Critical)
    );
    let (header, claims) = parts(&vector("challenge_jws"));
    let doubled = claims.to_string().replace(r#""aud":"#, r#""aud":"dev_other","aud":"#);
    let doubled = sealed(&header.to_string(), &doubled, &private("service"));
    assert_eq!(refused(doubled), other(JwsRefused::Repeated));
    for member in ["iss", "aud", "sub", "jti", "nonce", "iat", "exp", "purpose", "uv"] {
        let lacking = challenge_with(|claims| without(claims, member));
        assert_eq!(refused(lacking), other(JwsRefused::Malformed), "{member}");
    }
    assert_eq!(refused(challenge_with(set("purpose", json!("payment")))), other(JwsRefused::Malformed));
    assert_eq!(refused(challenge_with(set("uv", json!({"required": null})))), other(JwsRefused::Malformed));
    assert_eq!(refused(challenge_with(set("match", json!(["number", 2])))), other(JwsRefused::Malformed));
    let long = challenge_with(set("x", json!("x".repeat(8192))));
    assert_eq!(refused(long), other(JwsRefused::TooLong));
}

#[test]
fn what_the_app_does_not_know_is_ignored_and_what_is_missing_is_unknown() {
    let newer = challenge_with(|claims| {
        claims["new"] = json!({"deep": [1, null]});
        claims["ctx"]["new"] = json!(true);
        claims["ctx"]["proximity"] = json!("overhead");
    });
    assert_eq!(verify(newer).expect("verifies").context().proximity, None);
    let bare = challenge_with(|claims| without(claims, "ctx"));
    assert_eq!(verify(bare).expect("verifies").context(), &Context::default());
}

#[test]
fn a_hostile_context_is_shown_harmlessly() {
    let hostile = challenge_with(|claims| {
        claims["ctx"]["app"] = json!("\u{202e}lloryaP\u{0}");
        claims["ctx"]["client"] = json!("x".repeat(500));
        claims["ctx"]["loc"] = json!({"label": "\u{200b}"});
    });
    let verified = verify(hostile).expect("verifies");
    assert_eq!(verified.context().app.as_deref(), Some("lloryaP"));
    assert_eq!(verified.context().client.as_ref().map(|client| client.chars().count()), Some(121));
    assert_eq!(verified.context().loc, None);
}

#[test]
fn what_the_service_makes_the_phone_verifies_and_the_store_gives_back() {
    let transaction = TransactionId::make(&mut rng(1));
    let question = Question {
        issuer: &issuer(),
        account: &account_id(),
        device: &device_id(),
        transaction: &transaction,
        purpose: Purpose::Recovery,
        match_len: MatchLen::Six,
        scan: Scan::Familiar,
        uv: UvPolicy::Preferred,
        context: Context { client: Some("x".repeat(100_000)), ..Context::default() },
        others_pending: 1,
        life: ChallengeLife::new(30).expect("half a minute"),
    };
    let now = UnixTime::from_millis(NOW.millis() + 999);
    let issued = challenge::make(question, &private("service"), now, &mut rng(2)).expect("makes");
    assert_eq!(Issued::from_store(issued.jws()).as_ref(), Ok(&issued));
    let verified = verify(issued.jws().to_owned()).expect("verifies");
    assert_eq!(verified.transaction(), &transaction);
    assert_eq!(verified.purpose(), Purpose::Recovery);
    assert_eq!(verified.match_len(), MatchLen::Six);
    assert!(verified.may_be_scanned() && issued.may_be_scanned());
    assert_eq!(verified.expires_at(), issued.expires_at());
    assert_eq!(issued.expires_at(), UnixTime::from_secs(NOW.secs() + 30));
    assert_eq!(verified.others_pending(), 1);
}

proptest! {
    #[test]
    fn a_changed_byte_anywhere_is_noticed(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = vector("challenge_jws").into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert!(verify(text).is_err());
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        prop_assert!(verify(text.clone()).is_err());
        prop_assert!(Issued::from_store(&text).is_err());
    }
}
