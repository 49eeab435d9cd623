//! The page of a refusal, and where its links lead.

use std::fmt::Write as _;
use std::sync::OnceLock;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rocket::Request;
use rocket::http::Status;

use super::browser::{is_navigation, is_prefetch, is_safe, is_told_to_navigate};
use super::failure::{AuthFailure, Refusal};
use super::headers;
use super::incremental_authorization;
use super::lost_form;
use super::redirect_loop::RedirectLoop;
use super::redirect_loop_mark::is_in_redirect_loop;
use super::request_state::RequestState;
use super::return_path::return_path;
use super::rule::Via;
use super::silent_sign_in::lacks_refresh_token;
use crate::logto::{Logto, WebApp};
use crate::page::{AcceptLanguage, Label, Page, PageSubject, recorded};
use crate::telemetry;

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

/// The application to sign in to, where signing in again would change the answer. A request that presents a bearer
/// token is not sent to sign-in: the client has nothing to do with the browser's session.
pub(super) fn wants_sign_in<'l>(
    request: &Request<'_>,
    logto: &'l Logto,
    failure: &AuthFailure,
) -> Option<&'l WebApp> {
    let helps = failure.is_anonymous()
        || matches!(failure.refusal(), Refusal::SessionEnded | Refusal::StaleSignIn)
        || failure.refusal() == Refusal::NotGranted && lacks_refresh_token(request)
        || logto
            .web_app()
            .is_some_and(|web_app| incremental_authorization::is_due(request, web_app, failure));
    let is_wanted =
        helps && failure.rule().via != Via::Bearer && !headers::authorization(request.headers()).is_ours();
    logto.web_app().filter(|_| is_wanted)
}

/// Whether the browser is redirected to sign-in. A request with another scheme and without fetch metadata may come from a
/// program that prefers HTML: it gets the challenge, on a page that links to sign-in.
pub(super) fn may_redirect(request: &Request<'_>, failure: &AuthFailure) -> bool {
    is_navigation(request)
        && (failure.refusal() != Refusal::UnsupportedScheme || is_told_to_navigate(request))
}

/// The address of the sign-in route that leads back to the page of this request.
pub(super) fn sign_in_path(request: &Request<'_>, logto: &WebApp, failure: &AuthFailure) -> String {
    let return_to = return_path(request, &logto.0.config);
    let mut path = format!(
        "{}/sign-in?return_to={}",
        logto.0.config.prefix,
        utf8_percent_encode(&return_to, QUERY_VALUE)
    );
    // A fresh sign-in is asked for after everything else, so the rule may need one too.
    let needs_fresh_sign_in = failure.refusal() == Refusal::StaleSignIn || failure.is_unrequested;
    if let Some(seconds) = failure.rule().max_age.filter(|_| needs_fresh_sign_in) {
        let _ = write!(path, "&max_age={seconds}");
    }
    path
}

/// Whether sign-in has just been tried for this very reason.
pub(super) fn comes_from_sign_in(request: &Request<'_>, logto: &WebApp, failure: &AuthFailure) -> bool {
    !incremental_authorization::is_due(request, logto, failure)
        && is_in_redirect_loop(request, logto, failure.refusal() == Refusal::StaleSignIn)
}

/// Sets the cookies for a browser that is led to sign-in.
pub(super) fn note_sign_in(request: &Request<'_>, logto: &WebApp, failure: &AuthFailure) {
    lost_form::set_flash_message(request, logto);
    if incremental_authorization::is_due(request, logto, failure) {
        incremental_authorization::mark(request, logto);
    }
}

/// Why a redirect to sign-in would be repeated without end, if it would.
fn redirect_loop<'l>(
    request: &Request<'_>,
    logto: &'l Logto,
    failure: &AuthFailure,
) -> Option<(RedirectLoop, &'l WebApp)> {
    let web_app = wants_sign_in(request, logto, failure)?;
    let would_redirect = !is_prefetch(request) && may_redirect(request, failure);
    if !would_redirect || !comes_from_sign_in(request, web_app, failure) {
        return None;
    }
    let presented_ended = RequestState::of(request)
        .loaded_session()
        .is_some_and(|request_session| request_session.presented_ended());
    let end = match failure.refusal() {
        Refusal::SessionEnded => RedirectLoop::SessionEndedAtOnce,
        Refusal::NotSignedIn if presented_ended => RedirectLoop::SessionEndedAtOnce,
        Refusal::StaleSignIn => RedirectLoop::StepUpFailed,
        _ => RedirectLoop::SessionCookieLost,
    };
    Some((end, web_app))
}

