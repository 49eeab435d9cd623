//! Answers of this crate's own endpoints. None may be cached, none may leak its URL.

use std::io::Cursor;

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Builder, Responder, Response};
use serde_json::{Value, json};

use super::ITEM;
use super::path::below;
use super::refusal::EndpointRefusal;
use crate::guard::challenge::{bearer_challenge, problem};
use crate::guard::{RequestState, is_htmx, is_script, prefers_html};
use crate::logto::Logto;
use crate::page::{CONTENT_SECURITY_POLICY, Page};
use crate::telemetry::{self, By};

pub(super) enum Reply {
    /// 303: whatever the method was, the browser goes there with GET.
    SeeOther(String),
    /// The same to an address that may be of another origin, where scripts cannot follow: htmx takes the whole page
    /// there (`HX-Redirect`), and other scripts are told of it in JSON.
    Leave(String),
    Json(Value),
    /// The same for everybody, and for scripts of any site.
    Public(Value),
    /// The answer to a browser that asks whether such a script may ask.
    Preflight,
    /// To what comes ahead of a person's decision: nothing is done. 503, since no browser keeps that; a 204 of a
    /// prefetch is shown to the person afterwards, as a page that does nothing.
    NotAhead,
    /// 200, and nothing to say.
    Done,
    Refusal(Refusal),
}

/// A refusal of one of these endpoints: a page for people, a problem (RFC 9457) for programs.
pub(super) struct Refusal {
    why: EndpointRefusal,
    page: Page,
    /// Where to go, for scripts.
    location: Option<String>,
}

impl Refusal {
    pub(super) fn new(why: EndpointRefusal) -> Self {
        let page = Page::new(why.title()).text(why.help()).code(why.code());
        Refusal { why, page, location: None }
    }

    pub(super) fn link(mut self, label: &'static str, target: impl Into<String>) -> Self {
        self.page = self.page.link(label, target);
        self
    }

    pub(super) fn button(mut self, label: &'static str, target: impl Into<String>) -> Self {
        self.page = self.page.button(label, target);
        self
    }

    /// Tells scripts where to go instead, in the member `location` of the problem.
    pub(super) fn location(mut self, target: impl Into<String>) -> Self {
        self.location = Some(target.into());
        self
    }

    /// Writes it to the audit too: here it is certain to be the answer.
    fn write(self, request: &Request<'_>, response: &mut Builder<'_>) {
        let reference = prefers_html(request).then(telemetry::reference);
        telemetry::refused(By::Endpoint, self.why.code(), ITEM, reference.as_deref());
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
            let mut problem = problem(self.why.status(), self.why.code(), self.why.title(), self.why.help());
            if let Some(location) = self.location {
                problem["location"] = json!(location);
            }
            problem.to_string()
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
            Reply::Leave(target) if is_htmx(request) => {
                response.header(Header::new("HX-Redirect", target));
            }
            Reply::Leave(target) if is_script(request) => {
                write_json(&mut response, &json!({ "location": target }));
            }
            Reply::Leave(target) => {
                response.status(Status::SeeOther).header(Header::new("Location", target));
            }
            Reply::NotAhead => {
                response.status(Status::ServiceUnavailable);
            }
            Reply::Done => {}
            Reply::Json(value) => write_json(&mut response, &value),
            Reply::Public(value) => {
                write_json(&mut response, &value);
                response
                    .header(Header::new("Cache-Control", "public, max-age=3600"))
                    .header(Header::new("Access-Control-Allow-Origin", "*"));
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

fn write_json(response: &mut Builder<'_>, value: &Value) {
    let body = value.to_string();
    response.header(ContentType::JSON).sized_body(body.len(), Cursor::new(body));
}

/// What every answer under the prefix has, also those that Rocket gives for one of these routes.
pub(crate) fn finish(request: &Request<'_>, response: &mut Response<'_>, prefix: &str) {
    let Some(rest) = below(request.uri(), prefix) else { return };
    response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    // RFC 9110 §15.5.6.
    if response.status() == Status::MethodNotAllowed && RequestState::of(request).came_as_head() {
        let allowed = if rest.eq(["sign-out"]) { "GET, POST" } else { "GET" };
        response.set_header(Header::new("Allow", allowed));
    }
}
