//! A phone, as far as a computer can be one: the app behind its pages in a real Chromium, at the size of a phone's
//! screen, with a finger for a pointer and a file for a camera.

mod devtools;
mod look;

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use fantoccini::ClientBuilder;
use image::DynamicImage;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::process::Child;

use crate::desktop::{self, Desktop};
use crate::http::free_port;
use crate::page::Page;
use crate::places;
use crate::wait::{LIMIT, answered, until};

use self::devtools::DevTools;
pub use self::look::{Insets, LANDSCAPE, LARGE, Look, PHONE, Rules, SMALL, TABLET};

/// A phone with the app on its screen.
#[derive(Debug)]
pub struct Handset {
    page: Page,
    address: String,
    camera: PathBuf,
    driver: Child,
    host: Child,
}

impl Handset {
    /// Starts the app on `desktop`, which stands for the phone's system and keeps what the app keeps, and opens its
    /// page on a screen of 390 by 844. The system speaks `language`.
    pub async fn open(desktop: &Desktop, language: &str) -> Self {
        Self::open_as(desktop, language, &[]).await
    }

    /// The same with words for the host: what kind of phone it is.
    pub async fn open_as(desktop: &Desktop, language: &str, kind: &[&str]) -> Self {
        let (host, address) = desktop.announced(places::built("phone-host"), kind, "phone-host.log").await;
        let camera = desktop.home().join("camera.y4m");
        if !camera.exists() {
            hold(&camera, &crate::picture::blank());
        }

        let port = free_port();
        let mut command = desktop.logged("chromedriver", "handset.log");
        // What the system's language is, the browser takes from here.
        command.env("LANGUAGE", language);
        let driver =
            command.arg(format!("--port={port}")).spawn().expect("it is installed by .ci/install all");
        until("the browser's driver listens", async || TcpStream::connect(("127.0.0.1", port)).await.ok())
            .await;
        let options = json!({
            "args": [
                "--headless=new", "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
                // As root, in a container and without a screen card there is neither sandbox nor acceleration.
                "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                format!("--lang={language}"),
                format!("--user-agent={WEB_VIEW}"),
                "--touch-events=enabled",
                // The system's question about the camera is not the page's.
                "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                format!("--use-file-for-fake-video-capture={}", camera.display()),
            ],
            "prefs": { "intl.accept_languages": language },
        });
        let logging = json!({ "browser": "ALL" });
        let wanted = [("goog:chromeOptions".to_owned(), options), ("goog:loggingPrefs".to_owned(), logging)];
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        let driver_at = format!("http://127.0.0.1:{port}");
        let session = builder.capabilities(wanted.into_iter().collect()).connect(&driver_at);
        let Ok(Ok(client)) = tokio::time::timeout(LIMIT, session).await else {
            panic!("Chromium did not start: see {}", desktop::logs(desktop.name()).display())
        };
        let page = Page::without_screen(client, desktop.name());
        let handset = Self { page, address, camera, driver, host };
        handset.look(&PHONE).await;
        handset.start().await;
        handset
    }

    /// Opens the app's page anew, as when the system has ended the app meanwhile and kept its process.
    pub async fn start(&self) {
        answered("the page", self.client.goto(&self.address)).await.expect("the app serves it");
    }

    /// Holds a picture before the camera. What a scanner sees that is open already stays as it was.
    pub fn hold_before_camera(&self, picture: &DynamicImage) {
        hold(&self.camera, picture);
    }

    /// The back button or gesture: as Tauri's activity does, it goes back in the history of the page.
    pub async fn back(&self) {
        answered("going back", self.client.back()).await.expect("a page is open");
    }

    /// From here on the phone's person does this when the system asks them: `pass`, `refuse`, `think`, `loseKey`.
    /// Says how often they were asked so far.
    pub async fn person_will(&self, does: &str) -> u64 {
        let script = format!(
            "return fetch('/host/person', {{
               method: 'POST', headers: {{ 'content-type': 'application/json' }}, body: JSON.stringify('{does}'),
             }}).then((answer) => answer.json())"
        );
        self.run(&script).await.as_u64().expect("the host counts")
    }

    /// A picture of the screen as it is, as a file of that name.
    pub async fn save_picture(&self, file: &Path) {
        let picture = answered("a picture of the page", self.client.screenshot()).await;
        let picture = picture.expect("a page is open");
        fs::create_dir_all(file.parent().expect("it is in a folder")).expect("the folder can be made");
        fs::write(file, picture).expect("the folder can be written");
    }

    /// Asks the browser for something that pages cannot do.
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let asked = self.client.issue_cmd(DevTools { command, parameters });
        let said = answered(command, asked).await;
        said.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What the browser has complained about since the last time.
    pub async fn complaints(&self) -> Vec<String> {
        let said = answered("the browser's log", self.client.issue_cmd(devtools::Log)).await;
        let said = said.expect("the driver keeps one");
        let entries = said.as_array().into_iter().flatten();
        entries.filter_map(|entry| Some(entry.get("message")?.as_str()?.to_owned())).collect()
    }

    /// Ends the app, as a system does that needs its memory; the page stays without one.
    pub async fn end_app(&mut self) {
        self.host.kill().await.expect("it is our child");
    }

    /// Ends the app and its page.
    pub async fn close(mut self) {
        answered("closing the browser", self.page.client.clone().close()).await.expect("it is open");
        for child in [&mut self.driver, &mut self.host] {
            child.kill().await.expect("it is our child");
        }
    }
}

impl Deref for Handset {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

/// Writes a picture as the film that the browser's camera plays (YUV4MPEG2, one frame, grey).
fn hold(film: &Path, picture: &DynamicImage) {
    let luma = picture.to_luma8();
    let (width, height) = luma.dimensions();
    let mut bytes = format!("YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\nFRAME\n").into_bytes();
    bytes.extend_from_slice(luma.as_raw());
    bytes.resize(bytes.len() + luma.as_raw().len() / 2, 128);
    let next = film.with_extension("next");
    fs::write(&next, bytes).expect("the phone's home can be written");
    fs::rename(&next, film).expect("the phone's home can be written");
}

/// What Android's web view calls itself.
const WEB_VIEW: &str = "Mozilla/5.0 (Linux; Android 15; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
                        Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36";
