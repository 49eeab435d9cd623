//! A caller's bearer token, exchanged for a token for another API.

use std::time::Duration;

use logto_dev::recorded::{
    ACME, ALICE, BCL_APP, BOB, GLOBEX, M2M_APP, OTHER_API, ROCKET_APP, SHOPPING_API, THIRD_PARTY_APP,
};
use logto_dev::{Endpoint, Fault, Issue, Tenant};
use logto_rocket::{Error, Identity, Logto, OrganizationId, require_auth};
use logto_tests::{App, Ask, Bench, claims_of};
use rocket::figment::Figment;
use rocket::futures::future::join_all;
use rocket::serde::json::Json;
use rocket::{Request, get, routes};
use serde_json::{Value, json};

use super::GRANT_TYPE;
use crate::user_tokens::path;

/// An API that calls another one on behalf of its callers, at the recorded tenant.
async fn bench(change: impl FnOnce(Figment) -> Figment) -> Bench {
    let tenant = Tenant::recorded().start().await.unwrap();
    let allowed = |figment: Figment| {
        figment
            .merge(("logto.app_id", BCL_APP.id))
            .merge(("logto.app_secret", BCL_APP.secret))
            .merge(("logto.machine_app_id", M2M_APP.id))
            .merge(("logto.machine_app_secret", M2M_APP.secret))
    };
    let rocket = Bench::rocket(&tenant, Logto::fairing(), |figment| change(allowed(figment)));
    let app = App::serve(rocket.mount("/", routes![behalf, checked])).await;
    Bench { tenant, app }.warm().await
}

/// What the exchange gives.
#[require_auth(subject = "any")]
#[get("/behalf?<resource>&<scopes>&<organization>&<actor>&<machine>")]
async fn behalf(
    who: Identity,
    resource: &str,
    scopes: Option<&str>,
    organization: Option<&str>,
    actor: Option<&str>,
    machine: bool,
) -> Result<Json<Value>, Error> {
    let mut exchange = who.exchange(resource).scopes(scopes.unwrap_or_default());
    if let Some(id) = organization.and_then(OrganizationId::new) {
        exchange = exchange.organization(&id);
    }
    if let Some(actor) = actor {
        exchange = exchange.actor(actor);
    }
    if machine {
        exchange = exchange.as_machine();
    }
    let printed = format!("{who:?} {exchange:?}");
    let token = exchange.await?;
    Ok(Json(json!({
        "token": token.secret(),
        "sub": token.subject(),
        "actor": token.actor(),
        "scopes": token.scopes(),
        "printed": printed,
    })))
}

/// A check that asks another API before the handler runs.
async fn may_pass(who: &Identity, _request: &Request<'_>) -> bool {
    who.exchange(OTHER_API).await.is_ok_and(|token| token.subject() == Some(who.subject()))
}

#[require_auth(via = "bearer", check = may_pass)]
#[get("/checked")]
fn checked(who: Identity) -> String {
    who.subject().to_owned()
}

fn to_shop(scopes: &str) -> String {
    path("/behalf", &[("resource", SHOPPING_API), ("scopes", scopes)])
}

fn bearer_of(bench: &Bench, issue: Issue) -> String {
    bench.tenant.access_token(issue.resource(SHOPPING_API)).unwrap()
}

async fn ask(bench: &Bench, path: &str, bearer: &str) -> logto_tests::Answer {
    bench.call(Ask::get(path).bearer(bearer)).await
}

fn exchanges(bench: &Bench) -> usize {
    bench.grants(GRANT_TYPE).len()
}

#[rocket::async_test]
async fn a_callers_token_becomes_one_for_another_api() {
    let bench = bench(|figment| figment).await;
    let alices = bearer_of(&bench, Issue::user("alice"));
    let other = ask(&bench, &path("/behalf", &[("resource", OTHER_API)]), &alices).await.json();
    let claims = claims_of(other["token"].as_str().unwrap());
    assert_eq!((claims["aud"].as_str(), claims["sub"].as_str()), (Some(OTHER_API), Some(ALICE)));
    assert_eq!(claims["client_id"], BCL_APP.id);
    assert_eq!(
        (other["sub"].as_str(), other["scopes"].as_str()),
        (Some(ALICE), Some("")),
        "none was asked for"
    );

    let scoped = ask(&bench, &to_shop("read:orders admin"), &alices).await.json();
    assert_eq!(scoped["scopes"], "read:orders", "what the user does not have is dropped");
    let call = bench.grants(GRANT_TYPE).pop().unwrap();
    assert_eq!(call.param("subject_token"), Some(alices.as_str()));
    assert_eq!(call.param("subject_token_type"), Some("urn:ietf:params:oauth:token-type:access_token"));

    let query = [("resource", SHOPPING_API), ("scopes", "delete:orders"), ("organization", ACME)];
    let inside = ask(&bench, &path("/behalf", &query), &alices).await.json();
    assert_eq!(claims_of(inside["token"].as_str().unwrap())["organization_id"], ACME);
    let query = [("resource", SHOPPING_API), ("organization", GLOBEX)];
    let stranger = ask(&bench, &path("/behalf", &query), &alices).await;
    assert_eq!((stranger.status, stranger.code().as_str()), (403, "not_a_member"), "{stranger:?}");

    let query = [("resource", SHOPPING_API), ("machine", "true")];
    let machine = ask(&bench, &path("/behalf", &query), &alices).await.json();
    assert_eq!(claims_of(machine["token"].as_str().unwrap())["client_id"], M2M_APP.id);
}

