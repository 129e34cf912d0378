//! The ways out against servers on this machine.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use crypto_core::approval::Origin;
use crypto_core::seal::sign::SigningKey;
use crypto_core::secret::SecretBytes;
use crypto_core::time::UnixTime;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::mails::send_due;
use super::*;
use crate::config::{Config, Mail, MailSecurity};
use crate::store::Store;
use crate::store::tests::{Empty, empty_stores};
use crate::wake::Wake;
use crate::{Parts, Service};

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

fn web_push(private: bool) -> WebPush {
    let key = VapidKey::from_pkcs8(&SigningKey::make_pkcs8().expect("randomness")).expect("a key");
    WebPush::new(key, "mailto:push@example.com".to_owned(), private, Arc::new(|| NOW)).expect("starts")
}

fn subscription(endpoint: String) -> PushSubscription {
    PushSubscription::new(
        endpoint,
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".to_owned(),
        "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
    )
    .expect("a subscription")
}

/// A push service that says `status` and remembers what it was sent.
#[derive(Clone)]
struct PushService {
    status: StatusCode,
    seen: Arc<Mutex<Vec<(HeaderMap, usize)>>>,
}

async fn push_service(status: StatusCode) -> (SocketAddr, PushService) {
    let service = PushService { status, seen: Arc::default() };
    let receive = |State(service): State<PushService>, headers: HeaderMap, body: axum::body::Bytes| async move {
        service.seen.lock().expect("not poisoned").push((headers, body.len()));
        (service.status, [("location", "http://127.0.0.1:1/elsewhere")])
    };
    let app = Router::new().route("/w/{id}", post(receive)).with_state(service.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("is bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, service)
}

#[tokio::test]
async fn a_wake_up_has_the_headers_of_the_protocol_and_no_content() {
    let (address, service) = push_service(StatusCode::CREATED).await;
    let woken = web_push(true).wake(&subscription(format!("http://{address}/w/1")), Errand::Look, 600).await;
    assert_eq!(woken, Woken::Taken);
    let seen = service.seen.lock().expect("not poisoned").clone();
    let [(headers, length)] = seen.as_slice() else { panic!("one wake-up was to be posted") };
    for (name, value) in
        [("ttl", "115"), ("urgency", "high"), ("topic", "approval"), ("content-encoding", "aes128gcm")]
    {
        assert_eq!(headers.get(name).expect(name), value);
    }
    assert_eq!(*length, 166);
    assert!(headers.get("authorization").expect("is there").as_bytes().starts_with(b"vapid t="));
    for name in ["referer", "cookie", "user-agent"] {
        assert_eq!(headers.get(name), None);
    }
}

#[tokio::test]
async fn what_a_push_service_says_is_understood() {
    for (status, woken) in [
        (StatusCode::OK, Woken::Taken),
        (StatusCode::NOT_FOUND, Woken::Gone),
        (StatusCode::GONE, Woken::Gone),
        (StatusCode::TOO_MANY_REQUESTS, Woken::Failed),
        (StatusCode::INTERNAL_SERVER_ERROR, Woken::Failed),
        // Followed, it would be a request to an address that nobody has judged.
        (StatusCode::TEMPORARY_REDIRECT, Woken::Failed),
    ] {
        let (address, service) = push_service(status).await;
        assert_eq!(
            web_push(true).wake(&subscription(format!("http://{address}/w/1")), Errand::Look, 60).await,
            woken,
            "{status}"
        );
        assert_eq!(service.seen.lock().expect("not poisoned").len(), 1);
    }
}

#[tokio::test]
async fn private_places_are_never_connected_to() {
    let (address, service) = push_service(StatusCode::CREATED).await;
    let push = web_push(false);
    for endpoint in [
        format!("http://{address}/w/1"),
        format!("https://{address}/w/1"),
        format!("https://localhost:{}/w/1", address.port()),
        format!("https://[::ffff:127.0.0.1]:{}/w/1", address.port()),
        "https://169.254.169.254/w/1".to_owned(),
        "https://10.0.0.1/w/1".to_owned(),
    ] {
        assert_eq!(
            push.wake(&subscription(endpoint.clone()), Errand::Look, 60).await,
            Woken::Failed,
            "{endpoint}"
        );
    }
    assert!(service.seen.lock().expect("not poisoned").is_empty());
}

/// A mail server that answers `MAIL FROM`, `RCPT TO` and the end of `DATA` with these, and remembers what it
/// was told.
async fn mail_server(rcpt: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let port = listener.local_addr().expect("is bound").port();
    let all = Arc::clone(&told);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let all = Arc::clone(&all);
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                let _ = write.write_all(b"220 mail.example ESMTP\r\n").await;
                let mut in_data = false;
                while let Ok(Some(line)) = lines.next_line().await {
                    all.lock().expect("not poisoned").push(line.clone());
                    let answer = match (in_data, line.split([' ', ':']).next().unwrap_or_default()) {
                        (true, ".") => {
                            in_data = false;
                            "250 taken"
                        }
                        (true, _) => continue,
                        (false, "EHLO") => "250 mail.example",
                        (false, "RCPT") => rcpt,
                        (false, "DATA") => {
                            in_data = !rcpt.starts_with('5');
                            "354 go on"
                        }
                        (false, "QUIT") => "221 bye",
                        _ => "250 ok",
                    };
                    let _ = write.write_all(format!("{answer}\r\n").as_bytes()).await;
                }
            });
        }
    });
    (port, told)
}

