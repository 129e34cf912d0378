use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::approval::answer::{
    self, AnswerRefused, NotAnswered, Outcome, SignWith, Transaction, UvMethod, Verdict,
};
use crate::approval::challenge::{self, ChallengeRefused, Context, Proximity, Question, Scan, UvPolicy};
use crate::approval::limit::ChallengeLife;
use crate::approval::state::{Purpose, TransactionState};
use crate::seal::sign::{Digest, JwsRefused};

/// Made beside this code and not by it, with the keys of the other vectors.
pub(super) fn vector(name: &str) -> String {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../../tests/vectors/approval-scan-v1.json")).expect("JSON");
    vectors[name].as_str().expect("text").to_owned()
}

fn link() -> ApproveLink {
    ApproveLink::parse(&vector("approve_qr")).expect("a link")
}

fn verify(jws: String) -> Result<Verified, ChallengeRefused> {
    Received::new(jws).verify(&registration(), NOW)
}

fn scanned(challenge: String, link: ApproveLink) -> Result<String, NotAnswered> {
    let verified = verify(challenge).expect("verifies");
    let decision = Decision::Approve(Match::Scan(link));
    let answer = verified.answer(decision, SignWith::Uv(UvMethod::Pin), "1.0.0", NOW, &mut rng(1))?;
    let signature = private("uv").sign(answer.signing_input()).expect("signs");
    Ok(String::from_utf8(answer.signed(&signature).body().to_vec()).expect("ASCII"))
}

fn check(body: &str, challenge: &str, shown: Option<&ScanSecret>) -> Result<Verdict, AnswerRefused> {
    check_in(TransactionState::Pending, body, challenge, shown)
}

fn check_in(
    state: TransactionState,
    body: &str,
    challenge: &str,
    shown: Option<&ScanSecret>,
) -> Result<Verdict, AnswerRefused> {
    let issued = Issued::from_store(challenge).expect("reads");
    let number = number("47");
    let transaction = Transaction { issued: &issued, state, number: &number, scan: shown };
    answer::check(body.as_bytes(), &device(), transaction, &Limits::default(), NOW)
}

/// The published challenge with claims changed, signed by the same key.
fn challenge_with(change: impl FnOnce(&mut Value)) -> String {
    changed(&vector("challenge_jws"), &private("service"), |_, claims| change(claims))
}

/// The published answer, for the challenge it says or for another, with claims changed.
fn answer_with(challenge: &str, change: impl FnOnce(&mut Value)) -> String {
    changed(&vector("answer_scan_jws"), &private("uv"), |_, claims| {
        claims["cth"] = json!(Digest::of(challenge.as_bytes()));
        change(claims);
    })
}

#[test]
fn the_published_link_is_read_and_written_back() {
    let text = vector("approve_qr");
    let link = link();
    assert_eq!(link.origin, issuer());
    assert_eq!(link.transaction.as_str(), "txn_Zk3u0o1mQ4mU2rVb8gq5Yw");
    assert_eq!(link.print().expose(), text);
    assert!(!format!("{link:?}").contains(link.secret.expose()));
    assert_eq!(format!("{:?}", link.secret), "ScanSecret(..)");
}

#[test]
fn a_link_that_is_not_whole_says_why() {
    let good = vector("approve_qr");
    for (text, why) in [
        (good.replace("https", "http"), LinkRefused::NotSecure),
        (good.replace("#v=1", "#v=2"), LinkRefused::NewerVersion),
        (good.replace("#v=1&", "#"), LinkRefused::Malformed),
        (good.replace("&t=txn_Zk3", "&t=txn_Z"), LinkRefused::Code),
        (good.replace("&t=txn_Zk3u", "&t=txn_/../"), LinkRefused::Code),
        (good.replace("&t=", "&x="), LinkRefused::Code),
        (good.replace("&s=", "&x="), LinkRefused::Code),
        (good.replace("&s=w", "&s="), LinkRefused::Code),
        (good.replace("&s=w", "&s=ww"), LinkRefused::Code),
        (good.replace("&s=w", "&s=+"), LinkRefused::Code),
        (format!("{good}=="), LinkRefused::Code),
        (format!("{good}&s=w8CmUt3BotGmg5IaW57Bog"), LinkRefused::Repeated),
        (format!("{good}&t=txn_Zk3u0o1mQ4mU2rVb8gq5Yw"), LinkRefused::Repeated),
        (format!("{good}&v=1"), LinkRefused::Repeated),
        (format!("{good}&"), LinkRefused::Malformed),
        (good.replace("/approve", "/x/approve"), LinkRefused::Malformed),
        (good.replace("/approve", "/activate"), LinkRefused::Malformed),
        (good.replace("https://", "https://user@"), LinkRefused::Malformed),
        (format!("{good}&x={}", "x".repeat(500)), LinkRefused::Malformed),
    ] {
        assert_eq!(ApproveLink::parse(&text).map(|_| ()).unwrap_err(), why, "{text}");
    }
    assert!(ApproveLink::parse(&format!("{good}&x=y")).is_ok(), "what it does not know is for newer apps");
}

