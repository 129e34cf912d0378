//! Files of other authenticators. The format is found out, never asked for; every row comes out again,
//! read or refused with its name and the reason. Nothing here touches the vault.

mod andotp;
mod archives;
mod authy;
mod battle_net;
mod databases;
mod draft;
mod duo;
mod freeotp;
mod java;
mod keepass;
mod loose;
mod prefs;
mod sqlite;
mod steam;
mod totp_authenticator;

use std::fmt;

use thiserror::Error;

use crate::codes::CodeAccount;
use crate::codes::otpauth::{OtpauthError, Shown};
use crate::secret::SecretText;

/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 8 * 1024 * 1024;
/// The most rows that are read from one file.
pub const MAX_ROWS: usize = 2000;

/// A file that somebody wants to import.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// What is in it.
    pub bytes: &'a [u8],
    /// What the person typed to open it, if they were asked.
    pub password: Option<&'a SecretText>,
}

/// What a file turned out to hold.
#[derive(Debug)]
pub struct Import {
    /// Which app wrote it, and how.
    pub format: Format,
    /// All of its rows, in its order.
    pub rows: Vec<Row>,
}

/// One row of a file.
#[derive(Debug)]
pub struct Row {
    /// Its place in the file, from 1.
    pub number: usize,
    /// The account, or why there is none.
    pub content: Result<Imported, Refused>,
}

/// An account as another app kept it.
#[derive(Debug)]
pub struct Imported {
    /// The account itself.
    pub account: CodeAccount,
    /// The person's note.
    pub note: String,
}

/// A row that cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What it is called there, shortened and without characters that cannot be seen.
    pub name: String,
    /// Why it cannot be kept.
    pub reason: Reason,
}

/// Why a row cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// What it says about codes cannot be kept.
    #[error(transparent)]
    Code(#[from] OtpauthError),
    /// It is of a kind that makes no codes here.
    #[error("codes of this kind are not made here{}", .0.after())]
    Kind(Shown),
    /// It has no key; usually a login without two-step verification.
    #[error("there is no key in it")]
    NoKey,
    /// It cannot be read.
    #[error("the row is damaged")]
    Damaged,
    /// Its key is sealed by the phone it was made on (Microsoft Authenticator).
    #[error("its key can be opened only by the phone it was made on")]
    Sealed,
}

/// How one app writes its accounts.
#[derive(Clone, Copy)]
struct Vendor {
    format: Format,
    /// Whether the file is of this format. Quick, and without the password.
    is: fn(&[u8]) -> bool,
    /// Whether it takes a password.
    locked: bool,
    read: fn(&Input<'_>) -> Result<Vec<Row>, ImportError>,
}

/// Reads a file, whatever app wrote it.
pub fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    if input.bytes.len() > MAX_FILE {
        return Err(ImportError::TooLarge);
    }
    let vendor = VENDORS.iter().find(|vendor| (vendor.is)(input.bytes)).ok_or(ImportError::UnknownFormat)?;
    if vendor.locked && input.password.is_none() {
        return Err(ImportError::PasswordNeeded { format: vendor.format });
    }
    let rows = (vendor.read)(input)?;
    if rows.len() > MAX_ROWS {
        return Err(ImportError::TooLarge);
    }
    Ok(Import { format: vendor.format, rows })
}

/// In the order in which they are tried: what says most about itself comes first.
const VENDORS: &[Vendor] = &[
    databases::MICROSOFT,
    databases::STRATUM,
    databases::GOOGLE,
    keepass::VENDOR,
    freeotp::BACKUP,
    archives::AUTHENTICATOR_PLUS,
    archives::WIN_AUTH,
    battle_net::VENDOR,
    authy::VENDOR,
    totp_authenticator::INTERNAL,
    freeotp::SETTINGS,
    freeotp::PLUS,
    duo::VENDOR,
    steam::VENDOR,
    andotp::PLAIN,
    totp_authenticator::BACKUP,
    andotp::PGP,
    andotp::ENCRYPTED,
    // Anything that looks like noise may be this.
    andotp::OLD,
];

/// Declares the formats with the names they have in output.
macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// Which app wrote a file, and how.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Format { $($(#[$doc])* $name,)+ }

        impl Format {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in output.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

formats! {
    /// Lines of `otpauth:` texts.
    OtpauthList = "otpauth-list",
    /// Aegis, sealed by a password.
    AegisEncrypted = "aegis-encrypted",
    /// andOTP, plain.
    AndOtp = "andotp-plain",
    /// andOTP, sealed by a password.
    AndOtpEncrypted = "andotp-encrypted",
    /// andOTP before version 0.6.3, sealed by a password.
    AndOtpOld = "andotp-encrypted-old",
    /// andOTP, sealed for a key of OpenPGP.
    AndOtpPgp = "andotp-openpgp",
    /// Authenticator Plus, usually sealed by a password.
    AuthenticatorPlus = "authenticator-plus",
    /// Authy's settings, some keys of which may be sealed.
    Authy = "authy",
    /// Battle.net's settings.
    BattleNet = "battle-net",
    /// Duo Mobile.
    Duo = "duo",
    /// FreeOTP 2, sealed by a password.
    FreeOtpBackup = "freeotp-encrypted",
    /// FreeOTP+, in JSON.
    FreeOtpPlus = "freeotp-plus",
    /// The settings of FreeOTP 1 and FreeOTP+.
    FreeOtpSettings = "freeotp-settings",
    /// Google Authenticator's database.
    GoogleDatabase = "google-authenticator-database",
    /// KeePass, version 4 of the format.
    KeePass = "keepass",
    /// Microsoft Authenticator's database.
    Microsoft = "microsoft-authenticator-database",
    /// Steam's own file of an account.
    Steam = "steam",
    /// Stratum's database.
    StratumDatabase = "stratum-database",
    /// TOTP Authenticator's backup.
    TotpAuthenticator = "totp-authenticator",
    /// TOTP Authenticator's settings.
    TotpAuthenticatorInternal = "totp-authenticator-settings",
    /// WinAuth, packed.
    WinAuth = "winauth-zip",
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a file cannot be imported. Nothing of it was taken then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ImportError {
    /// It is of no format that is known.
    #[error("no authenticator's file format is recognised")]
    UnknownFormat,
    /// It is sealed; the person has to be asked.
    #[error("the file is sealed by a password")]
    PasswordNeeded {
        /// What it is.
        format: Format,
    },
    /// The password is not the one it was sealed with.
    #[error("the password is not the one this was sealed with")]
    WrongPassword,
    /// Only the account it was made from can open it (Bitwarden).
    #[error("only the account it was exported from can open this file")]
    AccountRestricted,
    /// A version of the format that is not known.
    #[error("a version of the format that is not known")]
    UnsupportedVersion,
    /// Bytes are missing or were changed.
    #[error("the file is damaged")]
    Corrupt,
    /// It asks for more memory or time than is given to a file.
    #[error("opening the file needs more memory or time than is allowed")]
    TooCostly,
    /// Larger than [`MAX_FILE`], or more than [`MAX_ROWS`] rows.
    #[error("the file is too large")]
    TooLarge,
}

#[cfg(test)]
mod tests;
