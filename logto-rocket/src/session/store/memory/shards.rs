//! A map that many read while one writes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use tokio::time::Instant;

use crate::session::store::StoreKey;

/// Keys are hashes, so that they are spread evenly over so many parts, each with a lock of its own.
const SHARDS: usize = 64;

/// Values under keys, each until its time, whether that is over or not.
pub(super) struct Shards<V> {
    shards: Vec<Shard<V>>,
    count: AtomicUsize,
}

type Shard<V> = RwLock<HashMap<StoreKey, (V, Instant)>>;

impl<V> Default for Shards<V> {
    fn default() -> Self {
        let shards = std::iter::repeat_with(RwLock::default).take(SHARDS).collect();
        Shards { shards, count: AtomicUsize::new(0) }
    }
}

impl<V: Clone> Shards<V> {
    fn shard(&self, key: &StoreKey) -> &Shard<V> {
        &self.shards[usize::from(key.as_bytes()[0]) % SHARDS]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    pub(super) fn get(&self, key: &StoreKey) -> Option<(V, Instant)> {
        self.shard(key).read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Returns what it takes the place of.
    pub(super) fn put(&self, key: &StoreKey, value: V, ends: Instant) -> Option<(V, Instant)> {
        let before =
            self.shard(key).write().unwrap_or_else(PoisonError::into_inner).insert(*key, (value, ends));
        if before.is_none() {
            self.count.fetch_add(1, Ordering::SeqCst);
        }
        before
    }

    pub(super) fn take(&self, key: &StoreKey) -> Option<(V, Instant)> {
        let taken = self.shard(key).write().unwrap_or_else(PoisonError::into_inner).remove(key);
        if taken.is_some() {
            self.count.fetch_sub(1, Ordering::SeqCst);
        }
        taken
    }
}
