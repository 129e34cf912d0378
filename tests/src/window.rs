//! The app's real window. `tauri-driver` starts WebKit's driver, that one starts the app.

use std::ops::Deref;
use std::sync::Arc;

use fantoccini::ClientBuilder;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::process::Child;

use crate::desktop::{self, Desktop};
use crate::http::free_port;
use crate::marks::{Mark, has_ended};
use crate::page::Page;
use crate::places;
use crate::wait::{LIMIT, answered, until};

/// An open window.
#[derive(Debug)]
pub struct Window {
    page: Page,
    mark: Arc<Mark>,
    _driver: Child,
}

impl Window {
    /// Starts the app on `desktop`, with whatever it has kept there.
    pub async fn open(desktop: &Desktop) -> Self {
        Self::open_with(desktop, &[]).await
    }

    /// The same, with words on its command line.
    pub async fn open_with(desktop: &Desktop, words: &[String]) -> Self {
        let (port, native_port) = (free_port(), free_port());
        let mut command = desktop.logged(places::tool("tauri-driver"), "driver.log");
        command.args(["--port", &port.to_string(), "--native-port", &native_port.to_string()]);
        let driver = command.spawn().expect("it was built by .ci/install");
        for port in [port, native_port] {
            until("the driver listens", async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
        }

        let options = json!({ "application": places::app(), "args": words });
        let capabilities = [("tauri:options".to_owned(), options)].into_iter().collect();
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let session = tokio::time::timeout(LIMIT, builder.capabilities(capabilities).connect(&address)).await;
        let Ok(Ok(client)) = session else {
            panic!("the app did not open a window: see {}", desktop::logs(desktop.name()).display())
        };
        Self { page: Page::new(client, desktop), mark: Arc::clone(desktop.mark()), _driver: driver }
    }

    /// Closes the window and waits until the app has ended, as a person does before starting it again.
    pub async fn close(self) {
        let app = self.mark.running(&places::app());
        answered("closing the window", self.page.client.clone().close()).await.expect("the window is open");
        until("the app has ended", async || app.iter().all(|pid| has_ended(*pid)).then_some(())).await;
    }
}

impl Deref for Window {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}
