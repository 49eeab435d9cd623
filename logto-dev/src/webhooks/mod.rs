//! Webhooks: telling applications what has happened to people, roles and organizations.

mod event;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use crate::http::{Post, iso_date, post};
use crate::model::strings;
use crate::random;
use crate::shared::Shared;

pub(crate) use event::{Event, Interaction, Mutation, entity, managed_entity, profile};

/// How long Logto waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A webhook of a tenant: an address that is told of events, by `POST` with a signed JSON body.
///
/// An event is sent **once**, whatever comes back or does not: Logto never sends one again. Nothing waits for the
/// answer. Events of one change are sent one after the other, in the order in which Logto was seen to send them; it
/// promises none, and sends them side by side.
///
/// ```
/// use logto_dev::{Tenant, Webhook};
/// let tenant = Tenant::recorded().webhook(
///     Webhook::new("http://127.0.0.1:8000/logto/webhook", "a signing key of the test").events(["User.Deleted"]),
/// );
/// # let _ = tenant;
/// ```
#[derive(Clone, Debug)]
pub struct Webhook {
    id: String,
    url: String,
    signing_key: String,
    events: Option<Vec<String>>,
    headers: Vec<(String, String)>,
    timeout: Duration,
}

impl Webhook {
    /// A webhook that is told of every event. Its id is made from the address, the same in every run.
    pub fn new(url: impl Into<String>, signing_key: impl Into<String>) -> Self {
        let url = url.into();
        Self {
            id: random::stable_id("webhook", &url, 21),
            url,
            signing_key: signing_key.into(),
            events: None,
            headers: Vec::new(),
            timeout: TIMEOUT,
        }
    }

    /// Tells only these events, such as `User.Deleted`.
    #[must_use]
    pub fn events<I>(mut self, events: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.events = Some(strings(events));
        self
    }

    /// Sends one more header with every event.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How long the tenant waits for an answer before it gives the event up; 10 seconds, as Logto, if nothing is
    /// said.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn hears(&self, event: &str) -> bool {
        self.events.as_ref().is_none_or(|events| events.iter().any(|known| known == event))
    }
}

/// An event that was told to a webhook.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// What has happened, such as `User.Deleted`.
    pub event: String,
    /// Where it was told.
    pub url: String,
    /// The body, byte for byte.
    pub body: String,
    /// The header `logto-signature-sha-256`: HMAC-SHA256 of the body in hexadecimal digits.
    pub signature: String,
    /// The status that came back, or why none did.
    pub status: Result<u16, String>,
}

/// Tells every webhook that wants to hear of it, behind the caller's back as Logto does.
pub(crate) fn tell(shared: &Arc<Shared>, runtime: &Handle, events: Vec<Event>) {
    if events.is_empty() {
        return;
    }
    let (webhooks, now) = shared.with_state(|state, now| (state.webhooks.clone(), now));
    for webhook in webhooks {
        let heard = events.iter().filter(|event| webhook.hears(event.name));
        let bodies: Vec<_> = heard.map(|event| body(event, now)).collect();
        if bodies.is_empty() {
            continue;
        }
        let pending = shared.webhooks_pending.begin();
        let shared = Arc::clone(shared);
        runtime.spawn(async move {
            for body in bodies {
                deliver(&shared, &webhook, body).await;
            }
            drop(pending);
        });
    }
}

fn body(event: &Event, now: i64) -> Map<String, Value> {
    let mut members = event.members.clone();
    members.insert("event".into(), event.name.into());
    members.insert("createdAt".into(), iso_date(now).into());
    members
}

/// Signs and sends once, and notes what came of it.
pub(crate) async fn deliver(
    shared: &Shared,
    webhook: &Webhook,
    mut members: Map<String, Value>,
) -> WebhookDelivery {
    members.entry("hookId").or_insert_with(|| webhook.id.as_str().into());
    let event = members.get("event").and_then(Value::as_str).unwrap_or_default().to_owned();
    let body = Value::Object(members).to_string();
    let signature = sign(&webhook.signing_key, body.as_bytes());
    let status = send(webhook, &signature, &body).await;
    let delivery = WebhookDelivery { event, url: webhook.url.clone(), body, signature, status };
    shared.note_webhook(delivery.clone());
    delivery
}

/// What `POST /api/hooks/:id/test` sends for some events: nobody and nothing of the tenant is in it.
pub(crate) fn test_events(names: &[String], now: i64) -> Vec<Map<String, Value>> {
    let test = |name: &String| {
        let mut members = if name.starts_with("Post") { test_interaction(now) } else { test_mutation() };
        members.insert("event".into(), name.as_str().into());
        members.insert("createdAt".into(), iso_date(now).into());
        members.insert("userAgent".into(), "fake-user-agent".into());
        members
    };
    names.iter().map(test).collect()
}

fn test_mutation() -> Map<String, Value> {
    object(json!({
        "path": "/fake-path/:id", "method": "POST", "status": 200, "params": { "id": "fake-id" },
        "data": { "result": "success" },
    }))
}

fn test_interaction(now: i64) -> Map<String, Value> {
    object(json!({
        "sessionId": "fake-session-id", "userIp": "fake-user-ip", "userId": "fake-id",
        "user": {
            "id": "fake-id", "username": "fake-user", "primaryEmail": "fake-user@fake-service.com",
            "primaryPhone": "1234567890", "name": "Fake User",
            "avatar": "https://fake-service.com/avatars/fake-user.png", "customData": { "theme": "light" },
            "identities": { "google": { "userId": "fake-google-user-id" } }, "profile": {},
            "applicationId": "fake-application-id", "cimdClientId": null, "isSuspended": false,
            "lastSignInAt": now, "createdAt": now, "updatedAt": now,
        },
        "application": {
            "id": "fake-spa-application-id", "type": "SPA", "name": "Fake Application",
            "description": "Fake application data for testing",
        },
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

async fn send(webhook: &Webhook, signature: &str, body: &str) -> Result<u16, String> {
    let url = url::Url::parse(&webhook.url).map_err(|error| error.to_string())?;
    let signed = [("logto-signature-sha-256".to_owned(), signature.to_owned())];
    let call = Post {
        content_type: "application/json",
        user_agent: "Logto (https://logto.io/)",
        headers: [&signed, webhook.headers.as_slice()].concat(),
        body: body.to_owned(),
    };
    post(&url, call, webhook.timeout).await.map_err(|error| error.to_string())
}

fn sign(key: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), body);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
