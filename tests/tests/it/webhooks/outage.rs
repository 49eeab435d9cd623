//! Webhooks while the store is down.

use std::time::Duration;

use logto_dev::recorded::{ALICE, ROCKET_APP};
use logto_dev::{Issue, Tenant};
use logto_rocket::{Clock, Logto, User, require_auth};
use logto_tests::{App, Ask, Browser, FlakyStore, eventually, settings};
use rocket::{get, routes};
use serde_json::json;

use super::{KEY, PATH, event, hooked, signed, text};

#[require_auth]
#[get("/known")]
fn known(user: User) -> String {
    user.subject().to_owned()
}

/// Logto sends a webhook once and never again, and of a suspension it sends no logout token.
#[rocket::async_test]
async fn a_suspension_that_came_while_the_store_was_down_is_made_good() {
    let (tenant, store) = (Tenant::recorded().start().await.unwrap(), FlakyStore::new());
    let clock = tenant.clock().clone();
    let figment =
        hooked(settings(&tenant)).merge(("logto.cookie_keys", ["a key of at least thirty-two characters"]));
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now())).session_store(store.clone());
    let app = App::serve(rocket::custom(figment).attach(fairing).mount("/", routes![known])).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    let body = text(event(
        &tenant,
        "User.SuspensionStatus.Updated",
        json!({ "data": { "id": ALICE, "isSuspended": true } }),
    ));
    store.set_down(true);
    for _ in 0..4 {
        assert_eq!(Browser::new(&app).send(signed(PATH, KEY, &body)).await.status, 503);
    }
    store.set_down(false);
    assert_eq!(alice.fetch("/known").await.status, 200, "not yet");
    let ended = || {
        let mut alice = alice.clone();
        async move { alice.fetch("/known").await }
    };
    eventually("the session ends once the store is back", ended, |answer| answer.status == 401).await;
}

/// Logto sends a suspension once. Strangers and logout tokens, however many, take no room from it.
#[rocket::async_test]
async fn field_33_what_could_not_be_done_is_done_when_the_store_is_back() {
    let (tenant, store) = (Tenant::recorded().start().await.unwrap(), FlakyStore::new());
    let clock = tenant.clock().clone();
    let figment = hooked(settings(&tenant))
        .merge(("logto.cookie_keys", ["a key of at least thirty-two characters"]))
        .merge(("logto.backchannel_logout", true));
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now())).session_store(store.clone());
    let app = App::serve(rocket::custom(figment).attach(fairing).mount("/", routes![known])).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    store.set_down(true);
    for number in 0..300 {
        let issue = Issue::user("bob").client(ROCKET_APP.id).claim("sid", format!("sid {number}"));
        let token = tenant.logout_token(issue).unwrap();
        let form = Ask::post("/logto/backchannel-logout")
            .body("application/x-www-form-urlencoded", format!("logout_token={token}"));
        assert_eq!(Browser::new(&app).send(form).await.status, 503);
    }
    let more = json!({
        "method": "PATCH", "matchedRoute": "/users/:userId/is-suspended", "params": { "userId": ALICE },
        "data": { "id": ALICE, "isSuspended": true },
    });
    let body = text(event(&tenant, "User.SuspensionStatus.Updated", more));
    assert_eq!(Browser::new(&app).send(signed(PATH, KEY, &body)).await.status, 503);
    // Much longer than anybody would try again.
    tenant.clock().advance(Duration::from_secs(3600));
    store.set_down(false);
    let ended = || {
        let mut alice = alice.clone();
        async move { alice.fetch("/known").await }
    };
    eventually("the session ends once the store is back", ended, |answer| answer.status == 401).await;
}
