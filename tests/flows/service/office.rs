//! What an administrator does at a page: issues a pass that is used elsewhere, and switches an account off.

use countersign_tests::browser::Browser;

use super::scene::{Kept, Scene};

#[tokio::test]
async fn an_administrator_issues_a_pass_and_switches_the_account_off() {
    let scene = Scene::set("service-office", Kept::InAFile).await;
    let office = Browser::open(&scene.desk).await;
    scene.sign_in_by_a_new_code_app(&office, "olle").await;
    office.go(&format!("{}/admin?search=maria", scene.service.origin)).await;
    office.click("person").await;
    office.click("issue").await;
    office.choose("checked").await;
    office.click("submit").await;
    let pass = office.code_at("[data-testid=pass]").await;
    assert_eq!(pass.len(), 8, "{pass}");
    office.keep_picture("issued").await;
    office.click("given").await;
    office.see("person").await;

    // Maria reads it from a note.
    scene.browser.go(&format!("{}/sign-in", scene.service.origin)).await;
    scene.browser.fill("user-name", "maria").await;
    scene.browser.click("next").await;
    scene.browser.click("use-pass").await;
    scene.browser.fill("pass", &pass).await;
    scene.browser.click("submit").await;
    scene.browser.see("security-info").await;
    scene.browser.click("add").await;
    scene.browser.click("add-code").await;
    scene.add_code_app(&scene.browser, "Another app").await;

    // And is signed out the moment that her account is switched off.
    office.click("disable").await;
    office.click("disable-yes").await;
    office.see("disabled").await;
    office.keep_picture("switched-off").await;
    scene.browser.go(&format!("{}/security-info", scene.service.origin)).await;
    scene.browser.see("user-name").await;
    scene.type_password("maria").await;
    scene.browser.see("error").await;
    office.click("enable").await;
    office.see("disable").await;
    scene.type_password("maria").await;
    scene.browser.see("code").await;
    scene.app.close().await;
    office.close().await;
    scene.browser.close().await;
}
