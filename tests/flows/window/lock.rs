//! The app lock.

use countersign_tests::window::Window;

use crate::steps::{KEY, accounts, add_by_hand, code_is_right, ready};

const PASSPHRASE: &str = "gräs under fyra månar";

#[tokio::test]
async fn only_the_right_passphrase_opens_a_locked_app() {
    let (desktop, window) = ready("lock").await;
    add_by_hand(&window, "Example", "locked", KEY).await;

    window.click("settings").await;
    window.click("app-lock").await;
    window.fill("lock-pass", "short").await;
    window.fill("lock-pass2", "short").await;
    window.click("lock-submit").await;
    window.see("field-error").await;
    window.fill("lock-pass", PASSPHRASE).await;
    window.fill("lock-pass2", "another than above").await;
    window.click("lock-submit").await;
    window.see("field-error").await;
    window.fill("lock-pass2", PASSPHRASE).await;
    window.click("lock-submit").await;
    window.click("lock-now").await;

    window.see("unlock").await;
    assert_eq!(accounts(&window).await, 0, "a locked app shows nothing");
    window.fill("unlock-pass", "gras under fyra manar").await;
    window.click("unlock").await;
    window.see("field-error").await;
    window.keep_picture("wrong").await;
    window.fill("unlock-pass", PASSPHRASE).await;
    window.click("unlock").await;
    code_is_right(&window, "Example", KEY).await;
    window.close().await;

    let window = Window::open(&desktop).await;
    window.see("unlock").await;
    assert_eq!(accounts(&window).await, 0, "it starts locked");
    window.fill("unlock-pass", PASSPHRASE).await;
    window.click("unlock").await;
    code_is_right(&window, "Example", KEY).await;
    window.close().await;
}
