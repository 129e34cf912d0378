//! Accounts to a file for other devices and other apps. What nothing seals is written only after the person was
//! asked for what opens the app, where there is such a thing. Work accounts never leave.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crypto_core::backup::export::{self, Exported};
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use device::Phone;
use rand_core::CryptoRng;

use super::App;
use crate::error::{Code, CommandError};
use crate::sheet_words;
use crate::store::{Store, StoreError};
use crate::view::{ExportFormat, ExportRequest, ExportedView, LeftOutView, Protection};

impl<D: Phone, S: Store> App<D, S> {
    /// Writes all accounts that may leave to a new file in `folder`.
    pub fn export_accounts(
        &mut self,
        request: &ExportRequest,
        folder: &Path,
    ) -> Result<ExportedView, CommandError> {
        self.vault()?;
        if !request.format.is_sealed() {
            self.check_lock(&request.lock_passphrase)?;
        }
        let now = self.now();
        let passphrase = SecretText::new(request.passphrase.clone());
        let Exported { content, left_out } = self.exported(request.format, &passphrase, now)?;
        let path = new_file(folder, request.format.file_name(), request.format.ending(), now)?;
        // expose: this is the file the person asked for.
        write_new(&path, content.expose())?;
        let vault = self.vault()?;
        let all = vault.entries().iter().filter(|entry| entry.removed_at.is_none()).count();
        Ok(ExportedView {
            path: path.display().to_string(),
            accounts: u32::try_from(all.saturating_sub(left_out.len())).unwrap_or(u32::MAX),
            left_out: left_out
                .into_iter()
                .map(|one| LeftOutView { issuer: one.issuer, account: one.account, reason: one.why.into() })
                .collect(),
        })
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

/// A name in `folder` that no file has yet.
pub(super) fn new_file(
    folder: &Path,
    name: &str,
    ending: &str,
    now: UnixTime,
) -> Result<PathBuf, CommandError> {
    let named = |copy: &str| folder.join(format!("{name}-{}{copy}.{ending}", now.secs()));
    let names = std::iter::once(named("")).chain((2..100).map(|copy| named(&format!("-{copy}"))));
    names.into_iter().find(|path| !path.exists()).ok_or_else(|| Code::SaveFailed.into())
}

/// Writes a file that was not there, readable by its person alone. What could not be written whole is removed.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| {
        if error.kind() != std::io::ErrorKind::AlreadyExists {
            let _ = std::fs::remove_file(path);
        }
        StoreError::from(error).into()
    })
}
