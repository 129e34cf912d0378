//! Files that the app writes for its person: exports, receipts, the diagnostics log. On a computer they go to the
//! downloads; on a phone its person says where, and nothing of them lies anywhere else.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crypto_core::secret::SecretBytes;
use crypto_core::time::UnixTime;
use device::Phone;

use crate::error::{Code, CommandError};
use crate::store::StoreError;
use crate::view::SavedView;

/// A file that is not written yet. Not all of them are sealed.
pub struct ToSave {
    name: &'static str,
    ending: &'static str,
    at: UnixTime,
    content: SecretBytes,
}

impl fmt::Debug for ToSave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToSave({})", self.file_name(""))
    }
}

impl ToSave {
    pub(crate) fn new(name: &'static str, ending: &'static str, at: UnixTime, content: SecretBytes) -> Self {
        Self { name, ending, at, content }
    }

    /// Saves it by the way of this device. That takes as long as its person takes to choose, so not while the app is
    /// held. One who chooses nothing has saved nothing, and is told so.
    pub(crate) fn save(
        &self,
        device: &impl Phone,
        downloads: Option<&Path>,
    ) -> Result<SavedView, CommandError> {
        // expose: this is the file the person asked for.
        let content = self.content.expose();
        if device.asks_where() {
            let saved = device.save_file(&self.file_name(""), self.kind(), content);
            return Ok(match saved.map_err(|_| Code::SaveFailed)? {
                true => SavedView::Chosen,
                false => SavedView::NotSaved,
            });
        }
        let path = self.new_path(downloads.ok_or(Code::SaveFailed)?)?;
        write_new(&path, content)?;
        Ok(SavedView::At(path.display().to_string()))
    }

    fn file_name(&self, copy: &str) -> String {
        format!("{}-{}{copy}.{}", self.name, self.at.secs(), self.ending)
    }

    /// What a phone calls its kind. One that it does not know of keeps its ending.
    fn kind(&self) -> &'static str {
        match self.ending {
            "json" => "application/json",
            "html" => "text/html",
            "txt" | "log" => "text/plain",
            _ => "application/octet-stream",
        }
    }

    /// A name in `folder` that no file has yet.
    fn new_path(&self, folder: &Path) -> Result<PathBuf, CommandError> {
        let copies = std::iter::once(String::new()).chain((2..100).map(|copy| format!("-{copy}")));
        let mut paths = copies.map(|copy| folder.join(self.file_name(&copy)));
        paths.find(|path| !path.exists()).ok_or_else(|| Code::SaveFailed.into())
    }
}

/// Writes a file that was not there, readable by its person alone. What could not be written whole is removed.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
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

#[cfg(test)]
mod tests {
    use device::fake::{FakeDevice, Place};

    use super::*;

    fn file() -> ToSave {
        let content = SecretBytes::new(b"keys".to_vec());
        ToSave::new("countersign-sheet", "html", UnixTime::from_secs(1_790_000_000), content)
    }

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).expect("lists").count()
    }

    #[test]
    fn a_computer_writes_to_its_downloads_and_over_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let computer = FakeDevice::default();
        let save = || file().save(&computer, Some(folder.path())).expect("is written");
        let (SavedView::At(first), SavedView::At(second)) = (save(), save()) else { panic!("is somewhere") };
        assert!(first.ends_with("countersign-sheet-1790000000.html"), "{first}");
        assert!(second.ends_with("countersign-sheet-1790000000-2.html"), "{second}");
        assert_eq!(std::fs::read(first).expect("is there"), b"keys");
        assert_eq!(file().save(&computer, None).unwrap_err().code, Code::SaveFailed);
        let gone = folder.path().join("gone");
        assert_eq!(file().save(&computer, Some(&gone)).unwrap_err().code, Code::SaveFailed);
        assert!(computer.saved().is_empty());
    }

    #[test]
    fn a_phone_asks_where_and_writes_nowhere_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let phone = FakeDevice::default();
        phone.asks_where(Place::Chosen);
        assert_eq!(file().save(&phone, Some(folder.path())), Ok(SavedView::Chosen));
        let name = "countersign-sheet-1790000000.html".to_owned();
        assert_eq!(phone.saved(), [(name, "text/html".to_owned(), b"keys".to_vec())]);
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn whoever_chooses_no_place_has_saved_nothing_and_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let phone = FakeDevice::default();
        phone.asks_where(Place::Closed);
        assert_eq!(file().save(&phone, Some(folder.path())), Ok(SavedView::NotSaved));
        phone.asks_where(Place::Fails);
        assert_eq!(file().save(&phone, Some(folder.path())).unwrap_err().code, Code::SaveFailed);
        assert!(phone.saved().is_empty());
        assert_eq!(files(folder.path()), 0, "what the phone did not take is not left elsewhere");
    }
}
