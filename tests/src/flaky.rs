//! A session store that a test can take down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use logto_rocket::store::{
    Found, Holder, MemoryStore, Replaced, SessionStore, StoreError, StoreKey, StoredSession,
};

/// A store in memory that answers nothing while it is down. A clone is another way to the same store.
#[derive(Clone)]
pub struct FlakyStore {
    store: Arc<MemoryStore>,
    down: Arc<AtomicBool>,
}

impl FlakyStore {
    /// A store that is up.
    #[must_use]
    pub fn new() -> Self {
        FlakyStore { store: Arc::new(MemoryStore::new()), down: Arc::default() }
    }

    /// From now on every call fails, or none does.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    fn up(&self) -> Result<&MemoryStore, StoreError> {
        if self.down.load(Ordering::SeqCst) { Err(StoreError::new("it is down")) } else { Ok(&self.store) }
    }
}

impl Default for FlakyStore {
    fn default() -> Self {
        FlakyStore::new()
    }
}

#[rocket::async_trait]
impl SessionStore for FlakyStore {
    async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
        self.up()?.insert(key, session).await
    }

    async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
        self.up()?.load(key).await
    }

    async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError> {
        self.up()?.replace(key, expected, session).await
    }

    async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
        self.up()?.remove(key, remember).await
    }

    async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.up()?.of_subject(subject).await
    }

    async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.up()?.of_sid(sid).await
    }

    async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Result<bool, StoreError> {
        self.up()?.lease(key, holder, lasts).await
    }

    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        self.up()?.release(key, holder).await
    }

    async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
        self.up()?.claim(key, lasts).await
    }

    async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
        self.up()?.mark(key, value, lasts).await
    }

    async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        self.up()?.marks(keys).await
    }
}
