use logto_rocket::store::{Found, Holder, RedisStore, Replaced, SessionStore, StoreError};
use logto_tests::RedisServer;

use super::{MINUTE, key, session, text, unhurried};

fn assert_foreign<T: std::fmt::Debug>(what: &str, answer: Result<T, StoreError>) {
    let error = answer.expect_err(what);
    assert!(text(&error).contains("was not written by this crate"), "{what}: {error:?}");
}

async fn with_command(words: &[&str]) -> (RedisServer, RedisStore) {
    let server = RedisServer::start().await;
    let _: redis::Value = server.command(words).await;
    let store = unhurried(&server);
    (server, store)
}

#[tokio::test]
async fn h16_what_is_no_session_is_an_error_and_can_be_removed() {
    let (hash, none) = (key(7).to_string(), "-".repeat(64));
    let name = format!("logto:record:{}", key(1));
    let whole = ["S", "00000000000000000001", "0000000000060000", &hash, &none, "sealed"];
    let mut damaged = vec![
        vec!["SET".to_owned(), name.clone(), "text".to_owned()],
        vec!["SET".to_owned(), name.clone(), String::new()],
        vec!["SADD".to_owned(), name.clone(), "a".to_owned()],
        vec!["HSET".to_owned(), name.clone(), "something".to_owned(), "else".to_owned()],
        vec!["ZADD".to_owned(), name.clone(), "1".to_owned(), "a".to_owned()],
    ];
    let record = |parts: &[&str]| vec!["SET".to_owned(), name.clone(), parts.concat()];
    for (field, value) in [
        (0, "s"),
        (1, "0000000000000000000x"),
        (1, "-0000000000000000001"),
        (1, "99999999999999999999"),
        (2, "000000000006000x"),
        (3, "short"),
        (4, "short"),
        (3, &"\u{fffd}".repeat(64)),
    ] {
        let mut parts = whole;
        parts[field] = value;
        damaged.push(record(&parts));
    }
    for field in 0..5 {
        let left: Vec<_> =
            whole.iter().enumerate().filter(|(at, _)| *at != field).map(|(_, part)| *part).collect();
        damaged.push(record(&left));
    }
    for words in damaged {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (_server, store) = with_command(&words).await;
        let what = format!("{words:?}");
        assert_foreign(&what, store.load(&key(1)).await);
        assert!(store.insert(&key(1), &session()).await.is_err(), "{what}");
        assert!(!matches!(store.replace(&key(1), 2, &session()).await, Ok(Replaced::Done)), "{what}");
        store.remove(&key(1), MINUTE).await.expect(&what);
        assert_eq!(store.load(&key(1)).await.expect(&what), Found::Ended);
    }
}

#[tokio::test]
async fn h16_what_is_no_index_is_an_error_and_stops_no_removal() {
    for kind in ["subject", "sid"] {
        let server = RedisServer::start().await;
        let store = unhurried(&server);
        store.insert(&key(1), &session()).await.expect("inserted");
        let index = format!("logto:{kind}:{}", if kind == "sid" { key(202) } else { session().subject });
        let () = server.command(&["SET", &index, "text"]).await;
        let listed =
            if kind == "sid" { store.of_sid(&key(202)).await } else { store.of_subject(&key(201)).await };
        assert_foreign(kind, listed);
        assert_foreign(kind, store.insert(&key(2), &session()).await);
        assert_eq!(store.load(&key(2)).await.expect("an answer"), Found::Nothing);
        assert!(store.remove(&key(1), MINUTE).await.expect("removed"));
        assert_eq!(store.load(&key(1)).await.expect("an answer"), Found::Ended);
    }
}

#[tokio::test]
async fn h16_a_foreign_name_in_an_index_is_an_error() {
    let index = format!("logto:subject:{}", session().subject);
    let (_server, store) = with_command(&["ZADD", &index, "9999999999999", "somebody"]).await;
    assert_foreign("a foreign member", store.of_subject(&session().subject).await);
}

#[tokio::test]
async fn h16_what_is_no_lease_and_no_mark_is_an_error() {
    let (lease, mark) = (format!("logto:lease:{}", key(1)), format!("logto:mark:{}", key(1)));
    let (server, store) = with_command(&["RPUSH", &lease, "text"]).await;
    let holder = Holder::from_bytes([1; 16]);
    assert_foreign("a list as a lease", store.lease(&key(1), &holder, MINUTE).await);
    assert_foreign("a list as a lease", store.release(&key(1), &holder).await);
    for foreign in ["", "5", "not a number at all", "000000000000000g"] {
        let () = server.command(&["SET", &mark, foreign]).await;
        assert_foreign(foreign, store.marks(&[key(2), key(1)]).await);
    }
}
