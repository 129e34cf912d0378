//! Why the platform did not do it; a variant for each thing a person can do about it.

use thiserror::Error;

/// Why the platform did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// No keystore answers; on Linux usually because no Secret Service is installed.
    #[error("no keystore answers")]
    KeystoreMissing,
    /// The keystore is there and locked; the person closed its question or there was nobody to ask.
    #[error("the keystore is locked")]
    KeystoreLocked,
    /// The keystore answers and has no key, or another key, for this vault; usually after a reset, or when
    /// files were copied from another device.
    #[error("the keystore has no key for this vault")]
    KeyLost,
    /// The keystore refused or broke off.
    #[error("the keystore failed")]
    KeystoreFailed,
    /// There is no camera, or another app has it.
    #[error("no camera can be used")]
    CameraUnavailable,
    /// There is no such signing key; usually a fingerprint was added, the screen lock removed, or the keystore
    /// reset.
    #[error("the keystore has no such signing key")]
    SigningKeyLost,
    /// The person did not pass the platform's question, or closed it.
    #[error("the person was not verified")]
    NotVerified,
    /// The device has no screen lock, so that nobody could be verified.
    #[error("the device has no screen lock")]
    NoScreenLock,
    /// The clipboard would not take it; usually because there is no desktop session.
    #[error("the clipboard cannot be used")]
    ClipboardUnavailable,
}
