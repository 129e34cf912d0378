use std::time::Duration;

use axum::http::{Request, StatusCode};
use crypto_core::approval::activation::{Attestation, uv_proof};
use crypto_core::approval::answer::Decision;
use crypto_core::approval::rotation::{self, Rotation, ServicePin};
use crypto_core::approval::state::{DeviceState, Purpose};
use crypto_core::approval::wire::{ActivityList, Discovery};
use crypto_core::approval::{DeviceId, Nonce, Origin};
use crypto_core::seal::sign::PublicKey;

use crate::accounts::Role;
use crate::fixture::{Stand, stands, visitor};
use crate::keys::KeyRotation;
use crate::phone::{Phone, Reply, new_key, signed, subscription};
use crate::requests::RequestRefused;
use crate::sessions::Stage;

const LIST: &str = "/approval/v1/challenges";

fn said(status: u16, word: &str) -> (u16, String) {
    (status, word.to_owned())
}

async fn get(phone: &Phone, path: &str, proof: &str) -> Reply {
    phone.send(Request::get(path).header("dpop", proof), b"").await
}

#[tokio::test]
async fn the_service_describes_itself_and_keeps_to_its_origin() {
    for stand in &stands().await {
        let phone = Phone::new(&stand.service);
        let reply = phone.send(Request::get("/.well-known/approval-configuration"), b"").await;
        let origin = Origin::parse("https://signin.example.org").expect("an origin");
        let found = Discovery::from_json(&reply.bytes, &origin).expect("a description");
        assert_eq!((found.display_name.as_str(), found.server_time), ("Contoso", stand.now()));
        assert_eq!(reply.headers["cache-control"], "no-store");
        assert!(reply.headers.contains_key("dpop-nonce"));
        let nothing = phone.send(Request::get("/approval/v2/challenges"), b"").await;
        assert_eq!(nothing.word(), said(404, "not_found"));
        assert_eq!(nothing.headers["content-type"], "application/problem+json");
        assert_eq!(nothing.json()["server_time"], stand.now().secs());
    }
}

#[tokio::test]
async fn a_proof_is_good_once_for_one_call_and_for_two_minutes() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        phone.list(0).await;
        let proof = phone.proof("GET", LIST, b"");
        assert_eq!(get(&phone, LIST, &proof).await.status, 200);
        assert_eq!(get(&phone, LIST, &proof).await.word(), said(401, "bad_proof"), "again");
        let proof = phone.proof("GET", LIST, b"");
        assert_eq!(get(&phone, "/approval/v1/device", &proof).await.word(), said(401, "bad_proof"));
        let removed = phone.send(Request::delete(LIST).header("dpop", &proof), b"").await;
        assert_eq!(removed.status, StatusCode::METHOD_NOT_ALLOWED);
        let with_body = phone.send(Request::get(LIST).header("dpop", &proof), b"{}").await;
        assert_eq!(with_body.word(), said(401, "bad_proof"));
        let two = Request::get(LIST).header("dpop", &proof).header("dpop", &proof);
        assert_eq!(phone.send(two, b"").await.word(), said(401, "bad_proof"));
        assert_eq!(phone.send(Request::get(LIST), b"").await.word(), said(401, "bad_proof"));
        stand.wait(119);
        assert_eq!(get(&phone, LIST, &proof).await.status, 200);
        let proof = phone.proof("GET", LIST, b"");
        stand.wait(120);
        let old = get(&phone, LIST, &proof).await;
        assert_eq!(old.word(), said(401, "use_dpop_nonce"));
        assert_eq!(old.headers["www-authenticate"], "DPoP error=\"use_dpop_nonce\"");
        // Another node takes the nonce and knows the proof.
        let other = phone.at(&stand.another_node());
        let proof = phone.proof("GET", LIST, b"");
        assert_eq!(get(&phone, LIST, &proof).await.status, 200);
        assert_eq!(get(&other, LIST, &proof).await.word(), said(401, "bad_proof"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_proof_is_taken_from_one_of_twenty_that_send_it_at_once() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        phone.list(0).await;
        let proof = phone.proof("GET", LIST, b"");
        let calls = (0..20).map(|_| {
            let (phone, proof) = (phone.clone(), proof.clone());
            tokio::spawn(async move { get(&phone, LIST, &proof).await.status })
        });
        let mut taken = 0;
        for call in calls.collect::<Vec<_>>() {
            taken += u32::from(call.await.expect("runs") == StatusCode::OK);
        }
        assert_eq!(taken, 1, "on {:?}", stand.database());
    }
}

