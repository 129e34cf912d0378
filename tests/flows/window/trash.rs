//! Removing accounts, and getting them back.

use crate::steps::{KEY, accounts, add_by_hand, code_is_right, ready, remove};

#[tokio::test]
async fn a_removed_account_can_be_had_back() {
    let (_desktop, window) = ready("trash").await;
    add_by_hand(&window, "Example", "kept", KEY).await;
    add_by_hand(&window, "Other", "removed", KEY).await;

    remove(&window, "Other").await;
    assert_eq!(accounts(&window).await, 1);
    window.click("undo").await;
    code_is_right(&window, "Other", KEY).await;

    remove(&window, "Other").await;
    window.wait("one account", async || (accounts(&window).await == 1).then_some(())).await;
    window.click("settings").await;
    window.click("trash").await;
    window.see("trash-row").await;
    window.keep_picture("trash").await;
    window.click("put-back").await;
    window.see_no_more("trash-row").await;
    window.click("back").await;
    window.click("back").await;
    code_is_right(&window, "Other", KEY).await;

    remove(&window, "Other").await;
    window.click("settings").await;
    window.click("trash").await;
    window.click("delete-forever").await;
    window.click("delete-confirm").await;
    window.see_no_more("trash-row").await;
    window.click("back").await;
    window.click("back").await;
    assert_eq!(accounts(&window).await, 1);
    window.close().await;
}
