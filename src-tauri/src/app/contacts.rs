//! What is known of services beside what the vault keeps, and the calls that are made to them as a device. No
//! connection is opened here: a call is made ready, and its answer is taken.

use crypto_core::approval::challenge::Answered;
use crypto_core::approval::clock::{Monotonic, ServerClock};
use crypto_core::approval::proof;
use crypto_core::approval::wire::{AppVersion, Discovery};
use crypto_core::approval::{Origin, Registration};
use crypto_core::codes::otpauth::shown_name;
use crypto_core::secret::SecretBytes;
use crypto_core::time::UnixTime;
use crypto_core::vault::{DeviceKey, Enrolled, Entry};
use device::{KeyUse, Phone};

use super::duties::Duties;
use super::requests::Pending;
use super::{App, State};
use crate::error::{Code, CommandError};
use crate::server::{Body, Request};
use crate::store::Store;
use crate::view::{WorkState, WorkView};

/// Whose call it is, and with whose key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// A row's.
    Row(String),
    /// An account's that is being added.
    Joining(String),
}

/// A call to be made with a proof. It may be made twice, with two proofs.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) body: Option<(&'static str, SecretBytes)>,
    pub(crate) patience: std::time::Duration,
}

impl Call {
    pub(crate) fn new(method: &'static str, url: String) -> Self {
        Self { method, url, body: None, patience: std::time::Duration::ZERO }
    }

    pub(crate) fn with(self, kind: &'static str, body: Vec<u8>) -> Self {
        Self { body: Some((kind, SecretBytes::new(body))), ..self }
    }
}

/// When a question was asked and when its answer was there, by the clock that runs on evenly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trip {
    pub(crate) asked: u64,
    pub(crate) answered: u64,
}

/// What is known of a service and of this device there, beside what the vault keeps.
#[derive(Debug, Default)]
pub(super) struct Contact {
    pub(super) discovery: Option<Discovery>,
    nonce: String,
    pub(super) clock: Option<ServerClock>,
    /// The service wants a newer app for approving.
    pub(super) needs_update: bool,
    /// Why it could not be asked the last time.
    pub(super) unreached: Option<Code>,
    /// A question is on its way.
    pub(super) is_asking: bool,
    /// When it is to be asked next.
    pub(super) ask_at: u64,
    pub(super) failures: u32,
    pub(super) answered: Answered,
    pub(super) pending: Vec<Pending>,
    pub(super) duties: Duties,
}

impl Contact {
    /// The app locks: what was fetched goes. What was answered and what time it is stay; they are no secrets.
    fn forget(&mut self) {
        let Self { answered, clock, .. } = std::mem::take(self);
        (self.answered, self.clock) = (answered, clock);
    }
}

impl<D: Phone, S: Store> App<D, S> {
    /// The platform, to ask the person without holding up the rest.
    pub(crate) fn device(&self) -> std::sync::Arc<D> {
        std::sync::Arc::clone(&self.device)
    }

    /// The clock that runs on evenly.
    pub(crate) fn steady(&self) -> u64 {
        (self.steady)()
    }

    /// What is known of the row's service: what it says of itself, if that was fetched.
    pub(crate) fn discovery(&self, row: &str) -> Result<(Origin, Option<Discovery>), CommandError> {
        let entry = self.vault()?.entry(row).ok_or(Code::AccountGone)?;
        let work = entry.work().filter(|work| work.device.is_some()).ok_or(Code::AccountGone)?;
        let origin = work.issuer.clone().ok_or(Code::AccountGone)?;
        Ok((origin, self.contacts.get(row).and_then(|contact| contact.discovery.clone())))
    }

    /// Takes what a service says of itself.
    pub(crate) fn discovered(&mut self, row: &str, found: Discovery, trip: Trip) {
        let needs_update = wants_newer_app(&found);
        self.learn_time(row, found.server_time, trip);
        let contact = self.contact(row);
        contact.needs_update = needs_update;
        contact.discovery = Some(found);
    }

