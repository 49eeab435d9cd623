//! Logto says no.

use logto_dev::{Endpoint, Fault};
use logto_tests::{Ask, Bench, path_of};

use super::{Returned, assert_private};

#[rocket::async_test]
async fn c13_who_cancels_is_told_so_and_not_sent_round() {
    let bench = Bench::storefront().await;
    let mut browser = bench.browser();
    let url = browser.begin("/profile").await;
    let callback = bench.tenant.browser().cancel(url).await.unwrap();
    assert!(callback.as_str().contains("error=access_denied"), "{callback}");
    let answer = browser.open(path_of(&callback)).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "sign_in_cancelled"));
    assert!(answer.body.contains("return_to=%2Fprofile"), "{answer:?}");
    assert!(browser.jar.pending_sign_ins().is_empty() && bench.count(Endpoint::Token) == 0);
    assert_private(&answer);
}

/// The consent page's Cancel leads to the callback without any parameter.
#[rocket::async_test]
async fn c13_a_bare_callback_is_a_cancellation_or_the_way_home() {
    let bench = Bench::storefront().await;
    let answer = bench.browser().open("/logto/callback").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "sign_in_cancelled"));
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.open("/logto/callback").await.location(), "/");
    assert_eq!(alice.open("/profile").await.status, 200);
}

/// Logto's access control says `Access denied.` (recording 27); whoever cancels says nothing, or that it was a person.
#[rocket::async_test]
async fn field_26_a_denial_by_the_tenant_is_no_cancellation() {
    for (description, code) in [
        ("&error_description=Access+denied.", "sign_in_denied"),
        ("&error_description=plan+has+ended", "sign_in_denied"),
        ("", "sign_in_cancelled"),
        ("&error_description=", "sign_in_cancelled"),
        ("&error_description=End-User+aborted+interaction", "sign_in_cancelled"),
        ("&error_description=The+user+has+cancelled", "sign_in_cancelled"),
        ("&error_description=the+person+cancelled", "sign_in_cancelled"),
        ("&error_description=Your+subscription+was+cancelled", "sign_in_denied"),
        ("&error_description=The+user+is+not+allowed+to+cancel", "sign_in_denied"),
    ] {
        let mut returned = Returned::new().await;
        let callback = format!("{}&error=access_denied{description}", returned.with("code", None));
        let answer = returned.refused(&callback, 403, code).await;
        assert!(answer.body.contains("return_to=%2Fprofile"), "{description}: {answer:?}");
        assert_eq!(answer.body.contains("was cancelled"), code == "sign_in_cancelled", "{answer:?}");
        assert!(!answer.body.contains("plan has ended"), "{answer:?}");
    }
}

/// `api.denyAccess()` in the tenant's JWT customizer (recording 38): 400, and the code is spent.
#[rocket::async_test]
async fn field_26_a_denial_at_the_token_endpoint_is_not_the_applications_fault() {
    for store in ["cookie", "memory"] {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
        let mut browser = bench.browser();
        let callback = browser.callback(&bench.tenant, "alice", "/known").await;
        let denial = r#"{"code":"oidc.access_denied","message":"Access denied.","error":"access_denied","error_description":"plan has ended"}"#;
        bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(400, denial.to_owned()));
        let answer = browser.open(callback).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "sign_in_denied"), "{answer:?}");
        assert!(
            answer.body.contains("return_to=%2Fknown") && !answer.body.contains("cancelled"),
            "{answer:?}"
        );
        assert!(answer.header("retry-after").is_none() && browser.jar.session().is_empty());
        assert_eq!(bench.grants("authorization_code").len(), 1, "the code is not tried again");
        bench.tenant.faults().clear();
        browser.sign_in(&bench.tenant, "alice").await;
        assert_eq!(browser.fetch("/known").await.status, 200);
    }
}

