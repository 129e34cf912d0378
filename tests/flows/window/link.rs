//! `otpauth:` links that another program hands to the app.

use countersign_tests::places;
use countersign_tests::window::Window;

use crate::steps::{KEY, accounts, code_is_right, confirm, ready};

#[tokio::test]
async fn a_link_only_asks_and_a_second_start_uses_the_first_window() {
    let (desktop, window) = ready("link").await;
    let link = format!("otpauth://totp/Example:linked?secret={KEY}&issuer=Example");
    let second = desktop.logged(places::app(), "second.log").arg(&link).status().await;
    assert!(second.expect("the app can be started").success(), "the second start ends by itself");

    window.see("confirm-add").await;
    assert_eq!(accounts(&window).await, 0, "a link adds nothing by itself");
    window.click("back").await;
    window.see("add").await;
    assert_eq!(accounts(&window).await, 0);

    let again = desktop.logged(places::app(), "third.log").arg(&link).status().await;
    assert!(again.expect("the app can be started").success());
    confirm(&window, "Example").await;
    code_is_right(&window, "Example", KEY).await;
    window.close().await;

    let window = Window::open(&desktop).await;
    window.wait("the account", async || (accounts(&window).await == 1).then_some(())).await;
    window.close().await;
}
