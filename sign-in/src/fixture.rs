//! A service to try rules on: on every kind of database there is here, with a clock that is moved by hand.

use std::net::{IpAddr, Ipv4Addr};
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crypto_core::approval::Origin;
use crypto_core::approval::wire::PushSubscription;
use crypto_core::codes::base32;
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;

use crate::accounts::{NewUser, Role};
use crate::codes::CODE_SPEC;
use crate::config::Config;
use crate::deliver::{Deliver, Delivery, Errand, Mailed, Woken};
use crate::sessions::{Opened, Stage};
use crate::store::tests::{Empty, empty_stores};
use crate::store::{Event, Mail, Session, User};
use crate::visitor::Visitor;
use crate::{Parts, Service};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A service with one organisation.
pub(crate) struct Stand {
    pub(crate) service: Service,
    pub(crate) organisation: String,
    woken: Arc<WakeUps>,
    clock: Arc<AtomicU64>,
    empty: Empty,
}

/// A method that was added, and its seed.
pub(crate) struct CodeApp {
    pub(crate) id: String,
    pub(crate) seed: SecretBytes,
}

/// One on each kind of database.
pub(crate) async fn stands() -> Vec<Stand> {
    stands_with(|_| {}).await
}

/// The same, with other settings.
pub(crate) async fn stands_with(change: fn(&mut Config)) -> Vec<Stand> {
    let mut all = Vec::new();
    for empty in empty_stores().await {
        let clock = Arc::new(AtomicU64::new(1_790_000_000_000));
        let woken = Arc::default();
        let service = node(&empty, &clock, &woken, change);
        let organisation = service.add_organisation("Contoso").await.expect("is made");
        all.push(Stand { service, organisation, woken, clock, empty });
    }
    all
}

fn node(
    empty: &Empty,
    clock: &Arc<AtomicU64>,
    woken: &Arc<WakeUps>,
    change: impl FnOnce(&mut Config),
) -> Service {
    let time = Arc::clone(clock);
    let issuer = Origin::parse("https://signin.example.org").expect("an origin");
    let mut config = Config::new(issuer, "Contoso".to_owned(), SecretBytes::new(vec![7; 32]));
    change(&mut config);
    Service::new(Parts {
        config,
        store: empty.store.clone(),
        deliver: Arc::new(Nobody(Arc::clone(woken))),
        wake: empty.wake.clone(),
        clock: Arc::new(move || UnixTime::from_millis(time.load(Ordering::Relaxed))),
    })
}

impl Stand {
    /// Another node of the same service, as after a restart.
    pub(crate) fn another_node(&self) -> Service {
        self.another_node_with(|_| {})
    }

    /// The same, with other settings.
    pub(crate) fn another_node_with(&self, change: fn(&mut Config)) -> Service {
        node(&self.empty, &self.clock, &self.woken, change)
    }

