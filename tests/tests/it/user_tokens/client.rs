//! Calls of an API with a user's token.

use logto_dev::recorded::{ALICE, OTHER_API, SHOPPING_API};
use logto_tests::{Answer, Browser, CountingListener, claims_of};

use super::{bench, path};
use crate::tokens::{HOUR, patient, refreshes};

/// An API says so of a token that it does not accept (RFC 6750 §3.1).
const REFUSED: &str = "401 Unauthorized\r\nwww-authenticate: Bearer error=\"invalid_token\"";

fn head(head: &str) -> String {
    format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

async fn call(browser: &mut Browser, base: &str, below: &str) -> Answer {
    browser.fetch(path("/call", &[("resource", SHOPPING_API), ("base", base), ("path", below)])).await
}

#[rocket::async_test]
async fn an_api_is_called_with_the_users_token() {
    let bench = bench(patient).await;
    let mut alice = bench.signed_in("alice").await;
    // The application is an API as well.
    let api = format!("http://{}/", bench.app.address());
    for _ in 0..3 {
        let answer = call(&mut alice, &api, "/orders").await.json();
        assert_eq!(answer["status"], 200, "{answer}");
        let body: serde_json::Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!((body["sub"].as_str(), body["via"].as_str()), (Some(ALICE), Some("bearer")));
    }
    assert_eq!(refreshes(&bench), 1);
    bench.tenant.clock().advance(HOUR);
    assert_eq!(call(&mut alice, &api, "/orders").await.json()["status"], 200, "it is renewed");
    assert_eq!(refreshes(&bench), 2);
}

#[rocket::async_test]
async fn a_refused_token_is_replaced_once_and_the_session_keeps_the_new_one() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let first = alice.fetch("/token").await.json()["token"].clone();
    let api = CountingListener::answering_in_turn([head(REFUSED), head("200 OK")]).await;
    assert_eq!(call(&mut alice, &api.url(), "orders").await.json()["status"], 200);
    assert_eq!(refreshes(&bench), 2);
    let second = alice.fetch("/token").await.json()["token"].clone();
    assert_ne!(first, second);
    assert_eq!(claims_of(second.as_str().unwrap())["sub"], ALICE);
    let sent = [&first, &second].map(|token| format!("Bearer {}", token.as_str().unwrap()));
    assert_eq!(api.authorizations(), sent, "the refused token, and then the new one");
    assert_eq!(refreshes(&bench), 2);
}

#[rocket::async_test]
async fn an_api_that_refuses_every_token_is_called_twice() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let refusing = CountingListener::answering(head(REFUSED)).await;
    assert_eq!(call(&mut alice, &refusing.url(), "orders").await.json()["status"], 401);
    assert_eq!((refusing.calls(), refreshes(&bench)), (2, 2), "once more, with another token");
}

#[rocket::async_test]
async fn no_other_refusal_costs_a_token() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    for (status, more) in [
        (401, ""),
        (401, "\r\nwww-authenticate: Bearer"),
        (403, "\r\nwww-authenticate: Bearer error=\"insufficient_scope\""),
        (500, ""),
    ] {
        let api = CountingListener::answering(head(&format!("{status} No{more}"))).await;
        assert_eq!(call(&mut alice, &api.url(), "orders").await.json()["status"], status);
        assert_eq!(api.calls(), 1, "{status}{more}");
    }
    assert_eq!(refreshes(&bench), 1);
}

#[rocket::async_test]
async fn the_token_goes_to_the_api_alone() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let evil = CountingListener::silent().await;
    let turned =
        CountingListener::answering(head(&format!("302 Found\r\nlocation: {}/steal", evil.url()))).await;
    let base = format!("{}/api", turned.url());
    let answer = call(&mut alice, &base, "orders").await.json();
    assert_eq!((answer["status"].as_u64(), &answer["location"]), (Some(302), &true.into()), "handed back");
    let address = evil.url();
    for elsewhere in [address.as_str(), "../admin", "%2e%2e/admin", "a/../../admin", "//evil.example/api"] {
        let answer = call(&mut alice, &base, elsewhere).await;
        assert!(answer.status == 500 || elsewhere.starts_with("//"), "{elsewhere}: {answer:?}");
    }
    assert_eq!(evil.calls(), 0);
    for base in ["http://api.example.com", "", "/api", "https://user:pw@api.example.com"] {
        assert_eq!(call(&mut alice, base, "orders").await.status, 500, "{base}");
    }
}

#[rocket::async_test]
async fn what_goes_wrong_is_told_as_what_it_is() {
    let bench = bench(patient).await;
    let mut alice = bench.signed_in("alice").await;
    let answer = call(&mut alice, "http://127.0.0.1:1", "orders").await;
    assert_eq!(answer.status, 502, "nobody listens: {answer:?}");
    let unknown = path(
        "/call",
        &[("resource", "https://unknown.example"), ("base", "http://127.0.0.1:1"), ("path", "a")],
    );
    assert_eq!(alice.fetch(unknown).await.code(), "misconfigured");

    bench.tenant.users().revoke_everything("alice").unwrap();
    bench.tenant.clock().advance(HOUR);
    let silent = CountingListener::silent().await;
    let answer = call(&mut alice, &silent.url(), "orders").await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "session_ended"), "{answer:?}");
    assert_eq!(silent.calls(), 0);
}

/// A token for one API is never sent as that for another.
#[rocket::async_test]
async fn each_client_sends_the_token_of_its_source() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let api = format!("http://{}/", bench.app.address());
    let other = path("/call", &[("resource", OTHER_API), ("base", &api), ("path", "orders")]);
    let answer = alice.fetch(other).await.json();
    assert_eq!(answer["status"], 401, "the token is for the other API: {answer}");
    assert_eq!(call(&mut alice, &api, "orders").await.json()["status"], 200);
}
