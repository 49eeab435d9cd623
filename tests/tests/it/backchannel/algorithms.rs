//! A logout token is signed as ID tokens are (Back-Channel Logout 1.0 §2.6), also while keys change.

use logto_dev::{Endpoint, Fault};
use logto_tests::{Bench, Signer, claims_of, header_of};
use rocket::figment::Figment;
use serde_json::{Value, json};

use super::{assert_answered, form, is_signed_in, logout_of, told};

const KEY: &str = "a key that survives a restart of the probe_app, 32 or more";

fn kept(figment: Figment) -> Figment {
    told(figment).merge(("logto.cookie_keys", [KEY]))
}

/// A logout token of Alice's by another key.
fn signed_by(bench: &Bench, signer: &Signer, alg: &str) -> String {
    let good = bench.tenant.logout_token(logout_of("alice")).unwrap();
    let mut header = header_of(&good);
    header["alg"] = json!(alg);
    header["kid"] = json!(signer.kid());
    signer.sign(&header, claims_of(&good))
}

fn publish(bench: &Bench, keys: &[Value]) {
    bench.tenant.keys().publish_instead(json!({ "keys": keys }));
}

/// The tenant's own key, as it is published.
fn own(bench: &Bench) -> Value {
    bench.tenant.keys().jwks()["keys"][0].clone()
}

async fn refuses(bench: &Bench, token: &str) {
    assert_answered(&bench.call(form(token)).await, 400, "token_algorithm");
}

#[rocket::async_test]
async fn field_10_a_logout_token_of_another_algorithm_than_the_id_tokens_is_refused() {
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    let rsa = Signer::new("RS256");
    let mut any_rsa = rsa.jwk();
    any_rsa.as_object_mut().unwrap().remove("alg");
    let own_key = tenant.keys().jwks()["keys"][0].clone();
    tenant.keys().publish_instead(json!({ "keys": [own_key, any_rsa] }));
    let bench = Bench::probe_app_of(tenant, kept).await;
    let mut alice = bench.signed_in("alice").await;
    for _ in 0..5 {
        refuses(&bench, &signed_by(&bench, &rsa, "RS256")).await;
    }
    assert!(is_signed_in(&mut alice).await);
    // Refreshes bring ID tokens too.
    bench.tenant.clock().advance(std::time::Duration::from_secs(3600));
    assert_eq!(alice.fetch("/token").await.status, 200);
    refuses(&bench, &signed_by(&bench, &rsa, "RS256")).await;
    assert!(is_signed_in(&mut alice).await);
    let good = bench.tenant.logout_token(logout_of("alice")).unwrap();
    assert_answered(&bench.call(form(&good)).await, 200, "");
    assert!(!is_signed_in(&mut alice).await);
}

/// Logto signs with the new key from the moment of a rotation; nobody has to sign in first.
#[rocket::async_test]
async fn field_10_a_rotation_to_another_algorithm_signs_out_as_before() {
    for refreshed in [false, true] {
        let bench = Bench::probe_app_with(kept).await;
        let mut alice = bench.signed_in("alice").await;
        bench.tenant.keys().rotate_to_rsa().unwrap();
        if refreshed {
            bench.tenant.clock().advance(std::time::Duration::from_secs(301));
            assert!(is_signed_in(&mut alice).await);
        }
        let token = bench.tenant.logout_token(logout_of("alice")).unwrap();
        assert_eq!(header_of(&token)["alg"], "RS256");
        assert_answered(&bench.call(form(&token)).await, 200, "");
        assert!(!is_signed_in(&mut alice).await);
    }
}

/// A key may be published before it signs. When it does, the order of the key set tells.
#[rocket::async_test]
async fn field_10_a_key_that_was_published_before_its_time_signs_out_once_it_signs() {
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    let url = format!("{}/oidc/.well-known/openid-configuration", tenant.endpoint());
    let mut document: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    document["id_token_signing_alg_values_supported"] = json!(["PS256", "RS256", "ES384"]);
    tenant.faults().on(Endpoint::Discovery).fault(Fault::StatusWithBody(200, document.to_string()));
    let rsa = Signer::new("RS256");
    let own_key = tenant.keys().jwks()["keys"][0].clone();
    tenant.keys().publish_instead(json!({ "keys": [own_key, rsa.jwk()] }));
    let bench = Bench::probe_app_of(tenant, kept).await;
    let mut alice = bench.signed_in("alice").await;
    refuses(&bench, &signed_by(&bench, &rsa, "RS256")).await;
    assert!(is_signed_in(&mut alice).await);
    publish(&bench, &[rsa.jwk(), own(&bench)]);
    bench.tenant.clock().advance(std::time::Duration::from_secs(20));
    assert_answered(&bench.call(form(&signed_by(&bench, &rsa, "RS256"))).await, 200, "");
    assert!(!is_signed_in(&mut alice).await);
}

/// What was signed a moment before a rotation arrives a moment after the first ID token of the new key.
#[rocket::async_test]
async fn field_10_a_logout_token_of_just_before_the_rotation_counts() {
    let bench = Bench::probe_app_with(kept).await;
    let mut alice = bench.signed_in("alice").await;
    let before = bench.tenant.logout_token(logout_of("alice")).unwrap();
    bench.tenant.keys().rotate_to_rsa().unwrap();
    let _bob = bench.signed_in("bob").await;
    assert_answered(&bench.call(form(&before)).await, 200, "");
    assert!(!is_signed_in(&mut alice).await);
}

/// Sessions outlive the process that saw their ID tokens.
#[rocket::async_test]
async fn field_10_after_a_restart_what_discovery_lists_is_taken() {
    let mut bench =
        Bench::probe_app_with(|figment| kept(figment).merge(("logto.session_store", "cookie"))).await;
    let alice = bench.signed_in("alice").await;
    bench.tenant.keys().rotate_to_rsa().unwrap();
    bench.app = Bench::another_probe_app(&bench.tenant, |figment| {
        kept(figment).merge(("logto.session_store", "cookie"))
    })
    .await;
    let mut alice = bench.browser().holding(alice.jar.clone());
    assert!(is_signed_in(&mut alice).await);
    let token = bench.tenant.logout_token(logout_of("alice")).unwrap();
    assert_answered(&bench.call(form(&token)).await, 200, "");
    assert!(!is_signed_in(&mut alice).await);
    // An algorithm that the tenant does not announce for ID tokens is none of theirs.
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    let p256 = Signer::new("ES256");
    let own_key = tenant.keys().jwks()["keys"][0].clone();
    tenant.keys().publish_instead(json!({ "keys": [own_key, p256.jwk()] }));
    let bench = Bench::probe_app_of(tenant, kept).await;
    for _ in 0..6 {
        refuses(&bench, &signed_by(&bench, &p256, "ES256")).await;
    }
    // Logto sends no logout token twice: where its documents cannot be had, a genuine one counts.
    let bench = Bench::probe_app_with(kept).await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.keys().rotate_to_rsa().unwrap();
    bench.tenant.faults().on(Endpoint::Discovery).fault(Fault::Status(503));
    let token = bench.tenant.logout_token(logout_of("alice")).unwrap();
    assert_answered(&bench.call(form(&token)).await, 200, "");
    assert!(!is_signed_in(&mut alice).await);
}
