//! The first start, each way of adding, and what one account has.

use std::fs;

use countersign_tests::picture;
use countersign_tests::places;

use super::Walk;
use crate::phone_pages::scene::{ACCOUNTS, add};
use crate::steps::KEY;

/// Until the list is there, and empty.
pub(super) async fn first_run(walk: &mut Walk) {
    walk.at("consent", "accept").await;
    walk.press("read-privacy").await;
    walk.at("privacy-text", "back").await;
    walk.press("back").await;
    walk.press("accept").await;
    walk.at("log-question", "skip-log").await;
    walk.press("skip-log").await;
    walk.at("empty", "empty-restore").await;
}

/// Every way of adding, with what can go wrong on it.
pub(super) async fn adding(walk: &mut Walk) {
    walk.press("add").await;
    walk.at("add", "add-sheet").await;

    walk.press("add-manual").await;
    walk.at("manual", "field-key").await;
    walk.press("manual-submit").await;
    walk.press("more-choices").await;
    walk.at("manual-errors", "field-error").await;
    walk.press("back").await;

    // With nothing before the camera, and with a code that is none of ours.
    walk.press("add").await;
    walk.press("add-scan").await;
    walk.at("scanner", "scanner").await;
    walk.press("back").await;
    walk.handset.hold_before_camera(&picture::draw("https://example.org/menu"));
    walk.press("add").await;
    walk.press("add-scan").await;
    walk.at("scanner-remark", "scan-remark").await;
    walk.press("back").await;

    let refuse = "navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('refused by the test', 'NotAllowedError')); return true";
    walk.handset.run(refuse).await;
    walk.press("add").await;
    walk.press("add-scan").await;
    walk.at("camera-off", "camera-off").await;
    walk.press("off-paste").await;
    walk.handset.fill("field-link", "nothing of ours").await;
    walk.press("paste-submit").await;
    walk.at("paste", "field-error").await;

    // Several at once.
    let several = places::root().join("tests/fixtures/exports/migration_v2.txt");
    let several = fs::read_to_string(several).expect("it is in the repository");
    let several = several.lines().find(|line| line.starts_with("otpauth-migration")).expect("it has a link");
    walk.handset.fill("field-link", several).await;
    walk.press("paste-submit").await;
    walk.at("several", "confirm-add").await;
    walk.press("back").await;
    walk.handset.start().await;

    // One; the same once more; another of the same name.
    walk.press("add").await;
    walk.press("add-paste").await;
    walk.handset.fill("field-link", &format!("otpauth://totp/Northwind:maria?secret={KEY}")).await;
    walk.press("paste-submit").await;
    walk.at("one", "confirm-add").await;
    walk.press("confirm-add").await;
    walk.at("list-of-one", "toast").await;
    walk.press("add").await;
    walk.press("add-paste").await;
    walk.handset.fill("field-link", &format!("otpauth://totp/Northwind:maria?secret={KEY}")).await;
    walk.press("paste-submit").await;
    walk.at("already-here", "already-here").await;
    walk.press("close").await;
    walk.press("add").await;
    walk.press("add-paste").await;
    walk.handset.fill("field-link", &format!("otpauth://totp/Northwind:maria?secret={KEY}AAAA")).await;
    walk.press("paste-submit").await;
    walk.at("same-name", "confirm-add").await;
    walk.press("back").await;
    walk.handset.start().await;
}

/// A list, and one account of it.
pub(super) async fn one(walk: &mut Walk) {
    add(&walk.handset, &ACCOUNTS).await;
    walk.at("list", "row").await;
    walk.press("open-search").await;
    walk.handset.fill("search", "lind").await;
    walk.at("search", "row").await;
    walk.handset.fill("search", "nothing like it").await;
    walk.at("search-nothing", "search").await;
    walk.press("close-search").await;
    walk.press("more").await;
    walk.at("menu", "menu").await;
    walk.press("details").await;
    walk.at("account", "account-code").await;
    walk.press("account-more").await;
    walk.press("edit").await;
    walk.at("edit", "edit-note").await;
    walk.press("back").await;
    walk.press("account-more").await;
    walk.press("remove").await;
    walk.at("remove", "remove-confirm").await;
    walk.press("remove-confirm").await;
    walk.at("removed", "undo").await;
}
