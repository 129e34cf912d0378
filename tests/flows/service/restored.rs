//! A phone is lost and its backup is restored: of a work account there is the name, and signing in with a pass
//! brings it back where it stood.

use std::fs;

use countersign_tests::window::Window;

use super::scene::{Kept, Scene};
use crate::steps::{
    BACKUP_PASSPHRASE, KEY, accounts, add_by_hand, agree, backups, code_is_right, leave_settings, part,
    turn_on_backup,
};

/// What the person calls the account, and what they wrote beside it.
const NAME: &str = "My job";
const NOTE: &str = "third floor";

#[tokio::test]
async fn a_restored_work_account_comes_back_by_signing_in_with_a_pass() {
    let (scene, id) = restored(Scene::set("service-restored", Kept::InAFile).await).await;
    sign_in_with_a_pass(&scene).await;

    // The row leads to a page of the service, where the code that it shows is typed.
    scene.app.click_at(&part(NAME, "sign-in")).await;
    let code = scene.app.text_at("[data-testid=user-code] .code").await;
    scene.browser.go(&format!("{}/device", scene.service.origin)).await;
    scene.browser.fill("code", &code).await;
    scene.browser.click("submit").await;
    scene.browser.click("device-yes").await;
    scene.app.see("work-account").await;
    scene.app.keep_picture("restore").await;
    scene.app.click("confirm-add").await;
    scene.leave_notifications().await;
    let number = scene.browser.text("number").await;
    scene.type_number(&number).await;
    scene.app.click("approve").await;
    scene.browser.see("configured").await;
    works_where_it_stood(scene, &id).await;
}

#[tokio::test]
async fn a_restored_work_account_comes_back_by_a_code_on_the_page() {
    let (mut scene, id) = restored(Scene::set("service-restored-code", Kept::InAFile).await).await;
    sign_in_with_a_pass(&scene).await;

    // The app finds by itself that the name in the list is this account's, and asks nothing about it.
    scene.browser.click("add").await;
    scene.browser.click("add-app").await;
    scene.register().await;
    works_where_it_stood(scene, &id).await;
}

/// Registers, backs up, loses everything but the backup, and restores. Gives the row that is only a name now.
async fn restored(mut scene: Scene) -> (Scene, String) {
    scene.type_password("maria").await;
    scene.register().await;
    scene.app.click("result-done").await;
    scene.browser.forget().await;
    let id = rename(&scene.app).await;
    add_by_hand(&scene.app, "Northwind", "maria", KEY).await;
    turn_on_backup(&scene.app).await;
    backups(&scene.app, &scene.hand.home().join("Countersign"), 1).await;
    leave_settings(&scene.app).await;

    // Nothing is left but the folder with the backup.
    let Scene { service, browser, app, mut hand, desk } = scene;
    app.close().await;
    hand.empty_keyring().await;
    fs::remove_dir_all(hand.data()).expect("the home can be written");
    let app = Window::open(&hand).await;
    let scene = Scene { service, browser, app, hand, desk };
    let app = &scene.app;
    agree(app).await;

    app.click("empty-restore").await;
    app.click("choose-continue").await;
    app.fill("open-pass", BACKUP_PASSPHRASE).await;
    app.click("open-submit").await;
    app.see("plan-again").await;
    app.click("take-in").await;
    app.see("again").await;
    app.keep_picture("restored").await;
    app.click("result-done").await;
    code_is_right(app, "Northwind", KEY).await;
    app.see_text("Sign in to restore your account").await;
    app.keep_picture("sign-in-to-restore").await;
    assert_eq!(first_row(app).await, (id.clone(), NAME.to_owned(), "signIn".to_owned()));
    (scene, id)
}

/// Gives the work account a name and a note of the person's own, under the heading of the other one.
async fn rename(app: &Window) -> String {
    app.click("open").await;
    app.click("account-more").await;
    app.click("edit").await;
    app.fill("edit-issuer", NAME).await;
    app.fill("edit-note", NOTE).await;
    app.choose("group-other").await;
    app.click("save").await;
    app.see_text(NOTE).await;
    app.click("back").await;
    let (id, name, state) = first_row(app).await;
    assert_eq!((name.as_str(), state.as_str()), (NAME, "active"));
    id
}

/// The operator has checked who it is, and hands out a pass.
async fn sign_in_with_a_pass(scene: &Scene) {
    let pass = scene.issue_pass("maria").await;
    scene.type_pass("maria", &pass).await;
    scene.browser.see("security-info").await;
}

/// It is the row that was there, whole; it approves, and the phone that was lost is deleted with it.
async fn works_where_it_stood(scene: Scene, id: &str) {
    let Scene { app, browser, service, .. } = &scene;
    app.click("result-done").await;
    let row = (id.to_owned(), NAME.to_owned(), "active".to_owned());
    app.wait("the row is active", async || (first_row(app).await == row).then_some(())).await;
    assert_eq!(accounts(app).await, 2, "nothing beside it");
    app.click_at(&part(NAME, "open")).await;
    app.see_text(NOTE).await;
    app.keep_picture("works-again").await;
    app.click("back").await;

    browser.forget().await;
    scene.type_password("maria").await;
    let number = browser.text("number").await;
    scene.open_request().await;
    scene.type_number(&number).await;
    app.click("approve").await;
    assert_eq!(scene.outcome().await, "approved");
    scene.signed_in().await;
    browser.go(&format!("{}/security-info", service.origin)).await;
    browser.see("security-info").await;
    let mut methods = browser.all("[data-testid=delete]").await;
    assert_eq!(methods.len(), 2, "the lost phone and this one");
    methods.remove(0).click().await.expect("it can be seen");
    browser.click("delete-yes").await;
    browser.see("security-info").await;

    // Without the lost one it goes on.
    browser.forget().await;
    scene.type_password("maria").await;
    let number = browser.text("number").await;
    scene.open_request().await;
    scene.type_number(&number).await;
    app.click("approve").await;
    assert_eq!(scene.outcome().await, "approved");
    scene.signed_in().await;
    let Scene { app, browser, .. } = scene;
    app.close().await;
    browser.close().await;
}

/// The id, name and state of the row at the top of the list.
async fn first_row(app: &Window) -> (String, String, String) {
    let of = async |name: &str| app.attribute("row", name).await.unwrap_or_default();
    (of("data-id").await, of("data-issuer").await, of("data-state").await)
}
