//! Webhooks: telling applications what has happened to people and organizations.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use crate::http::{Post, iso_date, post};
use crate::model::{User, strings};
use crate::random;
use crate::shared::Shared;

/// How long Logto waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often Logto tries again after an answer of 5xx.
const RETRIES: usize = 3;
/// Between two tries. Logto waits for seconds; a test should not have to.
const PAUSE: Duration = Duration::from_millis(30);

/// A webhook of a tenant: an address that is told of events, by `POST` with a signed JSON body.
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
    /// The header `logto-signature-sha-256`.
    pub signature: String,
    /// How often it was sent: more than once where the answer was 5xx.
    pub tries: usize,
    /// The status that came back at last, or why none did.
    pub status: Result<u16, String>,
}

/// An event on its way.
pub(crate) struct Event {
    name: &'static str,
    members: Map<String, Value>,
}

impl Event {
    fn new(name: &'static str, members: Value) -> Self {
        let members = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        Self { name, members }
    }

    /// A change through the Management API. `data` is what the API answers.
    pub(crate) fn mutation(
        name: &'static str,
        method: &str,
        route: &str,
        params: &[(&str, &str)],
        data: Value,
    ) -> Self {
        let status = if data.is_null() { 204 } else { 200 };
        let path = params
            .iter()
            .fold(route.to_owned(), |path, (name, value)| path.replace(&format!(":{name}"), value));
        let params: Map<String, Value> =
            params.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let members = json!({
            "ip": "127.0.0.1", "userAgent": "logto-dev", "path": path, "method": method, "status": status,
            "params": params, "matchedRoute": route, "data": data,
        });
        Self::new(name, members)
    }

    /// Something that a person did on the sign-in pages.
    pub(crate) fn interaction(name: &'static str, kind: &str, user: &User, now: i64) -> Self {
        let members = json!({
            "interactionEvent": kind, "sessionId": random::token(), "userAgent": "logto-dev",
            "userIp": "127.0.0.1", "userId": user.id, "user": entity(user, now),
        });
        Self::new(name, members)
    }

    /// One member more.
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }
}

/// A person as webhooks tell of them.
pub(crate) fn entity(user: &User, now: i64) -> Value {
    json!({
        "id": user.id, "username": user.username, "primaryEmail": user.email, "primaryPhone": user.phone,
        "name": user.name, "avatar": user.picture, "customData": user.custom_data, "identities": user.identities,
        "profile": user.profile, "lastSignInAt": null, "applicationId": null, "isSuspended": user.suspended,
        "createdAt": user.created_at.unwrap_or(now), "updatedAt": user.updated_at.unwrap_or(now),
    })
}

/// Tells every webhook that wants to hear of it, behind the caller's back as Logto does.
pub(crate) fn tell(shared: &Arc<Shared>, runtime: &Handle, event: Event) {
    let (webhooks, now) = shared.with_state(|state, now| (state.webhooks.clone(), now));
    for webhook in webhooks.into_iter().filter(|webhook| webhook.hears(event.name)) {
        let mut members = event.members.clone();
        members.insert("event".into(), event.name.into());
        members.insert("createdAt".into(), iso_date(now).into());
        let shared = Arc::clone(shared);
        runtime.spawn(async move {
            deliver(&shared, &webhook, members).await;
        });
    }
}

/// Signs and sends, and notes what came of it.
pub(crate) async fn deliver(
    shared: &Shared,
    webhook: &Webhook,
    mut members: Map<String, Value>,
) -> WebhookDelivery {
    members.entry("hookId").or_insert_with(|| webhook.id.as_str().into());
    let event = members.get("event").and_then(Value::as_str).unwrap_or_default().to_owned();
    let body = Value::Object(members).to_string();
    let signature = sign(&webhook.signing_key, body.as_bytes());
    let mut delivery =
        WebhookDelivery { event, url: webhook.url.clone(), body, signature, tries: 0, status: Ok(0) };
    loop {
        delivery.tries += 1;
        delivery.status = send(&delivery).await;
        if !matches!(delivery.status, Ok(500..)) || delivery.tries > RETRIES {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    shared.note_webhook(delivery.clone());
    delivery
}

async fn send(delivery: &WebhookDelivery) -> Result<u16, String> {
    let url = url::Url::parse(&delivery.url).map_err(|error| error.to_string())?;
    let call = Post {
        content_type: "application/json",
        user_agent: "Logto (https://logto.io/)",
        signature: Some(&delivery.signature),
        body: delivery.body.clone(),
    };
    post(&url, call, PATIENCE).await.map_err(|error| error.to_string())
}

fn sign(key: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), body);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
