//! Attestation (S-06): what the maker of a phone says about where a device's keys are kept, and what that is
//! worth. Android's keystore shows a chain of certificates for each key; App Attest shows that this app, on
//! Apple's hardware, names both. Nothing here asks the network: roots and revocations are files.
//!
//! ```text
//! what was shown ──▶ android | apple ──▶ Verdict ──policy──▶ Attested, stored and shown
//!                         └──▶ chain (whose certificates), key_description, app_attest (what they say)
//! ```

mod android;
mod app_attest;
mod chain;
mod der;
mod key_description;
mod makers;
mod weigh;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use crypto_core::approval::Nonce;
use crypto_core::approval::activation::Attestation;
use crypto_core::approval::answer::DeviceKeys;
use crypto_core::time::UnixTime;
use serde::{Deserialize, Serialize};

pub use self::chain::Root;
pub use self::makers::{Android, Apple, Makers, Revoked, roots, signer};
pub(crate) use self::weigh::About;

/// What is known of where a device's keys are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attested {
    /// The device showed nothing, or the policy did not ask.
    No,
    /// It showed something that this service has not been set up to judge.
    Unverified,
    /// It showed something that does not hold.
    Failed(Why),
    /// Its maker vouches for both keys.
    Hardware(Place),
}

/// What keeps a device's keys; of two keys, the weaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The trusted execution environment of an Android phone.
    Tee,
    /// A security chip of its own in an Android phone.
    StrongBox,
    /// The Secure Enclave, as this app on Apple's hardware says.
    AppAttest,
}

/// Why an attestation does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It cannot be read; usually another version of the app.
    #[error("it cannot be read")]
    Unreadable,
    /// A signature is wrong, or none of the maker's roots is at the end of it.
    #[error("it does not lead to one of the maker's roots")]
    Chain,
    /// A certificate is not valid at this time.
    #[error("a certificate is not valid at this time")]
    Expired,
    /// The maker took a certificate back: usually a model whose keys have leaked.
    #[error("the maker took a certificate back")]
    Revoked,
    /// It was made for something else; usually replayed.
    #[error("it is not for this activation")]
    Challenge,
    /// It is about other keys.
    #[error("it is about other keys")]
    OtherKey,
    /// The keys are kept by software.
    #[error("the keys are kept by software")]
    Software,
    /// A key was brought in from outside, or is good for more than signing.
    #[error("a key was not made for this only")]
    Usage,
    /// The phone was started with a system that its maker did not sign, or it is unlocked.
    #[error("the phone's system is not its maker's")]
    Boot,
    /// Another app made them, or this app signed by somebody else.
    #[error("another app made the keys")]
    App,
    /// The key for approvals does not ask for the person at each signature.
    #[error("the key for approvals does not ask for the person")]
    Person,
    /// The phone's system is older than when it was added.
    #[error("the phone's system is older than it was")]
    Older,
}

impl Why {
    const ALL: [Self; 12] = [
        Self::Unreadable,
        Self::Chain,
        Self::Expired,
        Self::Revoked,
        Self::Challenge,
        Self::OtherKey,
        Self::Software,
        Self::Usage,
        Self::Boot,
        Self::App,
        Self::Person,
        Self::Older,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "failed_unreadable",
            Self::Chain => "failed_chain",
            Self::Expired => "failed_expired",
            Self::Revoked => "failed_revoked",
            Self::Challenge => "failed_challenge",
            Self::OtherKey => "failed_other_key",
            Self::Software => "failed_software",
            Self::Usage => "failed_usage",
            Self::Boot => "failed_boot",
            Self::App => "failed_app",
            Self::Person => "failed_person",
            Self::Older => "failed_older",
        }
    }
}

impl Attested {
    /// As it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Unverified => "unverified",
            Self::Failed(why) => why.word(),
            Self::Hardware(Place::Tee) => "tee",
            Self::Hardware(Place::StrongBox) => "strongbox",
            Self::Hardware(Place::AppAttest) => "app_attest",
        }
    }

    /// Reads it again.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::No,
            Self::Unverified,
            Self::Hardware(Place::Tee),
            Self::Hardware(Place::StrongBox),
            Self::Hardware(Place::AppAttest),
        ]
        .into_iter()
        .chain(Why::ALL.map(Self::Failed))
        .find(|value| value.word() == word)
    }

    /// What an approval by such a device is called (RFC 8176).
    pub(crate) const fn method_word(self) -> &'static str {
        if self.is_hardware() { "hwk" } else { "swk" }
    }

    /// Whether the maker vouches for both keys.
    pub const fn is_hardware(self) -> bool {
        matches!(self, Self::Hardware(_))
    }
}

