//! Waiting for what happens in another process. Every wait has a limit and names what it waited for.

use std::future::Future;
use std::time::Duration;

/// How long a person would wait before calling it broken, on a machine that is busy with other tests.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Looks until there is something to see; gives none if there is nothing within `limit`.
pub async fn look_for<T, F: Future<Output = Option<T>>>(
    limit: Duration,
    mut look: impl FnMut() -> F,
) -> Option<T> {
    let looking = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            // Other processes tell nobody when they are ready; asking again is the only way.
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(limit, looking).await.ok()
}

/// Looks until there is something to see.
///
/// # Panics
/// When there is nothing within `limit`.
pub async fn within<T, F: Future<Output = Option<T>>>(
    limit: Duration,
    what: &str,
    look: impl FnMut() -> F,
) -> T {
    look_for(limit, look).await.unwrap_or_else(|| panic!("{what}: not within {limit:?}"))
}

/// Looks until there is something to see, for as long as a person would.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl FnMut() -> F) -> T {
    within(LIMIT, what, look).await
}

/// Waits for an answer, for as long as a person would.
///
/// # Panics
/// When there is none.
pub async fn answered<T>(what: &str, answer: impl Future<Output = T>) -> T {
    let answer = tokio::time::timeout(LIMIT, answer).await;
    answer.unwrap_or_else(|_| panic!("{what}: not within {LIMIT:?}"))
}

const PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_looks_again_until_there_is_something() {
        let looks = std::cell::Cell::new(0);
        let seen = until("three looks", async || {
            looks.set(looks.get() + 1);
            (looks.get() == 3).then_some(looks.get())
        })
        .await;
        assert_eq!(seen, 3);
    }

    #[tokio::test]
    #[should_panic(expected = "a bus: not within")]
    async fn it_gives_up_and_says_what_was_missing() {
        within(Duration::from_millis(120), "a bus", async || None::<()>).await;
    }
}
