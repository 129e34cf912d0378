//! One thin function for each thing a person can want: convert, call the app, convert. Every argument has
//! a type, and the app bounds what is in it.

use crypto_core::secret::SecretText;
use device::Camera;
use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, Manager as _, State};

use crate::app::Export;
use crate::camera::{self, Scanner};
use crate::diagnostics::{Event, Screen};
use crate::error::{Code, CommandError};
use crate::handle::{Handle, RealOnline};
use crate::saving::ToSave;
use crate::view::{
    AccountsView, ActivationView, ActivityView, AddedView, AnswerRequest, AppView, BackupNotice, BackupView,
    CameraSource, CodeView, CopiedView, CopyView, DeletedView, DrillView, EditRequest, EnrollView,
    ExportRequest, ExportedView, FrameView, IncomingCodeView, IncomingView, KeyRequest, Language,
    ManualRequest, OutcomeView, PickRequest, ReceiptView, RecoveryCodeView, RequestView, RequestsView,
    SavedView, ScanView, SettingsRequest, SignInRequest, SignInView, TrashView,
};
use crate::{clock, folder_dialog, picture};

type Answer<T> = Result<T, CommandError>;

/// Declares commands whose body is one call of the app.
macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $answer:ty = |$app:ident| $call:expr;)*) => {$(
        $(#[$doc])*
        #[tauri::command]
        #[specta::specta]
        pub(crate) async fn $name(handle: State<'_, Handle>, $($argument: $type),*) -> Answer<$answer> {
            handle.run(move |$app| $call).await
        }
    )*};
}

