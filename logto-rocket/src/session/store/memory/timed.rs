//! The collections that a memory store is made of.

use std::collections::{BTreeSet, HashMap};

use tokio::time::Instant;

use super::limits::SWEPT_PER_CALL;
use crate::session::store::{StoreError, StoreKey};

/// Keys by their end; the one that ends soonest is always known.
#[derive(Default)]
pub(super) struct ByEnd(BTreeSet<(Instant, StoreKey)>);

impl ByEnd {
    /// How many there are, with what has ended and was not swept.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn add(&mut self, key: &StoreKey, ends: Instant) {
        self.0.insert((ends, *key));
    }

    pub(super) fn remove(&mut self, key: &StoreKey, ends: Instant) {
        self.0.remove(&(ends, *key));
    }

    pub(super) fn soonest(&self) -> Option<StoreKey> {
        self.0.first().map(|(_, key)| *key)
    }

    /// The one that ends soonest of all others.
    pub(super) fn soonest_but(&self, key: &StoreKey) -> Option<StoreKey> {
        self.0.iter().map(|(_, other)| *other).find(|other| other != key)
    }

    /// One that has ended.
    pub(super) fn ended(&self, now: Instant) -> Option<StoreKey> {
        self.0.first().filter(|(ends, _)| *ends <= now).map(|(_, key)| *key)
    }
}

/// Values under keys, each until its time.
pub(super) struct Timed<V> {
    values: HashMap<StoreKey, (V, Instant)>,
    by_end: ByEnd,
}

impl<V> Default for Timed<V> {
    fn default() -> Self {
        Timed { values: HashMap::new(), by_end: ByEnd::default() }
    }
}

impl<V> Timed<V> {
    /// How many there are, with what has ended and was not swept.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn get(&self, key: &StoreKey, now: Instant) -> Option<&V> {
        self.values.get(key).filter(|(_, ends)| *ends > now).map(|(value, _)| value)
    }

    pub(super) fn put_if_room(
        &mut self,
        key: &StoreKey,
        value: V,
        ends: Instant,
        room: usize,
    ) -> Result<(), StoreError> {
        if self.len() >= room && !self.values.contains_key(key) {
            return Err(full());
        }
        if let Some((_, before)) = self.values.insert(*key, (value, ends)) {
            self.by_end.remove(key, before);
        }
        self.by_end.add(key, ends);
        Ok(())
    }

    pub(super) fn take(&mut self, key: &StoreKey) {
        if let Some((_, ends)) = self.values.remove(key) {
            self.by_end.remove(key, ends);
        }
    }

    pub(super) fn sweep(&mut self, now: Instant) {
        for _ in 0..SWEPT_PER_CALL {
            let Some(ended) = self.by_end.ended(now) else { break };
            self.take(&ended);
        }
    }
}

/// What is refused rather than dropped before its time.
pub(super) fn full() -> StoreError {
    StoreError::new("the memory store is full")
}

/// Which sessions belong under a name, each with its end; the one that ends soonest is always known.
#[derive(Default)]
pub(super) struct Index(pub(super) HashMap<StoreKey, BTreeSet<(Instant, StoreKey)>>);

impl Index {
    pub(super) fn add(&mut self, name: StoreKey, session: StoreKey, ends: Instant) {
        self.0.entry(name).or_default().insert((ends, session));
    }

    pub(super) fn remove(&mut self, name: StoreKey, session: &StoreKey, ends: Instant) {
        let Some(sessions) = self.0.get_mut(&name) else { return };
        sessions.remove(&(ends, *session));
        if sessions.is_empty() {
            self.0.remove(&name);
        }
    }

    pub(super) fn count(&self, name: &StoreKey) -> usize {
        self.0.get(name).map_or(0, BTreeSet::len)
    }

    pub(super) fn soonest(&self, name: &StoreKey) -> Option<StoreKey> {
        self.0.get(name)?.first().map(|(_, session)| *session)
    }

    pub(super) fn alive_under(&self, name: &StoreKey, now: Instant) -> Vec<StoreKey> {
        let sessions = self.0.get(name).into_iter().flatten();
        sessions.filter(|(ends, _)| *ends > now).map(|(_, session)| *session).collect()
    }
}
