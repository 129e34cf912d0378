//! What crosses to the web view of backups, imports and exports. A recovery code crosses once, in the answer
//! that made it, because the person has to read it; passphrases only come in.

use crypto_core::backup;
use crypto_core::backup::export::WhyLeftOut;
use serde::{Deserialize, Serialize};
use specta::Type;
use zeroize::Zeroize as _;

use super::{CodeSpecView, DeviceType, ExistingView};
use crate::error::CommandError;

/// How backup stands.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupView {
    /// Whether every change is backed up.
    pub is_on: bool,
    /// Where backups go.
    pub place: PlaceView,
    /// The last one that was written, opened again and compared.
    pub last: Option<LastBackupView>,
    /// Why the last try failed, if it did. The last good backup is still there.
    pub trouble: Option<CommandError>,
    /// When it failed, in seconds since 1970.
    pub failed_at: Option<u32>,
    /// Whether there are changes that no backup has yet.
    pub is_behind: bool,
    /// When the person last tested it, in seconds since 1970.
    pub tested_at: Option<u32>,
    /// When the person said that the recovery code was written down, in seconds since 1970.
    pub code_noted_at: Option<u32>,
}

/// Where backups go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlaceView {
    /// Which kind of place.
    pub kind: PlaceKind,
    /// The folder, where a person knows it by its path.
    pub folder: Option<String>,
    /// Whether the person may choose another.
    pub can_choose: bool,
}

/// The kinds of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum PlaceKind {
    /// A folder of the person's.
    Folder,
    /// What Android's own backup takes along.
    Google,
    /// The app's folder in iCloud.
    Icloud,
    /// This phone, and no other place: what the system carries to the next one is off.
    Phone,
}

/// The last good backup, and when it was seen to be good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LastBackupView {
    /// Seconds since 1970.
    pub at: u32,
    /// The size of the file, in bytes.
    pub bytes: u32,
    /// Accounts in it.
    pub accounts: u32,
    /// How many older ones are kept beside it.
    pub older: u32,
    /// When it was written, in seconds since 1970, if that was not at `at`: then nothing had changed, and it was only
    /// opened and compared again.
    pub unchanged_since: Option<u32>,
}

/// A new recovery code. It is shown once and never again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodeView {
    /// The code in groups of four characters.
    pub groups: Vec<String>,
    /// The code as a QR code: dark modules as the `d` of an SVG path, one unit a module.
    pub path: String,
    /// Modules along one side, quiet zone included.
    pub side: u32,
}

/// One backup that lies in the place for backups. Nothing of it is proven before it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CopyView {
    /// Names it when it is to be opened.
    pub name: String,
    /// When it was written, in seconds since 1970.
    pub at: u32,
    /// The kind of device that it says made it; none if it cannot be read.
    pub device_type: Option<DeviceType>,
    /// The size of the file, in bytes.
    pub bytes: u32,
    /// Whether it is the newest of its kind.
    pub is_newest: bool,
}

/// What opens a backup or a file: what was typed. Wiped when this is dropped.
#[derive(Deserialize, Type)]
#[serde(tag = "type", content = "text", rename_all = "camelCase")]
pub enum KeyRequest {
    /// A passphrase or password.
    Passphrase(String),
    /// A recovery code.
    RecoveryCode(String),
}

impl Drop for KeyRequest {
    fn drop(&mut self) {
        match self {
            Self::Passphrase(text) | Self::RecoveryCode(text) => text.zeroize(),
        }
    }
}

/// What a test of the newest backup showed. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DrillView {
    /// When the backup was written, in seconds since 1970.
    pub at: u32,
    /// The kind of device it is for.
    pub device_type: DeviceType,
    /// Accounts that are in it and should be.
    pub matching: u32,
    /// Accounts that should be in it.
    pub expected: u32,
    /// How many would come back with their codes.
    pub codes: u32,
    /// How many would come back by name, to sign in again.
    pub sign_in_again: u32,
    /// Accounts that should be in it and are not, or not as they are here.
    pub missing: Vec<NameView>,
}

