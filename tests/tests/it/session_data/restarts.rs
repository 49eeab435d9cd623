//! What outlives a restart: data, keys, and types that change.

use logto_rocket::{Error, SessionData, SessionValue, public};
use logto_tests::{App, SharedStore};
use rocket::figment::Figment;
use rocket::serde::json::Json;
use rocket::serde::{Deserialize, Serialize};
use rocket::{get, post, routes};

use super::app::{KEY, SessionBackend, items, put};

const NEW_KEY: &str = "another key of the tests, 32 characters or more!!";

fn keys(keys: &'static [&'static str]) -> impl FnOnce(Figment) -> Figment {
    move |figment| figment.merge(("logto.cookie_keys", keys))
}

/// Once with both keys, and then with the new one alone.
#[rocket::async_test]
async fn data_outlives_a_restart_and_a_rotation_of_keys() {
    for backend in
        SessionBackend::all().await.into_iter().filter(|backend| !matches!(backend, SessionBackend::Memory))
    {
        let bench = backend.bench().await;
        let (mut visitor, mut alice) = (bench.browser(), bench.signed_in("alice").await);
        put(&mut visitor, "tea").await;
        put(&mut alice, "tea").await;
        let both = backend.serve(&bench.tenant, keys(&[NEW_KEY, KEY])).await;
        let (mut visitor, mut alice) = (visitor.at(&both), alice.at(&both));
        assert_eq!(items(&mut visitor).await, ["tea"], "{}", backend.name());
        assert_eq!(items(&mut alice).await, ["tea"], "{}", backend.name());
        let new = backend.serve(&bench.tenant, keys(&[NEW_KEY])).await;
        let (mut visitor, mut alice) = (visitor.at(&new), alice.at(&new));
        assert_eq!(items(&mut visitor).await, ["tea"], "{}: sealed anew", backend.name());
        assert_eq!(items(&mut alice).await, ["tea"], "{}: sealed anew", backend.name());
        assert!(visitor.fetch("/cart").await.cookies().is_empty(), "{}: once", backend.name());
    }
}

#[rocket::async_test]
async fn a_key_that_is_gone_means_an_empty_cart() {
    for backend in
        SessionBackend::all().await.into_iter().filter(|backend| !matches!(backend, SessionBackend::Memory))
    {
        let bench = backend.bench().await;
        let mut visitor = bench.browser();
        put(&mut visitor, "tea").await;
        let new = backend.serve(&bench.tenant, keys(&[NEW_KEY])).await;
        let mut visitor = visitor.at(&new);
        assert!(items(&mut visitor).await.is_empty(), "{}", backend.name());
        put(&mut visitor, "milk").await;
        assert_eq!(items(&mut visitor).await, ["milk"], "{}", backend.name());
    }
}

/// The cart of the next version: what was a list of names is a map.
#[derive(Default, Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
struct NextCart {
    items: std::collections::BTreeMap<String, u32>,
}

impl SessionValue for NextCart {
    const NAME: &'static str = "cart";
}

#[public]
#[get("/next")]
fn next(cart: SessionData<NextCart>) -> Json<Vec<String>> {
    Json(cart.get().items.keys().cloned().collect())
}

#[public]
#[post("/next/<item>")]
async fn add_next(item: &str, cart: SessionData<NextCart>) -> Result<(), Error> {
    cart.update(|cart| *cart.items.entry(item.to_owned()).or_default() += 1).await
}

/// The same with a field that is new and has a default.
#[derive(Default, Serialize, Deserialize)]
#[serde(crate = "rocket::serde", default)]
struct RicherCart {
    items: Vec<String>,
    note: String,
}

impl SessionValue for RicherCart {
    const NAME: &'static str = "cart";
}

#[public]
#[get("/richer")]
fn richer(cart: SessionData<RicherCart>) -> String {
    format!("{} {}", cart.get().items.len(), cart.get().note.len())
}

#[rocket::async_test]
async fn a_type_that_has_changed_its_shape_is_the_default() {
    for backend in
        SessionBackend::all().await.into_iter().filter(|backend| !matches!(backend, SessionBackend::Memory))
    {
        let bench = backend.bench().await;
        let (mut visitor, mut alice) = (bench.browser(), bench.signed_in("alice").await);
        let deployed = App::serve(backend.rocket(&bench.tenant, routes![next, add_next], |f| f)).await;
        for browser in [&mut visitor, &mut alice] {
            put(browser, "tea").await;
            let mut after = browser.at(&deployed);
            let answer = after.fetch("/next").await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "[]"), "{}", backend.name());
            // The deployment is taken back: nothing was lost by reading.
            let mut before = after.at(&bench.app);
            assert_eq!(items(&mut before).await, ["tea"], "{}", backend.name());
            let mut after = before.at(&deployed);
            assert_eq!(after.submit("/next/milk").await.status, 200, "{}", backend.name());
            assert_eq!(after.fetch("/next").await.body, r#"["milk"]"#, "{}", backend.name());
        }
    }
}

#[rocket::async_test]
async fn a_new_field_with_a_default_keeps_the_others() {
    let backend = SessionBackend::Own(SharedStore::new());
    let bench = backend.bench().await;
    let mut visitor = bench.browser();
    put(&mut visitor, "tea").await;
    let deployed = App::serve(backend.rocket(&bench.tenant, routes![richer], |f| f)).await;
    assert_eq!(visitor.at(&deployed).fetch("/richer").await.body, "1 0");
}
