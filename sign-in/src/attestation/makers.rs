//! Whom this service believes: the roots of both makers, and which app is ours.

use std::collections::HashSet;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;

use super::Root;

/// Whom this service believes about where keys are kept.
#[derive(Debug, Clone)]
pub struct Makers {
    /// For Android phones.
    pub android: Android,
    /// For Apple's.
    pub apple: Apple,
}

/// What an Android phone's attestation is judged by.
#[derive(Debug, Clone)]
pub struct Android {
    /// Google's roots.
    pub roots: Vec<Root>,
    /// The certificates that Google took back; without such a list nothing is judged.
    pub revoked: Option<Revoked>,
    /// The app's package name.
    pub package: String,
    /// The SHA-256 hashes of the certificates that the app may be signed with.
    pub signers: Vec<[u8; 32]>,
}

/// What an attestation of App Attest is judged by.
#[derive(Debug, Clone)]
pub struct Apple {
    /// Apple's root for App Attest.
    pub roots: Vec<Root>,
    /// The app's ids: team, dot, bundle.
    pub apps: Vec<String>,
    /// Whether an app that was put on the phone by its developers counts.
    pub development: bool,
}

impl Default for Makers {
    /// The makers' own roots, and no app.
    fn default() -> Self {
        let built_in = |pem: &str| roots(pem).expect("what is part of the program is read by its tests");
        Self {
            android: Android {
                roots: built_in(include_str!("roots/google.pem")),
                revoked: None,
                package: PACKAGE.to_owned(),
                signers: Vec::new(),
            },
            apple: Apple {
                roots: built_in(include_str!("roots/apple.pem")),
                apps: Vec::new(),
                development: false,
            },
        }
    }
}

impl Makers {
    /// Whether an Android phone's attestation means anything here.
    pub const fn can_judge_android(&self) -> bool {
        !self.android.signers.is_empty() && self.android.revoked.is_some()
    }

    /// Whether an attestation of App Attest does.
    pub const fn can_judge_apple(&self) -> bool {
        !self.apple.apps.is_empty()
    }
}

/// The certificates that a maker took back, by serial number.
#[derive(Debug, Clone, Default)]
pub struct Revoked(HashSet<String>);

impl Revoked {
    /// Reads Google's status list. Whatever stands in it is not believed, taken back or only suspended.
    pub fn from_json(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct List {
            entries: serde_json::Map<String, serde_json::Value>,
        }
        let list: List = serde_json::from_str(text).ok()?;
        let serials = list.entries.keys().map(|serial| {
            let hex = serial.bytes().all(|byte| byte.is_ascii_hexdigit());
            hex.then(|| serial.trim_start_matches('0').to_ascii_lowercase())
        });
        serials.collect::<Option<_>>().map(Self)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn has(&self, serial: &[u8]) -> bool {
        use std::fmt::Write as _;
        if self.0.is_empty() {
            return false;
        }
        let mut hex = String::with_capacity(serial.len() * 2);
        for byte in serial {
            // Writing to a text does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        self.0.contains(hex.trim_start_matches('0'))
    }
}

/// Roots from a file: certificates in PEM, or a list of such texts in JSON, which is how Google publishes
/// them. None if there is none in it, or one that cannot be used.
pub fn roots(text: &str) -> Option<Vec<Root>> {
    let texts: Vec<String> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).ok()?
    } else {
        vec![text.to_owned()]
    };
    let mut roots = Vec::new();
    for text in &texts {
        for der in CertificateDer::pem_slice_iter(text.as_bytes()) {
            roots.push(Root::new(der.ok()?.to_vec())?);
        }
    }
    (!roots.is_empty()).then_some(roots)
}

/// The SHA-256 hash of a signing certificate as tools print it: 64 hexadecimal digits, colons or none.
pub fn signer(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text.bytes().filter(|&byte| byte != b':').collect();
    let mut hash = [0; 32];
    // A sign is no digit, which the parser of numbers would take.
    if digits.len() != 2 * hash.len() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// The app's name on Android.
const PACKAGE: &str = "app.countersign";
