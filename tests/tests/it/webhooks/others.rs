//! What a person changes by themselves, and whose events are whose.

use std::time::Duration;

use logto_dev::Tenant;
use logto_dev::recorded::{ACME, ALICE, BOB, GLOBEX, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue};
use logto_rocket::Logto;
use logto_tests::{Bench, Browser, SharedStore, path_of, settings};
use serde_json::{Value, json};

use super::{KEY, PATH, bench_with, event, hooked, signed, text};

const SETTING: &str = "logto.end_sessions_on_user_update";

async fn tell(bench: &Bench, name: &str, more: Value) {
    let body = text(event(&bench.tenant, name, more));
    let answer = bench.call(signed(PATH, KEY, &body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    match browser.fetch("/known").await.status {
        200 => true,
        401 => false,
        other => panic!("neither signed in nor out: {other}"),
    }
}

/// What the Account API sends, for a new name as for a new password.
fn own_change() -> Value {
    json!({ "userAgent": "node", "ip": "127.0.0.1", "data": { "id": ALICE, "username": "alice", "name": "A" } })
}

#[rocket::async_test]
async fn field_06_a_persons_own_change_ends_their_sessions_where_that_is_set() {
    for store in ["cookie", "memory"] {
        for (setting, lives) in [(false, true), (true, false)] {
            let bench =
                bench_with(|figment| figment.merge(("logto.session_store", store)).merge((SETTING, setting)))
                    .await;
            let mut alices = [bench.signed_in("alice").await, bench.signed_in("alice").await];
            let mut bob = bench.signed_in("bob").await;
            tell(&bench, "User.Data.Updated", own_change()).await;
            for alice in &mut alices {
                assert_eq!(is_signed_in(alice).await, lives, "{store} {setting}");
            }
            assert!(is_signed_in(&mut bob).await, "{store} {setting}");
            bench.tenant.clock().advance(Duration::from_secs(2));
            let mut again = bench.signed_in("alice").await;
            assert!(is_signed_in(&mut again).await, "{store} {setting}: a new sign-in");
        }
    }
}

/// An administrator's call says what it has changed, and that was no password.
#[rocket::async_test]
async fn field_06_what_provably_sets_no_password_ends_nothing() {
    for store in ["cookie", "memory"] {
        let bench =
            bench_with(|figment| figment.merge(("logto.session_store", store)).merge((SETTING, true))).await;
        let mut alice = bench.signed_in("alice").await;
        for route in ["/users/:userId", "/users/:userId/custom-data", "/users/:userId/profile"] {
            let more = json!({
                "method": "PATCH", "status": 200, "path": route, "matchedRoute": route, "params": { "userId": ALICE },
                "data": { "id": ALICE },
            });
            tell(&bench, "User.Data.Updated", more).await;
            assert!(is_signed_in(&mut alice).await, "{store} {route}");
        }
        let trial = json!({ "path": "/fake-path/:id", "method": "POST", "params": { "id": "fake-id" }, "data": { "result": "success" } });
        tell(&bench, "User.Data.Updated", trial).await;
        assert!(is_signed_in(&mut alice).await, "{store}: a trial");
        let unknown = json!({
            "method": "PATCH", "status": 200, "matchedRoute": "/users/:userId/some-new-route", "params": { "userId": ALICE },
        });
        tell(&bench, "User.Data.Updated", unknown).await;
        assert!(!is_signed_in(&mut alice).await, "{store}: it may have been anything");
    }
}

/// Logto sends it while the person signs in: that sign-in goes on, and the older sessions end.
#[rocket::async_test]
async fn field_06_the_sign_in_that_brings_the_change_is_not_ended_by_it() {
    for store in ["cookie", "memory"] {
        let bench =
            bench_with(|figment| figment.merge(("logto.session_store", store)).merge((SETTING, true))).await;
        bench.tenant.clock().freeze();
        let mut older = bench.signed_in("alice").await;
        bench.tenant.clock().advance(Duration::from_secs(5));
        let mut alice = bench.browser();
        let at_logto = alice.begin("/known").await;
        bench.tenant.clock().advance(Duration::from_secs(20));
        let callback = path_of(&bench.tenant.sign_in(at_logto, "alice").await.unwrap());
        let more = json!({ "interactionEvent": "SignIn", "data": { "id": ALICE } });
        tell(&bench, "User.Data.Updated", more.clone()).await;
        alice.open(callback).await;
        assert!(is_signed_in(&mut alice).await, "{store}");
        assert!(!is_signed_in(&mut older).await, "{store}");
        // Where the webhook is slower than the browser.
        let mut late = more;
        late["late"] = json!(true);
        tell(&bench, "User.Data.Updated", late).await;
        assert!(is_signed_in(&mut alice).await, "{store}");
    }
}

#[rocket::async_test]
async fn field_06_password_resets_and_administrators_end_all_sessions_whatever_is_set() {
    for setting in [false, true] {
        for (name, more) in [
            (
                "PostResetPassword",
                json!({ "interactionEvent": "ForgotPassword", "userId": ALICE, "user": { "id": ALICE } }),
            ),
            ("User.Data.Updated", json!({ "interactionEvent": "ForgotPassword", "data": { "id": ALICE } })),
            (
                "User.Data.Updated",
                json!({ "method": "PATCH", "matchedRoute": "/users/:userId/password", "params": { "userId": ALICE }, "data": { "id": ALICE } }),
            ),
        ] {
            let bench = bench_with(|figment| figment.merge((SETTING, setting))).await;
            let mut alice = bench.signed_in("alice").await;
            tell(&bench, name, more).await;
            assert!(!is_signed_in(&mut alice).await, "{setting} {name}");
        }
    }
}

#[rocket::async_test]
async fn field_06_processes_that_share_a_store_know_of_it() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let store = SharedStore::new();
    let change = |figment: rocket::figment::Figment| {
        let keys = ["a key that both share, of 32 characters or more"];
        hooked(figment).merge(("logto.cookie_keys", keys)).merge((SETTING, true))
    };
    let here = Bench::probe_app_on(&tenant, store.clone(), change).await;
    let there = Bench::probe_app_on(&tenant, store, change).await;
    let mut alice = Browser::new(&here);
    alice.sign_in(&tenant, "alice").await;
    let body = text(event(&tenant, "User.Data.Updated", own_change()));
    assert_eq!(Browser::new(&there).send(signed(PATH, KEY, &body)).await.status, 200);
    assert!(!is_signed_in(&mut alice).await);
}

#[rocket::async_test]
async fn field_06_the_setting_needs_webhooks() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket = rocket::custom(settings(&tenant).merge((SETTING, true))).attach(Logto::fairing());
    let error = rocket.ignite().await.expect_err("nobody would ever be told");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::FailedFairings(_)), "{error:?}");
}

