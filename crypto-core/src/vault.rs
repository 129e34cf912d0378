//! The accounts of one device, sealed as one file. It knows no path and no clock; the shell stores the bytes.

mod entry;
mod file;
mod passphrase;
mod person;
mod recovery;
mod series;
mod slots;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use entry::WORK;
pub use entry::{Body, Entry, EntryId, Group};
pub(crate) use file::seal_file;
pub use file::{FileError, FileId, FileKind, Header, MAX_FILE, SealedFile, VaultKey};
pub use passphrase::{MIN_PASSPHRASE, WeakPassphrase, check_passphrase};
pub use person::{GuardedKey, NewKey};
pub use recovery::RecoveryCode;
pub use series::{Series, SeriesError};
pub use slots::{Slot, SlotError, Wrapped, Wrapping, unwrap_with_key, wrap_with_key};
pub use work::{DeviceKey, Enrolled, KeyHandle, NoSigningKey, Work, make_signing_key, open_signing_key};

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::codes::{CodeAccount, CodeSpec, Key, Mover};
use crate::seal::PassphraseCost;
use crate::secret::SecretText;
use crate::time::UnixTime;

/// The most accounts a vault holds.
pub const MAX_ENTRIES: usize = 10_000;
/// The longest name or note that is kept, in characters.
pub const MAX_NAME: usize = 256;
/// How long the trash keeps an account.
pub const TRASH_DAYS: u64 = 30;

/// An open vault.
#[derive(Debug)]
pub struct Vault {
    header: Header,
    slots: Vec<Slot>,
    key: VaultKey,
    entries: Vec<Entry>,
    backup: Option<Series>,
    members: Map<String, Value>,
}

/// A vault as bytes, ready to be stored.
#[derive(Debug)]
pub struct Save {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// The generation in its header.
    pub generation: u64,
}

impl Vault {
    /// An empty vault under a new key. It has no slot yet; add one before the first save.
    pub fn make(now: UnixTime, rng: &mut dyn CryptoRng) -> Self {
        let header = Header {
            kind: FileKind::Vault,
            id: FileId::make(rng),
            generation: 0,
            created_at: now,
            members: Map::new(),
        };
        let key = VaultKey::make(rng);
        Self { header, slots: Vec::new(), key, entries: Vec::new(), backup: None, members: Map::new() }
    }

    /// Opens a sealed vault with the key that one of its slots gave.
    pub fn open(file: SealedFile, key: VaultKey) -> Result<Self, FileError> {
        if file.header().kind != FileKind::Vault {
            return Err(FileError::NotAVault);
        }
        let Content { entries, backup, members, .. } = read_content(&file, &key)?;
        let (header, slots) = file.into_parts();
        Ok(Self { header, slots, key, entries, backup, members })
    }

    /// Puts everything back to what `file` holds. When that cannot be opened, nothing changes.
    pub fn reload(&mut self, file: SealedFile) -> Result<(), FileError> {
        let Content { entries, backup, members, .. } = read_content(&file, &self.key)?;
        (self.header, self.slots) = file.into_parts();
        (self.entries, self.backup, self.members) = (entries, backup, members);
        Ok(())
    }

    /// Seals the vault as its next generation. The vault itself counts up with [`saved`](Self::saved), once
    /// the bytes are safe.
    pub fn seal(&self, rng: &mut dyn CryptoRng) -> Result<Save, VaultError> {
        if self.slots.is_empty() {
            return Err(VaultError::NoWayToUnlock);
        }
        let generation = self.header.generation + 1;
        let header = Header { generation, members: self.header.members.clone(), ..self.header };
        let content = ContentRef {
            v: CONTENT_VERSION,
            entries: &self.entries,
            backup: self.backup.as_ref(),
            members: &self.members,
        };
        // Room for all of it, so that growing leaves no copies of keys behind.
        let mut plaintext = Zeroizing::new(Vec::with_capacity(4096 + self.entries.len() * 1024));
        serde_json::to_writer(&mut *plaintext, &content).map_err(|_| VaultError::TooLarge)?;
        let bytes =
            seal_file(&header, &self.slots, &self.key, &plaintext, rng).map_err(|_| VaultError::TooLarge)?;
        Ok(Save { bytes, generation })
    }

    /// Notes that the bytes of this generation are stored.
    pub fn saved(&mut self, generation: u64) {
        self.header.generation = generation;
    }

    /// The vault's random name.
    pub fn id(&self) -> &FileId {
        &self.header.id
    }

    /// The generation that was last opened or stored.
    pub fn generation(&self) -> u64 {
        self.header.generation
    }

    /// The ways to unlock it.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Makes the platform keystore the only way to unlock. `wrap` hands it the key, which is a new one: what
    /// opened the vault before opens it no longer. Files of before still hold what they held.
    pub fn protect_by_keystore<E>(
        &mut self,
        rng: &mut dyn CryptoRng,
        wrap: impl FnOnce(&Wrapping, &VaultKey) -> Result<Vec<u8>, E>,
    ) -> Result<(), E> {
        let key = VaultKey::make(rng);
        let slot = Slot::make_keystore(1, &self.header.id, rng, |wrapping| wrap(wrapping, &key))?;
        self.replace_key(key, slot);
        Ok(())
    }

