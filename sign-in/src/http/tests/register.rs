//! Setting up apps, and security info.

use axum::http::StatusCode;

use super::Browser;
use crate::accounts::Role;
use crate::fixture::{PASSWORD, stands};
use crate::phone::{Phone, other_than};
use crate::sessions::Stage;
use crypto_core::codes::base32;

#[tokio::test]
async fn the_first_app_is_set_up_in_every_language() {
    for stand in &stands().await {
        for language in ["en", "sv", "nb"] {
            let name = format!("maria-{language}");
            stand.person(&name, Role::User).await;
            let mut browser = Browser::reading(stand, language);
            browser.get("/sign-in").await;
            browser.submit("/sign-in", &[("user_name", &name)]).await;
            browser.submit("/sign-in/password", &[("password", PASSWORD)]).await;
            assert!(browser.shows("register"), "{}", browser.html);
            browser.submit("/register", &[("how", "notifications")]).await;
            let page = browser.address("/register/app/act");
            let page = page.trim_end_matches("/status").trim_end_matches("/cancel").to_owned();
            assert!(browser.text("activation-url").starts_with("https://signin.example.org/a/"));
            let link = super::scan::scanned(&browser.html);

            browser.get(&page).await;
            assert!(browser.shows("activation-open"));
            let mut phone = Phone::new(&stand.service);
            let begun = phone.begin(&link).await.expect("the code is good");
            browser.get(&page).await;
            assert!(browser.shows("activation-claimed"));
            let completion = phone.completion(&begun, "Pixel 9");
            phone.complete(begun, &completion).await;
            browser.get(&page).await;
            let number = browser.text("number");
            phone.approve(other_than(&number), stand.now()).await;
            browser.get(&page).await;
            assert!(browser.shows("test-failed"), "{}", browser.html);
            browser.submit(&format!("{page}/again"), &[]).await;
            phone.approve(&browser.text("number"), stand.now()).await;
            browser.get(&page).await;
            assert!(browser.shows("configured"), "{}", browser.html);
            assert!(browser.html.contains("Pixel 9"));
            let mut script = browser.clone();
            script.get(&format!("{page}/status?seen=test")).await;
            assert_eq!(script.html, "{\"state\":\"configured\"}");
            // The test was the second step, too.
            browser.submit(&format!("{page}/finish"), &[]).await;
            assert!(browser.shows("stay"), "{}", browser.html);
        }
    }
}

#[tokio::test]
async fn a_code_that_was_used_twice_or_too_late_is_said() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let mut browser = Browser::of(stand, &user, Stage::SignedIn).await;
        browser.get("/register").await;
        browser.submit("/register", &[("how", "notifications")]).await;
        let page = browser
            .address("/register/app/act")
            .trim_end_matches("/status")
            .trim_end_matches("/cancel")
            .to_owned();
        let link = super::scan::scanned(&browser.html);
        Phone::new(&stand.service).begin(&link).await.expect("the code is good");
        Phone::new(&stand.service).begin(&link).await.expect_err("it was used");
        for language in ["sv", "nb", "en"] {
            let mut browser = browser.clone().in_language(language);
            browser.get(&page).await;
            assert!(browser.shows("claimed-twice"), "{}", browser.html);
        }
        browser.get(&page).await;
        browser.submit("/register/app", &[]).await;
        let page = browser
            .address("/register/app/act")
            .trim_end_matches("/status")
            .trim_end_matches("/cancel")
            .to_owned();
        stand.wait(601);
        browser.get(&page).await;
        assert!(browser.shows("activation-expired"), "{}", browser.html);
    }
}

