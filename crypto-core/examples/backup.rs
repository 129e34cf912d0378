//! Opens a backup and prints what would come back, or makes one of set-up texts. Nothing is restored.

use std::io::Read as _;
use std::process::ExitCode;

use crypto_core::backup::{self, BackupError, Contents, DeviceType, Unlock};
use crypto_core::codes::otpauth;
use crypto_core::seal::PassphraseCost;
use crypto_core::secret::SecretText;
use crypto_core::time::UnixTime;
use crypto_core::vault::{Group, Save, Series, Vault, Work, wrap_with_key};
use rand_core::{OsRng, TryRngCore as _};
use serde_json::{Value, json};

const HELP: &str = "\
Usage: backup open --device-type TYPE (--passphrase P | --recovery-code C) FILE
       backup make --device-type TYPE [--passphrase P] --at UNIXTIME FILE

TYPE is android, ios or desktop. `open` prints
  {\"entries\":[{\"kind\":\"totp\",\"issuer\":\"\",\"account\":\"\"}],\"sign_in_again\":[{\"issuer\":\"\",\"account\":\"\"}],\"generation\":7,\"created_at\":1790000000}
or, with exit code 2,
  {\"error\":\"wrong_passphrase|damaged|other_device_type|unsupported_version|too_costly|unknown_format\"}
`make` reads otpauth: texts from its input, one a line, and `work:ORGANISATION:NAME` for accounts that approve. It
writes FILE and prints {\"recovery_code\":\"…\"}; or {\"error\":\"…\"} with exit code 2.
Exit code 1: the arguments are wrong, or a file cannot be read or written.
Arguments are seen by everybody on this computer: use it with passphrases made for testing.";

#[expect(clippy::print_stdout, reason = "the output is what this program is for")]
#[expect(clippy::print_stderr, reason = "how to use it is no output")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match Arguments::read(&arguments).ok_or(Stop::Usage).and_then(|arguments| arguments.run()) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(Stop::Refused(error)) => {
            println!("{}", json!({ "error": error }));
            ExitCode::from(2)
        }
        Err(Stop::File(error)) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        Err(Stop::Usage) => {
            eprintln!("{HELP}");
            ExitCode::FAILURE
        }
    }
}

enum Stop {
    Usage,
    File(std::io::Error),
    Refused(&'static str),
}

struct Arguments {
    make: bool,
    device_type: DeviceType,
    passphrase: Option<SecretText>,
    recovery_code: Option<SecretText>,
    at: Option<UnixTime>,
    file: String,
}

impl Arguments {
    fn read(arguments: &[String]) -> Option<Self> {
        let (command, rest) = arguments.split_first()?;
        let make = match command.as_str() {
            "open" => false,
            "make" => true,
            _ => return None,
        };
        let (mut device_type, mut passphrase, mut recovery_code, mut at, mut file) =
            (None, None, None, None, None);
        let mut rest = rest.iter();
        while let Some(argument) = rest.next() {
            let twice = match argument.as_str() {
                "--device-type" => device_type.replace(DeviceType::named(rest.next()?)?).is_some(),
                "--passphrase" => passphrase.replace(SecretText::new(rest.next()?.clone())).is_some(),
                "--recovery-code" => recovery_code.replace(SecretText::new(rest.next()?.clone())).is_some(),
                "--at" => at.replace(UnixTime::from_secs(rest.next()?.parse().ok()?)).is_some(),
                path => file.replace(path.to_owned()).is_some(),
            };
            if twice {
                return None;
            }
        }
        Some(Self { make, device_type: device_type?, passphrase, recovery_code, at, file: file? })
    }

    fn run(&self) -> Result<Value, Stop> {
        if self.make { self.make() } else { self.open() }
    }

    fn open(&self) -> Result<Value, Stop> {
        let by = match (&self.passphrase, &self.recovery_code) {
            (Some(passphrase), None) => Unlock::Passphrase(passphrase),
            (None, Some(code)) => Unlock::RecoveryCode(code),
            (Some(_), Some(_)) | (None, None) => return Err(Stop::Usage),
        };
        let bytes = std::fs::read(&self.file).map_err(Stop::File)?;
        let contents =
            backup::open(&bytes, by, self.device_type).map_err(|error| Stop::Refused(name(error)))?;
        Ok(described(&contents))
    }

