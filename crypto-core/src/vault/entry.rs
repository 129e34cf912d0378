//! One account in the vault, and its JSON in the sealed file. Members and kinds that this version does not
//! know are kept and written back.

use std::fmt;

use rand_core::CryptoRng;
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::work::{Enrolled, Work, WorkMember};
use crate::codes::{Algorithm, CodeSpec, Digits, Key, Mover, base32};
use crate::seal;
use crate::secret::{SecretBytes, SecretText};
use crate::time::{Period, UnixTime};

/// The random identity of an account: never its name, so that two accounts of one name stay two.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(String);

impl EntryId {
    /// A new one: 128 random bits.
    pub fn make(rng: &mut dyn CryptoRng) -> Self {
        Self(data_encoding::HEXLOWER.encode(&seal::make_public::<16>(rng)))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one that [`make`](Self::make) could have made.
    pub(crate) fn is_usual(&self) -> bool {
        self.0.len() == 32 && self.0.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryId({})", self.0)
    }
}

/// The heading an account stands under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// An organisation's account.
    Work,
    /// A personal account.
    Personal,
    /// Everything else.
    Other,
}

/// One account.
#[derive(Debug)]
pub struct Entry {
    /// Its identity.
    pub id: EntryId,
    /// The heading it stands under.
    pub group: Group,
    /// The site or organisation.
    pub issuer: String,
    /// The user name there.
    pub account: String,
    /// The person's own note.
    pub note: String,
    /// When it came into the vault.
    pub added_at: UnixTime,
    /// When it went into the trash, if it is there.
    pub removed_at: Option<UnixTime>,
    /// What it holds.
    pub body: Body,
    /// Members of a newer version.
    pub(crate) members: Map<String, Value>,
}

/// What an account holds.
#[derive(Debug)]
pub enum Body {
    /// A key that makes codes.
    Code {
        /// The shared key.
        secret: SecretBytes,
        /// The PIN beside it, for kinds that have one.
        pin: Option<SecretText>,
        /// How codes are made of it.
        spec: CodeSpec,
    },
    /// A device of an account at a service.
    Work(Box<Work>),
    /// A kind of a newer version.
    Unknown {
        /// Its name.
        kind: String,
        /// Its key, as it was written.
        secret: Option<SecretText>,
    },
}

impl Entry {
    /// The key and how codes are made of it; none where there are no codes, and for kinds of a newer version.
    pub fn code(&self) -> Option<(Key<'_>, &CodeSpec)> {
        match &self.body {
            Body::Code { secret, pin, spec } => Some((Key { secret, pin: pin.as_ref() }, spec)),
            Body::Work(work) => work.codes.as_ref().map(|(secret, spec)| (secret.into(), spec)),
            Body::Unknown { .. } => None,
        }
    }

    /// The work account in it.
    pub fn work(&self) -> Option<&Work> {
        match &self.body {
            Body::Work(work) => Some(work),
            Body::Code { .. } | Body::Unknown { .. } => None,
        }
    }

    /// The work account in it, to change it.
    pub fn work_mut(&mut self) -> Option<&mut Work> {
        match &mut self.body {
            Body::Work(work) => Some(work),
            Body::Code { .. } | Body::Unknown { .. } => None,
        }
    }

    /// What makes this installation the account's authenticator.
    pub fn enrolled(&self) -> Option<&Enrolled> {
        self.work()?.device.as_ref()
    }

    /// The name of its kind, as it is written.
    pub fn kind(&self) -> &str {
        match &self.body {
            Body::Code { spec, .. } => spec.mover.kind(),
            Body::Work(_) => WORK,
            Body::Unknown { kind, .. } => kind,
        }
    }

    /// Whether it can be shown: kinds of a newer version are only kept.
    pub fn is_known(&self) -> bool {
        !matches!(self.body, Body::Unknown { .. })
    }

    /// Whether its time in the trash is over.
    pub fn is_due(&self, now: UnixTime) -> bool {
        self.removed_at.is_some_and(|removed| super::is_trash_due(removed, now))
    }

