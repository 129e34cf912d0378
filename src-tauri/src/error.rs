//! The one error that crosses to the web view, and the one mapping into it.
//!
//! A [`Code`] is something the screen can say and the person can act on; its words live in
//! `ui/src/errors.ts`. Causes stay here: no text of a dependency and nothing a person typed goes across.

use crypto_core::approval::activation::BegunRefused;
use crypto_core::approval::grant::GrantRefused;
use crypto_core::approval::{LinkRefused, OriginRefused, ProblemCode};
use crypto_core::backup::SealError;
use crypto_core::backup::export::ExportError;
use crypto_core::codes::migration::MigrationError;
use crypto_core::codes::otpauth::OtpauthError;
use crypto_core::enroll::{BatchOther, EnrollError};
use crypto_core::vault::{self, SeriesError, SlotError, VaultError, WeakPassphrase};
use device::DeviceError;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::store::StoreError;

/// What went wrong, for the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CommandError {
    /// Which sentence to show.
    pub code: Code,
    /// The one thing that sentence names: a number, a character that is not allowed, the name of a method.
    pub detail: Option<String>,
}

/// The sentences there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Code {
    /// There is no text.
    Empty,
    /// The text is longer than a set-up code can be.
    TooLong,
    /// The text is no set-up code.
    NotACode,
    /// A set-up code of a kind that is not known; `detail` names it.
    UnknownType,
    /// The key is missing.
    KeyMissing,
    /// The key has a character that is not allowed; `detail` shows it.
    KeyCharacter,
    /// The key ends in the middle of a byte; a part is missing.
    KeyLength,
    /// The key is longer than 128 bytes.
    KeyTooLong,
    /// A part of the code is there twice; `detail` names it.
    Repeated,
    /// The number of digits is out of range; `detail` shows it.
    Digits,
    /// The period is out of range; `detail` shows it.
    Period,
    /// The counter is no number; `detail` shows it.
    Counter,
    /// The counter is missing.
    CounterMissing,
    /// The method is not known; `detail` names it.
    Algorithm,
    /// A name in the code cannot be read.
    Label,
    /// Mobile-OTP or Yandex without its PIN.
    PinMissing,
    /// The key does not fit the checksum in it.
    KeyChecksum,
    /// The codes of several that belong together are damaged.
    BatchDamaged,
    /// This code belongs to another series than the first.
    BatchOther,
    /// There is no code in the picture.
    NothingFound,
    /// The file is no picture that can be read.
    BadPicture,
    /// The picture is too large; `detail` has the limit in megapixels.
    PictureTooLarge,
    /// What was to be confirmed is not there any more.
    SessionGone,
    /// The list is full; `detail` has the limit.
    TooManyAccounts,
    /// A name is longer than can be kept; `detail` has the limit.
    NameTooLong,
    /// The account is not there any more.
    AccountGone,
    /// The app is locked.
    Locked,
    /// The passphrase does not open the vault.
    WrongPassphrase,
    /// The passphrase is too short; `detail` has the least number of characters.
    ShortPassphrase,
    /// The passphrase is one of those that are tried first.
    CommonPassphrase,
    /// No keystore answers.
    KeystoreMissing,
    /// The keystore is locked.
    KeystoreLocked,
    /// The keystore would not do it.
    KeystoreFailed,
    /// The vault could not be written; what was there is untouched.
    SaveFailed,
    /// There is no room on the disk; what was there is untouched.
    DiskFull,
    /// The code could not be copied.
    Clipboard,
    /// There is no camera, or another app has it.
    CameraUnavailable,
    /// This cannot be done on this screen.
    NotNow,
    /// The address is none of a service, or cannot be read.
    BadAddress,
    /// The address is not `https`.
    NotSecure,
    /// There is no sign-in service at this address.
    NoService,
    /// The answer came from, or points to, another place than the one that was asked.
    OtherService,
    /// The service speaks a version that this app does not know.
    OtherVersion,
    /// The service cannot be reached.
    Offline,
    /// The service asks to try again later; `detail` has the seconds, if it said.
    TryLater,
    /// The service's answer cannot be understood.
    BadAnswer,
    /// The service's key is not the one that the code names: something stands in between.
    OtherKey,
    /// The activation code is not complete, or mistyped.
    CodeIncomplete,
    /// The code was made for a newer app.
    CodeNewer,
    /// The service does not know this code.
    CodeUnknown,
    /// The code's time is over.
    CodeExpired,
    /// The code was already used.
    CodeUsed,
    /// The account has as many authenticators as it may have.
    DeviceLimit,
    /// The organisation wants keys whose place can be shown, and this device has none.
    AttestationRejected,
    /// The service wants a newer app.
    NeedsUpdate,
    /// The browser could not be opened.
    NoBrowser,
    /// The sign-in was refused on the page.
    SignInDenied,
    /// The time to sign in is over.
    SignInExpired,
    /// The service does not know this device any more; signing in again mends it.
    SignInAgain,
    /// The service has removed this device; its keys and codes are deleted, the name stays.
    DeviceRemoved,
    /// The device is suspended.
    DeviceSuspended,
    /// The request is not there any more.
    RequestGone,
    /// The number has another length than the page's; `detail` has the digits.
    NumberLength,
    /// The person did not pass, or closed, the device's own question.
    NotVerified,
    /// The device has no screen lock, which keys for the person need.
    NoScreenLock,
    /// The key of the app lock is gone while the app is open; only a backup outlives the next locking.
    LockKeyLost,
    /// A key of this account is gone from the keystore; signing in again mends it.
    SigningKeyLost,
    /// The password is not the one that another app's file was sealed with.
    WrongPassword,
    /// The recovery code does not open the backup.
    WrongRecoveryCode,
    /// The file is of no app that is known.
    FileUnknown,
    /// The file is not there, or may not be read.
    FileUnreadable,
    /// Bytes of the file are missing or were changed.
    FileDamaged,
    /// A newer version of its app wrote the file.
    FileNewer,
    /// The file is larger than any that is read; `detail` has the limit in megabytes.
    FileTooLarge,
    /// The file has more rows than are read at once; `detail` has the limit.
    FileTooManyRows,
    /// Opening the file needs more memory or time than is allowed.
    FileTooCostly,
    /// The file is the vault of another installation, which nothing but that one opens.
    FileIsVault,
    /// Only the account that it was exported from opens the file.
    AccountRestricted,
    /// Only the device it was made on opens the file.
    FileDeviceOnly,
    /// A row is of a kind that makes no codes here; `detail` names it.
    RowKind,
    /// A row has no key.
    RowNoKey,
    /// A row cannot be read.
    RowDamaged,
    /// A row's key can be opened only by the phone it was made on.
    RowSealed,
    /// One code of a transfer is missing; `detail` has its place and how many there are, as in `2/3`.
    RowPartMissing,
    /// The account is in the trash.
    RowInTrash,
    /// What was stored is not what was sealed: the backup cannot be trusted.
    BackupDamaged,
    /// The backup could not be written.
    BackupFailed,
    /// The folder for backups is not there, or cannot be written.
    BackupFolderGone,
    /// The backup would have no account in it, and the one that is there has.
    BackupWouldBeEmpty,
    /// The backup is in the cloud, and has not come to this phone yet.
    BackupAway,
    /// The backup is not there any more.
    BackupGone,
    /// There is no vault that accounts could come into yet.
    NeedsVaultFirst,
}

