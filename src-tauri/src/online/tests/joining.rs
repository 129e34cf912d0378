//! Adding accounts, by a code and by signing in, and every way in which that breaks off.

use super::*;

#[tokio::test(start_paused = true)]
async fn before_consent_nothing_is_called_and_a_code_is_only_read() {
    let world = World::fresh();
    world.app.with(|app| app.start());
    let link = at(&world.service).link();
    assert_eq!(code_of(world.inspect(&link)), Code::Locked);
    let request = SignInRequest { address: Some("alice@signin.example.org".into()), revives: None };
    assert_eq!(code_of(world.online.begin_sign_in(&request).await), Code::Locked);
    assert_eq!(code_of(world.online.refresh_requests().await), Code::Locked);
    world.online.ask_those_due();
    settle().await;
    world.app.with(|app| app.accept_privacy()).expect("accepts");
    world.app.with(|app| app.choose_diagnostics(false)).expect("chooses");
    world.online.ask_those_due();
    settle().await;
    world.scan();
    assert!(world.log().is_empty(), "not before the person goes on");
}

#[tokio::test(start_paused = true)]
async fn a_scanned_code_becomes_an_account_that_works_after_its_test() {
    let world = World::ready();
    let session = world.scan();
    let view = world.online.begin_activation(&session).await.expect("begins");
    assert_eq!((view.host.as_str(), view.service.as_str()), ("signin.example.org", "Contoso"));
    assert_eq!((view.account.as_str(), view.name.as_str()), ("alice@contoso.example", "Alice"));
    assert!(view.fingerprint.is_none() && view.codes && view.software_key && view.existing.is_none());
    assert!(world.app.with(|app| app.accounts()).expect("lists").accounts.is_empty(), "not before Add");
    assert_eq!(world.device.signing_keys(), 0);
    assert_eq!(world.online.begin_activation(&session).await.expect("again").session, session);

    let row = world.online.add_work_account(&session, None).await.expect("adds").ids.remove(0);
    assert_eq!((world.state(&row), world.device.signing_keys()), (WorkState::Pending, 2));
    let calls: Vec<_> = world.log().iter().map(|call| (call.method, call.proof.is_some())).collect();
    assert_eq!(calls, [("GET", false), ("POST", false), ("POST", true)], "each once");

    at(&world.service).sign_in(Purpose::Activation, NUMBER);
    let requests = world.refresh().await.requests;
    assert_eq!(requests[0].purpose, RequestPurpose::Activation);
    let done = world.online.answer_request(&requests[0].id, approve(NUMBER)).await.expect("answers");
    assert!(done.is_set_up && done.requests.requests.is_empty());
    assert_eq!(world.state(&row), WorkState::Active);

    let code = world.code(&row).expect("has a code of its own");
    let world = world.restart();
    assert_eq!((world.state(&row), world.code(&row)), (WorkState::Active, Some(code)));
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    assert_eq!(world.refresh().await.requests.len(), 1, "its keys are there after a restart");
}

