//! Every type that crosses to the web view. None of them can hold a secret: there is no field for one, and
//! the secret types of the core cannot be serialised.

mod backup;
mod camera;

pub use self::backup::*;
pub use self::camera::*;

use crypto_core::codes::{self, CodeSpec, Key, Mover, otpauth};
use crypto_core::enroll;
use crypto_core::time::{Period, UnixTime};
use crypto_core::vault;
use device::phone::KeyPlace;
use serde::{Deserialize, Serialize};
use specta::Type;
use zeroize::Zeroize as _;

use crate::error::{Code, CommandError};

/// What the whole window shows.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AppView {
    /// The screen that fits what the app knows.
    pub stage: Stage,
    /// What the person has chosen.
    pub settings: SettingsView,
    /// The app's version.
    pub version: String,
    /// Which kind of device this is; backups belong to one.
    pub device_type: DeviceType,
    /// The app lock can be the device's own question: a finger, a face, or what unlocks its screen.
    pub can_verify: bool,
}

/// The kinds of device a backup can belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum DeviceType {
    /// A phone or tablet with Android.
    Android,
    /// An iPhone or iPad.
    Ios,
    /// A computer.
    Desktop,
}

/// Which screen comes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Stage {
    /// The privacy text has not been accepted.
    Consent,
    /// The diagnostics question has not been answered.
    Diagnostics,
    /// The vault waits for its passphrase, or for the person.
    Locked,
    /// The accounts can be shown.
    Ready,
    /// The vault cannot be opened.
    #[serde(rename_all = "camelCase")]
    Problem {
        /// What is in the way.
        problem: Problem,
        /// Whether there are accounts behind it, or this is a first start.
        vault_exists: bool,
    },
}

/// Why the vault cannot be opened. Each has its own words and its own way on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Problem {
    /// No keystore answers.
    KeystoreMissing,
    /// The keystore is there but locked.
    KeystoreLocked,
    /// The keystore answers and has no key for this vault.
    KeyLost,
    /// The same, for the key that it used for the person only; usually the screen lock was removed.
    PersonKeyLost,
    /// Neither the vault nor its previous copy can be read.
    Damaged,
    /// The file is older than the last one this app wrote.
    RolledBack,
    /// The file is of another vault than the last one this app wrote.
    AnotherVault,
    /// The keystore knows of a vault and there is no file.
    VaultMissing,
    /// The first vault cannot be written.
    CantSave,
    /// A newer version of the app wrote the file.
    NewerFormat,
    /// The disk would not give the file.
    Unreadable,
}

/// What the person has chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// The language of the texts.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
    /// Codes stay covered until tapped.
    pub hide_codes: bool,
    /// On phones: the screen stays out of pictures, and of the list of apps.
    pub hide_screen: bool,
    /// What opens the vault.
    pub protection: Protection,
    /// Minutes without use until the app locks itself; 0 for only by hand or on exit.
    pub auto_lock_minutes: u32,
    /// Whether the diagnostics log is kept.
    pub diagnostics: bool,
}

/// The language of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Language {
    /// As the device is set.
    #[default]
    System,
    /// English.
    En,
    /// Swedish.
    Sv,
    /// Norwegian Bokmål.
    Nb,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// As the device is set.
    #[default]
    System,
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

/// What opens the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Protection {
    /// The platform keystore, without asking.
    Keystore,
    /// A passphrase, asked for each time: the app lock.
    Passphrase,
    /// The person, whom the platform verifies each time: the app lock as well.
    Person,
}

/// The account list.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AccountsView {
    /// In the person's own order.
    pub accounts: Vec<AccountView>,
    /// One for each account that has codes.
    pub codes: Vec<CodeView>,
    /// How many accounts are in the trash.
    pub trash: u32,
    /// The newest copy of the vault was damaged and the one before it was opened.
    pub older_copy_used: bool,
    /// What is to be said about backup.
    pub backup_notice: Option<BackupNotice>,
}

/// One account, without its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Random and stable; never derived from the names.
    pub id: String,
    /// The heading it stands under.
    pub group: Group,
    /// The site or organisation.
    pub issuer: String,
    /// The user name there.
    pub account: String,
    /// The person's own note.
    pub note: String,
    /// How its code moves; none for a work account without codes.
    pub code: Option<CodeSpecView>,
    /// Seconds since 1970.
    pub added_at: u32,
    /// What approves sign-ins; none for an account that only shows codes.
    pub work: Option<WorkView>,
}

