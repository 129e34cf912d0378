//! Tells services what they have not heard yet. What cannot be told now is told with a later question.

use crypto_core::approval::ProblemCode;
use crypto_core::approval::wire::Discovery;
use device::Phone;
use device::phone::Told;

use super::{Failed, Online, blocking};
use crate::app::App;
use crate::server::Server;
use crate::store::Store;

impl<D: Phone, S: Store + Send + 'static, N: Server> Online<D, S, N> {
    /// Something came from the phone by itself. The app may be locked, and does nothing then.
    pub(crate) async fn hear(&self, told: Told) {
        match told {
            // It does not say which service rang. One that is being asked may have a connection that has gone dead.
            Told::WakeUp => {
                for row in self.app(App::rows_to_ask).unwrap_or_default() {
                    self.ask(&row, false).await;
                }
            }
            Told::PushChanged => {
                self.app(App::addresses_changed);
                self.ask_those_due();
            }
            // The screen goes to what waits, whatever it is.
            Told::Opened | Told::Handed => {}
        }
    }

    /// Asks the keystore and the phone what a service has to know, and tells it.
    pub(super) async fn do_duties(&self, row: &str, found: &Discovery) {
        let device = self.app(|app| app.device());
        if let Some(key) = self.app(|app| app.key_to_check(row)) {
            // A keystore that does not answer has lost nothing.
            let is_usable = blocking(|| device.is_usable(&key)).unwrap_or(true);
            let place = blocking(|| device.key_place(&key)).ok();
            if self.app(|app| app.key_checked(row, is_usable, place)).unwrap_or(false) {
                self.tell_accounts();
            }
        }
        if let Some(vapid) = self.app(|app| app.wakes_with(row, found)) {
            // Where nothing wakes this phone, the app asks when it is opened.
            let _ = blocking(|| device.push_register(row, &vapid));
        }
        if !self.app(|app| app.knows_address(row))
            && let Ok(targets) = blocking(|| device.push_targets())
        {
            let target = targets.into_iter().find_map(|(account, target)| (account == row).then_some(target));
            self.app(|app| app.address_is(row, target));
        }
        for duty in self.app(|app| app.duties(row)) {
            match self.call_for(row, duty.call(found)).await {
                Ok(_) => self.app(|app| app.told(row, duty)),
                // It is not for this device to say, and will not be while the app is open.
                Err(Failed::Problem(
                    Some(ProblemCode::NotFound | ProblemCode::Malformed | ProblemCode::DeviceNotActive)
                    | None,
                    _,
                )) => self.app(|app| app.told(row, duty)),
                // The question that follows says what is in the way.
                Err(_) => {}
            }
        }
    }
}
