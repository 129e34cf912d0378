//! A lost phone: the operator issues a pass, the person adds a new phone with it and deletes the old one.

use countersign_tests::desktop::Desktop;
use countersign_tests::window::Window;

use super::scene::{Kept, Scene};
use crate::steps::agree;

#[tokio::test]
async fn a_pass_adds_a_new_phone_and_the_old_one_goes() {
    let mut scene = Scene::set("service-pass", Kept::InAFile).await;
    scene.type_password("maria").await;
    scene.register().await;
    scene.app.click("result-done").await;
    scene.browser.forget().await;

    // The old phone is lost; the pass is printed once.
    let pass = scene.issue_pass("maria").await;
    scene.type_pass("maria", &pass.to_ascii_lowercase()).await;
    scene.browser.see("security-info").await;
    scene.browser.keep_picture("by-pass").await;

    // A new phone takes the place of the one in the hand.
    let mut hand = Desktop::start("service-pass-new").await;
    hand.start_keyring().await;
    let app = Window::open(&hand).await;
    agree(&app).await;
    let (old, old_hand) = (std::mem::replace(&mut scene.app, app), std::mem::replace(&mut scene.hand, hand));
    scene.browser.click("add").await;
    scene.browser.click("add-app").await;
    scene.register().await;
    scene.app.click("result-done").await;
    scene.browser.forget().await;

    // With the new phone Maria signs in and deletes the old one, which is told.
    scene.type_password("maria").await;
    let number = scene.browser.text("number").await;
    scene.open_request().await;
    scene.type_number(&number).await;
    scene.app.click("approve").await;
    assert_eq!(scene.outcome().await, "approved");
    scene.browser.click("stay-no").await;
    scene.browser.see("signed-in").await;
    scene.browser.go(&format!("{}/security-info", scene.service.origin)).await;
    scene.browser.see("security-info").await;
    let mut deletes = scene.browser.all("[data-testid=delete]").await;
    assert_eq!(deletes.len(), 2);
    // The default is listed first, and it is the older one until it is deleted.
    deletes.remove(0).click().await.expect("it can be seen");
    scene.browser.click("delete-yes").await;
    scene.browser.see("security-info").await;
    old.see("sign-in").await;
    old.keep_picture("sign-in-again").await;
    old.close().await;
    drop(old_hand);
    scene.app.close().await;
    scene.browser.close().await;
}
