use std::collections::BTreeSet;
use std::time::Duration;

use crypto_core::approval::MatchLen;
use crypto_core::approval::answer::{Decision, Reason};
use crypto_core::approval::challenge::Proximity;
use crypto_core::approval::limit::Lock;
use serde_json::{Value, json};

use super::*;
use crate::accounts::Role;
use crate::fixture::{Stand, stands, stands_with, visitor, visitor_at};
use crate::phone::{Phone, other_than, scanned, typed};

fn said(status: u16, word: &str) -> (u16, String) {
    (status, word.to_owned())
}

#[tokio::test]
async fn a_right_number_signs_in() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (session, shown) = stand.ask(&user).await;
        assert_eq!(shown.devices, ["Pixel 9"]);
        assert!(!shown.silent);
        assert_eq!(stand.state(&session, &shown).await, TransactionState::Pending);
        assert_eq!(phone.approve(shown.number.expose(), stand.now()).await, said(200, "approved"));
        assert_eq!(stand.state(&session, &shown).await, TransactionState::Approved);
        let opened = stand.service.redeem(&session, &shown.id, &visitor()).await.expect("is signed in");
        assert_eq!(opened.session.stage, Stage::SignedIn);
        assert_eq!(opened.session.methods, "pwd swk");
        assert!(phone.list(0).await.is_empty());
    }
}

/// S-01
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_answers_at_once_one_wins() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (session, shown) = stand.ask(&user).await;
        let jws = phone.list(0).await.remove(0);
        let now = stand.now();
        let answers = (0..50).map(|index| {
            let number = shown.number.expose();
            let decision = match index % 4 {
                0 => typed(number),
                1 => typed(other_than(number)),
                2 => Decision::Deny(Some(Reason::Cancelled)),
                _ => Decision::Deny(None),
            };
            let body = phone.written(phone.verified(&jws, now), decision, now);
            let (phone, id) = (phone.clone(), shown.id.to_string());
            tokio::spawn(async move { phone.answer(&id, &body).await })
        });
        let mut replies = Vec::new();
        for answer in answers.collect::<Vec<_>>() {
            replies.push(answer.await.expect("runs"));
        }
        let late = replies.iter().filter(|reply| **reply == said(409, "already_resolved")).count();
        assert_eq!(late, 49, "on {:?}: {replies:?}", stand.database());
        let winner = replies.iter().find(|reply| **reply != said(409, "already_resolved")).expect("one wins");
        let state = stand.state(&session, &shown).await;
        let told = if winner.1 == "number_mismatch" { "mismatch" } else { &winner.1 };
        assert_eq!(state.word(), told);
    }
}

/// S-08
#[tokio::test]
async fn twenty_numbers_that_wait_are_all_different_and_not_the_last_five() {
    for stand in &stands_with(|config| config.limits.pending = 20).await {
        let user = stand.person("maria", Role::User).await;
        let _phone = stand.app(&user, "Pixel 9").await;
        let mut numbers = Vec::new();
        for _ in 0..20 {
            numbers.push(stand.ask(&user).await.1.number.expose().to_owned());
        }
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), 20);
        for _ in 0..30 {
            stand.wait(120);
            let number = stand.ask(&user).await.1.number.expose().to_owned();
            let last = numbers.iter().rev().take(5).collect::<Vec<_>>();
            assert!(!last.contains(&&number), "{number} is one of {last:?}");
            numbers.push(number);
        }
    }
}

/// S-09
#[tokio::test]
async fn after_a_wrong_number_the_right_one_comes_too_late_on_every_device() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let (one, other) = (stand.app(&user, "One").await, stand.app(&user, "Other").await);
        let (session, shown) = stand.ask(&user).await;
        let now = stand.now();
        let number = shown.number.expose();
        let id = shown.id.to_string();
        let (first, second) = (one.first(now).await, one.first(now).await);
        let elsewhere = other.first(now).await;
        let wrong = one.written(first, typed(other_than(number)), now);
        assert_eq!(one.answer(&id, &wrong).await, said(403, "number_mismatch"));
        let right = one.written(second, typed(number), now);
        assert_eq!(one.answer(&id, &right).await, said(409, "already_resolved"));
        let right = other.written(elsewhere, typed(number), now);
        assert_eq!(other.answer(&id, &right).await, said(409, "already_resolved"));
        assert_eq!(stand.state(&session, &shown).await, TransactionState::Mismatch);
        assert!(stand.service.redeem(&session, &shown.id, &visitor()).await.is_err());
        assert_eq!(stand.count(&user, "sign_in", "wrong_number").await, 1);
    }
}

