//! Tells those who wait that it is worth looking again: pages that wait for an answer, phones that wait for
//! a request. Within a node by a channel, between nodes of one PostgreSQL by LISTEN and NOTIFY. It carries
//! ids only, and whoever is woken reads the store; a lost word costs a waiting time, never an answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// What can be waited for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Anything about a person that a phone or page shows: requests, activations, methods.
    User(String),
    /// Something that has no person yet: a grant.
    Grant(String),
}

impl Topic {
    /// As it is told to other nodes.
    pub fn to_line(&self) -> String {
        match self {
            Self::User(id) => format!("u {id}"),
            Self::Grant(id) => format!("g {id}"),
        }
    }

    /// Reads what another node told.
    pub fn from_line(line: &str) -> Option<Self> {
        match line.split_once(' ')? {
            ("u", id) => Some(Self::User(id.to_owned())),
            ("g", id) => Some(Self::Grant(id.to_owned())),
            _ => None,
        }
    }
}

/// Who waits on this node.
#[derive(Clone, Default)]
pub struct Wake(Arc<Mutex<HashMap<Topic, Waiting>>>);

struct Waiting {
    notify: Arc<Notify>,
    count: usize,
}

impl Wake {
    /// Begins to wait. What is told from here on is noticed, so: first listen, then look, then wait.
    pub fn listen(&self, topic: Topic) -> Listener {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry =
            waiting.entry(topic.clone()).or_insert_with(|| Waiting { notify: Arc::default(), count: 0 });
        entry.count += 1;
        let notify = Arc::clone(&entry.notify);
        Listener { wake: self.clone(), topic, notify }
    }

    /// Tells everybody on this node.
    pub fn tell(&self, topic: &Topic) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = waiting.get(topic) {
            entry.notify.notify_waiters();
        }
    }

    /// How many wait, for the metrics.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().map(|entry| entry.count).sum()
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
    pub fn told(&self) -> impl Future<Output = ()> + '_ {
        let told = self.notify.notified();
        async move { told.await }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut waiting = self.wake.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = waiting.get_mut(&self.topic) {
            entry.count -= 1;
            if entry.count == 0 {
                waiting.remove(&self.topic);
            }
        }
    }
}
