//! What Logto does not give, and what is not taken from it.

use logto_dev::recorded::{ACME, GLOBEX, M2M_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue};
use logto_rocket::{Error, InvalidToken, OrganizationId};
use logto_tests::{claims_of, header_of};
use serde_json::json;

use super::Office;

fn refusal(error: &Error) -> &str {
    match error {
        Error::MachineRefused(refused) => &refused.error,
        other => panic!("{other:?}"),
    }
}

#[rocket::async_test]
async fn a_refusal_says_what_to_do() {
    let office = Office::open().await;
    let tokens = office.tokens();
    let unknown = tokens.resource("https://unknown.your-app.com").token().await.unwrap_err();
    assert_eq!((refusal(&unknown), unknown.code()), ("invalid_target", "machine_refused"));
    assert!(unknown.help().contains("register the API resource"), "{}", unknown.help());
    let globex = OrganizationId::new(GLOBEX).unwrap();
    let foreign = tokens.organization(&globex).token().await.unwrap_err();
    assert_eq!(refusal(&foreign), "access_denied");
    assert!(foreign.help().contains("to the organization"), "{}", foreign.help());
}

#[rocket::async_test]
async fn an_application_for_people_is_told_that_it_needs_another() {
    let office = Office::with(|figment| figment).await;
    let error = office.tokens().resource(SHOPPING_API).token().await.unwrap_err();
    assert!(error.help().contains("machine_app_id"), "{error}: {}", error.help());
}

#[rocket::async_test]
async fn a_wrong_secret_is_told_and_not_remembered() {
    let office = Office::with(|figment| {
        figment.merge(("logto.machine_app_id", M2M_APP.id)).merge(("logto.machine_app_secret", "the second"))
    })
    .await;
    let source = office.tokens().resource(SHOPPING_API);
    let error = source.token().await.unwrap_err();
    assert_eq!(refusal(&error), "invalid_client");
    assert!(error.help().contains("machine_app_secret") && !error.to_string().contains("the second"));
    office.tenant.applications().change(M2M_APP.id, |app| app.secret("the second")).unwrap();
    assert!(source.token().await.is_ok());
}

/// What arrives is checked like what a stranger sends.
#[rocket::async_test]
async fn a_token_that_is_not_good_is_not_handed_out() {
    let office = Office::open().await;
    let good = office.tenant.access_token(Issue::machine(M2M_APP.id).resource(SHOPPING_API)).unwrap();
    let keys = office.tenant.keys();
    let with = |name: &str, value: &str| {
        let mut claims = claims_of(&good);
        claims[name] = json!(value);
        keys.sign(&header_of(&good), &claims).unwrap()
    };
    let cases = [
        (keys.sign_with_stranger(&header_of(&good), &claims_of(&good)).unwrap(), "signature"),
        (with("sub", "somebody-else"), "subject"),
        (with("iss", "https://evil.example/oidc"), "issuer"),
        (with("aud", "https://other.your-app.com/api"), "audience"),
        (with("organization_id", ACME), "organization"),
        ("opaque".to_owned(), "opaque"),
    ];
    let source = office.tokens().resource(SHOPPING_API);
    for (token, what) in cases {
        let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 });
        office.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.to_string()));
        let error = source.token().await.expect_err(what);
        office.tenant.faults().clear();
        let told = matches!(error, Error::InvalidToken(_)) || refusal(&error) == "invalid_target";
        assert!(told, "{what}: {error:?}");
        assert!(!error.to_string().contains(&token), "{what}");
    }
    let expired =
        office.tenant.access_token(Issue::machine(M2M_APP.id).resource(SHOPPING_API).expired()).unwrap();
    let body = json!({ "access_token": expired, "token_type": "Bearer", "expires_in": 3600 });
    office.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.to_string()));
    let error = source.token().await.unwrap_err();
    assert!(matches!(error, Error::InvalidToken(InvalidToken::Expired)), "{error:?}");
}

#[rocket::async_test]
async fn o02_neither_token_nor_secret_is_printed() {
    let office = Office::open().await;
    let source = office.tokens().resource(SHOPPING_API).scopes("read:orders");
    let token = source.token().await.unwrap();
    let printed = format!("{token:?} {source:?} {:?}", office.tokens());
    assert!(printed.contains("read:orders"), "{printed}");
    assert!(!printed.contains(token.secret()) && !printed.contains(M2M_APP.secret), "{printed}");
}
