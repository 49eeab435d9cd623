//! What a callback's query may hold.

use logto_dev::{Endpoint, Fault, Tenant};
use logto_tests::Bench;

use super::Returned;

#[rocket::async_test]
async fn c09_a_parameter_that_stands_twice_is_refused() {
    let mut returned = Returned::new().await;
    for name in ["code", "state", "iss"] {
        for value in [returned.value(name), "other".to_owned()] {
            let callback = format!("{}&{name}={value}", returned.callback);
            returned.refused(&callback, 400, "callback_parameter_repeated").await;
        }
    }
    // Unspoilt, it still works.
    let callback = returned.callback.clone();
    assert_eq!(returned.browser.open(callback).await.status, 303);
}

#[rocket::async_test]
async fn c10_c11_a39_a40_the_issuer_is_there_and_is_ours() {
    let issuer = Returned::new().await.value("iss");
    let port = issuer.split("localhost%3A").nth(1).unwrap_or_default().to_owned();
    assert!(!port.is_empty(), "{issuer}");
    for wrong in [
        None,
        Some(String::new()),
        Some("https%3A%2F%2Fevil.example%2Foidc".to_owned()),
        Some(format!("http%3A%2F%2FLOCALHOST%3A{port}")),
        Some(format!("http%3A%2F%2Flocalhost%3A{port}%2F")),
        Some(format!("http%3A%2F%2Flocalhost%3A{port}%252F")),
        Some(format!("http%3A%2F%2F127.0.0.1%3A{port}")),
    ] {
        let mut returned = Returned::new().await;
        let callback = returned.with("iss", wrong.as_deref());
        returned.refused(&callback, 400, "callback_issuer").await;
        assert!(returned.browser.jar.pending_sign_ins().is_empty(), "the pending sign-in is over");
    }
}

#[rocket::async_test]
async fn c12_an_issuer_that_was_not_announced_may_be_missing_but_not_wrong() {
    let probe = Tenant::recorded().start().await.unwrap();
    for (issuer, expected) in [("right", 303), ("missing", 303), ("wrong", 400)] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let mut document = discovery(&probe).await;
        document["authorization_response_iss_parameter_supported"] = false.into();
        let text = document.to_string().replace(probe.endpoint(), tenant.endpoint());
        tenant.faults().on(Endpoint::Discovery).fault(Fault::StatusWithBody(200, text));
        let bench = Bench::probe_app_of(tenant, |figment| figment).await;
        let mut browser = bench.browser();
        let callback = browser.callback(&bench.tenant, "alice", "").await;
        let returned = Returned { bench, browser: browser.clone(), callback };
        let callback = match issuer {
            "right" => returned.callback.clone(),
            "missing" => returned.with("iss", None),
            _ => returned.with("iss", Some("https%3A%2F%2Fevil.example")),
        };
        assert_eq!(browser.open(callback).await.status, expected, "{issuer}");
    }
}

async fn discovery(tenant: &Tenant) -> serde_json::Value {
    let url = format!("{}/oidc/.well-known/openid-configuration", tenant.endpoint());
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[rocket::async_test]
async fn c26_what_was_not_asked_for_is_refused() {
    for name in ["response", "id_token", "access_token"] {
        let mut returned = Returned::new().await;
        let callback = returned.with(name, Some("x"));
        returned.refused(&callback, 400, "callback_response_type").await;
    }
}

#[rocket::async_test]
async fn c27_unknown_parameters_are_passed_over() {
    let mut returned = Returned::new().await;
    let callback = format!("{}&session_state=x&foo=1&foo=2", returned.callback);
    assert_eq!(returned.browser.open(callback).await.location(), "/profile");
}

#[rocket::async_test]
async fn c28_characters_that_no_value_has_are_refused() {
    let mut returned = Returned::new().await;
    for bad in ["%00", "%0d%0aset-cookie:x", "%ff", "%c0%af", "a%00b", "%7f", "%ed%a0%80"] {
        for name in ["code", "state"] {
            let callback = returned.with(name, Some(bad));
            let answer = returned.browser.clone().open(&callback).await;
            assert_eq!(answer.status, 400, "{callback}");
            assert!(answer.cookies().iter().all(|cookie| !cookie.name.contains('.')), "{answer:?}");
            assert!(!answer.body.contains("set-cookie:x"), "{answer:?}");
        }
    }
    // What no HTTP client would send: raw bytes in the request line.
    let cookies = returned.browser.jar.header().unwrap();
    let raw = "/logto/callback?code=\u{1}&state=\u{ff}";
    let answer = returned.bench.app.raw_get(raw, &format!("cookie: {cookies}\r\n")).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    let spent = returned.bench.grants("authorization_code");
    assert!(spent.iter().all(|call| call.param("code") != Some(returned.value("code").as_str())));
    let callback = returned.callback.clone();
    assert_eq!(returned.browser.open(callback).await.location(), "/profile");
}

#[rocket::async_test]
async fn many_parameters_are_refused_quickly() {
    let mut returned = Returned::new().await;
    let callback = format!("{}{}", returned.callback, "&a=1".repeat(5_000));
    returned.refused(&callback, 400, "callback_unreadable").await;
}
