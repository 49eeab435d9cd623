//! How this server says who it is: Basic credentials (RFC 6749 §2.3.1), the same at every endpoint.

use std::collections::BTreeSet;

use logto_dev::Endpoint;
use logto_dev::recorded::{M2M_APP, ROCKET_APP, SHOPPING_API};
use logto_tests::{Ask, Bench};

/// What an endpoint was sent.
fn sent(bench: &Bench, endpoint: Endpoint) -> Vec<String> {
    let calls = bench.tenant.journal().of(endpoint);
    calls.iter().map(|call| call.header("authorization").expect("credentials").to_owned()).collect()
}

#[rocket::async_test]
async fn field_25_basic_credentials_have_one_form_everywhere() {
    for (secret, encoded) in [
        ("plain-with_all.that*is-left", "plain-with_all.that*is-left"),
        ("p:w %+~/=&é'(!)", "p%3Aw+%25%2B%7E%2F%3D%26%C3%A9%27%28%21%29"),
    ] {
        let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
        tenant.applications().change(ROCKET_APP.id, |app| app.secret(secret)).unwrap();
        tenant.applications().change(M2M_APP.id, |app| app.secret(secret)).unwrap();
        let bench = Bench::probe_app_of(tenant, |figment| {
            figment.merge(("logto.app_secret", secret)).merge(("logto.introspection", true))
        })
        .await;
        let mut alice = bench.signed_in("alice").await;
        assert_eq!(alice.fetch("/token").await.status, 200);
        let opaque = bench.tenant.access_token(logto_dev::Issue::user("alice")).unwrap();
        bench.call(Ask::get("/known").bearer(&opaque)).await;
        // The application that people sign in to gets no token of its own, and says who it is all the same.
        let tokens = logto_rocket_tokens(&bench, secret).await;
        assert_eq!(tokens, [basic(M2M_APP.id, encoded)]);
        alice.submit("/logto/sign-out").await;
        let all: BTreeSet<String> = [Endpoint::Token, Endpoint::Revocation, Endpoint::Introspection]
            .into_iter()
            .flat_map(|endpoint| {
                let sent = sent(&bench, endpoint);
                assert!(!sent.is_empty(), "{endpoint:?}");
                sent
            })
            .filter(|sent| *sent != basic(M2M_APP.id, encoded))
            .collect();
        assert_eq!(all, BTreeSet::from([basic(ROCKET_APP.id, encoded)]));
    }
}

fn basic(id: &str, encoded_secret: &str) -> String {
    use base64::Engine;
    let pair = format!("{id}:{encoded_secret}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// What another application of the tenant's sends for a token of its own.
async fn logto_rocket_tokens(bench: &Bench, secret: &str) -> Vec<String> {
    let before = sent(bench, Endpoint::Token).len();
    let endpoint = bench.tenant.endpoint().to_owned();
    let office = super::Office::with(|figment| {
        figment
            .merge(("logto.endpoint", endpoint))
            .merge(("logto.machine_app_id", M2M_APP.id))
            .merge(("logto.machine_app_secret", secret))
    })
    .await;
    office.tokens().resource(SHOPPING_API).token().await.expect("a token");
    sent(bench, Endpoint::Token).split_off(before)
}
