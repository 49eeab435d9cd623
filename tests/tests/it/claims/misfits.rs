//! Claims that do not fit the type: an error with their name.

use logto_dev::{JwtCustomizer, Tenant};
use logto_tests::Ask;
use serde_json::json;

use super::app::{bearer, bench, bench_of};

const SECRET: &str = "secret-value-of-somebody";

#[rocket::async_test]
async fn a_claim_that_does_not_fit_is_500_and_its_value_is_not_told() {
    let bench = bench(|figment| figment).await;
    for claims in [
        json!({}),
        json!({ "plan": null }),
        json!({ "plan": SECRET }),
        json!({ "plan": { "tier": SECRET } }),
        json!({ "plan": "gold", "seats": SECRET }),
        json!({ "plan": "gold", "seats": 256 }),
        json!({ "plan": "gold", "seats": -1 }),
        json!({ "plan": ["gold"] }),
    ] {
        let token = bearer(&bench, &claims);
        for path in ["/plan", "/plan/asked", "/plan/named"] {
            for ask in [Ask::get(path), Ask::get(path).navigation()] {
                let answer = bench.call(ask.bearer(&token)).await;
                let told = (answer.status, answer.code());
                assert_eq!(told, (500, "invalid_claims".to_owned()), "{path} {claims}: {answer:?}");
                assert!(!format!("{answer:?}").contains(SECRET), "{path} {claims}: {answer:?}");
                assert!(answer.header("www-authenticate").is_none(), "{path} {claims}: {answer:?}");
            }
        }
        let answer = bench.call(Ask::get("/plan/perhaps").bearer(&token)).await;
        assert_eq!((answer.status, answer.json()), (200, json!("invalid_claims")), "{claims}: {answer:?}");
        // Whoever reads no claims is not concerned.
        assert_eq!(bench.call(Ask::get("/orders").bearer(&token)).await.status, 200, "{claims}");
    }
}

#[rocket::async_test]
async fn a_session_whose_token_does_not_fit_goes_on() {
    for store in ["cookie", "memory"] {
        let bench = bench(|figment| figment.merge(("logto.session_store", store))).await;
        bench.tenant.set_access_token_customizer(JwtCustomizer::claims(json!({ "plan": SECRET })));
        let mut alice = bench.signed_in("alice").await;
        for path in ["/plan", "/plan/asked", "/plan/named"] {
            for _ in 0..2 {
                let answer = alice.fetch(path).await;
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (500, "invalid_claims"),
                    "{store} {path}"
                );
                assert!(answer.cookies().iter().all(|cookie| !cookie.is_deletion()), "{store} {path}");
            }
        }
        let page = alice.open("/plan").await;
        assert_eq!((page.status, page.code().as_str()), (500, "invalid_claims"), "{store}: {page:?}");
        assert_eq!(alice.fetch("/about").await.status, 200, "{store}: still signed in");
    }
}

#[rocket::async_test]
async fn the_handler_learns_the_name_of_the_claim() {
    let bench = bench(|figment| figment).await;
    assert_eq!(bench.signed_in("alice").await.fetch("/told").await.body, "plan");
    // Bob has no locale, and nothing is made up for him.
    let mut bob = bench.signed_in("bob").await;
    for path in ["/profile", "/info"] {
        let answer = bob.fetch(path).await;
        assert_eq!((answer.status, answer.code().as_str()), (500, "invalid_claims"), "{path}: {answer:?}");
    }
    assert_eq!(bob.fetch("/about").await.status, 200);
}

/// Claims with the names of the library's own, in every shape: neither the sign-in nor other claims are lost.
#[rocket::async_test]
async fn claims_of_any_shape_lose_nobody_the_sign_in() {
    let tenant = Tenant::recorded()
        .id_token_claims(["custom_data", "identities", "sso_identities", "organization_data"])
        .start()
        .await
        .unwrap();
    let odd = json!({ "github": "odd", "google": { "userId": "g-1", "details": [SECRET] } });
    let sso = json!([null, 7, { "issuer": "https://idp.example", "identityId": "42", "detail": SECRET }]);
    tenant
        .users()
        .change("alice", |user| user.custom_data(json!(["odd"])).identities(odd).sso_identities(sso))
        .unwrap();
    let bench = bench_of(tenant, |figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    for path in ["/typed", "/typed/token"] {
        let claims = alice.fetch(path).await.json();
        assert_eq!(claims["name"], "Alice Example", "{path}");
        assert_eq!(claims["custom_data"], json!(["odd"]), "{path}: as it came");
        assert_eq!(claims["identities"]["google"]["userId"], "g-1", "{path}");
        assert!(claims["identities"].get("github").is_none(), "{path}: {claims}");
        assert_eq!(claims["sso_identities"][0]["identityId"], "42", "{path}");
        assert_eq!(claims["organization_data"][0]["name"], "Acme", "{path}");
    }
}
