//! Exports of other apps: the project's own, written with other libraries, and the apps' own where they are there.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

#[path = "exports/peers.rs"]
mod peers;

use std::path::{Path, PathBuf};

use crypto_core::backup::import::{self, Import, ImportError, Imported, Input, Limits};
use crypto_core::codes::{CodeAccount, Mover};
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use proptest::prelude::*;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/exports")
}

/// Each manifest in the folder, by its name.
fn manifests() -> Vec<Value> {
    let mut paths: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        // One letter: all other files of that kind are exports.
        .filter(|path| path.file_stem().is_some_and(|stem| stem.len() == 1))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "there is a manifest");
    paths.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

fn read(bytes: &[u8], password: Option<&str>, memory_mib: u32) -> Result<Import, ImportError> {
    let password = password.map(|typed| SecretText::new(typed.to_owned()));
    import::read(&Input { bytes, password: password.as_ref(), limits: Limits { memory_mib } })
}

fn word(error: ImportError) -> &'static str {
    match error {
        ImportError::UnknownFormat => "unknown_format",
        ImportError::PasswordNeeded { .. } => "password_needed",
        ImportError::WrongPassword => "wrong_password",
        ImportError::AccountRestricted => "account_restricted",
        ImportError::DeviceOnly => "device_only",
        ImportError::UnsupportedVersion => "unsupported_version",
        ImportError::Corrupt => "corrupt",
        ImportError::TooCostly => "too_costly",
        ImportError::TooLarge => "too_large",
    }
}

fn entry(Imported { account: entry, .. }: &Imported, at: UnixTime) -> Value {
    let CodeAccount { issuer, account, spec, .. } = entry;
    let counter = match spec.mover {
        Mover::Counter { counter } => Some(counter),
        Mover::Time { .. } | Mover::Steam { .. } | Mover::Motp { .. } | Mover::Yandex { .. } => None,
    };
    json!({
        "kind": spec.mover.kind(),
        "issuer": issuer,
        "account": account,
        "algorithm": spec.hash_name(),
        "digits": spec.digits.count(),
        "period": spec.mover.period().map(|period| period.secs()),
        "counter": counter,
        "code": spec.at(entry, at).current.as_str(),
    })
}

fn entries(import: &Import, at: UnixTime) -> Vec<Value> {
    import.rows.iter().filter_map(|row| row.content.as_ref().ok()).map(|row| entry(row, at)).collect()
}

fn refused(import: &Import) -> Vec<Value> {
    let why = |row: &import::Row| {
        let why = row.content.as_ref().err()?;
        Some(json!({ "row": row.number, "name": why.name, "reason": why.reason.to_string() }))
    };
    import.rows.iter().filter_map(why).collect()
}

#[test]
fn every_export_holds_what_its_manifest_says() {
    // All that is wrong at once: a change of a reader seldom concerns one file.
    let mut wrong = Vec::new();
    for manifest in manifests() {
        let at = UnixTime::from_secs(manifest["at"].as_u64().unwrap());
        for file in manifest["files"].as_array().unwrap() {
            let name = file["file"].as_str().unwrap();
            let password = file["password"].as_str();
            let memory_mib = file["memory_mib"].as_u64().map_or(256, |mib| u32::try_from(mib).unwrap());
            let bytes = std::fs::read(folder().join(name)).unwrap();
            let mut found = match read(&bytes, password, memory_mib) {
                Ok(import) => json!({
                    "format": import.format.name(),
                    "entries": entries(&import, at),
                    "refused": refused(&import),
                    "others": import.others,
                }),
                Err(error) => json!({ "error": word(error) }),
            };
            for (member, found) in found.as_object_mut().unwrap() {
                let expected = if member == "others" && file[member].is_null() {
                    json!(0)
                } else {
                    file[member].clone()
                };
                if member == "refused" {
                    // Not every manifest says why.
                    without_unsaid_reasons(found, &expected);
                }
                if *found != expected {
                    wrong.push(format!(
                        "{name}, password {password:?}, {memory_mib} MiB: {member} is {found}, not {expected}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn without_unsaid_reasons(found: &mut Value, expected: &Value) {
    for (found, expected) in
        found.as_array_mut().into_iter().flatten().zip(expected.as_array().into_iter().flatten())
    {
        if expected["reason"].is_null() {
            found.as_object_mut().unwrap().remove("reason");
        }
    }
}

/// The exports whose reading takes no key that is slow to make: sealed ones without their password, but for those
/// that a single hash opens.
fn quick_exports() -> Vec<(Vec<u8>, Option<String>)> {
    let mut quick = Vec::new();
    for manifest in manifests() {
        for file in manifest["files"].as_array().unwrap() {
            let bytes = std::fs::read(folder().join(file["file"].as_str().unwrap())).unwrap();
            let is_hashed = HASHED.iter().any(|format| file["format"] == *format);
            quick.push((bytes, file["password"].as_str().filter(|_| is_hashed).map(str::to_owned)));
        }
    }
    quick
}

const HASHED: [&str; 5] =
    ["andotp-encrypted-old", "authenticator-plus", "raivo-zip", "totp-authenticator", "winauth-zip"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_export_panics(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..8),
    ) {
        thread_local!(static EXPORTS: Vec<(Vec<u8>, Option<String>)> = quick_exports());
        let (mut bytes, password) = EXPORTS.with(|exports| exports[which.index(exports.len())].clone());
        for (place, byte, change) in changes {
            if bytes.is_empty() {
                break;
            }
            let place = place.index(bytes.len());
            match change {
                0 => bytes[place] = byte,
                1 => bytes.truncate(place),
                2 => drop(bytes.remove(place)),
                _ => bytes.insert(place, byte),
            }
        }
        if let Ok(import) = read(&bytes, password.as_deref(), 256) {
            // What is kept gives codes at any time.
            entries(&import, UnixTime::from_secs(0));
            entries(&import, UnixTime::from_millis(u64::MAX));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&bytes, None, 256);
    }
}