#[rocket::async_test]
async fn i19_each_caller_has_a_token_of_its_own_and_for_its_life() {
    let bench = bench(|figment| figment).await;
    bench.tenant.clock().freeze();
    let callers = [
        bearer_of(&bench, Issue::user("alice")),
        bearer_of(&bench, Issue::user("bob")),
        // The same user with another token.
        bearer_of(&bench, Issue::user("alice")),
    ];
    let to_other = path("/behalf", &[("resource", OTHER_API)]);
    let mut tokens = Vec::new();
    for caller in &callers {
        let first = ask(&bench, &to_other, caller).await.json();
        for _ in 0..3 {
            assert_eq!(ask(&bench, &to_other, caller).await.json()["token"], first["token"]);
        }
        assert_eq!(first["sub"], claims_of(caller)["sub"]);
        tokens.push(first["token"].clone());
    }
    assert_eq!(exchanges(&bench), 3);
    assert!(tokens[0] != tokens[1] && tokens[0] != tokens[2]);

    // Other scopes are another token.
    ask(&bench, &to_shop("read:orders"), &callers[0]).await;
    ask(&bench, &to_shop("write:orders"), &callers[0]).await;
    ask(&bench, &to_shop("read:orders"), &callers[0]).await;
    assert_eq!(exchanges(&bench), 5);

    // Tokens of the other API live ten seconds.
    bench.tenant.clock().advance(Duration::from_secs(11));
    let renewed = ask(&bench, &to_other, &callers[0]).await.json();
    assert_ne!(renewed["token"], tokens[0]);
    assert_eq!(exchanges(&bench), 6);
}

#[rocket::async_test]
async fn i01_concurrent_requests_share_one_exchange() {
    let bench = bench(|figment| figment).await;
    let (alices, to_shop) = (bearer_of(&bench, Issue::user("alice")), to_shop("read:orders"));
    let answers = join_all((0..20).map(|_| ask(&bench, &to_shop, &alices))).await;
    let first = answers[0].json()["token"].clone();
    assert!(first.is_string() && answers.iter().all(|answer| answer.json()["token"] == first));
    assert_eq!(exchanges(&bench), 1);
}

#[rocket::async_test]
async fn a_session_and_a_machine_have_nothing_to_exchange() {
    let bench = bench(|figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    let answer = alice.fetch(to_shop("read:orders")).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "credential_not_accepted"), "{answer:?}");
    assert!(!alice.jar.session().is_empty());
    assert_eq!(alice.fetch("/known").await.status, 200, "still signed in");

    let machine = bearer_of(&bench, Issue::machine(M2M_APP.id));
    let answer = ask(&bench, &to_shop("read:orders"), &machine).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "subject_not_accepted"), "{answer:?}");
    assert_eq!(exchanges(&bench), 0);
}

/// Logto names an actor only if it is given one: without, the next API would take whoever acts for the user.
#[rocket::async_test]
async fn who_acts_for_the_user_is_never_lost() {
    let bench = bench(|figment| figment).await;
    let acted = bearer_of(&bench, Issue::user("alice").claim("act", json!({ "sub": BOB })));
    let answer = ask(&bench, &to_shop("read:orders"), &acted).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "access_denied"), "{answer:?}");
    assert_eq!(exchanges(&bench), 0);

    let with_actor = |token: &str| path("/behalf", &[("resource", SHOPPING_API), ("actor", token)]);
    let bobs = bench.tenant.access_token(Issue::user("bob").client(BCL_APP.id)).unwrap();
    let token = ask(&bench, &with_actor(&bobs), &acted).await.json();
    assert_eq!((token["sub"].as_str(), token["actor"].as_str()), (Some(ALICE), Some(BOB)), "{token}");

    let carols = bench.tenant.access_token(Issue::user("carol").client(BCL_APP.id)).unwrap();
    let other = ask(&bench, &with_actor(&carols), &acted).await;
    assert_eq!((other.status, other.code().as_str()), (403, "access_denied"), "{other:?}");
}