    /// Makes a passphrase the only way to unlock, under a new key as well.
    pub fn protect_by_passphrase(
        &mut self,
        passphrase: &SecretText,
        cost: PassphraseCost,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SlotError> {
        let key = VaultKey::make(rng);
        let slot = Slot::make_passphrase(1, &self.header.id, &key, passphrase, cost, rng)?;
        self.replace_key(key, slot);
        Ok(())
    }

    /// All accounts in the person's order, those in the trash included.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// One account.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id.as_str() == id)
    }

    /// One account, to change it.
    pub fn entry_mut(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id.as_str() == id)
    }

    /// Adds an account at the end. It never touches one that is there.
    pub fn add(
        &mut self,
        account: CodeAccount,
        group: Group,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<EntryId, VaultError> {
        let body = Body::Code { secret: account.secret, pin: account.pin, spec: account.spec };
        self.push((account.issuer, account.account), body, group, now, rng)
    }

    /// Adds a work account at the end, likewise. `names` are the organisation's and the person's there.
    pub fn add_work(
        &mut self,
        names: (String, String),
        work: Work,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<EntryId, VaultError> {
        self.push(names, Body::Work(Box::new(work)), Group::Work, now, rng)
    }

    /// Puts an account of a backup or another app at the end. Its id must be no other's.
    pub(crate) fn insert(&mut self, entry: Entry) -> Result<(), VaultError> {
        if self.entries.len() >= MAX_ENTRIES {
            return Err(VaultError::Full);
        }
        check_name(&entry.issuer)?;
        check_name(&entry.account)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Moves the counter of the account at `place` to `counter`.
    pub(crate) fn raise_counter(&mut self, place: usize, counter: u64) {
        if let Some(Entry { body: Body::Code { spec, .. }, .. }) = self.entries.get_mut(place)
            && let Mover::Counter { counter: stands } = &mut spec.mover
        {
            *stands = counter.max(*stands);
        }
    }

    fn push(
        &mut self,
        (issuer, account): (String, String),
        body: Body,
        group: Group,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<EntryId, VaultError> {
        if self.entries.len() >= MAX_ENTRIES {
            return Err(VaultError::Full);
        }
        check_name(&issuer)?;
        check_name(&account)?;
        let id = EntryId::make(rng);
        self.entries.push(Entry {
            id: id.clone(),
            group,
            issuer,
            account,
            note: String::new(),
            added_at: now,
            removed_at: None,
            body,
            members: Map::new(),
        });
        Ok(id)
    }

    /// The account that a new one looks like: one with the same key before one with the same names.
    pub fn look_alike(&self, account: &CodeAccount) -> Option<LookAlike<'_>> {
        self.look_alike_of((&account.issuer, &account.account), account.into(), &account.spec)
    }

    /// The same, for an account that is not whole: its names, its key and how codes are made of it.
    pub fn look_alike_of(
        &self,
        (issuer, account): (&str, &str),
        key: Key<'_>,
        spec: &CodeSpec,
    ) -> Option<LookAlike<'_>> {
        let named = |entry: &&Entry| entry.issuer == issuer && entry.account == account;
        let live = || self.entries.iter().filter(|entry| entry.removed_at.is_none());
        let same_key = |entry: &&Entry| {
            entry.code().is_some_and(|(known, known_spec)| same_codes(known_spec, spec) && known.ct_eq(key))
        };
        live()
            .filter(named)
            .find(same_key)
            .map(|entry| LookAlike { entry, same_key: true })
            .or_else(|| live().find(named).map(|entry| LookAlike { entry, same_key: false }))
    }

    /// Puts the account `id` in front of `before`, or at the end.
    pub fn reorder(&mut self, id: &str, before: Option<&str>) -> Result<(), VaultError> {
        let from = self.position(id)?;
        if before == Some(id) {
            return Ok(());
        }
        if let Some(before) = before {
            self.position(before)?;
        }
        let entry = self.entries.remove(from);
        let to = before.map_or(Ok(self.entries.len()), |before| self.position(before))?;
        self.entries.insert(to, entry);
        Ok(())
    }

    /// Deletes an account that is in the trash. Its key is wiped.
    pub fn delete(&mut self, id: &str) -> Result<(), VaultError> {
        let position = self.position(id)?;
        if self.entries.get(position).is_some_and(|entry| entry.removed_at.is_none()) {
            return Err(VaultError::NotInTrash);
        }
        self.entries.remove(position);
        Ok(())
    }

    /// Deletes what has been in the trash for its time. True if there was any. A work account stays until its
    /// service was told, because telling takes its keys; whoever has told it deletes it.
    pub fn empty_old_trash(&mut self, now: UnixTime) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| !entry.is_due(now) || entry.enrolled().is_some());
        self.entries.len() != before
    }

    fn position(&self, id: &str) -> Result<usize, VaultError> {
        self.entries.iter().position(|entry| entry.id.as_str() == id).ok_or(VaultError::NoSuchAccount)
    }

    /// Slots of a newer version go, too: they wrap the old key.
    fn replace_key(&mut self, key: VaultKey, slot: Slot) {
        self.key = key;
        self.slots = vec![slot];
    }
}

