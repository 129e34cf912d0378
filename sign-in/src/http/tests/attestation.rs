//! What was found of a phone's keys is where the person and the administrator look for it.

use axum::http::StatusCode;

use super::Browser;
use crate::accounts::Role;
use crate::attestation::tests::service::{Shows, added, believers};
use crate::fixture::stands;
use crate::sessions::Stage;
use crate::web::Language;

#[tokio::test]
async fn a_proof_that_failed_is_shown_to_the_person_and_to_administrators() {
    for stand in &believers().await {
        let admin = stand.person("admin", Role::Administrator).await;
        let user = stand.person("maria", Role::User).await;
        added(stand, &user, Shows::AndroidUnlocked).await.expect("is added");
        added(stand, &user, Shows::Android).await.expect("is added");
        let mut hers = Browser::of(stand, &user, Stage::SignedIn).await;
        let mut theirs = Browser::of(stand, &admin, Stage::SignedIn).await;
        for language in Language::ALL {
            let tag = language.tag();
            let w = language.words();
            let s = &w.security;
            (hers, theirs) = (hers.in_language(tag), theirs.in_language(tag));
            let person = format!("/admin/people/{}", user.id);
            for (browser, path) in [(&mut hers, "/security-info"), (&mut theirs, person.as_str())] {
                assert_eq!(browser.get(path).await, StatusCode::OK);
                assert!(browser.shows("attested"));
                for text in [&s.att_boot, &s.att_strongbox, &s.att_failed_tag] {
                    assert!(browser.html.contains(text.as_str()), "{tag} {path}: {}", text.as_str());
                }
            }
            for (browser, path) in [(&mut hers, "/activity"), (&mut theirs, "/admin/sign-ins")] {
                browser.get(path).await;
                for text in [&w.activity.attested, &w.activity.attested_failed, &s.att_boot] {
                    assert!(browser.html.contains(text.as_str()), "{tag} {path}: {}", text.as_str());
                }
            }
            theirs.get("/admin/policy").await;
            assert!(!theirs.html.contains("attestation.android_signers"));
        }
    }
}

#[tokio::test]
async fn a_service_that_cannot_judge_says_so_where_the_policy_is_chosen() {
    for stand in &stands().await {
        let admin = stand.person("admin", Role::Administrator).await;
        let user = stand.person("maria", Role::User).await;
        added(stand, &user, Shows::Android).await.expect("is added");
        let mut browser = Browser::of(stand, &admin, Stage::SignedIn).await;
        for language in Language::ALL {
            let tag = language.tag();
            let w = language.words();
            browser = browser.in_language(tag);
            browser.get("/admin/policy").await;
            for text in [&w.policy.att_no_android, &w.policy.att_no_apple] {
                assert!(browser.html.contains(text.as_str()), "{tag}: {}", text.as_str());
            }
            browser.get(&format!("/admin/people/{}", user.id)).await;
            assert!(browser.html.contains(w.security.att_unverified.as_str()), "{tag}");
        }
    }
}
