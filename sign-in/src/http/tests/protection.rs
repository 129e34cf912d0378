//! What holds for every page: headers, forms that came from elsewhere, names that are meant to break out,
//! languages.

use axum::http::StatusCode;

use super::Browser;
use crate::accounts::{NewUser, Role};
use crate::fixture::{PASSWORD, stands, stands_with};
use crate::http::cookies;
use crate::sessions::Stage;
use crypto_core::secret::SecretText;

const ANYBODY: [&str; 17] = [
    "/",
    "/sign-in",
    "/sign-in/password",
    "/sign-in/pass",
    "/sign-in/verify",
    "/sign-in/approve",
    "/sign-in/code",
    "/sign-in/stay",
    "/sign-out",
    "/help",
    "/privacy",
    "/activate",
    "/approve",
    "/a/7KQ2MX",
    "/demo",
    "/outbox",
    "/nothing/here",
];

const FORMS: [&str; 23] = [
    "/sign-in",
    "/sign-in/password",
    "/sign-in/pass",
    "/sign-in/verify",
    "/sign-in/approve",
    "/sign-in/code",
    "/sign-in/stay",
    "/sign-out",
    "/register",
    "/register/app",
    "/register/app/act_1/again",
    "/register/app/act_1/cancel",
    "/register/code",
    "/register/code/dev_1",
    "/security-info/default",
    "/security-info/sign-out-everywhere",
    "/security-info/dev_1/delete",
    "/activity/evt_1/report",
    "/device",
    "/device/answer",
    "/admin/policy",
    "/admin/people/usr_1/pass",
    "/admin/people/usr_1/lift",
];

#[tokio::test]
async fn every_answer_is_protected_whoever_asks() {
    for stand in &stands_with(|config| config.demo = true).await {
        let admin = stand.person("admin", Role::Administrator).await;
        let mut stranger = Browser::new(stand);
        let mut person = Browser::of(stand, &admin, Stage::SignedIn).await;
        let mut half = Browser::of(stand, &admin, Stage::Password).await;
        let mut passed = Browser::of(stand, &admin, Stage::Pass).await;
        let own = [
            "/register",
            "/security-info",
            "/security-info/add",
            "/security-info/default",
            "/activity",
            "/device",
            "/admin",
            "/admin/policy",
            "/admin/sign-ins",
            "/demo/payroll",
            "/healthz",
            "/metrics",
            "/security-info/sign-out-everywhere",
            "/assets/0-page.css",
            "/assets/nothing",
            "/favicon.ico",
        ];
        for path in ANYBODY.into_iter().chain(own) {
            for browser in [&mut stranger, &mut person, &mut half, &mut passed] {
                let status = browser.clone().get(path).await;
                assert!(!status.is_server_error() || path == "/metrics", "{path}: {status}");
            }
        }
    }
}

/// S-24
#[tokio::test]
async fn a_form_from_elsewhere_or_without_its_secret_changes_nothing() {
    for stand in &stands().await {
        let admin = stand.person("admin", Role::Administrator).await;
        let app = stand.code_app(&admin).await;
        let mut browser = Browser::of(stand, &admin, Stage::SignedIn).await;
        browser.get("/security-info").await;
        let good = browser.hidden("/sign-out").expect("has the secret");
        let all = FORMS.into_iter().map(str::to_owned).chain([format!("/security-info/{}/delete", app.id)]);
        for path in all {
            for (fields, site) in [
                (good.as_slice(), "cross-site"),
                (good.as_slice(), "same-site"),
                (&[], "same-origin"),
                (&[("csrf".to_owned(), String::new())], "same-origin"),
                (&[("csrf".to_owned(), "A".repeat(43))], "same-origin"),
            ] {
                let mut browser = browser.clone();
                let status = browser.post(&path, fields, site).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{path} from {site}");
                assert!(browser.html.contains("This came from another page"), "{path}: {}", browser.html);
            }
            // Who has no session has no secret either, and is at best asked to sign in.
            let mut stranger = Browser::new(stand);
            let status = stranger.post(&path, &good, "same-origin").await;
            let asked = status == StatusCode::SEE_OTHER && stranger.headers["location"] == "/sign-in";
            assert!(asked || status == StatusCode::FORBIDDEN, "{path}: {status}");
        }
        assert_eq!(stand.service.methods(&admin.id).await.unwrap().len(), 1);
        assert_eq!(browser.get("/security-info").await, StatusCode::OK);
        assert!(browser.shows("security-info"), "still signed in");
    }
}

#[tokio::test]
async fn looking_at_a_page_changes_nothing() {
    for stand in &stands().await {
        let user = stand.person("maria", Role::User).await;
        let _phone = stand.app(&user, "Pixel 9").await;
        let woken = stand.woken().await;
        let mut browser = Browser::of(stand, &user, Stage::Password).await;
        for path in [
            "/sign-in/verify",
            "/sign-in/approve",
            "/sign-in/code",
            "/sign-in/next",
            "/sign-in/refused?why=x",
        ] {
            browser.get(path).await;
        }
        assert_eq!(stand.woken().await, woken, "nobody is woken");
    }
}

