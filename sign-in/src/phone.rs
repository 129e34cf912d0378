//! A phone to try the device's interface with: the protocol by the core's own functions, through the routes
//! themselves, without a network. Whatever the service sends is kept, to be searched for what must not be in it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use crypto_core::approval::activation::{
    ActivationLink, Attestation, Begin, Begun, Completed, Completion, uv_proof,
};
use crypto_core::approval::answer::{Decision, Match, SignWith, UvMethod};
use crypto_core::approval::challenge::Answered;
use crypto_core::approval::proof::{self, Call};
use crypto_core::approval::rotation::ServicePin;
use crypto_core::approval::state::{Purpose, TransactionState};
use crypto_core::approval::wire::{ChallengeList, DeviceAbout, Platform, PushSubscription};
use crypto_core::approval::{ApproveLink, MatchNumber, Origin, Received, Registration, Verified};
use crypto_core::seal::sign::{SigningKey, Unsigned};
use crypto_core::time::UnixTime;
use rand_core::{OsRng, UnwrapErr};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::Service;
use crate::activations::ActivationStatus;
use crate::fixture::{Stand, visitor};
use crate::http::api;
use crate::requests::Shown;
use crate::sessions::Stage;
use crate::store::{Session, User};

/// A phone with keys, and a device once it is completed.
#[derive(Clone)]
pub(crate) struct Phone {
    router: Router,
    origin: Origin,
    pub(crate) pop: Arc<SigningKey>,
    pub(crate) uv: Arc<SigningKey>,
    pub(crate) registration: Option<Registration>,
    pub(crate) seed: Option<String>,
    /// Where it calls from, as a proxy says; this machine if nobody does.
    pub(crate) from: Option<&'static str>,
    nonce: Arc<Mutex<String>>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// The status, and the word of a receipt or problem.
    pub(crate) fn word(&self) -> (u16, String) {
        let json = self.json();
        let word = json["status"].as_str().or_else(|| json["type"].as_str()).unwrap_or_default();
        (self.status.as_u16(), word.trim_start_matches("urn:approval:error:").to_owned())
    }
}

impl Phone {
    /// New keys, and no device.
    pub(crate) fn new(service: &Service) -> Self {
        Self {
            router: api::router().with_state(service.clone()),
            origin: service.config().issuer.clone(),
            pop: Arc::new(new_key()),
            uv: Arc::new(new_key()),
            registration: None,
            seed: None,
            from: None,
            nonce: Arc::default(),
            sent: Arc::default(),
        }
    }

    /// The same phone, at another node.
    pub(crate) fn at(&self, service: &Service) -> Self {
        Self { router: api::router().with_state(service.clone()), ..self.clone() }
    }

    /// The same phone with other keys, under the names of the old ones.
    pub(crate) fn with_keys(&self, pop: &Arc<SigningKey>, uv: &Arc<SigningKey>) -> Self {
        Self { pop: Arc::clone(pop), uv: Arc::clone(uv), ..self.clone() }
    }

    /// Its keys under their own names, once the service has them.
    pub(crate) fn renamed(mut self) -> Self {
        if let Some(registration) = &mut self.registration {
            registration.pop = self.pop.public().thumbprint();
            registration.uv = Some(self.uv.public().thumbprint());
        }
        self
    }

    /// Scans a code.
    pub(crate) async fn begin(&self, link: &str) -> Result<Begun, (u16, String)> {
        let link = ActivationLink::parse(link).expect("a link");
        let body = Begin::Scanned(link.code).to_json();
        let reply = self.send(post("/approval/v1/activation/begin"), body.expose().as_bytes()).await;
        match reply.status {
            StatusCode::OK => {
                Ok(Begun::from_json(&reply.bytes, Some(&link.key)).expect("it is that service"))
            }
            _ => Err(reply.word()),
        }
    }

    /// The body that completes what was begun.
    pub(crate) fn completion(&self, begun: &Begun, name: &str) -> Completion {
        let proof = uv_proof(
            &self.origin,
            begun.activation_id.as_str(),
            &begun.attestation_challenge,
            self.pop.public().thumbprint(),
            self.uv.public(),
            begun.server_time,
        );
        Completion {
            activation_id: begun.activation_id.clone(),
            uv_proof: signed(proof, &self.uv),
            attestation: Attestation::None {},
            push: Some(subscription("https://push.example.net/w/1")),
            device: about(name),
        }
    }

