//! What the person has chosen, as a small readable file. There is no secret in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::view::{Language, Theme};

/// The version of the privacy text that is shown. Raised when the text changes; then it is asked anew.
pub(crate) const PRIVACY_VERSION: u32 = 1;

/// What is kept between starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Which privacy text was accepted.
    pub privacy_accepted: Option<u32>,
    /// Whether the diagnostics log is kept; none if that was never answered.
    pub diagnostics: Option<bool>,
    /// The language of the texts.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
    /// Codes stay covered until tapped.
    pub hide_codes: bool,
    /// On phones: the screen stays out of pictures.
    pub hide_screen: bool,
    /// Minutes without use until the app locks itself; 0 for never.
    pub auto_lock_minutes: u32,
    /// The folder for backups, if the person chose one.
    pub backup_folder: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            privacy_accepted: None,
            diagnostics: None,
            language: Language::System,
            theme: Theme::System,
            hide_codes: false,
            hide_screen: true,
            auto_lock_minutes: 5,
            backup_folder: None,
        }
    }
}

impl Settings {
    /// Whether the privacy text as it is now was accepted.
    pub fn consented(&self) -> bool {
        self.privacy_accepted == Some(PRIVACY_VERSION)
    }
}

/// The file they are kept in.
#[derive(Debug)]
pub struct SettingsFile(PathBuf);

impl SettingsFile {
    /// The settings in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self(folder.join("settings.json"))
    }

    /// Reads them. A file that cannot be understood is renamed, so that it is not lost, and the defaults
    /// hold: asking for consent again is the safe answer.
    pub fn load(&self) -> Settings {
        let Ok(bytes) = fs::read(&self.0) else { return Settings::default() };
        serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            // If even renaming fails, saving will fail as well and say so.
            let _ = fs::rename(&self.0, self.0.with_extension("unreadable.json"));
            Settings::default()
        })
    }

    /// Writes them, whole or not at all.
    pub fn save(&self, settings: &Settings) -> io::Result<()> {
        let temporary = self.0.with_extension("new.json");
        fs::write(&temporary, serde_json::to_vec_pretty(settings)?)?;
        fs::rename(&temporary, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_loaded() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = SettingsFile::new(folder.path());
        assert_eq!(file.load(), Settings::default());
        let settings = Settings { privacy_accepted: Some(1), hide_codes: true, ..Settings::default() };
        file.save(&settings).expect("saves");
        assert_eq!(file.load(), settings);
    }

    #[test]
    fn an_unreadable_file_is_kept_and_consent_is_asked_again() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("settings.json"), b"{ not json").expect("writes");
        assert!(!SettingsFile::new(folder.path()).load().consented());
        let kept = fs::read(folder.path().join("settings.unreadable.json")).expect("is kept");
        assert_eq!(kept, b"{ not json");
    }

    #[test]
    fn the_stored_form_does_not_change_unnoticed() {
        insta::assert_json_snapshot!(Settings::default());
    }
}
