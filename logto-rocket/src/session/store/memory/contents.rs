//! The contents of a memory store, and which of them is dropped when it is full.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::limits::{OWN_FIRST, SWEPT_PER_CALL, after};
use super::shards::Shards;
use super::timed::{ByEnd, Index, Timed, full};
use crate::session::store::{Found, Holder, Replaced, StoreError, StoreKey, StoredSession};

/// For how many sessions there is room.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) all: usize,
    pub(super) of_one: usize,
}

/// Everything that is record. The time comes with each call.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) readable: Readable,
    sessions: ByEnd,
    pub(super) tombstones: ByEnd,
    by_subject: Index,
    by_sid: Index,
    pub(super) leases: Timed<Holder>,
    pub(super) claims: Timed<()>,
    pub(super) marks: ByEnd,
}

/// Sessions, tombstones and marks, readable during a write. Only the holder of [`Contents`] writes.
#[derive(Clone, Default)]
pub(super) struct Readable {
    /// A session and its tombstone are one entry, so that nobody finds neither of them.
    records: Arc<Shards<Record>>,
    marks: Arc<Shards<i64>>,
    /// Odd while marks are written; another number afterwards.
    marks_version: Arc<AtomicU64>,
}

/// What is under a session's key.
#[derive(Clone)]
enum Record {
    Session(Arc<StoredRecord>),
    Tombstone,
}

struct StoredRecord {
    version: u64,
    sealed: Bytes,
    subject: StoreKey,
    sid: Option<StoreKey>,
}

impl Readable {
    /// What is under a key; `None` for what has ended.
    pub(super) fn load(&self, key: &StoreKey, now: Instant) -> Option<Found> {
        let Some((record, ends)) = self.records.get(key) else { return Some(Found::Nothing) };
        let left = ends.checked_duration_since(now).filter(|left| !left.is_zero())?;
        Some(match record {
            Record::Tombstone => Found::Ended,
            Record::Session(record) => Found::Session(StoredSession {
                version: record.version,
                sealed: record.sealed.clone(),
                subject: record.subject,
                sid: record.sid,
                lasts: left,
            }),
        })
    }

    /// Marks of one moment; `None` if marks were written meanwhile.
    pub(super) fn marks(&self, keys: &[StoreKey], now: Instant) -> Option<Vec<Option<i64>>> {
        let before = self.marks_version.load(Ordering::SeqCst);
        let marks = self.each_mark(keys, now);
        (before.is_multiple_of(2) && self.marks_version.load(Ordering::SeqCst) == before).then_some(marks)
    }

    /// Marks, one after the other.
    pub(super) fn each_mark(&self, keys: &[StoreKey], now: Instant) -> Vec<Option<i64>> {
        if self.marks.is_empty() {
            return vec![None; keys.len()];
        }
        keys.iter()
            .map(|key| self.marks.get(key).filter(|(_, ends)| *ends > now).map(|(value, _)| value))
            .collect()
    }

    fn session(&self, key: &StoreKey, now: Instant) -> Option<Arc<StoredRecord>> {
        match self.records.get(key) {
            Some((Record::Session(record), ends)) if ends > now => Some(record),
            _ => None,
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.records.len() + self.marks.len()
    }
}

impl StoredRecord {
    fn of(session: &StoredSession) -> Self {
        StoredRecord {
            version: session.version,
            sealed: session.sealed.clone(),
            subject: session.subject,
            sid: session.sid,
        }
    }
}

impl Contents {
    pub(super) fn insert(
        &mut self,
        key: &StoreKey,
        session: &StoredSession,
        now: Instant,
        bounds: Bounds,
    ) -> Result<(), StoreError> {
        if self.load(key, now) != Found::Nothing {
            return Err(StoreError::new("there is a session or a tombstone under the key of a new session"));
        }
        // What has ended under this key, and was not cleared away.
        self.drop_record(key);
        while self.by_subject.count(&session.subject) >= bounds.of_one {
            let Some(soonest) = self.by_subject.soonest(&session.subject) else { break };
            self.drop_record(&soonest);
        }
        while self.sessions.len() >= bounds.all {
            let own_first = self.by_subject.count(&session.subject) >= (bounds.all / 10).clamp(1, OWN_FIRST);
            let own = own_first.then(|| self.by_subject.soonest(&session.subject)).flatten();
            let Some(soonest) = own.or_else(|| self.sessions.soonest()) else { break };
            self.drop_record(&soonest);
        }
        self.keep_session(key, session, now);
        Ok(())
    }

