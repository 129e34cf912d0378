//! What phones can do and desktops cannot, or leave to others. Every default says that it is not here, so that
//! the shell asks the same questions everywhere and never which platform it is on.

use std::path::PathBuf;

use crypto_core::approval::wire::PushSubscription;
use crypto_core::vault::{FileId, KeyHandle, VaultKey, Wrapping};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Device, DeviceError};

/// What a phone does besides what every device does.
pub trait Phone: Device {
    /// Whether the keystore has keys that it uses only after it has verified the person. Nothing is looked up: on a
    /// phone without a screen lock it is [`wrap_for_person`](Self::wrap_for_person) that says so.
    fn can_verify(&self) -> bool {
        false
    }

    /// As [`wrap`](Device::wrap), by a key that the keystore uses only after it has verified the person, who is asked
    /// already here. [`unwrap`](Device::unwrap) asks them each time. Both take as long as the person takes, and fail
    /// with [`DeviceError::NotVerified`] if they do not pass.
    fn wrap_for_person(&self, _: &Wrapping, _: &VaultKey) -> Result<Vec<u8>, DeviceError> {
        Err(DeviceError::NoScreenLock)
    }

    /// Deletes the key of [`wrap`](Device::wrap) and leaves that of
    /// [`wrap_for_person`](Self::wrap_for_person): from here on only the person opens the vault.
    fn drop_unguarded_key(&self, _: &FileId) -> Result<(), DeviceError> {
        Ok(())
    }

    /// Whether a signing key still signs. Nobody is asked. Keys end when the screen lock is removed.
    fn is_usable(&self, _: &KeyHandle) -> Result<bool, DeviceError> {
        Ok(true)
    }

    /// Where a signing key is kept.
    fn key_place(&self, _: &KeyHandle) -> Result<KeyPlace, DeviceError> {
        Ok(KeyPlace::Software)
    }

    /// Keeps the screen out of pictures and of the list of apps, or lets it be seen.
    fn hide_screen(&self, _: bool) {}

    /// Something that a person feels.
    fn feel(&self, _: Feel) {}

    /// Switches the lamp. False where there is none or the camera has it: then the page may switch it.
    fn torch(&self, _: bool) -> bool {
        false
    }

    /// Asks for the camera, if that is still to be asked. What is answered is kept by the system.
    fn ask_camera(&self) -> bool {
        true
    }

    /// Asks whether notifications may be shown, if that is still to be asked.
    fn ask_notifications(&self) -> bool {
        true
    }

    /// From here on `told` hears what comes by itself, beginning with what came before.
    fn watch(&self, _told: Box<dyn Fn(Told) + Send + Sync>) {}

    /// Asks for an address at which the service of `account` can wake this phone; it comes with
    /// [`Told::PushChanged`]. `vapid` is the service's key (RFC 8292). False if nothing here can be woken.
    fn push_register(&self, _account: &str, _vapid: &str) -> Result<bool, PhoneError> {
        Ok(false)
    }

    /// Gives the address of `account` up.
    fn push_forget(&self, _account: &str) -> Result<(), PhoneError> {
        Ok(())
    }

    /// The addresses there are, by account.
    fn push_targets(&self) -> Result<Vec<(String, PushSubscription)>, PhoneError> {
        Ok(Vec::new())
    }

    /// Takes the notification away.
    fn clear_notice(&self) {}

    /// Where a sealed backup has to lie for the system to carry it to the next phone. May take as long as the system
    /// does to look for it.
    fn backup_place(&self) -> Carried {
        Carried::Nothing
    }

    /// What lies there is another one.
    fn backup_changed(&self) {}

    /// What another app handed over last, or the system did. From here on nothing else can be read.
    fn handed(&self) -> Result<Vec<Handed>, PhoneError> {
        Ok(Vec::new())
    }

    /// What is in one of them.
    fn read_handed(&self, _id: u64) -> Result<Vec<u8>, PhoneError> {
        Err(PhoneError::NotHere)
    }

    /// Has the person choose a file; none if they chose none.
    fn open_file(&self) -> Result<Option<OpenedFile>, PhoneError> {
        Err(PhoneError::NotHere)
    }

    /// Whether a file goes where the person says, through [`save_file`](Self::save_file). Otherwise there is a folder
    /// for what an app writes for them.
    fn asks_where(&self) -> bool {
        false
    }

    /// Has the person choose where a file is to go, and reads it back. False if they chose nothing.
    fn save_file(&self, _name: &str, _kind: &str, _content: &[u8]) -> Result<bool, PhoneError> {
        Err(PhoneError::NotHere)
    }

    /// Hands a file to another app of the person's choice. Only what is sealed, or not secret.
    fn share_file(&self, _name: &str, _kind: &str, _content: &[u8]) -> Result<(), PhoneError> {
        Err(PhoneError::NotHere)
    }
}

/// Where a key is kept, by the keystore's own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyPlace {
    /// In a chip of its own: StrongBox, Secure Enclave.
    StrongBox,
    /// In the processor's trusted environment.
    Trusted,
    /// In nothing but software.
    Software,
}

/// What a person feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Feel {
    /// A key was pressed, a code was read.
    Touch,
    /// What they wanted is done.
    Confirm,
    /// It was refused.
    Reject,
}

/// What the system carries to the next device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// Nothing of an app's: its person has to see to that.
    Nothing,
    /// It would, and its person has that switched off, or it does not say what.
    Off,
    /// What is in this folder.
    Folder(PathBuf),
}

/// What comes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Told {
    /// A service rang: all of them are to be asked.
    WakeUp,
    /// An address came, changed, or is gone.
    PushChanged,
    /// The person opened the app by its notification.
    Opened,
    /// Another app handed something over, or the system did.
    Handed,
}

/// A file or a text that another app handed over. It is read when somebody looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Handed {
    /// By which it is read.
    pub id: u64,
    /// What it is called there, to be shown; nothing for a text.
    pub name: String,
}

/// A file that the person chose.
#[derive(Debug, PartialEq, Eq)]
pub struct OpenedFile {
    /// Its name, to be shown.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Why a phone did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PhoneError {
    /// There is no such thing here, or another app has it, or what was chosen could not be read or written.
    #[error("this is not to be had here")]
    NotHere,
    /// The file is larger than any that the app reads.
    #[error("the file is too large")]
    TooLarge,
}
