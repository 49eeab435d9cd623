//! The tokens of the server's own that were fetched so far.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::cache_entry::CacheEntry;
use crate::clock::UnixTime;
use crate::session::TokenTarget;

/// More kinds of tokens than a server has APIs and organizations to call. The longest unused is evicted.
const CAPACITY: usize = 1_000;

/// What was asked for so far: bounded, since an application may take what it asks for from its callers.
#[derive(Default)]
pub(super) struct MachineTokenCache(Mutex<HashMap<MachineTokenKey, Arc<CacheEntry>>>);

/// Which token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct MachineTokenKey {
    pub(super) target: TokenTarget,
    /// In alphabetical order, so that the same scopes are the same key.
    pub(super) scopes: Vec<String>,
}

impl MachineTokenCache {
    pub(super) fn entry(&self, key: &MachineTokenKey, now: UnixTime) -> Arc<CacheEntry> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(key) {
            entry.note_use(now);
            return Arc::clone(entry);
        }
        if entries.len() >= CAPACITY {
            let unused = entries.iter().min_by_key(|(_, entry)| entry.last_used());
            if let Some(key) = unused.map(|(key, _)| key.clone()) {
                entries.remove(&key);
            }
        }
        let entry = Arc::new(CacheEntry::new(now));
        entries.insert(key.clone(), Arc::clone(&entry));
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::accept::IssuedToken;
    use crate::types::ResourceIndicator;

    #[test]
    fn the_longest_unused_kind_is_evicted() {
        let key = |n: usize| MachineTokenKey {
            target: TokenTarget::resource(ResourceIndicator::new(format!("https://{n}.example"))),
            scopes: Vec::new(),
        };
        let cache = MachineTokenCache::default();
        for n in 0..CAPACITY {
            cache.entry(&key(n), UnixTime(0)).store(Ok(IssuedToken::for_test(UnixTime(3600))), UnixTime(0));
        }
        let is_held =
            |n: usize, now: i64| cache.entry(&key(n), UnixTime(now)).look_up(UnixTime(now), None).1.is_some();
        assert!((1..CAPACITY).all(|n| is_held(n, 2)), "all but the first were used");
        cache.entry(&key(CAPACITY), UnixTime(3));
        assert_eq!(cache.0.lock().expect("no panic").len(), CAPACITY);
        assert!(is_held(1, 4));
        assert!(!is_held(0, 4), "it was evicted");
    }
}
