//! Several nodes on one PostgreSQL behind a proxy, while they are killed and started again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use countersign_clients::http::Http;
use countersign_clients::proxy::Proxy;
use countersign_clients::service::Service;
use countersign_clients::signing_in::{SignedIn, Somebody};
use countersign_clients::{postgres, wait};
use sqlx::Row as _;

const PEOPLE: usize = 20;
const EACH: usize = 25;
const ALL: usize = PEOPLE * EACH;

/// 500 people's approvals through a proxy in front of two nodes. After 100 the first node is killed, after 200
/// it is started again, after 300 the second is killed, and after 400 it is back. Who is cut off begins again,
/// as somebody at a browser would; the database tells what was lost or done twice.
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_approvals_while_nodes_are_killed_are_all_there_and_none_twice() {
    let Some(database) = postgres::empty_if_any().await else { return };
    let (origin, listener) = Proxy::bind().await;
    let issuer = [("COUNTERSIGN_ISSUER", origin.clone())];
    let mut first = Service::start_with("nodes-first", Some(&database), &issuer).await;
    let mut second = Service::start_with("nodes-second", Some(&database), &issuer).await;
    let proxy = Proxy::to(origin, listener, vec![first.address.clone(), second.address.clone()]);

    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let name = format!("person{number}");
        first.add(&name, &name, false).await;
        people.push(Somebody::register(&proxy.origin, &name, Http::anew_each_time).await);
    }

    let done = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = people
        .into_iter()
        .map(|mut somebody| {
            let done = Arc::clone(&done);
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..EACH {
                    seen.push(somebody.sign_in().await);
                    done.fetch_add(1, Ordering::Relaxed);
                }
                seen
            })
        })
        .collect();
    let reached = async |number: usize| {
        let limit = Duration::from_secs(300);
        wait::within(limit, &format!("{number} approvals"), async || {
            (done.load(Ordering::Relaxed) >= number).then_some(())
        })
        .await;
    };
    reached(ALL / 5).await;
    first.kill().await;
    reached(2 * ALL / 5).await;
    first.resume().await;
    reached(3 * ALL / 5).await;
    second.kill().await;
    reached(4 * ALL / 5).await;
    second.resume().await;
    let mut seen: Vec<SignedIn> = Vec::new();
    for task in tasks {
        seen.extend(task.await.expect("everybody gets in"));
    }

    let sum = |count: fn(&SignedIn) -> usize| seen.iter().map(count).sum::<usize>();
    let (broken, unseen) = (sum(|one| one.broken), sum(|one| one.unseen));
    let used: BTreeSet<&str> = seen.iter().map(|one| one.request.as_str()).collect();
    assert_eq!((seen.len(), used.len()), (ALL, ALL), "each sign-in has an approval of its own");
    assert!(broken > 0, "nobody noticed that nodes were killed");

    // What the database knows.
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&database).await.expect("it runs");
    let requests = sqlx::query("SELECT id, state FROM requests WHERE purpose = 'signin'")
        .fetch_all(&pool)
        .await
        .expect("answers");
    let in_state = |state: &str| -> BTreeSet<String> {
        requests
            .iter()
            .filter(|row| row.get::<String, _>("state") == state)
            .map(|row| row.get("id"))
            .collect()
    };
    let consumed = in_state("consumed");
    assert!(used.iter().all(|id| consumed.contains(*id)), "every sign-in was by an approval that is used up");
    // An approval that was used although its browser never heard of it is the one that is left over.
    assert_eq!(consumed.len(), ALL + unseen, "used approvals");
    assert!(in_state("approved").is_empty(), "an approval was given and not used");
    assert!(in_state("mismatch").is_empty());
    let signed_in: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM events WHERE event = 'sign_in' AND result = 'done' AND method = 'swk'",
    )
    .fetch_one(&pool)
    .await
    .expect("answers");
    let by_registering: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM events WHERE event = 'sign_in' AND result = 'done' AND subject IS NOT NULL",
    )
    .fetch_one(&pool)
    .await
    .expect("answers");
    let signed_in = usize::try_from(signed_in - by_registering).expect("a count");
    assert_eq!(signed_in, consumed.len(), "each used approval is one sign-in in the record");
    tell(&format!(
        "{ALL} approvals, 2 kills: {broken} broken connections, {} answers whose receipt was lost, {unseen} \
         sign-ins whose page was lost, none lost, none twice",
        sum(|one| one.answered_before),
    ));
}

#[expect(clippy::print_stdout, reason = "a figure for whoever reads the run")]
fn tell(line: &str) {
    println!("{line}");
}
