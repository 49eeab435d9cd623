//! What ends, and for whom.

use std::time::Duration;

use logto_dev::recorded::{ACME, ALICE};
use logto_dev::{Result, User, Users, Webhook};
use logto_tests::{Bench, Browser};
use serde_json::json;

use super::{KEY, PATH, bench, bench_with, event, hooked};

async fn is_signed_in(browser: &mut Browser) -> bool {
    match browser.fetch("/known").await.status {
        200 => true,
        401 => false,
        other => panic!("neither signed in nor out: {other}"),
    }
}

/// Does something to people, and waits until the application was told.
async fn told(bench: &Bench, act: impl FnOnce(Users<'_>) -> Result<()>) {
    bench.tenant.webhooks_delivered().await;
    let before = bench.tenant.webhook_deliveries().len();
    act(bench.tenant.users()).unwrap();
    bench.tenant.webhooks_delivered().await;
    let told = bench.tenant.webhook_deliveries().split_off(before);
    assert!(!told.is_empty(), "the application is told");
    for delivery in told {
        assert_eq!(delivery.status, Ok(200), "{delivery:?}");
    }
}

#[rocket::async_test]
async fn k20_whoever_is_suspended_deleted_or_has_a_new_password_is_signed_out() {
    type Act = fn(Users<'_>) -> Result<()>;
    let acts: [(&str, Act); 4] = [
        ("suspended", |users| users.suspend("alice")),
        ("deleted", |users| users.delete("alice")),
        ("password forgotten", |users| users.reset_password("alice", "Another-Pass-2026")),
        ("password set", |users| users.set_password("alice", "Another-Pass-2026")),
    ];
    for store in ["cookie", "memory"] {
        for (what, act) in acts {
            let bench = bench_with(|figment| figment.merge(("logto.session_store", store))).await;
            let mut alices = [bench.signed_in("alice").await, bench.signed_in("alice").await];
            let mut bob = bench.signed_in("bob").await;
            told(&bench, act).await;
            for alice in &mut alices {
                assert!(!is_signed_in(alice).await, "{store}: {what}");
            }
            assert!(is_signed_in(&mut bob).await, "{store}: {what}");
        }
    }
}

#[rocket::async_test]
async fn k20_whoever_leaves_an_organization_is_signed_out_and_the_others_are_not() {
    let bench = bench().await;
    let mut carol = bench.signed_in("carol").await;
    let mut alice = bench.signed_in("alice").await;
    told(&bench, |users| users.leave("carol", ACME)).await;
    assert!(!is_signed_in(&mut carol).await);
    assert!(is_signed_in(&mut alice).await);
    // Carol comes back, and is no member there.
    bench.tenant.clock().advance(Duration::from_secs(2));
    let mut carol = bench.signed_in("carol").await;
    assert_eq!(carol.fetch(format!("/orgs/{ACME}/token")).await.status, 403);
}

#[rocket::async_test]
async fn k20_other_changes_end_nothing() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    told(&bench, |users| users.change("alice", |alice: User| alice.name("Alice Another"))).await;
    told(&bench, |users| users.join("bob", ACME, ["member"])).await;
    told(&bench, |users| users.suspend("bob")).await;
    told(&bench, |users| users.reactivate("bob")).await;
    for (name, more) in [
        ("Role.Scopes.Updated", json!({ "data": [] })),
        ("User.Deleted", json!({ "data": null, "params": {} })),
        // An older Logto does not tell who left.
        (
            "Organization.Membership.Updated",
            json!({ "params": { "id": ACME }, "method": "PUT", "data": null }),
        ),
        ("PostSignIn", json!({ "userId": ALICE, "user": { "id": ALICE } })),
        ("User.SuspensionStatus.Updated", json!({ "data": { "id": ALICE, "isSuspended": false } })),
    ] {
        let delivery = bench.tenant.send_webhook(event(&bench.tenant, name, more)).await.unwrap();
        assert_eq!(delivery.status, Ok(200), "{name}");
    }
    assert!(is_signed_in(&mut alice).await);
}

/// Whoever comes takes nothing from the others.
#[rocket::async_test]
async fn k20_a_new_member_costs_nobody_a_token() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let path = format!("/orgs/{ACME}/token");
    let held = alice.fetch(&path).await.json()["token"].clone();
    told(&bench, |users| users.join("bob", ACME, ["member"])).await;
    assert_eq!(alice.fetch(&path).await.json()["token"], held);
}

