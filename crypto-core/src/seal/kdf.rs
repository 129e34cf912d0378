//! Argon2id (RFC 9106) for what a person types. Costs that come from a file are bounded before any memory
//! is taken for them.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::KEY_LEN;
use crate::secret::{SecretBytes, SecretText};

/// What it costs to try one passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseCost {
    /// Memory in KiB.
    #[serde(rename = "m", deserialize_with = "saturating")]
    memory_kib: u32,
    /// Passes over the memory.
    #[serde(rename = "t", deserialize_with = "saturating")]
    passes: u32,
    /// Lanes.
    #[serde(rename = "p", deserialize_with = "saturating")]
    lanes: u32,
}

impl PassphraseCost {
    /// RFC 9106, section 4, second recommended option: 64 MiB, three passes, four lanes.
    pub const DEFAULT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
    /// For devices with little memory: half of it, twice the passes.
    pub const LOW_MEMORY: Self = Self { memory_kib: 32 * 1024, passes: 6, lanes: 4 };
    /// For what a service checks, many at a time: the first choice of OWASP's password storage cheat sheet.
    pub const SERVICE: Self = Self::FLOOR;
    /// The least that is ever written or accepted.
    pub const FLOOR: Self = Self { memory_kib: MIN_MIB * 1024, passes: MIN_PASSES, lanes: 1 };

    /// Reads what is printed: `m=19456,t=2,p=1`. Whether the numbers are spelled as they are printed is for the
    /// caller to see.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (memory, rest) = text.strip_prefix("m=")?.split_once(",t=")?;
        let (passes, lanes) = rest.split_once(",p=")?;
        let number = |text: &str| text.parse().ok();
        Some(Self { memory_kib: number(memory)?, passes: number(passes)?, lanes: number(lanes)? })
    }

    /// Refuses a cost that protects nothing or that would stop this device.
    pub fn check(self) -> Result<Self, CostError> {
        if self.memory_kib > MAX_MIB * 1024 {
            return Err(CostError::TooCostly {
                needs_mib: self.memory_kib.div_ceil(1024),
                limit_mib: MAX_MIB,
            });
        }
        if self.passes > MAX_PASSES || self.lanes > MAX_LANES {
            return Err(CostError::OutOfRange);
        }
        if self.memory_kib < MIN_MIB * 1024 || self.passes < MIN_PASSES || self.lanes == 0 {
            return Err(CostError::TooWeak);
        }
        Ok(self)
    }
}

impl fmt::Display for PassphraseCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory_kib, passes, lanes } = self;
        write!(f, "m={memory_kib},t={passes},p={lanes}")
    }
}

/// Turns a passphrase into a key that opens a slot. The passphrase is taken as typed, in NFC.
pub fn stretch(passphrase: &SecretText, salt: &[u8], cost: PassphraseCost) -> Result<SecretBytes, CostError> {
    let cost = cost.check()?;
    if salt.len() < MIN_SALT {
        return Err(CostError::TooWeak);
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(KEY_LEN))
        .map_err(|_| CostError::OutOfRange)?;
    // expose: this is where the passphrase is used.
    let typed: Zeroizing<String> = Zeroizing::new(passphrase.expose().nfc().collect());
    let mut key = vec![0; KEY_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(typed.as_bytes(), salt, &mut key)
        .map_err(|_| CostError::OutOfRange)?;
    Ok(SecretBytes::new(key))
}

/// A number too large to be counted in 32 bits is too large a cost, and no damage.
fn saturating<'de, D: Deserializer<'de>>(source: D) -> Result<u32, D::Error> {
    u64::deserialize(source).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

const MIN_MIB: u32 = 19;
const MAX_MIB: u32 = 256;
const MIN_PASSES: u32 = 2;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 8;
const MIN_SALT: usize = 16;

/// Why a cost is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CostError {
    /// The file needs more memory than is ever taken for it; usually a damaged or hostile file.
    #[error("this needs {needs_mib} MiB of memory, more than the {limit_mib} MiB that are allowed")]
    TooCostly {
        /// What the file asks for.
        needs_mib: u32,
        /// What is allowed.
        limit_mib: u32,
    },
    /// The file asks for more passes or lanes than any app writes.
    #[error("the cost is out of range")]
    OutOfRange,
    /// The file is protected by less than the floor.
    #[error("the protection is weaker than the least that is accepted")]
    TooWeak,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_costs_are_refused_before_memory_is_taken() {
        let four_gib = PassphraseCost { memory_kib: 4 * 1024 * 1024, ..PassphraseCost::DEFAULT };
        let error = stretch(&SecretText::new("x".into()), &[0; 16], four_gib).err();
        assert_eq!(error, Some(CostError::TooCostly { needs_mib: 4096, limit_mib: 256 }));
        let passes = PassphraseCost { passes: 17, ..PassphraseCost::DEFAULT };
        assert_eq!(passes.check(), Err(CostError::OutOfRange));
        let lanes = PassphraseCost { lanes: 0, ..PassphraseCost::DEFAULT };
        assert_eq!(lanes.check(), Err(CostError::TooWeak));
        let lanes = PassphraseCost { lanes: 9, ..PassphraseCost::DEFAULT };
        assert_eq!(lanes.check(), Err(CostError::OutOfRange));
        let beyond: PassphraseCost =
            serde_json::from_str(r#"{"m":1099511627776,"t":3,"p":4}"#).expect("a number is a number");
        assert!(
            matches!(beyond.check(), Err(CostError::TooCostly { .. })),
            "it asks for too much, and is whole"
        );
    }

    #[test]
    fn weak_costs_and_short_salts_are_refused() {
        let one_pass = PassphraseCost { passes: 1, ..PassphraseCost::DEFAULT };
        assert_eq!(one_pass.check(), Err(CostError::TooWeak));
        let little = PassphraseCost { memory_kib: 18 * 1024, ..PassphraseCost::DEFAULT };
        assert_eq!(little.check(), Err(CostError::TooWeak));
        let salt = stretch(&SecretText::new("x".into()), &[0; 15], PassphraseCost::FLOOR).err();
        assert_eq!(salt, Some(CostError::TooWeak));
        for cost in [PassphraseCost::DEFAULT, PassphraseCost::LOW_MEMORY, PassphraseCost::FLOOR] {
            assert_eq!(cost.check(), Ok(cost));
        }
    }

    #[test]
    fn a_passphrase_fits_in_either_unicode_form() {
        let key = |text: &str| stretch(&SecretText::new(text.into()), &[1; 16], PassphraseCost::FLOOR);
        let composed = key("sm\u{f6}rg\u{e5}sbord").expect("derives");
        let decomposed = key("smo\u{308}rga\u{30a}sbord").expect("derives");
        assert!(composed.ct_eq(&decomposed));
        assert!(!composed.ct_eq(&key("smorgasbord").expect("derives")));
    }
}
