use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use crypto_core::approval::Origin;
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use tower::ServiceExt as _;

use super::*;
use crate::Parts;
use crate::config::Config;
use crate::deliver::Outbox;
use crate::store::Store;
use crate::store::tests::{Empty, empty_sqlite};
use crate::wake::{Topic, Wake};

const TOKEN: &str = "0123456789abcdef";

fn service(store: &Store, token: Option<&str>) -> Service {
    let issuer = Origin::parse("https://signin.example.org").expect("an origin");
    let config = Config {
        metrics: token.map(|token| SecretText::new(token.to_owned())),
        ..Config::new(issuer, "Contoso".to_owned(), SecretBytes::new(vec![7; 32]))
    };
    Service::new(Parts {
        config,
        store: store.clone(),
        deliver: Arc::new(Outbox::default()),
        wake: Wake::default(),
        clock: Arc::new(|| UnixTime::from_secs(1_790_000_000)),
    })
}

async fn get_with(service: &Service, path: &str, authorization: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::get(path);
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = crate::router(service.clone()).oneshot(request).await.expect("answers");
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn figures_are_for_whoever_has_the_token() {
    let Empty { store, .. } = &empty_sqlite().await;
    let without = service(store, None);
    let right = format!("Bearer {TOKEN}");
    assert_eq!(get_with(&without, "/metrics", Some(&right)).await.0, StatusCode::NOT_FOUND);
    let with = service(store, Some(TOKEN));
    for wrong in
        [None, Some("Bearer "), Some("Bearer 0123456789abcdeg"), Some(TOKEN), Some("Basic 0123456789abcdef")]
    {
        assert_eq!(get_with(&with, "/metrics", wrong).await.0, StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
    assert_eq!(get_with(&with, "/metrics", Some(&right)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn labels_are_words_of_this_program() {
    let Empty { store, .. } = &empty_sqlite().await;
    let service = service(store, Some(TOKEN));
    let _listener = service.wake().listen(Topic::User("usr_sentinel".to_owned()));
    get_with(&service, "/healthz", None).await;
    get_with(&service, "/sentinel-path?sentinel-query", None).await;
    get_with(&service, "/a/sentinel-handle", None).await;
    service.metrics().recorded(What::SignIn, Outcome::Done, Some("swk"));
    service.metrics().recorded(What::SignIn, Outcome::WrongNumber, Some("swk"));
    service.metrics().recorded(What::SignIn, Outcome::WrongCode, Some("sentinel-method"));
    service.metrics().recorded(What::SignIn, Outcome::Expired, Some("swk"));
    service.metrics().approval(TransactionState::Mismatch);
    service.metrics().recorded(What::MethodAdded, Outcome::Done, None);
    service.metrics().wake_up(Woken::Gone);
    let (_, text) = get_with(&service, "/metrics", Some(&format!("Bearer {TOKEN}"))).await;
    for line in [
        "countersign_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1",
        "countersign_http_request_duration_seconds_count{method=\"GET\",route=\"/healthz\"} 1",
        "countersign_approvals_total{outcome=\"expired\"} 1",
        "countersign_approvals_total{outcome=\"mismatch\"} 1",
        "countersign_sign_ins_total{method=\"swk\",result=\"done\"} 1",
        "countersign_sign_ins_total{method=\"other\",result=\"wrong_code\"} 1",
        "countersign_events_total{event=\"method_added\",result=\"done\"} 1",
        "countersign_wake_ups_total{result=\"gone\"} 1",
        "countersign_waiting 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
    assert!(!text.contains("sentinel"), "{text}");
}

#[tokio::test]
async fn a_node_says_whether_it_can_do_its_work() {
    let Empty { store, .. } = &empty_sqlite().await;
    let service = service(store, None);
    assert_eq!(get_with(&service, "/healthz", None).await, (StatusCode::OK, "ok\n".to_owned()));
    service.wake().close();
    assert_eq!(
        get_with(&service, "/healthz", None).await,
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned())
    );
}

#[tokio::test]
async fn a_node_without_a_database_says_so() {
    let Empty { store, .. } = &empty_sqlite().await;
    let service = service(store, None);
    store.close().await;
    assert_eq!(
        get_with(&service, "/healthz", None).await,
        (StatusCode::SERVICE_UNAVAILABLE, "no database\n".to_owned())
    );
}
