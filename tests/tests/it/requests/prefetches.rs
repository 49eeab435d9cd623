//! Requests ahead of a person's decision: no browser may keep their answers.

use logto_dev::Endpoint;
use logto_tests::{Ask, Bench, Browser};

/// What browsers and frameworks say of a request that nobody has asked for yet.
const SIGNS: &[(&str, &str)] = &[
    ("sec-purpose", "prefetch"),
    ("sec-purpose", "prefetch;prerender"),
    ("sec-purpose", "prefetch;anonymous-client-ip"),
    ("sec-purpose", "Prefetch; Prerender"),
    ("purpose", "prefetch"),
    ("x-purpose", "preview"),
    ("x-moz", "prefetch"),
    // Turbo 8, on hovering.
    ("x-sec-purpose", "prefetch"),
    // The preload extension of htmx.
    ("hx-preloaded", "true"),
];

fn ahead(path: &str, sign: &(&str, &str)) -> Ask {
    Ask::get(path).navigation().header(sign.0, sign.1)
}

async fn assert_unkept(browser: &mut Browser, path: &str, sign: &(&str, &str)) {
    let before = browser.jar.clone();
    let answer = browser.send(ahead(path, sign)).await;
    assert_eq!(answer.status, 503, "{path} {sign:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{path} {sign:?}");
    assert_eq!((answer.header("location"), answer.header("hx-redirect")), (None, None), "{path} {sign:?}");
    assert_eq!((answer.body.as_str(), answer.header("content-type")), ("", None), "{path} {sign:?}");
    assert!(answer.cookies().is_empty(), "{path} {sign:?}");
    assert_eq!(browser.jar, before, "{path} {sign:?}");
}

#[rocket::async_test]
async fn field_13_no_browser_keeps_what_a_prefetch_of_sign_in_gets() {
    let bench = Bench::storefront().await;
    for sign in SIGNS {
        let mut browser = bench.browser();
        for path in [
            "/logto/sign-in",
            "/logto/sign-in?return_to=/profile",
            "/logto/sign-up",
            "/logto/sign-out",
            "/profile",
        ] {
            assert_unkept(&mut browser, path, sign).await;
        }
        // The click that follows works.
        assert!(
            browser.open("/logto/sign-in").await.location().starts_with(bench.tenant.endpoint()),
            "{sign:?}"
        );
        assert_eq!(
            browser.open("/profile").await.location(),
            "/logto/sign-in?return_to=/profile",
            "{sign:?}"
        );
    }
}

#[rocket::async_test]
async fn field_13_a_prefetch_of_sign_out_signs_nobody_out() {
    let bench = Bench::storefront().await;
    let mut alice = bench.signed_in("alice").await;
    for sign in SIGNS {
        assert_unkept(&mut alice, "/logto/sign-out", sign).await;
    }
    assert_eq!(alice.fetch("/api/whoami").await.status, 200);
    assert_eq!(bench.count(Endpoint::Revocation), 0);
}

/// A code is spent by looking, so nobody looks ahead.
#[rocket::async_test]
async fn field_13_a_prefetch_of_a_callback_spends_nothing() {
    let bench = Bench::storefront().await;
    for sign in SIGNS {
        let mut browser = bench.browser();
        let callback = browser.callback(&bench.tenant, "alice", "/profile").await;
        let exchanges = bench.grants("authorization_code").len();
        assert_unkept(&mut browser, &callback, sign).await;
        assert_eq!(bench.grants("authorization_code").len(), exchanges, "{sign:?}");
        assert_eq!(browser.open(callback).await.location(), "/profile", "{sign:?}");
    }
}

/// A prefetch neither uses up the mark against loops nor gets the page that the mark is there for.
#[rocket::async_test]
async fn field_13_a_prefetch_after_sign_in_leaves_the_mark_against_loops() {
    let bench = Bench::storefront().await;
    let mut browser = bench.signed_in("alice").await;
    for name in browser.jar.session().into_keys() {
        browser.jar.0.remove(&name);
    }
    assert_unkept(&mut browser, "/profile", &SIGNS[0]).await;
    assert_eq!(browser.open("/profile").await.code(), "session_cookie_lost");
}

#[rocket::async_test]
async fn field_13_a_prefetch_of_an_open_page_is_answered() {
    let bench = Bench::storefront().await;
    let mut alice = bench.signed_in("alice").await;
    for sign in SIGNS {
        assert_eq!(alice.send(ahead("/profile", sign)).await.status, 200, "{sign:?}");
        assert_eq!(bench.call(ahead("/", sign)).await.status, 200, "{sign:?}");
    }
    // What is missing is not a sign-in.
    let answer = bench.signed_in("bob").await.send(ahead("/api/orders", &SIGNS[0])).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "insufficient_scope"));
}
