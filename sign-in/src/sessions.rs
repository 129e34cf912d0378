//! Browser sessions: from the first page to signed in, and what each stage may do. The cookie is a random
//! value of which only a keyed hash is kept, and a new one is given at every step up.
//!
//! ```text
//! Start ──password──▶ Password ──second step──▶ SignedIn ◀─┐ second step again: strong_at is new
//!   └───────────pass──────┴──▶ Pass                 └──────┘
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use crypto_core::approval::shown_text;
use crypto_core::seal;
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::accounts::{self, LONGEST_PASSWORD, Role};
use crate::audit::{Outcome, Record, What};
use crate::keys::Hashed;
use crate::store::{Session, StoreError, Taken, Tx, User};
use crate::visitor::Visitor;

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has proved anything.
    Start,
    /// The password was right: the second step follows, or the first registration.
    Password,
    /// Both steps are done.
    SignedIn,
    /// By a temporary access pass: methods can be registered, nothing else (S-20).
    Pass,
}

impl Stage {
    /// As it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Password => "password",
            Self::SignedIn => "signed_in",
            Self::Pass => "pass",
        }
    }

    /// Reads what was stored.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Start, Self::Password, Self::SignedIn, Self::Pass]
            .into_iter()
            .find(|stage| stage.word() == word)
    }
}

/// A session with the cookies that belong to it. They are given once.
#[derive(Debug)]
pub struct Opened {
    /// The session.
    pub session: Session,
    /// The value of its cookie.
    pub cookie: SecretText,
    /// The value of the cookie that says that the person has signed in here before; only after both steps.
    pub browser: Option<SecretText>,
}

/// What follows a right password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The second step, by the person's default method; or, if they have lost all methods, a pass.
    Verify,
    /// There has never been a method: "More information required".
    Register,
}

/// What a session may do with methods (S-21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayChange {
    /// Add, delete, change the default.
    Everything,
    /// Add: a pass, or the very first registration.
    Add,
    /// Nothing before the person is verified again: it was ten minutes ago or more, or only the password was
    /// right.
    VerifyFirst,
    /// Nothing: nobody is signed in.
    Nothing,
}

impl Service {
    /// The session of a cookie, if it has not ended. Using it keeps it from ending.
    pub async fn session(&self, cookie: &str) -> Result<Option<Session>, StoreError> {
        Ok(self.visit(cookie, None).await?.map(|(session, _)| session))
    }

    /// The same with the person, once a password or a pass was right. `browser` is the cookie of a browser that
    /// somebody has signed in with before.
    pub(crate) async fn visit(
        &self,
        cookie: &str,
        browser: Option<&str>,
    ) -> Result<Option<(Session, Option<User>)>, StoreError> {
        if cookie.len() != COOKIE_CHARS {
            return Ok(None);
        }
        let now = self.now();
        let id = self.keys().hash(Hashed::Session, cookie);
        let (browser, since) = self.known_browser(browser);
        let found = self.store().session_and_user(&id, &browser, since).await?;
        let found = found.filter(|(session, _)| session.is_open(now));
        let Some((session, user)) = found else { return Ok(None) };
        let mut session = self.with_csrf(session);
        if now >= session.seen_at.plus_secs(SEEN_SECS) {
            session.seen_at = now;
            session.ends_at = session.lasts_until(now);
            self.store().session_seen(&id, session.ends_at, now).await?;
        }
        Ok(Some((session, user)))
    }

