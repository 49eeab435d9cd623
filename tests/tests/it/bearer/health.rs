//! What probes are told.

use std::time::Duration;

use logto_dev::recorded::{OTHER_API, ROCKET_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Tenant};
use logto_rocket::{Clock, Health, Logto, public};
use logto_tests::{App, Ask, Bench, probe_app, settings, until};
use rocket::serde::json::Json;
use rocket::{State, get, routes};
use serde_json::Value;

use super::good;

#[public]
#[get("/health")]
fn health(logto: &State<Logto>) -> Json<Health> {
    Json(logto.health())
}

#[public]
#[get("/health/line")]
fn line(logto: &State<Logto>) -> String {
    logto.health().to_string()
}

/// A probe application with probes, whose clock is ahead of its tenant's by so many seconds.
async fn probed(tenant: &Tenant, ahead: i64) -> App {
    let clock = tenant.clock().clone();
    let off = Duration::from_secs(ahead.unsigned_abs());
    let clock = Clock::new(move || if ahead < 0 { clock.now() - off } else { clock.now() + off });
    let figment = settings(tenant).merge(("logto.resources", [SHOPPING_API, OTHER_API]));
    App::serve(probe_app(figment, Logto::fairing().clock(clock)).mount("/", routes![health, line])).await
}

async fn bench(ahead: i64) -> Bench {
    let tenant = Tenant::recorded().start().await.unwrap();
    let app = probed(&tenant, ahead).await;
    until("the application has the keys", || tenant.journal().count(Endpoint::Jwks) > 0).await;
    Bench { tenant, app }
}

async fn probe(bench: &Bench) -> Value {
    bench.call(Ask::get("/health")).await.json()
}

#[rocket::async_test]
async fn o08_health_tells_of_documents_and_endpoints_and_no_secrets() {
    let bench = bench(0).await;
    bench.tenant.clock().freeze();
    assert_eq!(bench.call(Ask::get("/orders").bearer(&good(&bench.tenant))).await.status, 200);
    bench.tenant.clock().advance(Duration::from_secs(30));
    let calls = bench.tenant.journal().entries().len();
    let health = probe(&bench).await;
    assert_eq!(health["ready"], true);
    for document in ["metadata", "keys"] {
        assert!((30..40).contains(&health[document]["age"].as_u64().unwrap()), "{health}");
        assert!(health[document]["last_success"].is_u64() && health[document]["last_failure"].is_null());
    }
    assert_eq!(health["endpoints"][0]["endpoint"], "token");
    assert_eq!(health["endpoints"][0]["circuit"], "closed");
    assert_eq!(bench.tenant.journal().entries().len(), calls, "a probe asks nobody");
    let text = health.to_string();
    for secret in [ROCKET_APP.secret, ROCKET_APP.id, bench.tenant.endpoint()] {
        assert!(!text.contains(secret), "{text}");
    }
    let line = bench.call(Ask::get("/health/line")).await.body;
    assert!(line.starts_with("ready; metadata 3") && line.contains("; keys 3"), "{line}");
}

#[rocket::async_test]
async fn o08_health_tells_of_an_outage_and_when_it_begins_to_matter() {
    let bench = bench(0).await;
    assert_eq!(bench.call(Ask::get("/orders").bearer(&good(&bench.tenant))).await.status, 200);
    bench.tenant.faults().on(Endpoint::Jwks).fault(Fault::StatusWithBody(200, "{}".to_owned()));
    bench.tenant.clock().advance(Duration::from_secs(301));
    bench.call(Ask::get("/orders").bearer(&good(&bench.tenant))).await;
    until("the keys are asked for", || bench.count(Endpoint::Jwks) == 2).await;
    let mut health = probe(&bench).await;
    while health["keys"]["last_failure"].is_null() {
        health = probe(&bench).await;
    }
    assert_eq!(
        (&health["ready"], &health["keys"]["last_failure"]["code"]),
        (&true.into(), &"malformed".into())
    );
    assert!(bench.call(Ask::get("/health/line")).await.body.contains("(malformed)"));
    bench.tenant.clock().advance(Duration::from_secs(24 * 3600));
    let health = probe(&bench).await;
    assert_eq!((&health["ready"], &health["keys"]["usable"]), (&false.into(), &false.into()));
    let line = bench.call(Ask::get("/health/line")).await.body;
    assert!(line.starts_with("not ready") && line.contains("too old"), "{line}");
}

