//! Where a user should be after signing in.

use rocket::Request;

use super::browser::{is_htmx, is_htmx_page, is_safe, own_path};
use super::requested_origin::requested_origin;
use crate::config::WebAppConfig;
use crate::syntax::is_local_path;

/// A longer return path would crowd the cookie of the pending sign-in.
pub(crate) const MAX_RETURN_TO: usize = 1024;

/// The public path of the page that the user asked for, or is on: what changes something is not done again by coming back to it,
/// and what htmx asks for is a part of the present page, unless it asks for a page.
pub(super) fn return_path(request: &Request<'_>, config: &WebAppConfig) -> String {
    let is_page = !is_htmx(request) || is_htmx_page(request);
    let asked = if is_safe(request.method()) && is_page {
        Some(config.public.public_path(&request.uri().to_string()))
    } else {
        present_page(request, config)
    };
    asked.filter(|path| is_return_path(path, config)).unwrap_or_else(|| config.default_return_to.clone())
}

/// The page of this application that a script or a form is on.
pub(super) fn present_page(request: &Request<'_>, config: &WebAppConfig) -> Option<String> {
    let name = if is_htmx(request) { "HX-Current-URL" } else { "Referer" };
    let address = request.headers().get_one(name)?;
    own_path(address, requested_origin(request, config)).map(without_long_query)
}

/// Whether this is a public path of the application, and none of this crate's routes: returning to sign-out would undo
/// the sign-in.
pub(crate) fn is_return_path(path: &str, config: &WebAppConfig) -> bool {
    path.len() <= MAX_RETURN_TO
        && is_local_path(path)
        && is_in_application(path, config)
        && !is_below(path, &config.prefix)
        && !is_route(path, &config.callback)
}

/// The public path of a path that a handler names, as Rocket routes it, if users may be led there.
pub(crate) fn public_return_path(path: &str, config: &WebAppConfig) -> Option<String> {
    Some(config.public.public_path(path)).filter(|path| is_return_path(path, config))
}

/// Whether the path stays below that of `public_url`, also for a proxy that decodes a slash, a backslash or a dot before
/// it compares paths. Another application may be beside this one under the same origin. What a proxy leaves that strips
/// the path has to be a path of this origin too: `/shop//evil.com` is not.
fn is_in_application(path: &str, config: &WebAppConfig) -> bool {
    if config.public.path().is_empty() {
        return true;
    }
    let rest = path.strip_prefix(config.public.path()).unwrap_or(path);
    if rest.starts_with('/') && !is_local_path(rest) {
        return false;
    }
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let decoded = percent_encoding::percent_decode_str(&path[..end]).decode_utf8_lossy();
    let leaves = decoded.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."));
    config.public.contains(path) && !leaves
}

/// Whether Rocket, or a proxy that decodes more than it should, would look for the path among the routes below
/// `prefix`: Rocket routes by the decoded segments that are not empty.
fn is_below(path: &str, prefix: &str) -> bool {
    rest_below(path, prefix).is_some()
}

/// Whether Rocket, or such a proxy, would take the path for that of the route.
fn is_route(path: &str, route: &str) -> bool {
    rest_below(path, route) == Some(0)
}

/// How many segments of the path follow those of the prefix, if it begins with them.
fn rest_below(path: &str, prefix: &str) -> Option<usize> {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let decoded = percent_encoding::percent_decode_str(&path[..end]).decode_utf8_lossy();
    let mut segments = decoded.split(['/', '?', '#']).filter(|segment| !segment.is_empty());
    let mut wanted = prefix.split('/').filter(|segment| !segment.is_empty());
    wanted.all(|wanted| segments.next() == Some(wanted)).then(|| segments.count())
}

