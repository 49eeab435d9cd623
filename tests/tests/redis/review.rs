//! REVIEW: each of these fails as the library is.

use std::time::Duration;

use logto_dev::{Endpoint, Tenant};
use logto_tests::{Bench, Browser, RedisServer, until_async};

const KEY: &str = "a key that all nodes of this test have in common";

/// Sessions in cookies, and in Redis what has ended. The same sign-out with `session_store` is made good
/// (`k06_a_sign_out_while_the_store_is_down_is_made_good`); this one does nothing at all: no mark, not even in this
/// process, and Logto is not told.
#[rocket::async_test]
async fn review_a_sign_out_while_redis_is_down_ends_copies_of_the_cookies() {
    let (tenant, mut server) = (Tenant::recorded().start().await.unwrap(), RedisServer::start().await);
    let app = Bench::another_desk(&tenant, |figment| {
        figment
            .merge(("logto.session_store", "cookie"))
            .merge(("logto.redis_url", server.url()))
            .merge(("logto.cookie_keys", [KEY]))
    })
    .await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    let mut copy = alice.clone();
    server.stop();
    assert_eq!(alice.submit("/logto/sign-out").await.status, 303);
    assert!(alice.jar.session().is_empty(), "the browser is told that it is signed out");
    let revoked = tenant.journal().count(Endpoint::Revocation);
    server.run().await;
    until_async("Redis is there again", async || copy.fetch("/known").await.status != 503).await;
    assert_eq!(revoked, 1, "the cookie had the refresh token; Logto could have been told");
    until_async("the copy is worth nothing", async || copy.fetch("/known").await.status == 401).await;
}

/// `store_timeout` is how long anybody waits for the store; of more than 500 ms Redis is not told.
#[rocket::async_test]
async fn review_redis_has_the_time_that_the_setting_gives() {
    let (tenant, server) = (Tenant::recorded().start().await.unwrap(), RedisServer::start().await);
    let app = Bench::another_desk(&tenant, |figment| {
        figment
            .merge(("logto.session_store", "redis"))
            .merge(("logto.store_timeout", "20s"))
            .merge(("logto.redis_url", server.url()))
            .merge(("logto.cookie_keys", [KEY]))
    })
    .await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    server.pause();
    let asked = rocket::tokio::spawn(async move { alice.fetch("/known").await });
    rocket::tokio::time::sleep(Duration::from_millis(1_500)).await;
    server.resume();
    assert_eq!(asked.await.unwrap().status, 200);
}
