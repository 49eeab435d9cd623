//! Sessions that this process has opened already, so that a request whose session did not change since the last one
//! neither decrypts nor decodes it.
//!
//! What was presented or stored decides: a copy counts only while the sealed bytes are the very ones that it was
//! decoded from. Nothing is kept of what did not open, so strangers take no room.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use super::handle::StoreLocator;
use super::model::Session;
use super::store::{StoreKey, StoredSession};

/// In bytes. A session with a few claims and tokens takes about 12 KB, so this has room for some five thousand of them.
const CAPACITY: u64 = 64 * 1024 * 1024;
const USUAL_SESSION: u64 = 12 * 1024;

/// A session that was opened.
#[derive(Clone)]
pub(super) struct OpenedSession {
    pub(super) session: Arc<Session>,
    /// Sealed with a key that is on its way out: worth sealing again.
    pub(super) with_old_key: bool,
}

/// Decoded sessions of a store by their record. What another process writes or ends counts at once.
pub(super) struct DecodedSessions {
    by_record: Cache<StoreKey, Decoded, ByBytes>,
}

/// An opened session of a store, and the bytes it was opened from.
#[derive(Clone)]
pub(super) struct Decoded {
    sealed: Bytes,
    version: u64,
    pub(super) opened: OpenedSession,
    pub(super) locator: Arc<StoreLocator>,
}

/// Decoded sessions of cookies by their sealed text.
pub(super) struct DecodedCookies {
    by_text: Cache<SealedText, OpenedSession, ByBytes>,
}

/// The sealed text of a session.
#[derive(PartialEq, Eq)]
struct SealedText(Box<str>);

/// The same, borrowed.
struct SealedStr<'t>(&'t str);

#[derive(Clone)]
struct ByBytes;

/// The sealed bytes, and about what they decode to.
fn weight(sealed: usize, session: &Session) -> u64 {
    u64::try_from(size_of::<(StoreKey, Decoded)>() + sealed + session.weight()).unwrap_or(u64::MAX)
}

fn cache<K: Eq + Hash, V: Clone>() -> Cache<K, V, ByBytes>
where
    ByBytes: Weighter<K, V>,
{
    Cache::with_weighter(usize::try_from(CAPACITY / USUAL_SESSION).unwrap_or(usize::MAX), CAPACITY, ByBytes)
}

impl Weighter<StoreKey, Decoded> for ByBytes {
    fn weight(&self, _: &StoreKey, decoded: &Decoded) -> u64 {
        weight(decoded.sealed.len(), &decoded.opened.session)
    }
}

impl Weighter<SealedText, OpenedSession> for ByBytes {
    fn weight(&self, text: &SealedText, opened: &OpenedSession) -> u64 {
        weight(text.0.len(), &opened.session)
    }
}

/// What stands at the end is the authentication tag, which is as good as random: the rest need not be hashed. Texts
/// count as the same only if all of them is the same.
fn hash_tag<H: Hasher>(text: &str, state: &mut H) {
    const TAG: usize = 21;
    let start = text.len().saturating_sub(TAG);
    state.write(text.as_bytes().get(start..).unwrap_or_default());
}

impl Hash for SealedText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_tag(&self.0, state);
    }
}

impl Hash for SealedStr<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_tag(self.0, state);
    }
}

impl Equivalent<SealedText> for SealedStr<'_> {
    fn equivalent(&self, key: &SealedText) -> bool {
        self.0 == &*key.0
    }
}

impl DecodedSessions {
    pub(super) fn new() -> Self {
        DecodedSessions { by_record: cache() }
    }

    /// The session that these bytes were decoded to before.
    pub(super) fn find(&self, record: &StoreKey, stored: &StoredSession) -> Option<Decoded> {
        let known = self.by_record.get(record)?;
        (known.version == stored.version && is_same(&known.sealed, &stored.sealed)).then_some(known)
    }

    pub(super) fn remember(
        &self,
        locator: &Arc<StoreLocator>,
        stored: &StoredSession,
        opened: &OpenedSession,
    ) {
        let decoded = Decoded {
            sealed: stored.sealed.clone(),
            version: stored.version,
            opened: opened.clone(),
            locator: Arc::clone(locator),
        };
        self.by_record.insert(locator.record, decoded);
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

impl DecodedCookies {
    pub(super) fn new() -> Self {
        DecodedCookies { by_text: cache() }
    }

    pub(super) fn find(&self, sealed: &str) -> Option<OpenedSession> {
        self.by_text.get(&SealedStr(sealed))
    }

    /// Nothing of a session that is known to have ended stays in memory.
    pub(super) fn forget(&self, sealed: &str) {
        self.by_text.remove(&SealedStr(sealed));
    }

    pub(super) fn remember(&self, sealed: &str, opened: &OpenedSession) {
        self.by_text.insert(SealedText(sealed.into()), opened.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::UnixTime;
    use crate::types::Secret;

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
        let locator = Arc::new(StoreLocator { cookie: Secret::new("id"), record });
        let opened = OpenedSession { session: Arc::clone(&session), with_old_key: false };
        decoded.remember(&locator, &stored(3, b"sealed"), &opened);
        let found = decoded.find(&record, &stored(3, b"sealed")).expect("the same bytes");
        assert!(Arc::ptr_eq(&found.opened.session, &session));
        assert!(decoded.find(&record, &stored(4, b"sealed")).is_none(), "another version");
        assert!(decoded.find(&record, &stored(3, b"sealeD")).is_none(), "other bytes");
        assert!(
            decoded.find(&StoreKey::from_bytes([8; 32]), &stored(3, b"sealed")).is_none(),
            "another record"
        );
        decoded.forget(&record);
        assert!(decoded.find(&record, &stored(3, b"sealed")).is_none(), "forgotten");
    }

    #[test]
    fn a_decoded_cookie_counts_only_for_the_very_text_it_came_from() {
        let decoded = DecodedCookies::new();
        let session = Arc::new(Session::for_test("alice", UnixTime(1)));
        let text = "the first part of a text, and its authentication tag";
        decoded.remember(text, &OpenedSession { session: Arc::clone(&session), with_old_key: true });
        let found = decoded.find(text).expect("the same text");
        assert!(Arc::ptr_eq(&found.session, &session) && found.with_old_key);
        let same_tag = text.replacen("first", "other", 1);
        decoded.forget(&same_tag);
        for other in ["", "tag", &text[1..], &text[..text.len() - 1], &same_tag, &format!("{text} ")] {
            assert!(decoded.find(other).is_none(), "{other}");
        }
        assert!(decoded.find(text).is_some());
        decoded.forget(text);
        assert!(decoded.find(text).is_none(), "forgotten");
    }
}
