//! The application's own catchers, for refusals of guards and of the mounted routes.

use logto_rocket::{AuthFailure, Page};
use logto_tests::{Answer, Ask, Browser};
use rocket::http::Status;
use rocket::serde::json::{Json, Value, serde_json::json};
use rocket::{Request, catch, catchers};

use super::{Shop, heading, linked_sign_out, page};

/// What there is to know.
#[catch(default)]
fn facts(status: Status, request: &Request<'_>) -> Json<Value> {
    let failure = AuthFailure::of(request);
    Json(json!({
        "status": status.code,
        "page": Page::of(request),
        "sign_in": failure.as_ref().and_then(|failure| failure.sign_in_address(request)),
        "references": failure.map(|failure| [failure.reference(request), failure.reference(request)]),
    }))
}

#[catch(400)]
fn bad_request(request: &Request<'_>) -> Option<Page> {
    Page::of(request)
}

#[catch(401)]
fn unauthorized(request: &Request<'_>) -> Option<Page> {
    Page::of(request)
}

#[catch(default)]
fn problem(status: Status, request: &Request<'_>) -> Result<AuthFailure, Status> {
    AuthFailure::of(request).filter(|failure| failure.status() == status).ok_or(status)
}

async fn shop(of_routes: bool) -> Shop {
    let register = |rocket: rocket::Rocket<rocket::Build>| rocket.register("/", catchers![facts]);
    Shop::with(|fairing| fairing.refusals_to_catchers(of_routes), register).await
}

fn facts_of(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    answer.json()
}

#[rocket::async_test]
async fn a_catcher_knows_the_page_of_a_guards_refusal() {
    let shop = shop(false).await;
    let answer = shop.call(page(shop.reader(), "de")).await;
    assert_eq!(answer.status, 403);
    assert!(answer.header("www-authenticate").unwrap().contains("insufficient_scope"), "{answer:?}");
    let facts = facts_of(&answer);
    let shown = &facts["page"];
    assert_eq!((&shown["kind"], &shown["status"]), (&json!("refused"), &json!(403)));
    assert_eq!((&shown["code"], &shown["language"]), (&json!("insufficient_scope"), &json!("de")));
    assert_eq!(shown["title"], "Eine Berechtigung fehlt");
    assert_eq!(shown["required_scopes"], json!(["read:orders", "write:orders"]));
    assert_eq!(shown["actions"], json!([{ "label": "Zur Startseite", "target": "/", "is_post": false }]));
    assert_eq!(facts["references"], json!([shown["reference"], shown["reference"]]));
    assert!(shown["reference"].as_str().is_some_and(|reference| !reference.is_empty()));
    assert_eq!(facts["sign_in"], Value::Null, "another sign-in would not help");
    let anonymous = facts_of(&shop.call(Ask::get("/profile?tab=a&b=c").script()).await);
    assert_eq!(anonymous["sign_in"], "/logto/sign-in?return_to=/profile%3Ftab%3Da%26b%3Dc");
    assert_eq!(anonymous["page"]["actions"][0]["target"], anonymous["sign_in"]);
    // Nothing was refused here by a guard or by a mounted route.
    assert_eq!(facts_of(&shop.call(Ask::get("/nowhere")).await)["page"], Value::Null);
}

#[rocket::async_test]
async fn catchers_show_the_refusals_of_the_mounted_routes_where_that_is_set() {
    let shop = shop(true).await;
    for (ask, status, kind, code) in [
        (Ask::get("/logto/callback?state=unknown&code=x"), 400, "sign_in_failed", "callback_unknown_state"),
        (Ask::get("/logto/callback"), 403, "sign_in_cancelled", "sign_in_cancelled"),
        (linked_sign_out(), 403, "confirm_sign_out", "cross_site_request"),
    ] {
        let answer = shop.call(page(ask, "en")).await;
        assert_eq!(answer.status, status);
        let shown = &facts_of(&answer)["page"];
        assert_eq!(
            (&shown["kind"], &shown["code"], &shown["status"]),
            (&json!(kind), &json!(code), &json!(status))
        );
        assert_eq!(answer.all("cache-control"), ["no-store"]);
        assert_eq!(answer.all("referrer-policy"), ["no-referrer"]);
    }
    // The headers of other statuses stay too.
    let fetched = shop.call(Ask::get("/logto/sign-in").script()).await;
    assert_eq!((fetched.status, &facts_of(&fetched)["page"]["code"]), (401, &json!("navigate_to_sign_in")));
    assert!(fetched.header("www-authenticate").is_some(), "{fetched:?}");
    let mut browser = shop.forgetful_browser().await;
    let answer = browser.open("/profile").await;
    assert_eq!((answer.status, &facts_of(&answer)["page"]["code"]), (401, &json!("session_cookie_lost")));
    assert!(answer.header("www-authenticate").is_some(), "{answer:?}");
    assert_eq!(browser.open("/profile").await.status, 303, "the next try is the user's own");
}