commands! {
    /// The first screen.
    start() -> AppView = |app| Ok(app.start());
    /// The person agrees to the privacy text.
    accept_privacy() -> AppView = |app| app.accept_privacy();
    /// The person wants the diagnostics log, or not.
    choose_diagnostics(keep: bool) -> AppView = |app| app.choose_diagnostics(keep);
    /// Looks again for what was in the way.
    try_again() -> AppView = |app| Ok(app.try_again());
    /// Begins anew; the old file is renamed and kept.
    start_empty() -> AppView = |app| app.start_empty();
    /// Takes a vault that is older than the last one written.
    use_older_vault() -> AppView = |app| app.use_older_vault();
    /// Makes the first vault where there is no keystore.
    create_passphrase_vault(passphrase: String) -> AppView =
        |app| app.create_passphrase_vault(SecretText::new(passphrase));
    /// Opens the vault with its passphrase.
    unlock(passphrase: String) -> AppView = |app| app.unlock(&SecretText::new(passphrase));
    /// Closes the vault.
    lock() -> AppView = |app| Ok(app.lock());
    /// From now on a passphrase opens the vault.
    turn_on_lock(passphrase: String) -> AppView = |app| app.turn_on_lock(&SecretText::new(passphrase));
    /// From now on the keystore opens the vault again.
    turn_off_lock(passphrase: String) -> AppView = |app| app.turn_off_lock(&SecretText::new(passphrase));
    /// Changes settings.
    change_settings(request: SettingsRequest) -> AppView = |app| app.change_settings(&request);
    /// The list.
    accounts() -> AccountsView = |app| app.accounts();
    /// All codes as they are now.
    codes() -> Vec<CodeView> = |app| app.codes();
    /// Uncovers or covers a code.
    reveal(id: String, revealed: bool) -> CodeView = |app| app.reveal(&id, revealed);
    /// Moves a counter-based account to its next code.
    next_counter(id: String) -> CodeView = |app| app.next_counter(&id);
    /// Puts a code on the clipboard for a while.
    copy_code(id: String) -> CopiedView = |app| app.copy_code(&id);
    /// Changes names, note and heading.
    edit_account(id: String, request: EditRequest) -> AccountsView = |app| app.edit_account(&id, &request);
    /// Changes the order.
    move_account(id: String, before: Option<String>) -> AccountsView =
        |app| app.move_account(&id, before.as_deref());
    /// Puts an account in the trash.
    remove_account(id: String) -> AccountsView = |app| app.remove_account(&id);
    /// What is in the trash.
    trash() -> Vec<TrashView> = |app| app.trash();
    /// Takes an account out of the trash.
    put_back(id: String) -> AccountsView = |app| app.put_back(&id);
    /// Looks at a pasted text.
    inspect_text(text: String) -> EnrollView = |app| app.inspect_text(&SecretText::new(text));
    /// Looks at what was typed.
    inspect_manual(request: ManualRequest) -> EnrollView = |app| app.inspect_manual(&request);
    /// Looks at an address and a code that were typed instead of scanned.
    inspect_activation(address: String, code: String) -> EnrollView =
        |app| app.inspect_activation(&address, &SecretText::new(code));
    /// Drops what was found.
    cancel_enroll(session: String) -> () = |app| { app.cancel_enroll(&session); Ok(()) };
    /// Adds what was found.
    confirm(session: String, picks: Vec<PickRequest>) -> AddedView = |app| app.confirm(&session, &picks);
    /// A link that came while the app was starting or locked.
    pending_link() -> ScanView = |app| Ok(app.pending_link());
    /// The names of the files that were handed to the app, if there are some: each is opened by its number.
    pending_files() -> Vec<String> = |app| Ok(app.pending_files());
    /// The requests that wait, as far as is known.
    requests() -> RequestsView = |app| app.requests();
    /// Turns backup on. The recovery code is shown this once.
    turn_on_backup(passphrase: String) -> RecoveryCodeView =
        |app| app.turn_on_backup(&SecretText::new(passphrase));
    /// Gives backup another passphrase and another recovery code.
    change_backup_passphrase(passphrase: String) -> RecoveryCodeView =
        |app| app.turn_on_backup(&SecretText::new(passphrase));
    /// Turns backup off. What was written stays.
    turn_off_backup() -> BackupView = |app| app.turn_off_backup();
    /// The recovery code is on paper.
    note_recovery_code() -> BackupView = |app| app.note_recovery_code();
    /// What the list says about backup is dealt with for now.
    dismiss_backup_notice(notice: BackupNotice) -> AccountsView = |app| app.dismiss_backup_notice(notice);
    /// Looks at one of the backups in the place for them.
    open_copy(name: String) -> IncomingView = |app| app.open_copy(&name);
    /// Looks at a pasted text, or adds it to what was looked at before.
    open_text(text: String, session: Option<String>) -> IncomingView =
        |app| app.open_incoming(text.into_bytes(), session.as_deref());
    /// The codes of what is not stored yet.
    incoming_codes(session: String) -> Vec<IncomingCodeView> = |app| app.incoming_codes(&session);
    /// Stores what was looked at.
    take_in(session: String, accept_older: bool) -> ReceiptView = |app| app.take_in(&session, accept_older);
    /// Drops what was looked at.
    cancel_incoming(session: String) -> () = |app| { app.cancel_incoming(&session); Ok(()) };
    /// The language that the screen speaks; notifications speak it, too.
    speak(language: Language) -> () = |app| { app.speak(language); Ok(()) };
    /// The person is here; the app does not lock itself yet.
    still_here() -> () = |_app| Ok(());
    /// The diagnostics log.
    diagnostics() -> Vec<String> = |app| Ok(app.diagnostics());
    /// Deletes the diagnostics log.
    clear_diagnostics() -> () = |app| { app.clear_diagnostics(); Ok(()) };
    /// A screen was opened.
    note_screen(screen: Screen) -> () = |app| { app.note(Event::Screen(screen)); Ok(()) };
    /// The first screen with its content was drawn.
    first_paint() -> () = |app| { app.note(Event::FirstPaint { millis: clock::millis_since_start() }); Ok(()) };
}

