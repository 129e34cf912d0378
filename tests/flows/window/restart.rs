//! What is kept when the app is closed, and what is not.

use countersign_tests::sentinel;
use countersign_tests::window::Window;

use crate::steps::{KEY, accounts, add_by_hand, code, code_is_right, confirm, part, ready};

#[tokio::test]
async fn after_a_restart_the_accounts_are_there_and_no_file_holds_a_key() {
    let (desktop, window) = ready("restart").await;
    let other = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    add_by_hand(&window, "Example", "first", KEY).await;
    window.click("add").await;
    window.click("add-paste").await;
    let counted = "otpauth://hotp/Counted:second?counter=5&issuer=Counted&secret=";
    window.fill("field-link", &format!("{counted}{other}")).await;
    window.click("paste-submit").await;
    confirm(&window, "Counted").await;
    let before = code(&window, "Counted").await;
    window.click_at(&part("Counted", "next-counter")).await;
    let next = async || Some(code(&window, "Counted").await).filter(|code| *code != before);
    let after = window.wait("the next code", next).await;
    assert_eq!(after, countersign_tests::oath::hotp(other, 6));
    window.close().await;

    let window = Window::open(&desktop).await;
    window.wait("both accounts", async || (accounts(&window).await == 2).then_some(())).await;
    code_is_right(&window, "Example", KEY).await;
    assert_eq!(code(&window, "Counted").await, after, "the counter was saved before its code was shown");

    // While it runs and after it has ended: temporary files count, too.
    for _ in 0..2 {
        let keys = [KEY.to_owned(), other.to_owned()];
        let (leaks, files) = sentinel::search(&desktop.home(), &keys);
        assert_eq!(leaks, []);
        assert!(files > 3, "there is something to search");
        let (leaks, _) = sentinel::search(&desktop.keyring_home(), &keys);
        assert_eq!(leaks, []);
    }
    window.close().await;
    let (leaks, _) = sentinel::search(&desktop.home(), &[KEY.to_owned(), other.to_owned()]);
    assert_eq!(leaks, []);
}
