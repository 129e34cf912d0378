//! Prints what set-up texts say and which code they give at a time, one line of JSON for each account.

use std::process::ExitCode;

use crypto_core::codes::{CodeAccount, Mover};
use crypto_core::enroll::{self, Enrollment, Foreign};
use crypto_core::time::UnixTime;
use serde_json::{Value, json};

const HELP: &str = "\
Usage: otpauth --at UNIXTIME URI…

Prints one line for each account; a transfer of Google Authenticator has several:
  {\"ok\":true,\"kind\":\"totp\",\"issuer\":\"\",\"account\":\"\",\"algorithm\":\"SHA1\",\"digits\":6,\"period\":30,\"counter\":null,\"code\":\"…\"}
`kind` is totp, hotp, steam, motp or yandex; `period` is null for hotp, `counter` for the others. What cannot be used is
  {\"ok\":false,\"error\":\"…\"}
Exit code: 0 if every line is ok, 1 if one is not, 2 if the arguments are wrong.
The output shows codes: use it with keys made for testing.";

#[expect(clippy::print_stdout, reason = "the output is what this program is for")]
#[expect(clippy::print_stderr, reason = "how to use it is no output")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let Some((now, texts)) = parsed(&arguments) else {
        eprintln!("{HELP}");
        return ExitCode::from(2);
    };
    let mut code = ExitCode::SUCCESS;
    for line in texts.iter().flat_map(|text| lines(text, now)) {
        if line.get("ok") != Some(&Value::Bool(true)) {
            code = ExitCode::FAILURE;
        }
        println!("{line}");
    }
    code
}

/// The time and the texts, in any order.
fn parsed(arguments: &[String]) -> Option<(UnixTime, Vec<&str>)> {
    let mut now = None;
    let mut texts = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--at" => now = Some(UnixTime::from_secs(arguments.next()?.parse().ok()?)),
            text => texts.push(text),
        }
    }
    Some((now?, texts)).filter(|(_, texts)| !texts.is_empty())
}

fn lines(text: &str, now: UnixTime) -> Vec<Value> {
    match enroll::read(text) {
        Ok(Enrollment::Account(account)) => vec![line(&account, now)],
        Ok(Enrollment::Part(part)) => part
            .accounts
            .iter()
            .map(|row| match row {
                Ok(account) => line(account, now),
                Err(refused) => error(&format!("{}: {}", refused.name, refused.reason)),
            })
            .collect(),
        Ok(Enrollment::Approval(_)) => {
            vec![error("the code is for a work or school account, which is activated and has no key in it")]
        }
        Ok(Enrollment::Approve(_)) => {
            vec![error("the code is for approving one sign-in, and has no key in it")]
        }
        Ok(Enrollment::Foreign(foreign)) => vec![error(explained(foreign))],
        Err(reason) => vec![error(&reason.to_string())],
    }
}

fn line(entry: &CodeAccount, now: UnixTime) -> Value {
    let CodeAccount { issuer, account, spec, .. } = entry;
    let counter = match spec.mover {
        Mover::Counter { counter } => Some(counter),
        Mover::Time { .. } | Mover::Steam { .. } | Mover::Motp { .. } | Mover::Yandex { .. } => None,
    };
    json!({
        "ok": true,
        "kind": spec.mover.kind(),
        "issuer": issuer,
        "account": account,
        "algorithm": spec.hash_name(),
        "digits": spec.digits.count(),
        "period": spec.mover.period().map(|period| period.secs()),
        "counter": counter,
        "code": spec.at(entry, now).current.as_str(),
    })
}

fn error(sentence: &str) -> Value {
    json!({ "ok": false, "error": sentence })
}

fn explained(foreign: Foreign) -> &'static str {
    match foreign {
        Foreign::MicrosoftWork => {
            "the code is for a work account of Microsoft Authenticator; ask the site for another app"
        }
        Foreign::MicrosoftPersonal => {
            "the code is for a personal account of Microsoft Authenticator; ask the site for another app"
        }
        Foreign::Passkey => "the code is for a passkey on another device, not for codes",
        Foreign::PrivacyIdeaPush => "the code is for a push token of privacyIDEA",
        Foreign::PrivacyIdeaContainer => "the code is for a container of privacyIDEA",
        Foreign::WebAddress => "the code is a web address and nothing more",
    }
}
