//! Answers of this crate's own endpoints. None may be cached, none may leak its URL.

use std::io::Cursor;

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Builder, Responder, Response};
use serde_json::Value;

use super::ITEM;
use super::refusal::EndpointRefusal;
use crate::guard::challenge::{bearer_challenge, problem};
use crate::guard::{RequestState, prefers_html};
use crate::logto::Logto;
use crate::page::{CONTENT_SECURITY_POLICY, Page};
use crate::signs::{self, By};

pub(super) enum Reply {
    /// 303: whatever the method was, the browser goes there with GET.
    SeeOther(String),
    Json(Value),
    /// The same for everybody, and for scripts of any site.
    Public(Value),
    /// The answer to a browser that asks whether such a script may ask.
    Preflight,
    /// Something to do ahead of a person's decision: nothing.
    Nothing,
    /// 200, and nothing to say.
    Done,
    Refusal(Refusal),
}

/// A refusal of one of these endpoints: a page for people, a problem (RFC 9457) for programs.
pub(super) struct Refusal {
    why: EndpointRefusal,
    page: Page,
}

impl Refusal {
    pub(super) fn new(why: EndpointRefusal) -> Self {
        Refusal { why, page: Page::new(why.title()).text(why.help()).code(why.code()) }
    }

    pub(super) fn link(mut self, label: &'static str, target: impl Into<String>) -> Self {
        self.page = self.page.link(label, target);
        self
    }

    pub(super) fn button(mut self, label: &'static str, target: impl Into<String>) -> Self {
        self.page = self.page.button(label, target);
        self
    }

    /// Writes it to the audit too: here it is certain to be the answer.
    fn write(self, request: &Request<'_>, response: &mut Builder<'_>) {
        let reference = prefers_html(request).then(signs::reference);
        signs::refused(By::Endpoint, self.why.code(), ITEM, reference.as_deref());
        response.status(self.why.status());
        match self.why.status().code {
            // RFC 9110 §15.5.2: no 401 without a challenge.
            401 => {
                if let Some(logto) = request.rocket().state::<Logto>() {
                    response.header(Header::new("WWW-Authenticate", bearer_challenge(logto)));
                }
            }
            // RFC 9110 §15.5.6.
            405 => {
                response.header(Header::new("Allow", "POST"));
            }
            503 => {
                response.header(Header::new("Retry-After", "5"));
            }
            _ => {}
        }
        let body = if let Some(reference) = reference {
            response
                .header(ContentType::HTML)
                .header(Header::new("Content-Security-Policy", CONTENT_SECURITY_POLICY.as_str()));
            self.page.reference(reference).to_html()
        } else {
            response.header(ContentType::new("application", "problem+json"));
            problem(self.why.status(), self.why.code(), self.why.title(), self.why.help()).to_string()
        };
        response.sized_body(body.len(), Cursor::new(body));
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Reply::Refusal(refusal)
    }
}

impl<'r> Responder<'r, 'static> for Reply {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response
            .header(Header::new("Cache-Control", "no-store"))
            .header(Header::new("Referrer-Policy", "no-referrer"));
        match self {
            Reply::SeeOther(target) => {
                response.status(Status::SeeOther).header(Header::new("Location", target));
            }
            Reply::Nothing => {
                response.status(Status::NoContent);
            }
            Reply::Done => {}
            Reply::Json(value) => {
                let body = value.to_string();
                response.header(ContentType::JSON).sized_body(body.len(), Cursor::new(body));
            }
            Reply::Public(value) => {
                let body = value.to_string();
                response
                    .header(ContentType::JSON)
                    .header(Header::new("Cache-Control", "public, max-age=3600"))
                    .header(Header::new("Access-Control-Allow-Origin", "*"))
                    .sized_body(body.len(), Cursor::new(body));
            }
            Reply::Preflight => {
                response
                    .status(Status::NoContent)
                    .header(Header::new("Access-Control-Allow-Origin", "*"))
                    .header(Header::new("Access-Control-Allow-Methods", "GET"))
                    .header(Header::new("Access-Control-Allow-Headers", "*"));
            }
            Reply::Refusal(refusal) => refusal.write(request, &mut response),
        }
        response.ok()
    }
}

/// What every answer under the prefix has, also those that Rocket gives for one of these routes.
pub(crate) fn finish(request: &Request<'_>, response: &mut Response<'_>) {
    response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    // RFC 9110 §15.5.6.
    if response.status() == Status::MethodNotAllowed && RequestState::of(request).came_as_head() {
        let allowed = if request.uri().path().ends_with("/sign-out") { "GET, POST" } else { "GET" };
        response.set_header(Header::new("Allow", allowed));
    }
}
