//! Adding what is there already.

use crate::steps::{KEY, accounts, add_by_hand, code, code_is_right, confirm, ready, type_in};

const OTHER: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

#[tokio::test]
async fn another_key_under_the_same_name_is_kept_beside_it() {
    let (_desktop, window) = ready("duplicate").await;
    add_by_hand(&window, "Example", "person", KEY).await;

    type_in(&window, "Example", "person", KEY).await;
    window.see("already-here").await;
    window.click("close").await;
    assert_eq!(accounts(&window).await, 1);

    type_in(&window, "Example", "person", OTHER).await;
    window.choose("keep-both").await;
    window.keep_picture("same-name").await;
    confirm(&window, "Example").await;
    assert_eq!(accounts(&window).await, 2);
    // The first row that fits is the older account: it has its own key still.
    code_is_right(&window, "Example", KEY).await;
    assert_eq!(code(&window, "Example").await.len(), 6);
    window.close().await;
}
