//! The way to a sign-in service: it moves bytes and believes nothing in them. What they mean is judged by
//! `crypto_core::approval`, and whether a call is made at all by the app.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crypto_core::approval::Origin;
use crypto_core::approval::wire::MAX_BODY;
use crypto_core::secret::SecretBytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, redirect, tls};
use thiserror::Error;

/// What the app needs of a way to a service.
pub trait Server: Send + Sync + 'static {
    /// Makes one call and has its answer, whatever the answer is.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, ServerError>> + Send;
}

/// One call.
#[derive(Debug)]
pub struct Request {
    /// GET, POST or DELETE.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// The proof of the key that calls, if the call needs one.
    pub proof: Option<String>,
    /// What is sent. The library that sends it does not wipe its own copy.
    pub body: Option<Body>,
    /// The service holds its answer back this long if it has nothing to say.
    pub patience: Duration,
}

/// What is sent.
#[derive(Debug)]
pub struct Body {
    /// Its media type.
    pub kind: &'static str,
    /// Its bytes; a number or a code may be in them.
    pub bytes: SecretBytes,
}

impl Request {
    /// Fetches something that anybody may have.
    pub fn get(url: String) -> Self {
        Self { method: "GET", url, proof: None, body: None, patience: Duration::ZERO }
    }
}

/// What came back. A code's key may be in it.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// For the proof of the next call.
    pub nonce: Option<String>,
    /// Seconds until another call makes sense.
    pub retry_after: Option<u64>,
    /// The body, not longer than the protocol's longest.
    pub body: SecretBytes,
}

/// The real way: HTTPS by rustls, certificates verified by the platform. `http` is for this machine only. Nothing
/// is made before the first call: an app without services has no network, and reads no certificates.
#[derive(Debug, Default)]
pub struct HttpsServer {
    secure: OnceLock<Option<Client>>,
    loopback: OnceLock<Option<Client>>,
}

impl HttpsServer {
    /// The client for an address; refuses what is neither `https` nor this machine's.
    fn client(&self, url: &str) -> Result<&Client, ServerError> {
        let (origin, _) = Origin::split(url).map_err(|_| ServerError::NotSecure)?;
        let made = if origin.as_str().starts_with("https:") {
            self.secure.get_or_init(|| {
                // Another part of the process may have been faster; then it is installed, and that is what is wanted.
                let _ = rustls::crypto::ring::default_provider().install_default();
                client().https_only(true).tls_version_min(tls::Version::TLS_1_2).build().ok()
            })
        } else {
            // What is on this machine is not reached by way of a proxy.
            self.loopback.get_or_init(|| {
                let _ = rustls::crypto::ring::default_provider().install_default();
                client().no_proxy().build().ok()
            })
        };
        made.as_ref().ok_or(ServerError::Unreachable)
    }
}

/// No redirects, no cookies, no compression, no retries of its own, and nothing that tells who is asking. Cookies
/// and compression are features that are not built in.
fn client() -> ClientBuilder {
    Client::builder().redirect(redirect::Policy::none()).referer(false).retry(reqwest::retry::never())
}

impl Server for HttpsServer {
    async fn send(&self, request: Request) -> Result<Response, ServerError> {
        let client = self.client(&request.url)?;
        let method = reqwest::Method::from_bytes(request.method.as_bytes());
        let method = method.map_err(|_| ServerError::Unreachable)?;
        let mut call = client.request(method, &request.url).timeout(PATIENCE + request.patience);
        if let Some(proof) = request.proof {
            let proof = HeaderValue::try_from(proof).map_err(|_| ServerError::Unreachable)?;
            call = call.header(PROOF, proof);
        }
        if let Some(body) = request.body {
            // expose: this is where it leaves the device.
            call = call.header(CONTENT_TYPE, body.kind).body(body.bytes.expose().to_vec());
        }
        let mut response = call.send().await.map_err(|_| ServerError::Unreachable)?;
        let status = response.status().as_u16();
        let nonce = text_header(response.headers(), &NONCE);
        let retry_after = text_header(response.headers(), &RETRY_AFTER).and_then(|secs| secs.parse().ok());
        // Room for the longest, so that growing leaves no copies of it behind.
        let mut body = zeroize::Zeroizing::new(Vec::with_capacity(MAX_BODY));
        while let Some(chunk) = response.chunk().await.map_err(|_| ServerError::Unreachable)? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(ServerError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, nonce, retry_after, body: SecretBytes::new(std::mem::take(&mut body)) })
    }
}

impl<N: Server> Server for Arc<N> {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, ServerError>> + Send {
        self.as_ref().send(request)
    }
}

fn text_header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    (text.len() <= LONGEST_HEADER).then(|| text.to_owned())
}

/// How long an answer may take that is not held back.
const PATIENCE: Duration = Duration::from_secs(10);
const PROOF: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
const LONGEST_HEADER: usize = 512;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ServerError {
    /// Neither `https` nor this machine.
    #[error("the address is not https")]
    NotSecure,
    /// No connection, no trusted certificate, or no answer in time.
    #[error("the service cannot be reached")]
    Unreachable,
    /// More than an answer can be.
    #[error("the answer is too large")]
    TooLarge,
}

#[cfg(test)]
mod tests;
