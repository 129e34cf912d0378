//! What a device's backups have in common from one generation to the next: a name, a key, the ways to unlock it.
//! The vault keeps it, so that a backup can be sealed after each change without the passphrase.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand_core::CryptoRng;
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{FileId, RecoveryCode, Slot, SlotError, Vault, VaultKey, WeakPassphrase, check_passphrase};
use crate::seal::{CostError, PassphraseCost};
use crate::secret::{SecretBytes, SecretText};

/// The generations of one backup. Another passphrase is another series: the old one opens only what was sealed
/// before.
#[derive(Debug)]
pub struct Series {
    id: FileId,
    key: VaultKey,
    slots: Vec<Slot>,
    /// Added to the vault's generation; so that a backup that goes on in another vault counts on.
    offset: u64,
    /// Members of a newer version.
    members: Map<String, Value>,
}

impl Series {
    /// A new one, with the recovery code that opens it: shown once, and then known to nobody but the person.
    /// Without a passphrase the code is the only way.
    pub fn make(
        passphrase: Option<(&SecretText, PassphraseCost)>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, RecoveryCode), SeriesError> {
        let (id, key) = (FileId::make(rng), VaultKey::make(rng));
        let mut slots = Vec::new();
        if let Some((passphrase, cost)) = passphrase {
            check_passphrase(passphrase)?;
            let slot = Slot::make_passphrase(1, &id, &key, passphrase, cost, rng);
            slots.push(slot.map_err(|error| match error {
                SlotError::Cost(cost) => SeriesError::Cost(cost),
                SlotError::NoSlot | SlotError::Refused => SeriesError::Cost(CostError::OutOfRange),
            })?);
        }
        let code = RecoveryCode::make(rng);
        slots.push(Slot::make_recovery_code(2, &id, &key, &code, rng));
        Ok((Self { id, key, slots, offset: 0, members: Map::new() }, code))
    }

    /// That of a backup which was opened.
    pub(crate) fn of(id: FileId, key: VaultKey, slots: Vec<Slot>) -> Self {
        Self { id, key, slots, offset: 0, members: Map::new() }
    }

    /// Its random name.
    pub fn id(&self) -> &FileId {
        &self.id
    }

    /// The ways to unlock it.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The key of all its generations.
    pub(crate) fn key(&self) -> &VaultKey {
        &self.key
    }
}

impl Vault {
    /// What backups are sealed with; none while they are off.
    pub fn backup(&self) -> Option<&Series> {
        self.backup.as_ref()
    }

    /// Turns backups on, or gives them another passphrase, which is another series.
    pub fn turn_backup_on(&mut self, series: Series) {
        self.backup = Some(series);
    }

    /// Turns backups off and forgets their key. What was written stays where it is.
    pub fn turn_backup_off(&mut self) {
        self.backup = None;
    }

    /// What backups of a newer version had beside the accounts; written back into later ones.
    pub(crate) fn members_of_backups(&self) -> Option<&Map<String, Value>> {
        self.members.get(FROM_BACKUP)?.as_object()
    }

    /// Keeps what a backup had beside the accounts. What is there already stays as it is.
    pub(crate) fn keep_members_of_backup(&mut self, members: Map<String, Value>) {
        if members.is_empty() {
            return;
        }
        let kept = self.members.entry(FROM_BACKUP).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(kept) = kept {
            for (name, value) in members {
                kept.entry(name).or_insert(value);
            }
        }
    }

    /// The generation of a backup of this vault as it was last saved. One with a lower number lacks changes.
    pub fn backup_generation(&self) -> Option<u64> {
        Some(self.backup.as_ref()?.offset.saturating_add(self.generation()))
    }

    /// Lets the next backup count on from `generation`, which is stored already: after a restore that goes on with
    /// the same series, or when an older vault was taken back. Save the vault before the next backup.
    pub fn count_backups_on_from(&mut self, generation: u64) {
        let current = self.generation();
        if let Some(series) = &mut self.backup {
            series.offset = series.offset.max(generation.saturating_sub(current));
        }
    }
}

impl Serialize for Series {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &BASE64.encode(self.id.bytes()))?;
        // expose: the sealed vault is the one place the key is written to.
        let key = Zeroizing::new(BASE64.encode(self.key.secret().expose()));
        map.serialize_entry("key", key.as_str())?;
        map.serialize_entry("slots", &self.slots.iter().map(Slot::to_json).collect::<Vec<_>>())?;
        map.serialize_entry("offset", &self.offset)?;
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Series {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SeriesVisitor)
    }
}

/// Reads members one by one, so that no generic value ever holds the key.
struct SeriesVisitor;

impl<'de> Visitor<'de> for SeriesVisitor {
    type Value = Series;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a series of backups")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Series, A::Error> {
        let (mut id, mut key, mut slots, mut offset, mut members) = (None, None, None, 0, Map::new());
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "id" => id = FileId::from_text(&map.next_value::<String>()?),
                "key" => {
                    let text = SecretText::new(map.next_value()?);
                    // expose: decoded into another secret.
                    let bytes = BASE64.decode(text.expose()).map_err(de::Error::custom)?;
                    key = VaultKey::from_secret(SecretBytes::new(bytes)).ok();
                }
                "slots" => {
                    let values: Vec<Value> = map.next_value()?;
                    let read: Result<Vec<Slot>, _> = values.into_iter().map(Slot::from_json).collect();
                    slots = Some(read.map_err(de::Error::custom)?);
                }
                "offset" => offset = map.next_value()?,
                _ => {
                    members.insert(name, map.next_value()?);
                }
            }
        }
        let missing = || de::Error::custom("a series of backups without its key");
        let (id, key) = id.zip(key).ok_or_else(missing)?;
        Ok(Series { id, key, slots: slots.ok_or_else(missing)?, offset, members })
    }
}

const FROM_BACKUP: &str = "from_backup";

/// Why backups are not turned on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SeriesError {
    /// The passphrase would be guessed.
    #[error(transparent)]
    Passphrase(#[from] WeakPassphrase),
    /// The passphrase cannot be made a key at this cost.
    #[error(transparent)]
    Cost(CostError),
}
