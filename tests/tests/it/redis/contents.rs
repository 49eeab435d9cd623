use logto_rocket::store::{Found, Holder, SessionStore, StoredSession};
use logto_tests::RedisServer;

use super::{MINUTE, key, session, unhurried};

#[tokio::test]
async fn h06_every_key_is_a_hash_under_the_prefix_and_ends_by_itself() {
    let server = RedisServer::start().await;
    let store = unhurried(&server).prefix("shop");
    store.insert(&key(1), &session()).await.expect("inserted");
    store.insert(&key(2), &session()).await.expect("inserted");
    store.replace(&key(2), 1, &StoredSession { version: 2, ..session() }).await.expect("replaced");
    store.remove(&key(2), MINUTE).await.expect("removed");
    store.lease(&key(3), &Holder::from_bytes([4; 16]), MINUTE).await.expect("leased");
    store.claim(&key(3), MINUTE).await.expect("claimed");
    store.mark(&key(3), 5, MINUTE).await.expect("marked");

    let mut keys = server.keys().await;
    keys.sort_unstable();
    let expected = [
        format!("shop:claim:{}", key(3)),
        format!("shop:lease:{}", key(3)),
        format!("shop:mark:{}", key(3)),
        format!("shop:record:{}", key(1)),
        format!("shop:record:{}", key(2)),
        format!("shop:sid:{}", key(202)),
        format!("shop:subject:{}", key(201)),
    ];
    assert_eq!(keys, expected);
    for key in &keys {
        let left: i64 = server.command(&["PTTL", key]).await;
        assert!((1..=60_000).contains(&left), "{key} lasts {left} ms");
    }
    let kept: String = server.command(&["GET", &expected[3]]).await;
    let lasts = MINUTE.as_millis();
    assert_eq!(kept, format!("S{:020}{lasts:016}{}{}sealed", 1, key(201), key(202)));
    let tombstone: String = server.command(&["GET", &expected[4]]).await;
    assert_eq!(tombstone, "E");
}

#[tokio::test]
async fn h05_an_index_goes_with_the_last_of_its_sessions() {
    let server = RedisServer::start().await;
    let store = unhurried(&server);
    store.insert(&key(1), &session()).await.expect("inserted");
    store.insert(&key(2), &session()).await.expect("inserted");
    store.remove(&key(1), MINUTE).await.expect("removed");
    let indexes = async || server.keys().await.iter().filter(|key| !key.contains(":record:")).count();
    assert_eq!(indexes().await, 2);
    store.remove(&key(2), MINUTE).await.expect("removed");
    assert_eq!(indexes().await, 0);
}

#[tokio::test]
async fn h05_an_index_lives_as_long_as_the_longest_of_its_sessions() {
    let server = RedisServer::start().await;
    let store = unhurried(&server);
    let index = format!("logto:subject:{}", session().subject);
    store.insert(&key(1), &StoredSession { lasts: 10 * MINUTE, ..session() }).await.expect("inserted");
    store.insert(&key(2), &session()).await.expect("inserted");
    let left: i64 = server.command(&["PTTL", &index]).await;
    assert!(left > 500_000, "{left} ms");
}

#[tokio::test]
async fn h05_h18_what_has_ended_leaves_an_index_in_bounded_batches() {
    let server = RedisServer::start().await;
    let store = unhurried(&server);
    let index = format!("logto:subject:{}", session().subject);
    for number in 0..250 {
        let () = server.command(&["ZADD", &index, "1", &format!("{number:064x}")]).await;
    }
    assert_eq!(store.of_subject(&session().subject).await.expect("a list"), []);
    for (number, left) in [(1, 151), (2, 52), (3, 3), (4, 4)] {
        store.insert(&key(number), &session()).await.expect("inserted");
        let count: usize = server.command(&["ZCARD", &index]).await;
        assert_eq!(count, left);
    }
}

/// `maxmemory` with `noeviction`: writes are refused, and whoever signs out must not stay signed in.
#[tokio::test]
async fn h19_in_a_full_redis_a_session_still_ends() {
    let server = RedisServer::start().await;
    let store = unhurried(&server);
    store.insert(&key(1), &session()).await.expect("inserted");
    let _: String = server.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]).await;
    let _: String = server.command(&["CONFIG", "SET", "maxmemory", "1"]).await;
    assert!(store.insert(&key(2), &session()).await.is_err(), "it is full");
    assert!(store.remove(&key(1), MINUTE).await.expect("removed"), "there was one");
    assert_eq!(store.load(&key(1)).await.expect("loaded"), Found::Ended);
}
