//! Backup, restore, imports, exports, the settings and what is in the way at the start.

use std::fs;

use countersign_tests::desktop::Desktop;
use countersign_tests::handset::Handset;
use countersign_tests::places;

use super::Walk;
use crate::steps::remove;

const PASSPHRASE: &str = "tall pine quiet river";

/// Backup from its switch to its test.
pub(super) async fn backup(walk: &mut Walk) {
    walk.press("settings").await;
    walk.press("settings-backup").await;
    walk.at("backup-off", "backup-state").await;
    walk.press("backup-switch").await;
    walk.handset.fill("lock-pass", "short").await;
    walk.handset.fill("lock-pass2", "short").await;
    walk.press("lock-submit").await;
    walk.at("backup-passphrase", "field-error").await;
    walk.handset.fill("lock-pass", PASSPHRASE).await;
    walk.handset.fill("lock-pass2", PASSPHRASE).await;
    walk.press("lock-submit").await;
    walk.at("recovery-code", "recovery-code").await;
    walk.handset.back().await;
    walk.at("recovery-leave", "write-leave").await;
    walk.handset.back().await;
    walk.handset.see_no_more("write-leave").await;
    walk.handset.choose("write-done").await;
    walk.press("write-continue").await;
    walk.at("backup-on", "backup-now").await;
    walk.press("backup-test").await;
    walk.at("drill-question", "open-pass").await;
    walk.handset.choose("by-code").await;
    walk.press("open-submit").await;
    walk.at("drill-by-code", "field-error").await;
    walk.handset.choose("by-passphrase").await;
    walk.handset.fill("open-pass", PASSPHRASE).await;
    walk.press("open-submit").await;
    walk.at("drill-works", "drill-works").await;
    walk.press("drill-done").await;
    walk.press("backup-code").await;
    walk.at("recovery-noted", "recovery-noted").await;
    walk.press("back").await;
    walk.press("backup-change").await;
    walk.at("backup-change", "lock-pass").await;
    walk.press("back").await;
    walk.press("backup-switch").await;
    walk.at("backup-end", "backup-off-confirm").await;
    walk.handset.start().await;
}

/// A backup of this phone, one of a computer, and another app's file.
pub(super) async fn incoming(walk: &mut Walk) {
    walk.press("add").await;
    walk.press("add-restore").await;
    walk.at("restore", "backup-copies").await;
    walk.press("choose-continue").await;
    walk.handset.fill("open-pass", "not this one at all").await;
    walk.press("open-submit").await;
    walk.at("restore-question", "field-error").await;
    walk.handset.fill("open-pass", PASSPHRASE).await;
    walk.press("open-submit").await;
    walk.at("restore-plan", "plan").await;
    walk.handset.start().await;

    walk.press("add").await;
    walk.press("add-restore").await;
    walk.press("import-other").await;
    walk.at("import", "from-file").await;
    walk.press("from-paste").await;
    walk.at("import-paste", "field-import").await;
    walk.press("back").await;
    let file = |name: &str| places::root().join("tests/fixtures/exports").join(name);
    walk.handset.choose_file("files-input", &file("migration_damaged.txt")).await;
    walk.at("import-failed", "file-failed").await;
    walk.handset.choose_file("files-input", &file("aegis_sealed.json")).await;
    walk.at("import-question", "open-pass").await;
    walk.handset.fill("open-pass", "Lösenord 42").await;
    walk.press("open-submit").await;
    walk.at("import-plan", "plan").await;
    walk.press("take-in").await;
    walk.at("receipt", "receipt").await;
    walk.press("result-done").await;
}

/// Giving accounts out, sealed and open.
pub(super) async fn export(walk: &mut Walk) {
    walk.press("settings").await;
    walk.press("moving").await;
    walk.at("moving", "moving-export").await;
    walk.press("moving-export").await;
    walk.at("export", "export-continue").await;
    walk.press("export-continue").await;
    walk.at("export-passphrase", "lock-pass").await;
    walk.press("back").await;
    walk.handset.choose("format-google").await;
    walk.press("export-continue").await;
    walk.at("export-open", "export-open-submit").await;
    walk.press("export-open-submit").await;
    walk.at("exported", "exported").await;
    walk.handset.start().await;
}

