//! Changes of other tabs while a callback moves the data to another session: none that is answered with success is lost.

use logto_dev::Tenant;
use logto_rocket::{SessionData, public};
use logto_tests::{App, Ask, Bench, Browser, SharedStore, path_of};
use rocket::{get, post, routes};

use super::app::{Cart, SessionBackend, items, put, visitor_cookie};

/// Adds an item while the callback waits before its call of `method`, and returns the status of the response.
async fn while_the_callback_waits(
    store: &SharedStore,
    method: &'static str,
    browser: &mut Browser,
    callback: String,
) -> u16 {
    let tab = browser.clone();
    let pause = store.pause(method);
    let mut opening = browser.clone();
    let opened = rocket::tokio::spawn(async move {
        let answer = opening.open(callback).await;
        (opening, answer)
    });
    pause.reached().await;
    let changed = tab.clone().send(Ask::post("/cart/milk").script()).await;
    pause.release();
    let (opening, answer) = opened.await.unwrap();
    assert_eq!(answer.status, 303, "{method}: {answer:?}");
    *browser = opening;
    // The response to the change may come last.
    changed.cookies().iter().for_each(|cookie| browser.jar.apply(cookie));
    changed.status
}

#[rocket::async_test]
async fn a_change_during_the_sign_in_of_a_visitor_is_kept_or_refused() {
    for method in ["insert", "replace", "remove"] {
        let store = SharedStore::new();
        let bench = SessionBackend::Own(store.clone()).bench().await;
        let mut browser = bench.browser();
        put(&mut browser, "tea").await;
        let callback = browser.callback(&bench.tenant, "alice", "/plain").await;
        let status = while_the_callback_waits(&store, method, &mut browser, callback).await;
        let found = items(&mut browser).await;
        match status {
            200 => assert_eq!(found, ["tea", "milk"], "{method}"),
            401 => {
                assert_eq!(found, ["tea"], "{method}");
                assert_eq!(visitor_cookie(&browser), None, "{method}");
            }
            other => panic!("{method}: {other}"),
        }
    }
}

#[rocket::async_test]
async fn a_change_during_another_sign_in_of_the_same_user_is_kept_or_refused() {
    for method in ["insert", "mark", "replace", "remove"] {
        let store = SharedStore::new();
        let bench = SessionBackend::Own(store.clone()).bench().await;
        let mut browser = bench.signed_in("alice").await;
        put(&mut browser, "tea").await;
        let callback = browser.callback(&bench.tenant, "alice", "/plain").await;
        let status = while_the_callback_waits(&store, method, &mut browser, callback).await;
        let found = items(&mut browser).await;
        match status {
            200 => assert_eq!(found, ["tea", "milk"], "{method}"),
            401 => assert_eq!(found, ["tea"], "{method}"),
            other => panic!("{method}: {other}"),
        }
        assert_eq!(browser.fetch("/known").await.status, 200, "{method}: still signed in");
    }
}

/// A change that leaves nothing is refused as well: what it would empty is somewhere else by now. The other tab is at
/// another process.
#[rocket::async_test]
async fn a_cart_that_moves_is_not_taken_for_an_empty_one() {
    for is_signed_in in [false, true] {
        let (store, tenant) = (SharedStore::new(), Tenant::recorded().start().await.unwrap());
        let backend = SessionBackend::Own(store.clone());
        let (app, second) = (backend.serve(&tenant, |f| f).await, backend.serve(&tenant, |f| f).await);
        let bench = Bench { tenant, app }.warm().await;
        let mut browser = if is_signed_in { bench.signed_in("alice").await } else { bench.browser() };
        put(&mut browser, "tea").await;
        let callback = browser.callback(&bench.tenant, "alice", "/plain").await;
        let mut tab = browser.at(&second);
        let pause = store.pause("remove");
        let mut opening = browser.clone();
        let opened = rocket::tokio::spawn(async move {
            assert_eq!(opening.open(callback).await.status, 303);
            opening
        });
        pause.reached().await;
        let taken = tab.send(Ask::post("/cart/take").script()).await;
        assert_eq!((taken.status, taken.code().as_str()), (401, "session_ended"), "{is_signed_in}");
        pause.release();
        browser = opened.await.unwrap();
        taken.cookies().iter().for_each(|cookie| browser.jar.apply(cookie));
        assert_eq!(items(&mut browser).await, ["tea"], "{is_signed_in}");
    }
}

