//! Responses of the API: JSON for programs, the same on a page for users who press a button.

use std::io::Cursor;

use rocket::http::{ContentType, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde_json::Value;

use crate::base_path::BasePath;
use crate::html::Html;

pub(crate) struct Answer {
    status: Status,
    body: Value,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Answer { status: Status::Ok, body }
    }

    pub(crate) fn created(body: Value) -> Self {
        Answer { status: Status::Created, body }
    }

    /// 204. A user who pressed a button of the shop gets a page instead, because browsers show nothing for a 204.
    pub(crate) fn no_content(what: String) -> Self {
        Answer { status: Status::NoContent, body: Value::String(what) }
    }

    pub(crate) fn failed(status: Status, body: Value) -> Self {
        Answer { status, body }
    }
}

/// Whether the client asks for HTML, as only browsers do. `*/*` gets JSON.
pub(crate) fn is_for_people(request: &Request<'_>) -> bool {
    request.accept().is_some_and(|accept| accept.iter().any(|media| media.media_type().is_html()))
}

/// Whether a button of the home page sent the request, which its query shows.
fn is_own_button(request: &Request<'_>) -> bool {
    is_for_people(request) && request.uri().query().is_some_and(|query| query == "page")
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        if self.status == Status::NoContent && !is_own_button(request) {
            return Response::build().status(self.status).ok();
        }
        let status = if self.status == Status::NoContent { Status::Ok } else { self.status };
        let (kind, body) = if is_for_people(request) {
            let text = serde_json::to_string_pretty(&self.body).unwrap_or_default();
            let route = format!("{} {}", request.method(), request.uri().path());
            (ContentType::HTML, Html::answer(BasePath::in_links(request), &route, &status.to_string(), &text))
        } else {
            (ContentType::JSON, self.body.to_string())
        };
        Response::build().status(status).header(kind).sized_body(body.len(), Cursor::new(body)).ok()
    }
}
