use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::approval::answer::{
    self, AnswerRefused, KeyKind, NotAnswered, Outcome, Reason, SignWith, Transaction, UvMethod, Verdict,
};
use crate::approval::challenge::{self, Context, Question, Scan, UvPolicy};
use crate::approval::limit::ChallengeLife;
use crate::approval::state::{Purpose, TransactionState};
use crate::seal::sign::{Digest, JwsRefused, Signature};

fn check(body: &str) -> Result<Verdict, AnswerRefused> {
    check_by(body, &device(), &issued(), "47")
}

fn check_by(body: &str, device: &Device, issued: &Issued, digits: &str) -> Result<Verdict, AnswerRefused> {
    let number = number(digits);
    let transaction = Transaction { issued, state: TransactionState::Pending, number: &number, scan: None };
    answer::check(body.as_bytes(), device, transaction, &Limits::default(), NOW)
}

fn refused(body: &str) -> AnswerRefused {
    check(body).map(|_| ()).unwrap_err()
}

/// The published approval with claims changed, signed by the same key.
fn approval_with(change: impl FnOnce(&mut Value)) -> String {
    changed(&vector("answer_approve_jws"), &private("uv"), |_, claims| change(claims))
}

/// The same under the key that needs nobody.
fn approval_by_pop(change: impl FnOnce(&mut Value)) -> String {
    changed(&vector("answer_approve_jws"), &private("pop"), |header, claims| {
        header["kid"] = json!(public("pop").thumbprint());
        change(claims);
    })
}

#[test]
fn the_published_answers_are_taken() {
    let approved = check(&vector("answer_approve_jws")).expect("is taken");
    assert_eq!(approved.outcome, Outcome::Approved);
    assert_eq!(approved.outcome.state(), TransactionState::Approved);
    assert_eq!((approved.key, approved.uv), (KeyKind::Uv, Some(UvMethod::Biometric)));
    assert_eq!((approved.id.as_str(), approved.app.as_deref()), ("ans_1", Some("1.0.0")));
    let reported = check(&vector("answer_deny_jws")).expect("is taken");
    assert_eq!(reported.outcome, Outcome::Reported(Some(Reason::NotMe)));
    assert_eq!((reported.key, reported.uv), (KeyKind::Pop, Some(UvMethod::None)));
}

#[test]
fn another_number_ends_the_request_and_is_told_as_such() {
    for wrong in ["48", "74", "10", "047", "470", "000047"] {
        let verdict = check(&approval_with(set("num", json!(wrong)))).expect("is taken");
        assert_eq!(verdict.outcome, Outcome::Mismatch, "{wrong}");
        assert_eq!(verdict.outcome.state(), TransactionState::Mismatch);
        assert_eq!(verdict.outcome.problem(), Some(ProblemCode::NumberMismatch));
    }
}

#[test]
fn an_approval_without_a_number_is_refused() {
    assert_eq!(refused(&approval_with(|claims| without(claims, "num"))), AnswerRefused::NoNumber);
    assert_eq!(refused(&approval_with(set("num", json!(null)))), AnswerRefused::NoNumber);
    for number in [json!(47), json!(""), json!("4"), json!(" 47"), json!("４７"), json!(["47"])] {
        let why = refused(&approval_with(set("num", number.clone())));
        assert_eq!(why, AnswerRefused::Unreadable(JwsRefused::Malformed), "{number}");
    }
}

#[test]
fn an_answer_is_good_for_its_own_challenge_only() {
    for (claim, value) in [
        ("iss", json!("dev_other")),
        ("sub", json!("acc_other")),
        ("txn", json!("txn_AAAAAAAAAAAAAAAAAAAAAA")),
        ("nonce", nonce_of(32)),
        ("cth", nonce_of(32)),
    ] {
        let why = refused(&approval_with(set(claim, value)));
        assert_eq!(why, AnswerRefused::OtherRequest, "{claim}");
        assert_eq!(why.problem(), ProblemCode::NotFound);
    }
    let other_service = refused(&approval_with(set("aud", json!("https://evil.example"))));
    assert_eq!(other_service, AnswerRefused::OtherService);
    for claim in ["iss", "aud", "sub", "txn", "nonce", "cth", "decision", "jti", "iat"] {
        let why = refused(&approval_with(|claims| without(claims, claim)));
        assert_eq!(why, AnswerRefused::Unreadable(JwsRefused::Malformed), "{claim}");
    }
}