/// S-10
#[tokio::test]
async fn an_answer_that_is_not_signed_by_the_device_changes_nothing() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (session, shown) = stand.ask(&user).await;
        let now = stand.now();
        let number = shown.number.expose();
        let id = shown.id.to_string();
        let good = phone.written(phone.first(now).await, typed(number), now);

        let mut long = good.clone();
        long.resize(8 * 1024 + 1, b'A');
        assert_eq!(phone.answer(&id, &long).await, said(400, "malformed"));
        assert_eq!(phone.answer(&id, b"no JWS").await, said(400, "malformed"));
        let text = String::from_utf8(good.clone()).expect("text");
        let (message, signature) = text.rsplit_once('.').expect("three parts");
        let turned: String = signature.chars().rev().collect();
        let (status, _) = phone.answer(&id, format!("{message}.{turned}").as_bytes()).await;
        assert!(matches!(status, 400 | 401), "{status}");
        // A wrong number under a signature of another key would otherwise end it.
        let stranger = phone.with_keys(&phone.pop, &crate::phone::new_key().into());
        let forged = stranger.written(phone.first(now).await, typed(other_than(number)), now);
        assert_eq!(phone.answer(&id, &forged).await, said(401, "bad_signature"));
        // The key that needs nobody approves nothing.
        let pop = phone.with_keys(&phone.pop, &phone.pop);
        let by_pop = remade(&good, &pop, |header, _| {
            header["kid"] = json!(phone.pop.public().thumbprint().to_string());
        });
        assert_eq!(phone.answer(&id, &by_pop).await, said(403, "uv_required"));

        assert_eq!(stand.state(&session, &shown).await, TransactionState::Pending);
        let unchanged = stand.again(&user).await;
        assert_eq!(unchanged.prompts.state(Browser::Other, now), PromptState::Open);
        assert_eq!(phone.answer(&id, &good).await, said(200, "approved"));
    }
}

/// C-08
#[tokio::test]
async fn an_answer_with_one_claim_changed_is_refused() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (session, shown) = stand.ask(&user).await;
        let now = stand.now();
        let id = shown.id.to_string();
        let good = phone.written(phone.first(now).await, typed(shown.number.expose()), now);
        let zeros = "A".repeat(43);
        let other_txn = TransactionId::make(&mut crate::phone::rng()).to_string();
        let changes: [(&str, Value, u16); 8] = [
            ("iss", json!("dev_other"), 404),
            ("aud", json!("https://other.example.org"), 401),
            ("sub", json!("acc_other"), 404),
            ("txn", json!(other_txn), 404),
            ("nonce", json!(zeros), 404),
            ("cth", json!(zeros), 404),
            ("typ", json!("approval-uvproof+jwt"), 400),
            ("alg", json!("none"), 400),
        ];
        for (member, value, status) in changes {
            let changed = remade(&good, &phone, |header, claims| match member {
                "typ" | "alg" => header[member] = value.clone(),
                _ => claims[member] = value.clone(),
            });
            assert_eq!(phone.answer(&id, &changed).await.0, status, "{member}");
            assert_eq!(stand.state(&session, &shown).await, TransactionState::Pending, "{member}");
        }
        // To another request's address, and by another person's device.
        let (_, other) = stand.ask(&user).await;
        phone.list(0).await;
        assert_eq!(phone.answer(other.id.as_str(), &good).await, said(404, "not_found"));
        let erik = stand.person("erik", Role::User).await;
        let stranger = stand.app(&erik, "Pixel 8").await;
        assert_eq!(stranger.answer(&id, &good).await, said(404, "not_found"));
        assert_eq!(phone.answer(&id, &good).await, said(200, "approved"));
        assert_eq!(phone.answer(&id, &good).await, said(409, "already_resolved"), "twice");
    }
}

