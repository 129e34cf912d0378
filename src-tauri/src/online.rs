//! The app with a way to services: everything that needs the network. The app is held while a call is made
//! ready and while its answer is taken, and never in between.

use std::sync::Arc;
use std::time::Duration;

use crypto_core::approval::wire::{Discovery, DiscoveryRefused};
use crypto_core::approval::{Origin, Problem, ProblemCode};
use device::Phone;
use device::phone::Feel;

use crate::app::App;
use crate::app::contacts::{Call, Trip, Who};
use crate::app::join::{Adding, Waited};
use crate::app::requests::{Heard, Next, Prepared};
use crate::diagnostics::Event;
use crate::error::{Code, CommandError};
use crate::handle::Shared;
use crate::server::{Request, Response, Server, ServerError};
use crate::store::Store;
use crate::view::{
    AccountsView, ActivationView, ActivityView, AddedView, AnswerRequest, DeletedAt, DeletedView, Outcome,
    OutcomeView, RequestView, RequestsView, SignInRequest, SignInView,
};

mod duties;

type Answer<T> = Result<T, CommandError>;

/// The app with a way to services.
pub struct Online<D, S, N>(Arc<Parts<D, S, N>>);

struct Parts<D, S, N> {
    app: Shared<D, S>,
    server: N,
    browser: Box<dyn Fn(&str) -> bool + Send + Sync>,
    tell: Box<dyn Fn(News) + Send + Sync>,
}

/// What came by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// Sign-ins that wait came or went.
    Requests {
        /// As they are.
        requests: RequestsView,
        /// One of them was not there before.
        is_new: bool,
    },
    /// The list changed.
    Accounts(AccountsView),
}

impl<D, S, N> Clone for Online<D, S, N> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D, S, N> std::fmt::Debug for Online<D, S, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Online(..)")
    }
}

