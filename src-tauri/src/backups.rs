//! Where backups lie. It moves sealed bytes, keeps the two before the last, and knows nothing of their meaning.
//!
//! [`FolderPlace::put`] never leaves less than the last good backup, wherever it breaks off: the new one is written
//! beside it, synced, read back and compared; then it takes the name of the last by one rename, which has got a
//! second name before.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::store::{Disk, OsDisk};

/// What the app needs of a place for backups. Every call names the folder, which the person may change.
pub trait BackupPlace {
    /// The backups in the folder, whoever wrote them. A folder that is not there has none.
    fn list(&self, folder: &Path) -> Result<Vec<Placed>, PlaceError>;
    /// The bytes of one.
    fn read(&self, folder: &Path, name: &str) -> Result<Vec<u8>, PlaceError>;
    /// Stores `bytes` as the file `newest` and keeps those before it, or changes nothing. Makes the folder only if `may_make` says so: one that the person chose and that is gone is a disk that is not plugged in.
    fn put(&self, folder: &Path, newest: &str, bytes: &[u8], may_make: bool) -> Result<(), PlaceError>;
    /// Renames a file, so that nothing takes its place; `label` makes the name unique.
    fn set_aside(&self, folder: &Path, name: &str, label: u64) -> Result<(), PlaceError>;
}

/// One file in the place for backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The file's name.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
    /// When it was last written, in seconds since 1970; 0 if the disk does not say.
    pub written_at: u64,
}

/// How many are kept of one series, the newest included.
pub const GENERATIONS: u32 = 3;
/// The endings that backups have: a person's folder has the first, the platforms' own backups take the other.
pub const ENDINGS: [&str; 2] = [".avlt", ".bin"];

/// The name of the file that is `age` generations older than the one called `newest`.
pub fn file_name(newest: &str, age: u32) -> String {
    if age == 0 { newest.to_owned() } else { beside(newest, &age.to_string()) }
}

fn beside(newest: &str, what: &str) -> String {
    match newest.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}.{what}.{ending}"),
        None => format!("{newest}.{what}"),
    }
}

fn is_backup(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending)) && name != TEMPORARY && name != STAGED
}

/// A folder on a disk.
#[derive(Debug, Default)]
pub struct FolderPlace<D = OsDisk>(D);

impl<D: Disk> FolderPlace<D> {
    /// Folders on `disk`.
    pub fn new(disk: D) -> Self {
        Self(disk)
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), PlaceError> {
        self.0.write(path, bytes)?;
        self.0.sync(path)?;
        if self.0.read(path)?.as_deref() == Some(bytes) { Ok(()) } else { Err(PlaceError::NotAsWritten) }
    }

    /// Whether iCloud has a file of such a name that has not come to this phone yet: it leaves `.NAME.icloud` instead.
    fn is_away(&self, folder: &Path, is_it: impl Fn(&str) -> bool) -> bool {
        let files = self.0.list(folder).unwrap_or_default();
        files.iter().any(|file| {
            file.name.strip_prefix('.').and_then(|name| name.strip_suffix(".icloud")).is_some_and(&is_it)
        })
    }

    /// Gives the file a second name, in one step even where another has that name.
    fn copy_name(&self, folder: &Path, from: &Path, to: &Path) -> Result<(), PlaceError> {
        let staged = folder.join(STAGED);
        self.0.link(from, &staged)?;
        Ok(self.0.rename(&staged, to)?)
    }
}

impl<D: Disk> BackupPlace for FolderPlace<D> {
    fn list(&self, folder: &Path) -> Result<Vec<Placed>, PlaceError> {
        let mut found = match self.0.list(folder) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        found.retain(|file| is_backup(&file.name));
        found.sort_by(|one, other| other.written_at.cmp(&one.written_at).then(one.name.cmp(&other.name)));
        found.truncate(MOST_LISTED);
        if found.is_empty() && self.is_away(folder, is_backup) {
            return Err(PlaceError::Away);
        }
        Ok(found)
    }

    fn read(&self, folder: &Path, name: &str) -> Result<Vec<u8>, PlaceError> {
        // A name is one that `list` gave: it leads nowhere else.
        if !is_backup(name) || Path::new(name).file_name() != Some(name.as_ref()) {
            return Err(PlaceError::Gone);
        }
        let bytes = self.0.read(&folder.join(name))?;
        // It is not to be taken for one that was never there, and written over.
        let missing =
            || if self.is_away(folder, |away| away == name) { PlaceError::Away } else { PlaceError::Gone };
        bytes.ok_or_else(missing)
    }