/// The headings of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Group {
    /// An organisation's account.
    Work,
    /// A personal account.
    Personal,
    /// Everything else.
    Other,
}

/// How a code is made, as far as a person can compare it with the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CodeSpecView {
    /// Time, counter, or codes in an app's own characters.
    pub kind: CodeKind,
    /// `SHA1`, `SHA256` or `SHA512`; `MD5` under Mobile-OTP.
    pub algorithm: String,
    /// Characters in a code.
    pub digits: u8,
    /// Seconds a code is good for; none for a counter.
    pub period: Option<u32>,
    /// The counter, as text because it may exceed what JavaScript can count; none for time.
    pub counter: Option<String>,
    /// What is unusual about it.
    pub notices: Vec<Notice>,
}

/// What makes a code change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum CodeKind {
    /// RFC 6238.
    Totp,
    /// RFC 4226.
    Hotp,
    /// Steam's five letters.
    Steam,
    /// Mobile-OTP's six hexadecimal figures, with a PIN.
    Motp,
    /// Yandex' eight letters, with a PIN.
    Yandex,
}

/// Unusual but kept: nobody loses an account to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Notice {
    /// Fewer than six or more than eight digits.
    Digits,
    /// A period longer than 300 seconds.
    Period,
    /// A key shorter than 16 bytes.
    ShortKey,
}

/// A code as it is on screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CodeView {
    /// The account's.
    pub id: String,
    /// The characters, leading zeros included; none while covered.
    pub digits: Option<String>,
    /// How many characters to cover.
    pub length: u8,
    /// The code after this one; none while covered and for counters.
    pub next: Option<String>,
    /// Milliseconds until the code changes; none for counters.
    pub left_ms: Option<u32>,
    /// Milliseconds of the whole step; none for counters.
    pub period_ms: Option<u32>,
}

/// What a scanned, pasted, opened or typed text turned out to be.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum EnrollView {
    /// Accounts to confirm.
    #[serde(rename_all = "camelCase")]
    Accounts {
        /// Names this find until it is confirmed or dropped.
        session: String,
        /// In the order they were in the code.
        candidates: Vec<CandidateView>,
        /// Rows that could not be taken, each with its reason.
        refused: Vec<RefusedView>,
    },
    /// One of several codes that belong together; more are to be scanned.
    #[serde(rename_all = "camelCase")]
    Part {
        /// Names this find until the last part is there.
        session: String,
        /// How many parts are there.
        have: u32,
        /// How many there will be.
        of: u32,
    },
    /// A code that belongs to another app.
    #[serde(rename_all = "camelCase")]
    Foreign {
        /// Whose.
        app: ForeignApp,
    },
    /// A work or school account of a sign-in service. Nothing has been sent yet: `beginActivation` asks the
    /// service whose account it is.
    #[serde(rename_all = "camelCase")]
    Activation {
        /// Names this find until it is added or dropped.
        session: String,
        /// The service, as its address has it.
        host: String,
        /// Typed instead of scanned: the service's key is not known beforehand.
        typed: bool,
    },
    /// A sign-in page's code to approve this very sign-in by scanning. `matchRequest` finds the request.
    #[serde(rename_all = "camelCase")]
    Approve {
        /// Names this find until it is answered or dropped.
        session: String,
        /// The service, as its address has it.
        host: String,
    },
}

/// Codes that are recognised and cannot be used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ForeignApp {
    /// A work account of Microsoft Authenticator.
    MicrosoftWork,
    /// A personal account of Microsoft Authenticator.
    MicrosoftPersonal,
    /// A passkey on another device.
    Passkey,
    /// A push token of privacyIDEA.
    PrivacyIdeaPush,
    /// A container of privacyIDEA.
    PrivacyIdeaContainer,
    /// A web address and nothing more.
    WebAddress,
}

/// An account that would be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CandidateView {
    /// Its place in the find.
    pub index: u32,
    /// The site or organisation; may be empty.
    pub issuer: String,
    /// The user name there; may be empty.
    pub account: String,
    /// Its title, which is the issuer or else the user name, in ASCII; none where it is ASCII.
    pub ascii: Option<String>,
    /// How its code moves.
    pub code: CodeSpecView,
    /// The account in the list that it looks like.
    pub existing: Option<ExistingView>,
}

