//! The system's own question for a folder. Only Rust asks it, so that no path comes from the web view.

use std::path::PathBuf;

use tauri::AppHandle;

/// The folder the person chose; none if they closed the question.
#[cfg(desktop)]
pub(crate) async fn choose(tauri: &AppHandle) -> Option<PathBuf> {
    use tauri_plugin_dialog::DialogExt as _;
    let (send, chosen) = tokio::sync::oneshot::channel();
    tauri.dialog().file().pick_folder(move |folder| {
        // Whoever asked has gone: nothing was chosen.
        let _ = send.send(folder);
    });
    chosen.await.ok().flatten()?.into_path().ok()
}

/// Phones have one place for backups.
#[cfg(mobile)]
#[expect(clippy::unused_async, reason = "as on the desktop")]
pub(crate) async fn choose(_: &AppHandle) -> Option<PathBuf> {
    None
}
