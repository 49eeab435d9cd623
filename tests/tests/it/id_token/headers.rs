//! ID tokens that are signed wrongly, or are something else.

use logto_dev::Issue;
use logto_dev::recorded::{ROCKET_APP, SHOPPING_API};
use logto_tests::{CountingListener, Signer, b64, unsigned};
use serde_json::json;

use super::Stage;

#[rocket::async_test]
async fn a09_an_unsigned_id_token_is_refused() {
    let stage = Stage::new().await;
    for alg in ["none", "None", "NONE", ""] {
        let header = format!(r#"{{"alg":"{alg}"}}"#);
        stage.refuses(alg, |_, claims| unsigned(&header, &claims, "")).await;
        stage.refuses(alg, |_, claims| unsigned(&header, &claims, "AAAA")).await;
    }
}

#[rocket::async_test]
async fn a10_e08_a_wrong_signature_is_refused() {
    let stage = Stage::new().await;
    stage
        .refuses("a stranger's", |header, claims| {
            stage.bench.tenant.keys().sign_with_stranger(&header, &claims).unwrap()
        })
        .await;
    stage
        .refuses("of other claims", |header, claims| {
            let signed = stage.sign(&header, &json!({ "sub": "other" }));
            let signature = signed.rsplit('.').next().unwrap();
            unsigned(&header.to_string(), &claims, signature)
        })
        .await;
    for signature in [b64([0; 96]), b64([0xFF; 96]), b64([1]), String::new()] {
        stage.refuses("made up", |header, claims| unsigned(&header.to_string(), &claims, &signature)).await;
    }
    stage
        .refuses("cut short", |header, claims| {
            let token = stage.sign(&header, &claims);
            token[..token.len() - 4].to_owned()
        })
        .await;
}

/// The classic: the client secret makes a valid HS256 in OpenID Connect. Logto never signs so.
#[rocket::async_test]
async fn a49_e02_symmetric_algorithms_are_refused() {
    let stage = Stage::new().await;
    let jwk = stage.bench.tenant.keys().jwks()["keys"][0].to_string();
    for secret in [ROCKET_APP.secret.as_bytes(), jwk.as_bytes(), b""] {
        for alg in ["HS256", "HS384", "HS512"] {
            let signer = Signer::symmetric(alg, secret);
            stage
                .refuses(alg, |header, claims| {
                    signer.sign(json!({ "alg": alg, "kid": header["kid"] }), claims)
                })
                .await;
        }
    }
}

#[rocket::async_test]
async fn a49_e03_e21_an_algorithm_that_is_not_the_keys_is_refused() {
    let stage = Stage::new().await;
    for alg in ["ES256", "ES512", "RS256", "PS256", "EdDSA", "ES256K", "A128KW"] {
        stage
            .refuses(alg, |header, claims| stage.sign(&json!({ "alg": alg, "kid": header["kid"] }), &claims))
            .await;
    }
}

#[rocket::async_test]
async fn e04_e05_a_key_that_comes_along_is_not_used() {
    let stage = Stage::new().await;
    let (attacker, counting_listener) = (Signer::new("ES384"), CountingListener::silent().await);
    for (name, value) in [
        ("jwk", attacker.jwk()),
        ("jku", json!(format!("{}/jwks", counting_listener.url()))),
        ("x5u", json!(format!("{}/cert", counting_listener.url()))),
    ] {
        stage
            .refuses(name, |_, claims| {
                attacker.sign(json!({ "alg": "ES384", "kid": attacker.kid(), name: value }), claims)
            })
            .await;
    }
    assert_eq!(counting_listener.calls(), 0);
}

#[rocket::async_test]
async fn d15_d16_e24_another_kind_of_token_is_refused() {
    let stage = Stage::new().await;
    for typ in ["at+jwt", "logout+jwt", "application/at+jwt", "secevent+jwt", ""] {
        stage
            .refuses(typ, |mut header, claims| {
                header["typ"] = typ.into();
                stage.sign(&header, &claims)
            })
            .await;
    }
    let access = stage.bench.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    stage.refuses("an access token", |_, _| access).await;
    let logout = stage.bench.tenant.logout_token(Issue::user("alice")).unwrap();
    stage.refuses("a logout token", |_, _| logout).await;
    let foreign = stage.bench.tenant.id_token(Issue::user("alice")).unwrap();
    stage.refuses("an ID token of no sign-in", |_, _| foreign).await;
}

#[rocket::async_test]
async fn d17_d20_what_is_no_jws_is_refused() {
    let stage = Stage::new().await;
    for (token, what) in [
        ("a.b.c.d.e".to_owned(), "five parts"),
        ("a.b".to_owned(), "two parts"),
        ("opaque".to_owned(), "one part"),
        (String::new(), "nothing"),
        ("..".to_owned(), "dots"),
        ("x".repeat(70_000), "70 KB of nothing"),
    ] {
        stage.refuses(what, |_, _| token).await;
    }
    stage
        .refuses("more than 64 KB", |header, mut claims| {
            claims["filler"] = "x".repeat(64 * 1024).into();
            stage.sign(&header, &claims)
        })
        .await;
}

#[rocket::async_test]
async fn d18_d19_demands_that_are_not_understood_refuse_the_token() {
    let stage = Stage::new().await;
    for (name, value) in [
        ("crit", json!(["x"])),
        ("crit", json!([])),
        ("crit", json!("exp")),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("kid", json!(7)),
        ("kid", json!("")),
        ("kid", json!("unknown")),
    ] {
        stage
            .refuses(&format!("{name}: {value}"), |mut header, claims| {
                header[name] = value;
                stage.sign(&header, &claims)
            })
            .await;
    }
}
