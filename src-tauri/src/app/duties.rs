//! What a service is told beside answers: that the key for approvals is gone, and where this phone can be woken.
//! What was told is remembered while the app is open. It is told again at the next start, which does no harm.

use crypto_core::approval::state::DeviceState;
use crypto_core::approval::wire::{Discovery, PushSubscription};
use crypto_core::vault::{Entry, KeyHandle};
use device::Phone;
use device::phone::KeyPlace;

use super::App;
use super::contacts::{Call, JSON};
use crate::error::CommandError;
use crate::store::Store;

/// What is known of a row's duties.
#[derive(Debug, Default)]
pub(super) struct Duties {
    /// Where the key for approvals is kept; none before the keystore was asked.
    pub(super) place: Option<KeyPlace>,
    is_stale_told: bool,
    is_address_asked: bool,
    /// Where the service wakes this phone, as far as it was told.
    told: Option<PushSubscription>,
    /// Where it is to wake it; none before the phone was asked.
    target: Option<Option<PushSubscription>>,
}

/// One thing that a service has not heard yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Duty {
    /// The key for approvals is gone.
    Stale,
    /// This phone is woken here from now on, or not any more.
    Wake(Option<PushSubscription>),
}

impl Duty {
    /// The call that tells it.
    pub(crate) fn call(&self, found: &Discovery) -> Call {
        let device = &found.device_endpoint;
        match self {
            Self::Stale => Call::new("POST", format!("{device}/stale")),
            Self::Wake(None) => Call::new("DELETE", format!("{device}/push")),
            Self::Wake(Some(push)) => Call::new("PUT", format!("{device}/push"))
                .with(JSON, crypto_core::approval::wire::write(push)),
        }
    }
}

impl<D: Phone, S: Store> App<D, S> {
    /// The key of a row of which the keystore was not asked yet whether it still signs.
    pub(crate) fn key_to_check(&self, row: &str) -> Option<KeyHandle> {
        let device = self.vault().ok()?.entry(row).and_then(Entry::enrolled)?;
        let is_known = self.contacts.get(row).is_some_and(|contact| contact.duties.place.is_some());
        (!is_known && device.state == DeviceState::Active).then(|| device.uv.handle.clone())
    }

    /// Takes what the keystore says of a row's key; whether the row changed.
    pub(crate) fn key_checked(
        &mut self,
        row: &str,
        is_usable: bool,
        place: Option<KeyPlace>,
    ) -> Result<bool, CommandError> {
        self.contact(row).duties.place = place;
        if is_usable {
            return Ok(place.is_some());
        }
        self.change_device(row, |device| device.state = DeviceState::Stale)
    }

    /// The service's key for waking, if an address for it is still to be asked for.
    pub(crate) fn wakes_with(&mut self, row: &str, found: &Discovery) -> Option<String> {
        let vapid = found.vapid_public_key.clone()?;
        let duties = &mut self.contact(row).duties;
        (!std::mem::replace(&mut duties.is_address_asked, true)).then_some(vapid)
    }

    /// Whether it is known where this phone is woken for a row.
    pub(crate) fn knows_address(&self, row: &str) -> bool {
        self.contacts.get(row).is_some_and(|contact| contact.duties.target.is_some())
    }

    /// Takes where this phone is woken for a row.
    pub(crate) fn address_is(&mut self, row: &str, target: Option<PushSubscription>) {
        self.contact(row).duties.target = Some(target);
    }

    /// Addresses changed: they are looked up, and told, with the next question, which is due now.
    pub(crate) fn addresses_changed(&mut self) {
        let steady = self.steady();
        for contact in self.contacts.values_mut() {
            contact.duties.target = None;
            contact.ask_at = contact.ask_at.min(steady);
        }
    }

    /// What a row's service is to be told.
    pub(crate) fn duties(&self, row: &str) -> Vec<Duty> {
        let state =
            self.vault().ok().and_then(|vault| vault.entry(row)?.enrolled()).map(|device| device.state);
        let Some(duties) = self.contacts.get(row).map(|contact| &contact.duties) else { return Vec::new() };
        let is_stale = state == Some(DeviceState::Stale) && !duties.is_stale_told;
        let moved = duties.target.as_ref().filter(|target| **target != duties.told);
        is_stale.then_some(Duty::Stale).into_iter().chain(moved.cloned().map(Duty::Wake)).collect()
    }

    /// The service has heard it.
    pub(crate) fn told(&mut self, row: &str, duty: Duty) {
        let duties = &mut self.contact(row).duties;
        match duty {
            Duty::Stale => duties.is_stale_told = true,
            Duty::Wake(target) => duties.told = target,
        }
    }
}
