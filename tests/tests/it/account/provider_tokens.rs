//! The tokens of identity providers: what they lack says nothing about the session.

use std::time::Duration;

use logto_dev::{Endpoint, ProviderToken};
use serde_json::json;

use super::{bench, refused};

#[rocket::async_test]
async fn the_token_of_a_provider_is_handed_out() {
    let bench = bench().await;
    let token = ProviderToken::new("gho_secret").scope("repo user").expires_in(Duration::from_secs(3600));
    bench.tenant.users().set_provider_token("alice", "github", token).unwrap();
    let mut alice = bench.signed_in("alice").await;
    let token = alice.fetch("/provider/github").await.json();
    assert_eq!(token, json!({ "secret": "gho_secret", "scope": "repo user", "expires": true }));
    bench.tenant.users().set_provider_token("alice", "gitlab", ProviderToken::new("glpat")).unwrap();
    let token = alice.fetch("/provider/gitlab").await.json();
    assert_eq!(token, json!({ "secret": "glpat", "scope": null, "expires": false }));
    refused(&bench.signed_in("bob").await.fetch("/provider/github").await, 409, "provider_token_not_found");
}

#[rocket::async_test]
async fn a_provider_token_that_expired_signs_nobody_out() {
    let bench = bench().await;
    let token = ProviderToken::new("gho_secret").expires_in(Duration::from_secs(2));
    bench.tenant.users().set_provider_token("alice", "github", token).unwrap();
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.clock().advance(Duration::from_secs(3));
    refused(&alice.fetch("/provider/github").await, 409, "provider_token_expired");
    refused(&alice.fetch("/provider/github").await, 409, "provider_token_not_found");
    assert_eq!(alice.fetch("/known").await.status, 200);
    // It is a 401 of Logto's, and the session's own token was not replaced for it.
    assert_eq!((bench.count(Endpoint::AccountApi), bench.grants("refresh_token").len()), (2, 0));
}
