//! What the nodes of one service have in common and nobody types: its keys, its first organisation.

use sqlx::Row as _;

use super::{Store, StoreError};

impl Store {
    /// A value, if there is one.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT value FROM settings WHERE name = $1")
            .bind(name)
            .fetch_optional(self.reads())
            .await?;
        Ok(row.map(|row| row.try_get("value")).transpose()?)
    }

    /// Keeps `value` unless another node was first; what counts from here on.
    pub async fn settle(&self, name: &str, value: &str) -> Result<String, StoreError> {
        sqlx::query("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(name)
            .bind(value)
            .execute(self.writes())
            .await?;
        self.setting(name).await?.ok_or(StoreError::Damaged("a setting that was just written"))
    }

    /// Changes a value, if it is still `was`; whether it was.
    pub async fn change_setting(&self, name: &str, was: &str, value: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE settings SET value = $3 WHERE name = $1 AND value = $2")
            .bind(name)
            .bind(was)
            .bind(value)
            .execute(self.writes())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Empty, empty_stores};

    #[tokio::test]
    async fn the_first_node_settles_a_value_for_all() {
        for Empty { store, .. } in &empty_stores().await {
            assert_eq!(store.setting("key").await.expect("answers"), None);
            let settled = tokio::join!(
                store.settle("key", "one"),
                store.settle("key", "two"),
                store.settle("key", "three"),
            );
            let kept = store.setting("key").await.expect("answers").expect("settled");
            for value in [settled.0, settled.1, settled.2] {
                assert_eq!(value.expect("settles"), kept);
            }
        }
    }

    #[tokio::test]
    async fn of_two_changes_from_one_value_one_happens() {
        for Empty { store, .. } in &empty_stores().await {
            store.settle("key", "one").await.expect("settles");
            let (a, b) = tokio::join!(
                store.change_setting("key", "one", "two"),
                store.change_setting("key", "one", "three")
            );
            assert!(a.expect("answers") ^ b.expect("answers"));
            assert!(!store.change_setting("key", "one", "four").await.expect("answers"));
        }
    }
}
