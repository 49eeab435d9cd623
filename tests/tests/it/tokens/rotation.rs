//! Refresh tokens that are replaced, and those that are not.

use logto_dev::recorded::{ACME, NOROTATE_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue};
use logto_tests::Bench;
use serde_json::json;

use super::{HOUR, patient};

fn used(bench: &Bench) -> Vec<String> {
    let calls = bench.grants("refresh_token");
    calls.iter().map(|call| call.param("refresh_token").unwrap().to_owned()).collect()
}

#[rocket::async_test]
async fn i09_a_replaced_refresh_token_is_used_from_then_on() {
    let bench = Bench::probe_app_with(patient).await;
    let mut alice = bench.signed_in("alice").await;
    for _ in 0..3 {
        assert_eq!(alice.fetch("/token").await.status, 200);
        bench.tenant.clock().advance(HOUR);
    }
    let early = used(&bench);
    assert!(early.iter().all(|token| *token == early[0]), "not replaced in the first 70 % of its life");
    bench.tenant.clock().advance(HOUR * 24 * 10);
    for _ in 0..3 {
        assert_eq!(alice.fetch("/token").await.status, 200);
        bench.tenant.clock().advance(HOUR);
    }
    let late = &used(&bench)[3..];
    assert_eq!(late[0], early[0], "this call brought the new one");
    assert_ne!(late[1], late[0]);
    assert_eq!(late[2], late[1]);
}

#[rocket::async_test]
async fn i09_a_session_lives_through_many_replacements() {
    let bench = Bench::probe_app_with(patient).await;
    let mut alice = bench.signed_in("alice").await;
    for week in 0..5 {
        bench.tenant.clock().advance(HOUR * 24 * 10);
        assert_eq!(alice.fetch("/token").await.status, 200, "10 × {week} days");
    }
    let mut tokens = used(&bench);
    tokens.dedup();
    assert_eq!(tokens.len(), 5);
}

#[rocket::async_test]
async fn i09_without_rotation_the_token_stays() {
    let bench = Bench::probe_app_with(|figment| {
        figment.merge(("logto.app_id", NOROTATE_APP.id)).merge(("logto.app_secret", NOROTATE_APP.secret))
    })
    .await;
    let mut alice = bench.signed_in("alice").await;
    alice.fetch("/token").await;
    bench.tenant.clock().advance(std::time::Duration::from_secs(15));
    alice.fetch(format!("/orgs/{ACME}/token")).await;
    let tokens = used(&bench);
    assert_eq!(tokens.len(), 2);
    assert_eq!(tokens[0], tokens[1]);
}

#[rocket::async_test]
async fn i09_an_answer_without_a_refresh_token_leaves_the_old_one() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let token = bench.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "" });
    bench.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::StatusWithBody(200, body.to_string()));
    assert_eq!(alice.fetch("/token").await.json()["token"], token.as_str());
    bench.tenant.clock().advance(HOUR);
    assert_eq!(alice.fetch("/token").await.status, 200);
    let tokens = used(&bench);
    assert_eq!(tokens[0], tokens[1]);
}

/// An answer that got lost on its way: Logto forgives the same token for three seconds.
#[rocket::async_test]
async fn a_lost_answer_is_asked_for_again_at_once() {
    let bench = Bench::probe_app_with(patient).await;
    let mut alice = bench.signed_in("alice").await;
    alice.fetch("/token").await;
    bench.tenant.clock().advance(HOUR * 24 * 10);
    bench.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Lose);
    assert_eq!(alice.fetch("/token").await.status, 200);
    bench.tenant.clock().advance(HOUR);
    assert_eq!(alice.fetch("/token").await.status, 200, "the grant lives");
}