impl<D: Phone, S: Store + Send + 'static, N: Server> Online<D, S, N> {
    /// `browser` opens an address, and says whether it could; `tell` hears what came by itself.
    pub fn new(
        app: Shared<D, S>,
        server: N,
        browser: impl Fn(&str) -> bool + Send + Sync + 'static,
        tell: impl Fn(News) + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Parts { app, server, browser: Box::new(browser), tell: Box::new(tell) }))
    }

    /// Asks the service whose account a code is for. Doing it twice is as good as once.
    pub async fn begin_activation(&self, session: &str) -> Answer<ActivationView> {
        let done = self.begin(session).await;
        self.noted(done)
    }

    async fn begin(&self, session: &str) -> Answer<ActivationView> {
        let origin = self.asked_for(|app| app.joins_at(session))?;
        if let Some(found) = self.discover_for(session, &origin).await? {
            self.app(|app| app.joins_with(session, found))?;
        }
        if let Some(call) = self.app(|app| app.begin_call(session))? {
            let (response, _) = self.send(unproven(call)).await?;
            self.app(|app| app.begun(session, response.body.expose()))?;
        }
        self.app(|app| app.activation_view(session))
    }

    /// Adds the work account, in place of another if the person says so.
    pub async fn add_work_account(&self, session: &str, replaces: Option<&str>) -> Answer<AddedView> {
        let done = self.add(session, replaces).await;
        self.noted(done)
    }

    async fn add(&self, session: &str, replaces: Option<&str>) -> Answer<AddedView> {
        if let Adding::Prove(to_prove) = self.asked_for(|app| app.add(session))? {
            let (device, key) = (&to_prove.device, &to_prove.key.handle);
            let input = to_prove.unsigned.signing_input();
            let signature = blocking(|| device.sign(device::KeyUse::Uv, key, input))?;
            let call = self.app(|app| app.completion(session, to_prove.unsigned, &signature))?;
            let who = Who::Joining(session.to_owned());
            let (response, trip) = self.call(&who, call).await?;
            self.app(|app| app.completed(session, response.body.expose(), trip))?;
            if let Some(row) = self.app(|app| app.leaves_behind(session, replaces)) {
                // Or the old one would count as one more authenticator. If it cannot be told, the page shows it.
                self.deregister(&row).await;
            }
        }
        let added = self.app(|app| app.store_joined(session, replaces))?;
        // A sign-in that waits is of no use if nobody is told. What is answered is for the system to keep.
        let device = self.app(|app| app.device());
        blocking(|| device.ask_notifications());
        Ok(added)
    }

    /// Begins to add an account, or to bring one back, by signing in, and opens the browser.
    pub async fn begin_sign_in(&self, request: &SignInRequest) -> Answer<SignInView> {
        let (address, revives) = (request.address.as_deref(), request.revives.as_deref());
        let session = self.asked_for(|app| app.begin_grant(address, revives));
        let done = match session {
            Ok(session) => self.grant(&session).await,
            Err(error) => Err(error),
        };
        self.noted(done)
    }

    async fn grant(&self, session: &str) -> Answer<SignInView> {
        let mut origin = self.app(|app| app.joins_at(session))?;
        if self.app(|app| app.joins_by_mail(session))?
            && let Some(elsewhere) = self.referral(&origin).await?
        {
            self.app(|app| app.joins_elsewhere(session, elsewhere.clone()))?;
            origin = elsewhere;
        }
        if let Some(found) = self.discover_for(session, &origin).await? {
            self.app(|app| app.joins_with(session, found))?;
        }
        let call = self.app(|app| app.grant_call(session))?;
        let (response, _) = self.call(&Who::Joining(session.to_owned()), call).await?;
        let view = self.app(|app| app.grant_begun(session, response.body.expose()))?;
        let opened = (self.0.browser)(&view.address);
        Ok(SignInView { opened, ..view })
    }

    /// Opens the browser again.
    pub fn open_sign_in_page(&self, session: &str) -> Answer<()> {
        let address = self.asked_for(|app| app.sign_in_page(session))?;
        if (self.0.browser)(&address) { Ok(()) } else { Err(Code::NoBrowser.into()) }
    }

    /// Waits until the person has signed in, and then asks whose account it is. `cancelEnroll` ends the waiting.
    pub async fn finish_sign_in(&self, session: &str) -> Answer<ActivationView> {
        let done = match self.wait_for_grant(session).await {
            Ok(()) => self.begin(session).await,
            Err(error) => Err(error),
        };
        self.noted(done)
    }

    async fn wait_for_grant(&self, session: &str) -> Answer<()> {
        let who = Who::Joining(session.to_owned());
        while let Some((interval, _)) = self.app(|app| app.grant_poll(session))? {
            tokio::time::sleep(Duration::from_secs(interval)).await;
            // Made anew: the person may have gone away meanwhile.
            let Some((_, call)) = self.app(|app| app.grant_poll(session))? else { break };
            match self.call(&who, call).await {
                Ok((response, _)) => {
                    let waited = self.app(|app| app.grant_polled(session, response.body.expose()))?;
                    if waited == Waited::Granted {
                        break;
                    }
                }
                Err(Failed::Problem(Some(ProblemCode::CodeExpired), _)) => {
                    return Err(Code::SignInExpired.into());
                }
                // A train in a tunnel: the code is good for longer than that.
                Err(Failed::Nothing(Code::Offline) | Failed::Problem(Some(ProblemCode::TryLater), _)) => {}
                Err(Failed::Problem(Some(ProblemCode::SlowDown), secs)) => {
                    tokio::time::sleep(Duration::from_secs(secs.unwrap_or(5).min(60))).await;
                }
                Err(failed) => return Err(failed.into()),
            }
        }
        Ok(())
    }

    /// Asks all services.
    pub async fn refresh_requests(&self) -> Answer<RequestsView> {
        let rows = self.asked_for(App::rows_to_ask)?;
        // One after the other: a person has few of them, and each answers at once.
        for row in &rows {
            self.ask(row, false).await;
        }
        self.app(App::requests)
    }

    /// Finds the request that a scanned code belongs to, and asks its service if it is not there yet.
    pub async fn match_request(&self, session: &str) -> Answer<RequestView> {
        if let Some(request) = self.asked_for(|app| app.match_page(session))? {
            return Ok(request);
        }
        for row in self.app(|app| app.rows_of_page(session))? {
            self.ask(&row, false).await;
        }
        let found = self.app(|app| app.match_page(session))?;
        self.noted(found.ok_or_else(|| Code::RequestGone.into()))
    }

    /// Answers a request.
    pub async fn answer_request(&self, id: &str, answer: AnswerRequest) -> Answer<OutcomeView> {
        let done = self.answer(id, &answer).await;
        self.noted(done)
    }

    async fn answer(&self, id: &str, says: &AnswerRequest) -> Answer<OutcomeView> {
        let to_sign = match self.asked_for(|app| app.prepare_answer(id, says))? {
            Prepared::Sign(to_sign) => to_sign,
            Prepared::Over(outcome) => return self.app(|app| app.not_sent(outcome)),
        };
        let sent = to_sign.sent.clone();
        let signed = blocking(|| {
            to_sign.device.sign(to_sign.used, &to_sign.key.handle, to_sign.answer.signing_input())
        });
        let signature = match signed {
            Ok(signature) => signature,
            Err(error) => return self.app(|app| app.take_outcome(&sent, Heard::Unsigned(error))),
        };
        let call = App::<D, S>::answer_call(&sent, to_sign.answer, &signature);
        let done = self.call(&Who::Row(sent.row.clone()), call).await;
        let view = match &done {
            Ok((response, _)) => self.app(|app| app.take_outcome(&sent, Heard::Body(response.body.expose()))),
            Err(Failed::Problem(code, secs)) => {
                self.app(|app| app.take_outcome(&sent, Heard::Problem(*code, *secs)))
            }
            Err(Failed::Nothing(_)) => self.app(|app| app.take_outcome(&sent, Heard::Nothing)),
            Err(Failed::Ours(error)) => return Err(error.clone()),
        }?;
        self.app(|app| app.device()).feel(if view.outcome.is_done() { Feel::Confirm } else { Feel::Reject });
        if view.outcome == Outcome::Removed || view.is_set_up || view.outcome == Outcome::Suspended {
            self.tell_accounts();
        }
        Ok(view)
    }

    /// Recent activity of a work account.
    pub async fn activity(&self, row: &str) -> Answer<ActivityView> {
        let done = async {
            let found = self.service(row).await?;
            let (response, trip) = self.call_for(row, App::<D, S>::activity_call(&found)).await?;
            Ok(self.app(|app| app.activity_view(row, response.body.expose(), trip))?)
        };
        let done = done.await.map_err(|failed| self.settle(row, failed));
        self.noted(done)
    }

    /// Reports one item of it.
    pub async fn report_activity(&self, row: &str, item: &str) -> Answer<()> {
        let done = async {
            let found = self.service(row).await?;
            let call = App::<D, S>::report_call(&found, item)?;
            self.call_for(row, call).await.map(|_| ())
        };
        let done = done.await.map_err(|failed| self.settle(row, failed));
        self.noted(done)
    }

    /// Deletes an account in the trash for good; a service is told first, because telling takes the key. If it
    /// cannot be told, the person is.
    pub async fn delete_forever(&self, row: &str) -> Answer<DeletedView> {
        let host = self.asked_for(|app| app.leaves(row))?;
        let Some(host) = host else {
            let trash = self.app(|app| app.delete_forever(row))?;
            return Ok(DeletedView { trash, service: None });
        };
        let told = self.deregister(row).await;
        let trash = self.app(|app| app.left(row, told))?;
        let service = if told { DeletedAt::Told { host } } else { DeletedAt::NotTold { host } };
        Ok(DeletedView { trash, service: Some(service) })
    }

    /// Whether the service knows now that this device is gone, or knew it.
    async fn deregister(&self, row: &str) -> bool {
        let told = async {
            let found = self.service(row).await?;
            self.call_for(row, Call::new("DELETE", found.device_endpoint)).await
        };
        matches!(
            told.await,
            Ok(_) | Err(Failed::Problem(Some(ProblemCode::DeviceRevoked | ProblemCode::UnknownDevice), _))
        )
    }

    /// To be called about once a second: asks the services that are due, each by a question of its own.
    pub fn ask_those_due(&self) {
        for row in self.app(App::due) {
            let this = self.clone();
            tokio::spawn(async move {
                this.ask(&row, true).await;
            });
        }
        for row in self.app(App::due_to_leave) {
            let this = self.clone();
            tokio::spawn(async move {
                // If it cannot be told, the row stays in the trash and it is tried again.
                if this.deregister(&row).await {
                    let _ = this.app(|app| app.left(&row, true));
                }
            });
        }
    }

    /// Asks one service, and tells what came of it.
    pub(crate) async fn ask(&self, row: &str, patience: bool) {
        let asked = self.fetch(row, patience).await;
        let next = match asked {
            Ok((next, true, is_new)) => {
                self.app(|app| app.asked(row, next));
                return self.tell_requests(is_new);
            }
            Ok((next, false, _)) => next,
            Err(failed) => {
                let secs = failed.retry_after();
                let code = self.settle(row, failed).code;
                if matches!(code, Code::DeviceRemoved | Code::AccountGone | Code::Locked) {
                    return self.app(|app| app.asked_in_vain(row));
                }
                let is_for_ever = matches!(code, Code::SignInAgain | Code::OtherVersion);
                if is_for_ever { Next::Never(code) } else { Next::Failed(code, secs) }
            }
        };
        let is_news = self.app(|app| {
            let before = app.requests().ok();
            app.asked(row, next);
            before != app.requests().ok()
        });
        if is_news {
            self.tell_requests(false);
        }
    }

    /// When to ask next, whether something changed, and whether there is a new request.
    async fn fetch(&self, row: &str, patience: bool) -> Result<(Next, bool, bool), Failed> {
        let found = self.service(row).await?;
        self.do_duties(row, &found).await;
        let (response, trip) = self.call_for(row, App::<D, S>::fetch_call(&found, patience)).await?;
        let body = response.body;
        let mut taken = self.app(|app| app.take_list(row, body.expose(), trip))?;
        if taken.is_other_key && self.learn_keys(row, &found).await? {
            let again = self.app(|app| app.take_list(row, body.expose(), trip))?;
            taken.is_news |= again.is_news;
            taken.is_changed |= again.is_changed;
        }
        // An answer that was held back to its end is as good as a pause.
        let was_held = trip.answered.saturating_sub(trip.asked) >= 20_000;
        let secs = if was_held { 0 } else { taken.retry_after.max(LEAST_PAUSE_SECS) };
        Ok((Next::After(secs), taken.is_changed, taken.is_news))
    }

    /// What the row's service says of itself, asked for once, with its list of keys.
    async fn service(&self, row: &str) -> Result<Discovery, Failed> {
        let (origin, known) = self.app(|app| app.discovery(row))?;
        if let Some(known) = known {
            return Ok(known);
        }
        let (found, trip, _) = self.discover(&origin).await?;
        let before = self.app(|app| app.accounts().ok());
        self.app(|app| app.discovered(row, found.clone(), trip));
        // Keys are announced days ahead, so that one look at each start is enough.
        self.learn_keys(row, &found).await?;
        if self.app(|app| app.accounts().ok()) != before {
            self.tell_accounts();
        }
        Ok(found)
    }

    async fn learn_keys(&self, row: &str, found: &Discovery) -> Result<bool, Failed> {
        match self.send(Request::get(found.jwks_uri.clone())).await {
            Ok((response, _)) => Ok(self.app(|app| app.learn_keys(row, response.body.expose()))?),
            // A service that announces none keeps the key it has.
            Err(_) => Ok(false),
        }
    }

    async fn discover_for(&self, session: &str, origin: &Origin) -> Answer<Option<Discovery>> {
        if self.app(|app| app.has_discovered(session))? {
            return Ok(None);
        }
        let (found, _, nonce) = self.discover(origin).await?;
        if let Some(nonce) = nonce {
            self.app(|app| app.keep_nonce(&Who::Joining(session.to_owned()), nonce));
        }
        Ok(Some(found))
    }

    /// Where the service of a mail domain is, if it is not there itself.
    async fn referral(&self, domain: &Origin) -> Result<Option<Origin>, Failed> {
        match self.send(Request::get(domain.at(WELL_KNOWN))).await {
            Err(Failed::Problem(None, _)) => Err(Failed::Nothing(Code::NoService)),
            other => Ok(Discovery::referral(other?.0.body.expose(), domain)),
        }
    }

    /// What a service says of itself, when, and the nonce that came with it.
    async fn discover(&self, origin: &Origin) -> Result<(Discovery, Trip, Option<String>), Failed> {
        let (response, trip) = match self.send(Request::get(origin.at(WELL_KNOWN))).await {
            // Something answers that is none of these services.
            Err(Failed::Problem(None, _)) => return Err(Failed::Nothing(Code::NoService)),
            other => other?,
        };
        let found = Discovery::from_json(response.body.expose(), origin);
        found.map(|found| (found, trip, response.nonce)).map_err(|refused| Failed::Nothing(refused.into()))
    }

    async fn call_for(&self, row: &str, call: Call) -> Result<(Response, Trip), Failed> {
        self.call(&Who::Row(row.to_owned()), call).await
    }

    /// One call with a proof. A nonce that is too old is renewed, once.
    async fn call(&self, who: &Who, call: Call) -> Result<(Response, Trip), Failed> {
        let mut is_second = false;
        loop {
            let request = self.app(|app| app.prove(who, &call))?;
            let (answered, nonce) = self.try_send(request).await?;
            if let Some(nonce) = nonce {
                self.app(|app| app.keep_nonce(who, nonce));
            }
            match answered {
                Err(Failed::Problem(Some(ProblemCode::UseDpopNonce), _)) if !is_second => is_second = true,
                other => return other,
            }
        }
    }

    async fn send(&self, request: Request) -> Result<(Response, Trip), Failed> {
        self.try_send(request).await?.0
    }

    /// The answer and the nonce that came with it.
    async fn try_send(
        &self,
        request: Request,
    ) -> Result<(Result<(Response, Trip), Failed>, Option<String>), Failed> {
        let asked = self.app(|app| if app.may_call() { Ok(app.steady()) } else { Err(Code::Locked) });
        let asked = asked.map_err(|code| Failed::Ours(code.into()))?;
        let response = self.0.server.send(request).await?;
        let trip = Trip { asked, answered: self.app(|app| app.steady()) };
        let nonce = response.nonce.clone();
        Ok((judged(response).map(|response| (response, trip)), nonce))
    }

    /// Takes what a refusal means for a row.
    fn settle(&self, row: &str, failed: Failed) -> CommandError {
        let Failed::Problem(Some(code), _) = &failed else { return failed.into() };
        let secs = failed.retry_after().map(|secs| secs.to_string());
        let settled = self.app(|app| app.refused(row, *code));
        if matches!(settled, Ok(Code::DeviceRemoved | Code::DeviceSuspended | Code::NeedsUpdate)) {
            self.tell_accounts();
            self.tell_requests(false);
        }
        settled.map_or_else(|error| error, |code| CommandError { code, detail: secs })
    }

    fn tell_requests(&self, is_new: bool) {
        if let Ok(requests) = self.app(App::requests) {
            if requests.requests.is_empty() {
                self.app(|app| app.device()).clear_notice();
            }
            (self.0.tell)(News::Requests { requests, is_new });
        }
    }

    fn tell_accounts(&self) {
        if let Ok(accounts) = self.app(App::accounts) {
            (self.0.tell)(News::Accounts(accounts));
        }
    }

    /// Does something with the app that a person wants.
    fn asked_for<T>(&self, act: impl FnOnce(&mut App<D, S>) -> Answer<T>) -> Answer<T> {
        self.app(|app| {
            app.still_here();
            act(app)
        })
    }

    fn noted<T>(&self, done: Answer<T>) -> Answer<T> {
        if let Err(error) = &done {
            self.app(|app| app.note(Event::Refused(error.code)));
        }
        done
    }

    fn app<T>(&self, act: impl FnOnce(&mut App<D, S>) -> T) -> T {
        blocking(|| self.0.app.with(act))
    }
}