/// Declares commands that go to a service. The app is not locked while they wait for it.
macro_rules! online {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $answer:ty = |$online:ident| $call:expr;)*) => {$(
        $(#[$doc])*
        #[tauri::command]
        #[specta::specta]
        pub(crate) async fn $name($online: State<'_, RealOnline>, $($argument: $type),*) -> Answer<$answer> {
            $call.await
        }
    )*};
}

online! {
    /// Asks the service whose account a code is for. Nothing is added.
    begin_activation(session: String) -> ActivationView = |online| online.begin_activation(&session);
    /// Adds the work account, in place of another if the person says so.
    add_work_account(session: String, replaces: Option<String>) -> AddedView =
        |online| online.add_work_account(&session, replaces.as_deref());
    /// Begins to add an account, or to bring one back, by signing in in the browser, and opens it.
    begin_sign_in(request: SignInRequest) -> SignInView = |online| online.begin_sign_in(&request);
    /// Waits until the person has signed in.
    finish_sign_in(session: String) -> ActivationView = |online| online.finish_sign_in(&session);
    /// Asks all services.
    refresh_requests() -> RequestsView = |online| online.refresh_requests();
    /// Finds the request that a scanned code belongs to.
    match_request(session: String) -> RequestView = |online| online.match_request(&session);
    /// Answers a request.
    answer_request(id: String, answer: AnswerRequest) -> OutcomeView = |online| online.answer_request(&id, answer);
    /// Recent activity of a work account.
    activity(id: String) -> ActivityView = |online| online.activity(&id);
    /// Reports one item of it.
    report_activity(id: String, item: String) -> () = |online| online.report_activity(&id, &item);
    /// Deletes an account in the trash for good; a service is told.
    delete_forever(id: String) -> DeletedView = |online| online.delete_forever(&id);
}

/// Opens the browser again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_sign_in_page(online: State<'_, RealOnline>, session: String) -> Answer<()> {
    online.open_sign_in_page(&session)
}

/// Saves the diagnostics log.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_diagnostics(tauri: AppHandle, handle: State<'_, Handle>) -> Answer<SavedView> {
    let file = handle.run(|app| Ok(app.diagnostics_file())).await?;
    save(&tauri, &handle, file).await
}

/// Saves a receipt.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_receipt(
    tauri: AppHandle,
    handle: State<'_, Handle>,
    session: String,
) -> Answer<SavedView> {
    let file = handle.run(move |app| app.receipt_file(&session)).await?;
    save(&tauri, &handle, file).await
}

/// Saves accounts to a file.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_accounts(
    tauri: AppHandle,
    handle: State<'_, Handle>,
    request: ExportRequest,
) -> Answer<ExportedView> {
    let request = handle.confirm_export(request).await?;
    let Export { file, accounts } = handle.run(move |app| app.export_accounts(&request)).await?;
    Ok(accounts.view(save(&tauri, &handle, file).await?))
}

/// Has the person open a locked app. The app is not held while they are asked.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock_by_person(handle: State<'_, Handle>) -> Answer<AppView> {
    handle.unlock_by_person().await
}

/// From now on the person, whom the device verifies, opens the vault. The app is not held while they are asked.
#[tauri::command]
#[specta::specta]
pub(crate) async fn turn_on_person_lock(handle: State<'_, Handle>) -> Answer<AppView> {
    handle.turn_on_person_lock().await
}

/// From now on the keystore opens the vault again. The app is not held while the person is asked.
#[tauri::command]
#[specta::specta]
pub(crate) async fn turn_off_person_lock(handle: State<'_, Handle>) -> Answer<AppView> {
    handle.turn_off_person_lock().await
}

/// Saves a file by the way of this device. The app goes on while its person chooses a place.
async fn save(tauri: &AppHandle, handle: &Handle, file: ToSave) -> Answer<SavedView> {
    let downloads = tauri.path().download_dir().or_else(|_| tauri.path().home_dir()).ok();
    let device = handle.run(|app| Ok(app.device())).await?;
    let saved = tauri::async_runtime::spawn_blocking(move || file.save(&*device, downloads.as_deref())).await;
    handle.run(move |_| saved.map_err(|_| Code::SaveFailed)?).await
}

