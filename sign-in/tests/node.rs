//! The program itself: starts, is asked over the network, is stopped and ended, and what it logs meanwhile.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustls::{ClientConfig, RootCertStore};

/// A node in a folder of its own, on a port that nobody has.
struct Node {
    child: Child,
    origin: String,
    said: Vec<String>,
}

impl Node {
    /// Starts, and waits until it is ready.
    fn start(folder: &Path, secure: bool, more: &[(&str, &str)]) -> Self {
        let mut command = command(folder, more);
        let mut child = command
            .arg("serve")
            .stdout(Stdio::piped())
            .stderr(fs::File::options().create(true).append(true).open(folder.join("log")).expect("a log"))
            .spawn()
            .expect("starts");
        let mut lines = BufReader::new(child.stdout.take().expect("is piped")).lines();
        let mut said = Vec::new();
        let port = loop {
            let line = lines.next().expect("it ended before it was ready").expect("text");
            let port = line
                .rsplit_once(':')
                .filter(|_| line.starts_with("Ready"))
                .map(|(_, port)| port.trim_end_matches(')').to_owned());
            said.push(line);
            if let Some(port) = port {
                break port;
            }
        };
        // Somebody has to read on, or it would wait to be read.
        std::thread::spawn(move || lines.count());
        let scheme = if secure { "https" } else { "http" };
        Self { child, origin: format!("{scheme}://localhost:{port}"), said }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().expect("a pid")).expect("a pid");
        kill_process(pid, signal).expect("is there");
    }

    /// Whether it ends well in time.
    fn ends_within(&mut self, time: Duration) -> bool {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < time {
            if let Some(status) = self.child.try_wait().expect("can be asked") {
                return status.success();
            }
            std::thread::yield_now();
        }
        false
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path, more: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign-signin"));
    command
        .current_dir(folder)
        .env("COUNTERSIGN_ISSUER", "http://localhost:8430")
        .env("COUNTERSIGN_LISTEN", "127.0.0.1:0")
        .envs(more.iter().copied());
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for temporary files")
}

fn client() -> reqwest::Client {
    trusting(RootCertStore::empty())
}

fn trusting(roots: RootCertStore) -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(30))
        .build()
        .expect("a client")
}

async fn text(client: &reqwest::Client, url: String) -> Option<String> {
    client.get(url).send().await.ok()?.error_for_status().ok()?.text().await.ok()
}