#[tokio::test]
async fn a_device_calls_sixty_times_a_minute_and_is_then_told_to_wait() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        stand.wait(60);
        for call in 1..=60 {
            assert_eq!(phone.call("GET", LIST, b"").await.status, 200, "the {call}th");
        }
        let late = phone.call("GET", LIST, b"").await;
        assert_eq!(late.word(), said(429, "slow_down"));
        assert!(late.headers.contains_key("retry-after"));
        stand.wait(60);
        assert_eq!(phone.call("GET", LIST, b"").await.status, 200);
    }
}

#[tokio::test]
async fn only_the_key_of_a_removed_device_learns_that_it_was_removed() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let (phone, _other) = (stand.app(&user, "Pixel 9").await, stand.app(&user, "Other").await);
        let unknown = Phone::new(&stand.service);
        assert_eq!(unknown.call("GET", LIST, b"").await.word(), said(401, "unknown_device"));
        assert_eq!(phone.call("DELETE", "/approval/v1/device", b"").await.status, 204);
        assert_eq!(phone.call("GET", LIST, b"").await.word(), said(401, "device_revoked"));
        let proof = phone.proof("GET", LIST, b"");
        let (message, signature) = proof.rsplit_once('.').expect("three parts");
        let forged = format!("{message}.{}", signature.chars().rev().collect::<String>());
        assert_eq!(get(&phone, LIST, &forged).await.word(), said(401, "bad_proof"));
        assert!(stand.again(&user).await.default_method.is_some());
        assert_eq!(stand.count(&user, "method_deleted", "done").await, 1);
        stand.wait(180 * 24 * 3600 - 1);
        assert_eq!(phone.call("GET", LIST, b"").await.word(), said(401, "device_revoked"));
        stand.wait(1);
        assert_eq!(phone.call("GET", LIST, b"").await.word(), said(401, "unknown_device"));
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_or_no_json_is_refused() {
    for stand in &stands().await {
        let phone = Phone::new(&stand.service);
        let long = vec![b' '; 64 * 1024 + 1];
        for body in [long.as_slice(), b"", b"[]", b"{\"code\":\"A\",\"code\":\"B\"}"] {
            let reply = phone.send(Request::post("/approval/v1/activation/begin"), body).await;
            assert_eq!(reply.word(), said(400, "malformed"));
        }
        assert_eq!(
            phone.call("POST", "/approval/v1/grant/begin", b"{}").await.word(),
            said(400, "malformed")
        );
    }
}

#[tokio::test]
async fn a_long_poll_waits_for_a_request_and_no_longer_than_its_node_runs() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let waits = |phone: &Phone| {
            let phone = phone.clone();
            tokio::spawn(async move { phone.list(25).await })
        };
        let waiting = waits(&phone);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!waiting.is_finished());
        stand.ask(&user).await;
        assert_eq!(waiting.await.expect("runs").len(), 1);
        phone.decide(Decision::Deny(None), stand.now()).await;
        let waiting = waits(&phone);
        tokio::time::sleep(Duration::from_millis(200)).await;
        stand.service.wake().close();
        assert!(waiting.await.expect("runs").is_empty());
    }
}

#[tokio::test]
async fn a_device_changes_where_it_is_woken_to_public_places_only() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let push = "/approval/v1/device/push";
        let body = |endpoint: &str| serde_json::to_vec(&subscription(endpoint)).expect("JSON");
        for endpoint in ["https://127.0.0.1/x", "https://10.0.0.1/x", "https://push.local/x"] {
            assert_eq!(phone.call("PUT", push, &body(endpoint)).await.word(), said(400, "malformed"));
        }
        assert_eq!(phone.call("PUT", push, b"{}").await.word(), said(400, "malformed"));
        let stored = async || {
            let device = stand.service.store().authenticator(&phone.device()).await.expect("answers");
            device.expect("is there").push.map(|push| push.endpoint().to_owned())
        };
        assert_eq!(phone.call("PUT", push, &body("https://push.example.net/w/2")).await.status, 204);
        assert_eq!(stored().await.as_deref(), Some("https://push.example.net/w/2"));
        stand
            .service
            .forget_push(&phone.device(), &subscription("https://push.example.net/w/1"))
            .await
            .expect("ok");
        assert!(stored().await.is_some(), "another one is over");
        stand
            .service
            .forget_push(&phone.device(), &subscription("https://push.example.net/w/2"))
            .await
            .expect("ok");
        assert_eq!(stored().await, None);
        assert_eq!(phone.call("PUT", push, &body("https://push.example.net/w/3")).await.status, 204);
        assert_eq!(phone.call("DELETE", push, b"").await.status, 204);
        assert_eq!(stored().await, None);
    }
}

