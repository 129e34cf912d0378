//! The app shell: builds Tauri, registers the commands, makes the app. It decides nothing.

pub mod app;
mod backup_record;
pub mod backups;
mod camera;
pub mod clock;
mod commands;
pub mod diagnostics;
pub mod error;
mod events;
mod folder_dialog;
pub mod handle;
mod notify;
pub mod online;
pub mod outside;
mod picture;
pub mod saving;
pub mod server;
pub mod settings;
mod sheet_words;
pub mod store;
pub mod view;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crypto_core::secret::SecretText;
use device::phone::Told;
use device::{Phone as _, Platform};
use rand_core::{OsRng, UnwrapErr};
use tauri::ipc::Invoke;
use tauri::webview::{PermissionKind, PermissionResponse};
use tauri::{AppHandle, Context, Manager as _, RunEvent, Url, WebviewWindow, WebviewWindowBuilder, Wry};
use tauri_plugin_deep_link::DeepLinkExt as _;
use tauri_plugin_opener::OpenerExt as _;
use tauri_specta::{ErrorHandlingMode, Event as _, collect_commands, collect_events};

use crate::app::{App, Backups, Parts};
use crate::camera::Scanner;
use crate::events::{
    AccountsChanged, BackupChanged, CameraPreview, CameraScan, CodesChanged, FileWaits, LinkOpened,
    RequestsChanged, RequestsOpened, StageChanged,
};
use crate::handle::{Handle, RealOnline};
use crate::online::Online;
use crate::outside::Outside;
use crate::server::HttpsServer;
use crate::store::{FileStore, OsDisk};
use crate::view::{DeviceType, PlaceKind, ScanView};

/// What a phone calls when it has loaded the library.
#[cfg(mobile)]
mod entry {
    #![allow(unreachable_pub, reason = "the attribute writes the function that iOS looks for")]

    #[tauri::mobile_entry_point]
    fn start() {
        super::run();
    }
}

/// Runs the app until its window is closed.
pub fn run() {
    run_as(HERE, context(), |_| {});
}

/// The configuration, the pages and what they may call.
pub fn context() -> Context {
    tauri::generate_context!()
}

/// Runs the app as it is on that kind of device. `opened` is called once its window is there.
pub fn run_as(
    device_type: DeviceType,
    context: Context,
    opened: impl FnOnce(&WebviewWindow) + Send + 'static,
) {
    clock::mark_start();
    quiet_the_scanner();
    let bridge = bridge();
    let typed = bridge.invoke_handler();
    let raw: Box<dyn Fn(Invoke<Wry>) -> bool + Send + Sync> =
        Box::new(tauri::generate_handler![commands::scan_frame, commands::scan_picture, commands::open_file]);

    let builder = tauri::Builder::default();
    // The first plugin, so that a second start ends before it touches anything.
    #[cfg(desktop)]
    let builder = builder.plugin(tauri_plugin_single_instance::init(|tauri, words, folder| {
        show_window(tauri);
        receive_files(tauri, &words, Path::new(&folder));
    }));
    builder
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_notification::init())
        // The web view opens nothing: its links are the app's own pages.
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .plugin(device::init())
        .invoke_handler(move |invoke| match invoke.message.command() {
            "scan_frame" | "scan_picture" | "open_file" => raw(invoke),
            _ => typed(invoke),
        })
        .on_permission_request(|webview, kind| {
            let is_scanning = webview.state::<Scanner>().is_open();
            if is_scanning && kind == PermissionKind::Camera {
                PermissionResponse::Allow
            } else {
                PermissionResponse::Deny
            }
        })
        .setup(move |tauri| {
            bridge.mount_events(tauri);
            let handle = Handle::new(make_app(tauri.handle(), device_type)?);
            tauri.manage(handle.clone());
            let online = make_online(tauri.handle(), &handle);
            tauri.manage(online.clone());
            let finder = handle.clone();
            tauri::async_runtime::spawn(async move { finder.find_backup_place().await });
            notify::listen(tauri.handle(), &handle);
            hear_the_phone(tauri.handle(), &handle, &online);
            tauri.manage(Scanner::default());
            receive_links(tauri.handle(), &handle);
            #[cfg(desktop)]
            receive_files_of_this_start(tauri.handle());
            tell_the_time(tauri.handle().clone(), handle, online);
            opened(&open_window(tauri)?);
            Ok(())
        })
        .build(context)
        .unwrap_or_else(|error| start_again(&error))
        .run(|tauri, event| match event {
            RunEvent::Exit => {
                // Managed state is not dropped at exit; keys and the clipboard are cleared by hand.
                tauri.state::<Scanner>().close();
                tauri.state::<Handle>().back_up_at_the_end();
                tauri.state::<Handle>().close();
            }
            #[cfg(target_os = "ios")]
            RunEvent::Opened { urls } => receive_opened(tauri, urls),
            _ => {}
        });
}

