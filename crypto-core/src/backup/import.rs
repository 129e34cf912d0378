//! Files of other authenticators. The format is found out, never asked for; every row comes out again,
//! read or refused with its name and the reason. Nothing here touches the vault.

mod aegis;
mod andotp;
mod archives;
mod authy;
mod battle_net;
mod bitwarden;
mod databases;
mod draft;
mod duo;
mod ente;
mod freeotp;
mod java;
mod keepass;
mod lastpass;
mod lenient;
mod lines;
mod otpauth_list;
mod own;
mod prefs;
mod privacy_idea;
mod proton;
mod raivo;
mod shape;
mod sqlite;
mod steam;
mod stratum;
mod totp_authenticator;
mod twofas;

use std::fmt;

use thiserror::Error;

use crate::codes::CodeAccount;
use crate::codes::otpauth::{OtpauthError, Shown, shown_name};
use crate::seal::foreign::ForeignError;
use crate::secret::SecretText;
use crate::vault::{Group, MAX_ENTRIES};

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
    /// What may be spent on turning the password into a key.
    pub limits: Limits,
}

impl<'a> Input<'a> {
    /// What the person typed; a reader that learns only from the file that it is sealed asks here.
    pub(super) fn typed(&self, format: Format) -> Result<&'a SecretText, ImportError> {
        self.password.ok_or(ImportError::PasswordNeeded { format })
    }
}

/// What a device can spend on one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory for a key, in MiB.
    pub memory_mib: u32,
}

impl Limits {
    /// An app that takes more may be ended by the system.
    pub const PHONE: Self = Self { memory_mib: 256 };
    /// Ente seals with 1 GiB where it is exported on a desktop; such a file opens on a desktop.
    pub const DESKTOP: Self = Self { memory_mib: 1024 };
}

/// What a file turned out to hold.
#[derive(Debug)]
pub struct Import {
    /// Which app wrote it, and how.
    pub format: Format,
    /// All of its rows, in its order.
    pub rows: Vec<Row>,
    /// How much else is in it that was never an account for codes: logins without a key, notes, cards.
    pub others: usize,
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
    /// The heading it stood under, where the app has the same ones; only this one does.
    pub group: Option<Group>,
}

/// A row that cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What it is called there, shortened and without characters that cannot be seen.
    pub name: String,
    /// Why it cannot be kept.
    pub reason: Reason,
}

impl Refused {
    /// Called by whichever of the two names there are.
    pub(super) fn new(issuer: &str, account: &str, reason: Reason) -> Self {
        // Cut before they are cleaned as well: a file decides how long they are.
        let cut = |name: &str| shown_name(&name.chars().take(4 * LONGEST_NAME).collect::<String>());
        let (issuer, account) = (cut(issuer), cut(account));
        let colon = if issuer.is_empty() || account.is_empty() { "" } else { ": " };
        let name = format!("{issuer}{colon}{account}").chars().take(LONGEST_NAME).collect();
        Self { name, reason }
    }
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
    /// It has no key.
    #[error("there is no key in it")]
    NoKey,
    /// It cannot be read.
    #[error("the row is damaged")]
    Damaged,
    /// Its key is sealed by the phone it was made on (Microsoft Authenticator).
    #[error("its key can be opened only by the phone it was made on")]
    Sealed,
    /// A transfer in several codes of which one is not there.
    #[error("code {number} of {of} of the transfer is missing; export it again")]
    PartMissing {
        /// Its place, from 1.
        number: u32,
        /// How many there are.
        of: u32,
    },
    /// It was never an account for codes; usually a login without two-step verification. [`read`] counts these.
    #[error("it is no account for codes")]
    NoAccount,
}

