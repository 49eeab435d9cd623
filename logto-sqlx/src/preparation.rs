//! What has to be done once before the first call: connecting, and making the tables.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use logto_rocket::store::StoreError;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long an attempt may take at most. Its parts have shorter limits.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(120);

type Outcome = Option<Result<(), StoreError>>;

/// Something that is made on the first call that needs it.
///
/// An attempt runs in a task of its own, so it goes on when the call that began it has reached its time limit. All calls
/// wait for the same attempt. After one that failed or took too long, the next call begins another.
pub(crate) struct Preparation<T> {
    ready: Arc<OnceLock<T>>,
    attempt: Mutex<Option<watch::Receiver<Outcome>>>,
    limit: Duration,
}

impl<T: Send + Sync + 'static> Preparation<T> {
    pub(crate) fn new() -> Self {
        Self::within(ATTEMPT_LIMIT)
    }

    fn within(limit: Duration) -> Self {
        Preparation { ready: Arc::new(OnceLock::new()), attempt: Mutex::new(None), limit }
    }

    /// What was made, without a call that makes it.
    pub(crate) fn made(&self) -> Option<&T> {
        self.ready.get()
    }

    /// What was made, or is made now.
    pub(crate) async fn get<F>(&self, make: impl FnOnce() -> F) -> Result<&T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let interrupted = || StoreError::new("the attempt to connect was interrupted");
        if let Some(ready) = self.ready.get() {
            return Ok(ready);
        }
        let mut attempt = self.attempt(make);
        let outcome = attempt.wait_for(Option::is_some).await.map_err(|_| interrupted())?.clone();
        outcome.ok_or_else(interrupted)??;
        self.ready.get().ok_or_else(interrupted)
    }

    /// The attempt under way, or a new one.
    fn attempt<F>(&self, make: impl FnOnce() -> F) -> watch::Receiver<Outcome>
    where
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let mut latest = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = |attempt: &&mut watch::Receiver<Outcome>| match &*attempt.borrow() {
            Some(outcome) => outcome.is_ok(),
            // The task ends without an outcome when its runtime ends.
            None => attempt.has_changed().is_ok(),
        };
        if let Some(attempt) = latest.as_mut().filter(under_way) {
            return attempt.clone();
        }
        let (tell, attempt) = watch::channel(None);
        let (ready, making) = (Arc::clone(&self.ready), timeout(self.limit, make()));
        tokio::spawn(async move {
            let too_late = || StoreError::new("connecting took too long; the next call tries again");
            let outcome = making.await.unwrap_or_else(|_| Err(too_late())).map(|made| {
                // There is one attempt at a time.
                let _ = ready.set(made);
            });
            tell.send_replace(Some(outcome));
        });
        latest.insert(attempt).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn calls_share_an_attempt_and_one_that_failed_is_repeated() {
        let preparation = Preparation::new();
        let attempts = Arc::new(AtomicUsize::new(0));
        let make = |good: bool| {
            let attempts = Arc::clone(&attempts);
            move || async move {
                attempts.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                if good { Ok(7) } else { Err(StoreError::new("nobody is there")) }
            }
        };
        let (one, other) = tokio::join!(preparation.get(make(false)), preparation.get(make(false)));
        assert!(one.is_err() && other.is_err());
        assert_eq!(attempts.load(Ordering::Relaxed), 1);
        assert!(preparation.made().is_none());
        for _ in 0..2 {
            assert_eq!(preparation.get(make(true)).await.ok(), Some(&7));
        }
        assert_eq!(attempts.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn an_attempt_that_never_ends_is_followed_by_another() {
        let preparation = Preparation::within(Duration::from_millis(1));
        assert!(preparation.get(std::future::pending).await.is_err());
        assert_eq!(preparation.get(|| async { Ok(7) }).await.ok(), Some(&7));
    }

    #[tokio::test]
    async fn an_attempt_outlives_the_call_that_began_it() {
        let preparation = Preparation::new();
        let gate = Arc::new(Semaphore::new(0));
        let make = || {
            let gate = Arc::clone(&gate);
            async move { gate.acquire_owned().await.map(|_| 7).map_err(|_| StoreError::new("closed")) }
        };
        tokio::select! {
            biased;
            _ = preparation.get(make) => panic!("the gate is closed"),
            () = tokio::task::yield_now() => {}
        }
        gate.add_permits(1);
        let repeated = || async { Err(StoreError::new("a second attempt")) };
        assert_eq!(preparation.get(repeated).await.ok(), Some(&7));
    }
}
