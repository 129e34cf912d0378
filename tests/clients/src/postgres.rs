//! Databases on the PostgreSQL server that `.ci/postgres` runs beside a command.

use std::env;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::process::Command;

/// The address of an empty database.
///
/// # Panics
/// When there is no server: `.ci/postgres cargo test …`.
pub async fn empty() -> String {
    empty_if_any().await.expect("run it beside a server: .ci/postgres cargo test …")
}

/// The same; none, and a line that says so, where there is no server.
///
/// # Panics
/// When the server does not make a database.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
pub async fn empty_if_any() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = env::var("COUNTERSIGN_TEST_POSTGRES") else {
        eprintln!("left out, as there is no PostgreSQL: .ci/postgres cargo test …");
        return None;
    };
    let name = format!("flow_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let made = Command::new("psql").args([&server, "-qc", &format!("CREATE DATABASE {name}")]).status().await;
    assert!(made.expect("it is installed by .ci/install all").success(), "the database could not be made");
    let (server, _) = server.rsplit_once('/').expect("the address ends in a database's name");
    Some(format!("{server}/{name}"))
}