#[rocket::async_test]
async fn c15_l13_the_text_of_an_error_is_not_shown() {
    let mut returned = Returned::new().await;
    let evil = "error=%3Cscript%3Ealert(1)%3C%2Fscript%3E&error_description=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&error_uri=javascript%3Aalert(1)";
    let callback = format!("{}&{evil}", returned.with("code", None));
    let mut program = returned.browser.clone();
    let answer = returned.refused(&callback, 400, "sign_in_refused").await;
    for text in ["<script>alert", "<img", "javascript:"] {
        assert!(!answer.body.contains(text), "{text} in {}", answer.body);
    }
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let answer = program.send(Ask::get(&callback)).await;
    assert_eq!(answer.json()["code"], "sign_in_refused");
    assert!(!answer.body.contains("alert"), "{answer:?}");
}

#[rocket::async_test]
async fn c16_trouble_at_logto_is_no_refusal() {
    for error in ["server_error", "temporarily_unavailable"] {
        let mut returned = Returned::new().await;
        let callback = format!("{}&error={error}", returned.with("code", None));
        let answer = returned.refused(&callback, 503, "logto_unavailable").await;
        assert!(answer.header("retry-after").is_some());
        assert!(answer.body.contains("return_to=%2Fprofile"), "a way to try again: {answer:?}");
    }
}

#[rocket::async_test]
async fn c14_an_error_that_asks_for_a_person_loops_nowhere() {
    for error in ["login_required", "interaction_required", "consent_required"] {
        let mut returned = Returned::new().await;
        let callback = format!("{}&error={error}", returned.with("code", None));
        returned.refused(&callback, 401, "interaction_required").await;
    }
}

#[rocket::async_test]
async fn c17_an_error_without_its_state_tells_nothing() {
    let mut returned = Returned::new().await;
    for (state, code) in [(None, "callback_without_state"), (Some("wrong"), "callback_unknown_state")] {
        let mut callback = "/logto/callback?error=access_denied&error_description=teapot".to_owned();
        callback.extend(state.map(|state| format!("&state={state}")));
        let answer = returned.refused(&callback, 400, code).await;
        assert!(!answer.body.contains("teapot") && !answer.body.contains("cancelled"), "{answer:?}");
    }
}

#[rocket::async_test]
async fn c18_error_and_code_together_are_refused() {
    let mut returned = Returned::new().await;
    let callback = format!("{}&error=access_denied", returned.callback);
    returned.refused(&callback, 400, "callback_error_and_code").await;
}

#[rocket::async_test]
async fn c21_a_code_that_has_expired_offers_to_start_again() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.browser();
    let callback = browser.callback(&bench.tenant, "alice", "/known").await;
    bench.tenant.clock().advance(std::time::Duration::from_secs(61));
    let answer = browser.open(callback).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "sign_in_code_spent"));
    assert!(answer.body.contains("return_to=%2Fknown"));
    assert_eq!(bench.grants("authorization_code").len(), 1, "no second try with the same code");
    assert!(browser.jar.session().is_empty());
}

#[rocket::async_test]
async fn c22_a_lost_answer_to_the_exchange_is_not_tried_again() {
    for fault in [Fault::Lose, Fault::Reset, Fault::Status(500), Fault::Truncate, Fault::Garbage] {
        let mut returned = Returned::new().await;
        returned.bench.tenant.faults().on(Endpoint::Token).fault(fault.clone());
        let answer = returned.browser.open(returned.callback.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{fault:?}");
        assert!(answer.header("retry-after").is_some() && answer.header("location").is_none());
        assert_eq!(returned.bench.grants("authorization_code").len(), 1, "{fault:?}");
        assert!(returned.browser.jar.session().is_empty());
    }
}

#[rocket::async_test]
async fn a_wrong_client_secret_is_the_operators_affair() {
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.app_secret", "not the secret"))).await;
    let mut browser = bench.browser();
    let callback = browser.callback(&bench.tenant, "alice", "").await;
    let answer = browser.open(callback).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "sign_in_client_refused"));
    assert!(!answer.body.contains("not the secret"));
}
