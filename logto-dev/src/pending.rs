//! Counts what goes on behind the caller's back, so that a test can wait for its end.

use std::sync::Arc;

use tokio::sync::watch;

#[derive(Clone, Debug)]
pub(crate) struct Pending {
    count: Arc<watch::Sender<usize>>,
}

/// One thing that goes on until this is dropped.
#[derive(Debug)]
pub(crate) struct Began(Pending);

impl Default for Pending {
    fn default() -> Self {
        Self { count: Arc::new(watch::Sender::new(0)) }
    }
}

impl Pending {
    pub(crate) fn begin(&self) -> Began {
        self.count.send_modify(|count| *count += 1);
        Began(self.clone())
    }

    /// Waits until nothing goes on any more.
    pub(crate) async fn none(&self) {
        let mut count = self.count.subscribe();
        // The sender is kept by `self`, so this ends when the count is zero and not before.
        let _ = count.wait_for(|count| *count == 0).await;
    }
}

impl Drop for Began {
    fn drop(&mut self) {
        self.0.count.send_modify(|count| *count = count.saturating_sub(1));
    }
}
