use crypto_core::approval::activation::{Attestation, AttestationPolicy};
use crypto_core::approval::answer::Decision;

use super::*;
use crate::accounts::Role;
use crate::attestation::Attested;
use crate::fixture::{Stand, stands, visitor};
use crate::phone::{Phone, other_than, post, subscription, typed};
use crate::policy::OrganisationPolicy;

fn said(status: u16, word: &str) -> (u16, String) {
    (status, word.to_owned())
}

async fn status(stand: &Stand, session: &Session, id: &str) -> ActivationStatus {
    let status = stand.service.activation_status(session, id, None, Duration::ZERO).await;
    status.expect("answers").expect("is there")
}

async fn set_policy(stand: &Stand, policy: &OrganisationPolicy) {
    let mut tx = stand.service.store().begin().await.expect("begins");
    tx.set_policy(&stand.organisation, policy).await.expect("is set");
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn the_first_app_is_added_with_a_password_and_becomes_the_default() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::Password).await.session;
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        assert_eq!(status(stand, &session, &offer.id).await.word(), "open");
        let mut phone = Phone::new(&stand.service);
        let begun = phone.begin(offer.link.expose()).await.expect("the code is good");
        assert_eq!(begun.account.username, "maria");
        assert_eq!(status(stand, &session, &offer.id).await.word(), "claimed");
        let completion = phone.completion(&begun, "Pixel 9");
        assert_eq!(phone.complete(begun, &completion).await.0, 201);
        let ActivationStatus::TestApproval { device, shown } = status(stand, &session, &offer.id).await
        else {
            panic!("the test waits");
        };
        assert_eq!((device.as_str(), shown.scan.is_none()), ("Pixel 9", true));
        assert!(stand.service.methods(&user.id).await.expect("answers").is_empty(), "not before the number");
        assert_eq!(phone.approve(shown.number.expose(), stand.now()).await, said(200, "approved"));
        let ActivationStatus::Configured { device, codes } = status(stand, &session, &offer.id).await else {
            panic!("it is configured");
        };
        assert_eq!((device.as_str(), codes), ("Pixel 9", true));
        let after = stand.again(&user).await;
        assert_eq!(after.default_method, Some(phone.device()));
        assert_eq!(stand.count(&user, "method_added", "done").await, 1);
        assert_eq!(stand.mails(&user).await.len(), 1);
        // The test showed both factors, so the session that saw its number can go on with it.
        stand.service.redeem(&session, &shown.id, &visitor()).await.expect("is signed in");
        // And its codes are those of the seed it was given.
        let seed = base32::decode(phone.seed.as_ref().expect("has codes")).expect("is a key");
        let code = stand.code(&seed, 0);
        let session = stand.at(&user, Stage::Password).await.session;
        stand.service.sign_in_with_code(&session, &code, &visitor()).await.expect("is signed in");
    }
}

/// S-03
#[tokio::test]
async fn a_code_is_good_for_ten_minutes_and_once() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        for (wait, good) in [(599, true), (600, false), (601, false)] {
            let session = stand.at(&user, Stage::SignedIn).await.session;
            let offer = stand.service.begin_activation(&session).await.expect("is offered");
            stand.wait(wait);
            let begun = Phone::new(&stand.service).begin(offer.link.expose()).await;
            match good {
                true => assert!(begun.expect("is good").expires_in <= 1),
                false => assert_eq!(begun.err(), Some(said(410, "code_expired")), "after {wait} s"),
            }
            let expired = status(stand, &session, &offer.id).await.word() == "expired";
            assert_eq!(expired, !good);
        }
    }
}

