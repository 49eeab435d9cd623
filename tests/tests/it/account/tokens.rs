//! The token of the session that the calls are made with, and what its loss means.

use logto_dev::{AccountCenter, Endpoint, Fault, Tenant};

use super::{SESSIONS, bench, bench_of, bench_with, confirmed, post, refused};
use crate::tokens::{A_MOMENT, HOUR, is_unavailable, refreshes};

#[rocket::async_test]
async fn j28_a_token_that_died_before_its_time_is_replaced_once() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let dead = Fault::StatusWithBody(401, r#"{"code":"auth.unauthorized","message":""}"#.to_owned());
    bench.tenant.faults().on(Endpoint::AccountApi).nth(1).fault(dead.clone());
    assert_eq!(post(&mut alice, "/name", &[("name", "New")]).await.json(), "New");
    assert_eq!((bench.count(Endpoint::AccountApi), refreshes(&bench)), (2, 1));
    assert_eq!(alice.fetch("/profile").await.status, 200);
    assert_eq!(refreshes(&bench), 1, "the new token is kept");

    // A fresh token that is refused as well lacks a scope; the refresh has shown that the grant lives.
    bench.tenant.faults().on(Endpoint::AccountApi).fault(dead);
    refused(&alice.fetch("/factors").await, 403, "account_missing_scope");
    assert_eq!(alice.fetch("/known").await.status, 200);
}

#[rocket::async_test]
async fn an_expired_token_is_replaced_before_the_call() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.clock().advance(HOUR);
    assert_eq!(alice.fetch("/profile").await.status, 200);
    assert_eq!((bench.count(Endpoint::AccountApi), refreshes(&bench)), (1, 1));
    let call = bench.grants("refresh_token").pop().unwrap();
    assert_eq!((call.param("resource"), call.param("organization_id")), (None, None));
}

#[rocket::async_test]
async fn j28_a_grant_that_is_gone_ends_the_session() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.users().suspend("alice").unwrap();
    refused(&alice.fetch("/profile").await, 401, "session_ended");
    assert!(alice.jar.session().is_empty());
}

#[rocket::async_test]
async fn j28_trouble_at_the_account_api_ends_nothing() {
    for fault in [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Status(429),
        // Of something in front of Logto.
        Fault::Status(401),
        Fault::Status(403),
        Fault::Status(404),
        Fault::StatusWithBody(401, "{}".to_owned()),
        Fault::StatusWithBody(400, r#"{"message":"Expected property name"}"#.to_owned()),
        Fault::Reset,
        Fault::Garbage,
        Fault::Truncate,
        Fault::StatusWithBody(200, "[]".to_owned()),
        Fault::StatusWithBody(200, "{}".to_owned()),
        Fault::StatusWithBody(302, String::new()),
    ] {
        let bench = bench().await;
        let mut alice = bench.signed_in("alice").await;
        bench.tenant.faults().on(Endpoint::AccountApi).fault(fault.clone());
        let answer = alice.fetch("/profile").await;
        is_unavailable(&mut alice, &answer, &format!("{fault:?}")).await;
        assert_eq!(refreshes(&bench), 0, "{fault:?}");
        bench.tenant.faults().clear();
        bench.tenant.clock().advance(A_MOMENT);
        assert_eq!(alice.fetch("/profile").await.status, 200, "{fault:?}");
    }
}

#[rocket::async_test]
async fn a_response_that_is_too_large_is_not_read() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let body = format!(r#"{{"id":"x","name":"{}"}}"#, "a".repeat(600 * 1024));
    bench.tenant.faults().on(Endpoint::AccountApi).fault(Fault::StatusWithBody(200, body));
    let answer = alice.fetch("/profile").await;
    is_unavailable(&mut alice, &answer, "too large").await;
}

#[rocket::async_test]
async fn a_call_that_takes_too_long_is_given_up() {
    let tenant = Tenant::recorded().account_center(AccountCenter::editable());
    let bench = bench_with(tenant, |figment| figment.merge(("logto.request_timeout", "300ms"))).await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.faults().on(Endpoint::AccountApi).fault(Fault::Hang);
    let answer = alice.fetch("/profile").await;
    is_unavailable(&mut alice, &answer, "hangs").await;
}

#[rocket::async_test]
async fn a_scope_that_the_sign_in_did_not_grant_is_told_without_a_call() {
    let tenant = Tenant::recorded().account_center(AccountCenter::editable());
    let bench = bench_of(tenant, &["roles"]).await;
    let mut alice = bench.signed_in("alice").await;
    confirmed(&mut alice).await;
    let calls = bench.count(Endpoint::AccountApi);
    for (path, scope) in [
        ("/sessions", SESSIONS),
        ("/grants", SESSIONS),
        ("/factors", "identities"),
        ("/identities", "identities"),
        ("/provider/github", "identities"),
    ] {
        let answer = alice.fetch(path).await;
        refused(&answer, 403, "account_missing_scope");
        assert!(answer.body.contains(&format!("`{scope}`")), "{path}: {answer:?}");
    }
    let answer = post(&mut alice, "/custom-data", &[("value", "dark")]).await;
    refused(&answer, 403, "account_missing_scope");
    assert!(answer.body.contains("`custom_data`"), "{answer:?}");
    assert_eq!((bench.count(Endpoint::AccountApi), refreshes(&bench)), (calls, 0));
}