    /// Makes a call ready: signs the proof with the caller's key.
    pub(crate) fn prove(&mut self, who: &Who, call: &Call) -> Result<Request, CommandError> {
        let (key, nonce) = self.caller(who)?;
        let now = self.now();
        // expose: only its hash is taken.
        let bytes = call.body.as_ref().map_or(&[][..], |(_, bytes)| bytes.expose());
        let made = proof::Call { method: call.method, url: &call.url, body: bytes };
        let unsigned = proof::make(made, &nonce, &key.public, now, &mut *self.rng);
        let unsigned = unsigned.map_err(|_| Code::OtherService)?;
        let signature = self.device.sign(KeyUse::Pop, &key.handle, unsigned.signing_input())?;
        let body = call.body.as_ref().map(|(kind, bytes)| Body {
            kind,
            // expose: a second try needs it again.
            bytes: SecretBytes::new(bytes.expose().to_vec()),
        });
        Ok(Request {
            method: call.method,
            url: call.url.clone(),
            proof: Some(unsigned.signed(&signature)),
            body,
            patience: call.patience,
        })
    }

    /// Keeps what the next proof needs.
    pub(crate) fn keep_nonce(&mut self, who: &Who, nonce: String) {
        match who {
            Who::Row(row) => self.contact(row).nonce = nonce,
            Who::Joining(session) => {
                if let Ok(joining) = self.joining(session) {
                    joining.nonce = nonce;
                }
            }
        }
    }

    /// Learns what time it is at a row's service.
    pub(crate) fn learn_time(&mut self, row: &str, server_time: UnixTime, trip: Trip) {
        let [asked, answered] = [trip.asked, trip.answered].map(Monotonic::from_millis);
        let contact = self.contact(row);
        let learned = ServerClock::learn(server_time, asked, answered);
        // Where nothing is known, an answer that was held back still tells that it is not earlier.
        let at_least = || ServerClock::learn(server_time, answered, answered);
        contact.clock = learned.or(contact.clock).or_else(at_least);
    }

    /// The time at a row's service, for its challenges and codes and nothing else (C-18).
    pub(super) fn time_at(&self, row: &str) -> UnixTime {
        let clock = self.contacts.get(row).and_then(|contact| contact.clock);
        clock.map_or_else(|| self.now(), |clock| clock.now(Monotonic::from_millis(self.steady())))
    }

    pub(super) fn contact(&mut self, row: &str) -> &mut Contact {
        self.contacts.entry(row.to_owned()).or_default()
    }

    /// What challenges of a row are held to.
    pub(super) fn registration(&self, row: &str) -> Option<Registration> {
        let answered = self.contacts.get(row).map(|contact| contact.answered.clone()).unwrap_or_default();
        self.vault().ok()?.entry(row)?.work()?.registration(answered)
    }

    /// The app locks.
    pub(super) fn forget_contacts(&mut self) {
        self.contacts.values_mut().for_each(Contact::forget);
    }

    pub(super) fn work_view(&self, entry: &Entry) -> Option<WorkView> {
        let work = entry.work()?;
        let contact = self.contacts.get(entry.id.as_str());
        let steady = Monotonic::from_millis(self.steady());
        let skew = contact.and_then(|contact| contact.clock).map(|clock| clock.skew(self.now(), steady));
        let secs = |ahead_ms: i64| i32::try_from(ahead_ms / 1000).unwrap_or(i32::MAX);
        Some(WorkView {
            host: work.issuer.as_ref().map(|issuer| issuer.host().to_owned()),
            state: work.device.as_ref().map_or(WorkState::SignIn, |device| device.state.into()),
            fingerprint: work
                .device
                .as_ref()
                .map(|device| crypto_core::approval::activation::fingerprint(&device.service.thumbprint())),
            software_key: work.device.as_ref().is_some_and(|device| device.software),
            key_place: contact.and_then(|contact| contact.duties.place).map(Into::into),
            clock_ahead: skew.filter(|skew| skew.matters()).map(|skew| secs(skew.ahead_ms)),
            needs_update: contact.is_some_and(|contact| contact.needs_update),
        })
    }

