//! Changes that name nobody: what everybody may is asked anew, once.

use logto_dev::recorded::{ACME, GLOBEX, SHOPPING_API};
use logto_dev::{Tenant, Webhook};
use logto_rocket::{Clock, Identity, Logto, require_auth};
use logto_tests::{App, Bench, Browser, SharedStore, settings};
use rocket::{get, routes};
use serde_json::{Value, json};

use super::{KEY, PATH, event, hooked, signed, text};

#[require_auth(roles = "shop-user")]
#[get("/role")]
fn role(_who: Identity) -> &'static str {
    "in"
}

#[require_auth(roles = "admin", organization = "<org_id>")]
#[get("/orgs/<org_id>/role")]
fn organization_role(org_id: &str) -> &str {
    org_id
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API)]
#[get("/scope")]
fn scope() -> &'static str {
    "in"
}

#[require_auth]
#[get("/known")]
fn known() -> &'static str {
    "in"
}

/// What Logto sends where something changed for people whom it does not name.
fn nameless() -> Vec<(&'static str, Value)> {
    let deleted = |route: &str, params: Value| json!({ "path": "/x", "method": "DELETE", "status": 204, "matchedRoute": route, "params": params });
    vec![
        ("Organization.Deleted", deleted("/organizations/:id", json!({ "id": "86sii99quyj8" }))),
        (
            "Role.Deleted",
            deleted("/roles/:id", json!({ "0": "/csh5kyt39foah9j6takl6", "id": "csh5kyt39foah9j6takl6" })),
        ),
        (
            "Role.Scopes.Updated",
            deleted(
                "/roles/:id/scopes/:scopeId",
                json!({ "id": "csh5kyt39foah9j6takl6", "scopeId": "8hfxmo0anwhrz45h6b6ak" }),
            ),
        ),
        ("Role.Scopes.Updated", json!({ "data": [] })),
        (
            "Role.Data.Updated",
            json!({ "method": "PATCH", "status": 200, "matchedRoute": "/roles/:id", "params": { "id": "csh5kyt39foah9j6takl6" }, "data": { "id": "csh5kyt39foah9j6takl6", "name": "renamed" } }),
        ),
        (
            "Scope.Deleted",
            deleted(
                "/resources/:resourceId/scopes/:scopeId",
                json!({ "resourceId": "qjk8fwx5htzxudfz80vje", "scopeId": "b541vlfvr1ifa3bgunxhg" }),
            ),
        ),
        ("Scope.Data.Updated", json!({ "method": "PATCH", "status": 200, "data": { "name": "renamed" } })),
        (
            "OrganizationRole.Deleted",
            deleted("/organization-roles/:id", json!({ "id": "ofadowo28b9exbo1chufc" })),
        ),
        (
            "OrganizationRole.Scopes.Updated",
            json!({ "method": "PUT", "status": 204, "matchedRoute": "/organization-roles/:id/scopes", "params": { "id": "ofadowo28b9exbo1chufc" } }),
        ),
        ("OrganizationRole.Data.Updated", json!({ "method": "PATCH", "status": 200 })),
        (
            "OrganizationScope.Deleted",
            deleted("/organization-scopes/:id", json!({ "id": "129w8bs0uw4i9bsylfzo1" })),
        ),
        ("OrganizationScope.Data.Updated", json!({ "method": "PATCH", "status": 200 })),
        // Somebody has left, and an older Logto does not say who.
        (
            "Organization.Membership.Updated",
            json!({ "params": { "id": ACME }, "method": "PUT", "data": null }),
        ),
    ]
}

async fn serve(tenant: &Tenant, store: SharedStore) -> App {
    let clock = tenant.clock().clone();
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now())).session_store(store);
    let figment = hooked(settings(tenant))
        .merge(("logto.cookie_keys", ["a key that both share, of 32 characters or more"]));
    let routes = routes![role, organization_role, scope, known];
    App::serve(rocket::custom(figment).attach(fairing).mount("/", routes)).await
}

async fn status(browser: &mut Browser, path: &str) -> u16 {
    browser.fetch(path).await.status
}

#[rocket::async_test]
async fn field_05_what_names_nobody_makes_everybodys_scopes_and_roles_count_anew() {
    for (name, more) in nameless() {
        let tenant = Tenant::recorded().start().await.unwrap();
        let store = SharedStore::new();
        let (here, there) = (serve(&tenant, store.clone()).await, serve(&tenant, store).await);
        let mut alice = Browser::new(&here);
        alice.sign_in(&tenant, "alice").await;
        let role_there = format!("/orgs/{ACME}/role");
        let paths = ["/role", "/scope", role_there.as_str()];
        for path in paths {
            assert_eq!(status(&mut alice, path).await, 200, "{name} {path}");
        }
        // Nobody is told of these.
        tenant.users().take_role("alice", "shop-user").unwrap();
        tenant.users().join("alice", ACME, Vec::<String>::new()).unwrap();
        for path in paths {
            assert_eq!(status(&mut alice, path).await, 200, "{name} {path}: as it was");
        }
        let body = text(event(&tenant, name, more));
        let answer = Browser::new(&here).send(signed(PATH, KEY, &body)).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "handled": true })), "{name}");
        for app in [&here, &there] {
            for path in paths {
                assert_eq!(status(&mut alice.at(app), path).await, 403, "{name} {path}");
            }
            assert_eq!(status(&mut alice.at(app), "/known").await, 200, "{name}: nobody is signed out");
        }
    }
}

