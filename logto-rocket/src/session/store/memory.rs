//! The store for one process: everything in memory, and bounded.

mod contents;
mod limits;
mod shards;
mod timed;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use contents::{Bounds, Contents, Readable};
use limits::after;
use tokio::time::Instant;

use super::{Found, Holder, Replaced, SessionStore, StoreError, StoreKey, StoredSession};

/// The default capacity, in sessions.
const SESSIONS: usize = 100_000;
/// The default limit of sessions of one user.
const PER_PERSON: usize = 10_000;
/// Tombstones, leases, claims and marks are small: there is room for so many of each, per session.
const SMALL_PER_SESSION: usize = 10;

/// Keeps sessions in the memory of this process: for applications that run as one process, and for tests.
///
/// A restart forgets everything, and everybody signs in once more. Two processes do not see each other's
/// sessions: use `RedisStore` (feature `redis`) there.
///
/// # What is bounded, and what happens when it is full
///
/// - **Sessions of one user**: 10 000, or [`per_person`](Self::per_person). A new one takes the place of the one of
///   theirs that would end soonest: one account that signs in without end pushes nobody else out.
/// - **Sessions**: 100 000, or [`capacity`](Self::capacity). A new one takes the place of the one that would
///   end soonest: of the same user's where they have ten or more, or a tenth of all that there is room for. Sessions
///   are prolonged while they are used, so that is one that was not used for long; who held it signs in again.
/// - **Tombstones**: ten times as many, in room of their own: however many there are, no session goes for them.
///   The one that would end soonest goes first. What is gone stays gone without its tombstone, because
///   [`replace`](SessionStore::replace) never writes where nothing is.
/// - **Leases, claims and marks**: ten times as many of each. None is dropped before its time, as that would
///   undo a sign-out or let a logout token be used twice: what finds no room is refused with an error.
///
/// What has ended is invisible at once, and cleared away a little at each call that writes, and at each that comes upon
/// it.
///
/// Loading a session and looking up marks take no lock that all sessions share.
///
/// ```
/// use logto_rocket::store::MemoryStore;
///
/// let store = MemoryStore::new().capacity(10_000);
/// # let _ = store;
/// ```
pub struct MemoryStore {
    capacity: usize,
    per_person: usize,
    /// What is read without waiting for those who write.
    readable: Readable,
    /// Everything, for one who writes.
    contents: Mutex<Contents>,
}

impl MemoryStore {
    /// An empty store with room for 100 000 sessions.
    #[must_use]
    pub fn new() -> Self {
        let contents = Contents::default();
        MemoryStore {
            capacity: SESSIONS,
            per_person: PER_PERSON,
            readable: contents.readable.clone(),
            contents: Mutex::new(contents),
        }
    }

    /// How many sessions there is room for; at least one.
    #[must_use]
    pub fn capacity(self, sessions: usize) -> Self {
        MemoryStore { capacity: sessions.max(1), ..self }
    }

    /// How many sessions one user may have, on all devices together; at least one. 10 000 unless it is
    /// said: a program may sign in as often.
    ///
    /// ```
    /// use logto_rocket::store::MemoryStore;
    ///
    /// let store = MemoryStore::new().per_person(20);
    /// # let _ = store;
    /// ```
    #[must_use]
    pub fn per_person(self, sessions: usize) -> Self {
        MemoryStore { per_person: sessions.max(1), ..self }
    }

    /// How many of the small contents there is room for.
    fn small(&self) -> usize {
        self.capacity.saturating_mul(SMALL_PER_SESSION)
    }

    /// What is kept, without some of what has ended, and the time. Nobody awaits with it in hand.
    fn at_now(&self) -> (MutexGuard<'_, Contents>, Instant) {
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        contents.sweep(now);
        (contents, now)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        MemoryStore::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
        let (mut contents, now) = self.at_now();
        contents.insert(key, session, now, Bounds { all: self.capacity, of_one: self.per_person })
    }

