//! Webhooks.

use std::time::Duration;

use aws_lc_rs::hmac;
use logto_dev::recorded::{ACME, ALICE, CAROL};
use logto_dev::{Error, Tenant, Webhook, WebhookDelivery};
use serde_json::{Map, Value};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

const KEY: &str = "a signing key for the test";

/// An application that is told, and answers with these statuses in turn, and with the last one from then on.
async fn told(statuses: &'static [u16]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (heard, told) = mpsc::unbounded_channel();
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
            let _ = heard.send(String::from_utf8(request).unwrap());
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, told)
}

async fn next(told: &mut mpsc::UnboundedReceiver<String>) -> (String, String, Value) {
    let request = timeout(Duration::from_secs(20), told.recv()).await.unwrap().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned(), serde_json::from_str(body).unwrap())
}

fn signature(body: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY.as_bytes()), body.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn an_event_is_told_signed_and_dated() {
    let (url, mut told) = told(&[200]).await;
    let tenant = Tenant::recorded().webhook(Webhook::new(&url, KEY)).start().await.unwrap();
    tenant.clock().freeze();
    tenant.users().suspend("alice").unwrap();
    let (head, body, event) = next(&mut told).await;
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
async fn each_change_of_a_person_has_its_event() {
    let (url, mut told) = told(&[200]).await;
    let tenant = Tenant::recorded().webhook(Webhook::new(&url, KEY)).start().await.unwrap();
    let users = tenant.users();
    users.reset_password("alice", "Another-Pass-2026").unwrap();
    let (_, _, event) = next(&mut told).await;
    assert_eq!((&event["event"], &event["userId"]), (&"PostResetPassword".into(), &ALICE.into()));
    users.set_password("alice", "A-Third-Pass-2026").unwrap();
    let (_, _, event) = next(&mut told).await;
    assert_eq!(event["event"], "User.Data.Updated");
    assert_eq!(event["matchedRoute"], "/users/:userId/password");
    users.join("bob", ACME, ["member"]).unwrap();
    let (_, _, event) = next(&mut told).await;
    assert_eq!(event["event"], "Organization.Membership.Updated");
    assert_eq!(event["addedUserIds"][0], users.id("bob").unwrap());
    users.leave("carol", ACME).unwrap();
    let (_, _, event) = next(&mut told).await;
    assert_eq!((&event["params"]["id"], &event["removedUserIds"][0]), (&ACME.into(), &CAROL.into()));
    users.delete("alice").unwrap();
    let (_, _, event) = next(&mut told).await;
    assert_eq!((&event["event"], &event["data"]), (&"User.Deleted".into(), &Value::Null));
    assert_eq!(event["params"]["userId"], ALICE);
}

#[tokio::test]
async fn a_webhook_hears_what_it_asked_for() {
    let (url, mut told) = told(&[200]).await;
    let tenant = Tenant::recorded().start().await.unwrap();
    tenant.add_webhook(Webhook::new(&url, KEY).events(["User.Deleted"]));
    tenant.users().suspend("alice").unwrap();
    tenant.users().delete("bob").unwrap();
    assert_eq!(next(&mut told).await.2["event"], "User.Deleted");
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn it_is_told_again_after_an_answer_of_5xx_and_after_no_other() {
    async fn send(statuses: &'static [u16]) -> WebhookDelivery {
        let (url, _told) = told(statuses).await;
        let tenant = Tenant::recorded().webhook(Webhook::new(url, KEY)).start().await.unwrap();
        let mut body = Map::new();
        body.insert("event".into(), "Role.Created".into());
        let delivery = tenant.send_webhook(body).await.unwrap();
        assert_eq!(delivery.signature, signature(&delivery.body));
        assert_eq!(tenant.webhook_deliveries().len(), 1);
        delivery
    }
    let recovered = send(&[500, 503, 204]).await;
    assert_eq!((recovered.tries, recovered.status), (3, Ok(204)));
    let hopeless = send(&[500]).await;
    assert_eq!((hopeless.tries, hopeless.status), (4, Ok(500)));
    let refused = send(&[401, 200]).await;
    assert_eq!((refused.tries, refused.status), (1, Ok(401)));
    let nobody = Tenant::recorded().start().await.unwrap().send_webhook(Map::new()).await;
    assert!(matches!(nobody, Err(Error::Unknown { .. })));
}
