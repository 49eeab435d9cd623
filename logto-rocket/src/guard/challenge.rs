//! The answer to a request that a guard did not let pass.

use std::fmt::Write as _;
use std::io::Cursor;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rocket::http::{ContentType, Header, Status};
use rocket::{Catcher, Request, Response};
use serde_json::json;

use super::browser::{is_htmx, is_navigation, prefers_html, return_path};
use super::failure::{AuthFailure, Refusal};
use super::request_state::{PendingCookie, RequestState};
use super::rule::Via;
use crate::logto::Logto;
use crate::page::{CONTENT_SECURITY_POLICY, Page};
use crate::session::{SetCookie, cookies_in};

/// What a client waits when Logto has not said how long.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How soon after a sign-in a missing session can only mean that the browser does not keep it.
pub(crate) const ROUND: Duration = Duration::from_secs(30);

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
pub(crate) async fn decorate<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    logto: &Logto,
) -> bool {
    let Some(failure) = RequestState::of(request).failure() else { return false };
    if response.status() != failure.status() {
        return false;
    }
    let shape = (response.content_type(), response.body().preset_size());
    if !is_catchers(request, shape, &failure).await {
        return false;
    }
    answer(request, response, logto, &failure);
    true
}

/// Whether a catcher has answered because of this failure. After an optional guard, such as
/// `Option<User>`, the handler may have come to the same status for reasons of its own.
async fn is_catchers(request: &Request<'_>, shape: Shape, failure: &AuthFailure) -> bool {
    if failure.is_final || has_own_catcher(request, failure.status()) {
        return true;
    }
    let default = Catcher::default();
    match default.handler.handle(failure.status(), request).await {
        Ok(response) => shape == (response.content_type(), response.body().preset_size()),
        Err(_) => false,
    }
}

/// What tells one answer from another without reading it.
type Shape = (Option<ContentType>, Option<usize>);

fn answer<'r>(request: &'r Request<'_>, response: &mut Response<'r>, logto: &Logto, failure: &AuthFailure) {
    let by_bearer = request.headers().contains("authorization");
    if wants_sign_in(failure) && !by_bearer {
        let sign_in = sign_in_path(request, logto, failure);
        if is_htmx(request) && !goes_round(request, logto, failure) {
            response.set_header(Header::new("HX-Redirect", sign_in));
        } else if is_navigation(request) {
            return lead_to_sign_in(request, response, logto, failure, sign_in);
        }
    }
    challenge(response, failure, logto);
    if !has_own_catcher(request, failure.status()) {
        write_body(request, response, failure, logto);
    }
}

/// Whether signing in would help, and is possible here.
fn wants_sign_in(failure: &AuthFailure) -> bool {
    let helps =
        matches!(failure.refusal(), Refusal::NotSignedIn | Refusal::SessionEnded | Refusal::StaleSignIn);
    helps && failure.rule().via != Via::Bearer
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

/// Sends a browser to sign-in, unless it comes right from there: then it would go round for ever.
fn lead_to_sign_in<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    logto: &Logto,
    failure: &AuthFailure,
    sign_in: String,
) {
    if !goes_round(request, logto, failure) {
        response.set_status(Status::SeeOther);
        response.set_header(Header::new("Location", sign_in));
        response.remove_header("Content-Type");
        response.set_sized_body(0, Cursor::new(""));
        return;
    }
    // The mark has done its duty: the next try is a person's.
    RequestState::of(request).set_cookie(round_mark(logto, Round::Over));
    let (code, title, what, fix) = match failure.refusal() {
        Refusal::SessionEnded => (
            "session_ended_at_once",
            "The session has ended",
            "You have signed in, but Logto does not let this application act for you any more.",
            "If this happens again, ask whoever runs this site.",
        ),
        Refusal::StaleSignIn => (
            "step_up_failed",
            "A fresh sign-in is needed",
            "You have come from sign-in, and it still does not count as fresh.",
            "If this happens again, ask whoever runs this site: its clock may be wrong.",
        ),
        _ => (
            "session_cookie_lost",
            "Your browser did not keep the session",
            "You have signed in, but the session's cookie did not come back with this request.",
            "Allow cookies for this site, and open it under the address it was set up for.",
        ),
    };
    tracing::warn!(target: "logto::audit", code, "a browser would have gone round for ever");
    let page = Page::new(title).text(what).text(fix).code(code);
    set_page(response, &page.link("Sign in again", sign_in));
}

/// Where a browser is on its way through sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    Over,
    SignedIn,
    /// Signed in because a route asked for a fresh sign-in.
    SteppedUp,
}

/// A mark that a sign-in was completed a moment ago.
pub(crate) fn round_mark(logto: &Logto, round: Round) -> PendingCookie {
    let value = match round {
        Round::Over => None,
        Round::SignedIn => Some("1"),
        Round::SteppedUp => Some("2"),
    };
    let cookie = SetCookie { name: round_name(logto), value: value.map(str::to_owned) };
    PendingCookie { cookie, max_age: ROUND }
}