#[test]
fn a_secret_has_one_spelling() {
    // 22 characters hold four bits more than 16 bytes; only one spelling has them zero.
    let good = link().secret.expose().to_owned();
    let (start, last) = good.split_at(21);
    assert_eq!(last, "g");
    for last in ["h", "i", "v", "="] {
        assert!(ScanSecret::parse(&format!("{start}{last}")).is_none(), "{last}");
    }
    for other_length in [start.split_at(20).0, &format!("{start}gAA"), ""] {
        assert!(ScanSecret::parse(other_length).is_none(), "{other_length}");
    }
    let (one, other) = (ScanSecret::make(&mut rng(1)), ScanSecret::make(&mut rng(2)));
    assert_eq!(one.expose().len(), 22);
    assert!(one.ct_eq(&ScanSecret::parse(one.expose()).expect("a secret")));
    assert!(!one.ct_eq(&other));
}

#[test]
fn the_published_answer_is_taken() {
    let challenge = vector("challenge_jws");
    let shown = link().secret;
    let verdict = check(&vector("answer_scan_jws"), &challenge, Some(&shown)).expect("is taken");
    assert_eq!((verdict.outcome, verdict.scanned), (Outcome::Approved, true));
    // The number of the same page can be typed as ever.
    let typed = answer_with(&challenge, |claims| {
        without(claims, "scan");
        claims["num"] = json!("47");
    });
    let verdict = check(&typed, &challenge, Some(&shown)).expect("is taken");
    assert_eq!((verdict.outcome, verdict.scanned), (Outcome::Approved, false));
    // A no is a no, whatever else it says.
    let no = answer_with(&challenge, |claims| claims["decision"] = json!("deny"));
    let verdict = check(&no, &challenge, Some(&shown)).expect("is taken");
    assert_eq!((verdict.outcome, verdict.scanned), (Outcome::Denied(None), false));
}

#[test]
fn what_the_phone_scans_the_service_takes_once() {
    let challenge = vector("challenge_jws");
    let body = scanned(challenge.clone(), link()).expect("answers");
    let (_, claims) = parts(&body);
    assert_eq!((&claims["scan"], claims.get("num")), (&json!(link().secret.expose()), None));
    assert_eq!(check(&body, &challenge, Some(&link().secret)).expect("is taken").outcome, Outcome::Approved);
    for state in [TransactionState::Approved, TransactionState::Mismatch] {
        let again = check_in(state, &body, &challenge, Some(&link().secret));
        assert_eq!(again, Err(AnswerRefused::AlreadyResolved));
    }
}

#[test]
fn another_secret_ends_the_request_like_another_number() {
    let challenge = vector("challenge_jws");
    let other = ScanSecret::make(&mut rng(1));
    let verdict = check(&vector("answer_scan_jws"), &challenge, Some(&other)).expect("is taken");
    assert_eq!(verdict.outcome, Outcome::Mismatch);
    assert_eq!(verdict.outcome.problem(), Some(ProblemCode::NumberMismatch));
    assert!(verdict.scanned);
}

