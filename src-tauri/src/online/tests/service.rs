//! A sign-in service in memory that checks what a real one checks, and can be told to misbehave.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use crypto_core::approval::activation::{
    ActivationCode, ActivationLink, AttestationPolicy, Begin, Begun, BegunAccount, BegunService, Completed,
    Completion, Handle, ManualCode, Policy, Seed,
};
use crypto_core::approval::answer::{self, DeviceKeys, Outcome as Ended, Transaction};
use crypto_core::approval::challenge::{self, Context, Issued, Question, Scan, UvPolicy};
use crypto_core::approval::grant::{GrantBegin, GrantBegun, GrantPoll, GrantState, GrantStatus, UserCode};
use crypto_core::approval::limit::ChallengeLife;
use crypto_core::approval::state::{DeviceState, Purpose, TransactionState};
use crypto_core::approval::wire::{
    Activity, ActivityList, AppVersion, ChallengeList, PushSubscription, Receipt,
};
use crypto_core::approval::{
    AccountId, ActivationId, DeviceId, GrantId, Limits, MatchLen, MatchNumber, Nonce, ScanSecret,
    TransactionId, proof, rotation, wire,
};
use crypto_core::seal::sign::{PublicKey, SigningKey};
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::*;

type Meanwhile = Box<dyn Fn() + Send>;
pub(super) type Reply = Result<(u16, Vec<u8>), ServerError>;

/// Everything that the tests look at or change.
pub(super) struct Service {
    pub(super) origin: Origin,
    pub(super) key: SigningKey,
    pub(super) next_key: Option<PublicKey>,
    pub(super) now: UnixTime,
    pub(super) username: String,
    pub(super) state: DeviceState,
    pub(super) keys: Option<DeviceKeys>,
    pub(super) device: DeviceId,
    pub(super) account: AccountId,
    pub(super) policy: Policy,
    pub(super) min_desktop: Option<AppVersion>,
    /// Its key for waking phones.
    pub(super) vapid: Option<String>,
    /// Where it wakes the device.
    pub(super) wakes: Option<PushSubscription>,
    pub(super) nonce: String,
    pub(super) waiting: Vec<Waiting>,
    /// Further challenges in the list, as they are.
    pub(super) strange: Vec<String>,
    /// What is answered to an address that ends like this, once each.
    pub(super) instead: VecDeque<(&'static str, Reply)>,
    /// Nobody is reached.
    pub(super) is_down: bool,
    pub(super) granted: Option<GrantState>,
    pub(super) grant_key: Option<PublicKey>,
    pub(super) log: Vec<Asked>,
    pub(super) reported: Vec<String>,
    pub(super) seed: &'static str,
    pub(super) retry_after: Option<u64>,
    rng: ChaCha20Rng,
    activation: (ActivationId, Nonce),
    code: ActivationCode,
    typed: (Handle, ManualCode),
}

/// A sign-in that waits.
pub(super) struct Waiting {
    pub(super) issued: Issued,
    purpose: Purpose,
    pub(super) number: MatchNumber,
    pub(super) scan: Option<ScanSecret>,
    pub(super) state: TransactionState,
    pub(super) verdict: Option<answer::Verdict>,
}

/// One call, as it came.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) proof: Option<String>,
    pub(super) body: String,
    pub(super) patience: Duration,
}

impl Service {
    pub(super) fn at(origin: &str) -> Self {
        let pkcs8 = SigningKey::make_pkcs8().expect("makes");
        let mut rng = ChaCha20Rng::from_seed([42; 32]);
        Self {
            origin: Origin::parse(origin).expect("an origin"),
            key: SigningKey::from_pkcs8(&pkcs8).expect("a key"),
            next_key: None,
            now: UnixTime::from_secs(1_790_000_000),
            username: "alice@contoso.example".into(),
            state: DeviceState::PendingConfirmation,
            keys: None,
            device: DeviceId::try_from("dev_9mQ2x7c1Vb0").expect("an id"),
            account: AccountId::try_from("acc_h4K0t2").expect("an id"),
            policy: Policy {
                uv: UvPolicy::Required,
                attestation: AttestationPolicy::Preferred,
                match_len: MatchLen::Two,
                totp: true,
            },
            min_desktop: None,
            vapid: None,
            wakes: None,
            nonce: "n-1".into(),
            waiting: Vec::new(),
            strange: Vec::new(),
            instead: VecDeque::new(),
            is_down: false,
            granted: None,
            grant_key: None,
            log: Vec::new(),
            reported: Vec::new(),
            seed: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            retry_after: None,
            activation: (ActivationId::make(&mut rng), Nonce::make(&mut rng)),
            code: ActivationCode::make(&mut rng),
            typed: (Handle::make(&mut rng), ManualCode::make(&mut rng)),
            rng,
        }
    }