/// An account that is already here and looks like the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExistingView {
    /// The account's.
    pub id: String,
    /// Whether the key is the same, too; then there is nothing to add.
    pub same_key: bool,
    /// Its site or organisation.
    pub issuer: String,
    /// Its user name.
    pub account: String,
    /// Seconds since 1970.
    pub added_at: u32,
}

/// A row that could not be taken.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RefusedView {
    /// What it is called in the code.
    pub name: String,
    /// Why.
    pub reason: CommandError,
}

/// What came of one camera frame, one picture or one link.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ScanView {
    /// No code in it.
    Nothing,
    /// A code that means something.
    Found {
        /// What.
        enroll: EnrollView,
    },
    /// A code that cannot be used.
    Refused {
        /// Why.
        error: CommandError,
    },
}

/// What a person typed instead of scanning. The key is wiped when this is dropped.
#[derive(Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ManualRequest {
    /// The site or organisation.
    pub issuer: String,
    /// The user name there.
    pub account: String,
    /// The key as typed.
    pub key: String,
    /// What makes the code change.
    pub kind: CodeKind,
    /// `SHA1`, `SHA256` or `SHA512`.
    pub algorithm: String,
    /// Characters in a code.
    pub digits: u32,
    /// Seconds a code is good for.
    pub period: u32,
    /// Where the counter stands.
    pub counter: String,
}

impl Drop for ManualRequest {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// What to do with one candidate.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PickRequest {
    /// Its place in the find.
    pub index: u32,
    /// The name to keep it under.
    pub issuer: String,
    /// The user name to keep it under.
    pub account: String,
    /// The heading to put it under.
    pub group: Group,
    /// The account to put in the trash for it; none keeps both.
    pub replaces: Option<String>,
}

/// What was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddedView {
    /// The new accounts, in the order of the picks.
    pub ids: Vec<String>,
}

/// What a person changed about an account.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EditRequest {
    /// The site or organisation.
    pub issuer: String,
    /// The user name there.
    pub account: String,
    /// A note.
    pub note: String,
    /// The heading it stands under.
    pub group: Group,
}

/// What a person changed in the settings.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SettingsRequest {
    /// The language of the texts.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
    /// Codes stay covered until tapped.
    pub hide_codes: bool,
    /// On phones: the screen stays out of pictures, and of the list of apps.
    pub hide_screen: bool,
    /// Minutes without use until the app locks itself; 0 for only by hand or on exit.
    pub auto_lock_minutes: u32,
    /// Whether the diagnostics log is kept.
    pub diagnostics: bool,
}

/// A code on the clipboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CopiedView {
    /// Seconds until it is taken off again, if it is still there.
    pub clear_after: u32,
}

/// An account in the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TrashView {
    /// The account's.
    pub id: String,
    /// The site or organisation.
    pub issuer: String,
    /// The user name there.
    pub account: String,
    /// Seconds since 1970.
    pub removed_at: u32,
    /// Whole days until it is gone for good. A work account stays with 0 until its service has been told.
    pub days_left: u32,
    /// The service that is told when it is gone for good; none for an account that only shows codes.
    pub host: Option<String>,
}

/// What came of deleting for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DeletedView {
    /// What is left in the trash.
    pub trash: Vec<TrashView>,
    /// What the service was told; none for an account that only showed codes.
    pub service: Option<DeletedAt>,
}

/// What a service knows of an account that was deleted here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum DeletedAt {
    /// It was told, or had removed the device before.
    #[serde(rename_all = "camelCase")]
    Told {
        /// The service.
        host: String,
    },
    /// It could not be told: the person removes the device on its page.
    #[serde(rename_all = "camelCase")]
    NotTold {
        /// The service.
        host: String,
    },
}

/// Where frames come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum CameraSource {
    /// The web view asks for the camera and sends frames.
    WebView,
    /// The app reads the camera and sends pictures to show.
    Native,
}