    /// A new one. `next` is a path of this service to go on to, `app` the application it is for.
    pub async fn open_session(
        &self,
        visitor: &Visitor,
        next: Option<&str>,
        app: Option<&str>,
    ) -> Result<Opened, StoreError> {
        let new = Session {
            app: app.map(shown_text).filter(|app| !app.is_empty()),
            // A path of this service and of no other: `//host` and `/\host` are other places to a browser.
            next: next
                .filter(|next| next.starts_with('/') && next.len() <= LONGEST_NEXT)
                .filter(|next| !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']))
                .map(str::to_owned),
            ..self.blank_session(Stage::Start, visitor)
        };
        let mut tx = self.store().begin().await?;
        let opened = self.add_session(&mut tx, new).await?;
        tx.commit().await?;
        Ok(opened)
    }

    /// Keeps the user name that was typed; whether there is such a person is not said.
    pub async fn type_name(&self, session: &Session, user_name: &str) -> Result<(), StoreError> {
        // What is no user name is kept as one that nobody has, so that both take the same way from here.
        let name = accounts::user_name(user_name).unwrap_or_default();
        self.store().type_name(&session.id, &name).await
    }

    /// Checks the password of the typed name, with the same work and answer if there is no such person.
    /// `browser` is the cookie of a browser that somebody has signed in with before.
    pub async fn check_password(
        &self,
        session: &Session,
        password: &SecretText,
        browser: Option<&str>,
        visitor: &Visitor,
    ) -> Result<(Opened, Next), SignInRefused> {
        let now = self.now();
        // What was typed is read anew: the caller's copy may be older than the name.
        let Some(session) = self.open_session_of(&session.id).await? else {
            return Err(SignInRefused::NotNow);
        };
        let (Stage::Start, Some(name)) = (session.stage, session.typed_name.as_deref()) else {
            return Err(SignInRefused::NotNow);
        };
        let tries = self.password_tries(name, browser, visitor).await?;
        self.take_tries(&tries, now).await?;
        let user = self.store().user_by_name(name).await?;
        // expose: only its length is looked at; what is too long is not hashed.
        let short = password.expose().len() <= LONGEST_PASSWORD * 4;
        let phc = user.as_ref().map(|user| user.password.as_str()).filter(|_| short);
        let fits = self.password_fits(if short { password } else { &NOTHING }, phc).await;

        let mut tx = self.store().begin().await?;
        let Some(found) = user.as_ref().filter(|user| fits && user.disabled_at.is_none()) else {
            let record = match &user {
                Some(user) => Record::of(user, What::SignIn, Outcome::WrongPassword).by("system"),
                None => Record::in_organisation("", What::SignIn, Outcome::WrongPassword),
            };
            self.record(&mut tx, record.during(&session).from(visitor).with(PASSWORD)).await?;
            tx.commit().await?;
            return Err(SignInRefused::Wrong);
        };
        for tries in &tries {
            tx.give_back_try(&tries.name, now).await?;
        }
        let locked = tx.lock_user(&found.id).await?;
        // It may have been changed, or the account disabled, while it was being checked.
        let Some(user) = locked.filter(|user| user.password == found.password && user.disabled_at.is_none())
        else {
            return Err(SignInRefused::Wrong);
        };
        let old = tx.take_session(&session.id, now).await?.map(|taken| taken.session);
        let Some(old) = old.filter(|old| old.typed_name == session.typed_name) else {
            return Err(SignInRefused::NotNow);
        };
        let next = if tx.ever_had_method(&user.id).await? { Next::Verify } else { Next::Register };
        let new = Session {
            user: Some(user.id),
            typed_name: old.typed_name,
            app: old.app,
            next: old.next,
            methods: PASSWORD.to_owned(),
            ..self.blank_session(Stage::Password, visitor)
        };
        let opened = self.add_session(&mut tx, new).await?;
        tx.commit().await?;
        Ok((opened, next))
    }

    /// The second step of `user` is done by `method` (RFC 8176: `swk`, `hwk`, `otp`). For the rules that verify,
    /// while the person's row is locked: the old session ends, what it began goes on under the new one, its
    /// requests that wait are cancelled, and the sign-in is written down.
    pub(crate) async fn step_up(
        &self,
        tx: &mut Tx,
        session: &Session,
        user: &User,
        method: &str,
        visitor: &Visitor,
    ) -> Result<Opened, SignInRefused> {
        let now = self.now();
        let theirs = |old: &Session| {
            let verifies = matches!(old.stage, Stage::Password | Stage::SignedIn);
            verifies && old.is_open(now) && old.user.as_ref() == Some(&user.id)
        };
        let taken = tx.take_session(&session.id, now).await?.filter(|taken| theirs(&taken.session));
        let Some(Taken { session: old, begun }) = taken else { return Err(SignInRefused::NotNow) };
        let mut methods: Vec<&str> = old.methods.split(' ').filter(|word| !word.is_empty()).collect();
        if !methods.contains(&method) {
            methods.push(method);
        }
        let new = Session {
            user: Some(user.id.clone()),
            typed_name: old.typed_name.clone(),
            app: old.app.clone(),
            next: old.next.clone(),
            methods: methods.join(" "),
            strong_at: Some(now),
            stay: old.stay,
            ..self.blank_session(Stage::SignedIn, visitor)
        };
        let new = Session { ends_at: new.lasts_until(now), ..new };
        let mut opened = self.add_session(tx, new).await?;
        if begun {
            tx.hand_over_session(&old.id, &opened.session.id, now).await?;
        }
        // A browser is known from each sign-in on; who is verified once more in one that is known has signed in
        // with it not long ago.
        if old.stage == Stage::Password || !session.known_browser {
            let browser = self.make_cookie();
            // expose: only its hash is kept.
            let hash = self.keys().hash(Hashed::Browser, browser.expose());
            tx.add_browser(&hash, &user.id, opened.session.client.as_deref(), MOST_BROWSERS, now).await?;
            opened.browser = Some(browser);
        }
        let record = Record::of(user, What::SignIn, Outcome::Done).during(&opened.session);
        self.record(tx, record.from(visitor).with(method)).await?;
        Ok(opened)
    }

    /// The person wants to stay signed in on this browser.
    pub async fn stay_signed_in(&self, session: &Session, stay: bool) -> Result<(), StoreError> {
        let ends = Session { stay, ..session.clone() }.lasts_until(self.now());
        self.store().keep_session(&session.id, stay, ends).await
    }

    /// Ends a session.
    pub async fn sign_out(&self, session: &Session) -> Result<(), StoreError> {
        let mut tx = self.store().begin().await?;
        tx.end_session(&session.id).await?;
        tx.commit().await
    }

    /// Ends every session of the person but `keep`.
    pub async fn sign_out_everywhere(&self, user: &str, keep: Option<&Session>) -> Result<(), StoreError> {
        let mut tx = self.store().begin().await?;
        let Some(user) = tx.lock_user(user).await? else { return Ok(()) };
        tx.end_sessions(&user.id, &user.user_name, keep.map(|session| session.id.as_str())).await?;
        tx.commit().await
    }

    /// What this session may do with methods.
    pub async fn may_change(&self, session: &Session) -> Result<MayChange, StoreError> {
        let had = match (session.stage, &session.user) {
            (Stage::Password, Some(user)) => self.store().ever_had_method(user).await?,
            (Stage::Start | Stage::Password | Stage::SignedIn | Stage::Pass, _) => false,
        };
        Ok(session.may_change(had, self.now()))
    }

    /// The same inside of a transaction in which the person's row is locked. Whoever asked the store by
    /// another connection there would wait for one that waits for this.
    pub(crate) async fn may_change_in(
        &self,
        tx: &mut Tx,
        session: &Session,
    ) -> Result<MayChange, StoreError> {
        let had = match (session.stage, &session.user) {
            (Stage::Password, Some(user)) => tx.ever_had_method(user).await?,
            (Stage::Start | Stage::Password | Stage::SignedIn | Stage::Pass, _) => false,
        };
        Ok(session.may_change(had, self.now()))
    }

    /// The administrator that a session is of, verified less than ten minutes ago.
    pub(crate) async fn administrator(&self, session: &Session) -> Result<User, NotAdministrator> {
        let (Stage::SignedIn, Some(user)) = (session.stage, &session.user) else {
            return Err(NotAdministrator::NotAllowed);
        };
        let user = self.store().user(user).await?.ok_or(NotAdministrator::NotAllowed)?;
        if user.role != Role::Administrator || user.disabled_at.is_some() {
            return Err(NotAdministrator::NotAllowed);
        }
        if !session.is_fresh(self.now()) {
            return Err(NotAdministrator::VerifyFirst);
        }
        Ok(user)
    }

    /// A session as it is stored at this moment, if it is open.
    pub(crate) async fn open_session_of(&self, id: &str) -> Result<Option<Session>, StoreError> {
        let now = self.now();
        let found = self.store().session(id).await?.filter(|session| session.is_open(now));
        Ok(found.map(|session| self.with_csrf(session)))
    }

    /// The same inside of a transaction.
    pub(crate) async fn open_session_in(&self, tx: &mut Tx, id: &str) -> Result<Option<Session>, StoreError> {
        let now = self.now();
        let found = tx.session(id).await?.filter(|session| session.is_open(now));
        Ok(found.map(|session| self.with_csrf(session)))
    }

    /// A session that is opened in this call, without its cookie.
    pub(crate) fn blank_session(&self, stage: Stage, visitor: &Visitor) -> Session {
        let now = self.now();
        Session {
            id: String::new(),
            user: None,
            stage,
            typed_name: None,
            csrf: String::new(),
            app: None,
            next: None,
            methods: String::new(),
            strong_at: None,
            stay: false,
            ip: Some(visitor.ip.to_string()),
            client: visitor.client.as_deref().map(shown_text).filter(|client| !client.is_empty()),
            created_at: now,
            seen_at: now,
            ends_at: now.plus_secs(STEP_SECS),
            known_browser: false,
        }
    }

    /// Gives a session its cookie and stores it.
    pub(crate) async fn add_session(&self, tx: &mut Tx, session: Session) -> Result<Opened, StoreError> {
        let cookie = self.make_cookie();
        // expose: only its hash is kept.
        let id = self.keys().hash(Hashed::Session, cookie.expose());
        let session = self.with_csrf(Session { id, ..session });
        tx.add_session(&session).await?;
        Ok(Opened { session, cookie, browser: None })
    }

    /// What may be tried by the address of a visitor, over everything that can be typed without a session.
    pub(crate) fn address_tries(&self, visitor: &Visitor) -> Counted {
        let name = self.keys().hash(Hashed::Tries, &format!("address {}", network(visitor)));
        Counted { name, most: ADDRESS_TRIES, secs: HOUR }
    }

    /// Counts tries before anything is looked at; of several that are refused, the longest counts.
    pub(crate) async fn take_tries(&self, tries: &[Counted], now: UnixTime) -> Result<(), SignInRefused> {
        let mut tx = self.store().begin().await?;
        let mut refused = None;
        for tries in tries {
            if let Err(too_many) = tx.take_try(&tries.name, tries.most, tries.secs, now).await? {
                refused = refused.max(Some(too_many.until));
            }
        }
        match refused {
            // Nothing was looked at, so nothing counts.
            Some(until) => Err(SignInRefused::TooMany { until }),
            None => Ok(tx.commit().await?),
        }
    }

    /// A browser that the person has signed in with has a budget of its own, so that whoever guesses
    /// elsewhere locks out himself and not the person. What is counted does not depend on whether there is
    /// such a person.
    pub(crate) async fn password_tries(
        &self,
        name: &str,
        browser: Option<&str>,
        visitor: &Visitor,
    ) -> Result<Vec<Counted>, StoreError> {
        let known = self.knows_browser(browser, name).await?;
        let whose = match browser.filter(|_| known) {
            Some(browser) => format!("password {name} {browser}"),
            None => format!("password {name}"),
        };
        let counted = |most, secs| Counted {
            name: self.keys().hash(Hashed::Tries, &format!("{whose} {secs}")),
            most,
            secs,
        };
        let mut tries = vec![counted(PASSWORD_TRIES, PASSWORD_SECS), counted(PASSWORD_TRIES_A_DAY, DAY)];
        if !known {
            tries.insert(0, self.address_tries(visitor));
        }
        Ok(tries)
    }

    /// Whether the person of that user name has signed in with this browser before, by its cookie.
    pub async fn knows_browser(&self, browser: Option<&str>, user_name: &str) -> Result<bool, StoreError> {
        let (hash, since) = self.known_browser(browser);
        self.store().knows_browser(&hash, user_name, since).await
    }

    /// What a browser is kept under, and since when it has to have been used. Without a cookie the store is asked
    /// for one that nobody has.
    fn known_browser(&self, browser: Option<&str>) -> (String, UnixTime) {
        let browser = browser.filter(|browser| browser.len() == COOKIE_CHARS).unwrap_or_default();
        let since = UnixTime::from_secs(self.now().secs().saturating_sub(BROWSER_SECS));
        (self.keys().hash(Hashed::Browser, browser), since)
    }

    fn make_cookie(&self) -> SecretText {
        // expose: the cookie is the key's text.
        SecretText::new(BASE64.encode(seal::make_key(&mut self.rng()).expose()))
    }

    fn with_csrf(&self, session: Session) -> Session {
        // No cookie has a space in it.
        let csrf = self.keys().hash(Hashed::Session, &format!("form {}", session.id));
        Session { csrf, ..session }
    }
}

impl Session {
    /// Whether both steps were done, the last time less than ten minutes before `now`.
    pub fn is_fresh(&self, now: UnixTime) -> bool {
        let strong = self.strong_at.filter(|_| self.stage == Stage::SignedIn);
        strong.is_some_and(|strong| now < strong.plus_secs(FRESH_SECS))
    }

