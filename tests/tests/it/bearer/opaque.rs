//! Opaque tokens, where the configuration takes them.

use logto_dev::recorded::{ALICE, ROCKET_APP, SPA_APP};
use logto_dev::{Endpoint, Fault, Issue};
use logto_tests::{Answer, Ask, Bench};

fn opaque(bench: &Bench, client: &str) -> String {
    bench.tenant.access_token(Issue::user("alice").client(client)).unwrap()
}

async fn introspecting() -> Bench {
    Bench::probe_app_with(|figment| figment.merge(("logto.introspection", true))).await
}

async fn show(bench: &Bench, ask: Ask, token: &str) -> Answer {
    bench.call(ask.bearer(token)).await
}

#[rocket::async_test]
async fn f24_an_opaque_token_opens_what_asks_only_who_is_there() {
    let bench = introspecting().await;
    let token = opaque(&bench, ROCKET_APP.id);
    let answer = show(&bench, Ask::post("/known"), &token).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ALICE), "{answer:?}");
    // Whatever asks for a right asks for a token that was issued for it.
    for path in ["/orders", "/any", "/orgs/7wvvh86x5bl0/orders"] {
        let answer = show(&bench, Ask::get(path), &token).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "token_opaque"), "{path}: {answer:?}");
    }
    let answer = show(&bench, Ask::get("/machine"), &token).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    // Another application's token proves only that its owner signed in there.
    let foreign = opaque(&bench, SPA_APP.id);
    let answer = show(&bench, Ask::post("/known"), &foreign).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_authorized_party"));
    // A refresh token is no access token.
    let unknown = show(&bench, Ask::post("/known"), "a-token-that-nobody-has-ever-issued-before-").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (401, "token_inactive"));
}

#[rocket::async_test]
async fn f24_off_is_off() {
    let bench = Bench::probe_app().await;
    let answer = show(&bench, Ask::post("/known"), &opaque(&bench, ROCKET_APP.id)).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_opaque"));
    assert_eq!(bench.count(Endpoint::Introspection), 0);
}

#[rocket::async_test]
async fn f24_j34_an_outage_is_503_and_after_many_of_them_nobody_waits() {
    let bench = introspecting().await;
    bench.tenant.clock().freeze();
    let token = opaque(&bench, ROCKET_APP.id);
    bench.tenant.faults().on(Endpoint::Introspection).fault(Fault::Status(500));
    for _ in 0..30 {
        let answer = show(&bench, Ask::post("/known"), &token).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{answer:?}");
        assert!(answer.header("retry-after").is_some());
        assert!(answer.header("www-authenticate").is_none());
    }
    assert_eq!(bench.count(Endpoint::Introspection), 10, "the circuit is open");
    bench.tenant.faults().clear();
    bench.tenant.clock().advance(std::time::Duration::from_secs(5));
    assert_eq!(show(&bench, Ask::post("/known"), &token).await.status, 200);
    assert_eq!(bench.count(Endpoint::Introspection), 11);
}
