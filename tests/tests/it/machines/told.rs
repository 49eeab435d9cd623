//! What errors say: what happened, to what, and what to do.

use logto_dev::recorded::{M2M_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault};
use logto_rocket::store::StoreError;
use logto_rocket::{
    AuthorizedClient, CallError, Endpoint as At, Error, InvalidToken, NotExchangeable, OAuthError,
    SubjectToken, Unavailable, UnavailableCause,
};

use super::Office;

const UNKNOWN: &str = "https://unknown.your-app.com";

/// Whoever prints an error reads what to do, whichever type it has.
#[rocket::async_test]
async fn field_37_every_public_error_shows_its_hint() {
    let office = Office::open().await;
    let source = || office.tokens().resource(UNKNOWN);
    let client = AuthorizedClient::new(source(), "https://api.example.com/v1").unwrap();
    let no_base = AuthorizedClient::new(source(), "http://api.example.com").unwrap_err();
    let elsewhere = client.get("../admin").unwrap_err();
    let no_token = client.send(client.get("orders").unwrap()).await.unwrap_err();
    let local = AuthorizedClient::new(office.tokens().resource(SHOPPING_API), "http://127.0.0.1:1/").unwrap();
    let no_answer = local.send(local.get("orders").unwrap()).await.unwrap_err();
    assert!(matches!(no_answer, CallError::Http(_)), "{no_answer:?}");
    for (error, code) in [
        (no_base, "base_url"),
        (elsewhere, "elsewhere"),
        (no_token, "machine_refused"),
        (no_answer, "call_failed"),
    ] {
        assert_eq!(error.code(), code);
        assert!(!error.help().is_empty() && error.to_string().ends_with(error.help()), "{error}");
    }

    let refused = || OAuthError {
        endpoint: At::Token,
        status: 400,
        error: "invalid_grant".to_owned(),
        description: None,
    };
    let unavailable =
        || Unavailable { endpoint: At::Token, cause: UnavailableCause::Timeout, retry_after: None };
    for error in [
        Error::from(unavailable()),
        refused().into(),
        Error::MachineRefused(refused()),
        Error::ExchangeRefused(refused()),
        Error::NotGranted(refused()),
        Error::NotExchangeable(NotExchangeable::Session),
        Error::NotExchangeable(NotExchangeable::Machine),
        Error::NotExchangeable(NotExchangeable::ActorMissing),
        InvalidToken::Expired.into(),
        StoreError::new("it is down").into(),
        Error::SessionEnded,
        Error::NoRefreshToken,
        Error::SessionsInCookies,
        Error::NoOrganization,
        Error::SessionTooLarge { bytes: 1, limit: 0 },
        Error::SessionDataTooLarge { bytes: 1, limit: 0 },
        Error::SessionDataNotJson { name: "cart" },
        Error::ResponseStarted,
    ] {
        let text = error.to_string();
        assert!(text.ends_with(error.help()), "{text}");
        assert_eq!(text.matches(error.help()).count(), 1, "once: {text}");
    }
    let alone = [
        (refused().to_string(), refused().help()),
        (unavailable().to_string(), unavailable().help()),
        (InvalidToken::Expired.to_string(), InvalidToken::Expired.help()),
        (StoreError::new("it is down").to_string(), StoreError::new("it is down").help()),
    ];
    for (text, help) in alone {
        assert!(text.ends_with(help) && !help.is_empty(), "{text}");
    }
}

/// Several resources are asked for in one application: the one that is not registered is named.
#[rocket::async_test]
async fn field_38_an_unknown_resource_is_named() {
    let office = Office::open().await;
    let machine = office.tokens().resource(UNKNOWN).token().await.unwrap_err();
    let logto = office.logto();
    let pat = office.tenant.users().personal_access_token("alice").unwrap();
    let exchange = logto.exchange(SubjectToken::personal_access_token(pat)).resource(UNKNOWN).as_machine();
    let exchange = exchange.token().await.unwrap_err();
    for error in [machine, exchange] {
        let text = error.to_string();
        assert!(text.contains("invalid_target") && text.contains(UNKNOWN), "{text}");
        assert!(text.contains("register the API resource"), "{text}");
    }
    // A token that is for another resource is told in the same way.
    let body = r#"{"access_token":"opaque","token_type":"Bearer","expires_in":3600}"#;
    office.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.to_owned()));
    let error = office.tokens().resource(SHOPPING_API).token().await.unwrap_err();
    assert!(error.to_string().contains(SHOPPING_API), "{error}");
}

/// `api.denyAccess()` for client credentials (recording 38), and an application outside of the organization.
#[rocket::async_test]
async fn field_26_a_machine_that_is_denied_learns_by_whom() {
    let office = Office::open().await;
    let denial = r#"{"error":"access_denied","error_description":"machine blocked"}"#;
    office.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(400, denial.to_owned()));
    let error = office.tokens().resource(SHOPPING_API).token().await.unwrap_err();
    assert!(error.help().contains("access control") && !error.help().contains("organization"), "{error}");
    assert!(error.to_string().contains("machine blocked"), "{error}");
    assert!(!error.to_string().contains(M2M_APP.secret));
}
