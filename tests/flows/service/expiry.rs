//! Nobody answers in time, with the shortest time that an administrator can choose on the policy's page.

use std::time::Duration;

use countersign_tests::browser::Browser;
use countersign_tests::wait::within;

use super::scene::{Kept, Scene};

#[tokio::test]
async fn a_request_that_nobody_answers_expires_with_a_file() {
    expires(Scene::set("service-expiry", Kept::InAFile).await).await;
}

#[tokio::test]
async fn a_request_that_nobody_answers_expires_with_postgres() {
    expires(Scene::set("service-expiry-postgres", Kept::InPostgres).await).await;
}

async fn expires(mut scene: Scene) {
    let office = Browser::open(&scene.desk).await;
    scene.sign_in_by_a_new_code_app(&office, "olle").await;
    office.go(&format!("{}/admin/policy", scene.service.origin)).await;
    office.fill("request-secs", "30").await;
    office.click("submit").await;
    office.see("policy").await;
    office.close().await;

    scene.type_password("maria").await;
    scene.register().await;
    scene.app.click("result-done").await;
    scene.browser.forget().await;

    scene.type_password("maria").await;
    let number = scene.browser.text("number").await;
    scene.open_request().await;
    // Half a minute, and as long again for a busy machine.
    within(Duration::from_secs(90), "the page says that it has expired", async || {
        scene.browser.sees("expired").await.then_some(())
    })
    .await;
    scene.browser.keep_picture("expired").await;
    // Whoever has typed the number meanwhile is told that it was too late.
    if scene.app.sees("approve").await {
        scene.type_number(&number).await;
        scene.app.click("approve").await;
    }
    assert_eq!(scene.outcome().await, "expired");

    // The way on is another request, and it works.
    scene.browser.click("again").await;
    let number = scene.browser.text("number").await;
    scene.open_request().await;
    scene.type_number(&number).await;
    scene.app.click("approve").await;
    assert_eq!(scene.outcome().await, "approved");
    scene.signed_in().await;
    let log = scene.service.admin(&["admin", "audit", "--user", "maria"], "").await;
    assert!(log.contains("expired"), "{log}");
    scene.app.close().await;
    scene.browser.close().await;
}
