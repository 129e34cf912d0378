//! Moving in from another authenticator: a sealed file with rows that cannot be kept, and a receipt for every row.

use std::fs;

use countersign_tests::places;

use crate::steps::{accounts, ready};

#[tokio::test]
async fn a_sealed_file_with_bad_rows_ends_in_a_receipt_for_every_row() {
    let (desktop, window) = ready("import").await;
    let file = places::root().join("tests/fixtures/exports/aegis_sealed.json");
    window.click("empty-restore").await;
    window.click("import-other").await;
    window.choose_file("files-input", &file).await;
    window.fill("open-pass", "not this one").await;
    window.click("open-submit").await;
    window.see("field-error").await;
    assert_eq!(accounts(&window).await, 0);
    window.fill("open-pass", "Lösenord 42").await;
    window.click("open-submit").await;

    // What would happen, before anything is stored.
    window.see("plan").await;
    window.see("keep-old").await;
    assert_eq!(window.count("[data-testid=refused] li").await, 6);
    let kept = window.count("[data-testid=plan-add] [data-testid=plan-row]").await;
    assert_eq!(kept, 8);
    window.keep_picture("plan").await;
    window.click("take-in").await;

    window.see("receipt").await;
    window.keep_picture("receipt").await;
    let page = window.page().await;
    for name in ["BadKey", "BadDigits", "Md5", "Other", "NoKey", "NoInfo"] {
        assert!(page.contains(name), "{name} is named:\n{page}");
    }
    window.click("receipt-save").await;
    let saved = window
        .wait("the receipt is saved", async || {
            let files =
                fs::read_dir(desktop.home().join("Downloads")).or_else(|_| fs::read_dir(desktop.home()));
            let mut files = files.ok()?.filter_map(|file| Some(file.ok()?.path()));
            files.find(|path| path.to_string_lossy().contains("countersign-receipt"))
        })
        .await;
    let receipt = fs::read_to_string(saved).expect("reads");
    assert!(
        receipt.contains("14 rows = 8 added + 0 to sign in to again + 0 here already + 6 left out"),
        "{receipt}"
    );
    window.click("result-done").await;
    assert_eq!(accounts(&window).await, kept);
    window.close().await;
}
