use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::*;
use crate::json;

const START: u64 = 1_790_000_000;

fn at(secs: u64) -> UnixTime {
    UnixTime::from_secs(START + secs)
}

fn transaction(seed: u8) -> TransactionId {
    TransactionId::make(&mut ChaCha20Rng::from_seed([seed; 32]))
}

fn limits() -> Limits {
    Limits::default()
}

fn begin(prompts: &mut Prompts, seed: u8, secs: u64) -> Result<Wake, PromptRefused> {
    prompts.begin(Browser::Other, &transaction(seed), 0, &limits(), at(secs))
}

fn miss(prompts: &mut Prompts, secs: u64) -> PromptState {
    prompts.mismatched(Browser::Other, &transaction(1), &limits(), at(secs))
}

#[test]
fn a_third_request_is_refused_while_two_wait() {
    let mut prompts = Prompts::default();
    let mut begin = |pending| prompts.begin(Browser::Other, &transaction(1), pending, &limits(), at(0));
    assert_eq!(begin(1), Ok(Wake::Send));
    assert_eq!(begin(2), Err(PromptRefused::TooManyPending));
    assert_eq!(begin(3), Err(PromptRefused::TooManyPending));
}

#[test]
fn three_wake_ups_without_an_answer_silence_the_phone() {
    let mut prompts = Prompts::default();
    for seed in 0..3 {
        assert_eq!(begin(&mut prompts, seed, u64::from(seed) * 121), Ok(Wake::Send));
    }
    assert_eq!(prompts.state(Browser::Other, at(300)), PromptState::Open);
    assert_eq!(begin(&mut prompts, 3, 899), Ok(Wake::Silent));
    assert_eq!(prompts.state(Browser::Other, at(899)), PromptState::Silent);
    assert_eq!(begin(&mut prompts, 4, 10 * DAY), Ok(Wake::Silent), "time alone does not end it");
    prompts.declined(Browser::Other, &transaction(0));
    assert_eq!(begin(&mut prompts, 5, 10 * DAY), Ok(Wake::Silent), "nor does a no");
    prompts.approved(Browser::Other, at(10 * DAY));
    assert_eq!(begin(&mut prompts, 6, 10 * DAY), Ok(Wake::Send));
}

#[test]
fn wake_ups_are_counted_for_a_quarter_of_an_hour() {
    for (secs, wake) in [(899, Wake::Silent), (900, Wake::Send)] {
        let mut prompts = Prompts::default();
        assert_eq!(begin(&mut prompts, 0, 0), Ok(Wake::Send));
        assert_eq!(begin(&mut prompts, 1, 400), Ok(Wake::Send));
        assert_eq!(begin(&mut prompts, 2, 800), Ok(Wake::Send));
        assert_eq!(begin(&mut prompts, 3, secs), Ok(wake), "{secs}");
    }
}

#[test]
fn answered_wake_ups_do_not_silence_but_a_minute_has_five() {
    let mut prompts = Prompts::default();
    for seed in 0..5 {
        assert_eq!(begin(&mut prompts, seed, 0), Ok(Wake::Send));
        prompts.declined(Browser::Other, &transaction(seed));
    }
    assert_eq!(begin(&mut prompts, 5, 59), Ok(Wake::Silent));
    assert_eq!(prompts.state(Browser::Other, at(59)), PromptState::Open, "it is not silent for good");
    assert_eq!(begin(&mut prompts, 5, 60), Ok(Wake::Send));
}

#[test]
fn a_day_without_success_has_twenty_wake_ups() {
    let mut prompts = Prompts::default();
    for seed in 0..20 {
        assert_eq!(begin(&mut prompts, seed, u64::from(seed) * 60), Ok(Wake::Send));
        prompts.declined(Browser::Other, &transaction(seed));
    }
    assert_eq!(begin(&mut prompts, 20, 20 * 60), Ok(Wake::Silent));
    assert_eq!(begin(&mut prompts, 20, DAY - 1), Ok(Wake::Silent));
    assert_eq!(begin(&mut prompts, 20, DAY), Ok(Wake::Send));
}

#[test]
fn fifty_sign_ins_in_ten_minutes_wake_the_phone_three_times() {
    let mut prompts = Prompts::default();
    let sent = (0..50).filter(|&n| begin(&mut prompts, n, u64::from(n) * 12) == Ok(Wake::Send)).count();
    assert_eq!(sent, 3);
    assert_eq!(prompts.state(Browser::Other, at(600)), PromptState::Silent);
}

