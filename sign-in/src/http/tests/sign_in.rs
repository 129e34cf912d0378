//! Signing in.

use axum::http::StatusCode;
use crypto_core::approval::answer::{Decision, Reason};

use super::Browser;
use super::browser::unescaped;
use crate::accounts::Role;
use crate::fixture::{PASSWORD, Stand, stands, stands_with};
use crate::http::cookies;
use crate::phone::{Phone, other_than};
use crate::store::User;

/// A browser in which the password was typed.
async fn typed(stand: &Stand, user: &User) -> Browser {
    let mut browser = Browser::new(stand);
    browser.get("/sign-in").await;
    browser.submit("/sign-in", &[("user_name", &user.user_name)]).await;
    browser.submit("/sign-in/password", &[("password", PASSWORD)]).await;
    browser
}

async fn with_phone(stand: &Stand) -> (User, Phone) {
    let user = stand.person("maria", Role::User).await;
    let phone = stand.app(&user, "Pixel 9").await;
    (user, phone)
}

#[tokio::test]
async fn a_number_signs_in_without_any_script() {
    for stand in &stands_with(|config| config.demo = true).await {
        for language in ["en", "sv", "nb"] {
            let user = stand.person(&format!("maria-{language}"), Role::User).await;
            let phone = stand.app(&user, "Pixel 9").await;
            let mut browser = Browser::reading(stand, language);
            browser.get("/demo/payroll").await;
            assert_eq!(browser.path, "/sign-in");
            browser.submit("/sign-in", &[("user_name", &user.user_name.to_uppercase())]).await;
            assert_eq!(browser.path, "/sign-in/password");
            browser.submit("/sign-in/password", &[("password", PASSWORD)]).await;
            let number = browser.text("number");
            assert!(browser.html.contains("Pixel 9") && browser.html.contains("role=\"timer\""));
            assert!(browser.html.contains("<noscript><meta http-equiv=\"refresh\""));
            let waits = browser.path.clone();
            // Nothing but the request's own name: the number is in no address.
            let txn = waits.strip_prefix("/sign-in/approve?request=txn_").expect(&waits);
            assert!(!txn.contains(['&', '?', '#', '/']), "{waits}");

            let status = waits.replace("/sign-in/approve", "/sign-in/status");
            assert_eq!(phone.approve(&number, stand.now()).await, (200, "approved".to_owned()));
            browser.clone().get(&status).await;
            let mut script = browser.clone();
            script.get(&status).await;
            assert_eq!(script.html, "{\"state\":\"approved\"}");

            browser.get(&waits).await;
            assert!(browser.shows("approved"));
            browser.submit("/sign-in/approve", &[]).await;
            assert!(browser.shows("stay"), "{}", browser.html);
            browser.submit("/sign-in/stay", &[("stay", "yes")]).await;
            assert_eq!(browser.path, "/demo/payroll");
            assert!(browser.shows("payroll"));
            assert!(browser.cookie(cookies::BROWSER).is_some());
            // Once only.
            browser.get(&waits).await;
            assert!(!browser.shows("number"));
        }
    }
}

/// What one more approval costs the database, which is most of what it costs: with SQLite each statement is a trip to
/// another thread and back.
#[tokio::test]
async fn an_approval_in_a_known_browser_is_few_statements() {
    for stand in &stands().await {
        let (user, phone) = with_phone(stand).await;
        let mut browser = typed(stand, &user).await;
        let (page, number) = (browser.path.clone(), browser.text("number"));
        phone.approve(&number, stand.now()).await;
        browser.get(&page).await;
        browser.submit("/sign-in/approve", &[]).await;
        browser.submit("/sign-in/stay", &[("stay", "no")]).await;
        let known = browser.cookie(cookies::BROWSER).expect("it is known from here on").to_owned();

        let (cost, mut browser) = verified_once_more(stand, &phone, browser).await;
        assert_eq!(browser.cookie(cookies::BROWSER), Some(known.as_str()), "no second record of it");
        assert!(cost.len() <= 33, "{}: {cost:#?}", cost.len());
        // After a report no browser is known; then this one has to be again.
        let mut tx = stand.service.store().begin().await.expect("begins");
        tx.forget_browsers(&user.id).await.expect("forgets");
        tx.commit().await.expect("commits");
        browser.get("/").await;
        let (_, browser) = verified_once_more(stand, &phone, browser).await;
        let new = browser.cookie(cookies::BROWSER).expect("it is known again");
        assert_ne!(new, known);
        assert!(stand.service.knows_browser(Some(new), &user.user_name).await.expect("answers"));
    }
}

