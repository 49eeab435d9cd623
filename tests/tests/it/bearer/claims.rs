//! Claims of an access token, each held against what it must be.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{ACME, GLOBEX, M2M_APP, OTHER_API, SHOPPING_API};
use logto_dev::{Issue, Tenant};
use logto_tests::{Ask, Bench};
use serde_json::{Value, json};

use super::{accepted, alice, good, refused};

fn now(tenant: &Tenant) -> i64 {
    i64::try_from(tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

#[rocket::async_test]
async fn f08_p02_an_expired_token_is_refused_to_the_second() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().freeze();
    for (seconds, taken) in [(0, true), (59, true), (60, false), (61, false), (3600, false)] {
        let token = bench.tenant.access_token(alice().expired_for(Duration::from_secs(seconds))).unwrap();
        if taken {
            accepted(&bench, &token, &format!("expired {seconds} s ago")).await;
        } else {
            refused(&bench, &token, "token_expired", &format!("expired {seconds} s ago")).await;
        }
    }
}

#[rocket::async_test]
async fn e26_a_token_that_was_taken_is_refused_once_it_has_expired() {
    let bench = Bench::probe_app().await;
    let token = good(&bench.tenant);
    accepted(&bench, &token, "fresh").await;
    bench.tenant.clock().advance(Duration::from_secs(3600 + 61));
    refused(&bench, &token, "token_expired", "an hour later").await;
}

#[rocket::async_test]
async fn f09_p02_a_token_of_the_future_is_refused_to_the_second() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().freeze();
    let now = now(&bench.tenant);
    for claim in ["nbf", "iat"] {
        let token = |ahead: i64| bench.tenant.access_token(alice().claim(claim, now + ahead)).unwrap();
        accepted(&bench, &token(60), claim).await;
        refused(&bench, &token(61), "token_not_yet_valid", claim).await;
    }
}

#[rocket::async_test]
async fn p04_times_at_the_edges_of_numbers_neither_panic_nor_pass() {
    let bench = Bench::probe_app().await;
    for exp in [json!(0), json!(1), json!(-1), json!(i64::MIN)] {
        let token = bench.tenant.access_token(alice().claim("exp", exp.clone())).unwrap();
        let answer = super::show(&bench, &token).await;
        assert_eq!(answer.status, 401, "{exp}");
    }
    for exp in [json!(i64::MAX), json!(u64::MAX), json!(1_u64 << 53)] {
        let token = bench.tenant.access_token(alice().claim("exp", exp.clone())).unwrap();
        accepted(&bench, &token, &exp.to_string()).await;
        let token = bench.tenant.access_token(alice().claim("nbf", exp.clone())).unwrap();
        refused(&bench, &token, "token_not_yet_valid", &exp.to_string()).await;
    }
}

#[rocket::async_test]
async fn f10_another_issuer_is_refused() {
    let bench = Bench::probe_app().await;
    let issuer = bench.tenant.issuer();
    for wrong in [
        "https://evil.example/oidc".to_owned(),
        format!("{issuer}/"),
        issuer.to_uppercase(),
        issuer.replace("localhost", "127.0.0.1"),
        bench.tenant.endpoint().to_owned(),
        String::new(),
    ] {
        let token = bench.tenant.access_token(alice().claim("iss", wrong.clone())).unwrap();
        refused(&bench, &token, "token_issuer", &wrong).await;
    }
}

