//! Passwords and passes as they are kept: slow hashes, made and checked beside the threads that serve.

use crypto_core::seal::password;
use crypto_core::secret::SecretText;
use tokio::sync::Semaphore;

use crate::Service;

impl Service {
    /// What is kept of a password.
    pub(crate) async fn hash_password(&self, typed: &SecretText) -> String {
        #[cfg(test)]
        self.store().work.note("password hash");
        let mut rng = self.rng();
        beside(typed, move |typed| password::hash(typed, &mut rng)).await
    }

    /// Whether a password is the one of which `stored` was kept. Without one the work is the same, and the
    /// answer no (S-25).
    pub(crate) async fn password_fits(&self, typed: &SecretText, stored: Option<&str>) -> bool {
        #[cfg(test)]
        self.store().work.note("password hash");
        let stored = stored.map(str::to_owned);
        beside(typed, move |typed| password::verify(stored.as_deref(), typed)).await
    }
}

async fn beside<T: Send + 'static>(
    typed: &SecretText,
    work: impl FnOnce(&SecretText) -> T + Send + 'static,
) -> T {
    // Each takes 19 MiB, so only a few at a time do; the others wait without any.
    let _slot = SLOTS.acquire().await;
    // expose: copied to the thread that does the work.
    let typed = SecretText::new(typed.expose().to_owned());
    tokio::task::spawn_blocking(move || work(&typed)).await.expect("hashing does not panic")
}

static SLOTS: Semaphore = Semaphore::const_new(8);
