//! Sign-ins that have begun: many at once, and none for ever.

use std::time::Duration;

use logto_dev::recorded::ALICE;
use logto_tests::{Bench, path_of};

#[rocket::async_test]
async fn b06_twenty_tabs_sign_in_and_finish_in_any_order() {
    let bench = Bench::desk().await;
    let mut browser = bench.browser();
    let mut callbacks = Vec::new();
    for tab in 0..20 {
        let url = browser.begin(&format!("/open?tab={tab}")).await;
        callbacks.push((tab, path_of(&bench.tenant.sign_in(url, "alice").await.unwrap())));
    }
    assert_eq!(browser.jar.attempts().len(), 20);
    assert!(browser.jar.header().unwrap().len() < 8 * 1024, "{}", browser.jar.header().unwrap().len());
    // Neither the order they began in nor its reverse.
    callbacks.sort_by_key(|(tab, _)| (tab * 7) % 20);
    for (tab, callback) in callbacks {
        assert_eq!(browser.open(callback).await.location(), format!("/open?tab={tab}"));
        assert_eq!(browser.open("/known").await.body, ALICE);
    }
    assert!(browser.jar.attempts().is_empty());
}

#[rocket::async_test]
async fn b06_the_twenty_first_tab_takes_the_place_of_the_oldest() {
    let bench = Bench::desk().await;
    let mut browser = bench.browser();
    let mut callbacks = Vec::new();
    for _ in 0..21 {
        let url = browser.begin("").await;
        callbacks.push(path_of(&bench.tenant.sign_in(url, "alice").await.unwrap()));
        bench.tenant.clock().advance(Duration::from_secs(1));
    }
    assert_eq!(browser.jar.attempts().len(), 20);
    let oldest = callbacks.remove(0);
    assert_eq!(browser.open(oldest).await.status, 400);
    assert_eq!(browser.open(callbacks.remove(0)).await.status, 303);
    assert_eq!(browser.open(callbacks.pop().unwrap()).await.status, 303);
}

#[rocket::async_test]
async fn b06_long_return_paths_do_not_crowd_the_browser() {
    let bench = Bench::desk().await;
    let mut browser = bench.browser();
    for tab in 0..20 {
        browser.begin(&format!("/open?{tab}={}", "x".repeat(1_000))).await;
    }
    let bytes = browser.jar.header().unwrap().len();
    assert!(bytes < 9 * 1024, "{bytes}");
    // The newest must be among those that were kept.
    let callback = browser.callback(&bench.tenant, "alice", "/known").await;
    assert_eq!(browser.open(callback).await.location(), "/known");
}

#[rocket::async_test]
async fn b07_an_attempt_expires_with_its_cookie_and_without() {
    let bench = Bench::desk().await;
    let mut browser = bench.browser();
    let url = browser.begin("").await;
    let begun = browser.open("/logto/sign-in").await;
    let cookie = begun.cookies().into_iter().find(|cookie| cookie.name.contains("_sign_in_")).unwrap();
    let life = cookie.max_age.unwrap();
    assert!((600..=3600).contains(&life), "{life}");
    // A browser that keeps the cookie longer than it was told to.
    bench.tenant.clock().advance(Duration::from_secs(3600));
    let callback = bench.tenant.sign_in(url, "alice").await.unwrap();
    let answer = browser.open(path_of(&callback)).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "callback_unknown_state"));
    assert!(bench.grants("authorization_code").is_empty());
}

#[rocket::async_test]
async fn b07_an_attempt_from_the_future_is_not_current() {
    let bench = Bench::desk().await;
    let mut browser = bench.browser();
    bench.tenant.clock().advance(Duration::from_secs(7200));
    let url = browser.begin("").await;
    bench.tenant.clock().turn_back(Duration::from_secs(7200));
    let callback = bench.tenant.sign_in(url, "alice").await.unwrap();
    assert_eq!(browser.open(path_of(&callback)).await.status, 400);
}