/// What approves sign-ins: a device of an account at a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct WorkView {
    /// The service, as its address has it; none where only a name is left and no address with it.
    pub host: Option<String>,
    /// Where it stands.
    pub state: WorkState,
    /// Eight characters of the service's key, to compare with the page; none where only a name is left.
    pub fingerprint: Option<String>,
    /// The keys are software keys: sealed by the keystore, and not bound to this device's hardware.
    pub software_key: bool,
    /// Where the key for approvals is kept, by the keystore's own word; none before it was asked.
    pub key_place: Option<KeyPlaceView>,
    /// Seconds by which this device's clock is ahead of the service's; negative if it is behind. Only if it is
    /// more than 30. Codes of this account are right all the same.
    pub clock_ahead: Option<i32>,
    /// The service wants a newer app for approving. Codes go on.
    pub needs_update: bool,
}

/// Where a key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum KeyPlaceView {
    /// In a chip of its own.
    Chip,
    /// In the processor's trusted environment.
    Trusted,
    /// In software.
    Software,
}

impl From<KeyPlace> for KeyPlaceView {
    fn from(place: KeyPlace) -> Self {
        match place {
            KeyPlace::StrongBox => Self::Chip,
            KeyPlace::Trusted => Self::Trusted,
            KeyPlace::Software => Self::Software,
        }
    }
}

/// Where a work account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum WorkState {
    /// Its keys are known to the service; the test approval is still to come.
    Pending,
    /// It may do everything.
    Active,
    /// A report or an administrator stopped it.
    Suspended,
    /// The key that needs the person is gone: it may deny, show codes, and approve no more. Signing in again
    /// mends it.
    Stale,
    /// The name only: "Sign in to restore your account".
    SignIn,
}

/// A work account that a service has answered for, to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ActivationView {
    /// Names this find until it is added or dropped.
    pub session: String,
    /// The service, as its address has it.
    pub host: String,
    /// What the service calls itself.
    pub service: String,
    /// The user name there.
    pub account: String,
    /// The person's name there; may be empty.
    pub name: String,
    /// Eight characters of the service's key, to compare with the page; only after typing, because a scanned
    /// code names the key.
    pub fingerprint: Option<String>,
    /// It will have codes, too.
    pub codes: bool,
    /// Approving needs the person's verification.
    pub verification: bool,
    /// The keys will be software keys.
    pub software_key: bool,
    /// An account of this service and name that is here already; the person chooses to keep both or to replace.
    pub existing: Option<ExistingView>,
    /// The row that comes back to life; none for a new account.
    pub revives: Option<String>,
    /// Seconds until the code is good no longer.
    pub expires_in: u32,
}

/// Adding an account, or bringing one back, by signing in.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignInRequest {
    /// An e-mail address or the address of the service. None if the row that comes back knows it.
    pub address: Option<String>,
    /// The row that is to come back to life; none for a new account.
    pub revives: Option<String>,
}

/// A sign-in in the browser that the app waits for with `finishSignIn`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignInView {
    /// Names this sign-in until it is done or dropped with `cancelEnroll`.
    pub session: String,
    /// The service, as its address has it.
    pub host: String,
    /// What the service calls itself.
    pub service: String,
    /// What the page asks for, in groups.
    pub user_code: String,
    /// Where the page is, for a person who opens it elsewhere.
    pub address: String,
    /// The browser was opened. If not, `openSignInPage` may be tried, or the address typed.
    pub opened: bool,
    /// Seconds until the code is good no longer.
    pub expires_in: u32,
}

/// All sign-ins that wait, as far as is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RequestsView {
    /// Those that wait, the oldest first. None is chosen for the person.
    pub requests: Vec<RequestView>,
    /// Accounts whose service could not be asked the last time, and why.
    pub unreached: Vec<UnreachedView>,
    /// How many accounts can be asked.
    pub accounts: u32,
}

/// An account whose service could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct UnreachedView {
    /// The account's.
    pub account: String,
    /// Why.
    pub reason: Code,
}

