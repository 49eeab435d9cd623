//! Recognizes the routes of the fairing by path. Rocket routes by the decoded, non-empty segments of a path, so
//! `/%6Cogto//sign-out/` is one of them as well. Paths must not be compared as strings.

use rocket::http::uri::{Origin, Segments, fmt};

/// The segments after the prefix, if the path begins with it.
pub(crate) fn below<'u>(uri: &'u Origin<'_>, prefix: &str) -> Option<Segments<'u, fmt::Path>> {
    if !may_begin_with(uri.path().as_str(), prefix) {
        return None;
    }
    let mut segments = uri.path().segments();
    let mut wanted = prefix.split('/').filter(|segment| !segment.is_empty());
    wanted.all(|wanted| segments.next() == Some(wanted)).then_some(segments)
}

/// Whether the first characters allow that the path begins with the prefix. This tells most paths apart, and is asked of
/// every request.
fn may_begin_with(path: &str, prefix: &str) -> bool {
    let first = |path: &str| path.bytes().find(|byte| *byte != b'/');
    first(prefix).is_none_or(|wanted| first(path).is_some_and(|found| found == wanted || found == b'%'))
}

/// Whether the path is exactly this one.
pub(crate) fn is_path(uri: &Origin<'_>, path: &str) -> bool {
    below(uri, path).is_some_and(|mut rest| rest.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_sign_out(path: &str, prefix: &str) -> bool {
        is_path(&Origin::parse(path).expect("a path"), &format!("{prefix}/sign-out"))
    }

    #[test]
    fn field_32_a_route_is_told_by_its_decoded_segments() {
        for path in [
            "/logto/sign-out",
            "/%6Cogto/sign-out",
            "/%6cogto/sign%2dout",
            "//logto///sign-out//",
            "/logto/sign-out/?code=x",
            "/%6C%6F%67%74%6F/%73ign-out",
        ] {
            assert!(is_sign_out(path, "/logto"), "{path}");
        }
        for path in
            ["/logto", "/logto/sign-out/x", "/x/logto/sign-out", "/Logto/sign-out", "/logto%2Fsign-out", "/"]
        {
            assert!(!is_sign_out(path, "/logto"), "{path}");
        }
        for path in ["/a/b/sign-out", "/%61//b/sign-out", "/a/%62/sign-out/"] {
            assert!(is_sign_out(path, "/a/b"), "{path}");
        }
        assert!(!is_sign_out("/a%2Fb/sign-out", "/a/b") && !is_sign_out("/a/sign-out", "/a/b"));
        for path in ["/sign-out", "//%73ign-out/"] {
            assert!(is_sign_out(path, "") && is_sign_out(path, "/"), "{path}");
        }
        assert!(!is_sign_out("/", "") && !is_sign_out("/x", ""));
    }
}
