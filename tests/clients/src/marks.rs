//! Ending what a test has started, all of it and nothing else.
//!
//! A window is a tree of processes that nobody holds in one hand: a driver starts another driver, that
//! starts the app, that starts the web view's. Each inherits the environment, so each carries a mark in it.

use std::fs;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, kill_process};

/// The name of the mark. The scripts set it, too, and end what a killed test has left.
pub const NAME: &str = "COUNTERSIGN_RUN";

/// The mark of one desktop and everything on it.
#[derive(Debug)]
pub struct Mark(String);

impl Mark {
    /// One that nothing carries so far.
    pub fn make() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let outer = std::env::var(NAME).map(|outer| outer + "/").unwrap_or_default();
        Self(format!("{outer}test-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    /// What goes into the environment under [`NAME`].
    pub fn value(&self) -> &str {
        &self.0
    }

    /// The processes that carry it.
    pub fn carriers(&self) -> Vec<Pid> {
        let entries = fs::read_dir("/proc").expect("there is a /proc");
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(Pid::from_raw)
            .filter(|pid| self.is_on(*pid))
            .collect()
    }

    /// Those that run this program.
    pub fn running(&self, program: &Path) -> Vec<Pid> {
        let runs = |pid: &Pid| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|file| file == program);
        self.carriers().into_iter().filter(runs).collect()
    }

    fn is_on(&self, pid: Pid) -> bool {
        // A process of somebody else, or one that is gone, cannot be read and is not ours.
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let mark = [NAME.as_bytes(), b"=", self.0.as_bytes()].concat();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark)
    }
}

/// Whether a process has ended and let go of all it had. While it is ending it already looks empty; and its
/// first thread may have ended while others still hold its files.
pub fn has_ended(pid: Pid) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return true };
    // After the name in parentheses: the state, and 17 fields on the number of threads.
    let Some((_, fields)) = stat.rsplit_once(") ") else { return true };
    let mut fields = fields.split(' ');
    fields.next() == Some("Z") && fields.nth(16) == Some("1")
}

impl Drop for Mark {
    fn drop(&mut self) {
        // More than once, because one may start another while it is ended.
        for _ in 0..ROUNDS {
            let carriers = self.carriers();
            if carriers.is_empty() {
                return;
            }
            for pid in carriers {
                // It may have ended by itself in between.
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

const ROUNDS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_and_what_it_started_are_ended() {
        let mark = Mark::make();
        let mut outer = process::Command::new("sh")
            .args(["-c", "sleep 600 & sleep 600"])
            .env(NAME, mark.value())
            .spawn()
            .expect("sh is everywhere");
        crate::wait::until("both sleeps", async || (mark.carriers().len() == 3).then_some(())).await;
        let other = Mark::make();
        assert!(other.carriers().is_empty());
        drop(other);
        assert_eq!(mark.carriers().len(), 3);
        let value = Mark(mark.value().to_owned());
        drop(mark);
        outer.wait().expect("it was a child of this test");
        crate::wait::until("nothing is left", async || value.carriers().is_empty().then_some(())).await;
    }
}
