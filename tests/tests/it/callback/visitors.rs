//! Who asks for sign-in: a person, a script, a browser ahead of its person; under which name.

use logto_dev::Endpoint;
use logto_tests::{Ask, Bench, ORIGIN};

#[rocket::async_test]
async fn b05_a_prefetch_begins_nothing() {
    let bench = Bench::storefront().await;
    for (name, value) in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ] {
        for path in ["/logto/sign-in", "/logto/sign-up"] {
            let answer = bench.call(Ask::get(path).navigation().header(name, value)).await;
            assert_eq!(answer.status, 503, "{name}: {value}");
            assert!(answer.cookies().is_empty() && answer.header("location").is_none());
        }
    }
}

#[rocket::async_test]
async fn b05_a_prefetch_signs_nobody_out() {
    let bench = Bench::storefront().await;
    let mut alice = bench.signed_in("alice").await;
    let prefetch = Ask::get("/logto/sign-out").navigation().header("sec-purpose", "prefetch");
    assert_eq!(alice.send(prefetch).await.status, 503);
    assert_eq!(alice.fetch("/api/whoami").await.status, 200);
    assert_eq!(bench.count(Endpoint::Revocation), 0);
}

#[rocket::async_test]
async fn n04_a_script_is_told_and_not_redirected() {
    let bench = Bench::storefront().await;
    let answer = bench.call(Ask::get("/logto/sign-in").script()).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "navigate_to_sign_in"));
    assert!(answer.cookies().is_empty() && answer.header("location").is_none());
    for ask in [
        Ask::get("/profile").script(),
        Ask::get("/profile").header("accept", "application/json"),
        Ask::get("/profile").header("accept", "*/*"),
        Ask::get("/profile"),
        Ask::get("/profile").header("accept", "text/html").header("x-requested-with", "XMLHttpRequest"),
        // An image is no place for a sign-in page.
        Ask::get("/profile")
            .header("accept", "image/*")
            .header("sec-fetch-mode", "no-cors")
            .header("sec-fetch-dest", "image"),
    ] {
        let answer = bench.call(ask.clone()).await;
        assert_eq!(answer.status, 401, "{ask:?}");
        assert!(answer.header("location").is_none(), "{answer:?}");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "{answer:?}");
    }
    // Old browsers send no fetch metadata; they say that they would like HTML.
    let answer = bench.call(Ask::get("/profile").header("accept", "text/html")).await;
    assert_eq!(answer.location(), "/logto/sign-in?return_to=/profile");
}

#[rocket::async_test]
async fn m06_htmx_is_told_where_to_take_the_whole_page() {
    let bench = Bench::storefront().await;
    let htmx = |page: &str| {
        Ask::get("/api/orders")
            .header("accept", "text/html")
            .header("sec-fetch-mode", "cors")
            .header("hx-request", "true")
            .header("hx-current-url", page)
    };
    let answer = bench.call(htmx(&format!("{ORIGIN}/shelf?page=2"))).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("hx-redirect"), Some("/logto/sign-in?return_to=/shelf%3Fpage%3D2"));
    assert!(answer.header("location").is_none());
    for foreign in ["https://evil.example/x", "//evil.example", "nonsense", &format!("{ORIGIN}//evil.com")] {
        let answer = bench.call(htmx(foreign)).await;
        assert_eq!(answer.header("hx-redirect"), Some("/logto/sign-in?return_to=/"), "{foreign}");
    }
    // Signed in and not allowed: nothing to redirect for.
    let answer = bench.signed_in("bob").await.send(htmx(ORIGIN)).await;
    assert_eq!((answer.status, answer.header("hx-redirect")), (403, None));
}

/// Cookies of `127.0.0.1` do not reach `localhost`, where the callback arrives.
#[rocket::async_test]
async fn q05_sign_in_begins_under_the_configured_name() {
    let bench = Bench::storefront().await;
    for other in ["127.0.0.1:8000", "[::1]:8000", "my-laptop:8000", "localhost:9000"] {
        let mut browser = bench.browser().under(other);
        let answer = browser.open("/logto/sign-in?return_to=/profile").await;
        assert_eq!(
            answer.location(),
            format!("{ORIGIN}/logto/sign-in?return_to=/profile&canonical=1"),
            "{other}"
        );
        assert!(browser.jar.0.is_empty(), "no pending sign-in under a name that has no callback");
    }
    let answer = bench.browser().under("127.0.0.1:8000").open("/logto/sign-in").await;
    assert_eq!(answer.location(), format!("{ORIGIN}/logto/sign-in?canonical=1"));
    // Behind a proxy that names another host, it never fits: once is enough.
    let (answer, hops) = bench.browser().under("backend:9999").follow("/profile").await;
    assert!(answer.location().starts_with(bench.tenant.endpoint()), "{answer:?}");
    assert!(hops <= 3, "{hops}");
}

/// A person who is signed in may sign in again: with the old session kept until then.
#[rocket::async_test]
async fn n03_beginning_a_sign_in_changes_no_session() {
    let bench = Bench::storefront().await;
    let mut alice = bench.signed_in("alice").await;
    let before = alice.jar.session();
    alice.begin("").await;
    assert_eq!(alice.jar.session(), before);
    assert_eq!(alice.fetch("/api/whoami").await.status, 200);
}
