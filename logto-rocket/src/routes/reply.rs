//! Answers of this crate's own endpoints. None may be cached, none may leak its URL.

use std::io::Cursor;

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde_json::{Value, json};

use crate::guard::prefers_html;
use crate::page::{CONTENT_SECURITY_POLICY, Page};

pub(super) enum Reply {
    /// 303: whatever the method was, the browser goes there with GET.
    SeeOther(String),
    Json(Value),
    /// Something to do ahead of a person's decision: nothing.
    Nothing,
    /// 200, and nothing to say.
    Done,
    /// 405: come with `POST`.
    PostOnly,
    Refusal(Refusal),
}

/// A refusal of one of these endpoints: a page for people, a problem (RFC 9457) for programs.
pub(super) struct Refusal {
    pub(super) status: Status,
    pub(super) code: &'static str,
    pub(super) page: Page,
    pub(super) title: String,
}

impl Refusal {
    pub(super) fn new(status: Status, code: &'static str, title: &str, text: &str) -> Self {
        let page = Page::new(title).text(text).code(code);
        tracing::info!(target: "logto::audit", code, "refused");
        Refusal { status, code, page, title: format!("{title}. {text}") }
    }

    pub(super) fn link(mut self, label: &'static str, target: impl Into<String>) -> Self {
        self.page = self.page.link(label, target);
        self
    }

    pub(super) fn button(mut self, label: &'static str, target: impl Into<String>) -> Self {
        self.page = self.page.button(label, target);
        self
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
            Reply::PostOnly => {
                response.status(Status::MethodNotAllowed).header(Header::new("Allow", "POST"));
            }
            Reply::Json(value) => {
                let body = value.to_string();
                response.header(ContentType::JSON).sized_body(body.len(), Cursor::new(body));
            }
            Reply::Refusal(refusal) => {
                response.status(refusal.status);
                if refusal.status == Status::ServiceUnavailable {
                    response.header(Header::new("Retry-After", "5"));
                }
                let body = if prefers_html(request) {
                    response
                        .header(ContentType::HTML)
                        .header(Header::new("Content-Security-Policy", CONTENT_SECURITY_POLICY.as_str()));
                    refusal.page.to_html()
                } else {
                    response.header(ContentType::new("application", "problem+json"));
                    json!({
                        "type": "about:blank",
                        "title": refusal.title,
                        "status": refusal.status.code,
                        "code": refusal.code,
                    })
                    .to_string()
                };
                response.sized_body(body.len(), Cursor::new(body));
            }
        }
        response.ok()
    }
}
