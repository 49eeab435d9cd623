//! A store with a time limit on each call.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::task::unconstrained;
use tokio::time::sleep;

use super::inspection::INSPECTION_LIMIT;
use super::{Found, Holder, Replaced, SessionStore, StoreError, StoreInspection, StoreKey, StoredSession};

/// A store whose calls end within a limit, whatever the store does.
#[derive(Clone)]
pub(crate) struct BoundedStore {
    store: Arc<dyn SessionStore>,
    /// `None` for a store that keeps a limit by itself: no second timer runs beside its own.
    limit: Option<Duration>,
}

impl BoundedStore {
    pub(crate) fn new(store: Arc<dyn SessionStore>, limit: Duration) -> Self {
        BoundedStore { store, limit: Some(limit) }
    }

    /// For the stores of this crate alone.
    pub(crate) fn with_own_limit(store: Arc<dyn SessionStore>) -> Self {
        BoundedStore { store, limit: None }
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
            Err(StoreError::new("it returned a different number of marks than was requested"))
        }
    }

    pub(crate) async fn inspect(&self) -> Result<StoreInspection, StoreError> {
        // More than the store allows itself, so that it can say what has happened.
        let limit = self.limit.map(|limit| limit.max(INSPECTION_LIMIT + INSPECTION_LIMIT / 4));
        within(limit, self.store.inspect()).await
    }

    async fn within<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        within(self.limit, call).await
    }
}

/// Sets the timer only once the call has to wait: a store that answers at once, from memory, pays for none.
async fn within<T>(
    limit: Option<Duration>,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let Some(limit) = limit else { return call.await };
    let mut call = pin!(call);
    let mut timer = None;
    poll_fn(|context| {
        if let Poll::Ready(answer) = call.as_mut().poll(context) {
            return Poll::Ready(answer);
        }
        if timer.is_none() {
            // A call that uses up its task's budget must not keep the timer from being looked at.
            timer = Some(Box::pin(unconstrained(sleep(limit))));
        }
        match timer.as_mut().map(|timer| timer.as_mut().poll(context)) {
            Some(Poll::Ready(())) => {
                Poll::Ready(Err(StoreError::new(format!("no response within {limit:?}"))))
            }
            _ => Poll::Pending,
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;

    /// Answers after a while, and then with an error.
    struct SlowStore(Duration);

    #[async_trait]
    impl SessionStore for SlowStore {
        async fn insert(&self, _: &StoreKey, _: &StoredSession) -> Result<(), StoreError> {
            self.answer().await
        }

        async fn load(&self, _: &StoreKey) -> Result<Found, StoreError> {
            self.answer().await
        }

        async fn replace(&self, _: &StoreKey, _: u64, _: &StoredSession) -> Result<Replaced, StoreError> {
            self.answer().await
        }

        async fn remove(&self, _: &StoreKey, _: Duration) -> Result<bool, StoreError> {
            self.answer().await
        }

        async fn of_subject(&self, _: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
            self.answer().await
        }

        async fn of_sid(&self, _: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
            self.answer().await
        }

        async fn lease(&self, _: &StoreKey, _: &Holder, _: Duration) -> Result<bool, StoreError> {
            self.answer().await
        }

        async fn release(&self, _: &StoreKey, _: &Holder) -> Result<(), StoreError> {
            self.answer().await
        }

        async fn claim(&self, _: &StoreKey, _: Duration) -> Result<bool, StoreError> {
            self.answer().await
        }

        async fn mark(&self, _: &StoreKey, _: i64, _: Duration) -> Result<(), StoreError> {
            self.answer().await
        }

        async fn marks(&self, _: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
            self.answer().await
        }

        async fn inspect(&self) -> Result<StoreInspection, StoreError> {
            self.answer().await
        }
    }

    impl SlowStore {
        async fn answer<T>(&self) -> Result<T, StoreError> {
            tokio::time::sleep(self.0).await;
            Err(StoreError::new("the store's own answer"))
        }
    }

    async fn load_after(delay: Duration) -> String {
        let store = BoundedStore::new(Arc::new(SlowStore(delay)), Duration::from_secs(2));
        store.load(&StoreKey::from_bytes([1; 32])).await.expect_err("it never has a session").to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_the_limit() {
        for delay in [Duration::ZERO, Duration::from_millis(1_990)] {
            assert!(load_after(delay).await.contains("the store's own answer"), "{delay:?}");
        }
        let begun = tokio::time::Instant::now();
        for delay in [Duration::from_millis(2_010), Duration::from_secs(3_600)] {
            assert!(load_after(delay).await.contains("no response within 2s"), "{delay:?}");
        }
        assert_eq!(begun.elapsed().as_secs(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn an_inspection_has_a_limit_of_its_own() {
        for (delay, told) in [(5, "the store's own answer"), (3_600, "no response within 6.25s")] {
            let store =
                BoundedStore::new(Arc::new(SlowStore(Duration::from_secs(delay))), Duration::from_secs(1));
            let error = store.inspect().await.expect_err("it never has an answer").to_string();
            assert!(error.contains(told), "{delay}: {error}");
        }
    }
}
