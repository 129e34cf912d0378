//! What is on a screen, driven as a person would: by what can be seen. Elements are found by their
//! `data-testid`, so that a test reads the same in every language.

use std::fs;
use std::path::Path;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, Locator};
use serde_json::Value;
use tokio::process::Command;

use crate::desktop::Desktop;
use crate::places;
use crate::wait::{LIMIT, answered, look_for};

/// A page in a window.
#[derive(Debug)]
pub struct Page {
    pub(crate) client: Client,
    /// The screen that pictures are taken of; none for a browser without one.
    display: Option<String>,
    pictures: String,
}

impl Page {
    pub(crate) fn new(client: Client, desktop: &Desktop) -> Self {
        let display = Some(desktop.display().to_owned());
        Self { client, display, pictures: desktop.name().to_owned() }
    }

    /// The page of a browser that draws on no screen.
    pub(crate) fn without_screen(client: Client, pictures: &str) -> Self {
        Self { client, display: None, pictures: pictures.to_owned() }
    }

    /// Waits for an element and clicks it.
    pub async fn click(&self, id: &str) {
        self.click_at(&by_id(id)).await;
    }

    /// Waits for the first element that fits a CSS selector and clicks it.
    pub async fn click_at(&self, selector: &str) {
        self.on(selector, "clicked", async |element| element.click().await).await;
    }

    /// Presses Escape.
    pub async fn escape(&self) {
        let pressed = answered("pressing Escape", async {
            self.client.active_element().await?.send_keys("\u{e00c}").await
        });
        pressed.await.expect("something has the focus");
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

    /// All elements that fit a CSS selector at this moment.
    pub async fn all(&self, selector: &str) -> Vec<Element> {
        answered("the elements", self.client.find_all(Locator::Css(selector))).await.unwrap_or_default()
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

    /// Keeps a picture of the screen under `.cache/screens`.
    pub async fn keep_picture(&self, name: &str) {
        let folder = places::cache().join("screens");
        fs::create_dir_all(&folder).expect("the cache can be written");
        let file = folder.join(format!("{}-{name}.png", self.pictures));
        let Some(display) = &self.display else {
            let picture = answered("a picture of the page", self.client.screenshot()).await;
            return fs::write(file, picture.expect("a page is open")).expect("the cache can be written");
        };
        // Taken from the screen itself: the driver would wait for the next time the window is painted, and a
        // page at rest is not painted again.
        let mut import = Command::new("import");
        import.args(["-display", display, "-window", "root", "-trim", "+repage"]).arg(file);
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