async fn push_key(node: &Node) -> String {
    let about = text(&client(), format!("{}/.well-known/approval-configuration", node.origin))
        .await
        .expect("answers");
    let about: serde_json::Value = serde_json::from_str(&about).expect("JSON");
    about["vapid_public_key"].as_str().expect("a key").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_ended_at_once_starts_again_as_it_was() {
    let folder = folder();
    let mut first = Node::start(folder.path(), false, &[]);
    let key = push_key(&first).await;
    first.signal(Signal::KILL);
    assert!(!first.ends_within(Duration::from_secs(60)), "it was ended and did not end");
    let second = Node::start(folder.path(), false, &[]);
    assert_eq!(push_key(&second).await, key);
    let names = fs::read_dir(folder.path().join("countersign-data")).expect("is there");
    let names = names.map(|entry| entry.expect("is there").file_name()).collect::<Vec<_>>();
    assert!(names.iter().any(|name| name == "service.secret"), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_told_to_stop_stops() {
    let folder = folder();
    for signal in [Signal::TERM, Signal::INT] {
        let mut node = Node::start(folder.path(), false, &[]);
        // A connection that is kept open, as browsers do.
        let kept = reqwest::Client::builder().tls_backend_preconfigured(
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("ring has them")
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth(),
        );
        let kept = kept.no_proxy().build().expect("a client");
        assert_eq!(text(&kept, format!("{}/healthz", node.origin)).await.as_deref(), Some("ok\n"));
        node.signal(signal);
        assert!(node.ends_within(Duration::from_secs(60)), "it did not stop");
    }
}

fn certificate(folder: &Path) -> RootCertStore {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    fs::write(folder.join("cert.pem"), made.cert.pem()).expect("is written");
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).expect("is written");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("is a certificate");
    roots
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_without_a_restart_and_a_broken_one_is_not_taken() {
    let folder = folder();
    let tls = [("COUNTERSIGN_TLS_CERTIFICATE", "cert.pem"), ("COUNTERSIGN_TLS_KEY", "key.pem")];
    let first = trusting(certificate(folder.path()));
    let node = Node::start(folder.path(), true, &tls);
    let health = || format!("{}/healthz", node.origin);
    assert_eq!(text(&first, health()).await.as_deref(), Some("ok\n"));

    fs::write(folder.path().join("cert.pem"), "not a certificate").expect("is written");
    node.signal(Signal::HUP);
    assert!(logged(folder.path(), "the new certificate does not work").await);
    assert_eq!(text(&first, health()).await.as_deref(), Some("ok\n"));

    let second = trusting(certificate(folder.path()));
    node.signal(Signal::HUP);
    assert!(logged(folder.path(), "the certificate was read again").await);
    assert_eq!(text(&second, health()).await.as_deref(), Some("ok\n"));
    assert_eq!(text(&first, health()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_for_attestation_are_read_again_and_a_bad_one_changes_nothing() {
    let folder = folder();
    let list = folder.path().join("status.json");
    fs::write(&list, r#"{"entries":{}}"#).expect("is written");
    let more = [("COUNTERSIGN_ATTESTATION_ANDROID_REVOKED", list.to_str().expect("text"))];
    let mut node = Node::start(folder.path(), false, &more);
    node.signal(Signal::HUP);
    assert!(logged(folder.path(), "the lists for attestation were read again").await);
    fs::write(&list, "half a li").expect("is written");
    node.signal(Signal::HUP);
    assert!(
        logged(folder.path(), "the old lists stay in use: attestation.android_revoked does not work").await
    );
    node.signal(Signal::TERM);
    assert!(node.ends_within(Duration::from_secs(30)));
}

async fn logged(folder: &Path, words: &str) -> bool {
    for _ in 0..600 {
        if fs::read_to_string(folder.join("log")).expect("a log").contains(words) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[test]
fn what_cannot_work_is_said_in_one_line() {
    let folder = folder();
    for (name, value, said) in [
        ("COUNTERSIGN_ISSUER", "http://signin.example.org", "issuer does not work"),
        ("COUNTERSIGN_LISTEN", "192.0.2.1:1", "nothing can be taken at 192.0.2.1:1"),
        ("COUNTERSIGN_TLS_CERTIFICATE", "cert.pem", "tls.key is missing"),
        ("COUNTERSIGN_DATABASE_URL", "sqlite:///nowhere/x.db", "the database did not do it"),
    ] {
        let out = command(folder.path(), &[(name, value)]).arg("serve").output().expect("runs");
        let error = String::from_utf8(out.stderr).expect("text");
        assert!(!out.status.success() && error.contains(said), "{name} said {error}");
        assert!(!error.contains("panicked"), "{error}");
    }
}

/// Every request carries a sentinel in each place where a secret, a name or a code can be; so does the mail
/// that cannot be sent. The log is the most that an operator can ask for.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_run_holds_no_name_no_code_and_no_secret() {
    let folder = folder();
    let more = [
        ("COUNTERSIGN_LOG_LEVEL", "debug"),
        ("COUNTERSIGN_LOG_FORMAT", "json"),
        ("COUNTERSIGN_MAIL_HOST", "127.0.0.1"),
        ("COUNTERSIGN_MAIL_PORT", "1"),
        ("COUNTERSIGN_MAIL_SECURITY", "none"),
        ("COUNTERSIGN_MAIL_FROM", "sentinelfrom@contoso.example"),
        ("COUNTERSIGN_METRICS_ENABLED", "true"),
        ("COUNTERSIGN_METRICS_TOKEN", "sentinel-metrics-token"),
    ];
    let node = Node::start(folder.path(), false, &more);
    for arguments in [
        vec!["admin", "user", "add", "sentinelname", "--email", "sentinelmail@contoso.example"],
        vec!["admin", "user", "reset", "sentinelname"],
        vec!["admin", "pass", "issue", "sentinelname"],
    ] {
        let mut child = command(folder.path(), &more)
            .args(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(fs::File::options().append(true).open(folder.path().join("log")).expect("a log"))
            .spawn()
            .expect("starts");
        std::io::Write::write_all(&mut child.stdin.take().expect("is piped"), b"sentinel pass phrase\n")
            .expect("is read");
        assert!(child.wait().expect("ends").success(), "{arguments:?}");
    }
    let client = client();
    let at = |path: &str| format!("{}{path}", node.origin);
    for path in [
        "/a/sentinelhandle",
        "/sentinelpath?sentinel=1",
        "/activity/sentinelevent/report",
        "/register/app/sentinelid",
    ] {
        client
            .get(at(path))
            .header("User-Agent", "sentinelagent")
            .header("Cookie", "session=sentinelcookie")
            .send()
            .await
            .expect("answers");
    }
    for path in [
        "/",
        "/sign-in",
        "/approval/v1/activation/begin",
        "/approval/v1/challenges/sentineltxn/answer",
        "/approval/v1/grant/begin",
    ] {
        client
            .post(at(path))
            .header("DPoP", "sentinelproof")
            .header("X-Forwarded-For", "sentinelforwarded")
            .header("Content-Type", "application/json")
            .body(r#"{"code":"sentinelcode","user_name":"sentinelname","password":"sentinelpassword"}"#)
            .send()
            .await
            .expect("answers");
    }
    client.get(at("/metrics")).bearer_auth("sentinel-metrics-token").send().await.expect("answers");
    assert!(logged(folder.path(), "the mail server did not take a mail").await);
    let log = fs::read_to_string(folder.path().join("log")).expect("a log");
    for line in log.lines() {
        assert!(!line.contains("sentinel"), "{line}");
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
    assert!(log.contains("\"route\":\"/a/{handle}\""), "requests are logged, by their route");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_has_its_people_once_and_new_passwords_each_time() {
    let folder = folder();
    let demo = [("COUNTERSIGN_DEMO", "true")];
    let people =
        |node: &Node| node.said.iter().filter(|line| line.starts_with("  ")).cloned().collect::<Vec<_>>();
    let first = Node::start(folder.path(), false, &demo);
    let before = people(&first);
    drop(first);
    let second = Node::start(folder.path(), false, &demo);
    let after = people(&second);
    assert_eq!((before.len(), after.len()), (3, 3));
    for (before, after) in before.iter().zip(&after) {
        let name = |line: &str| line.split_whitespace().next().map(str::to_owned);
        assert_eq!(name(before), name(after));
        assert_ne!(before, after, "the password is another");
    }
    let list = command(folder.path(), &demo).args(["admin", "user", "list"]).output().expect("runs");
    assert_eq!(String::from_utf8(list.stdout).expect("text").lines().count(), 3);
}
