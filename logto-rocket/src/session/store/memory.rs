//! The store for one process: everything in memory, and bounded.

mod timed;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use timed::{Index, Timed};
use tokio::time::Instant;

use super::{Found, Holder, Replaced, SessionStore, StoreError, StoreKey, StoredSession};

/// How many sessions there is room for, unless it is said.
const SESSIONS: usize = 100_000;
/// How many sessions one person may have, unless it is said.
const PER_PERSON: usize = 10_000;
/// Whoever has so many sessions gives up one of their own when the store is full; fewer where it is small.
const OWN_FIRST: usize = 10;
/// Tombstones, leases, claims and marks are small: there is room for so many of each, per session.
const SMALL_PER_SESSION: usize = 10;
/// How many things that have ended each call clears away, of each kind. No call adds more than one, so a few
/// are enough to keep up.
const SWEPT_PER_CALL: usize = 4;
/// Nothing is kept for longer, whatever is asked.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Keeps sessions in the memory of this process: for applications that run as one process, and for tests.
///
/// A restart forgets everything, and everybody signs in once more. Two processes do not see each other's
/// sessions: use `RedisStore` (feature `redis`) there.
///
/// # What is bounded, and what happens when it is full
///
/// - **Sessions of one person**: 10 000, or [`per_person`](Self::per_person). A new one takes the place of the one of
///   theirs that would end soonest: one account that signs in without end pushes nobody else out.
/// - **Sessions**: 100 000, or [`capacity`](Self::capacity). A new one takes the place of the one that would
///   end soonest: of the same person's where they have ten or more, or a tenth of all that there is room for. Sessions
///   are prolonged while they are used, so that is one that was not used for long; who held it signs in again.
/// - **Tombstones**: ten times as many, in room of their own: however many there are, no session goes for them.
///   The one that would end soonest goes first. What is gone stays gone without its tombstone, because
///   [`replace`](SessionStore::replace) never writes where nothing is.
/// - **Leases, claims and marks**: ten times as many of each. None is dropped before its time, as that would
///   undo a sign-out or let a logout token be used twice: what finds no room is refused with an error.
///
/// What has ended is invisible at once, and cleared away a little at each call.
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
    things: Mutex<Things>,
}

impl MemoryStore {
    /// An empty store with room for 100 000 sessions.
    #[must_use]
    pub fn new() -> Self {
        MemoryStore { capacity: SESSIONS, per_person: PER_PERSON, things: Mutex::default() }
    }

    /// How many sessions there is room for; at least one.
    #[must_use]
    pub fn capacity(self, sessions: usize) -> Self {
        MemoryStore { capacity: sessions.max(1), ..self }
    }

    /// How many sessions one person may have, on all devices together; at least one. 10 000 unless it is
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

    /// How many of the small things there is room for.
    fn small(&self) -> usize {
        self.capacity.saturating_mul(SMALL_PER_SESSION)
    }

    /// What is kept, without some of what has ended, and the time. Nobody awaits with it in hand.
    fn at_now(&self) -> (MutexGuard<'_, Things>, Instant) {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        things.sweep(now);
        (things, now)
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
        let (mut things, now) = self.at_now();
        things.insert(key, session, now, Bounds { all: self.capacity, of_one: self.per_person })
    }

    async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
        let (things, now) = self.at_now();
        Ok(things.load(key, now))
    }

    async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError> {
        let (mut things, now) = self.at_now();
        Ok(things.replace(key, expected, session, now))
    }

    async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
        let (mut things, now) = self.at_now();
        Ok(things.remove(key, remember, now, self.small()))
    }

    async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        let (things, now) = self.at_now();
        Ok(things.alive_of(&things.by_subject, subject, now))
    }

    async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        let (things, now) = self.at_now();
        Ok(things.alive_of(&things.by_sid, sid, now))
    }

    async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Result<bool, StoreError> {
        let (mut things, now) = self.at_now();
        if things.leases.get(key, now).is_some_and(|current| current != holder) {
            return Ok(false);
        }
        things.leases.put_if_room(key, *holder, after(now, lasts), self.small())?;
        Ok(true)
    }

    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        let (mut things, now) = self.at_now();
        if things.leases.get(key, now) == Some(holder) {
            things.leases.take(key);
        }
        Ok(())
    }

    async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
        let (mut things, now) = self.at_now();
        if things.claims.get(key, now).is_some() {
            return Ok(false);
        }
        things.claims.put_if_room(key, (), after(now, lasts), self.small())?;
        Ok(true)
    }

    async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
        let (mut things, now) = self.at_now();
        let ends = after(now, lasts);
        let (value, ends) = match things.marks.entry(key, now) {
            Some((highest, until)) => (value.max(*highest), ends.max(until)),
            None => (value, ends),
        };
        things.marks.put_if_room(key, value, ends, self.small())
    }

    async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        let (things, now) = self.at_now();
        Ok(keys.iter().map(|key| things.marks.get(key, now).copied()).collect())
    }
}