/// Whether sign-in has just been tried for this very reason.
fn goes_round(request: &Request<'_>, logto: &Logto, failure: &AuthFailure) -> bool {
    let name = round_name(logto);
    let stale = failure.refusal() == Refusal::StaleSignIn;
    cookies_in(request.headers().get("cookie"), &name)
        .any(|(found, value)| found == name && (value == "2" || value == "1" && !stale))
}

fn round_name(logto: &Logto) -> String {
    format!("{}_round", logto.0.names.session())
}

/// `WWW-Authenticate` per RFC 6750 §3, and `Retry-After`.
fn challenge(response: &mut Response<'_>, failure: &AuthFailure, logto: &Logto) {
    match failure.status().code {
        503 => {
            let seconds = failure.retry_after.unwrap_or(RETRY_AFTER).as_secs();
            response.set_header(Header::new("Retry-After", seconds.to_string()));
        }
        // RFC 6750 has no word for these two, and no token would help.
        403 if matches!(failure.refusal(), Refusal::CrossSiteRequest | Refusal::NoOrganization) => {}
        400 | 401 | 403 => {
            response.set_header(Header::new("WWW-Authenticate", www_authenticate(failure, logto)));
        }
        _ => {}
    }
}

fn www_authenticate(failure: &AuthFailure, logto: &Logto) -> String {
    let error = match failure.refusal() {
        // RFC 6750 §3.1: no error code when nothing was presented.
        Refusal::NotSignedIn | Refusal::SessionEnded | Refusal::UnsupportedScheme => None,
        Refusal::MalformedCredentials => Some("invalid_request"),
        Refusal::InvalidToken(_) | Refusal::CredentialNotAccepted => Some("invalid_token"),
        Refusal::StaleSignIn => Some("insufficient_user_authentication"),
        _ => Some("insufficient_scope"),
    };
    let mut challenge = format!("Bearer realm=\"{}\"", logto.0.config.public_url.host_str().unwrap_or("api"));
    if let Some(error) = error {
        let _ = write!(challenge, ", error=\"{error}\", error_description=\"{}\"", failure.title());
    }
    if let (Refusal::StaleSignIn, Some(seconds)) = (failure.refusal(), failure.rule().max_age) {
        let _ = write!(challenge, ", max_age=\"{seconds}\"");
    }
    // Scopes have neither quotes nor backslashes: the grammar of rules refuses them.
    let scopes: Vec<&str> = failure.required_scopes().collect();
    if !scopes.is_empty() && error.is_none_or(|error| error == "insufficient_scope") {
        let _ = write!(challenge, ", scope=\"{}\"", scopes.join(" "));
    }
    challenge
}

/// Whether the application answers this status here itself. Its answer stays; only headers are added.
fn has_own_catcher(request: &Request<'_>, status: Status) -> bool {
    let path = request.uri().path();
    let covers = |base: &str| base == "/" || path == base || path.as_str().starts_with(&format!("{base}/"));
    request.rocket().catchers().any(|catcher| {
        catcher.code.is_none_or(|code| code == status.code) && covers(catcher.base.path().as_str())
    })
}

fn write_body<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    failure: &AuthFailure,
    logto: &Logto,
) {
    if prefers_html(request) {
        set_page(response, &page_for(failure, logto));
        return;
    }
    let scopes: Vec<&str> = failure.required_scopes().collect();
    let mut problem = json!({
        "type": "about:blank",
        "title": failure.title(),
        "status": failure.status().code,
        "detail": failure.detail().map_or_else(|| failure.help().to_owned(), |detail| format!("{detail}. {}", failure.help())),
        "code": failure.code(),
    });
    if !scopes.is_empty() {
        problem["required_scopes"] = json!(scopes);
    }
    let body = problem.to_string();
    response.set_header(ContentType::new("application", "problem+json"));
    response.set_sized_body(body.len(), Cursor::new(body));
}

fn page_for(failure: &AuthFailure, logto: &Logto) -> Page {
    let mut page = Page::new(failure.title()).text(failure.help());
    let scopes: Vec<&str> = failure.required_scopes().collect();
    if failure.refusal() == Refusal::InsufficientScope {
        page = page.text(format!("This page needs: {}", scopes.join(", ")));
    }
    page.code(failure.code()).link("Go to the start page", logto.0.config.default_return_to.clone())
}

fn set_page(response: &mut Response<'_>, page: &Page) {
    let html = page.to_html();
    response.set_header(ContentType::HTML);
    response.set_header(Header::new("Content-Security-Policy", CONTENT_SECURITY_POLICY.as_str()));
    response.set_sized_body(html.len(), Cursor::new(html));
}
