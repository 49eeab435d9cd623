//! `check` with reasons, and what it has loaded.

use logto_dev::recorded::{ALICE, SHOPPING_API};
use logto_rocket::{AccessToken, Checked, Denied, Identity, guarded, require_auth, with_access_token};
use logto_tests::{Ask, CheckCalls};
use rocket::http::Status;
use rocket::{Request, Route, get, routes};

use super::{Shop, expect};

#[derive(Clone)]
struct Order {
    id: u64,
    item: &'static str,
}

/// Alice has the first order. There is no other that anybody may see.
async fn own_order(who: &Identity, request: &Request<'_>) -> Result<Order, Denied> {
    CheckCalls::add(request);
    std::future::ready(()).await;
    let id = request.routed_segments(0..).last().and_then(|id| id.parse().ok());
    match id {
        Some(1) if who.subject() == ALICE => Ok(Order { id: 1, item: "teapot" }),
        _ => Err(Denied::new(Status::NotFound)),
    }
}

#[require_auth(check = own_order)]
#[get("/checked/orders/<id>")]
fn order(id: u64, mut order: Checked<Order>) -> String {
    assert_eq!(id, order.id);
    order = order.clone();
    let debug = format!("{order:?}");
    format!("{} {debug}", order.into_inner().item)
}

#[with_access_token(check = own_order, resource = SHOPPING_API)]
#[get("/checked/upstream/<_>")]
fn upstream(token: AccessToken, order: Checked<Order>, who: Identity) -> String {
    assert!(!token.secret().is_empty() && who.subject() == ALICE);
    order.item.to_owned()
}

#[require_auth(check = own_order)]
struct OwnOrder(Checked<Order>, Identity);

#[get("/checked/struct/<_>")]
fn by_struct(first: OwnOrder, second: Option<OwnOrder>) -> String {
    format!("{} {}", first.0.item, second.is_some_and(|second| second.1.subject() == ALICE))
}

#[get("/<_>")]
fn in_mount(own: OwnOrder) -> &'static str {
    own.0.item
}

#[get("/checked/optional/<_>")]
fn optional(own: Option<OwnOrder>) -> String {
    own.is_some().to_string()
}

fn words(_: &Identity, _: &Request<'_>) -> Result<(), Denied> {
    Err(Denied::because("Your plan has no reports, <upgrade> it."))
}

#[require_auth(check = words)]
#[get("/checked/words")]
fn with_words() {}

/// Leads to the path in the query.
fn elsewhere(_: &Identity, request: &Request<'_>) -> Result<(), Denied> {
    let to = request.query_value::<String>("to").and_then(Result::ok).unwrap_or_default();
    Err(Denied::new(Status::PaymentRequired).with_words("Pay first").with_redirect(to))
}

#[require_auth(check = elsewhere)]
#[get("/checked/elsewhere")]
fn leads_elsewhere() {}

fn broken(_: &Identity, _: &Request<'_>) -> Result<bool, Denied> {
    Ok("no number".parse::<u8>()? > 1)
}

#[require_auth(check = broken)]
#[get("/checked/broken")]
fn is_broken() {}

async fn says_no(_: &Identity, request: &Request<'_>) -> Result<bool, Denied> {
    Ok(request.query_value::<&str>("yes").is_some())
}

#[require_auth(check = says_no)]
#[get("/checked/bool")]
fn is_bool() -> &'static str {
    "yes"
}

/// A status that is no refusal becomes one.
fn ok_is_no_refusal(_: &Identity, _: &Request<'_>) -> Result<(), Denied> {
    Err(Denied::new(Status::Ok))
}

#[require_auth(check = ok_is_no_refusal)]
#[get("/checked/ok")]
fn is_ok() {}

fn unauthorized(_: &Identity, _: &Request<'_>) -> Result<(), Denied> {
    Err(Denied::new(Status::Unauthorized))
}

#[require_auth(check = unauthorized)]
#[get("/checked/unauthorized")]
fn is_unauthorized() {}

fn own() -> Vec<Route> {
    routes![
        order,
        upstream,
        by_struct,
        optional,
        with_words,
        leads_elsewhere,
        is_broken,
        is_bool,
        is_ok,
        is_unauthorized
    ]
}

async fn shop() -> Shop {
    Shop::with_routes(vec![("/", own()), ("/checked/mount", guarded::<OwnOrder>(routes![in_mount]))]).await
}

