//! Adding a work account. The order of the steps is such that nothing is lost wherever it breaks off:
//!
//! 1. The code is shown to the service (`begin`), and the person sees whose account it is. Nothing is kept.
//! 2. The person says "Add". The keys are made, and the vault is written once as it is: a disk that is full is
//!    found out before the code is used up.
//! 3. The service is told (`complete`), and gives the key of the codes, once.
//! 4. The row is stored whole, in one write. If that fails, the row waits in memory and "Add" stores it.
//!
//! Should the app end between 3 and 4, the service has a device that nobody has confirmed, which dies within ten
//! minutes, and here is nothing: the person begins anew. No row is ever stored that cannot approve.

use crypto_core::approval::activation::{self, Begin, Begun, Completed, Completion};
use crypto_core::approval::activation::{ActivationLink, ManualActivation};
use crypto_core::approval::challenge::UvPolicy;
use crypto_core::approval::grant::{self, GrantBegin, GrantBegun, GrantPoll, GrantState, GrantStatus};
use crypto_core::approval::wire::{DeviceAbout, Discovery};
use crypto_core::approval::{ApproveLink, GrantId, Nonce, Origin};
use crypto_core::codes::CodeSpec;
use crypto_core::seal::sign::{Signature, Thumbprint, Unsigned};
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use crypto_core::vault::{self, DeviceKey, Enrolled, Entry, Vault, Work};
use device::{KeyUse, Phone};

use super::contacts::{Call, JSON, Trip, Who, kept_name, wants_newer_app};
use super::{App, State};
use crate::error::{Code, CommandError};
use crate::store::Store;
use crate::view::{ActivationView, AddedView, EnrollView, ExistingView, SignInView, seconds};

/// A work account on its way into the vault.
pub(super) struct Joining {
    session: String,
    origin: Origin,
    /// Whether the origin is that of a mail domain, which may say where its service is.
    by_mail: bool,
    /// The row that comes back to life.
    revives: Option<String>,
    pub(super) pop: Option<DeviceKey>,
    uv: Option<DeviceKey>,
    pub(super) nonce: String,
    discovery: Option<Discovery>,
    /// The body that begins, with the code in it.
    begin: Option<SecretText>,
    stage: Stage,
}

enum Stage {
    /// The person is to sign in in the browser.
    SignIn(Option<Grant>),
    /// There is a code that entitles to begin.
    Code { pinned: Option<Thumbprint> },
    /// The service has said whose account it is.
    Begun { begun: Box<Begun>, is_typed: bool, until: u64 },
    /// The service has the device; the row waits for being stored.
    Completed(Box<Row>),
}

/// A row that waits for being stored.
struct Row {
    names: (String, String),
    enrolled: Enrolled,
    codes: Option<(SecretBytes, CodeSpec)>,
    trip: Trip,
    server_time: UnixTime,
}

impl Row {
    /// The vault gets a copy; this one is kept until that is stored.
    fn work(&self, issuer: &Origin) -> Work {
        // expose: as above.
        let codes =
            self.codes.as_ref().map(|(secret, spec)| (SecretBytes::new(secret.expose().to_vec()), *spec));
        Work::enrolled(issuer.clone(), self.enrolled.clone(), codes)
    }
}

struct Grant {
    id: GrantId,
    uri: String,
    until: u64,
    interval: u64,
}

/// What the person is to be asked before `complete`: a signature by the key that needs them.
pub(crate) struct ToProve<D> {
    pub(crate) device: std::sync::Arc<D>,
    pub(crate) key: DeviceKey,
    pub(crate) unsigned: Unsigned,
}

/// How far "Add" is.
pub(crate) enum Adding<D> {
    /// The person is to be asked, then [`App::completion`].
    Prove(Box<ToProve<D>>),
    /// The service has it: only storing is left.
    Store,
}

/// What became of a sign-in in the browser.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    /// To be asked again after so many seconds.
    Pending(u64),
    /// There is a code; what follows is as after a scan.
    Granted,
}

impl<D: Phone, S: Store> App<D, S> {
    /// Looks at an address and a code that were typed instead of scanned.
    pub fn inspect_activation(
        &mut self,
        address: &str,
        code: &SecretText,
    ) -> Result<EnrollView, CommandError> {
        self.vault()?;
        // expose: read as what it is.
        let ManualActivation { origin, handle, code } = ManualActivation::parse(address, code.expose())?;
        Ok(self.found_code(origin, &Begin::Typed { handle, code }, None))
    }