fn after(now: Instant, lasts: Duration) -> Instant {
    now + lasts.min(LONGEST)
}

/// For how many sessions there is room.
#[derive(Clone, Copy)]
struct Bounds {
    all: usize,
    of_one: usize,
}

/// Everything that is kept. The time comes with each call.
#[derive(Default)]
struct Things {
    sessions: Timed<Kept>,
    tombstones: Timed<()>,
    by_subject: Index,
    by_sid: Index,
    leases: Timed<Holder>,
    claims: Timed<()>,
    marks: Timed<i64>,
}

struct Kept {
    version: u64,
    sealed: Vec<u8>,
    subject: StoreKey,
    sid: Option<StoreKey>,
}

impl Kept {
    fn of(session: &StoredSession) -> Self {
        Kept {
            version: session.version,
            sealed: session.sealed.clone(),
            subject: session.subject,
            sid: session.sid,
        }
    }
}

impl Things {
    fn insert(
        &mut self,
        key: &StoreKey,
        session: &StoredSession,
        now: Instant,
        bounds: Bounds,
    ) -> Result<(), StoreError> {
        if self.load(key, now) != Found::Nothing {
            return Err(StoreError::new("there is a session or a tombstone under the key of a new session"));
        }
        self.drop_session(key);
        while self.by_subject.count(&session.subject) >= bounds.of_one {
            let Some(soonest) = self.by_subject.soonest(&session.subject) else { break };
            self.drop_session(&soonest);
        }
        while self.sessions.len() >= bounds.all {
            let own_first = self.by_subject.count(&session.subject) >= (bounds.all / 10).clamp(1, OWN_FIRST);
            let own = own_first.then(|| self.by_subject.soonest(&session.subject)).flatten();
            let Some(soonest) = own.or_else(|| self.sessions.soonest()) else { break };
            self.drop_session(&soonest);
        }
        self.keep_session(key, session, now);
        Ok(())
    }

    fn load(&self, key: &StoreKey, now: Instant) -> Found {
        if let Some((kept, ends)) = self.sessions.entry(key, now) {
            return Found::Session(StoredSession {
                version: kept.version,
                sealed: kept.sealed.clone(),
                subject: kept.subject,
                sid: kept.sid,
                lasts: ends.duration_since(now),
            });
        }
        if self.tombstones.get(key, now).is_some() { Found::Ended } else { Found::Nothing }
    }

    fn replace(&mut self, key: &StoreKey, expected: u64, session: &StoredSession, now: Instant) -> Replaced {
        match self.sessions.get(key, now) {
            None => Replaced::Gone,
            Some(kept) if kept.version != expected => Replaced::Conflict,
            Some(_) => {
                self.drop_session(key);
                self.keep_session(key, session, now);
                Replaced::Done
            }
        }
    }

    fn remove(&mut self, key: &StoreKey, remember: Duration, now: Instant, room: usize) -> bool {
        let was_there = self.sessions.get(key, now).is_some();
        self.drop_session(key);
        let ends = after(now, remember);
        let ends = self.tombstones.entry(key, now).map_or(ends, |(_, until)| ends.max(until));
        self.tombstones.take(key);
        while self.tombstones.len() >= room {
            let Some(soonest) = self.tombstones.soonest() else { break };
            self.tombstones.take(&soonest);
        }
        self.tombstones.put(key, (), ends);
        was_there
    }

    fn keep_session(&mut self, key: &StoreKey, session: &StoredSession, now: Instant) {
        let ends = after(now, session.lasts);
        self.by_subject.add(session.subject, *key, ends);
        if let Some(sid) = session.sid {
            self.by_sid.add(sid, *key, ends);
        }
        self.sessions.put(key, Kept::of(session), ends);
    }