/// An older Logto does not tell who left: then nobody's token for the organization is believed any more.
#[rocket::async_test]
async fn k20_where_nobody_is_named_tokens_for_the_organization_are_fetched_anew() {
    for (name, method) in [("Organization.Membership.Updated", "PUT"), ("Organization.Deleted", "DELETE")] {
        for store in ["cookie", "memory"] {
            let bench =
                Bench::probe_app_with(|figment| hooked(figment).merge(("logto.session_store", store))).await;
            let mut carol = bench.signed_in("carol").await;
            let mut alice = bench.signed_in("alice").await;
            let path = format!("/orgs/{ACME}/token");
            let held = alice.fetch(&path).await.json()["token"].clone();
            assert_eq!(carol.fetch(&path).await.status, 200);
            // Nobody is told yet.
            bench.tenant.users().leave("carol", ACME).unwrap();
            assert_eq!(carol.fetch(&path).await.status, 200, "{store}: the token is good for an hour");

            bench.tenant.add_webhook(Webhook::new(format!("http://{}{PATH}", bench.app.address()), KEY));
            let more = json!({ "params": { "id": ACME }, "method": method, "data": null });
            let changed = event(&bench.tenant, name, more);
            assert_eq!(bench.tenant.send_webhook(changed).await.unwrap().status, Ok(200));
            assert_eq!(carol.fetch(&path).await.status, 403, "{store}: {name}");
            assert!(is_signed_in(&mut carol).await, "{store}: {name}");
            let answer = alice.fetch(&path).await;
            assert_eq!(answer.status, 200, "{store}: {name}: {answer:?}");
            assert_ne!(answer.json()["token"], held, "{store}: {name}");
        }
    }
}

/// A role in an organization may be where the scopes of a plain API token come from.
#[rocket::async_test]
async fn k20_a_list_of_those_who_left_is_believed() {
    let bench = bench().await;
    let (mut alice, mut carol) = (bench.signed_in("alice").await, bench.signed_in("carol").await);
    let more = json!({ "params": { "id": ACME }, "method": "PUT", "removedUserIds": [ALICE, "unknown"] });
    let left = event(&bench.tenant, "Organization.Membership.Updated", more);
    assert_eq!(bench.tenant.send_webhook(left).await.unwrap().status, Ok(200));
    assert!(!is_signed_in(&mut alice).await);
    assert!(is_signed_in(&mut carol).await);
}

/// An administrator saves the list of members as it was: Logto sends neither who came nor who left.
#[rocket::async_test]
async fn field_40_a_list_of_members_that_is_saved_unchanged_is_no_lost_membership() {
    for store in ["cookie", "memory"] {
        let bench = bench_with(|figment| figment.merge(("logto.session_store", store))).await;
        let (mut alice, mut carol) = (bench.signed_in("alice").await, bench.signed_in("carol").await);
        let mut paths = vec![format!("/orgs/{ACME}/token")];
        // Cookies have no room for three tokens.
        if store == "memory" {
            paths.extend([format!("/orgs/{ACME}/api"), "/token".to_owned()]);
        }
        let mut held = Vec::new();
        for path in &paths {
            held.push(alice.fetch(path).await.json()["token"].clone());
        }
        let about = |more: serde_json::Value| {
            let mut event = json!({ "organizationId": ACME, "params": { "id": ACME }, "path": "/x" });
            let (members, more) = (event.as_object_mut().unwrap(), more.as_object().unwrap().clone());
            members.extend(more);
            event
        };
        for more in [
            about(json!({ "method": "PUT", "status": 204, "matchedRoute": "/organizations/:id/users" })),
            about(json!({ "method": "POST", "status": 201, "matchedRoute": "/organizations/:id/users" })),
            about(json!({ "method": "PUT", "status": 204, "addedUserIds": ["pcrwx7pgp5qj"] })),
            about(json!({ "method": "PUT", "status": 204, "removedUserIds": [] })),
            about(
                json!({ "method": "DELETE", "status": 204, "removedApplicationIds": ["16gvtbtxnjymrx9evk1wa"] }),
            ),
            about(
                json!({ "method": "PUT", "status": 204, "matchedRoute": "/organizations/:id/applications" }),
            ),
            // Joined while signing in.
            json!({ "organizationId": ACME, "interactionEvent": "SignIn", "addedUserIds": [ALICE] }),
            json!({ "organizationId": ACME, "interactionEvent": "SignIn" }),
        ] {
            let changed = event(&bench.tenant, "Organization.Membership.Updated", more.clone());
            assert_eq!(bench.tenant.send_webhook(changed).await.unwrap().status, Ok(200), "{more}");
            for (path, held) in paths.iter().zip(&held) {
                assert_eq!(alice.fetch(path).await.json()["token"], *held, "{store} {more} {path}");
            }
            assert!(is_signed_in(&mut carol).await, "{store} {more}");
        }
    }
}