#[test]
fn an_approval_has_a_number_or_a_scan_and_not_both() {
    let challenge = vector("challenge_jws");
    let shown = link().secret;
    let refused = |change: fn(&mut Value)| {
        check(&answer_with(&challenge, change), &challenge, Some(&shown)).unwrap_err()
    };
    let malformed = AnswerRefused::Unreadable(JwsRefused::Malformed);
    assert_eq!(refused(|claims| claims["num"] = json!("47")), malformed);
    assert_eq!(refused(|claims| claims["num"] = json!("48")), malformed);
    assert_eq!(refused(|claims| without(claims, "scan")), AnswerRefused::NoNumber);
    assert_eq!(refused(|claims| claims["scan"] = json!(null)), AnswerRefused::NoNumber);
    for secret in [json!(""), json!("47"), json!(47), json!(vec![7; 16]), json!("w8CmUt3BotGmg5IaW57Boh")] {
        let body = answer_with(&challenge, |claims| claims["scan"] = secret.clone());
        assert_eq!(check(&body, &challenge, Some(&shown)).unwrap_err(), malformed, "{secret}");
    }
}

#[test]
fn a_scan_that_was_not_asked_for_is_malformed_and_changes_nothing() {
    let shown = link().secret;
    let not_asked: [fn(&mut Value); 5] = [
        |claims| without(&mut claims["match"], "scan"),
        |claims| claims["match"]["scan"] = json!(false),
        |claims| claims["purpose"] = json!("activation"),
        |claims| claims["ctx"]["proximity"] = json!("far"),
        |claims| claims["ctx"]["unfamiliar"] = json!(true),
    ];
    for change in not_asked {
        let challenge = challenge_with(change);
        // The right secret, so that nothing else can be what is wrong.
        let why = check(&answer_with(&challenge, |_| {}), &challenge, Some(&shown)).unwrap_err();
        assert_eq!((why, why.problem()), (AnswerRefused::NoScan, ProblemCode::Malformed), "{challenge}");
    }
    let challenge = vector("challenge_jws");
    assert_eq!(check(&vector("answer_scan_jws"), &challenge, None), Err(AnswerRefused::NoScan));
}

#[test]
fn the_phone_scans_only_where_the_challenge_says_so_and_it_is_right() {
    for (change, allowed) in [
        ((|_| {}) as fn(&mut Value), true),
        (|claims| claims["ctx"]["proximity"] = json!("unknown"), true),
        (|claims| without(&mut claims["ctx"], "proximity"), true),
        (|claims| without(&mut claims["ctx"], "unfamiliar"), true),
        (|claims| without(claims, "ctx"), true),
        (|claims| without(&mut claims["match"], "scan"), false),
        (|claims| claims["match"]["scan"] = json!(false), false),
        (|claims| claims["purpose"] = json!("activation"), false),
        (|claims| claims["ctx"]["proximity"] = json!("far"), false),
        (|claims| claims["ctx"]["unfamiliar"] = json!(true), false),
        (|claims| elsewhere_and_anywhere(claims, "signin"), true),
        (|claims| elsewhere_and_anywhere(claims, "activation"), false),
    ] {
        let challenge = challenge_with(change);
        let (_, claims) = parts(&challenge);
        assert_eq!(verify(challenge.clone()).expect("verifies").may_be_scanned(), allowed, "{claims}");
        let expected = if allowed { Ok(()) } else { Err(NotAnswered::NoScan) };
        assert_eq!(scanned(challenge, link()).map(|_| ()), expected, "{claims}");
    }
    for odd in [json!(null), json!(1), json!("true")] {
        let challenge = challenge_with(|claims| claims["match"]["scan"] = odd);
        let malformed = ChallengeRefused::Unreadable(JwsRefused::Malformed);
        assert_eq!(verify(challenge).map(|_| ()).unwrap_err(), malformed);
    }
}

/// A sign-in that everything marks, at an organisation that allows scanning all the same.
fn elsewhere_and_anywhere(claims: &mut Value, purpose: &str) {
    claims["purpose"] = json!(purpose);
    claims["ctx"]["proximity"] = json!("far");
    claims["ctx"]["unfamiliar"] = json!(true);
    claims["match"]["anywhere"] = json!(true);
}

