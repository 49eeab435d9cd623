//! The cookies of ours that came with a request.

use percent_encoding::percent_decode_str;

use super::headers;
use super::request_view::RequestView;
use crate::session::{CookieNames, cookie_pairs};

/// The names and values of our cookies: those of the `Cookie` headers, and those that Rocket's jar has besides.
///
/// A request from the network has all its cookies in headers. Rocket reads these into its jar too, but decodes names
/// and trims them as Unicode does, so that a cookie which another host may set comes to bear one of our names: what the
/// jar has of a header is not looked at. `rocket::local` puts cookies into the jar and sends no header.
pub(crate) fn own_cookies<'r>(
    request: &'r (impl RequestView + ?Sized),
    names: &CookieNames,
) -> Vec<(&'r str, &'r str)> {
    let is_ours = |name: &str| name.starts_with(names.prefix());
    let headers = || headers::all(request.headers(), "cookie");
    let mut found = Vec::new();
    headers().for_each(|header| found.extend(cookie_pairs(header).filter(|(name, _)| is_ours(name))));
    let in_headers = found.len();
    for cookie in request.cookies().iter().filter(|cookie| is_ours(cookie.name())) {
        let is_found = found.iter().take(in_headers).any(|(name, _)| *name == cookie.name());
        if !is_found && !headers().any(|header| mentions(header, cookie.name())) {
            found.push((cookie.name(), cookie.value()));
        }
    }
    found
}

/// Whether anything in `header` could be read as a cookie of this name, however it is read.
fn mentions(header: &str, name: &str) -> bool {
    header.contains(name)
        || header.contains('%') && percent_decode_str(header).decode_utf8_lossy().contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_16_whatever_could_come_of_a_header_is_of_that_header() {
        for header in [
            "__Host-a.0=x",
            "b=c; __Host-a.0 =x",
            "%5F%5fHost-a%2e0=x",
            "\u{2000}__Host-a.0=x",
            "x=__Host-a.0",
        ] {
            assert!(mentions(header, "__Host-a.0"), "{header}");
        }
        for header in ["", "a=b", "__Host-a.1=x", "%5F_Host-a.1=x", "__host-a.0=x"] {
            assert!(!mentions(header, "__Host-a.0"), "{header}");
        }
    }
}