/// Waits for the keystore, or a person, without holding up what else runs.
fn blocking<T>(act: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(act),
        _ => act(),
    }
}

/// A call that needs no key.
fn unproven(call: Call) -> Request {
    let body = call.body.map(|(kind, bytes)| crate::server::Body { kind, bytes });
    Request { method: call.method, url: call.url, proof: None, body, patience: call.patience }
}

/// An answer that is one, or what it refuses.
fn judged(response: Response) -> Result<Response, Failed> {
    match response.status {
        200..=299 => Ok(response),
        // Nothing is to be had elsewhere.
        300..=399 => Err(Failed::Nothing(Code::OtherService)),
        status => {
            let problem = Problem::from_json(response.body.expose());
            match problem.and_then(|problem| problem.code) {
                Some(code) => Err(Failed::Problem(Some(code), response.retry_after)),
                None if status == 429 || status >= 500 => {
                    Err(Failed::Problem(Some(ProblemCode::TryLater), response.retry_after))
                }
                None => Err(Failed::Problem(None, response.retry_after)),
            }
        }
    }
}

/// Why a call came to nothing.
#[derive(Debug)]
enum Failed {
    /// The service refused, by a name that is known or not.
    Problem(Option<ProblemCode>, Option<u64>),
    /// There is no answer, or none that is believed.
    Nothing(Code),
    /// It was not made.
    Ours(CommandError),
}

