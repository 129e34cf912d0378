//! Requests to a phone, the protocol's transactions: made by a page that shows a number, fetched and
//! answered by a device, redeemed by the browser session that began them, once.
//!
//! Whatever counts happens while the person's row is locked, and a request leaves pending by one statement
//! that only one of many can win. Nothing but the sealed column knows the number.

use std::time::Duration;

use crypto_core::approval::activation::Policy;
use crypto_core::approval::answer::{self, Device, KeyKind, Outcome, Verdict};
use crypto_core::approval::challenge::{Context, Issued, Question, Scan};
use crypto_core::approval::limit::{Browser, ChallengeLife, Lock, PromptRefused, PromptState, Wake};
use crypto_core::approval::state::{DeviceState, Purpose, TransactionState};
use crypto_core::approval::{
    AccountId, ApproveLink, DeviceId, MatchNumber, ProblemCode, ScanSecret, TransactionId, challenge,
};
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::audit::{self, Record, What};
use crate::deliver::Errand;
use crate::devices::DeviceRefused;
use crate::keys::Sealed;
use crate::methods::MethodKind;
use crate::policy::OrganisationPolicy;
use crate::sessions::{Opened, SignInRefused, Stage};
use crate::store::{Asked, Authenticator, Request, Session, StoreError, Telling, Tx, User};
use crate::visitor::Visitor;
use crate::wake::Topic;

/// A request as its page shows it.
#[derive(Debug)]
pub struct Shown {
    /// Which one.
    pub id: TransactionId,
    /// What the person types on the phone.
    pub number: SecretText,
    /// The text of the QR code that the phone can scan; none where the number has to be typed.
    pub scan: Option<SecretText>,
    /// What the phone shows too.
    pub context: Context,
    /// The names of the devices that were asked.
    pub devices: Vec<String>,
    /// Whether the phone was left in peace: the app has to be opened.
    pub silent: bool,
    /// Until when it can be answered.
    pub expires_at: UnixTime,
}

impl Service {
    /// Asks the person's devices. The same session's earlier pending request is cancelled.
    pub async fn begin_request(
        &self,
        session: &Session,
        purpose: Purpose,
        visitor: &Visitor,
        known_browser: bool,
    ) -> Result<Shown, RequestRefused> {
        let (Stage::Password | Stage::SignedIn, Some(user)) = (session.stage, &session.user) else {
            return Err(RequestRefused::NotNow);
        };
        // A test approval is begun by its activation.
        if purpose == Purpose::Activation {
            return Err(RequestRefused::NotNow);
        }
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let locked = tx.lock_user_with_policy(user).await?;
        let Some((mut user, policy)) = locked.filter(|(user, _)| user.disabled_at.is_none()) else {
            return Err(RequestRefused::NotNow);
        };
        if !policy.app {
            return Err(RequestRefused::SwitchedOff);
        }
        if user.push_suspended_at.is_some() {
            return Err(RequestRefused::Suspended);
        }
        let waiting = self.only_this_session_asks(&mut tx, &user, session, now).await?;
        let devices = asked(tx.authenticators(&user.id).await?, purpose);
        if !devices.iter().any(|device| device.state == DeviceState::Active) {
            tx.commit().await?;
            return Err(RequestRefused::NoDevice);
        }
        let pending = waiting.iter().filter(|request| request.only_device.is_none()).count();
        let browser = if known_browser { Browser::Known } else { Browser::Other };
        let id = TransactionId::make(&mut self.rng());
        let wake = match user.prompts.begin(browser, &id, pending, self.limits(), now) {
            Ok(wake) => wake,
            Err(refused) => {
                // What expired or was cancelled stays so.
                tx.commit().await?;
                return Err(refused.into());
            }
        };
        let context = Context {
            // The service's own pages are an application, too.
            app: session.app.clone().or_else(|| Some(self.config().name.clone())),
            loc: visitor.place.clone(),
            ip: Some(visitor.ip.to_string()),
            client: visitor.client.clone(),
            time: Some(now.secs()),
            unfamiliar: Some(!known_browser),
            proximity: None,
        };
        let new = New { id, session: &session.id, purpose, context, browser, only_device: None };
        let request = self.add_request(&mut tx, &mut user, &policy, new, &waiting, now).await?;
        tx.save_user(&user).await?;
        tx.tell(Topic::User(user.id.clone()));
        tx.commit().await?;
        if wake == Wake::Send {
            self.wake_devices(&devices, Errand::Look, left(&request, now));
        }
        Ok(self.shown(&request, &devices, wake == Wake::Silent)?)
    }

