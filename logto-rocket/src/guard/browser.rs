//! What a request's headers say about who sent it: a user's navigation, a script, another site.

use rocket::http::{MediaType, Method};
use url::Url;

use super::headers;
use super::request_view::RequestView;
use super::requested_origin::requested_origin;
use crate::config::{PublicOrigin, WebAppConfig};

fn header<'r>(request: &'r (impl RequestView + ?Sized), name: &str) -> Option<&'r str> {
    headers::first(request.headers(), name)
}

/// `Sec-Fetch-Mode`, where the browser sends it (Fetch Metadata).
fn fetch_mode(request: &(impl RequestView + ?Sized)) -> Option<&str> {
    header(request, "Sec-Fetch-Mode")
}

/// Whether a user sees the answer as a page, so that it may send them elsewhere. A script's request
/// must never be redirected to a sign-in page.
///
/// No script can send the mode `navigate`, so it decides alone. The destination does not count: a service worker
/// that passes a navigation on makes it `empty`. Neither does `X-Requested-With`, in which Android WebView names
/// its application; only without fetch metadata is its one value that scripts send looked at.
pub(crate) fn is_navigation(request: &(impl RequestView + ?Sized)) -> bool {
    match fetch_mode(request) {
        Some(mode) => mode == "navigate",
        None => !is_htmx(request) && !is_xml_http_request(request) && prefers_html(request),
    }
}

/// Whether a browser itself says that it is a navigation. A program may prefer HTML too.
pub(super) fn is_told_to_navigate(request: &(impl RequestView + ?Sized)) -> bool {
    fetch_mode(request) == Some("navigate")
}

/// Whether a user has followed a link or typed the address, in the browser's window and not in a frame of it.
/// Programs that send no fetch metadata and name no media type count as one.
pub(crate) fn is_deliberate(request: &(impl RequestView + ?Sized)) -> bool {
    if is_htmx(request) {
        return false;
    }
    match fetch_mode(request) {
        Some(mode) => {
            let dest = header(request, "Sec-Fetch-Dest");
            mode == "navigate" && dest.is_none_or(|dest| matches!(dest, "document" | "empty"))
        }
        // A browser without fetch metadata wants HTML on a navigation, and names a page that it comes from.
        None if is_xml_http_request(request) => false,
        None => prefers_html(request) || (header(request, "Referer").is_none() && takes_anything(request)),
    }
}

/// Whether a script sent this and reads the answer itself. A program that says nothing of itself did not.
pub(crate) fn is_script(request: &(impl RequestView + ?Sized)) -> bool {
    match fetch_mode(request) {
        Some(mode) => mode != "navigate",
        None => is_xml_http_request(request) || prefers_json(request),
    }
}

/// Whether htmx sent this. It takes the whole page to where the header `HX-Redirect` leads.
pub(crate) fn is_htmx(request: &(impl RequestView + ?Sized)) -> bool {
    header(request, "HX-Request") == Some("true") && fetch_mode(request) != Some("navigate")
}

/// Whether htmx asked for a page, to show it in the place of the present one, and not for a part of it.
pub(super) fn is_htmx_page(request: &(impl RequestView + ?Sized)) -> bool {
    ["HX-Boosted", "HX-History-Restore-Request"].iter().any(|name| header(request, name) == Some("true"))
}

/// The value that script libraries send; Android WebView sends the name of its application.
fn is_xml_http_request(request: &(impl RequestView + ?Sized)) -> bool {
    header(request, "X-Requested-With").is_some_and(|value| value.eq_ignore_ascii_case("XMLHttpRequest"))
}

/// The weight that `Accept` gives a media type by its name.
fn weight(request: &(impl RequestView + ?Sized), wanted: &MediaType) -> f32 {
    let Some(accept) = request.accept() else { return 0.0 };
    accept
        .iter()
        .filter(|media| media.media_type().top() == wanted.top() && media.media_type().sub() == wanted.sub())
        .map(|media| media.weight().unwrap_or(1.0))
        .fold(0.0, f32::max)
}

/// Whether the sender would rather read HTML than JSON. `*/*` is no preference: that is `curl`.
pub(crate) fn prefers_html(request: &(impl RequestView + ?Sized)) -> bool {
    let html = weight(request, &MediaType::HTML);
    html > 0.0 && html >= weight(request, &MediaType::JSON)
}

/// Whether the sender would rather read JSON than HTML.
fn prefers_json(request: &(impl RequestView + ?Sized)) -> bool {
    weight(request, &MediaType::JSON) > weight(request, &MediaType::HTML)
}

/// Whether `Accept` names nothing in particular.
fn takes_anything(request: &(impl RequestView + ?Sized)) -> bool {
    request.accept().is_none_or(|accept| {
        accept.iter().all(|media| media.media_type().top() == "*" && media.media_type().sub() == "*")
    })
}