/// An account by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NameView {
    /// The site or organisation.
    pub issuer: String,
    /// The user name there.
    pub account: String,
}

/// What came of a file that somebody wants to take accounts from: a backup, an export of this app, or another
/// app's. Nothing is stored before `takeIn`.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum IncomingView {
    /// It is sealed: ask for what opens it, then `unlockIncoming`.
    #[serde(rename_all = "camelCase")]
    Sealed {
        /// Names it until it is taken in or dropped.
        session: String,
        /// Who wrote it.
        source: IncomingSource,
        /// Whether a recovery code opens it, too.
        takes_recovery_code: bool,
        /// When it says it was written, in seconds since 1970.
        at: Option<u32>,
    },
    /// A backup of another kind of device. It cannot be restored here.
    #[serde(rename_all = "camelCase")]
    OtherDeviceType {
        /// The kind of device that made it.
        made_on: DeviceType,
    },
    /// One of several transfer codes; more are to be added to this session.
    #[serde(rename_all = "camelCase")]
    Part {
        /// Names it until it is taken in or dropped.
        session: String,
        /// How many parts are there.
        have: u32,
        /// How many there will be.
        of: u32,
    },
    /// What would happen, row by row.
    #[serde(rename_all = "camelCase")]
    Plan {
        /// Names it until it is taken in or dropped.
        session: String,
        /// Who wrote it.
        source: IncomingSource,
        /// All rows of it; each is in one of the two lists.
        total: u32,
        /// Rows that can be kept.
        rows: Vec<IncomingRowView>,
        /// Rows that cannot.
        refused: Vec<RefusedRowView>,
        /// When it was written, in seconds since 1970, if it says.
        at: Option<u32>,
        /// When a newer one was made that is known here, in seconds since 1970: the person is asked first.
        newer_known: Option<u32>,
    },
}

/// Who wrote a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum IncomingSource {
    /// A backup of this app.
    Backup,
    /// An export of this app.
    Export,
    /// Another app.
    #[serde(rename_all = "camelCase")]
    App {
        /// Its name, as its makers write it.
        name: String,
        /// The format, as `import` names it.
        format: String,
    },
}

/// A row that can be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct IncomingRowView {
    /// Its place among the rows that can be kept.
    pub index: u32,
    /// The site or organisation; may be empty.
    pub issuer: String,
    /// The user name there; may be empty.
    pub account: String,
    /// Its title in ASCII; none where it is ASCII.
    pub ascii: Option<String>,
    /// How its code moves; none for an account to sign in to again.
    pub code: Option<CodeSpecView>,
    /// What will become of it.
    pub fate: Fate,
    /// The account in the list that it looks like.
    pub existing: Option<ExistingView>,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// It is added with its codes.
    Add,
    /// It is added by name: the person has to sign in again.
    SignInAgain,
    /// It is here already, with the same key.
    Merge,
    /// It is here already, and the counter there has gone further: the one here follows.
    Counter,
}

/// A row that cannot be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RefusedRowView {
    /// Its place in the file, from 1.
    pub row: u32,
    /// What it is called there.
    pub name: String,
    /// Why.
    pub reason: CommandError,
}

/// The code of a row that is not stored yet, to compare with the old app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct IncomingCodeView {
    /// Which row.
    pub index: u32,
    /// The characters.
    pub digits: String,
    /// Milliseconds until the code changes; none for counters.
    pub left_ms: Option<u32>,
}

/// What was done with every row.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptView {
    /// Names it for saving.
    pub session: String,
    /// Who wrote the file.
    pub source: IncomingSource,
    /// Rows in it: the sum of the four that follow.
    pub total: u32,
    /// Added with their codes.
    pub imported: Vec<ReceiptRowView>,
    /// Added by name; the person has to sign in again.
    pub sign_in_again: Vec<ReceiptRowView>,
    /// Here already.
    pub merged: Vec<ReceiptRowView>,
    /// Not kept.
    pub refused: Vec<RefusedRowView>,
}

