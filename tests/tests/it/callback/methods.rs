//! Methods that no browser uses for a callback.

use logto_tests::Ask;

use super::Returned;

#[rocket::async_test]
async fn c25_other_methods_spend_nothing() {
    let mut returned = Returned::new().await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = returned.browser.send(Ask::new(method, &returned.callback).navigation()).await;
        assert!(matches!(answer.status, 404 | 405), "{method}: {answer:?}");
        assert!(answer.cookies().is_empty(), "{method}: {answer:?}");
    }
    assert!(returned.bench.grants("authorization_code").is_empty());
    assert_eq!(returned.browser.open(returned.callback.clone()).await.location(), "/profile");
}

/// Rocket answers `HEAD` with the handler of `GET`; a check of the link must not use it up.
#[rocket::async_test]
async fn c25_head_spends_nothing() {
    let mut returned = Returned::new().await;
    let answer = returned.browser.send(Ask::new("HEAD", &returned.callback).navigation()).await;
    assert!(answer.cookies().is_empty(), "{answer:?}");
    assert!(returned.bench.grants("authorization_code").is_empty());
    assert_eq!(returned.browser.open(returned.callback.clone()).await.location(), "/profile");
}

#[rocket::async_test]
async fn c25_head_begins_no_sign_in_and_signs_nobody_out() {
    let mut returned = Returned::new().await;
    let before = returned.browser.jar.clone();
    returned.browser.send(Ask::new("HEAD", "/logto/sign-in").navigation()).await;
    assert_eq!(returned.browser.jar, before);
    returned.browser.open(returned.callback.clone()).await;
    returned.browser.send(Ask::new("HEAD", "/logto/sign-out").navigation()).await;
    assert_eq!(returned.browser.fetch("/api/whoami").await.status, 200);
}

/// A form's `_method` turns a `POST` into a `GET`: what arrives that way must be no more than a `GET`.
#[rocket::async_test]
async fn c25_a_form_cannot_pass_for_a_callback_of_this_browser() {
    let returned = Returned::new().await;
    let mut stranger = returned.bench.browser();
    let form = Ask::post(&returned.callback).body("application/x-www-form-urlencoded", "_method=GET");
    assert_eq!(stranger.send(form).await.status, 400);
    assert!(returned.bench.grants("authorization_code").is_empty());
}
