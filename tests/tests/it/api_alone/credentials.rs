//! What an API does with credentials of its own: machine tokens, token exchange, introspection.

use logto_dev::recorded::{ALICE, M2M_APP, ROCKET_APP, SPA_APP};
use logto_dev::{Endpoint, Issue, Tenant};
use logto_rocket::{Error, Logto, SubjectToken};
use logto_tests::{Ask, claims_of, rocket_settings};
use orders_api::built_in;
use rocket::figment::Figment;
use rocket::local::asynchronous::Client;

use super::{Api, api};

const ORDERS: &str = "http://localhost:8000/api";

/// The API of the example, which may have a machine-to-machine application of its own.
async fn orders_api(change: impl FnOnce(Figment) -> Figment) -> (Tenant, Client) {
    let tenant = built_in::describe(ORDERS).start().await.unwrap();
    let figment = built_in::configure(rocket_settings(), &tenant).merge(("logto.resources", [ORDERS]));
    let client = Client::tracked(api(change(figment))).await.expect("it launches");
    (tenant, client)
}

fn as_warehouse(figment: Figment) -> Figment {
    figment
        .merge(("logto.machine_app_id", "warehouse"))
        .merge(("logto.machine_app_secret", "the-secret-of-the-warehouse"))
}

#[rocket::async_test]
async fn an_api_calls_others_with_its_own_credentials() {
    let (tenant, client) = orders_api(as_warehouse).await;
    let logto = client.rocket().state::<Logto>().unwrap();
    let token = logto.machine_tokens().resource(ORDERS).scopes("read:orders").token().await.unwrap();
    assert_eq!(claims_of(token.secret())["client_id"], "warehouse");
    // There is no other application that could make the exchange.
    let pat = SubjectToken::personal_access_token(tenant.users().personal_access_token("dana").unwrap());
    for exchange in [logto.exchange(pat.clone()), logto.exchange(pat).as_machine()] {
        let token = exchange.resource(ORDERS).scopes("read:orders").token().await.unwrap();
        assert_eq!(token.subject(), Some("dana"));
        assert_eq!(claims_of(token.secret())["client_id"], "warehouse");
    }
}

#[rocket::async_test]
async fn without_credentials_an_api_says_so_and_asks_nobody() {
    let (tenant, client) = orders_api(|figment| figment).await;
    let logto = client.rocket().state::<Logto>().unwrap();
    let before = tenant.journal().count(Endpoint::Token);
    let pat = SubjectToken::personal_access_token("pat_x");
    let errors = [
        logto.machine_tokens().resource(ORDERS).token().await.err(),
        logto.exchange(pat.clone()).resource(ORDERS).token().await.err(),
        logto.exchange(pat).as_machine().token().await.err(),
    ];
    for error in errors {
        let error = error.expect("there are no credentials");
        assert!(matches!(error, Error::NoClientCredentials), "{error:?}");
        assert_eq!(error.code(), "no_client_credentials");
        assert!(error.to_string().contains("machine_app_id"), "{error}");
    }
    assert_eq!(tenant.journal().count(Endpoint::Token), before);
}

#[rocket::async_test]
async fn f24_an_api_introspects_with_the_credentials_of_its_machine() {
    let api = Api::with(|figment| {
        figment
            .merge(("logto.machine_app_id", M2M_APP.id))
            .merge(("logto.machine_app_secret", M2M_APP.secret))
            .merge(("logto.introspection", true))
            .merge(("logto.introspection_clients", [SPA_APP.id]))
    })
    .await;
    let opaque = |client: &str| api.tenant.access_token(Issue::user("alice").client(client)).unwrap();
    let answer = api.ask(Ask::post("/known").bearer(&opaque(SPA_APP.id))).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ALICE), "{answer:?}");
    let answer = api.ask(Ask::post("/known").bearer(&opaque(ROCKET_APP.id))).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_authorized_party"));
    // It says who somebody is, and nothing of what they may do.
    let answer = api.ask(Ask::get("/orders").bearer(&opaque(SPA_APP.id))).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_opaque"));
}
