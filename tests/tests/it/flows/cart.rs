//! The shop's cart: filled by a visitor, and ordered by the user that the visitor turns out to be.

use logto_tests::{Answer, Ask, Bench, Browser, ORIGIN};

async fn add(browser: &mut Browser, item: &str) -> Answer {
    let ask = Ask::post("/cart").navigation().header("origin", ORIGIN);
    browser.send(ask.body("application/x-www-form-urlencoded", format!("item={item}"))).await
}

#[rocket::async_test]
async fn a_visitor_fills_a_cart_signs_in_and_orders() {
    let bench = Bench::storefront().await;
    let mut person = bench.browser();
    assert!(person.open("/cart").await.body.contains("The cart is empty."));
    for item in ["Teapot", "Cups", "Cups"] {
        assert_eq!(add(&mut person, item).await.location(), "/cart");
    }
    let page = person.open("/cart").await;
    assert!(page.body.contains("Sign in to check out"), "{page:?}");
    assert!(page.body.contains("<th scope=\"row\">Cups</th><td>2</td>"), "{page:?}");
    assert_eq!(add(&mut person, "Castle").await.status, 422, "the shop has none");

    let callback = person.callback(&bench.tenant, "alice", "/cart").await;
    assert_eq!(person.open(callback).await.location(), "/cart");
    let page = person.open("/cart").await;
    assert!(page.body.contains("<th scope=\"row\">Cups</th><td>2</td>"), "{page:?}");
    assert_eq!(person.submit("/cart/check-out").await.location(), "/api/orders");
    assert!(person.open("/cart").await.body.contains("The cart is empty."));
    let orders = person.fetch("/api/orders").await.json().to_string();
    assert!(orders.contains(r#""item":"Cups","quantity":2"#), "{orders}");
    assert_eq!(person.submit("/cart/check-out").await.status, 303, "an empty cart orders nothing");
    assert_eq!(person.fetch("/api/orders").await.json().to_string(), orders);

    add(&mut person, "Teapot").await;
    person.submit("/logto/sign-out").await;
    assert!(person.open("/cart").await.body.contains("The cart is empty."));
}

#[rocket::async_test]
async fn nobody_orders_without_a_permission() {
    let bench = Bench::storefront().await;
    let mut visitor = bench.browser();
    add(&mut visitor, "Teapot").await;
    assert_eq!(visitor.fetch("/cart/check-out").await.status, 404, "by POST alone");
    let answer = visitor.send(Ask::post("/cart/check-out").script()).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "not_signed_in"));
    assert!(visitor.open("/cart").await.body.contains("Teapot"));
}

#[rocket::async_test]
async fn a_cart_can_be_emptied() {
    let bench = Bench::storefront().await;
    let mut visitor = bench.browser();
    add(&mut visitor, "Teapot").await;
    assert_eq!(visitor.submit("/cart/clear").await.location(), "/cart");
    assert!(visitor.open("/cart").await.body.contains("The cart is empty."));
}
