//! What would become of each account of a backup or file, before anything is changed, and then doing it. It adds
//! and never removes; the same account is not added twice, and of two keys under one name both are kept.
//!
//! A counter stands at the higher of its two values and is not moved ahead of both. A service looks only a few
//! codes ahead (RFC 4226, section 7.4) and takes none of the past: an account that is behind is refused a few times
//! and catches up, one that is too far ahead is locked out for good.

use std::collections::{HashMap, HashSet};

use rand_core::CryptoRng;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::import::{Imported, Row};
use super::{Contents, Line, Outcome, Reason, Receipt, Summary, drill};
use crate::codes::{CodeSpec, Mover};
use crate::secret::SecretText;
use crate::time::UnixTime;
use crate::vault::{Body, Entry, EntryId, Group, MAX_ENTRIES, Series, Vault, check_name, same_codes};

/// What is to be taken in, and what would become of it.
#[derive(Debug)]
pub struct Plan {
    rows: Vec<Planned>,
    members: Map<String, Value>,
    series: Option<Series>,
    receipt: Receipt,
}

/// A row of the file: an account, or the line that says why there is none.
#[derive(Debug)]
enum Planned {
    Account { number: usize, entry: Box<Entry> },
    None(Line),
}

impl Plan {
    /// What would become of each account, as of the vault it was planned for. The receipt of doing it is the same
    /// unless the vault has changed, and says of what was added which it is.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    fn new(rows: Vec<Planned>, members: Map<String, Value>, vault: &Vault) -> Self {
        let receipt = receipt(&rows, &decide(vault, &rows), vault);
        Self { rows, members, series: None, receipt }
    }

    /// The rows of this file and those of a later one as one plan: they count on, and an account that is in both is
    /// taken in once.
    pub fn and(mut self, later: Self, vault: &Vault) -> Self {
        let so_far = self.receipt.lines.iter().map(|line| line.number).max().unwrap_or(0);
        self.rows.extend(later.rows.into_iter().map(|row| match row {
            Planned::Account { number, entry } => Planned::Account { number: so_far + number, entry },
            Planned::None(line) => Planned::None(Line { number: so_far + line.number, ..line }),
        }));
        for (name, value) in later.members {
            self.members.entry(name).or_insert(value);
        }
        let series = self.series.or(later.series);
        Self { series, ..Self::new(self.rows, self.members, vault) }
    }

    /// What further generations of the backup are sealed with, for a device that takes it over with its passphrase
    /// and its code. A device beside which the old one goes on begins its own.
    pub fn take_series(&mut self) -> Option<Series> {
        self.series.take()
    }

    /// The accounts with what would become of them, for a preview of their codes.
    pub fn accounts(&self) -> impl Iterator<Item = (&Entry, &Outcome)> {
        self.rows.iter().zip(&self.receipt.lines).filter_map(|(row, line)| match row {
            Planned::Account { entry, .. } => Some((entry.as_ref(), &line.outcome)),
            Planned::None(_) => None,
        })
    }
}

/// Plans restoring a backup. That it is of this type of device was found when it was opened.
pub fn plan(contents: Contents, vault: &Vault) -> Plan {
    let Contents { entries, members, series, .. } = contents;
    let account = |(index, entry)| Planned::Account { number: index + 1, entry: Box::new(entry) };
    let rows = entries.into_iter().enumerate().map(account).collect();
    Plan { series: Some(series), ..Plan::new(rows, members, vault) }
}

/// Plans importing the rows of another app's file.
pub fn plan_import(rows: Vec<Row>, now: UnixTime, vault: &Vault, rng: &mut dyn CryptoRng) -> Plan {
    let planned = |Row { number, content }| match content {
        Ok(imported) => Planned::Account { number, entry: Box::new(imported_entry(imported, now, rng)) },
        Err(refused) => Planned::None(Line {
            number,
            issuer: String::new(),
            account: refused.name,
            outcome: Outcome::Left(Reason::Row(refused.reason)),
            id: None,
        }),
    };
    Plan::new(rows.into_iter().map(planned).collect(), Map::new(), vault)
}

/// A backup of which a newer generation is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Older {
    /// The newest generation that is known.
    pub known: u64,
    /// The generation of this one.
    pub this: u64,
}

