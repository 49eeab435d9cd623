//! Webhooks.

use std::time::Duration;

use aws_lc_rs::hmac;
use logto_dev::recorded::{
    ACME, ALICE, BOB, CAROL, M2M_APP, OTHER_API, ROCKET_APP, ROCKET_APP_PLAIN, SHOPPING_API,
};
use logto_dev::{Error, Tenant, Webhook};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::app::{App, param};

const KEY: &str = "a signing key for the test";
const DATA: &str = "User.Data.Updated";
/// In place of a status: the connection is dropped.
const DROPPED: u16 = 0;

/// A webhook listener that responds with these statuses in turn, and with the last one from then on.
async fn listener(statuses: &'static [u16]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, deliveries) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut statuses = statuses.iter();
        let mut status = 200;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).await.unwrap();
                request.extend_from_slice(&part[..read]);
            }
            status = *statuses.next().unwrap_or(&status);
            let _ = sender.send(String::from_utf8(request).unwrap());
            if status == DROPPED {
                continue;
            }
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, deliveries)
}

async fn next(deliveries: &mut mpsc::UnboundedReceiver<String>) -> (String, String, Value) {
    let request = timeout(Duration::from_secs(20), deliveries.recv()).await.unwrap().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned(), serde_json::from_str(body).unwrap())
}

fn signature(body: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY.as_bytes()), body.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn an_event_is_sent_signed_and_dated() {
    let (url, mut deliveries) = listener(&[200]).await;
    let tenant = Tenant::recorded().webhook(Webhook::new(&url, KEY)).start().await.unwrap();
    tenant.clock().freeze();
    tenant.users().suspend("alice").unwrap();
    let (head, body, event) = next(&mut deliveries).await;
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("user-agent: Logto (https://logto.io/)\r\n"), "{head}");
    assert!(head.contains("content-type: application/json\r\n"), "{head}");
    assert!(head.contains(&format!("logto-signature-sha-256: {}", signature(&body))), "{head}");
    assert_eq!(event["event"], "User.SuspensionStatus.Updated");
    assert_eq!((&event["data"]["id"], &event["data"]["isSuspended"]), (&ALICE.into(), &true.into()));
    assert_eq!(event["createdAt"], tenant.clock().now_iso());
    assert_eq!(event["path"], format!("/users/{ALICE}/is-suspended"));
    assert!(event["hookId"].is_string());
}

#[tokio::test]
async fn each_change_of_a_user_has_its_event() {
    let (url, mut deliveries) = listener(&[200]).await;
    let tenant = Tenant::recorded().webhook(Webhook::new(&url, KEY)).start().await.unwrap();
    let users = tenant.users();
    users.reset_password("alice", "Another-Pass-2026").unwrap();
    let (_, _, event) = next(&mut deliveries).await;
    assert_eq!((&event["event"], &event["interactionEvent"]), (&DATA.into(), &"ForgotPassword".into()));
    let (_, _, event) = next(&mut deliveries).await;
    assert_eq!((&event["event"], &event["userId"]), (&"PostResetPassword".into(), &ALICE.into()));
    assert!(event.get("data").is_none());
    users.set_password("alice", "A-Third-Pass-2026").unwrap();
    let (_, _, event) = next(&mut deliveries).await;
    assert_eq!((&event["event"], &event["matchedRoute"]), (&DATA.into(), &"/users/:userId/password".into()));
    assert_eq!((&event["data"]["id"], &event["data"]["hasPassword"]), (&ALICE.into(), &true.into()));
    users.join("bob", ACME, ["member"]).unwrap();
    let (_, _, event) = next(&mut deliveries).await;
    assert_eq!(event["event"], "Organization.Membership.Updated");
    assert_eq!((&event["organizationId"], &event["addedUserIds"][0]), (&ACME.into(), &BOB.into()));
    users.leave("carol", ACME).unwrap();
    let (_, _, event) = next(&mut deliveries).await;
    assert_eq!((&event["params"]["id"], &event["removedUserIds"][0]), (&ACME.into(), &CAROL.into()));
    users.delete("alice").unwrap();
    let (_, _, event) = next(&mut deliveries).await;
    assert_eq!((&event["event"], &event["data"]["id"]), (&"User.Deleted".into(), &ALICE.into()));
    assert_eq!(event["params"]["userId"], ALICE);
}

/// A user's own change of password sends the same event as a change of name.
#[tokio::test]
async fn field_e_a_users_own_change_of_password_looks_like_a_change_of_name() {
    let (url, mut deliveries) = listener(&[200]).await;
    let tenant = Tenant::recorded().webhook(Webhook::new(&url, KEY)).start().await.unwrap();
    tenant.clock().freeze();
    tenant.users().set_own_password("alice", "Another-Pass-2026").unwrap();
    tenant.users().change_own("alice", |alice| alice.name("Alice Example")).unwrap();
    let (password, name) = (next(&mut deliveries).await.2, next(&mut deliveries).await.2);
    assert_eq!(password, name);
    assert_eq!((&password["event"], &password["data"]["id"]), (&DATA.into(), &ALICE.into()));
    for member in ["params", "matchedRoute", "path", "method", "interactionEvent"] {
        assert!(password.get(member).is_none(), "{member}: {password}");
    }
}

