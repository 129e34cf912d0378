use crypto_core::approval::TransactionId;
use crypto_core::approval::limit::{Browser, PromptState};

use super::*;
use crate::accounts::Role;
use crate::fixture::{stands, visitor};
use crate::policy::OrganisationPolicy;

#[tokio::test]
async fn a_code_is_good_one_step_around_now_and_not_two() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        for (steps, good) in [(-2, false), (2, false), (-1, true), (0, true), (1, true)] {
            stand.wait(120);
            let session = stand.at(&maria, Stage::Password).await.session;
            let code = stand.code(&app.seed, steps);
            let done = stand.service.sign_in_with_code(&session, &code, &visitor()).await;
            assert_eq!(done.is_ok(), good, "{steps} steps from now on {:?}", stand.database());
        }
    }
}

/// S-16.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_with_the_same_code_one_is_signed_in() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let code = stand.code(&app.seed, 0);
        let mut tasks = Vec::new();
        for _ in 0..50 {
            let session = stand.at(&maria, Stage::Password).await.session;
            let (service, code) = (stand.service.clone(), code.clone());
            tasks.push(tokio::spawn(async move {
                service.sign_in_with_code(&session, &code, &visitor()).await.is_ok()
            }));
        }
        let mut signed_in = 0;
        for task in tasks {
            signed_in += u32::from(task.await.expect("runs"));
        }
        assert_eq!(signed_in, 1, "on {:?}", stand.database());
        assert_eq!(stand.count(&maria, "sign_in", "done").await, 1);

        // Nor is it good an instant later, nor the one before it; the next is.
        for (steps, good) in [(0, false), (-1, false), (1, true)] {
            stand.wait(86_400);
            let app_code = if good { stand.code(&app.seed, 0) } else { code.clone() };
            let session = stand.at(&maria, Stage::Password).await.session;
            let done = stand.service.sign_in_with_code(&session, &app_code, &visitor()).await;
            assert_eq!(done.is_ok(), good, "{steps}");
        }
    }
}

/// S-16: a session that steps up twice at once does so once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_session_steps_up_once_even_with_two_good_codes() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let (one, other) = (stand.code_app(&maria).await, stand.code_app(&maria).await);
        let session = stand.at(&maria, Stage::Password).await.session;
        let codes = [stand.code(&one.seed, 0), stand.code(&other.seed, 0)];
        let visitor = visitor();
        let (first, second) = tokio::join!(
            stand.service.sign_in_with_code(&session, &codes[0], &visitor),
            stand.service.sign_in_with_code(&session, &codes[1], &visitor),
        );
        assert_eq!(u32::from(first.is_ok()) + u32::from(second.is_ok()), 1);
    }
}

/// S-17.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_sessions_of_ten_guesses_are_ten_guesses() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let wrong = stand.wrong(&app.seed);
        let mut tasks = Vec::new();
        for _ in 0..200 {
            let session = stand.at(&maria, Stage::Password).await.session;
            let (service, wrong) = (stand.service.clone(), wrong.clone());
            tasks.push(tokio::spawn(async move {
                let mut looked_at = 0;
                for _ in 0..10 {
                    match service.sign_in_with_code(&session, &wrong, &visitor()).await {
                        Err(SignInRefused::Wrong) => looked_at += 1,
                        // On a busy machine not everybody gets a connection in time.
                        Err(SignInRefused::TooMany { .. } | SignInRefused::Store(_)) => {}
                        other => panic!("{other:?}"),
                    }
                }
                looked_at
            }));
        }
        let mut looked_at = 0;
        for task in tasks {
            looked_at += task.await.expect("runs");
        }
        assert!(looked_at <= 10, "{looked_at} on {:?}", stand.database());
        assert_eq!(stand.count(&maria, "sign_in", "wrong_code").await, 10);

        // The right one is not looked at either, until a day after the first.
        for (secs, good) in [(0, false), (86_400 - 1, false), (1, true)] {
            stand.wait(secs);
            let session = stand.at(&maria, Stage::Password).await.session;
            let code = stand.code(&app.seed, 0);
            let done = stand.service.sign_in_with_code(&session, &code, &visitor()).await;
            assert_eq!(done.is_ok(), good, "after {secs} more seconds on {:?}: {done:?}", stand.database());
        }
    }
}

