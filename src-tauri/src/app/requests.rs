//! Sign-ins that wait: which there are, what the person sees of them, and what they answer. What is shown comes
//! from the signed challenge and from nowhere else.

use std::sync::Arc;

use crypto_core::approval::answer::{
    Answer, Decision, KeyKind, Match, NotAnswered, Reason, SignWith, Signed, UvMethod,
};
use crypto_core::approval::challenge::{ChallengeRefused, Context, Proximity, UvPolicy};
use crypto_core::approval::state::{DeviceState, Purpose, TransactionState};
use crypto_core::approval::wire::{Activity, ActivityList, ChallengeList, Discovery, Receipt};
use crypto_core::approval::{
    ApproveLink, MatchNumber, ProblemCode, Received, TransactionId, Verified, shown_text,
};
use crypto_core::seal::sign::{Signature, Thumbprint};
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use crypto_core::vault::{DeviceKey, Entry};
use device::{DeviceError, KeyUse, Phone};

use super::contacts::{Call, Trip};
use super::{App, State};
use crate::error::{Code, CommandError};
use crate::store::Store;
use crate::view::{
    ActivityItemView, ActivityView, AnswerRequest, Blocked, DenyReason, Outcome, OutcomeView, Protection,
    RequestProximity, RequestPurpose, RequestView, RequestsView, UnreachedView, WorkState, seconds,
};

/// A request as it was fetched. It is verified again when it is answered.
#[derive(Debug)]
pub(super) struct Pending {
    jws: String,
    transaction: TransactionId,
    purpose: Purpose,
    uv: UvPolicy,
    context: Context,
    digits: u8,
    may_be_scanned: bool,
    asked_at: UnixTime,
    expires_at: UnixTime,
    others_pending: u32,
    /// The page that was scanned.
    scanned: Option<SecretText>,
}

impl Pending {
    fn new(jws: String, verified: &Verified) -> Self {
        Self {
            jws,
            transaction: verified.transaction().clone(),
            purpose: verified.purpose(),
            uv: verified.uv(),
            context: verified.context().clone(),
            digits: verified.match_len().digits(),
            may_be_scanned: verified.may_be_scanned(),
            asked_at: verified.asked_at(),
            expires_at: verified.expires_at(),
            others_pending: verified.others_pending(),
            scanned: None,
        }
    }

    fn id(&self, row: &str) -> String {
        format!("{row}.{}", self.transaction)
    }
}

/// What a list of challenges brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// There is a request that was not there before.
    pub(crate) is_news: bool,
    /// Something came or went.
    pub(crate) is_changed: bool,
    /// A challenge is signed by a key that is not known: the service's list of keys may know it.
    pub(crate) is_other_key: bool,
    /// Seconds until asking again.
    pub(crate) retry_after: u64,
}

/// An answer that waits for its signature.
pub(crate) struct ToSign<D> {
    pub(crate) device: Arc<D>,
    pub(crate) used: KeyUse,
    pub(crate) key: DeviceKey,
    pub(crate) answer: Answer,
    pub(crate) sent: Sent,
}

/// Which request an answer is to, and what it says.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) row: String,
    pub(crate) transaction: TransactionId,
    expires_at: UnixTime,
    purpose: Purpose,
    said: Said,
    url: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Approve,
    Deny,
    Report,
}

/// What is done with an answer.
pub(crate) enum Prepared<D> {
    /// It is signed and sent.
    Sign(Box<ToSign<D>>),
    /// It came to an end without.
    Over(Outcome),
}

/// What came back for an answer, or why nothing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    /// The receipt.
    Body(&'a [u8]),
    /// A refusal.
    Problem(Option<ProblemCode>, Option<u64>),
    /// Nobody answered.
    Nothing,
    /// The platform would not sign.
    Unsigned(DeviceError),
}

