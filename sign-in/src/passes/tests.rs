use super::*;
use crate::accounts::Role;
use crate::fixture::{Stand, stands, visitor, visitor_at};
use crate::methods::MethodRefused;
use crate::policy::OrganisationPolicy;
use crate::sessions::MayChange;

fn hour(stand: &Stand) -> NewPass {
    NewPass { starts_at: stand.now(), secs: 3600, once: true }
}

async fn typed(stand: &Stand, user: &str, pass: &str) -> Result<Opened, SignInRefused> {
    let session = stand.at_name(user).await;
    stand.service.sign_in_with_pass(&session, &SecretText::new(pass.to_owned()), &visitor()).await
}

/// S-19.
#[tokio::test]
async fn a_pass_is_good_from_its_start_to_its_end() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let starts_at = stand.now().plus_secs(3600);
        let new = NewPass { starts_at, secs: 600, once: false };
        let (value, view) = stand.service.issue_pass(None, &maria.id, new).await.expect("is issued");
        assert_eq!(value.expose().len(), 8);
        assert_eq!((view.starts_at, view.ends_at), (starts_at, starts_at.plus_secs(600)));
        stand.wait(3599);
        assert!(matches!(typed(stand, "maria", value.expose()).await, Err(SignInRefused::Wrong)));
        for wait in [1, 599] {
            stand.wait(wait);
            // Read like any code: in either case, with spaces and hyphens.
            let (start, end) = value.expose().split_at(4);
            let spelt = format!(" {}-{end}", start.to_lowercase());
            typed(stand, "maria", &spelt).await.expect("is good now");
            assert_eq!(stand.service.pass_of(&maria.id).await.expect("answers"), Some(view));
        }
        stand.wait(1);
        assert!(matches!(typed(stand, "maria", value.expose()).await, Err(SignInRefused::Wrong)));
        assert_eq!(stand.service.pass_of(&maria.id).await.expect("answers"), None);
    }
}

/// S-19, S-20.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_with_the_same_pass_one_gets_in() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let (value, _) = stand.service.issue_pass(None, &maria.id, hour(stand)).await.expect("is issued");
        let mut tasks = Vec::new();
        for number in 0..50 {
            let session = stand.at_name("maria").await;
            let (service, value) = (stand.service.clone(), SecretText::new(value.expose().to_owned()));
            tasks.push(tokio::spawn(async move {
                service.sign_in_with_pass(&session, &value, &visitor_at(number)).await.is_ok()
            }));
        }
        let mut opened = 0;
        for task in tasks {
            opened += u32::from(task.await.expect("runs"));
        }
        assert_eq!(opened, 1, "on {:?}", stand.database());
        assert!(matches!(typed(stand, "maria", value.expose()).await, Err(SignInRefused::Wrong)));
        assert_eq!(stand.service.pass_of(&maria.id).await.expect("answers"), None);
    }
}

/// S-20.
#[tokio::test]
async fn what_a_pass_opens_adds_methods_for_ten_minutes_and_does_nothing_else() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let (value, _) = stand.service.issue_pass(None, &maria.id, hour(stand)).await.expect("is issued");
        let opened = typed(stand, "maria", value.expose()).await.expect("is good");
        let (session, service) = (&opened.session, &stand.service);
        assert_eq!((session.stage, session.methods.as_str()), (Stage::Pass, "pass"));
        assert!(opened.browser.is_none(), "the browser is not known by this");
        assert!(session.app.is_none() && !session.is_fresh(stand.now()));
        stand.wait(9 * 60);
        assert_eq!(service.may_change(session).await.expect("answers"), MayChange::Add);
        service.offer_code_app(session).await.expect("nine minutes are few enough");
        assert!(matches!(service.delete_method(session, &app.id).await, Err(MethodRefused::NotAllowed)));
        assert!(matches!(service.make_default(session, &app.id).await, Err(MethodRefused::NotAllowed)));
        stand.wait(59);
        assert!(service.session(opened.cookie.expose()).await.expect("answers").is_some());
        stand.wait(61);
        assert_eq!(service.may_change(session).await.expect("answers"), MayChange::Nothing);
        assert!(matches!(service.offer_code_app(session).await, Err(MethodRefused::NotAllowed)));
        assert!(service.session(opened.cookie.expose()).await.expect("answers").is_none());
    }
}