    /// A scanned or pasted link.
    pub(super) fn found_link(&mut self, link: ActivationLink) -> EnrollView {
        let ActivationLink { origin, code, key } = link;
        self.found_code(origin, &Begin::Scanned(code), Some(key))
    }

    /// A scanned sign-in page.
    pub(super) fn found_page(&mut self, link: ApproveLink) -> EnrollView {
        let host = link.origin.host().to_owned();
        let is_same = |known: &ApproveLink| {
            known.origin == link.origin
                && known.transaction == link.transaction
                && known.secret.ct_eq(&link.secret)
        };
        if let Some((session, _)) = self.scanned.as_ref().filter(|(_, known)| is_same(known)) {
            return EnrollView::Approve { session: session.clone(), host };
        }
        let session = self.session();
        self.scanned = Some((session.clone(), link));
        EnrollView::Approve { session, host }
    }

    fn found_code(&mut self, origin: Origin, begin: &Begin, pinned: Option<Thumbprint>) -> EnrollView {
        let (host, typed, begin) = (origin.host().to_owned(), pinned.is_none(), begin.to_json());
        // A camera sees a code more than once; what is on screen stays.
        // expose: compared with what was scanned a moment ago.
        let is_same = |joining: &&Joining| {
            let same = joining.begin.as_ref().is_some_and(|known| known.expose() == begin.expose());
            same && joining.origin == origin && joining.revives.is_none()
        };
        if let Some(known) = self.joining.as_ref().filter(is_same) {
            return EnrollView::Activation { session: known.session.clone(), host, typed };
        }
        let session = self.join(origin, None, Stage::Code { pinned });
        if let Some(joining) = &mut self.joining {
            joining.begin = Some(begin);
        }
        EnrollView::Activation { session, host, typed }
    }

    /// Begins to add an account, or to bring a row back, by signing in. Nothing is asked yet.
    pub(crate) fn begin_grant(
        &mut self,
        address: Option<&str>,
        revives: Option<&str>,
    ) -> Result<String, CommandError> {
        let vault = self.vault()?;
        let mut origin = None;
        if let Some(row) = revives {
            let entry = vault.entry(row).filter(|entry| entry.removed_at.is_none());
            let work = entry.ok_or(Code::AccountGone)?.work().ok_or(Code::NotNow)?;
            origin.clone_from(&work.issuer);
        }
        let (origin, by_mail) = match (address, origin) {
            (_, Some(known)) => (known, false),
            (Some(address), None) => {
                (service_of(address)?, address.contains('@') && !address.contains("://"))
            }
            (None, None) => return Err(Code::BadAddress.into()),
        };
        let session = self.join(origin, revives.map(str::to_owned), Stage::SignIn(None));
        self.joining(&session)?.by_mail = by_mail;
        Ok(session)
    }

    fn join(&mut self, origin: Origin, revives: Option<String>, stage: Stage) -> String {
        self.drop_joining();
        let session = self.session();
        self.joining = Some(Joining {
            session: session.clone(),
            origin,
            by_mail: false,
            revives,
            pop: None,
            uv: None,
            nonce: String::new(),
            discovery: None,
            begin: None,
            stage,
        });
        session
    }

    /// Forgets an account on its way, and deletes the keys that were made for it.
    pub(super) fn drop_joining(&mut self) {
        let Some(joining) = self.joining.take() else { return };
        for key in joining.pop.iter().chain(&joining.uv) {
            // A keystore that does not answer keeps a key that nothing refers to.
            let _ = self.device.delete_key(&key.handle);
        }
    }

    pub(super) fn joining(&mut self, session: &str) -> Result<&mut Joining, CommandError> {
        let joining = self.joining.as_mut().filter(|joining| joining.session == session);
        joining.ok_or_else(|| Code::SessionGone.into())
    }

    /// Where the account on its way lives.
    pub(crate) fn joins_at(&mut self, session: &str) -> Result<Origin, CommandError> {
        self.vault()?;
        Ok(self.joining(session)?.origin.clone())
    }

    /// Whether the account was asked for by a mail address, whose domain may name another service.
    pub(crate) fn joins_by_mail(&mut self, session: &str) -> Result<bool, CommandError> {
        Ok(self.joining(session)?.by_mail)
    }