impl<D: Phone, S: Store> App<D, S> {
    /// The requests that wait, as far as is known.
    pub fn requests(&mut self) -> Result<RequestsView, CommandError> {
        self.vault()?;
        self.drop_expired();
        let rows: Vec<&Entry> = self.asked_rows().collect();
        let mut requests: Vec<(UnixTime, RequestView)> = Vec::new();
        let mut unreached = Vec::new();
        for entry in &rows {
            let row = entry.id.as_str();
            let Some(contact) = self.contacts.get(row) else { continue };
            let now = self.time_at(row);
            requests.extend(
                contact
                    .pending
                    .iter()
                    .map(|request| (request.asked_at, self.request_view(entry, request, now))),
            );
            unreached
                .extend(contact.unreached.map(|reason| UnreachedView { account: row.to_owned(), reason }));
        }
        // In the order they came, so that none looks more likely than another.
        requests.sort_by_key(|(asked_at, _)| *asked_at);
        let accounts = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        Ok(RequestsView {
            requests: requests.into_iter().map(|(_, view)| view).collect(),
            unreached,
            accounts,
        })
    }

    /// The rows that are due to be asked; each is asked by one question at a time.
    pub(crate) fn due(&mut self) -> Vec<String> {
        if !self.may_call() {
            return Vec::new();
        }
        let steady = self.steady();
        let rows: Vec<String> = self.asked_rows().map(|entry| entry.id.as_str().to_owned()).collect();
        rows.into_iter()
            .filter(|row| {
                let contact = self.contact(row);
                let is_due = !contact.is_asking && contact.ask_at <= steady;
                contact.is_asking |= is_due;
                is_due
            })
            .collect()
    }

    /// The rows in the trash whose time is over: their services are to be told.
    pub(crate) fn due_to_leave(&mut self) -> Vec<String> {
        if !self.may_call() {
            return Vec::new();
        }
        let (now, steady) = (self.now(), self.steady());
        let Ok(vault) = self.vault() else { return Vec::new() };
        let is_due = |entry: &&Entry| entry.enrolled().is_some() && entry.is_due(now);
        let rows: Vec<String> =
            vault.entries().iter().filter(is_due).map(|entry| entry.id.as_str().to_owned()).collect();
        rows.into_iter()
            .filter(|row| {
                let contact = self.contact(row);
                let is_due = contact.ask_at <= steady;
                if is_due {
                    contact.ask_at = steady + LEAVE_AGAIN_MS;
                }
                is_due
            })
            .collect()
    }

    /// All rows that can be asked, for a person who wants to know now.
    pub(crate) fn rows_to_ask(&mut self) -> Result<Vec<String>, CommandError> {
        let rows: Vec<String> =
            self.vault().map(|_| self.asked_rows().map(|entry| entry.id.as_str().to_owned()).collect())?;
        for row in &rows {
            let contact = self.contact(row);
            // What it said of itself may be what was in the way.
            if contact.needs_update || contact.unreached.is_some() {
                contact.discovery = None;
            }
        }
        Ok(rows)
    }

    /// The call that fetches challenges; with `patience` the service holds its answer back until there is one.
    pub(crate) fn fetch_call(found: &Discovery, patience: bool) -> Call {
        let endpoint = &found.challenges_endpoint;
        if patience {
            let call = Call::new("GET", format!("{endpoint}?wait={LONG_POLL_SECS}"));
            Call { patience: std::time::Duration::from_secs(LONG_POLL_SECS), ..call }
        } else {
            Call::new("GET", endpoint.clone())
        }
    }

    /// Takes a list of challenges. Those that are not what they say are not shown, and not answered.
    pub(crate) fn take_list(&mut self, row: &str, body: &[u8], trip: Trip) -> Result<Taken, CommandError> {
        self.discovery(row)?;
        let list: ChallengeList = crypto_core::approval::wire::read(body).ok_or(Code::BadAnswer)?;
        self.learn_time(row, list.server_time, trip);
        let now = self.time_at(row);
        let Some(registration) = self.registration(row) else { return Err(Code::AccountGone.into()) };
        let mut taken = Taken { retry_after: list.retry_after, ..Taken::default() };
        let (mut used, mut has_signed_in) = (None::<Thumbprint>, false);
        let mut fetched = Vec::new();
        for jws in list.challenges.into_iter().take(MOST_CHALLENGES) {
            match Received::new(jws.clone()).verify(&registration, now) {
                Ok(verified) => {
                    used = Some(verified.signed_by());
                    has_signed_in |= verified.purpose() != Purpose::Activation;
                    fetched.push(Pending::new(jws, &verified));
                }
                Err(ChallengeRefused::OtherKey) => taken.is_other_key = true,
                Err(_) => {}
            }
        }
        let contact = self.contact(row);
        let mut before = std::mem::take(&mut contact.pending);
        for request in fetched {
            let known = before.iter().position(|known| known.transaction == request.transaction);
            match known {
                // What is on screen stays what it was; the same request cannot become another one.
                Some(known) => contact.pending.push(before.swap_remove(known)),
                None if contact.pending.iter().any(|known| known.transaction == request.transaction) => {}
                None => {
                    taken.is_news = true;
                    contact.pending.push(request);
                }
            }
        }
        taken.is_changed = taken.is_news || !before.is_empty() || contact.unreached.take().is_some();
        contact.failures = 0;
        if let Some(kid) = used {
            self.change_device(row, |device| {
                device.service.used(kid);
                // Only a device that is active is asked about sign-ins.
                if has_signed_in && device.state != DeviceState::Stale {
                    device.state = DeviceState::Active;
                }
            })?;
        }
        // One that is suspended is given no list.
        self.change_device(row, |device| {
            if device.state == DeviceState::Suspended {
                device.state = DeviceState::Active;
            }
        })?;
        Ok(taken)
    }

