//! From an account without a method to approved sign-ins, and every other end that a request can have.

use super::scene::{Kept, Scene};

#[tokio::test]
async fn the_whole_way_with_a_file() {
    the_whole_way(Scene::set("service-file", Kept::InAFile).await).await;
}

#[tokio::test]
async fn the_whole_way_with_postgres() {
    the_whole_way(Scene::set("service-postgres", Kept::InPostgres).await).await;
}

async fn the_whole_way(mut scene: Scene) {
    // Registration by camera, with its test approval.
    scene.type_password("maria").await;
    scene.register().await;
    scene.app.click("result-done").await;
    scene.app.keep_picture("registered").await;
    scene.browser.forget().await;

    // The right number.
    scene.type_password("maria").await;
    let number = scene.browser.text("number").await;
    scene.browser.keep_picture("number").await;
    scene.open_request().await;
    scene.app.keep_picture("request").await;
    scene.type_number(&number).await;
    scene.app.click("approve").await;
    assert_eq!(scene.outcome().await, "approved");
    signed_in(&scene).await;
    sign_out(&scene).await;

    // A wrong number ends it.
    scene.type_password("maria").await;
    let number = scene.browser.text("number").await;
    scene.open_request().await;
    scene.type_number(&other_than(&number)).await;
    scene.app.click("approve").await;
    assert_eq!(scene.outcome().await, "wrongNumber");
    scene.browser.see("wrong-number").await;

    // Saying no.
    scene.type_password("maria").await;
    scene.browser.see("number").await;
    scene.open_request().await;
    scene.app.click("deny").await;
    scene.app.click("stop-cancelled").await;
    assert_eq!(scene.outcome().await, "denied");
    scene.browser.see("denied").await;

    // The service is ended as by a power cut between question and answer.
    scene.type_password("maria").await;
    let number = scene.browser.text("number").await;
    scene.open_request().await;
    scene.type_number(&number).await;
    scene.service.kill().await;
    scene.service.resume().await;
    scene.app.click("approve").await;
    assert_eq!(scene.outcome().await, "approved");
    signed_in(&scene).await;

    // The record has all of it.
    let log = scene.service.admin(&["admin", "audit", "--user", "maria"], "").await;
    for word in ["method_added", "done", "wrong_number", "denied"] {
        assert!(log.contains(word), "{word} is not in\n{log}");
    }
    scene.app.close().await;
    scene.browser.close().await;
}

async fn signed_in(scene: &Scene) {
    scene.browser.click("stay-no").await;
    scene.browser.see("signed-in").await;
}

async fn sign_out(scene: &Scene) {
    scene.browser.go(&format!("{}/security-info", scene.service.origin)).await;
    scene.browser.see("security-info").await;
    scene.browser.click("sign-out").await;
    scene.browser.see("signed-out").await;
}

fn other_than(number: &str) -> String {
    if number == "10" { "11".to_owned() } else { "10".to_owned() }
}