/// A tenant's JWT customizer may write any organization into a token.
#[rocket::async_test]
async fn field_06_a_token_that_came_for_one_organization_and_names_another_is_refused() {
    for store in ["cookie", "memory"] {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
        let token = |organization: Option<&str>| {
            let issue = Issue::user("carol").resource(SHOPPING_API);
            let issue = match organization {
                Some(organization) => issue.organization(organization),
                None => issue,
            };
            let token = bench.tenant.access_token(issue).unwrap();
            json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "read:orders" })
        };
        for (path, organization) in [
            (format!("/orgs/{ACME}/orders"), Some(GLOBEX)),
            (format!("/orgs/{ACME}/api"), Some(GLOBEX)),
            (format!("/orgs/{ACME}/orders"), None),
            // And a plain token that claims to be an organization's.
            ("/orders".to_owned(), Some(ACME)),
        ] {
            // One that holds nothing yet.
            let mut carol = bench.signed_in("carol").await;
            let body = token(organization).to_string();
            bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body));
            let answer = carol.fetch(&path).await;
            bench.tenant.faults().clear();
            assert_eq!((answer.status, answer.code().as_str()), (403, "not_granted"), "{store} {path}");
            assert!(is_signed_in(&mut carol).await, "{store} {path}");
            assert_eq!(carol.fetch(&path).await.status, 200, "{store} {path}: nothing of it was kept");
        }
    }
}

/// `data` may be no more than what a person has written into their own custom data.
#[rocket::async_test]
async fn field_33_custom_data_names_nobody() {
    let bench = bench_with(|figment| figment).await;
    let (mut alice, mut bob) = (bench.signed_in("alice").await, bench.signed_in("bob").await);
    let more = json!({
        "method": "PATCH", "matchedRoute": "/users/:userId/password", "params": { "userId": ALICE },
        "data": { "id": BOB }, "user": { "id": BOB },
    });
    tell(&bench, "User.Data.Updated", more).await;
    assert!(is_signed_in(&mut bob).await);
    assert!(!is_signed_in(&mut alice).await);
}
