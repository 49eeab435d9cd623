//! When cookies are set, and how. Their attributes are checked on every answer of every test, by the harness.

use std::time::Duration;

use logto_dev::{Endpoint, Fault, Tenant};
use logto_tests::{Answer, Ask, Bench, Browser};

#[rocket::async_test]
async fn g14_the_cookies_of_a_sign_in_have_the_right_attributes_and_lives() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.browser();
    let callback = browser.callback(&bench.tenant, "alice", "").await;
    let answer = browser.open(callback).await;
    let cookies = answer.cookies();
    let session = cookies.iter().find(|cookie| cookie.name.contains('.')).unwrap();
    assert_eq!(session.max_age, Some(86_400), "as long as it may be idle");
    let pending = cookies.iter().find(|cookie| cookie.name.contains("_sign_in_")).unwrap();
    assert!(pending.is_deletion());
    let total: usize = browser.jar.0.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(total < 1_500, "a usual session is small: {total}");
}

#[rocket::async_test]
async fn g12_over_https_cookies_are_bound_to_the_host() {
    let secure = "https://shop.example.com";
    let bench = Bench::probe_app_of(
        logto_dev::Tenant::recorded()
            .application_redirect(
                logto_dev::recorded::ROCKET_APP.id,
                format!("{secure}/logto/callback"),
                format!("{secure}/"),
            )
            .start()
            .await
            .unwrap(),
        |figment| figment.merge(("logto.public_url", secure)),
    )
    .await;
    let mut browser = bench.browser().under("shop.example.com");
    browser.sign_in(&bench.tenant, "alice").await;
    for name in browser.jar.0.keys() {
        assert!(name.starts_with("__Host-logto_"), "{name}");
    }
    assert_eq!(browser.open("/known").await.status, 200);
    let out = browser.submit("/logto/sign-out").await;
    assert!(out.status == 403 || out.status == 303, "{out:?}");
}

#[rocket::async_test]
async fn g16_what_depends_on_the_person_is_not_cached() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    for path in ["/known", "/open", "/orders", "/token", "/logto/user", "/userinfo"] {
        let answer = alice.fetch(path).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert!(answer.varies_by_cookie(), "{path}");
    }
    for path in ["/known", "/orders"] {
        let answer = bench.call(Ask::get(path)).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert!(answer.varies_by_cookie(), "{path}");
    }
}

#[rocket::async_test]
async fn g20_an_open_route_sets_nothing_and_varies_by_nothing() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    for browser in [&mut alice, &mut bench.browser()] {
        let answer = browser.open("/plain").await;
        assert!(answer.cookies().is_empty() && !answer.varies_by_cookie(), "{answer:?}");
        assert_eq!(answer.header("cache-control"), None);
        let missing = browser.open("/nowhere").await;
        assert!(missing.cookies().is_empty() && !missing.varies_by_cookie(), "{missing:?}");
    }
    // A route that looks for a person, and finds none, sets nothing either.
    assert!(bench.call(Ask::get("/open")).await.cookies().is_empty());
    assert!(bench.call(Ask::get("/known").navigation()).await.cookies().is_empty());
}

/// A session is written when it changes, and not with every answer.
#[rocket::async_test]
async fn an_unchanged_session_is_not_written_again() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    alice.fetch("/orders").await;
    for path in ["/known", "/open", "/orders"] {
        assert!(alice.fetch(path).await.cookies().is_empty(), "{path}");
    }
}

/// g19: Rocket drops the cookies of a guard once a catcher answers; the session must be written all the same.
#[rocket::async_test]
async fn g19_a_refusal_still_writes_the_session_that_its_guard_has_refreshed() {
    let bench = Bench::probe_app_in_cookies().await;
    let mut bob = bench.signed_in("bob").await;
    let before = bob.jar.session();
    let answer = bob.fetch("/orders").await;
    assert_eq!(answer.status, 403);
    assert_ne!(bob.jar.session(), before, "the token that was fetched is in the session: {answer:?}");
    let refreshed = bench.grants("refresh_token").len();
    assert_eq!(bob.fetch("/orders").await.status, 403);
    assert_eq!(bench.grants("refresh_token").len(), refreshed, "it is not fetched again");
}

/// What came with the request is not told back in an error.
#[rocket::async_test]
async fn no_answer_contains_a_token_or_cookie() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    alice.fetch("/orders").await;
    let (_, value) = alice.jar.session().pop_first().unwrap();
    for path in ["/known", "/open", "/machine", "/nowhere", "/logto/user", "/orgs/x/token"] {
        let answer = alice.fetch(path).await;
        assert!(!answer.body.contains(&value[..40]), "{path}");
        assert!(!answer.body.contains("eyJ"), "{path}: {answer:?}");
    }
}

