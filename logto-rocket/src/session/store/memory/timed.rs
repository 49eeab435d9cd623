//! What a memory store keeps its things in.

use std::collections::{BTreeSet, HashMap};

use tokio::time::Instant;

use super::SWEPT_PER_CALL;
use crate::session::store::{StoreError, StoreKey};

/// Values under keys, each until its time; the one that ends soonest is always known.
pub(super) struct Timed<V> {
    pub(super) values: HashMap<StoreKey, (V, Instant)>,
    pub(super) by_end: BTreeSet<(Instant, StoreKey)>,
}

impl<V> Default for Timed<V> {
    fn default() -> Self {
        Timed { values: HashMap::new(), by_end: BTreeSet::new() }
    }
}

impl<V> Timed<V> {
    /// How many there are, with what has ended and was not swept.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn get(&self, key: &StoreKey, now: Instant) -> Option<&V> {
        self.entry(key, now).map(|(value, _)| value)
    }

    pub(super) fn entry(&self, key: &StoreKey, now: Instant) -> Option<(&V, Instant)> {
        self.values.get(key).filter(|(_, ends)| *ends > now).map(|(value, ends)| (value, *ends))
    }

    pub(super) fn put(&mut self, key: &StoreKey, value: V, ends: Instant) {
        if let Some((_, before)) = self.values.insert(*key, (value, ends)) {
            self.by_end.remove(&(before, *key));
        }
        self.by_end.insert((ends, *key));
    }

    pub(super) fn put_if_room(
        &mut self,
        key: &StoreKey,
        value: V,
        ends: Instant,
        room: usize,
    ) -> Result<(), StoreError> {
        if self.len() >= room && !self.values.contains_key(key) {
            return Err(StoreError::new("the memory store is full"));
        }
        self.put(key, value, ends);
        Ok(())
    }

    /// The value, and when it would have ended.
    pub(super) fn take(&mut self, key: &StoreKey) -> Option<(V, Instant)> {
        let (value, ends) = self.values.remove(key)?;
        self.by_end.remove(&(ends, *key));
        Some((value, ends))
    }

    pub(super) fn soonest(&self) -> Option<StoreKey> {
        self.by_end.first().map(|(_, key)| *key)
    }

    /// One that has ended.
    pub(super) fn ended(&self, now: Instant) -> Option<StoreKey> {
        self.by_end.first().filter(|(ends, _)| *ends <= now).map(|(_, key)| *key)
    }

    pub(super) fn sweep(&mut self, now: Instant) {
        for _ in 0..SWEPT_PER_CALL {
            let Some(ended) = self.ended(now) else { break };
            self.take(&ended);
        }
    }
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

    pub(super) fn under(&self, name: &StoreKey) -> impl Iterator<Item = &StoreKey> {
        self.0.get(name).into_iter().flatten().map(|(_, session)| session)
    }
}
