//! Somebody with a browser and a phone: registering, and signing in through whatever breaks on the way.

use std::time::Duration;

use crypto_core::approval::answer::Decision;
use http::StatusCode;

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
    /// What was given to them while they registered, and must be nowhere else.
    pub given: Vec<String>,
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
        let mut given = vec![number, code.replace('-', ""), code];
        given.extend(address.rsplit('/').next().map(str::to_owned));
        given.extend(person.cookies());
        given.extend(phone.seed());
        let person = Person::with(http(), origin);
        Self { name: name.to_owned(), person, phone, given, origin: origin.to_owned(), http }
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

    /// Is verified once more in a session that is signed in; how long each request took.
    ///
    /// # Panics
    /// When it does not end as it should.
    pub async fn verify_again(&mut self) -> [Duration; 5] {
        let mut took = [Duration::ZERO; 5];
        let Self { person, phone, .. } = self;
        // The form is that of the page on which ways are chosen, which stays open.
        if !person.page.contains("action=\"/sign-in/verify\"") {
            person.open("/sign-in/verify").await;
        }
        let begun = now();
        let sent = person.submit_only("/sign-in/verify", &[("way", "app")]).await;
        took[0] = begun.elapsed();
        let page = sent.header("location").expect("it is asked").to_owned();
        let id = page.split("request=").nth(1).expect("the address names the request").to_owned();
        let number = person.ask(&page).await.expect("the service answers");
        let number = crate::person::text_of(&number.body, "number").expect("the page shows a number");

        let begun = now();
        let waiting = phone.requests(0).await;
        took[1] = begun.elapsed();
        let request = waiting.into_iter().find(|request| request.transaction().as_str() == id);
        let begun = now();
        let said = phone.approve(request.expect("it waits"), &number).await;
        took[2] = begun.elapsed();
        assert_eq!(said, (200, "approved".to_owned()));
        let begun = now();
        let state = person.ask(&format!("/sign-in/status?request={id}")).await.expect("answers");
        took[3] = begun.elapsed();
        assert_eq!(state.body, "{\"state\":\"approved\"}");
        let begun = now();
        let used = person.submit_to("/sign-in/approve", "/sign-in/verify", &[("request", &id)]).await;
        took[4] = begun.elapsed();
        assert!(used.status.is_redirection(), "{}", used.body);
        // A new session has new forms.
        person.open("/sign-in/verify").await;
        took
    }

    /// The same with the code that the phone shows; how long it took.
    ///
    /// # Panics
    /// When it is not taken.
    pub async fn verify_by_code(&mut self) -> Duration {
        self.person.open("/sign-in/code").await;
        let code = self.phone.code();
        let begun = now();
        let sent = self.person.submit_only("/sign-in/code", &[("code", &code)]).await;
        let took = begun.elapsed();
        assert!(sent.status.is_redirection(), "{}", sent.body);
        took
    }

    /// None where the connection broke before the request was approved; false where it has to begin again.
    async fn try_to_sign_in(&mut self, seen: &mut SignedIn) -> Option<bool> {
        well(self.person.try_open("/sign-in").await)?;
        well(self.person.try_submit("/sign-in", &[("user_name", &self.name)]).await)?;
        well(self.person.try_submit("/sign-in/password", &[("password", PASSWORD)]).await)?;
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
            let Some(waiting) = self.phone.try_requests(0).await else {
                seen.broken += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
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
                // A node that is too busy says so, and nothing has changed.
                Some((503, _)) | None => {
                    seen.broken += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                Some(other) => panic!("an approval was refused: {other:?}"),
            }
        }
        // The page goes on by itself, whatever happens to its connections.
        for _ in 0..TRIES {
            if well(self.person.try_open(&page).await).is_none() {
                seen.broken += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            if !self.person.sees("approved") {
                // The approval was used, and the cookie that came back was lost with the connection.
                seen.unseen += 1;
                return Some(false);
            }
            if well(self.person.try_submit("/sign-in/approve", &[]).await).is_some() {
                assert!(self.person.sees("stay") || self.person.sees("signed-in"), "{}", self.person.page);
                seen.request = id;
                return Some(true);
            }
            seen.broken += 1;
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{} was approved and never came in", self.name);
    }
}

/// A page that says that something went wrong there is as good as none: it says to try again.
fn well(status: Option<StatusCode>) -> Option<StatusCode> {
    status.filter(|status| !status.is_server_error())
}

#[expect(clippy::disallowed_methods, reason = "it measures time as a client sees it")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

const TRIES: usize = 30;
const PAUSE: Duration = Duration::from_millis(200);
