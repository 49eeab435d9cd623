//! Small grammars that settings, rules and routes share.

#[cfg(test)]
mod hostile_paths;

/// `scope-token` of RFC 6749 §3.3: `1*( %x21 / %x23-5B / %x5D-7E )`.
pub(crate) const fn is_scope_token(scope: &str) -> bool {
    let bytes = scope.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        if !matches!(bytes[index], 0x21 | 0x23..=0x5B | 0x5D..=0x7E) {
            return false;
        }
        index += 1;
    }
    !bytes.is_empty()
}

/// The id of an application, as far as its characters go: printable ASCII without spaces.
pub(crate) const fn is_client_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        if !bytes[index].is_ascii_graphic() {
            return false;
        }
        index += 1;
    }
    !bytes.is_empty()
}

/// An absolute URI without a fragment (RFC 8707 §2): a scheme, a colon and a non-empty rest.
pub(crate) const fn is_resource_indicator(resource: &str) -> bool {
    let bytes = resource.as_bytes();
    if bytes.is_empty() || !bytes[0].is_ascii_alphabetic() {
        return false;
    }
    let mut index = 0;
    let mut scheme = 0;
    while index < bytes.len() {
        let byte = bytes[index];
        if byte <= 0x20 || byte >= 0x7F || byte == b'#' || byte == b'"' || byte == b'\\' {
            return false;
        }
        if scheme == 0 {
            if byte == b':' {
                scheme = index;
            } else if !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
                return false;
            }
        }
        index += 1;
    }
    scheme > 0 && scheme + 1 < bytes.len()
}

/// A whole number of ASCII digits only. `str::parse` accepts a plus sign as well.
pub(crate) fn whole_number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Language tags (BCP 47) separated by spaces, by the characters that they may have.
pub(crate) fn is_language_tags(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' '))
}

/// The maximum length of a return path.
const MAX_LOCAL_PATH: usize = 2048;

/// Whether a browser that is redirected to `path` stays on this origin, however it treats dots, backslashes and
/// control characters.
///
/// The check is strict: printable ASCII, one leading slash that no second slash or backslash follows, no dot segments
/// (removing them could expose a second slash), and no encoded control characters.
pub(crate) fn is_local_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    if bytes.len() > MAX_LOCAL_PATH || bytes.first() != Some(&b'/') {
        return false;
    }
    if bytes.iter().any(|byte| !(0x21..=0x7E).contains(byte) || matches!(byte, b'\\' | b'"' | b'<' | b'>')) {
        return false;
    }
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let lower = path[..end].to_ascii_lowercase();
    let first_hop_leaves = ["//", "/%2f", "/%5c"].iter().any(|start| lower.starts_with(start));
    let has_dot_segment = lower.split('/').any(|segment| {
        let plain = segment.replace("%2e", ".");
        plain == "." || plain == ".."
    });
    let has_control = lower.as_bytes().windows(3).any(|w| w[0] == b'%' && matches!(w[1], b'0' | b'1'));
    !first_hop_leaves && !has_dot_segment && !has_control
}

#[cfg(test)]
mod tests {
    use super::hostile_paths::HOSTILE_PATHS;
    use super::*;

    #[test]
    fn field_01_a_whole_number_is_digits() {
        for (good, number) in [("0", 0), ("300", 300), ("007", 7)] {
            assert_eq!(whole_number(good), Some(number));
        }
        for bad in ["", "+1", "-1", " 1", "1 ", "\u{661}", "\u{ff11}", "1.0", "0x1", "99999999999999999999"] {
            assert_eq!(whole_number(bad), None, "{bad:?}");
        }
    }

    /// Input from outside is parsed byte by byte, as its RFC says. Unicode has more white space, letters and digits
    /// than any RFC. Settings come from an operator, and code at build time from a developer.
    #[test]
    fn field_01_nothing_from_outside_is_read_as_unicode_text() {
        fn sources(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    sources(&path, found);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    found.push(path);
                }
            }
        }
        let refused = [
            "trim()",
            "trim_start()",
            "trim_end()",
            "trim_ascii()",
            "trim_ascii_start()",
            "trim_ascii_end()",
            "split_whitespace()",
            "split_ascii_whitespace()",
            "is_whitespace",
            "is_ascii_whitespace",
            "is_alphanumeric",
            "is_alphabetic",
            "is_numeric",
            "to_lowercase",
            "to_uppercase",
        ];
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = Vec::new();
        sources(&root, &mut found);
        assert!(found.len() > 50, "the sources are somewhere else");
        for path in found {
            let of_settings = path.starts_with(root.join("config"));
            if of_settings || ["config.rs", "syntax.rs", "tests.rs"].iter().any(|name| path.ends_with(name)) {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            // Tests stand at the end of a file.
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for line in code.lines() {
                let reads = refused.iter().find(|name| line.contains(*name));
                assert!(reads.is_none(), "{}: {reads:?} in {line}", path.display());
            }
        }
    }

    #[test]
    fn scope_tokens_follow_rfc_6749() {
        for good in ["read:orders", "a", "urn:logto:scope:organizations", "!#~"] {
            assert!(is_scope_token(good), "{good}");
        }
        for bad in ["", "a b", "a\"", "a\\", "é", "a\n"] {
            assert!(!is_scope_token(bad), "{bad}");
        }
    }

    #[test]
    fn resource_indicators_follow_rfc_8707() {
        for good in ["https://shopping.your-app.com/api", "urn:logto:resource:organizations", "api:v1"] {
            assert!(is_resource_indicator(good), "{good}");
        }
        for bad in ["", "orders", "/api", "https://a#b", "https:", ":x", "1a:b", "ht tp://a", "ä:b"] {
            assert!(!is_resource_indicator(bad), "{bad}");
        }
    }

    #[test]
    fn l01_paths_that_leave_the_origin_are_refused() {
        for bad in HOSTILE_PATHS {
            assert!(!is_local_path(bad), "{bad:?}");
        }
        for good in
            ["/", "/profile", "/@evil.com", "/ok;//evil.com", "/ok?u=https://evil.com", "/a/b.c?x=1&y=%20#z"]
        {
            assert!(is_local_path(good), "{good:?}");
        }
        assert!(!is_local_path(&format!("/{}", "a".repeat(MAX_LOCAL_PATH))));
    }

    /// Whatever is accepted must stay on its origin in the URL parser that browsers implement.
    #[test]
    fn l01_what_passes_stays_on_the_origin_for_the_whatwg_parser() {
        let alphabet =
            ["/", "\\", ".", "%2e", "%2f", "%09", "a", "@", ":", "?", "#", "//", "..", "evil.com", ";"];
        let base = url::Url::parse("https://app.example.com/").expect("url");
        let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
        let mut passed = 0;
        for _ in 0..100_000 {
            let mut text = String::from("/");
            for _ in 0..6 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(alphabet[(seed >> 33) as usize % alphabet.len()]);
            }
            if is_local_path(&text) {
                passed += 1;
                let landed = base.join(&text).expect("a local path parses");
                assert_eq!(landed.origin(), base.origin(), "{text}");
                assert!(!landed.path().starts_with("//"), "{text}");
            }
        }
        assert!(passed > 100, "the generator must reach the accepting side, {passed}");
    }
}
