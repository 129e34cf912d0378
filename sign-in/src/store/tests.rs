//! The same tests on both databases: SQLite always, PostgreSQL where COUNTERSIGN_TEST_POSTGRES names a
//! server on which databases can be made.

use std::sync::atomic::{AtomicU32, Ordering};

use crypto_core::approval::AccountId;

use super::*;
use crate::accounts::Role;

/// A database of its own, gone with the value.
pub(crate) struct Empty {
    pub(crate) store: Store,
    /// Whom it tells.
    pub(crate) wake: Wake,
    /// Its address, for another node.
    pub(crate) url: String,
    _folder: tempfile::TempDir,
}

/// Empty databases of every kind that can be had here.
pub(crate) async fn empty_stores() -> Vec<Empty> {
    let mut all = vec![empty_sqlite().await];
    if let Ok(server) = std::env::var("COUNTERSIGN_TEST_POSTGRES") {
        all.push(empty_postgres(&server).await);
    }
    all
}

/// An empty file.
pub(crate) async fn empty_sqlite() -> Empty {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display());
    let wake = Wake::default();
    Empty { store: Store::open(&url, 8, wake.clone()).await.expect("opens"), wake, url, _folder: folder }
}

async fn empty_postgres(server: &str) -> Empty {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    sqlx::any::install_default_drivers();
    let base: url::Url = server.parse().expect("COUNTERSIGN_TEST_POSTGRES is a URL");
    let pool = AnyPool::connect(server).await.expect("the test server answers");
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&pool)
        .await
        .expect("databases can be made");
    pool.close().await;
    let mut url = base;
    url.set_path(&name);
    let wake = Wake::default();
    Empty {
        store: Store::open(url.as_str(), 20, wake.clone()).await.expect("opens"),
        wake,
        url: url.into(),
        _folder: tempfile::tempdir().expect("a folder for temporary files"),
    }
}

fn maria() -> User {
    User {
        id: "usr_1".to_owned(),
        organisation: "org_1".to_owned(),
        account: AccountId::try_from("acc_h4K0t2").expect("an account id"),
        user_name: "maria".to_owned(),
        display_name: "Maria".to_owned(),
        email: None,
        language: "en".to_owned(),
        role: Role::User,
        password: String::new(),
        default_method: None,
        prompts: Default::default(),
        code_tries: Default::default(),
        last_numbers: String::new(),
        high_risk_at: None,
        push_suspended_at: None,
        disabled_at: None,
    }
}

#[tokio::test]
async fn what_is_counted_for_one_person_happens_one_after_the_other() {
    for Empty { store, .. } in &empty_stores().await {
        let now = UnixTime::from_secs(1_790_000_000);
        let mut tx = store.begin().await.expect("begins");
        sqlx::query(
            "INSERT INTO organisations (id, name, policy, created_at) VALUES ('org_1', 'Contoso', '{}', 1)",
        )
        .execute(tx.connection())
        .await
        .expect("inserts");
        assert!(tx.add_user(&maria(), now).await.expect("adds"));
        tx.commit().await.expect("commits");

        let tries = (0..50).map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut tx = store.begin().await.expect("begins");
                let mut user = tx.lock_user("usr_1").await.expect("locks").expect("is there");
                let taken = user.code_tries.take(10, 60, now).is_ok();
                tx.save_user(&user).await.expect("saves");
                tx.commit().await.expect("commits");
                taken
            })
        });
        let mut taken = 0;
        for attempt in tries.collect::<Vec<_>>() {
            taken += u32::from(attempt.await.expect("runs"));
        }
        assert_eq!(taken, 10, "on {:?}", store.kind());
    }
}