/// Panics that the scanner catches are in no log: they say only that a picture held no code.
fn quiet_the_scanner() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !crypto_core::qr::contains_panics() {
            report(panic);
        }
    }));
}

/// The app could not start. Where the one before it was just ending, and would not take the link of this one,
/// a moment later there is nothing in the way.
fn start_again(error: &tauri::Error) -> ! {
    let is_second_try = std::env::var_os(SECOND_TRY).is_some();
    let program = std::env::current_exe().ok().filter(|_| {
        !is_second_try
            && matches!(error, tauri::Error::PluginInitialization(name, _) if name == "single-instance")
    });
    let Some(program) = program else { panic!("the app cannot start: {error}") };
    #[expect(clippy::disallowed_methods, reason = "there is no event to wait for: the other process ends")]
    std::thread::sleep(Duration::from_secs(1));
    let started =
        std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SECOND_TRY, "1").spawn();
    std::process::exit(i32::from(started.is_err()))
}

const SECOND_TRY: &str = "COUNTERSIGN_SECOND_TRY";

#[cfg(target_os = "android")]
const HERE: DeviceType = DeviceType::Android;
#[cfg(target_os = "ios")]
const HERE: DeviceType = DeviceType::Ios;
#[cfg(desktop)]
const HERE: DeviceType = DeviceType::Desktop;

/// Commands and events with their types; a test writes them to `ui/src/bridge/bindings.ts`.
fn bridge() -> tauri_specta::Builder<Wry> {
    use commands::*;
    tauri_specta::Builder::new()
        .error_handling(ErrorHandlingMode::Throw)
        // No type here has another shape in one direction than in the other.
        .disable_serde_phases()
        .commands(collect_commands![
            start,
            accept_privacy,
            choose_diagnostics,
            try_again,
            start_empty,
            use_older_vault,
            create_passphrase_vault,
            unlock,
            lock,
            turn_on_lock,
            turn_off_lock,
            unlock_by_person,
            turn_on_person_lock,
            turn_off_person_lock,
            change_settings,
            accounts,
            codes,
            reveal,
            next_counter,
            copy_code,
            edit_account,
            move_account,
            remove_account,
            trash,
            put_back,
            delete_forever,
            inspect_text,
            inspect_manual,
            cancel_enroll,
            confirm,
            pending_link,
            pending_files,
            open_pending,
            backup,
            turn_on_backup,
            change_backup_passphrase,
            turn_off_backup,
            note_recovery_code,
            back_up_now,
            choose_backup_folder,
            test_backup,
            backup_copies,
            dismiss_backup_notice,
            open_copy,
            open_text,
            unlock_incoming,
            incoming_codes,
            take_in,
            cancel_incoming,
            save_receipt,
            export_accounts,
            still_here,
            inspect_activation,
            begin_activation,
            add_work_account,
            begin_sign_in,
            open_sign_in_page,
            finish_sign_in,
            requests,
            refresh_requests,
            match_request,
            answer_request,
            activity,
            report_activity,
            speak,
            diagnostics,
            save_diagnostics,
            clear_diagnostics,
            note_screen,
            first_paint,
            open_camera,
            close_camera,
            choose_code,
            scan_on,
        ])
        .events(collect_events![
            CodesChanged,
            StageChanged,
            LinkOpened,
            FileWaits,
            CameraPreview,
            CameraScan,
            RequestsChanged,
            RequestsOpened,
            AccountsChanged,
            BackupChanged,
        ])
}