#[test]
fn each_wrong_number_after_the_fourth_locks_for_longer() {
    let mut prompts = Prompts::default();
    let mut now = 0;
    for _ in 0..4 {
        assert_eq!(miss(&mut prompts, now), PromptState::Open);
    }
    for secs in [15 * MINUTE, HOUR, 4 * HOUR, DAY, DAY] {
        assert_eq!(miss(&mut prompts, now), PromptState::Locked(Lock::Until(at(now + secs))));
        let lock = PromptRefused::Locked(Lock::Until(at(now + secs)));
        assert_eq!(begin(&mut prompts, 9, now + secs - 1), Err(lock));
        now += secs;
        assert_eq!(prompts.state(Browser::Other, at(now)), PromptState::Open);
        assert!(begin(&mut prompts, 9, now).is_ok());
    }
    assert_eq!(miss(&mut prompts, now), PromptState::Locked(Lock::UntilStrongMethod));
    let closed = PromptRefused::Locked(Lock::UntilStrongMethod);
    assert_eq!(begin(&mut prompts, 9, now + 365 * DAY), Err(closed));
    assert_eq!(closed.problem(), ProblemCode::PushLocked);
    prompts.approved(Browser::Other, at(now + 365 * DAY));
    assert_eq!(begin(&mut prompts, 9, now + 365 * DAY), Err(closed), "a late approval does not open it");
    prompts.signed_in_otherwise();
    assert_eq!(prompts, Prompts::default());
}

#[test]
fn neither_a_new_request_nor_a_no_takes_a_wrong_number_back() {
    let mut prompts = Prompts::default();
    for seed in 0..4 {
        let _ = begin(&mut prompts, seed, u64::from(seed) * HOUR);
        assert_eq!(miss(&mut prompts, u64::from(seed) * HOUR), PromptState::Open);
        let _ = begin(&mut prompts, seed + 10, u64::from(seed) * HOUR + 1);
        prompts.declined(Browser::Other, &transaction(seed + 10));
    }
    assert!(matches!(miss(&mut prompts, 5 * HOUR), PromptState::Locked(_)));
}

#[test]
fn success_takes_wrong_numbers_back() {
    let mut prompts = Prompts::default();
    for _ in 0..4 {
        miss(&mut prompts, 0);
    }
    prompts.approved(Browser::Other, at(1));
    for _ in 0..4 {
        assert_eq!(miss(&mut prompts, 2), PromptState::Open);
    }
}

#[test]
fn an_attacker_elsewhere_does_not_lock_the_persons_own_browser() {
    let mut prompts = Prompts::default();
    for _ in 0..10 {
        miss(&mut prompts, 0);
    }
    assert_eq!(prompts.state(Browser::Other, at(0)), PromptState::Locked(Lock::UntilStrongMethod));
    assert_eq!(prompts.state(Browser::Known, at(0)), PromptState::Open);
    assert_eq!(prompts.begin(Browser::Known, &transaction(1), 0, &limits(), at(0)), Ok(Wake::Send));
    prompts.approved(Browser::Known, at(0));
    let attacker = prompts.state(Browser::Other, at(0));
    assert_eq!(attacker, PromptState::Locked(Lock::UntilStrongMethod), "and is not let off by it");
}

#[test]
fn tries_are_counted_in_a_window_that_moves() {
    let limits = limits();
    let mut tries = Tries::default();
    let mut take = |secs| tries.take(limits.totp_a_day, DAY, at(secs));
    for secs in 0..10 {
        assert_eq!(take(secs), Ok(()));
    }
    assert_eq!(take(10), Err(TooManyTries { until: at(DAY) }));
    assert_eq!(take(DAY - 1), Err(TooManyTries { until: at(DAY) }));
    assert_eq!(take(DAY), Ok(()));
    assert_eq!(take(DAY), Err(TooManyTries { until: at(DAY + 1) }));
    tries.give_back();
    assert_eq!(tries.count(), 9);
}

#[test]
fn a_challenge_lives_from_half_a_minute_to_five() {
    for (secs, allowed) in [(29, false), (30, true), (300, true), (301, false)] {
        assert_eq!(ChallengeLife::new(secs).is_some(), allowed, "{secs}");
    }
    assert_eq!(ChallengeLife::HARD_CAP.secs(), 600);
}

#[test]
fn the_limits_are_those_of_the_protocol() {
    insta::assert_debug_snapshot!(limits());
}

#[test]
fn the_stored_form_does_not_change_unnoticed() {
    let mut prompts = Prompts::default();
    begin(&mut prompts, 1, 0).expect("begins");
    for _ in 0..5 {
        miss(&mut prompts, 1);
    }
    let text = String::from_utf8(json::write(&prompts)).expect("UTF-8");
    assert_eq!(json::read::<Prompts>(text.as_bytes()).expect("reads"), prompts);
    insta::assert_snapshot!(text);
}
