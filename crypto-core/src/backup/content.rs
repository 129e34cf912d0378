//! The plaintext of a backup: which accounts go in, and as what. What binds an account to this device stays
//! behind; of such an account there is its name.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::BackupError;
use crate::approval::Origin;
use crate::json;
use crate::secret::SecretBytes;
use crate::vault::{Body, CONTENT_VERSION, Content, Entry, Group, Vault, WORK, Work};

/// The accounts that go into a backup, in the person's order. Those in the trash do not: whoever removed them
/// does not want them back.
pub(super) fn entries(vault: &Vault) -> impl Iterator<Item = &Entry> {
    vault.entries().iter().filter(|entry| entry.removed_at.is_none())
}

/// Writes it, not padded.
pub(super) fn write(vault: &Vault) -> Zeroizing<Vec<u8>> {
    let form = Form {
        v: CONTENT_VERSION,
        entries: entries(vault).map(EntryForm).collect(),
        members: vault.members_of_backups(),
    };
    // Room for all of it, so that growing leaves no copies of keys behind.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(4096 + vault.entries().len() * 1024));
    serde_json::to_writer(&mut *plaintext, &form).expect("accounts have a JSON form");
    plaintext
}

/// Reads it. What decrypts was written by an app: JSON of another form is of a newer one.
pub(super) fn read(plaintext: &SecretBytes) -> Result<(Vec<Entry>, Map<String, Value>), BackupError> {
    #[derive(Deserialize)]
    struct Version {
        v: u64,
    }
    // expose: the accounts are read from it; what is read wipes itself.
    let text = plaintext.expose();
    let Version { v } = json::read(text).map_err(|_| BackupError::Damaged)?;
    if v != CONTENT_VERSION {
        return Err(BackupError::NewerVersion);
    }
    let Content { mut entries, members, .. } = json::read(text).map_err(|_| BackupError::NewerVersion)?;
    for entry in &mut entries {
        entry.removed_at = None;
        make_name(entry);
    }
    Ok((entries, members))
}

/// Whether only the name of an account is in a backup: it approves, or did, or a newer version says that
/// something of this device belongs to it.
pub(super) fn is_name_only(entry: &Entry) -> bool {
    match &entry.body {
        Body::Work(_) => true,
        Body::Code { .. } => entry.members.contains_key(WORK),
        Body::Unknown { kind, .. } => kind == WORK || entry.members.contains_key(WORK),
    }
}

/// Turns a name that waits for signing in into the account it is in a vault. In a backup the service's address
/// is `issuer` and its name is `service`.
fn make_name(entry: &mut Entry) {
    let waits = entry.members.get(STATE).and_then(Value::as_str) == Some(SIGN_IN_REQUIRED);
    let is_work = match &entry.body {
        Body::Work(_) => true,
        Body::Unknown { kind, .. } => kind == WORK,
        Body::Code { .. } => false,
    };
    if !waits && !is_work {
        return;
    }
    let origin = Origin::parse(&entry.issuer).ok();
    if let Some(Value::String(service)) = entry.members.shift_remove(SERVICE) {
        entry.issuer = service;
    }
    entry.members.shift_remove(STATE);
    // A work account has the heading that was written, or that of work accounts.
    if !is_work && entry.group == Group::Other {
        entry.group = Group::Work;
    }
    entry.members.shift_remove(WORK);
    entry.body = Body::Work(Box::new(Work::name_only(origin)));
}

#[derive(Serialize)]
struct Form<'a> {
    v: u64,
    entries: Vec<EntryForm<'a>>,
    #[serde(flatten)]
    members: Option<&'a Map<String, Value>>,
}

struct EntryForm<'a>(&'a Entry);

impl Serialize for EntryForm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry = self.0;
        if !is_name_only(entry) {
            return entry.serialize(serializer);
        }
        let origin = entry.work().and_then(|work| work.issuer.as_ref()).map_or("", Origin::as_str);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", WORK)?;
        map.serialize_entry("id", entry.id.as_str())?;
        map.serialize_entry("issuer", origin)?;
        map.serialize_entry(SERVICE, &entry.issuer)?;
        map.serialize_entry("account", &entry.account)?;
        map.serialize_entry(STATE, SIGN_IN_REQUIRED)?;
        map.serialize_entry("group", &entry.group)?;
        if !entry.note.is_empty() {
            map.serialize_entry("note", &entry.note)?;
        }
        map.serialize_entry("added_at", &entry.added_at.secs())?;
        // What is not understood of a name came with it; of a device it belongs to the device.
        if entry.work().is_some_and(|work| work.device.is_none() && work.codes.is_none()) {
            for (name, value) in &entry.members {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

const SERVICE: &str = "service";
const STATE: &str = "state";
const SIGN_IN_REQUIRED: &str = "sign_in_required";
