//! A phone without a screen: the protocol as the app speaks it, by the same functions of the core, with keys
//! that are in memory only. For what needs more phones than there are windows.

use std::sync::Arc;

use crypto_core::approval::activation::{
    ActivationLink, Attestation, Begin, Begun, Completed, Completion, ManualActivation, uv_proof,
};
use crypto_core::approval::answer::{Decision, Match, SignWith, UvMethod};
use crypto_core::approval::challenge::Answered;
use crypto_core::approval::proof::{self, Call};
use crypto_core::approval::rotation::ServicePin;
use crypto_core::approval::wire::{ChallengeList, DeviceAbout, Platform};
use crypto_core::approval::{MatchNumber, Origin, Received, Registration, Verified};
use crypto_core::codes::base32;
use crypto_core::codes::otpauth::CodeAccount;
use crypto_core::seal::sign::{SigningKey, Thumbprint};
use crypto_core::time::UnixTime;
use http::{Request, StatusCode};
use rand_core::{OsRng, UnwrapErr};
use serde_json::Value;

use crate::http::{Http, Reply};

/// A phone with one account.
#[derive(Debug)]
pub struct Phone {
    http: Http,
    origin: Origin,
    pop: Arc<SigningKey>,
    uv: Arc<SigningKey>,
    nonce: String,
    registration: Registration,
    code: Option<CodeAccount>,
}

impl Phone {
    /// Scans the code of an enrollment page and adds the account. The page's test approval comes next.
    pub async fn activate(link: &str, name: &str) -> Self {
        let link = ActivationLink::parse(link).expect("the page shows an activation link");
        Self::begin(Http::new(), link.origin, &Begin::Scanned(link.code), Some(&link.key), name).await
    }

    /// The same by what the page gives to type, over connections of this kind.
    pub async fn activate_by_hand(http: Http, address: &str, code: &str, name: &str) -> Self {
        let typed = ManualActivation::parse(address, code).expect("the page shows an address and a code");
        let begin = Begin::Typed { handle: typed.handle, code: typed.code };
        Self::begin(http, typed.origin, &begin, None, name).await
    }

    async fn begin(http: Http, origin: Origin, begin: &Begin, key: Option<&Thumbprint>, name: &str) -> Self {
        let begin = begin.to_json();
        let request = Request::post(origin.at("/approval/v1/activation/begin"));
        // expose: sent to the service that made it.
        let reply = http.send(json(request), begin.expose()).await.expect("the service answers");
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let begun = Begun::from_json(reply.body.as_bytes(), key).expect("it is that service");

        let (pop, uv) = (Arc::new(new_key()), Arc::new(new_key()));
        let proof = uv_proof(
            &origin,
            begun.activation_id.as_str(),
            &begun.attestation_challenge,
            pop.public().thumbprint(),
            uv.public(),
            now(),
        );
        let signature = uv.sign(proof.signing_input()).expect("there is randomness");
        let body = Completion {
            activation_id: begun.activation_id.clone(),
            uv_proof: proof.signed(&signature),
            attestation: Attestation::None {},
            push: None,
            device: DeviceAbout {
                name: name.to_owned(),
                platform: Platform::Linux,
                model: "Test".to_owned(),
                os: "1".to_owned(),
                app: "1.0.0".to_owned(),
            },
        };
        let mut phone = Self {
            http,
            nonce: begun.dpop_nonce,
            registration: Registration {
                issuer: origin.clone(),
                service: ServicePin::new(begun.service.jwk),
                account: begun.account.id,
                device: "dev_none".try_into().expect("an id"),
                pop: pop.public().thumbprint(),
                uv: Some(uv.public().thumbprint()),
                answered: Answered::default(),
            },
            origin,
            pop,
            uv,
            code: None,
        };
        let body = String::from_utf8(body.to_json()).expect("JSON is UTF-8");
        let reply = phone.call("POST", "/approval/v1/activation/complete", JSON, &body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        let done = Completed::from_json(reply.body.as_bytes()).expect("it is completed");
        phone.registration.device = done.device_id;
        phone.code =
            done.totp.map(|seed| seed.account("Test", &begun.account.username).expect("a key for codes"));
        phone
    }

    /// The requests that wait, verified. Waits up to so many seconds for one.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn requests(&mut self, wait: u64) -> Vec<Verified> {
        self.try_requests(wait).await.expect("the service answers")
    }

