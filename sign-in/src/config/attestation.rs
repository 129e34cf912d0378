//! What attestations are judged by, as it is written (`attestation.…`). The lists are files that the operator
//! keeps current; `docs/operate.md` says where they come from.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use serde::Deserialize;

use super::ConfigRefused;
use super::file::value;
use crate::attestation::{Makers, Revoked, roots, signer};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenAttestation {
    android_roots: Option<PathBuf>,
    android_revoked: Option<PathBuf>,
    android_package: Option<String>,
    android_signers: Vec<String>,
    apple_apps: Vec<String>,
    apple_development: bool,
}

/// Whom this service believes, until the operator's lists are read again.
#[derive(Debug)]
pub struct Believed {
    written: WrittenAttestation,
    makers: RwLock<Arc<Makers>>,
}

impl Believed {
    pub(super) fn read(written: WrittenAttestation) -> Result<Self, ConfigRefused> {
        let makers = RwLock::new(Arc::new(makers(written.clone())?));
        Ok(Self { written, makers })
    }

    /// Whom it believes now.
    pub fn makers(&self) -> Arc<Makers> {
        Arc::clone(&self.makers.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the files again. If one does not work, nothing changes.
    pub fn read_again(&self) -> Result<(), ConfigRefused> {
        let makers = makers(self.written.clone())?;
        *self.makers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(makers);
        Ok(())
    }
}

impl From<Makers> for Believed {
    fn from(makers: Makers) -> Self {
        Self { written: WrittenAttestation::default(), makers: RwLock::new(Arc::new(makers)) }
    }
}

fn makers(written: WrittenAttestation) -> Result<Makers, ConfigRefused> {
    let mut makers = Makers::default();
    let android = &mut makers.android;
    if let Some(path) = &written.android_roots {
        android.roots = roots(&read(path)?).ok_or_else(|| {
            value(
                "attestation.android_roots",
                "certificates in PEM, or a JSON list of them, as Google has it",
            )
        })?;
    }
    if let Some(path) = &written.android_revoked {
        android.revoked = Some(Revoked::from_json(&read(path)?).ok_or_else(|| {
            value("attestation.android_revoked", "Google’s status list, JSON with \"entries\"")
        })?);
    }
    if let Some(package) = written.android_package {
        android.package = package;
    }
    for text in &written.android_signers {
        android.signers.push(signer(text).ok_or_else(|| {
            value("attestation.android_signers", "SHA-256 hashes of certificates, 64 hexadecimal digits each")
        })?);
    }
    if !android.signers.is_empty() && android.revoked.is_none() {
        return Err(ConfigRefused::Missing {
            setting: "attestation.android_revoked",
            what: "the list of what Google took back; without it a phone whose keys have leaked would do",
        });
    }
    for app in &written.apple_apps {
        let named = app.split_once('.').is_some_and(|(team, bundle)| {
            team.len() == 10 && team.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !bundle.is_empty()
        });
        if !named {
            return Err(value(
                "attestation.apple_apps",
                "team and bundle, such as ABCDE12345.app.countersign",
            ));
        }
    }
    makers.apple.apps = written.apple_apps;
    makers.apple.development = written.apple_development;
    Ok(makers)
}

fn read(path: &Path) -> Result<String, ConfigRefused> {
    std::fs::read_to_string(path).map_err(|_| ConfigRefused::NotRead { path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SIGNER: &str =
        "10:39:3B:8E:45:38:DF:E5:8E:49:E4:F6:54:51:4F:B8:34:6F:C6:B3:46:D0:BB:C4:41:5F:C3:39:FC:FC:8E:C1";
    const LIST: &str = r#"{"entries":{"2c8cdddfd5e03bfc":{"status":"REVOKED"}}}"#;

    fn understood(text: &str) -> Result<Makers, String> {
        makers(toml::from_str(text).expect("is TOML")).map_err(|refused| refused.to_string())
    }

    #[test]
    fn what_is_set_is_understood() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("is written");
            path.display().to_string()
        };
        let list = path("status.json", LIST);
        let roots = path("roots.pem", include_str!("../attestation/roots/google.pem"));
        let makers = understood(&format!(
            "android_roots = \"{roots}\"\nandroid_revoked = \"{list}\"\nandroid_signers = [\"{SIGNER}\"]\n\
             android_package = \"org.example.own\"\napple_apps = [\"ABCDE12345.app.countersign\"]\n\
             apple_development = true"
        ))
        .expect("is understood");
        assert!(makers.can_judge_android() && makers.can_judge_apple() && makers.apple.development);
        assert_eq!((makers.android.roots.len(), makers.android.package.as_str()), (2, "org.example.own"));
        assert_eq!(makers.android.revoked.map(|list| list.count()), Some(1));
        let nothing = understood("").expect("is understood");
        assert!(!nothing.can_judge_android() && !nothing.can_judge_apple());
        assert_eq!(nothing.android.package, "app.countersign");
    }

    #[test]
    fn a_list_is_read_again_and_one_that_does_not_work_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let list = folder.path().join("status.json");
        fs::write(&list, r#"{"entries":{}}"#).expect("is written");
        let text = format!("android_revoked = \"{}\"", list.display());
        let believed = Believed::read(toml::from_str(&text).expect("is TOML")).expect("is understood");
        let count = || believed.makers().android.revoked.as_ref().map(Revoked::count);
        assert_eq!(count(), Some(0));
        fs::write(&list, LIST).expect("is written");
        believed.read_again().expect("is read");
        assert_eq!(count(), Some(1));
        fs::write(&list, "half a li").expect("is written");
        assert!(believed.read_again().is_err());
        assert_eq!(count(), Some(1));
    }

    #[test]
    fn what_does_not_work_is_said_before_the_service_starts() {
        let folder = tempfile::tempdir().expect("a folder");
        let wrong = folder.path().join("wrong");
        fs::write(&wrong, "[]").expect("is written");
        let wrong = wrong.display();
        for (text, said) in [
            (format!("android_roots = \"{wrong}\""), "attestation.android_roots does not work"),
            (format!("android_revoked = \"{wrong}\""), "attestation.android_revoked does not work"),
            ("android_revoked = \"/nowhere\"".to_owned(), "/nowhere cannot be read"),
            ("android_signers = [\"10:39\"]".to_owned(), "attestation.android_signers does not work"),
            (format!("android_signers = [\"{SIGNER}\"]"), "attestation.android_revoked is missing"),
            ("apple_apps = [\"app.countersign\"]".to_owned(), "attestation.apple_apps does not work"),
            ("apple_apps = [\"ABCDE12345.\"]".to_owned(), "attestation.apple_apps does not work"),
        ] {
            let refused = understood(&text).expect_err("is refused");
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }
}
