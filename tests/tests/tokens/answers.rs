//! Answers to a refresh that must not be believed.

use logto_dev::recorded::{ACME, BOB, OTHER_API, ROCKET_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue};
use logto_tests::{Bench, Browser};
use serde_json::{Value, json};

use crate::{A_MOMENT, is_unavailable, with_expired_token};

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
        ("{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"expires_in\":\"3600\"}", "a life in words"),
        ("{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"expires_in\":1e18}", "a life beyond measure"),
        (&format!("{{\"access_token\":\"{}\"}}", "x".repeat(10 << 20)), "ten megabytes"),
    ] {
        let bench = Bench::desk().await;
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
    let bench = Bench::desk().await;
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

#[rocket::async_test]
async fn a34_a35_a36_i14_d25_an_id_token_of_a_refresh_is_checked() {
    use std::time::UNIX_EPOCH;
    for (name, value, ends) in [
        ("sub", json!(BOB), true),
        ("iss", json!("https://evil.example/oidc"), true),
        // Not to be believed, and no proof that the person is another one: the claims stay as they were.
        ("aud", json!("another"), false),
        ("exp", json!(1), false),
    ] {
        let bench = Bench::desk().await;
        let mut alice = with_expired_token(&bench).await;
        let now = bench.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({
            "iss": bench.tenant.issuer(),
            "aud": ROCKET_APP.id,
            "sub": logto_dev::recorded::ALICE,
            "iat": now,
            "exp": now + 3600,
        });
        let header = json!({ "alg": "ES384", "kid": bench.tenant.keys().ids()[0] });
        let token = bench.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
        let mut good = body(&token);
        good["id_token"] = bench.tenant.keys().sign(&header, &claims).unwrap().into();
        assert_eq!(answered(&bench, &mut alice.clone(), &good).await.status, 200, "the unspoilt one");
        bench.tenant.clock().advance(crate::HOUR);
        claims[name] = value.clone();
        claims["name"] = "Mallory".into();
        let mut bad = body(&token);
        bad["id_token"] = bench.tenant.keys().sign(&header, &claims).unwrap().into();
        let answer = answered(&bench, &mut alice, &bad).await;
        if !ends {
            assert_eq!(answer.status, 200, "{name}: {value}");
            assert_ne!(alice.fetch("/logto/user").await.json()["claims"]["name"], "Mallory", "{name}");
            continue;
        }
        assert_eq!((answer.status, answer.code().as_str()), (401, "session_ended"), "{name}: {value}");
        assert!(alice.jar.session().is_empty(), "{name}");
        assert_eq!(alice.fetch("/known").await.status, 401, "{name}");
    }
}
