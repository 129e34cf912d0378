//! Hears what other nodes tell, by PostgreSQL's LISTEN. Words that were said while nobody listened are lost,
//! so whenever the connection was gone everybody is told to look.

use std::time::Duration;

use crypto_core::secret::SecretText;
use sqlx::postgres::PgListener;
use tokio::time::{sleep, timeout};

use super::{Topic, Wake};

/// Listens until the node stops.
pub async fn follow(url: SecretText, wake: Wake) {
    let mut pause = SHORTEST;
    while !wake.is_closing() {
        // expose: this is where the password in it is used.
        if let Ok(listener) = listen(url.expose()).await {
            pause = SHORTEST;
            wake.tell_everybody();
            hear(listener, &wake).await;
        }
        tracing::warn!("the connection on which other nodes are heard is lost; waiting calls are slower");
        wake.tell_everybody();
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}

const CHANNEL: &str = "countersign";
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);
/// After this long without a word it is asked whether somebody is there.
const SILENCE: Duration = Duration::from_secs(20);
const ANSWER: Duration = Duration::from_secs(5);

async fn listen(url: &str) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Until the connection is lost for good.
async fn hear(mut listener: PgListener, wake: &Wake) {
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                if let Some(topic) = Topic::from_line(notification.payload()) {
                    wake.tell(&topic);
                }
            }
            // It was gone and is there again.
            Ok(Ok(None)) => wake.tell_everybody(),
            Ok(Err(_)) => return,
            Err(_) => {
                let asked = timeout(ANSWER, sqlx::query("SELECT 1").execute(&mut listener)).await;
                if !matches!(asked, Ok(Ok(_))) || wake.is_closing() {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Kind;
    use crate::store::tests::{Empty, empty_stores};

    /// Nothing is measured by it: a busy machine takes its time.
    const LONG: Duration = Duration::from_secs(60);

    /// Waits until `done` says so.
    async fn soon(mut done: impl AsyncFnMut() -> bool) -> bool {
        for _ in 0..200 {
            if done().await {
                return true;
            }
            sleep(Duration::from_millis(50)).await;
        }
        false
    }

    async fn hears(wake: &Wake, store: &crate::store::Store, topic: &Topic) -> bool {
        let listener = wake.listen(topic.clone());
        let told = listener.told();
        let mut tx = store.begin().await.expect("begins");
        tx.tell(topic.clone());
        tx.commit().await.expect("commits");
        timeout(Duration::from_secs(5), told).await.is_ok()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn another_node_hears_what_was_committed_and_goes_on_after_its_connection_was_lost() {
        for Empty { store, url, .. } in &empty_stores().await {
            if store.kind() != Kind::Postgres {
                continue;
            }
            // The store tells its own Wake; this one is another node's.
            let other = Wake::default();
            let task = tokio::spawn(follow(SecretText::new(url.clone()), other.clone()));
            let topic = Topic::User("usr_1".to_owned());
            assert!(soon(async || hears(&other, store, &topic).await).await, "it never listened");
            assert!(!hears_other_topic(&other, store).await);

            let admin = sqlx::PgPool::connect(url).await.expect("connects");
            let everybody = other.listen(Topic::Grant("somebody else".to_owned()));
            let told = everybody.told();
            let ended: i64 = sqlx::query_scalar(
                "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = current_database() AND query LIKE 'LISTEN%'",
            )
            .fetch_one(&admin)
            .await
            .expect("answers");
            assert_eq!(ended, 1);
            timeout(LONG, told).await.expect("everybody is told, for something may be missed");
            assert!(soon(async || hears(&other, store, &topic).await).await, "it did not listen again");
            task.abort();
        }
    }

    async fn hears_other_topic(wake: &Wake, store: &crate::store::Store) -> bool {
        let listener = wake.listen(Topic::User("usr_2".to_owned()));
        let told = listener.told();
        let mut tx = store.begin().await.expect("begins");
        tx.tell(Topic::User("usr_1".to_owned()));
        tx.commit().await.expect("commits");
        timeout(Duration::from_millis(500), told).await.is_ok()
    }
}