/// How backup stands.
#[tauri::command]
#[specta::specta]
pub(crate) async fn backup(handle: State<'_, Handle>) -> Answer<BackupView> {
    handle.find_backup_place().await?;
    handle.run(|app| app.backup()).await
}

/// The backups that are in the place for them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn backup_copies(handle: State<'_, Handle>) -> Answer<Vec<CopyView>> {
    handle.find_backup_place().await?;
    handle.run(|app| app.backup_copies()).await
}

/// Backs up now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn back_up_now(handle: State<'_, Handle>) -> Answer<BackupView> {
    handle.back_up().await
}

/// Lets the person choose the folder for backups.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_backup_folder(tauri: AppHandle, handle: State<'_, Handle>) -> Answer<BackupView> {
    let chosen = folder_dialog::choose(&tauri).await;
    handle
        .run(move |app| match chosen {
            Some(folder) => app.choose_backup_folder(&folder),
            None => app.backup(),
        })
        .await
}

/// Opens the newest backup and compares it with what is here. The app is not held while the key is made.
#[tauri::command]
#[specta::specta]
pub(crate) async fn test_backup(handle: State<'_, Handle>, key: KeyRequest) -> Answer<DrillView> {
    let to_open = handle.run(|app| app.newest_backup()).await?;
    let opened = tauri::async_runtime::spawn_blocking(move || to_open.open(&key)).await;
    let opened = opened.map_err(|_| Code::NotNow)??;
    handle.run(move |app| app.tested(opened)).await
}

/// Opens what is sealed, with what the person typed. The app is not held while the key is made.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock_incoming(
    handle: State<'_, Handle>,
    session: String,
    key: KeyRequest,
) -> Answer<IncomingView> {
    let name = session.clone();
    let to_open = handle.run(move |app| app.incoming_to_open(&name)).await?;
    let opened = tauri::async_runtime::spawn_blocking(move || to_open.open(&key)).await;
    let opened = opened.map_err(|_| Code::NotNow)??;
    handle.run(move |app| app.incoming_opened(&session, opened)).await
}

/// Looks at a file, or adds it to what was looked at before; the body is the file, a header the session.
#[tauri::command]
pub(crate) async fn open_file(request: Request<'_>, handle: State<'_, Handle>) -> Answer<IncomingView> {
    let session = request.headers().get("session").and_then(|text| text.to_str().ok()).map(str::to_owned);
    let file = bytes(&request)?;
    let read = tauri::async_runtime::spawn_blocking(move || texts_of(file)).await;
    let content = read.map_err(|_| Code::NotNow)??;
    handle.run(move |app| app.open_incoming(content, session.as_deref())).await
}

/// Looks at one of the files that were handed to the app, or adds it to what was looked at before.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_pending(
    handle: State<'_, Handle>,
    number: u32,
    session: Option<String>,
) -> Answer<IncomingView> {
    let (file, device) = handle.run(move |app| Ok((app.pending_file(number)?, app.device()))).await?;
    let read = tauri::async_runtime::spawn_blocking(move || texts_of(file.read(&*device)?)).await;
    let content = read.map_err(|_| Code::NotNow)??;
    handle.run(move |app| app.open_incoming(content, session.as_deref())).await
}

/// A picture stands for the texts of the codes in it; any other file for itself.
fn texts_of(file: Vec<u8>) -> Answer<Vec<u8>> {
    if !picture::is_picture(&file) {
        return Ok(file);
    }
    let picture = picture::luma(&file)?;
    let texts = camera::texts(&picture.luma, picture.width, picture.height)?;
    if texts.is_empty() {
        return Err(Code::NothingFound.into());
    }
    // expose: what is in the picture goes the way of a pasted text.
    Ok(texts.iter().map(SecretText::expose).collect::<Vec<_>>().join("\n").into_bytes())
}