    fn drop_session(&mut self, key: &StoreKey) {
        let Some((kept, ends)) = self.sessions.take(key) else { return };
        self.by_subject.remove(kept.subject, key, ends);
        if let Some(sid) = kept.sid {
            self.by_sid.remove(sid, key, ends);
        }
    }

    fn alive_of(&self, index: &Index, name: &StoreKey, now: Instant) -> Vec<StoreKey> {
        index.under(name).filter(|key| self.sessions.get(key, now).is_some()).copied().collect()
    }

    fn sweep(&mut self, now: Instant) {
        for _ in 0..SWEPT_PER_CALL {
            let Some(ended) = self.sessions.ended(now) else { break };
            self.drop_session(&ended);
        }
        self.tombstones.sweep(now);
        self.leases.sweep(now);
        self.claims.sweep(now);
        self.marks.sweep(now);
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

    fn room_for(sessions: usize) -> Bounds {
        Bounds { all: sessions, of_one: sessions }
    }

    fn session(subject: u32, lasts: Duration) -> StoredSession {
        StoredSession {
            version: 1,
            sealed: vec![7; 10],
            subject: key(subject),
            sid: Some(key(subject + 1)),
            lasts,
        }
    }

    #[test]
    fn h05_what_has_ended_is_swept_out_of_sessions_and_indexes_a_little_at_a_time() {
        let (mut things, now) = (Things::default(), Instant::now());
        for number in 0..100 {
            things.insert(&key(number), &session(500, HOUR), now, room_for(1_000)).expect("room");
        }
        let later = now + HOUR;
        assert_eq!(things.load(&key(3), later), Found::Nothing);
        assert!(things.alive_of(&things.by_subject, &key(500), later).is_empty());
        assert_eq!(things.sessions.len(), 100);

        things.sweep(later);
        assert_eq!(things.sessions.len(), 100 - SWEPT_PER_CALL);
        for _ in 0..100 {
            things.sweep(later);
        }
        assert_eq!(things.sessions.len(), 0);
        assert!(
            things.sessions.by_end.is_empty() && things.by_subject.0.is_empty() && things.by_sid.0.is_empty()
        );
    }

    #[test]
    fn h01_a_full_store_drops_the_session_that_ends_soonest() {
        let (mut things, now) = (Things::default(), Instant::now());
        for number in 0..10 {
            let lasts = HOUR + Duration::from_secs(u64::from((number + 3) % 10));
            things.insert(&key(number), &session(500, lasts), now, room_for(10)).expect("room");
        }
        // Number 7 ends first, unless it is used.
        assert_eq!(things.replace(&key(7), 1, &session(500, 2 * HOUR), now), Replaced::Done);
        things.insert(&key(10), &session(500, HOUR), now, room_for(10)).expect("room is made");
        assert_eq!(things.load(&key(8), now), Found::Nothing);
        assert!(matches!(things.load(&key(7), now), Found::Session(_)));
        assert_eq!(things.alive_of(&things.by_subject, &key(500), now).len(), 10);
        assert_eq!(things.replace(&key(8), 1, &session(500, HOUR), now), Replaced::Gone);
    }

    #[test]
    fn h03_tombstones_are_bounded_and_take_no_session_s_room() {
        let (mut things, now) = (Things::default(), Instant::now());
        things.insert(&key(0), &session(500, HOUR), now, room_for(10)).expect("room");
        for number in 1..200 {
            assert!(!things.remove(&key(number), HOUR * number, now, 100));
        }
        assert_eq!(things.tombstones.len(), 100);
        assert!(matches!(things.load(&key(0), now), Found::Session(_)));
        assert_eq!(things.load(&key(50), now), Found::Nothing);
        assert_eq!(things.load(&key(150), now), Found::Ended);
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
        let things = store.things.lock().expect("not poisoned");
        assert!(things.claims.len() < 10 && things.marks.len() < 10 && things.tombstones.len() < 10);
    }

    #[tokio::test]
    async fn o01_debug_tells_nothing_of_what_is_kept() {
        let store = MemoryStore::new();
        store.insert(&key(0x4142_4344), &session(9, HOUR)).await.expect("room");
        assert_eq!(format!("{store:?}"), "MemoryStore { capacity: 100000, .. }");
    }
}
