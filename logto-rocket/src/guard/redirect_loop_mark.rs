//! The mark against redirect loops: a short-lived cookie which says that the browser has just completed a sign-in.

use std::time::Duration;

use rocket::Request;

use super::pending_cookie::PendingCookie;
use super::request_cookies::own_cookies;
use crate::logto::WebApp;
use crate::session::SetCookie;

/// How long the mark lives. If the session is missing so soon after a sign-in, the browser does not keep it.
const REDIRECT_LOOP_WINDOW: Duration = Duration::from_secs(30);

/// The mark's cookie is named like the session's, with this suffix.
const REDIRECT_LOOP_SUFFIX: &str = "_redirect_loop";

/// What the mark says about the browser's last sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RedirectLoopMark {
    /// The mark is removed: the next sign-in is the user's own.
    Over,
    /// A session came back after the sign-in. If it ends later, a new sign-in is no repetition.
    Worked,
    /// Signed in a moment ago.
    SignedIn,
    /// Signed in because a route asked for a fresh sign-in.
    SteppedUp,
}

/// The cookie that sets or removes the mark.
pub(crate) fn redirect_loop_mark(logto: &WebApp, mark: RedirectLoopMark) -> PendingCookie {
    let value = match mark {
        RedirectLoopMark::Over => None,
        RedirectLoopMark::Worked => Some("0"),
        RedirectLoopMark::SignedIn => Some("1"),
        RedirectLoopMark::SteppedUp => Some("2"),
    };
    let cookie = SetCookie { name: mark_name(logto), value: value.map(str::to_owned) };
    PendingCookie { cookie, max_age: REDIRECT_LOOP_WINDOW }
}

/// Whether the browser has completed a sign-in a moment ago that should have helped. Where the sign-in is not fresh
/// enough (`is_stale`), only a step-up should have.
pub(super) fn is_in_redirect_loop(request: &Request<'_>, logto: &WebApp, is_stale: bool) -> bool {
    let cookies = own_cookies(request, &logto.0.names);
    marks(&cookies, logto).any(|value| value == "2" || value == "1" && !is_stale)
}

/// Whether the browser holds the mark of a sign-in. An active session shows that this sign-in worked. The mark of a
/// step-up stays: an active session does not show how fresh its sign-in is.
pub(super) fn has_sign_in_mark(cookies: &[(&str, &str)], logto: &WebApp) -> bool {
    marks(cookies, logto).any(|value| value == "1")
}

/// Whether the browser holds the mark of a step-up.
pub(super) fn has_step_up_mark(request: &Request<'_>, logto: &WebApp) -> bool {
    let cookies = own_cookies(request, &logto.0.names);
    marks(&cookies, logto).any(|value| value == "2")
}

fn marks<'c>(cookies: &'c [(&str, &str)], logto: &WebApp) -> impl Iterator<Item = &'c str> {
    let session = logto.0.names.session();
    let is_mark =
        move |name: &str| name.strip_prefix(session).is_some_and(|suffix| suffix == REDIRECT_LOOP_SUFFIX);
    cookies.iter().filter(move |(name, _)| is_mark(name)).map(|(_, value)| *value)
}

fn mark_name(logto: &WebApp) -> String {
    format!("{}{REDIRECT_LOOP_SUFFIX}", logto.0.names.session())
}
