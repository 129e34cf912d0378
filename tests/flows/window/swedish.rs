//! The whole way once in Swedish, checked against the Swedish texts themselves.

use std::fs;

use countersign_tests::places;
use countersign_tests::window::Window;
use serde_json::Value;

use crate::steps::{KEY, add_by_hand, code_is_right, ready, remove};

#[tokio::test]
async fn everything_is_there_in_swedish() {
    let (desktop, window) = ready("swedish").await;
    let words = Words::read("sv");
    window.click("settings").await;
    window.click("language").await;
    window.choose("language-sv").await;
    window.see_text(words.get("language")).await;
    window.click("back").await;
    window.see_text(words.get("settings_title")).await;
    window.see_text(words.get("app_lock")).await;
    window.click("back").await;

    window.see_text(words.get("add")).await;
    window.click("add").await;
    window.see_text(words.get("add_scan")).await;
    window.keep_picture("add").await;
    window.click("add-manual").await;
    window.see_text(words.get("field_key")).await;
    window.click("manual-submit").await;
    window.see("field-error").await;
    window.keep_picture("manual").await;
    window.click("back").await;
    add_by_hand(&window, "Exempel", "person", KEY).await;
    code_is_right(&window, "Exempel", KEY).await;
    remove(&window, "Exempel").await;
    window.see_text(words.get("undo")).await;
    window.click("undo").await;
    code_is_right(&window, "Exempel", KEY).await;

    window.click("settings").await;
    window.click("app-lock").await;
    window.see_text(words.get("passphrase_hint")).await;
    window.fill("lock-pass", "fyra lugna hägrar går").await;
    window.fill("lock-pass2", "fyra lugna hägrar går").await;
    window.click("lock-submit").await;
    window.click("lock-now").await;
    window.see_text(words.get("unlock_title")).await;
    window.close().await;

    let window = Window::open(&desktop).await;
    window.see_text(words.get("unlock_title")).await;
    assert_eq!(window.run("return document.documentElement.lang").await, "sv");
    window.keep_picture("locked").await;
    window.close().await;
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