    fn make(&self) -> Result<Value, Stop> {
        let now = self.at.ok_or(Stop::Usage)?;
        let rng = &mut OsRng.unwrap_err();
        let mut vault = Vault::make(now, rng);
        let mut texts = String::new();
        std::io::stdin().read_to_string(&mut texts).map_err(Stop::File)?;
        for text in texts.lines().filter(|line| !line.trim().is_empty()) {
            let added = match text.strip_prefix("work:").and_then(|names| names.split_once(':')) {
                Some((organisation, name)) => {
                    let names = (organisation.to_owned(), name.to_owned());
                    vault.add_work(names, Work::name_only(None), now, rng)
                }
                None => {
                    let account = otpauth::parse(text).map_err(|_| Stop::Refused("not_a_code"))?;
                    vault.add(account, Group::Other, now, rng)
                }
            };
            added.map_err(|_| Stop::Refused("not_kept"))?;
        }
        let passphrase = self.passphrase.as_ref().map(|passphrase| (passphrase, PassphraseCost::DEFAULT));
        let (series, code) =
            Series::make(passphrase, rng).map_err(|_| Stop::Refused("passphrase_too_weak"))?;
        vault.turn_backup_on(series);
        // As the app does: the vault first, then its backup.
        let generation = saved(&mut vault, rng).map_err(|()| Stop::Refused("not_kept"))?.generation;
        vault.saved(generation);
        let sealed =
            backup::seal(&vault, self.device_type, now, rng).map_err(|_| Stop::Refused("too_large"))?;
        std::fs::write(&self.file, &sealed.bytes).map_err(Stop::File)?;
        let read_back = std::fs::read(&self.file).map_err(Stop::File)?;
        let series = vault.backup().expect("backups were turned on above");
        sealed.verify(&read_back, series).map_err(|_| Stop::Refused("not_as_written"))?;
        // expose: the person writes it down.
        Ok(json!({ "recovery_code": code.grouped().expose() }))
    }
}

/// A vault under a key that nobody keeps: only its backup is wanted.
fn saved(vault: &mut Vault, rng: &mut dyn rand_core::CryptoRng) -> Result<Save, ()> {
    let by = crypto_core::seal::make_key(rng);
    let wrapped: Result<(), ()> =
        vault.protect_by_keystore(rng, |wrapping, key| Ok(wrap_with_key(&by, wrapping, key)));
    wrapped?;
    vault.seal(rng).map_err(|_| ())
}

fn described(contents: &Contents) -> Value {
    let (again, entries): (Vec<_>, Vec<_>) =
        contents.entries().iter().partition(|entry| entry.work().is_some());
    let entries: Vec<Value> = entries
        .iter()
        .map(|entry| json!({ "kind": entry.kind(), "issuer": entry.issuer, "account": entry.account }))
        .collect();
    let again: Vec<Value> = again
        .iter()
        .map(|entry| {
            let origin = entry.work().and_then(|work| work.issuer.as_ref());
            let issuer = origin.map_or(entry.issuer.as_str(), |origin| origin.as_str());
            json!({ "issuer": issuer, "account": entry.account })
        })
        .collect();
    json!({
        "entries": entries,
        "sign_in_again": again,
        "generation": contents.summary.generation,
        "created_at": contents.summary.created_at.secs(),
    })
}

fn name(error: BackupError) -> &'static str {
    match error {
        BackupError::UnknownFormat | BackupError::NotABackup => "unknown_format",
        BackupError::NewerVersion => "unsupported_version",
        BackupError::WrongPassphrase | BackupError::NoSuchSlot => "wrong_passphrase",
        BackupError::OtherDeviceType { .. } => "other_device_type",
        BackupError::TooCostly => "too_costly",
        BackupError::Damaged => "damaged",
    }
}
