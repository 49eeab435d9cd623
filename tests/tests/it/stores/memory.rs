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
        let session = StoredSession { version: 1, sealed: vec![1].into(), subject, sid: None, lasts };
        store.insert(key, &session).await.expect("room is made");
    }
    let mut kept = store.of_subject(&subject).await.expect("a list");
    kept.sort_unstable();
    assert_eq!(kept, keys[100..]);
    assert_eq!(store.load(&keys[99]).await.expect("an answer"), Found::Nothing);
}

fn session_of(subject: u8, minutes: u64) -> StoredSession {
    StoredSession {
        version: 1,
        sealed: vec![1].into(),
        subject: StoreKey::from_bytes([subject; 32]),
        sid: None,
        lasts: Duration::from_secs(60 * minutes),
    }
}

fn key(number: u16) -> StoreKey {
    let mut bytes = [0; 32];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    StoreKey::from_bytes(bytes)
}

async fn is_there(store: &MemoryStore, number: u16) -> bool {
    matches!(store.load(&key(number)).await.expect("an answer"), Found::Session(_))
}

#[tokio::test]
async fn field_30_one_account_cannot_push_everybody_out() {
    for room in [1_000, 50, 11] {
        let store = MemoryStore::new().capacity(room);
        // Other people's sessions end sooner than all of the account's that signs in without end.
        for other in 0..10 {
            store.insert(&key(other), &session_of(1 + other as u8, 10)).await.expect("room");
        }
        for number in 100..3_000 {
            store.insert(&key(number), &session_of(200, 60)).await.expect("room is made");
        }
        for other in 0..10 {
            assert!(is_there(&store, other).await, "{room}: {other}");
        }
        assert!(is_there(&store, 2_999).await, "the newest is kept");
        let held = store.of_subject(&StoreKey::from_bytes([200; 32])).await.expect("a list");
        assert_eq!(held.len(), room - 10);
    }
}

#[tokio::test]
async fn field_30_the_bound_is_set_and_the_session_that_ends_soonest_goes() {
    let store = MemoryStore::new().per_person(2);
    for (number, minutes) in [(1, 30), (2, 10), (3, 20)] {
        store.insert(&key(number), &session_of(7, minutes)).await.expect("room is made");
    }
    assert!(is_there(&store, 1).await && !is_there(&store, 2).await && is_there(&store, 3).await);
    store.insert(&key(4), &session_of(8, 1)).await.expect("another person's");
    assert!(is_there(&store, 1).await && is_there(&store, 3).await && is_there(&store, 4).await);
    // What was removed takes no room.
    assert!(store.remove(&key(1), Duration::from_secs(60)).await.expect("an answer"));
    store.insert(&key(5), &session_of(7, 5)).await.expect("room");
    assert!(is_there(&store, 3).await && is_there(&store, 5).await);
    let least = MemoryStore::new().per_person(0);
    least.insert(&key(1), &session_of(7, 5)).await.expect("one is the least");
    assert!(is_there(&least, 1).await);
}
