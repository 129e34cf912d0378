//! The bridge and the configuration, held to what was agreed.

use std::path::Path;

use super::*;

/// Writes the bindings; `./test` fails when that changes the committed file.
#[test]
fn the_bindings_are_written() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/bridge/bindings.ts");
    let language = specta_typescript::Typescript::default();
    bridge().export(language, path).expect("writes the bindings");
}

#[test]
fn only_the_apps_own_pages_are_shown() {
    let is_own = |url: &str| is_own_page(&url.parse().expect("a URL"));
    assert!(is_own("tauri://localhost/index.html"));
    assert!(is_own("http://tauri.localhost/"));
    for url in
        ["https://example.org/", "http://tauri.localhost.example.org/", "tauri://other/", "data:text/html,x"]
    {
        assert!(!is_own(url), "{url}");
    }
}

/// Requirement A-17: a change here is a change of what the web view may do.
#[test]
fn the_security_settings_are_those_agreed() {
    let config: serde_json::Value = serde_json::from_str(include_str!("../tauri.conf.json")).expect("JSON");
    insta::assert_json_snapshot!(config["app"]);
}

/// Requirement A-18: a new command is a new line here.
#[test]
fn the_web_view_may_call_these_commands_and_no_others() {
    let capability: serde_json::Value =
        serde_json::from_str(include_str!("../capabilities/main.json")).expect("JSON");
    insta::assert_json_snapshot!(capability["permissions"]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities");
    assert_eq!(fs::read_dir(folder).expect("lists").count(), 1, "one capability file");
}