    /// A question has come to its end; says when the next one is due.
    pub(crate) fn asked(&mut self, row: &str, next: Next) {
        let steady = self.steady();
        let mut jitter = [0; 2];
        self.rng.fill_bytes(&mut jitter);
        let jitter = u64::from(u16::from_le_bytes(jitter)) % JITTER_MS;
        if self.vault().is_err() {
            return;
        }
        let contact = self.contact(row);
        contact.is_asking = false;
        let wait = match next {
            Next::After(secs) => {
                contact.failures = 0;
                secs.clamp(LEAST_WAIT_SECS, LONGEST_WAIT_SECS) * 1000
            }
            Next::Failed(code, secs) => {
                contact.unreached = Some(code);
                contact.failures = (contact.failures + 1).min(6);
                let doubled = (1u64 << contact.failures.min(6)) * 500;
                let asked = secs.unwrap_or(0).min(LONGEST_ASKED_SECS) * 1000;
                doubled.max(asked).clamp(1000, LONGEST_ASKED_SECS * 1000) + jitter
            }
            Next::Never(code) => {
                contact.unreached = Some(code);
                NEVER_MS
            }
        };
        contact.ask_at = steady.saturating_add(wait);
    }

    /// A question has come to its end, and there is nothing left to ask.
    pub(crate) fn asked_in_vain(&mut self, row: &str) {
        if let Some(contact) = self.contacts.get_mut(row) {
            contact.is_asking = false;
        }
    }

    /// A scanned page is matched with the request it belongs to; none if that has not been fetched.
    pub(crate) fn match_page(&mut self, session: &str) -> Result<Option<RequestView>, CommandError> {
        self.vault()?;
        self.drop_expired();
        let scanned = self.scanned.take_if(|(name, _)| name == session);
        let (name, link) = scanned.ok_or(Code::SessionGone)?;
        let rows: Vec<String> = self
            .asked_rows()
            .filter(|entry| entry.work().and_then(|work| work.issuer.as_ref()) == Some(&link.origin))
            .map(|entry| entry.id.as_str().to_owned())
            .collect();
        let found = rows.iter().find_map(|row| {
            let contact = self.contacts.get_mut(row)?;
            let request =
                contact.pending.iter_mut().find(|request| request.transaction == link.transaction)?;
            if request.may_be_scanned {
                request.scanned = Some(link.print());
            }
            Some((row, request.transaction.clone()))
        });
        let Some((row, transaction)) = found else {
            self.scanned = Some((name, link));
            return Ok(None);
        };
        let entry = self.vault()?.entry(row).ok_or(Code::AccountGone)?;
        let pending = self.contacts.get(row).map(|contact| &contact.pending).ok_or(Code::RequestGone)?;
        let request = pending.iter().find(|request| request.transaction == transaction);
        Ok(Some(self.request_view(entry, request.ok_or(Code::RequestGone)?, self.time_at(row))))
    }

    /// The rows of the service whose page was scanned.
    pub(crate) fn rows_of_page(&mut self, session: &str) -> Result<Vec<String>, CommandError> {
        self.vault()?;
        let link = self.scanned.as_ref().filter(|(name, _)| name == session).map(|(_, link)| link);
        let origin = link.ok_or(Code::SessionGone)?.origin.clone();
        let is_there = |entry: &&Entry| entry.work().and_then(|work| work.issuer.as_ref()) == Some(&origin);
        Ok(self.asked_rows().filter(is_there).map(|entry| entry.id.as_str().to_owned()).collect())
    }