#[test]
fn an_answer_to_what_another_device_was_asked_is_refused() {
    let other = Device { id: DeviceId::try_from("dev_other").expect("an id"), ..device() };
    let own_name = approval_with(set("iss", json!("dev_other")));
    let why = check_by(&own_name, &other, &issued(), "47").unwrap_err();
    assert_eq!(why, AnswerRefused::OtherRequest);
    let other = Device { account: AccountId::try_from("acc_other").expect("an id"), ..device() };
    let why = check_by(&vector("answer_approve_jws"), &other, &issued(), "47").unwrap_err();
    assert_eq!(why, AnswerRefused::OtherRequest);
}

#[test]
fn each_claim_changed_without_the_key_breaks_the_signature() {
    let text = vector("answer_approve_jws");
    let (header, claims) = parts(&text);
    let signature = text.rsplit('.').next().expect("a signature");
    for claim in claims.as_object().expect("an object").keys() {
        let mut forged = claims.clone();
        forged[claim] = match claim.as_str() {
            "decision" => json!("deny"),
            "num" => json!("74"),
            "cth" | "nonce" => nonce_of(32),
            "iat" => json!(1),
            _ => json!("other"),
        };
        let input = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(forged.to_string()));
        assert_eq!(refused(&format!("{input}.{signature}")), AnswerRefused::Signature, "{claim}");
    }
}

#[test]
fn approving_takes_the_key_that_needs_the_person() {
    let why = refused(&approval_by_pop(|_| {}));
    assert_eq!((why, why.problem()), (AnswerRefused::NeedsUv, ProblemCode::UvRequired));
    let unverified = approval_with(set("uv", json!("none")));
    assert_eq!(refused(&unverified), AnswerRefused::NeedsUv);
    let lenient = challenge_with(set("uv", json!("preferred")));
    let by_pop = approval_by_pop(set("cth", json!(Digest::of(lenient.as_bytes()))));
    let lenient = Issued::from_store(&lenient).expect("reads");
    let verdict = check_by(&by_pop, &device(), &lenient, "47");
    assert_eq!(verdict.map(|verdict| (verdict.outcome, verdict.key)), Ok((Outcome::Approved, KeyKind::Pop)));
}

#[test]
fn a_key_that_is_not_the_devices_is_refused() {
    let stranger = changed(&vector("answer_approve_jws"), &private("service"), |header, _| {
        header["kid"] = json!(public("service").thumbprint());
        header["jwk"] = json!(public("service"));
    });
    assert_eq!(refused(&stranger), AnswerRefused::OtherKey);
    let nameless = changed(&vector("answer_approve_jws"), &private("uv"), |header, _| without(header, "kid"));
    assert_eq!(refused(&nameless), AnswerRefused::OtherKey);
    let odd = changed(&vector("answer_approve_jws"), &private("uv"), |header, _| header["kid"] = json!([1]));
    assert_eq!(refused(&odd), AnswerRefused::OtherKey);
    let borrowed = changed(&vector("answer_approve_jws"), &private("pop"), |_, _| {});
    assert_eq!(refused(&borrowed), AnswerRefused::Signature);
    assert!(DeviceKeys::new(public("uv"), public("uv")).is_none());
}

#[test]
fn denying_needs_neither_key_in_particular_nor_a_number() {
    for (name, uv) in [("pop", "none"), ("uv", "biometric")] {
        for (decision, expected) in [("deny", Outcome::Denied(None)), ("report", Outcome::Reported(None))] {
            let body = changed(&vector("answer_deny_jws"), &private(name), |header, claims| {
                header["kid"] = json!(public(name).thumbprint());
                claims["decision"] = json!(decision);
                claims["uv"] = json!(uv);
                claims["reason"] = json!("a reason of a newer app");
            });
            assert_eq!(check(&body).expect("is taken").outcome, expected);
        }
    }
}