fn smtp(port: u16) -> Smtp {
    Smtp::new(Mail {
        host: "127.0.0.1".to_owned(),
        port,
        security: MailSecurity::None,
        login: None,
        from: "Contoso <signin@contoso.example>".to_owned(),
    })
    .expect("a mail server")
}

fn service(store: &Store, deliver: Arc<dyn Deliver>, demo: bool) -> Service {
    let issuer = Origin::parse("http://localhost:8430").expect("an origin");
    let config = Config { demo, ..Config::new(issuer, "Contoso".to_owned(), SecretBytes::new(vec![7; 32])) };
    Service::new(Parts {
        config,
        store: store.clone(),
        deliver,
        wake: Wake::default(),
        clock: Arc::new(|| NOW),
    })
}

async fn queue(store: &Store, id: &str) {
    let mut tx = store.begin().await.expect("begins");
    tx.send_mail(id, "maria@contoso.example", "Ny metod tillagd: Marias äpple", "Hej\nRad två\n", NOW)
        .await
        .expect("is kept");
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn a_mail_reaches_the_mail_server_and_is_not_kept() {
    for Empty { store, .. } in &empty_stores().await {
        let (port, told) = mail_server("250 ok").await;
        let ways = Ways { push: None, smtp: Some(smtp(port)) };
        queue(store, "mail_1").await;
        assert_eq!(send_due(&service(store, Arc::new(ways), false)).await.expect("answers"), 1);
        let told = told.lock().expect("not poisoned").join("\n");
        for part in [
            "MAIL FROM:<signin@contoso.example>",
            "RCPT TO:<maria@contoso.example>",
            "Auto-Submitted: auto-generated",
            "=?utf-8?",
            "Content-Type: text/plain; charset=utf-8",
            "Hej",
        ] {
            assert!(told.contains(part), "{part} is missing in\n{told}");
        }
        assert!(store.outbox(10).await.expect("answers").is_empty());
    }
}

#[tokio::test]
async fn what_is_refused_is_given_up_and_what_fails_is_tried_again() {
    for Empty { store, .. } in &empty_stores().await {
        queue(store, "mail_1").await;
        let (port, _) = mail_server("451 later").await;
        let later = service(store, Arc::new(Ways { push: None, smtp: Some(smtp(port)) }), false);
        assert_eq!(send_due(&later).await.expect("answers"), 1);
        assert_eq!(store.waiting_mails().await.expect("answers"), 1);
        assert_eq!(send_due(&later).await.expect("answers"), 0, "not before its time");

        // Nobody listens there.
        let nobody = service(store, Arc::new(Ways { push: None, smtp: Some(smtp(1)) }), false);
        store.mail_later("mail_1", NOW).await.expect("answers");
        assert_eq!(send_due(&nobody).await.expect("answers"), 1);
        assert_eq!(store.waiting_mails().await.expect("answers"), 1);

        let (port, _) = mail_server("550 no such person").await;
        let refused = service(store, Arc::new(Ways { push: None, smtp: Some(smtp(port)) }), false);
        store.mail_later("mail_1", NOW).await.expect("answers");
        assert_eq!(send_due(&refused).await.expect("answers"), 1);
        assert_eq!(store.waiting_mails().await.expect("answers"), 0);
    }
}

#[tokio::test]
async fn no_mail_carries_a_header_that_was_slipped_in() {
    let smtp = smtp(1);
    assert_eq!(smtp.mail("maria@contoso.example\r\nBcc: x@evil.example", "s", "b").await, Mailed::Refused);
    let (port, told) = mail_server("250 ok").await;
    let smtp = self::smtp(port);
    smtp.mail("maria@contoso.example", "s\r\nBcc: x@evil.example", "b").await;
    let told = told.lock().expect("not poisoned").clone();
    assert!(!told.iter().any(|line| line.starts_with("Bcc:")), "{told:?}");
}

#[tokio::test]
async fn a_demonstration_keeps_mails_to_be_looked_at() {
    for Empty { store, .. } in &empty_stores().await {
        queue(store, "mail_1").await;
        let outbox = Arc::new(Outbox::default());
        let deliver: Arc<dyn Deliver> = outbox.clone();
        assert_eq!(send_due(&service(store, deliver, true)).await.expect("answers"), 1);
        assert_eq!(outbox.mails().len(), 1);
        assert_eq!(store.outbox(10).await.expect("answers").len(), 1);
    }
}

/// Against a push service that is not ours, where there is one (`.ci/push-server`): it takes a wake-up only
/// with a token that is right for the key that was subscribed with, and says what it read.
#[tokio::test]
async fn a_push_service_that_is_not_ours_takes_and_reads_the_wake_up() {
    let Ok(server) = std::env::var("COUNTERSIGN_TEST_PUSH") else { return };
    #[expect(clippy::disallowed_methods, reason = "the push service looks at the time of day")]
    let clock = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        UnixTime::from_secs(since.as_secs())
    };
    let key = || VapidKey::from_pkcs8(&SigningKey::make_pkcs8().expect("randomness")).expect("a key");
    let push =
        |key| WebPush::new(key, "mailto:push@example.com".to_owned(), true, Arc::new(clock)).expect("starts");
    let ours = push(key());
    let client = &ours;
    let asked = async |path: &str, body: String| {
        let response = client.ask(&format!("{server}{path}"), body).await;
        serde_json::from_str::<serde_json::Value>(&response).unwrap_or_default()
    };
    let subscribed =
        asked("/subscribe", format!(r#"{{"applicationServerKey":"{}"}}"#, ours.public_key())).await;
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let given = &subscribed["data"];
    let subscription = PushSubscription::new(
        text(&given["endpoint"]),
        text(&given["keys"]["p256dh"]),
        text(&given["keys"]["auth"]),
    )
    .expect("a subscription");
    let name = text(&given["clientHash"]);

    assert_eq!(
        push(key()).wake(&subscription, Errand::Look, 60).await,
        Woken::Failed,
        "the token of somebody else is refused"
    );
    assert_eq!(ours.wake(&subscription, Errand::Look, 60).await, Woken::Taken);
    let read = asked("/get-notifications", format!(r#"{{"clientHash":"{name}"}}"#)).await;
    assert_eq!(read["data"]["messages"], serde_json::json!([r#"{"v":1}"#]));

    asked(&format!("/expire-subscription/{name}"), String::new()).await;
    assert_eq!(ours.wake(&subscription, Errand::Look, 60).await, Woken::Gone);
}
