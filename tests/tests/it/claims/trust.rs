//! Claims grant nothing: a customizer may set any but a few.

use logto_dev::JwtCustomizer;
use logto_dev::recorded::{ACME, GLOBEX};
use logto_tests::Ask;
use serde_json::json;

use super::app::{bearer, bench, is_alice};

#[rocket::async_test]
async fn roles_in_an_access_token_satisfy_no_attribute() {
    let bench = bench(|figment| figment).await;
    let token = bearer(&bench, &json!({ "roles": ["admin"] }));
    let answer = bench.call(Ask::get("/admin").bearer(&token)).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "roles_unknown"), "{answer:?}");
    bench.tenant.set_access_token_customizer(JwtCustomizer::claims(json!({ "roles": ["admin"] })));
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/all").await.json()["roles"], json!(["admin"]), "told");
    let answer = alice.fetch("/admin").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (403, "missing_role"),
        "and not believed: {answer:?}"
    );
}

#[rocket::async_test]
async fn an_organization_that_a_customizer_claims_opens_no_organization() {
    for store in ["cookie", "memory"] {
        let bench = bench(|figment| figment.merge(("logto.session_store", store))).await;
        let mut alice = bench.signed_in("alice").await;
        bench.tenant.set_access_token_customizer(JwtCustomizer::claims(json!({
            "organization_id": GLOBEX, "sub": "evil", "aud": "evil", "scope": "delete:everything", "act": { "sub": "evil" },
        })));
        // The token that comes is not for the API alone.
        let answer = alice.fetch("/all").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "not_granted"), "{store}: {answer:?}");
        let answer = alice.fetch(format!("/orgs/{GLOBEX}/api")).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "not_a_member"), "{store}: {answer:?}");
        bench
            .tenant
            .set_access_token_customizer(JwtCustomizer::claims(json!({ "sub": "evil", "sid": "evil" })));
        let claims = alice.fetch(format!("/orgs/{ACME}/api")).await.json();
        assert!(is_alice(&claims) && claims["sid"] == "evil", "{store}: {claims}");
    }
}

/// The claims of a session in a cookie may need a newer token than the decision did. What it says counts.
#[rocket::async_test]
async fn a_right_that_the_newer_token_lacks_is_not_granted() {
    let bench = bench(|figment| figment.merge(("logto.session_store", "cookie"))).await;
    for path in ["/plan", "/plan/named", "/staff"] {
        bench.tenant.users().give_role("bob", "shop-user").unwrap();
        let mut bob = bench.signed_in("bob").await;
        assert_eq!(bob.fetch("/orders").await.status, 200, "{path}");
        bench.tenant.users().take_role("bob", "shop-user").unwrap();
        let answer = bob.fetch(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "insufficient_scope"),
            "{path}: {answer:?}"
        );
    }
}