/// What is not set does not change: the built-in page stays.
#[rocket::async_test]
async fn the_mounted_routes_and_the_pages_against_loops_are_built_in_unless_that_is_set() {
    let shop = shop(false).await;
    let answer = shop.call(page(Ask::get("/logto/callback"), "en")).await;
    assert_eq!(heading(&answer), "You are not signed in");
    let answer = shop.forgetful_browser().await.open("/profile").await;
    assert_eq!(heading(&answer), "Your browser did not keep the session");
}

/// A cancelled sign-in leaves no trace in the browser even where a catcher answers: Rocket drops a route's cookies then.
#[rocket::async_test]
async fn cookies_go_along_with_a_catchers_response() {
    let shop = shop(true).await;
    let mut browser = Browser::new(&shop.app);
    let url = browser.begin("/profile").await;
    assert_eq!(browser.jar.pending_sign_ins().len(), 1);
    let state = logto_tests::param(&url, "state").unwrap();
    let issuer =
        percent_encoding::utf8_percent_encode(&shop.tenant.issuer(), percent_encoding::NON_ALPHANUMERIC)
            .to_string();
    let answer =
        browser.open(format!("/logto/callback?state={state}&iss={issuer}&error=access_denied")).await;
    assert_eq!(facts_of(&answer)["page"]["code"], "sign_in_cancelled");
    assert_eq!(browser.jar.pending_sign_ins().len(), 0, "{answer:?}");
}

/// A status without a catcher of the application's keeps the built-in page; a `Page` is a response too.
#[rocket::async_test]
async fn a_catcher_may_return_the_page() {
    let shop = Shop::with(
        |fairing| fairing.refusals_to_catchers(true),
        |rocket| rocket.register("/", catchers![bad_request, unauthorized]),
    )
    .await;
    let cancelled = shop.call(page(Ask::get("/logto/callback"), "es")).await;
    assert_eq!((cancelled.status, heading(&cancelled)), (403, "No ha iniciado sesión"));
    let ask = Ask::get("/logto/callback?state=unknown&code=x");
    let shown = shop.call(page(ask, "es")).await;
    assert_eq!((shown.status, heading(&shown)), (400, "No se puede completar este inicio de sesión"));
    assert!(shown.header("content-security-policy").is_some(), "{shown:?}");
    let problem = shop.call(Ask::get("/logto/callback?state=unknown&code=x")).await;
    assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    assert_eq!(problem.json()["title"], "This sign-in cannot be completed");
    let plain = Shop::open().await;
    for path in ["/logto/sign-in", "/profile"] {
        let (own, built_in) =
            (shop.call(Ask::get(path).script()).await, plain.call(Ask::get(path).script()).await);
        assert_eq!((own.status, &own.body), (401, &built_in.body));
        assert_eq!(own.all("www-authenticate"), built_in.all("www-authenticate"));
    }
}

#[rocket::async_test]
async fn a_failure_is_a_problem_document_with_its_challenge() {
    let (shop, plain) = (
        Shop::with(|fairing| fairing, |rocket| rocket.register("/", catchers![problem])).await,
        Shop::open().await,
    );
    // Also for a reader of HTML: the application has asked for this document.
    for (of_shop, of_plain) in [
        (page(shop.reader(), "de"), plain.reader()),
        (page(Ask::get("/orders").bearer("nonsense"), "de"), Ask::get("/orders").bearer("nonsense")),
        (Ask::get("/profile").script(), Ask::get("/profile").script()),
    ] {
        let (own, built_in) = (shop.call(of_shop).await, plain.call(of_plain).await);
        assert_eq!(own.header("content-type"), Some("application/problem+json"));
        assert_eq!((own.status, &own.body), (built_in.status, &built_in.body));
        for header in ["www-authenticate", "cache-control", "x-content-type-options"] {
            assert_eq!(own.all(header), built_in.all(header), "{header}");
        }
    }
    assert_eq!(shop.call(Ask::get("/nowhere")).await.status, 500, "no failure, and the catcher gives up");
}

/// A handler returns the failure of an optional guard: the response is that of a guard which failed.
#[rocket::async_test]
async fn a_handler_may_return_a_failure() {
    let shop = Shop::open().await;
    let answer = shop.call(Ask::get("/greeting").script()).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "not_signed_in"));
    assert!(
        answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer ")),
        "{answer:?}"
    );
    let mut browser = Browser::new(&shop.app);
    assert_eq!(browser.open("/greeting").await.location(), "/logto/sign-in?return_to=/greeting");
    browser.sign_in(&shop.tenant, "alice").await;
    assert_eq!(browser.open("/greeting").await.body, "Hello Alice Example");
}
