//! Figures of this node for Prometheus: how much, how long, with what outcome. A label is one of a few words
//! that this program knows; never an id, a name or an address.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crypto_core::approval::state::TransactionState;
use crypto_core::secret::SecretBytes;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use crate::Service;
use crate::audit::{Outcome, What};
use crate::deliver::{Mailed, Woken};

/// What is counted on this node.
#[derive(Clone)]
pub struct Metrics(Arc<Counters>);

struct Counters {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    events: Family<EventLabels, Counter>,
    approvals: Family<OutcomeLabels, Counter>,
    sign_ins: Family<SignInLabels, Counter>,
    wake_ups: Family<ResultLabels, Counter>,
    mails: Family<ResultLabels, Counter>,
    waiting: Gauge,
}

impl Metrics {
    /// Something was written down.
    pub fn recorded(&self, what: What, outcome: Outcome, method: Option<&str>) {
        let (event, result) = (what.word(), outcome.word());
        self.0.events.get_or_create(&EventLabels { event, result }).inc();
        if what != What::SignIn {
            return;
        }
        let method = method.map_or("none", |method| known(&METHODS, method));
        self.0.sign_ins.get_or_create(&SignInLabels { method, result }).inc();
        // The other ends of a request are counted where they are answered.
        if outcome == Outcome::Expired {
            self.approval(TransactionState::Expired);
        }
    }

    /// A device answered a request.
    pub fn approval(&self, outcome: TransactionState) {
        self.0.approvals.get_or_create(&OutcomeLabels { outcome: outcome.word() }).inc();
    }

    /// A device was woken, or not.
    pub fn wake_up(&self, result: Woken) {
        let result = match result {
            Woken::Taken => "taken",
            Woken::Gone => "gone",
            Woken::Failed => "failed",
        };
        self.0.wake_ups.get_or_create(&ResultLabels { result }).inc();
    }

    /// A mail was sent, or not.
    pub fn mail(&self, result: Mailed) {
        let result = match result {
            Mailed::Taken => "taken",
            Mailed::Later => "later",
            Mailed::Refused => "refused",
        };
        self.0.mails.get_or_create(&ResultLabels { result }).inc();
    }

    fn request(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        self.0
            .durations
            .get_or_create(&RouteLabels { method, route: route.clone() })
            .observe(took.as_secs_f64());
        self.0.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    }

    /// In the text format of Prometheus.
    fn to_text(&self, waiting: usize) -> String {
        self.0.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        let mut out = String::new();
        text::encode(&mut out, &self.0.registry).expect("a text takes what is written to it");
        out
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("countersign");
        let durations = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        let counters = Counters {
            requests: Family::default(),
            durations,
            events: Family::default(),
            approvals: Family::default(),
            sign_ins: Family::default(),
            wake_ups: Family::default(),
            mails: Family::default(),
            waiting: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("http_requests", "Requests by route and status", counters.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Seconds until a response began, long polls included",
            counters.durations.clone(),
        );
        registry.register("events", "Lines of the record", counters.events.clone());
        registry.register("approvals", "Requests to phones by how they ended", counters.approvals.clone());
        registry.register(
            "sign_ins",
            "Sign-ins and tries, by how the person was verified and the result",
            counters.sign_ins.clone(),
        );
        registry.register("wake_ups", "Wake-ups of phones by result", counters.wake_ups.clone());
        registry.register("mails", "Mails by result", counters.mails.clone());
        registry.register("waiting", "Pages and phones that wait at this node", counters.waiting.clone());
        Self(Arc::new(Counters { registry, ..counters }))
    }
}

/// Bounds of the durations: pages take milliseconds, long polls half a minute.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0, 30.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    event: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignInLabels {
    method: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
}

/// `/metrics`, there only if the operator has set a token for it.
pub fn router() -> Router<Service> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(service): State<Service>, headers: HeaderMap) -> Response {
    let Some(token) = &service.config().metrics else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|given| SecretBytes::new(given.as_bytes().to_vec()));
    // expose: this is where it is compared, in constant time.
    let wanted = SecretBytes::new(token.expose().as_bytes().to_vec());
    if !given.is_some_and(|given| given.ct_eq(&wanted)) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    let text = service.metrics().to_text(service.wake().count());
    ([(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counts and times a request, under the route it took and not under its address, which may hold an id.
pub async fn measure(
    State(service): State<Service>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let method = known(&VERBS, request.method().as_str());
    let begun = Instant::now();
    let response = next.run(request).await;
    let took = begun.elapsed();
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    let status = response.status().as_u16();
    service.metrics().request(method, route, status, took);
    tracing::debug!(method, route, status, millis = took.as_millis(), "answered");
    response
}

/// The word itself, if it is one of these: a client can send any word as a method, and each would be a line.
fn known(words: &[&'static str], word: &str) -> &'static str {
    words.iter().find(|&&known| known == word).copied().unwrap_or("other")
}

const VERBS: [&str; 5] = ["GET", "HEAD", "POST", "PUT", "DELETE"];
/// How people are verified (RFC 8176, and a pass).
const METHODS: [&str; 5] = ["pwd", "swk", "hwk", "otp", "pass"];

#[cfg(test)]
mod tests;
