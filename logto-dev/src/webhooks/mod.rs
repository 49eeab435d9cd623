//! Sends webhook events about changes of users, roles and organizations.

mod event;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use crate::http::{Post, iso_date, post};
use crate::model::{Application, User, strings};
use crate::shared::{Shared, posted};
use crate::{Error, random};

pub(crate) use event::{Event, Interaction, Mutation, entity, managed_entity, profile};

/// How long Logto waits for the response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A webhook of a tenant, which receives events by `POST` with a signed JSON body.
///
/// An event is sent **once**, whatever the response is, because Logto never sends one again. Nothing waits for the
/// response. Events of one change are sent one after the other, in the order that was recorded from Logto. Logto
/// guarantees no order and sends them concurrently.
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
    pub(crate) url: String,
    pub(crate) signing_key: String,
    pub(crate) events: Option<Vec<String>>,
    headers: Vec<(String, String)>,
    timeout: Duration,
}

impl Webhook {
    /// A webhook for all events. Its id is derived from the address, so it is the same in every run.
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

    /// Subscribes only to these events, such as `User.Deleted`.
    #[must_use]
    pub fn events<I>(mut self, events: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.events = Some(strings(events));
        self
    }

    /// Adds a header to every delivery.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How long the tenant waits for the response before it gives the event up; default: 10 seconds, as in
    /// Logto.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn subscribes_to(&self, event: &str) -> bool {
        self.events.as_ref().is_none_or(|events| events.iter().any(|known| known == event))
    }
}

/// The delivery of an event to a webhook.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// The name of the event, such as `User.Deleted`.
    pub event: String,
    /// The address of the webhook.
    pub url: String,
    /// The body, byte for byte.
    pub body: String,
    /// The header `logto-signature-sha-256`: HMAC-SHA256 of the body in hexadecimal digits.
    pub signature: String,
    /// The status of the response, or why there was none.
    pub status: Result<u16, String>,
    /// The body of the response, at most its first 2 KiB.
    pub response_body: String,
}

/// Sends the events to every webhook that subscribes to them, in the background as Logto does.
pub(crate) fn send_events(shared: &Arc<Shared>, runtime: &Handle, events: Vec<Event>) {
    if events.is_empty() {
        return;
    }
    let (webhooks, now) = shared.with_state(|state, now| (state.webhooks.clone(), now));
    for webhook in webhooks {
        let heard = events.iter().filter(|event| webhook.subscribes_to(event.name));
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

/// Signs and sends a delivery once, and records the result.
pub(crate) async fn deliver(
    shared: &Shared,
    webhook: &Webhook,
    mut members: Map<String, Value>,
) -> WebhookDelivery {
    members.entry("hookId").or_insert_with(|| webhook.id.as_str().into());
    let event = members.get("event").and_then(Value::as_str).unwrap_or_default().to_owned();
    let body = Value::Object(members).to_string();
    let signature = sign(&webhook.signing_key, body.as_bytes());
    let (status, response_body) = posted(send(webhook, &signature, &body).await);
    let url = webhook.url.clone();
    let delivery = WebhookDelivery { event, url, body, signature, status, response_body };
    shared.note_webhook(delivery.clone());
    delivery
}

/// The events about one user that can be sent by hand.
pub(crate) const USER_EVENTS: [&str; 6] = [
    "User.Created",
    "User.Data.Updated",
    "User.SuspensionStatus.Updated",
    "User.Deleted",
    "PostRegister",
    "PostSignIn",
];

/// Sends one webhook one event: about a user, or the test payload.
pub(crate) async fn send_event(
    shared: &Shared,
    url: &str,
    event: &str,
    user: Option<&str>,
) -> crate::Result<WebhookDelivery> {
    let (webhook, members) = shared.with_state(|state, now| {
        let webhook = state.webhooks.iter().find(|known| known.url == url).cloned();
        let webhook = webhook.ok_or_else(|| Error::unknown("webhook", url))?;
        let members = match user {
            Some(user) => {
                let user = state.directory.find_user(user)?;
                let application = state.directory.first_application_of_people();
                event_about(event, user, application, now)
            }
            None => test_events(&[event.to_owned()], now).pop(),
        };
        Ok((webhook, members.ok_or_else(|| Error::unknown("event about a user", event))?))
    })?;
    Ok(deliver(shared, &webhook, members).await)
}

/// The body of an event about a user, for a change that an administrator made or for a sign-in; `None` for the name of
/// an event that is not about one user.
fn event_about(
    name: &str,
    user: &User,
    application: Option<&Application>,
    now: i64,
) -> Option<Map<String, Value>> {
    let params = [("userId", user.id.as_str())];
    let changed = |name, method, route, status| {
        Event::mutation(name, &Mutation { method, route, params: &params, status })
    };
    let event = match name {
        "User.Created" => Event::mutation(
            "User.Created",
            &Mutation { method: "POST", route: "/users", params: &[], status: 200 },
        ),
        "User.Data.Updated" => changed("User.Data.Updated", "PATCH", "/users/:userId", 200),
        "User.SuspensionStatus.Updated" => {
            changed("User.SuspensionStatus.Updated", "PATCH", "/users/:userId/is-suspended", 200)
        }
        "User.Deleted" => changed("User.Deleted", "DELETE", "/users/:userId", 204),
        "PostSignIn" => {
            return Some(body(
                &Event::post("PostSignIn", &Interaction::new("SignIn", application), user),
                now,
            ));
        }
        "PostRegister" => {
            return Some(body(
                &Event::post("PostRegister", &Interaction::new("Register", application), user),
                now,
            ));
        }
        _ => return None,
    };
    let data = if name == "User.Deleted" { entity(user) } else { managed_entity(user) };
    Some(body(&event.with("data", data), now))
}

/// The test deliveries of `POST /api/hooks/:id/test`, which contain no data of the tenant.
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

async fn send(webhook: &Webhook, signature: &str, body: &str) -> Result<(u16, String), String> {
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
