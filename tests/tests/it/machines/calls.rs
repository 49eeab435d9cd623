//! Calls of an API with the server's own token.

use logto_dev::recorded::{M2M_APP, SHOPPING_API};
use logto_rocket::{AuthorizedClient, CallError};
use logto_tests::{Bench, CountingListener};

use super::Office;

/// An API says so of a token that it does not accept (RFC 6750 §3.1).
const REFUSED: &str = "401 Unauthorized\r\nwww-authenticate: Bearer error=\"invalid_token\"";

async fn client(office: &Office, base: &str) -> AuthorizedClient {
    AuthorizedClient::new(office.tokens().resource(SHOPPING_API).scopes("read:orders"), base).unwrap()
}

fn answer(head: &str) -> String {
    format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

#[rocket::async_test]
async fn an_api_is_called_with_the_servers_own_token() {
    let bench = Bench::probe_app_with(|figment| {
        figment
            .merge(("logto.machine_app_id", M2M_APP.id))
            .merge(("logto.machine_app_secret", M2M_APP.secret))
    })
    .await;
    // The caller is an application of its own, at the same tenant.
    let tenant = bench.tenant.endpoint().to_owned();
    let office = Office::with(|figment| {
        figment
            .merge(("logto.endpoint", tenant))
            .merge(("logto.machine_app_id", M2M_APP.id))
            .merge(("logto.machine_app_secret", M2M_APP.secret))
    })
    .await;
    let orders = client(&office, &format!("http://{}", bench.app.address())).await;
    for _ in 0..3 {
        let answer = orders.send(orders.get("/orders").unwrap()).await.unwrap();
        let body: serde_json::Value = answer.error_for_status().unwrap().json().await.unwrap();
        assert_eq!((body["sub"].as_str(), body["kind"].as_str()), (Some(M2M_APP.id), Some("machine")));
    }
    assert_eq!(bench.grants("client_credentials").len(), 1);
}

#[rocket::async_test]
async fn a_refused_token_is_replaced_by_a_fresh_one() {
    let office = Office::open().await;
    let api = CountingListener::answering_in_turn([answer(REFUSED), answer("200 OK")]).await;
    let orders = client(&office, &api.url()).await;
    let post = orders.post("orders").unwrap().body("tea");
    assert_eq!(orders.send(post).await.unwrap().status(), 200);
    assert_eq!(office.calls(), 2);
    let fresh = office.tokens().resource(SHOPPING_API).scopes("read:orders").token().await.unwrap();
    assert_eq!(office.calls(), 2, "the fresh token is kept");
    let sent = api.authorizations();
    assert_eq!((sent.len(), &sent[1]), (2, &format!("Bearer {}", fresh.secret())));
    assert_ne!(sent[0], sent[1]);
}

#[rocket::async_test]
async fn an_api_that_refuses_every_token_is_called_twice() {
    let office = Office::open().await;
    let refusing = CountingListener::answering(answer(REFUSED)).await;
    let orders = client(&office, &refusing.url()).await;
    assert_eq!(orders.send(orders.get("orders").unwrap()).await.unwrap().status(), 401);
    assert_eq!((refusing.calls(), office.calls()), (2, 2), "once more, with a fresh token");
}

#[rocket::async_test]
async fn no_other_refusal_costs_a_token() {
    let office = Office::open().await;
    for head in [
        "401 Unauthorized",
        "401 Unauthorized\r\nwww-authenticate: Bearer",
        "403 Forbidden\r\nwww-authenticate: Bearer error=\"insufficient_scope\"",
        "500 Internal Server Error",
    ] {
        let api = CountingListener::answering(answer(head)).await;
        let orders = client(&office, &api.url()).await;
        orders.send(orders.get("orders").unwrap()).await.unwrap();
        assert_eq!(api.calls(), 1, "{head}");
    }
    assert_eq!(office.calls(), 1);
}

#[rocket::async_test]
async fn the_token_goes_to_the_api_alone() {
    let office = Office::open().await;
    let evil = CountingListener::silent().await;
    let turned =
        CountingListener::answering(answer(&format!("302 Found\r\nlocation: {}/steal", evil.url()))).await;
    let orders = client(&office, &format!("{}/api", turned.url())).await;

    let answer = orders.send(orders.get("orders").unwrap()).await.unwrap();
    assert_eq!((answer.status().as_u16(), evil.calls()), (302, 0), "a redirect is handed back");

    let address = evil.url();
    for path in
        [address.as_str(), "../admin", "%2e%2e/admin", "..%2fadmin", "a/../../admin", "\\..\\..\\admin"]
    {
        let refused = orders.get(path);
        assert!(matches!(refused, Err(CallError::Elsewhere { .. })), "{path}: {refused:?}");
    }
    // A request of another making is looked at too.
    let stray = logto_rocket::reqwest::Client::new().get(format!("{address}/api/orders"));
    assert!(matches!(orders.send(stray).await, Err(CallError::Elsewhere { .. })));
    let beside = logto_rocket::reqwest::Client::new().get(format!("{}/apiary", turned.url()));
    assert!(matches!(orders.send(beside).await, Err(CallError::Elsewhere { .. })));
    assert_eq!((evil.calls(), turned.calls()), (0, 1));
}

#[rocket::async_test]
async fn a_base_address_is_https_or_of_this_machine() {
    let office = Office::open().await;
    let new = |base: &str| AuthorizedClient::new(office.tokens().resource(SHOPPING_API), base);
    for bad in [
        "http://api.example.com",
        "ftp://api.example.com",
        "/api",
        "",
        "https://user:pw@api.example.com",
        "https://api.example.com?a=b",
        "http://localhost.evil.example",
    ] {
        assert!(matches!(new(bad), Err(CallError::BaseUrl)), "{bad}");
    }
    for good in
        ["https://api.example.com", "https://api.example.com/v1/", "http://localhost:1", "http://[::1]:1"]
    {
        assert!(new(good).is_ok(), "{good}");
    }
}
