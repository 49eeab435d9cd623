//! Answers of the token endpoint that are no answers.

use logto_dev::recorded::ALICE;
use logto_dev::{Endpoint, Fault};
use serde_json::{Value, json};

use super::{Stage, response};

async fn with_member(
    stage: &Stage,
    name: &str,
    value: Option<Value>,
) -> (super::Returned, logto_tests::Answer) {
    let mut returned = stage.returned().await;
    let mut body = response(&stage.sign(&stage.header(), &stage.claims(&returned.nonce)));
    match value {
        Some(value) => body[name] = value,
        None => drop(body.as_object_mut().unwrap().remove(name)),
    }
    let answer = stage.answer(&mut returned, body.to_string()).await;
    (returned, answer)
}

#[rocket::async_test]
async fn i13_a_body_that_is_no_token_response_signs_nobody_in() {
    let stage = Stage::new().await;
    let good = response("a.b.c").to_string();
    for (body, what) in [
        ("<!doctype html><h1>Login</h1>".to_owned(), "HTML"),
        (String::new(), "nothing"),
        (good[..good.len() / 2].to_owned(), "half of it"),
        (format!("{good}{good}"), "two of them"),
        ("[]".to_owned(), "a list"),
        ("null".to_owned(), "null"),
        ("{}".to_owned(), "an empty object"),
        (format!("{{\"access_token\":\"{}\"}}", "x".repeat(2 << 20)), "2 MB"),
        ("{".repeat(100_000), "deep"),
    ] {
        let mut returned = stage.returned().await;
        let answer = stage.answer(&mut returned, body).await;
        assert!(matches!(answer.status, 400 | 503), "{what}: {answer:?}");
        assert!(answer.header("location").is_none());
        stage.left_nothing(&mut returned, &answer, what).await;
    }
}

#[rocket::async_test]
async fn i13_members_that_are_missing_or_wrong_sign_nobody_in() {
    let stage = Stage::new().await;
    for (name, value) in [
        ("access_token", None),
        ("access_token", Some(json!(""))),
        ("access_token", Some(json!(null))),
        ("access_token", Some(json!(7))),
        ("token_type", None),
        ("token_type", Some(json!("mac"))),
        ("token_type", Some(json!("DPoP"))),
        ("token_type", Some(json!(""))),
        ("id_token", None),
        ("id_token", Some(json!(null))),
        ("id_token", Some(json!(7))),
        ("expires_in", Some(json!(-1))),
        ("expires_in", Some(json!({}))),
    ] {
        let what = format!("{name}: {value:?}");
        let (mut returned, answer) = with_member(&stage, name, value).await;
        assert!(matches!(answer.status, 400 | 503), "{what}: {answer:?}");
        stage.left_nothing(&mut returned, &answer, &what).await;
    }
}

#[rocket::async_test]
async fn a50_a51_i13_odd_but_good_answers_sign_in() {
    let stage = Stage::new().await;
    for (name, value) in [
        ("token_type", Some(json!("bEARER"))),
        ("token_type", Some(json!("bearer"))),
        ("expires_in", None),
        ("expires_in", Some(json!(0))),
        ("expires_in", Some(json!(1_000_000_000_000_000_000_u64))),
        ("expires_in", Some(json!(u64::MAX))),
        ("refresh_token", None),
        ("scope", None),
        ("unknown", Some(json!({ "a": 1 }))),
    ] {
        let what = format!("{name}: {value:?}");
        let (mut returned, answer) = with_member(&stage, name, value).await;
        assert_eq!(answer.status, 303, "{what}: {answer:?}");
        assert_eq!(returned.browser.open("/known").await.body, ALICE, "{what}");
    }
}

#[rocket::async_test]
async fn an_oauth_error_of_any_shape_signs_nobody_in() {
    let stage = Stage::new().await;
    for (status, body) in [
        (400, r#"{"error":"invalid_grant"}"#),
        (400, r#"{"error":"<script>","error_description":"\"><img src=x>"}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (403, "{}"),
        (404, "nothing here"),
        (201, "{}"),
        (418, ""),
    ] {
        let mut returned = stage.returned().await;
        stage.bench.tenant.faults().clear();
        stage.bench.tenant.journal().clear();
        stage.bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(status, body.to_owned()));
        let answer = returned.browser.open(&returned.callback).await;
        assert!(matches!(answer.status, 400 | 503), "{status}: {answer:?}");
        assert!(!answer.body.contains("<img") && !answer.body.contains("<script>"), "{answer:?}");
        stage.left_nothing(&mut returned, &answer, body).await;
    }
}