impl Failed {
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Problem(_, secs) => *secs,
            Self::Nothing(_) | Self::Ours(_) => None,
        }
    }
}

impl From<CommandError> for Failed {
    fn from(error: CommandError) -> Self {
        Self::Ours(error)
    }
}

impl From<ServerError> for Failed {
    fn from(error: ServerError) -> Self {
        Self::Nothing(match error {
            ServerError::NotSecure => Code::NotSecure,
            ServerError::Unreachable => Code::Offline,
            ServerError::TooLarge => Code::BadAnswer,
        })
    }
}

impl From<Failed> for CommandError {
    fn from(failed: Failed) -> Self {
        let detail = failed.retry_after().map(|secs| secs.to_string());
        match failed {
            Failed::Problem(Some(code), _) => Self { code: code.into(), detail },
            Failed::Problem(None, _) => Code::BadAnswer.into(),
            Failed::Nothing(code) => code.into(),
            Failed::Ours(error) => error,
        }
    }
}

impl From<DiscoveryRefused> for Code {
    fn from(refused: DiscoveryRefused) -> Self {
        match refused {
            DiscoveryRefused::Malformed => Self::NoService,
            DiscoveryRefused::OtherIssuer | DiscoveryRefused::OtherOrigin => Self::OtherService,
            DiscoveryRefused::OtherVersion => Self::OtherVersion,
        }
    }
}

const WELL_KNOWN: &str = "/.well-known/approval-configuration";
/// Between two questions, unless the first was held back.
const LEAST_PAUSE_SECS: u64 = 3;

#[cfg(test)]
mod tests;
