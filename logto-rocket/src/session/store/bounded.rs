//! A store with a time limit on each call.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::{Unconstrained, unconstrained};
use tokio::time::{Sleep, sleep};

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

    pub(crate) fn insert<'a>(&'a self, key: &'a StoreKey, session: &'a StoredSession) -> Bounded<'a, ()> {
        self.within(self.store.insert(key, session))
    }

    pub(crate) fn load<'a>(&'a self, key: &'a StoreKey) -> Bounded<'a, Found> {
        self.within(self.store.load(key))
    }

    pub(crate) fn replace<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: u64,
        session: &'a StoredSession,
    ) -> Bounded<'a, Replaced> {
        self.within(self.store.replace(key, expected, session))
    }

    pub(crate) fn remove<'a>(&'a self, key: &'a StoreKey, remember: Duration) -> Bounded<'a, bool> {
        self.within(self.store.remove(key, remember))
    }

    pub(crate) fn of_subject<'a>(&'a self, subject: &'a StoreKey) -> Bounded<'a, Vec<StoreKey>> {
        self.within(self.store.of_subject(subject))
    }

    pub(crate) fn of_sid<'a>(&'a self, sid: &'a StoreKey) -> Bounded<'a, Vec<StoreKey>> {
        self.within(self.store.of_sid(sid))
    }

    pub(crate) fn lease<'a>(
        &'a self,
        key: &'a StoreKey,
        holder: &'a Holder,
        lasts: Duration,
    ) -> Bounded<'a, bool> {
        self.within(self.store.lease(key, holder, lasts))
    }

    pub(crate) fn release<'a>(&'a self, key: &'a StoreKey, holder: &'a Holder) -> Bounded<'a, ()> {
        self.within(self.store.release(key, holder))
    }

    pub(crate) fn claim<'a>(&'a self, key: &'a StoreKey, lasts: Duration) -> Bounded<'a, bool> {
        self.within(self.store.claim(key, lasts))
    }

    pub(crate) fn mark<'a>(&'a self, key: &'a StoreKey, value: i64, lasts: Duration) -> Bounded<'a, ()> {
        self.within(self.store.mark(key, value, lasts))
    }

    pub(crate) async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        let marks = self.within(self.store.marks(keys)).await?;
        if marks.len() == keys.len() {
            Ok(marks)
        } else {
            Err(StoreError::new("it returned a different number of marks than was requested"))
        }
    }

    pub(crate) fn inspect(&self) -> Bounded<'_, StoreInspection> {
        // More than the store allows itself, so that it can say what has happened.
        let limit = self.limit.map(|limit| limit.max(INSPECTION_LIMIT + INSPECTION_LIMIT / 4));
        Bounded { call: self.store.inspect(), limit, timer: None }
    }

    fn within<'a, T>(&self, call: Call<'a, T>) -> Bounded<'a, T> {
        Bounded { call, limit: self.limit, timer: None }
    }
}

type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A call of a store, with its limit. It is small, because the future of each guarded request holds one.
///
/// It sets the timer only once the call has to wait: a store that answers at once, from memory, pays for none.
pub(crate) struct Bounded<'a, T> {
    call: Call<'a, T>,
    limit: Option<Duration>,
    timer: Option<Pin<Box<Unconstrained<Sleep>>>>,
}

impl<T> Future for Bounded<'_, T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(answer) = self.call.as_mut().poll(context) {
            return Poll::Ready(answer);
        }
        let Some(limit) = self.limit else { return Poll::Pending };
        // A call that uses up its task's budget must not keep the timer from being looked at.
        let timer = self.timer.get_or_insert_with(|| Box::pin(unconstrained(sleep(limit))));
        match timer.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(StoreError::new(format!("no response within {limit:?}")))),
            Poll::Pending => Poll::Pending,
        }
    }
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