/// Carol may read orders only through roles in organizations.
#[rocket::async_test]
async fn field_05_a_deleted_organization_takes_its_scopes_from_plain_routes() {
    for store in ["cookie", "memory"] {
        let bench =
            Bench::probe_app_with(|figment| hooked(figment).merge(("logto.session_store", store))).await;
        let (mut carol, mut alice) = (bench.signed_in("carol").await, bench.signed_in("alice").await);
        assert_eq!(status(&mut carol, "/orders").await, 200, "{store}");
        assert_eq!(status(&mut alice, "/orders").await, 200, "{store}");
        for organization in [ACME, GLOBEX] {
            bench.tenant.users().leave("carol", organization).unwrap();
        }
        let more = json!({
            "path": format!("/organizations/{ACME}"), "method": "DELETE", "status": 204, "params": { "id": ACME },
            "matchedRoute": "/organizations/:id",
        });
        let body = text(event(&bench.tenant, "Organization.Deleted", more));
        assert_eq!(bench.call(signed(PATH, KEY, &body)).await.status, 200, "{store}");
        assert_eq!(carol.fetch("/orders").await.code(), "insufficient_scope", "{store}");
        assert_eq!(status(&mut carol, "/known").await, 200, "{store}");
        assert_eq!(status(&mut alice, "/orders").await, 200, "{store}");
    }
}

#[rocket::async_test]
async fn field_05_what_is_new_or_a_trial_costs_nobody_a_token() {
    let bench = super::bench().await;
    let mut alice = bench.signed_in("alice").await;
    let held = alice.fetch("/token").await.json()["token"].clone();
    let trial = json!({
        "path": "/fake-path/:id", "method": "POST", "status": 200, "params": { "id": "fake-id" },
        "userAgent": "fake-user-agent", "data": { "result": "success" },
    });
    let created =
        json!({ "method": "POST", "status": 201, "params": {}, "data": { "id": "csh5kyt39foah9j6takl6" } });
    let mut events: Vec<(&str, Value)> =
        nameless().into_iter().map(|(name, _)| (name, trial.clone())).collect();
    for name in [
        "Role.Created",
        "Scope.Created",
        "Organization.Created",
        "OrganizationRole.Created",
        "OrganizationScope.Created",
    ] {
        events.push((name, created.clone()));
    }
    for (name, more) in events {
        let mut more = more;
        more["number"] = json!(name);
        let delivery = bench.tenant.send_webhook(event(&bench.tenant, name, more)).await.unwrap();
        let told = (delivery.status, delivery.event.as_str());
        // Two events of one name and one second have one body.
        assert!(told == (Ok(200), name) || told == (Ok(409), name), "{told:?}");
        assert_eq!(alice.fetch("/token").await.json()["token"], held, "{name}");
    }
}

#[rocket::async_test]
async fn field_05_a_stream_of_changes_makes_one_refresh_for_each_and_no_more() {
    let bench = super::bench().await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(status(&mut alice, "/orders").await, 200);
    let before = bench.grants("refresh_token").len();
    bench.tenant.clock().advance(std::time::Duration::from_secs(2));
    let more = json!({ "params": { "id": "csh5kyt39foah9j6takl6" }, "method": "DELETE" });
    bench.tenant.send_webhook(event(&bench.tenant, "Role.Deleted", more)).await.unwrap();
    bench.tenant.clock().advance(std::time::Duration::from_secs(2));
    for _ in 0..3 {
        assert_eq!(status(&mut alice, "/orders").await, 200);
    }
    assert_eq!(bench.grants("refresh_token").len(), before + 1);
}

/// Nobody tells of it: the ID token of another refresh does.
#[rocket::async_test]
async fn field_05_an_id_token_without_an_organization_takes_its_tokens() {
    for store in ["cookie", "memory"] {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
        for path in [format!("/orgs/{GLOBEX}/token"), format!("/orgs/{GLOBEX}/orders")] {
            bench.tenant.users().join("carol", GLOBEX, ["member"]).unwrap();
            let mut carol = bench.signed_in("carol").await;
            assert_eq!(status(&mut carol, &path).await, 200, "{store} {path}");
            assert_eq!(status(&mut carol, &format!("/orgs/{ACME}/orders")).await, 200, "{store} {path}");
            bench.tenant.users().leave("carol", GLOBEX).unwrap();
            assert_eq!(status(&mut carol, &path).await, 200, "{store} {path}: nobody knows");
            assert_eq!(status(&mut carol, "/ping").await, 200, "{store} {path}");
            let before = bench.grants("refresh_token").len();
            assert_eq!(status(&mut carol, &format!("/orgs/{ACME}/orders")).await, 200, "{store} {path}");
            assert_eq!(
                bench.grants("refresh_token").len(),
                before,
                "{store} {path}: the other one's is kept"
            );
            assert_eq!(carol.fetch(&path).await.code(), "not_a_member", "{store} {path}");
        }
    }
}

#[rocket::async_test]
async fn field_05_an_organization_that_changes_is_asked_about_anew() {
    let bench = Bench::probe_app_with(hooked).await;
    bench.tenant.add_webhook(Webhook::new(format!("http://{}{PATH}", bench.app.address()), KEY));
    let mut alice = bench.signed_in("alice").await;
    let path = format!("/orgs/{ACME}/token");
    let held = alice.fetch(&path).await.json()["token"].clone();
    let plain = alice.fetch("/token").await.json()["token"].clone();
    // From now on members need a second factor, or a colour has changed.
    let more = json!({
        "method": "PATCH", "params": { "id": ACME }, "matchedRoute": "/organizations/:id",
        "data": { "id": ACME, "isMfaRequired": true },
    });
    bench.tenant.send_webhook(event(&bench.tenant, "Organization.Data.Updated", more)).await.unwrap();
    assert_ne!(alice.fetch(&path).await.json()["token"], held);
    assert_eq!(alice.fetch("/token").await.json()["token"], plain, "members stay members");
}