/// One sign-in that waits. All of it is from the signed challenge; what the service did not say is none, and
/// shown as unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RequestView {
    /// Names it in an answer.
    pub id: String,
    /// The account it is about.
    pub account: String,
    /// The account's site or organisation, as it is in the list.
    pub issuer: String,
    /// The account's user name, as it is in the list.
    pub username: String,
    /// The service that asks.
    pub host: String,
    /// What approving would allow.
    pub purpose: RequestPurpose,
    /// The application somebody signs in to.
    pub app: Option<String>,
    /// Roughly where from.
    pub place: Option<String>,
    /// The country of the place (ISO 3166).
    pub country: Option<String>,
    /// The address.
    pub ip: Option<String>,
    /// The browser and system.
    pub client: Option<String>,
    /// When, in seconds since 1970; none if the service did not say.
    pub time: Option<u32>,
    /// This person has not signed in like this before; none if the service cannot tell.
    pub unfamiliar: Option<bool>,
    /// Where this device seems to be, seen from the sign-in.
    pub proximity: RequestProximity,
    /// How many digits are to be typed.
    pub digits: u8,
    /// The page also shows a code that can be scanned in place of typing.
    pub can_scan: bool,
    /// The page's code was scanned: nothing is to be typed.
    pub is_matched: bool,
    /// Milliseconds until it is over.
    pub left_ms: u32,
    /// Milliseconds of its whole life.
    pub life_ms: u32,
    /// How many other requests of the account wait, as the service says.
    pub others_pending: u32,
    /// Why it cannot be approved; saying no works all the same. None if it can.
    pub blocked: Option<Blocked>,
}

/// What approving would allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RequestPurpose {
    /// A sign-in.
    SignIn,
    /// The test that ends setting up this account.
    Activation,
    /// A change of how the account is protected.
    SecurityChange,
    /// Getting back into the account.
    Recovery,
}

/// Where this device seems to be, seen from the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RequestProximity {
    /// The same place.
    Near,
    /// Another place: shown as a warning.
    Far,
    /// It cannot be told.
    Unknown,
}

/// Why a request cannot be approved here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Blocked {
    /// The service wants a newer app.
    NeedsUpdate,
    /// The key that needs the person is gone; signing in again mends it.
    Stale,
}

/// What the person says to a request. What was typed is wiped when this is dropped.
#[derive(Deserialize, Type)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum AnswerRequest {
    /// It is them, and this is the number the page shows.
    #[serde(rename_all = "camelCase")]
    Approve {
        /// The digits.
        number: String,
    },
    /// It is them, and the page's code was scanned (`isMatched`).
    ApproveScanned,
    /// It is not to happen.
    #[serde(rename_all = "camelCase")]
    Deny {
        /// Why, if they say.
        reason: Option<DenyReason>,
    },
    /// It was somebody else: an alarm.
    Report,
}

impl Drop for AnswerRequest {
    fn drop(&mut self) {
        if let Self::Approve { number } = self {
            number.zeroize();
        }
    }
}

/// Why the person said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum DenyReason {
    /// They changed their mind.
    Cancelled,
    /// They do not know the application.
    UnknownApp,
    /// It was somebody else, and no alarm is wanted.
    NotMe,
}

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeView {
    /// Which end it came to.
    pub outcome: Outcome,
    /// The request still waits and can be answered again.
    pub is_open: bool,
    /// It was the test approval: the account is set up.
    pub is_set_up: bool,
    /// Seconds until another try makes sense; none if the service did not say.
    pub retry_after: Option<u32>,
    /// What waits besides.
    pub requests: RequestsView,
}

/// The ends a request can come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Approved: the browser that asked goes on.
    Approved,
    /// The person said no.
    Denied,
    /// The person raised an alarm.
    Reported,
    /// The number was another one: the request is over.
    WrongNumber,
    /// Its time was over.
    Expired,
    /// It was answered before, on another device, or the page was left.
    Answered,
    /// Too many wrong numbers: requests to this account are locked for a while.
    Locked,
    /// The device is suspended.
    Suspended,
    /// The device may not approve: its set-up was not finished, or its key for that is gone.
    NotActive,
    /// The service wants a newer app.
    NeedsUpdate,
    /// The service does not know this device or its signature: signing in again mends it. Nothing was deleted.
    SignInAgain,
    /// The service has removed this device: its keys and codes are deleted, the name stays.
    Removed,
    /// The service cannot be reached. It may have had the answer.
    Offline,
    /// The service asks to try again later.
    TryLater,
    /// The person did not pass, or closed, the device's own question. Nothing was sent.
    NotVerified,
    /// The service did not take the answer, for none of these reasons.
    Refused,
}

impl Outcome {
    /// Whether what the person said is done.
    pub(crate) const fn is_done(self) -> bool {
        matches!(self, Self::Approved | Self::Denied | Self::Reported)
    }
}

/// Recent activity of an account, as its service tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ActivityView {
    /// The newest first.
    pub items: Vec<ActivityItemView>,
}

