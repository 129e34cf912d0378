//! KeePass databases of version 4. Their ciphers and their form are the library's; what it costs to open one is
//! bounded here, before the library is asked, because it pays whatever the file says.

use std::panic::{AssertUnwindSafe, catch_unwind};

use keepass::error::{DatabaseKeyError, DatabaseOpenError};
use keepass::{Database, DatabaseKey};

use super::{ForeignError, at_most};
use crate::secret::SecretText;

/// An entry of a database: its fields by name.
pub struct KeePassEntry {
    fields: Vec<(String, SecretText)>,
}

impl KeePassEntry {
    /// A field; names differ in case between programs.
    pub fn field(&self, name: &str) -> Option<&SecretText> {
        self.fields.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Whether it begins like a KeePass database of any version.
pub fn is_kdbx(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE)
}

/// Whether it is of a version that is opened here.
pub fn is_kdbx4(bytes: &[u8]) -> bool {
    is_kdbx(bytes) && matches!(bytes.get(4..12), Some([0x67, 0xfb, 0x4b, 0xb5, _, _, 4, 0]))
}

/// The entries that are not in the trash, in their order.
pub fn open_kdbx4(bytes: &[u8], password: &SecretText) -> Result<Vec<KeePassEntry>, ForeignError> {
    check_cost(bytes)?;
    // expose: this is where the password is used.
    let key = DatabaseKey::new().with_password(password.expose());
    // The library takes the lengths of some numbers for granted. Those that are not sealed are checked above.
    let parsed = catch_unwind(AssertUnwindSafe(|| Database::parse(bytes, key)));
    let database = parsed.map_err(|_| ForeignError::OutOfRange)?.map_err(|error| {
        let is_wrong = matches!(error, DatabaseOpenError::Key(DatabaseKeyError::IncorrectKey));
        if is_wrong { ForeignError::Refused } else { ForeignError::OutOfRange }
    })?;
    let mut entries = Vec::new();
    let trash = database.recycle_bin().map(|group| group.id());
    let mut groups = vec![database.root().id()];
    while let Some(id) = groups.pop() {
        if Some(id) == trash {
            continue;
        }
        let Some(group) = database.group(id) else { continue };
        for entry in group.entries() {
            let fields = entry.fields.iter();
            let fields =
                fields.map(|(name, value)| (name.clone(), SecretText::new(value.get().to_owned()))).collect();
            entries.push(KeePassEntry { fields });
        }
        groups.extend(group.group_ids());
    }
    Ok(entries)
}

/// Looks for what the file asks for in its header, which is not sealed.
fn check_cost(bytes: &[u8]) -> Result<(), ForeignError> {
    let parameters = kdf_parameters(bytes).ok_or(ForeignError::OutOfRange)?;
    // The same name may be there twice, and whoever reads it may take either.
    let most = |name: &[u8]| {
        let mut most = 0;
        for (_, value) in parameters.iter().filter(|(own, _)| *own == name) {
            let mut wide = [0; 8];
            wide.get_mut(..value.len()).ok_or(ForeignError::OutOfRange)?.copy_from_slice(value);
            most = u64::from_le_bytes(wide).max(most);
        }
        Ok(most)
    };
    let work = most(b"I")?.saturating_mul(most(b"M")?);
    let is_costly = most(b"R")? > MOST_ROUNDS
        || most(b"M")? > MOST_MEMORY
        || most(b"P")? > MOST_LANES
        || work > MOST_WORK;
    if is_costly { Err(ForeignError::TooCostly) } else { Ok(()) }
}

/// The parameters of the password function, as names and values; of all of them, if the header has several.
fn kdf_parameters(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut rest = bytes.get(12..)?;
    let (mut read, mut found) = (Vec::new(), false);
    loop {
        let (&[kind, a, b, c, d], after) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
        let (value, after) = after.split_at_checked(length)?;
        match kind {
            // The end of the header.
            0 => return found.then_some(read),
            KDF => {
                found = true;
                read_parameters(value, &mut read)?;
            }
            OTHERS => read_parameters(value, &mut Vec::new())?,
            COMPRESSION if value.len() < 4 => return None,
            _ => {}
        }
        rest = after;
    }
}

fn read_parameters<'a>(parameters: &'a [u8], into: &mut Vec<(&'a [u8], &'a [u8])>) -> Option<()> {
    let mut rest = parameters.get(2..)?;
    loop {
        let (&kind, after) = rest.split_first()?;
        if kind == 0 {
            return Some(());
        }
        let (name, after) = sized(after)?;
        let (value, after) = sized(after)?;
        let width = match kind {
            0x04 | 0x0c => 4,
            0x05 | 0x0d => 8,
            _ => 0,
        };
        if value.len() < width {
            return None;
        }
        into.push((name, value));
        rest = after;
    }
}

fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

const SIGNATURE: [u8; 4] = [0x03, 0xd9, 0xa2, 0x9a];
/// The field of the header that says how the password becomes a key.
const KDF: u8 = 11;
/// The fields of the header with the parameters of other programs, and with how the content is packed.
const OTHERS: u8 = 12;
const COMPRESSION: u8 = 3;
/// In bytes. What a phone can give for a moment; programs write 64 MiB, and more only when told to.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
const MOST_LANES: u64 = 16;
/// Memory times passes, in bytes: 64 passes over the usual 64 MiB. Some seconds on a phone.
const MOST_WORK: u64 = at_most(4 * 1024 * 1024 * 1024);
/// Of AES. A second on a fast desktop, which is what programs offer to measure.
const MOST_ROUNDS: u64 = at_most(100_000_000);
