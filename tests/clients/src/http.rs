//! Plain HTTP to servers on the loopback, for phones and browsers that have no screen.

use std::net::TcpListener;

use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// A client with connections of its own, which it keeps open.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client<HttpConnector, String>,
    from: Option<&'static str>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// 200 and its like.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Http {
    /// A client without connections.
    pub fn new() -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), from: None }
    }

    /// A client behind a proxy that says it calls from `address`.
    pub fn from(address: &'static str) -> Self {
        Self { from: Some(address), ..Self::new() }
    }

    /// A client that opens a connection for each request, as many phones in many places do.
    pub fn anew_each_time() -> Self {
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { client, from: None }
    }

    /// Sends a request; none if nobody answers.
    pub async fn send(&self, request: http::request::Builder, body: &str) -> Option<Reply> {
        let request = match self.from {
            Some(address) => request.header("x-forwarded-for", address),
            None => request,
        };
        let request: Request<String> =
            request.body(body.to_owned()).expect("its parts are fit for a request");
        let answer = self.client.request(request).await.ok()?;
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.ok()?.to_bytes();
        Some(Reply {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8(bytes.to_vec()).expect("every answer is text"),
        })
    }
}

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}

impl Reply {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A port that nobody listens on. Somebody could take it before it is used; then the start fails loudly.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has free ports");
    listener.local_addr().expect("it is bound").port()
}
