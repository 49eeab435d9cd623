//! What is a navigation, and so is sent to sign-in.

use logto_tests::{Answer, Ask, Bench};

fn ask(path: &str, headers: &[(&str, &str)]) -> Ask {
    headers.iter().fold(Ask::get(path), |ask, (name, value)| ask.header(name, value))
}

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");

/// What a browser, an embedded one or a service worker sends when a person opens a page.
const NAVIGATIONS: &[&[(&str, &str)]] = &[
    &[HTML, NAVIGATE, ("sec-fetch-dest", "document")],
    // Android WebView names its app.
    &[HTML, NAVIGATE, ("sec-fetch-dest", "document"), ("x-requested-with", "com.some.app")],
    &[HTML, NAVIGATE, ("x-requested-with", "com.some.app")],
    &[HTML, ("x-requested-with", "com.some.app")],
    &[HTML, ("x-requested-with", "")],
    &[HTML, ("x-requested-with", "org.example.XMLHttpRequest")],
    // No script can say `navigate`, whatever else it says.
    &[HTML, NAVIGATE, ("sec-fetch-dest", "document"), ("x-requested-with", "XMLHttpRequest")],
    // A service worker that passes the request on.
    &[HTML, NAVIGATE, ("sec-fetch-dest", "empty"), ("sec-fetch-site", "same-origin")],
    &[HTML, NAVIGATE, ("sec-fetch-dest", "iframe")],
    &[HTML, NAVIGATE, ("sec-fetch-dest", "something-new")],
    &[HTML, NAVIGATE],
    &[("accept", "*/*"), NAVIGATE, ("sec-fetch-dest", "document")],
    &[NAVIGATE],
    // An older browser.
    &[HTML],
];

/// What a script sends, or a program.
const OTHERS: &[&[(&str, &str)]] = &[
    &[],
    &[("accept", "*/*")],
    &[("accept", "application/json")],
    &[HTML, ("x-requested-with", "XMLHttpRequest")],
    &[HTML, ("x-requested-with", "xmlhttprequest")],
    &[HTML, ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
    &[HTML, ("sec-fetch-mode", "same-origin"), ("sec-fetch-dest", "empty")],
    &[HTML, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
    &[HTML, ("sec-fetch-mode", "websocket"), ("sec-fetch-dest", "websocket")],
    &[HTML, ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "document")],
    &[("accept", "text/event-stream"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
];

#[rocket::async_test]
async fn field_12_every_navigation_is_sent_to_sign_in() {
    let bench = Bench::storefront().await;
    for headers in NAVIGATIONS {
        let answer = bench.call(ask("/profile?tab=1", headers)).await;
        assert_eq!(answer.status, 303, "{headers:?}");
        assert_eq!(answer.location(), "/logto/sign-in?return_to=/profile%3Ftab%3D1", "{headers:?}");
        for path in ["/logto/sign-in", "/logto/sign-up"] {
            let answer = bench.call(ask(path, headers)).await;
            assert_eq!(answer.status, 303, "{path} {headers:?}");
            assert!(answer.location().starts_with(bench.tenant.endpoint()), "{path} {headers:?}");
        }
    }
}

/// The whole way, as a WebView and as a browser with a service worker go it.
#[rocket::async_test]
async fn field_12_a_webview_signs_in() {
    for extra in [("x-requested-with", "com.some.app"), ("sec-fetch-site", "same-origin")] {
        let bench = Bench::storefront().await;
        let mut browser = bench.browser();
        let dest = if extra.0 == "sec-fetch-site" { "empty" } else { "document" };
        let go = |path: String| ask(&path, &[HTML, NAVIGATE, ("sec-fetch-dest", dest), extra]);
        let sign_in = browser.send(go("/profile".to_owned())).await.location().to_owned();
        let logto = browser.send(go(sign_in)).await.location().to_owned();
        let callback = bench.tenant.sign_in(logto.as_str(), "alice").await.unwrap();
        let answer = browser.send(go(logto_tests::path_of(&callback))).await;
        assert_eq!(answer.location(), "/profile", "{extra:?}");
        assert_eq!(browser.send(go("/profile".to_owned())).await.status, 200, "{extra:?}");
    }
}

#[rocket::async_test]
async fn field_12_nothing_else_is_sent_anywhere() {
    let bench = Bench::storefront().await;
    for headers in OTHERS {
        let answer = bench.call(ask("/profile", headers)).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "not_signed_in"), "{headers:?}");
        assert!(answer.header("location").is_none(), "{headers:?}");
    }
}

/// The address of the link with this label.
fn link<'a>(answer: &'a Answer, label: &str) -> Option<&'a str> {
    let (before, _) = answer.body.split_once(&format!(">{label}</a>"))?;
    let (_, target) = before.rsplit_once("href=\"")?;
    target.split_once('"').map(|(target, _)| target)
}

#[rocket::async_test]
async fn field_12_a_page_that_asks_for_sign_in_links_to_it() {
    let bench = Bench::storefront().await;
    let script =
        |path: &str| ask(path, &[HTML, ("sec-fetch-mode", "cors"), ("sec-fetch-site", "same-origin")]);
    let answer = bench.call(script("/profile?a=1&b=2")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        link(&answer, "Sign in"),
        Some("/logto/sign-in?return_to=/profile%3Fa%3D1%26b%3D2"),
        "{answer:?}"
    );
    let answer = bench.call(script("/logto/sign-in?return_to=/profile")).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "navigate_to_sign_in"));
    assert_eq!(link(&answer, "Sign in"), Some("/logto/sign-in?return_to=/profile"), "{answer:?}");
    // Nobody signs in who is signed in and may not, nor with a token that is wrong.
    let bob = bench.signed_in("bob").await.send(script("/api/orders")).await;
    assert_eq!((bob.status, link(&bob, "Sign in")), (403, None));
    let bearer = bench.call(script("/api/orders").bearer("nonsense")).await;
    assert_eq!((bearer.status, link(&bearer, "Sign in")), (401, None));
}