/// Five requests, and what they asked of the database: trigger, fetch, answer, status, redeem.
async fn verified_once_more(stand: &Stand, phone: &Phone, mut browser: Browser) -> (Vec<String>, Browser) {
    let with = |fields: Vec<(String, String)>, name: &str, value: &str| {
        let given = (name.to_owned(), value.to_owned());
        fields.into_iter().filter(|(field, _)| field != name).chain([given]).collect::<Vec<_>>()
    };
    browser.get("/sign-in/verify").await;
    let form = with(browser.hidden("/sign-in/verify").expect("there are ways"), "way", "app");
    stand.work();
    browser.post("/sign-in/verify", &form, "same-origin").await;
    let mut cost = stand.work();
    let page = browser.headers["location"].to_str().expect("an address").to_owned();
    browser.get(&page).await;
    let number = browser.text("number");
    stand.work();
    assert_eq!(phone.approve(&number, stand.now()).await, (200, "approved".to_owned()));
    browser.clone().get(&page.replace("/sign-in/approve", "/sign-in/status")).await;
    cost.extend(stand.work());
    browser.get(&page).await;
    let form = browser.hidden("/sign-in/approve").expect("it goes on");
    stand.work();
    browser.post("/sign-in/approve", &form, "same-origin").await;
    cost.extend(stand.work());
    assert!(browser.status.is_redirection(), "{}", browser.html);
    (cost, browser)
}

#[tokio::test]
async fn every_end_of_a_request_says_so_and_has_a_way_on() {
    for stand in &stands().await {
        let (user, phone) = with_phone(stand).await;
        let deny = |reason| Decision::Deny(Some(reason));

        let mut browser = typed(stand, &user).await;
        let page = browser.path.clone();
        let number = browser.text("number");
        phone.approve(other_than(&number), stand.now()).await;
        for language in ["sv", "nb", "en"] {
            let mut browser = browser.clone().in_language(language);
            browser.get(&page).await;
            assert!(browser.shows("wrong-number") && browser.html.contains("role=\"alert\""));
        }
        browser.get(&page).await;
        assert!(browser.html.contains("That number didn’t match"));
        browser.submit("/sign-in/verify", &[]).await;
        assert!(browser.shows("number"), "a way on");

        phone.decide(deny(Reason::Cancelled), stand.now()).await;
        let page = browser.path.clone();
        browser.get(&page).await;
        assert!(browser.shows("denied"));

        browser.submit("/sign-in/verify", &[]).await;
        let page = browser.path.clone();
        stand.wait(121);
        browser.get(&page).await;
        assert!(browser.shows("expired"));

        let mut browser = typed(stand, &user).await;
        assert!(browser.html.contains("We have not sent a notification") || browser.shows("number"));
        let page = browser.path.clone();
        browser.submit("/sign-in/verify", &[("way", "leave")]).await;
        assert!(browser.shows("way-app") && browser.shows("way-code"));
        browser.get(&page).await;
        assert!(browser.shows("cancelled"));
    }
}

#[tokio::test]
async fn why_no_request_is_made_is_said_in_every_language() {
    for stand in &stands().await {
        let (user, phone) = with_phone(stand).await;
        let (_one, _two) = (typed(stand, &user).await, typed(stand, &user).await);
        let mut third = typed(stand, &user).await;
        assert!(third.shows("too-many"), "{}", third.html);
        assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(third.shows("enter-code"));

        stand.wait(200);
        for _ in 0..5 {
            let browser = typed(stand, &user).await;
            phone.approve(other_than(&browser.text("number")), stand.now()).await;
        }
        third = typed(stand, &user).await;
        assert!(third.shows("paused"), "{}", third.html);
        assert!(third.html.contains("<time datetime="), "until when");
        let page = third.path.clone();
        for language in ["sv", "nb"] {
            third.clone().in_language(language).get(&page).await;
        }
        third.get(&third.link("enter-code")).await;
        assert!(third.shows("code"));

        for why in ["too_many", "paused", "suspended", "off", "no_device"] {
            for language in ["en", "sv", "nb"] {
                let mut browser = third.clone().in_language(language);
                browser.get(&format!("/sign-in/refused?why={why}")).await;
                assert!(browser.shows("enter-code") && browser.shows("another"), "{why}");
            }
        }
    }
}

#[tokio::test]
async fn a_report_is_said_on_the_page() {
    for stand in &stands().await {
        let (user, phone) = with_phone(stand).await;
        let mut browser = typed(stand, &user).await;
        let page = browser.path.clone();
        phone.decide(Decision::Report(Some(Reason::NotMe)), stand.now()).await;
        // The report ended every session of the person.
        browser.get(&page).await;
        assert!(browser.shows("user-name") || browser.shows("reported"), "{}", browser.html);
    }
}

