//! The opaque access token of a session.

use logto_dev::Endpoint;
use logto_tests::Ask;

use super::bench;
use crate::tokens::{HOUR, patient, refreshes};

#[rocket::async_test]
async fn the_opaque_token_is_the_one_of_the_sign_in_until_it_expires() {
    let bench = bench(patient).await;
    let mut alice = bench.signed_in("alice").await;
    let first = alice.fetch("/opaque").await.json();
    let token = first["token"].as_str().unwrap().to_owned();
    assert!(!token.contains('.') && first["lives"] == true, "{first}");
    assert!(first["scopes"].as_str().unwrap().contains("openid"), "{first}");
    assert!(!first["scopes"].as_str().unwrap().contains("read:orders"), "{first}");
    assert!(!first["printed"].as_str().unwrap().contains(&token), "{first}");
    assert_eq!(alice.fetch("/opaque").await.json()["token"], first["token"]);
    assert_eq!(alice.fetch("/userinfo").await.status, 200);
    assert_eq!(refreshes(&bench), 0);

    bench.tenant.clock().advance(HOUR);
    let second = alice.fetch("/opaque").await.json();
    assert_ne!(second["token"], first["token"]);
    assert_eq!(refreshes(&bench), 1);
    let call = bench.grants("refresh_token").pop().unwrap();
    assert_eq!((call.param("resource"), call.param("organization_id")), (None, None));
    assert_eq!(alice.fetch("/userinfo").await.status, 200);
    assert_eq!(refreshes(&bench), 1, "the userinfo endpoint gets the same token");
}

#[rocket::async_test]
async fn a_refused_opaque_token_is_replaced() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let both = alice.fetch("/opaque/another").await.json();
    assert_ne!(both[0], both[1]);
    assert_eq!(refreshes(&bench), 1);
    assert_eq!(alice.fetch("/opaque").await.json()["token"], both[1], "it is kept");
}

/// Sent to an API by mistake, it opens nothing.
#[rocket::async_test]
async fn an_api_refuses_the_opaque_token() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let token = alice.fetch("/opaque").await.json()["token"].as_str().unwrap().to_owned();
    let answer = bench.call(Ask::get("/orders").bearer(&token)).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_opaque"), "{answer:?}");
}

#[rocket::async_test]
async fn an_outage_is_no_sign_out() {
    let bench = bench(patient).await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.clock().advance(HOUR);
    bench.tenant.faults().on(Endpoint::Token).status(503);
    let answer = alice.fetch("/opaque").await;
    crate::tokens::is_unavailable(&mut alice, &answer, "the opaque token").await;
}

#[rocket::async_test]
async fn a_grant_that_is_gone_ends_the_session() {
    let bench = bench(patient).await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.users().revoke_everything("alice").unwrap();
    bench.tenant.clock().advance(HOUR);
    assert_eq!(alice.fetch("/opaque").await.code(), "session_ended");
    assert!(alice.jar.session().is_empty());
}
