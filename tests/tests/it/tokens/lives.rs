//! `expires_in` (RFC 6749 §5.1) as servers really write it.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::SHOPPING_API;
use logto_dev::{Endpoint, Fault, Issue};
use logto_tests::Bench;

use super::{A_MOMENT, is_unavailable, with_expired_token};

/// An answer with a good access token and this `expires_in`, as it stands in the body.
async fn answered(bench: &Bench, alice: &mut logto_tests::Browser, expires_in: &str) -> logto_tests::Answer {
    let token = bench.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{expires_in}}}"#);
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body));
    let answer = alice.fetch("/token").await;
    bench.tenant.faults().clear();
    answer
}

#[rocket::async_test]
async fn field_25_expires_in_is_taken_as_what_it_plainly_means() {
    for (written, seconds) in [
        ("600", 600),
        ("\"600\"", 600),
        ("600.9", 600),
        ("\"600.9\"", 600),
        ("6e2", 600),
        ("\" 600 \"", 600),
        // Nobody says how long it lives: a short time is true of any token.
        ("null", 300),
        // Bounded; the token itself says an hour.
        ("1e18", 3600),
        ("1000000000000000000", 3600),
        ("99999999999999999999999999", 3600),
        ("\"99999999999999999999999999\"", 3600),
    ] {
        let bench = Bench::probe_app().await;
        let mut alice = with_expired_token(&bench).await;
        bench.tenant.clock().freeze();
        let now = bench.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let answer = answered(&bench, &mut alice, written).await;
        assert_eq!(answer.status, 200, "{written}: {answer:?}");
        assert_eq!(answer.json()["expires"].as_u64(), Some(now + seconds), "{written}");
    }
}

#[rocket::async_test]
async fn field_25_what_is_no_number_of_seconds_is_no_life() {
    let bench = Bench::probe_app().await;
    let mut alice = with_expired_token(&bench).await;
    for written in
        ["-1", "\"-1\"", "-0.5", "\"an hour\"", "\"\"", "\"NaN\"", "\"inf\"", "true", "[600]", "{}"]
    {
        let answer = answered(&bench, &mut alice, written).await;
        is_unavailable(&mut alice, &answer, written).await;
        bench.tenant.clock().advance(A_MOMENT);
    }
    bench.tenant.clock().advance(Duration::from_secs(1));
    assert_eq!(alice.fetch("/token").await.status, 200);
}
