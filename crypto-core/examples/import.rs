//! Prints what another app's export holds and which codes it gives at a time, as one object of JSON.

use std::process::ExitCode;

use crypto_core::backup::import::{self, Import, ImportError, Imported, Input, Limits};
use crypto_core::codes::{CodeAccount, Mover};
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use serde_json::{Value, json};

const HELP: &str = "\
Usage: import [--password P] --at UNIXTIME FILE

Prints what FILE, an export of another authenticator, holds:
  {\"format\":\"aegis-encrypted\",\"entries\":[{\"kind\":\"totp\",\"issuer\":\"\",\"account\":\"\",\"algorithm\":\"SHA1\",
   \"digits\":6,\"period\":30,\"counter\":null,\"code\":\"…\"}],\"refused\":[{\"row\":3,\"name\":\"…\",\"reason\":\"…\"}],\"total\":7}
`kind` is totp, hotp, steam, motp or yandex; `period` is null for hotp, `counter` for the others. `total` counts entries and
refused rows. Exit code 0, also with refused rows. What cannot be read is
  {\"error\":\"wrong_password|unknown_format|account_restricted|unsupported_version|corrupt\"}
with a sentence on standard error and exit code 2.
The output shows codes: use it with keys made for testing.";

#[expect(clippy::print_stdout, reason = "the output is what this program is for")]
#[expect(clippy::print_stderr, reason = "sentences for people are no output")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let Some(Arguments { now, password, file }) = parsed(arguments) else {
        eprintln!("{HELP}");
        return ExitCode::from(2);
    };
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("{file}: {error}");
            return ExitCode::from(2);
        }
    };
    match import::read(&Input { bytes: &bytes, password: password.as_ref(), limits: Limits::DESKTOP }) {
        Ok(import) => {
            if import.others > 0 {
                eprintln!("{} more in the file are no accounts for codes", import.others);
            }
            println!("{}", shown(&import, now));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            println!("{}", json!({ "error": word(error) }));
            ExitCode::from(2)
        }
    }
}

struct Arguments {
    now: UnixTime,
    password: Option<SecretText>,
    file: String,
}

/// In any order.
fn parsed(arguments: Vec<String>) -> Option<Arguments> {
    let (mut now, mut password, mut file) = (None, None, None);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--at" => now = Some(UnixTime::from_secs(arguments.next()?.parse().ok()?)),
            "--password" => password = Some(SecretText::new(arguments.next()?)),
            _ if file.is_none() => file = Some(argument),
            _ => return None,
        }
    }
    Some(Arguments { now: now?, password, file: file? })
}

fn shown(import: &Import, now: UnixTime) -> Value {
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for row in &import.rows {
        match &row.content {
            Ok(Imported { account, .. }) => entries.push(entry(account, now)),
            Err(why) => {
                refused.push(json!({ "row": row.number, "name": why.name, "reason": why.reason.to_string() }))
            }
        }
    }
    json!({ "format": import.format.name(), "entries": entries, "refused": refused, "total": import.rows.len() })
}

fn entry(account: &CodeAccount, now: UnixTime) -> Value {
    let CodeAccount { issuer, account: name, spec, .. } = account;
    let counter = match spec.mover {
        Mover::Counter { counter } => Some(counter),
        Mover::Time { .. } | Mover::Steam { .. } | Mover::Motp { .. } | Mover::Yandex { .. } => None,
    };
    json!({
        "kind": spec.mover.kind(),
        "issuer": issuer,
        "account": name,
        "algorithm": spec.hash_name(),
        "digits": spec.digits.count(),
        "period": spec.mover.period().map(|period| period.secs()),
        "counter": counter,
        "code": spec.at(account, now).current.as_str(),
    })
}

fn word(error: ImportError) -> &'static str {
    match error {
        ImportError::UnknownFormat => "unknown_format",
        // Without a password none is right.
        ImportError::PasswordNeeded { .. } | ImportError::WrongPassword => "wrong_password",
        ImportError::AccountRestricted | ImportError::DeviceOnly => "account_restricted",
        ImportError::UnsupportedVersion => "unsupported_version",
        // No app writes one that is too large or too costly for a desktop.
        ImportError::Corrupt | ImportError::TooCostly | ImportError::TooLarge => "corrupt",
    }
}