/// The page of a failed guard.
pub(super) fn page_of(request: &Request<'_>, logto: &Logto, failure: &AuthFailure) -> Page {
    let new = |subject| Page::new(subject, AcceptLanguage::of(request), reference(request).to_owned());
    if let Some((end, web_app)) = redirect_loop(request, logto, failure) {
        let page = new(PageSubject::RedirectLoop(end));
        let page = if lost_form::is_lost(request, web_app) { page.not_saved() } else { page };
        return page.link(Label::SignInAgain, sign_in_path(request, web_app, failure));
    }
    let mut page = new(PageSubject::Guard(failure.refusal())).with_status(failure.status());
    page = match failure.denied_by_check() {
        Some(denied) => page.with_words(denied.words().map(str::to_owned)),
        None => page.with_detail(failure.detail().map(str::to_owned)),
    };
    if failure.refusal() == Refusal::InsufficientScope {
        page = page.with_required_scopes(failure.required_scopes());
    }
    // The empty reference is the page's own address.
    if page.status() == Status::ServiceUnavailable && is_safe(request.method()) {
        page = page.link(Label::TryAgain, "");
    }
    if let Some(web_app) = wants_sign_in(request, logto, failure) {
        page = page.link(Label::SignIn, sign_in_path(request, web_app, failure));
    }
    match logto.web_app() {
        Some(web_app) => page.link(Label::StartPage, web_app.0.config.default_return_to.clone()),
        None => page,
    }
}

#[derive(Default)]
struct Reference(OnceLock<String>);

/// The reference of this request's refusal.
fn reference<'r>(request: &'r Request<'_>) -> &'r str {
    request.local_cache(Reference::default).0.get_or_init(telemetry::reference)
}

/// The same, if anybody has been told of it.
pub(super) fn known_reference(request: &Request<'_>) -> Option<String> {
    request.local_cache(Reference::default).0.get().cloned()
}

impl Page {
    /// The page that this crate would show for this request: for a catcher that shows its own in the place of it. `None` if
    /// this crate did not refuse the request. After an optional guard (`Option<User>`) the handler may have come to a status of
    /// its own; the page's [`status`](Page::status) is then another one than the catcher's.
    ///
    /// It is known for refusals of guards, and with
    /// [`LogtoFairing::refusals_to_catchers`](crate::LogtoFairing::refusals_to_catchers) for those of the mounted routes. As a
    /// response of its own it is the built-in page, or a problem document for a client that prefers that.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::Page;
    /// use rocket::Request;
    /// use rocket::http::Status;
    /// use rocket::serde::json::{Json, Value, serde_json::json};
    ///
    /// #[catch(default)]
    /// fn refused(status: Status, request: &Request<'_>) -> Json<Value> {
    ///     // `Template::render("refused", page)` takes it as it is.
    ///     match Page::of(request) {
    ///         Some(page) => Json(json!(page)),
    ///         None => Json(json!({ "status": status.code })),
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn of(request: &Request<'_>) -> Option<Page> {
        if let Some(page) = recorded::recorded(request) {
            return Some(page.clone());
        }
        AuthFailure::of(request)?.page(request)
    }
}

impl AuthFailure {
    /// What the page of this failure says, in the reader's language. `None` if the application has no
    /// [`Logto::fairing`].
    #[must_use]
    pub fn page(&self, request: &Request<'_>) -> Option<Page> {
        Some(page_of(request, request.rocket().state::<Logto>()?, self))
    }

    /// The reference of this request's refusal in the audit log, for a page that shows it. It is the same each time.
    #[must_use]
    pub fn reference(&self, request: &Request<'_>) -> String {
        reference(request).to_owned()
    }

    /// The path that begins a sign-in and leads back to this page, for a link. `None` if a sign-in would not help, or if
    /// the route accepts no session.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::AuthFailure;
    /// use rocket::Request;
    ///
    /// #[catch(401)]
    /// fn unauthorized(request: &Request<'_>) -> String {
    ///     let failure = AuthFailure::of(request);
    ///     match failure.and_then(|failure| failure.sign_in_address(request)) {
    ///         Some(address) => format!("Sign in at {address}"),
    ///         None => "Unauthorized".to_owned(),
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn sign_in_address(&self, request: &Request<'_>) -> Option<String> {
        let logto = request.rocket().state::<Logto>()?;
        wants_sign_in(request, logto, self).map(|web_app| sign_in_path(request, web_app, self))
    }
}