    fn put(&self, folder: &Path, newest: &str, bytes: &[u8], may_make: bool) -> Result<(), PlaceError> {
        if may_make {
            self.0.make_folder(folder)?;
        }
        let path = |age| -> PathBuf { folder.join(file_name(newest, age)) };
        let temporary = folder.join(TEMPORARY);
        self.write_new(&temporary, bytes)?;
        // A try that broke off after this has done it; done twice, it would push an older one out.
        let last = self.0.read(&path(0))?;
        if last.is_some() && last != self.0.read(&path(1))? {
            // The oldest first, so that each has its second name before its own is given away.
            for age in (1..GENERATIONS).rev() {
                if self.0.read(&path(age - 1))?.is_some() {
                    self.copy_name(folder, &path(age - 1), &path(age))?;
                }
            }
        }
        self.0.rename(&temporary, &path(0))?;
        Ok(self.0.sync_folder(folder)?)
    }

    fn set_aside(&self, folder: &Path, name: &str, label: u64) -> Result<(), PlaceError> {
        self.0.rename(&folder.join(name), &folder.join(aside_name(name, label)))?;
        Ok(self.0.sync_folder(folder)?)
    }
}

fn aside_name(name: &str, label: u64) -> String {
    beside(name, &format!("set-aside-{label}"))
}

const TEMPORARY: &str = "backup.new.avlt";
const STAGED: &str = "backup.older.avlt";
/// A folder with more is somebody's archive, and the newest are what is wanted.
const MOST_LISTED: usize = 200;

/// Why a backup could not be stored or read. What was there before is untouched.
#[derive(Debug, Error)]
pub enum PlaceError {
    /// The folder is not there; usually a disk that is not plugged in.
    #[error("the folder for backups is not there")]
    FolderGone,
    /// The folder does not let us write or read.
    #[error("the folder for backups cannot be written or read")]
    NotAllowed,
    /// There is no room.
    #[error("the disk is full")]
    DiskFull,
    /// It is in the cloud, and has not come to this phone yet.
    #[error("the backup is not on this phone yet")]
    Away,
    /// There is no such file any more.
    #[error("the backup is not there any more")]
    Gone,
    /// What was read back is not what was written; usually a failing disk.
    #[error("the disk gave back other bytes than were written")]
    NotAsWritten,
    /// The disk would not do it.
    #[error("the disk could not be read or written")]
    Disk(#[source] io::Error),
}

impl From<io::Error> for PlaceError {
    fn from(error: io::Error) -> Self {
        let is = |kinds: &[io::ErrorKind]| kinds.contains(&error.kind());
        if is(&[io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded]) {
            Self::DiskFull
        } else if is(&[io::ErrorKind::NotFound, io::ErrorKind::NotADirectory]) {
            Self::FolderGone
        } else if is(&[io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem]) {
            Self::NotAllowed
        } else {
            Self::Disk(error)
        }
    }
}

/// Lists the files of a folder with what the disk says of them.
pub(crate) fn list_folder(folder: &Path) -> io::Result<Vec<Placed>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (Ok(name), Ok(about)) = (entry.file_name().into_string(), entry.metadata()) else { continue };
        if about.is_file() {
            let written = about.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
            files.push(Placed {
                name,
                bytes: about.len(),
                written_at: written.map_or(0, |since| since.as_secs()),
            });
        }
    }
    Ok(files)
}

