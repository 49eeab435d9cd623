//! Why a webhook was refused, and the delivery that is being processed.

use std::io::Cursor;

use rocket::Request;
use rocket::http::{ContentType, Header, Status};
use rocket::response::{self, Responder, Response};
use serde_json::json;

use crate::session::store::Holder;

refusals! {
    /// Why a [`Webhook`](crate::Webhook) was refused. The response is a problem document (RFC 9457) with a `code`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum WebhookRefusal {
        /// The header `logto-signature-sha-256` is missing.
        NotSigned: Unauthorized, "webhook_not_signed", "The webhook is not signed",
            "Send exactly one logto-signature-sha-256 header, as Logto does.";
        /// The header is repeated.
        SeveralSignatures: BadRequest, "webhook_several_signatures", "The webhook has several signatures",
            "Send exactly one logto-signature-sha-256 header, as Logto does.";
        /// The signature does not match the body with any of the signing keys.
        WrongSignature: Unauthorized, "webhook_wrong_signature", "The webhook's signature is not valid",
            "Compare the signing key on the webhook's page in Logto with `webhook_signing_keys`, and check that no proxy changes the body.";
        /// The body is larger than 1 MiB.
        TooLarge: PayloadTooLarge, "webhook_too_large", "The webhook is too large", "Send no more than 1 MiB.";
        /// The body did not arrive in full.
        Incomplete: BadRequest, "webhook_incomplete", "The webhook did not arrive in full", "Send the whole body.";
        /// The signature is valid, but the body is not an event.
        Malformed: BadRequest, "webhook_malformed", "The webhook is not an event",
            "Send a JSON object as Logto does, with hookId, event and createdAt.";
        /// The event is older than five minutes, or in the future.
        NotFresh: BadRequest, "webhook_not_fresh", "The webhook is too old",
            "Synchronize the clocks of both servers. An event is accepted for five minutes.";
        /// The same delivery was processed before.
        Repeated: Conflict, "webhook_repeated", "The webhook was processed before", "Nothing needs to be done.";
        /// The same delivery is being processed.
        UnderWay: Conflict, "webhook_under_way", "The webhook is being processed", "Nothing needs to be done.";
        /// The session store is unavailable, so it is unknown whether the delivery was processed before.
        StoreUnavailable: ServiceUnavailable, "store_unavailable", "The webhook cannot be processed at the moment",
            "Try again in a moment.";
        /// No signing keys are set.
        Misconfigured: InternalServerError, "misconfigured", "Webhooks are not set up", "Set `webhook_signing_keys`.";
    }
}

impl WebhookRefusal {
    pub(super) fn write(self, response: &mut Response<'_>) {
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

/// A delivery that is being processed.
pub(super) struct Delivery {
    pub(super) name: String,
    pub(super) holder: Holder,
}