#[test]
fn a_device_may_answer_what_its_state_allows() {
    let in_state = |state| Device { state, ..device() };
    let activation = challenge_with(set("purpose", json!("activation")));
    let activation = Issued::from_store(&activation).expect("reads");
    let confirm = approval_with(set("cth", json!(Digest::of(activation.jws().as_bytes()))));
    let approve = vector("answer_approve_jws");
    let report = vector("answer_deny_jws");
    let outcome = |body: &str, state, issued: &Issued| {
        check_by(body, &in_state(state), issued, "47").map(|verdict| verdict.outcome)
    };
    let reported = Ok(Outcome::Reported(Some(Reason::NotMe)));
    use DeviceState as D;
    assert_eq!(outcome(&approve, D::Suspended, &issued()), Err(AnswerRefused::Suspended));
    assert_eq!(outcome(&report, D::Suspended, &issued()), Err(AnswerRefused::Suspended));
    assert_eq!(outcome(&approve, D::Revoked, &issued()), Err(AnswerRefused::Revoked));
    assert_eq!(outcome(&approve, D::Stale, &issued()), Err(AnswerRefused::NotActive));
    assert_eq!(outcome(&report, D::Stale, &issued()), reported);
    assert_eq!(outcome(&approve, D::PendingConfirmation, &issued()), Err(AnswerRefused::NotActive));
    assert_eq!(outcome(&report, D::PendingConfirmation, &issued()), Err(AnswerRefused::NotActive));
    assert_eq!(outcome(&confirm, D::PendingConfirmation, &activation), Ok(Outcome::Approved));
    assert_eq!(outcome(&confirm, D::Active, &activation), Ok(Outcome::Approved));
}

#[test]
fn a_request_is_answered_once_and_in_time() {
    let number = number("47");
    let issued = issued();
    let at = |state, now| {
        let transaction = Transaction { issued: &issued, state, number: &number, scan: None };
        let body = vector("answer_approve_jws");
        answer::check(body.as_bytes(), &device(), transaction, &Limits::default(), now)
            .map(|verdict| verdict.outcome)
    };
    use TransactionState as T;
    for state in [T::Approved, T::Consumed, T::Mismatch, T::Denied, T::Reported, T::Cancelled] {
        assert_eq!(at(state, NOW), Err(AnswerRefused::AlreadyResolved), "{state:?}");
    }
    assert_eq!(at(T::Expired, NOW), Err(AnswerRefused::Expired));
    assert_eq!(at(T::Pending, UnixTime::from_millis(EXP * 1000 - 1)), Ok(Outcome::Approved));
    assert_eq!(at(T::Pending, UnixTime::from_secs(EXP)), Err(AnswerRefused::Expired));
}

