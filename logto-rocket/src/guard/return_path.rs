//! Where a user should be after signing in.

use rocket::Request;

use super::browser::{is_htmx, is_htmx_page, is_safe, own_path};
use crate::config::Config;
use crate::syntax::is_local_path;

/// A longer return path would crowd the cookie of the sign-in's attempt.
pub(crate) const MAX_RETURN_TO: usize = 1024;

/// The page that the user asked for, or is on: what changes something is not done again by coming back to it,
/// and what htmx asks for is a part of the present page, unless it asks for a page.
pub(super) fn return_path(request: &Request<'_>, config: &Config) -> String {
    let is_page = !is_htmx(request) || is_htmx_page(request);
    let asked = if is_safe(request.method()) && is_page {
        Some(request.uri().to_string())
    } else {
        present_page(request, config)
    };
    asked
        .filter(|path| is_return_path(path, &config.prefix))
        .unwrap_or_else(|| config.default_return_to.clone())
}

/// The page of this application that a script or a form is on.
pub(super) fn present_page(request: &Request<'_>, config: &Config) -> Option<String> {
    let name = if is_htmx(request) { "HX-Current-URL" } else { "Referer" };
    let address = request.headers().get_one(name)?;
    own_path(address, config).map(without_long_query)
}

/// A path of this application, and none of ours: returning to sign-out would undo the sign-in.
pub(crate) fn is_return_path(path: &str, prefix: &str) -> bool {
    path.len() <= MAX_RETURN_TO && is_local_path(path) && !is_below(path, prefix)
}

/// Whether Rocket, or a proxy that decodes more than it should, would look for the path among the routes below
/// `prefix`: Rocket routes by the decoded segments that are not empty.
fn is_below(path: &str, prefix: &str) -> bool {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let decoded = percent_encoding::percent_decode_str(&path[..end]).decode_utf8_lossy();
    let mut segments = decoded.split(['/', '?', '#']).filter(|segment| !segment.is_empty());
    let mut wanted = prefix.split('/').filter(|segment| !segment.is_empty());
    wanted.all(|wanted| segments.next() == Some(wanted))
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
    use super::*;

    #[test]
    fn l02_l04_return_paths_are_short_and_not_ours() {
        for good in
            ["/", "/logtomania", "/orders?x=1", "/a/logto/sign-out", "/?x=/logto/sign-out", "/a#/logto"]
        {
            assert!(is_return_path(good, "/logto"), "{good}");
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
            assert!(!is_return_path(bad, "/logto"), "{bad}");
        }
    }

    #[test]
    fn field_32_what_rocket_takes_for_ours_is_no_return_path() {
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
            assert!(!is_return_path(bad, "/auth/logto"), "{bad}");
        }
        for good in ["/auth", "/auth/", "/auth/other", "/logto/sign-out", "/x/auth/logto"] {
            assert!(is_return_path(good, "/auth/logto"), "{good}");
        }
    }
}
