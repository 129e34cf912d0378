//! Administration.

use axum::http::StatusCode;

use super::Browser;
use crate::accounts::Role;
use crate::fixture::stands;
use crate::sessions::Stage;

#[tokio::test]
async fn a_pass_is_issued_shown_once_and_leads_to_a_method() {
    for stand in &stands().await {
        for language in ["en", "sv", "nb"] {
            let admin = stand.person(&format!("admin-{language}"), Role::Administrator).await;
            let name = format!("maria-{language}");
            let user = stand.person(&name, Role::User).await;
            let mut browser = Browser::of(stand, &admin, Stage::SignedIn).await.in_language(language);
            browser.get("/admin").await;
            browser.get(&format!("/admin?search={name}")).await;
            let person = browser.address("/admin/people/");
            assert_eq!(person, format!("/admin/people/{}", user.id));
            browser.get(&person).await;
            let issue = browser.address(&format!("{person}/pass"));
            browser.get(&issue).await;
            let status = browser.submit(&issue, &[("valid", "3600"), ("starts", "")]).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "nobody said that they have checked");
            let checked = [("valid", "3600"), ("starts", "1999-01-01T00:00"), ("checked", "yes")];
            assert_eq!(browser.submit(&issue, &checked).await, StatusCode::UNPROCESSABLE_ENTITY);
            let checked = [("valid", "3600"), ("starts", ""), ("checked", "yes")];
            assert_eq!(browser.submit(&issue, &checked).await, StatusCode::OK);
            let pass = browser.text("pass");
            assert_eq!(pass.len(), 9, "{pass}");
            browser.get(&person).await;
            assert!(!browser.html.contains(&pass));
            browser.get(&issue).await;
            assert!(browser.html.contains("notice warn"), "an older pass ends: {}", browser.html);

            let mut holder = Browser::reading(stand, language);
            holder.get("/sign-in").await;
            holder.submit("/sign-in", &[("user_name", &name)]).await;
            holder.get("/sign-in/pass").await;
            holder.submit("/sign-in/pass", &[("pass", "AAAA AAAA")]).await;
            assert!(holder.shows("error"));
            holder.submit("/sign-in/pass", &[("pass", &pass.to_lowercase())]).await;
            assert!(holder.shows("security-info"), "{}", holder.html);
            for path in ["/activity", "/security-info/default", "/security-info/sign-out-everywhere"] {
                assert_eq!(holder.get(path).await, StatusCode::FORBIDDEN, "{path}");
            }
            assert_eq!(holder.get("/register").await, StatusCode::OK);
            holder.submit("/register", &[("how", "codes")]).await;
            assert!(holder.shows("other-app"));

            browser.get(&issue).await;
            browser.submit(&issue, &checked).await;
            browser.get(&person).await;
            browser.submit(&format!("{person}/pass/revoke"), &[]).await;
            assert!(browser.html.contains("role=\"status\""));
        }
    }
}