/// The callback of a sign-in that must be fresh.
async fn step_up_callback(bench: &Bench, browser: &mut Browser) -> String {
    let asked = browser.open("/logto/sign-in?max_age=60&return_to=/plain").await;
    let url = reqwest::Url::parse(asked.location()).unwrap();
    path_of(&bench.tenant.sign_in(url, "alice").await.unwrap())
}

/// A step-up does not share the session of the sign-in beside it. It takes the data over.
#[rocket::async_test]
async fn a_step_up_beside_a_sign_in_keeps_the_cart() {
    for backend in SessionBackend::all().await {
        for step_up_first in [false, true] {
            let bench = backend.bench().await;
            let mut browser = bench.browser();
            put(&mut browser, "tea").await;
            let plain = browser.callback(&bench.tenant, "alice", "/plain").await;
            let fresh = step_up_callback(&bench, &mut browser).await;
            let (mut one, mut two) = (browser.clone(), browser.clone());
            if step_up_first {
                one.open(fresh).await;
                two.open(plain).await;
            } else {
                one.open(plain).await;
                two.open(fresh).await;
            }
            assert_eq!(items(&mut two).await, ["tea"], "{}, {step_up_first}", backend.name());
        }
    }
}

/// The sign-in has taken the cart from the visitor, and its session is replaced by that of the step-up before it has
/// the cart.
#[rocket::async_test]
async fn a_cart_follows_into_the_session_that_stays() {
    let store = SharedStore::new();
    let bench = SessionBackend::Own(store.clone()).bench().await;
    let mut browser = bench.browser();
    put(&mut browser, "tea").await;
    let plain = browser.callback(&bench.tenant, "alice", "/plain").await;
    let fresh = step_up_callback(&bench, &mut browser).await;
    let (mut one, mut two) = (browser.clone(), browser.clone());
    // The removal of the visitor's record comes after its data was taken, and before the session has it.
    let pause = store.pause("remove");
    let first = rocket::tokio::spawn(async move { one.open(plain).await });
    pause.reached().await;
    assert_eq!(two.open(fresh).await.status, 303);
    pause.release();
    assert_eq!(first.await.unwrap().status, 303);
    assert_eq!(items(&mut two).await, ["tea"]);
}

/// Two values of a new visitor in one request, changed at the same time: they begin one session.
#[public]
#[post("/at-once")]
async fn at_once(one: SessionData<Cart>, two: SessionData<Cart>) -> Result<(), logto_rocket::Error> {
    let (one, two) = rocket::tokio::join!(
        one.update(|cart| cart.items.push("one".to_owned())),
        two.update(|cart| cart.items.push("two".to_owned())),
    );
    one.and(two)
}

#[public]
#[get("/items")]
fn list(cart: SessionData<Cart>) -> String {
    let mut items = cart.get().items.clone();
    items.sort();
    items.join(" ")
}

#[rocket::async_test]
async fn two_changes_of_one_request_begin_one_session() {
    for backend in SessionBackend::all().await {
        let tenant = Tenant::recorded().start().await.unwrap();
        let app = App::serve(backend.rocket(&tenant, routes![at_once, list], |figment| figment)).await;
        let bench = Bench { tenant, app }.warm().await;
        let mut visitor = bench.browser();
        assert_eq!(visitor.submit("/at-once").await.status, 200, "{}", backend.name());
        assert_eq!(visitor.open("/items").await.body, "one two", "{}", backend.name());
    }
}