/// S-11
#[tokio::test]
async fn a_request_can_be_answered_for_two_minutes() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        for (wait, expected) in
            [(119, said(200, "approved")), (120, said(410, "expired")), (121, said(410, "expired"))]
        {
            let (session, shown) = stand.ask(&user).await;
            let begun = stand.now();
            let request = phone.first(begun).await;
            let body = phone.written(request, typed(shown.number.expose()), begun);
            stand.wait(wait);
            assert_eq!(phone.answer(shown.id.as_str(), &body).await, expected, "after {wait} s");
            let state = stand.state(&session, &shown).await;
            let over = wait >= 120;
            assert_eq!(state == TransactionState::Expired, over);
            assert!(phone.list(0).await.is_empty());
        }
        // Nobody had to come by for them to be over; whoever begins the next writes them down.
        stand.ask(&user).await;
        assert_eq!(stand.count(&user, "sign_in", "expired").await, 2);
    }
}

/// S-11
#[tokio::test]
async fn an_approval_is_used_by_the_session_that_began_it_once_and_within_a_minute() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        for (wait, good) in [(60, true), (61, false)] {
            let (session, shown) = stand.ask(&user).await;
            assert!(stand.service.redeem(&session, &shown.id, &visitor()).await.is_err(), "not yet");
            assert_eq!(phone.approve(shown.number.expose(), stand.now()).await, said(200, "approved"));
            let other = stand.at(&user, Stage::Password).await.session;
            assert!(stand.service.redeem(&other, &shown.id, &visitor()).await.is_err(), "another session");
            stand.wait(wait);
            let redeemed = stand.service.redeem(&session, &shown.id, &visitor()).await;
            assert_eq!(redeemed.is_ok(), good, "after {wait} s");
            let expected = if good { TransactionState::Consumed } else { TransactionState::Expired };
            assert_eq!(stand.state(&session, &shown).await, expected);
            assert!(stand.service.redeem(&session, &shown.id, &visitor()).await.is_err(), "again");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_that_use_one_approval_one_is_signed_in() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (session, shown) = stand.ask(&user).await;
        phone.approve(shown.number.expose(), stand.now()).await;
        let tries = (0..20).map(|_| {
            let (service, session, id) = (stand.service.clone(), session.clone(), shown.id.clone());
            tokio::spawn(async move { service.redeem(&session, &id, &visitor()).await.is_ok() })
        });
        let mut signed_in = 0;
        for one in tries.collect::<Vec<_>>() {
            signed_in += u32::from(one.await.expect("runs"));
        }
        assert_eq!(signed_in, 1, "on {:?}", stand.database());
    }
}

#[tokio::test]
async fn a_device_that_was_removed_after_it_approved_signs_nobody_in() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let (phone, _other) = (stand.app(&user, "One").await, stand.app(&user, "Other").await);
        let (session, shown) = stand.ask(&user).await;
        phone.approve(shown.number.expose(), stand.now()).await;
        assert_eq!(phone.call("DELETE", "/approval/v1/device", b"").await.status, 204);
        assert!(stand.service.redeem(&session, &shown.id, &visitor()).await.is_err());
    }
}

/// S-12
#[tokio::test]
async fn a_third_request_is_refused_and_the_fourth_unanswered_wakes_nobody() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let _phone = stand.app(&user, "Pixel 9").await;
        let mut open = Vec::new();
        for _ in 0..2 {
            open.push(stand.ask(&user).await);
        }
        let session = stand.at(&user, Stage::Password).await.session;
        let third = stand.service.begin_request(&session, Purpose::Signin, &visitor(), false).await;
        assert!(matches!(third, Err(RequestRefused::TooManyPending)));
        // Beginning again in a session takes the place of its earlier one, and counts all the same.
        let (session, earlier) = open.remove(0);
        let again = stand.service.begin_request(&session, Purpose::Signin, &visitor(), false).await;
        assert!(!again.expect("is asked").silent);
        assert_eq!(stand.state(&session, &earlier).await, TransactionState::Cancelled);
        stand.wait(120);
        let (_, fourth) = stand.ask(&user).await;
        assert!(fourth.silent, "three were not answered");
        assert_eq!(stand.woken().await.0, 3);
        // A browser the person has used before has a budget of its own.
        let session = stand.at(&user, Stage::Password).await.session;
        let known = stand.service.begin_request(&session, Purpose::Signin, &visitor(), true).await;
        assert!(!known.expect("is asked").silent);
    }
}

