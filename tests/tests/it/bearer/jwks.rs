//! The issuer's key set: fetched when it must be, and never more often than that.

use std::time::Duration;

use logto_dev::{Endpoint, Fault, Tenant};
use logto_tests::{Ask, Bench, claims_of, eventually, until};
use serde_json::json;

use super::{accepted, alice, good, refused, show};

#[rocket::async_test]
async fn a19_j18_a_rotation_to_rsa_lands_at_once() {
    let bench = Bench::probe_app().await;
    let old = good(&bench.tenant);
    accepted(&bench, &old, "before").await;
    bench.tenant.keys().rotate_to_rsa().unwrap();
    let before = bench.count(Endpoint::Jwks);
    accepted(&bench, &good(&bench.tenant), "RS256").await;
    accepted(&bench, &old, "of the previous key").await;
    for _ in 0..20 {
        accepted(&bench, &good(&bench.tenant), "again").await;
    }
    assert_eq!(bench.count(Endpoint::Jwks), before + 1);
}

#[rocket::async_test]
async fn j17_a_key_that_was_published_ahead_costs_no_refusal() {
    let bench = Bench::probe_app().await;
    for _ in 0..3 {
        bench.tenant.keys().rotate().unwrap();
        accepted(&bench, &good(&bench.tenant), "after a rotation").await;
        bench.tenant.clock().advance(Duration::from_secs(60));
    }
}

#[rocket::async_test]
async fn e22_j19_a_withdrawn_key_is_forgotten_in_time() {
    let bench = Bench::probe_app().await;
    let old = bench.tenant.access_token(alice().expires_in(Duration::from_secs(7200))).unwrap();
    accepted(&bench, &old, "before").await;
    bench.tenant.keys().rotate().unwrap();
    bench.tenant.keys().forget_previous();
    bench.tenant.clock().advance(Duration::from_secs(301));
    let before = bench.count(Endpoint::Jwks);
    // The first request after that is answered from the old set, and has a new one fetched behind it.
    show(&bench, &old).await;
    until("the keys are fetched again", || bench.count(Endpoint::Jwks) > before).await;
    let answer =
        eventually("the key is forgotten", || show(&bench, &old), |answer| answer.status != 200).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_unknown_key"));
}

#[rocket::async_test]
async fn j20_invented_key_ids_lead_to_few_fetches() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().freeze();
    let (known, claims) = (good(&bench.tenant), claims_of(&good(&bench.tenant)));
    let before = bench.count(Endpoint::Jwks);
    let flood: Vec<String> = (0..150)
        .map(|n| {
            let header = json!({ "alg": "ES384", "typ": "at+jwt", "kid": format!("invented-{n}") });
            bench.tenant.keys().sign(&header, &claims).unwrap()
        })
        .collect();
    let shown = flood.iter().map(|token| show(&bench, token));
    for answer in rocket::futures::future::join_all(shown).await {
        assert_eq!((answer.status, answer.code().as_str()), (401, "token_unknown_key"));
    }
    assert!(bench.count(Endpoint::Jwks) - before <= 3, "{} fetches", bench.count(Endpoint::Jwks) - before);
    accepted(&bench, &known, "a known key meanwhile").await;
}

#[rocket::async_test]
async fn j21_a_rotation_during_a_flood_lands_within_ten_seconds() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().freeze();
    let claims = claims_of(&good(&bench.tenant));
    let flood = |from: u32| {
        let (bench, claims) = (&bench, &claims);
        async move {
            for n in from..from + 10 {
                let header = json!({ "alg": "ES384", "typ": "at+jwt", "kid": format!("invented-{n}") });
                let token = bench.tenant.keys().sign(&header, claims).unwrap();
                refused(bench, &token, "token_unknown_key", "invented").await;
            }
        }
    };
    flood(0).await;
    bench.tenant.keys().rotate().unwrap();
    bench.tenant.clock().advance(Duration::from_secs(10));
    accepted(&bench, &good(&bench.tenant), "the new key").await;
    flood(10).await;
    accepted(&bench, &good(&bench.tenant), "the new key again").await;
}