/// S-03
#[tokio::test]
async fn a_typed_code_has_five_tries_and_an_address_twenty_an_hour() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let phone = Phone::new(&stand.service);
        let mut tried = 0;
        for wrong in [4, 5] {
            let offer = stand.service.begin_activation(&session).await.expect("is offered");
            let handle = offer.manual_url.rsplit_once('/').expect("has a handle").1.to_owned();
            for _ in 0..wrong {
                assert_eq!(manual(&phone, &handle, "AAAAA-AAAAA").await, said(404, "not_found"));
            }
            tried += wrong;
            let right = manual(&phone, &handle, offer.manual_code.expose()).await;
            if wrong == 4 {
                assert_eq!(right.0, 200);
            } else {
                assert_eq!(right, said(410, "code_expired"), "the sixth try");
                tried += 1;
            }
        }
        assert_eq!(tried, 10);
        for _ in tried..20 {
            let code = ActivationCode::make(&mut stand.service.rng());
            let body = Begin::Scanned(code).to_json();
            let reply = phone.send(post("/approval/v1/activation/begin"), body.expose().as_bytes()).await;
            assert_eq!(reply.word(), said(404, "not_found"));
        }
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        let late = phone.begin(offer.link.expose()).await;
        assert_eq!(late.err(), Some(said(429, "slow_down")), "even with a right code");
        stand.wait(3600);
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        assert!(phone.begin(offer.link.expose()).await.is_ok());
    }
}

async fn manual(phone: &Phone, handle: &str, code: &str) -> (u16, String) {
    let body = serde_json::json!({ "code": code, "handle": handle }).to_string();
    phone.send(post("/approval/v1/activation/begin"), body.as_bytes()).await.word()
}

/// S-04
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_phones_that_use_one_code_neither_is_added() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        for _ in 0..10 {
            let session = stand.at(&user, Stage::SignedIn).await.session;
            let offer = stand.service.begin_activation(&session).await.expect("is offered");
            let race = [0, 1].map(|_| {
                let (phone, link) = (Phone::new(&stand.service), offer.link.expose().to_owned());
                tokio::spawn(async move {
                    let begun = phone.begin(&link).await;
                    (phone, begun)
                })
            });
            let mut won = Vec::new();
            for one in race {
                let (phone, begun) = one.await.expect("runs");
                match begun {
                    Ok(begun) => won.push((phone, begun)),
                    Err(refused) => assert_eq!(refused, said(409, "code_already_claimed")),
                }
            }
            assert_eq!(won.len(), 1, "on {:?}", stand.database());
            let (mut phone, begun) = won.remove(0);
            let completion = phone.completion(&begun, "Pixel 9");
            assert_eq!(phone.complete(begun, &completion).await, said(409, "code_already_claimed"));
            assert!(matches!(status(stand, &session, &offer.id).await, ActivationStatus::ClaimedTwice));
        }
        assert!(stand.service.store().authenticators(&user.id).await.expect("answers").is_empty());
    }
}

/// S-04
#[tokio::test]
async fn a_second_phone_ends_the_first_until_it_is_confirmed() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        let mut first = Phone::new(&stand.service);
        first.activate(offer.link.expose(), "First").await;
        let number = stand.number_of_test(&session, &offer.id).await;
        let body = first.written(first.first(stand.now()).await, typed(&number), stand.now());
        let id = first.first(stand.now()).await.transaction().to_string();
        let second = Phone::new(&stand.service).begin(offer.link.expose()).await;
        assert_eq!(second.err(), Some(said(409, "code_already_claimed")));
        assert_eq!(first.answer(&id, &body).await, said(401, "device_revoked"));
        assert!(matches!(status(stand, &session, &offer.id).await, ActivationStatus::ClaimedTwice));

        let phone = stand.app(&user, "Pixel 9").await;
        assert_eq!(stand.service.methods(&user.id).await.expect("answers").len(), 1);
        assert!(phone.list(0).await.is_empty(), "it is still there");
    }
}

