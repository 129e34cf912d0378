//! What Android's keystore says about a key: the extension of its certificate, as the documentation of key
//! attestation describes it (`KeyDescription`). It is read here and judged by `android`. Members that are not
//! needed are passed over; one that is there twice is refused.

use super::Why;
use super::der::Der;

/// A key, as its keystore describes it.
#[derive(Debug)]
pub(super) struct KeyDescription<'a> {
    /// What made this statement.
    pub(super) attested_by: Level,
    /// What keeps the key.
    pub(super) kept_by: Level,
    /// What it was made for.
    pub(super) challenge: &'a [u8],
    /// What the operating system enforces.
    pub(super) software: Authorizations<'a>,
    /// What the hardware enforces.
    pub(super) hardware: Authorizations<'a>,
}

/// How well something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// By the operating system.
    Software,
    /// By the trusted execution environment.
    Tee,
    /// By a chip of its own.
    StrongBox,
}

/// What is enforced.
#[derive(Debug, Default)]
pub(super) struct Authorizations<'a> {
    pub(super) purposes: Option<Vec<i64>>,
    pub(super) algorithm: Option<i64>,
    pub(super) curve: Option<i64>,
    pub(super) nobody_is_asked: bool,
    pub(super) asks_for: Option<i64>,
    pub(super) stays_open_secs: Option<i64>,
    pub(super) every_app: bool,
    pub(super) origin: Option<i64>,
    pub(super) root_of_trust: Option<RootOfTrust>,
    pub(super) os_version: Option<i64>,
    pub(super) os_patch: Option<i64>,
    pub(super) app: Option<App<'a>>,
}

/// How the phone was started.
#[derive(Debug)]
pub(super) struct RootOfTrust {
    /// Whether another system can be put on it.
    pub(super) locked: bool,
    /// 0 if the maker's own system runs.
    pub(super) boot_state: i64,
}

/// Which app made the key.
#[derive(Debug)]
pub(super) struct App<'a> {
    pub(super) packages: Vec<&'a [u8]>,
    pub(super) signers: Vec<&'a [u8]>,
}

impl<'a> KeyDescription<'a> {
    /// Reads the extension's value.
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Why> {
        let mut whole = Der::new(value);
        let mut members = whole.sequence()?;
        whole.end()?;
        let _version = members.integer()?;
        let attested_by = Level::read(members.enumerated()?)?;
        let _keystore_version = members.integer()?;
        let kept_by = Level::read(members.enumerated()?)?;
        let challenge = members.octets()?;
        let _unique_id = members.octets()?;
        let software = Authorizations::read(members.sequence()?)?;
        let hardware = Authorizations::read(members.sequence()?)?;
        members.end()?;
        Ok(Self { attested_by, kept_by, challenge, software, hardware })
    }
}

impl Level {
    fn read(number: i64) -> Result<Self, Why> {
        match number {
            0 => Ok(Self::Software),
            1 => Ok(Self::Tee),
            2 => Ok(Self::StrongBox),
            _ => Err(Why::Unreadable),
        }
    }
}

impl<'a> Authorizations<'a> {
    fn read(mut members: Der<'a>) -> Result<Self, Why> {
        let mut found = Self::default();
        let mut numbers = Vec::new();
        while !members.is_empty() {
            let (number, mut value) = members.next_explicit()?;
            if numbers.contains(&number) || numbers.len() >= MOST_MEMBERS {
                return Err(Why::Unreadable);
            }
            numbers.push(number);
            match number {
                1 => found.purposes = Some(integers(value.set()?)?),
                2 => found.algorithm = Some(value.integer()?),
                10 => found.curve = Some(value.integer()?),
                503 => found.nobody_is_asked = true,
                504 => found.asks_for = Some(value.integer()?),
                505 => found.stays_open_secs = Some(value.integer()?),
                600 => found.every_app = true,
                702 => found.origin = Some(value.integer()?),
                704 => found.root_of_trust = Some(RootOfTrust::read(value.sequence()?)?),
                705 => found.os_version = Some(value.integer()?),
                706 => found.os_patch = Some(value.integer()?),
                709 => found.app = Some(App::read(value.octets()?)?),
                // Nothing that is judged here.
                _ => {}
            }
        }
        Ok(found)
    }
}

impl RootOfTrust {
    fn read(mut members: Der<'_>) -> Result<Self, Why> {
        let _key = members.octets()?;
        let locked = members.boolean()?;
        let boot_state = members.enumerated()?;
        // The hash of what was started follows in newer ones.
        Ok(Self { locked, boot_state })
    }
}

impl<'a> App<'a> {
    /// It is DER inside an octet string.
    fn read(octets: &'a [u8]) -> Result<Self, Why> {
        let mut whole = Der::new(octets);
        let mut members = whole.sequence()?;
        whole.end()?;
        let (mut infos, mut digests) = (members.set()?, members.set()?);
        members.end()?;
        let (mut packages, mut signers) = (Vec::new(), Vec::new());
        while !infos.is_empty() && packages.len() < MOST_MEMBERS {
            packages.push(infos.sequence()?.octets()?);
        }
        while !digests.is_empty() && signers.len() < MOST_MEMBERS {
            signers.push(digests.octets()?);
        }
        infos.end()?;
        digests.end()?;
        Ok(Self { packages, signers })
    }
}

fn integers(mut set: Der<'_>) -> Result<Vec<i64>, Why> {
    let mut all = Vec::new();
    while !set.is_empty() && all.len() < MOST_MEMBERS {
        all.push(set.integer()?);
    }
    set.end()?;
    Ok(all)
}

/// Of any list in it; today's keystores write half as many.
const MOST_MEMBERS: usize = 64;
