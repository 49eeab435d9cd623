//! A token is fetched when it is needed, and then kept.

use std::time::Duration;

use logto_dev::Tenant;
use logto_dev::recorded::{ACME, OTHER_API, SHOPPING_API};
use logto_rocket::{Clock, Logto};
use logto_tests::{App, Bench, claims_of, settings, until_async};
use rocket::figment::Figment;

use super::{HOUR, patient, refreshes};

#[rocket::async_test]
async fn a_token_is_fetched_once_and_kept_in_the_session() {
    let bench = Bench::probe_app().await;
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
    let bench = Bench::probe_app().await;
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
    let bench = Bench::probe_app_with(keyed).await;
    let mut alice = bench.signed_in("alice").await;
    let token = alice.fetch("/token").await.json()["token"].clone();
    let restarted = Bench::another_probe_app(&bench.tenant, keyed).await;
    let mut alice = alice.at(&restarted);
    assert_eq!(alice.fetch("/token").await.json()["token"], token);
    assert_eq!(refreshes(&bench), 1);
}

#[rocket::async_test]
async fn a_token_is_renewed_before_it_ends() {
    let bench = Bench::probe_app_with(patient).await;
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
    let bench = Bench::probe_app().await;
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
    let bench = Bench::probe_app().await;
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
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/orders").await.status, 200);
    bench.tenant.users().take_role("alice", "shop-user").unwrap();
    bench.tenant.users().leave("alice", ACME).unwrap();
    assert_eq!(alice.fetch("/orders").await.status, 200, "as long as the token lives");
    bench.tenant.clock().advance(HOUR);
    assert_eq!(alice.fetch("/orders").await.status, 403);
    assert_eq!(alice.fetch("/known").await.status, 200);
}

/// This server's clock is five minutes wrong, and told to put up with that. A token's life is what counts, and not
/// the hour at which it ends by Logto's clock: the other API's live ten seconds, and would all have ended.
#[rocket::async_test]
async fn i18_clocks_that_differ_make_no_refresh_for_each_request() {
    const OFF: Duration = Duration::from_secs(290);
    for ahead in [true, false] {
        let tenant = Tenant::recorded().start().await.unwrap();
        tenant.clock().freeze();
        let theirs = tenant.clock().clone();
        let clock = Clock::new(move || if ahead { theirs.now() + OFF } else { theirs.now() - OFF });
        let figment: Figment = settings(&tenant)
            .merge(("logto.resources", [SHOPPING_API, OTHER_API]))
            .merge(("logto.clock_leeway", "5m"));
        let app = App::serve(logto_tests::probe_app(figment, Logto::fairing().clock(clock))).await;
        let bench = Bench { tenant, app }.warm().await;
        let mut alice = bench.signed_in("alice").await;
        for path in ["/ping", "/token"] {
            let before = refreshes(&bench);
            for _ in 0..10 {
                assert_eq!(alice.fetch(path).await.status, 200, "{path}, ahead: {ahead}");
            }
            assert_eq!(refreshes(&bench), before + 1, "{path}, ahead: {ahead}");
        }
        let before = refreshes(&bench);
        bench.tenant.clock().advance(Duration::from_secs(11));
        assert_eq!(alice.fetch("/ping").await.status, 200, "ahead: {ahead}");
        assert_eq!(refreshes(&bench), before + 1, "it ends all the same; ahead: {ahead}");
    }
}
