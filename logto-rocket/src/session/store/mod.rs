//! Where sessions live that do not live in cookies, and what several processes have to agree on.
//!
//! A [`SessionStore`] is a dumb one: it keeps sealed bytes under keys that are hashes, compares versions, and
//! forgets in time. What the bytes mean is decided above it, so a store never sees a token or a user.

mod bounded;
#[cfg(feature = "conformance")]
pub mod conformance;
mod inspection;
mod memory;
#[cfg(feature = "redis")]
mod redis;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

pub(crate) use bounded::{Bounded, BoundedStore};
pub use inspection::StoreInspection;
pub use memory::MemoryStore;
#[cfg(feature = "redis")]
pub use redis::RedisStore;

pub use crate::error::StoreError;

/// A name in a store: a SHA-256 hash. What was hashed (a cookie's value, a `sub`, a `sid`, a `jti`) cannot be
/// had back from it, so a dump of the store signs nobody in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreKey([u8; 32]);

/// The key is a hash already, so its first bytes are enough for a map.
impl Hash for StoreKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

impl StoreKey {
    /// A key from a hash. Every key that a store is called with comes from this crate; third-party code needs
    /// this for what it has written down itself.
    #[must_use]
    pub fn from_bytes(hash: [u8; 32]) -> Self {
        StoreKey(hash)
    }

    /// The hash, for stores with binary keys.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Sixty-four hexadecimal digits.
    fn hex(&self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        std::array::from_fn(|at| {
            let byte = self.0[at / 2];
            DIGITS[usize::from(if at % 2 == 0 { byte >> 4 } else { byte & 0xf })]
        })
    }
}

/// Sixty-four hexadecimal digits.
impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.hex()).unwrap_or_default())
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreKey({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// A session as a store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Which change of the session this is. Grows with each.
    pub version: u64,
    /// The session, sealed. Cloning it copies no bytes; it comes from a `Vec<u8>` with `into`.
    pub sealed: Bytes,
    /// Index: whose session it is. The same through the session's life.
    pub subject: StoreKey,
    /// Index: Logto's id of the session, where it has told one. The same through the session's life.
    pub sid: Option<StoreKey>,
    /// How long from now the store keeps it.
    pub lasts: Duration,
}

impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("version", &self.version)
            .field("bytes", &self.sealed.len())
            .finish_non_exhaustive()
    }
}

/// What a store has under a session's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A session. Its [`lasts`](StoredSession::lasts) is what is left of its time, or what it was written with.
    Session(StoredSession),
    /// The tombstone of a session that was ended.
    Ended,
    /// Nothing: it was never there, or its time is over.
    Nothing,
}

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// The new version is kept.
    Done,
    /// Somebody else has written since: the store has another version than the expected one. Nothing was written.
    Conflict,
    /// There is no session under this key, perhaps since a moment ago. Nothing was written.
    Gone,
}

/// Who holds a lease. Different for each time a lease is taken, so that a holder who was too slow is not taken
/// for its successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Holder([u8; 16]);

impl Holder {
    /// A holder with this identifier.
    #[must_use]
    pub fn from_bytes(id: [u8; 16]) -> Self {
        Holder(id)
    }

    /// The identifier.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Where sessions live that do not live in cookies.
///
/// This crate has two: [`MemoryStore`](crate::store::MemoryStore) and, with feature `redis`, `RedisStore`. For
/// another database, implement this trait and run `conformance::check` (feature `conformance`) in its tests.
///
/// Each method is atomic: what two callers do at the same time happens in some order. Each either has happened
/// in whole when it returns `Ok`, or the answer is an error. Time limits are set by the caller; a store
/// may have tighter ones of its own.
///
/// Sessions, leases, claims and marks are four kinds of things: the same key in two kinds is two things.
///
/// # Writing one
///
/// - Every write that depends on what is there is one statement, transaction or script. A read first and a write
///   later loses updates, and brings back sessions that were ended in between. In SQL, [`replace`](Self::replace) is
///   `UPDATE … SET version = $3, … WHERE key = $1 AND version = $2 AND NOT ended AND ends > now()`.
/// - What has ended is not there any more, whether it was cleaned up or not: ask for the time in each query. Take the
///   time from the database, as the clocks of several processes differ. A second more or less does not matter.
/// - A version is any `u64`. Where numbers are signed or floating, keep it as text.
/// - What has no room must not push out marks, claims and leases that have not ended: that undoes a sign-out, or lets
///   a logout token count twice. Answer with an error, or give up sessions, whose owners sign in again.
/// - Errors end up in logs: put no key, no value and no password into a [`StoreError`].
///
/// # A whole store
///
/// This is `logto-rocket/examples/session_store.rs`, which passes `conformance::check` as it stands. The section
/// [a store of your own](crate::sessions#a-store-of-your-own) walks through it.
///
/// ```no_run
#[doc = include_str!("../../../examples/session_store.rs")]
/// ```
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Keeps a new session. Refuses, with an error, a key under which there is a session or a tombstone.
    async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError>;

    /// What is under a key.
    async fn load(&self, key: &StoreKey) -> Result<Found, StoreError>;

    /// Writes a session if the store has exactly the `expected` version of it; compares and swaps in one
    /// step. Never brings back what was removed or has ended.
    async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError>;

    /// Ends a session, and out of its indexes it goes. Leaves a tombstone for `remember`, also where there was
    /// no session. True if there was one.
    async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError>;

    /// The sessions of a subject, in no particular order; none that has ended.
    async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError>;

    /// The sessions with this `sid`, in no particular order; none that has ended.
    async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError>;

    /// Takes a lease for `lasts`, or prolongs it where `holder` has it. False while somebody else has it.
    async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Result<bool, StoreError>;

    /// Gives a lease back. Without effect if `holder` does not have it any more.
    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError>;

    /// True for the first who claims a key within `lasts`, and false for all others.
    async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError>;

    /// Sets a mark to `value`, or leaves it where it is higher. It is kept until the latest end that it was ever
    /// given, or longer.
    async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError>;

    /// The marks under these keys, in their order.
    async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError>;

    /// What the store finds out about the server that it is connected with: whether it can work there at all. Changes
    /// nothing.
    ///
    /// It is called once at launch, and by [`Logto::doctor`](crate::Logto::doctor). Without an implementation there is
    /// nothing to report.
    ///
    /// It may take five seconds, or `store_timeout` where that is longer. An error means that the server cannot be asked
    /// at the moment, and does not stop the launch.
    async fn inspect(&self) -> Result<StoreInspection, StoreError> {
        Ok(StoreInspection::default())
    }
}
