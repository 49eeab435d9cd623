//! When Logto no longer knows the grant, and only then, the session ends.

use logto_dev::{Endpoint, Fault};
use logto_tests::Bench;

use super::{HOUR, refreshes, with_expired_token};

#[rocket::async_test]
async fn i10_a_dead_grant_ends_the_session_once() {
    let bench = Bench::probe_app().await;
    let mut alice = with_expired_token(&bench).await;
    let mut copy = alice.clone();
    bench.tenant.users().suspend("alice").unwrap();
    let before = refreshes(&bench);
    let answer = alice.fetch("/token").await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "session_ended"));
    assert!(alice.jar.session().is_empty(), "{answer:?}");
    let again = alice.fetch("/token").await;
    assert_eq!((again.status, again.code().as_str()), (401, "not_signed_in"));
    // The cookie of before is as dead.
    assert_eq!(copy.fetch("/known").await.status, 401);
    assert_eq!(refreshes(&bench), before + 1, "one call, and no storm");
}

#[rocket::async_test]
async fn i10_a_hundred_requests_learn_it_from_one_call() {
    let bench = Bench::probe_app().await;
    let alice = with_expired_token(&bench).await;
    bench.tenant.users().suspend("alice").unwrap();
    let before = refreshes(&bench);
    let asked = (0..100).map(|_| {
        let mut tab = alice.clone();
        async move { (tab.fetch("/token").await, tab) }
    });
    for (answer, tab) in rocket::futures::future::join_all(asked).await {
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(tab.jar.session().is_empty());
    }
    assert_eq!(refreshes(&bench), before + 1);
}

#[rocket::async_test]
async fn i10_a_person_is_led_to_sign_in() {
    let bench = Bench::probe_app().await;
    let mut alice = with_expired_token(&bench).await;
    alice.jar.0.retain(|name, _| !name.ends_with("_redirect_loop")); // its half minute is over
    bench.tenant.users().revoke_everything("alice").unwrap();
    let answer = alice.open("/token").await;
    assert_eq!(answer.location(), "/logto/sign-in?return_to=/token");
    assert!(alice.jar.session().is_empty());
    alice.sign_in(&bench.tenant, "alice").await;
    assert_eq!(alice.open("/token").await.status, 200);
}

#[rocket::async_test]
async fn i22_a_deleted_person_is_out_at_the_next_refresh() {
    let bench = Bench::probe_app().await;
    let mut alice = with_expired_token(&bench).await;
    bench.tenant.users().delete("alice").unwrap();
    assert_eq!(alice.fetch("/token").await.code(), "session_ended");
}

/// A 400 with `invalid_grant` is the only answer that ends a session.
#[rocket::async_test]
async fn i12_other_refusals_end_nothing() {
    for (status, error) in [
        (400, "invalid_client"),
        (401, "invalid_client"),
        (400, "unauthorized_client"),
        (400, "invalid_request"),
        (400, "unsupported_grant_type"),
        (400, "temporarily_unavailable"),
        (403, "something_new"),
    ] {
        let bench = Bench::probe_app().await;
        let mut alice = with_expired_token(&bench).await;
        let body =
            format!("{{\"error\":\"{error}\",\"error_description\":\"a description\",\"code\":\"oidc.x\"}}");
        bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(status, body));
        let before = refreshes(&bench);
        let answer = alice.fetch("/token").await;
        super::is_unavailable(&mut alice, &answer, error).await;
        assert_eq!(refreshes(&bench), before + 1, "{error}: an answer is an answer");
        bench.tenant.faults().clear();
        bench.tenant.clock().advance(super::A_MOMENT);
        assert_eq!(alice.fetch("/token").await.status, 200, "{error}");
    }
}

#[rocket::async_test]
async fn i12_a_deleted_application_signs_nobody_out() {
    let bench = Bench::probe_app().await;
    let mut alice = with_expired_token(&bench).await;
    bench.tenant.applications().remove(logto_dev::recorded::ROCKET_APP.id).unwrap();
    let answer = alice.fetch("/token").await;
    super::is_unavailable(&mut alice, &answer, "invalid_client").await;
}

/// A sign-in that was granted no refresh token: everything works that needs none.
#[rocket::async_test]
async fn a_session_without_a_refresh_token_says_what_is_missing() {
    use logto_dev::recorded::ROCKET_APP_PLAIN;
    let bench = Bench::probe_app_with(|figment| {
        figment
            .merge(("logto.app_id", ROCKET_APP_PLAIN.id))
            .merge(("logto.app_secret", ROCKET_APP_PLAIN.secret))
            .merge(("logto.prompt", "login"))
    })
    .await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/known").await.status, 200);
    let answer = alice.fetch("/token").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "not_granted"));
    assert_eq!(alice.fetch("/userinfo").await.status, 200, "the first token is good for this");
    bench.tenant.clock().advance(HOUR);
    assert_eq!(alice.fetch("/userinfo").await.status, 403);
    assert_eq!(alice.fetch("/known").await.status, 200);
}
