use super::*;
use crate::fixture::{PASSWORD as RIGHT, Stand, stands, visitor, visitor_at};

async fn password(
    stand: &Stand,
    name: &str,
    password: &str,
    browser: Option<&str>,
    visitor: &Visitor,
) -> Result<(Opened, Next), SignInRefused> {
    let session = stand.at_name(name).await;
    let password = SecretText::new(password.to_owned());
    stand.service.check_password(&session, &password, browser, visitor).await
}

#[tokio::test]
async fn from_the_name_to_signed_in_with_a_new_cookie_at_each_step() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let service = &stand.service;
        let start = service.open_session(&visitor(), Some("/account"), Some("Payroll")).await.expect("opens");
        assert!(start.browser.is_none());
        service.type_name(&start.session, " MARIA ").await.expect("is kept");
        let typed = SecretText::new(RIGHT.to_owned());
        let (second, next) =
            service.check_password(&start.session, &typed, None, &visitor()).await.expect("is right");
        assert_eq!(next, Next::Verify);
        assert!(!second.session.is_fresh(stand.now()) && second.browser.is_none());
        let code = stand.code(&app.seed, 0);
        let last = service.sign_in_with_code(&second.session, &code, &visitor()).await.expect("is right");
        assert!(last.session.is_fresh(stand.now()));
        assert_eq!(last.session.methods, "pwd otp");
        assert_eq!(last.session.app.as_deref(), Some("Payroll"));
        assert_eq!(last.session.next.as_deref(), Some("/account"));
        let ids = [&start, &second, &last].map(|opened| opened.session.id.clone());
        let cookies = [&start, &second, &last].map(|opened| opened.cookie.expose().to_owned());
        let csrf = [&start, &second, &last].map(|opened| opened.session.csrf.clone());
        for (index, cookie) in cookies.iter().enumerate() {
            let found = service.session(cookie).await.expect("answers");
            assert_eq!(found.is_some(), index == 2, "only the last one is good");
            if let Some(found) = found {
                assert_eq!(found.csrf, csrf[index]);
            }
            assert!(!ids.contains(cookie), "what is kept is not the cookie");
            assert_eq!(csrf.iter().filter(|other| **other == csrf[index]).count(), 1);
        }
        let browser = last.browser.expect("is known from here on");
        assert!(service.knows_browser(Some(browser.expose()), &maria.user_name).await.expect("answers"));
        assert!(!service.knows_browser(Some(last.cookie.expose()), &maria.user_name).await.expect("answers"));
        assert!(!service.knows_browser(None, &maria.user_name).await.expect("answers"));

        // None of the old ones leads anywhere.
        let again = service.check_password(&start.session, &typed, None, &visitor()).await;
        assert!(matches!(again, Err(SignInRefused::NotNow)), "{again:?}");
        service.sign_out(&last.session).await.expect("ends");
        assert!(service.session(last.cookie.expose()).await.expect("answers").is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_password_opens_one_session() {
    for stand in &stands().await {
        stand.person("maria", Role::User).await;
        let session = stand.at_name("maria").await;
        let tasks: Vec<_> = (0..5)
            .map(|_| {
                let (service, session) = (stand.service.clone(), session.clone());
                tokio::spawn(async move {
                    let typed = SecretText::new(RIGHT.to_owned());
                    service.check_password(&session, &typed, None, &visitor()).await.is_ok()
                })
            })
            .collect();
        let mut opened = 0;
        for task in tasks {
            opened += u32::from(task.await.expect("runs"));
        }
        assert_eq!(opened, 1, "on {:?}", stand.database());
    }
}

#[tokio::test]
async fn sessions_end_in_their_time() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let there = async |opened: &Opened| {
            stand.service.session(opened.cookie.expose()).await.expect("answers").is_some()
        };
        // A step before the end of signing in: a quarter of an hour, whatever happens.
        for stage in [Stage::Start, Stage::Password] {
            let opened = stand.at(&maria, stage).await;
            stand.wait(600);
            assert!(there(&opened).await);
            stand.wait(299);
            assert!(there(&opened).await);
            stand.wait(1);
            assert!(!there(&opened).await, "{stage:?}");
        }
        // Signed in: an hour without being used.
        let opened = stand.at(&maria, Stage::SignedIn).await;
        stand.wait(3599);
        assert!(there(&opened).await);
        stand.wait(3600);
        assert!(!there(&opened).await);
        // And eight hours in all.
        let opened = stand.at(&maria, Stage::SignedIn).await;
        for _ in 0..15 {
            stand.wait(1800);
            assert!(there(&opened).await);
        }
        stand.wait(1800);
        assert!(!there(&opened).await);
        // Who stays signed in: thirty days from the last use.
        let opened = stand.at(&maria, Stage::SignedIn).await;
        stand.service.stay_signed_in(&opened.session, true).await.expect("is kept");
        for _ in 0..3 {
            stand.wait(29 * 86_400);
            assert!(there(&opened).await);
        }
        stand.wait(30 * 86_400);
        assert!(!there(&opened).await);
        stand.service.store().drop_ended_sessions(stand.now()).await.expect("drops");
    }
}

