//! Where the sealed vault lies on disk. It moves bytes and knows nothing of their meaning.
//!
//! [`FileStore::replace`] never leaves less than one whole file, wherever the power fails: the new bytes are
//! written beside the old, synced, read back and compared; the old file gets a second name as the previous
//! copy; then one rename puts the new file in its place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::backups::{Placed, list_folder};

/// What the app needs of a place to store a vault.
pub trait Store {
    /// The stored bytes; none if nothing was ever stored.
    fn load(&self) -> Result<Option<Vec<u8>>, StoreError>;
    /// The bytes before the last ones, if they are there.
    fn load_previous(&self) -> Result<Option<Vec<u8>>, StoreError>;
    /// Stores `bytes` in place of what is there, or changes nothing.
    fn replace(&self, bytes: &[u8]) -> Result<(), StoreError>;
    /// Renames all that is there, so that nothing overwrites it; `label` makes the names unique.
    fn set_aside(&self, label: &str) -> Result<(), StoreError>;
    /// Stores `bytes` in place of last bytes that cannot be read: those are renamed, and the ones before them
    /// stay as they are. Changes nothing if it cannot be done.
    fn repair(&self, bytes: &[u8], label: &str) -> Result<(), StoreError>;
}

/// The steps that [`FileStore`] is made of. The real ones are [`OsDisk`]; tests lose power between them.
pub trait Disk {
    /// Reads a whole file; none if there is none.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;
    /// Makes a file with these bytes, replacing one of that name.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Waits until a file's bytes are on the disk.
    fn sync(&self, path: &Path) -> io::Result<()>;
    /// Gives a file a second name, replacing one of that name.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames a file, replacing one of that name, as one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Waits until the names in a folder are on the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// The files of a folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<Placed>>;
    /// Makes a folder, and those it lies in. One that is there is as good.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
}

/// A vault file in a folder.
#[derive(Debug)]
pub struct FileStore<D = OsDisk> {
    disk: D,
    folder: PathBuf,
}

impl<D: Disk> FileStore<D> {
    /// The vault in `folder`, which exists.
    pub fn new(disk: D, folder: PathBuf) -> Self {
        Self { disk, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn write_new(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let temporary = self.path(TEMPORARY);
        self.disk.write(&temporary, bytes)?;
        self.disk.sync(&temporary)?;
        if self.disk.read(&temporary)?.as_deref() == Some(bytes) {
            Ok(())
        } else {
            Err(StoreError::NotAsWritten)
        }
    }

    fn rename_aside(&self, name: &str, label: &str) -> Result<(), StoreError> {
        let path = self.path(name);
        if self.disk.read(&path)?.is_some() {
            let mut aside = self.path(&format!("set-aside-{label}-{name}"));
            let mut copy = 2;
            while self.disk.read(&aside)?.is_some() {
                aside = self.path(&format!("set-aside-{label}-{copy}-{name}"));
                copy += 1;
            }
            self.disk.rename(&path, &aside)?;
            self.disk.sync_folder(&self.folder)?;
        }
        Ok(())
    }
}

impl<D: Disk> Store for FileStore<D> {
    fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.disk.read(&self.path(CURRENT))?)
    }

    fn load_previous(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.disk.read(&self.path(PREVIOUS))?)
    }

    fn replace(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let current = self.path(CURRENT);
        self.write_new(bytes)?;
        if self.disk.read(&current)?.is_some() {
            let staged = self.path(PREVIOUS_STAGED);
            self.disk.link(&current, &staged)?;
            self.disk.rename(&staged, &self.path(PREVIOUS))?;
        }
        self.disk.rename(&self.path(TEMPORARY), &current)?;
        Ok(self.disk.sync_folder(&self.folder)?)
    }

    fn set_aside(&self, label: &str) -> Result<(), StoreError> {
        self.rename_aside(CURRENT, label)?;
        self.rename_aside(PREVIOUS, label)
    }

    fn repair(&self, bytes: &[u8], label: &str) -> Result<(), StoreError> {
        self.write_new(bytes)?;
        // If power fails here there is no current file, and the previous one is whole.
        self.rename_aside(CURRENT, label)?;
        self.disk.rename(&self.path(TEMPORARY), &self.path(CURRENT))?;
        Ok(self.disk.sync_folder(&self.folder)?)
    }
}

/// The disk of this computer.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsDisk;