/// T1
#[tokio::test]
async fn fifty_sign_ins_in_ten_minutes_wake_a_phone_three_times() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let _phone = stand.app(&user, "Pixel 9").await;
        for _ in 0..50 {
            let session = stand.at(&user, Stage::Password).await.session;
            let _ = stand.service.begin_request(&session, Purpose::Signin, &visitor(), false).await;
            stand.wait(12);
        }
        assert_eq!(stand.woken().await.0, 3);
    }
}

/// S-13
#[tokio::test]
async fn wrong_numbers_lock_for_longer_and_longer_and_only_requests_to_the_phone() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let mut locks = Vec::new();
        for count in 1..=10u32 {
            let (_, shown) = stand.ask(&user).await;
            let other = if count == 5 { Some(stand.ask(&user).await) } else { None };
            let answer = wrong(&phone, &shown, stand).await;
            assert_eq!(answer, said(403, "number_mismatch"), "the {count}th");
            if let Some((session, other)) = &other {
                assert_eq!(stand.state(session, other).await, TransactionState::Cancelled);
            }
            let session = stand.at(&user, Stage::Password).await.session;
            match stand.service.begin_request(&session, Purpose::Signin, &visitor(), false).await {
                Ok(shown) => {
                    assert!(count < 5, "the {count}th locks");
                    stand.service.cancel_request(&session, &shown.id).await.expect("is cancelled");
                }
                Err(RequestRefused::Locked(Lock::Until(until))) => {
                    let secs = until.millis_since(stand.now()) / 1000;
                    locks.push(secs);
                    stand.wait(secs - 1);
                    assert!(
                        stand
                            .service
                            .begin_request(&session, Purpose::Signin, &visitor(), false)
                            .await
                            .is_err()
                    );
                    stand.wait(1);
                }
                Err(RequestRefused::Locked(Lock::UntilStrongMethod)) => locks.push(0),
                Err(refused) => panic!("{refused}"),
            }
        }
        assert_eq!(locks, [900, 3600, 4 * 3600, 24 * 3600, 24 * 3600, 0]);
        assert_eq!(stand.count(&user, "locked", "wrong_number").await, 6);
        // A browser that the person has used before is not locked with the others, and a code still works.
        let session = stand.at(&user, Stage::Password).await.session;
        stand.service.begin_request(&session, Purpose::Signin, &visitor(), true).await.expect("is asked");
        let app = stand.code_app(&user).await;
        let session = stand.at(&user, Stage::Password).await.session;
        let code = stand.code(&app.seed, 0);
        stand.service.sign_in_with_code(&session, &code, &visitor()).await.expect("is signed in");
        stand.ask(&user).await;
    }
}

async fn wrong(phone: &Phone, shown: &Shown, stand: &Stand) -> (u16, String) {
    let now = stand.now();
    for jws in phone.list(0).await {
        let request = phone.verified(&jws, now);
        if *request.transaction() == shown.id {
            let body = phone.written(request, typed(other_than(shown.number.expose())), now);
            return phone.answer(shown.id.as_str(), &body).await;
        }
    }
    panic!("the request does not wait");
}

