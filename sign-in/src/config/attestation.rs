//! What attestations are judged by, as it is written (`attestation.…`). The lists are files that the operator
//! keeps current; `docs/operate.md` says where they come from.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ConfigRefused;
use super::file::value;
use crate::attestation::{Makers, Revoked, roots, signer};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenAttestation {
    android_roots: Option<PathBuf>,
    android_revoked: Option<PathBuf>,
    android_package: Option<String>,
    android_signers: Vec<String>,
    apple_apps: Vec<String>,
    apple_development: bool,
}

pub(super) fn makers(written: WrittenAttestation) -> Result<Makers, ConfigRefused> {
    let mut makers = Makers::default();
    let android = &mut makers.android;
    if let Some(path) = &written.android_roots {
        android.roots = roots(&read(path)?).ok_or_else(|| {
            value("attestation.android_roots", "certificates in PEM, or a JSON list of them, as Google has it")
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
            return Err(value("attestation.apple_apps", "team and bundle, such as ABCDE12345.app.countersign"));
        }
    }
    makers.apple.apps = written.apple_apps;
    makers.apple.development = written.apple_development;
    Ok(makers)
}

fn read(path: &Path) -> Result<String, ConfigRefused> {
    std::fs::read_to_string(path).map_err(|_| ConfigRefused::NotRead { path: path.to_owned() })
}
