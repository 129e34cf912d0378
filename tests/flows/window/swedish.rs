//! The whole way once in Swedish, checked against the Swedish texts themselves.

use std::fs;

use countersign_tests::desktop::Desktop;
use countersign_tests::window::Window;
use countersign_tests::{picture, places};
use serde_json::Value;

use crate::steps::{KEY, add_by_hand, agree, code_is_right, confirm, remove};

const PASSPHRASE: &str = "fyra lugna hägrar går";

#[tokio::test]
async fn everything_is_there_in_swedish() {
    let words = Words::read("sv");
    let mut desktop = Desktop::start("swedish").await;
    desktop.start_keyring().await;
    // As on a computer that speaks Swedish; this one has no Swedish locale.
    fs::create_dir_all(desktop.data()).expect("the home is ours");
    fs::write(desktop.data().join("settings.json"), r#"{"language":"sv"}"#).expect("the home is ours");

    let window = Window::open(&desktop).await;
    window.see_text(words.get("welcome_title")).await;
    window.see_text(words.get("privacy_none")).await;
    window.keep_picture("welcome").await;
    agree(&window).await;

    window.click("settings").await;
    window.see_text(words.get("settings_title")).await;
    window.see_text(words.get("app_lock")).await;
    window.click("back").await;

    scan(&mut desktop, &window, &words).await;
    type_it_in(&window, &words).await;
    lock_and_unlock(&window, &words).await;
    window.close().await;

    let window = Window::open(&desktop).await;
    window.see_text(words.get("unlock_title")).await;
    assert_eq!(window.run("return document.documentElement.lang").await, "sv");
    window.fill("unlock-pass", PASSPHRASE).await;
    window.click("unlock").await;
    window.click("settings").await;
    window.click("app-lock").await;
    window.fill("lock-pass", PASSPHRASE).await;
    window.click("lock-submit").await;
    window.see_no_more("lock-submit").await;
    window.close().await;

    desktop.stop_keyring().await;
    let window = Window::open(&desktop).await;
    window.see_text(words.get("problem_keystore_missing_title")).await;
    window.keep_picture("no-keystore").await;
    window.close().await;
}

async fn scan(desktop: &mut Desktop, window: &Window, words: &Words) {
    desktop.show_to_camera(&picture::blank()).await;
    window.see_text(words.get("add_scan")).await;
    window.click("add").await;
    window.keep_picture("add").await;
    window.click("add-scan").await;
    window.see_text(words.get("scan_point")).await;
    let text = format!("otpauth://totp/Kamera:person?secret={KEY}");
    desktop.show_to_camera(&picture::draw(&text)).await;
    window.see_text(words.get("confirm_title")).await;
    confirm(window, "Kamera").await;
    code_is_right(window, "Kamera", KEY).await;
}

async fn type_it_in(window: &Window, words: &Words) {
    window.click("add").await;
    window.click("add-manual").await;
    window.see_text(words.get("field_key")).await;
    window.click("manual-submit").await;
    window.see("field-error").await;
    window.keep_picture("manual").await;
    window.click("back").await;
    add_by_hand(window, "Exempel", "person", KEY).await;
    code_is_right(window, "Exempel", KEY).await;
    remove(window, "Exempel").await;
    window.see_text(words.get("undo")).await;
    window.click("undo").await;
    code_is_right(window, "Exempel", KEY).await;
}

async fn lock_and_unlock(window: &Window, words: &Words) {
    window.click("settings").await;
    window.click("app-lock").await;
    window.see_text(words.get("passphrase_hint")).await;
    window.fill("lock-pass", PASSPHRASE).await;
    window.fill("lock-pass2", PASSPHRASE).await;
    window.click("lock-submit").await;
    window.click("lock-now").await;
    window.see_text(words.get("unlock_title")).await;
    window.fill("unlock-pass", "fyra lugna tranor går").await;
    window.click("unlock").await;
    window.see_text(words.get("error_wrong_passphrase")).await;
    window.keep_picture("wrong").await;
    window.fill("unlock-pass", PASSPHRASE).await;
    window.click("unlock").await;
    code_is_right(window, "Exempel", KEY).await;
}

/// The texts of one language.
struct Words(Value);

impl Words {
    fn read(language: &str) -> Self {
        let file = places::root().join(format!("ui/messages/{language}.json"));
        Self(serde_json::from_slice(&fs::read(file).expect("it is part of the checkout")).expect("JSON"))
    }

    fn get(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("there is no plain text {name}"))
    }
}