#[tokio::test]
async fn a_session_has_five_codes_and_the_fifth_of_an_account_is_told() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let before = stand.mails(&maria).await.len();
        let session = stand.at(&maria, Stage::Password).await.session;
        for number in 1..=5 {
            let wrong = stand.wrong(&app.seed);
            let done = stand.service.sign_in_with_code(&session, &wrong, &visitor()).await;
            assert!(matches!(done, Err(SignInRefused::Wrong)), "{number}: {done:?}");
            assert_eq!(stand.mails(&maria).await.len() - before, usize::from(number == 5));
        }
        let good = stand.code(&app.seed, 0);
        let done = stand.service.sign_in_with_code(&session, &good, &visitor()).await;
        assert!(matches!(done, Err(SignInRefused::TooMany { .. })), "{done:?}");

        // Another session has its own five, and a success makes the account's ten new.
        let session = stand.at(&maria, Stage::Password).await.session;
        stand.service.sign_in_with_code(&session, &good, &visitor()).await.expect("is right");
        assert_eq!(stand.again(&maria).await.code_tries.count(), 0);
        let mail = stand.mails(&maria).await;
        let told = mail.iter().find(|mail| mail.subject.contains("wrong codes")).expect("is told");
        assert!(told.body.contains("https://signin.example.org/activity/evt_"), "{}", told.body);
        assert!(!told.body.contains(&good));
    }
}

#[tokio::test]
async fn codes_of_every_seed_are_counted_together() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        // A code app that waits for its first code counts with the others.
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        let offer = stand.service.offer_code_app(&session).await.expect("is offered");
        for _ in 0..5 {
            let done = stand.service.confirm_code_app(&session, &offer.id, "", "no code", &visitor()).await;
            assert!(matches!(done, Err(crate::methods::MethodRefused::WrongCode)), "{done:?}");
        }
        for _ in 0..5 {
            let session = stand.at(&maria, Stage::Password).await.session;
            let done = stand.service.sign_in_with_code(&session, &stand.wrong(&app.seed), &visitor()).await;
            assert!(matches!(done, Err(SignInRefused::Wrong)));
        }
        let session = stand.at(&maria, Stage::Password).await.session;
        let good = stand.code(&app.seed, 0);
        let done = stand.service.sign_in_with_code(&session, &good, &visitor()).await;
        assert!(matches!(done, Err(SignInRefused::TooMany { .. })), "{done:?}");
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        let offer = stand.service.offer_code_app(&session).await.expect("is offered");
        let done = stand.service.confirm_code_app(&session, &offer.id, "", "000000", &visitor()).await;
        assert!(matches!(done, Err(crate::methods::MethodRefused::TooMany)), "{done:?}");
    }
}

/// S-13: another strong method opens what wrong numbers closed.
#[tokio::test]
async fn a_right_code_opens_requests_that_were_locked() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let mut tx = stand.service.store().begin().await.expect("begins");
        let mut user = tx.lock_user(&maria.id).await.expect("locks").expect("is there");
        let request = TransactionId::make(&mut stand.service.rng());
        for _ in 0..10 {
            user.prompts.mismatched(Browser::Other, &request, stand.service.limits(), stand.now());
        }
        tx.save_user(&user).await.expect("saves");
        tx.commit().await.expect("commits");
        assert!(matches!(user.prompts.state(Browser::Other, stand.now()), PromptState::Locked(_)));
        let session = stand.at(&maria, Stage::Password).await.session;
        let code = stand.code(&app.seed, 0);
        stand.service.sign_in_with_code(&session, &code, &visitor()).await.expect("is right");
        let user = stand.again(&maria).await;
        assert_eq!(user.prompts.state(Browser::Other, stand.now()), PromptState::Open);
    }
}

#[tokio::test]
async fn codes_that_are_switched_off_are_refused_and_not_counted() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let admin = stand.person("admin", Role::Administrator).await;
        let app = stand.code_app(&maria).await;
        let by = stand.at(&admin, Stage::SignedIn).await.session;
        let policy = OrganisationPolicy { other_apps: false, ..OrganisationPolicy::default() };
        stand.service.change_policy(&by, policy).await.expect("is changed");
        let session = stand.at(&maria, Stage::Password).await.session;
        let code = stand.code(&app.seed, 0);
        let done = stand.service.sign_in_with_code(&session, &code, &visitor()).await;
        assert!(matches!(done, Err(SignInRefused::SwitchedOff)), "{done:?}");
        assert_eq!(stand.again(&maria).await.code_tries.count(), 0);
    }
}

#[tokio::test]
async fn a_code_before_the_password_is_no_sign_in() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let code = stand.code(&app.seed, 0);
        let session = stand.at_name("maria").await;
        let done = stand.service.sign_in_with_code(&session, &code, &visitor()).await;
        assert!(matches!(done, Err(SignInRefused::NotNow)), "{done:?}");
        let session = stand.at(&maria, Stage::Pass).await.session;
        let done = stand.service.sign_in_with_code(&session, &code, &visitor()).await;
        assert!(matches!(done, Err(SignInRefused::NotNow)), "{done:?}");
    }
}
