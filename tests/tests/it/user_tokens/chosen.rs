//! Access tokens and organization tokens that a handler asks for.

use logto_dev::recorded::{ACME, ALICE, GLOBEX, OTHER_API, SHOPPING_API};
use logto_tests::{App, Browser, claims_of};
use rocket::figment::Figment;
use rocket::futures::future::join_all;
use serde_json::Value;

use super::{bench, path, small_bench, small_rocket};
use crate::tokens::{A_MOMENT, HOUR, is_unavailable, refreshes};

#[rocket::async_test]
async fn a_chosen_token_is_fetched_once_and_is_the_one_of_the_attribute() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let chosen = path("/chosen", &[("resource", SHOPPING_API)]);
    let first = alice.fetch(&chosen).await.json();
    let claims = claims_of(first["token"].as_str().unwrap());
    assert_eq!((claims["aud"].as_str(), claims["sub"].as_str()), (Some(SHOPPING_API), Some(ALICE)));
    assert_eq!(first["resource"], SHOPPING_API);
    assert!(first["scopes"].as_str().unwrap().contains("read:orders"), "{first}");
    for _ in 0..3 {
        assert_eq!(alice.fetch(&chosen).await.json()["token"], first["token"]);
    }
    assert_eq!(alice.fetch("/token").await.json()["token"], first["token"], "one cache for both");
    assert_eq!(refreshes(&bench), 1);
    assert!(!first["printed"].as_str().unwrap().contains(first["token"].as_str().unwrap()));
}

#[rocket::async_test]
async fn each_target_has_a_token_of_its_own() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let other = alice.fetch(path("/chosen", &[("resource", OTHER_API)])).await.json();
    assert_eq!(claims_of(other["token"].as_str().unwrap())["aud"], OTHER_API);
    let inside = path("/chosen", &[("resource", SHOPPING_API), ("organization", ACME)]);
    let inside = alice.fetch(inside).await.json();
    let claims = claims_of(inside["token"].as_str().unwrap());
    assert_eq!(
        (claims["aud"].as_str(), claims["organization_id"].as_str()),
        (Some(SHOPPING_API), Some(ACME))
    );
    assert_eq!(inside["organization"], ACME);
    let organization = alice.fetch(path("/chosen/organization", &[("id", ACME)])).await.json();
    let claims = claims_of(organization["token"].as_str().unwrap());
    assert_eq!(claims["aud"], format!("urn:logto:organization:{ACME}"));
    assert_eq!(alice.fetch(format!("/orgs/{ACME}/token")).await.json()["token"], organization["token"]);
    assert_eq!(refreshes(&bench), 3);
}

#[rocket::async_test]
async fn i01_concurrent_requests_share_one_refresh() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/known").await.status, 200);
    let chosen = path("/chosen", &[("resource", SHOPPING_API)]);
    let answers = join_all((0..20).map(|_| {
        let (mut tab, chosen) = (alice.clone(), chosen.clone());
        async move { tab.fetch(chosen).await.json()["token"].clone() }
    }));
    let tokens: Vec<Value> = answers.await;
    assert!(tokens.iter().all(|token| token.is_string() && *token == tokens[0]));
    assert_eq!(refreshes(&bench), 1);
}

#[rocket::async_test]
async fn an_outage_signs_nobody_out() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.faults().on(logto_dev::Endpoint::Token).status(503);
    for chosen in
        [path("/chosen", &[("resource", SHOPPING_API)]), path("/chosen/organization", &[("id", ACME)])]
    {
        let answer = alice.fetch(&chosen).await;
        is_unavailable(&mut alice, &answer, &chosen).await;
        bench.tenant.clock().advance(A_MOMENT);
    }
    bench.tenant.faults().clear();
    assert_eq!(alice.fetch(path("/chosen", &[("resource", SHOPPING_API)])).await.status, 200);
}

#[rocket::async_test]
async fn a_membership_that_ended_counts_at_the_next_refresh() {
    let bench = bench(crate::tokens::patient).await;
    let mut carol = bench.signed_in("carol").await;
    let globex = path("/chosen/organization", &[("id", GLOBEX)]);
    assert_eq!(carol.fetch(&globex).await.status, 200);
    bench.tenant.users().leave("carol", GLOBEX).unwrap();
    bench.tenant.clock().advance(HOUR);
    assert_eq!(carol.fetch(&globex).await.code(), "not_a_member");
    assert_eq!(carol.fetch("/known").await.status, 200);
}

/// What a deploy adds to `resources` is not in the sign-ins from before.
#[rocket::async_test]
async fn a_resource_that_the_sign_in_did_not_ask_for_is_told_as_such() {
    let keyed = |figment: Figment| {
        figment
            .merge(("logto.session_store", "cookie"))
            .merge(("logto.cookie_keys", ["a key of the tests, thirty-two characters or more"]))
    };
    let bench = small_bench(keyed).await;
    let alice = bench.signed_in("alice").await;
    let more = |figment| keyed(figment).merge(("logto.resources", [SHOPPING_API, OTHER_API]));
    let deployed = App::serve(small_rocket(&bench.tenant, more)).await;
    let mut alice = alice.at(&deployed);
    let answer = alice.fetch(path("/chosen", &[("resource", OTHER_API)])).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "not_granted"), "{answer:?}");
    let refreshes_before = refreshes(&bench);
    for query in [&[("resource", OTHER_API)][..], &[("resource", OTHER_API), ("organization", ACME)]] {
        not_requested(&mut alice, query, OTHER_API).await;
    }
    assert_eq!(refreshes(&bench), refreshes_before, "Logto is not asked");
    assert_eq!(
        alice.fetch(path("/chosen", &[("resource", SHOPPING_API)])).await.status,
        200,
        "still signed in"
    );
}

/// No guard needs organizations, and no setting asks for them.
#[rocket::async_test]
async fn organizations_that_the_sign_in_did_not_ask_for_are_told_as_such() {
    let bench = small_bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let answer = alice.fetch(path("/chosen/organization", &[("id", ACME)])).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "not_granted"), "{answer:?}");
    for query in [&[("organization", ACME)][..], &[("resource", SHOPPING_API), ("organization", ACME)]] {
        not_requested(&mut alice, query, "urn:logto:scope:organizations").await;
    }
    assert_eq!(refreshes(&bench), 0, "Logto is not asked");
    assert_eq!(alice.fetch("/opaque").await.status, 200, "still signed in");
}

/// The error of the request with this query names what the sign-in did not request.
async fn not_requested(browser: &mut Browser, query: &[(&str, &str)], name: &str) {
    let error = browser.fetch(path("/chosen/error", query)).await.json();
    assert_eq!(error["code"], "not_requested_at_sign_in", "{query:?}: {error}");
    let text = error["text"].as_str().unwrap();
    assert!(text.contains(&format!("`{name}`")), "what it is: {text}");
    assert!(text.ends_with(error["help"].as_str().unwrap()), "{text}");
}
