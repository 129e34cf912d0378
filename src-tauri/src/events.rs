//! What the app tells the web view by itself.

use serde::Serialize;
use specta::Type;
use tauri_specta::Event;

use crate::view::{
    AccountsView, AppView, BackupView, CodeView, FrameView, PreviewView, RequestsView, ScanView,
};

/// A step has ended: all codes as they are now.
#[derive(Clone, Serialize, Type, Event)]
pub(crate) struct CodesChanged(pub(crate) Vec<CodeView>);

/// The app locked itself.
#[derive(Clone, Serialize, Type, Event)]
pub(crate) struct StageChanged(pub(crate) AppView);

/// A link was opened while the vault is open.
#[derive(Clone, Serialize, Type, Event)]
pub(crate) struct LinkOpened(pub(crate) ScanView);

/// Files were handed to the app: `pending_files` names them.
#[derive(Clone, Serialize, Type, Event)]
pub(crate) struct FileWaits;

/// A picture from the device's camera.
#[derive(Clone, Serialize, Type, Event)]
pub(crate) struct CameraPreview(pub(crate) PreviewView);

/// What the last frame of the device's camera showed is news.
#[derive(Clone, Serialize, Type, Event)]
pub(crate) struct CameraScan(pub(crate) FrameView);

/// Sign-ins that wait came, went or were answered.
#[derive(Clone, Serialize, Type, Event)]
pub(crate) struct RequestsChanged(pub(crate) RequestsView);

/// The person opened the notification: the requests are to be shown.
#[derive(Clone, Serialize, Type, Event)]
pub(crate) struct RequestsOpened(pub(crate) RequestsView);

/// The list changed by itself, such as when a service has removed this device.
#[derive(Clone, Serialize, Type, Event)]
pub(crate) struct AccountsChanged(pub(crate) AccountsView);

/// A backup was written, or could not be.
#[derive(Clone, Serialize, Type, Event)]
pub(crate) struct BackupChanged(pub(crate) BackupView);
