//! A real privacyIDEA server on the loopback: it makes tokens and judges codes.

use std::fs;
use std::process::Stdio;

use http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::http::free_port;
use crate::marks::{self, Mark};
use crate::places;
use crate::wait::until;

/// The server, until it is dropped.
#[derive(Debug)]
pub struct PrivacyIdea {
    base: String,
    http: Client<HttpConnector, String>,
    administrator: String,
    _process: Child,
    _mark: Mark,
}

/// A token as its user gets it.
#[derive(Debug)]
pub struct Token {
    /// Its number at the server, which is also the account name in the QR code.
    pub serial: String,
    /// What the QR code says.
    pub text: String,
    /// The key in Base32.
    pub key: String,
}

impl PrivacyIdea {
    /// Installs the server if it is not there and starts it.
    pub async fn start() -> Self {
        let scripts = places::root().join("tests/interop/privacyidea");
        let installed = Command::new(scripts.join("install")).status().await.expect("the script can be run");
        assert!(installed.success(), "privacyIDEA could not be installed: see .cache/privacyidea");

        let mark = Mark::make();
        let port = free_port();
        fs::create_dir_all(places::cache().join("logs")).expect("the cache can be written");
        let log =
            fs::File::create(places::cache().join("logs/privacyidea.log")).expect("the cache can be written");
        let process = Command::new(scripts.join("serve"))
            .arg(port.to_string())
            .env(marks::NAME, mark.value())
            .stdin(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the script can be run");

        let http = Client::builder(TokioExecutor::new()).build_http();
        let base = format!("http://127.0.0.1:{port}");
        let mut server = Self { base, http, administrator: String::new(), _process: process, _mark: mark };
        until("privacyIDEA answers", async || server.get("/healthz/livez").await).await;
        let signed_in =
            server.post("/auth", &json!({"username": "admin", "password": "administrator"})).await;
        server.administrator = text(&signed_in["result"]["value"]["token"]);
        server
    }

    /// Makes a token for the user alice. `options` are privacyIDEA's own: type, hashlib, otplen, timeStep.
    pub async fn make_token(&self, mut options: Value) -> Token {
        options["genkey"] = json!(1);
        options["user"] = json!("alice");
        options["realm"] = json!("local");
        let made = &self.post("/token/init", &options).await["detail"];
        Token {
            serial: text(&made["serial"]),
            text: text(&made["googleurl"]["value"]),
            key: text(&made["otpkey"]["value_b32"]),
        }
    }

    /// Signs in with a code, as a site that trusts the server does. The answer is ACCEPT or REJECT.
    pub async fn check(&self, token: &Token, code: &str) -> String {
        let answer = self.post("/validate/check", &json!({"serial": token.serial, "pass": code})).await;
        text(&answer["result"]["authentication"])
    }

    async fn get(&self, path: &str) -> Option<Value> {
        self.send(Request::get(format!("{}{path}", self.base)), String::new()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request =
            Request::post(format!("{}{path}", self.base)).header("content-type", "application/json");
        self.send(request, body.to_string()).await.unwrap_or_else(|| panic!("no answer to {path}"))
    }

    async fn send(&self, request: http::request::Builder, body: String) -> Option<Value> {
        let request = request.header("authorization", &self.administrator).body(body);
        let answer = self.http.request(request.expect("its parts are fixed")).await.ok()?;
        let bytes = answer.into_body().collect().await.ok()?.to_bytes();
        serde_json::from_slice(&bytes).ok()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("privacyIDEA gave no text but {value}")).to_owned()
}
