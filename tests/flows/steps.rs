//! Steps that many flows have in common.

use countersign_tests::desktop::Desktop;
use countersign_tests::oath;
use countersign_tests::page::Page;
use countersign_tests::window::Window;

/// The key of RFC 6238, appendix B, in Base32.
pub(crate) const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// A desktop with a keystore, and the app on it past its first questions.
pub(crate) async fn ready(test: &str) -> (Desktop, Window) {
    let mut desktop = Desktop::start(test).await;
    desktop.start_keyring().await;
    let window = Window::open(&desktop).await;
    agree(&window).await;
    (desktop, window)
}

/// Accepts the privacy text and wants no log.
pub(crate) async fn agree(window: &Page) {
    window.click("accept").await;
    window.click("skip-log").await;
    window.see("add").await;
}

/// Adds a time-based account by typing it in.
pub(crate) async fn add_by_hand(window: &Page, issuer: &str, account: &str, key: &str) {
    type_in(window, issuer, account, key).await;
    confirm(window, issuer).await;
}

/// Types an account in and goes as far as the confirmation.
pub(crate) async fn type_in(window: &Page, issuer: &str, account: &str, key: &str) {
    window.click("add").await;
    window.click("add-manual").await;
    window.fill("field-issuer", issuer).await;
    window.fill("field-account", account).await;
    window.fill("field-key", key).await;
    window.click("manual-submit").await;
}

/// Confirms what was found, and waits until it is in the list.
pub(crate) async fn confirm(window: &Page, issuer: &str) {
    let before = accounts(window).await;
    window.click("confirm-add").await;
    window
        .wait(&format!("{issuer} is in the list"), async || (accounts(window).await > before).then_some(()))
        .await;
    window.see_no_more("confirm-add").await;
}

/// How many accounts the list has.
pub(crate) async fn accounts(window: &Page) -> usize {
    window.count("[data-testid=row]").await
}

/// A part of the row of an account.
pub(crate) fn part(issuer: &str, part: &str) -> String {
    format!("[data-testid=row][data-issuer=\"{issuer}\"] [data-testid={part}]")
}

/// The characters of an account's code, without the gaps between its groups.
pub(crate) async fn code(window: &Page, issuer: &str) -> String {
    window.code_at(&part(issuer, "code")).await
}

/// Waits until the code on screen is what oathtool says. Around the end of a step they differ for a moment.
pub(crate) async fn code_is_right(window: &Page, issuer: &str, key: &str) {
    window
        .wait("the code is oathtool's", async || {
            (code(window, issuer).await == oath::totp(key)).then_some(())
        })
        .await;
}

/// Moves an account to the trash.
pub(crate) async fn remove(window: &Page, issuer: &str) {
    window.click_at(&part(issuer, "more")).await;
    window.click("remove").await;
    window.click("remove-confirm").await;
    window.see("undo").await;
}