#[tokio::test]
async fn another_app_is_added_by_its_code_and_deleted_again() {
    for stand in &stands().await {
        for language in ["en", "sv", "nb"] {
            let user = stand.person(&format!("ole-{language}"), Role::User).await;
            let mut browser = Browser::of(stand, &user, Stage::SignedIn).await.in_language(language);
            browser.get("/security-info/add").await;
            browser.submit("/register/code", &[]).await;
            let page = browser.path.clone();
            let seed = base32::decode(&browser.text("key")).expect("is a key");
            let fields = |code: &str| [("name", "Aegis"), ("code", code)].map(|(a, b)| (a, b.to_owned()));
            let wrong = fields(&stand.wrong(&seed));
            let wrong = wrong.each_ref().map(|(a, b)| (*a, b.as_str()));
            assert_eq!(browser.submit(&page, &wrong).await, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(browser.shows("error"));
            let nameless = [("name", "  "), ("code", "000000")];
            assert_eq!(browser.submit(&page, &nameless).await, StatusCode::UNPROCESSABLE_ENTITY);
            let right = fields(&stand.code(&seed, 0));
            let right = right.each_ref().map(|(a, b)| (*a, b.as_str()));
            assert_eq!(browser.submit(&page, &right).await, StatusCode::OK);
            assert!(browser.shows("code-app-added"));

            let _phone = stand.app(&user, "Pixel 9").await;
            browser.get("/security-info").await;
            assert!(browser.html.contains("Aegis") && browser.html.contains("Pixel 9"));
            browser.get("/security-info/default").await;
            let methods = stand.service.methods(&user.id).await.unwrap();
            let phone = methods.iter().find(|method| method.name == "Pixel 9").unwrap();
            browser.submit("/security-info/default", &[("id", &phone.id)]).await;
            assert!(browser.html.contains("role=\"status\""));

            let delete = format!("/security-info/{}/delete", phone.id);
            browser.get(&delete).await;
            assert!(browser.html.contains("Aegis"), "what becomes the default: {}", browser.html);
            browser.submit(&delete, &[]).await;
            assert!(!browser.html.contains("Pixel 9"));
            browser.get("/security-info/sign-out-everywhere").await;
            browser.submit("/security-info/sign-out-everywhere", &[]).await;
            assert!(browser.shows("security-info"), "here they stay signed in");
            browser.get("/activity").await;
            let report = browser.html.contains("/report\"").then(|| browser.address("/activity/"));
            if let Some(report) = report {
                browser.get(&report).await;
                browser.submit(&report, &[]).await;
                assert!(browser.shows("reported"), "{}", browser.html);
            }
        }
    }
}

/// S-22, S5
#[tokio::test]
async fn the_sixth_authenticator_is_refused_in_exactly_these_words() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        for _ in 0..5 {
            stand.code_app(&user).await;
        }
        let mut browser = Browser::of(stand, &user, Stage::SignedIn).await;
        for path in ["/security-info/add", "/register"] {
            assert_eq!(browser.get(path).await, StatusCode::CONFLICT);
            assert!(browser.html.contains(
                "<p class=\"lede\">You can’t set up the authenticator because you already have five authenticator \
                 apps or hardware tokens. Please contact your administrator to delete one of your authenticator \
                 apps or hardware tokens.</p>"
            ));
        }
        browser.get("/security-info").await;
        let good = browser.hidden("/sign-out").unwrap();
        for path in ["/register/code", "/register/app"] {
            assert_eq!(browser.post(path, &good, "same-origin").await, StatusCode::CONFLICT, "{path}");
            assert!(browser.shows("five"));
        }
    }
}

#[tokio::test]
async fn a_phone_that_shows_a_code_is_asked_about() {
    for stand in &stands().await {
        for language in ["en", "sv", "nb"] {
            let user = stand.person(&format!("maria-{language}"), Role::User).await;
            let mut browser = Browser::of(stand, &user, Stage::SignedIn).await.in_language(language);
            browser.get("/device").await;
            let status = browser.submit("/device", &[("code", "BCDF-GHJK")]).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(browser.shows("error"));
            for _ in 0..6 {
                browser.get("/device").await;
                browser.submit("/device", &[("code", "BCDF-GHJK")]).await;
            }
            assert!(browser.shows("too-many-tries"), "{}", browser.html);
        }
    }
}