    async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
        let now = Instant::now();
        let found = self.readable.load(key, now);
        if let Some(found) = found {
            return Ok(found);
        }
        // It has ended, so there is something to clear away.
        Ok(self.at_now().0.load(key, now))
    }

    async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError> {
        let (mut contents, now) = self.at_now();
        Ok(contents.replace(key, expected, session, now))
    }

    async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
        let (mut contents, now) = self.at_now();
        Ok(contents.remove(key, remember, now, self.small()))
    }

    async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        let (contents, now) = self.at_now();
        Ok(contents.of_subject(subject, now))
    }

    async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        let (contents, now) = self.at_now();
        Ok(contents.of_sid(sid, now))
    }

    async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Result<bool, StoreError> {
        let (mut contents, now) = self.at_now();
        if contents.leases.get(key, now).is_some_and(|current| current != holder) {
            return Ok(false);
        }
        contents.leases.put_if_room(key, *holder, after(now, lasts), self.small())?;
        Ok(true)
    }

    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        let (mut contents, now) = self.at_now();
        if contents.leases.get(key, now) == Some(holder) {
            contents.leases.take(key);
        }
        Ok(())
    }

    async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
        let (mut contents, now) = self.at_now();
        if contents.claims.get(key, now).is_some() {
            return Ok(false);
        }
        contents.claims.put_if_room(key, (), after(now, lasts), self.small())?;
        Ok(true)
    }

    async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
        let (mut contents, now) = self.at_now();
        contents.mark(key, value, after(now, lasts), now, self.small())
    }

    async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        let now = Instant::now();
        if let Some(marks) = self.readable.marks(keys, now) {
            return Ok(marks);
        }
        // Somebody was writing marks meanwhile, and all are to be of one moment.
        let (_things, now) = self.at_now();
        Ok(self.readable.each_mark(keys, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn key(number: u32) -> StoreKey {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        StoreKey::from_bytes(hash)
    }

    fn session() -> StoredSession {
        StoredSession { version: 1, sealed: vec![7; 10].into(), subject: key(9), sid: None, lasts: HOUR }
    }

    #[tokio::test(start_paused = true)]
    async fn h05_a_load_that_comes_upon_what_has_ended_clears_it_away() {
        let store = MemoryStore::new();
        store.insert(&key(1), &session()).await.expect("room");
        store.remove(&key(2), HOUR).await.expect("room");
        tokio::time::advance(HOUR).await;
        for number in [1, 2] {
            assert_eq!(store.load(&key(number)).await.expect("an answer"), Found::Nothing);
        }
        assert_eq!(store.readable.len(), 0);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn marks_are_of_one_moment_while_others_write() {
        let store = std::sync::Arc::new(MemoryStore::new());
        let (first, second) = (key(1), key(2));
        let writing = tokio::spawn({
            let store = std::sync::Arc::clone(&store);
            async move {
                for value in 1..=20_000 {
                    store.mark(&first, value, HOUR).await.expect("room");
                    store.mark(&second, value, HOUR).await.expect("room");
                }
            }
        });
        while !writing.is_finished() {
            let marks = store.marks(&[first, second]).await.expect("marks");
            let [first, second] = marks[..] else { panic!("two marks") };
            let (first, second) = (first.unwrap_or(0), second.unwrap_or(0));
            assert!(first == second || first == second + 1, "{first}, {second}");
        }
        writing.await.expect("written");
    }

    #[tokio::test]
    async fn no_claim_lease_or_mark_goes_before_its_time() {
        let store = MemoryStore::new().capacity(1);
        for number in 0..10 {
            assert!(store.claim(&key(number), HOUR).await.expect("room"));
            store.mark(&key(number), 1, HOUR).await.expect("room");
            let holder = Holder::from_bytes([1; 16]);
            assert!(store.lease(&key(number), &holder, HOUR).await.expect("room"));
        }
        assert!(store.claim(&key(10), HOUR).await.is_err());
        assert!(store.mark(&key(10), 1, HOUR).await.is_err());
        assert!(store.lease(&key(10), &Holder::from_bytes([1; 16]), HOUR).await.is_err());
        assert!(!store.claim(&key(0), HOUR).await.expect("an answer"));
        store.mark(&key(0), 2, HOUR).await.expect("an old mark may rise");
        assert_eq!(store.marks(&[key(0), key(10)]).await.expect("marks"), [Some(2), None]);
    }

    #[tokio::test]
    async fn endless_claims_that_end_take_no_room() {
        let store = MemoryStore::new().capacity(1);
        for number in 0..10_000 {
            assert!(store.claim(&key(number), Duration::ZERO).await.expect("room"));
            store.mark(&key(number), 1, Duration::ZERO).await.expect("room");
            store.remove(&key(number), Duration::ZERO).await.expect("room");
        }
        let contents = store.contents.lock().expect("not poisoned");
        assert!(contents.claims.len() < 10 && contents.marks.len() < 10 && contents.tombstones.len() < 10);
    }

    #[tokio::test]
    async fn o01_debug_tells_nothing_of_what_is_kept() {
        let store = MemoryStore::new();
        store.insert(&key(0x4142_4344), &session()).await.expect("room");
        assert_eq!(format!("{store:?}"), "MemoryStore { capacity: 100000, .. }");
    }
}
