use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use logto_rocket::store::{
    Found, Holder, RedisStore, Replaced, SessionStore, StoreError, StoreKey, StoredSession, conformance,
};
use logto_tests::RedisServer;

use super::{MINUTE, key, session, unhurried};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn h01_to_h07_h17_redis_conforms_with_two_nodes() {
    let server = RedisServer::start_on_a_port().await;
    let nodes = Nodes { stores: [unhurried(&server), unhurried(&server)], calls: AtomicUsize::new(0) };
    let report = conformance::check(Arc::new(nodes)).await;
    report.assert_passed();
    assert_eq!(report.passed().len(), conformance::names().count());
}

#[tokio::test]
async fn h17_what_one_node_does_the_other_sees() {
    let server = RedisServer::start().await;
    let (one, other) = (unhurried(&server), unhurried(&server));
    one.insert(&key(1), &session()).await.expect("inserted");
    assert!(matches!(other.load(&key(1)).await, Ok(Found::Session(_))));
    assert!(other.remove(&key(1), MINUTE).await.expect("removed"));
    assert_eq!(one.load(&key(1)).await.expect("an answer"), Found::Ended);
}

#[tokio::test]
async fn applications_with_prefixes_of_their_own_share_nothing() {
    let server = RedisServer::start().await;
    let (one, other) = (unhurried(&server).prefix("one"), unhurried(&server).prefix("other"));
    one.insert(&key(1), &session()).await.expect("inserted");
    assert!(one.claim(&key(1), MINUTE).await.expect("claimed"));
    assert_eq!(other.load(&key(1)).await.expect("an answer"), Found::Nothing);
    assert_eq!(other.of_subject(&session().subject).await.expect("a list"), []);
    assert!(other.claim(&key(1), MINUTE).await.expect("claimed"));
    other.remove(&key(1), MINUTE).await.expect("removed");
    assert_eq!(one.of_subject(&session().subject).await.expect("a list"), [key(1)]);
}

/// Two processes, as it were: each call goes to the other one.
struct Nodes {
    stores: [RedisStore; 2],
    calls: AtomicUsize,
}

impl Nodes {
    fn next(&self) -> &RedisStore {
        &self.stores[self.calls.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

#[async_trait]
impl SessionStore for Nodes {
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