#[tokio::test]
async fn nobody_issues_a_pass_for_themselves() {
    for stand in &stands().await {
        let admin = stand.person("admin", Role::Administrator).await;
        let mut browser = Browser::of(stand, &admin, Stage::SignedIn).await;
        let path = format!("/admin/people/{}/pass", admin.id);
        assert_eq!(browser.get(&path).await, StatusCode::FORBIDDEN);
        assert!(browser.shows("no-pass"));
        browser.get("/admin/policy").await;
        let mut fields = browser.hidden("/sign-out").unwrap();
        fields.extend([("valid".to_owned(), "3600".to_owned()), ("checked".to_owned(), "yes".to_owned())]);
        assert_eq!(browser.post(&path, &fields, "same-origin").await, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn only_administrators_administer_and_only_after_a_recent_verification() {
    for stand in &stands().await {
        let admin = stand.person("admin", Role::Administrator).await;
        let user = stand.person("maria", Role::User).await;
        let _app = stand.code_app(&admin).await;
        let person = format!("/admin/people/{}", admin.id);
        for path in ["/admin", "/admin/policy", "/admin/sign-ins", person.as_str()] {
            let mut browser = Browser::of(stand, &user, Stage::SignedIn).await;
            assert_eq!(browser.get(path).await, StatusCode::FORBIDDEN, "{path}");
        }
        let mut browser = Browser::of(stand, &admin, Stage::SignedIn).await;
        browser.get("/admin/policy").await;
        stand.wait(601);
        let fields = [
            ("match_len", "6"),
            ("uv", "required"),
            ("attestation", "none"),
            ("request_secs", "60"),
            ("app", "yes"),
        ];
        browser.submit("/admin/policy", &fields).await;
        assert!(browser.path.starts_with("/sign-in/verify"), "{}", browser.path);
        browser.get(&format!("/admin/people/{}/pass", user.id)).await;
        assert!(browser.path.starts_with("/sign-in/verify?next="), "{}", browser.path);
        assert_eq!(browser.get("/admin/people/usr_nobody").await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_policy_is_changed_and_a_mistake_is_said() {
    for stand in &stands().await {
        for language in ["en", "sv", "nb"] {
            let admin = stand.person(&format!("admin-{language}"), Role::Administrator).await;
            let mut browser = Browser::of(stand, &admin, Stage::SignedIn).await.in_language(language);
            browser.get("/admin/policy").await;
            let with = |secs: &'static str, app: bool| {
                let mut fields = vec![
                    ("match_len", "6"),
                    ("uv", "preferred"),
                    ("attestation", "required"),
                    ("request_secs", secs),
                ];
                if app {
                    fields.push(("app", "yes"));
                    fields.push(("passes", "yes"));
                }
                fields
            };
            for wrong in ["29", "301", "x", ""] {
                let status = browser.submit("/admin/policy", &with(wrong, true)).await;
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            }
            let status = browser.submit("/admin/policy", &with("60", false)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(browser.shows("error"));
            assert_eq!(browser.submit("/admin/policy", &with("300", true)).await, StatusCode::OK);
            let policy = stand.service.policy(&stand.organisation).await.unwrap();
            assert!(policy.app && !policy.other_apps && policy.request_secs == 300);
            assert_eq!(policy.match_len.digits(), 6);
            browser.get("/register").await;
            assert!(browser.html.contains("Contoso"));
            browser.get("/admin/sign-ins").await;
            assert!(browser.shows("event"));
        }
    }
}

#[tokio::test]
async fn an_administrator_deletes_a_method_and_sees_the_person() {
    for stand in &stands().await {
        let admin = stand.person("admin", Role::Administrator).await;
        let user = stand.person("maria", Role::User).await;
        let app = stand.code_app(&user).await;
        let mut browser = Browser::of(stand, &admin, Stage::SignedIn).await;
        let delete = format!("/admin/people/{}/methods/{}/delete", user.id, app.id);
        for language in ["sv", "nb", "en"] {
            browser.clone().in_language(language).get(&delete).await;
            browser.clone().in_language(language).get(&format!("/admin/people/{}", user.id)).await;
        }
        browser.get(&delete).await;
        browser.submit(&delete, &[]).await;
        assert!(browser.html.contains("has no method yet"), "{}", browser.html);
        assert!(stand.service.methods(&user.id).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_account_is_switched_off_and_on_again() {
    for stand in &stands().await {
        for language in ["en", "sv", "nb"] {
            let admin = stand.person(&format!("admin-{language}"), Role::Administrator).await;
            let user = stand.person(&format!("maria-{language}"), Role::User).await;
            let mut theirs = Browser::of(stand, &user, Stage::SignedIn).await;
            assert_eq!(theirs.get("/security-info").await, StatusCode::OK);
            let mut browser = Browser::of(stand, &admin, Stage::SignedIn).await.in_language(language);
            let person = format!("/admin/people/{}", user.id);
            browser.get(&person).await;
            assert!(browser.shows("disable"));
            browser.get(&format!("{person}/disable")).await;
            assert!(browser.shows("disable-question"));
            browser.submit(&format!("{person}/disable"), &[]).await;
            assert!(browser.shows("disabled") && !browser.shows("disable"), "{}", browser.html);
            theirs.get("/security-info").await;
            assert!(theirs.path.starts_with("/sign-in?next="), "is signed out: {}", theirs.path);
            browser.submit(&format!("{person}/enable"), &[]).await;
            assert!(!browser.shows("disabled") && browser.shows("disable"));
            let oneself = format!("/admin/people/{}", admin.id);
            browser.get(&oneself).await;
            assert!(!browser.shows("disable"));
            assert_eq!(browser.get(&format!("{oneself}/disable")).await, StatusCode::FORBIDDEN);
        }
    }
}

#[tokio::test]
async fn a_password_is_changed_on_its_page() {
    for stand in &stands().await {
        for language in ["en", "sv", "nb"] {
            let user = stand.person(&format!("maria-{language}"), Role::User).await;
            let mut browser = Browser::of(stand, &user, Stage::SignedIn).await.in_language(language);
            browser.get("/security-info").await;
            assert!(browser.shows("change-password"));
            let page = "/security-info/password";
            browser.get(page).await;
            let status =
                browser.submit(page, &[("current", "wrong one"), ("new", "another long password")]).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(browser.shows("error") && browser.html.contains("current-error"));
            assert!(!browser.html.contains("wrong one") && !browser.html.contains("another long password"));
            browser.submit(page, &[("current", crate::fixture::PASSWORD), ("new", "short")]).await;
            assert!(browser.html.contains("new-error"));
            browser
                .submit(page, &[("current", crate::fixture::PASSWORD), ("new", "another long password")])
                .await;
            assert!(browser.shows("security-info") && browser.html.contains("role=\"status\""));
            stand.wait(600);
            browser.get(page).await;
            assert!(browser.path.starts_with("/sign-in/verify"), "{}", browser.path);
        }
    }
}