/// One sign-in, or a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ActivityItemView {
    /// Names it in a report.
    pub id: String,
    /// Seconds since 1970.
    pub time: u32,
    /// To which application.
    pub app: Option<String>,
    /// Roughly where from.
    pub place: Option<String>,
    /// The country of the place (ISO 3166).
    pub country: Option<String>,
    /// The address.
    pub ip: Option<String>,
    /// The browser and system.
    pub client: Option<String>,
    /// With which method; a word that the screen has a sentence for, or shows as it is.
    pub method: String,
    /// What came of it, likewise.
    pub result: String,
}

/// A picture from the camera, to aim by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PreviewView {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// One byte a pixel, Base64.
    pub luma: String,
}

impl AccountView {
    /// None for kinds of a newer version, which are kept and not shown.
    pub(crate) fn of(entry: &vault::Entry, work: Option<WorkView>) -> Option<Self> {
        let code = entry.code().map(|(key, spec)| CodeSpecView::of(spec, key));
        entry.is_known().then(|| Self {
            id: entry.id.as_str().to_owned(),
            group: entry.group.into(),
            issuer: entry.issuer.clone(),
            account: entry.account.clone(),
            note: entry.note.clone(),
            code,
            added_at: seconds(entry.added_at),
            work,
        })
    }
}

impl CodeSpecView {
    /// The key is only measured.
    pub(crate) fn of<'a>(spec: &CodeSpec, key: impl Into<Key<'a>>) -> Self {
        let (kind, counter) = match spec.mover {
            Mover::Time { .. } => (CodeKind::Totp, None),
            Mover::Counter { counter } => (CodeKind::Hotp, Some(counter.to_string())),
            Mover::Steam { .. } => (CodeKind::Steam, None),
            Mover::Motp { .. } => (CodeKind::Motp, None),
            Mover::Yandex { .. } => (CodeKind::Yandex, None),
        };
        Self {
            kind,
            algorithm: spec.hash_name().to_owned(),
            digits: spec.digits.count(),
            period: spec.mover.period().map(Period::secs),
            counter,
            notices: spec.notices(key).into_iter().map(Notice::from).collect(),
        }
    }
}

/// Seconds for the screen; the year 2106 is far.
pub(crate) fn seconds(time: UnixTime) -> u32 {
    u32::try_from(time.secs()).unwrap_or(u32::MAX)
}

impl From<vault::Group> for Group {
    fn from(group: vault::Group) -> Self {
        match group {
            vault::Group::Work => Self::Work,
            vault::Group::Personal => Self::Personal,
            vault::Group::Other => Self::Other,
        }
    }
}

impl From<Group> for vault::Group {
    fn from(group: Group) -> Self {
        match group {
            Group::Work => Self::Work,
            Group::Personal => Self::Personal,
            Group::Other => Self::Other,
        }
    }
}

/// Only those that can be typed: the others come from other apps' files and codes.
impl TryFrom<CodeKind> for otpauth::Kind {
    type Error = Code;

    fn try_from(kind: CodeKind) -> Result<Self, Code> {
        match kind {
            CodeKind::Totp => Ok(Self::Totp),
            CodeKind::Hotp => Ok(Self::Hotp),
            CodeKind::Steam => Ok(Self::Steam),
            CodeKind::Motp | CodeKind::Yandex => Err(Code::UnknownType),
        }
    }
}

impl From<codes::Notice> for Notice {
    fn from(notice: codes::Notice) -> Self {
        match notice {
            codes::Notice::Digits => Self::Digits,
            codes::Notice::Period => Self::Period,
            codes::Notice::ShortKey => Self::ShortKey,
        }
    }
}

impl From<enroll::Foreign> for ForeignApp {
    fn from(foreign: enroll::Foreign) -> Self {
        match foreign {
            enroll::Foreign::MicrosoftWork => Self::MicrosoftWork,
            enroll::Foreign::MicrosoftPersonal => Self::MicrosoftPersonal,
            enroll::Foreign::Passkey => Self::Passkey,
            enroll::Foreign::PrivacyIdeaPush => Self::PrivacyIdeaPush,
            enroll::Foreign::PrivacyIdeaContainer => Self::PrivacyIdeaContainer,
            enroll::Foreign::WebAddress => Self::WebAddress,
        }
    }
}