#[tokio::test]
async fn what_a_pass_opens_ends_with_the_pass() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let new = NewPass { starts_at: stand.now(), secs: 600, once: true };
        let (value, view) = stand.service.issue_pass(None, &maria.id, new).await.expect("is issued");
        stand.wait(300);
        let opened = typed(stand, "maria", value.expose()).await.expect("is good");
        assert_eq!(opened.session.ends_at, view.ends_at);
        // So does the session of one that is taken back.
        let (value, _) = stand.service.issue_pass(None, &maria.id, hour(stand)).await.expect("is issued");
        let opened = typed(stand, "maria", value.expose()).await.expect("is good");
        stand.service.revoke_pass(None, &maria.id).await.expect("is taken back");
        assert!(stand.service.session(opened.cookie.expose()).await.expect("answers").is_none());
    }
}

/// S-20, S-25.
#[tokio::test]
async fn five_wrong_tries_revoke_it_and_look_like_none() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        stand.person("olav", Role::User).await;
        let (value, _) = stand.service.issue_pass(None, &maria.id, hour(stand)).await.expect("is issued");
        for number in 0..5 {
            // Somebody with a pass, somebody without, and nobody.
            for (name, wrong) in [("maria", "00000000"), ("olav", "00000000"), ("nobody", "no pass at all")] {
                let done = typed(stand, name, wrong).await;
                assert!(matches!(done, Err(SignInRefused::Wrong)), "{name}: {done:?}");
            }
            assert_eq!(stand.service.pass_of(&maria.id).await.expect("answers").is_some(), number < 4);
        }
        assert!(matches!(typed(stand, "maria", value.expose()).await, Err(SignInRefused::Wrong)));
        assert_eq!(stand.count(&maria, "pass_revoked", "too_many").await, 1);
        assert_eq!(stand.count(&maria, "sign_in", "wrong_pass").await, 6);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_wrong_ones_at_once_are_no_more_than_five() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let (value, _) = stand.service.issue_pass(None, &maria.id, hour(stand)).await.expect("is issued");
        let mut tasks = Vec::new();
        for number in 0..30 {
            let session = stand.at_name("maria").await;
            let service = stand.service.clone();
            tasks.push(tokio::spawn(async move {
                let wrong = SecretText::new("00000000".to_owned());
                service.sign_in_with_pass(&session, &wrong, &visitor_at(number)).await.is_err()
            }));
        }
        for task in tasks {
            assert!(task.await.expect("runs"));
        }
        assert_eq!(stand.count(&maria, "pass_revoked", "too_many").await, 1);
        assert!(typed(stand, "maria", value.expose()).await.is_err());
    }
}

/// S-25: the same work for somebody who has a pass, who has none, and for nobody; up to the fifth try, which
/// takes the pass with it, and after it.
#[tokio::test]
async fn a_wrong_pass_is_as_much_work_for_nobody() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        stand.person("olav", Role::User).await;
        stand.service.issue_pass(None, &maria.id, hour(stand)).await.expect("is issued");
        // One that could be a pass, and one that could not.
        for wrong in ["00000000", "no pass"] {
            for number in 0..6 {
                let mut seen = Vec::new();
                for name in ["maria", "olav", "nobody"] {
                    let session = stand.at_name(name).await;
                    let typed = SecretText::new(wrong.to_owned());
                    stand.work();
                    let done = stand.service.sign_in_with_pass(&session, &typed, &visitor_at(number)).await;
                    assert!(matches!(done, Err(SignInRefused::Wrong)), "{done:?}");
                    seen.push(stand.work());
                }
                let first = &seen[0];
                assert_eq!(first.iter().filter(|what| *what == "password hash").count(), 1, "{first:?}");
                assert!(first.len() > 5, "statements are counted: {first:?}");
                assert!(seen.iter().all(|work| work == first), "try {number}: {seen:#?}");
            }
            assert_eq!(stand.count(&maria, "pass_revoked", "too_many").await, 1);
        }
    }
}

