//! The sealed file: framing, authenticated header, content. Vault, backup and export share it.
//!
//! ```text
//! "AVLT" | format u16 LE | header length u32 LE | header, compact JSON | ciphertext and tag
//! ```
//!
//! Everything before the ciphertext is authenticated as it was received, never as it would be written
//! again. The layout and its vector are in `docs/vault-and-backup.md`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand_core::CryptoRng;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use super::recovery::RecoveryCode;
use super::slots::{Slot, SlotError};
use crate::json;
use crate::seal::{self, Label, OneTimeKey};
use crate::secret::{SecretBytes, SecretText};
use crate::time::UnixTime;

/// The largest file that is read.
pub const MAX_FILE: usize = 8 * 1024 * 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// The vault of this device.
    Vault,
    /// A backup, which another device of the same type opens.
    Backup,
    /// An export, which any device imports.
    Export,
}

/// The random name of a vault, backup or export; every key derived for it is bound to this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId([u8; 16]);

impl FileId {
    /// A new one.
    pub fn make(rng: &mut dyn CryptoRng) -> Self {
        Self(seal::make_public(rng))
    }

    /// From what [`Header`] texts have it as.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        BASE64.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// As bytes, for key derivation.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// As lower case hexadecimal, for names of files and keystore items.
    pub fn hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }
}

/// The key that opens one file, or the generations of one backup, wrapped by each of its slots.
pub struct VaultKey(SecretBytes);

impl VaultKey {
    /// A new one.
    pub fn make(rng: &mut dyn CryptoRng) -> Self {
        Self(seal::make_key(rng))
    }

    /// From what a slot or a platform keystore unwrapped.
    pub fn from_secret(bytes: SecretBytes) -> Result<Self, FileError> {
        if bytes.len() == seal::KEY_LEN { Ok(Self(bytes)) } else { Err(FileError::Damaged) }
    }

    /// Another of the same, for somebody who outlives the vault. Wiped like this one.
    pub(crate) fn copy(&self) -> Self {
        // expose: the copy is a secret, too.
        Self(SecretBytes::new(self.0.expose().to_vec()))
    }

    /// The bytes, for wrapping.
    pub fn secret(&self) -> &SecretBytes {
        &self.0
    }
}

impl std::fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VaultKey(..)")
    }
}

/// The part of a header that is the same for vaults and backups.
#[derive(Debug, Clone)]
pub struct Header {
    /// Vault or backup.
    pub kind: FileKind,
    /// Its random name.
    pub id: FileId,
    /// Counts the saves.
    pub generation: u64,
    /// When it was first made.
    pub created_at: UnixTime,
    /// Members that this version does not know, written back as they were.
    pub members: Map<String, Value>,
}

/// A file as read: its header can be looked at, its content is sealed.
#[derive(Debug, Clone)]
pub struct SealedFile {
    header: Header,
    slots: Vec<Slot>,
    salt: Vec<u8>,
    commit: Vec<u8>,
    prefix: Vec<u8>,
    ciphertext: Vec<u8>,
}

