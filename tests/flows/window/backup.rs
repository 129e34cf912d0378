//! A backup, the loss of the device, and what comes back.

use std::fs;
use std::path::{Path, PathBuf};

use countersign_tests::desktop::Desktop;
use countersign_tests::window::Window;

use crate::steps::{
    BACKUP_PASSPHRASE as PASSPHRASE, KEY, accounts, add_by_hand, backups, code_is_right, leave_settings,
    ready, turn_on_backup as turn_on,
};

/// Another device of the same person: nothing on it but a copy of the backups.
async fn another_device(test: &str, files: &[PathBuf]) -> (Desktop, Window) {
    let (desktop, window) = ready(test).await;
    let folder = desktop.home().join("Countersign");
    fs::create_dir_all(&folder).expect("the home can be written");
    for file in files {
        copied(file, &folder);
    }
    (desktop, window)
}

fn copied(file: &Path, folder: &Path) -> PathBuf {
    let copy = folder.join(file.file_name().expect("a file"));
    fs::copy(file, &copy).expect("copies");
    copy
}

#[tokio::test]
async fn accounts_come_back_on_another_device() {
    let (desktop, window) = ready("backup").await;
    add_by_hand(&window, "Northwind", "maria", KEY).await;
    let code = turn_on(&window).await;
    assert_eq!(code.len(), 26, "130 bits");
    let folder = desktop.home().join("Countersign");
    backups(&window, &folder, 1).await;
    leave_settings(&window).await;
    add_by_hand(&window, "Contoso", "maria", KEY).await;
    let kept = tempfile::tempdir().expect("a folder for temporary files");
    let files: Vec<_> =
        backups(&window, &folder, 2).await.iter().map(|file| copied(file, kept.path())).collect();

    // The drill changes nothing.
    window.click("settings").await;
    window.click("settings-backup").await;
    window.keep_picture("settings").await;
    window.click("backup-test").await;
    window.fill("open-pass", "not this one at all").await;
    window.click("open-submit").await;
    window.see("field-error").await;
    window.fill("open-pass", PASSPHRASE).await;
    window.click("open-submit").await;
    window.see("drill-works").await;
    window.keep_picture("drill").await;
    window.close().await;
    drop(desktop);

    // By passphrase, from the list of copies.
    let (_desktop, window) = another_device("restore", &files).await;
    window.click("empty-restore").await;
    window.click("choose-continue").await;
    window.fill("open-pass", "tall pine quiet rivers").await;
    window.click("open-submit").await;
    window.see("field-error").await;
    window.fill("open-pass", PASSPHRASE).await;
    window.click("open-submit").await;
    window.see("plan").await;
    window.keep_picture("plan").await;
    window.click("take-in").await;
    window.see("restored").await;
    window.keep_picture("restored").await;
    window.click("result-done").await;
    assert_eq!(accounts(&window).await, 2);
    code_is_right(&window, "Northwind", KEY).await;

    // By recovery code, from a file, which finds that all is here.
    window.click("add").await;
    window.click("add-restore").await;
    window.choose_file("files-input", &files[0]).await;
    window.choose("by-code").await;
    window.fill("open-code", &code.to_lowercase()).await;
    window.click("open-submit").await;
    window.see("plan").await;
    assert_eq!(window.attribute("plan", "data-news").await.as_deref(), Some("0"));
    window.close().await;
}