#[test]
fn a_code_of_another_request_or_service_answers_nothing() {
    let other = ApproveLink { transaction: TransactionId::make(&mut rng(1)), ..link() };
    assert_eq!(scanned(vector("challenge_jws"), other).unwrap_err(), NotAnswered::OtherRequest);
    let origin = Origin::parse("https://signin.example.org:8443").expect("an origin");
    let elsewhere = ApproveLink { origin, ..link() };
    assert_eq!(scanned(vector("challenge_jws"), elsewhere).unwrap_err(), NotAnswered::OtherRequest);
}

#[test]
fn scanning_is_no_way_around_the_persons_verification() {
    let answer = |with| {
        let decision = Decision::Approve(Match::Scan(link()));
        let verified = verify(vector("challenge_jws")).expect("verifies");
        verified.answer(decision, with, "1.0.0", NOW, &mut rng(1)).map(|_| ()).unwrap_err()
    };
    assert_eq!(answer(SignWith::Pop), NotAnswered::NeedsUv);
    assert_eq!(answer(SignWith::Uv(UvMethod::None)), NotAnswered::NeedsUv);
    let by_pop = changed(&vector("answer_scan_jws"), &private("pop"), |header, _| {
        header["kid"] = json!(public("pop").thumbprint());
    });
    let refused = check(&by_pop, &vector("challenge_jws"), Some(&link().secret));
    assert_eq!(refused, Err(AnswerRefused::NeedsUv));
}

#[test]
fn a_service_that_asks_for_a_scan_where_it_is_never_right_does_not_get_one() {
    let far = Context { proximity: Some(Proximity::Far), ..Context::default() };
    let unfamiliar = Context { unfamiliar: Some(true), ..Context::default() };
    for (purpose, context, allowed, anywhere) in [
        (Purpose::Signin, Context::default(), true, true),
        (Purpose::Activation, Context::default(), false, false),
        (Purpose::Signin, far, false, true),
        (Purpose::Signin, unfamiliar, false, true),
    ] {
        for (asked, allowed) in [(Scan::Familiar, allowed), (Scan::Never, false), (Scan::Anywhere, anywhere)]
        {
            let question = Question {
                issuer: &issuer(),
                account: &account_id(),
                device: &device_id(),
                transaction: &link().transaction,
                purpose,
                match_len: MatchLen::Two,
                scan: asked,
                uv: UvPolicy::Required,
                context: context.clone(),
                others_pending: 0,
                life: ChallengeLife::DEFAULT,
            };
            let issued = challenge::make(question, &private("service"), NOW, &mut rng(1)).expect("makes");
            assert_eq!(issued.may_be_scanned(), allowed, "{purpose:?} {context:?} {asked:?}");
            assert_eq!(Issued::from_store(issued.jws()).as_ref(), Ok(&issued));
            let (_, claims) = parts(issued.jws());
            let said = |yes: bool| yes.then_some(json!(true));
            assert_eq!(claims["match"].get("scan").cloned(), said(allowed));
            assert_eq!(claims["match"].get("anywhere").cloned(), said(allowed && asked == Scan::Anywhere));
        }
    }
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(seed in any::<u8>(), port in 1u16..) {
        let mut rng = rng(seed);
        let link = ApproveLink {
            origin: Origin::parse(&format!("https://example.org:{port}")).unwrap(),
            transaction: TransactionId::make(&mut rng),
            secret: ScanSecret::make(&mut rng),
        };
        let printed = link.print();
        let again = ApproveLink::parse(printed.expose()).unwrap();
        prop_assert!(again.secret.ct_eq(&link.secret));
        let again = again.print();
        prop_assert_eq!(again.expose(), printed.expose());
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed(place in any::<prop::sample::Index>(), byte in 0x20u8..0x7f) {
        let mut bytes = vector("answer_scan_jws").into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let shown = link().secret;
        prop_assert!(check(str::from_utf8(&bytes).unwrap(), &vector("challenge_jws"), Some(&shown)).is_err());
    }

    #[test]
    fn no_text_panics(start in prop::sample::select(vec!["", "https://x/approve#", "https://x/approve#v=1&t="]), rest in any::<String>()) {
        let text = format!("{start}{rest}");
        let _ = ApproveLink::parse(&text);
        let _ = ApproveLink::is_meant(&text);
        let _ = ScanSecret::parse(&rest);
    }
}