/// How one app writes its accounts.
#[derive(Clone, Copy)]
struct Vendor {
    format: Format,
    /// Whether the file is of this format. Quick, and without the password.
    is: fn(&[u8]) -> bool,
    /// Whether nothing can be said about it without a password; else `read` asks where it needs one, after it
    /// has seen whether the file could be opened at all.
    locked: bool,
    read: fn(&Input<'_>) -> Result<Vec<Row>, ImportError>,
}

/// Reads a file, whatever app wrote it.
pub fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    if input.bytes.len() > MAX_FILE {
        return Err(ImportError::TooLarge);
    }
    let text = lines::plain(input.bytes);
    let input = Input { bytes: &text, ..*input };
    let mut vendors = VENDORS.iter().filter(|vendor| (vendor.is)(input.bytes));
    let first = vendors.next().ok_or(ImportError::UnknownFormat)?;
    if first.locked {
        input.typed(first.format)?;
    }
    let (vendor, mut rows) = match (first.read)(&input) {
        // Sealed databases look like noise, and so do others.
        Err(ImportError::WrongPassword) if first.format == Format::AuthenticatorPlusDatabase => {
            let opened = |vendor: &'static Vendor| Some((vendor, (vendor.read)(&input).ok()?));
            vendors.find_map(opened).ok_or(ImportError::WrongPassword)?
        }
        read => (first, read?),
    };
    let all = rows.len();
    rows.retain(|row| !matches!(&row.content, Err(refused) if refused.reason == Reason::NoAccount));
    // Of our own there are as many as a vault holds.
    let most = if vendor.format == Format::Countersign { MAX_ENTRIES } else { MAX_ROWS };
    if rows.len() > most {
        return Err(ImportError::TooLarge);
    }
    Ok(Import { format: vendor.format, others: all - rows.len(), rows })
}

/// Which app wrote a file, as far as can be told without its password.
pub fn format_of(bytes: &[u8]) -> Option<Format> {
    let bytes = lines::plain(bytes);
    VENDORS.iter().find(|vendor| (vendor.is)(&bytes)).map(|vendor| vendor.format)
}

/// In the order in which they are tried: what says most about itself comes first.
const VENDORS: &[Vendor] = &[
    own::VENDOR,
    databases::MICROSOFT,
    databases::STRATUM,
    databases::GOOGLE,
    keepass::VENDOR,
    freeotp::BACKUP,
    stratum::STRONG,
    stratum::LEGACY,
    raivo::ZIP,
    archives::AUTHENTICATOR_PLUS,
    archives::WIN_AUTH,
    battle_net::VENDOR,
    authy::VENDOR,
    totp_authenticator::INTERNAL,
    freeotp::SETTINGS,
    aegis::ENCRYPTED,
    aegis::PLAIN,
    twofas::ENCRYPTED,
    twofas::PLAIN,
    stratum::PLAIN,
    ente::ENCRYPTED,
    proton::ENCRYPTED,
    proton::PLAIN,
    privacy_idea::VENDOR,
    bitwarden::RESTRICTED,
    bitwarden::PROTECTED,
    bitwarden::JSON,
    bitwarden::AUTHENTICATOR,
    bitwarden::CSV,
    lastpass::PLAIN,
    raivo::JSON,
    freeotp::PLUS,
    duo::VENDOR,
    steam::VENDOR,
    andotp::PLAIN,
    otpauth_list::HTML,
    ente::PLAIN,
    otpauth_list::MIGRATION,
    otpauth_list::LIST,
    totp_authenticator::BACKUP,
    databases::AUTHENTICATOR_PLUS,
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
    /// An export of this app, sealed by a passphrase.
    Countersign = "countersign-export",
    /// Lines of `otpauth:` texts.
    OtpauthList = "otpauth-list",
    /// A page with `otpauth:` texts: Stratum's, and others'.
    OtpauthHtml = "otpauth-html",
    /// Google Authenticator's transfer codes as text.
    GoogleMigration = "google-migration",
    /// Aegis.
    AegisPlain = "aegis-plain",
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
    /// Authenticator Plus's database, sealed by a password.
    AuthenticatorPlusDatabase = "authenticator-plus-database",
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
    /// 2FAS.
    TwoFasPlain = "2fas-plain",
    /// 2FAS, sealed by a password.
    TwoFasEncrypted = "2fas-encrypted",
    /// Stratum, formerly Authenticator Pro.
    StratumPlain = "stratum-plain",
    /// Stratum, sealed by a password.
    StratumEncrypted = "stratum-encrypted",
    /// Authenticator Pro, sealed by a password in its old way.
    StratumLegacy = "stratum-encrypted-legacy",
    /// Ente Auth.
    EntePlain = "ente-plain",
    /// Ente Auth, sealed by a password.
    EnteEncrypted = "ente-encrypted",
    /// Bitwarden's password manager.
    BitwardenJson = "bitwarden-json",
    /// Bitwarden's password manager, as a table.
    BitwardenCsv = "bitwarden-csv",
    /// Bitwarden's password manager, sealed by a password.
    BitwardenProtected = "bitwarden-password-protected",
    /// Bitwarden's password manager, sealed by the key of an account.
    BitwardenRestricted = "bitwarden-account-restricted",
    /// Bitwarden Authenticator.
    BitwardenAuthenticator = "bitwarden-authenticator",
    /// privacyIDEA Authenticator, sealed by a password.
    PrivacyIdea = "privacyidea",
    /// Proton Authenticator.
    ProtonPlain = "proton-plain",
    /// Proton Authenticator, sealed by a password.
    ProtonEncrypted = "proton-encrypted",
    /// LastPass Authenticator.
    LastPass = "lastpass",
    /// Raivo.
    RaivoJson = "raivo-json",
    /// Raivo, in its archive.
    RaivoZip = "raivo-zip",
}

