//! A keystore in memory for tests. It passes the same contract as the real ones, and can be broken on
//! purpose.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crypto_core::secret::SecretBytes;
use crypto_core::vault::{FileId, VaultKey, Wrapping, unwrap_with_key, wrap_with_key};

use crate::{Device, DeviceError, LastSave};

/// A keystore in memory.
#[derive(Debug, Default)]
pub struct FakeDevice {
    keys: RefCell<HashMap<String, SecretBytes>>,
    last: RefCell<Option<LastSave>>,
    broken: Cell<Option<DeviceError>>,
    clipboard: RefCell<String>,
}

impl FakeDevice {
    /// From here on every call fails like this; none mends it.
    pub fn fail_with(&self, error: Option<DeviceError>) {
        self.broken.set(error);
    }

    /// Loses all keys, as a reset of the keystore does.
    pub fn lose_keys(&self) {
        self.keys.borrow_mut().clear();
    }

    /// What is on the clipboard.
    pub fn clipboard(&self) -> String {
        self.clipboard.borrow().clone()
    }

    /// Something else is copied, as by another app.
    pub fn copy_elsewhere(&self, text: &str) {
        self.clipboard.replace(text.to_owned());
    }

    fn check(&self) -> Result<(), DeviceError> {
        self.broken.get().map_or(Ok(()), Err)
    }
}

impl Device for FakeDevice {
    fn wrap(&self, wrapping: &Wrapping, key: &VaultKey) -> Result<Vec<u8>, DeviceError> {
        self.check()?;
        let mut keys = self.keys.borrow_mut();
        let number = u8::try_from(keys.len()).unwrap_or(u8::MAX);
        let by = keys
            .entry(wrapping.file.hex())
            .or_insert_with(|| SecretBytes::new(vec![number; crypto_core::seal::KEY_LEN]));
        Ok(wrap_with_key(by, wrapping, key))
    }

    fn unwrap(&self, wrapping: &Wrapping, wrapped: &[u8]) -> Result<VaultKey, DeviceError> {
        self.check()?;
        let keys = self.keys.borrow();
        let by = keys.get(&wrapping.file.hex()).ok_or(DeviceError::KeyLost)?;
        unwrap_with_key(by, wrapping, wrapped).map_err(|_| DeviceError::KeyLost)
    }

    fn drop_key(&self, file: &FileId) -> Result<(), DeviceError> {
        self.check()?;
        self.keys.borrow_mut().remove(&file.hex());
        Ok(())
    }

    fn remember(&self, last: &LastSave) -> Result<(), DeviceError> {
        self.check()?;
        self.last.replace(Some(last.clone()));
        Ok(())
    }

    fn recall(&self) -> Result<Option<LastSave>, DeviceError> {
        self.check()?;
        Ok(self.last.borrow().clone())
    }

    fn forget(&self) -> Result<(), DeviceError> {
        self.check()?;
        self.last.take();
        Ok(())
    }

    fn copy(&self, code: &str) -> Result<(), DeviceError> {
        self.clipboard.replace(code.to_owned());
        Ok(())
    }

    fn clear_copied(&self, code: &str) -> Result<(), DeviceError> {
        if *self.clipboard.borrow() == code {
            self.clipboard.take();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fake_keeps_the_contract() {
        crate::contract::keeps_the_contract(&FakeDevice::default());
    }
}