/// S-05
#[tokio::test]
async fn a_device_that_waits_for_its_confirmation_sees_its_own_test_and_nothing_else() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let active = stand.app(&user, "Active").await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        let mut phone = Phone::new(&stand.service);
        phone.activate(offer.link.expose(), "New").await;
        let (_, shown) = stand.ask(&user).await;
        let list = phone.list(0).await;
        assert_eq!(list.len(), 1);
        assert_eq!(phone.verified(&list[0], stand.now()).purpose(), Purpose::Activation);
        let of_active = active.list(0).await;
        assert_eq!(of_active.len(), 1);
        assert_eq!(*active.verified(&of_active[0], stand.now()).transaction(), shown.id);
        // An answer to the sign-in, made from its own test, is to a request that it never got.
        let body = phone.written(phone.first(stand.now()).await, typed(shown.number.expose()), stand.now());
        assert_eq!(phone.answer(shown.id.as_str(), &body).await, said(404, "not_found"));
        let activity = phone.call("GET", "/approval/v1/activity", b"").await;
        assert_eq!(activity.word(), said(403, "device_not_active"));
        let report = phone.call("POST", "/approval/v1/activity/evt_1/report", b"").await;
        assert_eq!(report.word(), said(403, "device_not_active"));
    }
}

#[tokio::test]
async fn a_device_that_nobody_confirms_dies_after_ten_minutes() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        let mut phone = Phone::new(&stand.service);
        phone.activate(offer.link.expose(), "Pixel 9").await;
        stand.wait(599);
        assert!(phone.list(0).await.is_empty(), "its test is over");
        stand.service.repeat_test(&session, &offer.id).await.expect("is repeated");
        let number = stand.number_of_test(&session, &offer.id).await;
        let request = phone.first(stand.now()).await;
        let id = request.transaction().to_string();
        let body = phone.written(request, typed(&number), stand.now());
        stand.wait(1);
        assert_eq!(phone.answer(&id, &body).await, said(401, "device_revoked"));
        assert!(matches!(status(stand, &session, &offer.id).await, ActivationStatus::Expired));
        stand.service.sweep(stand.now()).await.expect("sweeps");
        let gone =
            stand.service.store().authenticator(&phone.device()).await.expect("answers").expect("kept");
        assert_eq!((gone.state, gone.seed), (DeviceState::Revoked, None));
    }
}

#[tokio::test]
async fn a_test_can_be_repeated_until_there_were_three_wrong_numbers() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        let mut phone = Phone::new(&stand.service);
        phone.activate(offer.link.expose(), "Pixel 9").await;
        assert_eq!(phone.decide(Decision::Deny(None), stand.now()).await, said(200, "denied"));
        for count in 1..=3 {
            stand.service.repeat_test(&session, &offer.id).await.expect("is repeated");
            let number = stand.number_of_test(&session, &offer.id).await;
            let answer = phone.approve(other_than(&number), stand.now()).await;
            assert_eq!(answer, said(403, "number_mismatch"), "{count}");
            let expected = if count < 3 { "test_failed" } else { "expired" };
            assert_eq!(status(stand, &session, &offer.id).await.word(), expected);
        }
        assert!(stand.service.repeat_test(&session, &offer.id).await.is_err());
        assert_eq!(
            phone.call("GET", "/approval/v1/challenges", b"").await.word(),
            said(401, "device_revoked")
        );
        // Requests to the person's other phones are as they were.
        let _other = stand.app(&user, "Other").await;
        stand.ask(&user).await;
    }
}

