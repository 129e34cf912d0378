//! Phones: the keystore is the platform's. On Android it is reached through the native half in `android/`, on iOS
//! through the Security framework; the rest through the native halves, which have the same names for everything.
//! Frames come from the web view, so there is no camera here.

#[cfg(target_os = "android")]
#[path = "mobile/android.rs"]
mod keys;
#[cfg(target_os = "ios")]
#[path = "mobile/apple.rs"]
mod keys;
mod native;

use std::sync::{Arc, Mutex, PoisonError};

use crypto_core::approval::activation::Attestation;
use crypto_core::approval::answer::UvMethod;
use crypto_core::approval::wire::{Platform as System, PushSubscription};
use crypto_core::seal::sign::Signature;
use crypto_core::vault::{DeviceKey, FileId, KeyHandle, VaultKey, Wrapping};
use data_encoding::BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tauri::ipc::{Channel, InvokeResponseBody};
use tauri::plugin::TauriPlugin;
use tauri::{Manager as _, Wry};

use self::keys::Keys;
use self::native::{CodeRequest, Native};
use crate::phone::{Carried, Feel, Handed, KeyPlace, OpenedFile, PhoneError, Told};
use crate::{About, Device, DeviceError, Frame, KeyUse, LastSave, Phone};

/// Registers the native half with the app, which finds it as managed state.
pub fn init() -> TauriPlugin<Wry> {
    tauri::plugin::Builder::new("device")
        .setup(|app, api| {
            let native = Native(keys::register(&api)?);
            let watching = Arc::default();
            app.manage(Platform { keys: Keys::new(native.clone()), native, watching });
            Ok(())
        })
        .build()
}

/// The device of this phone.
#[derive(Clone)]
pub struct Platform {
    native: Native,
    keys: Keys,
    /// The native half's way back; it ends when this is dropped.
    watching: Arc<Mutex<Option<Channel<serde_json::Value>>>>,
}

impl Device for Platform {
    fn wrap(&self, wrapping: &Wrapping, key: &VaultKey) -> Result<Vec<u8>, DeviceError> {
        self.keys.wrap(wrapping, key, false)
    }

    fn unwrap(&self, wrapping: &Wrapping, wrapped: &[u8]) -> Result<VaultKey, DeviceError> {
        self.keys.unwrap(wrapping, wrapped)
    }

    fn drop_key(&self, file: &FileId) -> Result<(), DeviceError> {
        self.keys.drop_key(file, false)
    }

    fn remember(&self, last: &LastSave) -> Result<(), DeviceError> {
        self.keys.remember(last)
    }

    fn recall(&self) -> Result<Option<LastSave>, DeviceError> {
        self.keys.recall()
    }

    fn forget(&self) -> Result<(), DeviceError> {
        self.keys.forget()
    }

    fn make_key(&self, used: KeyUse, challenge: &[u8]) -> Result<DeviceKey, DeviceError> {
        self.keys.make_key(used, challenge)
    }

    fn sign(&self, used: KeyUse, key: &KeyHandle, message: &[u8]) -> Result<Signature, DeviceError> {
        self.keys.sign(used, key, message)
    }

    fn delete_key(&self, key: &KeyHandle) -> Result<(), DeviceError> {
        self.keys.delete_key(key)
    }

    fn attest(&self, pop: &KeyHandle, uv: &KeyHandle) -> Result<Attestation, DeviceError> {
        self.keys.attest(pop, uv)
    }

    fn about(&self) -> About {
        let system = if cfg!(target_os = "ios") { System::Ios } else { System::Android };
        // A phone that does not say is called by what it is.
        let said: Said = self.native.call("about", ()).unwrap_or_default();
        About {
            name: if said.name.is_empty() { "Phone".to_owned() } else { said.name },
            system,
            model: said.model,
            version: said.version,
            verifies: Some(UvMethod::Biometric),
            software_keys: said.software_keys,
        }
    }

    fn copy(&self, code: &str) -> Result<(), DeviceError> {
        self.native.call("copy", CodeRequest { code }).map_err(|_| DeviceError::ClipboardUnavailable)
    }

    fn clear_copied(&self, code: &str) -> Result<(), DeviceError> {
        // Also called when the app ends, on the very thread that would have to answer: not waited for.
        self.native.tell("clearCopied", CodeRequest { code });
        Ok(())
    }
}

impl Phone for Platform {
    fn can_verify(&self) -> bool {
        true
    }

    fn wrap_for_person(&self, wrapping: &Wrapping, key: &VaultKey) -> Result<Vec<u8>, DeviceError> {
        self.keys.wrap(wrapping, key, true)
    }

    fn drop_unguarded_key(&self, file: &FileId) -> Result<(), DeviceError> {
        self.keys.drop_key(file, true)
    }

    fn is_usable(&self, key: &KeyHandle) -> Result<bool, DeviceError> {
        self.keys.is_usable(key)
    }

    fn key_place(&self, key: &KeyHandle) -> Result<KeyPlace, DeviceError> {
        self.keys.place(key)
    }

    fn hide_screen(&self, on: bool) {
        self.native.tell("hideScreen", Switch { on });
    }

    fn feel(&self, what: Feel) {
        self.native.tell("feel", FeelRequest { what });
    }

    fn torch(&self, on: bool) -> bool {
        self.native.call("torch", Switch { on }).is_ok_and(|reply: Done| reply.done)
    }

    fn ask_camera(&self) -> bool {
        self.native.call("askCamera", ()).is_ok_and(|reply: Granted| reply.granted)
    }

