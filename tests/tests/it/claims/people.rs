//! Claims about users: in the ID token and at the userinfo endpoint.

use logto_dev::{Endpoint, Fault};
use serde_json::json;

use super::app::bench;

#[rocket::async_test]
async fn the_id_token_is_read_as_a_type_of_the_applications_own() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(
        alice.fetch("/profile").await.json(),
        json!({ "locale": "fr-FR", "address": { "country": "FR" } })
    );
}

#[rocket::async_test]
async fn userinfo_is_read_as_a_type_of_the_applications_own() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/info").await.json(), json!({ "plan": "gold", "seats": null }));
    bench.tenant.users().set_custom_data("alice", json!({ "plan": "free", "seats": 2 })).unwrap();
    assert_eq!(alice.fetch("/info").await.json(), json!({ "plan": "free", "seats": 2 }), "up to date");
    bench.tenant.faults().on(Endpoint::UserInfo).fault(Fault::Status(500));
    let answer = alice.fetch("/info").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{answer:?}");
}

#[rocket::async_test]
async fn what_logto_sends_is_typed() {
    let bench = bench(|figment| figment).await;
    let github = json!({ "github": { "userId": "gh-1", "details": { "name": "x" } } });
    let sso = json!([{ "issuer": "https://idp.example", "identityId": "42", "detail": { "email": "a@b.example" } }]);
    let (linked, enterprise) = (github.clone(), sso.clone());
    bench.tenant.users().change("alice", |user| user.identities(linked).sso_identities(enterprise)).unwrap();
    let mut alice = bench.signed_in("alice").await;
    let info = alice.fetch("/typed").await.json();
    assert_eq!(info["custom_data"]["plan"], "gold");
    assert_eq!((&info["identities"], &info["sso_identities"]), (&github, &sso));
    assert_eq!(info["organization_data"][0]["description"], "Acme (lab)");
    let token = alice.fetch("/typed/token").await.json();
    for claim in ["custom_data", "identities", "sso_identities", "organization_data"] {
        assert!(token.get(claim).is_none(), "the ID token has no {claim}");
    }
}