/// S-10: what is wrong later is not told, and not counted, before what is wrong earlier.
#[test]
fn checks_come_in_their_order() {
    let number = number("47");
    let issued = issued();
    let run = |body: &str, device: &Device, state, now| {
        let transaction = Transaction { issued: &issued, state, number: &number, scan: None };
        answer::check(body.as_bytes(), device, transaction, &Limits::default(), now).unwrap_err()
    };
    let late = UnixTime::from_secs(EXP);
    let done = TransactionState::Denied;
    let revoked = Device { state: DeviceState::Revoked, ..device() };
    // Everything is wrong; then one thing after the other is put right.
    let long = "x".repeat(8193);
    assert_eq!(run(&long, &revoked, done, late), AnswerRefused::Unreadable(JwsRefused::TooLong));
    assert_eq!(run("x.y.z", &revoked, done, late), AnswerRefused::Unreadable(JwsRefused::Malformed));
    let everything = |claims: &mut Value| {
        claims["aud"] = json!("https://evil.example");
        claims["txn"] = json!("other");
        claims["num"] = json!("48");
    };
    let stranger = changed(&vector("answer_approve_jws"), &private("service"), |header, claims| {
        header["kid"] = json!(public("service").thumbprint());
        everything(claims);
    });
    assert_eq!(run(&stranger, &revoked, done, late), AnswerRefused::OtherKey);
    let forged = changed(&vector("answer_approve_jws"), &private("service"), |header, claims| {
        header["kid"] = json!(public("pop").thumbprint());
        everything(claims);
    });
    assert_eq!(run(&forged, &revoked, done, late), AnswerRefused::Revoked);
    assert_eq!(run(&forged, &device(), done, late), AnswerRefused::NeedsUv);
    let forged = changed(&vector("answer_approve_jws"), &private("service"), |_, claims| everything(claims));
    assert_eq!(run(&forged, &device(), done, late), AnswerRefused::Signature);
    assert_eq!(run(&approval_with(everything), &device(), done, late), AnswerRefused::OtherService);
    let other = approval_with(|claims| {
        claims["txn"] = json!("other");
        claims["num"] = json!("48");
    });
    assert_eq!(run(&other, &device(), done, late), AnswerRefused::OtherRequest);
    let wrong = approval_with(set("num", json!("48")));
    assert_eq!(run(&wrong, &device(), done, late), AnswerRefused::AlreadyResolved);
    assert_eq!(run(&wrong, &device(), TransactionState::Pending, late), AnswerRefused::Expired);
}

fn verified() -> Verified {
    Received::new(vector("challenge_jws")).verify(&registration(), NOW).expect("verifies")
}

/// Answers as a phone does: its keystore signs a hash and gives DER.
fn answered(verified: Verified, decision: Decision, with: SignWith, seed: u8) -> String {
    let answer = verified.answer(decision, with, "1.0.0", NOW, &mut rng(seed)).expect("answers");
    let name = match answer.key() {
        KeyKind::Uv => "uv",
        KeyKind::Pop => "pop",
    };
    let der = private(name).sign(answer.signing_input()).expect("signs").to_der();
    let signed = answer.signed(&Signature::from_der(&der).expect("DER"));
    String::from_utf8(signed.body().to_vec()).expect("ASCII")
}

#[test]
fn what_the_phone_answers_the_service_takes() {
    let right = answered(verified(), approve("47"), SignWith::Uv(UvMethod::Pin), 1);
    let verdict = check(&right).expect("is taken");
    assert_eq!((verdict.outcome, verdict.uv), (Outcome::Approved, Some(UvMethod::Pin)));
    assert_eq!(verdict.stated_at, NOW);
    let wrong = answered(verified(), approve("48"), SignWith::Uv(UvMethod::Session), 2);
    assert_eq!(check(&wrong).expect("is taken").outcome, Outcome::Mismatch);
    let deny = answered(verified(), Decision::Deny(Some(Reason::Cancelled)), SignWith::Pop, 3);
    assert_eq!(check(&deny).expect("is taken").outcome, Outcome::Denied(Some(Reason::Cancelled)));
    let report = answered(verified(), Decision::Report(None), SignWith::Uv(UvMethod::Biometric), 4);
    assert_eq!(check(&report).expect("is taken").outcome, Outcome::Reported(None));
}

#[test]
fn the_phone_does_not_approve_without_the_digits_or_the_person() {
    let answer = |decision, with| {
        verified().answer(decision, with, "1.0.0", NOW, &mut rng(1)).map(|_| ()).unwrap_err()
    };
    let uv = SignWith::Uv(UvMethod::Pin);
    assert_eq!(answer(approve("471"), uv), NotAnswered::NumberLength);
    assert_eq!(answer(approve("47"), SignWith::Pop), NotAnswered::NeedsUv);
    assert_eq!(answer(approve("47"), SignWith::Uv(UvMethod::None)), NotAnswered::NeedsUv);
    let mut stale = registration();
    stale.uv = None;
    let verified = || Received::new(vector("challenge_jws")).verify(&stale, NOW).expect("verifies");
    let approve = verified().answer(approve("47"), uv, "1.0.0", NOW, &mut rng(1));
    assert_eq!(approve.map(|_| ()).unwrap_err(), NotAnswered::NoUvKey);
    assert!(verified().answer(Decision::Deny(None), SignWith::Pop, "1.0.0", NOW, &mut rng(1)).is_ok());
}