#[tokio::test]
async fn a_page_that_is_left_or_begun_again_ends_what_it_began() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let first = stand.service.begin_activation(&session).await.expect("is offered");
        let mut phone = Phone::new(&stand.service);
        phone.activate(first.link.expose(), "Pixel 9").await;
        let second = stand.service.begin_activation(&session).await.expect("is offered");
        assert_eq!(
            phone.call("GET", "/approval/v1/challenges", b"").await.word(),
            said(401, "device_revoked")
        );
        let stranger = stand.person("erik", Role::User).await;
        let strange = stand.at(&stranger, Stage::SignedIn).await.session;
        stand.service.cancel_activation(&strange, &second.id).await.expect("answers");
        assert_eq!(status(stand, &session, &second.id).await.word(), "open");
        stand.service.cancel_activation(&session, &second.id).await.expect("answers");
        assert_eq!(status(stand, &session, &second.id).await.word(), "expired");
        let begun = Phone::new(&stand.service).begin(second.link.expose()).await;
        assert_eq!(begun.err(), Some(said(410, "code_expired")));
        let other = stand.service.activation_status(&strange, &second.id, None, Duration::ZERO).await;
        assert!(other.expect("answers").is_none());
    }
}

/// An activation is the session's: what ends the one ends the other, and so does another first method.
#[tokio::test]
async fn an_activation_is_over_with_its_session() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::Password).await.session;
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        let mut phone = Phone::new(&stand.service);
        phone.activate(offer.link.expose(), "Somebody's").await;
        let number = stand.number_of_test(&session, &offer.id).await;
        stand.service.sign_out(&session).await.expect("answers");
        assert_eq!(phone.approve(&number, stand.now()).await, said(410, "code_expired"));
        assert!(stand.service.methods(&user.id).await.expect("answers").is_empty());

        // Two who know the password, and one of them is faster.
        let session = stand.at(&user, Stage::Password).await.session;
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        let mut phone = Phone::new(&stand.service);
        phone.activate(offer.link.expose(), "Somebody's").await;
        let number = stand.number_of_test(&session, &offer.id).await;
        stand.code_app(&user).await;
        assert_eq!(phone.approve(&number, stand.now()).await, said(410, "code_expired"));
        let refused = stand.service.begin_activation(&session).await;
        assert!(matches!(refused, Err(MethodRefused::VerifyFirst)));
    }
}

/// S-22
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_that_are_completed_at_once_beside_four_one_is_the_fifth() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        for number in 1..=4 {
            stand.app(&user, &format!("Phone {number}")).await;
        }
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let key = stand.service.signing_key().await.expect("there is one").public().thumbprint();
        let mut links = Vec::new();
        for _ in 0..10 {
            // A page ends what it began before, so that they are put where ten pages would have put them.
            let code = ActivationCode::make(&mut stand.service.rng());
            let (handle, manual) =
                (Handle::make(&mut stand.service.rng()), ManualCode::make(&mut stand.service.rng()));
            let new = stand.service.new_activation(&session, &user, &code, &handle, &manual, None);
            let mut tx = stand.service.store().begin().await.expect("begins");
            tx.add_activation(&new).await.expect("is added");
            tx.commit().await.expect("commits");
            let origin = stand.service.config().issuer.clone();
            links.push(ActivationLink { origin, code, key }.print().expose().to_owned());
        }
        let mut phones = Vec::new();
        for link in &links {
            let phone = Phone::new(&stand.service);
            let begun = phone.begin(link).await.expect("the code is good");
            phones.push((phone, begun));
        }
        let completions = phones.into_iter().map(|(mut phone, begun)| {
            tokio::spawn(async move {
                let completion = phone.completion(&begun, "One of ten");
                phone.complete(begun, &completion).await
            })
        });
        let mut replies = Vec::new();
        for one in completions.collect::<Vec<_>>() {
            replies.push(one.await.expect("runs"));
        }
        let added = replies.iter().filter(|(status, _)| *status == 201).count();
        let full = replies.iter().filter(|reply| **reply == said(409, "limit_devices")).count();
        assert_eq!((added, full), (1, 9), "on {:?}: {replies:?}", stand.database());
        assert_eq!(stand.service.store().authenticators(&user.id).await.expect("answers").len(), 5);
        assert!(matches!(stand.service.offer_code_app(&session).await, Err(MethodRefused::Five)));
    }
}

