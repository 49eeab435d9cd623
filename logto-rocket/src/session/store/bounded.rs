//! A store with a time limit on each call.

use std::sync::Arc;
use std::time::Duration;

use super::{Found, Holder, Replaced, SessionStore, StoreError, StoreKey, StoredSession};

/// Nobody waits longer for a store than this, whatever the store does.
#[derive(Clone)]
pub(crate) struct BoundedStore {
    store: Arc<dyn SessionStore>,
    limit: Duration,
}

impl BoundedStore {
    pub(crate) fn new(store: Arc<dyn SessionStore>, limit: Duration) -> Self {
        BoundedStore { store, limit }
    }

    pub(crate) async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
        self.within(self.store.insert(key, session)).await
    }

    pub(crate) async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
        self.within(self.store.load(key)).await
    }

    pub(crate) async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError> {
        self.within(self.store.replace(key, expected, session)).await
    }

    pub(crate) async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
        self.within(self.store.remove(key, remember)).await
    }

    pub(crate) async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.within(self.store.of_subject(subject)).await
    }

    pub(crate) async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.within(self.store.of_sid(sid)).await
    }

    pub(crate) async fn lease(
        &self,
        key: &StoreKey,
        holder: &Holder,
        lasts: Duration,
    ) -> Result<bool, StoreError> {
        self.within(self.store.lease(key, holder, lasts)).await
    }

    pub(crate) async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        self.within(self.store.release(key, holder)).await
    }

    pub(crate) async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
        self.within(self.store.claim(key, lasts)).await
    }

    pub(crate) async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
        self.within(self.store.mark(key, value, lasts)).await
    }

    pub(crate) async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        let marks = self.within(self.store.marks(keys)).await?;
        if marks.len() == keys.len() {
            Ok(marks)
        } else {
            Err(StoreError::new("it answered for another number of marks than it was asked for"))
        }
    }

    async fn within<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        tokio::time::timeout(self.limit, call)
            .await
            .unwrap_or_else(|_| Err(StoreError::new(format!("no answer within {:?}", self.limit))))
    }
}
