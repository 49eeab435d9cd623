//! The example shop as it is, with sessions in Redis.

use logto_dev::Endpoint;
use logto_tests::{App, Ask, Bench, RedisServer, settings};

#[rocket::async_test]
async fn h17_the_shop_needs_nothing_but_settings() {
    let redis = RedisServer::start().await;
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    let figment = storefront::figment()
        .merge(settings(&tenant))
        .merge(("logto.session_store", "redis"))
        .merge(("logto.redis_url", redis.url()))
        .merge(("logto.store_timeout", "10s"))
        .merge(("logto.cookie_keys", ["a key that a restart does not change, of 32 or more"]));
    let app = App::serve(storefront::rocket(figment.clone())).await;
    let bench = Bench { tenant, app }.warm().await;
    let mut alice = bench.signed_in("alice").await;
    assert!(alice.open("/profile").await.body.contains("Alice Example"));
    assert_eq!(alice.fetch("/api/orders").await.json().as_array().unwrap().len(), 3);
    let placed = alice.submit("/api/orders").await;
    assert_eq!(placed.status, 201, "{placed:?}");
    assert_eq!(alice.fetch("/api/orders").await.json().as_array().unwrap().len(), 4);
    assert_eq!(alice.send(Ask::new("DELETE", "/api/orders/1").script()).await.status, 204);
    assert_eq!(bench.grants("refresh_token").len(), 1, "one access token for all of it");
    assert!(redis.keys().await.iter().any(|key| key.starts_with("logto:record:")));

    // A restart of the shop is none for the people in it.
    let again = App::serve(storefront::rocket(figment)).await;
    let mut there = alice.at(&again);
    assert!(there.open("/profile").await.body.contains("Alice Example"));
    assert_eq!(there.fetch("/api/orders").await.status, 200);
    assert_eq!(bench.grants("refresh_token").len(), 1);

    assert_eq!(there.submit("/logto/sign-out").await.status, 303);
    assert!(there.jar.session().is_empty());
    assert_eq!(alice.fetch("/api/orders").await.status, 401);
    assert_eq!(bench.count(Endpoint::Revocation), 1);
}
