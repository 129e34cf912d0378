//! How an activation reaches the phone: the link in the QR code, and what is typed instead.

use std::fmt;

use rand_core::CryptoRng;

use crate::approval::fragment::{self, LONGEST_LINK, VERSION};
use crate::approval::{LinkRefused, Origin, crockford};
use crate::seal::sign::Thumbprint;
use crate::secret::SecretText;

/// What the QR code of an enrollment page says. All that is secret stands in the fragment, which a browser
/// sends nowhere.
#[derive(Debug)]
pub struct ActivationLink {
    /// The service.
    pub origin: Origin,
    /// What entitles to begin.
    pub code: ActivationCode,
    /// The service's key.
    pub key: Thumbprint,
}

impl ActivationLink {
    /// Whether a text is meant to be such a link.
    pub fn is_meant(text: &str) -> bool {
        fragment::is_meant(text, PATH)
    }

    /// Reads a link. Parameters it does not know are for newer apps.
    pub fn parse(text: &str) -> Result<Self, LinkRefused> {
        let (origin, [code, key]) = fragment::read(text, PATH, ["c", "k"])?;
        let code = code.and_then(ActivationCode::parse).ok_or(LinkRefused::Code)?;
        let key = key.and_then(Thumbprint::parse).ok_or(LinkRefused::Key)?;
        Ok(Self { origin, code, key })
    }

    /// Writes the link.
    pub fn print(&self) -> SecretText {
        // expose: the link is what carries the code.
        let code = self.code.0.expose();
        SecretText::new(format!("{}{PATH}v={VERSION}&c={code}&k={}", self.origin, self.key))
    }
}

/// The code of a link: 26 characters, 130 random bits, good once and for ten minutes.
pub struct ActivationCode(SecretText);

impl ActivationCode {
    /// A new one.
    pub fn make(rng: &mut dyn CryptoRng) -> Self {
        Self(crockford::make(CODE_LEN, rng))
    }

    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        crockford::read(text, CODE_LEN).map(Self)
    }

    /// The characters; the service compares their hash.
    pub const fn secret(&self) -> &SecretText {
        &self.0
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(..)")
    }
}

/// The code that is typed where nothing can be scanned: 10 characters, 50 random bits, good only with the
/// handle in the address beside it.
pub struct ManualCode(SecretText);

impl ManualCode {
    /// A new one.
    pub fn make(rng: &mut dyn CryptoRng) -> Self {
        Self(crockford::make(MANUAL_LEN, rng))
    }

    /// Reads one, with or without its hyphen.
    pub fn parse(text: &str) -> Option<Self> {
        crockford::read(text, MANUAL_LEN).map(Self)
    }

    /// In two groups, as a page shows it.
    pub fn grouped(&self) -> SecretText {
        // expose: shown to be typed.
        let (first, second) = self.0.expose().split_at_checked(MANUAL_LEN / 2).unwrap_or_default();
        SecretText::new(format!("{first}-{second}"))
    }

    /// The characters; the service compares their hash.
    pub const fn secret(&self) -> &SecretText {
        &self.0
    }
}

impl fmt::Debug for ManualCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ManualCode(..)")
    }
}

/// Names an activation in the address that is typed. It is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle(String);

impl Handle {
    /// A new one.
    pub fn make(rng: &mut dyn CryptoRng) -> Self {
        // expose: a handle is no secret.
        Self(crockford::make(HANDLE_LEN, rng).expose().to_owned())
    }

    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        // expose: a handle is no secret.
        crockford::read(text, HANDLE_LEN).map(|handle| Self(handle.expose().to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was typed instead of scanned. The service's key is pinned when it is first seen.
#[derive(Debug)]
pub struct ManualActivation {
    /// The service.
    pub origin: Origin,
    /// Which activation.
    pub handle: Handle,
    /// What entitles to begin.
    pub code: ManualCode,
}

impl ManualActivation {
    /// Reads the address and the code. An address without its `https://` is one with it.
    pub fn parse(address: &str, code: &str) -> Result<Self, LinkRefused> {
        let address = address.trim();
        if address.len() > LONGEST_LINK {
            return Err(LinkRefused::Malformed);
        }
        let (origin, rest) = if address.contains("://") {
            Origin::split(address)?
        } else {
            let (origin, _) = Origin::split(&format!("https://{address}"))?;
            (origin, address.find('/').and_then(|slash| address.get(slash..)).unwrap_or_default())
        };
        let handle = rest.strip_prefix(HANDLE_PATH).map(|rest| rest.strip_suffix('/').unwrap_or(rest));
        let handle = handle.and_then(Handle::parse).ok_or(LinkRefused::Malformed)?;
        let code = ManualCode::parse(code).ok_or(LinkRefused::Code)?;
        Ok(Self { origin, handle, code })
    }

    /// The address to be typed.
    pub fn address(origin: &Origin, handle: &Handle) -> String {
        format!("{origin}{HANDLE_PATH}{}", handle.as_str())
    }
}

const PATH: &str = "/activate#";
const HANDLE_PATH: &str = "/a/";
const CODE_LEN: usize = 26;
const MANUAL_LEN: usize = 10;
const HANDLE_LEN: usize = 6;