#[tokio::test]
async fn a_session_goes_on_to_no_other_place() {
    for stand in &stands().await {
        for (next, kept) in [
            ("/account", true),
            ("/authorize?client_id=a&state=b", true),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example", false),
            ("/a\r\nSet-Cookie: b", false),
            ("", false),
        ] {
            let opened = stand.service.open_session(&visitor(), Some(next), None).await.expect("opens");
            assert_eq!(opened.session.next.is_some(), kept, "{next}");
        }
        for cookie in ["", "x", &"x".repeat(43), &"x".repeat(5000)] {
            assert!(stand.service.session(cookie).await.expect("answers").is_none());
        }
    }
}

/// S-25: the same answers, and the same number of tries.
#[tokio::test]
async fn an_unknown_name_is_answered_like_a_known_one() {
    for stand in &stands().await {
        stand.person("maria", Role::User).await;
        let mut answers = Vec::new();
        for name in ["maria", "nobody", "no such name at all"] {
            let mut said = Vec::new();
            for number in 0..12 {
                let done = password(stand, name, "wrong password", None, &visitor_at(number)).await;
                said.push(format!("{:?}", done.expect_err("is wrong")));
            }
            assert_eq!(said.iter().filter(|answer| *answer == "Wrong").count(), 10, "{name}");
            assert!(said.last().is_some_and(|answer| answer.starts_with("TooMany")));
            answers.push(said);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
    }
}

/// S-25: the same work, statement by statement, and one password hash each time. What that takes is measured
/// by `cargo bench -p sign-in --bench nobody`.
#[tokio::test]
async fn an_unknown_name_is_as_much_work_as_a_known_one() {
    for stand in &stands().await {
        stand.person("maria", Role::User).await;
        let forbidden = stand.person("olav", Role::User).await;
        let mut tx = stand.service.store().begin().await.expect("begins");
        let mut user = tx.lock_user(&forbidden.id).await.expect("locks").expect("is there");
        user.disabled_at = Some(stand.now());
        tx.save_user(&user).await.expect("saves");
        tx.commit().await.expect("commits");

        let long = "x".repeat(5000);
        for wrong in ["wrong password", "", &long] {
            let mut seen = Vec::new();
            for (number, name) in ["maria", "olav", "nobody", "no such name at all"].iter().enumerate() {
                for (browser, visitor) in
                    [(None, visitor_at(2)), (Some("x".repeat(43)), visitor_at(3)), (None, visitor_at(4))]
                {
                    let session = stand.at_name(name).await;
                    let typed = SecretText::new(wrong.to_owned());
                    stand.work();
                    let done =
                        stand.service.check_password(&session, &typed, browser.as_deref(), &visitor).await;
                    assert!(matches!(done, Err(SignInRefused::Wrong)), "{number}: {done:?}");
                    seen.push((*name, stand.work()));
                }
            }
            let (_, first) = &seen[0];
            assert_eq!(first.iter().filter(|what| *what == "password hash").count(), 1, "{first:?}");
            assert!(first.len() > 5, "statements are counted: {first:?}");
            for (name, work) in &seen {
                assert_eq!(work, first, "{name} on {:?}", stand.database());
            }
            stand.wait(1800);
        }
        // The right password of an account that is switched off is the work of a wrong one.
        let session = stand.at_name("olav").await;
        stand.work();
        let typed = SecretText::new(RIGHT.to_owned());
        stand.service.check_password(&session, &typed, None, &visitor()).await.expect_err("is off");
        let off = stand.work();
        let session = stand.at_name("nobody").await;
        stand.work();
        stand.service.check_password(&session, &typed, None, &visitor()).await.expect_err("is nobody");
        assert_eq!(stand.work(), off);
    }
}

#[tokio::test]
async fn guessing_elsewhere_does_not_lock_out_a_browser_that_is_known() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let (half, _) = password(stand, "maria", RIGHT, None, &visitor()).await.expect("is right");
        let code = stand.code(&app.seed, 0);
        let own = stand.service.sign_in_with_code(&half.session, &code, &visitor()).await.expect("signs in");
        let browser = own.browser.expect("is known from here on");
        let browser = Some(browser.expose());
        // At many addresses, so that only the name is counted.
        for number in 0..40 {
            password(stand, "maria", "wrong", None, &visitor_at(number)).await.expect_err("is wrong");
        }
        let done = password(stand, "maria", RIGHT, None, &visitor_at(99)).await;
        assert!(matches!(done, Err(SignInRefused::TooMany { .. })), "{done:?}");
        // Nor with the cookie of somebody else's browser.
        let forged = "x".repeat(43);
        let done = password(stand, "maria", RIGHT, Some(&forged), &visitor_at(99)).await;
        assert!(matches!(done, Err(SignInRefused::TooMany { .. })), "{done:?}");
        for _ in 0..15 {
            password(stand, "maria", RIGHT, browser, &visitor_at(99))
                .await
                .expect("the owner is not locked out");
        }
        // A known browser has its own ten.
        for number in 0..11 {
            let done = password(stand, "maria", "wrong", browser, &visitor_at(99)).await;
            assert_eq!(matches!(done, Err(SignInRefused::TooMany { .. })), number == 10, "{done:?}");
        }
        // After a quarter of an hour there are ten more, and fifty in a day.
        stand.wait(15 * 60);
        password(stand, "maria", RIGHT, None, &visitor_at(98)).await.expect("may be tried again");
        let mut looked_at = 10;
        for number in 0..10 {
            stand.wait(15 * 60);
            for _ in 0..10 {
                let done = password(stand, "maria", "wrong", None, &visitor_at(100 + number)).await;
                looked_at += usize::from(matches!(done, Err(SignInRefused::Wrong)));
            }
        }
        assert_eq!(looked_at, 50);
    }
}