#[tokio::test]
async fn a_page_can_be_scanned_from_a_known_browser() {
    for stand in &stands().await {
        let (user, phone) = with_phone(stand).await;
        let mut browser = typed(stand, &user).await;
        assert!(!browser.shows("scan-or-number"), "an unknown browser shows no picture");
        phone.approve(&browser.text("number"), stand.now()).await;
        browser.get(&browser.path.clone()).await;
        browser.submit("/sign-in/approve", &[]).await;
        browser.submit("/sign-in/stay", &[("stay", "no")]).await;
        browser.submit("/sign-out", &[]).await;
        assert!(browser.shows("signed-out"));
        assert!(browser.cookie(cookies::SESSION).is_none());

        browser.get("/sign-in").await;
        browser.submit("/sign-in", &[("user_name", "maria")]).await;
        browser.submit("/sign-in/password", &[("password", PASSWORD)]).await;
        let number = browser.text("number");
        browser.get(&browser.link("scan-or-number")).await;
        assert!(!browser.shows("number"));
        let link = super::scan::scanned(&browser.html);
        assert!(link.starts_with("https://signin.example.org/approve#"), "{link}");
        browser.get(&browser.link("scan-or-number")).await;
        assert_eq!(browser.text("number"), number, "the same request");
        let page = browser.path.clone();
        assert_eq!(phone.decide(crate::phone::scanned(&link), stand.now()).await.1, "approved");
        browser.get(&page).await;
        assert!(browser.shows("approved"));
    }
}

#[tokio::test]
async fn a_code_signs_in_and_a_wrong_one_is_said() {
    for stand in &stands().await {
        let user = stand.person("ole", Role::User).await;
        let app = stand.code_app(&user).await;
        let mut browser = typed(stand, &user).await;
        assert_eq!(browser.path, "/sign-in/code");
        let wrong = stand.wrong(&app.seed);
        assert_eq!(
            browser.submit("/sign-in/code", &[("code", &wrong)]).await,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert!(browser.shows("error") && !browser.html.contains(&wrong), "it is not shown again");
        let code = stand.code(&app.seed, 0);
        let (first, rest) = code.split_at(3);
        let spaced = format!(" {first} {rest} ");
        browser.submit("/sign-in/code", &[("code", &spaced), ("stay", "yes")]).await;
        assert!(browser.shows("signed-in"), "{}", browser.html);
        for _ in 0..6 {
            browser.get("/sign-in/code").await;
            browser.submit("/sign-in/code", &[("code", "000000")]).await;
        }
        assert!(browser.shows("too-many-tries"), "{}", browser.html);
        assert_eq!(browser.status, StatusCode::TOO_MANY_REQUESTS);
    }
}

/// S-25
#[tokio::test]
async fn nobody_learns_who_there_is() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let mut pages = Vec::new();
        for name in [user.user_name.as_str(), "nobodys"] {
            let mut browser = Browser::new(stand);
            browser.get("/sign-in").await;
            browser.submit("/sign-in", &[("user_name", name)]).await;
            let status = browser.submit("/sign-in/password", &[("password", "wrong")]).await;
            let secret = browser.hidden("/sign-in/password").unwrap().remove(0).1;
            pages.push((status, browser.html.replace(name, "…").replace(&secret, "…")));
            browser.get("/sign-in/pass").await;
            let status = browser.submit("/sign-in/pass", &[("pass", "AAAA AAAA")]).await;
            pages.push((status, browser.html.replace(name, "…").replace(&secret, "…")));
        }
        assert_eq!(pages[0], pages[2]);
        assert_eq!(pages[1], pages[3]);
        assert_eq!(pages[0].0, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn who_is_not_signed_in_comes_back_to_what_they_wanted() {
    for stand in &stands().await {
        let user = stand.person("ole", Role::User).await;
        let app = stand.code_app(&user).await;
        let mut browser = Browser::new(stand);
        browser.get("/activity").await;
        assert_eq!(unescaped(&browser.path), "/sign-in?next=/activity");
        browser.submit("/sign-in", &[("user_name", "ole")]).await;
        browser.submit("/sign-in/password", &[("password", PASSWORD)]).await;
        browser.submit("/sign-in/code", &[("code", &stand.code(&app.seed, 0))]).await;
        assert_eq!(browser.path, "/activity");

        // Eleven minutes later a change needs a verification, and then goes on (S-21).
        stand.wait(11 * 60);
        let delete = format!("/security-info/{}/delete", app.id);
        browser.get(&delete).await;
        assert!(browser.path.starts_with("/sign-in/verify?next="), "{}", browser.path);
        browser.submit("/sign-in/verify", &[("way", "other-code")]).await;
        browser.submit("/sign-in/code", &[("code", &stand.code(&app.seed, 0))]).await;
        assert_eq!(browser.path, delete);
        assert!(browser.shows("delete-question"));

        for evil in ["//attacker.example", "https://attacker.example", "/\\attacker.example"] {
            let mut browser = Browser::new(stand);
            browser.get(&format!("/sign-in?next={}", super::browser::escaped(evil))).await;
            browser.submit("/sign-in", &[("user_name", "ole")]).await;
            browser.submit("/sign-in/password", &[("password", PASSWORD)]).await;
            stand.wait(30);
            browser.submit("/sign-in/code", &[("code", &stand.code(&app.seed, 0))]).await;
            assert_eq!(browser.path, "/", "{evil}");
        }
    }
}