/// An account in the vault that a new one looks like.
#[derive(Debug)]
pub struct LookAlike<'a> {
    /// The one that is there.
    pub entry: &'a Entry,
    /// Whether the key is the same, too.
    pub same_key: bool,
}

/// Whether two accounts of one key show the same codes, wherever their counters stand.
pub(crate) fn same_codes(one: &CodeSpec, other: &CodeSpec) -> bool {
    let without_counter = |spec: &CodeSpec| match spec.mover {
        Mover::Counter { .. } => CodeSpec { mover: Mover::Counter { counter: 0 }, ..*spec },
        Mover::Time { .. } | Mover::Steam { .. } | Mover::Motp { .. } | Mover::Yandex { .. } => *spec,
    };
    without_counter(one) == without_counter(other)
}

/// Decrypts and reads a file's content. What decrypts was written by an app, so what cannot be understood
/// then is of a newer one, and no damage.
fn read_content(file: &SealedFile, key: &VaultKey) -> Result<Content, FileError> {
    let plaintext = file.open(key)?;
    // expose: the accounts are read from it; what is read wipes itself.
    let newer = |format: u64| FileError::NewerFormat { format: u16::try_from(format).unwrap_or(u16::MAX) };
    let content: Content =
        serde_json::from_slice(plaintext.expose()).map_err(|_| newer(CONTENT_VERSION + 1))?;
    if content.v == CONTENT_VERSION { Ok(content) } else { Err(newer(content.v)) }
}

/// Whole days until an account removed at `removed` is deleted, rounded up; 0 when its time has come.
pub fn trash_days_left(removed: UnixTime, now: UnixTime) -> u64 {
    (TRASH_DAYS * DAY).saturating_sub(now.millis_since(removed)).div_ceil(DAY)
}

/// Whether the time of an account removed at `removed` has come. A clock that says more than a year has gone by
/// is wrong more often than a trash is that old; then nothing is deleted.
pub fn is_trash_due(removed: UnixTime, now: UnixTime) -> bool {
    trash_days_left(removed, now) == 0 && now.millis_since(removed) < 400 * DAY
}

const DAY: u64 = 24 * 60 * 60 * 1000;

/// Refuses a name or note that is too long to keep.
pub fn check_name(name: &str) -> Result<(), VaultError> {
    if name.chars().count() > MAX_NAME { Err(VaultError::NameTooLong) } else { Ok(()) }
}

/// How a file's generation stands to the one the keystore remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It is the last one that was written.
    Current,
    /// It is newer: the keystore missed the last save and is to be told.
    Ahead,
    /// It is older: somebody put an old file back.
    RolledBack,
}

/// Compares a file's generation with the keystore's.
pub fn freshness(file: u64, remembered: u64) -> Freshness {
    match file.cmp(&remembered) {
        std::cmp::Ordering::Equal => Freshness::Current,
        std::cmp::Ordering::Greater => Freshness::Ahead,
        std::cmp::Ordering::Less => Freshness::RolledBack,
    }
}

#[derive(Serialize)]
struct ContentRef<'a> {
    v: u64,
    entries: &'a [Entry],
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<&'a Series>,
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

/// Not flattened with derive: that would copy every key through a generic value first.
pub(crate) struct Content {
    pub(crate) v: u64,
    pub(crate) entries: Vec<Entry>,
    backup: Option<Series>,
    pub(crate) members: Map<String, Value>,
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ContentVisitor;
        impl<'de> serde::de::Visitor<'de> for ContentVisitor {
            type Value = Content;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the content of a vault")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
                let mut content = Content { v: 0, entries: Vec::new(), backup: None, members: Map::new() };
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "v" => content.v = map.next_value()?,
                        "entries" => content.entries = map.next_value()?,
                        "backup" => content.backup = map.next_value()?,
                        _ => {
                            content.members.insert(name, map.next_value()?);
                        }
                    }
                }
                Ok(content)
            }
        }
        deserializer.deserialize_map(ContentVisitor)
    }
}

pub(crate) const CONTENT_VERSION: u64 = 1;

/// Why a change to the vault is refused. Nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VaultError {
    /// There is no account of this id; usually it was removed in another window.
    #[error("there is no such account")]
    NoSuchAccount,
    /// Only accounts in the trash can be deleted.
    #[error("the account is not in the trash")]
    NotInTrash,
    /// The vault holds [`MAX_ENTRIES`].
    #[error("the vault is full")]
    Full,
    /// A name is longer than [`MAX_NAME`].
    #[error("the name is too long")]
    NameTooLong,
    /// The file would be larger than [`MAX_FILE`]; usually very long notes.
    #[error("the vault is too large")]
    TooLarge,
    /// The key was made for another vault; usually another one was opened meanwhile.
    #[error("the key is another vault's")]
    OtherVault,
    /// The vault has no slot, so nobody could open it again.
    #[error("the vault has no way to unlock it")]
    NoWayToUnlock,
}
