//! What is no logout token of this tenant for this application, or not any more.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{BCL_APP, ROCKET_APP, SHOPPING_API};
use logto_dev::{Endpoint, Issue};
use logto_tests::{b64, claims_of, header_of, unsigned};
use serde_json::{Value, json};

use super::{assert_answered, bench, form, is_signed_in, logout_of};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Posts tokens for Alice, one by one, and demands that none of them ends her session.
macro_rules! none_of_these {
    ($bench:expr, $tokens:expr) => {{
        let mut alice = $bench.signed_in("alice").await;
        for (what, token) in $tokens {
            let answer = $bench.call(form(&token)).await;
            assert_answered(&answer, 400, &answer.code());
            assert!(answer.code().starts_with("token_"), "{what}: {answer:?}");
            assert!(!answer.body.contains(&token), "{what}");
        }
        assert!(is_signed_in(&mut alice).await);
        // And a good one does.
        let good = $bench.tenant.logout_token(logout_of("alice")).unwrap();
        assert_answered(&$bench.call(form(&good)).await, 200, "");
        assert!(!is_signed_in(&mut alice).await);
    }};
}

#[rocket::async_test]
async fn k07_another_token_is_no_logout_token() {
    let bench = bench().await;
    let (tenant, keys) = (&bench.tenant, bench.tenant.keys());
    let good = tenant.logout_token(logout_of("alice")).unwrap();
    let (header, claims) = (header_of(&good), claims_of(&good));
    let typed = |typ: &str| tenant.logout_token(logout_of("alice").header("typ", typ)).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    none_of_these!(
        bench,
        [
            ("an ID token", tenant.id_token(logout_of("alice")).unwrap()),
            ("an access token", tenant.access_token(logout_of("alice").resource(SHOPPING_API)).unwrap()),
            ("an opaque token", tenant.access_token(logout_of("alice")).unwrap()),
            ("typ at+jwt", typed("at+jwt")),
            ("typ JWT", typed("JWT")),
            ("no typ", tenant.logout_token(logout_of("alice").without_header("typ")).unwrap()),
            ("a stranger's key", keys.sign_with_stranger(&header, &claims).unwrap()),
            ("no signature", format!("{}.{}.", parts[0], parts[1])),
            ("another's signature", format!("{}.{}.{}", parts[0], parts[1], b64("x".repeat(96)))),
            ("alg none", unsigned(r#"{"alg":"none","typ":"logout+jwt"}"#, &claims, "")),
            ("alg HS256", unsigned(r#"{"alg":"HS256","typ":"logout+jwt"}"#, &claims, "c2lnbmVk")),
            ("unknown kid", tenant.logout_token(logout_of("alice").header("kid", "unknown")).unwrap()),
            ("crit", tenant.logout_token(logout_of("alice").header("crit", json!(["x"]))).unwrap()),
            (
                "another issuer",
                tenant.logout_token(logout_of("alice").claim("iss", "https://evil.example/oidc")).unwrap()
            ),
            ("no issuer", tenant.logout_token(logout_of("alice").without("iss")).unwrap()),
            ("another application", tenant.logout_token(Issue::user("alice").client(ROCKET_APP.id)).unwrap()),
            (
                "two audiences",
                tenant
                    .logout_token(logout_of("alice").claim("aud", json!([BCL_APP.id, ROCKET_APP.id])))
                    .unwrap()
            ),
            ("no audience", tenant.logout_token(logout_of("alice").without("aud")).unwrap()),
            ("a nonce", tenant.logout_token(logout_of("alice").claim("nonce", "n")).unwrap()),
            ("garbage", "a.b.c".to_owned()),
        ]
    );
}

#[rocket::async_test]
async fn k08_a_token_has_an_end() {
    let bench = bench().await;
    let tenant = &bench.tenant;
    let now = tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let old = |seconds: u64| logout_of("alice").without("exp").claim("iat", now - seconds);
    none_of_these!(
        bench,
        [
            ("expired", tenant.logout_token(logout_of("alice").expired()).unwrap()),
            ("exp is text", tenant.logout_token(logout_of("alice").claim("exp", "soon")).unwrap()),
            ("no exp, and three minutes old", tenant.logout_token(old(185)).unwrap()),
        ]
    );
    // Older Logto servers send none: then the time of issue decides.
    bench.tenant.clock().advance(Duration::from_secs(2));
    let mut alice = bench.signed_in("alice").await;
    let fresh = tenant.logout_token(old(0)).unwrap();
    assert_answered(&bench.call(form(&fresh)).await, 200, "");
    assert!(!is_signed_in(&mut alice).await);
}

#[rocket::async_test]
async fn k09_a_token_is_of_this_moment() {
    let bench = bench().await;
    let tenant = &bench.tenant;
    let now = tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let issued = |at: u64| logout_of("alice").claim("iat", at).claim("exp", now + 3600);
    none_of_these!(
        bench,
        [
            ("no iat", tenant.logout_token(logout_of("alice").without("iat")).unwrap()),
            ("iat is text", tenant.logout_token(logout_of("alice").claim("iat", "now")).unwrap()),
            ("from the future", tenant.logout_token(issued(now + 120)).unwrap()),
            ("seven minutes old", tenant.logout_token(issued(now - 420)).unwrap()),
        ]
    );
}

#[rocket::async_test]
async fn k10_a_token_counts_once() {
    let bench = bench().await;
    let missing = bench.tenant.logout_token(logout_of("alice").without("jti")).unwrap();
    let empty = bench.tenant.logout_token(logout_of("alice").claim("jti", "")).unwrap();
    none_of_these!(bench, [("no jti", missing), ("an empty jti", empty)]);

    let token = bench.tenant.logout_token(logout_of("alice")).unwrap();
    assert_answered(&bench.call(form(&token)).await, 200, "");
    bench.tenant.clock().advance(Duration::from_secs(2));
    let mut alice = bench.signed_in("alice").await;
    assert_answered(&bench.call(form(&token)).await, 400, "token_replayed");
    // The same id in a token of another time is the same.
    let jti = claims_of(&token)["jti"].clone();
    let again = bench.tenant.logout_token(logout_of("alice").claim("jti", jti)).unwrap();
    assert_answered(&bench.call(form(&again)).await, 400, "token_replayed");
    assert!(is_signed_in(&mut alice).await);
}

#[rocket::async_test]
async fn k11_a_token_names_somebody() {
    let bench = bench().await;
    let make = |issue: Issue| bench.tenant.logout_token(issue).unwrap();
    none_of_these!(
        bench,
        [
            ("nobody", make(logout_of("alice").without("sub"))),
            ("sub is a number", make(logout_of("alice").claim("sub", 7))),
            ("sub is null", make(logout_of("alice").claim("sub", Value::Null))),
            ("sub is empty", make(logout_of("alice").claim("sub", ""))),
            ("sid is a list", make(logout_of("alice").claim("sid", json!(["a"])))),
            ("sid is empty", make(logout_of("alice").claim("sid", ""))),
            ("sid is empty and nobody", make(logout_of("alice").claim("sid", "").without("sub"))),
        ]
    );
}

#[rocket::async_test]
async fn k12_a_token_tells_of_a_logout() {
    let bench = bench().await;
    let make = |events: Value| bench.tenant.logout_token(logout_of("alice").claim("events", events)).unwrap();
    none_of_these!(
        bench,
        [
            ("no events", bench.tenant.logout_token(logout_of("alice").without("events")).unwrap()),
            ("null", make(Value::Null)),
            ("a list", make(json!([EVENT]))),
            ("a text", make(json!(EVENT))),
            ("another event", make(json!({ "http://schemas.openid.net/event/other": {} }))),
            ("a misspelt event", make(json!({ "https://schemas.openid.net/event/backchannel-logout": {} }))),
            ("true", make(json!({ EVENT: true }))),
            ("null inside", make(json!({ EVENT: null }))),
            ("a list inside", make(json!({ EVENT: [] }))),
        ]
    );
}

#[rocket::async_test]
async fn k19_a_flood_of_bad_tokens_does_not_reach_logto() {
    let bench = bench().await;
    let before = bench.count(Endpoint::Jwks);
    let mut invented = Vec::new();
    for n in 0..100 {
        let unknown = logout_of("alice").header("kid", format!("invented-{n}"));
        invented.push(bench.tenant.logout_token(unknown).unwrap());
        // Not worth a look at any key.
        let foreign =
            logout_of("alice").header("kid", format!("foreign-{n}")).claim("iss", "https://evil.example");
        invented.push(bench.tenant.logout_token(foreign).unwrap());
    }
    let asked = invented.iter().map(|token| bench.call(form(token)));
    let answers = rocket::futures::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| answer.status == 400), "{answers:?}");
    assert!(bench.count(Endpoint::Jwks) <= before + 3, "the invented keys are rationed");
    assert_eq!(bench.count(Endpoint::Token), 0);
}