    /// Completes an activation.
    pub(crate) async fn complete(&mut self, begun: Begun, completion: &Completion) -> (u16, String) {
        *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = begun.dpop_nonce;
        let reply = self.call("POST", "/approval/v1/activation/complete", &completion.to_json()).await;
        if let Some(done) = Completed::from_json(&reply.bytes) {
            self.seed = done.totp.map(|seed| seed.secret.expose().to_owned());
            self.registration = Some(Registration {
                issuer: self.origin.clone(),
                service: ServicePin::new(begun.service.jwk),
                account: done.account_id,
                device: done.device_id,
                pop: self.pop.public().thumbprint(),
                uv: Some(self.uv.public().thumbprint()),
                answered: Answered::default(),
            });
        }
        reply.word()
    }

    /// Scans and completes; the page's number is still to be typed.
    pub(crate) async fn activate(&mut self, link: &str, name: &str) {
        let begun = self.begin(link).await.expect("the code is good");
        let completion = self.completion(&begun, name);
        let (status, word) = self.complete(begun, &completion).await;
        assert_eq!(status, 201, "{word}");
    }

    pub(crate) fn device(&self) -> String {
        self.registration.as_ref().expect("it is completed").device.to_string()
    }

    /// What waits, as it was signed.
    pub(crate) async fn list(&self, wait: u64) -> Vec<String> {
        let reply = self.call("GET", &format!("/approval/v1/challenges?wait={wait}"), b"").await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.word());
        let list: ChallengeList = serde_json::from_slice(&reply.bytes).expect("a list");
        list.challenges
    }

    /// One of them, verified.
    pub(crate) fn verified(&self, jws: &str, now: UnixTime) -> Verified {
        let registration = self.registration.as_ref().expect("it is completed");
        Received::new(jws.to_owned()).verify(registration, now).expect("a good challenge")
    }

    /// The first that waits.
    pub(crate) async fn first(&self, now: UnixTime) -> Verified {
        let list = self.list(0).await;
        self.verified(list.first().expect("one waits"), now)
    }

    /// An answer as it would be sent.
    pub(crate) fn written(&self, request: Verified, decision: Decision, now: UnixTime) -> Vec<u8> {
        let sign_with = SignWith::Uv(UvMethod::Biometric);
        let answer = request.answer(decision, sign_with, "1.0.0", now, &mut rng()).expect("can be answered");
        let signature = self.uv.sign(answer.signing_input()).expect("there is randomness");
        answer.signed(&signature).body().to_vec()
    }

    /// Sends an answer.
    pub(crate) async fn answer(&self, id: &str, body: &[u8]) -> (u16, String) {
        self.call("POST", &format!("/approval/v1/challenges/{id}/answer"), body).await.word()
    }

    /// Fetches the first request and types a number.
    pub(crate) async fn approve(&self, number: &str, now: UnixTime) -> (u16, String) {
        self.decide(typed(number), now).await
    }

    /// Fetches the first request and decides.
    pub(crate) async fn decide(&self, decision: Decision, now: UnixTime) -> (u16, String) {
        let request = self.first(now).await;
        let id = request.transaction().to_string();
        let body = self.written(request, decision, now);
        self.answer(&id, &body).await
    }

    /// A call with its proof, once more if the service wants another nonce.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        for _ in 0..2 {
            let proof = self.proof(method, path, body);
            let request = Request::builder().method(method).uri(path).header("dpop", proof);
            let reply = self.send(request, body).await;
            if reply.word().1 != "use_dpop_nonce" {
                return reply;
            }
        }
        panic!("the service wants a new nonce after every nonce");
    }

    /// The proof of a call with the last nonce.
    pub(crate) fn proof(&self, method: &str, path: &str, body: &[u8]) -> String {
        let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let url = self.origin.at(path);
        let call = Call { method, url: &url, body };
        let now = UnixTime::from_secs(1_790_000_000);
        let proof = proof::make(call, &nonce, self.pop.public(), now, &mut rng()).expect("an address");
        signed(proof, &self.pop)
    }

    /// A call as it is.
    pub(crate) async fn send(&self, request: axum::http::request::Builder, body: &[u8]) -> Reply {
        let request = match self.from {
            Some(from) => request.header("x-forwarded-for", from),
            None => request,
        };
        let request = request.body(Body::from(body.to_vec())).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("never fails");
        let (head, body) = answer.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
        if let Some(nonce) = head.headers.get("dpop-nonce") {
            *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) =
                nonce.to_str().expect("text").to_owned();
        }
        let mut sent = bytes.clone();
        for (name, value) in &head.headers {
            sent.extend_from_slice(format!("\n{name}: ").as_bytes());
            sent.extend_from_slice(value.as_bytes());
        }
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
        Reply { status: head.status, headers: head.headers, bytes }
    }

    /// Everything that the service has sent to it, headers too.
    pub(crate) fn sent(&self) -> Vec<Vec<u8>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A number that is typed.