/// Turns the camera on, or says that the web view is to do it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_camera(
    tauri: AppHandle,
    handle: State<'_, Handle>,
    scanner: State<'_, Scanner>,
) -> Answer<CameraSource> {
    let opening = scanner.open();
    let Some(session) = scanner.session() else { return Ok(CameraSource::WebView) };
    let receive = camera::receiver(tauri, handle.inner().clone(), session);
    let opened = tauri::async_runtime::spawn_blocking(move || Camera::open(receive)).await;
    match opened {
        Ok(Ok(camera)) => {
            scanner.keep(camera, opening);
            Ok(CameraSource::Native)
        }
        _ => Ok(CameraSource::WebView),
    }
}

/// Turns the camera off.
#[tauri::command]
#[specta::specta]
pub(crate) fn close_camera(scanner: State<'_, Scanner>) {
    scanner.close();
}

/// One of several codes in view is meant.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_code(
    handle: State<'_, Handle>,
    scanner: State<'_, Scanner>,
    number: u32,
) -> Answer<ScanView> {
    let chosen = usize::try_from(number).ok().and_then(|number| scanner.choose(number));
    handle.run(move |app| Ok(app.inspect_scan(chosen.as_slice()))).await
}

/// None of several codes in view is meant: frames are looked at again.
#[tauri::command]
#[specta::specta]
pub(crate) fn scan_on(scanner: State<'_, Scanner>) {
    scanner.go_on();
}

/// Looks for codes in one camera frame: the body is its brightness values, the headers say how wide and
/// high it is. A raw body, because a frame as JSON is four times as large.
#[tauri::command]
pub(crate) async fn scan_frame(
    request: Request<'_>,
    handle: State<'_, Handle>,
    scanner: State<'_, Scanner>,
) -> Answer<FrameView> {
    let side = |name| {
        let text = request.headers().get(name)?.to_str().ok()?;
        text.parse().ok().filter(|side| (1..=camera::MAX_SIDE).contains(side))
    };
    let (Some(width), Some(height)) = (side("width"), side("height")) else {
        return Err(Code::BadPicture.into());
    };
    // Base64 is longer by a third. What is longer still is no frame, and nothing is decoded for it.
    let length = match request.body() {
        InvokeBody::Raw(bytes) => bytes.len(),
        InvokeBody::Json(json) => json.get("base64").and_then(serde_json::Value::as_str).map_or(0, str::len),
    };
    if length > (width * height).div_ceil(3) * 4 {
        return Err(Code::BadPicture.into());
    }
    let luma = bytes(&request)?;
    // One frame at a time: one that comes while another is looked at is out of date when its turn comes.
    let (Some(_turn), Some(session)) = (scanner.turn(), scanner.session()) else {
        return Ok(FrameView::nothing());
    };
    camera::look_at_frame(handle.inner(), session, luma, width, height).await
}

/// Looks for codes in a picture file; the body is the file.
#[tauri::command]
pub(crate) async fn scan_picture(request: Request<'_>, handle: State<'_, Handle>) -> Answer<ScanView> {
    let file = bytes(&request)?;
    let picture = tauri::async_runtime::spawn_blocking(move || picture::luma(&file)).await;
    let picture = picture.map_err(|_| Code::BadPicture)??;
    let (width, height) = (picture.width, picture.height);
    let found = camera::look_at_picture(handle.inner(), picture.luma, width, height).await?;
    if found == ScanView::Nothing { Err(Code::NothingFound.into()) } else { Ok(found) }
}

/// The bytes of a request: raw, or as Base64 where the platform has no raw bodies (Android).
fn bytes(request: &Request<'_>) -> Answer<Vec<u8>> {
    use base64::Engine as _;
    match request.body() {
        InvokeBody::Raw(bytes) => Ok(bytes.clone()),
        InvokeBody::Json(json) => {
            let text = json.get("base64").and_then(serde_json::Value::as_str).ok_or(Code::BadPicture)?;
            Ok(base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| Code::BadPicture)?)
        }
    }
}
