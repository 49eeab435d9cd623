//! Incremental authorization: one new authorization request for a session whose sign-in did not request what a rule
//! needs, because the rule came with a later deployment.

use std::time::Duration;

use rocket::Request;

use super::browser::is_safe;
use super::failure::{AuthFailure, Refusal};
use super::pending_cookie::PendingCookie;
use super::request_cookies::own_cookies;
use super::request_state::RequestState;
use super::return_path::present_page;
use super::rule::Rule;
use super::sign_in_needs::{needed_resource, needed_scopes, needs_organizations};
use crate::logto::WebApp;
use crate::names::ORGANIZATIONS_SCOPE;
use crate::session::{RequestedAccess, Session, SetCookie};

/// How long a browser is not led to Logto again for the same scopes and resources. While two versions of an
/// application run side by side, the one that handles the sign-in may not request what the other needs.
const MARK_LIFETIME: Duration = Duration::from_secs(30);

/// The mark's cookie is named like the session's, with this suffix.
const MARK_SUFFIX: &str = "_authorized";

/// Notes in a failure whether another sign-in would request more than the session's did, of what the rule needs.
pub(super) fn note(mut failure: AuthFailure, session: &Session, logto: &WebApp) -> AuthFailure {
    let may_lack =
        matches!(failure.refusal(), Refusal::InsufficientScope | Refusal::NotGranted | Refusal::MissingRole);
    failure.is_unrequested = may_lack && would_request_more(failure.rule(), &session.requested, logto);
    failure
}

fn would_request_more(rule: &Rule, requested: &RequestedAccess, logto: &WebApp) -> bool {
    let organizations = needs_organizations(rule).then_some(ORGANIZATIONS_SCOPE);
    let mut scopes =
        needed_scopes(rule).chain(organizations).filter(|scope| !requested.has_scope(scope)).peekable();
    let resource = needed_resource(rule, logto.sole_resource());
    let resource = resource.filter(|resource| !requested.has_resource(resource));
    if scopes.peek().is_none() && resource.is_none() {
        return false;
    }
    // The launch does not see a guard that only another guard runs: no sign-in requests what it needs.
    let now = logto.requested_access();
    scopes.any(|scope| now.has_scope(scope)) || resource.is_some_and(|resource| now.has_resource(resource))
}

/// Whether the browser is led to a new authorization request because of this failure. A form whose page is not known is
/// refused instead, so that the browser still has what the user has written.
pub(super) fn is_due(request: &Request<'_>, logto: &WebApp, failure: &AuthFailure) -> bool {
    let has_page = || is_safe(request.method()) || present_page(request, &logto.0.config).is_some();
    failure.is_unrequested && !has_mark(request, logto) && has_page()
}

/// Marks that the browser is led to a new authorization request now.
pub(super) fn mark(request: &Request<'_>, logto: &WebApp) {
    let cookie = SetCookie { name: mark_name(logto), value: Some(logto.requested_access().digest()) };
    RequestState::of(request).set_cookie(PendingCookie { cookie, max_age: MARK_LIFETIME });
}

/// Whether the browser has been led to one for the same scopes and resources a moment ago.
fn has_mark(request: &Request<'_>, logto: &WebApp) -> bool {
    let (name, digest) = (mark_name(logto), logto.requested_access().digest());
    let cookies = own_cookies(request, &logto.0.names);
    cookies.iter().any(|(known, value)| *known == name && *value == digest)
}

fn mark_name(logto: &WebApp) -> String {
    format!("{}{MARK_SUFFIX}", logto.0.names.session())
}
