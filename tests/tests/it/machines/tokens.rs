//! Which token, and how often it is fetched.

use std::time::Duration;

use logto_dev::recorded::{ACME, M2M_APP, OTHER_API, SHOPPING_API};
use logto_dev::{Endpoint, Fault};
use logto_rocket::{Error, OrganizationId};
use logto_tests::{claims_of, until};
use rocket::futures::future::join_all;

use super::Office;

const HOUR: Duration = Duration::from_secs(3600);

#[rocket::async_test]
async fn a_thousand_callers_share_one_call() {
    let office = Office::open().await;
    let source = office.tokens().resource(SHOPPING_API).scopes("read:orders");
    let callers = (0..1_000).map(|_| {
        let source = source.clone();
        rocket::tokio::spawn(async move { source.token().await.unwrap().secret().to_owned() })
    });
    let tokens: Vec<String> = join_all(callers).await.into_iter().map(Result::unwrap).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(office.calls(), 1);
}

#[rocket::async_test]
async fn each_kind_of_token_is_for_what_was_asked() {
    let office = Office::open().await;
    let tokens = office.tokens();
    let acme = OrganizationId::new(ACME).unwrap();

    let api = tokens.resource(SHOPPING_API).scopes("write:orders read:orders").token().await.unwrap();
    let claims = claims_of(api.secret());
    assert_eq!(claims["aud"], SHOPPING_API);
    assert_eq!((claims["sub"].as_str(), claims.get("organization_id")), (Some(M2M_APP.id), None));
    assert_eq!(api.scopes().iter().count(), 2);
    assert_eq!(api.resource().map(|resource| resource.as_str()), Some(SHOPPING_API));

    let organization = tokens.organization(&acme).scopes("invite:member").token().await.unwrap();
    assert_eq!(claims_of(organization.secret())["aud"], format!("urn:logto:organization:{ACME}"));
    assert!(organization.scopes().contains("invite:member"));
    assert_eq!((organization.organization(), organization.resource()), (Some(&acme), None));

    let both = tokens.resource(SHOPPING_API).organization(&acme).scopes("delete:orders");
    let both = both.token().await.unwrap();
    let claims = claims_of(both.secret());
    assert_eq!(
        (claims["aud"].as_str(), claims["organization_id"].as_str()),
        (Some(SHOPPING_API), Some(ACME))
    );

    // Logto gives no scope that nobody asked for: that is another token.
    let bare = tokens.resource(SHOPPING_API).token().await.unwrap();
    assert!(bare.scopes().is_empty());
    assert_eq!(office.calls(), 4);

    // The same scopes in another order are the same.
    let again = tokens.resource(SHOPPING_API).scopes("read:orders write:orders read:orders");
    assert_eq!(again.token().await.unwrap().secret(), api.secret());
    assert_eq!(office.calls(), 4);
}

#[rocket::async_test]
async fn a_token_is_renewed_shortly_before_its_end() {
    let office = Office::open().await;
    let source = office.tokens().resource(SHOPPING_API);
    let first = source.token().await.unwrap();
    office.tenant.clock().advance(HOUR - Duration::from_secs(120));
    assert_eq!(source.token().await.unwrap().secret(), first.secret());
    office.tenant.clock().advance(Duration::from_secs(65));
    let second = source.token().await.unwrap();
    assert_ne!(second.secret(), first.secret());
    assert!(second.expires_at() > first.expires_at());
    assert_eq!(office.calls(), 2);
}

/// Ten seconds are too short to be a minute early.
#[rocket::async_test]
async fn a_short_lived_token_is_used_all_the_same() {
    let office = Office::open().await;
    office.tenant.clock().freeze();
    let source = office.tokens().resource(OTHER_API);
    for _ in 0..5 {
        source.token().await.unwrap();
    }
    assert_eq!(office.calls(), 1);
    office.tenant.clock().advance(Duration::from_secs(8));
    source.token().await.unwrap();
    assert_eq!(office.calls(), 2);
}

#[rocket::async_test]
async fn a_caller_who_goes_away_cancels_nothing() {
    let office = Office::open().await;
    office.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(Duration::from_millis(200)));
    let source = office.tokens().resource(SHOPPING_API);
    let caller = {
        let source = source.clone();
        rocket::tokio::spawn(async move { source.token().await.map(|_| ()) })
    };
    until("the call is under way", || office.calls() == 1).await;
    caller.abort();
    assert!(source.token().await.is_ok());
    assert_eq!(office.calls(), 1, "the call that was under way served the next caller");
}

#[rocket::async_test]
async fn a_valid_token_serves_through_an_outage() {
    let office = Office::open().await;
    let source = office.tokens().resource(SHOPPING_API);
    let held = source.token().await.unwrap();
    office.tenant.faults().on(Endpoint::Token).status(500);
    office.tenant.clock().advance(HOUR - Duration::from_secs(20));
    assert_eq!(source.token().await.unwrap().secret(), held.secret());
    let calls = office.calls();
    assert_eq!(source.token().await.unwrap().secret(), held.secret());
    assert_eq!(office.calls(), calls, "Logto is left alone for a moment");

    office.tenant.clock().advance(Duration::from_secs(20));
    let error = source.token().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    office.tenant.faults().clear();
    assert_ne!(source.token().await.unwrap().secret(), held.secret(), "the failure is not remembered");
}

#[rocket::async_test]
async fn whoever_waits_for_a_call_shares_its_failure() {
    let office = Office::open().await;
    let busy = Fault::RetryAfter(503, Duration::from_secs(1));
    office.tenant.faults().on(Endpoint::Token).fault(busy);
    let source = office.tokens().resource(SHOPPING_API);
    let asked = join_all((0..50).map(|_| source.token())).await;
    assert!(asked.iter().all(|outcome| matches!(outcome, Err(Error::Unavailable(_)))));
    assert_eq!(office.calls(), 3, "one call, and two tries more");
    office.tenant.faults().clear();
    assert!(source.token().await.is_ok());
}