impl SealedFile {
    /// Takes the file apart without opening it.
    pub fn parse(bytes: &[u8]) -> Result<Self, FileError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| not_framed(bytes))?;
        if bytes.len() > MAX_FILE {
            return Err(FileError::TooLarge);
        }
        let (format, rest) = rest.split_first_chunk().ok_or(FileError::Damaged)?;
        let format = u16::from_le_bytes(*format);
        if format != FORMAT {
            return Err(FileError::NewerFormat { format });
        }
        let (length, rest) = rest.split_first_chunk().ok_or(FileError::Damaged)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| FileError::Damaged)?;
        let (header, ciphertext) = rest.split_at_checked(length).ok_or(FileError::Damaged)?;
        let prefix = bytes.get(..bytes.len() - ciphertext.len()).ok_or(FileError::Damaged)?;
        let members: Map<String, Value> = json::read(header).map_err(|_| FileError::Damaged)?;
        Self::from_members(members, prefix, ciphertext)
    }

    /// What the header says. Nothing in it is proven until the file is opened.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The ways to unlock it.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Finds the key with a passphrase; tries each passphrase slot, up to four.
    pub fn unlock(&self, passphrase: &SecretText) -> Result<VaultKey, SlotError> {
        let slots = self.slots.iter().filter(|slot| matches!(slot, Slot::Passphrase { .. }));
        Self::first_key(slots.take(MAX_TRIED), |slot| slot.open_with_passphrase(&self.header.id, passphrase))
    }

    /// Finds the key with a recovery code; tries each slot for one.
    pub fn unlock_with_recovery_code(&self, code: &RecoveryCode) -> Result<VaultKey, SlotError> {
        Self::first_key(self.slots.iter(), |slot| slot.open_with_recovery_code(&self.header.id, code))
    }

    fn first_key<'a>(
        slots: impl Iterator<Item = &'a Slot>,
        open: impl Fn(&Slot) -> Result<VaultKey, SlotError>,
    ) -> Result<VaultKey, SlotError> {
        let mut refused = SlotError::NoSlot;
        for slot in slots {
            match open(slot) {
                Ok(key) => return Ok(key),
                Err(SlotError::NoSlot) => {}
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Decrypts the content, after the header's commitment has shown that `key` is the one.
    pub fn open(&self, key: &VaultKey) -> Result<SecretBytes, FileError> {
        let context = self.header.id.bytes();
        let expected = seal::commitment(key.secret(), &self.salt, context);
        if !bool::from(expected.ct_eq(self.commit.as_slice())) {
            return Err(FileError::WrongKey);
        }
        OneTimeKey::derive(key.secret(), &self.salt, Label::File, context)
            .open(&self.prefix, &self.ciphertext)
            .map_err(|_| FileError::Damaged)
    }

    /// What unlocks a file, as one text: its id and its slots.
    pub(crate) fn slots_text(id: &FileId, slots: &[Slot]) -> Vec<u8> {
        let slots: Vec<Value> = slots.iter().map(Slot::to_json).collect();
        [id.bytes().as_slice(), &json::write(&slots)].concat()
    }

    /// Splits into what a vault keeps.
    pub(crate) fn into_parts(self) -> (Header, Vec<Slot>) {
        (self.header, self.slots)
    }

    fn from_members(
        mut members: Map<String, Value>,
        prefix: &[u8],
        ciphertext: &[u8],
    ) -> Result<Self, FileError> {
        let kind = match take_text(&mut members, "fmt")?.as_str() {
            "avlt-vault" => FileKind::Vault,
            "avlt-backup" => FileKind::Backup,
            "avlt-export" => FileKind::Export,
            _ => return Err(FileError::NotAVault),
        };
        let version = take_number(&mut members, "v")?;
        if version != u64::from(FORMAT) {
            return Err(FileError::NewerFormat { format: u16::try_from(version).unwrap_or(u16::MAX) });
        }
        if take_text(&mut members, "aead")? != AEAD {
            return Err(FileError::NewerFormat { format: FORMAT });
        }
        let id = take_bytes(&mut members, id_member(kind))?;
        let id = FileId(id.try_into().map_err(|_| FileError::Damaged)?);
        let generation = take_number(&mut members, "generation")?;
        let created_at = UnixTime::from_secs(take_number(&mut members, "created_at")?);
        let salt = take_bytes(&mut members, "salt")?;
        let commit = take_bytes(&mut members, "commit")?;
        let slots = match members.shift_remove("slots") {
            Some(Value::Array(slots)) if slots.len() <= MAX_SLOTS => slots,
            _ => return Err(FileError::Damaged),
        };
        let slots = slots.into_iter().map(Slot::from_json).collect::<Result<_, _>>()?;
        let header = Header { kind, id, generation, created_at, members };
        Ok(Self { header, slots, salt, commit, prefix: prefix.to_vec(), ciphertext: ciphertext.to_vec() })
    }
}

/// Seals `plaintext` (padded here) under a key derived for this one save.
pub(crate) fn seal_file(
    header: &Header,
    slots: &[Slot],
    key: &VaultKey,
    plaintext: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, FileError> {
    let salt: [u8; 32] = seal::make_public(rng);
    let context = header.id.bytes();
    let prefix = prefix(header, slots, &salt, &seal::commitment(key.secret(), &salt, context))?;

    let mut padded = zeroize::Zeroizing::new(Vec::with_capacity(plaintext.len().next_multiple_of(PAD)));
    padded.extend_from_slice(plaintext);
    padded.resize(plaintext.len().next_multiple_of(PAD), b' ');

    let sealed = OneTimeKey::derive(key.secret(), &salt, Label::File, context).seal(&prefix, &padded);
    let bytes = [prefix, sealed].concat();
    if bytes.len() > MAX_FILE { Err(FileError::TooLarge) } else { Ok(bytes) }
}

fn prefix(header: &Header, slots: &[Slot], salt: &[u8], commit: &[u8]) -> Result<Vec<u8>, FileError> {
    let mut members = Map::new();
    let fmt = match header.kind {
        FileKind::Vault => "avlt-vault",
        FileKind::Backup => "avlt-backup",
        FileKind::Export => "avlt-export",
    };
    members.insert("fmt".into(), fmt.into());
    members.insert("v".into(), FORMAT.into());
    members.extend(header.members.clone());
    members.insert(id_member(header.kind).into(), BASE64.encode(header.id.bytes()).into());
    members.insert("generation".into(), header.generation.into());
    members.insert("created_at".into(), header.created_at.secs().into());
    members.insert("aead".into(), AEAD.into());
    members.insert("salt".into(), BASE64.encode(salt).into());
    members.insert("commit".into(), BASE64.encode(commit).into());
    members.insert("slots".into(), slots.iter().map(Slot::to_json).collect());

    let json = serde_json::to_vec(&members).map_err(|_| FileError::Damaged)?;
    let length = u32::try_from(json.len()).map_err(|_| FileError::TooLarge)?;
    Ok([MAGIC, &FORMAT.to_le_bytes(), &length.to_le_bytes(), json.as_slice()].concat())
}

fn id_member(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Vault => "vault_id",
        FileKind::Backup => "backup_id",
        FileKind::Export => "export_id",
    }
}

fn take_text(members: &mut Map<String, Value>, name: &str) -> Result<String, FileError> {
    match members.shift_remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(FileError::Damaged),
    }
}

fn take_number(members: &mut Map<String, Value>, name: &str) -> Result<u64, FileError> {
    members.shift_remove(name).as_ref().and_then(Value::as_u64).ok_or(FileError::Damaged)
}

pub(super) fn take_bytes(members: &mut Map<String, Value>, name: &str) -> Result<Vec<u8>, FileError> {
    BASE64.decode(take_text(members, name)?).map_err(|_| FileError::Damaged)
}

/// The beginning of a file of ours is a cut file; what begins otherwise is another.
fn not_framed(bytes: &[u8]) -> FileError {
    if !bytes.is_empty() && MAGIC.starts_with(bytes) { FileError::Damaged } else { FileError::NotAVault }
}

const MAGIC: &[u8] = b"AVLT";
const FORMAT: u16 = 1;
const AEAD: &str = "HKDF-SHA256+A256GCM";
const PAD: usize = 4096;
const MAX_SLOTS: usize = 16;
/// Each try of a passphrase costs; no app writes more than one slot for it.
const MAX_TRIED: usize = 4;

/// Why a file cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FileError {
    /// The file is something else; usually the wrong file was chosen.
    #[error("this is no vault and no backup")]
    NotAVault,
    /// A newer version of the app wrote it.
    #[error("this was written by a newer version of the app (format {format})")]
    NewerFormat {
        /// The format it says it has.
        format: u16,
    },
    /// The file is larger than any that is written.
    #[error("this is larger than 8 MiB")]
    TooLarge,
    /// The key is another vault's; usually the keystore item was replaced.
    #[error("the key is not the one this was sealed with")]
    WrongKey,
    /// Bytes were changed or are missing.
    #[error("this is damaged")]
    Damaged,
}