    /// The pending request of this session, for a page that is loaded again.
    pub async fn shown_request(&self, session: &Session, user: &User) -> Result<Option<Shown>, StoreError> {
        let now = self.now();
        let waiting = self.store().pending_requests(&user.id, now).await?;
        let Some(request) = waiting.iter().rfind(|request| is_of(request, session)) else { return Ok(None) };
        let silent = matches!(user.prompts.state(request.browser, now), PromptState::Silent);
        let devices = asked(self.store().authenticators(&user.id).await?, request.purpose);
        self.shown(request, &devices, silent).map(Some)
    }

    /// Where the session's request stands; waits up to `wait` for it to leave pending.
    pub async fn request_state(
        &self,
        session: &Session,
        id: &TransactionId,
        wait: Duration,
    ) -> Result<Option<TransactionState>, StoreError> {
        let Some(user) = &session.user else { return Ok(None) };
        let Some(first) = self.request_of(session, id).await? else { return Ok(None) };
        if self.state_of(&first) != TransactionState::Pending || wait.is_zero() {
            return Ok(Some(self.state_of(&first)));
        }
        // Nobody has to tell that its time is over.
        let left = Duration::from_millis(first.expires_at.millis_since(self.now()));
        let seen = self
            .wake()
            .until(Topic::User(user.clone()), wait.min(left), || async {
                let state = self.request_of(session, id).await?.map(|request| self.state_of(&request));
                Ok::<_, StoreError>((state != Some(TransactionState::Pending)).then_some(state))
            })
            .await?;
        match seen {
            Some(state) => Ok(state),
            None => Ok(self.request_of(session, id).await?.map(|request| self.state_of(&request))),
        }
    }

    /// Signs in with an approved request: by the session that began it, within a minute, once (S-11).
    pub async fn redeem(
        &self,
        session: &Session,
        id: &TransactionId,
        visitor: &Visitor,
    ) -> Result<Opened, SignInRefused> {
        let (Stage::Password | Stage::SignedIn, Some(user)) = (session.stage, &session.user) else {
            return Err(SignInRefused::NotNow);
        };
        let now = self.now();
        let since = UnixTime::from_millis(now.millis().saturating_sub(self.limits().redeem_secs * 1000));
        let mut tx = self.store().begin().await?;
        let Some(user) = tx.lock_user(user).await?.filter(|user| user.disabled_at.is_none()) else {
            return Err(SignInRefused::NotNow);
        };
        let Some(attested) = tx.consume_request(id, &user.id, &session.id, since, now).await? else {
            return Err(SignInRefused::NotNow);
        };
        let opened = self.step_up(&mut tx, session, &user, attested.method_word(), visitor).await?;
        tx.tell(Topic::User(user.id));
        tx.commit().await?;
        Ok(opened)
    }

    /// The person left the page or chose another way.
    pub async fn cancel_request(&self, session: &Session, id: &TransactionId) -> Result<(), StoreError> {
        let Some(user) = &session.user else { return Ok(()) };
        let now = self.now();
        let request = self.request_of(session, id).await?;
        let mut tx = self.store().begin().await?;
        let cancelled = tx.cancel_requests_of_session(&session.id, Some(id), now).await?;
        let found = tx.user(user).await?;
        let devices = tx.authenticators(user).await?;
        let nothing_waits = tx.pending_requests(user, now).await?.is_empty();
        tx.tell(Topic::User(user.clone()));
        tx.commit().await?;
        if let (Some(request), Some(user), true) = (request, found, cancelled && nothing_waits)
            && user.prompts.woke(request.browser, id)
        {
            self.wake_devices(&asked(devices, request.purpose), Errand::Over, left(&request, now));
        }
        Ok(())
    }

