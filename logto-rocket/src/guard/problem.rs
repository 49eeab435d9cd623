//! Problem documents (RFC 9457), for clients that are programs.

use std::io::Cursor;

use rocket::Response;
use rocket::http::{ContentType, Header, Status};
use serde::Serialize;

use super::failure::AuthFailure;
use crate::page::push_sentence;

/// A problem document (RFC 9457). Programs tell problems apart by `code`, which no page stands behind; so the
/// type is the one that says no more than the status does.
#[derive(Serialize)]
pub(crate) struct Problem<'p> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    any_of_scopes: &'p [&'p str],
    code: &'p str,
    detail: &'p str,
    /// Where a script is to go instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<&'p str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    required_scopes: &'p [&'p str],
    status: u16,
    title: &'p str,
    r#type: &'static str,
}

impl<'p> Problem<'p> {
    pub(crate) fn new(status: Status, code: &'p str, title: &'p str, detail: &'p str) -> Self {
        let (status, r#type) = (status.code, "about:blank");
        let none = &[];
        Problem {
            any_of_scopes: none,
            code,
            detail,
            location: None,
            required_scopes: none,
            status,
            title,
            r#type,
        }
    }

    pub(crate) fn to_json(&self) -> String {
        // Nothing in it fails to be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The problem document of a failed guard. Its texts are English, whatever language the client prefers.
pub(super) fn problem_of(failure: &AuthFailure) -> String {
    let mut detail = String::new();
    for text in failure.detail().into_iter().chain([failure.help()]) {
        if !detail.is_empty() {
            detail.push(' ');
        }
        push_sentence(&mut detail, text);
    }
    let rule = failure.rule();
    let problem = Problem {
        required_scopes: rule.scopes,
        any_of_scopes: rule.any_scope,
        ..Problem::new(failure.status(), failure.code(), failure.title(), &detail)
    };
    problem.to_json()
}

/// Makes the problem document the body of the response.
pub(crate) fn write_problem(response: &mut Response<'_>, body: String) {
    response.set_header(ContentType::new("application", "problem+json"));
    response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    response.set_sized_body(body.len(), Cursor::new(body));
}