#[rocket::async_test]
async fn f11_f12_f13_the_audience_must_be_ours() {
    let bench = Bench::probe_app().await;
    for good in [json!(SHOPPING_API), json!([SHOPPING_API]), json!(["https://x.example", SHOPPING_API])] {
        let token = bench.tenant.access_token(alice().claim("aud", good.clone())).unwrap();
        accepted(&bench, &token, &good.to_string()).await;
    }
    for bad in [
        json!(OTHER_API),
        json!(format!("{SHOPPING_API}/")),
        json!(SHOPPING_API.to_uppercase()),
        json!(&SHOPPING_API[..SHOPPING_API.len() - 1]),
        json!("*"),
        json!(""),
        json!([]),
        json!([OTHER_API]),
        json!("urn:logto:organization:x"),
        json!(logto_dev::recorded::ROCKET_APP.id),
    ] {
        let token = bench.tenant.access_token(alice().claim("aud", bad.clone())).unwrap();
        refused(&bench, &token, "token_audience", &bad.to_string()).await;
    }
    for wrong_type in [json!(null), json!(7), json!({"a": SHOPPING_API}), json!([7]), json!(true)] {
        let token = bench.tenant.access_token(alice().claim("aud", wrong_type.clone())).unwrap();
        refused(&bench, &token, "token_claim", &wrong_type.to_string()).await;
    }
    let token = bench.tenant.access_token(alice().without("aud")).unwrap();
    refused(&bench, &token, "token_claim", "no aud").await;
}

#[rocket::async_test]
async fn f14_only_access_tokens_are_access_tokens() {
    let bench = Bench::probe_app().await;
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"] {
        accepted(&bench, &bench.tenant.access_token(alice().header("typ", typ)).unwrap(), typ).await;
    }
    for typ in ["JWT", "jwt", "logout+jwt", "", "at+jwt ", "application/jwt", "secevent+jwt", "dpop+jwt"] {
        let token = bench.tenant.access_token(alice().header("typ", typ)).unwrap();
        refused(&bench, &token, "token_type", typ).await;
    }
    refused(&bench, &bench.tenant.access_token(alice().without_header("typ")).unwrap(), "token_type", "none")
        .await;
}

#[rocket::async_test]
async fn f15_d05_claims_are_there_and_of_their_type() {
    let bench = Bench::probe_app().await;
    for claim in ["iss", "sub", "aud", "exp", "iat", "client_id", "jti"] {
        let token = bench.tenant.access_token(alice().without(claim)).unwrap();
        refused(&bench, &token, "token_claim", claim).await;
        for wrong in [json!(null), json!([1]), json!({}), json!(true)] {
            let token = bench.tenant.access_token(alice().claim(claim, wrong.clone())).unwrap();
            refused(&bench, &token, "token_claim", &format!("{claim}: {wrong}")).await;
        }
    }
    for (claim, wrong) in [
        ("exp", json!("9999999999")),
        ("iat", json!("1")),
        ("nbf", json!("1")),
        ("nbf", json!(true)),
        ("scope", json!(["read:orders"])),
        ("scope", json!(7)),
        ("organization_id", json!(7)),
        ("organization_id", json!("../etc")),
        ("organization_id", json!("")),
    ] {
        let token = bench.tenant.access_token(alice().claim(claim, wrong.clone())).unwrap();
        refused(&bench, &token, "token_claim", &format!("{claim}: {wrong}")).await;
    }
    let token = bench.tenant.access_token(alice().claim("sub", "")).unwrap();
    refused(&bench, &token, "token_subject", "empty sub").await;
}

#[rocket::async_test]
async fn unknown_claims_are_passed_over() {
    let bench = Bench::probe_app().await;
    let custom = alice().claim("plan", "gold").claim("act", json!({"sub": "x"})).claim("nbf", Value::Null);
    accepted(&bench, &bench.tenant.access_token(custom).unwrap(), "custom claims").await;
}

