//! Requests of another shape.

use logto_tests::{Ask, Bench};

use super::{PATH, assert_answered, bench, form, is_signed_in, logout_of};

const FORM: &str = "application/x-www-form-urlencoded";

#[rocket::async_test]
async fn k16_what_is_no_form_with_one_token_is_refused() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let token = bench.tenant.logout_token(logout_of("alice")).unwrap();
    let post = |kind: &str, body: String| Ask::post(PATH).body(kind, body);
    let good = format!("logout_token={token}");
    for (ask, status, code) in [
        (Ask::post(PATH), 400, "not_a_form"),
        (post("application/json", format!("{{\"logout_token\":\"{token}\"}}")), 400, "not_a_form"),
        (post("application/jwt", token.clone()), 400, "not_a_form"),
        (post("text/plain", good.clone()), 400, "not_a_form"),
        (post("multipart/form-data; boundary=x", good.clone()), 400, "not_a_form"),
        (post(FORM, String::new()), 400, "logout_token_missing"),
        (post(FORM, "logout_token=".to_owned()), 400, "logout_token_missing"),
        (post(FORM, format!("token={token}")), 400, "logout_token_missing"),
        (post(FORM, format!("{good}&{good}")), 400, "logout_token_repeated"),
        (post(FORM, format!("{good}&logout%5Ftoken=x")), 400, "logout_token_repeated"),
        (post(FORM, "logout_token=%ff%fe".to_owned()), 400, "form_unreadable"),
        (post(FORM, "logout_token=%00".to_owned()), 400, "form_unreadable"),
        (post(FORM, format!("{good}&padding={}", "a".repeat(1 << 20))), 413, "too_large"),
        (post(FORM, format!("logout_token={}", "a".repeat(1 << 20))), 413, "too_large"),
        (Ask::post(format!("{PATH}?{good}")).body(FORM, ""), 400, "logout_token_missing"),
    ] {
        assert_answered(&bench.call(ask).await, status, code);
    }
    assert!(is_signed_in(&mut alice).await);
    assert_answered(&bench.call(form(&token)).await, 200, "");
    assert!(!is_signed_in(&mut alice).await);
}

#[rocket::async_test]
async fn k16_it_comes_by_post() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let token = bench.tenant.logout_token(logout_of("alice")).unwrap();
    let answer = bench.call(Ask::get(format!("{PATH}?logout_token={token}"))).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    for method in ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = bench.call(Ask::new(method, format!("{PATH}?logout_token={token}"))).await;
        assert!(matches!(answer.status, 404 | 405), "{method}: {answer:?}");
    }
    assert!(is_signed_in(&mut alice).await);
}

#[rocket::async_test]
async fn without_the_setting_there_is_no_such_route() {
    let bench = Bench::probe_app().await;
    let token = bench.tenant.logout_token(logto_dev::Issue::user("alice")).unwrap();
    assert_eq!(bench.call(form(&token)).await.status, 404);
    assert_eq!(bench.call(Ask::get(PATH)).await.status, 404);
}