/// S-14
#[tokio::test]
async fn a_report_stops_everything() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let admin = stand.person("admin", Role::Administrator).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (other, waiting) = stand.ask(&user).await;
        let (session, shown) = stand.ask(&user).await;
        let now = stand.now();
        let jws = phone.list(0).await;
        let request =
            jws.iter().map(|jws| phone.verified(jws, now)).find(|one| *one.transaction() == shown.id);
        let body = phone.written(request.expect("waits"), Decision::Report(Some(Reason::NotMe)), now);
        assert_eq!(phone.answer(shown.id.as_str(), &body).await, said(200, "reported"));
        assert!(phone.list(0).await.is_empty());
        assert_eq!(stand.state(&other, &waiting).await, TransactionState::Cancelled);
        assert!(stand.service.store().session(&session.id).await.expect("answers").is_none());
        let after = stand.again(&user).await;
        assert!(after.high_risk_at.is_some() && after.push_suspended_at.is_some());
        assert!(matches!(
            stand.service.begin_request(&other, Purpose::Signin, &visitor(), true).await,
            Err(RequestRefused::Suspended)
        ));
        assert_eq!(stand.count(&user, "reported", "done").await, 1);
        assert!(!stand.mails(&user).await.is_empty() && !stand.mails(&admin).await.is_empty());
    }
}

#[tokio::test]
async fn no_needs_no_number_and_takes_nothing_off_the_counts() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        for count in 1..=4 {
            let (session, shown) = stand.ask(&user).await;
            assert_eq!(wrong(&phone, &shown, stand).await.0, 403, "{count}");
            let _ = (session, shown);
        }
        let (session, shown) = stand.ask(&user).await;
        assert_eq!(phone.decide(Decision::Deny(None), stand.now()).await, said(200, "denied"));
        assert_eq!(stand.state(&session, &shown).await, TransactionState::Denied);
        let (_, shown) = stand.ask(&user).await;
        assert_eq!(wrong(&phone, &shown, stand).await.0, 403);
        let session = stand.at(&user, Stage::Password).await.session;
        let next = stand.service.begin_request(&session, Purpose::Signin, &visitor(), false).await;
        assert!(matches!(next, Err(RequestRefused::Locked(_))), "the denial did not begin the count anew");
    }
}

#[tokio::test]
async fn a_page_of_a_known_browser_can_be_scanned_and_another_cannot() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (_, unfamiliar) = stand.ask(&user).await;
        assert!(unfamiliar.scan.is_none());
        assert_eq!(unfamiliar.context.unfamiliar, Some(true));
        let request = phone.first(stand.now()).await;
        assert!(!request.may_be_scanned());
        phone.approve(unfamiliar.number.expose(), stand.now()).await;

        let session = stand.at(&user, Stage::Password).await.session;
        let begin = stand.service.begin_request(&session, Purpose::Signin, &visitor(), true).await;
        let shown = begin.expect("is asked");
        let link = shown.scan.as_ref().expect("can be scanned").expose();
        assert_eq!(phone.decide(scanned(link), stand.now()).await, said(200, "approved"));
        stand.service.redeem(&session, &shown.id, &visitor()).await.expect("is signed in");

        // Another request's secret is a wrong one, and ends it.
        let session = stand.at(&user, Stage::Password).await.session;
        let begin = stand.service.begin_request(&session, Purpose::Signin, &visitor(), true).await;
        let next = begin.expect("is asked");
        let secret = link.rsplit_once("s=").expect("has a secret").1;
        let own = next.scan.as_ref().expect("can be scanned").expose();
        let mixed = format!("{}s={secret}", own.rsplit_once("s=").expect("has a secret").0);
        assert_eq!(phone.decide(scanned(&mixed), stand.now()).await, said(403, "number_mismatch"));
    }
}

