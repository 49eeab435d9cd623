//! A callback belongs to a pending sign-in of this browser, or to nobody.

use logto_tests::{Ask, Bench};

use super::{Returned, assert_private};

#[rocket::async_test]
async fn c01_a_callback_without_state_is_refused() {
    let mut returned = Returned::new().await;
    for callback in [returned.with("state", None), returned.with("state", Some(""))] {
        returned.refused(&callback, 400, "callback_without_state").await;
    }
}

#[rocket::async_test]
async fn c02_a_stale_callback_offers_to_start_again() {
    let mut returned = Returned::new().await;
    let callback = returned.with("state", Some("of-last-week"));
    let answer = returned.refused(&callback, 400, "callback_unknown_state").await;
    assert!(answer.body.contains("href=\"/logto/sign-in"), "{answer:?}");
    let program = returned.bench.call(Ask::get(&callback)).await;
    assert_eq!(program.header("content-type"), Some("application/problem+json"));
    assert_eq!(program.json()["code"], "callback_unknown_state");
}

#[rocket::async_test]
async fn c03_a_callback_in_another_browser_is_refused_and_costs_the_first_nothing() {
    let mut returned = Returned::new().await;
    let mut other = returned.bench.browser();
    // With a pending sign-in of its own, so that there is a cookie to confuse it with.
    other.begin("/").await;
    let answer = other.open(&returned.callback).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "callback_unknown_state"));
    assert!(other.jar.session().is_empty() && returned.bench.grants("authorization_code").is_empty());
    let own = returned.browser.open(&returned.callback).await;
    assert_eq!(own.location(), "/profile");
}

#[rocket::async_test]
async fn c04_a_state_fits_exactly_or_not_at_all() {
    let mut returned = Returned::new().await;
    let state = returned.value("state");
    let swapped: String = state
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    for variant in [swapped, format!("{state}A"), format!("{state}%20"), state[..state.len() - 1].to_owned()]
    {
        let callback = returned.with("state", Some(&variant));
        returned.refused(&callback, 400, "callback_unknown_state").await;
    }
}

#[rocket::async_test]
async fn c05_an_attempt_under_another_name_is_refused() {
    let mut returned = Returned::new().await;
    let first = returned.browser.jar.pending_sign_ins();
    let (name, _) = first.first_key_value().unwrap();
    let mut stranger = returned.bench.browser();
    stranger.begin("/").await;
    let (_, foreign) = stranger.jar.pending_sign_ins().pop_first().unwrap();
    returned.browser.jar.0.insert(name.clone(), foreign);
    let callback = returned.callback.clone();
    returned.refused(&callback, 400, "callback_unknown_state").await;
}

#[rocket::async_test]
async fn c06_c07_c08_a_code_is_there_and_of_a_sensible_size() {
    for (code, expected) in [
        (None, "callback_without_code"),
        (Some(""), "callback_without_code"),
        (Some("a"), "sign_in_code_spent"),
    ] {
        let mut returned = Returned::new().await;
        let callback = returned.with("code", code);
        let answer = returned.browser.open(&callback).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, expected));
        assert_private(&answer);
        assert!(returned.browser.jar.session().is_empty());
        assert!(returned.browser.jar.pending_sign_ins().is_empty(), "the pending sign-in is over");
    }
    for size in [60_000] {
        let mut returned = Returned::new().await;
        let callback = returned.with("code", Some(&"a".repeat(size)));
        let answer = returned.browser.open(&callback).await;
        assert_eq!(answer.status, 400, "{size}");
        assert!(returned.browser.jar.session().is_empty());
        assert!(returned.bench.grants("authorization_code").is_empty(), "{size}");
    }
}

/// A code is as long as Logto makes it: what a request can carry is sent on as it is.
#[rocket::async_test]
async fn field_25_a_code_of_any_size_is_sent_on() {
    for size in [43, 512, 513, 2_049, 8_000, 20_000] {
        let mut returned = Returned::new().await;
        let code = "a".repeat(size);
        let callback = returned.with("code", Some(&code));
        let answer = returned.browser.open(&callback).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "sign_in_code_spent"), "{size}");
        let sent = returned.bench.grants("authorization_code");
        assert_eq!(sent.len(), 1, "{size}");
        assert!(sent[0].param("code") == Some(code.as_str()), "{size}: as it came");
    }
}

/// Two applications on `localhost` share its cookies; their pending sign-ins must not open for each other.
#[rocket::async_test]
async fn g02_an_attempt_of_another_environment_is_refused() {
    let mut returned = Returned::new().await;
    let elsewhere = Bench::storefront().await; // other keys: they are random in every process
    let answer = returned.browser.at(&elsewhere.app).open(&returned.callback).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "callback_unknown_state"));
    let callback = returned.callback.clone();
    assert_eq!(returned.browser.open(callback).await.status, 303);
}

#[rocket::async_test]
async fn c31_a_sign_in_survives_a_restart() {
    let keys = |figment: rocket::figment::Figment| {
        figment.merge(("logto.cookie_keys", ["a key of the tests, thirty-two characters or more"]))
    };
    let bench = Bench::probe_app_with(keys).await;
    let mut browser = bench.browser();
    let callback = browser.callback(&bench.tenant, "alice", "/known").await;
    let restarted = Bench::another_probe_app(&bench.tenant, keys).await;
    let mut browser = browser.at(&restarted);
    assert_eq!(browser.open(callback).await.location(), "/known");
    assert_eq!(browser.open("/known").await.status, 200);
}
