//! The keystore is gone, locked, or has lost its key: each is told apart, and nothing is touched.

use std::fs;

use countersign_tests::desktop::Desktop;
use countersign_tests::window::Window;

use crate::steps::{KEY, add_by_hand, agree, code_is_right, ready};

#[tokio::test]
async fn a_missing_keystore_is_named_and_the_vault_is_left_alone() {
    let (mut desktop, window) = ready("keystore-missing").await;
    add_by_hand(&window, "Example", "kept", KEY).await;
    window.close().await;
    let before = files(&desktop);

    desktop.stop_keyring().await;
    let window = Window::open(&desktop).await;
    problem_is(&window, "keystoreMissing").await;
    window.close().await;
    assert_eq!(files(&desktop), before);

    desktop.start_keyring().await;
    let window = Window::open(&desktop).await;
    code_is_right(&window, "Example", KEY).await;
    window.close().await;
}

#[tokio::test]
async fn a_locked_keystore_is_named_and_the_vault_is_left_alone() {
    let (desktop, window) = ready("keystore-locked").await;
    add_by_hand(&window, "Example", "kept", KEY).await;
    window.close().await;
    let before = files(&desktop);

    desktop.lock_keyring().await;
    let window = Window::open(&desktop).await;
    problem_is(&window, "keystoreLocked").await;
    window.close().await;
    assert_eq!(files(&desktop), before);
}

#[tokio::test]
async fn a_lost_key_is_named_and_starting_empty_keeps_the_old_file() {
    let (mut desktop, window) = ready("key-lost").await;
    add_by_hand(&window, "Example", "kept", KEY).await;
    window.close().await;
    let before = files(&desktop);

    desktop.empty_keyring().await;
    let window = Window::open(&desktop).await;
    problem_is(&window, "keyLost").await;
    assert_eq!(files(&desktop), before);

    window.click("problem-startEmpty").await;
    window.click("start-empty-confirm").await;
    window.see("add").await;
    window.close().await;
    let kept = files(&desktop);
    let vault = &before.iter().find(|(name, _)| name == "vault.avlt").expect("it was saved").1;
    assert!(kept.iter().any(|(name, bytes)| name.starts_with("set-aside") && bytes == vault));
}

/// A computer with no keystore at all: a passphrase does instead.
#[tokio::test]
async fn without_a_keystore_a_passphrase_opens_the_vault() {
    let desktop = Desktop::start("no-keystore").await;
    let window = Window::open(&desktop).await;
    window.click("accept").await;
    window.click("skip-log").await;
    problem_is(&window, "keystoreMissing").await;
    window.click("problem-passphrase").await;
    let passphrase = "four quiet herons walking";
    window.fill("lock-pass", passphrase).await;
    window.fill("lock-pass2", passphrase).await;
    window.click("lock-submit").await;
    add_by_hand(&window, "Example", "kept", KEY).await;
    window.close().await;

    let window = Window::open(&desktop).await;
    window.fill("unlock-pass", passphrase).await;
    window.click("unlock").await;
    code_is_right(&window, "Example", KEY).await;
    window.close().await;
}

/// A damaged vault is recognised as that, and the copy before it is used.
#[tokio::test]
async fn a_damaged_vault_is_opened_from_its_previous_copy() {
    let mut desktop = Desktop::start("damaged").await;
    desktop.start_keyring().await;
    let window = Window::open(&desktop).await;
    agree(&window).await;
    add_by_hand(&window, "Example", "kept", KEY).await;
    add_by_hand(&window, "Other", "newer", KEY).await;
    window.close().await;

    let file = desktop.data().join("vault.avlt");
    let mut bytes = fs::read(&file).expect("it was saved");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).expect("it is ours");
    let window = Window::open(&desktop).await;
    window.see("older-copy").await;
    code_is_right(&window, "Example", KEY).await;
    window.close().await;
}

async fn problem_is(window: &Window, problem: &str) {
    assert_eq!(window.attribute("problem", "data-problem").await.as_deref(), Some(problem));
    window.keep_picture("problem").await;
}

/// The vault's files by name, with their bytes.
fn files(desktop: &Desktop) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(desktop.data()).expect("the app has made its folder");
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.contains(".avlt"))
        .map(|name| (name.clone(), fs::read(desktop.data().join(&name)).expect("it is ours")))
        .collect();
    files.sort();
    files
}