#[tokio::test(start_paused = true)]
async fn a_typed_code_pins_the_key_that_is_seen_and_shows_it() {
    let world = World::ready();
    let (address, code) = at(&world.service).typed();
    let inspect = |address: &str, code: &str| {
        world.app.with(|app| app.inspect_activation(address, &SecretText::new(code.to_owned())))
    };
    assert_eq!(code_of(inspect("http://signin.example.org/a/7KQ2MX", &code)), Code::NotSecure);
    assert_eq!(code_of(inspect("signin.example.org", &code)), Code::BadAddress);
    assert_eq!(code_of(inspect(&address, "K7QF2")), Code::CodeIncomplete);
    let Ok(EnrollView::Activation { session, host, typed: true }) = inspect(&address, &code) else {
        panic!()
    };
    assert_eq!(host, "signin.example.org");
    let view = world.online.begin_activation(&session).await.expect("begins");
    let expected =
        crypto_core::approval::activation::fingerprint(&at(&world.service).key.public().thumbprint());
    assert_eq!(view.fingerprint.as_deref(), Some(expected.as_str()));
    let row = world.online.add_work_account(&session, None).await.expect("adds").ids.remove(0);
    assert_eq!(world.account(&row).work.expect("work").fingerprint, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn each_refusal_of_a_code_has_its_word() {
    for (end, refused, word) in [
        ("/begin", ProblemCode::NotFound, Code::CodeUnknown),
        ("/begin", ProblemCode::CodeExpired, Code::CodeExpired),
        ("/begin", ProblemCode::CodeAlreadyClaimed, Code::CodeUsed),
        ("/begin", ProblemCode::LimitDevices, Code::DeviceLimit),
        ("/begin", ProblemCode::UpgradeRequired, Code::NeedsUpdate),
        ("/begin", ProblemCode::TryLater, Code::TryLater),
    ] {
        let world = World::ready();
        let session = world.scan();
        world.instead(end, refused);
        assert_eq!(code_of(world.online.begin_activation(&session).await), word);
        world.online.begin_activation(&session).await.expect("and it can be tried again");
    }
    let world = World::ready();
    let session = world.scan();
    world.online.begin_activation(&session).await.expect("begins");
    world.instead("/complete", ProblemCode::AttestationRejected);
    assert_eq!(code_of(world.online.add_work_account(&session, None).await), Code::AttestationRejected);
    assert!(world.app.with(|app| app.accounts()).expect("lists").accounts.is_empty());
    world.app.with(|app| app.cancel_enroll(&session));
    assert_eq!(world.device.signing_keys(), 0, "the keys that were made for it are gone");
    assert_eq!(code_of(world.online.add_work_account(&session, None).await), Code::SessionGone);
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_is_full_is_found_out_before_the_code_is_used_up() {
    let world = World::ready();
    let session = world.scan();
    world.online.begin_activation(&session).await.expect("begins");
    world.app.with(|app| app.fill_disk(true));
    assert_eq!(code_of(world.online.add_work_account(&session, None).await), Code::DiskFull);
    assert!(world.log().iter().all(|call| !call.url.ends_with("/complete")));
    world.app.with(|app| app.fill_disk(false));
    world.online.add_work_account(&session, None).await.expect("adds now");
}

#[tokio::test(start_paused = true)]
async fn what_the_service_gave_once_waits_until_it_can_be_stored() {
    let world = World::ready();
    let session = world.scan();
    world.online.begin_activation(&session).await.expect("begins");
    let app = world.app.clone();
    // The disk fills up while the service answers.
    *at(&world.server.meanwhile) = Some(Box::new(move || app.with(|app| app.fill_disk(true))));
    assert_eq!(code_of(world.online.add_work_account(&session, None).await), Code::DiskFull);
    assert!(world.app.with(|app| app.accounts()).expect("lists").accounts.is_empty());
    world.app.with(|app| app.fill_disk(false));
    let row = world.online.add_work_account(&session, None).await.expect("stores").ids.remove(0);
    assert_eq!(world.log().iter().filter(|call| call.url.ends_with("/complete")).count(), 1);
    assert!(world.code(&row).is_some(), "the key of its codes is not lost");
    *at(&world.server.meanwhile) = None;
    at(&world.service).sign_in(Purpose::Activation, NUMBER);
    assert_eq!(world.refresh().await.requests.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_end_between_the_service_and_the_disk_leaves_no_half_account() {
    let world = World::ready();
    let session = world.scan();
    world.online.begin_activation(&session).await.expect("begins");
    let app = world.app.clone();
    *at(&world.server.meanwhile) = Some(Box::new(move || app.with(|app| app.fill_disk(true))));
    assert_eq!(code_of(world.online.add_work_account(&session, None).await), Code::DiskFull);
    world.app.with(|app| app.fill_disk(false));
    let world = world.restart();
    assert!(world.app.with(|app| app.accounts()).expect("lists").accounts.is_empty());
    let session = world.scan();
    world.online.begin_activation(&session).await.expect("begins anew");
    world.online.add_work_account(&session, None).await.expect("adds");
}

#[tokio::test(start_paused = true)]
async fn the_same_account_is_kept_beside_the_old_one_unless_it_is_to_replace_it() {
    let (world, row) = World::active().await;
    let session = world.scan();
    let view = world.online.begin_activation(&session).await.expect("begins");
    assert_eq!(view.existing.expect("is noticed").id, row);
    let second = world.online.add_work_account(&session, Some(&row)).await.expect("adds").ids.remove(0);
    assert_ne!(second, row);
    let view = world.app.with(|app| app.accounts()).expect("lists");
    assert_eq!(view.trash, 1, "the old one is not lost");
    assert!(view.accounts.iter().all(|account| account.id != row));
}

async fn sign_in(world: &World, address: &str) -> Answer<SignInView> {
    let request = SignInRequest { address: Some(address.into()), revives: None };
    world.online.begin_sign_in(&request).await
}

#[tokio::test(start_paused = true)]
async fn the_first_key_is_made_with_the_nonce_that_came_with_the_service_s_document() {
    let world = World::ready();
    let nonce = "AAAAAGqxZYDvVqv8vQw0m2l8m4k3H9v2w6Q0m2l8m4k3H9v2w6Q0mw";
    at(&world.service).nonce = nonce.into();
    let request = SignInRequest { address: Some("signin.example.org".into()), revives: None };
    world.online.begin_sign_in(&request).await.expect("begins");
    assert_eq!(world.device.made_with(), [(device::KeyUse::Pop, nonce.as_bytes().to_vec())]);
    let begins = world.log().iter().filter(|call| call.url.ends_with("/grant/begin")).count();
    assert_eq!(begins, 1, "and proves the first call with it");
}

#[tokio::test(start_paused = true)]
async fn an_account_is_added_by_signing_in_with_nothing_scanned() {
    let world = World::ready();
    let view = sign_in(&world, " alice@signin.example.org ").await.expect("begins");
    assert_eq!((view.host.as_str(), view.service.as_str()), ("signin.example.org", "Contoso Sign-in"));
    assert_eq!((view.user_code.as_str(), view.opened), ("WDJB-MJHT", true));
    assert_eq!(*at(&world.opened), ["https://signin.example.org/device"]);
    assert!(!format!("{:?}", world.log()).contains("alice"), "the name is not sent");
    world.online.open_sign_in_page(&view.session).expect("opens again");

    let waiting = tokio::spawn({
        let (online, session) = (world.online.clone(), view.session.clone());
        async move { online.finish_sign_in(&session).await }
    });
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert!(!waiting.is_finished());
    at(&world.service).grant();
    let activation = waiting.await.expect("runs").expect("is granted");
    assert_eq!(activation.account, "alice@contoso.example");
    let polls = world.log().iter().filter(|call| call.url.ends_with("/grant/poll")).count();
    assert!((2..=4).contains(&polls), "{polls} questions, five seconds apart");
    let row = world.online.add_work_account(&activation.session, None).await.expect("adds").ids.remove(0);
    assert_eq!(world.state(&row), WorkState::Pending, "by the key that began it, or the service refuses");
}

#[tokio::test(start_paused = true)]
async fn a_name_comes_back_to_life_where_it_stands() {
    let (world, row) = World::active().await;
    let after = world.add_site();
    at(&world.service).state = DeviceState::Revoked;
    world.refresh().await;
    assert_eq!((world.state(&row), world.code(&row)), (WorkState::SignIn, None));
    assert_eq!(world.device.signing_keys(), 0);
    let edit = crate::view::EditRequest {
        issuer: "Work".into(),
        account: "a".into(),
        note: "third floor".into(),
        group: crate::view::Group::Work,
    };
    world.app.with(|app| app.edit_account(&row, &edit)).expect("edits");
    let world = world.restart();

    let request = SignInRequest { address: None, revives: Some(row.clone()) };
    let view = world.online.begin_sign_in(&request).await.expect("knows the service");
    at(&world.service).grant();
    let activation = world.online.finish_sign_in(&view.session).await.expect("is granted");
    assert_eq!((activation.revives.as_deref(), activation.existing), (Some(row.as_str()), None));
    let added = world.online.add_work_account(&activation.session, None).await.expect("adds").ids;
    assert_eq!(added, std::slice::from_ref(&row));
    let view = world.app.with(|app| app.accounts()).expect("lists");
    let order: Vec<_> = view.accounts.iter().map(|account| account.id.clone()).collect();
    assert_eq!(order[1..], [row.clone(), after]);
    assert_eq!(view.accounts[1].note, "third floor");
    assert_eq!(view.accounts[1].account, "alice@contoso.example", "whose it is now");
    assert!(world.code(&row).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_code_for_a_name_that_waits_brings_it_back_with_the_name_the_person_gave_it() {
    let (world, row) = World::active().await;
    at(&world.service).state = DeviceState::Revoked;
    world.refresh().await;
    let edit = crate::view::EditRequest {
        issuer: "Work".into(),
        account: "alice@contoso.example".into(),
        note: "third floor".into(),
        group: crate::view::Group::Work,
    };
    world.app.with(|app| app.edit_account(&row, &edit)).expect("edits");

    let session = world.scan();
    let view = world.online.begin_activation(&session).await.expect("begins");
    assert_eq!((view.revives.as_deref(), view.existing), (Some(row.as_str()), None));
    let added = world.online.add_work_account(&session, None).await.expect("adds").ids;
    assert_eq!(added, std::slice::from_ref(&row));
    let view = world.app.with(|app| app.accounts()).expect("lists");
    assert_eq!((view.accounts.len(), view.trash), (2, 0));
    let account = world.account(&row);
    assert_eq!((account.issuer.as_str(), account.note.as_str()), ("Work", "third floor"));
    assert!(world.code(&row).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_is_refused_or_too_late_or_dropped_leaves_nothing() {
    use crypto_core::approval::grant::GrantState;
    let world = World::ready();
    let view = sign_in(&world, "https://signin.example.org/some/page").await.expect("begins");
    at(&world.service).granted = Some(GrantState::Denied);
    assert_eq!(code_of(world.online.finish_sign_in(&view.session).await), Code::SignInDenied);
    assert_eq!(world.device.signing_keys(), 0);

    let view = sign_in(&world, "signin.example.org").await.expect("begins");
    world.instead("/grant/poll", ProblemCode::CodeExpired);
    assert_eq!(code_of(world.online.finish_sign_in(&view.session).await), Code::SignInExpired);

    let view = sign_in(&world, "signin.example.org").await.expect("begins");
    wait(&world, 601);
    assert_eq!(code_of(world.online.finish_sign_in(&view.session).await), Code::SignInExpired);

    let view = sign_in(&world, "signin.example.org").await.expect("begins");
    world.app.with(|app| app.cancel_enroll(&view.session));
    assert_eq!(code_of(world.online.finish_sign_in(&view.session).await), Code::SessionGone);
    assert_eq!(world.device.signing_keys(), 0);
    assert!(world.app.with(|app| app.accounts()).expect("lists").accounts.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_none_of_a_service_is_said_so() {
    let world = World::ready();
    for (address, word) in [
        ("", Code::BadAddress),
        ("alice@", Code::BadAddress),
        ("http://signin.example.org", Code::NotSecure),
        ("nobody@elsewhere.example", Code::Offline),
        ("ftp://signin.example.org", Code::BadAddress),
    ] {
        assert_eq!(code_of(sign_in(&world, address).await), word, "{address}");
    }
    let none = SignInRequest { address: None, revives: None };
    assert_eq!(code_of(world.online.begin_sign_in(&none).await), Code::BadAddress);
    at(&world.service).instead.push_back(("configuration", Ok((404, b"<html>".to_vec()))));
    assert_eq!(code_of(sign_in(&world, "signin.example.org").await), Code::NoService);
    at(&world.service).instead.push_back(("configuration", Ok((200, b"<html>".to_vec()))));
    assert_eq!(code_of(sign_in(&world, "signin.example.org").await), Code::NoService);
    assert!(at(&world.opened).is_empty());

    let loopback = world.server.add(Service::at("http://localhost:8080"));
    sign_in(&world, "http://localhost:8080").await.expect("on this machine");
    assert!(!at(&loopback).log.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_mail_domain_may_name_its_service_once_and_no_other_address_may() {
    let world = World::ready();
    let domain = world.server.add(Service::at("https://contoso.example"));
    let named =
        |issuer: &str| ("configuration", Ok((200, format!("{{\"issuer\":\"{issuer}\"}}").into_bytes())));
    at(&domain).instead.push_back(named("https://signin.example.org"));
    let view = sign_in(&world, "alice@contoso.example").await.expect("begins");
    assert_eq!((view.host.as_str(), view.service.as_str()), ("signin.example.org", "Contoso Sign-in"));
    assert_eq!(*at(&world.opened), ["https://signin.example.org/device"]);

    // Whoever is named speaks for itself, or nothing is believed.
    at(&domain).instead.push_back(named("https://signin.example.org"));
    at(&world.service).instead.push_back(named("https://third.example"));
    assert_eq!(code_of(sign_in(&world, "alice@contoso.example").await), Code::NoService);
    // A domain sends nobody to their own machine.
    at(&domain).instead.push_back(named("http://localhost:8080"));
    let view = sign_in(&world, "alice@contoso.example").await.expect("is a service itself");
    assert_eq!(view.host, "contoso.example");
    // A service that was typed is that one and no other.
    at(&domain).instead.push_back(named("https://signin.example.org"));
    assert_eq!(code_of(sign_in(&world, "contoso.example").await), Code::NoService);
}

#[tokio::test(start_paused = true)]
async fn the_app_that_locks_forgets_what_was_on_its_way() {
    let world = World::ready();
    let session = world.scan();
    world.online.begin_activation(&session).await.expect("begins");
    let phrase = SecretText::new("sju sjuka sjuksköterskor".into());
    world.app.with(|app| app.turn_on_lock(&phrase)).expect("turns on");
    world.app.with(App::lock);
    let calls = world.log().len();
    assert_eq!(code_of(world.online.add_work_account(&session, None).await), Code::SessionGone);
    assert_eq!(world.log().len(), calls);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_the_camera_sees_again_changes_nothing() {
    let world = World::ready();
    let session = world.scan();
    assert_eq!(world.scan(), session);
    world.online.begin_activation(&session).await.expect("begins");
    assert_eq!(world.scan(), session);
    world.online.add_work_account(&session, None).await.expect("adds");
    assert_ne!(world.scan(), session);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_signed_in_again_does_not_leave_its_old_self_behind() {
    let (world, row) = World::active().await;
    let request = SignInRequest { address: None, revives: Some(row.clone()) };
    let view = world.online.begin_sign_in(&request).await.expect("begins");
    at(&world.service).grant();
    let activation = world.online.finish_sign_in(&view.session).await.expect("is granted");
    world.online.add_work_account(&activation.session, None).await.expect("adds");
    assert!(world.log().iter().any(|call| call.method == "DELETE"));
    assert_eq!(world.device.signing_keys(), 2, "the old keys are gone");
    assert_eq!(world.state(&row), WorkState::Pending);
}
