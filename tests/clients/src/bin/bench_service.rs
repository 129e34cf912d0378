//! How much one node does: push round trips, codes, and what waiting phones cost.
//!
//!     bench-service [SECONDS]      of each measurement; 5 unless told
//!
//! A round trip is what a page and a phone do for one approval, with every check there is, but without a
//! password: a person who is signed in is verified once more. It is five requests: the page asks for it
//! (trigger), the phone fetches it and answers it, the page looks (status) and uses it (redeem). CPU is what
//! the service's process used, by the operating system's account; latency is what its clients saw, and they
//! are on the same machine.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use countersign_clients::http::Http;
use countersign_clients::service::Service;
use countersign_clients::signing_in::Somebody;
use sqlx::AnyPool;
use tokio::sync::Mutex;

/// People with a phone whose keys are here.
const PEOPLE: usize = 96;
/// Phones that wait, and phones that are registered.
const WAITING: usize = 1_000;
const REGISTERED: usize = 10_000;
const CLIENTS: [usize; 3] = [1, 8, 64];

#[tokio::main]
async fn main() {
    let secs = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(5);
    let service = Service::start_with("bench", None, &unlimited()).await;
    say(&format!("load of the machine before: {}", load()));
    say(&format!("memory of an empty node: {:.1} MiB", memory(&service)));
    let people = register(&service).await;
    say(&format!("memory once {PEOPLE} people have registered: {:.1} MiB", memory(&service)));
    for clients in CLIENTS {
        round_trips(&service, &people, clients, Duration::from_secs(secs), None).await;
    }
    let most = CLIENTS.into_iter().max().unwrap_or(1);
    round_trips(&service, &people, most, Duration::from_secs(secs), Some(PACE)).await;
    pages(&service, &people).await;
    codes(&service, &people).await;
    waiting(&service).await;
    say(&format!("load of the machine after: {}", load()));
}

/// Waking is off: there is no push service beside it, and what it would cost is that service's answer.
fn unlimited() -> Vec<(&'static str, String)> {
    vec![
        ("COUNTERSIGN_PUSH_ENABLED", "false".to_owned()),
        // Each of the people is somewhere else, as people are; a proxy says where.
        ("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("COUNTERSIGN_LOG_LEVEL", "warn".to_owned()),
    ]
}

/// Everybody registers and is signed in, and forgets nothing.
async fn register(service: &Service) -> Vec<Arc<Mutex<Somebody>>> {
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let name = format!("person{number}");
        service.add(&name, &name, false).await;
        let mut somebody = Somebody::register(&service.origin, &name, Http::new).await;
        somebody.sign_in().await;
        people.push(Arc::new(Mutex::new(somebody)));
    }
    people
}

/// So many clients, each with one person at a time: phones may call sixty times a minute and no more, so the
/// people take turns. Each begins its next round trip at once, so that the machine is as busy as it can be, or
/// every `pace`: then latency is not what the clients wait for each other.
async fn round_trips(
    service: &Service,
    people: &[Arc<Mutex<Somebody>>],
    clients: usize,
    time: Duration,
    pace: Option<Duration>,
) {
    // The calls of the last measurement are forgotten after a minute.
    forget_calls(service).await;
    let stop = Arc::new(AtomicBool::new(false));
    let next = Arc::new(AtomicUsize::new(0));
    let before = (cpu(service), now());
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (stop, next, people) = (Arc::clone(&stop), Arc::clone(&next), people.to_vec());
            tokio::spawn(async move {
                let mut took = Vec::new();
                let mut beat = tokio::time::interval(pace.unwrap_or(Duration::from_millis(1)));
                if let Some(pace) = pace {
                    beat.reset_after(
                        pace * u32::try_from(client).unwrap_or(0) / u32::try_from(clients).unwrap_or(1),
                    );
                }
                while !stop.load(Ordering::Relaxed) {
                    if pace.is_some() {
                        beat.tick().await;
                    }
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    // Two calls of a phone for each round trip.
                    if turn >= people.len() * TURNS {
                        break;
                    }
                    let mut somebody = people[turn % people.len()].lock().await;
                    let begun = now();
                    let steps = somebody.verify_again().await;
                    took.push((begun.elapsed(), steps));
                }
                took
            })
        })
        .collect();
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.expect("each round trip ends in a sign-in"));
    }
    let (used, passed) = (cpu(service) - before.0, before.1.elapsed());
    let mut whole: Vec<Duration> = took.iter().map(|(whole, _)| *whole).collect();
    let mut each: Vec<Duration> = took.iter().flat_map(|(_, steps)| steps.iter().copied()).collect();
    say(&format!(
        "push round trip, {clients} clients{}: {} in {:.1} s, {:.0} a second, CPU {:.2} ms each, p50 {} p95 {} p99 {}; \
         each of its requests p50 {} p95 {} p99 {}",
        if pace.is_some() { ", each once a second" } else { "" },
        whole.len(),
        passed.as_secs_f64(),
        whole.len() as f64 / passed.as_secs_f64(),
        used.as_secs_f64() * 1000.0 / whole.len().max(1) as f64,
        millis(&mut whole, 50),
        millis(&mut whole, 95),
        millis(&mut whole, 99),
        millis(&mut each, 50),
        millis(&mut each, 95),
        millis(&mut each, 99),
    ));
}

/// Beside its five requests each round trip above loads two pages, because a page has the number, and a new session
/// a new form. This is what one costs.
async fn pages(service: &Service, people: &[Arc<Mutex<Somebody>>]) {
    let before = cpu(service);
    for somebody in people {
        let mut somebody = somebody.lock().await;
        for _ in 0..PAGES {
            somebody.person.open("/sign-in/verify").await;
        }
    }
    let used = cpu(service) - before;
    say(&format!(
        "page, 1 client: CPU {:.2} ms each; two of them are in each round trip above",
        used.as_secs_f64() * 1000.0 / (people.len() * PAGES) as f64
    ));
}

