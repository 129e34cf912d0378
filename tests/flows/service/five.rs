//! Five authenticators, and the sixth that is refused in exactly these words.

use super::scene::{Kept, Scene};

const REFUSED: &str = "You can’t set up the authenticator because you already have five authenticator apps or hardware \
                       tokens. Please contact your administrator to delete one of your authenticator apps or hardware \
                       tokens.";

#[tokio::test]
async fn the_sixth_authenticator_is_refused_in_the_browser() {
    let mut scene = Scene::set("service-five", Kept::InAFile).await;
    scene.type_password("maria").await;
    scene.register().await;
    scene.app.click("result-done").await;
    // The test of the very first method was the second step of this sign-in.
    scene.browser.click("go-on").await;
    scene.signed_in().await;

    for number in 2..=5 {
        scene.browser.go(&format!("{}/security-info", scene.service.origin)).await;
        scene.browser.click("add").await;
        scene.browser.click("add-code").await;
        scene.add_code_app(&scene.browser, &format!("App {number}")).await;
    }
    scene.browser.go(&format!("{}/security-info", scene.service.origin)).await;
    scene.browser.see("security-info").await;
    assert_eq!(scene.browser.count("[data-testid=delete]").await, 5);
    scene.browser.click("add").await;
    scene.browser.see_text(REFUSED).await;
    scene.browser.keep_picture("five").await;

    // Once one is gone there is room again.
    scene.browser.go(&format!("{}/security-info", scene.service.origin)).await;
    scene.browser.see("security-info").await;
    scene.browser.all("[data-testid=delete]").await.remove(4).click().await.expect("it can be seen");
    scene.browser.click("delete-yes").await;
    scene.browser.see("security-info").await;
    scene.browser.click("add").await;
    scene.browser.see("add-code").await;
    scene.app.close().await;
    scene.browser.close().await;
}