#[tokio::test]
async fn a_suspended_device_may_only_go_away() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let (phone, _other) = (stand.app(&user, "Pixel 9").await, stand.app(&user, "Other").await);
        let (_, shown) = stand.ask(&user).await;
        let body = phone.written(phone.first(stand.now()).await, Decision::Deny(None), stand.now());
        let mut tx = stand.service.store().begin().await.expect("begins");
        tx.move_authenticator(&phone.device(), DeviceState::Active, DeviceState::Suspended)
            .await
            .expect("moves");
        tx.commit().await.expect("commits");
        assert_eq!(phone.call("GET", LIST, b"").await.word(), said(403, "device_suspended"));
        assert_eq!(
            phone.call("GET", "/approval/v1/activity", b"").await.word(),
            said(403, "device_suspended")
        );
        assert_eq!(phone.answer(shown.id.as_str(), &body).await, said(403, "device_suspended"));
        assert_eq!(phone.call("DELETE", "/approval/v1/device", b"").await.status, 204);
    }
}

#[tokio::test]
async fn a_device_changes_its_keys_once_a_day_vouched_for_by_the_old_ones() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let next = phone.with_keys(&new_key().into(), &new_key().into());
        let nonce = rotation_nonce(&phone).await;
        let body = rotated(stand, &phone, &next, &nonce);
        // By another old key than the device's.
        let stranger = phone.with_keys(&phone.pop, &new_key().into());
        let forged = rotated(stand, &stranger, &next, &nonce);
        let keys = "/approval/v1/device/keys";
        assert_eq!(phone.call("POST", keys, &forged).await.word(), said(401, "bad_signature"));
        let reply = phone.call("POST", keys, &body).await;
        assert_eq!(reply.status, 200, "{:?}", reply.word());
        assert_eq!(phone.call("GET", LIST, b"").await.word(), said(401, "unknown_device"));
        assert_eq!(next.call("GET", LIST, b"").await.status, 200);
        // The statement is of the old keys, and the nonce is another one.
        assert_eq!(next.call("POST", keys, &body).await.status, 401);
        assert_ne!(rotation_nonce(&next).await, nonce);
        let third = next.with_keys(&new_key().into(), &new_key().into());
        let body = rotated(stand, &next, &third, &rotation_nonce(&next).await);
        assert_eq!(next.call("POST", keys, &body).await.word(), said(429, "slow_down"));
        stand.wait(24 * 3600);
        assert_eq!(next.call("POST", keys, &body).await.status, 200);
        let (session, shown) = stand.ask(&user).await;
        let third = third.renamed();
        assert_eq!(third.approve(shown.number.expose(), stand.now()).await, said(200, "approved"));
        stand.service.redeem(&session, &shown.id, &visitor()).await.expect("is signed in");
    }
}

async fn rotation_nonce(phone: &Phone) -> Nonce {
    let reply = phone.call("GET", "/approval/v1/device", b"").await;
    Nonce::try_from(reply.json()["rotation_nonce"].as_str().unwrap_or_default()).expect("a nonce")
}

fn rotated(stand: &Stand, old: &Phone, new: &Phone, nonce: &Nonce) -> Vec<u8> {
    let issuer = &stand.service.config().issuer;
    let device = DeviceId::try_from(old.device().as_str()).expect("an id");
    let (pop, uv): (&PublicKey, &PublicKey) = (new.pop.public(), new.uv.public());
    let statement = rotation::statement(
        &device,
        issuer,
        old.uv.public().thumbprint(),
        pop.thumbprint(),
        uv.thumbprint(),
        nonce,
        stand.now(),
    );
    let proof = uv_proof(issuer, device.as_str(), nonce, pop.thumbprint(), uv, stand.now());
    Rotation {
        rotation: signed(statement, &old.uv),
        new_pop_jwk: pop.clone(),
        uv_proof: signed(proof, &new.uv),
        attestation: Attestation::None {},
    }
    .to_json()
}