    /// Makes an answer ready to be signed.
    pub(crate) fn prepare_answer(
        &mut self,
        id: &str,
        says: &AnswerRequest,
    ) -> Result<Prepared<D>, CommandError> {
        self.vault()?;
        let (row, transaction) = id.split_once('.').ok_or(Code::RequestGone)?;
        let now = self.time_at(row);
        let entry = self.vault()?.entry(row).filter(|entry| entry.removed_at.is_none());
        let device = entry.and_then(Entry::enrolled).ok_or(Code::RequestGone)?.clone();
        let contact = self.contacts.get(row).ok_or(Code::RequestGone)?;
        let request = contact.pending.iter().find(|request| request.transaction.as_str() == transaction);
        let request = request.ok_or(Code::RequestGone)?;
        let found = contact.discovery.as_ref().ok_or(Code::RequestGone)?;
        let (decision, said) = match says {
            AnswerRequest::Approve { number } => {
                let length =
                    || CommandError { code: Code::NumberLength, detail: Some(request.digits.to_string()) };
                let number = MatchNumber::parse(number).map_err(|_| length())?;
                if number.len().digits() != request.digits {
                    return Err(length());
                }
                (Decision::Approve(Match::Number(number)), Said::Approve)
            }
            AnswerRequest::ApproveScanned => {
                // expose: read as the link it is.
                let link = request.scanned.as_ref().and_then(|link| ApproveLink::parse(link.expose()).ok());
                (Decision::Approve(Match::Scan(link.ok_or(Code::NotNow)?)), Said::Approve)
            }
            AnswerRequest::Deny { reason } => (Decision::Deny(reason.map(Reason::from)), Said::Deny),
            AnswerRequest::Report => (Decision::Report(Some(Reason::NotMe)), Said::Report),
        };
        if said == Said::Approve {
            match blocked(contact.needs_update, device.state, request.uv) {
                Some(Blocked::NeedsUpdate) => return Ok(Prepared::Over(Outcome::NeedsUpdate)),
                Some(Blocked::Stale) => return Ok(Prepared::Over(Outcome::NotActive)),
                None => {}
            }
        }
        let (jws, purpose) = (request.jws.clone(), request.purpose);
        let url = found.answer_endpoint(&request.transaction);
        let registration = self.registration(row).ok_or(Code::RequestGone)?;
        let verified = match Received::new(jws).verify(&registration, now) {
            Ok(verified) => verified,
            Err(ChallengeRefused::Expired) => {
                return Ok(Prepared::Over(self.over(row, transaction, Outcome::Expired)));
            }
            Err(_) => return Ok(Prepared::Over(self.over(row, transaction, Outcome::Answered))),
        };
        let with = match said {
            Said::Approve if device.state != DeviceState::Stale => SignWith::Uv(self.verified_by()),
            Said::Approve | Said::Deny | Said::Report => SignWith::Pop,
        };
        let sent = Sent {
            row: row.to_owned(),
            transaction: verified.transaction().clone(),
            expires_at: verified.expires_at(),
            purpose,
            said,
            url,
        };
        let answer = verified.answer(decision, with, env!("CARGO_PKG_VERSION"), now, &mut *self.rng)?;
        let (used, key) = match answer.key() {
            KeyKind::Uv => (KeyUse::Uv, device.uv),
            KeyKind::Pop => (KeyUse::Pop, device.pop),
        };
        Ok(Prepared::Sign(Box::new(ToSign { device: self.device(), used, key, answer, sent })))
    }

    /// The call that sends a signed answer.
    pub(crate) fn answer_call(sent: &Sent, answer: Answer, signature: &Signature) -> Call {
        let signed: Signed = answer.signed(signature);
        Call::new("POST", sent.url.clone()).with(ANSWER, signed.body().to_vec())
    }

