//! Android's keystore, which only Java can call: requests to the native half in `android/`.

use crypto_core::approval::activation::Attestation;
use crypto_core::seal::sign::{PublicKey, Signature};
use crypto_core::secret::SecretBytes;
use crypto_core::vault::{DeviceKey, FileId, KeyHandle, VaultKey, Wrapping};
use data_encoding::BASE64;
use jni::JavaVM;
use jni::objects::JObject;
use serde::{Deserialize, Serialize};
use tauri::Wry;
use tauri::plugin::{PluginApi, PluginHandle};

use super::native::Native;
use crate::phone::KeyPlace;
use crate::{DeviceError, KeyUse, LastSave};

type Failed = Box<dyn std::error::Error>;

/// Finds the native half, and lets the certificate verifier find Android's trust store.
pub(super) fn register(api: &PluginApi<Wry, ()>) -> Result<PluginHandle<Wry>, Failed> {
    connect_verifier()?;
    Ok(api.register_android_plugin("app.countersign.device", "DevicePlugin")?)
}

/// Without this, the first connection to a service would end the app.
#[expect(
    unsafe_code,
    reason = "both pointers are there for whoever asks, and stay valid as long as the process"
)]
fn connect_verifier() -> Result<(), jni::errors::Error> {
    let android = ndk_context::android_context();
    // SAFETY: the event loop put the process's Java machine there before anything was set up.
    let machine = unsafe { JavaVM::from_raw(android.vm().cast()) };
    machine.attach_current_thread(|env| {
        // SAFETY: a reference that the event loop keeps; this takes one of its own from it and frees neither.
        let context = unsafe { JObject::from_raw(env, android.context().cast()) };
        rustls_platform_verifier::android::init_with_env(env, context)
    })
}

/// The keystore's keys.
#[derive(Clone)]
pub(super) struct Keys(Native);

impl Keys {
    pub(super) fn new(native: Native) -> Self {
        Self(native)
    }

    pub(super) fn wrap(
        &self,
        wrapping: &Wrapping,
        key: &VaultKey,
        person: bool,
    ) -> Result<Vec<u8>, DeviceError> {
        // expose: the keystore encrypts it; the call does not leave this process.
        let content = BASE64.encode(key.secret().expose());
        let reply: Bytes = self.0.call("wrap", KeyRequest::new(wrapping, content, person))?;
        reply.decode()
    }

    pub(super) fn unwrap(&self, wrapping: &Wrapping, wrapped: &[u8]) -> Result<VaultKey, DeviceError> {
        let reply: Bytes = self.0.call("unwrap", KeyRequest::new(wrapping, BASE64.encode(wrapped), false))?;
        VaultKey::from_secret(SecretBytes::new(reply.decode()?)).map_err(|_| DeviceError::KeyLost)
    }

    pub(super) fn drop_key(&self, file: &FileId, only_unguarded: bool) -> Result<(), DeviceError> {
        self.0.call("dropKey", DropRequest { vault: file.hex(), only_unguarded })
    }

    pub(super) fn remember(&self, last: &LastSave) -> Result<(), DeviceError> {
        self.0.call("remember", last)
    }

    pub(super) fn recall(&self) -> Result<Option<LastSave>, DeviceError> {
        self.0.call("recall", ()).map(|reply: Recalled| reply.last)
    }

    pub(super) fn forget(&self) -> Result<(), DeviceError> {
        self.0.call("forget", ())
    }

    pub(super) fn make_key(&self, used: KeyUse, challenge: &[u8]) -> Result<DeviceKey, DeviceError> {
        let request = MakeKeyRequest { used, challenge: BASE64.encode(challenge) };
        let made: MadeKey = self.0.call("makeKey", request)?;
        let point = BASE64.decode(made.point.as_bytes()).map_err(|_| DeviceError::KeystoreFailed)?;
        let public = PublicKey::from_point(&point).map_err(|_| DeviceError::KeystoreFailed)?;
        Ok(DeviceKey { handle: KeyHandle::new(made.name), public })
    }

    pub(super) fn sign(
        &self,
        used: KeyUse,
        key: &KeyHandle,
        message: &[u8],
    ) -> Result<Signature, DeviceError> {
        let request = SignRequest { used, name: key.as_str(), message: BASE64.encode(message) };
        let signed: Signed = self.0.call("sign", request)?;
        let der = BASE64.decode(signed.der.as_bytes()).map_err(|_| DeviceError::KeystoreFailed)?;
        Signature::from_der(&der).map_err(|_| DeviceError::KeystoreFailed)
    }

    pub(super) fn delete_key(&self, key: &KeyHandle) -> Result<(), DeviceError> {
        // Also asked for when the app ends, on the very thread that would have to answer: not waited for. A key that
        // is still there then is one that nothing refers to.
        self.0.tell("deleteKey", NameRequest { name: key.as_str() });
        Ok(())
    }

    pub(super) fn is_usable(&self, key: &KeyHandle) -> Result<bool, DeviceError> {
        self.0.call("checkKey", NameRequest { name: key.as_str() }).map(|reply: Usable| reply.usable)
    }

    pub(super) fn place(&self, key: &KeyHandle) -> Result<KeyPlace, DeviceError> {
        self.0.call("keyPlace", NameRequest { name: key.as_str() }).map(|reply: Placed| reply.place)
    }

    pub(super) fn attest(&self, pop: &KeyHandle, uv: &KeyHandle) -> Result<Attestation, DeviceError> {
        self.0.call("attest", AttestRequest { pop: pop.as_str(), uv: uv.as_str() })
    }
}

/// A key and what it is bound to, as it goes to the native half.
#[derive(Serialize)]
struct KeyRequest {
    vault: String,
    associated: String,
    content: String,
    person: bool,
}

impl KeyRequest {
    fn new(wrapping: &Wrapping, content: String, person: bool) -> Self {
        Self { vault: wrapping.file.hex(), associated: BASE64.encode(&wrapping.associated), content, person }
    }
}

impl Drop for KeyRequest {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.content);
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DropRequest {
    vault: String,
    only_unguarded: bool,
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

#[derive(Deserialize)]
struct Usable {
    usable: bool,
}

#[derive(Deserialize)]
struct Placed {
    place: KeyPlace,
}

#[derive(Serialize)]
struct AttestRequest<'a> {
    pop: &'a str,
    uv: &'a str,
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
