//! A session store that several applications share, that can fail, and that counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use logto_rocket::store::{
    Found, Holder, MemoryStore, Replaced, SessionStore, StoreError, StoreKey, StoredSession,
};
use rocket::async_trait;
use rocket::tokio::sync::Semaphore;

/// A store in memory that every clone of this has in common.
#[derive(Debug, Clone)]
pub struct SharedStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    memory: Mutex<Arc<MemoryStore>>,
    trouble: Mutex<Option<Trouble>>,
    calls: Mutex<BTreeMap<&'static str, usize>>,
    pauses: Mutex<BTreeMap<&'static str, Pause>>,
}

/// One call of a store's method that waits before it is made.
#[derive(Debug, Clone)]
pub struct Pause {
    reached: Arc<Semaphore>,
    released: Arc<Semaphore>,
}

impl Pause {
    /// Waits until the call has come.
    pub async fn reached(&self) {
        self.reached.acquire().await.expect("the semaphore is open").forget();
    }

    /// Lets the call go on.
    pub fn release(&self) {
        self.released.add_permits(1);
    }
}

/// How a store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Every call is an error.
    Down,
    /// No call comes back.
    Hangs,
    /// Writes are errors.
    ReadOnly,
    /// What was written comes back changed.
    Corrupt,
}

impl Default for SharedStore {
    fn default() -> Self {
        SharedStore(Arc::new(Inner {
            memory: Mutex::new(Arc::new(MemoryStore::new())),
            trouble: Mutex::default(),
            calls: Mutex::default(),
            pauses: Mutex::default(),
        }))
    }
}

impl SharedStore {
    /// An empty store.
    pub fn new() -> Self {
        SharedStore::default()
    }

    /// From now on it fails like this; `None`, and it works.
    pub fn trouble(&self, trouble: impl Into<Option<Trouble>>) {
        *lock(&self.0.trouble) = trouble.into();
    }

    /// The next call of this method waits until it is released.
    pub fn pause(&self, method: &'static str) -> Pause {
        let closed = || Arc::new(Semaphore::new(0));
        let pause = Pause { reached: closed(), released: closed() };
        lock(&self.0.pauses).insert(method, pause.clone());
        pause
    }

    /// Loses everything, as a restart of a store without a disk does.
    pub fn lose(&self) {
        *lock(&self.0.memory) = Arc::new(MemoryStore::new());
    }

    /// How often a method of the trait was called.
    pub fn calls(&self, method: &str) -> usize {
        lock(&self.0.calls).get(method).copied().unwrap_or(0)
    }

    /// How often any was.
    pub fn all_calls(&self) -> usize {
        lock(&self.0.calls).values().sum()
    }

    async fn enter(&self, method: &'static str, writes: bool) -> Result<Arc<MemoryStore>, StoreError> {
        *lock(&self.0.calls).entry(method).or_default() += 1;
        let pause = lock(&self.0.pauses).remove(method);
        if let Some(Pause { reached, released }) = pause {
            reached.add_permits(1);
            released.acquire().await.expect("the semaphore is open").forget();
        }
        let trouble = *lock(&self.0.trouble);
        match trouble {
            Some(Trouble::Down) => Err(StoreError::new("the test has switched it off")),
            Some(Trouble::ReadOnly) if writes => Err(StoreError::new("the test has made it read-only")),
            Some(Trouble::Hangs) => std::future::pending().await,
            _ => Ok(Arc::clone(&lock(&self.0.memory))),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl SessionStore for SharedStore {
    async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
        self.enter("insert", true).await?.insert(key, session).await
    }

    async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
        let mut found = self.enter("load", false).await?.load(key).await?;
        if *lock(&self.0.trouble) == Some(Trouble::Corrupt)
            && let Found::Session(session) = &mut found
        {
            let mut sealed = session.sealed.to_vec();
            if let Some(last) = sealed.last_mut() {
                *last ^= 1;
            }
            session.sealed = sealed.into();
        }
        Ok(found)
    }

    async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError> {
        self.enter("replace", true).await?.replace(key, expected, session).await
    }

    async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
        self.enter("remove", true).await?.remove(key, remember).await
    }

    async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.enter("of_subject", false).await?.of_subject(subject).await
    }

    async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.enter("of_sid", false).await?.of_sid(sid).await
    }

    async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Result<bool, StoreError> {
        self.enter("lease", false).await?.lease(key, holder, lasts).await
    }

    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        self.enter("release", false).await?.release(key, holder).await
    }

    async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
        self.enter("claim", true).await?.claim(key, lasts).await
    }

    async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
        self.enter("mark", true).await?.mark(key, value, lasts).await
    }

    async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        self.enter("marks", false).await?.marks(keys).await
    }
}
