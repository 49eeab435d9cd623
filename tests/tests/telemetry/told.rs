//! What the log and the answers say of tokens: about which kind they are, and whose.

use logto_dev::recorded::{OTHER_API, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue};
use logto_tests::{Ask, LogCapture};
use serde_json::json;

use crate::alone;
use crate::refusal_app::{FORM, LOGOUT, RefusalApp};

/// What only helps whoever calls an API.
const API_ADVICE: [&str; 3] = ["`resource`", "API's indicator", "access token"];

/// The lines of this library since `from` that hold this text.
fn lines_with(log_capture: &LogCapture, from: usize, text: &str) -> Vec<String> {
    let ours = |line: &&logto_tests::Line| line.target.starts_with("logto") && line.text.contains(text);
    log_capture.lines()[from..].iter().filter(ours).map(|line| line.text.clone()).collect()
}

#[rocket::async_test]
async fn field_36_somebody_else_at_userinfo_is_told_as_that() {
    let _turn = alone().await;
    let (log_capture, refusal_app) = (LogCapture::listen(), RefusalApp::open().await);
    let mut alice = refusal_app.with_person("alice").await;
    let from = log_capture.lines().len();
    let somebody = r#"{"sub":"somebody","name":"Mallory"}"#.to_owned();
    refusal_app.tenant.faults().on(Endpoint::UserInfo).fault(Fault::StatusWithBody(200, somebody));
    assert_eq!(alice.fetch("/info").await.status, 401);
    let told = lines_with(log_capture, from, "token_subject");
    assert!(told.len() == 1 && told[0].contains("userinfo") && !told[0].contains("refresh"), "{told:?}");
}

#[rocket::async_test]
async fn field_36_an_id_token_is_told_as_an_id_token() {
    let _turn = alone().await;
    let (log_capture, refusal_app) = (LogCapture::listen(), RefusalApp::open().await);
    for (what, spoil) in [
        ("audience", ("aud", json!("another"))),
        ("expired", ("exp", json!(1))),
        ("nonce", ("nonce", json!("another"))),
        ("issuer", ("iss", json!("https://evil.example/oidc"))),
    ] {
        let returned = refusal_app.returned("/logto/sign-in").await;
        let (name, value) = spoil;
        let issue = Issue::user("alice").claim("nonce", returned.nonce.as_str()).claim(name, value);
        let body = json!({
            "access_token": "opaque", "token_type": "Bearer", "expires_in": 3600,
            "id_token": refusal_app.tenant.id_token(issue).unwrap(),
        });
        refusal_app.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.to_string()));
        let from = log_capture.lines().len();
        assert_eq!(returned.back().await.status, 400, "{what}");
        refusal_app.tenant.faults().clear();
        let told = lines_with(log_capture, from, "a sign-in failed");
        assert!(told.len() == 1 && told[0].contains("the ID token is not valid"), "{what}: {told:?}");
        assert!(API_ADVICE.iter().all(|advice| !told[0].contains(advice)), "{what}: {told:?}");
    }
    // No JSON Web Token at all has had the advice to ask for one with `resource`.
    let returned = refusal_app.returned("/logto/sign-in").await;
    let body = r#"{"access_token":"opaque","token_type":"Bearer","expires_in":3600,"id_token":"opaque"}"#;
    refusal_app.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.to_owned()));
    let from = log_capture.lines().len();
    assert_eq!(returned.back().await.status, 400);
    refusal_app.tenant.faults().clear();
    let told = lines_with(log_capture, from, "a sign-in failed");
    assert!(API_ADVICE.iter().all(|advice| !told[0].contains(advice)), "{told:?}");
}

#[rocket::async_test]
async fn field_36_a_logout_token_is_told_as_a_logout_token() {
    let _turn = alone().await;
    // Before Rocket: whoever comes first is the logger of all tests.
    LogCapture::listen();
    let refusal_app = RefusalApp::open().await;
    let tenant = &refusal_app.tenant;
    let alice = || Issue::user("alice");
    let tokens = [
        ("token_type", tenant.id_token(alice()).unwrap()),
        ("token_type", tenant.access_token(alice().resource(SHOPPING_API)).unwrap()),
        ("token_opaque", "opaque".to_owned()),
        ("token_audience", tenant.logout_token(alice().claim("aud", "another")).unwrap()),
        ("token_issuer", tenant.logout_token(alice().claim("iss", "https://evil.example/oidc")).unwrap()),
        ("token_expired", tenant.logout_token(alice().claim("iat", 1).claim("exp", 2)).unwrap()),
        ("token_nonce", tenant.logout_token(alice().claim("nonce", "n")).unwrap()),
        ("token_malformed", "a.b.c".to_owned()),
    ];
    for (code, token) in tokens {
        let answer = refusal_app.call(Ask::post(LOGOUT).body(FORM, format!("logout_token={token}"))).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{answer:?}");
        assert!(API_ADVICE.iter().all(|advice| !answer.body.contains(advice)), "{code}: {answer:?}");
    }
}

/// Logto does not say which of the resources it does not know.
#[rocket::async_test]
async fn field_38_the_resources_of_a_refused_sign_in_are_named_in_the_log() {
    let _turn = alone().await;
    let (log_capture, refusal_app) = (LogCapture::listen(), RefusalApp::open().await);
    let returned = refusal_app.returned("/logto/sign-in").await;
    let from = log_capture.lines().len();
    assert_eq!(returned.with("error=invalid_target").await.status, 400);
    let told = lines_with(log_capture, from, "Logto refused a sign-in");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains(SHOPPING_API) && told[0].contains(OTHER_API), "{told:?}");
    // At a refresh there is one.
    let mut alice = refusal_app.with_person("alice").await;
    let body =
        r#"{"error":"invalid_target","error_description":"resource indicator is missing, or unknown"}"#;
    refusal_app.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(400, body.to_owned()));
    let from = log_capture.lines().len();
    assert_eq!(alice.fetch("/token").await.status, 403);
    let told = lines_with(log_capture, from, "responded with 400 `invalid_target`");
    assert!(!told.is_empty() && told.iter().all(|line| line.contains(SHOPPING_API)), "{told:?}");
}

/// Whose no it was stands in the log, in the tenant's own words, and not in the answer.
#[rocket::async_test]
async fn field_26_the_log_says_who_has_denied_a_token() {
    let _turn = alone().await;
    let (log_capture, refusal_app) = (LogCapture::listen(), RefusalApp::open().await);
    let mut alice = refusal_app.with_person("alice").await;
    let denial = r#"{"error":"access_denied","error_description":"plan has ended"}"#.to_owned();
    refusal_app.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(400, denial));
    let from = log_capture.lines().len();
    let answer = alice.fetch("/token").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "access_denied"), "{answer:?}");
    assert!(!answer.body.contains("plan has ended"));
    let told = lines_with(log_capture, from, "plan has ended");
    assert!(!told.is_empty() && told.iter().all(|line| line.contains("access control")), "{told:?}");
}
