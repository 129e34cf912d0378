//! Phones: the keystore is the platform's, reached through the native half in `android/` or `ios/`. Frames
//! come from the web view, so there is no camera here.

use crypto_core::approval::activation::Attestation;
use crypto_core::approval::answer::UvMethod;
use crypto_core::approval::wire::Platform as System;
use crypto_core::seal::sign::{PublicKey, Signature};
use crypto_core::secret::SecretBytes;
use crypto_core::vault::{DeviceKey, FileId, KeyHandle, VaultKey, Wrapping};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use tauri::plugin::{PluginHandle, TauriPlugin};
use tauri::{Manager as _, Wry};

use crate::{About, Device, DeviceError, Frame, KeyUse, LastSave};

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

    fn make_key(&self, used: KeyUse, challenge: &[u8]) -> Result<DeviceKey, DeviceError> {
        let made: MadeKey =
            self.call("makeKey", MakeKeyRequest { used, challenge: BASE64.encode(challenge) })?;
        let point = BASE64.decode(made.point.as_bytes()).map_err(|_| DeviceError::KeystoreFailed)?;
        let public = PublicKey::from_point(&point).map_err(|_| DeviceError::KeystoreFailed)?;
        Ok(DeviceKey { handle: KeyHandle::new(made.name), public })
    }

    fn sign(&self, used: KeyUse, key: &KeyHandle, message: &[u8]) -> Result<Signature, DeviceError> {
        let request = SignRequest { used, name: key.as_str(), message: BASE64.encode(message) };
        let signed: Signed = self.call("sign", request)?;
        let der = BASE64.decode(signed.der.as_bytes()).map_err(|_| DeviceError::KeystoreFailed)?;
        Signature::from_der(&der).map_err(|_| DeviceError::KeystoreFailed)
    }

    fn delete_key(&self, key: &KeyHandle) -> Result<(), DeviceError> {
        self.call("deleteKey", NameRequest { name: key.as_str() })
    }

    fn attest(&self, pop: &KeyHandle, uv: &KeyHandle) -> Result<Attestation, DeviceError> {
        self.call("attest", AttestRequest { pop: pop.as_str(), uv: uv.as_str() })
    }

    fn about(&self) -> About {
        let system = if cfg!(target_os = "ios") { System::Ios } else { System::Android };
        // A phone that does not say is called by what it is.
        let said: Said = self.call("about", ()).unwrap_or_default();
        About {
            name: if said.name.is_empty() { "Phone".to_owned() } else { said.name },
            system,
            model: said.model,
            version: said.version,
            verifies: Some(UvMethod::Biometric),
            software_keys: said.software_keys,
        }
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

#[derive(Serialize)]
struct MakeKeyRequest {
    used: KeyUse,
    challenge: String,
}

/// The key's name in the keystore, and its point: 65 bytes that begin with 4.
#[derive(Deserialize)]
struct MadeKey {
    name: String,
    point: String,
}

#[derive(Serialize)]
struct SignRequest<'a> {
    used: KeyUse,
    name: &'a str,
    message: String,
}

impl Drop for SignRequest<'_> {
    /// The number of an approval is in it.
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.message);
    }
}

#[derive(Deserialize)]
struct Signed {
    der: String,
}

#[derive(Serialize)]
struct NameRequest<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct AttestRequest<'a> {
    pop: &'a str,
    uv: &'a str,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Said {
    name: String,
    model: String,
    version: String,
    software_keys: bool,
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
        Some("signingKeyLost") => DeviceError::SigningKeyLost,
        Some("notVerified") => DeviceError::NotVerified,
        Some("noScreenLock") => DeviceError::NoScreenLock,
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
