use std::sync::Arc;
use std::time::Duration;

use logto_rocket::store::{Found, MemoryStore, SessionStore, StoreKey, StoredSession, conformance};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn h01_to_h07_the_memory_store_conforms_to_two_runs_at_once() {
    let store = Arc::new(MemoryStore::new());
    let (one, other) = tokio::join!(conformance::check(store.clone()), conformance::check(store));
    one.assert_passed();
    other.assert_passed();
    assert_eq!(one.passed().len(), conformance::names().count());
}

#[tokio::test]
async fn a_full_memory_store_keeps_the_sessions_that_last_longest() {
    let store = MemoryStore::new().capacity(100);
    let subject = StoreKey::from_bytes([1; 32]);
    let keys: Vec<StoreKey> = (0..200).map(|number| StoreKey::from_bytes([number; 32])).collect();
    for (key, minutes) in keys.iter().zip(1..) {
        let lasts = Duration::from_secs(60 * minutes);
        let session = StoredSession { version: 1, sealed: vec![1], subject, sid: None, lasts };
        store.insert(key, &session).await.expect("room is made");
    }
    let mut kept = store.of_subject(&subject).await.expect("a list");
    kept.sort_unstable();
    assert_eq!(kept, keys[100..]);
    assert_eq!(store.load(&keys[99]).await.expect("an answer"), Found::Nothing);
}
