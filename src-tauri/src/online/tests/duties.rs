//! What services are told beside answers.

use device::fake::push_address;
use device::phone::{Feel, Told};

use super::*;

/// How often; the first call after a start is made twice, because it has no nonce yet.
fn called(world: &World, end: &str) -> usize {
    world.log().iter().filter(|asked| asked.url.ends_with(end)).count()
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_gone_is_seen_before_anybody_asks_and_told_once() {
    let (world, row) = World::active().await;
    let world = world.restart();
    world.device.refuse_with(Some(device::DeviceError::SigningKeyLost));
    world.refresh().await;
    assert_eq!(world.state(&row), WorkState::Stale);
    assert_eq!(at(&world.service).state, DeviceState::Stale);
    assert!(at(&world.told).iter().any(|news| matches!(news, News::Accounts(_))), "the list shows it");
    let calls = called(&world, "/device/stale");
    world.refresh().await;
    assert_eq!(called(&world, "/device/stale"), calls);
    let world = world.restart();
    world.refresh().await;
    assert!(called(&world, "/device/stale") > calls, "nobody remembers whether it was heard");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_lost_while_approving_is_told_as_soon_as_the_service_is_there() {
    let (world, _) = World::active().await;
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    let request = world.refresh().await.requests.remove(0);
    world.device.refuse_with(Some(device::DeviceError::SigningKeyLost));
    let done = world.online.answer_request(&request.id, approve(NUMBER)).await.expect("answers");
    assert_eq!(done.outcome, Outcome::NotActive);
    at(&world.service).is_down = true;
    world.refresh().await;
    assert_eq!(at(&world.service).state, DeviceState::Active, "it has heard nothing");
    at(&world.service).is_down = false;
    world.refresh().await;
    assert_eq!(at(&world.service).state, DeviceState::Stale);
}

#[tokio::test(start_paused = true)]
async fn a_keystore_that_does_not_answer_has_lost_nothing() {
    let (world, row) = World::active().await;
    let world = world.restart();
    world.device.fail_with(Some(device::DeviceError::KeystoreFailed));
    let _ = world.online.refresh_requests().await;
    world.device.fail_with(None);
    world.refresh().await;
    assert_eq!(world.state(&row), WorkState::Active);
    assert_eq!(called(&world, "/device/stale"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_wakes_phones_learns_where_and_hears_of_each_change_once() {
    let (world, row) = World::active().await;
    let world = world.restart();
    at(&world.service).vapid = Some("BKey".into());
    world.device.can_be_woken();
    world.refresh().await;
    assert_eq!(at(&world.service).wakes, Some(push_address("https://push.example.org/up1")));
    let calls = called(&world, "/device/push");
    world.refresh().await;

    world.device.wake_at(&row, Some(push_address("https://push.example.org/up2")));
    world.refresh().await;
    assert_eq!(called(&world, "/device/push"), calls, "the phone says when it moves");
    world.online.hear(Told::PushChanged).await;
    world.refresh().await;
    assert_eq!(at(&world.service).wakes, Some(push_address("https://push.example.org/up2")));

    world.device.wake_at(&row, None);
    world.online.hear(Told::PushChanged).await;
    world.refresh().await;
    assert_eq!(at(&world.service).wakes, None);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_wakes_nobody_or_will_not_hear_it_is_left_in_peace() {
    let (world, _) = World::active().await;
    let world = world.restart();
    world.device.can_be_woken();
    world.refresh().await;
    assert_eq!(called(&world, "/device/push"), 0, "it has no key for it");

    let world = world.restart();
    at(&world.service).vapid = Some("BKey".into());
    world.instead("/device/push", ProblemCode::Malformed);
    world.refresh().await;
    world.refresh().await;
    assert_eq!(called(&world, "/device/push"), 1);
    assert!(world.refresh().await.unreached.is_empty(), "and is asked what waits all the same");
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_is_woken_asks_at_once_unless_it_is_locked() {
    let (world, _) = World::active().await;
    world.refresh().await;
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    let before = called(&world, "/challenges");
    world.online.hear(Told::WakeUp).await;
    assert_eq!(called(&world, "/challenges"), before + 1);
    let told = at(&world.told).clone();
    assert!(told.iter().any(|news| matches!(news, News::Requests { is_new: true, .. })), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_deleted_takes_its_address_along() {
    let (world, row) = World::active().await;
    at(&world.service).vapid = Some("BKey".into());
    world.device.can_be_woken();
    let world = world.restart();
    world.refresh().await;
    assert_eq!(world.device.push_targets().expect("answers").len(), 1);
    world.app.with(|app| app.remove_account(&row)).expect("goes");
    world.online.delete_forever(&row).await.expect("is deleted");
    assert_eq!(world.device.push_targets().expect("answers"), []);
}

#[tokio::test(start_paused = true)]
async fn the_hand_feels_whether_what_was_said_is_done() {
    let (world, _) = World::active().await;
    let felt = world.device.felt().len();
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    let request = world.refresh().await.requests.remove(0);
    world.online.answer_request(&request.id, approve("48")).await.expect("answers");
    at(&world.service).sign_in(Purpose::Signin, NUMBER);
    let request = world.refresh().await.requests.remove(0);
    world.online.answer_request(&request.id, approve(NUMBER)).await.expect("answers");
    assert_eq!(world.device.felt()[felt..], [Feel::Reject, Feel::Confirm]);
}
