//! The sign-in service as an operator runs it: its own program, on an embedded file or on PostgreSQL.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use http::{Request, StatusCode};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::http::{Http, free_port};
use crate::marks::{self, Mark};
use crate::places;
use crate::wait::until;

/// A password that is long enough.
pub const PASSWORD: &str = "correct horse battery staple";

/// One organisation's service, until it is dropped.
#[derive(Debug)]
pub struct Service {
    /// Where browsers and phones find it.
    pub origin: String,
    /// Where this node takes connections.
    pub address: String,
    settings: Vec<(&'static str, String)>,
    log: PathBuf,
    node: Option<Child>,
    mark: Mark,
    folder: TempDir,
}

impl Service {
    /// Starts a service without people. `database` is a PostgreSQL database; without one it keeps a file.
    pub async fn start(name: &str, database: Option<&str>) -> Self {
        Self::start_with(name, database, &[]).await
    }

    /// The same with more settings, or others: a node of several has the issuer of all.
    pub async fn start_with(name: &str, database: Option<&str>, more: &[(&'static str, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let port = free_port();
        let origin = format!("http://localhost:{port}");
        let secret = base64::engine::general_purpose::STANDARD.encode([7; 32]);
        let mut settings = vec![
            ("COUNTERSIGN_ISSUER", origin.clone()),
            ("COUNTERSIGN_LISTEN", format!("127.0.0.1:{port}")),
            ("COUNTERSIGN_NAME", "Contoso".to_owned()),
            ("COUNTERSIGN_DATA", folder.path().join("data").display().to_string()),
            ("COUNTERSIGN_SECRET", secret),
        ];
        settings.extend(database.map(|url| ("COUNTERSIGN_DATABASE_URL", url.to_owned())));
        settings.extend_from_slice(more);
        let logs = places::cache().join("logs/flows").join(name);
        fs::create_dir_all(&logs).expect("the cache can be written");
        let mark = Mark::make();
        let address = format!("127.0.0.1:{port}");
        let log = logs.join("service.log");
        let mut service = Self { origin, address, settings, log, node: None, mark, folder };
        service.resume().await;
        service
    }

    /// Starts it again after [`kill`](Self::kill), with what it has kept.
    pub async fn resume(&mut self) {
        let log = fs::File::options().create(true).append(true).open(&self.log).expect("the cache");
        let mut command = self.command(&["serve"]);
        command.stdout(log.try_clone().expect("a second handle")).stderr(log);
        self.node = Some(command.spawn().expect("it is built with the workspace"));
        let (http, address) = (Http::new(), format!("http://{}/healthz", self.address));
        until("the service answers", async || {
            let reply = http.send(Request::get(&address), "").await?;
            (reply.status == StatusCode::OK).then_some(())
        })
        .await;
    }

    /// Ends it as a power cut does.
    pub async fn kill(&mut self) {
        let mut node = self.node.take().expect("it runs");
        node.start_kill().expect("it is our child");
        node.wait().await.expect("it ends");
    }

    /// Makes an account with [`PASSWORD`].
    pub async fn add(&self, user: &str, name: &str, administrator: bool) {
        let mail = format!("{user}@contoso.example");
        let mut words = vec!["admin", "user", "add", user, "--display-name", name, "--email", &mail];
        if administrator {
            words.extend(["--role", "administrator"]);
        }
        self.admin(&words, PASSWORD).await;
    }

    /// Runs a command of the operator's, and gives what it printed.
    pub async fn admin(&self, words: &[&str], typed: &str) -> String {
        let mut child = self
            .command(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it is built with the workspace");
        let mut stdin = child.stdin.take().expect("asked for above");
        // It may end without reading.
        let _ = stdin.write_all(format!("{typed}\n").as_bytes()).await;
        drop(stdin);
        let output = tokio::time::timeout(Duration::from_secs(30), child.wait_with_output()).await;
        let output = output.expect("it ends by itself").expect("it is our child");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{words:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it wrote to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its node's process.
    pub fn process(&self) -> u32 {
        self.node.as_ref().and_then(Child::id).expect("it runs")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(places::built("countersign-signin"));
        command
            .args(words)
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .env(marks::NAME, self.mark.value())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}