/// The page is the same for all, and each phone is told how far from it it is.
#[tokio::test]
async fn a_phone_that_is_far_away_has_to_type() {
    let places = |config: &mut crate::config::Config| {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/places/places.mmdb");
        config.visitors.geoip = Some(crate::visitor::GeoIp::open(&file).expect("a file with places"));
        config.visitors.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    };
    for stand in &stands_with(places).await {
        let user = stand.person("maria", Role::User).await;
        let (mut near, mut far) = (stand.app(&user, "Near").await, stand.app(&user, "Far").await);
        (near.from, far.from) = (Some("8.8.9.7"), Some("9.9.9.9"));
        let session = stand.at(&user, Stage::Password).await.session;
        let from = Visitor { ip: "8.8.8.8".parse().expect("an address"), ..visitor() };
        let shown = stand.service.begin_request(&session, Purpose::Signin, &from, true).await.expect("asks");
        let now = stand.now();
        let (of_near, of_far) = (near.first(now).await, far.first(now).await);
        assert_eq!(of_near.context().proximity, Some(Proximity::Near));
        assert_eq!(of_far.context().proximity, Some(Proximity::Far));
        assert!(of_near.may_be_scanned() && !of_far.may_be_scanned());
        // A phone that scans all the same is not believed, and nothing is spent.
        let link = shown.scan.as_ref().expect("can be scanned").expose();
        let body = far.written(of_far, typed("42"), now);
        let body = remade(&body, &far, |_, claims| {
            let members = claims.as_object_mut().expect("an object");
            members.remove("num");
            members.insert("scan".to_owned(), json!(link.rsplit_once("s=").expect("has a secret").1));
        });
        assert_eq!(far.answer(shown.id.as_str(), &body).await, said(400, "malformed"));
        assert_eq!(far.approve(shown.number.expose(), now).await, said(200, "approved"));
    }
}

#[tokio::test]
async fn a_page_that_may_not_be_scanned_shows_nothing_to_scan() {
    for stand in &stands().await {
        let admin = stand.person("admin", Role::Administrator).await;
        let phone = stand.app(&admin, "Pixel 9").await;
        let mut tx = stand.service.store().begin().await.expect("begins");
        let policy = OrganisationPolicy { scan: false, match_len: MatchLen::Six, ..Default::default() };
        tx.set_policy(&stand.organisation, &policy).await.expect("is set");
        tx.commit().await.expect("commits");
        let session = stand.at(&admin, Stage::Password).await.session;
        let shown =
            stand.service.begin_request(&session, Purpose::Signin, &visitor(), true).await.expect("asks");
        assert!(shown.scan.is_none());
        assert_eq!(shown.number.expose().len(), 6);
        let request = phone.first(stand.now()).await;
        assert!(!request.may_be_scanned());
        assert_eq!(request.match_len(), MatchLen::Six);
    }
}

#[tokio::test]
async fn whoever_is_not_that_far_asks_nobody() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let begin = async |stage, purpose| {
            let session = stand.at(&user, stage).await.session;
            stand.service.begin_request(&session, purpose, &visitor(), false).await
        };
        assert!(matches!(begin(Stage::Password, Purpose::Signin).await, Err(RequestRefused::NoDevice)));
        let _phone = stand.app(&user, "Pixel 9").await;
        for stage in [Stage::Start, Stage::Pass] {
            assert!(matches!(begin(stage, Purpose::Signin).await, Err(RequestRefused::NotNow)), "{stage:?}");
        }
        assert!(matches!(begin(Stage::Password, Purpose::Activation).await, Err(RequestRefused::NotNow)));
        assert!(begin(Stage::SignedIn, Purpose::SecurityChange).await.is_ok());
    }
}

#[tokio::test]
async fn a_page_that_waits_is_told_and_another_session_sees_nothing() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (session, shown) = stand.ask(&user).await;
        let page = stand.service.shown_request(&session, &user).await.expect("answers").expect("waits");
        assert_eq!(page.number.expose(), shown.number.expose());
        let other = stand.at(&user, Stage::Password).await.session;
        assert!(stand.service.shown_request(&other, &user).await.expect("answers").is_none());
        let of_other = stand.service.request_state(&other, &shown.id, Duration::ZERO).await;
        assert_eq!(of_other.expect("answers"), None);
        let waits = {
            let (service, session, id) = (stand.service.clone(), session.clone(), shown.id.clone());
            tokio::spawn(async move { service.request_state(&session, &id, Duration::from_secs(20)).await })
        };
        tokio::time::sleep(Duration::from_millis(100)).await;
        phone.approve(shown.number.expose(), stand.now()).await;
        let state = waits.await.expect("runs").expect("answers");
        assert_eq!(state, Some(TransactionState::Approved));
        stand.service.cancel_request(&session, &shown.id).await.expect("answers");
        assert_eq!(stand.state(&session, &shown).await, TransactionState::Approved, "it is not pending");
    }
}

