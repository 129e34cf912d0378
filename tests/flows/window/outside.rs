//! A file that the system hands to the app goes through the same door as one that is chosen in it.

use countersign_tests::desktop::Desktop;
use countersign_tests::places;
use countersign_tests::window::Window;

use crate::steps::{accounts, ready};

#[tokio::test]
async fn a_file_only_asks_and_a_second_start_uses_the_first_window() {
    let (desktop, window) = ready("outside").await;
    let exports = places::root().join("tests/fixtures/exports");

    // By its name in the folder of the second start, as in a terminal.
    second_start(&desktop, &["aegis_v3.json"]).await;
    window.see("plan").await;
    window.keep_picture("plan").await;
    assert_eq!(accounts(&window).await, 0, "a file adds nothing by itself");
    // Another takes its place, by its address, as a file manager has it.
    let sealed = format!("file://{}", exports.join("aegis_sealed.json").display());
    second_start(&desktop, &["--unknown", &sealed]).await;
    window.fill("open-pass", "Lösenord 42").await;
    window.click("open-submit").await;
    window.see("plan").await;
    let kept = window.count("[data-testid=plan-add] [data-testid=plan-row]").await;
    // What cannot be read says so, and the one before it is not taken for it.
    second_start(&desktop, &["make_nothing.py", "../make_exports_c.py"]).await;
    window.see("file-failed").await;
    window.close().await;

    // At the first start it waits until the list is there.
    let window =
        Window::open_with(&desktop, &[exports.join("aegis_sealed.json").display().to_string()]).await;
    window.fill("open-pass", "Lösenord 42").await;
    window.click("open-submit").await;
    window.click("take-in").await;
    window.click("result-done").await;
    assert_eq!(accounts(&window).await, kept);
    window.close().await;
}

async fn second_start(desktop: &Desktop, words: &[&str]) {
    let mut start = desktop.logged(places::app(), "second.log");
    start.args(words).current_dir(places::root().join("tests/fixtures/exports"));
    assert!(start.status().await.expect("the app can be started").success(), "it ends by itself");
}
