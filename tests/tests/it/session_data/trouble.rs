//! Stores that fail, and responses that have begun.

use logto_rocket::{SessionData, public};
use logto_tests::{App, Bench, SharedStore, Trouble};
use rocket::response::stream::TextStream;
use rocket::{get, routes};

use super::app::{Cart, SessionBackend, items, put, visitor_cookie};

#[rocket::async_test]
async fn while_the_store_is_down_nothing_is_lost() {
    let store = SharedStore::new();
    let bench = SessionBackend::Own(store.clone()).bench().await;
    let (mut visitor, mut alice) = (bench.browser(), bench.signed_in("alice").await);
    let mut newcomer = bench.browser();
    for browser in [&mut visitor, &mut alice] {
        put(browser, "tea").await;
        store.trouble(Trouble::Down);
        let before = browser.jar.clone();
        for answer in [browser.fetch("/cart").await, browser.submit("/cart/milk").await] {
            assert_eq!((answer.status, answer.code().as_str()), (503, "store_unavailable"), "{answer:?}");
        }
        assert_eq!(browser.jar, before, "the cookie stays");
        store.trouble(Trouble::ReadOnly);
        assert_eq!(items(browser).await, ["tea"]);
        assert_eq!(browser.submit("/cart/milk").await.code(), "store_unavailable");
        assert_eq!(items(browser).await, ["tea"], "not changed in this process either");
        store.trouble(None);
        assert_eq!(items(browser).await, ["tea"]);
    }
    store.trouble(Trouble::Down);
    assert!(items(&mut newcomer).await.is_empty(), "who has nothing needs no store");
    assert_eq!(newcomer.submit("/cart/tea").await.code(), "store_unavailable");
    assert!(newcomer.jar.0.is_empty());
}

/// The store takes the session and then nothing more: the process keeps the cart, and writes it later.
#[rocket::async_test]
async fn a_sign_out_while_the_store_is_down_removes_the_cookie() {
    let store = SharedStore::new();
    let bench = SessionBackend::Own(store.clone()).bench().await;
    let mut visitor = bench.browser();
    put(&mut visitor, "tea").await;
    store.trouble(Trouble::Down);
    assert_eq!(visitor.submit("/logto/sign-out").await.status, 303);
    assert_eq!(visitor_cookie(&visitor), None);
    store.trouble(None);
    assert!(items(&mut visitor).await.is_empty());
}

#[rocket::async_test]
async fn a_store_that_has_lost_everything_means_an_empty_cart() {
    let store = SharedStore::new();
    let bench = SessionBackend::Own(store.clone()).bench().await;
    let mut visitor = bench.browser();
    put(&mut visitor, "tea").await;
    for loss in [Trouble::Corrupt.into(), None] {
        store.trouble(loss);
        if loss.is_none() {
            store.lose();
        }
        let mut browser = visitor.clone();
        assert!(items(&mut browser).await.is_empty(), "{loss:?}");
        store.trouble(None);
        put(&mut browser, "milk").await;
        assert_eq!(items(&mut browser).await, ["milk"], "{loss:?}");
    }
}

#[rocket::async_test]
async fn the_store_is_asked_once_and_only_with_a_cookie() {
    let store = SharedStore::new();
    let bench = SessionBackend::Own(store.clone()).bench().await;
    let mut visitor = bench.browser();
    let calls = store.all_calls();
    items(&mut visitor).await;
    assert_eq!(store.all_calls(), calls);
    put(&mut visitor, "tea").await;
    assert_eq!(store.all_calls(), calls + 1, "one insertion");
    items(&mut visitor).await;
    assert_eq!(store.all_calls(), calls + 2, "one look");
    visitor.open("/plain").await;
    assert_eq!(store.all_calls(), calls + 2, "a page without data asks for nothing");
    put(&mut visitor, "milk").await;
    assert_eq!(store.all_calls(), calls + 4, "one look and one replacement");
}

/// Changes the cart once the response has begun, and says how that went.
#[public]
#[get("/late")]
fn late(cart: SessionData<Cart>) -> TextStream![String] {
    TextStream! {
        yield "begun ".to_owned();
        match cart.update(|cart| cart.items.push("late".to_owned())).await {
            Ok(()) => yield "changed".to_owned(),
            Err(error) => yield error.code().to_owned(),
        }
    }
}

#[public]
#[get("/items")]
fn list(cart: SessionData<Cart>) -> String {
    cart.get().items.join(" ")
}

/// A change that would need a cookie is refused, and one that a store keeps is made.
#[rocket::async_test]
async fn a_change_after_the_headers_were_sent_is_made_or_refused() {
    for backend in SessionBackend::all().await {
        let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
        let app = App::serve(backend.rocket(&tenant, routes![late, list], |figment| figment)).await;
        let bench = Bench { tenant, app }.warm().await;
        let mut visitor = bench.browser();
        assert_eq!(visitor.open("/late").await.body, "begun response_started", "{}", backend.name());
        assert_eq!(visitor.open("/items").await.body, "", "{}", backend.name());
        let mut alice = bench.signed_in("alice").await;
        let (said, kept) =
            if backend.is_cookies() { ("begun response_started", "") } else { ("begun changed", "late") };
        assert_eq!(alice.open("/late").await.body, said, "{}", backend.name());
        assert_eq!(alice.open("/items").await.body, kept, "{}", backend.name());
    }
}