impl Disk for OsDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).open(path)?.sync_all()
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        match fs::remove_file(to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Some file systems have no second names; a copy is as good and only slower.
        fs::hard_link(from, to).or_else(|_| fs::copy(from, to).and_then(|_| self.sync(to)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Windows has no way to sync a folder, and its renames are journalled.
        if cfg!(windows) { Ok(()) } else { File::open(folder)?.sync_all() }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Placed>> {
        list_folder(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }
}

/// The vault.
pub const CURRENT: &str = "vault.avlt";
/// The vault before the last save.
pub const PREVIOUS: &str = "vault.previous.avlt";
const TEMPORARY: &str = "vault.new.avlt";
const PREVIOUS_STAGED: &str = "vault.previous.new.avlt";

/// Why bytes could not be stored or read. What was stored before is untouched.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no room.
    #[error("the disk is full")]
    DiskFull,
    /// What was read back is not what was written; usually a failing disk.
    #[error("the disk gave back other bytes than were written")]
    NotAsWritten,
    /// The disk would not do it.
    #[error("the disk could not be read or written")]
    Disk(#[source] io::Error),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Self::DiskFull
        } else {
            Self::Disk(error)
        }
    }
}

#[cfg(test)]
pub(crate) mod fake {
    use std::cell::RefCell;

    use super::{Store, StoreError};

    /// A store in memory, passing the same contract.
    #[derive(Debug, Default)]
    pub(crate) struct FakeStore {
        pub(crate) current: RefCell<Option<Vec<u8>>>,
        pub(crate) previous: RefCell<Option<Vec<u8>>>,
        pub(crate) aside: RefCell<Vec<(String, Vec<u8>)>>,
        /// When set, nothing can be written.
        pub(crate) full: RefCell<bool>,
    }

    impl Store for FakeStore {
        fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(self.current.borrow().clone())
        }

        fn load_previous(&self) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(self.previous.borrow().clone())
        }

        fn replace(&self, bytes: &[u8]) -> Result<(), StoreError> {
            if *self.full.borrow() {
                return Err(StoreError::DiskFull);
            }
            let old = self.current.replace(Some(bytes.to_vec()));
            if old.is_some() {
                self.previous.replace(old);
            }
            Ok(())
        }

        fn set_aside(&self, label: &str) -> Result<(), StoreError> {
            for slot in [&self.current, &self.previous] {
                self.aside.borrow_mut().extend(slot.take().map(|bytes| (label.to_owned(), bytes)));
            }
            Ok(())
        }

        fn repair(&self, bytes: &[u8], label: &str) -> Result<(), StoreError> {
            if *self.full.borrow() {
                return Err(StoreError::DiskFull);
            }
            let damaged = self.current.replace(Some(bytes.to_vec()));
            self.aside.borrow_mut().extend(damaged.map(|bytes| (label.to_owned(), bytes)));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::FakeStore;
    use super::*;

    /// What every store promises.
    fn keeps_the_contract(store: &impl Store) {
        assert!(store.load().expect("loads").is_none());
        assert!(store.load_previous().expect("loads").is_none());
        store.replace(b"one").expect("stores");
        assert_eq!(store.load().expect("loads").as_deref(), Some(b"one".as_slice()));
        assert!(store.load_previous().expect("loads").is_none());
        store.replace(b"two").expect("stores");
        store.replace(b"three").expect("stores");
        assert_eq!(store.load().expect("loads").as_deref(), Some(b"three".as_slice()));
        assert_eq!(store.load_previous().expect("loads").as_deref(), Some(b"two".as_slice()));
        store.repair(b"four", "0").expect("stores");
        assert_eq!(store.load().expect("loads").as_deref(), Some(b"four".as_slice()));
        assert_eq!(store.load_previous().expect("loads").as_deref(), Some(b"two".as_slice()));
        store.set_aside("1").expect("renames");
        assert!(store.load().expect("loads").is_none());
        assert!(store.load_previous().expect("loads").is_none());
    }

    #[test]
    fn the_fake_keeps_the_contract() {
        keeps_the_contract(&FakeStore::default());
    }

    #[test]
    fn the_file_store_keeps_the_contract_and_deletes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        keeps_the_contract(&FileStore::new(OsDisk, folder.path().to_owned()));
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .expect("lists")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["set-aside-0-vault.avlt", "set-aside-1-vault.avlt", "set-aside-1-vault.previous.avlt"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_vault() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        FileStore::new(OsDisk, folder.path().to_owned()).replace(b"one").expect("stores");
        let mode = fs::metadata(folder.path().join(CURRENT)).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_full_disk_is_told_apart() {
        let error = StoreError::from(io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(error, StoreError::DiskFull));
    }
}
