//! Tells those who wait that it is worth looking again: pages that wait for an answer, phones that wait for
//! a request. Within a node by a channel, between nodes of one PostgreSQL by LISTEN and NOTIFY. It carries
//! ids only, and whoever is woken reads the store; a lost word costs a waiting time, never an answer.

mod postgres;

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

pub use self::postgres::follow;

/// What can be waited for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Anything about a person that a phone or page shows: requests, activations, methods.
    User(String),
    /// Something that has no person yet: a grant.
    Grant(String),
    /// Mail that waits to be sent.
    Mail,
}

impl Topic {
    /// As it is told to other nodes.
    pub fn to_line(&self) -> String {
        match self {
            Self::User(id) => format!("u {id}"),
            Self::Grant(id) => format!("g {id}"),
            Self::Mail => "m".to_owned(),
        }
    }

    /// Reads what another node told.
    pub fn from_line(line: &str) -> Option<Self> {
        if line == "m" {
            return Some(Self::Mail);
        }
        match line.split_once(' ')? {
            ("u", id) => Some(Self::User(id.to_owned())),
            ("g", id) => Some(Self::Grant(id.to_owned())),
            _ => None,
        }
    }
}

/// Who waits on this node.
#[derive(Clone, Default)]
pub struct Wake(Arc<Node>);

#[derive(Default)]
struct Node {
    waiting: Mutex<HashMap<Topic, Waiting>>,
    closing: AtomicBool,
}

struct Waiting {
    notify: Arc<Notify>,
    count: usize,
}

impl Wake {
    /// Begins to wait. What is told from here on is noticed, so: first listen, then look, then wait.
    pub fn listen(&self, topic: Topic) -> Listener {
        let mut waiting = self.waiting();
        let entry =
            waiting.entry(topic.clone()).or_insert_with(|| Waiting { notify: Arc::default(), count: 0 });
        entry.count += 1;
        let notify = Arc::clone(&entry.notify);
        Listener { wake: self.clone(), topic, notify }
    }

    /// Tells everybody on this node.
    pub fn tell(&self, topic: &Topic) {
        let waiting = self.waiting();
        if let Some(entry) = waiting.get(topic) {
            entry.notify.notify_waiters();
        }
    }

    /// Tells everybody on this node, whatever they wait for: something may have been missed.
    pub fn tell_everybody(&self) {
        for entry in self.waiting().values() {
            entry.notify.notify_waiters();
        }
    }

    /// Looks until there is something to see or `wait` is over, and looks at least once. `look` says `None`
    /// for "not yet". A node that stops waits no longer.
    pub async fn until<T, E, Look>(
        &self,
        topic: Topic,
        wait: Duration,
        mut look: impl FnMut() -> Look,
    ) -> Result<Option<T>, E>
    where
        Look: Future<Output = Result<Option<T>, E>>,
    {
        let listener = self.listen(topic);
        let over = tokio::time::sleep(wait);
        let mut over = pin!(over);
        loop {
            let told = listener.told();
            let mut told = pin!(told);
            if let Some(seen) = look().await? {
                return Ok(Some(seen));
            }
            if wait.is_zero() || self.is_closing() {
                return Ok(None);
            }
            tokio::select! {
                () = &mut told => {}
                () = &mut over => return look().await,
            }
        }
    }

    /// The node stops: nobody waits any longer.
    pub fn close(&self) {
        self.0.closing.store(true, Ordering::SeqCst);
        self.tell_everybody();
    }

    /// Whether the node stops.
    pub fn is_closing(&self) -> bool {
        self.0.closing.load(Ordering::SeqCst)
    }

    /// How many wait, for the metrics.
    pub fn count(&self) -> usize {
        self.waiting().values().map(|entry| entry.count).sum()
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Topic, Waiting>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits.
pub struct Listener {
    wake: Wake,
    topic: Topic,
    notify: Arc<Notify>,
}

impl Listener {
    /// Completes when the topic is told after this call; make it before looking.
    pub fn told(&self) -> Notified<'_> {
        self.notify.notified()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut waiting = self.wake.waiting();
        if let Some(entry) = waiting.get_mut(&self.topic) {
            entry.count -= 1;
            if entry.count == 0 {
                waiting.remove(&self.topic);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_node_tells_another_reads() {
        for topic in [Topic::User("usr_1".to_owned()), Topic::Grant("gr x".to_owned()), Topic::Mail] {
            assert_eq!(Topic::from_line(&topic.to_line()), Some(topic));
        }
        for line in ["", "u", "x usr_1", "mail"] {
            assert_eq!(Topic::from_line(line), None, "{line}");
        }
    }

    fn user() -> Topic {
        Topic::User("usr_1".to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn what_happens_between_looking_and_waiting_is_not_missed() {
        let wake = Wake::default();
        let mut looked = 0;
        let seen = wake
            .until(user(), Duration::from_secs(25), || {
                looked += 1;
                // Told while somebody looks, before they wait.
                wake.tell(&user());
                let there = (looked == 2).then_some(looked);
                async move { Ok::<_, ()>(there) }
            })
            .await;
        assert_eq!(seen, Ok(Some(2)));
        assert_eq!(wake.count(), 0, "nobody waits any longer");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_in_time_and_looks_once_more() {
        let wake = Wake::default();
        let mut looked = 0;
        let begun = tokio::time::Instant::now();
        let seen = wake
            .until(user(), Duration::from_secs(25), || {
                looked += 1;
                async { Ok::<Option<()>, ()>(None) }
            })
            .await;
        assert_eq!((seen, begun.elapsed().as_secs()), (Ok(None), 25));
        assert_eq!(looked, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_stops_waits_for_nobody() {
        let wake = Wake::default();
        let waiting = {
            let wake = wake.clone();
            tokio::spawn(async move {
                wake.until(user(), Duration::from_secs(25), || async { Ok::<Option<()>, ()>(None) }).await
            })
        };
        while wake.count() == 0 {
            tokio::task::yield_now().await;
        }
        let begun = tokio::time::Instant::now();
        wake.close();
        assert_eq!(waiting.await.expect("does not panic"), Ok(None));
        assert_eq!(begun.elapsed().as_secs(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn others_are_left_waiting() {
        let wake = Wake::default();
        let listener = wake.listen(Topic::User("usr_2".to_owned()));
        let told = listener.told();
        wake.tell(&user());
        assert!(tokio::time::timeout(Duration::from_secs(60), told).await.is_err());
    }
}