/// The `data` is only a part of the user, whose id is only in `params`.
#[tokio::test]
async fn field_e_a_change_of_a_part_sends_only_the_part() {
    let (url, mut deliveries) = listener(&[200]).await;
    let tenant = Tenant::recorded().webhook(Webhook::new(&url, KEY)).start().await.unwrap();
    tenant.users().set_custom_data("alice", json!({ "id": "somebody else", "plan": "gold" })).unwrap();
    let event = next(&mut deliveries).await.2;
    assert_eq!(event["data"], json!({ "id": "somebody else", "plan": "gold" }));
    assert_eq!(event["params"]["userId"], ALICE);
    tenant.users().set_profile("bob", [("family_name", "Builder")]).unwrap();
    let event = next(&mut deliveries).await.2;
    assert_eq!(
        (&event["data"], &event["params"]["userId"]),
        (&json!({ "familyName": "Builder" }), &BOB.into())
    );
}

#[tokio::test]
async fn field_e_some_changes_send_no_event() {
    let (url, mut deliveries) = listener(&[200]).await;
    let tenant = Tenant::recorded().webhook(Webhook::new(&url, KEY)).start().await.unwrap();
    let users = tenant.users();
    users.take_role("alice", "shop-user").unwrap();
    users.give_role("alice", "shop-user").unwrap();
    users.set_organization_roles("alice", ACME, ["member"]).unwrap();
    users.personal_access_token("alice").unwrap();
    users.leave("bob", ACME).unwrap();
    tenant.organization_roles().take_scope("member", SHOPPING_API, "read:orders").unwrap();
    tenant.organization_roles().give_scopes("member", SHOPPING_API, ["read:orders"]).unwrap();
    tenant.api_resources().delete(OTHER_API).unwrap();
    tenant.applications().remove(ROCKET_APP_PLAIN.id).unwrap();
    tenant.webhooks_delivered().await;
    assert!(tenant.webhook_deliveries().is_empty(), "{:?}", tenant.webhook_deliveries());
    assert!(deliveries.try_recv().is_err());
}

/// No event of a role, a scope or an organization names the affected users.
#[tokio::test]
async fn field_e_deletions_name_no_user() {
    let (url, mut deliveries) = listener(&[200]).await;
    let tenant = Tenant::recorded().webhook(Webhook::new(&url, KEY)).start().await.unwrap();
    tenant.roles().take_scope("shop-user", SHOPPING_API, "write:orders").unwrap();
    tenant.roles().delete("shop-user").unwrap();
    tenant.api_resources().delete_scope(SHOPPING_API, "delete:orders").unwrap();
    tenant.organization_roles().delete("admin").unwrap();
    tenant.organization_scopes().delete("invite:member").unwrap();
    tenant.organizations().delete(ACME).unwrap();
    for (name, subject) in [
        ("Role.Scopes.Updated", "id"),
        ("Role.Deleted", "id"),
        ("Scope.Deleted", "scopeId"),
        ("OrganizationRole.Deleted", "id"),
        ("OrganizationScope.Deleted", "id"),
        ("Organization.Deleted", "id"),
    ] {
        let (_, body, event) = next(&mut deliveries).await;
        assert_eq!((&event["event"], event["status"].as_u64()), (&name.into(), Some(204)));
        assert!(event["params"][subject].is_string() && event.get("data").is_none(), "{event}");
        assert!(![ALICE, BOB, CAROL].iter().any(|id| body.contains(id)), "{event}");
    }
    assert_eq!(tenant.users().id("alice").unwrap(), ALICE);
}

#[tokio::test]
async fn field_e_a_list_of_members_names_added_and_removed_members() {
    let (url, mut deliveries) = listener(&[200]).await;
    let tenant = Tenant::recorded().webhook(Webhook::new(&url, KEY)).start().await.unwrap();
    tenant.organizations().set_members(ACME, ["alice", "bob"]).unwrap();
    let event = next(&mut deliveries).await.2;
    assert_eq!((&event["addedUserIds"], &event["removedUserIds"]), (&json!([BOB]), &json!([CAROL])));
    tenant.organizations().set_members(ACME, ["alice", "bob"]).unwrap();
    let event = next(&mut deliveries).await.2;
    assert_eq!((&event["method"], &event["organizationId"]), (&"PUT".into(), &ACME.into()));
    assert!(event.get("addedUserIds").is_none() && event.get("removedUserIds").is_none(), "{event}");
    tenant.organizations().remove_application(ACME, M2M_APP.id).unwrap();
    let event = next(&mut deliveries).await.2;
    assert_eq!(event["removedApplicationIds"], json!([M2M_APP.id]));
}

