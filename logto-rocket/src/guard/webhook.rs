//! A webhook of Logto as a data guard. Its body is read only where the header can be a signature, and understood
//! only where it is one.

use std::any::TypeId;
use std::fmt;
use std::ops::Deref;
use std::time::SystemTime;

use rocket::data::{ByteUnit, FromData, Outcome};
use rocket::http::Status;
use rocket::response::Response;
use rocket::{Catcher, Data, Ignite, Request, Rocket, Sentinel};
use serde::de::DeserializeOwned;

use super::access::WEBHOOK;
use super::launch::needs_session_at_launch;
use super::missing_setup::{asked_without_fairing, signing_keys_are_missing};
use super::request_state::RequestState;
use super::rule::Rule;
use super::webhook_refusal::{Delivery, WebhookRefusal};
use crate::clock::UnixTime;
use crate::error::Error;
use crate::logto::{Logto, WebApp};
use crate::session::store::Holder;
use crate::session::{Begun, random};
use crate::telemetry::{self, By};
use crate::webhook::{
    Effects, Envelope, MAX_BODY, SIGNATURE_HEADER, Signature, WebhookEvent, is_fresh, memory, name_of,
};

/// A webhook of Logto whose signature is genuine, which is fresh, and which was not received before.
///
/// The body is read in full, up to 1 MiB, and checked against the `webhook_signing_keys` in the settings;
/// only then is it deserialized as a `T`. The event may be five minutes old. A delivery counts as done once the
/// handler has answered with a status below 500: the same body again is refused with 409 for as long as it
/// would be fresh, in all processes that share a store.
///
/// **Logto sends each event once**, whatever the answer is, and in no fixed order. A handler that cannot do its work
/// now must keep the event itself; so must an application whose session store is down, where this guard answers 503
/// because it cannot know whether the event was received before.
///
/// For ending sessions there is the route `<prefix>/webhook` of [`Logto::fairing`]; this is for
/// what else an application does with events.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::Webhook;
/// use serde_json::Value;
///
/// #[post("/hooks/logto", data = "<hook>")]
/// fn logto_event(hook: Webhook<Value>) {
///     println!("{} at {:?}: {}", hook.event(), hook.created_at(), hook["data"]["name"]);
/// }
/// # fn main() {}
/// ```
pub struct Webhook<T = WebhookEvent> {
    envelope: Envelope,
    created: UnixTime,
    body: T,
}

impl<T> Webhook<T> {
    /// The name of the event, such as `User.Deleted`.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.envelope.event
    }

    /// Which webhook of the tenant this is.
    #[must_use]
    pub fn hook_id(&self) -> &str {
        &self.envelope.hook_id
    }

    /// When it happened.
    #[must_use]
    pub fn created_at(&self) -> SystemTime {
        self.created.to_system_time()
    }

    pub(crate) fn created(&self) -> UnixTime {
        self.created
    }

    /// The body.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.body
    }
}

impl<T> Deref for Webhook<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T> fmt::Debug for Webhook<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("event", &self.envelope.event).finish_non_exhaustive()
    }
}

#[rocket::async_trait]
impl<'r, T: DeserializeOwned + Send> FromData<'r> for Webhook<T> {
    type Error = WebhookRefusal;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        let result = async {
            let (webhook, delivery) = receive(request, data).await?;
            begin(request, delivery).await?;
            Ok(webhook)
        };
        outcome(request, result.await)
    }
}

/// An event that may be processed twice: it is accepted although the store does not respond.
pub(crate) struct Repeatable(pub(crate) Webhook<Effects>);

#[rocket::async_trait]
impl<'r> FromData<'r> for Repeatable {
    type Error = WebhookRefusal;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        let result = async {
            let (webhook, delivery) = receive(request, data).await?;
            match begin(request, delivery).await {
                Ok(()) | Err(WebhookRefusal::StoreUnavailable) => Ok(Repeatable(webhook)),
                Err(failure) => Err(failure),
            }
        };
        outcome(request, result.await)
    }
}

fn outcome<'r, W>(request: &'r Request<'_>, received: Result<W, WebhookRefusal>) -> Outcome<'r, W>
where
    W: FromData<'r, Error = WebhookRefusal>,
{
    match received {
        Ok(webhook) => Outcome::Success(webhook),
        Err(failure) => {
            telemetry::refused(By::Guard, failure.code(), RULE.item, None, None);
            let _ = RequestState::of(request).webhook.set(Err(failure));
            Outcome::Error((failure.status(), failure))
        }
    }
}