    pub(super) fn load(&self, key: &StoreKey, now: Instant) -> Found {
        self.readable.load(key, now).unwrap_or(Found::Nothing)
    }

    pub(super) fn replace(
        &mut self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
        now: Instant,
    ) -> Replaced {
        match self.readable.session(key, now) {
            None => Replaced::Gone,
            Some(record) if record.version != expected => Replaced::Conflict,
            Some(_) => {
                self.keep_session(key, session, now);
                Replaced::Done
            }
        }
    }

    pub(super) fn remove(&mut self, key: &StoreKey, remember: Duration, now: Instant, room: usize) -> bool {
        let was_there = self.readable.session(key, now).is_some();
        let mut ends = after(now, remember);
        if let Some((Record::Tombstone, until)) = self.readable.records.get(key) {
            ends = ends.max(until);
        }
        // Replaced in one step, so that a concurrent load finds the one or the other.
        let before = self.readable.records.put(key, Record::Tombstone, ends);
        self.unlist(key, before);
        self.tombstones.add(key, ends);
        while self.tombstones.len() > room.max(1) {
            let Some(soonest) = self.tombstones.soonest_but(key) else { break };
            self.drop_record(&soonest);
        }
        was_there
    }

    pub(super) fn of_subject(&self, subject: &StoreKey, now: Instant) -> Vec<StoreKey> {
        self.by_subject.alive_under(subject, now)
    }

    pub(super) fn of_sid(&self, sid: &StoreKey, now: Instant) -> Vec<StoreKey> {
        self.by_sid.alive_under(sid, now)
    }

    pub(super) fn mark(
        &mut self,
        key: &StoreKey,
        value: i64,
        ends: Instant,
        now: Instant,
        room: usize,
    ) -> Result<(), StoreError> {
        let before = self.readable.marks.get(key);
        if before.is_none() && self.marks.len() >= room {
            return Err(full());
        }
        let (value, ends) = match before {
            Some((highest, until)) if until > now => (value.max(highest), ends.max(until)),
            _ => (value, ends),
        };
        self.write_marks(|marks| marks.put(key, value, ends));
        if let Some((_, until)) = before {
            self.marks.remove(key, until);
        }
        self.marks.add(key, ends);
        Ok(())
    }

    fn write_marks<T>(&self, write: impl FnOnce(&Shards<i64>) -> T) -> T {
        self.readable.marks_version.fetch_add(1, Ordering::SeqCst);
        let written = write(&self.readable.marks);
        self.readable.marks_version.fetch_add(1, Ordering::SeqCst);
        written
    }

    /// In place of whatever is there.
    fn keep_session(&mut self, key: &StoreKey, session: &StoredSession, now: Instant) {
        let ends = after(now, session.lasts);
        let before =
            self.readable.records.put(key, Record::Session(Arc::new(StoredRecord::of(session))), ends);
        self.unlist(key, before);
        self.sessions.add(key, ends);
        self.by_subject.add(session.subject, *key, ends);
        if let Some(sid) = session.sid {
            self.by_sid.add(sid, *key, ends);
        }
    }

    fn drop_record(&mut self, key: &StoreKey) {
        let dropped = self.readable.records.take(key);
        self.unlist(key, dropped);
    }

