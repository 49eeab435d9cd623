//! Operations that the store did not take. They are repeated until it does.
//!
//! Each kind of work has a pool of its own, so that one that strangers can fill takes no room from another. In a
//! pool the same work waits once, however often it is asked for.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Short: a refresh token may be in it whose predecessor another process sends to Logto meanwhile.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Tries once. False if the store has not taken it.
type Work = Box<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send>;

/// What became of the wish to do something later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    /// It waits, perhaps since earlier.
    Waits,
    /// Too much else does.
    NoRoom,
}

/// A pool of work. One task does it, one thing after the other: however much waits, the store is asked about one
/// thing at a time.
pub(crate) struct Postponed<K>(Arc<Pool<K>>);

struct Pool<K> {
    room: usize,
    lasts: Duration,
    /// Something was given up, because its time was over.
    given_up: fn(),
    waiting: Mutex<Waiting<K>>,
}

struct Waiting<K> {
    /// Whether each was asked for again since it was last tried.
    keys: HashMap<K, bool>,
    queue: VecDeque<Item<K>>,
    is_worked_on: bool,
}

struct Item<K> {
    key: K,
    work: Work,
    until: Instant,
}

impl<K: Clone + Eq + Hash + Send + 'static> Postponed<K> {
    /// A pool for so many things, each of which is tried for so long.
    pub(crate) fn new(room: usize, lasts: Duration, given_up: fn()) -> Self {
        let waiting = Waiting { keys: HashMap::new(), queue: VecDeque::new(), is_worked_on: false };
        Postponed(Arc::new(Pool { room, lasts, given_up, waiting: Mutex::new(waiting) }))
    }

    /// Does something as soon as that is possible.
    pub(crate) fn put<F>(&self, key: K, work: impl Fn() -> F + Send + 'static) -> Put
    where
        F: Future<Output = bool> + Send + 'static,
    {
        let mut waiting = self.0.waiting();
        if let Some(again) = waiting.keys.get_mut(&key) {
            *again = true;
            return Put::Waits;
        }
        if waiting.keys.len() >= self.0.room {
            return Put::NoRoom;
        }
        waiting.keys.insert(key.clone(), false);
        let work: Work = Box::new(move || Box::pin(work()));
        waiting.queue.push_back(Item { key, work, until: self.0.until() });
        if !waiting.is_worked_on {
            waiting.is_worked_on = true;
            tokio::spawn(Arc::clone(&self.0).work());
        }
        Put::Waits
    }
}

impl<K: Clone + Eq + Hash + Send + 'static> Pool<K> {
    async fn work(self: Arc<Self>) {
        let mut pause = FIRST_PAUSE;
        tokio::time::sleep(pause).await;
        while let Some(item) = self.next() {
            let trial = (item.work)();
            let is_done = trial.await;
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
        // A time that no clock reaches is as good as none.
        Instant::now().checked_add(self.lasts).unwrap_or_else(Instant::now)
    }

    fn next(&self) -> Option<Item<K>> {
        let until = self.until();
        let mut waiting = self.waiting();
        let Some(mut item) = waiting.queue.pop_front() else {
            waiting.is_worked_on = false;
            return None;
        };
        if waiting.keys.get_mut(&item.key).is_some_and(std::mem::take) {
            // It was asked for once more, and has the whole time from now on.
            item.until = until;
        }
        Some(item)
    }

    fn settle(&self, item: Item<K>, is_done: bool) {
        let mut waiting = self.waiting();
        let again = waiting.keys.get(&item.key).copied().unwrap_or(false);
        if is_done && !again {
            waiting.keys.remove(&item.key);
        } else if again || Instant::now() < item.until {
            waiting.queue.push_back(item);
        } else {
            waiting.keys.remove(&item.key);
            drop(waiting);
            if !is_done {
                (self.given_up)();
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<K>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    static GIVEN_UP: AtomicUsize = AtomicUsize::new(0);

    fn pool(room: usize) -> Postponed<u32> {
        Postponed::new(room, Duration::from_secs(60), || {
            GIVEN_UP.fetch_add(1, Ordering::SeqCst);
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
    async fn field_21_the_same_work_waits_once_and_a_full_pool_takes_no_more() {
        let (store, pool) = (Store::default(), pool(2));
        for _ in 0..300 {
            assert_eq!(pool.put(1, store.work(1)), Put::Waits);
        }
        assert_eq!(pool.put(2, store.work(2)), Put::Waits);
        assert_eq!(pool.put(3, store.work(3)), Put::NoRoom);
        assert_eq!(pool.put(1, store.work(1)), Put::Waits, "it waits already");
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(store.tries.load(Ordering::SeqCst) < 20, "one at a time, with pauses");
        store.is_up.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mut done = store.done();
        done.sort_unstable();
        assert_eq!(done, [1, 2]);
        assert_eq!(pool.put(3, store.work(3)), Put::Waits, "there is room again");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(store.done().last(), Some(&3));
    }

    #[tokio::test(start_paused = true)]
    async fn field_33_what_is_asked_for_while_it_is_done_is_done_once_more() {
        let (store, pool) = (Store::default(), Arc::new(pool(2)));
        store.is_up.store(true, Ordering::SeqCst);
        let (inner, asked) = (Arc::clone(&pool), store.clone());
        let first = Arc::new(AtomicBool::new(true));
        pool.put(1, move || {
            if first.swap(false, Ordering::SeqCst) {
                // Whoever comes now cannot know whether the work has seen what they have changed.
                assert_eq!(inner.put(1, asked.work(1)), Put::Waits);
            }
            asked.work(1)()
        });
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(store.done(), [1, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_for_again_has_its_whole_time_again() {
        let (store, pool) = (Store::default(), pool(2));
        pool.put(1, store.work(1));
        tokio::time::sleep(Duration::from_secs(58)).await;
        pool.put(1, store.work(1));
        tokio::time::sleep(Duration::from_secs(30)).await;
        store.is_up.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(store.done(), [1]);
    }

    #[tokio::test(start_paused = true)]
    async fn field_33_what_the_store_never_takes_is_given_up_and_said_so() {
        let (store, pool) = (Store::default(), pool(2));
        let before = GIVEN_UP.load(Ordering::SeqCst);
        pool.put(7, store.work(7));
        tokio::time::sleep(Duration::from_secs(59)).await;
        assert_eq!(GIVEN_UP.load(Ordering::SeqCst), before);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(GIVEN_UP.load(Ordering::SeqCst), before + 1);
        assert!(store.done().is_empty());
    }
}