/// Each person's code once: a step is good once.
async fn codes(service: &Service, people: &[Arc<Mutex<Somebody>>]) {
    let before = cpu(service);
    let mut took = Vec::new();
    for somebody in people {
        let mut somebody = somebody.lock().await;
        took.push(somebody.verify_by_code().await);
    }
    let used = cpu(service) - before;
    say(&format!(
        "code (TOTP), 1 client: {} checks, CPU {:.2} ms each, p50 {} p95 {} p99 {}",
        took.len(),
        used.as_secs_f64() * 1000.0 / took.len() as f64,
        millis(&mut took, 50),
        millis(&mut took, 95),
        millis(&mut took, 99),
    ));
}

/// Memory with many phones registered, of which many wait.
async fn waiting(service: &Service) {
    let pool = database(service).await;
    fill(&pool).await;
    forget_calls(service).await;
    let mut phones = Vec::new();
    let mut waiters: Vec<Somebody> = Vec::new();
    for number in 0..PEOPLE {
        let name = format!("waiter{number}");
        service.add(&name, &name, false).await;
        waiters.push(Somebody::register(&service.origin, &name, Http::new).await);
    }
    let registered: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM authenticators WHERE state = 'active'")
        .fetch_one(&pool)
        .await
        .expect("answers");
    let before_polls = memory(service);
    // A phone waits in several calls at once here, which to the node are as many phones: each has a connection,
    // a place in the list of those who wait, and what it reads when it is woken.
    let each = WAITING.div_ceil(waiters.len());
    let before = cpu(service);
    for somebody in waiters {
        for phone in somebody.phone.copies(each) {
            phones.push(tokio::spawn(async move {
                let mut phone = phone;
                phone.try_requests(25).await.map(|waiting| waiting.len())
            }));
        }
    }
    tokio::time::sleep(Duration::from_secs(15)).await;
    let open = phones.iter().filter(|phone| !phone.is_finished()).count();
    say(&format!(
        "{registered} registered devices, {open} long polls open: {:.1} MiB (before them {before_polls:.1}, most \
         ever {:.1} MiB); opening and holding them for 15 s took {:.2} s of CPU",
        memory(service),
        peak(service),
        (cpu(service) - before).as_secs_f64(),
    ));
    for phone in phones {
        phone.abort();
    }
}

/// Rows like those of a registered device, as many as are missing. They never call.
async fn fill(pool: &AnyPool) {
    let columns = |table: &'static str| async move {
        let rows: Vec<(String,)> = sqlx::query_as("SELECT name FROM pragma_table_info($1)")
            .bind(table)
            .fetch_all(pool)
            .await
            .expect("answers");
        rows.into_iter().map(|(name,)| name).collect::<Vec<_>>()
    };
    let like = |columns: &[String], table: &str, source: &str, id: &str| {
        let values: Vec<String> = columns
            .iter()
            .map(|name| match name.as_str() {
                "id" => format!("'{id}' || n"),
                "user_id" => "'usr_filled' || n".to_owned(),
                "user_name" => "'filled' || n".to_owned(),
                "account_id" | "account" => "'acc_filled' || n".to_owned(),
                "pop_jkt" => "'filled' || n".to_owned(),
                name => format!("{source}.{name}"),
            })
            .collect();
        format!(
            "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {REGISTERED}) \
             INSERT INTO {table} ({}) SELECT {} FROM many, (SELECT * FROM {table} LIMIT 1) AS {source}",
            columns.join(", "),
            values.join(", "),
        )
    };
    for (table, id) in [("users", "usr_filled"), ("authenticators", "dev_filled")] {
        let statement = like(&columns(table).await, table, "one", id);
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(pool).await.expect("rows can be copied");
    }
}

async fn forget_calls(service: &Service) {
    let pool = database(service).await;
    sqlx::query("DELETE FROM proofs").execute(&pool).await.expect("can be forgotten");
    pool.close().await;
}

async fn database(service: &Service) -> AnyPool {
    sqlx::any::install_default_drivers();
    let file = service.data().join("countersign.db");
    AnyPool::connect(&format!("sqlite://{}", file.display())).await.expect("it is there")
}

/// What the node's process has used of the processors.
fn cpu(service: &Service) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", service.process())).expect("it runs");
    // After the name in parentheses: the state is the first field, user and system time are 12 and 13.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(11) + ticks(12)) * 1000 / TICKS)
}

fn memory(service: &Service) -> f64 {
    status(service, "VmRSS:")
}

fn peak(service: &Service) -> f64 {
    status(service, "VmHWM:")
}

fn status(service: &Service, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", service.process())).expect("it runs");
    let line = status.lines().find(|line| line.starts_with(name)).expect("Linux tells");
    let kib: f64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0.0);
    kib / 1024.0
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

fn millis(times: &mut [Duration], percent: usize) -> String {
    times.sort_unstable();
    let at = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(at).map_or("-".to_owned(), |time| format!("{:.1} ms", time.as_secs_f64() * 1000.0))
}

/// Of a second: USER_HZ, which is this on every Linux that people run.
const TICKS: u64 = 100;
/// How often each person loads a page.
const PAGES: usize = 5;
/// How often a client begins a round trip, where it does not begin at once.
const PACE: Duration = Duration::from_secs(1);
/// Round trips of a person in a measurement.
const TURNS: usize = 25;

#[expect(clippy::disallowed_methods, reason = "it measures time as a client sees it")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "what it is for")]
fn say(line: &str) {
    println!("{line}");
}