#[tokio::test]
async fn a_node_that_begins_anew_goes_on_where_another_stopped() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (session, shown) = stand.ask(&user).await;
        let jws = phone.list(0).await;
        let other = stand.another_node();
        let phone = phone.at(&other);
        assert_eq!(phone.list(0).await, jws, "what was signed once is not signed again");
        let page = other.shown_request(&session, &user).await.expect("answers").expect("waits");
        assert_eq!(page.number.expose(), shown.number.expose());
        assert_eq!(phone.approve(shown.number.expose(), stand.now()).await, said(200, "approved"));
        let third = stand.another_node();
        third.redeem(&session, &shown.id, &visitor()).await.expect("is signed in");
    }
}

#[tokio::test]
async fn what_is_over_is_swept_away() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (_, shown) = stand.ask(&user).await;
        phone.list(0).await;
        stand.wait(120);
        stand.service.sweep(stand.now()).await.expect("sweeps");
        let request = stand.service.store().request(&shown.id).await.expect("answers").expect("is kept");
        assert_eq!(request.state, TransactionState::Expired);
        assert_eq!(stand.count(&user, "sign_in", "expired").await, 1);
        stand.wait(25 * 3600);
        stand.service.sweep(stand.now()).await.expect("sweeps");
        assert!(stand.service.store().request(&shown.id).await.expect("answers").is_none());
        let kept = stand.service.store().challenge(&shown.id, &phone.device()).await.expect("answers");
        assert!(kept.is_none());
        stand.service.sweep(stand.now()).await.expect("sweeps again");
    }
}

/// T4
#[tokio::test]
async fn the_number_is_in_nothing_that_a_phone_is_sent() {
    for stand in &stands().await {
        let mut tx = stand.service.store().begin().await.expect("begins");
        // Of two digits some would be in any random text.
        let policy = OrganisationPolicy { match_len: MatchLen::Six, ..Default::default() };
        tx.set_policy(&stand.organisation, &policy).await.expect("is set");
        tx.commit().await.expect("commits");
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let mut secrets = Vec::new();
        for (index, decision) in ["approve", "wrong", "deny", "scan"].into_iter().enumerate() {
            let session = stand.at(&user, Stage::Password).await.session;
            let from = visitor_at(u16::try_from(index).unwrap_or(0));
            let begin = stand.service.begin_request(&session, Purpose::Signin, &from, true).await;
            let shown = begin.expect("is asked");
            let number = shown.number.expose();
            let link = shown.scan.as_ref().expect("can be scanned").expose();
            secrets.push(number.to_owned());
            secrets.push(link.rsplit_once("s=").expect("has a secret").1.to_owned());
            let decision = match decision {
                "approve" => typed(number),
                "wrong" => typed(if number == "000000" { "000001" } else { "000000" }),
                "deny" => Decision::Deny(None),
                _ => scanned(link),
            };
            phone.decide(decision, stand.now()).await;
            phone.call("GET", "/approval/v1/activity?limit=50", b"").await;
            phone.call("GET", "/approval/v1/device", b"").await;
        }
        let sent = phone.sent();
        assert!(sent.len() > 10);
        for answer in &sent {
            let plain = String::from_utf8_lossy(answer);
            // What is signed is Base64, so that its parts are searched too.
            let parts = plain.split(['"', '.']).filter_map(decoded);
            let texts: Vec<String> = std::iter::once(plain.to_string()).chain(parts).collect();
            for secret in &secrets {
                assert!(!texts.iter().any(|text| text.contains(secret)), "{secret} in {plain}");
            }
        }
    }
}

fn decoded(text: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
    String::from_utf8(bytes).ok()
}