    /// Counts a counter-based account one up. False where there is no counter or it is at its end.
    pub fn advance_counter(&mut self) -> bool {
        let Body::Code { spec, .. } = &mut self.body else { return false };
        let Mover::Counter { counter } = &mut spec.mover else { return false };
        let Some(next) = counter.checked_add(1) else { return false };
        *counter = next;
        true
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.body {
            Body::Code { secret, pin, spec } => {
                map.serialize_entry("kind", self.kind())?;
                self.serialize_names(&mut map)?;
                serialize_code(&mut map, secret, spec)?;
                if let Some(pin) = pin {
                    // expose: as above.
                    map.serialize_entry(PIN, pin.expose())?;
                }
            }
            Body::Work(work) => {
                map.serialize_entry("kind", self.kind())?;
                self.serialize_names(&mut map)?;
                if let Some((secret, spec)) = &work.codes {
                    serialize_code(&mut map, secret, spec)?;
                }
                let Work { issuer, device, members, codes: _ } = work.as_ref();
                let (issuer, device, members) = (issuer.clone(), device.clone(), members.clone());
                map.serialize_entry(WORK, &WorkMember { issuer, device, members })?;
            }
            Body::Unknown { secret, .. } => {
                map.serialize_entry("kind", self.kind())?;
                self.serialize_names(&mut map)?;
                if let Some(secret) = secret {
                    // expose: as above.
                    map.serialize_entry("secret", secret.expose())?;
                }
            }
        }
        map.serialize_entry("group", &self.group)?;
        if !self.note.is_empty() {
            map.serialize_entry("note", &self.note)?;
        }
        map.serialize_entry("added_at", &self.added_at.secs())?;
        if let Some(removed_at) = self.removed_at {
            map.serialize_entry("removed_at", &removed_at.secs())?;
        }
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

fn serialize_code<M: serde::ser::SerializeMap>(
    map: &mut M,
    secret: &SecretBytes,
    spec: &CodeSpec,
) -> Result<(), M::Error> {
    let text = base32::encode(secret);
    // expose: the sealed file is the one place the key is written to.
    map.serialize_entry("secret", text.expose())?;
    map.serialize_entry("alg", spec.hash_name())?;
    map.serialize_entry("digits", &spec.digits.count())?;
    match spec.mover {
        Mover::Time { period }
        | Mover::Steam { period }
        | Mover::Motp { period }
        | Mover::Yandex { period } => map.serialize_entry("period", &period.secs()),
        Mover::Counter { counter } => map.serialize_entry("counter", &counter),
    }
}

impl Entry {
    fn serialize_names<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("id", self.id.as_str())?;
        map.serialize_entry("issuer", &self.issuer)?;
        map.serialize_entry("account", &self.account)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntryVisitor)
    }
}

/// Reads members one by one, so that a key goes straight from the sealed text into a [`SecretText`] and no
/// generic value ever holds it.
struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an account")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let mut draft = Draft::default();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "kind" => draft.kind = map.next_value()?,
                "id" => draft.id = Some(EntryId(map.next_value()?)),
                "issuer" => draft.issuer = map.next_value()?,
                "account" => draft.account = map.next_value()?,
                "secret" => draft.secret = Some(SecretText::new(map.next_value()?)),
                PIN => {
                    draft.pin = Some(match map.next_value()? {
                        Value::String(text) => Pin::Text(SecretText::new(text)),
                        other @ (Value::Null
                        | Value::Bool(_)
                        | Value::Number(_)
                        | Value::Array(_)
                        | Value::Object(_)) => Pin::Other(other),
                    });
                }
                "alg" => draft.alg = Some(map.next_value()?),
                "digits" => draft.digits = Some(map.next_value()?),
                "period" => draft.period = Some(map.next_value()?),
                "counter" => draft.counter = Some(map.next_value()?),
                "group" => draft.group = Some(map.next_value()?),
                "note" => draft.note = map.next_value()?,
                "added_at" => draft.added_at = map.next_value()?,
                WORK => draft.work = Some(map.next_value()?),
                "removed_at" => draft.removed_at = Some(map.next_value()?),
                _ => {
                    draft.members.insert(name, map.next_value()?);
                }
            }
        }
        draft.finish().map_err(de::Error::custom)
    }
}

/// A member of that name, which may be anything in a kind of a newer version.
enum Pin {
    Text(SecretText),
    Other(Value),
}

impl From<Pin> for Value {
    fn from(pin: Pin) -> Self {
        match pin {
            // expose: it goes back to where it was read from.
            Pin::Text(text) => Self::String(text.expose().to_owned()),
            Pin::Other(value) => value,
        }
    }
}

#[derive(Default)]
struct Draft {
    kind: String,
    id: Option<EntryId>,
    issuer: String,
    account: String,
    secret: Option<SecretText>,
    pin: Option<Pin>,
    alg: Option<Value>,
    digits: Option<Value>,
    period: Option<Value>,
    counter: Option<Value>,
    group: Option<Group>,
    note: String,
    added_at: u64,
    removed_at: Option<u64>,
    work: Option<Value>,
    members: Map<String, Value>,
}

