//! A token is fetched when it is needed, and then kept.

use std::time::Duration;

use logto_dev::recorded::{ACME, OTHER_API, SHOPPING_API};
use logto_tests::{Bench, claims_of, until_async};

use crate::{HOUR, patient, refreshes};

#[rocket::async_test]
async fn a_token_is_fetched_once_and_kept_in_the_session() {
    let bench = Bench::desk().await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(refreshes(&bench), 0, "signing in fetches no more than it must");
    let first = alice.fetch("/token").await.json();
    assert_eq!(claims_of(first["token"].as_str().unwrap())["aud"], SHOPPING_API);
    for _ in 0..5 {
        assert_eq!(alice.fetch("/token").await.json()["token"], first["token"]);
    }
    assert_eq!(alice.fetch("/orders").await.status, 200);
    assert_eq!(refreshes(&bench), 1);
}

#[rocket::async_test]
async fn what_a_token_allows_is_fetched_once() {
    let bench = Bench::desk().await;
    let mut alice = bench.signed_in("alice").await;
    for _ in 0..5 {
        assert_eq!(alice.fetch("/orders").await.status, 200);
        assert_eq!(alice.fetch("/any").await.status, 200);
    }
    assert_eq!(refreshes(&bench), 1);
}

/// In another process the cookie alone must do.
#[rocket::async_test]
async fn what_is_kept_is_kept_in_the_cookie() {
    let keyed = |figment: rocket::figment::Figment| {
        let figment = figment.merge(("logto.session_store", "cookie"));
        figment.merge(("logto.cookie_keys", ["a key of the tests, thirty-two characters or more"]))
    };
    let bench = Bench::desk_with(keyed).await;
    let mut alice = bench.signed_in("alice").await;
    let token = alice.fetch("/token").await.json()["token"].clone();
    let restarted = Bench::another_desk(&bench.tenant, keyed).await;
    let mut alice = alice.at(&restarted);
    assert_eq!(alice.fetch("/token").await.json()["token"], token);
    assert_eq!(refreshes(&bench), 1);
}

#[rocket::async_test]
async fn a_token_is_renewed_before_it_ends() {
    let bench = Bench::desk_with(patient).await;
    bench.tenant.clock().freeze();
    let mut alice = bench.signed_in("alice").await;
    let first = alice.fetch("/token").await.json();
    bench.tenant.clock().advance(HOUR - Duration::from_secs(100));
    assert_eq!(alice.fetch("/token").await.json()["token"], first["token"], "100 s are enough");
    bench.tenant.clock().advance(Duration::from_secs(50));
    // Sessions in a store are refreshed behind the caller's back.
    let mut second = alice.fetch("/token").await.json();
    until_async("50 s are not", async || {
        second = alice.fetch("/token").await.json();
        second["token"] != first["token"]
    })
    .await;
    assert!(second["expires"].as_u64() > first["expires"].as_u64());
    assert_eq!(refreshes(&bench), 2);
    assert_eq!(alice.fetch("/token").await.json()["token"], second["token"]);
    assert_eq!(refreshes(&bench), 2);
}

/// The other API's tokens live ten seconds. That is no reason to fetch one for each request.
#[rocket::async_test]
async fn i15_a_token_with_a_short_life_is_used_for_most_of_it() {
    let bench = Bench::desk().await;
    bench.tenant.clock().freeze();
    let mut alice = bench.signed_in("alice").await;
    for _ in 0..10 {
        assert_eq!(alice.fetch("/ping").await.status, 200);
    }
    assert_eq!(refreshes(&bench), 1, "ten requests within a second");
    bench.tenant.clock().advance(Duration::from_secs(11));
    assert_eq!(alice.fetch("/ping").await.status, 200);
    assert_eq!(refreshes(&bench), 2);
}

#[rocket::async_test]
async fn i20_a_refresh_asks_for_one_thing_and_no_scope() {
    let bench = Bench::desk().await;
    let mut alice = bench.signed_in("alice").await;
    for (path, resource, organization) in [
        ("/token".to_owned(), Some(SHOPPING_API), None),
        ("/ping".to_owned(), Some(OTHER_API), None),
        (format!("/orgs/{ACME}/token"), None, Some(ACME)),
        (format!("/orgs/{ACME}/api"), Some(SHOPPING_API), Some(ACME)),
    ] {
        assert_eq!(alice.fetch(&path).await.status, 200, "{path}");
        let call = bench.grants("refresh_token").pop().unwrap();
        assert_eq!(
            (call.param("resource"), call.param("organization_id")),
            (resource, organization),
            "{path}"
        );
        assert_eq!(call.param("scope"), None, "{path}");
        assert!(call.header("origin").is_none(), "Logto refuses foreign origins");
    }
}

/// A handler gets a token that is still good for a while, with the scopes it has now.
#[rocket::async_test]
async fn scopes_are_those_of_the_latest_token() {
    let bench = Bench::desk().await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/orders").await.status, 200);
    bench.tenant.users().take_role("alice", "shop-user").unwrap();
    bench.tenant.users().leave("alice", ACME).unwrap();
    assert_eq!(alice.fetch("/orders").await.status, 200, "as long as the token lives");
    bench.tenant.clock().advance(HOUR);
    assert_eq!(alice.fetch("/orders").await.status, 403);
    assert_eq!(alice.fetch("/known").await.status, 200);
}