    /// Takes what came back for an answer, and says which end the request came to.
    pub(crate) fn take_outcome(
        &mut self,
        sent: &Sent,
        heard: Heard<'_>,
    ) -> Result<OutcomeView, CommandError> {
        self.vault()?;
        let (outcome, retry_after) = self.outcome(sent, heard)?;
        // The key that is left may still say no.
        let can_deny = outcome == Outcome::NotActive && matches!(heard, Heard::Unsigned(_));
        let is_open = can_deny
            || matches!(
                outcome,
                Outcome::Offline | Outcome::TryLater | Outcome::NotVerified | Outcome::NeedsUpdate
            );
        let row = sent.row.as_str();
        if !is_open && outcome != Outcome::Removed {
            let now = self.time_at(row);
            let contact = self.contact(row);
            contact.answered.note(sent.transaction.clone(), sent.expires_at, now);
            contact.pending.retain(|request| request.transaction != sent.transaction);
        }
        let is_set_up = outcome == Outcome::Approved && sent.purpose == Purpose::Activation;
        if is_set_up {
            self.change_device(row, |device| device.state = DeviceState::Active)?;
        }
        // The list is as it was, except for this one; the service is asked soon.
        let steady = self.steady();
        if outcome != Outcome::Removed {
            self.contact(row).ask_at = steady;
        }
        let retry_after = retry_after.map(|secs| u32::try_from(secs).unwrap_or(u32::MAX));
        let requests = self.requests()?;
        Ok(OutcomeView { outcome, is_open, is_set_up, retry_after, requests })
    }

    /// The same for an answer that was not sent.
    pub(crate) fn not_sent(&mut self, outcome: Outcome) -> Result<OutcomeView, CommandError> {
        let is_open = matches!(outcome, Outcome::NeedsUpdate | Outcome::NotActive);
        Ok(OutcomeView { outcome, is_open, is_set_up: false, retry_after: None, requests: self.requests()? })
    }

    /// What a refusal of any call means for the row. The word is for the screen.
    pub(crate) fn refused(&mut self, row: &str, code: ProblemCode) -> Result<Code, CommandError> {
        if code == ProblemCode::DeviceRevoked {
            self.end_row(row)?;
        } else if code == ProblemCode::DeviceSuspended {
            self.change_device(row, |device| device.state = DeviceState::Suspended)?;
        } else if code == ProblemCode::UpgradeRequired {
            self.contact(row).needs_update = true;
        } else if code == ProblemCode::NotFound {
            return Ok(Code::RequestGone);
        }
        Ok(code.into())
    }

    /// Recent activity, fit for a screen.
    pub(crate) fn activity_view(
        &mut self,
        row: &str,
        body: &[u8],
        trip: Trip,
    ) -> Result<ActivityView, CommandError> {
        self.discovery(row)?;
        let list: ActivityList = crypto_core::approval::wire::read(body).ok_or(Code::BadAnswer)?;
        self.learn_time(row, list.server_time, trip);
        let items = list.items.into_iter().filter(|item| is_plain(&item.id)).take(MOST_ACTIVITY);
        Ok(ActivityView { items: items.map(item_view).collect() })
    }

    /// The call that reports one item.
    pub(crate) fn report_call(found: &Discovery, item: &str) -> Result<Call, CommandError> {
        if !is_plain(item) {
            return Err(Code::RequestGone.into());
        }
        Ok(Call::new("POST", format!("{}/{item}/report", found.activity_endpoint)))
    }

    /// The call that fetches recent activity.
    pub(crate) fn activity_call(found: &Discovery) -> Call {
        Call::new("GET", format!("{}?limit={MOST_ACTIVITY}", found.activity_endpoint))
    }

    /// True if some are gone.
    pub(super) fn drop_expired(&mut self) -> bool {
        let rows: Vec<String> = self.contacts.keys().cloned().collect();
        let mut dropped = false;
        for row in rows {
            let now = self.time_at(&row);
            let contact = self.contact(&row);
            let before = contact.pending.len();
            contact.pending.retain(|request| now < request.expires_at);
            dropped |= contact.pending.len() != before;
        }
        dropped
    }

    /// Rows with a device, outside the trash.
    fn asked_rows(&self) -> impl Iterator<Item = &Entry> {
        let entries = match &self.state {
            State::Open { vault, .. } => vault.entries(),
            State::Closed | State::Locked(_) | State::Problem { .. } => &[],
        };
        entries.iter().filter(|entry| entry.removed_at.is_none() && entry.enrolled().is_some())
    }

