//! The way to the one expensive thing that a stranger can ask for: checking a signature.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::available_parallelism;

use tokio::sync::{Semaphore, SemaphorePermit};

/// So many wait at most; a new one beyond them is told to come back.
const QUEUE: usize = 4096;

/// Lets few signature checks run at once, so that a flood of forgeries leaves room for everything that needs
/// none: half of the machine at most.
pub(super) struct VerificationLimit {
    room: Semaphore,
    waiting: AtomicUsize,
    queue: usize,
    passed: AtomicU64,
}

/// Too many wait already.
#[derive(Debug)]
pub(super) struct QueueFull;

impl VerificationLimit {
    pub(super) fn new() -> Self {
        let threads = available_parallelism().map_or(1, std::num::NonZero::get);
        VerificationLimit::with((threads / 2).max(1), QUEUE)
    }

    fn with(room: usize, queue: usize) -> Self {
        VerificationLimit {
            room: Semaphore::new(room),
            waiting: AtomicUsize::new(0),
            queue,
            passed: AtomicU64::new(0),
        }
    }

    /// Waits for its turn; the permit is held while the check runs.
    pub(super) async fn acquire(&self) -> Result<SemaphorePermit<'_>, QueueFull> {
        let _slot = QueueSlot::take(self).ok_or(QueueFull)?;
        let permit = self.room.acquire().await.map_err(|_| QueueFull)?;
        self.passed.fetch_add(1, Ordering::Relaxed);
        Ok(permit)
    }

    /// How many have passed.
    #[cfg(test)]
    pub(super) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    /// Takes all the room.
    #[cfg(test)]
    pub(super) async fn block(&self) -> SemaphorePermit<'_> {
        let all = u32::try_from(self.room.available_permits()).expect("few");
        self.room.acquire_many(all).await.expect("open")
    }
}

/// A place in the queue, given up when its request goes away.
struct QueueSlot<'l>(&'l VerificationLimit);

impl<'l> QueueSlot<'l> {
    fn take(limit: &'l VerificationLimit) -> Option<Self> {
        let slot = QueueSlot(limit);
        (limit.waiting.fetch_add(1, Ordering::Relaxed) < limit.queue).then_some(slot)
    }
}

impl Drop for QueueSlot<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_queue_is_bounded_and_whoever_leaves_makes_room() {
        let limit = VerificationLimit::with(1, 2);
        let running = limit.acquire().await.expect("room");
        let (first, second) = (limit.acquire(), limit.acquire());
        tokio::pin!(first, second);
        let moment = Duration::from_millis(1);
        assert!(tokio::time::timeout(moment, first.as_mut()).await.is_err(), "it waits");
        assert!(tokio::time::timeout(moment, second.as_mut()).await.is_err(), "it waits");
        assert!(limit.acquire().await.is_err(), "a third is one too many");
        {
            let gone = limit.waiting.load(Ordering::Relaxed);
            assert_eq!(gone, 2);
        }
        drop(running);
        drop(first.await.expect("its turn"));
        drop(second.await.expect("its turn"));
        assert_eq!(limit.waiting.load(Ordering::Relaxed), 0);
        assert_eq!(limit.passed(), 3);
    }
}
