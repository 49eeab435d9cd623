//! The guard in routes of an application, and the store behind it.

use std::sync::atomic::{AtomicUsize, Ordering};

use logto_dev::Tenant;
use logto_rocket::{Access, Clock, Logto, Webhook, WebhookEvent, WebhookRefusal};
use logto_tests::{App, Browser, FlakyStore, settings, until_async};
use rocket::http::Status;
use rocket::local::asynchronous::Client;
use rocket::{Build, Request, Rocket, State, catch, catchers, get, post, routes};
use serde_json::{Value, json};

use super::{KEY, PATH, event, hooked, signed, text};

/// How often a handler was called.
struct Calls(AtomicUsize);

#[post("/told", data = "<hook>")]
fn told(hook: Webhook<Value>) -> String {
    format!("{} {}", hook.event(), hook["data"]["name"])
}

/// Fails at the first call.
#[post("/fails", data = "<hook>")]
fn fails(hook: Webhook, calls: &State<Calls>) -> Status {
    assert!(matches!(*hook, WebhookEvent::Other { .. }));
    if calls.0.fetch_add(1, Ordering::SeqCst) == 0 { Status::InternalServerError } else { Status::NoContent }
}

#[derive(Debug)]
struct Numbered;

impl<'de> rocket::serde::Deserialize<'de> for Numbered {
    fn deserialize<D: rocket::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = Value::deserialize(deserializer)?;
        let number = body["number"].as_u64();
        number.map(|_| Numbered).ok_or_else(|| rocket::serde::de::Error::custom("no number"))
    }
}

#[post("/numbered", data = "<hook>")]
fn numbered(hook: Result<Webhook<Numbered>, WebhookRefusal>) -> Result<String, WebhookRefusal> {
    hook.map(|hook| format!("{:?}", hook.into_inner()))
}

#[post("/hook", data = "<hook>")]
fn at_the_same_place(hook: Webhook<Value>) -> String {
    hook.hook_id().to_owned()
}

#[catch(401)]
fn own_words(_: &Request<'_>) -> &'static str {
    "in our own words"
}

#[get("/plain")]
fn plain() -> &'static str {
    "plain"
}

fn rocket(tenant: &Tenant, store: &FlakyStore) -> Rocket<Build> {
    let clock = tenant.clock().clone();
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now())).session_store(store.clone());
    rocket::custom(hooked(settings(tenant)))
        .attach(fairing)
        .manage(Calls(AtomicUsize::new(0)))
        .mount("/", routes![told, fails, numbered, plain])
        .mount("/own", routes![at_the_same_place])
        .register("/own", catchers![own_words])
}

async fn tenant() -> (Tenant, FlakyStore) {
    (Tenant::recorded().start().await.unwrap(), FlakyStore::new())
}

#[rocket::async_test]
async fn k20_a_handler_gets_what_it_asks_for() {
    let (tenant, store) = tenant().await;
    let app = App::serve(rocket(&tenant, &store)).await;
    let mut caller = Browser::new(&app);
    let body = text(event(&tenant, "Role.Created", json!({ "data": { "name": "shop-user" } })));
    let answer = caller.send(signed("/told", KEY, &body)).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "Role.Created \"shop-user\""));
    assert_eq!(caller.send(signed("/told", KEY, &body)).await.code(), "webhook_repeated");

    // A body that is genuine and not of the type; the handler has the word.
    let nameless = text(event(&tenant, "Role.Created", json!({ "data": 1 })));
    let answer = caller.send(signed("/numbered", KEY, &nameless)).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "webhook_malformed"));
    let numbered = text(event(&tenant, "Role.Created", json!({ "number": 1 })));
    assert_eq!(caller.send(signed("/numbered", KEY, &numbered)).await.body, "Numbered");
}

/// Logto sends nothing twice, but something between it and the application may: the handler must get its chance.
#[rocket::async_test]
async fn k20_a_handler_that_failed_is_called_again() {
    let (tenant, store) = tenant().await;
    let app = App::serve(rocket(&tenant, &store)).await;
    let body = text(event(&tenant, "Role.Created", json!({})));
    for status in [500, 204] {
        assert_eq!(Browser::new(&app).send(signed("/fails", KEY, &body)).await.status, status);
    }
    let answer = Browser::new(&app).send(signed("/fails", KEY, &body)).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "webhook_repeated"), "done is done");
}

#[rocket::async_test]
async fn k20_the_applications_own_catcher_has_the_word() {
    let (tenant, store) = tenant().await;
    let app = App::serve(rocket(&tenant, &store)).await;
    let body = text(event(&tenant, "Role.Created", json!({})));
    let answer = Browser::new(&app).send(signed("/own/hook", "no key of this application", &body)).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, "in our own words"));
    let answer = Browser::new(&app).send(signed("/own/hook", KEY, &body)).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "hook"));
}

#[rocket::async_test]
async fn k18_k20_while_the_store_is_down_an_event_is_not_lost() {
    let (tenant, store) = tenant().await;
    let app = App::serve(rocket(&tenant, &store)).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    store.set_down(true);
    let more = json!({ "userId": tenant.users().id("alice").unwrap() });
    let body = text(event(&tenant, "PostResetPassword", more));
    assert_eq!(Browser::new(&app).send(signed(PATH, KEY, &body)).await.status, 503);
    store.set_down(false);
    // Nobody sends it again.
    let mut again = alice.clone();
    until_async("the session ends", async || {
        again.fetch("/logto/user").await.json()["isAuthenticated"] == false
    })
    .await;
}

#[rocket::async_test]
async fn a_route_with_a_webhook_is_guarded_and_needs_a_key() {
    let (tenant, store) = tenant().await;
    let client = Client::tracked(rocket(&tenant, &store)).await.expect("it launches");
    let report = client.rocket().state::<Logto>().unwrap().access_report().unwrap();
    let access = |uri: &str| report.routes().iter().find(|route| route.uri() == uri).unwrap().access();
    assert_eq!((access("/told"), access("/plain")), (Access::Guarded, Access::Unguarded));
    assert_eq!(access(PATH), Access::BuiltIn);
    assert!(report.to_string().contains("Webhook: signed by Logto"), "{report}");

    let keyless = rocket::custom(settings(&tenant)).attach(Logto::fairing()).mount("/", routes![told]);
    let error = keyless.ignite().await.expect_err("nobody could ever be told");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::SentinelAborts(_)), "{error:?}");
}