#[tokio::test]
async fn a_new_pass_takes_the_place_of_the_old() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let (old, _) = stand.service.issue_pass(None, &maria.id, hour(stand)).await.expect("is issued");
        let (new, _) = stand.service.issue_pass(None, &maria.id, hour(stand)).await.expect("is issued");
        assert!(matches!(typed(stand, "maria", old.expose()).await, Err(SignInRefused::Wrong)));
        typed(stand, "maria", new.expose()).await.expect("is good");
        let subjects: Vec<String> = stand.mails(&maria).await.into_iter().map(|mail| mail.subject).collect();
        assert_eq!(subjects.iter().filter(|subject| subject.contains("was issued")).count(), 2);
        assert_eq!(subjects.iter().filter(|subject| subject.contains("was used")).count(), 1);
        for mail in stand.mails(&maria).await {
            assert!(!mail.body.contains(new.expose()) && !mail.body.contains(old.expose()));
        }
        let kept = stand.service.store().pass(&maria.id, 5).await.expect("answers");
        assert!(kept.is_none(), "it was used");
    }
}

#[tokio::test]
async fn a_pass_is_kept_as_a_slow_hash_and_given_back_in_no_form() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let (value, _) = stand.service.issue_pass(None, &maria.id, hour(stand)).await.expect("is issued");
        let kept = stand.service.store().pass(&maria.id, 5).await.expect("answers").expect("is there");
        assert!(kept.hash.starts_with("$argon2id$") && !kept.hash.contains(value.expose()));
    }
}

/// S-19.
#[tokio::test]
async fn an_administrator_issues_it_for_somebody_else_and_freshly_verified() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let admin = stand.person("admin", Role::Administrator).await;
        let by = stand.at(&admin, Stage::SignedIn).await.session;
        let user = stand.at(&maria, Stage::SignedIn).await.session;
        let service = &stand.service;
        let done = service.issue_pass(Some(&by), &admin.id, hour(stand)).await;
        assert!(matches!(done, Err(PassRefused::Oneself)));
        let done = service.issue_pass(Some(&user), &admin.id, hour(stand)).await;
        assert!(matches!(done, Err(PassRefused::NotAllowed)));
        let half = stand.at(&admin, Stage::Password).await.session;
        let done = service.issue_pass(Some(&half), &maria.id, hour(stand)).await;
        assert!(matches!(done, Err(PassRefused::NotAllowed)));
        for secs in [599, 30 * 86_400 + 1] {
            let new = NewPass { secs, ..hour(stand) };
            let done = service.issue_pass(Some(&by), &maria.id, new).await;
            assert!(matches!(done, Err(PassRefused::Lifetime)));
        }
        for secs in [600, 30 * 86_400] {
            let new = NewPass { secs, ..hour(stand) };
            service.issue_pass(Some(&by), &maria.id, new).await.expect("is issued");
        }
        let done = service.issue_pass(Some(&by), "usr_none", hour(stand)).await;
        assert!(matches!(done, Err(PassRefused::NoSuchAccount)));
        let policy = OrganisationPolicy { passes: false, ..OrganisationPolicy::default() };
        service.change_policy(&by, policy).await.expect("is changed");
        let done = service.issue_pass(Some(&by), &maria.id, hour(stand)).await;
        assert!(matches!(done, Err(PassRefused::SwitchedOff)));
        stand.wait(11 * 60);
        let done = service.issue_pass(Some(&by), &maria.id, hour(stand)).await;
        assert!(matches!(done, Err(PassRefused::VerifyFirst)));
        assert!(matches!(service.revoke_pass(Some(&by), &maria.id).await, Err(PassRefused::VerifyFirst)));
    }
}