impl From<Code> for CommandError {
    fn from(code: Code) -> Self {
        Self { code, detail: None }
    }
}

impl From<OtpauthError> for CommandError {
    fn from(error: OtpauthError) -> Self {
        let code = match error {
            OtpauthError::TooLong => Code::TooLong,
            OtpauthError::NotACode => Code::NotACode,
            OtpauthError::UnknownType(_) => Code::UnknownType,
            OtpauthError::KeyMissing => Code::KeyMissing,
            OtpauthError::KeyCharacter(_) => Code::KeyCharacter,
            OtpauthError::KeyLength => Code::KeyLength,
            OtpauthError::KeyTooLong => Code::KeyTooLong,
            OtpauthError::Repeated(_) => Code::Repeated,
            OtpauthError::Digits(_) => Code::Digits,
            OtpauthError::Period(_) => Code::Period,
            OtpauthError::Counter(_) => Code::Counter,
            OtpauthError::CounterMissing => Code::CounterMissing,
            OtpauthError::Algorithm(_) => Code::Algorithm,
            OtpauthError::PinMissing => Code::PinMissing,
            OtpauthError::KeyChecksum => Code::KeyChecksum,
            OtpauthError::Label => Code::Label,
        };
        Self { code, detail: error.detail() }
    }
}

impl From<MigrationError> for CommandError {
    fn from(error: MigrationError) -> Self {
        match error {
            MigrationError::TooLong => Code::TooLong,
            MigrationError::NotACode => Code::NotACode,
            MigrationError::Damaged => Code::BatchDamaged,
        }
        .into()
    }
}

impl From<EnrollError> for CommandError {
    fn from(error: EnrollError) -> Self {
        match error {
            EnrollError::Empty => Code::Empty.into(),
            EnrollError::TooLong => Code::TooLong.into(),
            EnrollError::NotACode => Code::NotACode.into(),
            EnrollError::Otpauth(error) => error.into(),
            EnrollError::Migration(error) => error.into(),
            EnrollError::Activation(error) | EnrollError::Approve(error) => error.into(),
        }
    }
}

impl From<LinkRefused> for CommandError {
    fn from(error: LinkRefused) -> Self {
        match error {
            LinkRefused::NotSecure => Code::NotSecure,
            LinkRefused::NewerVersion => Code::CodeNewer,
            LinkRefused::Code | LinkRefused::Key | LinkRefused::Repeated => Code::CodeIncomplete,
            // The enum is open; what a later core refuses is an address that is none.
            LinkRefused::Malformed | _ => Code::BadAddress,
        }
        .into()
    }
}

