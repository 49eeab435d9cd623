//! Who is led to another authorization request: a user who navigates, and nobody else.

use logto_dev::Issue;
use logto_dev::recorded::SHOPPING_API;
use logto_tests::{Ask, Browser, ORIGIN, path_of};
use rocket::routes;

use super::{Shop, at_first, both_resources, later, other, reaches, round};

const HTML: &str = "text/html,application/xhtml+xml";

fn has_mark(browser: &Browser) -> bool {
    browser.jar.0.keys().any(|name| name.ends_with("_authorized"))
}

#[rocket::async_test]
async fn scripts_are_told_the_scope() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, mut at_logto) = shop.signed_in(&old, "alice").await;
    let mut browser = browser.at(&new);
    for ask in [
        Ask::get("/write").script(),
        Ask::get("/write"),
        Ask::get("/write").header("accept", HTML).header("x-requested-with", "XMLHttpRequest"),
        Ask::new("HEAD", "/write").script(),
    ] {
        let answer = browser.send(ask.clone()).await;
        assert_eq!((answer.status, answer.header("location")), (403, None), "{ask:?}");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
        assert!(challenge.contains("scope=\"read:orders write:orders\""), "{challenge}");
        assert!(!has_mark(&browser), "{ask:?}");
    }
    let answer = browser.fetch("/write").await;
    assert_eq!(answer.code(), "insufficient_scope");
    assert_eq!(answer.json()["required_scopes"], serde_json::json!(["read:orders", "write:orders"]));
    reaches(&mut browser, &mut at_logto, "/write", "written").await;
    assert_eq!(browser.fetch("/write").await.status, 200);
}

#[rocket::async_test]
async fn scripts_are_refused_a_resource_without_a_call_to_logto() {
    let shop = Shop::in_cookies().await;
    let old = shop.deploy(at_first()).await;
    let (browser, _) = shop.signed_in(&old, "alice").await;
    let new = shop.deploy_with(routes![other], both_resources).await;
    let mut browser = browser.at(&new);
    let calls = shop.tenant.journal().count(logto_dev::Endpoint::Token);
    for _ in 0..3 {
        let answer = browser.fetch("/other").await;
        assert_eq!((answer.status, &*answer.code()), (403, "not_granted"), "{answer:?}");
        assert!(answer.header("www-authenticate").unwrap().contains("insufficient_scope"));
    }
    assert_eq!(shop.tenant.journal().count(logto_dev::Endpoint::Token), calls);
}

#[rocket::async_test]
async fn bearers_are_refused_as_before() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, _) = shop.signed_in(&old, "alice").await;
    let issue = Issue::user("alice").resource(SHOPPING_API).claim("scope", "read:orders");
    let token = shop.tenant.access_token(issue).unwrap();
    // Also beside a session, and from a browser.
    let answer = browser.at(&new).send(Ask::get("/write").navigation().bearer(&token)).await;
    assert_eq!((answer.status, answer.header("location")), (403, None), "{answer:?}");
    assert!(answer.header("www-authenticate").unwrap().contains("scope=\"read:orders write:orders\""));
}

/// A form is not sent again: its user comes back to the page that it is on, and is told.
#[rocket::async_test]
async fn a_form_leads_back_to_its_page() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, mut at_logto) = shop.signed_in(&old, "alice").await;
    let mut browser = browser.at(&new);
    let form = || {
        Ask::post("/write")
            .navigation()
            .header("origin", ORIGIN)
            .header("referer", format!("{ORIGIN}/orders"))
            .body("application/x-www-form-urlencoded", "item=Teapot")
    };
    let answer = browser.send(form()).await;
    assert!(answer.cookies().iter().any(|cookie| cookie.name == "_flash"), "{answer:?}");
    assert_eq!(round(&mut browser, &mut at_logto, answer.location()).await, "/orders");
    assert_eq!(browser.send(form()).await.body, "submitted");
}

/// A page may send no `Referer`. The browser keeps the form behind a refusal, and would lose it with a redirect.
#[rocket::async_test]
async fn a_form_without_a_page_is_refused() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, _) = shop.signed_in(&old, "alice").await;
    let mut browser = browser.at(&new);
    let form = Ask::post("/write")
        .navigation()
        .header("origin", ORIGIN)
        .body("application/x-www-form-urlencoded", "item=Teapot");
    let answer = browser.send(form).await;
    assert_eq!((answer.status, answer.header("location")), (403, None), "{answer:?}");
}

/// Another site's form is refused before anything else.
#[rocket::async_test]
async fn another_sites_form_leads_nowhere() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, _) = shop.signed_in(&old, "alice").await;
    let mut browser = browser.at(&new);
    let form = Ask::post("/write")
        .header("accept", HTML)
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://evil.example")
        .body("application/x-www-form-urlencoded", "");
    let answer = browser.send(form).await;
    assert_eq!((answer.status, &*answer.code()), (403, "cross_site_request"), "{answer:?}");
    assert!(!has_mark(&browser));
}

#[rocket::async_test]
async fn htmx_takes_the_page_there() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, mut at_logto) = shop.signed_in(&old, "alice").await;
    let mut browser = browser.at(&new);
    let ask = || {
        Ask::get("/write")
            .script()
            .header("hx-request", "true")
            .header("hx-current-url", format!("{ORIGIN}/orders"))
    };
    let answer = browser.send(ask()).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    let there = answer.header("hx-redirect").unwrap().to_owned();
    assert!(has_mark(&browser));
    let again = browser.send(ask()).await;
    assert_eq!((again.status, again.header("hx-redirect")), (403, None), "no loop: {again:?}");
    assert_eq!(round(&mut browser, &mut at_logto, &there).await, "/orders");
    assert_eq!(browser.send(ask()).await.body, "written");
}

#[rocket::async_test]
async fn a_prefetch_begins_nothing() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, _) = shop.signed_in(&old, "alice").await;
    let mut browser = browser.at(&new);
    let answer = browser.send(Ask::get("/write").navigation().header("sec-purpose", "prefetch")).await;
    assert_eq!((answer.status, answer.header("location")), (503, None), "{answer:?}");
    assert!(!has_mark(&browser) && answer.body.is_empty());
}

/// The user changes their mind at Logto: the session is as before, and nothing begins by itself.
#[rocket::async_test]
async fn a_user_who_comes_back_without_signing_in_keeps_the_session() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, _) = shop.signed_in(&old, "alice").await;
    let mut browser = browser.at(&new);
    let sign_in = browser.open("/write").await.location().to_owned();
    let authorization = super::to_logto(&mut browser, &sign_in).await;
    // Not signed in at Logto any more, so that there is a page to cancel.
    let callback = shop.tenant.browser().cancel(authorization).await.unwrap();
    let answer = browser.open(path_of(&callback)).await;
    assert!(answer.header("location").is_none_or(|location| location == "/"), "{answer:?}");
    assert_eq!(browser.open("/orders").await.body, "orders");
    assert_eq!(browser.open("/write").await.status, 403);
}
