//! What userinfo, the ID token, organizations and identity providers say of a user.

use logto_dev::recorded::{ACME, GLOBEX};
use logto_tests::{App, Bench, settings};
use serde_json::json;

/// The shop with the tenant that it brings along.
async fn bench() -> Bench {
    let tenant = storefront::built_in::describe(logto_tests::ORIGIN).start().await.unwrap();
    storefront::built_in::link_provider(&tenant).unwrap();
    let figment = storefront::figment().merge(settings(&tenant));
    let app = App::serve(storefront::rocket(figment)).await;
    Bench { tenant, app }.warm().await
}

#[rocket::async_test]
async fn the_same_user_from_three_sources() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let details = alice.fetch("/api/details").await;
    assert_eq!(details.status, 200, "{details:?}");
    let details = details.json();
    assert_eq!((&details["username"], &details["plan"]), (&json!("alice"), &json!("gold")), "{details}");
    let scopes: Vec<&str> = details["opaque_token_scopes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scope| scope.as_str().unwrap())
        .collect();
    assert!(scopes.contains(&"openid") && scopes.contains(&"custom_data"), "{scopes:?}");
}

#[rocket::async_test]
async fn permissions_in_an_organization_that_the_handler_chooses() {
    let bench = bench().await;
    let mut frank = bench.signed_in(storefront::built_in::IN_TWO_ORGANIZATIONS).await;
    let acme = frank.fetch(format!("/api/organizations/{ACME}/permissions")).await.json();
    assert!(acme["permissions"].as_array().unwrap().contains(&json!("manage:billing")), "{acme}");
    let globex = frank.fetch(format!("/api/organizations/{GLOBEX}/permissions")).await.json();
    assert!(!globex["permissions"].as_array().unwrap().contains(&json!("manage:billing")), "{globex}");
    let mut alice = bench.signed_in("alice").await;
    let refused = alice.fetch(format!("/api/organizations/{GLOBEX}/permissions")).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "not_a_member"), "{refused:?}");
}

#[rocket::async_test]
async fn the_token_of_an_identity_provider() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let linked = alice.fetch("/api/providers/github").await;
    assert_eq!((linked.status, linked.json()["scope"].as_str()), (200, Some("read:user")), "{linked:?}");
    assert!(!linked.body.contains("gho_"), "{linked:?}");
    let missing = alice.fetch("/api/providers/gitlab").await;
    assert!((400..500).contains(&missing.status) && missing.status != 401, "{missing:?}");
    assert_eq!(alice.fetch("/api/details").await.status, 200, "the session goes on");
}
