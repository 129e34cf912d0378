//! How long a wrong password and a wrong pass take for somebody and for nobody (S-25): 2,000 calls of each,
//! in turns, and the probability of such ranks if neither tends to be longer (Mann and Whitney). That both are
//! the same work is held by tests; what the machine makes of it is to be looked at:
//!
//!     cargo bench -p sign-in --bench nobody
//!
//! A p below 0.01 on a quiet machine, again and again, is a leak.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crypto_core::approval::Origin;
use crypto_core::secret::{SecretBytes, SecretText};
use crypto_core::time::UnixTime;
use sign_in::accounts::{NewUser, Role};
use sign_in::config::Config;
use sign_in::deliver::Outbox;
use sign_in::passes::NewPass;
use sign_in::store::Store;
use sign_in::visitor::Visitor;
use sign_in::wake::Wake;
use sign_in::{Parts, Service};

const CALLS: u64 = 2_000;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let clock = Arc::new(AtomicU64::new(1_790_000_000));
    let service = service(&folder.path().join("bench.db").display().to_string(), &clock).await;
    let organisation = service.add_organisation("Contoso").await.expect("is made");
    let new = NewUser {
        organisation,
        user_name: "maria".to_owned(),
        display_name: "Maria".to_owned(),
        email: None,
        role: Role::User,
        password: SecretText::new("correct horse battery".to_owned()),
    };
    let maria = service.add_user(new, "cli").await.expect("is made");
    let wrong = SecretText::new("a wrong password".to_owned());
    let mut passwords = [Vec::new(), Vec::new()];
    let mut passes = [Vec::new(), Vec::new()];
    for number in 0..CALLS {
        // Half an hour later and from somewhere else, so that no limit is reached.
        clock.fetch_add(1800, Ordering::Relaxed);
        if number % 4 == 0 {
            let new = NewPass { starts_at: service.now(), secs: 30 * 86_400, once: true };
            service.issue_pass(None, &maria.id, new).await.expect("is issued");
        }
        // Neither is always the first.
        let order = if number % 2 == 0 { [0, 1] } else { [1, 0] };
        for who in order {
            let name = ["maria", "nobody"][who];
            let visitor = visitor(number);
            let session = at_name(&service, name, &visitor).await;
            let begun = now();
            service.check_password(&session, &wrong, None, &visitor).await.expect_err("is wrong");
            passwords[who].push(begun.elapsed());
            let pass = SecretText::new("00000000".to_owned());
            let session = at_name(&service, name, &visitor).await;
            let begun = now();
            service.sign_in_with_pass(&session, &pass, &visitor).await.expect_err("is wrong");
            passes[who].push(begun.elapsed());
        }
    }
    for (what, [known, unknown]) in [("a wrong password", passwords), ("a wrong pass", passes)] {
        say(&format!(
            "{what}, {CALLS} calls each: somebody {:.3} ms, nobody {:.3} ms (medians), p = {:.4}",
            median(&known),
            median(&unknown),
            mann_whitney(&known, &unknown),
        ));
    }
}

async fn service(file: &str, clock: &Arc<AtomicU64>) -> Service {
    let wake = Wake::default();
    let store =
        Store::open(&format!("sqlite://{file}?mode=rwc"), 8, wake.clone()).await.expect("can be made");
    let issuer = Origin::parse("https://signin.example.org").expect("an origin");
    let clock = Arc::clone(clock);
    Service::new(Parts {
        config: Config::new(issuer, "Contoso".to_owned(), SecretBytes::new(vec![7; 32])),
        store,
        deliver: Arc::new(Outbox::default()),
        wake,
        clock: Arc::new(move || UnixTime::from_secs(clock.load(Ordering::Relaxed))),
    })
}

async fn at_name(service: &Service, name: &str, visitor: &Visitor) -> sign_in::store::Session {
    let opened = service.open_session(visitor, None, None).await.expect("opens");
    service.type_name(&opened.session, name).await.expect("is kept");
    opened.session
}

fn visitor(number: u64) -> Visitor {
    let [.., high, low] = number.to_be_bytes();
    Visitor { ip: IpAddr::V4(Ipv4Addr::new(203, 0, high, low)), client: None, place: None }
}

fn median(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// By the normal approximation.
fn mann_whitney(one: &[Duration], other: &[Duration]) -> f64 {
    let mut wins = 0f64;
    for a in one {
        for b in other {
            wins += if a > b { 1.0 } else { 0.0 } + if a == b { 0.5 } else { 0.0 };
        }
    }
    let (n, m) = (one.len() as f64, other.len() as f64);
    let z = ((wins - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()).abs();
    // Two tails of the normal distribution (Abramowitz and Stegun, 26.2.17).
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let series = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let tail: f64 = series.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    2.0 * tail * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[expect(clippy::disallowed_methods, reason = "it is about time as a caller measures it")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "what it is for")]
fn say(line: &str) {
    println!("{line}");
}
