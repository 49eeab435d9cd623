//! Whose claims they are: those of the token by which the caller was admitted.

use logto_dev::recorded::{ACME, SHOPPING_API};
use logto_dev::{Issue, JwtCustomizer};
use logto_tests::Ask;
use serde_json::json;

use super::app::{bearer, bench, is_alice};

#[rocket::async_test]
async fn a_bearers_custom_claims_are_typed() {
    let bench = bench(|figment| figment).await;
    let token = bearer(&bench, &json!({ "plan": "gold", "seats": 7 }));
    for path in ["/plan", "/plan/asked", "/plan/named", "/plan/perhaps"] {
        for round in ["verified", "remembered"] {
            let answer = bench.call(Ask::get(path).bearer(&token)).await;
            assert_eq!(answer.json(), json!({ "plan": "gold", "seats": 7 }), "{path} {round}: {answer:?}");
        }
    }
    let free = bearer(&bench, &json!({ "plan": "free" }));
    let answer = bench.call(Ask::get("/plan").bearer(&free)).await;
    assert_eq!(answer.json(), json!({ "plan": "free", "seats": null }), "{answer:?}");
    let about = bench.call(Ask::get("/about").bearer(&free)).await.json();
    assert!(is_alice(&about) && about["iss"] == bench.tenant.issuer(), "{about}");
    assert_eq!(bench.call(Ask::get("/alone").bearer(&free)).await.json(), about);
}

#[rocket::async_test]
async fn a_machines_custom_claims_are_typed_too() {
    let bench = bench(|figment| figment).await;
    let issue =
        Issue::machine(logto_dev::recorded::M2M_APP.id).resource(SHOPPING_API).scopes(["read:orders"]);
    let token = bench.tenant.access_token(issue.claim("plan", "gold")).unwrap();
    assert_eq!(bench.call(Ask::get("/plan").bearer(&token)).await.json()["plan"], "gold");
}

#[rocket::async_test]
async fn a_sessions_claims_are_those_of_the_token_that_the_attribute_asks_for() {
    for store in ["cookie", "memory"] {
        let bench = bench(|figment| figment.merge(("logto.session_store", store))).await;
        bench.tenant.set_access_token_customizer(JwtCustomizer::new(|token| {
            Ok(json!({
                "plan": "gold", "audience": token.audience, "organization": token.organization_id,
                "user": token.user["username"], "app": token.client_id,
            }))
        }));
        let mut alice = bench.signed_in("alice").await;
        for path in ["/plan", "/plan/asked", "/plan/named", "/plan/perhaps"] {
            let answer = alice.fetch(path).await;
            assert_eq!(answer.json(), json!({ "plan": "gold", "seats": null }), "{store} {path}: {answer:?}");
        }
        let api = alice.fetch("/all").await.json();
        assert_eq!(
            (&api["audience"], &api["aud"], &api["user"]),
            (&json!(SHOPPING_API), &json!(SHOPPING_API), &json!("alice"))
        );
        assert_eq!(api["app"], api["client_id"], "{store}");
        assert!(is_alice(&api) && api["organization"].is_null(), "{store}: {api}");
        let organization = alice.fetch(format!("/orgs/{ACME}/all")).await.json();
        assert_eq!(organization["aud"], format!("urn:logto:organization:{ACME}"), "{store}");
        assert_eq!(organization["organization"], ACME, "{store}");
        let both = alice.fetch(format!("/orgs/{ACME}/api")).await.json();
        assert_eq!((&both["aud"], &both["organization_id"]), (&json!(SHOPPING_API), &json!(ACME)), "{store}");
        // Nothing asks for a token: it is the ID token.
        for path in ["/about", "/alone"] {
            let about = alice.fetch(path).await.json();
            assert_eq!((&about["name"], is_alice(&about)), (&json!("Alice Example"), true), "{store} {path}");
        }
    }
}

#[rocket::async_test]
async fn alone_it_is_a_guard() {
    let bench = bench(|figment| figment).await;
    for path in ["/alone", "/plan", "/plan/named"] {
        let answer = bench.call(Ask::get(path)).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "not_signed_in"), "{path}: {answer:?}");
    }
    let (free, gold) =
        (bearer(&bench, &json!({ "plan": "free" })), bearer(&bench, &json!({ "plan": "gold" })));
    let (signed, _) = gold.rsplit_once('.').unwrap();
    let (_, signature) = free.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{signature}");
    let answer = bench.call(Ask::get("/alone").bearer(&forged)).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_signature"), "{answer:?}");
    let machine = Issue::machine(logto_dev::recorded::M2M_APP.id).resource(SHOPPING_API);
    let machine = bench.tenant.access_token(machine).unwrap();
    let answer = bench.call(Ask::get("/alone").bearer(&machine)).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "subject_not_accepted"), "{answer:?}");
}

#[rocket::async_test]
async fn an_opaque_token_has_no_claims() {
    let bench = bench(|figment| figment.merge(("logto.introspection", true))).await;
    let client = logto_dev::recorded::ROCKET_APP.id;
    let opaque = bench.tenant.access_token(Issue::user("alice").client(client)).unwrap();
    for path in ["/about", "/alone"] {
        let answer = bench.call(Ask::get(path).bearer(&opaque)).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "token_opaque"), "{path}: {answer:?}");
    }
}
