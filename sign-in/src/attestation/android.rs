//! Android key attestation, judged by the rules of its documentation and of Google's own verifier: every
//! signature up to a root counts, and every date but that of the first certificate, which the phone writes by
//! its own clock. Older phones do not say that their issuers may issue. That does no harm here, because the
//! only keys of a chain that an app can sign with are attested ones, and a chain in which an attested key
//! signed another certificate has its description in the wrong place.

use crypto_core::approval::answer::DeviceKeys;
use crypto_core::seal::sign::PublicKey;
use crypto_core::time::UnixTime;
use x509_parser::der_parser::{Oid, oid};

use super::chain::{self, Rules};
use super::key_description::{KeyDescription, Level};
use super::{Android, Place, System, Why};

impl Android {
    /// Judges the chains of both keys.
    pub(super) fn judge(
        &self,
        pop: &[Vec<u8>],
        uv: &[Vec<u8>],
        keys: &DeviceKeys,
        challenge: &[Vec<u8>],
        now: UnixTime,
    ) -> Result<(Place, System), Why> {
        let (pop, _) = self.judge_key(pop, keys.pop(), challenge, Asks::Nobody, now)?;
        let (uv, system) = self.judge_key(uv, keys.uv(), challenge, Asks::ThePerson, now)?;
        Ok((pop.min(uv), system))
    }

    pub(super) fn judge_key(
        &self,
        chain: &[Vec<u8>],
        key: &PublicKey,
        challenge: &[Vec<u8>],
        asks: Asks,
        now: UnixTime,
    ) -> Result<(Place, System), Why> {
        let chain = chain::read(chain)?;
        chain::verify(&chain, &self.roots, self.revoked.as_ref(), RULES, now)?;
        let (leaf, others) = chain.split_first().ok_or(Why::Chain)?;
        // One that stands nearer to the root was extended by whoever holds an attested key.
        let described = |one: &&_| chain::has_extension(one, &KEY_DESCRIPTION);
        if others.iter().find(described).is_some() {
            return Err(Why::Chain);
        }
        let value = chain::extension(leaf, &KEY_DESCRIPTION).ok_or(Why::Unreadable)?;
        let description = KeyDescription::read(value)?;
        if !chain::is_about(leaf, key) {
            return Err(Why::OtherKey);
        }
        if !challenge.iter().any(|form| form == description.challenge) {
            return Err(Why::Challenge);
        }
        let place = description.place()?;
        self.check_app(&description)?;
        description.check_boot()?;
        description.check_use()?;
        if asks == Asks::ThePerson {
            description.check_person()?;
        }
        let hardware = &description.hardware;
        Ok((place, System { version: hardware.os_version, patch: hardware.os_patch }))
    }

    /// A key that every app may use is nobody's, and the name alone can be taken by anybody: what counts is
    /// who signed the app.
    fn check_app(&self, description: &KeyDescription<'_>) -> Result<(), Why> {
        if description.software.every_app || description.hardware.every_app {
            return Err(Why::App);
        }
        // The system knows which app asks; the hardware does not.
        let app = description.software.app.as_ref().ok_or(Why::App)?;
        let ours = app.packages == [self.package.as_bytes()]
            && !app.signers.is_empty()
            && app.signers.iter().all(|digest| self.signers.iter().any(|known| known == digest));
        if ours { Ok(()) } else { Err(Why::App) }
    }
}

/// Whom a key asks before it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    Nobody,
    ThePerson,
}

impl KeyDescription<'_> {
    /// The weaker of what keeps the key and what says so.
    fn place(&self) -> Result<Place, Why> {
        match (self.attested_by, self.kept_by) {
            (Level::StrongBox, Level::StrongBox) => Ok(Place::StrongBox),
            (Level::Tee | Level::StrongBox, Level::Tee | Level::StrongBox) => Ok(Place::Tee),
            (Level::Software, _) | (_, Level::Software) => Err(Why::Software),
        }
    }

    fn check_boot(&self) -> Result<(), Why> {
        match &self.hardware.root_of_trust {
            Some(root) if root.locked && root.boot_state == VERIFIED => Ok(()),
            _ => Err(Why::Boot),
        }
    }

    /// A P-256 key that the hardware made, for signatures only.
    fn check_use(&self) -> Result<(), Why> {
        let hardware = &self.hardware;
        let made_here = hardware.origin == Some(GENERATED);
        let signs = hardware.purposes.as_deref() == Some(&[SIGN]);
        let on_curve = hardware.algorithm == Some(EC) && hardware.curve.is_none_or(|curve| curve == P_256);
        if made_here && signs && on_curve { Ok(()) } else { Err(Why::Usage) }
    }

    /// A fingerprint, a face or the screen lock for each signature, enforced by the hardware.
    fn check_person(&self) -> Result<(), Why> {
        let hardware = &self.hardware;
        let asks = hardware.asks_for.is_some_and(|kinds| kinds != 0);
        let each_time = hardware.stays_open_secs.is_none_or(|secs| secs == 0);
        let nobody = hardware.nobody_is_asked || self.software.nobody_is_asked;
        if asks && each_time && !nobody { Ok(()) } else { Err(Why::Person) }
    }
}

const RULES: Rules = Rules { leaf_dates: false, issuers_say_so: false };

pub(super) const KEY_DESCRIPTION: Oid<'static> = oid!(1.3.6.1.4.1.11129.2.1.17);

/// `KM_PURPOSE_SIGN`
const SIGN: i64 = 2;
/// `KM_ALGORITHM_EC`
const EC: i64 = 3;
/// `KM_EC_CURVE_P_256`; keystores before version 2 say it by the key's size.
const P_256: i64 = 1;
/// `KM_ORIGIN_GENERATED`
const GENERATED: i64 = 0;
/// `VerifiedBootState`
const VERIFIED: i64 = 0;