impl From<OriginRefused> for CommandError {
    fn from(error: OriginRefused) -> Self {
        match error {
            OriginRefused::Malformed => Code::BadAddress,
            OriginRefused::NotSecure => Code::NotSecure,
        }
        .into()
    }
}

impl From<BegunRefused> for CommandError {
    fn from(error: BegunRefused) -> Self {
        match error {
            BegunRefused::Malformed => Code::BadAnswer,
            BegunRefused::OtherKey => Code::OtherKey,
        }
        .into()
    }
}

impl From<GrantRefused> for CommandError {
    fn from(error: GrantRefused) -> Self {
        match error {
            GrantRefused::Malformed => Code::BadAnswer,
            GrantRefused::OtherOrigin => Code::OtherService,
        }
        .into()
    }
}

impl From<ProblemCode> for Code {
    fn from(code: ProblemCode) -> Self {
        match code {
            ProblemCode::Malformed | ProblemCode::UvRequired | ProblemCode::DeviceNotActive => {
                Self::BadAnswer
            }
            ProblemCode::UnsupportedVersion => Self::OtherVersion,
            ProblemCode::BadProof | ProblemCode::BadSignature | ProblemCode::UnknownDevice => {
                Self::SignInAgain
            }
            ProblemCode::DeviceRevoked => Self::DeviceRemoved,
            ProblemCode::DeviceSuspended => Self::DeviceSuspended,
            ProblemCode::AttestationRejected => Self::AttestationRejected,
            ProblemCode::NotFound => Self::CodeUnknown,
            ProblemCode::CodeAlreadyClaimed => Self::CodeUsed,
            ProblemCode::LimitDevices => Self::DeviceLimit,
            ProblemCode::CodeExpired => Self::CodeExpired,
            ProblemCode::UpgradeRequired => Self::NeedsUpdate,
            ProblemCode::NumberMismatch | ProblemCode::AlreadyResolved | ProblemCode::Expired => {
                Self::RequestGone
            }
            ProblemCode::UseDpopNonce
            | ProblemCode::SlowDown
            | ProblemCode::TooManyPending
            | ProblemCode::PushLocked
            | ProblemCode::TryLater => Self::TryLater,
        }
    }
}

impl From<BatchOther> for CommandError {
    fn from(_: BatchOther) -> Self {
        Code::BatchOther.into()
    }
}

impl From<VaultError> for CommandError {
    fn from(error: VaultError) -> Self {
        let (code, limit) = match error {
            VaultError::NoSuchAccount => (Code::AccountGone, None),
            VaultError::Full => (Code::TooManyAccounts, Some(vault::MAX_ENTRIES)),
            VaultError::NameTooLong => (Code::NameTooLong, Some(vault::MAX_NAME)),
            VaultError::TooLarge => (Code::SaveFailed, None),
            VaultError::NotInTrash | VaultError::OtherVault | VaultError::NoWayToUnlock => {
                (Code::NotNow, None)
            }
        };
        Self { code, detail: limit.map(|limit| limit.to_string()) }
    }
}

impl From<WeakPassphrase> for CommandError {
    fn from(error: WeakPassphrase) -> Self {
        match error {
            WeakPassphrase::TooShort => {
                Self { code: Code::ShortPassphrase, detail: Some(vault::MIN_PASSPHRASE.to_string()) }
            }
            WeakPassphrase::Common => Code::CommonPassphrase.into(),
        }
    }
}

impl From<SlotError> for CommandError {
    fn from(error: SlotError) -> Self {
        match error {
            SlotError::Refused => Code::WrongPassphrase,
            SlotError::NoSlot | SlotError::Cost(_) => Code::NotNow,
        }
        .into()
    }
}

impl From<SeriesError> for CommandError {
    fn from(error: SeriesError) -> Self {
        match error {
            SeriesError::Passphrase(weak) => weak.into(),
            SeriesError::Cost(_) => Code::NotNow.into(),
        }
    }
}

impl From<SealError> for CommandError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Off => Code::NotNow,
            SealError::TooLarge => Code::BackupFailed,
        }
        .into()
    }
}

impl From<ExportError> for CommandError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Passphrase(weak) => weak.into(),
            ExportError::Cost(_) => Code::NotNow.into(),
            ExportError::TooLarge => Code::SaveFailed.into(),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull => Code::DiskFull,
            StoreError::NotAsWritten | StoreError::Disk(_) => Code::SaveFailed,
        }
        .into()
    }
}

impl From<DeviceError> for CommandError {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::KeystoreMissing => Code::KeystoreMissing,
            DeviceError::KeystoreLocked => Code::KeystoreLocked,
            DeviceError::CameraUnavailable => Code::CameraUnavailable,
            DeviceError::ClipboardUnavailable => Code::Clipboard,
            DeviceError::SigningKeyLost => Code::SigningKeyLost,
            DeviceError::NotVerified => Code::NotVerified,
            DeviceError::NoScreenLock => Code::NoScreenLock,
            DeviceError::KeyLost | DeviceError::KeystoreFailed => Code::KeystoreFailed,
        }
        .into()
    }
}
