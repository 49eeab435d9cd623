//! The shop's own tests of who may do what: without a tenant and without a network.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]

use logto_rocket::testing::{
    self, TestMachine, TestRequest, TestUser, assert_allowed, assert_no_requests,
    assert_redirects_to_sign_in, assert_refused,
};
use rocket::http::{Accept, ContentType, Status};
use rocket::local::blocking::{Client, LocalResponse};
use serde_json::Value;

fn shop() -> Client {
    Client::tracked(testing::configure(storefront::rocket(storefront::figment()))).expect("the shop opens")
}

fn alice() -> TestUser {
    TestUser::new("alice").name("Alice Example").scopes("read:orders write:orders")
}

/// A manager of Acme, and an ordinary member of Globex.
fn frank() -> TestUser {
    TestUser::new("frank")
        .organization("acme", ["admin"])
        .organization_scopes("acme", "invite:member manage:billing")
        .organization("globex", ["member"])
}

fn json(response: LocalResponse<'_>) -> Value {
    assert_allowed(&response);
    serde_json::from_str(&response.into_string().expect("a body")).expect("JSON")
}

#[test]
fn customers_order_what_their_scopes_allow() {
    let shop = shop();
    assert_refused(&shop.get("/api/orders").dispatch(), "not_signed_in");
    assert_redirects_to_sign_in(&shop.get("/profile").header(Accept::HTML).dispatch());
    assert_eq!(
        json(shop.get("/api/orders").signed_in_as(alice()).dispatch()).as_array().map(Vec::len),
        Some(3)
    );
    let order = shop.post("/api/orders").header(ContentType::JSON).body(r#"{"item":"Kettle"}"#);
    assert_eq!(json(order.signed_in_as(alice()).dispatch())["item"], "Kettle");
    let reader = TestUser::new("bob").scopes("read:orders");
    assert_refused(&shop.post("/api/orders").signed_in_as(&reader).dispatch(), "insufficient_scope");
    assert_refused(&shop.get("/back-office").signed_in_as(&reader).dispatch(), "insufficient_scope");
    assert_allowed(&shop.get("/back-office").signed_in_as(reader.scopes("delete:orders")).dispatch());
    assert_no_requests(&shop);
}

#[test]
fn clients_call_the_api_with_bearer_tokens() {
    let shop = shop();
    let who = |response| {
        let who = json(response);
        (who["sub"].clone(), who["kind"].clone(), who["via"].clone())
    };
    let response = shop.get("/api/whoami").signed_in_as(alice().bearer()).dispatch();
    assert_eq!(who(response), ("alice".into(), "user".into(), "bearer".into()));
    let nightly = TestMachine::new("nightly").scopes("read:orders");
    let response = shop.get("/api/whoami").signed_in_as(&nightly).dispatch();
    assert_eq!(who(response), ("nightly".into(), "machine".into(), "bearer".into()));
    assert_allowed(&shop.get("/api/orders").signed_in_as(&nightly).dispatch());
    assert_refused(
        &shop.get("/api/userinfo").signed_in_as(alice().bearer()).dispatch(),
        "credential_not_accepted",
    );
    assert_refused(
        &shop.get("/api/orders").signed_in_as(alice().bearer().expired()).dispatch(),
        "token_expired",
    );
}

#[test]
fn organizations_stay_apart() {
    let shop = shop();
    assert_allowed(&shop.get("/orgs/acme/members").signed_in_as(frank()).dispatch());
    assert_allowed(&shop.post("/orgs/acme/invites").dispatch());
    assert_refused(&shop.post("/orgs/globex/invites").dispatch(), "insufficient_scope");
    assert_refused(&shop.get("/orgs/initech/members").dispatch(), "not_a_member");
    let reader = frank().organization_api_scopes("acme", "read:orders");
    assert_eq!(
        json(shop.get("/orgs/acme/orders").signed_in_as(reader).dispatch())[0]["organization"],
        "acme"
    );
}

#[test]
fn the_cart_of_a_customer_becomes_an_order() {
    let shop = shop();
    let add = || shop.post("/cart").header(ContentType::Form).body("item=Teapot");
    assert_allowed(&add().signed_in_as(alice()).dispatch());
    assert_allowed(&add().dispatch());
    assert_allowed(&shop.post("/cart/check-out").dispatch());
    let orders = json(shop.get("/api/orders").dispatch());
    assert_eq!((&orders[3]["item"], &orders[3]["quantity"]), (&"Teapot".into(), &2.into()));
}

#[test]
fn a_receipt_is_its_buyers_alone() {
    let shop = shop();
    let receipt = json(shop.post("/receipts").signed_in_as(alice()).dispatch());
    let address = format!("/receipts/{}", receipt["id"]);
    assert_allowed(&shop.get(&address).dispatch());
    let response = shop.get(&address).signed_in_as(TestUser::new("bob")).dispatch();
    assert_refused(&response, "not_found");
    assert_eq!(response.status(), Status::NotFound);
}

#[test]
fn the_tasting_is_for_customers_on_the_gold_plan() {
    let shop = shop();
    let on = |plan: &str| alice().token_claim("plan", plan);
    assert_allowed(&shop.get("/tasting").signed_in_as(on("gold")).dispatch());
    assert_refused(&shop.get("/tasting").signed_in_as(on("silver")).dispatch(), "check_failed");
    let page = shop.get("/plan").signed_in_as(on("silver")).dispatch().into_string().expect("a page");
    assert!(page.contains("silver plan"), "{page}");
}

#[test]
fn second_factors_belong_to_a_session() {
    let shop = shop();
    assert_redirects_to_sign_in(&shop.get("/account/factors").header(Accept::HTML).dispatch());
    for path in ["/account/factors/authenticator-app", "/account/factors/backup-codes"] {
        assert_refused(&shop.post(path).signed_in_as(alice().bearer()).dispatch(), "credential_not_accepted");
    }
}

#[test]
fn an_outage_of_logto_signs_nobody_out() {
    let shop = shop();
    testing::logto_is_down(&shop);
    assert_allowed(&shop.get("/api/orders").signed_in_as(alice()).dispatch());
    let response = shop.get("/api/orders").signed_in_as(alice().tokens_expired()).dispatch();
    assert_refused(&response, "logto_unavailable");
    assert_allowed(&shop.get("/profile").dispatch());
}

#[test]
fn sessions_end() {
    let shop = shop();
    for over in [alice().expired(), alice().ended()] {
        assert_refused(&shop.get("/profile").signed_in_as(over).dispatch(), "not_signed_in");
    }
}
