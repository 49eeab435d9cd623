//! Requests that change the data at the same time: none is lost.

use std::collections::BTreeSet;

use logto_dev::Tenant;
use logto_tests::{App, Bench, Browser};
use rocket::tokio::spawn;

use super::app::{SessionBackend, items, put};

const REQUESTS: usize = 24;

/// Every tab sends one request with the same cookies, all at once, spread over the applications.
async fn all_at_once(browser: &Browser, apps: &[&App]) {
    let mut requests = Vec::new();
    for number in 0..REQUESTS {
        let mut tab = browser.at(apps[number % apps.len()]);
        requests.push(spawn(async move { tab.submit(format!("/cart/item-{number}")).await }));
    }
    for request in requests {
        let answer = request.await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

async fn assert_none_is_lost(browser: &mut Browser, backend: &SessionBackend) {
    let found: BTreeSet<String> = items(browser).await.into_iter().collect();
    let mut expected: BTreeSet<String> = (0..REQUESTS).map(|number| format!("item-{number}")).collect();
    expected.insert("first".to_owned());
    assert_eq!(found, expected, "{}", backend.name());
}

#[rocket::async_test]
async fn tabs_of_a_user_lose_nothing() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut alice = bench.signed_in("alice").await;
        put(&mut alice, "first").await;
        all_at_once(&alice, &[&bench.app]).await;
        assert_none_is_lost(&mut alice, &backend).await;
    }
}

#[rocket::async_test]
async fn tabs_of_a_visitor_lose_nothing() {
    for backend in SessionBackend::all().await {
        let bench = backend.bench().await;
        let mut visitor = bench.browser();
        put(&mut visitor, "first").await;
        all_at_once(&visitor, &[&bench.app]).await;
        assert_none_is_lost(&mut visitor, &backend).await;
    }
}

#[rocket::async_test]
async fn tabs_at_two_processes_lose_nothing_with_a_store() {
    for backend in SessionBackend::shared().await {
        let tenant = Tenant::recorded().start().await.unwrap();
        let (app, second) = (backend.serve(&tenant, |f| f).await, backend.serve(&tenant, |f| f).await);
        let bench = Bench { tenant, app }.warm().await;
        let mut alice = bench.signed_in("alice").await;
        let mut visitor = bench.browser();
        for browser in [&mut alice, &mut visitor] {
            put(browser, "first").await;
            all_at_once(browser, &[&bench.app, &second]).await;
            assert_none_is_lost(browser, &backend).await;
            assert_none_is_lost(&mut browser.at(&second), &backend).await;
        }
    }
}

/// The browser keeps the cookie of the answer that comes last, and the process knows what the other answers held.
#[rocket::async_test]
async fn an_answer_that_is_overtaken_loses_nothing_in_one_process() {
    let bench = SessionBackend::Cookies.bench().await;
    let mut visitor = bench.browser();
    put(&mut visitor, "tea").await;
    let mut signed_in = bench.signed_in("alice").await;
    put(&mut signed_in, "tea").await;
    for mut browser in [visitor, signed_in] {
        let (mut one, mut two) = (browser.clone(), browser.clone());
        let first = one.submit("/cart/milk").await;
        let second = two.submit("/cart/bread").await;
        for answer in [second, first] {
            answer.cookies().iter().for_each(|cookie| browser.jar.apply(cookie));
        }
        assert_eq!(items(&mut browser).await, ["tea", "milk", "bread"]);
    }
}