fn make_app(tauri: &AppHandle, device_type: DeviceType) -> Result<App<Platform, FileStore>, io::Error> {
    let folder = tauri.path().app_data_dir().map_err(io::Error::other)?;
    // Where this fails, saving fails, and says so on the screen.
    let _ = fs::create_dir_all(&folder);
    let backups = backups_of(tauri, &folder, device_type);
    Ok(App::new(Parts {
        device: Arc::new(tauri.state::<Platform>().inner().clone()),
        store: FileStore::new(OsDisk, folder.clone()),
        backups,
        device_type,
        folder,
        clock: clock::now,
        steady: clock::steady_millis,
        rng: Box::new(UnwrapErr(OsRng)),
    }))
}

/// Where backups go as long as the person does not choose another folder.
fn backups_of(tauri: &AppHandle, data: &Path, device_type: DeviceType) -> Backups {
    let own = data.join("backup");
    match device_type {
        // The rules for the system's backup name one file.
        DeviceType::Android => {
            Backups { kind: PlaceKind::Google, file: Some("avlt-backup.bin"), ..Backups::folder(own) }
        }
        // Phones of one person share their cloud, so each series has a name of its own there.
        DeviceType::Ios => Backups { kind: PlaceKind::Icloud, ..Backups::folder(own) },
        DeviceType::Desktop => {
            let documents = tauri.path().document_dir().or_else(|_| tauri.path().home_dir());
            Backups::folder(documents.map_or(own, |folder| folder.join("Countersign")))
        }
    }
}

fn make_online(tauri: &AppHandle, handle: &Handle) -> RealOnline {
    let (opener, teller, told) = (tauri.clone(), tauri.clone(), handle.clone());
    let browser = move |address: &str| opener.opener().open_url(address, None::<&str>).is_ok();
    let tell = move |news| notify::tell(&teller, &told, news);
    Online::new(handle.clone(), HttpsServer::default(), browser, tell)
}

fn open_window(tauri: &tauri::App) -> Result<WebviewWindow, Box<dyn std::error::Error>> {
    let config = tauri.config().app.windows.first().ok_or("the configuration has one window")?;
    let window = WebviewWindowBuilder::from_config(tauri.handle(), config)?
        // The web view's own files stay apart from the person's.
        .data_directory(tauri.path().app_cache_dir()?.join("web-view"))
        .on_navigation(is_own_page)
        .on_new_window(|_, _| tauri::webview::NewWindowResponse::Deny)
        .build()?;
    paint_without_graphics_card(&window)?;
    Ok(window)
}

