//! What is right must be taken: without these the refusals prove nothing.

use logto_dev::recorded::{ALICE, ROCKET_APP};
use logto_tests::{Bench, Signer};
use serde_json::json;

use super::{Stage, response};

#[rocket::async_test]
async fn the_stage_itself_signs_in() {
    let stage = Stage::new().await;
    stage.accepts("a good ID token", |header, claims| stage.sign(&header, &claims)).await;
}

#[rocket::async_test]
async fn a44_d22_an_audience_of_one_in_a_list_is_taken() {
    let stage = Stage::new().await;
    stage
        .accepts("aud: [us]", |header, mut claims| {
            claims["aud"] = json!([ROCKET_APP.id]);
            stage.sign(&header, &claims)
        })
        .await;
}

#[rocket::async_test]
async fn d21_unknown_and_empty_claims_are_taken() {
    let stage = Stage::new().await;
    stage
        .accepts("all kinds of claims", |header, mut claims| {
            claims["azp"] = ROCKET_APP.id.into();
            claims["c_hash"] = "whatever".into();
            claims["acr"] = json!(null);
            claims["nested"] = json!({ "a": [1, null, { "b": 1.5 }] });
            claims["picture"] = json!(null);
            claims["organizations"] = json!([]);
            claims["email"] = json!(["of", "another", "type"]);
            stage.sign(&header, &claims)
        })
        .await;
}

#[rocket::async_test]
async fn d23_a_minute_of_skew_is_forgiven() {
    let stage = Stage::new().await;
    let now = stage.now();
    for (iat, exp) in [(now + 60, now + 3600), (now - 3600, now - 59), (now, now + 1)] {
        stage
            .accepts(&format!("iat {}, exp {}", iat - now, exp - now), |header, mut claims| {
                claims["iat"] = iat.into();
                claims["exp"] = exp.into();
                stage.sign(&header, &claims)
            })
            .await;
    }
}

#[rocket::async_test]
async fn the_type_jwt_is_no_other_type() {
    let stage = Stage::new().await;
    stage
        .accepts("typ: JWT", |mut header, claims| {
            header["typ"] = "JWT".into();
            stage.sign(&header, &claims)
        })
        .await;
}

#[rocket::async_test]
async fn a06_an_id_token_without_key_id_is_verified_by_the_one_key() {
    let stage = Stage::new().await;
    stage.accepts("no kid", |_, claims| stage.sign(&json!({ "alg": "ES384" }), &claims)).await;
}

#[rocket::async_test]
async fn a08_a19_a20_keys_may_rotate_right_before_a_sign_in() {
    let bench = Bench::probe_app().await;
    bench.signed_in("alice").await;
    bench.tenant.keys().rotate_to_rsa().unwrap();
    bench.signed_in("alice").await;
    bench.tenant.keys().rotate().unwrap();
    bench.signed_in("alice").await;
}

#[rocket::async_test]
async fn id_tokens_of_every_algorithm_are_taken() {
    for alg in ["ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA"] {
        let stage = Stage::new().await;
        let signer = Signer::new(alg);
        stage.bench.tenant.keys().publish_instead(json!({ "keys": [signer.jwk()] }));
        stage.accepts(alg, |_, claims| signer.sign(json!({ "alg": alg, "kid": signer.kid() }), claims)).await;
    }
}

#[rocket::async_test]
async fn d26_a_person_with_a_hundred_organizations_signs_in() {
    let stage = Stage::new().await;
    let organizations: Vec<String> = (0..100).map(|n| format!("organization{n:03}")).collect();
    let roles: Vec<String> = organizations.iter().map(|id| format!("{id}:admin")).collect();
    stage
        .accepts("100 organizations", |header, mut claims| {
            claims["organizations"] = json!(organizations);
            claims["organization_roles"] = json!(roles);
            stage.sign(&header, &claims)
        })
        .await;
}

/// What the application is told is what was verified.
#[rocket::async_test]
async fn d24_the_verified_claims_arrive() {
    let stage = Stage::new().await;
    let mut returned = stage.returned().await;
    let mut claims = stage.claims(&returned.nonce);
    claims["plan"] = "gold".into();
    let body = response(&stage.sign(&stage.header(), &claims)).to_string();
    stage.answer(&mut returned, body).await;
    let user = returned.browser.fetch("/logto/user").await.json();
    assert_eq!((&user["claims"]["sub"], &user["claims"]["plan"]), (&json!(ALICE), &json!("gold")));
    assert_eq!(user["claims"]["nonce"], json!(null));
}