    /// The service has removed this device: keys and seed go, the name stays. The row is stored before the keys
    /// are deleted, because a row whose keys are gone looks like a fault of the keystore, and keys without a row
    /// are only litter.
    pub(crate) fn end_row(&mut self, row: &str) -> Result<(), CommandError> {
        let ended = self.change(|vault, _| {
            let entry = vault.entry_mut(row).ok_or(Code::AccountGone)?;
            Ok(entry.work_mut().and_then(|work| work.end()))
        })?;
        self.renew_previous_copy();
        self.contacts.remove(row);
        // An address that nobody has is only litter, too.
        let _ = self.device.push_forget(row);
        ended.iter().for_each(|device| self.delete_keys(device));
        Ok(())
    }

    pub(super) fn delete_keys(&self, enrolled: &Enrolled) {
        for key in [&enrolled.pop, &enrolled.uv] {
            // A keystore that does not answer keeps a key that nothing refers to.
            let _ = self.device.delete_key(&key.handle);
        }
    }

    /// Changes what is known of this device at a row's service, if that is news.
    pub(super) fn change_device(
        &mut self,
        row: &str,
        change: impl FnOnce(&mut Enrolled),
    ) -> Result<bool, CommandError> {
        let entry = self.vault()?.entry(row).ok_or(Code::AccountGone)?;
        let mut device = entry.enrolled().ok_or(Code::AccountGone)?.clone();
        change(&mut device);
        if entry.enrolled() == Some(&device) {
            return Ok(false);
        }
        self.change(|vault, _| {
            let entry = vault.entry_mut(row).ok_or(Code::AccountGone)?;
            entry.work_mut().ok_or(Code::AccountGone)?.device = Some(device);
            Ok(())
        })?;
        Ok(true)
    }

    /// Takes the service's list of keys; the pin moves along the chain only.
    pub(crate) fn learn_keys(&mut self, row: &str, list: &[u8]) -> Result<bool, CommandError> {
        let (origin, _) = self.discovery(row)?;
        self.change_device(row, |device| {
            // A list that is not believed changes nothing.
            let _ = device.service.learn(list, &origin);
        })
    }

    fn caller(&mut self, who: &Who) -> Result<(DeviceKey, String), CommandError> {
        match who {
            Who::Row(row) => {
                let enrolled = self.vault()?.entry(row).and_then(Entry::enrolled);
                let key = enrolled.ok_or(Code::AccountGone)?.pop.clone();
                Ok((key, self.contact(row).nonce.clone()))
            }
            Who::Joining(session) => {
                self.vault()?;
                let joining = self.joining(session)?;
                Ok((joining.pop.clone().ok_or(Code::SessionGone)?, joining.nonce.clone()))
            }
        }
    }

    /// Whether anything may be asked of services at all: only with the vault open, which it is not before the
    /// privacy text was accepted.
    pub(crate) fn may_call(&self) -> bool {
        self.settings.consented() && matches!(self.state, State::Open { .. })
    }
}

/// What bodies are written in.
pub(super) const JSON: &str = "application/json";

/// Whether a service answers only to newer apps than this one.
pub(super) fn wants_newer_app(found: &Discovery) -> bool {
    let least = if cfg!(target_os = "android") {
        found.min_app.android
    } else if cfg!(target_os = "ios") {
        found.min_app.ios
    } else {
        found.min_app.desktop
    };
    let this = AppVersion::parse(env!("CARGO_PKG_VERSION"));
    least.zip(this).is_some_and(|(least, this)| this < least)
}

/// A name from a service, fit for a screen and for the vault.
pub(super) fn kept_name(text: &str) -> String {
    shown_name(&crypto_core::approval::shown_text(text))
}