#[tokio::test]
async fn a_form_is_not_endless() {
    for stand in &stands().await {
        let mut browser = Browser::new(stand);
        browser.get("/sign-in").await;
        let long = ("user_name".to_owned(), "a".repeat(70_000));
        let fields = [browser.hidden("/sign-in").unwrap(), vec![long]].concat();
        assert_eq!(browser.post("/sign-in", &fields, "same-origin").await, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_name_that_is_meant_to_break_out_is_a_name() {
    const NAME: &str = "<script>alert(1)</script>\"'><b onclick=x>&amp;\u{202e}";
    for stand in &stands().await {
        let admin = stand.person("admin", Role::Administrator).await;
        let new = NewUser {
            organisation: stand.organisation.clone(),
            user_name: "eve".to_owned(),
            display_name: NAME.to_owned(),
            email: None,
            role: Role::User,
            password: SecretText::new(PASSWORD.to_owned()),
        };
        let eve = stand.service.add_user(new, "cli").await.expect("is made");
        let _phone = stand.app(&eve, NAME).await;
        let device = stand.service.methods(&eve.id).await.unwrap().remove(0);

        let mut browser = Browser::of(stand, &eve, Stage::SignedIn).await;
        let delete = format!("/security-info/{}/delete", device.id);
        for path in
            ["/", "/security-info", "/security-info/default", delete.as_str(), "/sign-in/verify", "/activity"]
        {
            assert_eq!(browser.get(path).await, StatusCode::OK, "{path}");
            assert!(!browser.html.contains("<script>") && !browser.html.contains("<b onclick"), "{path}");
        }
        let mut browser = Browser::of(stand, &admin, Stage::SignedIn).await;
        let person = format!("/admin/people/{}", eve.id);
        let pass = format!("{person}/pass");
        for path in
            ["/admin", "/admin/sign-ins", person.as_str(), pass.as_str(), "/admin?search=%3Cscript%3E%22"]
        {
            assert_eq!(browser.get(path).await, StatusCode::OK, "{path}");
            assert!(!browser.html.contains("<script>") && !browser.html.contains("<b onclick"), "{path}");
        }
        // What is typed comes back as it was typed.
        let mut browser = Browser::new(stand);
        browser.get("/sign-in?next=%22%3E%3Cscript%3E").await;
        browser.submit("/sign-in", &[("user_name", NAME)]).await;
        assert!(!browser.html.contains("<script>"));
    }
}

#[tokio::test]
async fn a_language_is_chosen_on_any_page_and_stays() {
    for stand in &stands().await {
        let mut browser = Browser::reading(stand, "nb");
        browser.get("/sign-in").await;
        assert!(browser.html.contains("Logg på"));
        browser.get("/sign-in?language=sv").await;
        assert_eq!(browser.path, "/sign-in");
        assert!(browser.html.contains("Logga in") && browser.html.contains("Användarnamn"));
        assert_eq!(browser.cookie(cookies::LANGUAGE), Some("sv"));
        browser.get("/help").await;
        assert!(browser.html.contains("Hjälp"));

        let user = stand.person("maria", Role::User).await;
        let mut browser = Browser::of(stand, &user, Stage::SignedIn).await;
        browser.get("/security-info?language=nb").await;
        assert!(browser.html.contains("Sikkerhetsinfo"));
        assert_eq!(stand.again(&user).await.language, "nb", "mail is in the same language");
    }
}

#[tokio::test]
async fn an_asset_is_kept_for_good_under_the_name_of_its_content() {
    for stand in &stands().await {
        let mut browser = Browser::new(stand);
        browser.get("/help").await;
        let mut linked = browser.html.split("href=\"").filter_map(|rest| rest.split('"').next());
        let style = linked.find(|address| address.ends_with("-page.css")).expect("has a style").to_owned();
        assert_eq!(browser.get(&style).await, StatusCode::OK);
        assert_eq!(browser.headers["cache-control"], "public, max-age=31536000, immutable");
        assert!(browser.html.contains("--accent"));
        browser.keep_assets().await;
        assert_eq!(browser.get("/assets/0000000000000000-page.css").await, StatusCode::OK);
        assert_eq!(browser.headers["cache-control"], "no-store");
        assert_eq!(browser.get("/assets/0000000000000000-other.css").await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_belongs_to_the_demonstration_is_nowhere_else() {
    for stand in &stands().await {
        for path in ["/demo", "/demo/payroll", "/outbox"] {
            assert_eq!(Browser::new(stand).get(path).await, StatusCode::NOT_FOUND, "{path}");
        }
    }
}
