//! What becomes of data when people sign in and out.

use logto_dev::recorded::{ALICE, BOB};
use logto_tests::Ask;

use super::app::{SessionBackend, items, put, visitor_cookie};

#[rocket::async_test]
async fn a_visitors_cart_survives_the_sign_in_and_not_the_sign_out() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut alice = bench.browser();
        put(&mut alice, "tea").await;
        let visitor = alice.clone();
        alice.sign_in(&bench.tenant, "alice").await;
        assert_eq!(visitor_cookie(&alice), None, "{}: it is in the session now", backend.name());
        assert_eq!(items(&mut alice).await, ["tea"], "{}", backend.name());
        put(&mut alice, "milk").await;
        assert_eq!(items(&mut alice).await, ["tea", "milk"], "{}", backend.name());
        assert_eq!(alice.open("/known").await.body, ALICE, "{}", backend.name());

        // What the visitor's cookie led to is over.
        let mut copy = visitor.clone();
        assert!(items(&mut copy).await.is_empty(), "{}", backend.name());
        assert_eq!(visitor_cookie(&copy), None, "{}", backend.name());
        let late = visitor.clone().send(Ask::post("/cart/late").script()).await;
        assert_eq!(
            (late.status, late.code().as_str()),
            (401, "session_ended"),
            "{}: {late:?}",
            backend.name()
        );

        let session = alice.clone();
        alice.submit("/logto/sign-out").await;
        assert!(items(&mut alice).await.is_empty(), "{}", backend.name());
        assert_eq!(visitor_cookie(&alice), None, "{}", backend.name());
        assert!(items(&mut session.clone()).await.is_empty(), "{}: nor in a copy", backend.name());
        put(&mut alice, "bread").await;
        assert_eq!(items(&mut alice).await, ["bread"], "{}: a visitor again", backend.name());
    }
}

#[rocket::async_test]
async fn a_visitor_who_signs_out_has_no_cart_any_more() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut visitor = bench.browser();
        put(&mut visitor, "tea").await;
        let copy = visitor.clone();
        visitor.submit("/logto/sign-out").await;
        assert_eq!(visitor_cookie(&visitor), None, "{}", backend.name());
        assert!(items(&mut copy.clone()).await.is_empty(), "{}", backend.name());
    }
}

#[rocket::async_test]
async fn another_person_on_the_same_browser_gets_nothing() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut browser = bench.browser();
        put(&mut browser, "tea").await;
        let visitor = visitor_cookie(&browser).unwrap();
        browser.sign_in(&bench.tenant, "alice").await;
        put(&mut browser, "for alice").await;
        // A response that came late has brought the visitor's cookie back; nothing of it counts.
        browser.jar.0.insert(visitor.0, visitor.1);
        browser.sign_in(&bench.tenant, "bob").await;
        assert_eq!(browser.open("/known").await.body, BOB, "{}", backend.name());
        assert!(items(&mut browser).await.is_empty(), "{}", backend.name());
        assert_eq!(visitor_cookie(&browser), None, "{}", backend.name());
    }
}

/// Of a visitor who came after the session of somebody had begun: such a cookie is a leftover or planted.
#[rocket::async_test]
async fn a_visitors_cookie_beside_a_session_counts_for_nothing() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut other = bench.browser();
        put(&mut other, "of somebody else").await;
        let planted = visitor_cookie(&other).unwrap();
        let mut alice = bench.signed_in("alice").await;
        put(&mut alice, "tea").await;
        alice.jar.0.insert(planted.0, planted.1);
        assert_eq!(items(&mut alice).await, ["tea"], "{}", backend.name());
        alice.sign_in(&bench.tenant, "alice").await;
        assert_eq!(items(&mut alice).await, ["tea"], "{}", backend.name());
        alice.submit("/logto/sign-out").await;
        assert!(items(&mut alice).await.is_empty(), "{}", backend.name());
    }
}

#[rocket::async_test]
async fn a_second_sign_in_of_the_same_person_keeps_the_data() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut alice = bench.signed_in("alice").await;
        put(&mut alice, "tea").await;
        alice.sign_in(&bench.tenant, "alice").await;
        put(&mut alice, "milk").await;
        assert_eq!(items(&mut alice).await, ["tea", "milk"], "{}", backend.name());
    }
}

#[rocket::async_test]
async fn data_is_of_one_session_and_not_of_the_person() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut phone = bench.signed_in("alice").await;
        put(&mut phone, "tea").await;
        let mut laptop = bench.browser();
        put(&mut laptop, "milk").await;
        laptop.sign_in(&bench.tenant, "alice").await;
        assert_eq!(items(&mut laptop).await, ["milk"], "{}", backend.name());
        assert_eq!(items(&mut phone).await, ["tea"], "{}", backend.name());
    }
}

/// A session that is ended on another device takes its data along.
#[rocket::async_test]
async fn data_ends_with_a_session_that_is_ended_elsewhere() {
    for backend in SessionBackend::all().await.into_iter().filter(|backend| !backend.is_cookies()) {
        let bench = backend.bench().await;
        let mut lost = bench.signed_in("alice").await;
        put(&mut lost, "tea").await;
        let mut phone = bench.signed_in("alice").await;
        let list = phone.fetch("/sessions").await.json();
        let id = list.as_array().unwrap().iter().find(|one| one[1] == false).unwrap()[0].clone();
        phone.submit(format!("/sessions/{}/end", id.as_str().unwrap())).await;
        assert!(items(&mut lost).await.is_empty(), "{}", backend.name());
    }
}

/// Two tabs complete a sign-in at the same time: they share the session, and the cart is in it once.
#[rocket::async_test]
async fn two_callbacks_at_once_take_the_cart_over_once() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut browser = bench.browser();
        put(&mut browser, "tea").await;
        let first = browser.callback(&bench.tenant, "alice", "").await;
        let second = browser.callback(&bench.tenant, "alice", "").await;
        let (mut one, mut two) = (browser.clone(), browser.clone());
        let (answer, other) = rocket::tokio::join!(one.open(first), two.open(second));
        assert_eq!((answer.status, other.status), (303, 303), "{}", backend.name());
        for tab in [&mut one, &mut two] {
            assert_eq!(items(tab).await, ["tea"], "{}", backend.name());
        }
    }
}
