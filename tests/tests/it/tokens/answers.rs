//! Answers to a refresh that must not be believed.

use logto_dev::recorded::{ACME, OTHER_API, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue};
use logto_tests::{Bench, Browser};
use serde_json::{Value, json};

use super::{A_MOMENT, is_unavailable, with_expired_token};

async fn answered(bench: &Bench, alice: &mut Browser, body: &Value) -> logto_tests::Answer {
    bench.tenant.faults().clear();
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.to_string()));
    let answer = alice.fetch("/token").await;
    bench.tenant.faults().clear();
    answer
}

fn body(token: &str) -> Value {
    json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "read:orders" })
}

#[rocket::async_test]
async fn i13_what_is_no_token_response_ends_nothing() {
    for (text, what) in [
        ("<!doctype html>", "HTML"),
        ("", "nothing"),
        ("{\"access_token\":\"x", "half"),
        ("{}", "empty"),
        ("[]", "a list"),
        ("{\"access_token\":\"x\"}", "no type"),
        ("{\"access_token\":\"x\",\"token_type\":\"mac\"}", "another type"),
        ("{\"access_token\":\"\",\"token_type\":\"Bearer\"}", "an empty token"),
        ("{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"expires_in\":-1}", "a negative life"),
        ("{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"expires_in\":\"an hour\"}", "a life in words"),
        (&format!("{{\"access_token\":\"{}\"}}", "x".repeat(10 << 20)), "ten megabytes"),
    ] {
        let bench = Bench::probe_app().await;
        let mut alice = with_expired_token(&bench).await;
        bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, text.to_owned()));
        let answer = alice.fetch("/token").await;
        is_unavailable(&mut alice, &answer, what).await;
        bench.tenant.faults().clear();
        bench.tenant.clock().advance(A_MOMENT);
        assert_eq!(alice.fetch("/token").await.status, 200, "{what}");
    }
}

/// A token is checked when it arrives as if a stranger had sent it.
#[rocket::async_test]
async fn a_token_for_somebody_or_something_else_is_not_handed_out() {
    let bench = Bench::probe_app().await;
    let mut alice = with_expired_token(&bench).await;
    let issue = |issue: Issue| bench.tenant.access_token(issue).unwrap();
    let shopping = || Issue::user("alice").resource(SHOPPING_API);
    for (token, what) in [
        (issue(Issue::user("bob").resource(SHOPPING_API)), "another person's"),
        (issue(Issue::user("alice").resource(OTHER_API)), "another API's"),
        (issue(shopping().organization(ACME)), "an organization's"),
        (issue(Issue::user("alice").organization(ACME)), "an organization token"),
        (issue(shopping().expired()), "expired"),
        (issue(shopping().claim("iss", "https://evil.example/oidc")), "another issuer's"),
        (issue(shopping().header("typ", "JWT")), "another type"),
        (bench.tenant.id_token(Issue::user("alice")).unwrap(), "an ID token"),
        ("opaque".to_owned(), "opaque"),
    ] {
        let answer = answered(&bench, &mut alice, &body(&token)).await;
        assert!(matches!(answer.status, 403 | 500 | 503), "{what}: {answer:?}");
        assert!(!answer.body.contains(&token), "{what}");
        assert_eq!(alice.fetch("/known").await.status, 200, "{what}: still signed in");
    }
    assert_eq!(alice.fetch("/token").await.status, 200, "the next answer is good");
}