#[tokio::test]
async fn one_address_has_a_hundred_tries_in_an_hour_whatever_is_typed() {
    for stand in &stands().await {
        for number in 0..101 {
            let done = password(stand, &format!("name{number}"), "wrong", None, &visitor()).await;
            let refused = matches!(done, Err(SignInRefused::TooMany { .. }));
            assert_eq!(refused, number == 100, "{number}: {done:?}");
        }
    }
}

/// A new password ends what the old one opened.
#[tokio::test]
async fn a_new_password_ends_every_session_of_the_old() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let olav = stand.person("olav", Role::User).await;
        let app = stand.code_app(&maria).await;
        let (half, _) = password(stand, "maria", RIGHT, None, &visitor()).await.expect("is right");
        let code = stand.code(&app.seed, 0);
        let own = stand.service.sign_in_with_code(&half.session, &code, &visitor()).await.expect("signs in");
        let browser = own.browser.as_ref().expect("is known from here on").expose();
        let open = [
            stand.at(&maria, Stage::Password).await,
            stand.at(&maria, Stage::SignedIn).await,
            stand.at(&maria, Stage::Pass).await,
            own.clone_for_test(),
        ];
        let other = stand.at(&olav, Stage::SignedIn).await;
        let new = || SecretText::new("another long password".to_owned());
        stand.service.reset_user("Maria", new(), false, "cli").await.expect("is reset");
        for opened in &open {
            assert!(stand.service.session(opened.cookie.expose()).await.expect("answers").is_none());
        }
        assert!(stand.service.session(other.cookie.expose()).await.expect("answers").is_some());
        assert!(!stand.service.knows_browser(Some(browser), &maria.user_name).await.expect("answers"));
        let done = password(stand, "maria", RIGHT, None, &visitor()).await;
        assert!(matches!(done, Err(SignInRefused::Wrong)));
        let (_, next) = password(stand, "maria", new().expose(), None, &visitor()).await.expect("is right");
        assert_eq!(next, Next::Verify, "methods stay");
        assert!(stand.mails(&maria).await.iter().any(|mail| mail.subject.contains("password was reset")));

        // With the methods: nothing is left, and the password alone adds none.
        stand.service.reset_user("maria", new(), true, "cli").await.expect("is reset");
        assert!(stand.service.methods(&maria.id).await.expect("answers").is_empty());
        let (half, next) =
            password(stand, "maria", new().expose(), None, &visitor()).await.expect("is right");
        assert_eq!(next, Next::Verify);
        let may = stand.service.may_change(&half.session).await.expect("answers");
        assert_eq!(may, MayChange::VerifyFirst);
    }
}

#[tokio::test]
async fn everywhere_else_means_everywhere_but_here() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let (here, there) =
            (stand.at(&maria, Stage::SignedIn).await, stand.at(&maria, Stage::SignedIn).await);
        stand.service.sign_out_everywhere(&maria.id, Some(&here.session)).await.expect("ends");
        assert!(stand.service.session(here.cookie.expose()).await.expect("answers").is_some());
        assert!(stand.service.session(there.cookie.expose()).await.expect("answers").is_none());
        stand.service.sign_out_everywhere(&maria.id, None).await.expect("ends");
        assert!(stand.service.session(here.cookie.expose()).await.expect("answers").is_none());
    }
}

#[tokio::test]
async fn whoever_may_not_sign_in_looks_like_nobody() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let app = stand.code_app(&maria).await;
        let half = stand.at(&maria, Stage::Password).await.session;
        let mut tx = stand.service.store().begin().await.expect("begins");
        let mut user = tx.lock_user(&maria.id).await.expect("locks").expect("is there");
        user.disabled_at = Some(stand.now());
        tx.save_user(&user).await.expect("saves");
        tx.commit().await.expect("commits");
        let done = password(stand, "maria", RIGHT, None, &visitor()).await;
        assert!(matches!(done, Err(SignInRefused::Wrong)), "{done:?}");
        let code = stand.code(&app.seed, 0);
        let done = stand.service.sign_in_with_code(&half, &code, &visitor()).await;
        assert!(matches!(done, Err(SignInRefused::NotNow)), "{done:?}");
    }
}

impl Opened {
    fn clone_for_test(&self) -> Self {
        Self {
            session: self.session.clone(),
            cookie: SecretText::new(self.cookie.expose().to_owned()),
            browser: None,
        }
    }
}
