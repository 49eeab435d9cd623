//! Sessions that this process has opened already, so that a request whose session did not change since the last one
//! neither decrypts nor decodes it.

use std::sync::Arc;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::Session;
use super::store::{StoreKey, StoredSession};

/// In bytes. A session with a few tokens takes about 6 KB, so this has room for some ten thousand of them.
const CAPACITY: u64 = 64 * 1024 * 1024;
const USUAL_SESSION: u64 = 6 * 1024;

/// Decoded sessions by their record. The store decides: a copy counts only while the store has the very bytes it was
/// decoded from, so what another process writes or ends counts at once.
pub(super) struct DecodedSessions {
    by_record: Cache<StoreKey, Decoded, ByBytes>,
}

/// An opened session, and the bytes it was opened from.
#[derive(Clone)]
pub(super) struct Decoded {
    sealed: Bytes,
    version: u64,
    pub(super) session: Arc<Session>,
    /// Sealed with a key that is on its way out.
    pub(super) with_old_key: bool,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<StoreKey, Decoded> for ByBytes {
    /// The sealed bytes, and about as much again for what they decode to.
    fn weight(&self, _: &StoreKey, decoded: &Decoded) -> u64 {
        let bytes = size_of::<(StoreKey, Decoded, Session)>() + 2 * decoded.sealed.len();
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl DecodedSessions {
    pub(super) fn new() -> Self {
        let items = usize::try_from(CAPACITY / USUAL_SESSION).unwrap_or(usize::MAX);
        DecodedSessions { by_record: Cache::with_weighter(items, CAPACITY, ByBytes) }
    }

    /// The session that these bytes were decoded to before.
    pub(super) fn find(&self, record: &StoreKey, stored: &StoredSession) -> Option<Decoded> {
        let known = self.by_record.get(record)?;
        (known.version == stored.version && is_same(&known.sealed, &stored.sealed)).then_some(known)
    }

    pub(super) fn remember(
        &self,
        record: &StoreKey,
        stored: &StoredSession,
        session: &Arc<Session>,
        with_old_key: bool,
    ) {
        let decoded = Decoded {
            sealed: stored.sealed.clone(),
            version: stored.version,
            session: Arc::clone(session),
            with_old_key,
        };
        self.by_record.insert(*record, decoded);
    }

    /// Nothing of an ended session stays in memory.
    pub(super) fn forget(&self, record: &StoreKey) {
        self.by_record.remove(record);
    }
}

/// Whether the bytes are equal. Those that the store in memory gives are mostly the very same ones.
fn is_same(one: &Bytes, other: &Bytes) -> bool {
    (one.as_ptr() == other.as_ptr() && one.len() == other.len()) || one == other
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::UnixTime;

    fn stored(version: u64, sealed: &[u8]) -> StoredSession {
        StoredSession {
            version,
            sealed: sealed.to_vec().into(),
            subject: StoreKey::from_bytes([1; 32]),
            sid: None,
            lasts: Duration::from_secs(60),
        }
    }

    #[test]
    fn a_decoded_session_counts_only_for_the_very_bytes_it_came_from() {
        let (decoded, record) = (DecodedSessions::new(), StoreKey::from_bytes([7; 32]));
        let session = Arc::new(Session::for_test("alice", UnixTime(1)));
        decoded.remember(&record, &stored(3, b"sealed"), &session, false);
        let found = decoded.find(&record, &stored(3, b"sealed")).expect("the same bytes");
        assert!(Arc::ptr_eq(&found.session, &session));
        assert!(decoded.find(&record, &stored(4, b"sealed")).is_none(), "another version");
        assert!(decoded.find(&record, &stored(3, b"sealeD")).is_none(), "other bytes");
        assert!(
            decoded.find(&StoreKey::from_bytes([8; 32]), &stored(3, b"sealed")).is_none(),
            "another record"
        );
        decoded.forget(&record);
        assert!(decoded.find(&record, &stored(3, b"sealed")).is_none(), "forgotten");
    }
}
