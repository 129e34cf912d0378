//! Codes in picture files.

use countersign_tests::picture;

use crate::steps::{KEY, code_is_right, confirm, ready};

#[tokio::test]
async fn a_code_in_a_picture_file_is_found() {
    let (desktop, window) = ready("picture").await;
    let (with, without) = (desktop.home().join("with.png"), desktop.home().join("without.png"));
    picture::blank().save(&without).expect("the home can be written");
    picture::draw(&format!("otpauth://totp/Example:picture?secret={KEY}")).save(&with).expect("as above");

    window.click("add").await;
    window.choose_file("picture-input", &without).await;
    window.see("remark").await;
    window.click("remark-close").await;
    window.choose_file("picture-input", &with).await;
    confirm(&window, "Example").await;
    code_is_right(&window, "Example", KEY).await;
    window.close().await;
}