#[rocket::async_test]
async fn f19_an_organization_route_takes_that_organizations_token_alone() {
    let bench = Bench::probe_app().await;
    let token = |issue: Issue| bench.tenant.access_token(issue.scopes(["read:orders"])).unwrap();
    let of =
        |organization: &str| token(Issue::user("carol").resource(SHOPPING_API).organization(organization));
    let (acme, plain) = (of(ACME), token(Issue::user("carol").resource(SHOPPING_API)));
    let both = token(Issue::user("carol").resource(SHOPPING_API).claim("organization_id", json!(ACME)));
    let path = |id: &str| Ask::get(format!("/orgs/{id}/orders"));
    let answer = bench.call(path(ACME).bearer(&acme)).await;
    assert_eq!((answer.status, answer.json()["organization"].as_str()), (200, Some(ACME)));
    assert_eq!(bench.call(path(ACME).bearer(&both)).await.status, 200);
    for (id, token) in [(GLOBEX, &acme), (ACME, &plain), (GLOBEX, &plain)] {
        let answer = bench.call(path(id).bearer(token)).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "wrong_organization"), "{id}");
    }
    // Case matters; an encoded letter is the letter.
    let upper = ACME.to_uppercase();
    assert_eq!(bench.call(path(&upper).bearer(&acme)).await.status, 403);
    let encoded = format!("%{:02x}{}", ACME.as_bytes()[0], &ACME[1..]);
    assert_eq!(bench.call(path(&encoded).bearer(&acme)).await.status, 200);
    // An organization token is for the organization, not for the API in it.
    let organization = bench.tenant.access_token(Issue::user("carol").organization(ACME)).unwrap();
    assert_eq!(bench.call(path(ACME).bearer(&organization)).await.code(), "token_audience");
}

#[rocket::async_test]
async fn l12_what_can_be_no_organization_is_refused() {
    let bench = Bench::probe_app().await;
    let token =
        bench.tenant.access_token(Issue::user("carol").resource(SHOPPING_API).organization(ACME)).unwrap();
    let authorization = format!("authorization: Bearer {token}\r\n");
    for id in ["..", "%2e%2e", "a%2Fb", "%00", "%0d%0a", "a%20b", "%F0%9F%98%80", "%EF%BC%8E", "'%20OR%201=1"]
    {
        let answer = bench.app.raw_get(&format!("/orgs/{id}/orders"), &authorization).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "403" | "404" | "400"), "{id}: {answer}");
    }
    let long = format!("/orgs/{}/orders", "a".repeat(1024));
    assert_eq!(bench.call(Ask::get(long).bearer(&token)).await.status, 403);
}

#[rocket::async_test]
async fn f20_machines_and_people_are_told_apart() {
    let bench = Bench::probe_app().await;
    let machine = bench.tenant.access_token(Issue::machine(M2M_APP.id).resource(SHOPPING_API)).unwrap();
    let person = good(&bench.tenant);
    let status = |path: &'static str, method: &'static str, token: String| {
        let bench = &bench;
        async move { bench.call(Ask::new(method, path).bearer(&token)).await.status }
    };
    assert_eq!(status("/machine", "GET", machine.clone()).await, 200);
    assert_eq!(status("/machine", "GET", person.clone()).await, 403);
    assert_eq!(status("/orders", "POST", machine.clone()).await, 403);
    assert_eq!(status("/orders", "POST", person.clone()).await, 200);
    assert_eq!(status("/orders", "GET", machine).await, 200);
    assert_eq!(bench.signed_in("alice").await.fetch("/machine").await.status, 403);
}

/// RFC 8693 §4.1: who stands in for somebody has that one's rights, and is named.
#[rocket::async_test]
async fn an_actor_is_named() {
    let bench = Bench::probe_app().await;
    let support = alice().claim("act", json!({ "sub": "support", "act": { "sub": "earlier" } }));
    let answer = super::show(&bench, &bench.tenant.access_token(support).unwrap()).await;
    assert_eq!((answer.status, &answer.json()["actor"]), (200, &json!("support")));
    assert_eq!(answer.json()["sub"], logto_dev::recorded::ALICE);
    assert_eq!(super::show(&bench, &good(&bench.tenant)).await.json()["actor"], Value::Null);
    let nobody = alice().claim("act", json!({ "name": "support" }));
    refused(&bench, &bench.tenant.access_token(nobody).unwrap(), "token_claim", "an actor without a name")
        .await;
}
