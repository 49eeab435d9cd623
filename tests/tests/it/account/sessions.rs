//! Sessions and grants at Logto.

use logto_dev::Endpoint;
use logto_dev::recorded::ROCKET_APP;
use logto_tests::{Bench, Browser};
use serde_json::{Value, json};

use super::{bench, confirmed, post, refused};
use crate::tokens::HOUR;

async fn listed(browser: &mut Browser, path: &str) -> Vec<Value> {
    browser.fetch(path).await.json().as_array().unwrap().clone()
}

fn other(sessions: &[Value]) -> String {
    let other = sessions.iter().find(|session| session[1] == false).unwrap();
    other[0].as_str().unwrap().to_owned()
}

/// Alice in two browsers. The first has confirmed the password.
async fn twice(bench: &Bench) -> (Browser, Browser) {
    let (mut here, there) = (bench.signed_in("alice").await, bench.signed_in("alice").await);
    confirmed(&mut here).await;
    (here, there)
}

#[rocket::async_test]
async fn sessions_are_listed_and_ended() {
    let bench = bench().await;
    let (mut here, mut there) = twice(&bench).await;
    let sessions = listed(&mut here, "/sessions").await;
    assert_eq!(sessions.len(), 2, "{sessions:?}");
    assert_eq!(sessions.iter().filter(|session| session[1] == true).count(), 1, "one is this one");
    assert!(sessions.iter().all(|session| session[2] == json!([ROCKET_APP.id])), "{sessions:?}");

    let path = format!("/sessions/{}/end", other(&sessions));
    assert_eq!(post(&mut here, &path, &[]).await.status, 200);
    assert_eq!(listed(&mut here, "/sessions").await.len(), 1);
    refused(&post(&mut here, &path, &[]).await, 404, "account_not_found");
    // Its refresh token lasts.
    bench.tenant.clock().advance(HOUR);
    assert_eq!(there.fetch("/profile").await.status, 200);
}

#[rocket::async_test]
async fn a_session_that_is_ended_with_its_grants_ends_here_too() {
    for grants in ["all", "first-party"] {
        let bench = bench().await;
        let (mut here, mut there) = twice(&bench).await;
        let path = format!("/sessions/{}/end", other(&listed(&mut here, "/sessions").await));
        assert_eq!(post(&mut here, &path, &[("grants", grants)]).await.status, 200);
        let answer = there.fetch("/profile").await;
        refused(&answer, 401, "session_ended");
        assert!(there.jar.session().is_empty());
        assert_eq!(here.fetch("/profile").await.status, 200);
    }
}

#[rocket::async_test]
async fn the_sessions_of_others_cannot_be_ended() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    confirmed(&mut alice).await;
    let mut carol = bench.signed_in("carol").await;
    assert_eq!(post(&mut carol, "/confirm", &[("password", "Carol-Pass-2026")]).await.status, 200);
    let sessions = listed(&mut carol, "/sessions").await;
    let path = format!("/sessions/{}/end", sessions[0][0].as_str().unwrap());
    refused(&post(&mut alice, &path, &[]).await, 404, "account_not_found");
    let grants = listed(&mut carol, "/grants").await;
    let path = format!("/grants/{}/revoke", grants[0][0].as_str().unwrap());
    refused(&post(&mut alice, &path, &[]).await, 404, "account_not_found");
    assert_eq!(carol.fetch("/profile").await.status, 200);
}

#[rocket::async_test]
async fn grants_are_listed_and_revoked() {
    let bench = bench().await;
    let mut here = bench.signed_in("alice").await;
    refused(&here.fetch("/grants").await, 403, "account_verification_needed");
    confirmed(&mut here).await;
    let own = listed(&mut here, "/grants").await;
    let mut there = bench.signed_in("alice").await;
    let grants = listed(&mut here, "/grants").await;
    assert_eq!((own.len(), grants.len()), (1, 2));
    assert!(grants.iter().all(|grant| grant[1] == "rocket-app"), "{grants:?}");
    assert!(grants[0][2].as_str().unwrap().contains("urn:logto:scope:sessions"), "{grants:?}");
    let other = grants.iter().find(|grant| grant[0] != own[0][0]).unwrap();
    let path = format!("/grants/{}/revoke", other[0].as_str().unwrap());
    assert_eq!(post(&mut here, &path, &[]).await.status, 200);
    refused(&post(&mut here, &path, &[]).await, 404, "account_not_found");
    refused(&there.fetch("/profile").await, 401, "session_ended");
    assert_eq!(here.fetch("/profile").await.status, 200);
}

#[rocket::async_test]
async fn o01_the_value_of_logtos_session_cookie_is_shown_to_nobody() {
    let bench = bench().await;
    let mut alice = bench.browser();
    let url = alice.begin("").await;
    let mut at_logto = bench.tenant.browser();
    let callback = at_logto.sign_in(url, "alice").await.unwrap();
    alice.open(logto_tests::path_of(&callback)).await;
    confirmed(&mut alice).await;
    let answer = alice.fetch("/sessions").await;
    let cookie = at_logto.cookie_header("/");
    let value = cookie.split("_session=").nth(1).and_then(|rest| rest.split(';').next()).unwrap();
    assert!(value.len() == 43 && !answer.body.contains(value), "{answer:?}");
    assert!(bench.count(Endpoint::AccountApi) == 2);
}
