//! Where a person is after sign-in: on this site, and where they were.

use logto_dev::Endpoint;
use logto_tests::{Ask, Bench, ORIGIN};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use crate::hostile_paths::HOSTILE_PATHS;

async fn lands(bench: &Bench, return_to: &str) -> String {
    let mut browser = bench.browser();
    let callback = browser.callback(&bench.tenant, "alice", return_to).await;
    browser.open(callback).await.location().to_owned()
}

#[rocket::async_test]
async fn l01_no_return_path_leaves_the_site() {
    let bench = Bench::probe_app().await;
    for evil in HOSTILE_PATHS {
        if evil.contains(char::is_control) {
            let path = format!("/logto/sign-in?return_to={}", utf8_percent_encode(evil, NON_ALPHANUMERIC));
            let answer = bench.browser().open(path).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "bad_query"), "{evil:?}");
        } else {
            assert_eq!(lands(&bench, evil).await, "/", "{evil:?}");
        }
    }
}

#[rocket::async_test]
async fn l01_a_path_of_the_site_is_returned_to() {
    let bench = Bench::probe_app().await;
    let origin = Url::parse(ORIGIN).unwrap();
    for good in [
        "/",
        "/known",
        "/@evil.com",
        "/ok;//evil.com",
        "/ok?u=https://evil.com",
        "/a/b.c?x=1&y=%20#z",
        "/logtomania",
    ] {
        let landed = lands(&bench, good).await;
        assert_eq!(landed, good);
        assert_eq!(origin.join(&landed).unwrap().origin(), origin.origin());
    }
}

#[rocket::async_test]
async fn l02_a_return_to_our_own_routes_would_go_round() {
    let bench = Bench::probe_app().await;
    for ours in [
        "/logto",
        "/logto/sign-out",
        "/logto/sign-in",
        "/logto/callback?code=x",
        "/log%74o/sign-out",
        "/logto/../logto/sign-out",
    ] {
        assert_eq!(lands(&bench, ours).await, "/", "{ours}");
    }
}

#[rocket::async_test]
async fn l04_a_return_path_without_end_is_dropped_and_not_the_sign_in() {
    let bench = Bench::probe_app().await;
    for length in [1_025, 2_100, 8_192] {
        assert_eq!(lands(&bench, &format!("/{}", "a".repeat(length))).await, "/", "{length}");
    }
}

/// A guarded page with a long query, as a search form makes it: signing in must work all the same.
#[rocket::async_test]
async fn l04_a_long_page_address_leads_to_a_sign_in_that_begins() {
    let bench = Bench::storefront().await;
    for fields in [10, 100, 300, 500, 2_000] {
        let mut browser = bench.browser();
        let (answer, _) = browser.follow(&format!("/profile?{}", "a=1&".repeat(fields))).await;
        assert_eq!(answer.status, 303, "{fields} fields: {}", answer.code());
        assert!(answer.location().starts_with(bench.tenant.endpoint()), "{answer:?}");
    }
}

#[rocket::async_test]
async fn l05_l06_the_return_path_is_sealed_and_decoded_once() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.browser();
    let url = browser.begin("/open?secret-corner").await;
    assert!(!url.as_str().contains("secret-corner"));
    assert!(!browser.jar.header().unwrap().contains("secret-corner"));
    assert_eq!(lands(&bench, "/open?q=%252F%252Fevil.com").await, "/open?q=%252F%252Fevil.com");
}

/// What a guard puts into the address of sign-in comes back as it was.
#[rocket::async_test]
async fn a_page_is_returned_to_with_its_query() {
    let bench = Bench::storefront().await;
    let page = "/profile?x=1&y=a%20b&z=%26%3D%2B+c";
    let mut browser = bench.browser();
    let led = browser.open(page).await;
    let begun = browser.open(led.location()).await;
    let callback = bench.tenant.sign_in(begun.location(), "alice").await.unwrap();
    let answer = browser.open(logto_tests::path_of(&callback)).await;
    assert_eq!(answer.location(), page);
}

#[rocket::async_test]
async fn l07_no_header_is_injected_by_a_return_path() {
    let bench = Bench::storefront().await;
    for bad in [
        "%0d%0aset-cookie:evil=1",
        "/x%0d%0aset-cookie:evil=1",
        "%E5%98%8A%E5%98%8Dset-cookie:evil=1",
        "/%00",
    ] {
        let answer = bench.call(Ask::get(format!("/logto/sign-in?return_to={bad}")).navigation()).await;
        assert!(answer.cookies().iter().all(|cookie| cookie.name != "evil"), "{answer:?}");
        assert!(matches!(answer.status, 303 | 400), "{answer:?}");
    }
    assert_eq!(bench.count(Endpoint::Token), 0);
}