    /// Forgets and ends what is over. Nothing waits for it: whoever looks at something that is over sees so.
    pub async fn sweep(&self, now: UnixTime) -> Result<(), StoreError> {
        let ago = |secs: u64| UnixTime::from_millis(now.millis().saturating_sub(secs * 1000));
        let limits = self.limits();
        let mut tx = self.store().begin().await?;
        for request in tx.expire_requests(None, limits.redeem_secs, now).await? {
            if let Some(user) = tx.user(&request.user).await? {
                self.record_expired(&mut tx, &user, &request).await?;
            }
        }
        tx.commit().await?;
        self.store().sweep_activations(ago(limits.unconfirmed_secs), ago(KEPT_SECS), now).await?;
        self.store().drop_grants(ago(KEPT_SECS)).await?;
        self.store().drop_requests(ago(KEPT_SECS)).await?;
        // A proof's id is remembered as long as its nonce can be shown, and its call counted for a minute.
        self.store().drop_proofs(ago(2 * limits.nonce_secs.max(60))).await?;
        self.store().drop_ended_sessions(now).await
    }

    /// What waits for a device, each signed for it once. Waits up to `wait` for the first.
    pub(crate) async fn challenges(
        &self,
        device: &Authenticator,
        visitor: &Visitor,
        wait: Duration,
    ) -> Result<Vec<String>, DeviceRefused> {
        let wait = wait.min(Duration::from_secs(self.limits().long_poll_secs));
        let mut just_read = Some(device.clone());
        let listed = self
            .wake()
            .until(Topic::User(device.user.clone()), wait, || {
                let just_read = just_read.take();
                async {
                    let list = self.challenges_of_this_moment(device, just_read, visitor).await?;
                    Ok::<_, DeviceRefused>((!list.is_empty()).then_some(list))
                }
            })
            .await?;
        Ok(listed.unwrap_or_default())
    }

