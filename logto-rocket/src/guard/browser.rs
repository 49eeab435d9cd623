//! What a request's headers say about who sent it: a person's navigation, a script, another site.

use rocket::Request;
use rocket::http::{MediaType, Method};
use url::Url;

use super::view::RequestView;
use crate::config::Config;

/// A longer return path would crowd the cookie of the sign-in's attempt.
pub(crate) const MAX_RETURN_TO: usize = 1024;

fn header<'r>(request: &'r (impl RequestView + ?Sized), name: &str) -> Option<&'r str> {
    request.headers().get_one(name)
}

/// Whether a person sees the answer as a page, so that it may send them elsewhere. A script's request
/// must never be redirected to a sign-in page.
pub(crate) fn is_navigation(request: &(impl RequestView + ?Sized)) -> bool {
    if is_htmx(request) || header(request, "X-Requested-With").is_some() {
        return false;
    }
    match (header(request, "Sec-Fetch-Mode"), header(request, "Sec-Fetch-Dest")) {
        (Some(mode), dest) => mode == "navigate" && dest.is_none_or(|dest| dest == "document"),
        (None, _) => prefers_html(request),
    }
}

pub(crate) fn is_htmx(request: &(impl RequestView + ?Sized)) -> bool {
    header(request, "HX-Request") == Some("true")
}

/// Whether the sender would rather read HTML than JSON. `*/*` is no preference: that is `curl`.
pub(crate) fn prefers_html(request: &(impl RequestView + ?Sized)) -> bool {
    let Some(accept) = request.accept() else { return false };
    let weight = |wanted: &MediaType| {
        accept
            .iter()
            .filter(|media| {
                media.media_type().top() == wanted.top() && media.media_type().sub() == wanted.sub()
            })
            .map(|media| media.weight().unwrap_or(1.0))
            .fold(0.0_f32, f32::max)
    };
    let html = weight(&MediaType::HTML);
    html > 0.0 && html >= weight(&MediaType::JSON)
}

/// Whether the browser fetches ahead of a person's decision: nothing may begin for that.
pub(crate) fn is_prefetch(request: &(impl RequestView + ?Sized)) -> bool {
    ["Sec-Purpose", "Purpose", "X-Moz"]
        .iter()
        .filter_map(|name| header(request, name))
        .any(|purpose| purpose.contains("prefetch") || purpose.contains("prerender"))
}

/// Whether a page of another site sent this. Senders that are no browser say neither.
pub(crate) fn is_cross_site(request: &(impl RequestView + ?Sized), config: &Config) -> bool {
    let origin = header(request, "Origin");
    let is_ours =
        |origin: &str| origin == config.origin() || config.trusted_origins.iter().any(|o| o == origin);
    match header(request, "Sec-Fetch-Site") {
        Some("same-origin" | "none") => false,
        // Another port or sub-domain: as good as its origin.
        Some("same-site") => !origin.is_some_and(is_ours),
        Some(_) => !origin.is_some_and(|origin| config.trusted_origins.iter().any(|o| o == origin)),
        None => origin.is_some_and(|origin| !is_ours(origin)),
    }
}

/// Whether a link was followed on a page of this site, or typed. Older browsers do not tell, and neither do
/// programs; of these two only a browser wants HTML, and only a browser can be led astray.
pub(crate) fn is_from_here(request: &(impl RequestView + ?Sized), config: &Config) -> bool {
    match header(request, "Sec-Fetch-Site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match header(request, "Referer").and_then(|referer| Url::parse(referer).ok()) {
            Some(referer) => referer.origin().ascii_serialization() == config.origin(),
            None => !prefers_html(request),
        },
    }
}

/// Methods that by their definition change nothing (RFC 9110 §9.2.1).
pub(super) fn is_safe(method: Method) -> bool {
    matches!(method, Method::Get | Method::Head | Method::Options | Method::Trace)
}

/// Where a person should be after signing in: the page they asked for, or are on.
pub(super) fn return_path(request: &Request<'_>, config: &Config) -> String {
    let asked = if is_htmx(request) {
        header(request, "HX-Current-URL")
            .and_then(|url| Url::parse(url).ok())
            .filter(|url| url.origin().ascii_serialization() == config.origin())
            .map(|url| url[url::Position::BeforePath..].to_owned())
    } else if is_safe(request.method()) {
        Some(request.uri().to_string())
    } else {
        None
    };
    asked
        .filter(|path| crate::syntax::is_local_path(path))
        .unwrap_or_else(|| config.default_return_to.clone())
}
