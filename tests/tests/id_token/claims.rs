//! ID tokens with one wrong claim.

use logto_dev::recorded::{ALICE, M2M_APP, ROCKET_APP};
use serde_json::{Value, json};

use crate::Stage;

#[rocket::async_test]
async fn a02_a47_d10_the_issuer_is_ours() {
    let stage = Stage::new().await;
    let issuer = stage.bench.tenant.issuer();
    for wrong in [
        "https://evil.example/oidc".to_owned(),
        format!("{issuer}/"),
        issuer.to_uppercase(),
        issuer.replace("localhost", "127.0.0.1"),
        String::new(),
    ] {
        stage.refuses_claim("iss", wrong.into()).await;
    }
    stage.refuses_without("iss").await;
}

#[rocket::async_test]
async fn a03_d09_the_subject_is_a_sensible_text() {
    let stage = Stage::new().await;
    stage.refuses_without("sub").await;
    for wrong in [json!(""), json!("s".repeat(256)), json!(7), json!(null), json!([ALICE])] {
        stage.refuses_claim("sub", wrong).await;
    }
}

#[rocket::async_test]
async fn a04_a43_d06_d07_the_audience_is_us_and_nobody_else() {
    let stage = Stage::new().await;
    for wrong in [
        json!(M2M_APP.id),
        json!(ROCKET_APP.id.to_uppercase()),
        json!([]),
        json!([ROCKET_APP.id, M2M_APP.id]),
        json!([M2M_APP.id]),
        json!(7),
        json!({ "aud": ROCKET_APP.id }),
        json!(null),
        json!([[ROCKET_APP.id]]),
    ] {
        stage.refuses_claim("aud", wrong).await;
    }
    stage.refuses_without("aud").await;
}

/// An authorized party makes a second audience no better, and another party makes a good one bad.
#[rocket::async_test]
async fn a43_d08_the_authorized_party_is_us() {
    let stage = Stage::new().await;
    stage.refuses_claim("azp", json!(M2M_APP.id)).await;
    stage.refuses_claim("azp", json!("")).await;
    stage.refuses_claim("azp", json!(7)).await;
    stage
        .refuses("two audiences and azp", |header, mut claims| {
            claims["aud"] = json!([ROCKET_APP.id, M2M_APP.id]);
            claims["azp"] = json!(ROCKET_APP.id);
            stage.sign(&header, &claims)
        })
        .await;
}

#[rocket::async_test]
async fn a05_a45_a46_d01_d02_d04_times_are_there_and_fit() {
    let stage = Stage::new().await;
    let now = stage.now();
    stage.refuses_without("iat").await;
    stage.refuses_without("exp").await;
    stage.refuses_claim("exp", json!(now - 300)).await;
    stage.refuses_claim("exp", json!(now - 60)).await;
    stage.refuses_claim("exp", json!(now)).await; // not later than iat
    stage.refuses_claim("nbf", json!(now + 61)).await;
    stage.refuses_claim("iat", json!(now + 61)).await;
}

#[rocket::async_test]
async fn d05_times_are_numbers() {
    let stage = Stage::new().await;
    let wrong: [Value; 7] = [
        json!("9999999999"),
        json!(-1),
        json!(true),
        json!([9_999_999_999_i64]),
        json!({}),
        json!(""),
        json!("1e9"),
    ];
    for claim in ["exp", "iat", "nbf", "auth_time"] {
        for value in &wrong {
            stage.refuses_claim(claim, value.clone()).await;
        }
    }
    for claim in ["exp", "iat"] {
        stage.refuses_claim(claim, Value::Null).await;
    }
}

#[rocket::async_test]
async fn d05_a_number_beyond_all_numbers_is_refused() {
    let stage = Stage::new().await;
    let signer = logto_tests::Signer::new("ES384");
    stage.bench.tenant.keys().publish_instead(json!({ "keys": [signer.jwk()] }));
    for claim in ["exp", "iat", "nbf", "auth_time"] {
        for number in ["1e400", "-1e400", "NaN", "Infinity", "0x7fffffff"] {
            stage
                .refuses(&format!("{claim}: {number}"), |_, mut claims| {
                    claims.as_object_mut().unwrap().remove(claim);
                    let text = format!("{{\"{claim}\":{number},{}", &claims.to_string()[1..]);
                    signer.sign(json!({ "alg": "ES384", "kid": signer.kid() }), text)
                })
                .await;
        }
    }
}

#[rocket::async_test]
async fn a12_a48_d11_the_nonce_is_this_attempts() {
    let stage = Stage::new().await;
    stage.refuses_without("nonce").await;
    for wrong in [json!("another"), json!(""), json!(7), json!(null), json!(["x"])] {
        stage.refuses_claim("nonce", wrong).await;
    }
    stage
        .refuses("nonce with a letter more", |header, mut claims| {
            claims["nonce"] = format!("{}A", claims["nonce"].as_str().unwrap()).into();
            stage.sign(&header, &claims)
        })
        .await;
    stage
        .refuses("nonce in a list", |header, mut claims| {
            claims["nonce"] = json!([claims["nonce"]]);
            stage.sign(&header, &claims)
        })
        .await;
    let other = stage.returned().await.nonce;
    stage.refuses_claim("nonce", json!(other)).await; // of another attempt
}

#[rocket::async_test]
async fn e11_a_claim_that_stands_twice_is_refused() {
    let stage = Stage::new().await;
    let signer = logto_tests::Signer::new("ES384");
    stage.bench.tenant.keys().publish_instead(json!({ "keys": [signer.jwk()] }));
    for claim in ["iss", "sub", "aud", "exp", "nonce", "name"] {
        stage
            .refuses(&format!("{claim} twice"), |_, claims| {
                let text = format!("{{\"{claim}\":{},{}", claims[claim], &claims.to_string()[1..]);
                signer.sign(json!({ "alg": "ES384", "kid": signer.kid() }), text)
            })
            .await;
    }
}
