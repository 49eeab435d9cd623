//! The `Authorization` header (RFC 6750 §2.1, RFC 9110 §11.6.2).

/// No real token comes near this size.
const MAX_HEADER: usize = 64 * 1024;

/// What a request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BearerHeader<'r> {
    /// No `Authorization` header.
    Absent,
    Token(&'r str),
    /// `Bearer` without a proper token, or more than one header: RFC 6750 §3.1 `invalid_request`.
    Malformed,
    /// Another scheme, which is not understood here.
    OtherScheme,
}

/// Strict on everything but the scheme's case: `Bearer`, one space, one `token68`.
pub(crate) fn read_authorization<'r>(mut headers: impl Iterator<Item = &'r str>) -> BearerHeader<'r> {
    let Some(header) = headers.next() else { return BearerHeader::Absent };
    if headers.next().is_some() || header.len() > MAX_HEADER {
        return BearerHeader::Malformed;
    }
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        let is_scheme =
            !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        return if is_scheme { BearerHeader::OtherScheme } else { BearerHeader::Malformed };
    }
    if is_token68(token) { BearerHeader::Token(token) } else { BearerHeader::Malformed }
}

fn is_token68(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    !body.is_empty()
        && body
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[&'static str]) -> BearerHeader<'static> {
        read_authorization(headers.iter().copied())
    }

    #[test]
    fn f01_f02_f03_f04_headers_are_told_apart() {
        assert_eq!(read(&[]), BearerHeader::Absent);
        for good in ["Bearer abc", "bearer abc", "BEARER abc", "Bearer a.b-c_d~e+f/g=="] {
            assert!(matches!(read(&[good]), BearerHeader::Token(_)), "{good}");
        }
        for bad in [
            "Bearer",
            "Bearer ",
            "Bearer  abc",
            "Bearer a b",
            "Bearer abc,",
            "Bearer\tabc",
            "Bearer =",
            "",
            " Bearer abc",
            "Bearer a\u{e9}",
            "Bearer \"abc\"",
        ] {
            assert_eq!(read(&[bad]), BearerHeader::Malformed, "{bad:?}");
        }
        assert_eq!(read(&["Bearer abc", "Bearer abc"]), BearerHeader::Malformed);
        assert_eq!(read(&["Basic abc", "Bearer abc"]), BearerHeader::Malformed);
        for other in ["Basic abc", "DPoP abc", "Whatever"] {
            assert_eq!(read(&[other]), BearerHeader::OtherScheme, "{other}");
        }
    }
}
