//! Sessions in a real Redis: what every store has to do, and what happens when Redis does not.

mod conforms;
mod contents;
mod cookies;
mod faults;
mod foreign;
mod sentinel;
mod topology;

use std::time::Duration;

use logto_rocket::store::{RedisStore, SessionStore, StoreError, StoreKey, StoredSession};
use logto_tests::RedisServer;
use rocket::error::ErrorKind;
use rocket::{Build, Rocket};

const MINUTE: Duration = Duration::from_secs(60);

fn store(server: &RedisServer) -> RedisStore {
    RedisStore::open(&server.url()).expect("an address")
}

/// A store that waits for a machine that does many other things.
fn unhurried(server: &RedisServer) -> RedisStore {
    store(server).time_limit(Duration::from_secs(20))
}

/// Whether an application launches.
async fn launches(rocket: Rocket<Build>) -> bool {
    match rocket.ignite().await {
        Ok(_) => true,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::FailedFairings(_)), "{error}");
            false
        }
    }
}

fn key(number: u8) -> StoreKey {
    StoreKey::from_bytes([number; 32])
}

fn session() -> StoredSession {
    StoredSession {
        version: 1,
        sealed: b"sealed".to_vec().into(),
        subject: key(201),
        sid: Some(key(202)),
        lasts: MINUTE,
    }
}

/// The first answer in so many attempts, and how many it took.
async fn answer_within(attempts: usize, store: &impl SessionStore) -> usize {
    for attempt in 1..=attempts {
        if store.load(&key(250)).await.is_ok() {
            return attempt;
        }
    }
    panic!("no answer in {attempts} attempts");
}

fn text(error: &StoreError) -> String {
    format!("{error} {error:?}")
}