pub(crate) fn typed(number: &str) -> Decision {
    Decision::Approve(Match::Number(MatchNumber::parse(number).expect("a number")))
}

/// A page that is scanned.
pub(crate) fn scanned(link: &str) -> Decision {
    Decision::Approve(Match::Scan(ApproveLink::parse(link).expect("a link")))
}

/// Another number of two digits.
pub(crate) fn other_than(number: &str) -> &'static str {
    if number == "42" { "43" } else { "42" }
}

pub(crate) fn post(path: &str) -> axum::http::request::Builder {
    Request::post(path)
}

pub(crate) fn about(name: &str) -> DeviceAbout {
    DeviceAbout {
        name: name.to_owned(),
        platform: Platform::Android,
        model: "Test".to_owned(),
        os: "16".to_owned(),
        app: "1.0.0".to_owned(),
    }
}

/// The keys are those of RFC 8291, appendix A.
pub(crate) fn subscription(endpoint: &str) -> PushSubscription {
    PushSubscription::new(
        endpoint.to_owned(),
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".to_owned(),
        "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
    )
    .expect("a subscription")
}

pub(crate) fn signed(unsigned: Unsigned, key: &SigningKey) -> String {
    let signature = key.sign(unsigned.signing_input()).expect("there is randomness");
    unsigned.signed(&signature)
}

pub(crate) fn new_key() -> SigningKey {
    let pkcs8 = SigningKey::make_pkcs8().expect("there is randomness");
    SigningKey::from_pkcs8(&pkcs8).expect("it was just made")
}

pub(crate) fn rng() -> UnwrapErr<OsRng> {
    UnwrapErr(OsRng)
}

impl Stand {
    /// The app on a phone of its own, added in a session that may and confirmed.
    pub(crate) async fn app(&self, user: &User, name: &str) -> Phone {
        let session = self.at(user, Stage::SignedIn).await.session;
        let mut phone = Phone::new(&self.service);
        let offer = self.service.begin_activation(&session).await.expect("is offered");
        phone.activate(offer.link.expose(), name).await;
        let number = self.number_of_test(&session, &offer.id).await;
        assert_eq!(phone.approve(&number, self.now()).await, (200, "approved".to_owned()));
        phone
    }

    /// The number that the page of an activation shows.
    pub(crate) async fn number_of_test(&self, session: &Session, id: &str) -> String {
        let status =
            self.service.activation_status(session, id, None, Duration::ZERO).await.expect("answers");
        match status {
            Some(ActivationStatus::TestApproval { shown, .. }) => shown.number.expose().to_owned(),
            other => panic!("no test waits: {other:?}"),
        }
    }

    /// A request of a session in which the password was right, from a browser the person has not used before.
    pub(crate) async fn ask(&self, user: &User) -> (Session, Shown) {
        let session = self.at(user, Stage::Password).await.session;
        let shown =
            self.service.begin_request(&session, Purpose::Signin, &visitor(), false).await.expect("is asked");
        (session, shown)
    }

    /// Where a request stands.
    pub(crate) async fn state(&self, session: &Session, shown: &Shown) -> TransactionState {
        let state = self.service.request_state(session, &shown.id, Duration::ZERO).await;
        state.expect("answers").expect("is there")
    }
}