#[tokio::test]
async fn an_older_generation_is_restored_only_after_a_question() {
    let (desktop, window) = ready("older").await;
    add_by_hand(&window, "Northwind", "maria", KEY).await;
    turn_on(&window).await;
    let folder = desktop.home().join("Countersign");
    backups(&window, &folder, 1).await;
    leave_settings(&window).await;
    add_by_hand(&window, "Contoso", "maria", KEY).await;
    let kept = tempfile::tempdir().expect("a folder for temporary files");
    let files: Vec<_> =
        backups(&window, &folder, 2).await.iter().map(|file| copied(file, kept.path())).collect();
    window.close().await;
    drop(desktop);

    let (_desktop, window) = another_device("older-restore", &files).await;
    window.click("empty-restore").await;
    let copies = window
        .wait("both copies are listed", async || {
            let copies = window.all("label:has([data-testid=backup-copy])").await;
            (copies.len() == 2).then_some(copies)
        })
        .await;
    // The newest is chosen for the person, the one below it is older.
    copies[1].clone().click().await.expect("it can be seen");
    window.click("choose-continue").await;
    window.fill("open-pass", PASSPHRASE).await;
    window.click("open-submit").await;
    window.see("older-notice").await;
    assert_eq!(window.attribute("plan", "data-news").await.as_deref(), Some("1"));
    window.keep_picture("plan").await;

    // Whoever goes back at the question has nothing restored.
    window.click("take-in").await;
    window.see("older-restore").await;
    window.keep_picture("question").await;
    window.escape().await;
    window.see_no_more("older-restore").await;
    window.see("plan").await;
    window.click("take-in").await;
    window.click("older-restore").await;
    window.see("restored").await;
    window.click("result-done").await;
    assert_eq!(accounts(&window).await, 1, "what came later is not in it");
    code_is_right(&window, "Northwind", KEY).await;

    // The newest adds what the older one lacks, and takes nothing away.
    window.click("add").await;
    window.click("add-restore").await;
    window.click("choose-continue").await;
    window.fill("open-pass", PASSPHRASE).await;
    window.click("open-submit").await;
    window.see("plan").await;
    assert!(!window.sees("older-notice").await);
    window.click("take-in").await;
    window.click("result-done").await;
    assert_eq!(accounts(&window).await, 2);
    window.close().await;
}

#[tokio::test]
async fn what_cannot_be_restored_says_why() {
    let (desktop, window) = ready("restore-refused").await;
    add_by_hand(&window, "Northwind", "maria", KEY).await;
    turn_on(&window).await;
    let folder = desktop.home().join("Countersign");
    let good = fs::read(&backups(&window, &folder, 1).await[0]).expect("reads");
    leave_settings(&window).await;

    let elsewhere = desktop.home().join("elsewhere");
    fs::create_dir_all(&elsewhere).expect("the home can be written");
    let mut damaged = good.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let mut other = good.clone();
    let at = other.windows(9).position(|part| part == b"\"desktop\"").expect("is in the header");
    other[at..at + 9].copy_from_slice(b"\"android\"");
    for (name, bytes) in
        [("damaged.avlt", &damaged), ("android.avlt", &other), ("nothing.avlt", &b"no".to_vec())]
    {
        fs::write(elsewhere.join(name), bytes).expect("the home can be written");
    }

    window.click("add").await;
    window.click("add-restore").await;
    window.choose_file("files-input", &elsewhere.join("nothing.avlt")).await;
    window.see("file-failed").await;
    window.choose_file("files-input", &elsewhere.join("android.avlt")).await;
    window.see("other-type").await;
    window.keep_picture("other-type").await;
    window.click("other-backup").await;
    window.choose_file("files-input", &elsewhere.join("damaged.avlt")).await;
    window.fill("open-pass", PASSPHRASE).await;
    window.click("open-submit").await;
    window.see("form-error").await;
    window.keep_picture("damaged").await;
    window.close().await;

    // The folder is gone: the list says that backup failed, at the next start, too.
    fs::remove_dir_all(&folder).expect("removes");
    fs::write(&folder, b"in the way").expect("writes");
    let window = Window::open(&desktop).await;
    add_by_hand(&window, "Contoso", "maria", KEY).await;
    window.see("backup-notice").await;
    window.keep_picture("failed-backup").await;
    window.close().await;
    let window = Window::open(&desktop).await;
    window.see("backup-notice").await;
    window.close().await;
}