    /// The mail domain said where its service is, once.
    pub(crate) fn joins_elsewhere(&mut self, session: &str, origin: Origin) -> Result<(), CommandError> {
        let joining = self.joining(session)?;
        (joining.origin, joining.by_mail) = (origin, false);
        Ok(())
    }

    /// Takes what the service says of itself. One that wants a newer app gets no account.
    pub(crate) fn joins_with(&mut self, session: &str, found: Discovery) -> Result<(), CommandError> {
        if wants_newer_app(&found) {
            return Err(Code::NeedsUpdate.into());
        }
        self.joining(session)?.discovery = Some(found);
        Ok(())
    }

    /// Whether the service was asked what it is.
    pub(crate) fn has_discovered(&mut self, session: &str) -> Result<bool, CommandError> {
        self.vault()?;
        Ok(self.joining(session)?.discovery.is_some())
    }

    /// The call that begins a grant, which has the key that the activation is completed with.
    pub(crate) fn grant_call(&mut self, session: &str) -> Result<Call, CommandError> {
        self.vault()?;
        let about = self.about();
        if self.joining(session)?.pop.is_none() {
            // There is no activation yet, and no other challenge than the nonce that this call is proven with.
            let nonce = Nonce::try_from(self.joining(session)?.nonce.as_str()).ok();
            let challenge = nonce.as_ref().map_or(&[][..], |nonce| nonce.as_str().as_bytes());
            let pop = self.device.make_key(KeyUse::Pop, challenge)?;
            self.joining(session)?.pop = Some(pop);
        }
        let url = grant::begin_endpoint(&self.joining(session)?.origin);
        Ok(Call::new("POST", url).with(JSON, GrantBegin { device: about }.to_json()))
    }

    /// Takes the answer to [`grant_call`](Self::grant_call).
    pub(crate) fn grant_begun(&mut self, session: &str, body: &[u8]) -> Result<SignInView, CommandError> {
        let steady = self.steady();
        let joining = self.joining(session)?;
        let GrantBegun { grant_id, user_code, verification_uri, expires_in, interval, .. } =
            GrantBegun::from_json(body, &joining.origin)?;
        let user_code = user_code.as_str().to_owned();
        joining.stage = Stage::SignIn(Some(Grant {
            id: grant_id,
            uri: verification_uri.clone(),
            until: steady.saturating_add(expires_in.saturating_mul(1000)),
            interval,
        }));
        let service = joining.discovery.as_ref().map(|found| kept_name(&found.display_name));
        Ok(SignInView {
            session: session.to_owned(),
            host: joining.origin.host().to_owned(),
            service: service.unwrap_or_default(),
            user_code,
            address: verification_uri,
            opened: false,
            expires_in: seconds_left(expires_in),
        })
    }

    /// The page to sign in on. It was held to the service's own origin when it came.
    pub(crate) fn sign_in_page(&mut self, session: &str) -> Result<String, CommandError> {
        self.vault()?;
        match &self.joining(session)?.stage {
            Stage::SignIn(Some(grant)) => Ok(grant.uri.clone()),
            Stage::SignIn(None) | Stage::Code { .. } | Stage::Begun { .. } | Stage::Completed(_) => {
                Err(Code::NotNow.into())
            }
        }
    }

    /// The call that asks after a grant, with the seconds to wait before it; none if there is a code already.
    pub(crate) fn grant_poll(&mut self, session: &str) -> Result<Option<(u64, Call)>, CommandError> {
        self.vault()?;
        let steady = self.steady();
        let joining = self.joining(session)?;
        let grant = match &joining.stage {
            Stage::SignIn(Some(grant)) => grant,
            Stage::SignIn(None) => return Err(Code::NotNow.into()),
            Stage::Code { .. } | Stage::Begun { .. } | Stage::Completed(_) => return Ok(None),
        };
        if steady >= grant.until {
            return Err(Code::SignInExpired.into());
        }
        let url = grant::poll_endpoint(&joining.origin);
        let body = GrantPoll { grant_id: grant.id.clone() }.to_json();
        Ok(Some((grant.interval, Call::new("POST", url).with(JSON, body))))
    }

