//! What the policy makes of a verdict, and the line about it in the record.

use crypto_core::approval::activation::AttestationPolicy;

use super::{Attested, NOTHING, Verdict};
use crate::Service;
use crate::audit::{Outcome, Record, What};
use crate::store::{Authenticator, Session, StoreError, Tx, User};

/// The keys are not taken.
#[derive(Debug)]
pub(crate) struct Refused;

impl Service {
    /// Weighs what a device showed of its keys: what requires hardware takes nothing else, and what prefers it
    /// keeps what was found. `before` is the device as it was, if it changes its keys: one whose maker vouched
    /// for the old ones does not go on with less. Everything but silence is written down, about `subject`; so
    /// the transaction is to be committed after a refusal, too.
    pub(crate) async fn weigh(
        &self,
        tx: &mut Tx,
        user: &User,
        policy: AttestationPolicy,
        found: Verdict,
        before: Option<&Authenticator>,
        about: About<'_>,
    ) -> Result<Result<Verdict, Refused>, StoreError> {
        let found = found.not_older_than(before.and_then(|before| before.system));
        let less = before.is_some_and(|before| before.attested.is_hardware());
        let (outcome, weighed) = match (policy, found.attested) {
            (AttestationPolicy::None, _) => return Ok(Ok(NOTHING)),
            (_, Attested::Hardware(_)) => (Outcome::Done, Ok(found)),
            (AttestationPolicy::Required, _) => (Outcome::Refused, Err(Refused)),
            (AttestationPolicy::Preferred, _) if less => (Outcome::Refused, Err(Refused)),
            (AttestationPolicy::Preferred, Attested::No) => return Ok(Ok(found)),
            (AttestationPolicy::Preferred, Attested::Unverified) => (Outcome::Unverified, Ok(found)),
            (AttestationPolicy::Preferred, Attested::Failed(_)) => (Outcome::Failed, Ok(found)),
        };
        let record = Record::of(user, What::Attested, outcome).on(about.subject).with(found.attested.word());
        let record = match about.session {
            Some(session) => record.during(session),
            None => record,
        };
        self.record(tx, record).await?;
        Ok(weighed)
    }
}

/// What a line in the record is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    /// The device or the activation.
    pub(crate) subject: &'a str,
    /// The session whose page adds the device.
    pub(crate) session: Option<&'a Session>,
}
