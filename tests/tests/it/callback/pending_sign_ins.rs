//! Sign-ins that have begun: many at once, and none for ever.

use std::time::Duration;

use logto_dev::recorded::ALICE;
use logto_tests::{Bench, Browser, path_of};

/// What all pending sign-ins together may take of the `Cookie` header.
const BUDGET: usize = 3 * 1024;

/// Bytes of the pending sign-ins in the `Cookie` header.
fn bytes(browser: &Browser) -> usize {
    browser.jar.pending_sign_ins().iter().map(|(name, value)| name.len() + value.len() + 3).sum()
}

#[rocket::async_test]
async fn b06_eight_tabs_sign_in_and_finish_in_any_order() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.browser();
    let mut callbacks = Vec::new();
    for tab in 0..8 {
        let url = browser.begin(&format!("/open?tab={tab}")).await;
        callbacks.push((tab, path_of(&bench.tenant.sign_in(url, "alice").await.unwrap())));
    }
    assert_eq!(browser.jar.pending_sign_ins().len(), 8);
    // Neither the order they began in nor its reverse.
    callbacks.sort_by_key(|(tab, _)| (tab * 3) % 8);
    for (tab, callback) in callbacks {
        assert_eq!(browser.open(callback).await.location(), format!("/open?tab={tab}"));
        assert_eq!(browser.open("/known").await.body, ALICE);
    }
    assert!(browser.jar.pending_sign_ins().is_empty());
}

#[rocket::async_test]
async fn field_28_one_tab_too_many_takes_the_place_of_the_oldest() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.browser();
    let mut callbacks = Vec::new();
    for _ in 0..30 {
        let url = browser.begin("").await;
        callbacks.push(path_of(&bench.tenant.sign_in(url, "alice").await.unwrap()));
        assert!(bytes(&browser) <= BUDGET, "{}", bytes(&browser));
        bench.tenant.clock().advance(Duration::from_secs(1));
    }
    let kept = browser.jar.pending_sign_ins().len();
    assert!((8..=12).contains(&kept), "{kept}");
    for (tab, callback) in callbacks.into_iter().enumerate().rev() {
        let expected = if tab >= 30 - kept { 303 } else { 400 };
        // Without the session of the one before, which would make a home for the lost.
        for name in browser.jar.session().into_keys() {
            browser.jar.0.remove(&name);
        }
        assert_eq!(browser.open(callback).await.status, expected, "tab {tab} of 30, {kept} kept");
    }
}

/// Pages that send the browser to long addresses, one after the other.
#[rocket::async_test]
async fn field_28_long_return_paths_do_not_crowd_the_browser() {
    let bench = Bench::probe_app().await;
    for length in [100, 300, 700, 1_000] {
        let mut browser = bench.browser();
        for tab in 0..20 {
            browser.begin(&format!("/open?{tab}={}", "x".repeat(length))).await;
            assert!(bytes(&browser) <= BUDGET, "{length}: {}", bytes(&browser));
        }
        // The newest is always among those that were kept.
        let callback = browser.callback(&bench.tenant, "alice", "/known").await;
        assert!(bytes(&browser) <= BUDGET, "{length}: {}", bytes(&browser));
        assert_eq!(browser.open(callback).await.location(), "/known");
    }
}

/// A browser that is opened again with all its tabs: none of the requests knows of the others.
#[rocket::async_test]
async fn field_28_tabs_that_begin_at_the_same_time_do_not_crowd_the_browser() {
    let bench = Bench::probe_app().await;
    for length in [10, 300, 1_000] {
        let mut browser = bench.browser();
        let mut last = None;
        for tab in 0..25 {
            let mut window = bench.browser();
            let url = window.begin(&format!("/open?tab={tab}&x={}", "x".repeat(length))).await;
            last = Some((tab, url));
            browser.jar.0.extend(window.jar.0);
        }
        assert!(bytes(&browser) <= BUDGET, "{length}: {}", bytes(&browser));
        let (tab, url) = last.unwrap();
        let callback = path_of(&bench.tenant.sign_in(url, "alice").await.unwrap());
        let answer = browser.open(callback).await;
        assert!(answer.location().starts_with(&format!("/open?tab={tab}&")), "the newest works");
    }
}

/// What cannot be opened, of an older version or of another process, is the first to go.
#[rocket::async_test]
async fn field_28_what_does_not_open_makes_room_first() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.browser();
    let url = browser.begin("/known").await;
    let name = browser.jar.pending_sign_ins().pop_first().unwrap().0;
    let base = name.split_once("_sign_in_").unwrap().0.to_owned();
    for n in 0..9 {
        browser.jar.0.insert(format!("{base}_sign_in_aaaaaaa{n}"), "x".repeat(400));
    }
    browser.begin("/open").await;
    assert!(bytes(&browser) <= BUDGET, "{}", bytes(&browser));
    let callback = path_of(&bench.tenant.sign_in(url, "alice").await.unwrap());
    assert_eq!(browser.open(callback).await.location(), "/known");
}

#[rocket::async_test]
async fn b07_an_attempt_expires_with_its_cookie_and_without() {
    let bench = Bench::probe_app().await;
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
    let bench = Bench::probe_app().await;
    let mut browser = bench.browser();
    bench.tenant.clock().advance(Duration::from_secs(7200));
    let url = browser.begin("").await;
    bench.tenant.clock().turn_back(Duration::from_secs(7200));
    let callback = bench.tenant.sign_in(url, "alice").await.unwrap();
    assert_eq!(browser.open(path_of(&callback)).await.status, 400);
}