    /// Takes the answer to [`grant_poll`](Self::grant_poll).
    pub(crate) fn grant_polled(&mut self, session: &str, body: &[u8]) -> Result<Waited, CommandError> {
        let joining = self.joining(session)?;
        let Stage::SignIn(Some(grant)) = &mut joining.stage else { return Ok(Waited::Granted) };
        let GrantStatus { state, interval, .. } = GrantStatus::from_json(body, &joining.origin)?;
        match state {
            GrantState::Pending => {
                grant.interval = interval;
                Ok(Waited::Pending(interval))
            }
            GrantState::Denied => {
                self.drop_joining();
                Err(Code::SignInDenied.into())
            }
            GrantState::Granted(ActivationLink { code, key, .. }) => {
                joining.begin = Some(Begin::Scanned(code).to_json());
                joining.stage = Stage::Code { pinned: Some(key) };
                Ok(Waited::Granted)
            }
        }
    }

    /// The call that shows the code; none if that was done. No key of ours takes part in it.
    pub(crate) fn begin_call(&mut self, session: &str) -> Result<Option<Call>, CommandError> {
        self.vault()?;
        let joining = self.joining(session)?;
        let Stage::Code { .. } = &joining.stage else { return Ok(None) };
        let begin = joining.begin.as_ref().ok_or(Code::NotNow)?;
        let found = joining.discovery.as_ref().ok_or(Code::NotNow)?;
        let url = format!("{}/begin", found.activation_endpoint);
        // expose: sent to the service that made it.
        Ok(Some(Call::new("POST", url).with(JSON, begin.expose().as_bytes().to_vec())))
    }

    /// Takes the answer to [`begin_call`](Self::begin_call): the key must be the one the code names.
    pub(crate) fn begun(&mut self, session: &str, body: &[u8]) -> Result<(), CommandError> {
        let steady = self.steady();
        let joining = self.joining(session)?;
        let Stage::Code { pinned } = &joining.stage else { return Ok(()) };
        let begun = Begun::from_json(body, pinned.as_ref())?;
        joining.nonce.clone_from(&begun.dpop_nonce);
        let until = steady.saturating_add(begun.expires_in.saturating_mul(1000));
        joining.stage = Stage::Begun { is_typed: pinned.is_none(), begun: Box::new(begun), until };
        Ok(())
    }

    /// What the person is asked.
    pub(crate) fn activation_view(&mut self, session: &str) -> Result<ActivationView, CommandError> {
        let software_key = self.device.about().software_keys;
        let steady = self.steady();
        let Self { joining: Some(joining), state: State::Open { vault, .. }, .. } = self else {
            return Err(Code::SessionGone.into());
        };
        let Stage::Begun { begun, is_typed, until } = &joining.stage else { return Err(Code::NotNow.into()) };
        if joining.session != session {
            return Err(Code::SessionGone.into());
        }
        let revives = joining.revives.clone().or_else(|| {
            let account = kept_name(&begun.account.username);
            waiting(vault, &joining.origin, &account).map(|entry| entry.id.as_str().to_owned())
        });
        let existing = match &revives {
            Some(_) => None,
            None => existing(vault, &joining.origin, begun),
        };
        Ok(ActivationView {
            session: session.to_owned(),
            host: joining.origin.host().to_owned(),
            service: kept_name(&begun.service.name),
            account: kept_name(&begun.account.username),
            name: kept_name(&begun.account.display_name),
            fingerprint: is_typed.then(|| activation::fingerprint(&begun.service.jwk.thumbprint())),
            codes: begun.policy.totp,
            verification: begun.policy.uv == UvPolicy::Required,
            software_key,
            existing,
            revives,
            expires_in: seconds_left(until.saturating_sub(steady) / 1000),
        })
    }