/// The settings, the trash, the log, and the lock.
pub(super) async fn settings(walk: &mut Walk) {
    walk.press("settings").await;
    walk.at("settings", "language").await;
    for page in ["language", "theme"] {
        walk.press(page).await;
        walk.at(page, "back").await;
        walk.press("back").await;
    }
    walk.press("privacy").await;
    walk.press("diagnostics").await;
    walk.at("privacy", "log-view").await;
    walk.press("log-view").await;
    walk.at("log", "back").await;
    walk.press("back").await;
    walk.press("back").await;
    walk.press("trash").await;
    walk.at("trash-empty", "back").await;
    walk.press("back").await;
    walk.press("back").await;
    remove(&walk.handset, "Northwind").await;
    walk.press("settings").await;
    walk.press("trash").await;
    walk.at("trash", "trash-row").await;
    walk.press("delete-forever").await;
    walk.at("delete-question", "delete-confirm").await;
    walk.press("delete-confirm").await;
    walk.handset.see_no_more("trash-row").await;
    walk.press("back").await;

    by_the_phone(walk).await;
    walk.press("app-lock").await;
    walk.handset.choose("lock-by-passphrase").await;
    walk.press("lock-how-submit").await;
    walk.press("lock-submit").await;
    walk.at("app-lock", "field-error").await;
    walk.handset.fill("lock-pass", PASSPHRASE).await;
    walk.handset.fill("lock-pass2", PASSPHRASE).await;
    walk.press("lock-submit").await;
    walk.press("auto-lock").await;
    walk.at("auto-lock", "back").await;
    walk.press("back").await;
    walk.press("app-lock").await;
    walk.at("app-lock-off", "lock-pass").await;
    walk.press("back").await;
    walk.press("lock-now").await;
    walk.handset.fill("unlock-pass", "not this one at all").await;
    walk.press("unlock").await;
    walk.at("locked", "field-error").await;
    walk.press("forgot-pass").await;
    walk.at("forgotten", "start-empty-confirm").await;
}

/// The lock that the phone asks for, on and off again.
async fn by_the_phone(walk: &mut Walk) {
    // What was said of the account that was removed stays while it has the focus, over what is pressed next.
    walk.handset.start().await;
    walk.press("settings").await;
    walk.handset.person_will("refuse").await;
    walk.press("app-lock").await;
    walk.press("lock-how-submit").await;
    walk.at("lock-how", "form-error").await;
    walk.handset.person_will("pass").await;
    walk.press("lock-how-submit").await;
    walk.handset.see("lock-now").await;
    walk.press("moving").await;
    walk.press("moving-export").await;
    walk.handset.choose("format-google").await;
    walk.press("export-continue").await;
    walk.at("export-open-by-phone", "export-open-submit").await;
    walk.handset.start().await;
    walk.press("settings").await;
    walk.press("app-lock").await;
    walk.at("lock-off-by-phone", "lock-submit").await;
    walk.press("back").await;
    walk.press("lock-now").await;
    walk.handset.person_will("refuse").await;
    walk.press("unlock").await;
    walk.at("locked-by-phone", "not-verified").await;
    walk.press("forgot-pass").await;
    walk.at("cannot-unlock", "start-empty-confirm").await;
    walk.handset.back().await;
    walk.handset.person_will("loseKey").await;
    walk.press("unlock").await;
    walk.at("lock-key-lost", "problem").await;
    walk.press("problem-tryAgain").await;
    walk.handset.person_will("pass").await;
    walk.press("unlock").await;
    walk.press("settings").await;
    walk.press("app-lock").await;
    walk.press("lock-submit").await;
    walk.handset.see_no_more("lock-submit").await;
}

/// A vault that cannot be opened, as the next start finds it.
pub(super) async fn trouble(walk: &mut Walk, desktop: &Desktop) {
    walk.handset.end_app().await;
    for file in fs::read_dir(desktop.data()).expect("the app keeps its files there") {
        let path = file.expect("it can be listed").path();
        if path.extension().is_some_and(|kind| kind == "avlt") {
            fs::write(path, b"not a vault").expect("it is ours");
        }
    }
    walk.handset = Handset::open(desktop, walk.language).await;
    walk.at("problem", "problem").await;
    walk.press("problem-startEmpty").await;
    walk.at("problem-question", "start-empty-confirm").await;
}