/// A page is found without its query too.
fn without_long_query(mut path: String) -> String {
    if path.len() > MAX_RETURN_TO
        && let Some(end) = path.find('?')
    {
        path.truncate(end);
    }
    path
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(more: serde_json::Value) -> WebAppConfig {
        WebAppConfig::with_settings(&more)
    }

    fn with_prefix(prefix: &str) -> WebAppConfig {
        config(json!({ "prefix": prefix }))
    }

    #[test]
    fn l02_l04_return_paths_are_short_and_not_ours() {
        let config = with_prefix("/logto");
        for good in
            ["/", "/logtomania", "/orders?x=1", "/a/logto/sign-out", "/?x=/logto/sign-out", "/a#/logto"]
        {
            assert!(is_return_path(good, &config), "{good}");
        }
        for bad in [
            "/logto",
            "/logto/sign-out",
            "/logto?x",
            "/logto#x",
            "/log%74o/sign-in",
            "/logto%3Fx",
            "//evil",
            &format!("/{}", "a".repeat(1024)),
        ] {
            assert!(!is_return_path(bad, &config), "{bad}");
        }
    }

    #[test]
    fn field_32_what_rocket_takes_for_ours_is_no_return_path() {
        let config = with_prefix("/auth/logto");
        for bad in [
            "/auth/logto/sign-out",
            "/auth//logto/sign-out",
            "/auth///logto//sign-out/",
            "/%61uth/logto/sign-out",
            "/auth/log%74o/sign%2Dout",
            "/auth/log%74o//sign%2dout?x",
            "/auth/logto",
            "/auth/logto/",
            "/auth%2Flogto/sign-out",
        ] {
            assert!(!is_return_path(bad, &config), "{bad}");
        }
        for good in ["/auth", "/auth/", "/auth/other", "/logto/sign-out", "/x/auth/logto"] {
            assert!(is_return_path(good, &config), "{good}");
        }
    }

    #[test]
    fn l02_the_callback_is_no_return_path_wherever_it_is() {
        let config = config(json!({ "callback_path": "/api/auth/callback" }));
        for bad in ["/api/auth/callback", "/api//auth/callback?code=x", "/api/auth/%63allback/"] {
            assert!(!is_return_path(bad, &config), "{bad}");
        }
        for good in ["/api/auth", "/api/auth/callbacks", "/api/auth/callback/help"] {
            assert!(is_return_path(good, &config), "{good}");
        }
    }

    #[test]
    fn l01_return_paths_stay_below_the_path_of_the_application() {
        for strips in [true, false] {
            let config = config(json!({
                "public_url": "http://localhost:8000/shop",
                "proxy_strips_path": strips,
            }));
            for good in [
                "/shop",
                "/shop/",
                "/shop/orders?x=/..//evil.com",
                "/shop?x",
                "/shop/a%20b#/../x",
                "/shop/...",
            ] {
                assert!(is_return_path(good, &config), "{good}");
            }
            for bad in [
                "/",
                "/orders",
                "/shopevil",
                "/shop.evil.com",
                "/shop@evil.com",
                "/SHOP/",
                "/shop/..//evil.com",
                "/shop/../admin",
                "/shop//evil.com",
                "/shop/%2fevil.com",
                "/shop/%5Cevil.com",
                "/shop/.//evil.com",
                "/shop/%2e%2e/admin",
                "/shop/.%2E//evil.com",
                "/shop/..%2fadmin",
                "/shop/..%5cadmin",
                "/shop/x%2f..%2f..%2fadmin",
                "/shop%2f..%2fadmin",
                "/shop\\evil.com",
                "/shop/\\evil.com",
                "//shop/",
                "///shop/",
                "/./shop/",
                "/x/../shop/",
                "//evil.com/shop/",
                "/\\evil.com/shop",
                "/%2fshop/",
                "https://evil.com/shop/",
                "http://localhost:8000/shop/",
                "/shop/logto/sign-out",
                "/shop//logto/sign-out",
                "/shop/%6Cogto/sign-out",
                "/shop/\u{2f}\u{ff0f}evil.com",
                "/shop/%0d%0a",
                "",
                "shop/",
            ] {
                assert!(!is_return_path(bad, &config), "{bad}");
            }
        }
    }
}
