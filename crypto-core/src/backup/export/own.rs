//! Our own file for moving between devices of any type: framed and sealed like a backup and no backup, so that no
//! device takes it for its own. It comes in as an import.

use rand_core::CryptoRng;
use serde::Serialize;
use serde_json::Map;
use zeroize::Zeroizing;

use super::{ExportError, Exported, LeftOut, WhyLeftOut};
use crate::backup::import::{self, Format, ImportError, Imported, Input, Row};
use crate::backup::{BackupError, content};
use crate::codes::otpauth::{CodeAccount, Shown};
use crate::seal::PassphraseCost;
use crate::secret::SecretText;
use crate::time::UnixTime;
use crate::vault::{
    Body, CONTENT_VERSION, Entry, FileError, FileId, FileKind, Header, SealedFile, Slot, SlotError, Vault,
    VaultKey, check_passphrase, seal_file,
};

/// Writes the file. Accounts of kinds that this version does not know are in it, too.
pub fn write(
    vault: &Vault,
    passphrase: &SecretText,
    cost: PassphraseCost,
    now: UnixTime,
    rng: &mut dyn CryptoRng,
) -> Result<Exported<Vec<u8>>, ExportError> {
    #[derive(Serialize)]
    struct Form<'a> {
        v: u64,
        entries: Vec<&'a Entry>,
    }
    check_passphrase(passphrase)?;
    let (work, entries): (Vec<_>, Vec<_>) =
        content::entries(vault).partition(|entry| content::is_name_only(entry));
    let left_out = work.into_iter().map(|entry| LeftOut::new(entry, WhyLeftOut::Work)).collect();
    let mut plaintext = Zeroizing::new(Vec::with_capacity(4096 + vault.entries().len() * 1024));
    serde_json::to_writer(&mut *plaintext, &Form { v: CONTENT_VERSION, entries })
        .expect("accounts have a JSON form");

    let header = Header {
        kind: FileKind::Export,
        id: FileId::make(rng),
        generation: 1,
        created_at: now,
        members: Map::new(),
    };
    let key = VaultKey::make(rng);
    let slot =
        Slot::make_passphrase(1, &header.id, &key, passphrase, cost, rng).map_err(|error| match error {
            SlotError::Cost(cost) => ExportError::Cost(cost),
            SlotError::NoSlot | SlotError::Refused => ExportError::TooLarge,
        })?;
    let content = seal_file(&header, &[slot], &key, &plaintext, rng).map_err(|_| ExportError::TooLarge)?;
    Ok(Exported { content, left_out })
}

/// Whether a file is one of these, for import's front door.
pub fn is(bytes: &[u8]) -> bool {
    match SealedFile::parse(bytes) {
        Ok(file) => file.header().kind == FileKind::Export,
        // Of no other kind of ours there is a reason to import it; and so the damage is told.
        Err(FileError::Damaged | FileError::NewerFormat { .. } | FileError::TooLarge) => true,
        Err(FileError::NotAVault | FileError::WrongKey) => false,
    }
}

/// Opens it for import.
pub fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let file = SealedFile::parse(input.bytes).map_err(BackupError::from).map_err(refused)?;
    if file.header().kind != FileKind::Export {
        return Err(ImportError::UnknownFormat);
    }
    let passphrase = input.typed(Format::Countersign)?;
    let key = file.unlock(passphrase).map_err(BackupError::from).map_err(refused)?;
    let plaintext = file.open(&key).map_err(|_| ImportError::Corrupt)?;
    let (entries, _) = content::read(&plaintext).map_err(refused)?;
    Ok(entries.into_iter().enumerate().map(|(index, entry)| row(index + 1, entry)).collect())
}

fn row(number: usize, entry: Entry) -> Row {
    let Entry { issuer, account, note, group, body, .. } = entry;
    let content = match body {
        Body::Code { secret, pin, spec } => {
            let account = CodeAccount { issuer, account, secret, pin, spec };
            Ok(Imported { account, note, group: Some(group) })
        }
        Body::Work(_) => Err(not_kept(&issuer, &account, "work")),
        Body::Unknown { kind, .. } => Err(not_kept(&issuer, &account, &kind)),
    };
    Row { number, content }
}

fn not_kept(issuer: &str, account: &str, kind: &str) -> import::Refused {
    import::Refused::new(issuer, account, import::Reason::Kind(Shown::new(kind)))
}

fn refused(error: BackupError) -> ImportError {
    match error {
        BackupError::UnknownFormat | BackupError::NotABackup | BackupError::OtherDeviceType { .. } => {
            ImportError::UnknownFormat
        }
        BackupError::NewerVersion => ImportError::UnsupportedVersion,
        BackupError::WrongPassphrase | BackupError::NoSuchSlot => ImportError::WrongPassword,
        BackupError::TooCostly => ImportError::TooCostly,
        BackupError::Damaged => ImportError::Corrupt,
    }
}
