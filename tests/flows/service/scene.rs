//! A person at a computer, with the app beside it.

use countersign_tests::browser::Browser;
use countersign_tests::desktop::Desktop;
use countersign_tests::oath;
use countersign_tests::picture;
use countersign_tests::postgres;
use countersign_tests::service::{PASSWORD, Service};
use countersign_tests::window::Window;
use image::DynamicImage;

use crate::steps::agree;

/// Where a service keeps what it knows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kept {
    InAFile,
    InPostgres,
}

/// The service, the browser and the app, each on its own screen.
pub(crate) struct Scene {
    pub(crate) service: Service,
    pub(crate) browser: Browser,
    pub(crate) app: Window,
    pub(crate) hand: Desktop,
    pub(crate) desk: Desktop,
}

impl Scene {
    /// Maria has an account and no method; Olle administers.
    pub(crate) async fn set(name: &str, kept: Kept) -> Self {
        let database = match kept {
            Kept::InAFile => None,
            Kept::InPostgres => Some(postgres::empty().await),
        };
        let service = Service::start(name, database.as_deref()).await;
        service.add("maria", "Maria Lindqvist", false).await;
        service.add("olle", "Olle Berg", true).await;

        let desk = Desktop::start(&format!("{name}-desk")).await;
        let browser = Browser::open(&desk).await;
        let mut hand = Desktop::start(&format!("{name}-hand")).await;
        hand.start_keyring().await;
        let app = Window::open(&hand).await;
        agree(&app).await;
        Self { service, browser, app, hand, desk }
    }

    /// Signs in as far as the password.
    pub(crate) async fn type_password(&self, user: &str) {
        self.type_password_in(&self.browser, user).await;
    }

    /// The same in another browser.
    pub(crate) async fn type_password_in(&self, browser: &Browser, user: &str) {
        let Self { service, .. } = self;
        browser.go(&format!("{}/sign-in", service.origin)).await;
        browser.fill("user-name", user).await;
        browser.click("next").await;
        browser.fill("password", PASSWORD).await;
        browser.click("submit").await;
    }

    /// The operator issues a pass, which is printed once.
    pub(crate) async fn issue_pass(&self, user: &str) -> String {
        let said = self.service.admin(&["admin", "pass", "issue", user], "").await;
        let is_pass = |word: &&str| {
            word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        };
        said.split_whitespace().find(is_pass).unwrap_or_else(|| panic!("no pass in {said}")).to_owned()
    }

    /// Signs in with a pass, as far as the service lets it.
    pub(crate) async fn type_pass(&self, user: &str, pass: &str) {
        self.browser.go(&format!("{}/sign-in", self.service.origin)).await;
        self.browser.fill("user-name", user).await;
        self.browser.click("next").await;
        self.browser.click("use-pass").await;
        self.browser.fill("pass", pass).await;
        self.browser.click("submit").await;
    }

    /// Signs in somebody who has no method, by adding an app that only shows codes, which is the second step.
    pub(crate) async fn sign_in_by_a_new_code_app(&self, browser: &Browser, user: &str) {
        self.type_password_in(browser, user).await;
        browser.see("register").await;
        browser.click("different-app").await;
        self.add_code_app(browser, "Another app").await;
    }

    /// Fills in the page for another app, with the code that such an app would show.
    pub(crate) async fn add_code_app(&self, browser: &Browser, name: &str) {
        let key = browser.code_at("[data-testid=key]").await;
        browser.fill("name", name).await;
        browser.fill("code", &oath::totp(&key)).await;
        browser.click("submit").await;
        browser.see("code-app-added").await;
    }

    /// Whether to stay signed in is not asked each time.
    pub(crate) async fn signed_in(&self) {
        self.browser
            .wait("signed in", async || {
                if self.browser.sees("stay-no").await {
                    self.browser.click("stay-no").await;
                }
                self.browser.sees("signed-in").await.then_some(())
            })
            .await;
    }

    /// Registers the app by holding the page before its camera, and approves the test.
    pub(crate) async fn register(&mut self) {
        self.browser.see("register").await;
        self.browser.click("set-up").await;
        self.browser.see("activation-code").await;
        let code = self.browser.picture_of(".qr svg").await;
        self.scan(&code).await;
        self.app.see("work-account").await;
        self.app.keep_picture("confirm").await;
        self.browser.see("activation-claimed").await;
        self.app.click("confirm-add").await;
        self.leave_notifications().await;
        let number = self.browser.text("number").await;
        self.type_number(&number).await;
        self.app.click("approve").await;
        self.browser.see("configured").await;
    }

    /// Shows a picture to the app's scanner.
    pub(crate) async fn scan(&mut self, code: &DynamicImage) {
        self.hand.show_to_camera(&picture::framed(code)).await;
        self.app.click("add").await;
        self.app.click("add-scan").await;
    }

    /// The app asks once whether it may notify.
    pub(crate) async fn leave_notifications(&self) {
        self.app
            .wait("the next step of setting up", async || {
                if self.app.sees("notify-no").await {
                    self.app.click("notify-no").await;
                }
                self.app.sees("approve").await.then_some(())
            })
            .await;
    }

    /// Opens the one request that waits.
    pub(crate) async fn open_request(&self) {
        self.app.click("waiting").await;
        self.app.see("approve").await;
    }

    /// Types the number of the page.
    pub(crate) async fn type_number(&self, number: &str) {
        if self.app.sees("key-0").await {
            for digit in number.chars() {
                self.app.click(&format!("key-{digit}")).await;
            }
        } else {
            self.app.fill("number", number).await;
        }
    }

    /// What became of the request, as the app says, and back to the list.
    pub(crate) async fn outcome(&self) -> String {
        let outcome = self.app.attribute("result", "data-outcome").await.expect("a result has an outcome");
        self.app.click("result-done").await;
        outcome
    }
}
