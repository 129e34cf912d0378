//! From an account without a method to approved sign-ins, and every other end that a request can have.

use countersign_tests::browser::Browser;

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
    scene.signed_in().await;
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
    scene.signed_in().await;

    // The record has all of it.
    let log = scene.service.admin(&["admin", "audit", "--user", "maria"], "").await;
    for word in ["method_added", "done", "wrong_number", "denied"] {
        assert!(log.contains(word), "{word} is not in\n{log}");
    }
    scene.app.close().await;
    scene.browser.close().await;
}

#[tokio::test]
async fn every_other_way_in() {
    let mut scene = Scene::set("service-ways", Kept::InAFile).await;
    scene.type_password("maria").await;
    scene.register().await;
    scene.app.click("result-done").await;
    scene.browser.forget().await;

    // A first sign-in, so that the browser is known.
    scene.type_password("maria").await;
    approve_by_number(&scene).await;
    scene.signed_in().await;
    sign_out(&scene).await;

    // The page is scanned, and approving stays a deliberate act.
    scene.type_password("maria").await;
    scene.browser.click("scan-or-number").await;
    let code = scene.browser.picture_of(".qr svg").await;
    scene.scan(&code).await;
    scene.app.see("matched").await;
    scene.app.keep_picture("scanned").await;
    scene.app.click("approve").await;
    assert_eq!(scene.outcome().await, "approved");
    scene.signed_in().await;
    sign_out(&scene).await;

    // A code of the app, where the phone has no network.
    scene.type_password("maria").await;
    scene.browser.click("other-way").await;
    scene.browser.click("way-code").await;
    scene.app.click("open").await;
    let code = scene.app.code_at("[data-testid=account-code]").await;
    scene.app.keep_picture("account").await;
    scene.browser.fill("code", &code).await;
    scene.browser.click("submit").await;
    scene.signed_in().await;
    scene.app.click("back").await;
    sign_out(&scene).await;

    // The request that was left for the code is over, and the app knows it before the next ones come.
    scene.app.see_no_more("waiting").await;

    // Two at a time: both are listed, and each has its own number.
    let other = Browser::open(&scene.desk).await;
    scene.type_password("maria").await;
    let number = scene.browser.text("number").await;
    scene.type_password_in(&other, "maria").await;
    assert_ne!(other.text("number").await, number);
    scene.app.click("waiting").await;
    scene
        .app
        .wait("both requests", async || {
            // The first may have been opened before the second came.
            if scene.app.sees("show-all").await {
                scene.app.click("show-all").await;
            }
            (scene.app.count("[data-testid=request]").await == 2).then_some(())
        })
        .await;
    scene.app.keep_picture("two").await;
    // The newest is not chosen for the person; the older one stands wherever the list has it.
    for request in scene.app.all("[data-testid=request]").await {
        request.click().await.expect("it can be seen");
        scene.app.see("approve").await;
        if !scene.app.sees("strange").await {
            break;
        }
        scene.app.click("back").await;
    }
    scene.type_number(&number).await;
    scene.app.click("approve").await;
    assert_eq!(scene.outcome().await, "approved");
    scene.signed_in().await;
    sign_out(&scene).await;

    // Somebody else's, still in the list: reported, and requests are suspended until an administrator looks.
    scene.app.click("request").await;
    scene.app.click("deny").await;
    scene.app.click("stop-not-me").await;
    assert_eq!(scene.outcome().await, "reported");
    // Its session is over with the report.
    other.see("user-name").await;
    scene.type_password_in(&other, "maria").await;
    other.see("suspended").await;
    scene.app.close().await;
    other.close().await;
    scene.browser.close().await;
}

async fn approve_by_number(scene: &Scene) {
    let number = scene.browser.text("number").await;
    scene.open_request().await;
    scene.type_number(&number).await;
    scene.app.click("approve").await;
    assert_eq!(scene.outcome().await, "approved");
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
