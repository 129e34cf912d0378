//! A real Chromium on a desktop, for the pages of the sign-in service.

use std::ops::Deref;

use fantoccini::{ClientBuilder, Locator};
use image::DynamicImage;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::process::Child;

use crate::desktop::{self, Desktop};
use crate::http::free_port;
use crate::page::Page;
use crate::wait::{LIMIT, answered, until};

/// An open browser with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    page: Page,
    _driver: Child,
}

impl Browser {
    /// Starts Chromium on `desktop`.
    pub async fn open(desktop: &Desktop) -> Self {
        let port = free_port();
        let mut command = desktop.logged("chromedriver", &format!("chromium-{port}.log"));
        let driver =
            command.arg(format!("--port={port}")).spawn().expect("it is installed by .ci/install all");
        until("the browser's driver listens", async || TcpStream::connect(("127.0.0.1", port)).await.ok())
            .await;

        let options = json!({
            // As root, in a container and without a screen card there is neither sandbox nor acceleration.
            "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--window-size=1000,860", "--lang=en", "--disable-background-networking"],
        });
        let capabilities = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let session = tokio::time::timeout(LIMIT, builder.capabilities(capabilities).connect(&address)).await;
        let Ok(Ok(client)) = session else {
            panic!("Chromium did not start: see {}", desktop::logs(desktop.name()).display())
        };
        Self { page: Page::new(client, desktop), _driver: driver }
    }

    /// Goes to an address.
    pub async fn go(&self, url: &str) {
        answered("the page", self.client.goto(url)).await.expect("the service answers");
    }

    /// Forgets all cookies, as a browser does that nobody has used.
    pub async fn forget(&self) {
        answered("forgetting", self.client.delete_all_cookies()).await.expect("a page is open");
    }

    /// Where it is.
    pub async fn path(&self) -> String {
        let url = answered("the address", self.client.current_url()).await.expect("a page is open");
        url.path().to_owned()
    }

    /// What the first element that fits a CSS selector looks like.
    pub async fn picture_of(&self, selector: &str) -> DynamicImage {
        let element = answered("the element", self.client.find(Locator::Css(selector))).await;
        let element = element.unwrap_or_else(|_| panic!("the page has no {selector}"));
        let png = answered("its picture", element.screenshot()).await.expect("it can be seen");
        image::load_from_memory(&png).expect("the driver gives a picture")
    }

    /// Closes it.
    pub async fn close(self) {
        answered("closing the browser", self.page.client.clone().close()).await.expect("it is open");
    }
}

impl Deref for Browser {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}
