//! A webhook of Logto as a data guard. Its body is read only where the header can be a signature, and understood
//! only where it is one.

use std::any::TypeId;
use std::fmt;
use std::io::Cursor;
use std::ops::Deref;
use std::time::SystemTime;

use rocket::data::{ByteUnit, FromData, Outcome};
use rocket::http::{ContentType, Header, Status};
use rocket::response::{self, Responder, Response};
use rocket::{Catcher, Data, Ignite, Request, Rocket, Sentinel};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::access::WEBHOOK;
use super::launch::launch_without_state;
use super::missing::{asked_without_fairing, signing_keys_are_missing};
use super::rule::Rule;
use crate::clock::UnixTime;
use crate::error::Error;
use crate::logto::Logto;
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

refusals! {
    /// Why a [`Webhook`] was refused. As a response it is a problem document (RFC 9457) with a `code`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum WebhookRefusal {
        /// There is no `logto-signature-sha-256`.
        NotSigned: Unauthorized, "webhook_not_signed", "The webhook is not signed",
            "Send exactly one logto-signature-sha-256 header, as Logto does.";
        /// There is more than one.
        SeveralSignatures: BadRequest, "webhook_several_signatures", "The webhook has several signatures",
            "Send exactly one logto-signature-sha-256 header, as Logto does.";
        /// None of the signing keys made it for this body.
        WrongSignature: Unauthorized, "webhook_wrong_signature", "The webhook's signature is wrong",
            "Compare the signing key on the webhook's page in Logto with `webhook_signing_keys`, and let no proxy change the body.";
        /// The body is longer than 1 MiB.
        TooLarge: PayloadTooLarge, "webhook_too_large", "The webhook is too large", "Send no more than 1 MiB.";
        /// The body did not arrive in full.
        Incomplete: BadRequest, "webhook_incomplete", "The webhook did not arrive in full", "Send the whole body.";
        /// It is genuine, and its body is not what Logto sends.
        Malformed: BadRequest, "webhook_malformed", "The webhook is malformed",
            "Send a JSON object as Logto does, with hookId, event and createdAt.";
        /// It is older than five minutes, or from the future.
        NotFresh: BadRequest, "webhook_not_fresh", "The webhook is not fresh",
            "Compare the clocks of both servers; an event is accepted for five minutes.";
        /// It was received and processed before.
        Repeated: Conflict, "webhook_repeated", "The webhook was received before", "Nothing has to be done.";
        /// It is being processed at this moment.
        UnderWay: Conflict, "webhook_under_way", "The webhook is being processed", "Nothing has to be done.";
        /// The session store does not answer, so it is unknown whether the webhook was received before.
        StoreUnavailable: ServiceUnavailable, "store_unavailable", "The webhook cannot be processed now",
            "Try again in a moment.";
        /// No signing keys are set.
        Misconfigured: InternalServerError, "misconfigured", "Webhooks are not set up", "Set `webhook_signing_keys`.";
    }
}

impl WebhookRefusal {
    fn write(self, response: &mut Response<'_>) {
        let problem = json!({
            "type": "about:blank",
            "title": self.title(),
            "status": self.status().code,
            "detail": self.help(),
            "code": self.code(),
        });
        let body = problem.to_string();
        response.set_status(self.status());
        response.set_header(ContentType::new("application", "problem+json"));
        response.set_header(Header::new("Cache-Control", "no-store"));
        if self.status() == Status::ServiceUnavailable {
            response.set_header(Header::new("Retry-After", "5"));
        }
        response.set_sized_body(body.len(), Cursor::new(body));
    }
}

impl<'r> Responder<'r, 'static> for WebhookRefusal {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::new();
        self.write(&mut response);
        Ok(response)
    }
}

/// What became of the webhook of a request, for the response fairing.
#[derive(Default)]
struct DeliveryResult(std::sync::OnceLock<Result<Delivery, WebhookRefusal>>);

/// A delivery that is being processed.
struct Delivery {
    name: String,
    holder: Holder,
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

/// An event that may be processed twice: it is accepted although the store does not answer.
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
            telemetry::refused(By::Guard, failure.code(), RULE.item, None);
            let _ = request.local_cache(DeliveryResult::default).0.set(Err(failure));
            Outcome::Error((failure.status(), failure))
        }
    }
}

/// Begins the processing of a delivery, if it is the first time.
async fn begin(request: &Request<'_>, delivery: Delivery) -> Result<(), WebhookRefusal> {
    let logto = request.rocket().state::<Logto>().ok_or(WebhookRefusal::Misconfigured)?;
    match logto.0.sessions.idempotency().begin(&delivery.name, &delivery.holder).await {
        Ok(Begun::Now) => {
            let _ = request.local_cache(DeliveryResult::default).0.set(Ok(delivery));
            Ok(())
        }
        Ok(Begun::UnderWay) => Err(WebhookRefusal::UnderWay),
        Ok(Begun::Done) => Err(WebhookRefusal::Repeated),
        Err(error) => {
            tracing::error!(target: "logto", "a webhook could not be processed: the session store did not answer: {error}");
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
    match request.local_cache(DeliveryResult::default).0.get() {
        None => false,
        Some(Ok(delivery)) => {
            let done = response.status().code < 500;
            if let Err(error) = finish(logto, delivery, done).await {
                tracing::warn!(target: "logto", "a webhook was processed, and the session store did not record it, so that it would be processed again: {error}");
            }
            false
        }
        Some(Err(failure)) => {
            if !is_default_catchers(request, response, failure.status()).await {
                return false;
            }
            failure.write(response);
            true
        }
    }
}

async fn finish(logto: &Logto, delivery: &Delivery, done: bool) -> Result<(), Error> {
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
        if launch_without_state::<Self>(rocket, &RULE) {
            return true;
        }
        let lacks_keys = rocket.state::<Logto>().is_some_and(|logto| logto.0.signing_keys.is_empty());
        if lacks_keys {
            signing_keys_are_missing(rocket, TypeId::of::<Self>());
        }
        lacks_keys
    }
}