#[rocket::async_test]
async fn what_logto_refuses_is_refused() {
    let bench = bench(|figment| figment).await;
    let foreign = bearer_of(&bench, Issue::user("alice").client(THIRD_PARTY_APP.id));
    let answer = ask(&bench, &to_shop("read:orders"), &foreign).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "access_denied"), "{answer:?}");

    let alices = bearer_of(&bench, Issue::user("alice"));
    for resource in ["https://unknown.your-app.com/api", "", "no uri"] {
        let answer = ask(&bench, &path("/behalf", &[("resource", resource)]), &alices).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (500, "misconfigured"),
            "{resource:?}: {answer:?}"
        );
    }
    bench.tenant.users().suspend("alice").unwrap();
    assert_eq!(ask(&bench, &to_shop("read:orders"), &alices).await.code(), "access_denied");
}

#[rocket::async_test]
async fn an_application_that_may_not_exchange_says_so_in_its_log_and_not_to_its_callers() {
    let plain = |figment: Figment| {
        figment.merge(("logto.app_id", ROCKET_APP.id)).merge(("logto.app_secret", ROCKET_APP.secret))
    };
    let bench = bench(plain).await;
    let alices = bearer_of(&bench, Issue::user("alice"));
    let answer = ask(&bench, &to_shop("read:orders"), &alices).await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "misconfigured"), "{answer:?}");
    let query = [("resource", SHOPPING_API), ("machine", "true")];
    assert_eq!(ask(&bench, &path("/behalf", &query), &alices).await.status, 200);
}

/// The response is about somebody else.
#[rocket::async_test]
async fn a11_a_token_about_another_user_is_not_handed_out() {
    let bench = bench(|figment| figment).await;
    let (alices, bobs) = (bearer_of(&bench, Issue::user("alice")), bearer_of(&bench, Issue::user("bob")));
    let body = json!({ "access_token": bobs, "token_type": "Bearer", "expires_in": 3600 }).to_string();
    bench.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::StatusWithBody(200, body));
    let answer = ask(&bench, &to_shop("read:orders"), &alices).await;
    assert_eq!(answer.status, 500, "{answer:?}");
    assert!(!answer.body.contains(&bobs));
    assert_eq!(ask(&bench, &to_shop("read:orders"), &alices).await.json()["sub"], ALICE, "nothing was kept");
}

#[rocket::async_test]
async fn an_outage_is_told_as_one_and_a_valid_token_outlives_it() {
    let bench = bench(|figment| figment).await;
    let alices = bearer_of(&bench, Issue::user("alice"));
    let held = ask(&bench, &to_shop("read:orders"), &alices).await.json()["token"].clone();
    bench.tenant.faults().on(Endpoint::Token).status(503);
    assert_eq!(ask(&bench, &to_shop("read:orders"), &alices).await.json()["token"], held);
    let answer = ask(&bench, &to_shop("write:orders"), &alices).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{answer:?}");
}

#[rocket::async_test]
async fn what_was_exchanged_for_a_user_is_dropped_with_the_sessions() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let change = |figment: Figment| {
        figment.merge(("logto.app_id", BCL_APP.id)).merge(("logto.app_secret", BCL_APP.secret))
    };
    let rocket = Bench::rocket(&tenant, Logto::fairing(), change).mount("/", routes![behalf]);
    let client = rocket::local::asynchronous::Client::untracked(rocket).await.unwrap();
    let bearer = tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let token = async || {
        let header = rocket::http::Header::new("authorization", format!("Bearer {bearer}"));
        let answer = client.get(to_shop("read:orders")).header(header).dispatch().await;
        answer.into_json::<Value>().await.unwrap()["token"].clone()
    };
    let first = token().await;
    assert_eq!(token().await, first);
    client.rocket().state::<Logto>().unwrap().end_sessions_of(ALICE).await.unwrap();
    assert_ne!(token().await, first);
}

#[rocket::async_test]
async fn a_check_can_ask_another_api() {
    let bench = bench(|figment| figment).await;
    let alices = bearer_of(&bench, Issue::user("alice"));
    assert_eq!(ask(&bench, "/checked", &alices).await.body, ALICE);
    assert_eq!(exchanges(&bench), 1);
}

#[rocket::async_test]
async fn o02_neither_the_identity_nor_the_exchange_prints_the_token() {
    let bench = bench(|figment| figment).await;
    let alices = bearer_of(&bench, Issue::user("alice"));
    let printed = ask(&bench, &to_shop("read:orders"), &alices).await.json()["printed"].to_string();
    let signature = alices.rsplit('.').next().unwrap();
    assert!(printed.contains("OnBehalfOf") && !printed.contains(signature), "{printed}");
}