    async fn challenges_of_this_moment(
        &self,
        device: &Authenticator,
        just_read: Option<Authenticator>,
        visitor: &Visitor,
    ) -> Result<Vec<String>, DeviceRefused> {
        let now = self.now();
        let device = match just_read {
            Some(device) => device,
            // It may have been removed while it waited.
            None => self.store().authenticator(&device.id).await?.ok_or(ProblemCode::UnknownDevice)?,
        };
        device.may_call(self.limits(), now)?;
        let waiting: Vec<_> = self
            .store()
            .pending_for_device(&device.user, &device.id, now)
            .await?
            .into_iter()
            .filter(|(request, _)| is_for(request, &device))
            .take(self.limits().challenges)
            .collect();
        let others = u32::try_from(waiting.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let mut list = Vec::new();
        for (request, telling) in waiting {
            match telling {
                Telling::Told(jws) => list.push(jws),
                Telling::New { account, policy } => {
                    let asking = Asking { account: &account, policy: &policy, device: &device, others };
                    list.extend(self.make_challenge(&request, asking, visitor).await?);
                }
            }
        }
        Ok(list)
    }

    /// Makes the challenge of a request for a device, which is the same from then on; none if the request is gone.
    async fn make_challenge(
        &self,
        request: &Request,
        Asking { account, policy, device, others }: Asking<'_>,
        visitor: &Visitor,
    ) -> Result<Option<String>, StoreError> {
        let proximity = request
            .context
            .ip
            .as_deref()
            .and_then(|ip| ip.parse().ok())
            .map(|sign_in| self.config().visitors.proximity(sign_in, visitor.ip));
        let (_, scan) = self.opened(request)?;
        let secs = request.expires_at.secs().saturating_sub(request.created_at.secs());
        let id = DeviceId::try_from(device.id.as_str()).map_err(|_| StoreError::Damaged("id"))?;
        let question = Question {
            issuer: &self.config().issuer,
            account,
            device: &id,
            transaction: &request.id,
            purpose: request.purpose,
            match_len: request.match_len,
            scan: match scan {
                None => Scan::Never,
                Some(_) if policy.scan_unfamiliar => Scan::Anywhere,
                Some(_) => Scan::Familiar,
            },
            uv: request.uv,
            context: Context { proximity, ..request.context.clone() },
            others_pending: others,
            life: ChallengeLife::new(secs).ok_or(StoreError::Damaged("expires_at"))?,
        };
        let key = self.signing_key().await?;
        let issued = challenge::make(question, &key, request.created_at, &mut self.rng())
            .map_err(|_| StoreError::Damaged("nothing: the operating system gave no randomness"))?;
        self.store().settle_challenge(&request.id, &device.id, issued.jws()).await
    }

    /// Takes a device's answer, in the order of S-10; what the request became.
    pub(crate) async fn answer_request(
        &self,
        device: &Authenticator,
        id: &str,
        body: &[u8],
    ) -> Result<TransactionState, DeviceRefused> {
        let now = self.now();
        let id = TransactionId::try_from(id).map_err(|_| ProblemCode::NotFound)?;
        let asked = self.store().asked(&id, &device.id).await?;
        let Some(Asked { request, account, jws }) = asked.filter(|asked| asked.request.user == device.user)
        else {
            return Err(ProblemCode::NotFound.into());
        };
        let issued = Issued::from_store(&jws).map_err(|_| StoreError::Damaged("jws"))?;
        let (number, scan) = self.opened(&request)?;
        let asked = Device {
            id: DeviceId::try_from(device.id.as_str()).map_err(|_| StoreError::Damaged("id"))?,
            account,
            state: device.state,
            keys: device.keys.clone().ok_or(StoreError::Damaged("pop_jwk"))?,
        };
        let transaction = answer::Transaction {
            issued: &issued,
            state: request.state,
            number: &number,
            scan: scan.as_ref(),
        };
        let verdict = answer::check(body, &asked, transaction, self.limits(), now)
            .map_err(|refused| DeviceRefused::from(refused.problem()))?;
        // Before anything changes, and for a wrong number too, so that it tells nothing of the number. An app
        // that is too old can still say no.
        let approves = matches!(verdict.outcome, Outcome::Approved | Outcome::Mismatch);
        let min_app = &self.config().min_app;
        let platform = device.about.as_ref().map(|about| about.platform);
        if approves && platform.is_some_and(|it| min_app.is_too_old(it, verdict.app.as_deref())) {
            return Err(ProblemCode::UpgradeRequired.into());
        }
        self.take_verdict(device, &request, &verdict, now).await
    }

    /// Does what an answer comes to, if nobody was faster.
    async fn take_verdict(
        &self,
        device: &Authenticator,
        request: &Request,
        verdict: &Verdict,
        now: UnixTime,
    ) -> Result<TransactionState, DeviceRefused> {
        let id = &request.id;
        let mut tx = self.store().begin().await?;
        let mut user = tx.lock_user(&device.user).await?.ok_or(ProblemCode::NotFound)?;
        // The device may have been stopped, or its keys changed, since the answer was checked.
        let devices = tx.authenticators(&user.id).await?;
        let current = devices.iter().find(|one| one.id == device.id);
        let unchanged = current.is_some_and(|one| one.state == device.state && one.keys == device.keys);
        if !unchanged {
            let state = current.map_or(DeviceState::Revoked, |one| one.state);
            return Err(state_problem(state).unwrap_or(ProblemCode::BadSignature).into());
        }
        let is_test = request.purpose == Purpose::Activation;
        // Locked before the request, as whoever ends an activation does.
        if is_test && tx.lock_completed_activation(&device.id).await?.is_none() {
            return Err(ProblemCode::CodeExpired.into());
        }
        let state = verdict.outcome.state();
        if !tx.end_request(id, state, Some(&device.id), Some(&how(verdict)), now).await? {
            let resolved = matches!(self.state_of(request), TransactionState::Expired);
            return Err(if resolved { ProblemCode::Expired } else { ProblemCode::AlreadyResolved }.into());
        }
        let woken = !is_test && user.prompts.woke(request.browser, id);
        if is_test {
            self.end_test(&mut tx, &mut user, device, request, verdict.outcome, now).await?;
        } else {
            self.end_sign_in(&mut tx, &mut user, device, request, verdict.outcome, now).await?;
        }
        // Whoever answered knows.
        let mut others = asked(devices, request.purpose);
        others.retain(|one| woken && one.id != device.id && one.push.is_some());
        let is_over = !others.is_empty() && tx.pending_requests(&user.id, now).await?.is_empty();
        tx.tell(Topic::User(user.id));
        tx.commit().await?;
        self.metrics().approval(state);
        if is_over {
            self.wake_devices(&others, Errand::Over, left(request, now));
        }
        Ok(state)
    }

    async fn end_sign_in(
        &self,
        tx: &mut Tx,
        user: &mut User,
        device: &Authenticator,
        request: &Request,
        outcome: Outcome,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let id = &request.id;
        let outcome = match outcome {
            Outcome::Approved => {
                user.prompts.approved(request.browser, now);
                tx.save_user(user).await?;
                // That the person is signed in is written down when the browser uses it.
                return tx.used_authenticator(&device.id, now).await;
            }
            Outcome::Mismatch => {
                let state = user.prompts.mismatched(request.browser, id, self.limits(), now);
                if matches!(state, PromptState::Locked(_)) {
                    tx.cancel_requests_of_browser(&user.id, request.browser, now).await?;
                    let locked = Record::of(user, What::Locked, audit::Outcome::WrongNumber).by("system");
                    self.record(tx, locked.on(id.as_str())).await?;
                }
                audit::Outcome::WrongNumber
            }
            Outcome::Denied(_) => {
                user.prompts.declined(request.browser, id);
                audit::Outcome::Denied
            }
            Outcome::Reported(_) => {
                user.prompts.declined(request.browser, id);
                audit::Outcome::Reported
            }
        };
        let record = Record::of(user, What::SignIn, outcome).asked(&request.context).with("swk");
        self.record(tx, record.on(id.as_str())).await?;
        if outcome == audit::Outcome::Reported {
            return self.reported(tx, user, id.as_str()).await;
        }
        tx.save_user(user).await
    }

    /// Writes down what nobody answered, and cancels what the session asked before; what of the person waits
    /// beside that.
    async fn only_this_session_asks(
        &self,
        tx: &mut Tx,
        user: &User,
        session: &Session,
        now: UnixTime,
    ) -> Result<Vec<Request>, StoreError> {
        let secs = self.limits().redeem_secs;
        let mut open = tx.open_requests(&user.id).await?;
        if open.iter().any(|request| request.state_at(secs, now) == TransactionState::Expired) {
            for request in tx.expire_requests(Some(&user.id), secs, now).await? {
                self.record_expired(tx, user, &request).await?;
            }
        }
        open.retain(|request| request.state_at(secs, now) == TransactionState::Pending);
        if open.iter().any(|request| is_of(request, session)) {
            tx.cancel_requests_of_session(&session.id, None, now).await?;
            open.retain(|request| !is_of(request, session));
        }
        Ok(open)
    }

    async fn record_expired(&self, tx: &mut Tx, user: &User, request: &Request) -> Result<(), StoreError> {
        if request.purpose != Purpose::Activation {
            let record = Record::of(user, What::SignIn, audit::Outcome::Expired).asked(&request.context);
            self.record(tx, record.with("swk").on(request.id.as_str())).await?;
        }
        Ok(())
    }

    /// Makes a request and remembers its number; the person's row is locked, and saved by the caller.
    pub(crate) async fn add_request(
        &self,
        tx: &mut Tx,
        user: &mut User,
        policy: &OrganisationPolicy,
        new: New<'_>,
        waiting: &[Request],
        now: UnixTime,
    ) -> Result<Request, StoreError> {
        let New { id, session, purpose, context, browser, only_device } = new;
        let number = self.draw_number(user, policy, waiting)?;
        // A page that scanning is never right for shows no code. Whether the phone is far away is not known
        // before it has asked, so that is for its challenge to say.
        let familiar = context.unfamiliar != Some(true) || policy.scan_unfamiliar;
        let scan = (policy.scan && purpose != Purpose::Activation && familiar)
            .then(|| ScanSecret::make(&mut self.rng()));
        let keys = self.keys();
        // expose: sealed for the page, and for the answer's check.
        let mut secrets = keys.seal(Sealed::Number(&id), number.expose().as_bytes(), &mut self.rng());
        if let Some(scan) = &scan {
            secrets.push('.');
            // expose: as above.
            secrets.push_str(&keys.seal(Sealed::Scan(&id), scan.expose().as_bytes(), &mut self.rng()));
        }
        let life = ChallengeLife::new(policy.request_secs).unwrap_or(self.limits().challenge_life);
        let request = Request {
            user: user.id.clone(),
            session: session.to_owned(),
            purpose,
            state: TransactionState::Pending,
            secrets,
            match_len: policy.match_len,
            uv: policy.uv,
            context,
            browser,
            only_device: only_device.map(str::to_owned),
            answered_by: None,
            reason: None,
            created_at: now,
            // The wire has whole seconds, and page, phone and store must mean the same instant.
            expires_at: UnixTime::from_secs(now.secs()).plus_secs(life.secs()),
            ended_at: None,
            id,
        };
        tx.add_request(&request).await?;
        Ok(request)
    }

    /// A number apart from those that wait and the last few (S-08), which it joins.
    fn draw_number(
        &self,
        user: &mut User,
        policy: &OrganisationPolicy,
        waiting: &[Request],
    ) -> Result<MatchNumber, StoreError> {
        let place = Sealed::Numbers { user: &user.id };
        let opened = match user.last_numbers.as_str() {
            "" => None,
            sealed => Some(self.keys().open(place, sealed)?),
        };
        // expose: read as what they are.
        let last = opened.as_ref().map_or(&[] as &[u8], |opened| opened.expose());
        let last = std::str::from_utf8(last).map_err(|_| StoreError::Damaged("last_numbers"))?;
        let mut last: Vec<MatchNumber> = last.split(' ').flat_map(MatchNumber::parse).collect();
        let pending: Vec<MatchNumber> =
            waiting.iter().map(|request| Ok(self.opened(request)?.0)).collect::<Result<_, StoreError>>()?;
        let taken: Vec<&MatchNumber> = pending.iter().chain(&last).collect();
        let number = MatchNumber::make(policy.match_len, &taken, &mut self.rng())
            .map_err(|_| StoreError::Damaged("too many numbers wait"))?;
        // expose: sealed at once.
        last.push(MatchNumber::parse(number.expose()).map_err(|_| StoreError::Damaged("a number"))?);
        let kept = last.len().saturating_sub(self.limits().numbers_apart);
        let texts: Vec<&str> = last.iter().skip(kept).map(MatchNumber::expose).collect();
        let text = SecretText::new(texts.join(" "));
        user.last_numbers = self.keys().seal(place, text.expose().as_bytes(), &mut self.rng());
        Ok(number)
    }

    /// What the page of a request shows.
    pub(crate) fn shown(
        &self,
        request: &Request,
        devices: &[Authenticator],
        silent: bool,
    ) -> Result<Shown, StoreError> {
        let (number, scan) = self.opened(request)?;
        let link = scan.map(|secret| {
            ApproveLink { origin: self.config().issuer.clone(), transaction: request.id.clone(), secret }
                .print()
        });
        Ok(Shown {
            id: request.id.clone(),
            // expose: this is the page that shows it.
            number: SecretText::new(number.expose().to_owned()),
            scan: link,
            context: request.context.clone(),
            devices: devices.iter().map(|device| device.name.clone()).collect(),
            silent,
            expires_at: request.expires_at,
        })
    }

    /// Where a request stands at this moment.
    pub(crate) fn state_of(&self, request: &Request) -> TransactionState {
        request.state_at(self.limits().redeem_secs, self.now())
    }

    fn opened(&self, request: &Request) -> Result<(MatchNumber, Option<ScanSecret>), StoreError> {
        let keys = self.keys();
        let (number, scan) = match request.secrets.split_once('.') {
            Some((number, scan)) => (number, Some(scan)),
            None => (request.secrets.as_str(), None),
        };
        let number = keys.open(Sealed::Number(&request.id), number)?;
        // expose: read as what it is.
        let number = std::str::from_utf8(number.expose()).ok().and_then(|text| MatchNumber::parse(text).ok());
        let scan = match scan {
            Some(sealed) => {
                let secret = keys.open(Sealed::Scan(&request.id), sealed)?;
                // expose: read as what it is.
                let secret = std::str::from_utf8(secret.expose()).ok().and_then(ScanSecret::parse);
                Some(secret.ok_or(StoreError::Damaged("secrets"))?)
            }
            None => None,
        };
        Ok((number.ok_or(StoreError::Damaged("secrets"))?, scan))
    }

    async fn request_of(&self, session: &Session, id: &TransactionId) -> Result<Option<Request>, StoreError> {
        let request = self.store().request(id).await?;
        Ok(request
            .filter(|request| request.session == session.id && Some(&request.user) == session.user.as_ref()))
    }

    /// Wakes devices without keeping anybody waiting. A place that is over is forgotten.
    fn wake_devices(&self, devices: &[Authenticator], errand: Errand, life: u64) {
        for device in devices {
            let Some(push) = device.push.clone() else { continue };
            let (service, device) = (self.clone(), device.id.clone());
            tokio::spawn(async move {
                let woken = service.deliver().wake(&push, errand, life.saturating_sub(WAKE_EARLIER)).await;
                if woken == crate::deliver::Woken::Gone
                    && let Err(error) = service.forget_push(&device, &push).await
                {
                    tracing::warn!(%error, device, "a subscription that is over was not forgotten");
                }
            });
        }
    }
}

/// The devices that are asked for this, of all that a person has.
fn asked(mut devices: Vec<Authenticator>, purpose: Purpose) -> Vec<Authenticator> {
    devices.retain(|device| device.kind == MethodKind::App && device.state.is_asked(purpose));
    devices
}

/// Whether a session's page shows it.
fn is_of(request: &Request, session: &Session) -> bool {
    request.session == session.id && request.only_device.is_none()
}

/// For how many seconds a request can still be answered.
fn left(request: &Request, now: UnixTime) -> u64 {
    request.expires_at.millis_since(now) / 1000
}

/// For whom a challenge is made.
struct Asking<'a> {
    account: &'a AccountId,
    policy: &'a OrganisationPolicy,
    device: &'a Authenticator,
    /// How many requests wait for it beside this one.
    others: u32,
}