/// Whether a newer generation is known than `contents`: among the files of its place, or by the vault itself. If so the
/// person is asked before it is restored. A vault that was saved since and has nothing else in it knows of none: no
/// other was written.
pub fn older(contents: &Contents, others: &[Summary], vault: &Vault) -> Option<Older> {
    let this = &contents.summary;
    let same_series = others.iter().filter(|other| other.id == this.id).map(|other| other.generation);
    let own =
        vault.backup().filter(|series| *series.id() == this.id && !drill(contents, vault).is_all(contents));
    let own = own.and(vault.backup_generation());
    let known = same_series.chain(own).max()?;
    (known > this.generation).then_some(Older { known, this: this.generation })
}

impl Vault {
    /// Takes in what was planned. What becomes of each account is decided anew, so that a vault that changed in
    /// between loses nothing.
    pub fn apply(&mut self, plan: Plan, rng: &mut dyn CryptoRng) -> Receipt {
        let fates = decide(self, &plan.rows);
        let mut receipt = receipt(&plan.rows, &fates, self);
        let mut ids: HashSet<EntryId> = self.entries().iter().map(|entry| entry.id.clone()).collect();
        let mut added = HashMap::new();
        let mut lines = receipt.lines.iter_mut();
        for (index, (row, fate)) in plan.rows.into_iter().zip(fates).enumerate() {
            let line = lines.next();
            let Planned::Account { mut entry, .. } = row else { continue };
            let mut is = None;
            match fate {
                Fate::Add { .. } => {
                    if !entry.id.is_usual() || ids.contains(&entry.id) {
                        entry.id = EntryId::make(rng);
                    }
                    ids.insert(entry.id.clone());
                    is = Some(entry.id.clone());
                    added.insert(index, self.entries().len());
                    self.insert(*entry).expect("`decide` saw to its names and that there is room");
                }
                Fate::Same { place } | Fate::Raise { place, .. } => {
                    let place = match place {
                        Place::Vault(place) => Some(place),
                        Place::Row(row) => added.get(&row).copied(),
                    };
                    if let (Some(place), Fate::Raise { counter, .. }) = (place, fate) {
                        self.raise_counter(place, counter);
                    }
                    is = place.and_then(|place| self.entries().get(place)).map(|entry| entry.id.clone());
                }
                Fate::Left(_) => {}
            }
            if let Some(line) = line {
                line.id = is;
            }
        }
        self.keep_members_of_backup(plan.members);
        receipt
    }
}

/// What is to become of one account.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Add { beside: bool },
    Same { place: Place },
    Raise { place: Place, counter: u64 },
    Left(Why),
}

#[derive(Debug, Clone, Copy)]
enum Why {
    InTrash,
    Full,
    NameTooLong,
}

/// An account that is there: in the vault, or in an earlier row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Vault(usize),
    Row(usize),
}

fn decide(vault: &Vault, rows: &[Planned]) -> Vec<Fate> {
    let mut there: HashMap<(&str, &str), Vec<(Place, &Entry)>> = HashMap::new();
    for (place, entry) in vault.entries().iter().enumerate() {
        there.entry(names(entry)).or_default().push((Place::Vault(place), entry));
    }
    let mut room = MAX_ENTRIES.saturating_sub(vault.entries().len());
    let mut raised: HashMap<Place, u64> = HashMap::new();
    let mut fate_of = |entry: &Entry, namesakes: &[(Place, &Entry)]| {
        let alike = |&&(_, other): &&(Place, &Entry)| is_same_account(entry, other);
        let live = |other: &Entry| other.removed_at.is_none();
        if let Some(&(place, other)) = namesakes.iter().filter(|(_, other)| live(other)).find(alike) {
            let stands = raised.get(&place).copied().or_else(|| counter(other));
            return match counter(entry) {
                Some(counter) if stands.is_some_and(|stands| counter > stands) => {
                    raised.insert(place, counter);
                    Fate::Raise { place, counter }
                }
                Some(_) | None => Fate::Same { place },
            };
        }
        if namesakes.iter().any(|there| alike(&there)) {
            return Fate::Left(Why::InTrash);
        }
        if check_name(&entry.issuer).and(check_name(&entry.account)).is_err() {
            return Fate::Left(Why::NameTooLong);
        }
        if room == 0 {
            return Fate::Left(Why::Full);
        }
        room -= 1;
        Fate::Add { beside: namesakes.iter().any(|(_, other)| live(other)) }
    };
    let mut fates = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        // Rows without an account have their line already; what stands here is not looked at.
        let Planned::Account { entry, .. } = row else {
            fates.push(Fate::Left(Why::Full));
            continue;
        };
        let namesakes = there.entry(names(entry)).or_default();
        let fate = fate_of(entry, namesakes);
        if matches!(fate, Fate::Add { .. }) {
            namesakes.push((Place::Row(index), entry));
        }
        fates.push(fate);
    }
    fates
}

