//! Every type that crosses to the web view. None of them can hold a secret: there is no field for one, and
//! the secret types of the core cannot be serialised.

use crypto_core::codes::{self, CodeSpec, Mover, otpauth};
use crypto_core::enroll;
use crypto_core::secret::SecretBytes;
use crypto_core::time::{Period, UnixTime};
use crypto_core::vault;
use serde::{Deserialize, Serialize};
use specta::Type;
use zeroize::Zeroize as _;

use crate::error::CommandError;

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
    /// The vault waits for its passphrase.
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
}

/// The account list.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AccountsView {
    /// In the person's own order.
    pub accounts: Vec<AccountView>,
    /// One for each account.
    pub codes: Vec<CodeView>,
    /// How many accounts are in the trash.
    pub trash: u32,
    /// The newest copy of the vault was damaged and the one before it was opened.
    pub older_copy_used: bool,
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
    /// How its code moves.
    pub code: CodeSpecView,
    /// Seconds since 1970.
    pub added_at: u32,
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
    /// Time, counter or Steam.
    pub kind: CodeKind,
    /// `SHA1`, `SHA256` or `SHA512`.
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
    /// A work or school account of a sign-in service, which this version cannot add.
    WorkActivation,
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
    /// Whole days until it is gone for good.
    pub days_left: u32,
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
    pub(crate) fn of(entry: &vault::Entry) -> Option<Self> {
        let (secret, spec) = entry.code()?;
        Some(Self {
            id: entry.id.as_str().to_owned(),
            group: entry.group.into(),
            issuer: entry.issuer.clone(),
            account: entry.account.clone(),
            note: entry.note.clone(),
            code: CodeSpecView::of(spec, secret),
            added_at: seconds(entry.added_at),
        })
    }
}

impl CodeSpecView {
    /// The key is only measured.
    pub(crate) fn of(spec: &CodeSpec, secret: &SecretBytes) -> Self {
        let (kind, counter) = match spec.mover {
            Mover::Time { .. } => (CodeKind::Totp, None),
            Mover::Counter { counter } => (CodeKind::Hotp, Some(counter.to_string())),
            Mover::Steam { .. } => (CodeKind::Steam, None),
        };
        Self {
            kind,
            algorithm: spec.algorithm.name().to_owned(),
            digits: spec.digits.count(),
            period: spec.mover.period().map(Period::secs),
            counter,
            notices: spec.notices(secret).into_iter().map(Notice::from).collect(),
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

impl From<CodeKind> for otpauth::Kind {
    fn from(kind: CodeKind) -> Self {
        match kind {
            CodeKind::Totp => Self::Totp,
            CodeKind::Hotp => Self::Hotp,
            CodeKind::Steam => Self::Steam,
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
