//! Somebody with a browser and a phone: registering, and signing in through whatever breaks on the way.

use std::time::Duration;

use crypto_core::approval::answer::Decision;

use crate::http::Http;
use crate::person::Person;
use crate::phone::Phone;
use crate::service::PASSWORD;

/// A person with the app on a phone.
#[derive(Debug)]
pub struct Somebody {
    /// What they type.
    pub name: String,
    /// Their browser.
    pub person: Person,
    /// Their phone.
    pub phone: Phone,
    origin: String,
    http: fn() -> Http,
}

/// How a sign-in went.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The request that was approved and used, as the page's address named it.
    pub request: String,
    /// How often a connection broke, and what was begun had to be looked at or begun again.
    pub broken: usize,
    /// Approvals that were used, but whose page never came: the browser had to begin again.
    pub unseen: usize,
    /// Answers that the service had taken before the connection broke: the second one was refused.
    pub answered_before: usize,
}

impl Somebody {
    /// Registers the app for an account that has no method, and signs out. `http` makes their connections.
    ///
    /// # Panics
    /// When a page is not the one that comes next.
    pub async fn register(origin: &str, name: &str, http: fn() -> Http) -> Self {
        let mut person = Person::with(http(), origin);
        person.open("/sign-in").await;
        person.submit("/sign-in", &[("user_name", name)]).await;
        person.submit("/sign-in/password", &[("password", PASSWORD)]).await;
        person.submit("/register", &[("how", "notifications")]).await;
        let code = person.text("activation-code").expect("the page has a code");
        let address = person.text("activation-url").expect("the page has an address");
        let page = person.attribute("next", "href").expect("the page goes on");
        let mut phone = Phone::activate_by_hand(http(), &address, &code, "A phone").await;
        person.open(&page).await;
        let number = person.text("number").expect("the page shows a number");
        let request = phone.requests(0).await.pop().expect("the test waits");
        assert_eq!(phone.approve(request, &number).await, (200, "approved".to_owned()));
        person.open(&page).await;
        assert!(person.sees("configured"), "{}", person.page);
        let person = Person::with(http(), origin);
        Self { name: name.to_owned(), person, phone, origin: origin.to_owned(), http }
    }

    /// Signs in with password and number in a browser that knows nothing, and begins again where a connection
    /// broke, as somebody would.
    ///
    /// # Panics
    /// When something else goes wrong, or breaks again and again.
    pub async fn sign_in(&mut self) -> SignedIn {
        let mut seen = SignedIn::default();
        for _ in 0..TRIES {
            self.person = Person::with((self.http)(), &self.origin);
            match self.try_to_sign_in(&mut seen).await {
                Some(true) => return seen,
                Some(false) => {}
                None => {
                    seen.broken += 1;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        panic!("{} did not get in: {seen:?}\n{}", self.name, self.person.page);
    }

    /// None where the connection broke before the request was approved; false where it has to begin again.
    async fn try_to_sign_in(&mut self, seen: &mut SignedIn) -> Option<bool> {
        self.person.try_open("/sign-in").await?;
        self.person.try_submit("/sign-in", &[("user_name", &self.name)]).await?;
        self.person.try_submit("/sign-in/password", &[("password", PASSWORD)]).await?;
        let Some(number) = self.person.text("number") else {
            // What broke before waits still, and is no longer wanted.
            for request in self.phone.try_requests(0).await? {
                self.phone.answer(request, Decision::Deny(None)).await?;
            }
            return Some(false);
        };
        let page = self.person.path.clone();
        let id = page.split("request=").nth(1).expect("the address names the request").to_owned();
        let mut answered = false;
        while !answered {
            let waiting = match self.phone.try_requests(0).await {
                Some(waiting) => waiting,
                None => {
                    seen.broken += 1;
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            // Its own; another may wait whose page never came.
            let Some(request) = waiting.into_iter().find(|request| request.transaction().as_str() == id)
            else {
                // It is answered: the answer was taken, and its receipt was lost.
                seen.answered_before += 1;
                break;
            };
            match self.phone.try_approve(request, &number).await {
                Some((200, word)) if word == "approved" => answered = true,
                Some((409, _)) => {
                    seen.answered_before += 1;
                    answered = true;
                }
                Some(other) => panic!("an approval was refused: {other:?}"),
                None => {
                    seen.broken += 1;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        // The page goes on by itself, whatever happens to its connections.
        for _ in 0..TRIES {
            if self.person.try_open(&page).await.is_none() {
                seen.broken += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            if !self.person.sees("approved") {
                // The approval was used, and the cookie that came back was lost with the connection.
                seen.unseen += 1;
                return Some(false);
            }
            if self.person.try_submit("/sign-in/approve", &[]).await.is_some() {
                assert!(self.person.sees("stay") || self.person.sees("signed-in"), "{}", self.person.page);
                seen.request = id;
                return Some(true);
            }
            seen.broken += 1;
        }
        panic!("{} was approved and never came in", self.name);
    }
}

const TRIES: usize = 30;
const PAUSE: Duration = Duration::from_millis(200);
