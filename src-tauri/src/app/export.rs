//! Accounts to a file for other devices and other apps. What nothing seals is written only after the person was
//! asked for what opens the app, where there is such a thing. Work accounts never leave.

use crypto_core::backup::export::{self, Exported};
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use device::Phone;
use rand_core::CryptoRng;

use super::App;
use crate::error::{Code, CommandError};
use crate::saving::ToSave;
use crate::sheet_words;
use crate::store::Store;
use crate::view::{ExportFormat, ExportRequest, ExportedView, LeftOutView, Protection, SavedView};

/// Accounts as a file, and which of them are in it.
#[derive(Debug)]
pub struct Export {
    /// The file.
    pub file: ToSave,
    /// What is in it.
    pub accounts: Exportable,
}

/// How many accounts an export has, and those it has not.
#[derive(Debug)]
pub struct Exportable {
    accounts: u32,
    left_out: Vec<LeftOutView>,
}

impl Exportable {
    /// For the screen, once something came of saving the file.
    pub(crate) fn view(self, saved: SavedView) -> ExportedView {
        ExportedView { saved, accounts: self.accounts, left_out: self.left_out }
    }
}

impl<D: Phone, S: Store> App<D, S> {
    /// Makes a file of all accounts that may leave.
    pub fn export_accounts(&mut self, request: &ExportRequest) -> Result<Export, CommandError> {
        self.vault()?;
        if !request.format.is_sealed() {
            self.check_lock(&request.lock_passphrase)?;
        }
        let now = self.now();
        let passphrase = SecretText::new(request.passphrase.clone());
        let Exported { content, left_out } = self.exported(request.format, &passphrase, now)?;
        let file = ToSave::new(request.format.file_name(), request.format.ending(), now, content);
        let vault = self.vault()?;
        let all = vault.entries().iter().filter(|entry| entry.removed_at.is_none()).count();
        let accounts = u32::try_from(all.saturating_sub(left_out.len())).unwrap_or(u32::MAX);
        let left_out = left_out.into_iter().map(|one| LeftOutView {
            issuer: one.issuer,
            account: one.account,
            reason: one.why.into(),
        });
        Ok(Export { file, accounts: Exportable { accounts, left_out: left_out.collect() } })
    }

    fn exported(
        &mut self,
        format: ExportFormat,
        passphrase: &SecretText,
        now: UnixTime,
    ) -> Result<Exported<SecretBytes>, CommandError> {
        let words = sheet_words::of(self.spoken);
        let Self { state, rng, .. } = self;
        let super::State::Open { vault, .. } = state else { return Err(Code::Locked.into()) };
        let rng: &mut dyn CryptoRng = &mut **rng;
        Ok(match format {
            ExportFormat::Countersign => {
                sealed(export::own::write(vault, passphrase, super::protection::COST, now, rng)?)
            }
            ExportFormat::Aegis => sealed(export::aegis::write(vault, passphrase, rng)?),
            ExportFormat::TwoFas => sealed(export::two_fas::write(vault, passphrase, now, rng)?),
            ExportFormat::Google => open(export::sheet::transfer(export::google::write(vault, rng), words)),
            ExportFormat::OtpauthList => open(export::otpauth_list::write(vault)),
            ExportFormat::Sheet => open(export::sheet::write(vault, words)),
        })
    }

    /// Whoever holds an unlocked device is not always its person. Where the app has no lock of its own there is
    /// nothing to ask for, and the screen warns.
    fn check_lock(&mut self, passphrase: &str) -> Result<(), CommandError> {
        match self.protection() {
            Protection::Keystore => Ok(()),
            Protection::Passphrase => {
                self.stored()?.unlock(&SecretText::new(passphrase.to_owned()))?;
                Ok(())
            }
            Protection::Person => self.use_confirmation(),
        }
    }
}

fn sealed(exported: Exported<Vec<u8>>) -> Exported<SecretBytes> {
    Exported { content: SecretBytes::new(exported.content), left_out: exported.left_out }
}

fn open(exported: Exported<SecretText>) -> Exported<SecretBytes> {
    let Exported { content, left_out } = exported;
    // expose: it goes into the file.
    Exported { content: SecretBytes::new(content.expose().as_bytes().to_vec()), left_out }
}
