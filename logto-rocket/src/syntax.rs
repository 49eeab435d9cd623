//! Small grammars that configuration, rules and routes share.

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

/// An absolute URI without a fragment (RFC 8707 §2): a scheme, a colon, and something behind it.
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

/// Longer return paths are no paths that a person would miss.
const MAX_LOCAL_PATH: usize = 2048;

/// Whether a browser that is sent to `path` stays on this origin, whatever it makes of dots,
/// backslashes and control characters.
///
/// Strict rather than clever: printable ASCII, one leading slash, no second one or backslash behind
/// it, no dot segments (they could uncover a second slash), no encoded control characters.
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
    use super::*;

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
        for bad in [
            "",
            ".",
            "..",
            "?",
            "#",
            "//evil.com",
            "///evil.com",
            "////evil.com",
            "/\\evil.com",
            "\\/evil.com",
            "\\\\evil.com",
            "/\\/evil.com",
            "/\t/evil.com",
            "/\n/evil.com",
            "/\r\n/evil.com",
            "\t//evil.com",
            " //evil.com",
            "\0//evil.com",
            "/.//evil.com",
            "/a/..//evil.com",
            "/..//evil.com",
            "/%2e%2e//evil.com",
            "/%2f%2fevil.com",
            "/%5cevil.com",
            "/%09/evil.com",
            "/%0d%0a//evil.com",
            "https:evil.com",
            "https:/evil.com",
            "https:///evil.com",
            "http://evil.com",
            "HTTPS://EVIL.COM",
            "//evil.com@app.example.com",
            "//app.example.com@evil.com",
            "https://app.example.com.evil.com",
            "https://app.example.com%2eevil.com",
            "https://app.example.com\\@evil.com",
            "https://app.example.com:443@evil.com",
            "//evil%E3%80%82com",
            "//evil。com",
            "//ⓔvil.com",
            "/／evil.com",
            "/〵evil.com",
            "/﹨evil.com",
            "//0x7f.1",
            "//2130706433",
            "//[::1]",
            "//evil.com#@app",
            "//evil.com?app.example.com",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java%0d%0ascript:alert(0)",
            "data:text/html,x",
            "vbscript:x",
            "blob:x",
            "file:///etc/passwd",
            "mailto:a@b",
            "tel:1",
            "/a/./b",
            "/a/%2E%2e/b",
            "/a b",
            "/嘊嘍x",
        ] {
            assert!(!is_local_path(bad), "{bad:?}");
        }
        for good in
            ["/", "/profile", "/@evil.com", "/ok;//evil.com", "/ok?u=https://evil.com", "/a/b.c?x=1&y=%20#z"]
        {
            assert!(is_local_path(good), "{good:?}");
        }
        assert!(!is_local_path(&format!("/{}", "a".repeat(MAX_LOCAL_PATH))));
    }

    /// Whatever passes must stay on its origin in the parser that browsers follow.
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
