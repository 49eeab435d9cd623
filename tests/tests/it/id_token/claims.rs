//! ID tokens with one wrong claim.

use logto_dev::recorded::{ALICE, M2M_APP, ROCKET_APP};
use serde_json::{Value, json};

use super::Stage;

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

/// D08 of the checklist, on its own: whatever is there must be our client id, to the letter, and nothing need be there.
#[rocket::async_test]
async fn field_42_d08_an_authorized_party_that_is_not_this_client_is_refused() {
    let stage = Stage::new().await;
    for wrong in [
        json!(M2M_APP.id),
        json!(ROCKET_APP.id.to_uppercase()),
        json!(format!("{} ", ROCKET_APP.id)),
        json!(format!("\u{2000}{}", ROCKET_APP.id)),
        json!([ROCKET_APP.id]),
        json!({ "client_id": ROCKET_APP.id }),
        json!(true),
    ] {
        stage.refuses_claim("azp", wrong).await;
    }
    stage
        .accepts("our own azp", |header, mut claims| {
            claims["azp"] = json!(ROCKET_APP.id);
            stage.sign(&header, &claims)
        })
        .await;
    stage.accepts("no azp", |header, claims| stage.sign(&header, &claims)).await;
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
    stage.refuses_claim("nonce", json!(other)).await; // of another sign-in
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

/// A sign-in that had to be at most five minutes old, answered with this `auth_time`.
async fn stepped_up(stage: &Stage, auth_time: Option<Value>) -> logto_tests::Answer {
    let mut browser = stage.bench.browser();
    let answer = browser.open("/logto/sign-in?return_to=%2Fknown&max_age=300").await;
    let url = reqwest::Url::parse(answer.location()).unwrap();
    let nonce = logto_tests::param(&url, "nonce").unwrap();
    let callback = logto_tests::path_of(&stage.bench.tenant.sign_in(url, "alice").await.unwrap());
    let mut returned = super::Returned { browser, callback, nonce };
    let mut claims = stage.claims(&returned.nonce);
    if let Some(auth_time) = auth_time {
        claims["auth_time"] = auth_time;
    }
    let id_token = stage.sign(&stage.header(), &claims);
    stage.answer(&mut returned, super::response(&id_token).to_string()).await
}

#[rocket::async_test]
async fn d13_d14_p02_a_sign_in_that_had_to_be_fresh_tells_when_it_was() {
    let stage = Stage::new().await;
    let now = stage.now();
    for age in [0, 300, 359, 360] {
        let answer = stepped_up(&stage, Some(json!(now - age))).await;
        assert_eq!(answer.status, 303, "{age} s old: {answer:?}");
    }
    let old = [361, 600, 86_400].map(|age| Some(json!(now - age)));
    for auth_time in old.into_iter().chain([None, Some(Value::Null)]) {
        let answer = stepped_up(&stage, auth_time.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "step_up_unsatisfied"), "{auth_time:?}");
        assert!(answer.header("location").is_none(), "{auth_time:?}");
    }
    let answer = stepped_up(&stage, Some(json!(now.to_string()))).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "sign_in_id_token"), "a text is no time");
}

/// Every time in an ID token, from ten minutes before to ten minutes after, to the second at the leeway.
#[rocket::async_test]
async fn p02_d23_times_are_forgiven_a_minute_and_no_more() {
    let stage = Stage::new().await;
    let now = stage.now();
    let shown = |name: &'static str, offset: i64| {
        let stage = &stage;
        stage.with_token(move |header, mut claims| {
            claims["iat"] = json!(now - 1_200);
            claims[name] = json!(now + offset);
            stage.sign(&header, &claims)
        })
    };
    for (name, offset, taken) in [
        ("exp", -600, false),
        ("exp", -61, false),
        ("exp", -60, false),
        ("exp", -59, true),
        ("exp", 600, true),
        ("iat", -600, true),
        ("iat", 59, true),
        ("iat", 60, true),
        ("iat", 61, false),
        ("iat", 600, false),
        ("nbf", -600, true),
        ("nbf", 60, true),
        ("nbf", 61, false),
        ("nbf", 600, false),
    ] {
        let (_, answer) = shown(name, offset).await;
        assert_eq!(answer.status, if taken { 303 } else { 400 }, "{name} {offset}: {answer:?}");
    }
}

#[rocket::async_test]
async fn p04_an_id_token_of_the_end_of_time_is_taken_like_any_other() {
    let stage = Stage::new().await;
    for exp in
        [json!(i64::from(i32::MAX)), json!(1_i64 << 32), json!(1_i64 << 53), json!(i64::MAX), json!(u64::MAX)]
    {
        stage
            .accepts(&exp.to_string(), |header, mut claims| {
                claims["exp"] = exp.clone();
                stage.sign(&header, &claims)
            })
            .await;
        stage.refuses_claim("nbf", exp.clone()).await;
        stage.refuses_claim("iat", exp).await;
    }
}

/// The access token that came along is hashed into it, where a server does that; Logto does not.
#[rocket::async_test]
async fn d12_a_hash_of_another_access_token_refuses_the_token() {
    let stage = Stage::new().await;
    let access_token = super::response("")["access_token"].as_str().unwrap().to_owned();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA384, access_token.as_bytes());
    let right = logto_tests::b64(&hash.as_ref()[..24]);
    stage
        .accepts("the right hash", |header, mut claims| {
            claims["at_hash"] = json!(right);
            stage.sign(&header, &claims)
        })
        .await;
    let whole = logto_tests::b64(hash.as_ref());
    for wrong in
        [json!("77QmUPtjPfzWtF2AnpK9RQ"), json!(""), json!(whole), json!(format!("{right}=")), json!(7)]
    {
        stage.refuses_claim("at_hash", wrong).await;
    }
}
