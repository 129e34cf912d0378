//! Against a real listener on this machine.

use std::sync::Mutex;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// Answers each connection with the next of these bytes, and keeps what was asked.
async fn listener(answers: Vec<Vec<u8>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let at = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.expect("accepts");
            let mut bytes = Vec::new();
            let mut buffer = [0; 4096];
            while !is_whole(&bytes) {
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                }
            }
            kept.lock().expect("no panic").push(String::from_utf8_lossy(&bytes).into_owned());
            // One that hangs up early has seen enough.
            let _ = stream.write_all(&answer).await;
        }
        std::future::pending::<()>().await;
    });
    (at, asked)
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn answer(head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn server() -> HttpsServer {
    HttpsServer::default()
}

#[tokio::test]
async fn a_call_carries_its_proof_and_body_and_its_answer_comes_back() {
    let (at, asked) = listener(vec![answer("401 No\r\nDPoP-Nonce: n-1\r\nRetry-After: 7", "why")]).await;
    let request = Request {
        method: "POST",
        url: format!("{at}/x?y=1"),
        proof: Some("a.b.c".to_owned()),
        body: Some(Body { kind: "application/json", bytes: SecretBytes::new(b"{}".to_vec()) }),
        patience: Duration::ZERO,
    };
    let response = server().send(request).await.expect("answers");
    assert_eq!(
        (response.status, response.nonce.as_deref(), response.retry_after),
        (401, Some("n-1"), Some(7))
    );
    assert_eq!(response.body.expose(), b"why");
    let asked = asked.lock().expect("no panic")[0].to_lowercase();
    assert!(asked.starts_with("post /x?y=1 http/1.1\r\n"), "{asked}");
    assert!(asked.contains("dpop: a.b.c") && asked.contains("content-type: application/json"));
    for word in ["cookie", "user-agent", "referer", "accept-encoding"] {
        assert!(!asked.contains(word), "{asked}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (at, asked) =
        listener(vec![answer("302 Found\r\nLocation: /elsewhere", ""), answer("200 OK", "no")]).await;
    assert_eq!(server().send(Request::get(format!("{at}/"))).await.expect("answers").status, 302);
    assert_eq!(asked.lock().expect("no panic").len(), 1);
}

#[tokio::test]
async fn a_cookie_is_not_sent_back() {
    let set = answer("200 OK\r\nSet-Cookie: a=b", "");
    let (at, asked) = listener(vec![set.clone(), set]).await;
    let server = server();
    for _ in 0..2 {
        server.send(Request::get(format!("{at}/"))).await.expect("answers");
    }
    assert!(!asked.lock().expect("no panic")[1].to_lowercase().contains("cookie"));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused_wherever_it_says_so() {
    let exact = "x".repeat(MAX_BODY);
    let large = "x".repeat(MAX_BODY + 1);
    let without_length = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{large}").into_bytes();
    let (at, _) = listener(vec![answer("200 OK", &exact), answer("200 OK", &large), without_length]).await;
    let server = server();
    let get = || server.send(Request::get(format!("{at}/")));
    assert_eq!(get().await.expect("answers").body.len(), MAX_BODY);
    assert_eq!(get().await.unwrap_err(), ServerError::TooLarge);
    assert_eq!(get().await.unwrap_err(), ServerError::TooLarge);
}

#[tokio::test]
async fn only_https_and_this_machine_are_called() {
    for url in ["http://example.org/", "http://10.0.0.1/", "ftp://localhost/", "https://user@localhost/"] {
        let refused = server().send(Request::get(url.to_owned())).await;
        assert_eq!(refused.unwrap_err(), ServerError::NotSecure, "{url}");
    }
}

#[tokio::test]
async fn https_is_not_taken_from_one_that_does_not_speak_it() {
    let (at, _) = listener(vec![answer("200 OK", "plain")]).await;
    let url = at.replace("http:", "https:");
    assert_eq!(server().send(Request::get(url)).await.unwrap_err(), ServerError::Unreachable);
}

#[tokio::test]
async fn nobody_there_is_said_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    drop(listener);
    assert_eq!(server().send(Request::get(url)).await.unwrap_err(), ServerError::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_answer_is_not_waited_for_beyond_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let server = server();
    let before = tokio::time::Instant::now();
    assert_eq!(server.send(Request::get(url)).await.unwrap_err(), ServerError::Unreachable);
    let took = before.elapsed();
    assert!(took >= PATIENCE && took < PATIENCE + Duration::from_secs(2), "{took:?}");
}
