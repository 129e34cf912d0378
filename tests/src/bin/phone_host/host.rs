//! Serves the app's own pages on the loopback, takes their calls to the app by the way that Tauri has for what
//! stands in for its web view, and passes on what the app tells.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeError, InvokeResponse, InvokeResponseBody};
use tauri::webview::InvokeRequest;
use tauri::{Listener as _, Manager as _, Url, Webview, WebviewWindow};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use crate::person::{Does, Person};

/// What the page is served with.
#[derive(Clone)]
struct Host {
    window: WebviewWindow,
    person: Person,
    /// What a browser on this computer calls it.
    name: String,
    told: watch::Sender<Vec<Told>>,
    /// The events that are passed on.
    passed: Arc<Mutex<BTreeSet<String>>>,
}

/// Something that the app told.
#[derive(Clone)]
struct Told {
    event: String,
    payload: String,
}

/// A call, as Tauri's own script writes it where a web view takes nothing but text.
#[derive(Deserialize)]
struct Call {
    cmd: String,
    payload: Value,
    headers: BTreeMap<String, String>,
}

/// Serves until the process ends.
pub(crate) async fn serve(window: WebviewWindow, person: Person) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("the loopback has a port");
    let name = listener.local_addr().expect("it is bound").to_string();
    let address = format!("http://{name}/");
    let host = Host { window, person, name, told: watch::Sender::new(Vec::new()), passed: Arc::default() };
    let routes = Router::new()
        .route("/host/call", post(call).layer(DefaultBodyLimit::max(LARGEST)))
        .route("/host/told", get(told))
        .route("/host/person", post(person_will))
        .route("/host/bridge.js", get(script))
        .fallback(get(page))
        .layer(middleware::from_fn_with_state(host.clone(), only_by_its_name))
        .with_state(host);
    writeln!(std::io::stdout(), "{address}").expect("whoever started it reads");
    axum::serve(listener, routes).await.expect("it serves until the process ends");
}

/// A page of somebody else's that has its own name lead here is not answered.
async fn only_by_its_name(State(host): State<Host>, request: Request, next: Next) -> Response {
    let is_here = request.headers().get(HOST).is_some_and(|name| name.as_bytes() == host.name.as_bytes());
    if is_here { next.run(request).await } else { StatusCode::MISDIRECTED_REQUEST.into_response() }
}

/// One of the files that are built into the app, with the app's content policy.
async fn page(State(host): State<Host>, uri: Uri) -> Response {
    let Some(file) = host.window.app_handle().asset_resolver().get(uri.path().to_owned()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = (CONTENT_TYPE, file.mime_type);
    // Only the page has one.
    let Some(policy) = file.csp_header else { return ([kind], file.bytes).into_response() };
    assert!(policy.contains(WAY_IN), "{policy}");
    let policy = (CONTENT_SECURITY_POLICY, policy.replace(WAY_IN, "connect-src 'self'"));
    let html = String::from_utf8(file.bytes).expect("the page is text");
    assert!(html.contains("<head>"), "{html}");
    ([kind, policy], html.replace("<head>", "<head><script src=\"/host/bridge.js\"></script>"))
        .into_response()
}

/// What stands in for Tauri's own scripts. What was told before is not news to a page that starts.
async fn script(State(host): State<Host>) -> Response {
    let so_far = host.told.borrow().len().to_string();
    ([(CONTENT_TYPE, "text/javascript")], include_str!("bridge.js").replace("__SO_FAR__", &so_far))
        .into_response()
}

/// Hands a call to the app, past the same permissions as a call of its own window.
async fn call(State(host): State<Host>, Json(call): Json<Call>) -> Response {
    if call.cmd == "plugin:event|listen"
        && let Some(event) = call.payload.get("event").and_then(Value::as_str)
    {
        host.pass_on(event);
    }
    let headers = call.headers.iter().map(|(name, value)| {
        let name = HeaderName::try_from(name).expect("the page names its headers well");
        (name, HeaderValue::try_from(value).expect("and writes them in ASCII"))
    });
    let request = InvokeRequest {
        cmd: call.cmd,
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: Url::parse("tauri://localhost").expect("an address"),
        body: call.payload.into(),
        headers: headers.collect(),
        invoke_key: host.window.app_handle().invoke_key().to_owned(),
    };
    let webview: &Webview = host.window.as_ref();
    let (answer, answered) = oneshot::channel();
    let answer = move |_, _, response, _, _| drop(answer.send(response));
    webview.clone().on_message(request, Box::new(answer));
    match answered.await {
        Ok(InvokeResponse::Ok(InvokeResponseBody::Json(text))) => {
            ([(CONTENT_TYPE, "application/json")], text).into_response()
        }
        Ok(InvokeResponse::Err(InvokeError(error))) => (StatusCode::BAD_REQUEST, Json(error)).into_response(),
        // No command of the app answers with bytes.
        Ok(InvokeResponse::Ok(InvokeResponseBody::Raw(_))) | Err(_) => {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Tells the phone's person what to do; answers how often they were asked so far.
async fn person_will(State(host): State<Host>, Json(does): Json<Does>) -> Json<u32> {
    Json(host.person.will(does))
}

#[derive(Deserialize)]
struct After {
    after: usize,
}

/// What the app has told since; waits until there is something.
async fn told(State(host): State<Host>, Query(After { after }): Query<After>) -> Response {
    let mut told = host.told.subscribe();
    // A browser gives up sooner than the app has something to tell: it asks again.
    let _ = tokio::time::timeout(PATIENCE, told.wait_for(|told| told.len() > after)).await;
    let news = told.borrow().iter().skip(after).map(Told::written).collect::<Vec<_>>();
    Json(news).into_response()
}

impl Host {
    /// Passes an event on from here on.
    fn pass_on(&self, event: &str) {
        if self.passed.lock().unwrap_or_else(PoisonError::into_inner).insert(event.to_owned()) {
            let (told, name) = (self.told.clone(), event.to_owned());
            self.window.app_handle().listen_any(event, move |event| {
                let news = Told { event: name.clone(), payload: event.payload().to_owned() };
                told.send_modify(|told| told.push(news));
            });
        }
    }
}

impl Told {
    fn written(&self) -> Value {
        let payload: Value = serde_json::from_str(&self.payload).expect("Tauri writes JSON");
        json!({ "event": self.event, "payload": payload })
    }
}

/// The page's way to the app in its own window, which is another one here.
const WAY_IN: &str = "connect-src ipc: http://ipc.localhost";
const PATIENCE: Duration = Duration::from_secs(20);
/// A file to be opened, written as text.
const LARGEST: usize = 256 * 1024 * 1024;
