//! Sessions in a real PostgreSQL and in SQLite files: what every store has to do, how it finds what it looks for, and
//! what happens when the database does not respond.

mod cleanup;
mod conforms;
mod faults;
mod plans;
mod tables;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use logto_rocket::store::{Found, Holder, Replaced, SessionStore, StoreError, StoreKey, StoredSession};
use tokio::sync::Mutex;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// For a machine that does many other things.
pub(crate) const PATIENT: Duration = Duration::from_secs(30);

/// Held by what keeps a database busy.
pub(crate) static ALONE: Mutex<()> = Mutex::const_new(());

#[cfg(feature = "postgres")]
pub(crate) fn postgres(database: &logto_tests::PostgresDatabase) -> logto_sqlx::PostgresStoreBuilder {
    logto_sqlx::PostgresStore::builder(&database.url()).time_limit(PATIENT)
}

#[cfg(feature = "sqlite")]
pub(crate) fn sqlite(file: &logto_tests::SqliteFile) -> logto_sqlx::SqliteStoreBuilder {
    logto_sqlx::SqliteStore::builder(file.path()).time_limit(PATIENT)
}

pub(crate) fn key(number: u8) -> StoreKey {
    StoreKey::from_bytes([number; 32])
}

pub(crate) fn session() -> StoredSession {
    StoredSession {
        version: 1,
        sealed: b"sealed".to_vec().into(),
        subject: key(201),
        sid: Some(key(202)),
        lasts: MINUTE,
    }
}

pub(crate) fn text(error: &StoreError) -> String {
    format!("{error} {error:?}")
}

/// Two processes, as it were: each call goes to the other one.
pub(crate) struct Nodes<S> {
    stores: [S; 2],
    calls: AtomicUsize,
}

impl<S> Nodes<S> {
    pub(crate) fn new(stores: [S; 2]) -> Self {
        Nodes { stores, calls: AtomicUsize::new(0) }
    }

    fn next(&self) -> &S {
        &self.stores[self.calls.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

#[async_trait]
impl<S: SessionStore> SessionStore for Nodes<S> {
    async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
        self.next().insert(key, session).await
    }
    async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
        self.next().load(key).await
    }
    async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError> {
        self.next().replace(key, expected, session).await
    }
    async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
        self.next().remove(key, remember).await
    }
    async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.next().of_subject(subject).await
    }
    async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.next().of_sid(sid).await
    }
    async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Result<bool, StoreError> {
        self.next().lease(key, holder, lasts).await
    }
    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        self.next().release(key, holder).await
    }
    async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
        self.next().claim(key, lasts).await
    }
    async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
        self.next().mark(key, value, lasts).await
    }
    async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        self.next().marks(keys).await
    }
}