/// A request to be made.
pub(crate) struct New<'a> {
    pub(crate) id: TransactionId,
    pub(crate) session: &'a str,
    pub(crate) purpose: Purpose,
    pub(crate) context: Context,
    pub(crate) browser: Browser,
    pub(crate) only_device: Option<&'a str>,
}

impl OrganisationPolicy {
    /// As a device is told.
    pub(crate) const fn for_device(&self) -> Policy {
        Policy { uv: self.uv, attestation: self.attestation, match_len: self.match_len, totp: self.app_codes }
    }
}

/// Whether a request is for this device: a test for the device it tests, anything else for those that are
/// confirmed (S-05).
fn is_for(request: &Request, device: &Authenticator) -> bool {
    let addressed = match &request.only_device {
        Some(only) => *only == device.id,
        None => request.purpose != Purpose::Activation,
    };
    addressed && device.state.is_asked(request.purpose)
}

/// What a device in this state is told instead of an answer.
pub(crate) const fn state_problem(state: DeviceState) -> Option<ProblemCode> {
    match state {
        DeviceState::Revoked => Some(ProblemCode::DeviceRevoked),
        DeviceState::Suspended => Some(ProblemCode::DeviceSuspended),
        DeviceState::PendingConfirmation | DeviceState::Active | DeviceState::Stale => None,
    }
}