    fn may_change(&self, ever_had_method: bool, now: UnixTime) -> MayChange {
        match (self.stage, &self.user) {
            (Stage::SignedIn, Some(_)) if self.is_fresh(now) => MayChange::Everything,
            (Stage::SignedIn, Some(_)) => MayChange::VerifyFirst,
            (Stage::Pass, Some(_)) if now < self.ends_at => MayChange::Add,
            (Stage::Password, Some(_)) if ever_had_method => MayChange::VerifyFirst,
            (Stage::Password, Some(_)) => MayChange::Add,
            (Stage::Start | Stage::Password | Stage::SignedIn | Stage::Pass, _) => MayChange::Nothing,
        }
    }

    /// Whether it goes on at `now`.
    fn is_open(&self, now: UnixTime) -> bool {
        let idle = self.stage == Stage::SignedIn && !self.stay && now >= self.seen_at.plus_secs(IDLE_SECS);
        now < self.ends_at && !idle
    }

    /// Until when it goes on if it is used at `now` and then no more.
    fn lasts_until(&self, now: UnixTime) -> UnixTime {
        match (self.stage, self.stay) {
            (Stage::SignedIn, true) => now.plus_secs(STAY_SECS),
            (Stage::SignedIn, false) => self.created_at.plus_secs(SIGNED_IN_SECS),
            (Stage::Start | Stage::Password | Stage::Pass, _) => self.ends_at,
        }
    }
}

/// Something whose tries are counted.
pub(crate) struct Counted {
    pub(crate) name: String,
    pub(crate) most: usize,
    pub(crate) secs: u64,
}

/// One household or office: an IPv4 address, an IPv6 /64.
fn network(visitor: &Visitor) -> String {
    match visitor.ip.to_canonical() {
        std::net::IpAddr::V4(v4) => v4.to_string(),
        std::net::IpAddr::V6(v6) => format!("{:x}/64", v6.to_bits() >> 64),
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// For each step before the person is signed in.
const STEP_SECS: u64 = 15 * MINUTE;
const SIGNED_IN_SECS: u64 = 8 * HOUR;
/// Without being used.
const IDLE_SECS: u64 = HOUR;
/// From its last use, for those who stay signed in.
const STAY_SECS: u64 = 30 * DAY;
/// How long a verification counts for changing methods (S-21).
const FRESH_SECS: u64 = 10 * MINUTE;
/// How exactly the last use is known.
const SEEN_SECS: u64 = MINUTE;
/// Since the person has signed in with it.
const BROWSER_SECS: u64 = 180 * DAY;
const MOST_BROWSERS: u32 = 20;
/// Wrong passwords of one name in a quarter of an hour and in a day, from browsers that are not known and
/// from each that is.
const PASSWORD_TRIES: usize = 10;
const PASSWORD_SECS: u64 = 15 * MINUTE;
const PASSWORD_TRIES_A_DAY: usize = 50;
/// Of one address in an hour, whatever was typed; an office has one address.
const ADDRESS_TRIES: usize = 100;
/// 256 bits in Base64.
const COOKIE_CHARS: usize = 43;
const LONGEST_NEXT: usize = 2048;
/// RFC 8176.
const PASSWORD: &str = "pwd";
/// What is hashed in the place of what is too long.
static NOTHING: std::sync::LazyLock<SecretText> = std::sync::LazyLock::new(|| SecretText::new(String::new()));

/// Why a step of signing in is refused. What is shown must not tell whether the person exists.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// The user name or what was typed is not right.
    #[error("the user name or what was typed is not right")]
    Wrong,
    /// Too many tries; there may be another at `until`.
    #[error("there were too many tries")]
    TooMany {
        /// The first instant.
        until: UnixTime,
    },
    /// The session has ended or is not that far.
    #[error("sign in again")]
    NotNow,
    /// The organisation has switched this way off.
    #[error("the organisation has switched this off")]
    SwitchedOff,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why somebody may not do what administrators do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAdministrator {
    /// They are none.
    #[error("only an administrator may do this")]
    NotAllowed,
    /// They were verified ten minutes ago or more.
    #[error("verify first")]
    VerifyFirst,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
