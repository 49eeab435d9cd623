//! The answer to a request that a guard did not let pass.

mod header;
mod redirect;

use std::fmt::Write as _;
use std::io::Cursor;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rocket::http::{ContentType, Header, Status};
use rocket::{Catcher, Request, Response};
use serde::Serialize;

#[cfg(test)]
pub(crate) use header::Challenge;
pub(crate) use header::bearer_challenge;
use header::challenge;

use super::browser::{is_htmx, is_navigation, is_prefetch, is_told_to_navigate, prefers_html};
use super::failure::{AuthFailure, Refusal};
use super::lost_form;
use super::redirect_loop_mark::{RedirectLoopMark, is_in_redirect_loop, redirect_loop_mark};
use super::request_state::RequestState;
use super::return_path::return_path;
use super::rule::Via;
use super::silent_sign_in::lacks_refresh_token;
use crate::bearer::read_authorization;
use crate::logto::Logto;
use crate::page::{CONTENT_SECURITY_POLICY, Page};
use crate::telemetry::{self, By};

/// Characters that must not stand in a query value.
const QUERY_VALUE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'>')
    .add(b'=')
    .add(b'?');

/// Turns the catcher's answer to a failed guard into the right one, and says whether it did. Nothing happens
/// if the application has answered otherwise.
///
/// This is also where a refusal is written to the audit: once for each refused request, however many guards have failed,
/// and never for one that a handler has answered after all.
pub(crate) async fn decorate<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    logto: &Logto,
) -> bool {
    let Some(failure) = RequestState::of(request).failure(request) else { return false };
    if response.status() != failure.status() {
        // A catcher of the application's may answer as it likes; refused is refused.
        if failure.is_final {
            telemetry::refused(By::Guard, failure.code(), failure.rule().item, None);
        }
        return false;
    }
    let shape = (response.content_type(), response.body().preset_size());
    if !failure.is_final && !is_from_catcher(request, shape, &failure).await {
        return false;
    }
    let AuditedRefusal { code, reference } = answer(request, response, logto, &failure);
    telemetry::refused(By::Guard, code, failure.rule().item, reference.as_deref());
    true
}

/// Whether a catcher has answered because of this failure. After an optional guard, such as
/// `Option<User>`, the handler may have come to the same status for reasons of its own.
async fn is_from_catcher(request: &Request<'_>, shape: Shape, failure: &AuthFailure) -> bool {
    if has_own_catcher(request, failure.status()) {
        return true;
    }
    let default = Catcher::default();
    match default.handler.handle(failure.status(), request).await {
        Ok(response) => shape == (response.content_type(), response.body().preset_size()),
        Err(_) => false,
    }
}

/// What distinguishes one response from another without reading its body.
type Shape = (Option<ContentType>, Option<usize>);

/// What the answer goes by.
struct AuditedRefusal {
    code: &'static str,
    /// On a page.
    reference: Option<String>,
}

fn answer<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    logto: &Logto,
    failure: &AuthFailure,
) -> AuditedRefusal {
    if wants_sign_in(request, failure) {
        if is_prefetch(request) {
            return answer_prefetch(response, failure);
        }
        if is_htmx(request) && !comes_from_sign_in(request, logto, failure) {
            lost_form::set_flash_message(request, logto);
            response.set_header(Header::new("HX-Redirect", sign_in_path(request, logto, failure)));
        } else if may_redirect(request, failure) {
            let sign_in = sign_in_path(request, logto, failure);
            return redirect_to_sign_in(request, response, logto, failure, sign_in);
        }
    }
    if redirect::follow(request, response, logto, failure) {
        return AuditedRefusal { code: failure.code(), reference: None };
    }
    challenge(response, failure, logto);
    let reference = if has_own_catcher(request, failure.status()) {
        None
    } else {
        write_body(request, response, failure, logto)
    };
    AuditedRefusal { code: failure.code(), reference }
}

/// Whether signing in would help, and is possible here.
fn wants_sign_in(request: &Request<'_>, failure: &AuthFailure) -> bool {
    let helps = failure.is_anonymous()
        || matches!(failure.refusal(), Refusal::SessionEnded | Refusal::StaleSignIn)
        || failure.refusal() == Refusal::NotGranted && lacks_refresh_token(request);
    helps
        && failure.rule().via != Via::Bearer
        && !read_authorization(request.headers().get("authorization")).is_ours()
}

/// Whether the browser is redirected to sign-in. A request with another scheme and without fetch metadata may come from a
/// program that prefers HTML: it gets the challenge, on a page that links to sign-in.
fn may_redirect(request: &Request<'_>, failure: &AuthFailure) -> bool {
    is_navigation(request)
        && (failure.refusal() != Refusal::UnsupportedScheme || is_told_to_navigate(request))
}

/// Answers a prefetch with a response that no browser keeps: sign-in begins with the user's own navigation.
fn answer_prefetch(response: &mut Response<'_>, failure: &AuthFailure) -> AuditedRefusal {
    response.set_status(Status::ServiceUnavailable);
    set_empty(response);
    AuditedRefusal { code: failure.code(), reference: None }
}

fn set_empty(response: &mut Response<'_>) {
    response.remove_header("Content-Type");
    response.set_sized_body(0, Cursor::new(""));
}

fn sign_in_path(request: &Request<'_>, logto: &Logto, failure: &AuthFailure) -> String {
    let return_to = return_path(request, &logto.0.config);
    let mut path = format!(
        "{}/sign-in?return_to={}",
        logto.0.config.prefix,
        utf8_percent_encode(&return_to, QUERY_VALUE)
    );
    if let (Refusal::StaleSignIn, Some(seconds)) = (failure.refusal(), failure.rule().max_age) {
        let _ = write!(path, "&max_age={seconds}");
    }
    path
}

