//! Adding by signing in: nothing is scanned, the app shows a code and the page asks for it.

use super::scene::{Kept, Scene};

#[tokio::test]
async fn a_phone_is_added_by_signing_in_with_a_file() {
    added_by_signing_in(Scene::set("service-device", Kept::InAFile).await).await;
}

#[tokio::test]
async fn a_phone_is_added_by_signing_in_with_postgres() {
    added_by_signing_in(Scene::set("service-device-postgres", Kept::InPostgres).await).await;
}

async fn added_by_signing_in(scene: Scene) {
    scene.sign_in_by_a_new_code_app(&scene.browser, "maria").await;

    scene.app.click("add").await;
    scene.app.click("add-work").await;
    scene.app.fill("field-address", &scene.service.origin).await;
    scene.app.click("work-submit").await;
    let code = scene.app.text_at("[data-testid=user-code] .code").await;
    scene.app.keep_picture("shows-a-code").await;
    assert_eq!(
        scene.app.text("sign-in-address").await,
        format!("{}/device", scene.service.origin),
        "a bare page: nothing to follow"
    );

    scene.browser.go(&format!("{}/device", scene.service.origin)).await;
    scene.browser.fill("code", &code.to_lowercase()).await;
    scene.browser.click("submit").await;
    scene.browser.see("device-question").await;
    scene.browser.keep_picture("is-this-yours").await;
    scene.browser.click("device-yes").await;

    scene.app.see("work-account").await;
    scene.app.click("confirm-add").await;
    scene.leave_notifications().await;
    let number = scene.browser.text("number").await;
    scene.type_number(&number).await;
    scene.app.click("approve").await;
    scene.browser.see("configured").await;
    scene.app.click("result-done").await;

    // It approves like any other.
    scene.browser.forget().await;
    scene.type_password("maria").await;
    scene.browser.click_at("a[href^='/sign-in/verify']").await;
    scene.browser.click("way-app").await;
    let number = scene.browser.text("number").await;
    scene.open_request().await;
    scene.type_number(&number).await;
    scene.app.click("approve").await;
    assert_eq!(scene.outcome().await, "approved");
    scene.signed_in().await;
    scene.app.close().await;
    scene.browser.close().await;
}
