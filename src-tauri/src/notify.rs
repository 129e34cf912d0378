//! "A sign-in is waiting": the one notification there is. It says no more than that, whoever reads over a
//! shoulder, and nothing can be answered in it.

use tauri::{AppHandle, Manager as _, Wry};
use tauri_plugin_notification::NotificationExt as _;
use tauri_specta::Event as _;

use crate::events::{AccountsChanged, RequestsChanged, RequestsOpened};
use crate::handle::Handle;
use crate::online::News;
use crate::view::Language;

/// Opening the notification brings the window to the front and the screen to the requests.
pub(crate) fn listen(tauri: &AppHandle<Wry>, handle: &Handle) {
    let (opened, handle) = (tauri.clone(), handle.clone());
    let listening = tauri.notification().on_action(move |_| open_requests(&opened, &handle));
    // Without it the notification only tells; the app can be opened by hand.
    let _ = listening;
}

/// The person wants to see what waits.
pub(crate) fn open_requests(tauri: &AppHandle<Wry>, handle: &Handle) {
    #[cfg(desktop)]
    crate::show_window(tauri);
    // While the app is locked, unlocking comes first; the requests are there then.
    let requests = handle.with(|app| app.requests());
    let _ = requests.map(|requests| RequestsOpened(requests).emit(tauri));
}

/// Tells the web view what came by itself, and the person if the window is not before them.
pub(crate) fn tell(tauri: &AppHandle<Wry>, handle: &Handle, news: News) {
    // Without a window there is nobody to tell.
    match news {
        News::Accounts(accounts) => drop(AccountsChanged(accounts).emit(tauri)),
        News::Requests { requests, is_new } => {
            let notification = tauri.notification();
            if requests.requests.is_empty() {
                // What is over needs nobody.
                let _ = notification.remove_all_active();
            } else if is_new && !is_focused(tauri) {
                let language = handle.with(|app| app.spoken());
                // A system that shows none leaves the requests on the screen and in the list.
                let _ = notification.builder().id(ID).title(TITLE).body(text(language)).show();
            }
            drop(RequestsChanged(requests).emit(tauri));
        }
    }
}

fn is_focused(tauri: &AppHandle<Wry>) -> bool {
    tauri.get_webview_window("main").is_some_and(|window| window.is_focused().unwrap_or_default())
}

fn text(language: Language) -> &'static str {
    match language {
        Language::Sv => "En inloggning väntar",
        Language::Nb => "En pålogging venter",
        // The screen says which language it speaks before there is anything to tell.
        Language::En | Language::System => "A sign-in is waiting",
    }
}

const TITLE: &str = "Countersign";
/// A second notification takes the place of the first.
const ID: i32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notification_says_the_same_whatever_waits() {
        let texts = [Language::System, Language::En, Language::Sv, Language::Nb].map(text);
        assert_eq!(
            texts,
            ["A sign-in is waiting", "A sign-in is waiting", "En inloggning väntar", "En pålogging venter"]
        );
    }
}