/// Whether sign-in has just been tried for this very reason.
fn comes_from_sign_in(request: &Request<'_>, logto: &Logto, failure: &AuthFailure) -> bool {
    is_in_redirect_loop(request, logto, failure.refusal() == Refusal::StaleSignIn)
}

/// Redirects a browser to sign-in, unless it has just come from there: that would be an endless loop.
fn redirect_to_sign_in<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    logto: &Logto,
    failure: &AuthFailure,
    sign_in: String,
) -> AuditedRefusal {
    if !comes_from_sign_in(request, logto, failure) {
        lost_form::set_flash_message(request, logto);
        response.set_status(Status::SeeOther);
        response.set_header(Header::new("Location", sign_in));
        set_empty(response);
        return AuditedRefusal { code: failure.code(), reference: None };
    }
    // The mark is no longer needed: the next attempt is the user's own.
    RequestState::of(request).set_cookie(redirect_loop_mark(logto, RedirectLoopMark::Over));
    let presented_ended = RequestState::of(request)
        .loaded_session()
        .is_some_and(|request_session| request_session.presented_ended());
    let end = match failure.refusal() {
        Refusal::SessionEnded => DeadEnd::SessionEndedAtOnce,
        Refusal::NotSignedIn if presented_ended => DeadEnd::SessionEndedAtOnce,
        Refusal::StaleSignIn => DeadEnd::StepUpFailed,
        _ => DeadEnd::SessionCookieLost,
    };
    response.set_status(end.status());
    challenge(response, failure, logto);
    let reference = telemetry::reference();
    let mut page = Page::new(end.title()).text(end.help()).code(end.code()).reference(&reference);
    if lost_form::is_lost(request, logto) {
        page = page.text(lost_form::NOT_SAVED);
    }
    set_page(response, &page.link("Sign in again", sign_in));
    AuditedRefusal { code: end.code(), reference: Some(reference) }
}

refusals! {
    /// Why a browser that has just signed in is not redirected to sign-in again.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum DeadEnd {
        /// The browser has just signed in, but its session cookie did not come back or cannot be opened.
        SessionCookieLost: Unauthorized, "session_cookie_lost", "Your browser did not keep the session",
            "You have signed in, but this request came without a valid session cookie. Allow cookies for this site, and open it under its usual address. If that does not help, ask whoever runs this site.";
        /// The browser has just signed in, and the session was already ended: by Logto, by an
        /// administrator, or from another device.
        SessionEndedAtOnce: Unauthorized, "session_ended_at_once", "The session has ended",
            "You have signed in, but the session was ended right afterwards: by the sign-in service, by whoever runs this site, or from another device. If this happens again, ask whoever runs this site.";
        /// The browser has just signed in because the route requires a fresh sign-in, and the sign-in still does
        /// not count as fresh.
        StepUpFailed: Unauthorized, "step_up_failed", "A fresh sign-in is needed",
            "You have just signed in, but the sign-in does not count as fresh. If this happens again, ask whoever runs this site: its clock may be wrong.";
    }
}

/// Whether the application answers this status here itself. Its answer stays; only headers are added.
fn has_own_catcher(request: &Request<'_>, status: Status) -> bool {
    let segments = request.uri().path().segments();
    request.rocket().catchers().any(|catcher| {
        catcher.code.is_none_or(|code| code == status.code)
            && catcher.base.path().segments().prefix_of(segments.clone())
    })
}

/// Returns the page's reference, if it is a page.
fn write_body<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    failure: &AuthFailure,
    logto: &Logto,
) -> Option<String> {
    if prefers_html(request) {
        let reference = telemetry::reference();
        let mut page = page_for(failure);
        if wants_sign_in(request, failure) {
            page = page.link("Sign in", sign_in_path(request, logto, failure));
        }
        let home = logto.0.config.default_return_to.clone();
        set_page(response, &page.link("Go to the start page", home).reference(&reference));
        return Some(reference);
    }
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
    let body = problem.to_json();
    response.set_header(ContentType::new("application", "problem+json"));
    response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    response.set_sized_body(body.len(), Cursor::new(body));
    None
}

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

/// Texts that may also follow a colon start in lower case and have no full stop.
fn sentence(text: &str) -> String {
    let mut sentence = String::new();
    push_sentence(&mut sentence, text);
    sentence
}

fn push_sentence(to: &mut String, text: &str) {
    let mut letters = text.trim_end_matches('.').chars();
    to.reserve(text.len() + 1);
    to.extend(letters.next().into_iter().flat_map(char::to_uppercase));
    to.push_str(letters.as_str());
    to.push('.');
}

fn page_for(failure: &AuthFailure) -> Page {
    let mut page = Page::new(failure.title());
    if let Some(detail) = failure.detail() {
        page = page.text(sentence(detail));
    }
    page = page.text(sentence(failure.help()));
    let scopes: Vec<&str> = failure.required_scopes().collect();
    if failure.refusal() == Refusal::InsufficientScope {
        page = page.text(format!("This page needs: {}", scopes.join(", ")));
    }
    page.code(failure.code())
}

fn set_page(response: &mut Response<'_>, page: &Page) {
    let html = page.to_html();
    response.set_header(ContentType::HTML);
    response.set_header(Header::new("Content-Security-Policy", CONTENT_SECURITY_POLICY.as_str()));
    response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    response.set_sized_body(html.len(), Cursor::new(html));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_sentences() {
        assert_eq!(sentence("it has expired"), "It has expired.");
        assert_eq!(sentence("Sign in again."), "Sign in again.");
    }
}