    fn over(&mut self, row: &str, transaction: &str, outcome: Outcome) -> Outcome {
        self.contact(row).pending.retain(|request| request.transaction.as_str() != transaction);
        outcome
    }

    /// How the person is verified for an approval: by the platform, or by what opened the app.
    fn verified_by(&self) -> UvMethod {
        let by_the_app = match self.protection() {
            Protection::Passphrase => UvMethod::Passphrase,
            Protection::Keystore | Protection::Person => UvMethod::Session,
        };
        self.device.about().verifies.unwrap_or(by_the_app)
    }

    fn outcome(&mut self, sent: &Sent, heard: Heard<'_>) -> Result<(Outcome, Option<u64>), CommandError> {
        let row = sent.row.as_str();
        Ok(match heard {
            Heard::Body(body) => (received(sent.said, body), None),
            Heard::Nothing => (Outcome::Offline, None),
            Heard::Unsigned(DeviceError::NotVerified) => (Outcome::NotVerified, None),
            Heard::Unsigned(DeviceError::SigningKeyLost) if sent.said == Said::Approve => {
                self.change_device(row, |device| device.state = DeviceState::Stale)?;
                (Outcome::NotActive, None)
            }
            Heard::Unsigned(error) => return Err(error.into()),
            Heard::Problem(None, _) => (Outcome::Refused, None),
            Heard::Problem(Some(code), retry_after) => {
                let outcome = match code {
                    ProblemCode::NumberMismatch => Outcome::WrongNumber,
                    ProblemCode::Expired | ProblemCode::CodeExpired => Outcome::Expired,
                    ProblemCode::AlreadyResolved | ProblemCode::NotFound => Outcome::Answered,
                    ProblemCode::PushLocked => Outcome::Locked,
                    ProblemCode::DeviceSuspended => Outcome::Suspended,
                    ProblemCode::DeviceNotActive => Outcome::NotActive,
                    ProblemCode::UpgradeRequired => Outcome::NeedsUpdate,
                    ProblemCode::BadProof | ProblemCode::BadSignature | ProblemCode::UnknownDevice => {
                        Outcome::SignInAgain
                    }
                    ProblemCode::DeviceRevoked => Outcome::Removed,
                    ProblemCode::SlowDown
                    | ProblemCode::TryLater
                    | ProblemCode::TooManyPending
                    | ProblemCode::UseDpopNonce => Outcome::TryLater,
                    ProblemCode::Malformed
                    | ProblemCode::UnsupportedVersion
                    | ProblemCode::UvRequired
                    | ProblemCode::AttestationRejected
                    | ProblemCode::CodeAlreadyClaimed
                    | ProblemCode::LimitDevices => Outcome::Refused,
                };
                self.refused(row, code)?;
                (outcome, retry_after)
            }
        })
    }

    fn request_view(&self, entry: &Entry, request: &Pending, now: UnixTime) -> RequestView {
        let row = entry.id.as_str();
        let needs_update = self.contacts.get(row).is_some_and(|contact| contact.needs_update);
        let state = entry.enrolled().map_or(DeviceState::Stale, |device| device.state);
        let context = &request.context;
        let millis = |millis: u64| u32::try_from(millis).unwrap_or(u32::MAX);
        RequestView {
            id: request.id(row),
            account: row.to_owned(),
            issuer: entry.issuer.clone(),
            username: entry.account.clone(),
            host: entry
                .work()
                .and_then(|work| work.issuer.as_ref())
                .map(|issuer| issuer.host().to_owned())
                .unwrap_or_default(),
            purpose: request.purpose.into(),
            app: context.app.clone(),
            place: context.loc.as_ref().map(|place| place.label.clone()),
            country: context.loc.as_ref().and_then(|place| place.cc.clone()),
            ip: context.ip.clone(),
            client: context.client.clone(),
            time: context.time.map(|secs| seconds(UnixTime::from_secs(secs))),
            unfamiliar: context.unfamiliar,
            proximity: context.proximity.into(),
            digits: request.digits,
            can_scan: request.may_be_scanned,
            is_matched: request.scanned.is_some(),
            left_ms: millis(request.expires_at.millis_since(now)),
            life_ms: millis(request.expires_at.millis_since(request.asked_at)),
            others_pending: request.others_pending,
            blocked: blocked(needs_update, state, request.uv),
        }
    }
}

