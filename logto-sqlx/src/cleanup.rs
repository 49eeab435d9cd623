//! The task that deletes expired rows.

use std::time::Duration;

use logto_rocket::store::StoreError;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

/// A task that ends with this value.
#[derive(Debug)]
pub(crate) struct CleanupTask(AbortHandle);

impl CleanupTask {
    /// Runs `clean_up` now and then every `period`. It returns how many rows it has deleted.
    pub(crate) fn start<F>(period: Duration, clean_up: impl Fn() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<u64, StoreError>> + Send,
    {
        let task = tokio::spawn(async move {
            let mut ticks = interval(period.max(Duration::from_millis(1)));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                match clean_up().await {
                    Ok(0) => {}
                    Ok(deleted) => tracing::debug!(
                        target: "logto",
                        deleted,
                        "deleted expired rows from the session store"
                    ),
                    Err(error) => tracing::warn!(
                        target: "logto",
                        code = "session_cleanup_failed",
                        "expired rows could not be deleted from the session store: {error}; retrying in {period:?}"
                    ),
                }
            }
        });
        CleanupTask(task.abort_handle())
    }
}

impl Drop for CleanupTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}