impl Draft {
    fn finish(mut self) -> Result<Entry, &'static str> {
        let id = self.id.take().ok_or("an account without an id")?;
        // Where no heading is written.
        let heading = if self.kind == WORK { Group::Work } else { Group::Other };
        let body = match self.kind.as_str() {
            // One that is not understood is of a newer version, and kept as it is.
            kind @ ("totp" | "hotp" | "steam") => {
                let kind = kind.to_owned();
                self.code(&kind).unwrap_or_else(|| self.unknown())
            }
            "motp" => self.with_pin(CodeSpec::motp).unwrap_or_else(|| self.unknown()),
            "yandex" => self.with_pin(CodeSpec::yandex).unwrap_or_else(|| self.unknown()),
            WORK => self.work().unwrap_or_else(|| self.unknown()),
            "" => return Err("an account without a kind"),
            _ => self.unknown(),
        };
        Ok(Entry {
            id,
            group: self.group.unwrap_or(heading),
            issuer: self.issuer,
            account: self.account,
            note: self.note,
            added_at: UnixTime::from_secs(self.added_at),
            removed_at: self.removed_at.map(UnixTime::from_secs),
            body,
            members: self.members,
        })
    }

    fn work(&mut self) -> Option<Body> {
        let WorkMember { issuer, device, members } =
            WorkMember::deserialize(self.work.as_ref().unwrap_or(&Value::Object(Map::new()))).ok()?;
        let codes = match &self.secret {
            // expose: decoded into another secret.
            Some(secret) => Some((base32::decode(secret.expose()).ok()?, self.spec("totp").ok()?)),
            None => None,
        };
        (self.secret, self.work) = (None, None);
        self.members.extend(self.pin.take().map(|pin| (PIN.to_owned(), pin.into())));
        Some(Body::Work(Box::new(Work { issuer, device, codes, members })))
    }

    fn code(&mut self, kind: &str) -> Option<Body> {
        // expose: decoded into another secret.
        let secret = base32::decode(self.secret.as_ref()?.expose()).ok()?;
        let spec = self.spec(kind).ok()?;
        self.secret = None;
        self.members.extend(self.work.take().map(|member| (WORK.to_owned(), member)));
        self.members.extend(self.pin.take().map(|pin| (PIN.to_owned(), pin.into())));
        Some(Body::Code { secret, pin: None, spec })
    }

    /// A kind with a PIN and one hash. Takes nothing unless it takes all.
    fn with_pin(&mut self, spec: impl Fn(Digits, Period) -> CodeSpec) -> Option<Body> {
        let number =
            |value: &Option<Value>| value.as_ref()?.as_u64().and_then(|number| u32::try_from(number).ok());
        let spec = spec(Digits::try_from(number(&self.digits)?).ok()?, Period::new(number(&self.period)?)?);
        if self.alg.as_ref().and_then(Value::as_str) != Some(spec.hash_name()) {
            return None;
        }
        // expose: decoded into another secret.
        let secret = base32::decode(self.secret.as_ref()?.expose()).ok()?;
        let pin = match self.pin.take()? {
            Pin::Text(pin) => pin,
            other @ Pin::Other(_) => {
                self.pin = Some(other);
                return None;
            }
        };
        self.secret = None;
        self.members.extend(self.work.take().map(|member| (WORK.to_owned(), member)));
        Some(Body::Code { secret, pin: Some(pin), spec })
    }

    fn spec(&self, kind: &str) -> Result<CodeSpec, &'static str> {
        let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_u64);
        let period = || {
            let secs = number(&self.period).unwrap_or(30);
            u32::try_from(secs).ok().and_then(Period::new).ok_or("a period out of range")
        };
        let mover = match kind {
            "totp" => Mover::Time { period: period()? },
            "steam" => Mover::Steam { period: period()? },
            _ => Mover::Counter { counter: number(&self.counter).ok_or("a counter that is missing")? },
        };
        let algorithm = self.alg.as_ref().and_then(Value::as_str).unwrap_or("SHA1");
        let algorithm = Algorithm::try_from(algorithm).map_err(|_| "an unknown algorithm")?;
        let default_digits = if kind == "steam" { 5 } else { 6 };
        let digits = u32::try_from(number(&self.digits).unwrap_or(default_digits)).unwrap_or(u32::MAX);
        let digits = Digits::try_from(digits).map_err(|_| "digits out of range")?;
        Ok(CodeSpec { algorithm, digits, mover })
    }

    /// Everything that is not understood goes back into the members it came from.
    fn unknown(&mut self) -> Body {
        let parts = [
            ("alg", self.alg.take()),
            ("digits", self.digits.take()),
            ("period", self.period.take()),
            ("counter", self.counter.take()),
            (PIN, self.pin.take().map(Value::from)),
            (WORK, self.work.take()),
        ];
        for (name, value) in parts {
            if let Some(value) = value {
                self.members.insert(name.into(), value);
            }
        }
        Body::Unknown { kind: std::mem::take(&mut self.kind), secret: self.secret.take() }
    }
}

/// The kind of a work account, and the member that holds what is special about it.
pub(crate) const WORK: &str = "work";
/// The member of a PIN.
const PIN: &str = "pin";
