//! What a person does with a phone, from its first start to its loss.

use std::fs;

use countersign_tests::browser::Browser;
use countersign_tests::desktop::Desktop;
use countersign_tests::picture;
use countersign_tests::places;
use countersign_tests::service::PASSWORD;

use super::scene::{contoso, ready, type_number};
use crate::steps::{KEY, accounts, add_by_hand, code_is_right, confirm};

const PASSPHRASE: &str = "tall pine quiet river";

#[tokio::test]
async fn a_key_is_typed_and_another_is_scanned() {
    let (_desktop, handset) = ready("phone-adding").await;
    add_by_hand(&handset, "Example", "typed", KEY).await;
    code_is_right(&handset, "Example", KEY).await;

    let other = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    handset.hold_before_camera(&picture::draw(&format!("otpauth://totp/Scanned:maria?secret={other}")));
    handset.click("add").await;
    handset.click("add-scan").await;
    handset.see("confirm-add").await;
    assert_eq!(accounts(&handset).await, 1, "nothing is added by itself");
    confirm(&handset, "Scanned").await;
    code_is_right(&handset, "Scanned", other).await;

    // A picture from the gallery goes the same way to the app: as text.
    let file = places::cache().join("screens/phone-gallery.png");
    let third = "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK";
    fs::create_dir_all(places::cache().join("screens")).expect("the cache can be written");
    picture::draw(&format!("otpauth://totp/Gallery:maria?secret={third}"))
        .save(&file)
        .expect("it can be written");
    handset.choose_file("picture-input", &file).await;
    confirm(&handset, "Gallery").await;
    code_is_right(&handset, "Gallery", third).await;
    handset.close().await;
}

#[tokio::test]
async fn a_page_is_scanned_and_sign_ins_are_approved_by_their_numbers() {
    let service = contoso("phone-approving").await;
    let desk = Desktop::start("phone-approving-desk").await;
    let browser = Browser::open(&desk).await;
    let (_desktop, handset) = ready("phone-approving").await;
    let type_password = async || {
        browser.go(&format!("{}/sign-in", service.origin)).await;
        browser.fill("user-name", "maria").await;
        browser.click("next").await;
        browser.fill("password", PASSWORD).await;
        browser.click("submit").await;
    };

    type_password().await;
    browser.see("register").await;
    browser.click("set-up").await;
    browser.see("activation-code").await;
    handset.hold_before_camera(&picture::framed(&browser.picture_of(".qr svg").await));
    handset.click("add").await;
    handset.click("add-scan").await;
    handset.see("work-account").await;
    handset.click("confirm-add").await;
    let number = browser.text("number").await;
    handset.see("approve").await;
    type_number(&handset, &number).await;
    handset.click("approve").await;
    browser.see("configured").await;
    handset.click("result-done").await;

    browser.forget().await;
    type_password().await;
    let number = browser.text("number").await;
    handset.click("waiting").await;
    type_number(&handset, &number).await;
    handset.click("approve").await;
    assert_eq!(handset.attribute("result", "data-outcome").await.as_deref(), Some("approved"));
    browser
        .wait("signed in", async || {
            if browser.sees("stay-no").await {
                browser.click("stay-no").await;
            }
            browser.sees("signed-in").await.then_some(())
        })
        .await;
    let log = service.admin(&["admin", "audit", "--user", "maria"], "").await;
    assert!(log.contains("method_added") && log.contains("done"), "{log}");
    browser.close().await;
    handset.close().await;
}

#[tokio::test]
async fn accounts_come_back_on_another_phone() {
    let (desktop, handset) = ready("phone-backup").await;
    add_by_hand(&handset, "Northwind", "maria", KEY).await;
    handset.click("settings").await;
    handset.click("settings-backup").await;
    handset.click("backup-switch").await;
    handset.fill("lock-pass", PASSPHRASE).await;
    handset.fill("lock-pass2", PASSPHRASE).await;
    handset.click("lock-submit").await;
    let code = handset.text_at("[data-testid=recovery-code] .monos").await;
    let code: String = code.split_whitespace().collect();
    handset.choose("write-done").await;
    handset.click("write-continue").await;
    handset.see("backup-now").await;
    let backup = desktop.data().join("backup/avlt-backup.bin");
    let bytes = handset.wait("the backup is written", async || fs::read(&backup).ok()).await;
    handset.close().await;
    drop(desktop);

    // The system has put the file where the app looks for it.
    let (desktop, handset) = ready("phone-restore").await;
    let place = desktop.data().join("backup");
    fs::create_dir_all(&place).expect("it is the phone's");
    fs::write(place.join("avlt-backup.bin"), bytes).expect("it is the phone's");
    handset.click("empty-restore").await;
    handset.click("choose-continue").await;
    handset.choose("by-code").await;
    handset.fill("open-code", &code).await;
    handset.click("open-submit").await;
    handset.see("plan").await;
    handset.click("take-in").await;
    handset.see("restored").await;
    handset.click("result-done").await;
    code_is_right(&handset, "Northwind", KEY).await;
    handset.close().await;
}

/// On this computer a second start stands for another app that shares; from there on the way is the phone's.
#[tokio::test]
async fn what_another_app_shares_waits_for_the_lock_and_only_asks() {
    let (desktop, handset) = ready("phone-shared").await;
    handset.click("settings").await;
    handset.click("app-lock").await;
    handset.choose("lock-by-passphrase").await;
    handset.click("lock-how-submit").await;
    handset.fill("lock-pass", PASSPHRASE).await;
    handset.fill("lock-pass2", PASSPHRASE).await;
    handset.click("lock-submit").await;
    handset.click("lock-now").await;
    handset.see("unlock").await;
    let mut share = desktop.logged(places::built("phone-host"), "share.log");
    let files = ["aegis_v3.json", "../make_exports_c.py", "aegis_sealed.json"];
    share.args(files).current_dir(places::root().join("tests/fixtures/exports"));
    assert!(share.status().await.expect("it can be started").success(), "it ends by itself");

    handset.fill("unlock-pass", PASSPHRASE).await;
    handset.click("unlock").await;
    handset.fill("open-pass", "Lösenord 42").await;
    handset.click("open-submit").await;
    handset.see("plan").await;
    handset.see("file-failed").await;
    let kept = handset.count("[data-testid=plan-add] [data-testid=plan-row]").await;
    handset.back().await;
    handset.see("from-file").await;
    handset.back().await;
    assert_eq!(accounts(&handset).await, 0, "what is shared adds nothing by itself");
    assert!(kept > 0, "both files are in one question");
    handset.close().await;
}

#[tokio::test]
async fn another_apps_file_is_taken_in() {
    let (_desktop, handset) = ready("phone-import").await;
    handset.click("empty-restore").await;
    handset.click("import-other").await;
    handset
        .choose_file("files-input", &places::root().join("tests/fixtures/exports/aegis_sealed.json"))
        .await;
    handset.fill("open-pass", "Lösenord 42").await;
    handset.click("open-submit").await;
    handset.see("plan").await;
    let kept = handset.count("[data-testid=plan-add] [data-testid=plan-row]").await;
    handset.click("take-in").await;
    handset.see("receipt").await;
    handset.click("result-done").await;
    assert_eq!(accounts(&handset).await, kept);
    handset.close().await;
}