impl Format {
    /// The app's name, as its makers write it. Names of formats begin with that of their app.
    pub fn app(self) -> &'static str {
        let name = self.name();
        let found = APPS.iter().find(|(start, _)| name.starts_with(start));
        found.map_or("otpauth", |(_, app)| app)
    }
}

/// Longer beginnings before shorter ones.
const APPS: &[(&str, &str)] = &[
    ("2fas", "2FAS"),
    ("aegis", "Aegis"),
    ("andotp", "andOTP"),
    ("authenticator-plus", "Authenticator Plus"),
    ("authy", "Authy"),
    ("battle-net", "Battle.net"),
    ("bitwarden-authenticator", "Bitwarden Authenticator"),
    ("bitwarden", "Bitwarden"),
    ("countersign", "Countersign"),
    ("duo", "Duo Mobile"),
    ("ente", "Ente Auth"),
    ("freeotp-plus", "FreeOTP+"),
    ("freeotp", "FreeOTP"),
    ("google", "Google Authenticator"),
    ("keepass", "KeePass"),
    ("lastpass", "LastPass Authenticator"),
    ("microsoft", "Microsoft Authenticator"),
    ("privacyidea", "privacyIDEA Authenticator"),
    ("proton", "Proton Authenticator"),
    ("raivo", "Raivo"),
    ("steam", "Steam"),
    ("stratum", "Stratum"),
    ("totp-authenticator", "TOTP Authenticator"),
    ("winauth", "WinAuth"),
];

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
    /// The password is not the one it was sealed with. Where a format has nothing to tell them apart by, it may
    /// be damaged.
    #[error("the password is not the one this was sealed with")]
    WrongPassword,
    /// Only the account it was made from can open it (Bitwarden).
    #[error("only the account it was exported from can open this file; export it again with a password")]
    AccountRestricted,
    /// Only the device it was made on can open it; usually Aegis with a fingerprint and no password.
    #[error("only the device it was made on can open this file; export it again with a password")]
    DeviceOnly,
    /// A version of the format that is not known.
    #[error("a version of the format that is not known")]
    UnsupportedVersion,
    /// Bytes are missing or were changed.
    #[error("the file is damaged")]
    Corrupt,
    /// It asks for more memory or time than is given to a file; usually made on a desktop, which can open it.
    #[error("opening the file needs more memory or time than is allowed here; a desktop may be able to")]
    TooCostly,
    /// Larger than [`MAX_FILE`], or more than [`MAX_ROWS`] rows.
    #[error("the file is too large")]
    TooLarge,
}

impl From<ForeignError> for ImportError {
    /// For what is opened with a password straight from the person.
    fn from(error: ForeignError) -> Self {
        match error {
            ForeignError::Refused => Self::WrongPassword,
            ForeignError::TooCostly => Self::TooCostly,
            ForeignError::OutOfRange => Self::Corrupt,
        }
    }
}

/// In characters.
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests;
