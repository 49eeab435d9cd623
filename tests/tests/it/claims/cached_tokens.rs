//! What a session keeps of a token whose claims are read, and what it costs those who do not ask.

use std::time::Duration;

use logto_dev::{Endpoint, Fault, JwtCustomizer};
use logto_tests::Bench;
use serde_json::json;

use super::app::bench;

fn refreshes(bench: &Bench) -> usize {
    bench.grants("refresh_token").len()
}

#[rocket::async_test]
async fn a_session_in_a_cookie_fetches_the_token_once_more_and_keeps_it() {
    let bench = bench(|figment| figment.merge(("logto.session_store", "cookie"))).await;
    let mut alice = bench.signed_in("alice").await;
    for _ in 0..3 {
        assert_eq!(alice.fetch("/orders").await.status, 200);
    }
    assert_eq!(refreshes(&bench), 1, "whoever does not ask pays nothing");
    for _ in 0..5 {
        assert_eq!(alice.fetch("/plan").await.json()["plan"], "gold");
        assert_eq!(alice.fetch("/plan/asked").await.json()["seats"], 5);
    }
    assert_eq!(refreshes(&bench), 2, "once for the scopes, once for the claims");
}

#[rocket::async_test]
async fn a_session_in_a_store_has_the_token_already() {
    let bench = bench(|figment| figment.merge(("logto.session_store", "memory"))).await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/orders").await.status, 200);
    for path in ["/plan", "/plan/asked", "/plan/named"] {
        assert_eq!(alice.fetch(path).await.json()["plan"], "gold", "{path}");
    }
    assert_eq!(refreshes(&bench), 1);
}

/// Large claims make a large token. It is not kept, and the session's cookies stay small.
#[rocket::async_test]
async fn what_does_not_fit_into_a_cookie_is_fetched_again() {
    let bench = bench(|figment| figment.merge(("logto.session_store", "cookie"))).await;
    let filler = "x".repeat(20_000);
    bench
        .tenant
        .set_access_token_customizer(JwtCustomizer::claims(json!({ "plan": "gold", "filler": filler })));
    let mut alice = bench.signed_in("alice").await;
    for fetches in 1..=3 {
        let answer = alice.fetch("/plan").await;
        assert_eq!((answer.status, &answer.json()["plan"]), (200, &json!("gold")), "{answer:?}");
        assert_eq!(refreshes(&bench), fetches, "one for each request that reads the claims");
        let bytes: usize = alice.jar.session().values().map(String::len).sum();
        assert!(bytes < 10_000, "{bytes} bytes");
    }
    assert_eq!(alice.fetch("/orders").await.status, 200);
    assert_eq!(refreshes(&bench), 3, "the scopes fit, and are kept");
}

#[rocket::async_test]
async fn the_claims_are_as_new_as_the_token() {
    for store in ["cookie", "memory"] {
        let bench = bench(|figment| figment.merge(("logto.session_store", store))).await;
        let mut alice = bench.signed_in("alice").await;
        assert_eq!(alice.fetch("/plan").await.json()["plan"], "gold", "{store}");
        assert_eq!(alice.fetch("/plan").await.json()["plan"], "gold", "{store}");
        bench.tenant.set_access_token_customizer(JwtCustomizer::claims(json!({ "plan": "free" })));
        assert_eq!(alice.fetch("/plan").await.json()["plan"], "gold", "{store}: a token lives for an hour");
        bench.tenant.clock().advance(Duration::from_secs(3600));
        assert_eq!(alice.fetch("/plan").await.json(), json!({ "plan": "free", "seats": null }), "{store}");
    }
}

#[rocket::async_test]
async fn an_outage_is_503_and_nobody_is_signed_out() {
    let bench = bench(|figment| figment.merge(("logto.session_store", "cookie"))).await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/orders").await.status, 200);
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::Status(500));
    for path in ["/plan", "/plan/asked", "/plan/named"] {
        let answer = alice.fetch(path).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{path}: {answer:?}");
    }
    assert_eq!(alice.fetch("/orders").await.status, 200, "the scopes are still known");
    assert_eq!(alice.fetch("/about").await.status, 200, "the ID token is in the session");
    bench.tenant.faults().clear();
    bench.tenant.clock().advance(Duration::from_secs(2));
    assert_eq!(alice.fetch("/plan").await.status, 200);
}

#[rocket::async_test]
async fn a_denial_of_the_customizer_refuses_the_request_and_keeps_the_session() {
    for store in ["cookie", "memory"] {
        let bench = bench(|figment| figment.merge(("logto.session_store", store))).await;
        let mut alice = bench.signed_in("alice").await;
        bench.tenant.set_access_token_customizer(JwtCustomizer::deny("the plan has ended"));
        for path in ["/plan", "/plan/asked"] {
            let answer = alice.fetch(path).await;
            assert_eq!((answer.status, answer.code().as_str()), (403, "access_denied"), "{store} {path}");
        }
        assert_eq!(alice.fetch("/about").await.status, 200, "{store}: still signed in");
        bench.tenant.set_access_token_customizer(super::app::gold());
        assert_eq!(alice.fetch("/plan").await.status, 200, "{store}");
    }
}