    /// The person says "Add": the keys are made, and what they sign first.
    pub(crate) fn add(&mut self, session: &str) -> Result<Adding<D>, CommandError> {
        let now = self.now();
        if let Stage::Completed(_) = self.joining(session)?.stage {
            return Ok(Adding::Store);
        }
        let Stage::Begun { begun, .. } = &self.joining(session)?.stage else {
            return Err(Code::NotNow.into());
        };
        let (activation, challenge) = (begun.activation_id.clone(), begun.attestation_challenge.clone());
        let is_full = self.vault()?.entries().len() >= vault::MAX_ENTRIES;
        if is_full && self.activation_view(session)?.revives.is_none() {
            return Err(vault::VaultError::Full.into());
        }
        // A disk that is full is found out before the code is used up.
        self.change(|_, _| Ok(()))?;
        let nonce = challenge.as_str().as_bytes();
        if self.joining(session)?.pop.is_none() {
            let pop = self.device.make_key(KeyUse::Pop, nonce)?;
            self.joining(session)?.pop = Some(pop);
        }
        if self.joining(session)?.uv.is_none() {
            let uv = self.device.make_key(KeyUse::Uv, nonce)?;
            self.joining(session)?.uv = Some(uv);
        }
        let device = self.device();
        let joining = self.joining(session)?;
        let (Some(pop), Some(key)) = (&joining.pop, joining.uv.clone()) else {
            return Err(Code::SessionGone.into());
        };
        let pop = pop.public.thumbprint();
        let unsigned =
            activation::uv_proof(&joining.origin, activation.as_str(), &challenge, pop, &key.public, now);
        Ok(Adding::Prove(Box::new(ToProve { device, key, unsigned })))
    }

    /// The call that completes it.
    pub(crate) fn completion(
        &mut self,
        session: &str,
        proof: Unsigned,
        signature: &Signature,
    ) -> Result<Call, CommandError> {
        self.vault()?;
        let about = self.about();
        let device = self.device();
        let joining = self.joining(session)?;
        let Stage::Begun { begun, .. } = &joining.stage else { return Err(Code::NotNow.into()) };
        let (Some(pop), Some(uv), Some(found)) = (&joining.pop, &joining.uv, &joining.discovery) else {
            return Err(Code::SessionGone.into());
        };
        let completion = Completion {
            activation_id: begun.activation_id.clone(),
            uv_proof: proof.signed(signature),
            attestation: device.attest(&pop.handle, &uv.handle)?,
            push: None,
            device: about,
        };
        let url = format!("{}/complete", found.activation_endpoint);
        Ok(Call::new("POST", url).with(JSON, completion.to_json()))
    }

    /// Takes the answer: the row is whole, and waits for being stored.
    pub(crate) fn completed(&mut self, session: &str, body: &[u8], trip: Trip) -> Result<(), CommandError> {
        let software = self.device.about().software_keys;
        let joining = self.joining(session)?;
        let Stage::Begun { begun, .. } = &joining.stage else { return Err(Code::NotNow.into()) };
        let done = Completed::from_json(body).ok_or(Code::BadAnswer)?;
        let (Some(pop), Some(uv)) = (joining.pop.clone(), joining.uv.clone()) else {
            return Err(Code::SessionGone.into());
        };
        if done.account_id != begun.account.id {
            return Err(Code::BadAnswer.into());
        }
        let names = (kept_name(&begun.service.name), kept_name(&begun.account.username));
        let codes = done.totp.as_ref().map(|seed| seed.account(&names.0, &names.1)).transpose();
        let codes = codes.map_err(|_| Code::BadAnswer)?.map(|account| (account.secret, account.spec));
        let enrolled = Enrolled {
            account: done.account_id,
            id: done.device_id,
            state: done.state,
            service: crypto_core::approval::rotation::ServicePin::new(begun.service.jwk.clone()),
            pop,
            uv,
            software,
        };
        joining.nonce = done.dpop_nonce;
        joining.stage =
            Stage::Completed(Box::new(Row { names, enrolled, codes, trip, server_time: done.server_time }));
        Ok(())
    }

    /// The row whose device the new one takes the place of.
    pub(crate) fn leaves_behind(&mut self, session: &str, replaces: Option<&str>) -> Option<String> {
        let revives = self.joining(session).ok()?.revives.clone();
        let row = revives.filter(|_| replaces.is_none())?;
        self.vault().ok()?.entry(&row)?.enrolled().map(|_| row)
    }