/// The same answer with something changed, signed anew by the phone's key.
fn remade(answer: &[u8], phone: &Phone, change: impl FnOnce(&mut Value, &mut Value)) -> Vec<u8> {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let text = std::str::from_utf8(answer).expect("text");
    let read = |part: &str| -> Value {
        serde_json::from_slice(&base64.decode(part).expect("Base64")).expect("JSON")
    };
    let mut parts = text.split('.');
    let (mut header, mut claims) =
        (read(parts.next().expect("a header")), read(parts.next().expect("claims")));
    change(&mut header, &mut claims);
    let input = format!("{}.{}", base64.encode(header.to_string()), base64.encode(claims.to_string()));
    let signature = phone.uv.sign(input.as_bytes()).expect("there is randomness");
    format!("{input}.{}", base64.encode(signature.raw())).into_bytes()
}

/// The protocol, section 5: a notification that is no longer about anything goes.
#[tokio::test]
async fn the_other_phones_are_told_when_nothing_waits_any_longer() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let (phone, _other) = (stand.app(&user, "Pixel 9").await, stand.app(&user, "Tablet").await);
        let (session, first) = stand.ask(&user).await;
        assert_eq!(stand.woken().await, (2, 0));
        let (_, second) = stand.ask(&user).await;
        assert_eq!(stand.woken().await, (4, 0));
        // One still waits, so the notification is still about something.
        let answer = async |id: &TransactionId, decision| {
            let list = phone.list(0).await;
            let mut waiting = list.iter().map(|jws| phone.verified(jws, stand.now()));
            let request = waiting.find(|request| request.transaction() == id).expect("waits");
            phone.answer(id.as_str(), &phone.written(request, decision, stand.now())).await
        };
        answer(&second.id, Decision::Deny(Some(Reason::Cancelled))).await;
        assert_eq!(stand.woken().await, (4, 0));
        answer(&first.id, typed(first.number.expose())).await;
        assert_eq!(stand.woken().await, (4, 1), "the one that answered knows");
        stand.service.redeem(&session, &first.id, &visitor()).await.expect("is signed in");

        // Whoever leaves the page takes the notification from both.
        let (session, shown) = stand.ask(&user).await;
        assert_eq!(stand.woken().await, (6, 1));
        stand.service.cancel_request(&session, &shown.id).await.expect("answers");
        stand.service.cancel_request(&session, &shown.id).await.expect("once");
        assert_eq!(stand.woken().await, (6, 3));

        // Nobody is told of the end of what nobody was woken for.
        stand.ask(&user).await;
        stand.wait(121);
        stand.ask(&user).await;
        stand.wait(121);
        let before = stand.woken().await;
        let (session, silent) = stand.ask(&user).await;
        assert!(silent.silent);
        stand.service.cancel_request(&session, &silent.id).await.expect("answers");
        assert_eq!(stand.woken().await, before);
    }
}

///
#[tokio::test]
async fn an_app_that_is_too_old_cannot_approve_and_can_say_no() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let newer = stand.another_node_with(|config| {
            config.min_app.android = crypto_core::approval::wire::AppVersion::parse("1.0.1");
        });
        let old = phone.at(&newer);
        let (session, shown) = stand.ask(&user).await;
        let number = shown.number.expose();
        // Right or wrong, it is told the same, and nothing changes.
        for typed in [number, other_than(number)] {
            assert_eq!(old.approve(typed, stand.now()).await, said(426, "upgrade_required"));
        }
        assert_eq!(stand.state(&session, &shown).await, TransactionState::Pending);
        assert_eq!(old.decide(Decision::Deny(None), stand.now()).await, said(200, "denied"));
        let found = old.send(axum::http::Request::get("/.well-known/approval-configuration"), b"").await;
        assert_eq!(found.json()["min_app"]["android"], "1.0.1");

        // Nor is one added.
        let olav = stand.person("olav", Role::User).await;
        let session = stand.at(&olav, Stage::SignedIn).await.session;
        let offer = newer.begin_activation(&session).await.expect("is offered");
        let mut phone = Phone::new(&newer);
        let begun = phone.begin(offer.link.expose()).await.expect("the code is good");
        let completion = phone.completion(&begun, "Pixel 9");
        assert_eq!(phone.complete(begun, &completion).await, said(426, "upgrade_required"));
    }
}