/// An account of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptRowView {
    /// The account in the list.
    pub id: String,
    /// The site or organisation.
    pub issuer: String,
    /// The user name there.
    pub account: String,
    /// What became of it.
    pub fate: Fate,
    /// What is worth saying of it, such as an unusual number of digits.
    pub counter_based: bool,
}

/// What is to be written to a file. What was typed is wiped when this is dropped.
#[derive(Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportRequest {
    /// How.
    pub format: ExportFormat,
    /// What seals it; empty for a format that is not sealed.
    pub passphrase: String,
    /// The app lock's passphrase, where there is one and the format is not sealed; else empty.
    pub lock_passphrase: String,
}

impl Drop for ExportRequest {
    fn drop(&mut self) {
        self.passphrase.zeroize();
        self.lock_passphrase.zeroize();
    }
}

/// How accounts are written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ExportFormat {
    /// Sealed, for this app on any kind of device.
    Countersign,
    /// Sealed, for Aegis and what reads its files.
    Aegis,
    /// Sealed, for 2FAS and what reads its files.
    TwoFas,
    /// Not sealed: QR codes for Google Authenticator, on a page.
    Google,
    /// Not sealed: one text a line, for any app.
    OtpauthList,
    /// Not sealed: a page to print.
    Sheet,
}

impl ExportFormat {
    /// Whether a passphrase seals it.
    pub(crate) fn is_sealed(self) -> bool {
        match self {
            Self::Countersign | Self::Aegis | Self::TwoFas => true,
            Self::Google | Self::OtpauthList | Self::Sheet => false,
        }
    }

    /// What a file of it is called, before the time and the ending.
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Countersign => "countersign-export",
            Self::Aegis => "countersign-for-aegis",
            Self::TwoFas => "countersign-for-2fas",
            Self::Google => "countersign-for-google",
            Self::OtpauthList => "countersign-otpauth",
            Self::Sheet => "countersign-sheet",
        }
    }

    /// The ending of its files.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Countersign => "avlt",
            Self::Aegis => "json",
            Self::TwoFas => "2fas",
            Self::Google | Self::Sheet => "html",
            Self::OtpauthList => "txt",
        }
    }
}

/// What came of saving a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "type", content = "path", rename_all = "camelCase")]
pub enum SavedView {
    /// It is there.
    At(String),
    /// It is where the person chose, which only the phone knows.
    Chosen,
    /// The person chose no place: there is no file.
    NotSaved,
}

/// A file with accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportedView {
    /// What came of saving it.
    pub saved: SavedView,
    /// Accounts in it.
    pub accounts: u32,
    /// Accounts that are not in it.
    pub left_out: Vec<LeftOutView>,
}

/// An account that an export leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LeftOutView {
    /// The site or organisation.
    pub issuer: String,
    /// The user name there.
    pub account: String,
    /// Why.
    pub reason: LeftOut,
}

/// Why an export leaves an account out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LeftOut {
    /// It is a work or school account, whose keys never leave the device.
    Work,
    /// The format cannot say how its codes are made.
    Format,
}

/// What the list says about backup, until the person has dealt with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum BackupNotice {
    /// There are accounts, and backup is off.
    Off,
    /// The last backup failed, and the accounts have changed since the last good one.
    Failed,
    /// It is long since the backup was tested.
    Untested,
}

impl From<DeviceType> for backup::DeviceType {
    fn from(device_type: DeviceType) -> Self {
        match device_type {
            DeviceType::Android => Self::Android,
            DeviceType::Ios => Self::Ios,
            DeviceType::Desktop => Self::Desktop,
        }
    }
}

impl From<backup::DeviceType> for DeviceType {
    fn from(device_type: backup::DeviceType) -> Self {
        match device_type {
            backup::DeviceType::Android => Self::Android,
            backup::DeviceType::Ios => Self::Ios,
            backup::DeviceType::Desktop => Self::Desktop,
        }
    }
}

impl From<WhyLeftOut> for LeftOut {
    fn from(why: WhyLeftOut) -> Self {
        match why {
            WhyLeftOut::Work => Self::Work,
            WhyLeftOut::NotExpressible => Self::Format,
        }
    }
}