    fn ask_notifications(&self) -> bool {
        self.native.call("askNotifications", ()).is_ok_and(|reply: Granted| reply.granted)
    }

    fn watch(&self, told: Box<dyn Fn(Told) + Send + Sync>) {
        let handler = Channel::new(move |body| {
            // What a newer native half tells beyond this is not for this version.
            if let InvokeResponseBody::Json(json) = body
                && let Ok(news) = serde_json::from_str::<News>(&json)
            {
                told(news.what);
            }
            Ok(())
        });
        self.native.tell("watch", Watch { handler: handler.clone() });
        *self.watching.lock().unwrap_or_else(PoisonError::into_inner) = Some(handler);
    }

    fn push_register(&self, account: &str, vapid: &str) -> Result<bool, PhoneError> {
        self.ask("pushRegister", PushRequest { account, vapid }).map(|reply: Done| reply.done)
    }

    fn push_forget(&self, account: &str) -> Result<(), PhoneError> {
        self.ask("pushForget", PushRequest { account, vapid: "" })
    }

    fn push_targets(&self) -> Result<Vec<(String, PushSubscription)>, PhoneError> {
        let reply: Targets = self.ask("pushTargets", ())?;
        // An address that the protocol does not allow is as good as none.
        let read = |Target { account, endpoint, p256dh, auth }: Target| {
            PushSubscription::new(endpoint, p256dh, auth).ok().map(|push| (account, push))
        };
        Ok(reply.targets.into_iter().filter_map(read).collect())
    }

    fn clear_notice(&self) {
        self.native.tell("clearNotice", ());
    }

    fn backup_place(&self) -> Carried {
        let said = self.native.call("backupPlace", ()).ok().and_then(|place: Place| place.path);
        said.filter(|path| !path.is_empty()).map_or(Carried::Off, |path| Carried::Folder(path.into()))
    }

    fn backup_changed(&self) {
        self.native.tell("backupChanged", ());
    }

    fn handed(&self) -> Result<Vec<Handed>, PhoneError> {
        self.ask("handed", ()).map(|reply: HandedOver| reply.files)
    }

    fn read_handed(&self, id: u64) -> Result<Vec<u8>, PhoneError> {
        let reply: Content = self.ask("readHanded", HandedRequest { id })?;
        BASE64.decode(reply.content.as_bytes()).map_err(|_| PhoneError::NotHere)
    }

    fn open_file(&self) -> Result<Option<OpenedFile>, PhoneError> {
        let Chosen { file } = self.ask("openFile", ())?;
        let read = |FileBody { name, content }: FileBody| {
            let content = BASE64.decode(content.as_bytes()).map_err(|_| PhoneError::NotHere)?;
            Ok(OpenedFile { name, content })
        };
        file.map(read).transpose()
    }

    fn asks_where(&self) -> bool {
        true
    }

    fn save_file(&self, name: &str, kind: &str, content: &[u8]) -> Result<bool, PhoneError> {
        self.ask("saveFile", FileRequest::new(name, kind, content)).map(|reply: Done| reply.done)
    }

    fn share_file(&self, name: &str, kind: &str, content: &[u8]) -> Result<(), PhoneError> {
        self.ask("shareFile", FileRequest::new(name, kind, content))
    }
}

impl Platform {
    fn ask<T: DeserializeOwned>(&self, name: &str, request: impl Serialize) -> Result<T, PhoneError> {
        self.native.run(name, request).map_err(|error| match native::code(&error) {
            Some("tooLarge") => PhoneError::TooLarge,
            _ => PhoneError::NotHere,
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Said {
    name: String,
    model: String,
    version: String,
    software_keys: bool,
}

#[derive(Serialize)]
struct Switch {
    on: bool,
}

#[derive(Serialize)]
struct FeelRequest {
    what: Feel,
}

#[derive(Serialize)]
struct Watch {
    handler: Channel<serde_json::Value>,
}

#[derive(Deserialize)]
struct News {
    what: Told,
}

#[derive(Serialize)]
struct PushRequest<'a> {
    account: &'a str,
    vapid: &'a str,
}

#[derive(Deserialize)]
struct Targets {
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    account: String,
    endpoint: String,
    p256dh: String,
    auth: String,
}

#[derive(Deserialize)]
struct Place {
    path: Option<String>,
}

#[derive(Deserialize)]
struct HandedOver {
    files: Vec<Handed>,
}

#[derive(Serialize)]
struct HandedRequest {
    id: u64,
}

#[derive(Deserialize)]
struct Content {
    content: String,
}

#[derive(Deserialize)]
struct Chosen {
    file: Option<FileBody>,
}

#[derive(Deserialize)]
struct FileBody {
    name: String,
    content: String,
}

#[derive(Serialize)]
struct FileRequest<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    content: String,
}

impl<'a> FileRequest<'a> {
    fn new(name: &'a str, kind: &'a str, content: &[u8]) -> Self {
        Self { name, kind, content: BASE64.encode(content) }
    }
}

impl Drop for FileRequest<'_> {
    /// An export need not be sealed.
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.content);
    }
}

#[derive(Deserialize)]
struct Done {
    done: bool,
}

#[derive(Deserialize)]
struct Granted {
    granted: bool,
}

/// Phones have no camera on this side.
#[derive(Debug)]
pub struct Camera(std::convert::Infallible);

impl Camera {
    /// Always unavailable: the web view reads the camera.
    pub fn open(_: impl FnMut(Frame) -> bool + Send + 'static) -> Result<Self, DeviceError> {
        Err(DeviceError::CameraUnavailable)
    }
}
