//! Where everything is kept: embedded SQLite, or PostgreSQL by its URL, behind the same queries. Rules are
//! elsewhere. Every change is one statement or one transaction that begins with a write, which locks what it
//! is about: the person's row ([`Tx::lock_user`]), or a row that leaves a state (`UPDATE … WHERE state = …`).

use std::time::Duration;

use crypto_core::time::UnixTime;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool};
use thiserror::Error;

use crate::wake::{Topic, Wake};

mod activations;
mod authenticators;
mod events;
mod grants;
mod mails;
mod passes;
mod proofs;
mod requests;
mod sessions;
mod settings;
mod users;

pub use self::activations::*;
pub use self::authenticators::*;
pub use self::events::*;
pub use self::grants::*;
pub use self::mails::*;
pub use self::passes::*;
pub use self::proofs::*;
pub use self::requests::*;
pub use self::sessions::*;
pub use self::users::*;

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One file beside the service.
    Sqlite,
    /// A server that several nodes share.
    Postgres,
}

/// The database.
#[derive(Clone)]
pub struct Store {
    reads: AnyPool,
    writes: AnyPool,
    kind: Kind,
    wake: Wake,
    #[cfg(test)]
    pub(crate) work: crate::fixture::Work,
}

impl Store {
    /// Connects, and brings the tables up to date. `url` is `sqlite:///path/to/file` or `postgres://…`.
    ///
    /// In a file only one writes at a time. Whoever finds it locked sleeps there and tries again, so all who
    /// write share one connection, and get their turn as they came.
    pub async fn open(url: &str, connections: u32, wake: Wake) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let kind = if url.starts_with("sqlite:") { Kind::Sqlite } else { Kind::Postgres };
        let options: AnyConnectOptions = url.parse().map_err(|_| StoreError::Address)?;
        let (reads, writes) = match kind {
            Kind::Sqlite => {
                let writes = embedded(&PRAGMAS).max_connections(1).connect_with(options.clone()).await?;
                let reads = embedded(&READER_PRAGMAS).max_connections(connections);
                (reads.connect_with(options).await?, writes)
            }
            Kind::Postgres => {
                let pool = AnyPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
                let pool = pool.connect_with(options).await?;
                (pool.clone(), pool)
            }
        };
        sqlx::migrate!().run(&writes).await.map_err(|_| StoreError::Migration)?;
        Ok(Self {
            reads,
            writes,
            kind,
            wake,
            #[cfg(test)]
            work: Default::default(),
        })
    }

    /// Begins a transaction. Its first statement must be a write: SQLite gives the lock to whoever writes,
    /// and refuses one who has read before it.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        #[cfg(test)]
        self.work.note("begin");
        Ok(Tx {
            tx: self.writes.begin().await?,
            kind: self.kind,
            wake: self.wake.clone(),
            told: Vec::new(),
            #[cfg(test)]
            work: self.work.clone(),
        })
    }

    /// Which database it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.reads).await?;
        Ok(())
    }

    /// Ends every connection; a file is left tidy.
    pub async fn close(&self) {
        self.reads.close().await;
        // The last one that is closed tidies the file, which a reader cannot.
        self.writes.close().await;
    }

    /// For reading by a single statement.
    #[cfg_attr(test, track_caller)]
    fn reads(&self) -> &AnyPool {
        #[cfg(test)]
        self.work.note_caller();
        &self.reads
    }

    /// For a change that is a single statement.
    #[cfg_attr(test, track_caller)]
    fn writes(&self) -> &AnyPool {
        #[cfg(test)]
        self.work.note_caller();
        &self.writes
    }
}

/// Connections to a file, each with these settings.
fn embedded(pragmas: &'static [&str]) -> AnyPoolOptions {
    let options = AnyPoolOptions::new().acquire_timeout(PATIENCE).test_before_acquire(false);
    options.after_connect(move |connection, _| {
        Box::pin(async move {
            for &pragma in pragmas {
                sqlx::query(pragma).execute(&mut *connection).await?;
            }
            Ok(())
        })
    })
}

/// What makes SQLite safe for many at once: readers do not wait for the writer, and an administrator's command,
/// which is another process, has its turn beside the node.
const PRAGMAS: [&str; 4] = [
    "PRAGMA journal_mode = WAL",
    // A process that is killed loses nothing; a power cut may lose the last moment, and never breaks the file.
    "PRAGMA synchronous = NORMAL",
    BUSY_TIMEOUT,
    "PRAGMA foreign_keys = ON",
];
/// A connection that is given for reading refuses to write.
const READER_PRAGMAS: [&str; 2] = [BUSY_TIMEOUT, "PRAGMA query_only = ON"];

/// How long a call waits for its turn. Whoever asks from far away has given up by then; a test on a busy machine
/// has not.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 300 } else { 10 });
const BUSY_TIMEOUT: &str =
    if cfg!(test) { "PRAGMA busy_timeout = 300000" } else { "PRAGMA busy_timeout = 10000" };

/// A transaction: all of it happens, or nothing.
pub struct Tx {
    tx: sqlx::Transaction<'static, Any>,
    kind: Kind,
    wake: Wake,
    told: Vec<Topic>,
    #[cfg(test)]
    work: crate::fixture::Work,
}

impl Tx {
    /// Makes it so, and then tells who waits.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        #[cfg(test)]
        self.work.note("commit");
        if self.kind == Kind::Postgres {
            for topic in &self.told {
                sqlx::query("SELECT pg_notify('countersign', $1)")
                    .bind(topic.to_line())
                    .execute(&mut *self.tx)
                    .await?;
            }
        }
        self.tx.commit().await?;
        for topic in &self.told {
            self.wake.tell(topic);
        }
        Ok(())
    }

    /// Who is to be told once this is committed.
    pub fn tell(&mut self, topic: Topic) {
        if !self.told.contains(&topic) {
            self.told.push(topic);
        }
    }

    /// For one statement.
    #[cfg_attr(test, track_caller)]
    fn connection(&mut self) -> &mut AnyConnection {
        #[cfg(test)]
        self.work.note_caller();
        &mut self.tx
    }
}

/// As it is stored. The year 292 million is the latest.
fn millis(time: UnixTime) -> i64 {
    i64::try_from(time.millis()).unwrap_or(i64::MAX)
}

fn time(millis: i64) -> UnixTime {
    UnixTime::from_millis(u64::try_from(millis).unwrap_or(0))
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is stored has no map with keys that are no texts")
}

fn from_json<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Damaged(column))
}

/// Why the store did not do it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The address of the database cannot be read.
    #[error("the database's address is not understood")]
    Address,
    /// The tables are of another version than this program.
    #[error("the database's tables cannot be brought up to date")]
    Migration,
    /// What is stored is not what was written; somebody else writes there.
    #[error("the database holds something that this program did not write: {0}")]
    Damaged(&'static str),
    /// The database answered with an error, or not at all.
    #[error("the database did not do it")]
    Database(#[from] sqlx::Error),
}

#[cfg(test)]
pub(crate) mod tests;