#[rocket::async_test]
async fn o08_an_application_without_logto_is_not_ready() {
    let tenant = Tenant::recorded().start().await.unwrap();
    tenant.faults().on(Endpoint::Discovery).fault(Fault::Reset);
    let app = probed(&tenant, 0).await;
    let bench = Bench { tenant, app };
    until("it has tried", || bench.count(Endpoint::Discovery) > 0).await;
    let health = probe(&bench).await;
    assert_eq!((&health["ready"], &health["metadata"]["age"]), (&false.into(), &Value::Null));
    assert!(bench.call(Ask::get("/health/line")).await.body.contains("no keys"));
}

/// p05: a server whose clock is wrong says so to whoever it refuses, and sends nobody round.
#[rocket::async_test]
async fn p05_a_server_with_a_wrong_clock_says_by_how_much() {
    let bench = bench(-300).await;
    bench.tenant.clock().freeze();
    let answer = bench.call(Ask::get("/orders").bearer(&good(&bench.tenant))).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_not_yet_valid"));
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    let named = detail.contains("seconds behind Logto's");
    assert!(named && (299..=301).any(|seconds| detail.contains(&seconds.to_string())), "{detail}");
    let told = probe(&bench).await["clock_ahead"].as_i64().unwrap();
    assert!((299..=301).contains(&told), "{told}");
    // A sign-in stops at a page, and does not begin again by itself.
    let mut browser = bench.browser();
    let url = browser.begin("/known").await;
    let back = bench.tenant.sign_in(url, "alice").await.unwrap();
    let page = browser.open(&logto_tests::path_of(&back)).await;
    assert_eq!(page.status, 400, "{page:?}");
    assert!(page.header("location").is_none());
}

#[rocket::async_test]
async fn p05_a_server_that_is_five_minutes_fast_serves_fresh_tokens() {
    let bench = bench(300).await;
    assert_eq!(bench.call(Ask::get("/orders").bearer(&good(&bench.tenant))).await.status, 200);
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.open("/known").await.status, 200);
    assert_eq!(alice.fetch("/orders").await.status, 200);
}

/// j34: after many failures in a row nobody waits for the token endpoint, and nobody is signed out for it.
#[rocket::async_test]
async fn j34_an_endpoint_that_keeps_failing_is_left_alone_for_a_while() {
    let bench = bench(0).await;
    bench.tenant.clock().freeze();
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.clock().advance(Duration::from_secs(3601));
    bench.tenant.faults().on(Endpoint::Token).status(500);
    let circuit = async || probe(&bench).await["endpoints"][0]["circuit"].as_str().unwrap().to_owned();
    for _ in 0..20 {
        assert_eq!(alice.fetch("/token").await.status, 503);
        if circuit().await == "open" {
            break;
        }
        bench.tenant.clock().advance(Duration::from_secs(2));
    }
    assert_eq!(circuit().await, "open");
    assert!(
        bench.call(Ask::get("/health/line")).await.body.contains("calls to the token endpoint suspended")
    );
    bench.tenant.clock().advance(Duration::from_secs(2));
    let before = bench.count(Endpoint::Token);
    for _ in 0..5 {
        let answer = alice.fetch("/token").await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"));
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=5).contains(&wait), "{wait}");
    }
    assert_eq!(bench.count(Endpoint::Token), before, "nobody asks");
    bench.tenant.faults().clear();
    bench.tenant.clock().advance(Duration::from_secs(5));
    assert_eq!(circuit().await, "half-open");
    assert_eq!(alice.fetch("/token").await.status, 200);
    assert_eq!(circuit().await, "closed");
}
