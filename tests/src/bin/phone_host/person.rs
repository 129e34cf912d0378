//! The phone's person, as its system would ask them. They pass at once unless a test says otherwise.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use device::DeviceError;
use serde::Deserialize;

/// Somebody who is asked, and a way to tell them what to do.
#[derive(Clone, Default)]
pub(crate) struct Person(Arc<(Mutex<Asked>, Condvar)>);

#[derive(Default)]
struct Asked {
    does: Does,
    times: u32,
}

/// What they do when they are asked.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Does {
    /// They are who they should be.
    #[default]
    Pass,
    /// They close the question.
    Refuse,
    /// They do not answer until they do something else.
    Think,
    /// They cannot: the system has ended the key.
    LoseKey,
}

impl Person {
    /// Asks them, and waits for the answer.
    pub(crate) fn ask(&self) -> Result<(), DeviceError> {
        let (asked, changed) = &*self.0;
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.times += 1;
        let asked = changed
            .wait_while(asked, |asked| asked.does == Does::Think)
            .unwrap_or_else(PoisonError::into_inner);
        match asked.does {
            Does::Pass => Ok(()),
            Does::Refuse | Does::Think => Err(DeviceError::NotVerified),
            Does::LoseKey => Err(DeviceError::KeyLost),
        }
    }

    /// From here on they do this; says how often they were asked so far.
    pub(crate) fn will(&self, does: Does) -> u32 {
        let (asked, changed) = &*self.0;
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.does = does;
        changed.notify_all();
        asked.times
    }
}
