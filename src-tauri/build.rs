//! Embeds the web UI, the configuration and the capabilities.

/// Every command the web view can call. Naming them here makes Tauri ask for a permission for each, which
/// `capabilities/main.json` then grants one by one.
const COMMANDS: &[&str] = &[
    "start",
    "accept_privacy",
    "choose_diagnostics",
    "try_again",
    "start_empty",
    "use_older_vault",
    "create_passphrase_vault",
    "unlock",
    "lock",
    "turn_on_lock",
    "turn_off_lock",
    "change_settings",
    "accounts",
    "codes",
    "reveal",
    "next_counter",
    "copy_code",
    "edit_account",
    "move_account",
    "remove_account",
    "trash",
    "put_back",
    "delete_forever",
    "inspect_text",
    "inspect_manual",
    "cancel_enroll",
    "confirm",
    "pending_link",
    "still_here",
    "inspect_activation",
    "begin_activation",
    "add_work_account",
    "begin_sign_in",
    "open_sign_in_page",
    "finish_sign_in",
    "requests",
    "refresh_requests",
    "match_request",
    "answer_request",
    "activity",
    "report_activity",
    "speak",
    "diagnostics",
    "save_diagnostics",
    "clear_diagnostics",
    "note_screen",
    "first_paint",
    "open_camera",
    "close_camera",
    "scan_frame",
    "scan_picture",
];

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("the configuration and the capabilities are right");
}
