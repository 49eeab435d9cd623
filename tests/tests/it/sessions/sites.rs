//! Requests that pages of other sites cause.

use logto_dev::recorded::{ALICE, SHOPPING_API};
use logto_dev::{Endpoint, Issue};
use logto_tests::{Ask, Bench, ORIGIN};

/// `Sec-Fetch-Site`, `Origin`, and whether a POST with the session is let through.
const TABLE: &[(Option<&str>, Option<&str>, bool)] = &[
    (None, None, true), // no browser
    (Some("same-origin"), Some(ORIGIN), true),
    (Some("same-origin"), None, true),
    (Some("none"), None, true), // typed, or a bookmark
    (None, Some(ORIGIN), true),
    (Some("cross-site"), Some("https://evil.example"), false),
    (Some("cross-site"), None, false),
    (Some("cross-site"), Some("null"), false),
    (Some("cross-site"), Some(ORIGIN), false), // no browser says this
    (Some("same-site"), Some("http://evil.localhost:8000"), false),
    (Some("same-site"), None, false),
    (Some("something-new"), Some("https://evil.example"), false),
    (None, Some("https://evil.example"), false),
    (None, Some("null"), false),
    (None, Some(""), false),
    (None, Some("http://localhost:8001"), false),
    (None, Some("https://localhost:8000"), false),
    (None, Some("http://localhost:8000.evil.example"), false),
];

fn ask(method: &str, path: &str, site: Option<&str>, origin: Option<&str>) -> Ask {
    let mut ask = Ask::new(method, path);
    if let Some(site) = site {
        ask = ask.header("sec-fetch-site", site);
    }
    if let Some(origin) = origin {
        ask = ask.header("origin", origin);
    }
    ask
}

#[rocket::async_test]
async fn n01_n02_a_session_changes_nothing_for_another_site() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    for (site, origin, allowed) in TABLE {
        let answer = alice.send(ask("POST", "/known", *site, *origin)).await;
        if *allowed {
            assert_eq!((answer.status, answer.body.as_str()), (200, ALICE), "{site:?} {origin:?}");
        } else {
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (403, "cross_site_request"),
                "{site:?} {origin:?}"
            );
        }
        // Reading is harmless: another site cannot see the answer.
        let answer = alice.send(ask("GET", "/known", *site, *origin)).await;
        assert_eq!(answer.status, 200, "{site:?} {origin:?}");
    }
}

/// A token is shown by whoever holds it; no browser adds one by itself.
#[rocket::async_test]
async fn n01_a_bearer_token_is_not_bound_to_a_site() {
    let bench = Bench::probe_app().await;
    let issue = Issue::user("alice").resource(SHOPPING_API).scopes(["read:orders", "write:orders"]);
    let token = bench.tenant.access_token(issue).unwrap();
    let cross = ask("POST", "/orders", Some("cross-site"), Some("https://partner.example")).bearer(&token);
    assert_eq!(bench.call(cross).await.status, 200);
}

#[rocket::async_test]
async fn n02_a_trusted_origin_may_change_things() {
    let bench = Bench::probe_app_with(|figment| {
        figment.merge(("logto.trusted_origins", ["https://partner.example"]))
    })
    .await;
    let mut alice = bench.signed_in("alice").await;
    for (site, origin, expected) in [
        (Some("cross-site"), "https://partner.example", 200),
        (None, "https://partner.example", 200),
        (Some("cross-site"), "https://evil.example", 403),
        (Some("cross-site"), "https://partner.example.evil.example", 403),
        (None, "http://partner.example", 403),
    ] {
        let answer = alice.send(ask("POST", "/known", site, Some(origin))).await;
        assert_eq!(answer.status, expected, "{site:?} {origin}");
    }
}

#[rocket::async_test]
async fn n01_a_form_of_another_site_cannot_borrow_a_method() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let form = ask("POST", "/known", Some("cross-site"), Some("https://evil.example"))
        .body("application/x-www-form-urlencoded", "_method=POST");
    assert_eq!(alice.send(form).await.status, 403);
}

#[rocket::async_test]
async fn k01_another_site_signs_nobody_out() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    for (method, site, origin) in [
        ("GET", Some("cross-site"), None),
        ("POST", Some("cross-site"), Some("https://evil.example")),
        ("POST", Some("cross-site"), None),
        ("POST", None, Some("https://evil.example")),
        ("POST", None, Some("null")),
        ("GET", Some("same-site"), None),
    ] {
        let answer =
            alice.send(ask(method, "/logto/sign-out", site, origin).header("accept", "text/html")).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "cross_site_request"), "{method} {site:?}");
        assert!(answer.body.contains("method=\"post\" action=\"/logto/sign-out\""), "a way to mean it");
        assert_eq!(
            answer.header("content-security-policy").map(|policy| policy.contains("frame-ancestors 'none'")),
            Some(true)
        );
    }
    assert_eq!(bench.count(Endpoint::Revocation), 0);
    assert_eq!(alice.open("/known").await.body, ALICE);
}

#[rocket::async_test]
async fn k01_a_link_or_a_form_of_this_site_signs_out() {
    for (method, site, origin) in [
        ("GET", Some("same-origin"), None),
        ("GET", Some("none"), None),
        ("POST", Some("same-origin"), Some(ORIGIN)),
        ("POST", None, Some(ORIGIN)),
        ("POST", None, None),
    ] {
        let bench = Bench::probe_app().await;
        let mut alice = bench.signed_in("alice").await;
        let answer = alice.send(ask(method, "/logto/sign-out", site, origin)).await;
        assert_eq!(answer.status, 303, "{method} {site:?} {origin:?}");
        assert_eq!(alice.fetch("/known").await.status, 401);
    }
}
