//! Responses of this crate's own endpoints. By default they are not cached and do not leak their URL.

use std::io::Cursor;

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Builder, Responder, Response};
use serde_json::{Value, json};

use super::ITEM;
use super::path::below;
use super::refusal::EndpointRefusal;
use crate::guard::challenge::{Problem, bearer_challenge};
use crate::guard::{Denied, RequestState, is_htmx, is_script, prefers_html};
use crate::logto::Logto;
use crate::page::{CONTENT_SECURITY_POLICY, Page};
use crate::telemetry::{self, By};

pub(super) enum Reply {
    /// 303: the browser continues with `GET`, whatever the method was.
    SeeOther(String),
    /// A redirect that may lead to another origin, where a script cannot follow. htmx navigates the whole page
    /// (`HX-Redirect`), and other scripts get the address as JSON.
    ExternalRedirect(String),
    /// The same after a sign-out, with `Clear-Site-Data` where the settings name what the browser clears.
    SignedOut(String),
    Json(Value),
    /// A JSON document that may be cached and read by scripts of any origin.
    Public(Value),
    /// The response to a CORS preflight for such a document.
    Preflight,
    /// The response to a prefetch: nothing is done. The status is 503, because browsers do not keep that. They would
    /// keep a 204 and show it to the user later, as a page that does nothing.
    Prefetch,
    /// 200 with an empty body.
    Ok,
    Refusal(Refusal),
}

/// A refusal of one of these endpoints: a page for browsers, a problem document (RFC 9457) for other clients.
pub(super) struct Refusal {
    why: EndpointRefusal,
    status: Status,
    help: String,
    page: Page,
    /// The address to open instead, for scripts.
    location: Option<String>,
}

impl Refusal {
    pub(super) fn new(why: EndpointRefusal) -> Self {
        Refusal::with(why, why.status(), why.help())
    }

    /// A refusal whose status and words are those of the application.
    pub(super) fn of_application(why: EndpointRefusal, denied: &Denied) -> Self {
        Refusal::with(why, denied.status(), denied.words().unwrap_or(why.help()))
    }

    fn with(why: EndpointRefusal, status: Status, help: &str) -> Self {
        let page = Page::new(why.title()).text(help).code(why.code());
        Refusal { why, status, help: help.to_owned(), page, location: None }
    }

    pub(super) fn link(mut self, label: &'static str, target: impl Into<String>) -> Self {
        self.page = self.page.link(label, target);
        self
    }

    pub(super) fn button(mut self, label: &'static str, target: impl Into<String>) -> Self {
        self.page = self.page.button(label, target);
        self
    }

    /// Adds the member `location` to the problem document: the address that a script should open instead.
    pub(super) fn location(mut self, target: impl Into<String>) -> Self {
        self.location = Some(target.into());
        self
    }

    /// Writes the audit event too: this refusal is certain to be the response.
    fn write(self, request: &Request<'_>, response: &mut Builder<'_>) {
        let reference = prefers_html(request).then(telemetry::reference);
        telemetry::refused(By::Endpoint, self.why.code(), ITEM, reference.as_deref());
        response.status(self.status);
        match self.status.code {
            // RFC 9110 §15.5.2: a 401 must carry a challenge.
            401 => {
                if let Some(logto) = request.rocket().state::<Logto>() {
                    response.header(Header::new("WWW-Authenticate", bearer_challenge(logto)));
                }
            }
            // RFC 9110 §15.5.6.
            405 if self.why.status() == Status::MethodNotAllowed => {
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
            let mut problem = Problem::new(self.status, self.why.code(), self.why.title(), &self.help);
            problem.location = self.location.as_deref();
            problem.to_json()
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
            Reply::ExternalRedirect(target) => redirect_elsewhere(&mut response, request, target),
            Reply::SignedOut(target) => {
                let logto = request.rocket().state::<Logto>();
                if let Some(cleared) = logto.and_then(|logto| logto.0.config.clear_site_data.clone()) {
                    response.header(Header::new("Clear-Site-Data", cleared));
                }
                redirect_elsewhere(&mut response, request, target);
            }
            Reply::Prefetch => {
                response.status(Status::ServiceUnavailable);
            }
            Reply::Ok => {}
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

fn redirect_elsewhere(response: &mut Builder<'_>, request: &Request<'_>, target: String) {
    if is_htmx(request) {
        response.header(Header::new("HX-Redirect", target));
    } else if is_script(request) {
        write_json(response, &json!({ "location": target }));
    } else {
        response.status(Status::SeeOther).header(Header::new("Location", target));
    }
}

fn write_json(response: &mut Builder<'_>, value: &Value) {
    let body = value.to_string();
    response.header(ContentType::JSON).sized_body(body.len(), Cursor::new(body));
}

/// Adds the headers that every response under the prefix has, including Rocket's own responses for these routes.
pub(crate) fn finish(request: &Request<'_>, response: &mut Response<'_>, prefix: &str) {
    let Some(rest) = below(request.uri(), prefix) else { return };
    response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    // RFC 9110 §15.5.6.
    if response.status() == Status::MethodNotAllowed && RequestState::of(request).came_as_head() {
        let allowed = if rest.eq(["sign-out"]) { "GET, POST" } else { "GET" };
        response.set_header(Header::new("Allow", allowed));
    }
}