/// Cookies know no ports: an application beside ours on `localhost` keeps its own.
#[rocket::async_test]
async fn two_applications_on_one_host_do_not_clobber_each_other() {
    let (one, two) = (Bench::probe_app().await, {
        let tenant = logto_dev::Tenant::recorded()
            .application_redirect(
                logto_dev::recorded::ROCKET_APP.id,
                "http://localhost:8001/logto/callback",
                "http://localhost:8001/",
            )
            .start()
            .await
            .unwrap();
        Bench::probe_app_of(tenant, |figment| figment.merge(("logto.public_url", "http://localhost:8001")))
            .await
    });
    let mut first = one.signed_in("alice").await;
    let mut second = Browser::new(&two.app).under("localhost:8001").holding(first.jar.clone());
    second.sign_in(&two.tenant, "bob").await;
    first.jar = second.jar.clone();
    assert_eq!(first.open("/open").await.body, logto_dev::recorded::ALICE);
    assert_eq!(second.open("/open").await.body, logto_dev::recorded::BOB);
}

/// On this machine there is no https, and no browser would keep a `Secure` cookie there. Behind a proxy there is
/// no https either, as far as this server sees; what counts is where browsers are.
#[rocket::async_test]
async fn g13_localhost_does_without_https_and_a_server_behind_a_proxy_does_not() {
    let bench = Bench::probe_app().await;
    let mut here = bench.browser();
    let callback = here.callback(&bench.tenant, "alice", "/known").await;
    let begun = here.jar.clone();
    let answer = here.open(callback).await;
    assert!(!begun.0.is_empty() && !answer.cookies().is_empty());
    for cookie in answer.cookies() {
        assert!(cookie.name.starts_with("logto_") && !cookie.secure, "{cookie:?}");
    }
    assert_eq!(here.open("/known").await.status, 200);

    let secure = "https://shop.example.com";
    let redirects = (format!("{secure}/logto/callback"), format!("{secure}/"));
    let tenant =
        Tenant::recorded().application_redirect(logto_dev::recorded::ROCKET_APP.id, redirects.0, redirects.1);
    let bench = Bench::probe_app_of(tenant.start().await.unwrap(), |figment| {
        figment.merge(("logto.public_url", secure))
    })
    .await;
    // Whatever the proxy says, or somebody who is no proxy.
    for (name, value) in
        [("x-forwarded-proto", "http"), ("forwarded", "proto=http"), ("x-forwarded-ssl", "off")]
    {
        let mut there = bench.browser().under("shop.example.com");
        let begun = there.send(Ask::get("/logto/sign-in").navigation().header(name, value)).await;
        let url = reqwest::Url::parse(begun.location()).unwrap();
        let callback = logto_tests::path_of(&bench.tenant.sign_in(url, "alice").await.unwrap());
        let back = there.send(Ask::get(callback).navigation().header(name, value)).await;
        for cookie in begun.cookies().into_iter().chain(back.cookies()) {
            assert!(cookie.name.starts_with("__Host-") && cookie.secure, "{name}: {cookie:?}");
        }
        assert_eq!(there.fetch("/known").await.status, 200, "{name}");
    }
}

/// What depends on who asks, or sets a cookie, is kept by no cache: whatever the answer is.
#[rocket::async_test]
async fn g16_no_answer_to_somebody_is_cached() {
    fn assert_kept_by_nobody(answer: &Answer, what: &str) {
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}: {answer:?}");
        assert!(answer.varies_by_cookie(), "{what}: {answer:?}");
    }
    let bench = Bench::probe_app().await;
    let mut nobody = bench.browser();
    for (ask, status) in [
        (Ask::get("/known").navigation(), 303),
        (Ask::get("/known").script(), 401),
        (Ask::get("/known").script().header("hx-request", "true"), 401),
        (Ask::get("/orders").bearer("nonsense"), 401),
        (Ask::get("/orders").header("authorization", "Bearer a b"), 400),
        (Ask::get("/logto/sign-in").navigation(), 303),
        (Ask::get("/logto/callback?state=unknown&code=x").navigation(), 400),
    ] {
        let what = format!("{ask:?}");
        let answer = nobody.send(ask).await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert_kept_by_nobody(&answer, &what);
    }
    let mut bob = bench.browser();
    let callback = bob.callback(&bench.tenant, "bob", "/known").await;
    assert_kept_by_nobody(&bob.open(callback).await, "the callback");
    assert_eq!(bob.fetch("/orders").await.status, 403);
    assert_kept_by_nobody(&bob.fetch("/orders").await, "a refusal");
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::Status(503));
    let unavailable = bob.fetch("/ping").await;
    assert_eq!(unavailable.status, 503);
    assert_kept_by_nobody(&unavailable, "an outage");
    bench.tenant.faults().clear();
    let mut old = bob.clone();
    assert_kept_by_nobody(&bob.submit("/logto/sign-out").await, "the sign-out");
    // Copies of its cookies are removed, and so is what is too old.
    let removed = old.fetch("/open").await;
    assert!(removed.cookies().iter().any(logto_tests::SetCookie::is_deletion), "{removed:?}");
    assert_kept_by_nobody(&removed, "a removal");
    let mut late = bench.signed_in("alice").await;
    bench.tenant.clock().advance(Duration::from_secs(12 * 3600));
    let renewed = late.fetch("/open").await;
    assert!(!renewed.cookies().is_empty());
    assert_kept_by_nobody(&renewed, "a renewal");
}