    /// Time goes by.
    pub(crate) fn wait(&self, secs: u64) {
        self.clock.fetch_add(secs * 1000, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.service.now()
    }

    pub(crate) fn database(&self) -> crate::store::Kind {
        self.empty.store.kind()
    }

    /// How often devices were woken to look, and told that nothing waits any longer.
    pub(crate) async fn woken(&self) -> (u64, u64) {
        // Each is woken by a task of its own, which has nothing to wait for: it is done when it had its turn.
        for _ in 0..64 {
            tokio::task::yield_now().await;
        }
        (self.woken.looked.load(Ordering::Relaxed), self.woken.over.load(Ordering::Relaxed))
    }

    /// What the service did since this was asked last.
    pub(crate) fn work(&self) -> Vec<String> {
        self.empty.store.work.take()
    }

    /// Somebody with the usual password.
    pub(crate) async fn person(&self, user_name: &str, role: Role) -> User {
        let new = NewUser {
            organisation: self.organisation.clone(),
            user_name: user_name.to_owned(),
            display_name: user_name.to_owned(),
            email: Some(format!("{user_name}@contoso.example")),
            role,
            password: SecretText::new(PASSWORD.to_owned()),
        };
        self.service.add_user(new, "cli").await.expect("is made")
    }

    /// The person as they are stored now.
    pub(crate) async fn again(&self, user: &User) -> User {
        self.service.user(&user.id).await.expect("answers").expect("is there")
    }

    /// A session in which the name was typed.
    pub(crate) async fn at_name(&self, user_name: &str) -> Session {
        let opened = self.service.open_session(&visitor(), None, None).await.expect("opens");
        self.service.type_name(&opened.session, user_name).await.expect("is kept");
        opened.session
    }

    /// A session of a person at a stage, without the way to it.
    pub(crate) async fn at(&self, user: &User, stage: Stage) -> Opened {
        let blank = self.service.blank_session(stage, &visitor());
        let strong = (stage == Stage::SignedIn).then_some(self.now());
        let ends_at = if stage == Stage::SignedIn { self.now().plus_secs(8 * 3600) } else { blank.ends_at };
        let new = Session {
            user: Some(user.id.clone()),
            typed_name: Some(user.user_name.clone()),
            methods: "pwd".to_owned(),
            strong_at: strong,
            ends_at,
            ..blank
        };
        let mut tx = self.service.store().begin().await.expect("begins");
        let opened = self.service.add_session(&mut tx, new).await.expect("opens");
        tx.commit().await.expect("commits");
        opened
    }

    /// Another authenticator app of the person, added in a session that may.
    pub(crate) async fn code_app(&self, user: &User) -> CodeApp {
        let session = self.at(user, Stage::SignedIn).await.session;
        let offer = self.service.offer_code_app(&session).await.expect("is offered");
        let seed = base32::decode(offer.key.expose()).expect("is a key");
        let code = self.code(&seed, 0);
        self.service
            .confirm_code_app(&session, &offer.id, "An app", &code, &visitor())
            .await
            .expect("is added");
        // Its first step is taken.
        self.wait(30);
        CodeApp { id: offer.id, seed }
    }

    /// The code of a seed, so many steps from now.
    pub(crate) fn code(&self, seed: &SecretBytes, steps: i64) -> String {
        let secs = self.now().secs().saturating_add_signed(steps * 30);
        CODE_SPEC.at(seed, UnixTime::from_secs(secs)).current.as_str().to_owned()
    }

    /// A code that is wrong.
    pub(crate) fn wrong(&self, seed: &SecretBytes) -> String {
        let good: Vec<String> = (-1..=1).map(|steps| self.code(seed, steps)).collect();
        let all = (0..1000).map(|number| format!("{number:06}"));
        all.into_iter().find(|code| !good.contains(code)).expect("at most three are good")
    }

    /// The mails to somebody, the newest first.
    pub(crate) async fn mails(&self, user: &User) -> Vec<Mail> {
        let all = self.service.store().outbox(1000).await.expect("answers");
        all.into_iter().filter(|mail| Some(&mail.recipient) == user.email.as_ref()).collect()
    }

    /// The events of somebody, the newest first.
    pub(crate) async fn events(&self, user: &User) -> Vec<Event> {
        self.service.store().events_of(&user.id, 5000).await.expect("answers")
    }

    /// How many of them are of a kind.
    pub(crate) async fn count(&self, user: &User, event: &str, result: &str) -> usize {
        let all = self.events(user).await;
        all.iter().filter(|one| one.event == event && one.result == result).count()
    }
}

/// A visitor at one address.
pub(crate) fn visitor() -> Visitor {
    visitor_at(1)
}

/// A visitor at one of many.
pub(crate) fn visitor_at(number: u16) -> Visitor {
    let [high, low] = number.to_be_bytes();
    Visitor {
        ip: IpAddr::V4(Ipv4Addr::new(203, 0, high, low)),
        client: Some("Edge 143 on Windows 11".to_owned()),
        place: None,
    }
}

/// How often devices were woken, by what for.
#[derive(Default)]
pub(crate) struct WakeUps {
    looked: AtomicU64,
    over: AtomicU64,
}

/// Reaches nobody, and counts who would be woken; mail stays in the store.
struct Nobody(Arc<WakeUps>);

impl Deliver for Nobody {
    fn wake<'a>(&'a self, _: &'a PushSubscription, errand: Errand, _: u64) -> Delivery<'a, Woken> {
        let count = match errand {
            Errand::Look => &self.0.looked,
            Errand::Over => &self.0.over,
        };
        count.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Woken::Taken })
    }

    fn mail<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str) -> Delivery<'a, Mailed> {
        Box::pin(async { Mailed::Later })
    }

    fn vapid_public_key(&self) -> Option<String> {
        None
    }
}

/// What was done for a call, in its order: a statement by where it stands in the source, a password hash by
/// its name. Two calls that leave the same list behind are the same work, whatever else the machine is doing.
#[derive(Clone, Default)]
pub(crate) struct Work(Arc<Mutex<Vec<String>>>);

impl Work {
    pub(crate) fn note(&self, what: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what.to_owned());
    }

    #[track_caller]
    pub(crate) fn note_caller(&self) {
        self.note(&Location::caller().to_string());
    }

    /// What was done since this was asked last.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