#[tokio::test]
async fn phones_follow_the_services_key_from_one_to_the_next() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let mut phone = stand.app(&user, "Pixel 9").await;
        let origin = stand.service.config().issuer.clone();
        let jwks = async |phone: &Phone| phone.send(Request::get("/approval/v1/jwks"), b"").await;
        let before = stand.service.signing_key().await.expect("there is one").public().clone();
        let mut pin = ServicePin::new(before.clone());
        pin.learn(&jwks(&phone).await.bytes, &origin).expect("is the service's");
        assert_eq!(pin.thumbprint(), before.thumbprint());

        let usable_at = stand.now().plus_secs(7 * 24 * 3600);
        let step = stand.service.rotate_service_key().await.expect("answers");
        assert_eq!(step, KeyRotation::Announced { usable_at });
        stand.wait(7 * 24 * 3600 - 1);
        assert_eq!(stand.another_node().rotate_service_key().await.expect("answers"), step);
        assert!(pin.learn(&jwks(&phone).await.bytes, &origin).expect("is the service's"), "there is a next");
        stand.wait(1);
        assert_eq!(stand.service.rotate_service_key().await.expect("answers"), KeyRotation::Changed);
        let after = stand.service.signing_key().await.expect("there is one").public().thumbprint();
        assert_ne!(after, before.thumbprint());

        if let Some(registration) = &mut phone.registration {
            registration.service = pin;
        }
        let (_, shown) = stand.ask(&user).await;
        assert_eq!(phone.approve(shown.number.expose(), stand.now()).await, said(200, "approved"));
    }
}

#[tokio::test]
async fn a_phone_sees_what_happened_and_reports_it() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        let (session, shown) = stand.ask(&user).await;
        phone.approve(shown.number.expose(), stand.now()).await;
        stand.wait(1);
        stand.service.redeem(&session, &shown.id, &visitor()).await.expect("is signed in");
        let reply = phone.call("GET", "/approval/v1/activity?limit=1", b"").await;
        let list: ActivityList = serde_json::from_slice(&reply.bytes).expect("a list");
        let [event] = list.items.as_slice() else { panic!("one was asked for") };
        assert_eq!((event.method.as_str(), event.result.as_str()), ("swk", "done"));
        let erik = stand.person("erik", Role::User).await;
        let stranger = stand.app(&erik, "Pixel 8").await;
        let report = format!("/approval/v1/activity/{}/report", event.id);
        assert_eq!(stranger.call("POST", &report, b"").await.word(), said(404, "not_found"));
        let open = stand.at(&user, Stage::SignedIn).await.session;
        assert_eq!(phone.call("POST", &report, b"").await.status, 204);
        assert!(stand.service.store().session(&open.id).await.expect("answers").is_none());
        assert!(stand.again(&user).await.push_suspended_at.is_some());
        assert_eq!(phone.call("POST", &report, b"").await.word(), said(404, "not_found"), "twice");
    }
}

#[tokio::test]
async fn a_device_whose_key_is_gone_says_so_and_can_only_say_no() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let (phone, other) = (stand.app(&user, "Pixel 9").await, stand.app(&user, "Tablet").await);
        let stale = "/approval/v1/device/stale";
        for _ in 0..2 {
            assert_eq!(phone.call("POST", stale, b"").await.status, StatusCode::NO_CONTENT, "twice is once");
        }
        assert_eq!(phone.call("GET", "/approval/v1/device", b"").await.json()["state"], "stale");
        assert_eq!(stand.count(&user, "method_stale", "done").await, 1);
        assert!(stand.mails(&user).await.iter().any(|mail| mail.subject.contains("no longer approve")));
        // The one that can approve is asked first from here on.
        assert_eq!(stand.again(&user).await.default_method, Some(other.device()));

        let (session, shown) = stand.ask(&user).await;
        assert_eq!(phone.approve(shown.number.expose(), stand.now()).await, said(403, "device_not_active"));
        assert_eq!(phone.decide(Decision::Deny(None), stand.now()).await, said(200, "denied"));
        drop(session);

        // With no other, there is no phone to ask, and its codes still work.
        other.call("DELETE", "/approval/v1/device", b"").await;
        let session = stand.at(&user, Stage::Password).await.session;
        let asked = stand.service.begin_request(&session, Purpose::Signin, &visitor(), false).await;
        assert!(matches!(asked, Err(RequestRefused::NoDevice)), "{asked:?}");
        stand.wait(30);
        let seed =
            crypto_core::codes::base32::decode(phone.seed.as_deref().expect("has one")).expect("a key");
        let code = stand.code(&seed, 0);
        stand.service.sign_in_with_code(&session, &code, &visitor()).await.expect("is signed in");

        // A device that is not confirmed has nothing to lose.
        let mut new = Phone::new(&stand.service);
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        new.activate(offer.link.expose(), "New").await;
        assert_eq!(new.call("POST", stale, b"").await.word(), said(403, "device_not_active"));
    }
}
