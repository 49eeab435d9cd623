//! Whatever is broken, a browser stops at a page that says so.

use logto_dev::{Endpoint, Fault};
use logto_tests::{Bench, Jar};

#[rocket::async_test]
async fn q03_a_browser_without_cookies_is_told_so_after_one_round() {
    let bench = Bench::storefront().await;
    // It keeps cookies until Logto sends it back, and loses the session: dropped for size, or by a policy.
    let mut browser = bench.browser();
    let callback = browser.callback(&bench.tenant, "alice", "/profile").await;
    let answer = browser.open(callback).await;
    assert_eq!(answer.location(), "/profile");
    for name in browser.jar.session().into_keys() {
        browser.jar.0.remove(&name);
    }
    let answer = browser.open("/profile").await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "session_cookie_lost"));
    assert!(answer.body.contains("/logto/sign-in"), "{answer:?}");
    // The next try is the person's own.
    assert_eq!(browser.open("/profile").await.status, 303);
}

#[rocket::async_test]
async fn q03_a_browser_that_keeps_nothing_stops_at_the_callback() {
    let bench = Bench::storefront().await;
    let mut browser = bench.browser();
    let callback = browser.callback(&bench.tenant, "alice", "/profile").await;
    browser.jar = Jar::default();
    let answer = browser.open(callback).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "callback_unknown_state"));
}

#[rocket::async_test]
async fn q01_a_tenant_that_is_down_stops_the_browser_at_a_page() {
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    tenant.faults().on(Endpoint::Discovery).fault(Fault::Reset);
    let app = Bench::another_desk(&tenant, |figment| figment).await;
    for page in ["/known", "/orders", "/userinfo", "/logto/sign-in", "/logto/sign-up"] {
        let (answer, hops) = logto_tests::Browser::new(&app).follow(page).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{page}");
        assert!(hops <= 2, "{page}: {hops} hops");
    }
}

/// A session whose grant is gone right after sign-in, and again after the next one.
#[rocket::async_test]
async fn q01_a_grant_that_dies_at_once_does_not_loop() {
    let bench = Bench::desk().await;
    let mut browser = bench.signed_in("alice").await;
    bench.tenant.users().revoke_everything("alice").unwrap();
    let answer = browser.open("/orders").await;
    assert_eq!(answer.status, 401, "{answer:?}");
    assert!(answer.header("location").is_none() && browser.jar.session().is_empty());
    let (answer, _) = browser.follow("/orders").await;
    assert!(answer.location().starts_with(bench.tenant.endpoint()), "the next try is a sign-in");
}

#[rocket::async_test]
async fn q01_a_permission_that_is_missing_is_a_page_and_no_redirect() {
    let bench = Bench::desk().await;
    let (answer, hops) = bench.signed_in("bob").await.follow("/orders").await;
    assert_eq!((answer.status, answer.code().as_str(), hops), (403, "insufficient_scope", 0));
}
