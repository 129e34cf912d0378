//! Calls to the native half: one request, one answer, and refusals that are codes.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tauri::Wry;
use tauri::plugin::PluginHandle;
use tauri::plugin::mobile::PluginInvokeError;

use crate::DeviceError;

/// The way to the native half.
#[derive(Clone)]
pub(super) struct Native(pub(super) PluginHandle<Wry>);

impl Native {
    /// Has something done, and waits. Not on the thread that draws: on Android, the answer comes from there.
    pub(super) fn call<T: DeserializeOwned>(
        &self,
        name: &str,
        request: impl Serialize,
    ) -> Result<T, DeviceError> {
        self.run(name, request).map_err(|error| refused(&error))
    }

    /// The same with what was refused as it came.
    pub(super) fn run<T: DeserializeOwned>(
        &self,
        name: &str,
        request: impl Serialize,
    ) -> Result<T, PluginInvokeError> {
        self.0.run_mobile_plugin(name, request)
    }

    /// Has something done whose end nobody waits for.
    pub(super) fn tell(&self, name: &'static str, request: impl Serialize) {
        let Ok(request) = serde_json::to_value(request) else { return };
        let native = self.0.clone();
        tauri::async_runtime::spawn(async move {
            // It says nothing, done or not.
            let _ = native.run_mobile_plugin_async::<serde_json::Value>(name, request).await;
        });
    }
}

/// A code that is copied, or was.
#[derive(Serialize)]
pub(super) struct CodeRequest<'a> {
    pub(super) code: &'a str,
}

/// The code that the native half refused with.
pub(super) fn code(error: &PluginInvokeError) -> Option<&str> {
    let PluginInvokeError::InvokeRejected(response) = error else { return None };
    response.code.as_deref()
}

/// The native half rejects with one of these codes and no other text.
fn refused(error: &PluginInvokeError) -> DeviceError {
    match code(error) {
        Some("keystoreMissing") => DeviceError::KeystoreMissing,
        Some("keystoreLocked") => DeviceError::KeystoreLocked,
        Some("keyLost") => DeviceError::KeyLost,
        Some("signingKeyLost") => DeviceError::SigningKeyLost,
        Some("notVerified") => DeviceError::NotVerified,
        Some("noScreenLock") => DeviceError::NoScreenLock,
        _ => DeviceError::KeystoreFailed,
    }
}
