//! A store that takes its time, now more and now less, before and after it does what it is asked.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::dice::Dice;
use crate::session::store::{
    Found, Holder, MemoryStore, Replaced, SessionStore, StoreError, StoreKey, StoredSession,
};

pub(super) struct SlowStore {
    pub(super) store: Arc<MemoryStore>,
    pub(super) dice: Dice,
    /// Whose.
    pub(super) node: usize,
}

impl SlowStore {
    async fn slowly<T: Debug>(&self, what: &str, call: impl Future<Output = T>) -> T {
        self.dice.linger().await;
        let answer = call.await;
        self.dice.tell(|| format!("node {} {what}: {answer:?}", self.node));
        self.dice.linger().await;
        answer
    }
}

#[async_trait]
impl SessionStore for SlowStore {
    async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
        self.slowly("insert", self.store.insert(key, session)).await
    }

    async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
        self.slowly("load", self.store.load(key)).await
    }

    async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError> {
        self.slowly("replace", self.store.replace(key, expected, session)).await
    }

    async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
        self.slowly("remove", self.store.remove(key, remember)).await
    }

    async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.slowly("of_subject", self.store.of_subject(subject)).await
    }

    async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.slowly("of_sid", self.store.of_sid(sid)).await
    }

    async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Result<bool, StoreError> {
        self.slowly("lease", self.store.lease(key, holder, lasts)).await
    }

    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        self.slowly("release", self.store.release(key, holder)).await
    }

    async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
        self.slowly("claim", self.store.claim(key, lasts)).await
    }

    async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
        self.slowly("mark", self.store.mark(key, value, lasts)).await
    }

    async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        self.slowly("marks", self.store.marks(keys)).await
    }
}
