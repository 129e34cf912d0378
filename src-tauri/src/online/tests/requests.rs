//! Sign-ins that wait: each end they come to, and what the app does by itself.

use super::*;
use crate::view::{Blocked, DenyReason};

async fn one(world: &World) -> RequestView {
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    let mut requests = world.refresh().await.requests;
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

async fn answer(world: &World, request: &RequestView, says: AnswerRequest) -> OutcomeView {
    world.online.answer_request(&request.id, says).await.expect("comes to an end")
}

fn last(world: &World) -> (Option<String>, bool) {
    let service = at(&world.service);
    let verdict = service.waiting.last().and_then(|waiting| waiting.verdict.as_ref());
    (verdict.map(|verdict| format!("{:?}", verdict.outcome)), verdict.is_some_and(|verdict| verdict.scanned))
}

#[tokio::test(start_paused = true)]
async fn a_request_shows_what_was_signed_and_the_typed_number_approves_it() {
    let (world, row) = World::active().await;
    let request = one(&world).await;
    assert_eq!((request.account.as_str(), request.host.as_str()), (row.as_str(), "signin.example.org"));
    assert_eq!(
        (request.app.as_deref(), request.place.as_deref()),
        (Some("Payroll"), Some("Lisbon, Portugal"))
    );
    assert_eq!((request.ip.as_deref(), request.country.as_deref()), (Some("203.0.113.24"), Some("PT")));
    assert_eq!((request.digits, request.life_ms, request.blocked), (2, 120_000, None));
    let done = answer(&world, &request, approve(NUMBER)).await;
    assert_eq!((done.outcome, done.is_open, done.is_set_up), (Outcome::Approved, false, false));
    assert_eq!(last(&world), (Some("Approved".into()), false));
    assert!(done.requests.requests.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_the_service_does_not_say_is_unknown() {
    let (world, _) = World::active().await;
    at(&world.service)
        .sign_in_with(Purpose::Signin, NUMBER, |question| question.context = Default::default());
    let request = world.refresh().await.requests.remove(0);
    assert_eq!(
        (request.app, request.place, request.ip, request.client, request.time),
        (None, None, None, None, None)
    );
    assert_eq!(request.unfamiliar, None);
    assert_eq!(request.proximity, crate::view::RequestProximity::Unknown);
}

#[tokio::test(start_paused = true)]
async fn two_requests_are_two_in_the_order_they_came_and_a_number_is_for_its_own() {
    let (world, _) = World::active().await;
    at(&world.service).sign_in(Purpose::Signin, "11");
    wait(&world, 2);
    at(&world.service).sign_in(Purpose::Signin, "22");
    let requests = world.refresh().await.requests;
    assert_eq!(requests.len(), 2);
    assert!(requests[0].left_ms < requests[1].left_ms);
    let done = answer(&world, &requests[1], approve("11")).await;
    assert_eq!(done.outcome, Outcome::WrongNumber, "the other one's number approves nothing");
    assert_eq!(done.requests.requests.len(), 1);
    assert_eq!(answer(&world, &requests[0], approve("11")).await.outcome, Outcome::Approved);
}

#[tokio::test(start_paused = true)]
async fn a_number_of_another_length_is_not_sent() {
    let (world, _) = World::active().await;
    let request = one(&world).await;
    let calls = world.log().len();
    for number in ["", "4", "123", "4x", "000047"] {
        let refused =
            world.online.answer_request(&request.id, approve(number)).await.expect_err("is refused");
        assert_eq!((refused.code, refused.detail.as_deref()), (Code::NumberLength, Some("2")), "{number}");
    }
    assert_eq!(world.log().len(), calls);
    assert_eq!(answer(&world, &request, approve(NUMBER)).await.outcome, Outcome::Approved);
}

#[tokio::test(start_paused = true)]
async fn saying_no_takes_nobody_and_works_when_the_other_key_does_not() {
    let (world, row) = World::active().await;
    world.device.refuse_with(Some(device::DeviceError::NotVerified));
    let request = one(&world).await;
    let done = answer(&world, &request, approve(NUMBER)).await;
    assert_eq!((done.outcome, done.is_open), (Outcome::NotVerified, true));
    assert_eq!(last(&world), (None, false), "nothing was sent");
    let done = answer(&world, &request, AnswerRequest::Deny { reason: Some(DenyReason::UnknownApp) }).await;
    assert_eq!((done.outcome, last(&world).0), (Outcome::Denied, Some("Denied(Some(UnknownApp))".into())));

    let request = one(&world).await;
    assert_eq!(answer(&world, &request, AnswerRequest::Report).await.outcome, Outcome::Reported);
    assert_eq!(last(&world).0, Some("Reported(Some(NotMe))".into()));

    world.device.refuse_with(Some(device::DeviceError::SigningKeyLost));
    let request = one(&world).await;
    let done = answer(&world, &request, approve(NUMBER)).await;
    assert_eq!((done.outcome, done.is_open), (Outcome::NotActive, true));
    assert_eq!(world.state(&row), WorkState::Stale);
    assert_eq!(done.requests.requests[0].blocked, Some(Blocked::Stale));
    assert!(world.code(&row).is_some(), "codes go on");
    let denied = answer(&world, &done.requests.requests[0], AnswerRequest::Deny { reason: None }).await;
    assert_eq!(denied.outcome, Outcome::Denied);
}

#[tokio::test(start_paused = true)]
async fn each_refusal_of_an_answer_is_an_end_of_its_own() {
    use Outcome as O;
    use ProblemCode as P;
    for (code, outcome, is_open) in [
        (P::NumberMismatch, O::WrongNumber, false),
        (P::Expired, O::Expired, false),
        (P::AlreadyResolved, O::Answered, false),
        (P::NotFound, O::Answered, false),
        (P::PushLocked, O::Locked, false),
        (P::DeviceSuspended, O::Suspended, false),
        (P::DeviceNotActive, O::NotActive, false),
        (P::UpgradeRequired, O::NeedsUpdate, true),
        (P::UnknownDevice, O::SignInAgain, false),
        (P::BadSignature, O::SignInAgain, false),
        (P::SlowDown, O::TryLater, true),
        (P::TryLater, O::TryLater, true),
        (P::UvRequired, O::Refused, false),
        (P::Malformed, O::Refused, false),
    ] {
        let (world, row) = World::active().await;
        let request = one(&world).await;
        at(&world.service).retry_after = Some(9);
        world.instead("/answer", code);
        let done = answer(&world, &request, approve(NUMBER)).await;
        assert_eq!((done.outcome, done.is_open), (outcome, is_open), "{code:?}");
        assert_eq!(done.requests.requests.len(), usize::from(is_open), "{code:?}");
        assert_eq!(done.retry_after, Some(9));
        assert_eq!(world.device.signing_keys(), 2, "no key is deleted for it");
        assert!(world.code(&row).is_some());
        let state = if code == P::DeviceSuspended { WorkState::Suspended } else { WorkState::Active };
        assert_eq!(world.state(&row), state);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_stays_while_nobody_is_reached_and_can_be_answered_again() {
    let (world, _) = World::active().await;
    let request = one(&world).await;
    at(&world.service).is_down = true;
    let done = answer(&world, &request, approve(NUMBER)).await;
    assert_eq!((done.outcome, done.is_open), (Outcome::Offline, true));
    let view = world.refresh().await;
    assert_eq!((view.unreached[0].reason, view.requests.len()), (Code::Offline, 1));
    at(&world.service).is_down = false;
    assert_eq!(answer(&world, &request, approve(NUMBER)).await.outcome, Outcome::Approved);
    assert!(world.refresh().await.unreached.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_time_is_over_goes_by_itself() {
    let (world, _) = World::active().await;
    let request = one(&world).await;
    wait(&world, 119);
    assert_eq!(world.app.with(App::tick).requests, None);
    wait(&world, 1);
    assert_eq!(world.app.with(App::tick).requests.expect("is told").requests, []);
    assert_eq!(code_of(world.online.answer_request(&request.id, approve(NUMBER)).await), Code::RequestGone);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_was_removed_keeps_its_name_and_nothing_else() {
    let (world, row) = World::active().await;
    let request = one(&world).await;
    at(&world.service).state = DeviceState::Revoked;
    let done = answer(&world, &request, approve(NUMBER)).await;
    assert_eq!((done.outcome, done.is_open), (Outcome::Removed, false));
    assert_eq!(
        (world.state(&row), world.code(&row), world.device.signing_keys()),
        (WorkState::SignIn, None, 0)
    );
    assert_eq!(world.account(&row).account, "alice@contoso.example");
    assert!(at(&world.told).iter().any(|news| matches!(news, News::Accounts(_))));
    let calls = world.log().len();
    wait(&world, 120);
    world.online.ask_those_due();
    settle().await;
    assert_eq!(world.log().len(), calls, "there is nothing to ask with");
    let world = world.restart();
    assert_eq!(world.state(&row), WorkState::SignIn);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_not_known_keeps_its_keys() {
    let (world, row) = World::active().await;
    world.instead("/challenges", ProblemCode::UnknownDevice);
    assert_eq!(world.refresh().await.unreached[0].reason, Code::SignInAgain);
    assert_eq!((world.state(&row), world.device.signing_keys()), (WorkState::Active, 2));
}

#[tokio::test(start_paused = true)]
async fn a_scanned_page_answers_its_own_request_without_a_number() {
    use crypto_core::approval::{ApproveLink, ScanSecret};
    let (world, _) = World::active().await;
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    let page = {
        let service = at(&world.service);
        let waiting = &service.waiting[service.waiting.len() - 1];
        let secret = ScanSecret::parse(waiting.scan.as_ref().expect("a page").expose()).expect("a secret");
        let link = ApproveLink {
            origin: service.origin.clone(),
            transaction: waiting.issued.transaction().clone(),
            secret,
        };
        link.print().expose().to_owned()
    };
    let Ok(EnrollView::Approve { session, host }) = world.inspect(&page) else { panic!("no page") };
    assert_eq!(host, "signin.example.org");
    assert!(world.log().is_empty(), "looking at a code asks nobody");
    let request = world.online.match_request(&session).await.expect("is fetched and found");
    assert!(request.can_scan && request.is_matched);
    assert_eq!(last(&world), (None, false), "that it was scanned is no approval");
    assert_eq!(answer(&world, &request, AnswerRequest::ApproveScanned).await.outcome, Outcome::Approved);
    assert_eq!(last(&world), (Some("Approved".into()), true));

    let Ok(EnrollView::Approve { session, .. }) = world.inspect(&page) else { panic!("no page") };
    assert_eq!(code_of(world.online.match_request(&session).await), Code::RequestGone, "it is answered");
    let request = one(&world).await;
    let refused = world.online.answer_request(&request.id, AnswerRequest::ApproveScanned).await;
    assert_eq!(code_of(refused), Code::NotNow, "nothing was scanned for this one");
}

#[tokio::test(start_paused = true)]
async fn a_page_is_not_scanned_where_the_number_is_asked_for() {
    use crypto_core::approval::challenge::Proximity;
    use crypto_core::approval::{ApproveLink, ScanSecret};
    let (world, _) = World::active().await;
    let transaction = at(&world.service).sign_in_with(Purpose::Signin, NUMBER, |question| {
        question.context.proximity = Some(Proximity::Far);
    });
    let link = ApproveLink {
        origin: at(&world.service).origin.clone(),
        transaction,
        secret: ScanSecret::make(&mut ChaCha20Rng::from_seed([9; 32])),
    };
    let Ok(EnrollView::Approve { session, .. }) = world.inspect(link.print().expose()) else {
        panic!("no page")
    };
    let request = world.online.match_request(&session).await.expect("is found");
    assert!(!request.can_scan && !request.is_matched);
    assert_eq!(
        code_of(world.online.answer_request(&request.id, AnswerRequest::ApproveScanned).await),
        Code::NotNow
    );
}

#[tokio::test(start_paused = true)]
async fn services_are_asked_by_themselves_one_question_at_a_time_and_news_is_told_once() {
    let (world, _) = World::active().await;
    wait(&world, 5);
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    world.online.ask_those_due();
    world.online.ask_those_due();
    settle().await;
    let polls = |world: &World| world.log().iter().filter(|call| call.url.contains("/challenges")).count();
    assert_eq!(polls(&world), 1);
    let poll = world.log().into_iter().find(|call| call.url.contains("/challenges")).expect("was asked");
    assert!(poll.url.ends_with("?wait=25") && poll.patience == Duration::from_secs(25));
    let new = |world: &World| {
        at(&world.told).iter().filter(|news| matches!(news, News::Requests { is_new: true, .. })).count()
    };
    assert_eq!(new(&world), 1);
    world.online.ask_those_due();
    settle().await;
    assert_eq!(polls(&world), 1, "not before its time");
    wait(&world, 3);
    world.online.ask_those_due();
    settle().await;
    assert_eq!((polls(&world), new(&world)), (2, 1), "the same request is no news");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_down_is_asked_less_and_less_often() {
    let (world, _) = World::active().await;
    at(&world.service).is_down = true;
    let mut asked = 0;
    for _ in 0..300 {
        wait(&world, 1);
        world.online.ask_those_due();
        settle().await;
    }
    asked += world.log().len();
    assert!((8..=20).contains(&asked), "{asked} calls in five minutes");
}

#[tokio::test(start_paused = true)]
async fn a_locked_app_asks_nobody_and_takes_no_answer() {
    let (world, row) = World::active().await;
    let phrase = SecretText::new("sju sjuka sjuksköterskor".into());
    world.app.with(|app| app.turn_on_lock(&phrase)).expect("turns on");
    let request = one(&world).await;
    let before = world.log().len();
    world.app.with(App::lock);
    wait(&world, 60);
    world.online.ask_those_due();
    settle().await;
    assert_eq!(code_of(world.online.refresh_requests().await), Code::Locked);
    assert_eq!(code_of(world.online.answer_request(&request.id, approve(NUMBER)).await), Code::Locked);
    assert_eq!(code_of(world.online.activity(&row).await), Code::Locked);
    assert_eq!(world.log().len(), before);
    world.app.with(|app| app.unlock(&phrase)).expect("unlocks");
    assert!(world.app.with(App::requests).expect("lists").requests.is_empty(), "what was fetched is gone");
    assert_eq!(world.refresh().await.requests.len(), 1);

    // It locks while a question is on its way.
    let app = world.app.clone();
    *at(&world.server.meanwhile) = Some(Box::new(move || drop(app.with(App::lock))));
    assert_eq!(code_of(world.online.refresh_requests().await), Code::Locked);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_here_breaks_nothing_and_shifts_nobody_elses_codes() {
    let (world, row) = World::active().await;
    let site = world.add_site();
    let (right, site_right) = (world.code(&row), world.code(&site));
    assert_eq!(world.account(&row).work.expect("work").clock_ahead, None);
    NOW.set(NOW.get() + 3_600_000);
    assert_eq!(world.code(&row), right, "by the service's clock");
    assert_ne!(world.code(&site), site_right, "by this device's clock, wrong as it is");
    assert_eq!(world.account(&row).work.expect("work").clock_ahead, Some(3599));
    let request = one(&world).await;
    assert!(request.left_ms > 110_000);
    assert_eq!(answer(&world, &request, approve(NUMBER)).await.outcome, Outcome::Approved);

    let world = world.restart();
    assert_ne!(world.code(&row), right, "before the service has said what time it is");
    world.refresh().await;
    assert_eq!(world.code(&row), right);
    NOW.set(NOW.get() - 3_600_000);
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_too_old_shows_codes_and_denies_and_approves_nothing() {
    let (world, row) = World::active().await;
    at(&world.service).min_desktop = AppVersion::parse("99.0.0");
    let world = world.restart();
    let request = one(&world).await;
    assert_eq!(request.blocked, Some(Blocked::NeedsUpdate));
    assert!(world.account(&row).work.expect("work").needs_update && world.code(&row).is_some());
    let calls = world.log().len();
    let done = answer(&world, &request, approve(NUMBER)).await;
    assert_eq!((done.outcome, done.is_open), (Outcome::NeedsUpdate, true));
    assert_eq!(world.log().len(), calls, "nothing was sent");
    assert_eq!(answer(&world, &request, AnswerRequest::Deny { reason: None }).await.outcome, Outcome::Denied);
    let session = world.scan();
    assert_eq!(code_of(world.online.begin_activation(&session).await), Code::NeedsUpdate);
}

#[tokio::test(start_paused = true)]
async fn a_service_changes_its_key_along_its_own_list_only() {
    use crypto_core::seal::sign::SigningKey;
    let (world, row) = World::active().await;
    let before = world.account(&row).work.expect("work").fingerprint;
    let next = || SigningKey::from_pkcs8(&SigningKey::make_pkcs8().expect("makes")).expect("a key");
    let announced = next();
    at(&world.service).next_key = Some(announced.public().clone());
    let world = world.restart();
    assert!(world.refresh().await.requests.is_empty());
    at(&world.service).key = announced;
    at(&world.service).next_key = None;
    let request = one(&world).await;
    assert_eq!(answer(&world, &request, approve(NUMBER)).await.outcome, Outcome::Approved);
    assert_ne!(world.account(&row).work.expect("work").fingerprint, before);

    at(&world.service).key = next();
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    assert!(world.refresh().await.requests.is_empty(), "a key that nobody announced asks nothing");
}

#[tokio::test(start_paused = true)]
async fn recent_activity_is_shown_and_one_item_can_be_reported() {
    let (world, row) = World::active().await;
    let view = world.online.activity(&row).await.expect("fetches");
    assert_eq!(view.items.len(), 1, "what could not stand in a path is left out");
    assert_eq!((view.items[0].app.as_deref(), view.items[0].result.as_str()), (Some("Payroll"), "approved"));
    world.online.report_activity(&row, &view.items[0].id).await.expect("reports");
    assert_eq!(at(&world.service).reported, ["/approval/v1/activity/act1/report"]);
    assert_eq!(code_of(world.online.report_activity(&row, "../device").await), Code::RequestGone);
    assert_eq!(code_of(world.online.activity("nobody").await), Code::AccountGone);
    at(&world.service).is_down = true;
    assert_eq!(code_of(world.online.activity(&row).await), Code::Offline);
}

#[tokio::test(start_paused = true)]
async fn a_removed_account_asks_nothing_and_its_service_is_told_when_it_goes_for_good() {
    let (world, row) = World::active().await;
    world.app.with(|app| app.remove_account(&row)).expect("removes");
    let view = world.app.with(App::trash).expect("lists");
    assert_eq!(view[0].host.as_deref(), Some("signin.example.org"));
    world.online.ask_those_due();
    settle().await;
    assert!(world.log().is_empty());
    world.app.with(|app| app.put_back(&row)).expect("puts back");
    assert_eq!(world.refresh().await.accounts, 1);
    assert_eq!(code_of(world.online.delete_forever(&row).await), Code::NotNow);

    world.app.with(|app| app.remove_account(&row)).expect("removes");
    let deleted = world.online.delete_forever(&row).await.expect("deletes");
    assert_eq!(deleted.service, Some(DeletedAt::Told { host: "signin.example.org".into() }));
    assert!(deleted.trash.is_empty());
    assert_eq!((at(&world.service).state, world.device.signing_keys()), (DeviceState::Revoked, 0));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_goes_while_its_service_is_away_is_gone_here_and_the_person_is_told() {
    let (world, row) = World::active().await;
    world.app.with(|app| app.remove_account(&row)).expect("removes");
    at(&world.service).is_down = true;
    let deleted = world.online.delete_forever(&row).await.expect("deletes");
    assert_eq!(deleted.service, Some(DeletedAt::NotTold { host: "signin.example.org".into() }));
    assert!(deleted.trash.is_empty());
    assert_eq!((at(&world.service).state, world.device.signing_keys()), (DeviceState::Active, 0));
}

#[tokio::test(start_paused = true)]
async fn the_trash_tells_the_service_when_its_time_has_come_and_waits_until_it_can() {
    let (world, row) = World::active().await;
    world.app.with(|app| app.remove_account(&row)).expect("removes");
    wait(&world, 29 * 24 * 60 * 60);
    world.online.ask_those_due();
    settle().await;
    assert_eq!(at(&world.service).state, DeviceState::Active);
    at(&world.service).is_down = true;
    wait(&world, 24 * 60 * 60);
    world.online.ask_those_due();
    settle().await;
    let view = world.app.with(App::trash).expect("lists");
    assert_eq!((view.len(), view[0].days_left), (1, 0));
    at(&world.service).is_down = false;
    wait(&world, 60 * 60);
    world.online.ask_those_due();
    settle().await;
    assert_eq!(at(&world.service).state, DeviceState::Revoked);
    assert!(world.app.with(App::trash).expect("lists").is_empty());
}
