//! Where the camera may not be used, and where what was typed is wrong.

use crate::steps::{KEY, accounts, add_by_hand, code_is_right, confirm, ready};

/// Under a driver WebKit grants every camera without asking, so the page itself is told "no".
#[tokio::test]
async fn a_refused_camera_leads_to_typing() {
    let (_desktop, window) = ready("camera-refused").await;
    window
        .run(
            "Object.defineProperty(navigator.mediaDevices, 'getUserMedia', { value: () =>
               Promise.reject(new DOMException('refused by the test', 'NotAllowedError')) });",
        )
        .await;
    window.click("add").await;
    window.click("add-scan").await;
    window.see("camera-off").await;
    window.keep_picture("refused").await;
    window.click("off-manual").await;
    window.fill("field-issuer", "Example").await;
    window.fill("field-account", "typed").await;
    window.fill("field-key", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq").await;
    window.click("manual-submit").await;
    confirm(&window, "Example").await;
    code_is_right(&window, "Example", KEY).await;
    window.close().await;
}

#[tokio::test]
async fn without_a_camera_there_are_other_ways() {
    let (_desktop, window) = ready("camera-none").await;
    window.click("add").await;
    window.click("add-scan").await;
    window.see("camera-off").await;
    window.click("off-paste").await;
    window.fill("field-link", &format!("otpauth://totp/Example:pasted?secret={KEY}")).await;
    window.click("paste-submit").await;
    confirm(&window, "Example").await;
    code_is_right(&window, "Example", KEY).await;
    window.close().await;
}

#[tokio::test]
async fn a_wrong_key_is_explained_and_changes_nothing() {
    let (_desktop, window) = ready("wrong-key").await;
    add_by_hand(&window, "Example", "first", KEY).await;
    window.click("add").await;
    window.click("add-manual").await;
    window.fill("field-issuer", "Other").await;
    window.fill("field-key", "GEZD 1NBV").await;
    window.click("manual-submit").await;
    assert!(window.text("field-error").await.contains('1'), "it names the character");
    window.keep_picture("explained").await;
    window.fill("field-key", KEY).await;
    window.click("manual-submit").await;
    confirm(&window, "Other").await;
    assert_eq!(accounts(&window).await, 2);
    window.close().await;
}
