//! When no silent sign-in begins, and how one that fails ends: at the page, and never in a loop.

use logto_dev::recorded::SHOPPING_API;
use logto_dev::{Endpoint, Issue};
use logto_tests::{Ask, path_of};
use reqwest::Url;

use super::{Shop, round};

#[rocket::async_test]
async fn nothing_but_a_users_navigation_begins_one() {
    let shop = Shop::open().await;
    let navigation = || Ask::get("/").navigation();
    let token = shop.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let html = "text/html,application/xhtml+xml";
    for (what, ask) in [
        ("a script", Ask::get("/").script()),
        ("a program", Ask::get("/")),
        ("a program that prefers HTML", Ask::get("/").header("accept", html)),
        ("HEAD", Ask::new("HEAD", "/").header("sec-fetch-mode", "navigate")),
        ("a prefetch", navigation().header("sec-purpose", "prefetch")),
        ("a prerendering", navigation().header("sec-purpose", "prefetch;prerender")),
        ("htmx", Ask::get("/").header("accept", html).header("hx-request", "true")),
        ("a frame", Ask::get("/").header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "iframe")),
        ("an image", Ask::get("/").header("sec-fetch-mode", "no-cors").header("sec-fetch-dest", "image")),
        ("a bearer", navigation().bearer(&token)),
        ("a crawler", navigation().header("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)")),
        ("a handshake", navigation().header("upgrade", "websocket")),
    ] {
        let answer = shop.browser().send(ask).await;
        assert_eq!((answer.status, answer.header("location")), (200, None), "{what}");
        assert!(answer.cookies().is_empty(), "{what}: {answer:?}");
    }
    assert_eq!(shop.browser().open("/plain").await.status, 200, "a page that does not ask for it");
    let mut signed_in = shop.browser();
    signed_in.sign_in(&shop.tenant, "alice").await;
    assert_eq!(signed_in.open("/").await.status, 200);
    assert_eq!(shop.browser().send(navigation()).await.status, 303);
}

/// A browser that keeps no cookies makes one round at most, and not to Logto.
#[rocket::async_test]
async fn without_cookies_there_is_no_loop() {
    let shop = Shop::open().await;
    for (page, back_to) in
        [("/", "/?silent_sign_in=no-cookies"), ("/?page=2", "/?page=2&silent_sign_in=no-cookies")]
    {
        let forgetful = || shop.browser();
        let to_sign_in = forgetful().open(page).await.location().to_owned();
        let back = forgetful().open(to_sign_in).await.location().to_owned();
        assert_eq!(back, back_to);
        let shown = forgetful().open(back).await;
        assert_eq!(shown.status, 200, "{shown:?}");
    }
    assert_eq!(shop.tenant.journal().count(Endpoint::Authorize), 0);
}

/// A link to the sign-in route begins none: the mark would have to be there before.
#[rocket::async_test]
async fn a_link_alone_begins_none() {
    let shop = Shop::open().await;
    for (query, back) in [
        ("silent=true", "/?silent_sign_in=no-cookies"),
        ("silent=true&return_to=//evil.example", "/?silent_sign_in=no-cookies"),
        ("silent=true&return_to=/plain%23x", "/plain?silent_sign_in=no-cookies#x"),
    ] {
        let answer = shop.browser().open(format!("/logto/sign-in?{query}")).await;
        assert_eq!(answer.location(), back, "{query}");
    }
}

/// Logto cannot be reached: the page is shown without a session, rather than an error.
#[rocket::async_test]
async fn an_outage_leads_back_to_the_page() {
    let shop = Shop::open().await;
    let (mut browser, mut at_logto) = shop.signed_in_at_logto().await;
    shop.tenant.faults().on(Endpoint::Token).status(503);
    let first = browser.open("/?page=3").await.location().to_owned();
    let back = round(&mut browser, &mut at_logto, &first).await;
    assert_eq!(back, "/?page=3");
    assert_eq!(browser.open(&back).await.body, "nobody 3");
}

/// Whatever Logto says, the browser is where it was.
#[rocket::async_test]
async fn every_error_of_logto_leads_back_to_the_page() {
    let shop = Shop::open().await;
    for error in [
        "login_required",
        "interaction_required",
        "consent_required",
        "access_denied",
        "server_error",
        "temporarily_unavailable",
        "invalid_scope",
        "invalid_target",
        "something_new",
    ] {
        let mut browser = shop.browser();
        let first = browser.open("/?page=4").await.location().to_owned();
        let authorization = Url::parse(browser.open(first).await.location()).unwrap();
        let state = logto_tests::param(&authorization, "state").unwrap();
        let issuer = shop.tenant.issuer();
        let mut callback = Url::parse("http://localhost:8000/logto/callback").unwrap();
        callback.query_pairs_mut().extend_pairs([("error", error), ("state", &state), ("iss", &issuer)]);
        let back = browser.open(path_of(&callback)).await;
        assert_eq!(back.location(), "/?page=4", "{error}");
        assert_eq!(browser.open("/?page=4").await.body, "nobody 4", "{error}");
        assert!(browser.jar.session().is_empty() && browser.jar.pending_sign_ins().is_empty());
    }
}

/// An answer that is not Logto's is refused as ever.
#[rocket::async_test]
async fn an_answer_of_another_issuer_is_refused() {
    let shop = Shop::open().await;
    let mut browser = shop.browser();
    let first = browser.open("/").await.location().to_owned();
    let authorization = Url::parse(browser.open(first).await.location()).unwrap();
    let state = logto_tests::param(&authorization, "state").unwrap();
    let callback =
        format!("/logto/callback?error=login_required&state={state}&iss=https://evil.example/oidc");
    let refused = browser.open(callback).await;
    assert_eq!((refused.status, &*refused.code()), (400, "callback_issuer"), "{refused:?}");
}
