//! Sign-out by `GET`: for a person who follows a link, and for nothing else.

use logto_dev::Endpoint;
use logto_tests::{Ask, Bench, ORIGIN};

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");

fn ask(headers: &[(&str, &str)]) -> Ask {
    headers.iter().fold(Ask::get("/logto/sign-out"), |ask, (name, value)| ask.header(name, value))
}

#[rocket::async_test]
async fn field_14_a_navigation_of_this_site_signs_out() {
    let page = format!("{ORIGIN}/profile");
    let cases: &[&[(&str, &str)]] = &[
        &[HTML, HERE, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")],
        &[HTML, ("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")],
        // Behind a service worker.
        &[HTML, HERE, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "empty")],
        &[HTML, HERE, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "empty"), ("referer", &page)],
        &[
            HTML,
            HERE,
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("x-requested-with", "com.some.app"),
        ],
        // An older browser.
        &[HTML, ("referer", &page)],
    ];
    for headers in cases {
        let bench = Bench::probe_app().await;
        let mut alice = bench.signed_in("alice").await;
        let answer = alice.send(ask(headers)).await;
        assert!(answer.location().contains("/oidc/session/end?"), "{headers:?}: {answer:?}");
        assert_eq!(alice.fetch("/known").await.status, 401, "{headers:?}");
    }
}

#[rocket::async_test]
async fn field_14_nothing_but_a_navigation_signs_out_by_get() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let page = format!("{ORIGIN}/profile");
    let cases: &[&[(&str, &str)]] = &[
        // fetch(), as scripts, Turbo and other frameworks use it.
        &[("accept", "*/*"), HERE, ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
        &[HTML, HERE, ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
        &[HTML, HERE, ("sec-fetch-mode", "same-origin"), ("sec-fetch-dest", "empty")],
        &[("accept", "application/json"), HERE, ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
        // Parts of a page.
        &[("accept", "image/*"), HERE, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
        &[("accept", "*/*"), HERE, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "script")],
        &[("accept", "text/css"), HERE, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "style")],
        &[HTML, HERE, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
        &[HTML, HERE, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "frame")],
        &[HTML, HERE, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "object")],
        &[HTML, HERE, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "embed")],
        &[HERE, ("sec-fetch-mode", "websocket"), ("sec-fetch-dest", "websocket")],
        // A navigation of another site, also where a service worker has made it one of its own.
        &[
            HTML,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ],
        &[
            HTML,
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ],
        &[
            HTML,
            HERE,
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "empty"),
            ("referer", "https://evil.example/"),
        ],
        // The same in older browsers.
        &[HTML, ("referer", &page), ("x-requested-with", "XMLHttpRequest")],
        &[("accept", "*/*"), ("referer", &page)],
        &[("accept", "image/webp,*/*;q=0.5"), ("referer", &page)],
        &[("accept", "image/webp,*/*;q=0.5")],
        &[("accept", "application/json")],
        &[HTML],
        &[HTML, ("referer", "https://evil.example/")],
    ];
    for headers in cases {
        let answer = alice.send(ask(headers)).await;
        assert_eq!(answer.status, 403, "{headers:?}: {answer:?}");
        assert!(answer.header("location").is_none(), "{headers:?}: {answer:?}");
        assert_eq!(alice.fetch("/known").await.status, 200, "{headers:?}");
    }
    assert_eq!(bench.count(Endpoint::Revocation), 0);
    // A person can mean it.
    let answer =
        alice.send(ask(&[HTML, HERE, ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")])).await;
    assert!(answer.body.contains("method=\"post\" action=\"/logto/sign-out\""), "{answer:?}");
}

/// The question keeps what the link asked for.
#[rocket::async_test]
async fn field_14_the_question_is_about_the_same_sign_out() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let cross = Ask::get("/logto/sign-out?local=true")
        .header("accept", "text/html")
        .header("sec-fetch-site", "cross-site");
    let answer = alice.send(cross).await;
    assert!(answer.body.contains("action=\"/logto/sign-out?local=true\""), "{answer:?}");
}
