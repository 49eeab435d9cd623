//! Whoever acts for another person is told apart, whatever the kind of their token.

use logto_dev::recorded::{ALICE, BOB, ROCKET_APP};
use logto_dev::{Endpoint, Fault, Issue, Tenant};
use logto_rocket::{Identity, Logto, require_auth};
use logto_tests::{App, Ask, Bench, Browser};
use rocket::http::Status;
use rocket::{delete, routes};
use serde_json::json;

/// The example at `Identity::actor`, word by word.
#[require_auth]
#[delete("/account")]
fn delete_account(who: Identity) -> Status {
    if who.actor().is_some() { Status::Forbidden } else { Status::NoContent }
}

/// Logto keeps `act` among an access token's extra members, and its introspection answers with all of those. An
/// exchange without a resource gives an opaque token, so whoever impersonates picks the kind that hides them.
#[rocket::async_test]
async fn an_actor_with_an_opaque_token_is_recognized() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket =
        Bench::rocket(&tenant, Logto::fairing(), |figment| figment.merge(("logto.introspection", true)));
    let app = App::serve(rocket.mount("/", routes![delete_account])).await;
    let token = tenant.access_token(Issue::user("alice").client(ROCKET_APP.id)).unwrap();
    let now = tenant.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let answer = json!({
        "active": true, "sub": ALICE, "act": { "sub": BOB }, "client_id": ROCKET_APP.id, "iss": tenant.issuer(),
        "iat": now, "exp": now + 3600, "scope": "openid", "token_type": "Bearer",
    });
    tenant.faults().on(Endpoint::Introspection).fault(Fault::StatusWithBody(200, answer.to_string()));
    let answer = Browser::new(&app).send(Ask::new("DELETE", "/account").bearer(&token)).await;
    assert_eq!(answer.status, 403, "{answer:?}");
}
