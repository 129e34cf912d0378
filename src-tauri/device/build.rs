//! Generates the plugin's permissions and tells Tauri where the native halves are.

/// The device has no command that the web view may call; everything goes through the app's own commands.
const COMMANDS: &[&str] = &[];

fn main() {
    tauri_plugin::Builder::new(COMMANDS).android_path("../../android").ios_path("../../ios").build();
}