/// Headers by which browsers and frameworks tell of a request ahead of a user's decision, and what they say.
const AHEAD: &[(&str, &[&str])] = &[
    ("Sec-Purpose", &["prefetch", "prerender"]),
    ("Purpose", &["prefetch", "prerender", "preview"]),
    ("X-Purpose", &["prefetch", "preview"]),
    ("X-Moz", &["prefetch"]),
    // Turbo, which cannot set the first one.
    ("X-Sec-Purpose", &["prefetch"]),
    // The preload extension of htmx.
    ("HX-Preloaded", &["true"]),
];

/// Whether the browser fetches ahead of a user's decision: nothing may begin for that.
pub(crate) fn is_prefetch(request: &(impl RequestView + ?Sized)) -> bool {
    AHEAD.iter().any(|(name, words)| {
        header(request, name).is_some_and(|purpose| {
            let purpose = purpose.to_ascii_lowercase();
            words.iter().any(|word| purpose.contains(word))
        })
    })
}

/// Whether the request may change something, so that a page of another site must not send it with somebody's
/// session: by its method (RFC 9110 §9.2.1), or because it opens a connection that a script then talks through.
pub(crate) fn is_unsafe(request: &(impl RequestView + ?Sized), method: Method) -> bool {
    !is_safe(method) || asks_for_upgrade(request)
}

/// Methods that by their definition change nothing (RFC 9110 §9.2.1).
pub(super) fn is_safe(method: Method) -> bool {
    matches!(method, Method::Get | Method::Head | Method::Options | Method::Trace)
}

/// Whether the connection is to speak another protocol, such as WebSocket (RFC 6455 §4.1): the browser hands what
/// comes through it to whichever page has opened it. Each sign counts by itself, since a proxy may drop the others.
///
/// `Connection: upgrade` alone does not make a handshake of a navigation: many a proxy's configuration sends it with
/// every request, and no WebSocket is opened by a navigation.
fn asks_for_upgrade(request: &(impl RequestView + ?Sized)) -> bool {
    let received = request.headers();
    let names_upgrade = |value: &str| {
        value.split(',').any(|option| option.trim_matches([' ', '\t']).eq_ignore_ascii_case("upgrade"))
    };
    headers::has(received, "Upgrade")
        || (headers::all(received, "Connection").any(names_upgrade) && !is_told_to_navigate(request))
        || headers::has(received, "Sec-WebSocket-Key")
        || headers::has(received, "Sec-WebSocket-Version")
        || fetch_mode(request) == Some("websocket")
        || header(request, "Sec-Fetch-Dest") == Some("websocket")
}

/// Whether a page of another site sent this. Senders that are no browser say neither.
pub(crate) fn is_cross_site(request: &(impl RequestView + ?Sized), config: &WebAppConfig) -> bool {
    let [origin, site] = headers::first_of(request.headers(), ["Origin", "Sec-Fetch-Site"]);
    let is_trusted = |origin: &str| config.trusted_origins.iter().any(|trusted| trusted == origin);
    // Another of this application's origins is another origin: cookies are per host, and so is trust.
    let is_ours = |origin: &str| origin == requested_origin(request, config).as_str() || is_trusted(origin);
    match site {
        Some("same-origin" | "none") => false,
        // Another port or sub-domain: as good as its origin.
        Some("same-site") => !origin.is_some_and(is_ours),
        Some(_) => !origin.is_some_and(is_trusted),
        None => origin.is_some_and(|origin| !is_ours(origin)),
    }
}

/// Whether a link was followed on a page of this site, or typed. Older browsers do not tell, and neither do
/// programs; of these two only a browser wants HTML, and only a browser can be led astray.
pub(crate) fn is_from_here(request: &(impl RequestView + ?Sized), config: &WebAppConfig) -> bool {
    let referer = header(request, "Referer");
    let is_ours = |referer: &str| own_path(referer, requested_origin(request, config)).is_some();
    match header(request, "Sec-Fetch-Site") {
        // A service worker may pass a navigation on in its own name, wherever the user came from.
        Some("same-origin") if header(request, "Sec-Fetch-Dest") == Some("empty") => {
            referer.is_none_or(is_ours)
        }
        Some(site) => matches!(site, "same-origin" | "none"),
        None => referer.map_or_else(|| !prefers_html(request), is_ours),
    }
}

/// An absolute address from its path on, if it is under `origin`.
pub(super) fn own_path(address: &str, origin: &PublicOrigin) -> Option<String> {
    Url::parse(address)
        .ok()
        .filter(|url| url.origin().ascii_serialization() == origin.as_str())
        .map(|url| url[url::Position::BeforePath..].to_owned())
}
