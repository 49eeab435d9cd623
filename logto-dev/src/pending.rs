//! Counts background operations, so that a test can wait for them.

use std::sync::Arc;

use tokio::sync::watch;

#[derive(Clone, Debug)]
pub(crate) struct Pending {
    count: Arc<watch::Sender<usize>>,
}

/// A background operation, which ends when this is dropped.
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

    /// Waits until no operation is running.
    pub(crate) async fn none(&self) {
        let mut count = self.count.subscribe();
        // `self` keeps the sender, so this ends only when the count is zero.
        let _ = count.wait_for(|count| *count == 0).await;
    }
}

impl Drop for Began {
    fn drop(&mut self) {
        self.0.count.send_modify(|count| *count = count.saturating_sub(1));
    }
}