    /// Takes what is no longer under a key out of everything that leads there.
    fn unlist(&mut self, key: &StoreKey, record: Option<(Record, Instant)>) {
        match record {
            None => {}
            Some((Record::Tombstone, ends)) => self.tombstones.remove(key, ends),
            Some((Record::Session(record), ends)) => {
                self.sessions.remove(key, ends);
                self.by_subject.remove(record.subject, key, ends);
                if let Some(sid) = record.sid {
                    self.by_sid.remove(sid, key, ends);
                }
            }
        }
    }

    pub(super) fn sweep(&mut self, now: Instant) {
        for _ in 0..SWEPT_PER_CALL {
            let ended = [&self.sessions, &self.tombstones].map(|by_end| by_end.ended(now));
            if ended == [None, None] {
                break;
            }
            ended.iter().flatten().for_each(|key| self.drop_record(key));
        }
        for _ in 0..SWEPT_PER_CALL {
            let Some(key) = self.marks.ended(now) else { break };
            if let Some((_, ends)) = self.write_marks(|marks| marks.take(&key)) {
                self.marks.remove(&key, ends);
            }
        }
        self.leases.sweep(now);
        self.claims.sweep(now);
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
            sealed: vec![7; 10].into(),
            subject: key(subject),
            sid: Some(key(subject + 1)),
            lasts,
        }
    }

    #[test]
    fn h05_what_has_ended_is_swept_out_of_sessions_and_indexes_a_little_at_a_time() {
        let (mut contents, now) = (Contents::default(), Instant::now());
        for number in 0..100 {
            contents.insert(&key(number), &session(500, HOUR), now, room_for(1_000)).expect("room");
        }
        let later = now + HOUR;
        assert_eq!(contents.load(&key(3), later), Found::Nothing);
        assert!(contents.of_subject(&key(500), later).is_empty());
        assert_eq!(contents.sessions.len(), 100);

        contents.sweep(later);
        assert_eq!(contents.sessions.len(), 100 - SWEPT_PER_CALL);
        for _ in 0..100 {
            contents.sweep(later);
        }
        assert_eq!(contents.sessions.len(), 0);
        assert_eq!(contents.readable.len(), 0);
        assert!(contents.by_subject.0.is_empty() && contents.by_sid.0.is_empty());
    }

    #[test]
    fn h01_a_full_store_drops_the_session_that_ends_soonest() {
        let (mut contents, now) = (Contents::default(), Instant::now());
        for number in 0..10 {
            let lasts = HOUR + Duration::from_secs(u64::from((number + 3) % 10));
            contents.insert(&key(number), &session(500, lasts), now, room_for(10)).expect("room");
        }
        // Number 7 ends first, unless it is used.
        assert_eq!(contents.replace(&key(7), 1, &session(500, 2 * HOUR), now), Replaced::Done);
        contents.insert(&key(10), &session(500, HOUR), now, room_for(10)).expect("room is made");
        assert_eq!(contents.load(&key(8), now), Found::Nothing);
        assert!(matches!(contents.load(&key(7), now), Found::Session(_)));
        assert_eq!(contents.of_subject(&key(500), now).len(), 10);
        assert_eq!(contents.replace(&key(8), 1, &session(500, HOUR), now), Replaced::Gone);
    }

    #[test]
    fn h03_tombstones_are_bounded_and_take_no_session_s_room() {
        let (mut contents, now) = (Contents::default(), Instant::now());
        contents.insert(&key(0), &session(500, HOUR), now, room_for(10)).expect("room");
        for number in 1..200 {
            assert!(!contents.remove(&key(number), HOUR * number, now, 100));
        }
        assert_eq!(contents.tombstones.len(), 100);
        assert!(matches!(contents.load(&key(0), now), Found::Session(_)));
        assert_eq!(contents.load(&key(50), now), Found::Nothing);
        assert_eq!(contents.load(&key(150), now), Found::Ended);
    }
}
