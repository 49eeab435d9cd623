//! Headers of a request by name.
//!
//! Rocket keeps headers in a map, and hashes a name byte by byte to find it. A request has few headers, and a guard asks
//! for many that are not there: to compare their names takes a tenth of the instructions.

use std::borrow::Cow;

use rocket::http::HeaderMap;

use crate::bearer::{BearerHeader, read_authorization};

/// Whether a header has this name.
pub(super) fn has(headers: &HeaderMap<'_>, name: &str) -> bool {
    headers.iter().any(|header| header.name() == name)
}

/// The first value of a header.
pub(super) fn first<'h>(headers: &'h HeaderMap<'_>, name: &str) -> Option<&'h str> {
    all(headers, name).next()
}

/// The first value of each of these headers, found in one pass.
pub(super) fn first_of<'h, const N: usize>(
    headers: &'h HeaderMap<'_>,
    names: [&str; N],
) -> [Option<&'h str>; N] {
    let mut found = [None; N];
    for header in headers.iter() {
        let position = names.iter().position(|name| header.name() == *name);
        if let Some(value) = position.and_then(|position| found.get_mut(position))
            && value.is_none()
        {
            *value = match header.value {
                Cow::Borrowed(lent) => Some(lent),
                Cow::Owned(_) => headers.get_one(header.name().as_str()),
            };
        }
    }
    found
}

/// All values of a header, in order.
pub(super) fn all<'h>(headers: &'h HeaderMap<'_>, name: &str) -> impl Iterator<Item = &'h str> {
    let found = headers.iter().filter(move |header| header.name() == name);
    found.enumerate().filter_map(move |(at, header)| match header.value {
        Cow::Borrowed(value) => Some(value),
        // Rocket lends the values. Should that change, none is lost.
        Cow::Owned(_) => headers.get(name).nth(at),
    })
}

/// What `Authorization` presents.
pub(super) fn authorization<'h>(headers: &'h HeaderMap<'_>) -> BearerHeader<'h> {
    read_authorization(all(headers, "authorization"))
}

#[cfg(test)]
mod tests {
    use rocket::http::Header;

    use super::*;

    #[test]
    fn headers_are_found_whatever_the_case_of_their_names() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("cookie", "a=1"), ("X-Two", "first"), ("x-two", "second")] {
            headers.add(Header::new(name, value));
        }
        for (name, values) in [
            ("Cookie", vec!["a=1"]),
            ("X-TWO", vec!["first", "second"]),
            ("X-Tw", vec![]),
            ("X-Twoo", vec![]),
        ] {
            assert_eq!(all(&headers, name).collect::<Vec<_>>(), values, "{name}");
            assert_eq!(first(&headers, name), values.first().copied(), "{name}");
            assert_eq!(has(&headers, name), !values.is_empty(), "{name}");
            assert_eq!(first_of(&headers, ["Other", name, "Cookie"])[1], values.first().copied(), "{name}");
        }
        assert_eq!(first_of(&headers, ["x-TWO", "X-Three", "COOKIE"]), [Some("first"), None, Some("a=1")]);
    }
}