    /// Stores the row, as a new one or in place of the one that it revives. If it cannot be stored, it waits.
    pub(crate) fn store_joined(
        &mut self,
        session: &str,
        replaces: Option<&str>,
    ) -> Result<AddedView, CommandError> {
        let now = self.now();
        self.vault()?;
        self.joining(session)?;
        let Some(joining) = self.joining.take() else { return Err(Code::SessionGone.into()) };
        let Stage::Completed(row) = &joining.stage else {
            self.joining = Some(joining);
            return Err(Code::NotNow.into());
        };
        let revives = joining.revives.as_deref();
        let stored = self.change(|vault, rng| {
            let replaced = replaces.map(|id| vault.entry(id).ok_or(Code::AccountGone)).transpose()?;
            // A name that waits for signing in is what this brings back, however the code for it came.
            let found = match replaced {
                Some(replaced) => Some(replaced).filter(|entry| waits(entry)),
                None => waiting(vault, &joining.origin, &row.names.1),
            };
            let revives = revives.or_else(|| found.map(|entry| entry.id.as_str()));
            if let Some(id) = revives.map(str::to_owned) {
                let entry = vault.entry_mut(&id).ok_or(Code::AccountGone)?;
                let is_named_alike = entry.account == row.names.1;
                let was = entry.work_mut().ok_or(Code::NotNow)?;
                let is_at_its_place = was.issuer.as_ref() == Some(&joining.origin);
                let before = std::mem::replace(was, row.work(&joining.origin)).device;
                // Whoever signed in is who it is now, whatever the row was called. The name that the person gave
                // to the organisation of the same account stays.
                if !(is_named_alike && is_at_its_place) {
                    (entry.issuer, entry.account) = row.names.clone();
                }
                entry.removed_at = None;
                return Ok((id, before));
            }
            if let Some(id) = replaces {
                vault.entry_mut(id).ok_or(Code::AccountGone)?.removed_at = Some(now);
            }
            let id = vault.add_work(row.names.clone(), row.work(&joining.origin), now, rng)?;
            Ok((id.as_str().to_owned(), None))
        });
        let (id, before) = match stored {
            Ok(stored) => stored,
            Err(error) => {
                self.joining = Some(joining);
                return Err(error);
            }
        };
        let (trip, server_time) = (row.trip, row.server_time);
        self.renew_previous_copy();
        // A stale device that was signed in again leaves its old keys behind.
        before.iter().for_each(|device: &Enrolled| self.delete_keys(device));
        self.contacts.remove(&id);
        self.contact(&id).discovery = joining.discovery;
        self.learn_time(&id, server_time, trip);
        self.keep_nonce(&Who::Row(id.clone()), joining.nonce);
        Ok(AddedView { ids: vec![id] })
    }

    fn about(&self) -> DeviceAbout {
        let device::About { name, system, model, version, .. } = self.device.about();
        DeviceAbout { name, platform: system, model, os: version, app: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// Whether only the name of a work account is there.
fn waits(entry: &Entry) -> bool {
    entry.work().is_some_and(|work| work.device.is_none())
}

/// The live row of an account at `origin` of which only the name is there.
fn waiting<'a>(vault: &'a Vault, origin: &Origin, account: &str) -> Option<&'a Entry> {
    vault.entries().iter().find(|entry| {
        let is_here = entry.work().is_some_and(|work| work.issuer.as_ref() == Some(origin));
        entry.removed_at.is_none() && waits(entry) && is_here && entry.account == account
    })
}

/// A live row of the same account at the same service.
fn existing(vault: &Vault, origin: &Origin, begun: &Begun) -> Option<ExistingView> {
    let is_same = |entry: &&Entry| {
        entry.removed_at.is_none()
            && entry.work().is_some_and(|work| {
                let device = work.device.as_ref();
                work.issuer.as_ref() == Some(origin)
                    && device.is_some_and(|device| device.account == begun.account.id)
            })
    };
    vault.entries().iter().find(is_same).map(|entry| ExistingView {
        id: entry.id.as_str().to_owned(),
        same_key: false,
        issuer: entry.issuer.clone(),
        account: entry.account.clone(),
        added_at: seconds(entry.added_at),
    })
}

/// The service that an e-mail address or a typed address names.
fn service_of(address: &str) -> Result<Origin, CommandError> {
    let address = address.trim();
    if address.is_empty() || address.len() > LONGEST_ADDRESS {
        return Err(Code::BadAddress.into());
    }
    if address.contains("://") {
        return Ok(Origin::split(address)?.0);
    }
    // What stands before the last @ is the person's, and is not sent.
    let host = address.rsplit_once('@').map_or(address, |(_, host)| host);
    Ok(Origin::split(&format!("https://{host}"))?.0)
}

fn seconds_left(secs: u64) -> u32 {
    u32::try_from(secs).unwrap_or(u32::MAX)
}

/// In bytes.
const LONGEST_ADDRESS: usize = 512;