/// A flat list costs less to paint than to compose. Where there is no graphics card, or a poor driver for it,
/// composing takes several times the processor's time, and longer to start.
#[cfg(target_os = "linux")]
fn paint_without_graphics_card(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};
    window.with_webview(|web_view| {
        if let Some(settings) = web_view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// Other web views decide well for themselves.
#[cfg(not(target_os = "linux"))]
fn paint_without_graphics_card(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// The web view shows the app's own pages and never anything else.
fn is_own_page(url: &Url) -> bool {
    matches!((url.scheme(), url.host_str()), ("tauri", Some("localhost")) | ("http", Some("tauri.localhost")))
}

#[cfg(desktop)]
fn show_window(tauri: &AppHandle) {
    if let Some(window) = tauri.get_webview_window("main") {
        // Some window managers refuse to raise a window; it is there all the same.
        let _ = window.unminimize().and_then(|()| window.set_focus());
    }
}

/// Phones are woken by services, and opened by a notification of their own.
fn hear_the_phone(tauri: &AppHandle, handle: &Handle, online: &RealOnline) {
    let (opened, app, online) = (tauri.clone(), handle.clone(), online.clone());
    tauri.state::<Platform>().watch(Box::new(move |told| {
        let (opened, app, online) = (opened.clone(), app.clone(), online.clone());
        // Not on the thread that tells it: the app may be held by somebody who waits for that one.
        tauri::async_runtime::spawn(async move {
            online.hear(told).await;
            match told {
                Told::Opened => notify::open_requests(&opened, &app),
                // What is in it is read when somebody looks; until then the phone keeps its address.
                Told::Handed => {
                    let device = app.with(|app| app.device());
                    let handed = tauri::async_runtime::spawn_blocking(move || device.handed()).await;
                    let files = handed.ok().and_then(Result::ok).unwrap_or_default();
                    receive(&opened, files.into_iter().map(Outside::Handed).collect());
                }
                Told::WakeUp | Told::PushChanged => {}
            }
        });
    }));
}

/// Hands `otpauth:` links to the app. A link only ever fills a screen that asks.
fn receive_links(tauri: &AppHandle, handle: &Handle) {
    let links = tauri.deep_link();
    if let Ok(Some(urls)) = links.get_current() {
        let urls = urls.into_iter().filter(is_link);
        handle.with(|app| urls.for_each(|url| drop(app.open_link(SecretText::new(url.into())))));
    }
    let (tauri, handle) = (tauri.clone(), handle.clone());
    links.on_open_url(move |event| {
        let links: Vec<_> = event.urls().into_iter().filter(is_link).collect();
        let (tauri, handle) = (tauri.clone(), handle.clone());
        // Not on the thread that tells it: the app may be held by somebody who waits for that one.
        tauri::async_runtime::spawn_blocking(move || {
            for url in links {
                let scan = handle.with(|app| app.open_link(SecretText::new(url.into())));
                if scan != ScanView::Nothing {
                    // A window that is gone has nobody to ask.
                    let _ = LinkOpened(scan).emit(&tauri);
                }
            }
        });
    });
}

/// Where files are opened by their addresses, those come the same way.
fn is_link(url: &Url) -> bool {
    url.scheme() == "otpauth"
}

#[cfg(desktop)]
fn receive_files_of_this_start(tauri: &AppHandle) {
    let words: Vec<_> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    // Where it was started from is gone; a name without a folder then means nothing.
    receive_files(tauri, &words, &std::env::current_dir().unwrap_or_default());
}

/// Keeps the files that a start named. The first word is the program.
#[cfg(desktop)]
fn receive_files(tauri: &AppHandle, words: &[String], folder: &Path) {
    let named = outside::named(words.get(1..).unwrap_or_default(), folder);
    receive(tauri, named.into_iter().map(Outside::File).collect());
}

/// Keeps the files that the system opens with this app: copies that it made for that, each with its address.
#[cfg(target_os = "ios")]
fn receive_opened(tauri: &AppHandle, addresses: Vec<Url>) {
    let tauri = tauri.clone();
    // Not on the thread that draws: they are read.
    tauri::async_runtime::spawn_blocking(move || {
        let files = addresses.into_iter().filter_map(|address| address.to_file_path().ok());
        let made_in = tauri.path().document_dir().unwrap_or_default().join("Inbox");
        receive(&tauri, files.map(|file| Outside::of_copy(&file, &made_in)).collect());
    });
}

/// Keeps what was handed to the app, and says that it waits.
fn receive(tauri: &AppHandle, files: Vec<Outside>) {
    // A second start may come before this one is ready; its person sees the window and tries again.
    if let Some(handle) = tauri.try_state::<Handle>().filter(|_| !files.is_empty()) {
        handle.with(|app| app.open_outside(files));
        // A window that is not there yet asks when it is.
        let _ = FileWaits.emit(tauri);
    }
}

/// Once a second: codes that changed, an app that locked itself, a clipboard that is due, services to be asked. Short steps rather
/// than one long wait, so that the codes are right at once after the device has slept.
fn tell_the_time(tauri: AppHandle, handle: Handle, online: RealOnline) {
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(1000 - clock::now().millis() % 1000 + 5)).await;
            let (teller, app) = (tauri.clone(), handle.clone());
            let told = tauri::async_runtime::spawn_blocking(move || {
                let (tick, backup) = app.with(|app| (app.tick(), app.backup_due()));
                // Without a window there is nobody to tell.
                let _ = tick.codes.map(|codes| CodesChanged(codes).emit(&teller));
                let _ = tick.locked.map(|view| StageChanged(view).emit(&teller));
                let _ = tick.requests.map(|requests| RequestsChanged(requests).emit(&teller));
                backup
            });
            let Ok(backup) = told.await else { break };
            if let Some(job) = backup {
                let (teller, app) = (tauri.clone(), handle.clone());
                // Codes go on meanwhile: a disk at the other end of a network takes its time.
                tauri::async_runtime::spawn(async move {
                    let written = app.write_backup(job).await;
                    // What the list says about backup may have changed with it.
                    let accounts = app.run_unasked(|app| app.accounts()).await;
                    let _ = written.map(|view| BackupChanged(view).emit(&teller));
                    let _ = accounts.flatten().map(|accounts| AccountsChanged(accounts).emit(&teller));
                });
            }
            online.ask_those_due();
        }
    });
}

#[cfg(test)]
mod tests;
