//! Whole ways through the app and a service that checks what a real one checks, with a keystore, a store and a
//! network in memory.

mod attacks;
mod duties;
mod joining;
mod requests;
mod service;

use std::cell::Cell;
use std::sync::Mutex;

use crypto_core::approval::state::{DeviceState, Purpose};
use crypto_core::approval::wire::AppVersion;
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use device::fake::FakeDevice;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use self::service::{Asked, FakeServer, Service, at, changed, parts, problem};
use super::*;
use crate::app;
use crate::store::fake::FakeStore;
use crate::view::{AccountView, DeviceType, EnrollView, RequestPurpose, WorkState};

const ORIGIN: &str = "https://signin.example.org";
const NUMBER: &str = "47";
const SITE: &str = "otpauth://totp/Site:me?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(1_790_000_000_000) };
    static STEADY: Cell<u64> = const { Cell::new(5_000) };
    static SEED: Cell<u8> = const { Cell::new(0) };
}

/// An app, a service it may know, and all that the app told by itself.
struct World {
    online: Online<FakeDevice, FakeStore, FakeServer>,
    app: Shared<FakeDevice, FakeStore>,
    server: FakeServer,
    service: Arc<Mutex<Service>>,
    device: Arc<FakeDevice>,
    told: Arc<Mutex<Vec<News>>>,
    opened: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
}

impl World {
    fn fresh() -> Self {
        let server = FakeServer::default();
        let service = server.add(Service::at(ORIGIN));
        let folder = tempfile::tempdir().expect("a folder");
        Self::on(Arc::default(), FakeStore::default(), server, service, folder)
    }

    fn on(
        device: Arc<FakeDevice>,
        store: FakeStore,
        server: FakeServer,
        service: Arc<Mutex<Service>>,
        folder: tempfile::TempDir,
    ) -> Self {
        SEED.set(SEED.get() + 1);
        let app = Shared::new(App::new(app::Parts {
            device: Arc::clone(&device),
            store,
            folder: folder.path().to_owned(),
            backups: app::Backups::folder(folder.path().join("backups")),
            device_type: DeviceType::Desktop,
            clock: || UnixTime::from_millis(NOW.get()),
            steady: || STEADY.get(),
            rng: Box::new(ChaCha20Rng::from_seed([SEED.get(); 32])),
        }));
        let (told, opened) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let (teller, opener) = (Arc::clone(&told), Arc::clone(&opened));
        let browser = move |address: &str| {
            at(&opener).push(address.to_owned());
            true
        };
        let online = Online::new(app.clone(), server.clone(), browser, move |news| at(&teller).push(news));
        // Whoever holds the app while a call is on its way is stuck here.
        let held = app.clone();
        *at(&server.meanwhile) = Some(Box::new(move || held.with(|_| ())));
        Self { online, app, server, service, device, told, opened, folder }
    }

    /// Past the first run.
    fn ready() -> Self {
        let world = Self::fresh();
        world.app.with(|app| {
            app.start();
            app.accept_privacy().expect("accepts");
            app.choose_diagnostics(false).expect("chooses");
        });
        world
    }

    /// With a work account that has passed its test, and one that only shows codes.
    async fn active() -> (Self, String) {
        let world = Self::ready();
        world.add_site();
        let session = world.scan();
        world.online.begin_activation(&session).await.expect("begins");
        let row = world.online.add_work_account(&session, None).await.expect("adds").ids.remove(0);
        at(&world.service).state = DeviceState::Active;
        at(&world.service).sign_in(Purpose::Activation, "10");
        let view = world.refresh().await;
        let done = world.online.answer_request(&view.requests[0].id, approve("10")).await.expect("answers");
        assert!(done.is_set_up && done.outcome == Outcome::Approved);
        at(&world.service).log.clear();
        at(&world.told).clear();
        (world, row)
    }

    fn restart(self) -> Self {
        let Self { online, app, server, service, device, folder, .. } = self;
        *at(&server.meanwhile) = None;
        drop(online);
        let store = app.with(|app| app.take_store());
        let world = Self::on(device, store, server, service, folder);
        world.app.with(|app| app.start());
        world
    }

    fn add_site(&self) -> String {
        self.app.with(|app| {
            let found = app.inspect_text(&SecretText::new(SITE.into())).expect("reads");
            let EnrollView::Accounts { session, .. } = found else { panic!("no account") };
            let pick = crate::view::PickRequest {
                index: 0,
                issuer: "Site".into(),
                account: "me".into(),
                group: crate::view::Group::Other,
                replaces: None,
            };
            app.confirm(&session, &[pick]).expect("adds").ids.remove(0)
        })
    }

    fn inspect(&self, text: &str) -> Result<EnrollView, CommandError> {
        self.app.with(|app| app.inspect_text(&SecretText::new(text.to_owned())))
    }

    /// Scans the service's code.
    fn scan(&self) -> String {
        let link = at(&self.service).link();
        match self.inspect(&link) {
            Ok(EnrollView::Activation { session, .. }) => session,
            other => panic!("{other:?}"),
        }
    }

    async fn refresh(&self) -> RequestsView {
        self.online.refresh_requests().await.expect("asks")
    }

    fn account(&self, row: &str) -> AccountView {
        let view = self.app.with(|app| app.accounts()).expect("lists");
        view.accounts.into_iter().find(|account| account.id == row).expect("is there")
    }

    fn state(&self, row: &str) -> WorkState {
        self.account(row).work.expect("a work account").state
    }

    fn code(&self, row: &str) -> Option<String> {
        let codes = self.app.with(|app| app.codes()).expect("shows");
        codes.into_iter().find(|code| code.id == row)?.digits
    }

    fn log(&self) -> Vec<Asked> {
        at(&self.service).log.clone()
    }

    fn instead(&self, end: &'static str, code: ProblemCode) {
        let mut service = at(&self.service);
        let now = service.now;
        service.instead.push_back((end, problem(code, now)));
    }
}

/// Time goes by, here and there.
fn wait(world: &World, secs: u64) {
    NOW.set(NOW.get() + secs * 1000);
    STEADY.set(STEADY.get() + secs * 1000);
    let mut service = at(&world.service);
    service.now = service.now.plus_secs(secs);
}

fn approve(number: &str) -> AnswerRequest {
    AnswerRequest::Approve { number: number.to_owned() }
}

fn code_of<T>(answer: Answer<T>) -> Code {
    answer.map(|_| ()).expect_err("is refused").code
}

/// The test runtime's clock and ours are two; what was spawned has run when this is done.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
