//! Steps that many flows have in common.

use std::fs;
use std::path::{Path, PathBuf};

use countersign_tests::desktop::Desktop;
use countersign_tests::oath;
use countersign_tests::page::Page;
use countersign_tests::window::Window;

/// The key of RFC 6238, appendix B, in Base32.
pub(crate) const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// What the backups of these flows are sealed with.
pub(crate) const BACKUP_PASSPHRASE: &str = "tall pine quiet river";

/// A desktop with a keystore, and the app on it past its first questions.
pub(crate) async fn ready(test: &str) -> (Desktop, Window) {
    let mut desktop = Desktop::start(test).await;
    desktop.start_keyring().await;
    let window = Window::open(&desktop).await;
    agree(&window).await;
    (desktop, window)
}

/// Accepts the privacy text and wants no log.
pub(crate) async fn agree(window: &Page) {
    window.click("accept").await;
    window.click("skip-log").await;
    window.see("add").await;
}

/// Adds a time-based account by typing it in.
pub(crate) async fn add_by_hand(window: &Page, issuer: &str, account: &str, key: &str) {
    type_in(window, issuer, account, key).await;
    confirm(window, issuer).await;
}

/// Types an account in and goes as far as the confirmation.
pub(crate) async fn type_in(window: &Page, issuer: &str, account: &str, key: &str) {
    window.click("add").await;
    window.click("add-manual").await;
    window.fill("field-issuer", issuer).await;
    window.fill("field-account", account).await;
    window.fill("field-key", key).await;
    window.click("manual-submit").await;
}

/// Confirms what was found, and waits until it is in the list.
pub(crate) async fn confirm(window: &Page, issuer: &str) {
    let before = accounts(window).await;
    window.click("confirm-add").await;
    window
        .wait(&format!("{issuer} is in the list"), async || (accounts(window).await > before).then_some(()))
        .await;
    window.see_no_more("confirm-add").await;
}

/// How many accounts the list has.
pub(crate) async fn accounts(window: &Page) -> usize {
    window.count("[data-testid=row]").await
}

/// A part of the row of an account.
pub(crate) fn part(issuer: &str, part: &str) -> String {
    format!("[data-testid=row][data-issuer=\"{issuer}\"] [data-testid={part}]")
}

/// The characters of an account's code, without the gaps between its groups.
pub(crate) async fn code(window: &Page, issuer: &str) -> String {
    window.code_at(&part(issuer, "code")).await
}

/// Waits until the code on screen is what oathtool says. Around the end of a step they differ for a moment.
pub(crate) async fn code_is_right(window: &Page, issuer: &str, key: &str) {
    window
        .wait("the code is oathtool's", async || {
            (code(window, issuer).await == oath::totp(key)).then_some(())
        })
        .await;
}

/// Moves an account to the trash.
pub(crate) async fn remove(window: &Page, issuer: &str) {
    window.click_at(&part(issuer, "more")).await;
    window.click("remove").await;
    window.click("remove-confirm").await;
    window.see("undo").await;
}

/// Turns backup on and gives the recovery code.
pub(crate) async fn turn_on_backup(window: &Window) -> String {
    window.click("settings").await;
    window.click("settings-backup").await;
    window.click("backup-switch").await;
    window.fill("lock-pass", "short").await;
    window.fill("lock-pass2", "short").await;
    window.click("lock-submit").await;
    window.see("field-error").await;
    window.fill("lock-pass", BACKUP_PASSPHRASE).await;
    window.fill("lock-pass2", BACKUP_PASSPHRASE).await;
    window.click("lock-submit").await;
    let code = window.text_at("[data-testid=recovery-code] .monos").await;
    window.keep_picture("recovery-code").await;
    window.choose("write-done").await;
    window.click("write-continue").await;
    window.see("backup-now").await;
    code.split_whitespace().collect()
}

/// Waits until there are so many backups, the newest first.
pub(crate) async fn backups(window: &Window, folder: &Path, count: usize) -> Vec<PathBuf> {
    let look = async || {
        let mut found: Vec<_> =
            fs::read_dir(folder).ok()?.filter_map(|file| Some(file.ok()?.path())).collect();
        // The newest has the shortest name. One that is being written lies beside them until it is the newest.
        found.sort_by_key(|path| path.as_os_str().len());
        let is_done = found.iter().all(|path| path.file_name().is_some_and(|name| name != "backup.new.avlt"));
        (is_done && found.len() == count).then_some(found)
    };
    window.wait(&format!("{count} backups are written"), look).await
}

/// Goes back to the list.
pub(crate) async fn leave_settings(window: &Window) {
    for _ in 0..4 {
        if window.sees("add").await && !window.sees("backup-state").await {
            return;
        }
        window.escape().await;
    }
    window.see("add").await;
}