#[rocket::async_test]
async fn a_handler_takes_what_the_check_has_loaded_once() {
    let shop = shop().await;
    let mut alice = shop.with("alice").await;
    for (path, says) in [
        ("/checked/orders/1", "teapot Checked(..)"),
        ("/checked/upstream/1", "teapot"),
        ("/checked/struct/1", "teapot true"),
        ("/checked/mount/1", "teapot"),
        ("/checked/optional/1", "true"),
        ("/checked/optional/2", "false"),
    ] {
        expect(&mut alice, &[(path, 200, says)]).await;
        assert_eq!(shop.checks.take(), 1, "{path}");
    }
    assert_eq!(shop.bearer("/checked/orders/1", super::alice()).await.body, "teapot Checked(..)");
    for path in ["/checked/orders/2", "/checked/upstream/2", "/checked/struct/2", "/checked/mount/2"] {
        expect(&mut alice, &[(path, 404, "not_found")]).await;
        expect(&mut shop.nobody(), &[(path, 401, "not_signed_in")]).await;
    }
    expect(&mut shop.with("bob").await, &[("/checked/orders/1", 404, "not_found")]).await;
}

#[rocket::async_test]
async fn a_refusal_has_the_status_and_the_words_of_the_check() {
    let shop = shop().await;
    let mut alice = shop.with("alice").await;

    let missing = alice.fetch("/checked/orders/2").await;
    assert_eq!(missing.header("content-type"), Some("application/problem+json"));
    assert_eq!((missing.status, missing.json()["title"].as_str()), (404, Some("Not found")));
    assert_eq!(missing.header("www-authenticate"), None, "another token does not help");
    let page = alice.open("/checked/orders/2").await;
    assert!(page.status == 404 && page.body.contains("Not found"), "{page:?}");
    assert!(!page.body.contains("refused"), "the page must not tell that there is an order: {page:?}");

    let refused = alice.fetch("/checked/words").await;
    assert_eq!((refused.status, &*refused.code()), (403, "check_failed"));
    let detail = refused.json()["detail"].to_string();
    assert!(detail.contains("Your plan has no reports, <upgrade> it."), "{detail}");
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(!challenge.contains("plan"), "words are for people: {challenge}");
    let page = alice.open("/checked/words").await;
    assert!(page.status == 403 && page.body.contains("no reports, &lt;upgrade&gt; it"), "{page:?}");

    expect(&mut alice, &[("/checked/ok", 403, "check_failed")]).await;
    let unauthorized = alice.fetch("/checked/unauthorized").await;
    assert_eq!(unauthorized.status, 401);
    assert!(unauthorized.header("www-authenticate").is_some(), "{unauthorized:?}");
    expect(&mut alice, &[("/checked/bool", 403, "check_failed"), ("/checked/bool?yes", 200, "yes")]).await;
    assert_eq!(shop.bearer("/checked/orders/2", super::alice()).await.status, 404);
}

#[rocket::async_test]
async fn an_error_in_a_check_is_a_503_and_is_shown_to_nobody() {
    let shop = shop().await;
    let mut alice = shop.with("alice").await;
    let answer = alice.fetch("/checked/broken").await;
    assert_eq!((answer.status, &*answer.code()), (503, "check_unavailable"));
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert!(!answer.body.contains("digit"), "{answer:?}");
    // Nobody is signed out by it.
    expect(&mut alice, &[("/checked/orders/1", 200, "teapot Checked(..)")]).await;
}

#[rocket::async_test]
async fn a_browser_is_led_elsewhere_and_a_script_is_not() {
    let shop = shop().await;
    let mut alice = shop.with("alice").await;
    let path = "/checked/elsewhere?to=/pricing?plan=2";
    assert_eq!(alice.open(path).await.location(), "/pricing?plan=2");
    let script = alice.fetch(path).await;
    assert_eq!((script.status, &*script.code(), script.header("location")), (402, "check_failed", None));
    let htmx = alice.send(Ask::get(path).script().header("hx-request", "true")).await;
    assert_eq!((htmx.status, htmx.header("hx-redirect")), (402, Some("/pricing?plan=2")));
    assert_eq!(shop.bearer(path, super::alice()).await.status, 402);
}

#[rocket::async_test]
async fn l02_l04_the_redirect_of_a_check_leads_to_a_path_of_the_application() {
    let shop = shop().await;
    let mut alice = shop.with("alice").await;
    for to in [
        "",
        "pricing",
        "//evil.example",
        "/%5Cevil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/logto/sign-out",
        "/log%2574o/sign-out",
        "/a%0d%0ax:y",
        // The route itself: the browser would come back for ever.
        "/checked/elsewhere",
        "/checked/elsewhere?to=x",
    ] {
        let answer = alice.open(format!("/checked/elsewhere?to={to}")).await;
        assert_eq!((answer.status, answer.header("location")), (402, None), "{to}: {answer:?}");
        assert!(answer.body.contains("Pay first"), "{to}");
    }
}
