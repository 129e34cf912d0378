//! The app's real window, driven as a person would: by what is on it.
//!
//! `tauri-driver` starts WebKit's driver, that one starts the app. Elements are found by their
//! `data-testid`, so that a test reads the same in every language.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::desktop::{self, Desktop};
use crate::marks::{Mark, has_ended};
use crate::places;
use crate::privacyidea::free_port;
use crate::wait::{LIMIT, answered, look_for, until};

/// An open window.
#[derive(Debug)]
pub struct Window {
    client: Client,
    mark: Arc<Mark>,
    display: String,
    pictures: String,
    _driver: Child,
}

impl Window {
    /// Starts the app on `desktop`, with whatever it has kept there.
    pub async fn open(desktop: &Desktop) -> Self {
        let (port, native_port) = (free_port(), free_port());
        let mut command = desktop.logged(places::tool("tauri-driver"), "driver.log");
        command.args(["--port", &port.to_string(), "--native-port", &native_port.to_string()]);
        let driver = command.spawn().expect("it was built by .ci/install");
        for port in [port, native_port] {
            until("the driver listens", async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
        }

        let options = json!({ "application": places::app() });
        let capabilities = [("tauri:options".to_owned(), options)].into_iter().collect();
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let session = tokio::time::timeout(LIMIT, builder.capabilities(capabilities).connect(&address)).await;
        let Ok(Ok(client)) = session else {
            panic!("the app did not open a window: see {}", desktop::logs(desktop.name()).display())
        };
        Self {
            client,
            mark: Arc::clone(desktop.mark()),
            display: desktop.display().to_owned(),
            pictures: desktop.name().to_owned(),
            _driver: driver,
        }
    }

    /// Closes the window and waits until the app has ended, as a person does before starting it again.
    pub async fn close(self) {
        let app = self.mark.running(&places::app());
        answered("closing the window", self.client.close()).await.expect("the window is open");
        until("the app has ended", async || app.iter().all(|pid| has_ended(*pid)).then_some(())).await;
    }

    /// Waits for an element and clicks it.
    pub async fn click(&self, id: &str) {
        self.click_at(&by_id(id)).await;
    }

    /// Waits for the first element that fits a CSS selector and clicks it.
    pub async fn click_at(&self, selector: &str) {
        self.on(selector, "clicked", async |element| element.click().await).await;
    }

    /// Waits for one of several choices and takes it. What is clicked is the row around its button.
    pub async fn choose(&self, id: &str) {
        self.click_at(&format!("label:has({})", by_id(id))).await;
    }

    /// Waits for a field and puts `text` in it in place of what is there.
    pub async fn fill(&self, id: &str, text: &str) {
        self.on(&by_id(id), "filled", async |element| {
            element.clear().await?;
            element.send_keys(text).await
        })
        .await;
    }

    /// Waits for an element that can be seen and gives its text.
    pub async fn text(&self, id: &str) -> String {
        self.text_at(&by_id(id)).await
    }

    /// Waits for the first element that fits a CSS selector and can be seen, and gives its text.
    pub async fn text_at(&self, selector: &str) -> String {
        self.on(selector, "read", async |element| element.text().await).await
    }

    /// Waits for a code that can be seen in full and gives its characters without the gaps. A code that has
    /// just changed fades in.
    pub async fn code_at(&self, selector: &str) -> String {
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        let look = async || {
            let element = self.visible(selector).await?;
            let (seen, whole) = (element.text().await.ok()?, element.prop("textContent").await.ok()??);
            Some(squeezed(&seen)).filter(|seen| !seen.is_empty() && *seen == squeezed(&whole))
        };
        self.wait(&format!("{selector} is a code"), look).await
    }

    /// Waits for an element and gives one of its attributes.
    pub async fn attribute(&self, id: &str, name: &str) -> Option<String> {
        self.on(&by_id(id), "looked at", async |element| element.attr(name).await).await
    }

    /// Waits until an element can be seen.
    pub async fn see(&self, id: &str) {
        self.text(id).await;
    }

    /// Waits until an element is gone or hidden.
    pub async fn see_no_more(&self, id: &str) {
        self.wait(&format!("{id} is gone"), async || (!self.sees(id).await).then_some(())).await;
    }

    /// Waits until the page shows `text` somewhere.
    pub async fn see_text(&self, text: &str) {
        self.wait(&format!("the page says {text:?}"), async || {
            self.page().await.contains(text).then_some(())
        })
        .await;
    }

    /// Whether an element can be seen at this moment.
    pub async fn sees(&self, id: &str) -> bool {
        self.visible(&by_id(id)).await.is_some()
    }

    /// How many elements fit a CSS selector at this moment.
    pub async fn count(&self, selector: &str) -> usize {
        let found = answered("the elements", self.client.find_all(Locator::Css(selector))).await;
        found.map_or(0, |elements| elements.len())
    }

    /// All the text that can be seen.
    pub async fn page(&self) -> String {
        let text = self.run("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Gives a picture to the app as if chosen from a folder.
    pub async fn choose_file(&self, id: &str, file: &Path) {
        let input = answered("the input", self.client.find(Locator::Css(&by_id(id)))).await;
        let input = input.expect("the page has such an input");
        let given = answered("giving it a file", input.send_keys(&file.display().to_string())).await;
        given.expect("a file can be given to it");
    }

    /// Runs JavaScript in the page, for what no person could do: a camera that refuses.
    pub async fn run(&self, script: &str) -> Value {
        let result = answered("the script", self.client.execute(script, Vec::new())).await;
        result.unwrap_or_else(|error| panic!("the script failed: {error}"))
    }

    /// Keeps a picture of the screen under `.cache/screens`. Taken from the screen itself: the driver would
    /// wait for the next time the window is painted, and a page at rest is not painted again.
    pub async fn keep_picture(&self, name: &str) {
        let folder = places::cache().join("screens");
        fs::create_dir_all(&folder).expect("the cache can be written");
        let mut import = Command::new("import");
        import.args(["-display", &self.display, "-window", "root", "-trim", "+repage"]);
        import.arg(folder.join(format!("{}-{name}.png", self.pictures)));
        let taken = answered("a picture of the screen", import.status()).await;
        assert!(taken.expect("imagemagick is installed by .ci/install all").success());
    }

    /// Waits for something on the page, and keeps a picture if it does not come.
    pub async fn wait<T, F: Future<Output = Option<T>>>(&self, what: &str, look: impl FnMut() -> F) -> T {
        if let Some(seen) = look_for(LIMIT, look).await {
            return seen;
        }
        self.keep_picture("failed").await;
        panic!("{what}: not within {LIMIT:?}; the page says:\n{}", self.page().await);
    }

    /// Does something with the first element that fits and can be seen, again while the page is changing
    /// under it.
    async fn on<T>(
        &self,
        selector: &str,
        done: &str,
        act: impl AsyncFn(&Element) -> Result<T, CmdError>,
    ) -> T {
        self.wait(&format!("{selector} is {done}"), async || act(&self.visible(selector).await?).await.ok())
            .await
    }

    async fn visible(&self, selector: &str) -> Option<Element> {
        for element in self.client.find_all(Locator::Css(selector)).await.ok()? {
            if element.is_displayed().await.ok()? {
                return Some(element);
            }
        }
        None
    }
}

fn by_id(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}
