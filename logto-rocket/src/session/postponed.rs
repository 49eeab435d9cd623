//! Operations that the store refused or did not respond to. They are retried until it accepts them.
//!
//! Each kind of operation has a queue of its own, so that a queue that strangers can fill takes no room from another.
//! An operation is queued once, however often it is requested.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Short: the operation may store a refresh token, and until it does another process may send its predecessor to Logto.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// One attempt. Returns false if the store did not accept it.
type Work = Box<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send>;

/// The result of [`Postponed::enqueue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enqueued {
    /// The operation is in the queue; it may have been there before.
    Queued,
    /// The queue has no room.
    QueueFull,
}

/// A queue of operations. One task runs them one at a time, so the store gets one request at a time however many are
/// queued.
pub(crate) struct Postponed<K>(Arc<Shared<K>>);

struct Shared<K> {
    capacity: usize,
    lasts: Duration,
    /// Called when an operation was dropped because the store did not accept it in time.
    on_expiry: fn(),
    queue: Mutex<Queue<K>>,
}

struct Queue<K> {
    /// The queued keys, each with whether it was requested again since its last attempt.
    keys: HashMap<K, bool>,
    items: VecDeque<Item<K>>,
    has_worker: bool,
}

struct Item<K> {
    key: K,
    work: Work,
    until: Instant,
}

impl<K: Clone + Eq + Hash + Send + 'static> Postponed<K> {
    /// A queue for `capacity` operations, each of which is retried for the duration `lasts`.
    pub(crate) fn new(capacity: usize, lasts: Duration, on_expiry: fn()) -> Self {
        let queue = Queue { keys: HashMap::new(), items: VecDeque::new(), has_worker: false };
        Postponed(Arc::new(Shared { capacity, lasts, on_expiry, queue: Mutex::new(queue) }))
    }

    /// Runs an operation as soon as the store accepts it.
    pub(crate) fn enqueue<F>(&self, key: K, work: impl Fn() -> F + Send + 'static) -> Enqueued
    where
        F: Future<Output = bool> + Send + 'static,
    {
        let mut queue = self.0.queue();
        if let Some(again) = queue.keys.get_mut(&key) {
            *again = true;
            return Enqueued::Queued;
        }
        if queue.keys.len() >= self.0.capacity {
            return Enqueued::QueueFull;
        }
        queue.keys.insert(key.clone(), false);
        let work: Work = Box::new(move || Box::pin(work()));
        queue.items.push_back(Item { key, work, until: self.0.until() });
        if !queue.has_worker {
            queue.has_worker = true;
            tokio::spawn(Arc::clone(&self.0).work());
        }
        Enqueued::Queued
    }
}

impl<K: Clone + Eq + Hash + Send + 'static> Shared<K> {
    async fn work(self: Arc<Self>) {
        let mut pause = FIRST_PAUSE;
        tokio::time::sleep(pause).await;
        while let Some(item) = self.next() {
            let attempt = (item.work)();
            let is_done = attempt.await;
            self.settle(item, is_done);
            if is_done {
                pause = FIRST_PAUSE;
            } else {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    fn until(&self) -> Instant {
        // An instant that overflows is treated as the present.
        Instant::now().checked_add(self.lasts).unwrap_or_else(Instant::now)
    }

    fn next(&self) -> Option<Item<K>> {
        let until = self.until();
        let mut queue = self.queue();
        let Some(mut item) = queue.items.pop_front() else {
            queue.has_worker = false;
            return None;
        };
        if queue.keys.get_mut(&item.key).is_some_and(std::mem::take) {
            // It was requested again: its time starts anew.
            item.until = until;
        }
        Some(item)
    }

    fn settle(&self, item: Item<K>, is_done: bool) {
        let mut queue = self.queue();
        let again = queue.keys.get(&item.key).copied().unwrap_or(false);
        if is_done && !again {
            queue.keys.remove(&item.key);
        } else if again || Instant::now() < item.until {
            queue.items.push_back(item);
        } else {
            queue.keys.remove(&item.key);
            drop(queue);
            if !is_done {
                (self.on_expiry)();
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue<K>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    thread_local! {
        /// Of the test of this thread, on which its runtime runs.
        static EXPIRED: Cell<usize> = const { Cell::new(0) };
    }

    fn pool(room: usize) -> Postponed<u32> {
        Postponed::new(room, Duration::from_secs(60), || {
            EXPIRED.set(EXPIRED.get() + 1);
        })
    }

    #[derive(Clone, Default)]
    struct Store {
        is_up: Arc<AtomicBool>,
        done: Arc<Mutex<Vec<u32>>>,
        tries: Arc<AtomicUsize>,
    }

    impl Store {
        fn work(&self, key: u32) -> impl Fn() -> std::future::Ready<bool> + Send + 'static {
            let store = self.clone();
            move || {
                store.tries.fetch_add(1, Ordering::SeqCst);
                let is_up = store.is_up.load(Ordering::SeqCst);
                if is_up {
                    store.done.lock().expect("no panic").push(key);
                }
                std::future::ready(is_up)
            }
        }

        fn done(&self) -> Vec<u32> {
            self.done.lock().expect("no panic").clone()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn field_21_an_operation_is_queued_once_and_a_full_queue_accepts_no_more() {
        let (store, pool) = (Store::default(), pool(2));
        for _ in 0..300 {
            assert_eq!(pool.enqueue(1, store.work(1)), Enqueued::Queued);
        }
        assert_eq!(pool.enqueue(2, store.work(2)), Enqueued::Queued);
        assert_eq!(pool.enqueue(3, store.work(3)), Enqueued::QueueFull);
        assert_eq!(pool.enqueue(1, store.work(1)), Enqueued::Queued, "it is queued already");
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(store.tries.load(Ordering::SeqCst) < 20, "one at a time, with pauses");
        store.is_up.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mut done = store.done();
        done.sort_unstable();
        assert_eq!(done, [1, 2]);
        assert_eq!(pool.enqueue(3, store.work(3)), Enqueued::Queued, "there is room again");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(store.done().last(), Some(&3));
    }

    #[tokio::test(start_paused = true)]
    async fn field_33_an_operation_requested_during_its_attempt_runs_once_more() {
        let (store, pool) = (Store::default(), Arc::new(pool(2)));
        store.is_up.store(true, Ordering::SeqCst);
        let (inner, asked) = (Arc::clone(&pool), store.clone());
        let first = Arc::new(AtomicBool::new(true));
        pool.enqueue(1, move || {
            if first.swap(false, Ordering::SeqCst) {
                // A request that arrives now cannot know whether the attempt has seen its change.
                assert_eq!(inner.enqueue(1, asked.work(1)), Enqueued::Queued);
            }
            asked.work(1)()
        });
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(store.done(), [1, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_requested_again_has_its_whole_time_again() {
        let (store, pool) = (Store::default(), pool(2));
        pool.enqueue(1, store.work(1));
        tokio::time::sleep(Duration::from_secs(58)).await;
        pool.enqueue(1, store.work(1));
        tokio::time::sleep(Duration::from_secs(30)).await;
        store.is_up.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(store.done(), [1]);
    }

    #[tokio::test(start_paused = true)]
    async fn field_33_an_operation_that_the_store_never_accepts_is_dropped_and_reported() {
        let (store, pool) = (Store::default(), pool(2));
        pool.enqueue(7, store.work(7));
        tokio::time::sleep(Duration::from_secs(59)).await;
        assert_eq!(EXPIRED.get(), 0);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(EXPIRED.get(), 1);
        assert!(store.done().is_empty());
    }
}
