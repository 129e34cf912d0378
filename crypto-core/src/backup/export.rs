//! Accounts for other devices and other apps. Work accounts never leave, and what a format cannot say is left out
//! and named: nothing is written that its reader would take for something else.

pub mod aegis;
pub mod google;
pub mod otpauth_list;
pub mod own;
pub mod sheet;
#[cfg(test)]
mod tests;
pub mod two_fas;

use thiserror::Error;

use super::content;
use crate::codes::otpauth::CodeAccount;
use crate::codes::{CodeSpec, Key, base32};
use crate::seal::CostError;
use crate::secret::{SecretBytes, SecretText};
use crate::vault::{Body, Entry, Vault, WeakPassphrase};

/// What is exported, and which accounts are not in it.
#[derive(Debug)]
pub struct Exported<T> {
    /// The file or texts.
    pub content: T,
    /// The accounts that are not in it.
    pub left_out: Vec<LeftOut>,
}

/// An account that is not in an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The site or organisation.
    pub issuer: String,
    /// The user name there.
    pub account: String,
    /// Why.
    pub why: WhyLeftOut,
}

/// Why an account is not in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WhyLeftOut {
    /// It is a work account, which belongs to this device.
    #[error("it is a work account, which is added by signing in")]
    Work,
    /// The format has no way to say what it is.
    #[error("the format cannot hold it")]
    NotExpressible,
}

/// Why nothing is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ExportError {
    /// The passphrase would be guessed.
    #[error(transparent)]
    Passphrase(#[from] WeakPassphrase),
    /// The passphrase cannot be made a key at this cost.
    #[error(transparent)]
    Cost(CostError),
    /// The file would be larger than any that is read.
    #[error("the export is too large")]
    TooLarge,
}

impl LeftOut {
    fn new(entry: &Entry, why: WhyLeftOut) -> Self {
        Self { issuer: entry.issuer.clone(), account: entry.account.clone(), why }
    }
}

/// An account that makes codes.
struct Coded<'a> {
    entry: &'a Entry,
    secret: &'a SecretBytes,
    pin: Option<&'a SecretText>,
    spec: &'a CodeSpec,
}

impl Coded<'_> {
    /// The account by itself, for printers that take one.
    fn account(&self) -> CodeAccount {
        // expose: copied into another secret.
        let secret = SecretBytes::new(self.secret.expose().to_vec());
        CodeAccount {
            issuer: self.entry.issuer.clone(),
            account: self.entry.account.clone(),
            secret,
            // expose: as above.
            pin: self.pin.map(|pin| SecretText::new(pin.expose().to_owned())),
            spec: *self.spec,
        }
    }

    /// The key in Base32.
    fn key(&self) -> SecretText {
        base32::encode(self.secret)
    }

    /// Whether `read` is what this is.
    fn is(&self, read: &CodeAccount) -> bool {
        read.issuer == self.entry.issuer
            && read.account == self.entry.account
            && read.spec == *self.spec
            && Key { secret: self.secret, pin: self.pin }.ct_eq(read)
    }
}

/// One text of all parts, with exactly the room for them, so that growing leaves no copy of a key behind unwiped.
fn joined(parts: &[SecretText]) -> SecretText {
    // expose: copied into another secret.
    let mut text = String::with_capacity(parts.iter().map(|part| part.expose().len()).sum());
    parts.iter().for_each(|part| text.push_str(part.expose()));
    SecretText::new(text)
}

/// The accounts that may leave, in the person's order; those that may not are already left out. Whoever removed an
/// account does not want it elsewhere, so that the trash is neither.
fn leaving(vault: &Vault) -> Exported<Vec<Coded<'_>>> {
    let mut leaving = Exported { content: Vec::new(), left_out: Vec::new() };
    for entry in content::entries(vault) {
        match &entry.body {
            _ if content::is_name_only(entry) => leaving.left_out.push(LeftOut::new(entry, WhyLeftOut::Work)),
            Body::Code { secret, pin, spec } => {
                leaving.content.push(Coded { entry, secret, pin: pin.as_ref(), spec });
            }
            Body::Work(_) | Body::Unknown { .. } => {
                leaving.left_out.push(LeftOut::new(entry, WhyLeftOut::NotExpressible));
            }
        }
    }
    leaving
}
