//! Silent sign-in (`prompt=none`, OpenID Connect Core §3.1.2.1): one round to Logto for a browser without a session, which
//! shows the user nothing.

use std::io::Cursor;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::http::{Header, Method, Status};
use rocket::{Request, Response};

use super::browser::{is_htmx, is_prefetch, is_told_to_navigate, is_unsafe};
use super::headers;
use super::pending_cookie::PendingCookie;
use super::request_cookies::own_cookies;
use super::request_state::{RequestContext, RequestState};
use super::return_path::is_return_path;
use crate::logto::{Logto, WebApp};
use crate::session::SetCookie;

/// How long a browser is not asked again.
const MARK_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// How long a browser is not asked again after a sign-out: as long as browsers keep a cookie (RFC 6265bis §5.5).
const SIGNED_OUT_LIFETIME: Duration = Duration::from_secs(400 * 24 * 3600);

/// The mark's cookie is named like the session's, with this suffix.
const MARK_SUFFIX: &str = "_silent";

/// The query parameter of a page that a browser without cookies comes back to. Such a browser cannot keep the mark.
const WITHOUT_COOKIES: &str = "silent_sign_in";

/// The query parameter of the sign-in route that asks for a silent sign-in.
pub(crate) const SILENT: &str = "silent";

/// What a browser's cookie says about silent sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SilentMark {
    /// There was a round, or the user has signed out: none begins until the cookie is gone.
    Tried,
    /// There was a round, and its session has no refresh token: Logto issues one only with `prompt=consent`.
    NoRefreshToken,
}

impl SilentMark {
    /// The cookie that sets the mark.
    pub(crate) fn cookie(self, logto: &WebApp) -> PendingCookie {
        let (value, max_age) = match self {
            SilentMark::Tried => ("0", MARK_LIFETIME),
            SilentMark::NoRefreshToken => ("1", logto.0.config.session.absolute.max(MARK_LIFETIME)),
        };
        let cookie = SetCookie { name: mark_name(logto), value: Some(value.to_owned()) };
        PendingCookie { cookie, max_age }
    }

    /// The cookie that sets the mark at a sign-out: the session at Logto may live on, and must not sign the user in
    /// again.
    pub(crate) fn cookie_of_sign_out(logto: &WebApp) -> PendingCookie {
        PendingCookie { max_age: SIGNED_OUT_LIFETIME, ..SilentMark::Tried.cookie(logto) }
    }

    /// What the request's cookies say.
    pub(crate) fn of(request: &(impl RequestContext + ?Sized), logto: &WebApp) -> Option<Self> {
        let name = mark_name(logto);
        let cookies = own_cookies(request, &logto.0.names);
        let mut values = cookies.iter().filter(|(known, _)| *known == name).map(|(_, value)| *value);
        values.next().map(|value| if value == "1" { SilentMark::NoRefreshToken } else { SilentMark::Tried })
    }
}

fn mark_name(logto: &WebApp) -> String {
    format!("{}{MARK_SUFFIX}", logto.0.names.session())
}

/// The address that begins a silent sign-in of the request's browser. `None` where there is none to begin.
///
/// Browsers send fetch metadata with each navigation, which a script cannot imitate; what does not send it is no
/// browser that a redirect would help.
pub(super) async fn address(request: &Request<'_>) -> Option<String> {
    let logto = request.rocket().state::<Logto>()?.web_app()?;
    let return_to = logto.0.config.public.public_path(&request.uri().to_string());
    let may_begin = is_navigation_of_a_user(request)
        && !headers::authorization(request.headers()).is_ours()
        && SilentMark::of(request, logto).is_none()
        && request.query_value::<&str>(WITHOUT_COOKIES).is_none()
        && is_return_path(&return_to, &logto.0.config);
    if !may_begin {
        return None;
    }
    let request_session = RequestState::of(request).session(request, logto).await;
    // While the session store is unavailable, nobody knows whether the user is signed in.
    if !matches!(request_session.session(), Ok(None)) {
        return None;
    }
    RequestState::of(request).set_cookie(SilentMark::Tried.cookie(logto));
    let return_to = utf8_percent_encode(&return_to, NON_ALPHANUMERIC);
    Some(format!("{}/sign-in?{SILENT}=true&return_to={return_to}", logto.0.config.prefix))
}

/// Whether the session is one of a silent sign-in without a refresh token: an ordinary sign-in brings one.
pub(super) fn lacks_refresh_token(request: &Request<'_>) -> bool {
    let logto = request.rocket().state::<Logto>().and_then(Logto::web_app);
    logto.is_some_and(|logto| SilentMark::of(request, logto) == Some(SilentMark::NoRefreshToken))
}

/// Whether a user navigates to the page with a browser, in a window of its own.
fn is_navigation_of_a_user(request: &Request<'_>) -> bool {
    let received = request.headers();
    request.method() == Method::Get
        && !RequestState::of(request).came_as_head()
        && is_told_to_navigate(request)
        && headers::first(received, "Sec-Fetch-Dest").is_none_or(|dest| dest == "document")
        && !is_prefetch(request)
        && !is_htmx(request)
        && !is_unsafe(request, request.method())
        && !headers::first(received, "User-Agent").is_some_and(is_crawler)
}

/// Whether a program that reads pages for somebody else says so. Those that do not keep cookies come back to the page
/// at once.
fn is_crawler(user_agent: &str) -> bool {
    const WORDS: [&str; 6] = ["bot", "crawl", "spider", "slurp", "preview", "externalhit"];
    let user_agent = user_agent.to_ascii_lowercase();
    WORDS.iter().any(|word| user_agent.contains(word))
}

/// Where a browser goes that has not kept the mark: the page, which does not begin another round.
pub(crate) fn page_without_cookies(return_to: &str) -> String {
    let (page, fragment) = match return_to.split_once('#') {
        Some((page, fragment)) => (page, format!("#{fragment}")),
        None => (return_to, String::new()),
    };
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}{WITHOUT_COOKIES}=no-cookies{fragment}")
}

/// Redirects the browser to the address.
pub(crate) fn redirect(response: &mut Response<'_>, address: &str) {
    response.set_status(Status::SeeOther);
    response.set_header(Header::new("Location", address.to_owned()));
    response.remove_header("Content-Type");
    response.set_sized_body(0, Cursor::new(""));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_cookies_keeps_its_query_and_its_fragment() {
        for (page, expected) in [
            ("/", "/?silent_sign_in=no-cookies"),
            ("/a?b=c", "/a?b=c&silent_sign_in=no-cookies"),
            ("/a?b=c#d?e", "/a?b=c&silent_sign_in=no-cookies#d?e"),
            ("/a#d", "/a?silent_sign_in=no-cookies#d"),
        ] {
            assert_eq!(page_without_cookies(page), expected);
        }
    }

    #[test]
    fn crawlers_say_what_they_are() {
        for crawler in [
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0)",
            "facebookexternalhit/1.1",
            "Mozilla/5.0 (compatible; Baiduspider/2.0)",
        ] {
            assert!(is_crawler(crawler), "{crawler}");
        }
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
        assert!(!is_crawler(firefox));
    }
}