/// j26: what is new at start may rotate a second later.
#[rocket::async_test]
async fn j26_the_first_rotation_may_come_right_after_launch() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().freeze();
    bench.tenant.keys().rotate().unwrap();
    accepted(&bench, &good(&bench.tenant), "rotated at once").await;
}

#[rocket::async_test]
async fn j13_a_long_outage_does_not_matter_to_known_keys() {
    let bench = Bench::probe_app().await;
    let long = bench.tenant.access_token(alice().expires_in(Duration::from_secs(48 * 3600))).unwrap();
    bench.tenant.faults().on(Endpoint::Jwks).fault(Fault::Reset);
    bench.tenant.faults().on(Endpoint::Discovery).fault(Fault::Reset);
    for hours in [1, 5, 10, 7] {
        bench.tenant.clock().advance(Duration::from_secs(hours * 3600));
        for _ in 0..5 {
            accepted(&bench, &long, &format!("{hours} more hours")).await;
        }
    }
    bench.tenant.clock().advance(Duration::from_secs(2 * 3600));
    let answer = show(&bench, &long).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"));
    bench.tenant.faults().clear();
    bench.tenant.clock().advance(Duration::from_secs(1));
    accepted(&bench, &long, "Logto is back").await;
}

#[rocket::async_test]
async fn j15_j16_a_set_that_cannot_be_used_replaces_none() {
    let bench = Bench::probe_app().await;
    let known = bench.tenant.access_token(alice().expires_in(Duration::from_secs(48 * 3600))).unwrap();
    let claims = claims_of(&known);
    let huge = format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(2 << 20));
    for fault in [
        Fault::Status(500),
        Fault::Status(404),
        Fault::Status(302),
        Fault::Garbage,
        Fault::Truncate,
        Fault::Reset,
        Fault::StatusWithBody(200, "{}".to_owned()),
        Fault::StatusWithBody(200, r#"{"keys":[]}"#.to_owned()),
        Fault::StatusWithBody(200, r#"{"keys":{}}"#.to_owned()),
        Fault::StatusWithBody(200, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#.to_owned()),
        Fault::StatusWithBody(200, "[]".to_owned()),
        Fault::StatusWithBody(200, String::new()),
        Fault::StatusWithBody(200, huge),
    ] {
        bench.tenant.faults().on(Endpoint::Jwks).fault(fault.clone());
        bench.tenant.clock().advance(Duration::from_secs(11));
        let before = bench.count(Endpoint::Jwks);
        let header = json!({ "alg": "ES384", "typ": "at+jwt", "kid": "unknown" });
        let unknown = bench.tenant.keys().sign(&header, &claims).unwrap();
        assert_ne!(show(&bench, &unknown).await.status, 200);
        assert!(bench.count(Endpoint::Jwks) > before, "{fault:?} was met");
        accepted(&bench, &known, &format!("{fault:?}")).await;
        bench.tenant.faults().clear();
    }
}

#[rocket::async_test]
async fn j14_j27_a_cold_start_without_keys_recovers_when_logto_does() {
    let tenant = Tenant::recorded().start().await.unwrap();
    tenant.faults().on(Endpoint::Jwks).fault(Fault::Status(500));
    let bench = Bench::probe_app_of(tenant, |figment| figment).await;
    bench.tenant.clock().freeze();
    let token = good(&bench.tenant);
    for _ in 0..20 {
        assert_eq!(show(&bench, &token).await.status, 503);
    }
    assert!(bench.count(Endpoint::Jwks) <= 3, "callers share a failure: {}", bench.count(Endpoint::Jwks));
    bench.tenant.faults().clear();
    bench.tenant.clock().advance(Duration::from_secs(1));
    accepted(&bench, &token, "a second later").await;
}

/// j25: Logto says `no-cache`, and an ETag: one question every few minutes, answered by 304.
#[rocket::async_test]
async fn j25_keys_are_revalidated_and_not_fetched_for_each_request() {
    let bench = Bench::probe_app().await;
    let long = bench.tenant.access_token(alice().expires_in(Duration::from_secs(7200))).unwrap();
    for _ in 0..50 {
        accepted(&bench, &long, "within the minute").await;
    }
    assert_eq!((bench.count(Endpoint::Jwks), bench.count(Endpoint::Discovery)), (1, 1));
    bench.tenant.clock().advance(Duration::from_secs(301));
    accepted(&bench, &long, "five minutes later").await;
    until("the keys are asked for again", || bench.count(Endpoint::Jwks) == 2).await;
    let entry = bench.tenant.journal().of(Endpoint::Jwks).pop().unwrap();
    assert!(entry.header("if-none-match").is_some(), "{entry:?}");
    assert_eq!(entry.status, Some(304));
    accepted(&bench, &long, "afterwards").await;
}

/// A fetch that hangs holds up nobody who needs no new key.
#[rocket::async_test]
async fn j22_a_hanging_fetch_delays_nobody_else() {
    let bench = Bench::probe_app().await;
    let known = bench.tenant.access_token(alice().expires_in(Duration::from_secs(7200))).unwrap();
    bench.tenant.faults().on(Endpoint::Jwks).fault(Fault::Hang);
    bench.tenant.clock().advance(Duration::from_secs(301));
    let before = bench.count(Endpoint::Jwks);
    let begun = tokio::time::Instant::now();
    let asked = (0..40).map(|_| bench.call(Ask::get("/orders").bearer(&known)));
    let answers = rocket::futures::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    // The fetch itself is given up after ten seconds.
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert!(bench.count(Endpoint::Jwks) <= before + 1, "one flight");
}

/// j16: an answer that comes a byte at a time is given up, and holds up nobody meanwhile.
#[rocket::async_test]
async fn j06_j16_a_slow_drip_ends_in_time_and_replaces_nothing() {
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.request_timeout", "1s"))).await;
    let known = bench.tenant.access_token(alice().expires_in(Duration::from_secs(7200))).unwrap();
    accepted(&bench, &known, "before").await;
    bench.tenant.keys().rotate().unwrap();
    let new = good(&bench.tenant);
    bench.tenant.faults().on(Endpoint::Jwks).fault(Fault::Drip(Duration::from_millis(20)));
    let begun = tokio::time::Instant::now();
    let answer = show(&bench, &new).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    accepted(&bench, &known, "meanwhile").await;
    bench.tenant.faults().clear();
    bench.tenant.clock().advance(Duration::from_secs(1));
    accepted(&bench, &new, "afterwards").await;
}

/// j27: failures do not use up what unknown keys may ask for, however many there were.
#[rocket::async_test]
async fn j27_a_key_that_could_not_be_fetched_is_fetched_once_it_can() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().freeze();
    bench.tenant.keys().rotate_to_rsa().unwrap();
    let new = good(&bench.tenant);
    bench.tenant.faults().on(Endpoint::Jwks).status(502);
    for _ in 0..30 {
        assert_eq!(show(&bench, &new).await.status, 503);
        bench.tenant.clock().advance(Duration::from_secs(1));
    }
    bench.tenant.faults().clear();
    bench.tenant.clock().advance(Duration::from_secs(1));
    accepted(&bench, &new, "a second after Logto is back").await;
}

/// j25, for the other document: it has an ETag as well.
#[rocket::async_test]
async fn j25_the_discovery_document_is_revalidated() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().advance(Duration::from_secs(301));
    accepted(&bench, &good(&bench.tenant), "five minutes later").await;
    until("the document is asked for again", || bench.count(Endpoint::Discovery) == 2).await;
    let entry = bench.tenant.journal().of(Endpoint::Discovery).pop().unwrap();
    assert!(entry.header("if-none-match").is_some(), "{entry:?}");
    assert_eq!(entry.status, Some(304));
    accepted(&bench, &good(&bench.tenant), "afterwards").await;
}

/// e23: what is known of one tenant's tokens says nothing about another's.
#[rocket::async_test]
async fn e23_two_tenants_share_no_keys() {
    let (ours, theirs) = (Bench::probe_app().await, Bench::probe_app().await);
    let foreign = good(&theirs.tenant);
    accepted(&theirs, &foreign, "at home").await;
    refused(&ours, &foreign, "token_issuer", "abroad").await;
    accepted(&ours, &good(&ours.tenant), "ours").await;
}
