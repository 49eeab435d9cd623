use std::time::Duration;

use logto_rocket::store::{Found, RedisStore, SessionStore};
use logto_tests::RedisServer;
use tokio::time::timeout;

use super::{MINUTE, answer_within, key, session, store, text, unhurried};

/// Far beyond the time limit of a call: reached only by what hangs.
const HANGS: Duration = Duration::from_secs(30);

#[tokio::test]
async fn h10_a_redis_that_is_down_at_the_start_is_used_once_it_is_there() {
    let mut server = RedisServer::not_yet();
    let store = store(&server);
    for _ in 0..3 {
        let error = store.load(&key(1)).await.expect_err("nobody is there");
        assert!(text(&error).contains("cannot be reached"), "{error}");
    }
    server.run().await;
    assert_eq!(answer_within(3, &store).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h11_h14_a_redis_that_dies_and_comes_back_is_used_again() {
    let mut server = RedisServer::start().await;
    let store = store(&server);
    store.insert(&key(1), &session()).await.expect("inserted");
    server.stop();
    for _ in 0..3 {
        store.load(&key(1)).await.expect_err("nobody is there");
        store.insert(&key(2), &session()).await.expect_err("nobody is there");
        store.claim(&key(2), MINUTE).await.expect_err("nobody is there");
        store.marks(&[key(2)]).await.expect_err("nobody is there");
    }
    server.run().await;
    answer_within(3, &store).await;
    // All that it had is gone, the scripts as well.
    assert_eq!(store.load(&key(1)).await.expect("an answer"), Found::Nothing);
    store.insert(&key(1), &session()).await.expect("inserted");
    store.remove(&key(1), MINUTE).await.expect("removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h15_a_connection_that_was_lost_unnoticed_costs_two_calls_at_most() {
    let mut server = RedisServer::start().await;
    let store = store(&server);
    store.load(&key(1)).await.expect("an answer");
    server.run().await;
    assert!(answer_within(5, &store).await <= 3);
    let mut connection = server.connection().await;
    let mut kill = redis::cmd("CLIENT");
    kill.arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes");
    kill.exec_async(&mut connection).await.expect("killed");
    assert!(answer_within(5, &store).await <= 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h13_a_redis_that_hangs_is_waited_for_in_bounds() {
    let server = RedisServer::start().await;
    let store = store(&server);
    store.load(&key(1)).await.expect("an answer");
    server.pause();
    // The connection that there was, and then those that cannot be made.
    for _ in 0..3 {
        let (session, key) = (session(), key(1));
        let calls = async {
            tokio::join!(
                store.load(&key),
                store.insert(&key, &session),
                store.remove(&key, MINUTE),
                store.claim(&key, MINUTE)
            )
        };
        let (load, insert, remove, claim) = timeout(HANGS, calls).await.expect("an end");
        for error in [load.err(), insert.err(), remove.err(), claim.err()] {
            let error = error.expect("no answer");
            assert!(text(&error).contains("did not respond in time"), "{error}");
        }
    }
    server.resume();
    answer_within(5, &store).await;
    // No answer that comes late is taken for another's.
    store.insert(&key(5), &session()).await.expect("inserted");
    assert!(matches!(store.load(&key(5)).await, Ok(Found::Session(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h13_a_redis_that_hangs_at_the_start_is_waited_for_in_bounds() {
    let server = RedisServer::start().await;
    server.pause();
    let store = store(&server);
    for _ in 0..2 {
        let error = timeout(HANGS, store.load(&key(1))).await.expect("an end").expect_err("no answer");
        assert!(text(&error).contains("did not respond in time"), "{error}");
    }
    server.resume();
    answer_within(5, &store).await;
}

#[tokio::test]
async fn h11_the_scripts_are_brought_again_when_redis_has_forgotten_them() {
    let server = RedisServer::start().await;
    let store = unhurried(&server);
    store.insert(&key(1), &session()).await.expect("inserted");
    let () = server.command(&["SCRIPT", "FLUSH"]).await;
    assert!(matches!(store.load(&key(1)).await, Ok(Found::Session(_))));
}

#[tokio::test]
async fn o01_a_wrong_password_is_an_error_that_does_not_tell_it() {
    let server = RedisServer::start_with_password("correct-horse").await;
    unhurried(&server).load(&key(1)).await.expect("an answer");
    for (url, told) in [
        (format!("{}?pass=battery-staple", server.address()), "refused the user or the password"),
        (format!("{}?user=shop&pass=battery-staple", server.address()), "refused the user or the password"),
        (server.address(), "refused the user or the password"),
    ] {
        let store = RedisStore::open(&url).expect("an address");
        for _ in 0..2 {
            let error = store.load(&key(1)).await.expect_err("refused");
            assert!(text(&error).contains(told), "{url}: {error:?}");
            assert!(!text(&error).contains("battery-staple") && !text(&error).contains("shop"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_database_of_its_own_is_used_where_the_address_names_one() {
    let server = RedisServer::start().await;
    let store = RedisStore::open(&format!("{}?db=3", server.address())).expect("an address");
    store.insert(&key(1), &session()).await.expect("inserted");
    assert_eq!(server.keys().await, Vec::<String>::new());
    assert_eq!(unhurried(&server).load(&key(1)).await.expect("an answer"), Found::Nothing);
}

#[tokio::test]
async fn h11_a_primary_that_has_become_a_replica_is_an_error_until_it_is_none() {
    let server = RedisServer::start().await;
    let store = unhurried(&server);
    store.insert(&key(1), &session()).await.expect("inserted");
    let () = server.command(&["REPLICAOF", "127.0.0.1", "1"]).await;
    for _ in 0..2 {
        let error = store.insert(&key(2), &session()).await.expect_err("it cannot write");
        assert!(text(&error).contains("replica"), "{error:?}");
    }
    let () = server.command(&["REPLICAOF", "NO", "ONE"]).await;
    store.insert(&key(2), &session()).await.expect("inserted");
}

#[tokio::test]
async fn tls_with_a_server_that_has_none_is_an_error() {
    let server = RedisServer::start_on_a_port().await;
    let url = server.address().replace("redis://", "rediss://");
    let store = RedisStore::open(&url).expect("an address").time_limit(Duration::from_secs(10));
    let error = timeout(HANGS, store.load(&key(1))).await.expect("an end").expect_err("no TLS");
    assert!(text(&error).contains("cannot be reached") || text(&error).contains("in time"), "{error:?}");
}