/// For the record: why the person said no, or which key said yes and how they were verified.
fn how(verdict: &Verdict) -> String {
    let reason = match verdict.outcome {
        Outcome::Denied(reason) | Outcome::Reported(reason) => {
            return reason.map_or("", |r| r.word()).to_owned();
        }
        Outcome::Approved | Outcome::Mismatch => match verdict.key {
            KeyKind::Uv => "uv",
            KeyKind::Pop => "pop",
        },
    };
    let verified = verdict.uv.map_or("", |uv| uv.word());
    let seen = if verdict.scanned { "scanned" } else { "typed" };
    format!("{reason} {verified} {seen}")
}

/// A wake-up that comes when there is nothing left to answer only disturbs.
const WAKE_EARLIER: u64 = 5;
/// How long what has ended is kept, in seconds: for pages that are still open.
const KEPT_SECS: u64 = 24 * 3600;

/// Why no request is made.
#[derive(Debug, thiserror::Error)]
pub enum RequestRefused {
    /// There is no device that can be asked.
    #[error("there is no device to ask")]
    NoDevice,
    /// Two wait already.
    #[error("too many requests are waiting")]
    TooManyPending,
    /// Wrong numbers locked them.
    #[error("requests are locked")]
    Locked(Lock),
    /// The person reported a request; an administrator has to look.
    #[error("requests are suspended")]
    Suspended,
    /// The session has ended or is not that far.
    #[error("sign in again")]
    NotNow,
    /// The organisation has switched this way off.
    #[error("the organisation has switched this off")]
    SwitchedOff,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PromptRefused> for RequestRefused {
    fn from(refused: PromptRefused) -> Self {
        match refused {
            PromptRefused::TooManyPending => Self::TooManyPending,
            PromptRefused::Locked(lock) => Self::Locked(lock),
        }
    }
}

#[cfg(test)]
mod tests;