#[tokio::test]
async fn a_sign_in_and_a_registration_send_events() {
    let (url, mut deliveries) = listener(&[200]).await;
    let app = App::with(Tenant::recorded().webhook(Webhook::new(&url, KEY)), ROCKET_APP).await;
    let mut browser = app.tenant.browser();
    browser.sign_in(app.authorization(&[]), "alice").await.unwrap();
    browser.open(app.authorization(&[])).await.unwrap();
    let event = next(&mut deliveries).await.2;
    assert_eq!((&event["event"], &event["userId"]), (&"PostSignIn".into(), &ALICE.into()));
    assert_eq!(
        (&event["interactionEvent"], &event["application"]["id"]),
        (&"SignIn".into(), &ROCKET_APP.id.into())
    );
    let dave = app.tenant.browser().register(app.authorization(&[]), "dave").await.unwrap();
    assert!(param(&dave, "code").is_some());
    let (created, registered) = (next(&mut deliveries).await.2, next(&mut deliveries).await.2);
    assert_eq!((&created["event"], &created["data"]["username"]), (&"User.Created".into(), &"dave".into()));
    assert_eq!(
        (&registered["event"], &registered["user"]["username"]),
        (&"PostRegister".into(), &"dave".into())
    );
    app.tenant.webhooks_delivered().await;
    assert!(
        deliveries.try_recv().is_err(),
        "neither the sign-in without a page nor the registration is a PostSignIn"
    );
}

#[tokio::test]
async fn a_webhook_gets_the_events_that_it_subscribes_to() {
    let (url, mut deliveries) = listener(&[200]).await;
    let tenant = Tenant::recorded().start().await.unwrap();
    tenant.add_webhook(Webhook::new(&url, KEY).events(["User.Deleted"]));
    tenant.users().suspend("alice").unwrap();
    tenant.users().delete("bob").unwrap();
    assert_eq!(next(&mut deliveries).await.2["event"], "User.Deleted");
    assert!(deliveries.try_recv().is_err());
}

/// An event is sent once, whatever the response is.
#[tokio::test]
async fn field_e_an_event_is_sent_once_and_never_again() {
    for statuses in [&[500][..], &[503], &[429], &[401], &[DROPPED]] {
        let (url, mut deliveries) = listener(statuses).await;
        let tenant = Tenant::recorded().webhook(Webhook::new(url, KEY)).start().await.unwrap();
        tenant.users().suspend("alice").unwrap();
        tenant.webhooks_delivered().await;
        let [delivery] = tenant.webhook_deliveries().try_into().unwrap();
        match statuses[0] {
            DROPPED => assert!(delivery.status.is_err(), "{delivery:?}"),
            status => assert_eq!(delivery.status, Ok(status)),
        }
        assert_eq!(next(&mut deliveries).await.1, delivery.body);
        assert_eq!(delivery.signature, signature(&delivery.body));
        assert!(deliveries.try_recv().is_err(), "{statuses:?}");
    }
}

#[tokio::test]
async fn a_delivery_without_a_response_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", silent.local_addr().unwrap());
    let webhook = Webhook::new(url, KEY).timeout(Duration::from_millis(50));
    let tenant = Tenant::recorded().webhook(webhook).start().await.unwrap();
    tenant.users().suspend("alice").unwrap();
    tenant.webhooks_delivered().await;
    let [delivery] = tenant.webhook_deliveries().try_into().unwrap();
    assert_eq!(delivery.status, Err("timed out".to_owned()));
}

#[tokio::test]
async fn anything_can_be_sent_signed() {
    let (url, mut deliveries) = listener(&[204]).await;
    let hook = Webhook::new(&url, KEY).header("x-lab", "custom header");
    let tenant = Tenant::recorded().webhook(hook).start().await.unwrap();
    let body = Map::from_iter([("event".to_owned(), "Identifier.Lockout".into())]);
    let delivery = tenant.send_webhook(body).await.unwrap();
    assert_eq!((&delivery.signature, delivery.status), (&signature(&delivery.body), Ok(204)));
    assert!(next(&mut deliveries).await.0.contains("x-lab: custom header\r\n"));
    tenant.send_test_webhooks(["User.Created"]).await.unwrap();
    let event = next(&mut deliveries).await.2;
    assert_eq!(
        (&event["params"]["id"], &event["data"]),
        (&"fake-id".into(), &json!({ "result": "success" }))
    );
    tenant.set_webhooks([Webhook::new(&url, "another signing key")]);
    let delivery = tenant.send_webhook(Map::new()).await.unwrap();
    assert_ne!(delivery.signature, signature(&delivery.body), "the old key signs nothing any more");
    tenant.set_webhooks([]);
    let nobody = tenant.send_webhook(Map::new()).await;
    assert!(matches!(nobody, Err(Error::Unknown { .. })));
}
