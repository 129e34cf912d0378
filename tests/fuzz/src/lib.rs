//! What is fuzzed: a target for each parser of what other people and apps hand over. A target takes any bytes; it
//! must not panic, hang or take much memory, and what it reads must keep to the rules of the app.
//!
//! `.ci/fuzz` runs them under libFuzzer; `tests/replay.rs` runs them over the corpora and the fixtures.

mod checks;
pub mod corpus;
mod pictures;

use crypto_core::backup::import::{self, Format, ImportError, Input, Limits};
use crypto_core::backup::{self, DeviceType, Unlock};
use crypto_core::codes::{migration, otpauth};
use crypto_core::enroll::{self, Enrollment};
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::vault::SealedFile;

/// One parser, or several of one app that share most of what they do.
#[derive(Debug)]
pub struct Target {
    /// Its name, which is that of its corpus.
    pub name: &'static str,
    parser: Parser,
}

#[derive(Debug)]
enum Parser {
    /// Files of these formats; others are somebody else's.
    Import(&'static [Format]),
    /// Anything.
    Bytes(fn(&[u8]) -> bool),
}

impl Target {
    /// Runs it. Says whether the bytes were its own, or at least a try.
    pub fn run(&self, bytes: &[u8]) -> bool {
        match self.parser {
            Parser::Import(formats) => run_import(formats, bytes),
            Parser::Bytes(run) => run(bytes),
        }
    }

    /// Whether files of the fixtures are worth a try.
    pub fn takes_exports(&self) -> bool {
        matches!(self.parser, Parser::Import(_))
    }
}

const fn import(name: &'static str, formats: &'static [Format]) -> Target {
    Target { name, parser: Parser::Import(formats) }
}

const fn bytes(name: &'static str, run: fn(&[u8]) -> bool) -> Target {
    Target { name, parser: Parser::Bytes(run) }
}

/// All of them.
pub const TARGETS: &[Target] = &[
    bytes("text", text),
    bytes("qr-read", pictures::read),
    bytes("otpauth", uri),
    bytes("migration", transfer),
    bytes("backup", own_backup),
    bytes("backup-content", own_content),
    import("own-export", &[Format::Countersign]),
    import("lists", &[Format::OtpauthList, Format::OtpauthHtml, Format::GoogleMigration]),
    import("aegis", &[Format::AegisPlain, Format::AegisEncrypted]),
    import("2fas", &[Format::TwoFasPlain, Format::TwoFasEncrypted]),
    import("stratum", &[Format::StratumPlain, Format::StratumEncrypted, Format::StratumLegacy]),
    import("ente", &[Format::EntePlain, Format::EnteEncrypted]),
    import(
        "bitwarden",
        &[
            Format::BitwardenJson,
            Format::BitwardenCsv,
            Format::BitwardenProtected,
            Format::BitwardenRestricted,
            Format::BitwardenAuthenticator,
        ],
    ),
    import("proton", &[Format::ProtonPlain, Format::ProtonEncrypted]),
    import("lastpass", &[Format::LastPass]),
    import("raivo", &[Format::RaivoJson, Format::RaivoZip]),
    import("andotp", &[Format::AndOtp, Format::AndOtpEncrypted, Format::AndOtpOld, Format::AndOtpPgp]),
    import("freeotp", &[Format::FreeOtpBackup, Format::FreeOtpPlus, Format::FreeOtpSettings]),
    import("duo", &[Format::Duo]),
    import("steam", &[Format::Steam]),
    import("battle-net", &[Format::BattleNet]),
    import("totp-authenticator", &[Format::TotpAuthenticator, Format::TotpAuthenticatorInternal]),
    import("archives", &[Format::WinAuth, Format::AuthenticatorPlus]),
    import(
        "databases",
        &[
            Format::Microsoft,
            Format::GoogleDatabase,
            Format::StratumDatabase,
            Format::AuthenticatorPlusDatabase,
        ],
    ),
    import("privacyidea", &[Format::PrivacyIdea]),
    import("authy", &[Format::Authy]),
    import("keepass", &[Format::KeePass]),
];

/// What the sealed files of the fixtures open with.
const PASSWORDS: [&str; 2] = ["Lösenord 42", "korrekt häst 4711"];

/// As the app opens a file: first without a password, then with one if that is asked for.
fn run_import(formats: &[Format], bytes: &[u8]) -> bool {
    let Some(format) = import::format_of(bytes).filter(|format| formats.contains(format)) else {
        return false;
    };
    let read = |password: Option<&SecretText>| import::read(&Input { bytes, password, limits: LIMITS });
    let mut done = read(None);
    for password in PASSWORDS {
        let is_shut = matches!(done, Err(ImportError::PasswordNeeded { .. } | ImportError::WrongPassword));
        // Our own key takes as long as it is meant to, whatever the file says.
        if is_shut && format != Format::Countersign {
            done = read(Some(&SecretText::new(password.to_owned())));
            assert!(!matches!(done, Err(ImportError::PasswordNeeded { .. })), "it has one");
        }
    }
    if let Ok(import) = done {
        checks::check(import);
    }
    true
}

/// Whatever a person may scan, paste or follow.
fn text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    match enroll::read(text) {
        Ok(Enrollment::Account(account)) => checks::check_account(&account),
        Ok(Enrollment::Part(part)) => check_part(&part),
        Ok(Enrollment::Approval(_) | Enrollment::Approve(_) | Enrollment::Foreign(_)) | Err(_) => {}
    }
    true
}

/// The set-up text of one account.
fn uri(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if let Ok(account) = otpauth::parse(text) {
        checks::check_account(&account);
    }
    true
}

/// The message in a transfer code of Google Authenticator.
fn transfer(bytes: &[u8]) -> bool {
    if let Ok(part) = migration::parse(&corpus::transfer_text(bytes)) {
        check_part(&part);
    }
    true
}

fn check_part(part: &migration::MigrationPart) {
    assert!(part.index < part.size && part.size <= migration::MAX_PARTS);
    part.accounts.iter().flatten().for_each(checks::check_account);
}

/// A backup, with the recovery code that those of the corpus have.
fn own_backup(bytes: &[u8]) -> bool {
    if SealedFile::parse(bytes).is_err() {
        // Another first byte is no try at all.
        return bytes.starts_with(b"AVLT");
    }
    let _ = backup::summary(bytes);
    let code = corpus::recovery_code();
    if let Ok(contents) = backup::open(bytes, Unlock::RecoveryCode(&code), DeviceType::Desktop) {
        checks::check_contents(contents);
    }
    true
}

/// What is sealed in a backup. Whoever hands over a backup with its passphrase may have written anything.
fn own_content(bytes: &[u8]) -> bool {
    let Ok(entries) = backup::read_content(&SecretBytes::new(bytes.to_vec())) else {
        return bytes.starts_with(b"{");
    };
    entries.iter().for_each(checks::check_entry);
    true
}

/// How long a key takes is the file's to say within bounds, and is not what is looked for.
const LIMITS: Limits = if cfg!(fuzzing) { Limits { memory_mib: 1 } } else { Limits::PHONE };