/// What accounts are found by. Organisations share their name more often than their address.
fn names(entry: &Entry) -> (&str, &str) {
    let origin = entry.work().and_then(|work| work.issuer.as_ref());
    (origin.map_or(entry.issuer.as_str(), |origin| origin.as_str()), &entry.account)
}

/// Whether two accounts of the same names are one.
fn is_same_account(one: &Entry, other: &Entry) -> bool {
    match (&one.body, &other.body) {
        (Body::Code { .. }, Body::Code { .. }) => {
            one.code().zip(other.code()).is_some_and(|((key, spec), (of_other, other_spec))| {
                same_codes(spec, other_spec) && key.ct_eq(of_other)
            })
        }
        (Body::Work(_), Body::Work(_)) => true,
        (Body::Unknown { kind, secret }, Body::Unknown { kind: of_other, secret: other }) => {
            kind == of_other && same_text(secret.as_ref(), other.as_ref())
        }
        _ => false,
    }
}

fn same_text(one: Option<&SecretText>, other: Option<&SecretText>) -> bool {
    match (one, other) {
        // expose: compared.
        (Some(one), Some(other)) => one.expose().as_bytes().ct_eq(other.expose().as_bytes()).into(),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn counter(entry: &Entry) -> Option<u64> {
    match &entry.body {
        Body::Code { spec: CodeSpec { mover: Mover::Counter { counter }, .. }, .. } => Some(*counter),
        Body::Code { .. } | Body::Work(_) | Body::Unknown { .. } => None,
    }
}

fn receipt(rows: &[Planned], fates: &[Fate], vault: &Vault) -> Receipt {
    let line = |(row, fate): (&Planned, &Fate)| match row {
        Planned::None(line) => line.clone(),
        Planned::Account { number, entry } => Line {
            number: *number,
            issuer: entry.issuer.clone(),
            account: entry.account.clone(),
            outcome: outcome(entry, *fate),
            id: id_there(*fate, vault),
        },
    };
    Receipt { lines: rows.iter().zip(fates).map(line).collect() }
}

/// Of what the vault has already.
fn id_there(fate: Fate, vault: &Vault) -> Option<EntryId> {
    match fate {
        Fate::Same { place: Place::Vault(place) } | Fate::Raise { place: Place::Vault(place), .. } => {
            vault.entries().get(place).map(|entry| entry.id.clone())
        }
        Fate::Same { place: Place::Row(_) }
        | Fate::Raise { place: Place::Row(_), .. }
        | Fate::Add { .. }
        | Fate::Left(_) => None,
    }
}

fn outcome(entry: &Entry, fate: Fate) -> Outcome {
    match fate {
        Fate::Add { .. } if entry.work().is_some() => Outcome::SignInAgain,
        Fate::Add { beside } => Outcome::Added { beside, may_be_behind: counter(entry).is_some() },
        Fate::Same { .. } => Outcome::Merged { counter_raised: false },
        Fate::Raise { .. } => Outcome::Merged { counter_raised: true },
        Fate::Left(Why::InTrash) => Outcome::Left(Reason::InTrash),
        Fate::Left(Why::Full) => Outcome::Left(Reason::Full),
        Fate::Left(Why::NameTooLong) => Outcome::Left(Reason::NameTooLong),
    }
}

fn imported_entry(imported: Imported, now: UnixTime, rng: &mut dyn CryptoRng) -> Entry {
    let Imported { account, note, group } = imported;
    Entry {
        id: EntryId::make(rng),
        group: group.unwrap_or(Group::Other),
        issuer: account.issuer,
        account: account.account,
        note,
        added_at: now,
        removed_at: None,
        body: Body::Code { secret: account.secret, pin: account.pin, spec: account.spec },
        members: Map::new(),
    }
}