/// What the service does with an answer, as its store would: one step, from pending only.
struct Waiting {
    issued: Issued,
    number: MatchNumber,
    state: TransactionState,
}

impl Waiting {
    fn make(taken: &[&MatchNumber], seed: u8) -> Self {
        let mut rng = rng(seed);
        let transaction = TransactionId::make(&mut rng);
        let question = Question {
            issuer: &issuer(),
            account: &account_id(),
            device: &device_id(),
            transaction: &transaction,
            purpose: Purpose::Signin,
            match_len: MatchLen::Two,
            scan: Scan::Never,
            uv: UvPolicy::Required,
            context: Context::default(),
            others_pending: 0,
            life: ChallengeLife::DEFAULT,
        };
        let issued = challenge::make(question, &private("service"), NOW, &mut rng).expect("makes");
        let number = MatchNumber::make(MatchLen::Two, taken, &mut rng).expect("draws");
        Self { issued, number, state: TransactionState::Pending }
    }

    fn take(&mut self, body: &str) -> Option<Outcome> {
        let transaction =
            Transaction { issued: &self.issued, state: self.state, number: &self.number, scan: None };
        let outcome =
            answer::check(body.as_bytes(), &device(), transaction, &Limits::default(), NOW).ok()?.outcome;
        self.state = outcome.state();
        Some(outcome)
    }

    fn typed(&self, digits: &str, seed: u8) -> String {
        let verified =
            Received::new(self.issued.jws().to_owned()).verify(&registration(), NOW).expect("verifies");
        answered(verified, approve(digits), SignWith::Uv(UvMethod::Pin), seed)
    }
}

#[test]
fn a_wrong_number_and_then_the_right_one_is_refused() {
    let mut waiting = Waiting::make(&[], 1);
    let right = waiting.number.expose().to_owned();
    let wrong = if right == "10" { "11" } else { "10" };
    let (wrong, right) = (waiting.typed(wrong, 2), waiting.typed(&right, 3));
    assert_eq!(waiting.take(&wrong), Some(Outcome::Mismatch));
    assert_eq!(waiting.take(&right), None);
    assert_eq!(waiting.take(&wrong), None, "a replay neither");
    assert_eq!(waiting.state, TransactionState::Mismatch);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// T2: somebody else signs in at the same moment. The person types the number of their own page, on
    /// whichever request the phone shows, in whatever order and however often.
    #[test]
    fn ones_own_number_never_approves_the_other_request(
        seed in any::<u8>(),
        steps in proptest::collection::vec((any::<bool>(), any::<bool>()), 1..6),
    ) {
        let mine = Waiting::make(&[], seed);
        let other = Waiting::make(&[&mine.number], seed.wrapping_add(1));
        let digits = mine.number.expose().to_owned();
        let mut both = [mine, other];
        for (index, (on_other, sent_to_other)) in steps.into_iter().enumerate() {
            let on = usize::from(on_other);
            let body = both[on].typed(&digits, u8::try_from(index).unwrap());
            // A confused or hostile network may deliver it to either.
            both[usize::from(sent_to_other)].take(&body);
            prop_assert_ne!(both[1].state, TransactionState::Approved);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let number = number("47");
        let issued = issued();
        let transaction = Transaction { issued: &issued, state: TransactionState::Pending, number: &number, scan: None };
        prop_assert!(answer::check(&bytes, &device(), transaction, &Limits::default(), NOW).is_err());
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed(place in any::<prop::sample::Index>(), byte in 0x20u8..0x7f) {
        let mut bytes = vector("answer_approve_jws").into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        prop_assert!(check(str::from_utf8(&bytes).unwrap()).is_err());
    }

    #[test]
    fn each_typed_number_is_right_or_wrong(digits in 10u32..100) {
        let verdict = check(&approval_with(set("num", json!(digits.to_string())))).unwrap();
        prop_assert_eq!(verdict.outcome == Outcome::Approved, digits == 47);
    }
}