/// Begins the processing of a delivery, if it is the first time.
async fn begin(request: &Request<'_>, delivery: Delivery) -> Result<(), WebhookRefusal> {
    let logto = request.rocket().state::<Logto>().and_then(Logto::web_app);
    let logto = logto.ok_or(WebhookRefusal::Misconfigured)?;
    match logto.0.sessions.idempotency().begin(&delivery.name, &delivery.holder).await {
        Ok(Begun::Now) => {
            let _ = RequestState::of(request).webhook.set(Ok(delivery));
            Ok(())
        }
        Ok(Begun::UnderWay) => Err(WebhookRefusal::UnderWay),
        Ok(Begun::Done) => Err(WebhookRefusal::Repeated),
        Err(error) => {
            tracing::error!(target: "logto", "a webhook could not be processed: {error}");
            Err(WebhookRefusal::StoreUnavailable)
        }
    }
}

/// A genuine webhook, and the key by which a second delivery is recognized.
async fn receive<T: DeserializeOwned>(
    request: &Request<'_>,
    data: Data<'_>,
) -> Result<(Webhook<T>, Delivery), WebhookRefusal> {
    let Some(logto) = request.rocket().state::<Logto>() else {
        asked_without_fairing(request, &RULE);
        return Err(WebhookRefusal::Misconfigured);
    };
    let Some(logto) = logto.web_app() else { return Err(WebhookRefusal::Misconfigured) };
    if logto.0.signing_keys.is_empty() {
        return Err(WebhookRefusal::Misconfigured);
    }
    let mut signatures = request.headers().get(SIGNATURE_HEADER);
    let signature = signatures.next().ok_or(WebhookRefusal::NotSigned)?;
    if signatures.next().is_some() {
        return Err(WebhookRefusal::SeveralSignatures);
    }
    let signature = Signature::read(signature).ok_or(WebhookRefusal::WrongSignature)?;
    let body = data.open(ByteUnit::from(MAX_BODY)).into_bytes().await;
    let body = body.map_err(|_| WebhookRefusal::Incomplete)?;
    if !body.is_complete() {
        return Err(WebhookRefusal::TooLarge);
    }
    if !logto.0.signing_keys.have_signed(&body, &signature) {
        return Err(WebhookRefusal::WrongSignature);
    }
    let envelope = Envelope::read(&body).ok_or(WebhookRefusal::Malformed)?;
    let created = envelope.created().ok_or(WebhookRefusal::Malformed)?;
    if !is_fresh(created, logto.0.clock.now(), logto.0.config.leeway) {
        return Err(WebhookRefusal::NotFresh);
    }
    let read = serde_json::from_slice(&body).map_err(|_| WebhookRefusal::Malformed)?;
    let delivery = Delivery { name: name_of(&body), holder: Holder::from_bytes(random()) };
    Ok((Webhook { envelope, created, body: read }, delivery))
}

/// Records, once a webhook's request is answered, whether it was processed. If it was refused, and the application has no
/// catcher for that, writes the refusal to the response. Returns whether it has written one.
pub(crate) async fn settle<'r>(request: &'r Request<'_>, response: &mut Response<'r>, logto: &Logto) -> bool {
    match RequestState::of(request).webhook.get() {
        None => false,
        Some(Ok(delivery)) => {
            let done = response.status().code < 500;
            if let Some(web_app) = logto.web_app()
                && let Err(error) = finish(web_app, delivery, done).await
            {
                tracing::warn!(target: "logto", "a processed webhook could not be recorded, so the same delivery may be accepted again: {error}");
            }
            false
        }
        Some(Err(failure)) => {
            #[cfg(feature = "testing")]
            RequestState::of(request).note_refusal_code(failure.code());
            if !is_default_catchers(request, response, failure.status()).await {
                return false;
            }
            failure.write(response);
            true
        }
    }
}

async fn finish(logto: &WebApp, delivery: &Delivery, done: bool) -> Result<(), Error> {
    let remembered = done.then(|| memory(logto.0.config.leeway));
    logto.0.sessions.idempotency().finish(&delivery.name, &delivery.holder, remembered).await
}

async fn is_default_catchers(request: &Request<'_>, response: &mut Response<'_>, status: Status) -> bool {
    if response.status() != status {
        return false;
    }
    let shape = (response.content_type(), response.body().preset_size());
    match Catcher::default().handler.handle(status, request).await {
        Ok(default) => shape == (default.content_type(), default.body().preset_size()),
        Err(_) => false,
    }
}

static RULE: Rule = Rule::new(WEBHOOK, "a parameter of type `Webhook`", file!(), line!());

impl<T: 'static> Sentinel for Webhook<T> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        if needs_session_at_launch::<Self>(rocket, &RULE) {
            return true;
        }
        let web_app = rocket.state::<Logto>().and_then(Logto::web_app);
        let lacks_keys = web_app.is_some_and(|web_app| web_app.0.signing_keys.is_empty());
        if lacks_keys {
            signing_keys_are_missing(rocket, TypeId::of::<Self>());
        }
        lacks_keys
    }
}
