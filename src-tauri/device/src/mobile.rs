//! Phones: the keystore is the platform's, reached through the native half in `android/` or `ios/`. Frames
//! come from the web view, so there is no camera here.

use crypto_core::secret::SecretBytes;
use crypto_core::vault::{FileId, VaultKey, Wrapping};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use tauri::plugin::{PluginHandle, TauriPlugin};
use tauri::{Manager as _, Wry};

use crate::{Device, DeviceError, Frame, LastSave};

#[cfg(target_os = "ios")]
tauri::ios_plugin_binding!(init_plugin_device);

/// Registers the native half with the app, which finds it as managed state.
pub fn init() -> TauriPlugin<Wry> {
    tauri::plugin::Builder::new("device")
        .setup(|app, api| {
            #[cfg(target_os = "android")]
            let native = api.register_android_plugin("app.countersign.device", "DevicePlugin")?;
            #[cfg(target_os = "ios")]
            let native = api.register_ios_plugin(init_plugin_device)?;
            app.manage(Platform(native));
            Ok(())
        })
        .build()
}

/// The device of this phone.
#[derive(Debug, Clone)]
pub struct Platform(PluginHandle<Wry>);

impl Device for Platform {
    fn wrap(&self, wrapping: &Wrapping, key: &VaultKey) -> Result<Vec<u8>, DeviceError> {
        // expose: the keystore encrypts it; the call does not leave this process.
        let content = BASE64.encode(key.secret().expose());
        let reply: Bytes = self.call("wrap", KeyRequest::new(wrapping, content))?;
        reply.decode()
    }

    fn unwrap(&self, wrapping: &Wrapping, wrapped: &[u8]) -> Result<VaultKey, DeviceError> {
        let reply: Bytes = self.call("unwrap", KeyRequest::new(wrapping, BASE64.encode(wrapped)))?;
        VaultKey::from_secret(SecretBytes::new(reply.decode()?)).map_err(|_| DeviceError::KeyLost)
    }

    fn drop_key(&self, file: &FileId) -> Result<(), DeviceError> {
        self.call("dropKey", VaultRequest { vault: file.hex() })
    }

    fn remember(&self, last: &LastSave) -> Result<(), DeviceError> {
        self.call("remember", last)
    }

    fn recall(&self) -> Result<Option<LastSave>, DeviceError> {
        let reply: Recalled = self.call("recall", ())?;
        Ok(reply.last)
    }

    fn forget(&self) -> Result<(), DeviceError> {
        self.call("forget", ())
    }

    fn copy(&self, code: &str) -> Result<(), DeviceError> {
        self.call("copy", CodeRequest { code }).map_err(|_| DeviceError::ClipboardUnavailable)
    }

    fn clear_copied(&self, code: &str) -> Result<(), DeviceError> {
        self.call("clearCopied", CodeRequest { code }).map_err(|_| DeviceError::ClipboardUnavailable)
    }
}

impl Platform {
    fn call<T: serde::de::DeserializeOwned>(
        &self,
        name: &str,
        request: impl Serialize,
    ) -> Result<T, DeviceError> {
        self.0.run_mobile_plugin(name, request).map_err(|error| refused(&error))
    }
}

/// A key and what it is bound to, as it goes to the native half.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyRequest {
    vault: String,
    associated: String,
    content: String,
}

impl KeyRequest {
    fn new(wrapping: &Wrapping, content: String) -> Self {
        Self { vault: wrapping.file.hex(), associated: BASE64.encode(&wrapping.associated), content }
    }
}

impl Drop for KeyRequest {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.content);
    }
}

#[derive(Serialize)]
struct VaultRequest {
    vault: String,
}

#[derive(Serialize)]
struct CodeRequest<'a> {
    code: &'a str,
}

#[derive(Deserialize)]
struct Bytes {
    content: String,
}

impl Bytes {
    fn decode(mut self) -> Result<Vec<u8>, DeviceError> {
        let bytes = BASE64.decode(self.content.as_bytes()).map_err(|_| DeviceError::KeystoreFailed);
        zeroize::Zeroize::zeroize(&mut self.content);
        bytes
    }
}

#[derive(Deserialize)]
struct Recalled {
    last: Option<LastSave>,
}

/// The native half rejects with one of these codes and no other text.
fn refused(error: &tauri::plugin::mobile::PluginInvokeError) -> DeviceError {
    let tauri::plugin::mobile::PluginInvokeError::InvokeRejected(response) = error else {
        return DeviceError::KeystoreFailed;
    };
    match response.code.as_deref() {
        Some("keystoreMissing") => DeviceError::KeystoreMissing,
        Some("keystoreLocked") => DeviceError::KeystoreLocked,
        Some("keyLost") => DeviceError::KeyLost,
        _ => DeviceError::KeystoreFailed,
    }
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