    pub(super) fn link(&self) -> String {
        let code = ActivationCode::parse(self.code.secret().expose()).expect("a code");
        let key = self.key.public().thumbprint();
        ActivationLink { origin: self.origin.clone(), code, key }.print().expose().to_owned()
    }

    pub(super) fn typed(&self) -> (String, String) {
        let address =
            crypto_core::approval::activation::ManualActivation::address(&self.origin, &self.typed.0);
        (address, self.typed.1.grouped().expose().to_owned())
    }

    pub(super) fn grant(&mut self) {
        let link = ActivationLink::parse(&self.link()).expect("a link");
        self.granted = Some(GrantState::Granted(link));
    }

    /// Somebody signs in; the number that the page shows is given.
    pub(super) fn sign_in(&mut self, purpose: Purpose, number: &str) -> TransactionId {
        self.sign_in_with(purpose, number, |_| {})
    }

    pub(super) fn sign_in_with(
        &mut self,
        purpose: Purpose,
        number: &str,
        change: impl FnOnce(&mut Question<'_>),
    ) -> TransactionId {
        let transaction = TransactionId::make(&mut self.rng);
        let context: Context = serde_json::from_value(serde_json::json!({
            "app": "Payroll", "loc": {"label": "Lisbon, Portugal", "cc": "PT", "src": "geoip"},
            "ip": "203.0.113.24", "client": "Edge 143 on Windows 11", "time": self.now.secs(),
            "unfamiliar": false, "proximity": "near",
        }))
        .expect("a context");
        let mut question = Question {
            issuer: &self.origin,
            account: &self.account,
            device: &self.device,
            transaction: &transaction,
            purpose,
            match_len: self.policy.match_len,
            scan: Scan::Familiar,
            uv: self.policy.uv,
            context,
            others_pending: 0,
            life: ChallengeLife::DEFAULT,
        };
        change(&mut question);
        let issued = challenge::make(question, &self.key, self.now, &mut self.rng).expect("signs");
        self.waiting.push(Waiting {
            scan: issued.may_be_scanned().then(|| ScanSecret::make(&mut self.rng)),
            issued,
            purpose,
            number: MatchNumber::parse(number).expect("a number"),
            state: TransactionState::Pending,
            verdict: None,
        });
        transaction
    }

    fn reply(&mut self, request: &Request) -> Reply {
        if self.is_down {
            return Err(ServerError::Unreachable);
        }
        let path = request.url.strip_prefix(self.origin.as_str()).unwrap_or("elsewhere").to_owned();
        let plain = path.split('?').next().unwrap_or_default().to_owned();
        if let Some(place) = self.instead.iter().position(|(end, _)| plain.ends_with(end)) {
            return self.instead.remove(place).expect("is there").1;
        }
        let empty = SecretBytes::new(Vec::new());
        let body = request.body.as_ref().map_or(&empty, |body| &body.bytes).expose();
        match (request.method, plain.as_str()) {
            ("GET", "/.well-known/approval-configuration") => {
                let mut found = Discovery::at(self.origin.clone(), "Contoso Sign-in".into(), self.now);
                found.min_app.desktop = self.min_desktop;
                found.vapid_public_key.clone_from(&self.vapid);
                return Ok((200, wire::write(&found)));
            }
            ("GET", "/approval/v1/jwks") => {
                let list = rotation::key_list(&self.origin, &self.key, self.next_key.as_ref(), self.now);
                return Ok((200, list.expect("signs").into_bytes()));
            }
            ("POST", "/approval/v1/activation/begin") => return self.begin(body),
            ("GET" | "POST" | "PUT" | "DELETE", _) => {}
            _ => return problem(ProblemCode::NotFound, self.now),
        }
        let Some(jws) = &request.proof else { return problem(ProblemCode::BadProof, self.now) };
        let call = proof::Call { method: request.method, url: &request.url, body };
        let proven = match proof::check(jws.as_bytes(), call, |nonce| nonce == self.nonce) {
            Ok(proven) => proven,
            Err(refused) => return problem(refused.problem(), self.now),
        };
        match (request.method, plain.as_str()) {
            ("POST", "/approval/v1/grant/begin") => {
                GrantBegin::from_json(body).expect("reads");
                self.grant_key = Some(proven.key);
                let begun = GrantBegun {
                    grant_id: GrantId::make(&mut self.rng),
                    user_code: UserCode::parse("WDJB-MJHT").expect("a code"),
                    verification_uri: self.origin.at("/device"),
                    expires_in: 600,
                    interval: 5,
                    server_time: self.now,
                };
                return Ok((200, begun.to_json()));
            }
            ("POST", "/approval/v1/grant/poll") => {
                GrantPoll::from_json(body).expect("reads");
                assert_eq!(self.grant_key.as_ref(), Some(&proven.key));
                let state = self.granted.take().unwrap_or(GrantState::Pending);
                let status = GrantStatus { state, interval: 5, server_time: self.now };
                return Ok((200, status.to_json().expose().as_bytes().to_vec()));
            }
            ("POST", "/approval/v1/activation/complete") => return self.complete(body, &proven),
            _ => {}
        }
        let Some(keys) = self.keys.clone().filter(|keys| *keys.pop() == proven.key) else {
            return problem(ProblemCode::UnknownDevice, self.now);
        };
        match self.state {
            DeviceState::Revoked => return problem(ProblemCode::DeviceRevoked, self.now),
            DeviceState::Suspended => return problem(ProblemCode::DeviceSuspended, self.now),
            DeviceState::PendingConfirmation | DeviceState::Active | DeviceState::Stale => {}
        }
        match (request.method, plain.as_str()) {
            ("GET", "/approval/v1/challenges") => {
                let pending = |waiting: &&Waiting| waiting.state == TransactionState::Pending;
                let ours = self.waiting.iter().filter(pending).map(|waiting| waiting.issued.jws().to_owned());
                let challenges = ours.chain(self.strange.iter().cloned()).collect();
                let list = ChallengeList { server_time: self.now, retry_after: 3, challenges };
                Ok((200, wire::write(&list)))
            }
            ("POST", "/approval/v1/device/stale") => {
                self.state = DeviceState::Stale;
                Ok((204, Vec::new()))
            }
            ("PUT", "/approval/v1/device/push") => {
                self.wakes = Some(wire::read(body).expect("reads"));
                Ok((204, Vec::new()))
            }
            ("DELETE", "/approval/v1/device/push") => {
                self.wakes = None;
                Ok((204, Vec::new()))
            }
            ("DELETE", "/approval/v1/device") => {
                self.state = DeviceState::Revoked;
                Ok((204, Vec::new()))
            }
            ("GET", "/approval/v1/activity") => {
                let item = Activity {
                    id: "act1".into(),
                    time: self.now,
                    app: Some("Pay\u{202e}roll".into()),
                    place: None,
                    ip: Some("203.0.113.24".into()),
                    client: None,
                    method: "push".into(),
                    result: "approved".into(),
                };
                let odd = Activity { id: "../device".into(), ..item.clone() };
                let list = ActivityList { server_time: self.now, items: vec![item, odd] };
                Ok((200, wire::write(&list)))
            }
            ("POST", path) if path.starts_with("/approval/v1/activity/") => {
                self.reported.push(path.to_owned());
                Ok((204, Vec::new()))
            }
            ("POST", path) => self.answered(path, body, keys),
            _ => problem(ProblemCode::NotFound, self.now),
        }
    }

    fn begin(&mut self, body: &[u8]) -> Reply {
        let right = match Begin::from_json(body).expect("reads") {
            Begin::Scanned(code) => code.secret().expose() == self.code.secret().expose(),
            Begin::Typed { handle, code } => {
                handle == self.typed.0 && code.secret().expose() == self.typed.1.secret().expose()
            }
        };
        if !right {
            return problem(ProblemCode::NotFound, self.now);
        }
        let (activation_id, attestation_challenge) = self.activation.clone();
        let begun = Begun {
            activation_id,
            attestation_challenge,
            dpop_nonce: self.nonce.clone(),
            expires_in: 540,
            account: BegunAccount {
                id: self.account.clone(),
                username: self.username.clone(),
                display_name: "Alice".into(),
            },
            service: BegunService { name: "Contoso".into(), jwk: self.key.public().clone() },
            policy: self.policy,
            server_time: self.now,
        };
        Ok((200, begun.to_json()))
    }

    fn complete(&mut self, body: &[u8], proven: &proof::Proven) -> Reply {
        let completion = Completion::from_json(body).expect("reads");
        let (activation, challenge) = &self.activation;
        let granted = self.grant_key.as_ref().map(PublicKey::thumbprint);
        let granted = granted.as_ref();
        let keys = completion
            .check(proven, &self.origin, activation, challenge, granted)
            .expect("both keys took part");
        self.keys = Some(keys);
        self.state = DeviceState::PendingConfirmation;
        let totp = self.policy.totp.then(|| Seed {
            secret: SecretText::new(self.seed.into()),
            algorithm: "SHA1".into(),
            digits: 6,
            period: 30,
        });
        let done = Completed {
            device_id: self.device.clone(),
            account_id: self.account.clone(),
            state: self.state,
            totp,
            dpop_nonce: self.nonce.clone(),
            server_time: self.now,
        };
        Ok((201, done.to_json().expose().as_bytes().to_vec()))
    }

    fn answered(&mut self, path: &str, body: &[u8], keys: DeviceKeys) -> Reply {
        let device = answer::Device {
            id: self.device.clone(),
            account: self.account.clone(),
            state: self.state,
            keys,
        };
        let now = self.now;
        let named = |waiting: &&mut Waiting| path.contains(waiting.issued.transaction().as_str());
        let Some(waiting) = self.waiting.iter_mut().find(named) else {
            return problem(ProblemCode::NotFound, now);
        };
        let transaction = Transaction {
            issued: &waiting.issued,
            state: waiting.state,
            number: &waiting.number,
            scan: waiting.scan.as_ref(),
        };
        let verdict = match answer::check(body, &device, transaction, &Limits::default(), now) {
            Ok(verdict) => verdict,
            Err(refused) => return problem(refused.problem(), now),
        };
        waiting.state = match verdict.outcome {
            Ended::Approved => TransactionState::Approved,
            Ended::Mismatch => TransactionState::Mismatch,
            Ended::Denied(_) => TransactionState::Denied,
            Ended::Reported(_) => TransactionState::Reported,
        };
        let status = waiting.state;
        if waiting.purpose == Purpose::Activation && status == TransactionState::Approved {
            self.state = DeviceState::Active;
        }
        waiting.verdict = Some(verdict);
        if status == TransactionState::Mismatch {
            return problem(ProblemCode::NumberMismatch, now);
        }
        Ok((200, wire::write(&Receipt { status })))
    }
}

pub(super) fn problem(code: ProblemCode, now: UnixTime) -> Reply {
    Ok((code.status(), Problem::new(code, None, now).to_json()))
}

/// Header and claims of a message.
pub(super) fn parts(jws: &str) -> (serde_json::Value, serde_json::Value) {
    let mut parts = jws.split('.').map(|part| BASE64.decode(part).expect("Base64"));
    let mut part = || serde_json::from_slice(&parts.next().expect("a part")).expect("JSON");
    (part(), part())
}

/// The message with something changed, signed by `key`.
pub(super) fn changed(jws: &str, key: &SigningKey, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let (header, mut claims) = parts(jws);
    change(&mut claims);
    let input = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
    let signature = key.sign(input.as_bytes()).expect("signs");
    format!("{input}.{}", BASE64.encode(signature.raw()))
}

/// The fake way to services: several of them, by origin.
#[derive(Clone, Default)]
pub(super) struct FakeServer {
    services: Arc<Mutex<BTreeMap<String, Arc<Mutex<Service>>>>>,
    /// Called at each call; the app must be free then.
    pub(super) meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

impl FakeServer {
    pub(super) fn add(&self, service: Service) -> Arc<Mutex<Service>> {
        let name = service.origin.as_str().to_owned();
        let service = Arc::new(Mutex::new(service));
        at(&self.services).insert(name, Arc::clone(&service));
        service
    }
}

impl Server for FakeServer {
    async fn send(&self, request: Request) -> Result<Response, ServerError> {
        if let Some(meanwhile) = &*at(&self.meanwhile) {
            meanwhile();
        }
        let (origin, _) = Origin::split(&request.url).map_err(|_| ServerError::NotSecure)?;
        let service = at(&self.services).get(origin.as_str()).cloned();
        let service = service.ok_or(ServerError::Unreachable)?;
        let mut service = at(&service);
        let body = request.body.as_ref().map_or(&[][..], |body| body.bytes.expose());
        service.log.push(Asked {
            method: request.method,
            url: request.url.clone(),
            proof: request.proof.clone(),
            body: String::from_utf8_lossy(body).into_owned(),
            patience: request.patience,
        });
        let (status, body) = service.reply(&request)?;
        if body.len() > wire::MAX_BODY {
            return Err(ServerError::TooLarge);
        }
        let nonce = Some(service.nonce.clone());
        Ok(Response { status, nonce, retry_after: service.retry_after, body: SecretBytes::new(body) })
    }
}

pub(super) fn at<T>(place: &Mutex<T>) -> MutexGuard<'_, T> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}
