//! Tokens that a handler cannot have, and what the errors say.

use logto_dev::recorded::{ACME, GLOBEX, ROCKET_APP, SHOPPING_API};
use logto_rocket::{Endpoint, Error, OAuthError};

use super::{bench, path, small_bench};
use crate::tokens::refreshes;

const UNKNOWN: &str = "https://unknown.your-app.com/api";

#[rocket::async_test]
async fn a_resource_that_is_not_configured_is_refused_without_a_call() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let slash = format!("{SHOPPING_API}/");
    for resource in [
        UNKNOWN,
        "",
        "not a uri",
        slash.as_str(),
        "urn:logto:resource:organizations",
        &format!("{SHOPPING_API} {SHOPPING_API}"),
        &format!("{SHOPPING_API}\n"),
    ] {
        for query in [&[("resource", resource)][..], &[("resource", resource), ("organization", ACME)]] {
            let answer = alice.fetch(path("/chosen", query)).await;
            assert_eq!((answer.status, answer.code().as_str()), (500, "misconfigured"), "{resource:?}");
        }
    }
    assert_eq!(refreshes(&bench), 0);
    assert_eq!(alice.fetch("/known").await.status, 200);
}

#[rocket::async_test]
async fn a_resource_that_is_not_configured_is_named() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    for query in [&[("resource", UNKNOWN)][..], &[("resource", UNKNOWN), ("organization", ACME)]] {
        let error = alice.fetch(path("/chosen/error", query)).await.json();
        assert_eq!(error["code"], "resource_not_configured", "{error}");
        let text = error["text"].as_str().unwrap();
        assert!(text.contains(&format!("`{UNKNOWN}`")), "which one: {text}");
        assert!(text.contains("`resources`"), "which setting: {text}");
        assert!(text.ends_with(error["help"].as_str().unwrap()), "{text}");
    }
    // A value that a client may have chosen forges no line of the log.
    let forged = format!("{UNKNOWN}\nERROR");
    let error = alice.fetch(path("/chosen/error", &[("resource", &forged)])).await.json();
    assert_eq!(error["code"], "resource_not_configured", "{error}");
    assert!(!error["text"].as_str().unwrap().contains('\n'), "{error}");
}

/// The reserved resource stays another type of token even if the settings list it.
#[rocket::async_test]
async fn the_reserved_resource_is_no_api() {
    const RESERVED: &str = "urn:logto:resource:organizations";
    let bench = small_bench(|figment| figment.merge(("logto.resources", [SHOPPING_API, RESERVED]))).await;
    let mut alice = bench.signed_in("alice").await;
    let query = [("resource", RESERVED), ("organization", ACME)];
    assert_eq!(alice.fetch(path("/chosen", &query)).await.code(), "misconfigured");
    assert_eq!(refreshes(&bench), 0);
}

#[rocket::async_test]
async fn a_stranger_to_an_organization_gets_no_token_and_stays_signed_in() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let (resource, stranger) = (("resource", SHOPPING_API), ("organization", GLOBEX));
    for chosen in [
        path("/chosen", &[resource, stranger]),
        path("/chosen/organization", &[("id", GLOBEX)]),
        path("/chosen/organization", &[("id", "unknown")]),
    ] {
        let answer = alice.fetch(&chosen).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "not_a_member"), "{chosen}");
        assert!(answer.cookies().iter().all(|cookie| !cookie.is_deletion()), "{answer:?}");
    }
    for id in ["../acme", "", "a b"] {
        assert_eq!(alice.fetch(path("/chosen/organization", &[("id", id)])).await.code(), "no_organization");
    }
    assert_eq!(alice.fetch("/known").await.status, 200);
}

/// The tenant forgets the resource after the sign-in.
#[rocket::async_test]
async fn a_resource_that_was_deleted_is_told_as_such() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.api_resources().delete(SHOPPING_API).unwrap();
    let answer = alice.fetch(path("/chosen", &[("resource", SHOPPING_API)])).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "not_granted"), "{answer:?}");
    assert_eq!(alice.fetch("/known").await.status, 200);
}

#[rocket::async_test]
async fn a_session_that_ended_at_logto_ends_here() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.users().revoke_everything("alice").unwrap();
    let answer = alice.fetch(path("/chosen", &[("resource", SHOPPING_API)])).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "session_ended"), "{answer:?}");
    assert!(alice.jar.session().is_empty());
}

#[test]
fn errors_name_the_resource_and_what_to_do() {
    let refused = |status: u16, error: &str| OAuthError {
        endpoint: Endpoint::Token,
        status,
        error: error.to_owned(),
        description: Some("refresh token missing required scope".to_owned()),
    };
    let organizations = Error::NotGranted(refused(403, "insufficient_scope"));
    assert_eq!(organizations.code(), "not_granted");
    assert!(organizations.help().contains("urn:logto:scope:organizations"), "{organizations}");
    assert!(organizations.to_string().ends_with(organizations.help()), "{organizations}");
    let resource = Error::NotGranted(refused(400, "invalid_target"));
    assert!(resource.help().contains("`resources`"), "{resource}");
    assert!(!resource.to_string().contains(ROCKET_APP.secret));
}