#[tokio::test]
async fn only_the_keys_that_prove_themselves_complete_an_activation() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        let mut phone = Phone::new(&stand.service);
        let begun = phone.begin(offer.link.expose()).await.expect("the code is good");
        let good = phone.completion(&begun, "Pixel 9");
        let mut stranger = Phone::new(&stand.service);
        assert_eq!(stranger.complete(begun.clone(), &good).await, said(404, "not_found"), "another PoP key");
        let one_key = phone.with_keys(&phone.pop, &phone.pop);
        let completion = one_key.completion(&begun, "Pixel 9");
        assert_eq!(phone.complete(begun.clone(), &completion).await, said(400, "malformed"));
        let mut elsewhere = good.clone();
        elsewhere.activation_id = ActivationId::make(&mut stand.service.rng());
        assert_eq!(phone.complete(begun.clone(), &elsewhere).await, said(404, "not_found"));
        let mut private = good.clone();
        private.push = Some(subscription("https://169.254.169.254/latest"));
        assert_eq!(phone.complete(begun.clone(), &private).await, said(400, "malformed"));
        assert_eq!(phone.complete(begun.clone(), &good).await.0, 201);
        assert_eq!(phone.complete(begun, &good).await, said(409, "already_resolved"), "twice");
    }
}

#[tokio::test]
async fn what_shows_no_hardware_is_refused_where_that_is_required_and_marked_where_it_is_preferred() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let shows = [
            Attestation::None {},
            Attestation::AndroidKey { pop_x5c: vec!["AA".to_owned()], uv_x5c: vec!["AA".to_owned()] },
        ];
        for (policy, expected) in [
            (AttestationPolicy::Required, [None, None]),
            (AttestationPolicy::Preferred, [Some(Attested::No), Some(Attested::Unverified)]),
            (AttestationPolicy::None, [Some(Attested::No), Some(Attested::No)]),
        ] {
            set_policy(stand, &OrganisationPolicy { attestation: policy, ..Default::default() }).await;
            for (shown, expected) in shows.iter().zip(expected) {
                let session = stand.at(&user, Stage::SignedIn).await.session;
                let offer = stand.service.begin_activation(&session).await.expect("is offered");
                let mut phone = Phone::new(&stand.service);
                let begun = phone.begin(offer.link.expose()).await.expect("the code is good");
                assert_eq!(begun.policy.attestation, policy);
                let completion =
                    Completion { attestation: shown.clone(), ..phone.completion(&begun, "Pixel 9") };
                let reply = phone.complete(begun, &completion).await;
                let Some(expected) = expected else {
                    assert_eq!(reply, said(403, "attestation_rejected"));
                    continue;
                };
                let stored = stand.service.store().authenticator(&phone.device()).await.expect("answers");
                assert_eq!(stored.expect("is there").attested, expected, "{policy:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_policy_without_codes_gives_no_seed() {
    for stand in &stands().await {
        set_policy(stand, &OrganisationPolicy { app_codes: false, ..Default::default() }).await;
        let user = stand.person("maria", Role::User).await;
        let phone = stand.app(&user, "Pixel 9").await;
        assert_eq!(phone.seed, None);
        set_policy(stand, &OrganisationPolicy { app: false, ..Default::default() }).await;
        let session = stand.at(&user, Stage::SignedIn).await.session;
        assert!(matches!(stand.service.begin_activation(&session).await, Err(MethodRefused::SwitchedOff)));
    }
}

/// S-18
#[tokio::test]
async fn a_seed_opens_for_its_own_person_and_device_only() {
    for stand in &stands().await {
        let service = &stand.service;
        let seed = service.make_seed();
        let sealed = service.seal_seed("usr_1", "dev_1", &seed);
        let open = |user, authenticator| service.keys().open(Sealed::Seed { user, authenticator }, &sealed);
        assert!(open("usr_1", "dev_1").expect("opens").ct_eq(&seed));
        assert!(open("usr_2", "dev_1").is_err() && open("usr_1", "dev_2").is_err());
    }
}