/// When a row is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// After so many seconds.
    After(u64),
    /// It could not be asked; later, and not before so many seconds if the service says so.
    Failed(Code, Option<u64>),
    /// Asking again would change nothing.
    Never(Code),
}

/// What a receipt says. One that says something else than was answered is no success.
fn received(said: Said, body: &[u8]) -> Outcome {
    let Some(Receipt { status }) = crypto_core::approval::wire::read(body) else { return Outcome::Refused };
    match (status, said) {
        (TransactionState::Approved | TransactionState::Consumed, Said::Approve) => Outcome::Approved,
        (TransactionState::Denied, Said::Deny) => Outcome::Denied,
        (TransactionState::Reported, Said::Report) => Outcome::Reported,
        (TransactionState::Mismatch, Said::Approve) => Outcome::WrongNumber,
        (TransactionState::Expired, _) => Outcome::Expired,
        (TransactionState::Pending, _) => Outcome::Refused,
        _ => Outcome::Answered,
    }
}

fn blocked(needs_update: bool, state: DeviceState, uv: UvPolicy) -> Option<Blocked> {
    if needs_update {
        Some(Blocked::NeedsUpdate)
    } else if state == DeviceState::Stale && uv == UvPolicy::Required {
        Some(Blocked::Stale)
    } else {
        None
    }
}

fn item_view(item: Activity) -> ActivityItemView {
    let text = |text: Option<String>| text.map(|text| shown_text(&text)).filter(|text| !text.is_empty());
    let (place, country) = item.place.map_or((None, None), |place| (Some(place.label), place.cc));
    ActivityItemView {
        id: item.id,
        time: seconds(item.time),
        app: text(item.app),
        place: text(place),
        country: text(country),
        ip: text(item.ip),
        client: text(item.client),
        method: shown_text(&item.method),
        result: shown_text(&item.result),
    }
}

/// It goes into a path.
fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl From<NotAnswered> for CommandError {
    fn from(error: NotAnswered) -> Self {
        match error {
            NotAnswered::NumberLength => Code::NumberLength,
            NotAnswered::NeedsUv | NotAnswered::NoUvKey => Code::SigningKeyLost,
            NotAnswered::OtherRequest | NotAnswered::NoScan => Code::RequestGone,
        }
        .into()
    }
}

impl From<DenyReason> for Reason {
    fn from(reason: DenyReason) -> Self {
        match reason {
            DenyReason::Cancelled => Self::Cancelled,
            DenyReason::UnknownApp => Self::UnknownApp,
            DenyReason::NotMe => Self::NotMe,
        }
    }
}

impl From<Purpose> for RequestPurpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Signin => Self::SignIn,
            Purpose::Activation => Self::Activation,
            Purpose::SecurityChange => Self::SecurityChange,
            Purpose::Recovery => Self::Recovery,
        }
    }
}

impl From<Option<Proximity>> for RequestProximity {
    fn from(proximity: Option<Proximity>) -> Self {
        match proximity {
            Some(Proximity::Near) => Self::Near,
            Some(Proximity::Far) => Self::Far,
            Some(Proximity::Unknown) | None => Self::Unknown,
        }
    }
}

impl From<DeviceState> for WorkState {
    fn from(state: DeviceState) -> Self {
        match state {
            DeviceState::PendingConfirmation => Self::Pending,
            DeviceState::Active => Self::Active,
            DeviceState::Suspended => Self::Suspended,
            DeviceState::Stale => Self::Stale,
            DeviceState::Revoked => Self::SignIn,
        }
    }
}

/// How long a service may hold its answer back.
const LONG_POLL_SECS: u64 = 25;
const LEAST_WAIT_SECS: u64 = 1;
const LONGEST_WAIT_SECS: u64 = 60;
/// The longest that a service can ask to be left alone.
const LONGEST_ASKED_SECS: u64 = 60 * 60;
/// Until the app locks, or the person asks.
const NEVER_MS: u64 = 24 * 60 * 60 * 1000;
const LEAVE_AGAIN_MS: u64 = 60 * 60 * 1000;
const JITTER_MS: u64 = 1000;
/// The protocol's list has four.
const MOST_CHALLENGES: usize = 8;
const MOST_ACTIVITY: usize = 20;
const ANSWER: &str = "application/approval-answer+jwt";