    /// The same; none if the connection broke, or the service is too busy.
    pub async fn try_requests(&mut self, wait: u64) -> Option<Vec<Verified>> {
        let reply = self.try_call("GET", &format!("/approval/v1/challenges?wait={wait}"), JSON, "").await?;
        if reply.status == StatusCode::SERVICE_UNAVAILABLE {
            return None;
        }
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let list: ChallengeList = serde_json::from_str(&reply.body).expect("a list of challenges");
        let now = list.server_time;
        let verify = |jws| Received::new(jws).verify(&self.registration, now).expect("a good challenge");
        Some(list.challenges.into_iter().map(verify).collect())
    }

    /// Approves with the number of the page; the status, and the word of what became of it.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn approve(&mut self, request: Verified, number: &str) -> (u16, String) {
        self.try_approve(request, number).await.expect("the service answers")
    }

    /// The same; none if the connection broke. Whether the answer was taken is not known then.
    pub async fn try_approve(&mut self, request: Verified, number: &str) -> Option<(u16, String)> {
        let number = MatchNumber::parse(number).expect("a page shows a number");
        self.answer(request, Decision::Approve(Match::Number(number))).await
    }

    /// Answers; the status, and the word of what became of it. None if the connection broke.
    pub async fn answer(&mut self, request: Verified, decision: Decision) -> Option<(u16, String)> {
        let path = format!("/approval/v1/challenges/{}/answer", request.transaction());
        let answer = request
            .answer(decision, SignWith::Uv(UvMethod::Biometric), "1.0.0", now(), &mut rng())
            .expect("it can be answered");
        let signature = self.uv.sign(answer.signing_input()).expect("there is randomness");
        let signed = answer.signed(&signature);
        let body = std::str::from_utf8(signed.body()).expect("a JWS is text").to_owned();
        let reply = self.try_call("POST", &path, "application/approval-answer+jwt", &body).await?;
        let value: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let word = value["status"].as_str().or_else(|| value["type"].as_str()).unwrap_or_default();
        Some((reply.status.as_u16(), word.trim_start_matches("urn:approval:error:").to_owned()))
    }

    /// The same phone so many times, each with a connection of its own.
    pub fn copies(self, count: usize) -> Vec<Self> {
        let (pop, uv) = (self.pop, self.uv);
        (0..count)
            .map(|_| Self {
                http: Http::new(),
                origin: self.origin.clone(),
                pop: Arc::clone(&pop),
                uv: Arc::clone(&uv),
                nonce: self.nonce.clone(),
                registration: self.registration.clone(),
                code: None,
            })
            .collect()
    }

    /// The seed of its codes, in Base32.
    pub fn seed(&self) -> Option<String> {
        // expose: searched for where it must not be.
        self.code.as_ref().map(|code| base32::encode(&code.secret).expose().to_owned())
    }

    /// The code that this phone shows at this moment.
    pub fn code(&self) -> String {
        let account = self.code.as_ref().expect("the organisation has codes");
        account.spec.at(&account.secret, now()).current.as_str().to_owned()
    }

    /// A call with its proof, once more with a new nonce if the service wants one.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn call(&mut self, method: &str, path: &str, content: &str, body: &str) -> Reply {
        self.try_call(method, path, content, body).await.expect("the service answers")
    }

    /// The same; none if the connection broke.
    pub async fn try_call(&mut self, method: &str, path: &str, content: &str, body: &str) -> Option<Reply> {
        for _ in 0..2 {
            let url = self.origin.at(path);
            let call = Call { method, url: &url, body: body.as_bytes() };
            let proof = proof::make(call, &self.nonce, self.pop.public(), now(), &mut rng()).expect("a URL");
            let signature = self.pop.sign(proof.signing_input()).expect("there is randomness");
            let request = Request::builder().method(method).uri(url).header("dpop", proof.signed(&signature));
            let request = if body.is_empty() { request } else { request.header("content-type", content) };
            let reply = self.http.send(request, body).await?;
            if let Some(nonce) = reply.header("dpop-nonce") {
                self.nonce = nonce.to_owned();
            }
            if reply.status != StatusCode::UNAUTHORIZED || !reply.body.contains("use_dpop_nonce") {
                return Some(reply);
            }
        }
        panic!("the service wants a new nonce after every nonce");
    }
}

const JSON: &str = "application/json";

fn json(request: http::request::Builder) -> http::request::Builder {
    request.header("content-type", JSON)
}

fn new_key() -> SigningKey {
    let pkcs8 = SigningKey::make_pkcs8().expect("there is randomness");
    SigningKey::from_pkcs8(&pkcs8).expect("it was just made")
}

fn rng() -> UnwrapErr<OsRng> {
    UnwrapErr(OsRng)
}

#[expect(clippy::disallowed_methods, reason = "a phone has a clock")]
fn now() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_millis(u64::try_from(since.as_millis()).unwrap_or(0))
}