#[cfg(test)]
pub(crate) mod fake {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};
    use std::sync::{Mutex, PoisonError};

    use super::{BackupPlace, GENERATIONS, PlaceError, Placed, aside_name, file_name, is_backup};

    /// A place in memory, passing the same contract.
    #[derive(Debug, Default)]
    pub(crate) struct FakePlace(Mutex<State>);

    #[derive(Debug, Default)]
    struct State {
        files: BTreeMap<PathBuf, (Vec<u8>, u64)>,
        writes: u64,
        trouble: Option<fn() -> PlaceError>,
    }

    impl FakePlace {
        /// From here on every write fails so, or works again.
        pub(crate) fn fail(&self, trouble: Option<fn() -> PlaceError>) {
            self.state().trouble = trouble;
        }

        /// What lies there.
        pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
            self.state().files.iter().map(|(path, (bytes, _))| (path.clone(), bytes.clone())).collect()
        }

        /// Puts a file there, or changes it.
        pub(crate) fn lay(&self, folder: &Path, name: &str, bytes: Vec<u8>) {
            let mut state = self.state();
            state.writes += 1;
            let at = state.writes;
            state.files.insert(folder.join(name), (bytes, at));
        }

        /// All files are deleted.
        pub(crate) fn clear(&self) {
            self.state().files.clear();
        }

        fn state(&self) -> std::sync::MutexGuard<'_, State> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl BackupPlace for FakePlace {
        fn list(&self, folder: &Path) -> Result<Vec<Placed>, PlaceError> {
            let state = self.state();
            let mut found: Vec<_> = state
                .files
                .iter()
                .filter(|(path, _)| path.parent() == Some(folder))
                .filter_map(|(path, (bytes, at))| {
                    let name = path.file_name()?.to_str()?.to_owned();
                    Some(Placed { name, bytes: bytes.len() as u64, written_at: *at })
                })
                .filter(|file| is_backup(&file.name))
                .collect();
            found.sort_by_key(|file| std::cmp::Reverse(file.written_at));
            Ok(found)
        }

        fn read(&self, folder: &Path, name: &str) -> Result<Vec<u8>, PlaceError> {
            self.state().files.get(&folder.join(name)).map(|(bytes, _)| bytes.clone()).ok_or(PlaceError::Gone)
        }

        fn put(&self, folder: &Path, newest: &str, bytes: &[u8], _: bool) -> Result<(), PlaceError> {
            if let Some(trouble) = self.state().trouble {
                return Err(trouble());
            }
            for age in (1..GENERATIONS).rev() {
                let newer = self.state().files.get(&folder.join(file_name(newest, age - 1))).cloned();
                if let Some(newer) = newer {
                    self.state().files.insert(folder.join(file_name(newest, age)), newer);
                }
            }
            self.lay(folder, newest, bytes.to_vec());
            Ok(())
        }

        fn set_aside(&self, folder: &Path, name: &str, label: u64) -> Result<(), PlaceError> {
            let taken = self.state().files.remove(&folder.join(name));
            let (bytes, _) = taken.ok_or(PlaceError::Gone)?;
            self.lay(folder, &aside_name(name, label), bytes);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::FakePlace;
    use super::*;

    /// What every place promises.
    fn keeps_the_contract(place: &impl BackupPlace, folder: &Path) {
        assert!(place.list(folder).expect("lists").is_empty());
        assert!(matches!(place.read(folder, "a.avlt"), Err(PlaceError::Gone)));
        for bytes in [b"one", b"two", b"tre", b"fou"] {
            place.put(folder, "a.avlt", bytes, true).expect("stores");
        }
        place.put(folder, "b.avlt", b"other", true).expect("stores");
        let read = |name: &str| place.read(folder, name).expect("reads");
        assert_eq!(read("a.avlt"), b"fou");
        assert_eq!(read("a.1.avlt"), b"tre");
        assert_eq!(read("a.2.avlt"), b"two");
        assert_eq!(read("b.avlt"), b"other");
        assert!(matches!(place.read(folder, "a.3.avlt"), Err(PlaceError::Gone)));
        let listed = place.list(folder).expect("lists");
        assert_eq!(listed.len(), 4);
        assert!(listed.iter().any(|file| file.name == "a.2.avlt" && file.bytes == 3));
        place.set_aside(folder, "b.avlt", 7).expect("renames");
        assert!(matches!(place.read(folder, "b.avlt"), Err(PlaceError::Gone)));
        assert_eq!(read("b.set-aside-7.avlt"), b"other");
    }

    #[test]
    fn the_fake_keeps_the_contract() {
        keeps_the_contract(&FakePlace::default(), Path::new("/backups"));
    }

    #[test]
    fn a_folder_keeps_the_contract_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("made on the way");
        let place = FolderPlace::new(OsDisk);
        keeps_the_contract(&place, &inner);
        let names = list_folder(&inner).expect("lists");
        assert_eq!(names.len(), 4, "{names:?}");
    }

    #[test]
    fn a_folder_that_was_chosen_and_is_gone_is_not_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let gone = folder.path().join("unplugged");
        let refused = FolderPlace::new(OsDisk).put(&gone, "a.avlt", b"one", false);
        assert!(matches!(refused, Err(PlaceError::FolderGone)), "{refused:?}");
        assert!(!gone.exists());
    }

    #[test]
    fn what_has_not_come_from_the_cloud_yet_is_not_taken_for_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = FolderPlace::new(OsDisk);
        fs::write(folder.path().join(".a.avlt.icloud"), b"").expect("writes");
        assert!(matches!(place.list(folder.path()), Err(PlaceError::Away)));
        assert!(matches!(place.read(folder.path(), "a.avlt"), Err(PlaceError::Away)));
        assert!(matches!(place.read(folder.path(), "b.avlt"), Err(PlaceError::Gone)));
        place.put(folder.path(), "b.avlt", b"other", false).expect("stores");
        assert_eq!(place.list(folder.path()).expect("lists").len(), 1, "what is there can be restored");
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("secret.avlt"), b"x").expect("writes");
        let inner = folder.path().join("backups");
        let place = FolderPlace::new(OsDisk);
        place.put(&inner, "a.avlt", b"one", true).expect("stores");
        for name in ["../secret.avlt", "/etc/passwd", "..", "", "a", "../backups/a.avlt"] {
            assert!(place.read(&inner, name).is_err(), "{name}");
        }
    }
}
