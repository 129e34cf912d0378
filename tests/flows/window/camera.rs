//! Scanning with a camera that PipeWire offers.

use countersign_tests::picture;

use crate::steps::{KEY, accounts, code_is_right, confirm, ready};

#[tokio::test]
async fn a_code_held_before_the_camera_is_added_after_one_confirmation() {
    let (mut desktop, window) = ready("camera").await;
    assert_eq!(accounts(&window).await, 0);
    desktop.show_to_camera(&picture::blank()).await;
    window.click("add").await;
    window.click("add-scan").await;
    window.see("scanner").await;
    window.keep_picture("scanner").await;

    desktop.show_to_camera(&picture::draw(&format!("otpauth://totp/Example:camera?secret={KEY}"))).await;
    window.see("confirm-add").await;
    assert_eq!(accounts(&window).await, 0, "nothing is added by itself");
    confirm(&window, "Example").await;
    code_is_right(&window, "Example", KEY).await;
    window.keep_picture("list").await;
    window.close().await;
}
