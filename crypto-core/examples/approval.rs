//! Says of approval messages whether they are accepted, by the functions that the app and the service call:
//! JSON lines in, one JSON line out for each.

use std::io;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::DecodePaddingMode};
use crypto_core::approval::answer::{self, AnswerRefused, Device, DeviceKeys, Outcome, Transaction};
use crypto_core::approval::challenge::{Answered, Issued, Registration};
use crypto_core::approval::proof::{self, Call};
use crypto_core::approval::rotation::ServicePin;
use crypto_core::approval::state::{DeviceState, TransactionState};
use crypto_core::approval::{AccountId, DeviceId, Limits, MatchNumber, Origin, Received, ScanSecret};
use crypto_core::seal::sign::PublicKey;
use crypto_core::time::UnixTime;
use serde::Deserialize;
use serde_json::{Value, json};

const HELP: &str = "\
Usage: approval < LINES

Each line is one of
  {\"op\":\"challenge\",\"jws\":\"…\",\"service_jwk\":{…},\"iss\":\"https://…\",\"aud\":\"dev_…\",\"sub\":\"acc_…\",\"now\":SECONDS}
  {\"op\":\"answer\",\"jws\":\"…\",\"uv_jwk\":{…},\"pop_jwk\":{…},\"challenge\":\"<its JWS>\",\"iss\":\"dev_…\",\"aud\":\"https://…\",\"sub\":\"acc_…\",\"number\":\"47\",\"scan\":\"…\",\"now\":SECONDS}
  {\"op\":\"proof\",\"jws\":\"…\",\"method\":\"POST\",\"url\":\"https://…\",\"nonce\":\"…\",\"body_b64\":\"…\"}
and gives one of
  {\"ok\":true,\"txn\":\"…\",\"match_len\":2,\"app\":\"Payroll\"}
  {\"ok\":true,\"decision\":\"approve\",\"match\":true}
  {\"ok\":true,\"jkt\":\"…\"}
`scan` is what the page's QR code holds, and may be missing. `app` is null if it is not known, `match` if nothing was approved; a wrong number is a message that is accepted,
with `match` false. What must not be accepted is
  {\"ok\":false,\"error\":\"…\"}
Exit code: 0 if every line is ok, 1 if one is not, 2 if it cannot read or write.";

#[expect(clippy::print_stdout, reason = "the output is what this program is for")]
fn main() -> ExitCode {
    if std::env::args().skip(1).any(|argument| argument == "--help" || argument == "-h") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match run(io::stdin().lock(), io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(_) => ExitCode::from(2),
    }
}

fn run(lines: impl io::BufRead, mut out: impl io::Write) -> io::Result<bool> {
    let mut all_ok = true;
    for line in lines.split(b'\n') {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = answered(&line).unwrap_or_else(|error| json!({ "ok": false, "error": error }));
        all_ok &= answer.get("ok") == Some(&Value::Bool(true));
        writeln!(out, "{answer}")?;
        // Whoever writes lines one by one waits for each answer.
        out.flush()?;
    }
    Ok(all_ok)
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Line {
    Challenge {
        jws: String,
        service_jwk: PublicKey,
        iss: String,
        aud: String,
        sub: String,
        now: u64,
    },
    Answer {
        jws: String,
        uv_jwk: PublicKey,
        pop_jwk: PublicKey,
        challenge: String,
        iss: String,
        aud: String,
        sub: String,
        number: String,
        #[serde(default)]
        scan: Option<String>,
        now: u64,
    },
    Proof {
        jws: String,
        method: String,
        url: String,
        nonce: String,
        #[serde(default)]
        body_b64: Option<String>,
    },
}

fn answered(line: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice(line).map_err(|_| "the line is not one of those that are known")? {
        Line::Challenge { jws, service_jwk, iss, aud, sub, now } => {
            let registration = Registration {
                issuer: Origin::parse(&iss).map_err(text)?,
                account: AccountId::try_from(sub.as_str()).map_err(text)?,
                device: DeviceId::try_from(aud.as_str()).map_err(text)?,
                // Only who asks is judged here, not who would answer.
                pop: service_jwk.thumbprint(),
                uv: None,
                service: ServicePin::new(service_jwk),
                answered: Answered::default(),
            };
            let verified =
                Received::new(jws).verify(&registration, UnixTime::from_secs(now)).map_err(text)?;
            Ok(json!({
                "ok": true,
                "txn": verified.transaction(),
                "match_len": verified.match_len(),
                "app": verified.context().app,
            }))
        }
        Line::Answer { jws, uv_jwk, pop_jwk, challenge, iss, aud, sub, number, scan, now } => {
            let issued = Issued::from_store(&challenge).map_err(text)?;
            if *issued.issuer() != Origin::parse(&aud).map_err(text)? {
                return Err(text(AnswerRefused::OtherService));
            }
            let device = Device {
                id: DeviceId::try_from(iss.as_str()).map_err(text)?,
                account: AccountId::try_from(sub.as_str()).map_err(text)?,
                state: DeviceState::Active,
                keys: DeviceKeys::new(pop_jwk, uv_jwk).ok_or("the two keys of a device are one")?,
            };
            let number = MatchNumber::parse(&number).map_err(text)?;
            let scan = scan.map(|scan| ScanSecret::parse(&scan).ok_or("the scanned secret is none"));
            let scan = scan.transpose()?;
            let state = TransactionState::Pending;
            let transaction = Transaction { issued: &issued, state, number: &number, scan: scan.as_ref() };
            let now = UnixTime::from_secs(now);
            let verdict =
                answer::check(jws.as_bytes(), &device, transaction, &Limits::default(), now).map_err(text)?;
            let (decision, matched) = match verdict.outcome {
                Outcome::Approved => ("approve", Some(true)),
                Outcome::Mismatch => ("approve", Some(false)),
                Outcome::Denied(_) => ("deny", None),
                Outcome::Reported(_) => ("report", None),
            };
            Ok(json!({ "ok": true, "decision": decision, "match": matched }))
        }
        Line::Proof { jws, method, url, nonce, body_b64 } => {
            let body = body_b64.map(|body| decoded(&body)).unwrap_or_else(|| Some(Vec::new()));
            let body = body.ok_or("the body is not Base64")?;
            let call = Call { method: &method, url: &url, body: &body };
            let proven = proof::check(jws.as_bytes(), call, |found| found == nonce).map_err(text)?;
            Ok(json!({ "ok": true, "jkt": proven.key.thumbprint() }))
        }
    }
}

/// Either alphabet, padded or not: what is hashed are the bytes.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&alphabet::STANDARD, &alphabet::URL_SAFE]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