/// The system that an Android phone ran when it was attested.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// Its version, `160000` for 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Its security patches, `202611` for November 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<i64>,
}

impl System {
    const fn is_older_than(self, other: Self) -> bool {
        const fn less(one: Option<i64>, other: Option<i64>) -> bool {
            matches!((one, other), (Some(one), Some(other)) if one < other)
        }
        less(self.version, other.version) || less(self.patch, other.patch)
    }
}

/// What an attestation comes to, before the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What is known of the keys.
    pub attested: Attested,
    /// The phone's system, where it is known.
    pub system: Option<System>,
}

/// Nothing was shown, or nobody asked.
pub(crate) const NOTHING: Verdict = Verdict { attested: Attested::No, system: None };

impl Verdict {
    /// The same for a device that had this system: an older one brings back what its patches had mended.
    pub(crate) fn not_older_than(self, before: Option<System>) -> Self {
        match (self.attested, self.system, before) {
            (Attested::Hardware(_), Some(system), Some(before)) if system.is_older_than(before) => {
                Self { attested: Attested::Failed(Why::Older), ..self }
            }
            _ => self,
        }
    }
}

impl Makers {
    /// Judges what a device showed of its keys. `challenge` is what this service gave for them.
    pub(crate) fn judge(
        &self,
        shown: &Attestation,
        keys: &DeviceKeys,
        challenge: &Nonce,
        now: UnixTime,
    ) -> Verdict {
        let found = match shown {
            Attestation::None {} => return NOTHING,
            Attestation::AndroidKey { pop_x5c, uv_x5c } => {
                self.judge_android([pop_x5c, uv_x5c], keys, challenge, now)
            }
            Attestation::AppleAppAttest { object, key_id } => {
                self.judge_apple(object, key_id, keys, challenge, now)
            }
        };
        let (attested, system) = found.unwrap_or_else(|why| (Attested::Failed(why), None));
        Verdict { attested, system }
    }

    fn judge_android(
        &self,
        chains: [&[String]; 2],
        keys: &DeviceKeys,
        challenge: &Nonce,
        now: UnixTime,
    ) -> Result<(Attested, Option<System>), Why> {
        if !self.can_judge_android() {
            return Ok((Attested::Unverified, None));
        }
        let [pop, uv] = chains;
        let (pop, uv, challenge) = (chain_of(pop)?, chain_of(uv)?, forms(challenge)?);
        let (place, system) = self.android.judge(&pop, &uv, keys, &challenge, now)?;
        Ok((Attested::Hardware(place), Some(system)))
    }

    fn judge_apple(
        &self,
        object: &str,
        key_id: &str,
        keys: &DeviceKeys,
        challenge: &Nonce,
        now: UnixTime,
    ) -> Result<(Attested, Option<System>), Why> {
        if !self.can_judge_apple() {
            return Ok((Attested::Unverified, None));
        }
        let data = app_attest::client_data(challenge, keys)?;
        self.apple.judge(&bytes(object)?, &bytes(key_id)?, &data, now)?;
        Ok((Attested::Hardware(Place::AppAttest), None))
    }
}

/// Our challenge as a phone may have it: the text, as the app hands it on, or the 32 bytes that it stands for.
fn forms(challenge: &Nonce) -> Result<[Vec<u8>; 2], Why> {
    Ok([challenge.as_str().as_bytes().to_vec(), bytes(challenge.as_str())?])
}

fn chain_of(texts: &[String]) -> Result<Vec<Vec<u8>>, Why> {
    if texts.len() > MOST_CERTIFICATES {
        return Err(Why::Unreadable);
    }
    texts.iter().map(|text| bytes(text)).collect()
}

/// Base64. JOSE and Apple write such bytes in the standard alphabet with padding, this protocol in that of
/// the URL without; both mean the same bytes.
fn bytes(text: &str) -> Result<Vec<u8>, Why> {
    let standard = text.contains(['+', '/']);
    if standard { STANDARD.decode(text) } else { URL_SAFE.decode(text) }.map_err(|_| Why::Unreadable)
}

const PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDING);

/// In a chain; those of phones have up to five.
const MOST_CERTIFICATES: usize = 8;

#[cfg(test)]
pub(crate) mod tests;
