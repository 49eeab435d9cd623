//! The `Authorization` header (RFC 6750 §2.1, RFC 9110 §11.6.2).

/// No real token comes near this size.
const MAX_HEADER: usize = 64 * 1024;

/// What a request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BearerHeader<'r> {
    /// No `Authorization` header.
    Absent,
    Token(&'r str),
    /// `Bearer` without a proper token, or beside another header: RFC 6750 §3.1 `invalid_request`.
    Malformed,
    /// Another scheme, such as a proxy's `Basic`; also in several headers.
    OtherScheme,
}

impl BearerHeader<'_> {
    /// Whether it is judged on every route. Another scheme is somebody else's business where a session may do.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, BearerHeader::Token(_) | BearerHeader::Malformed)
    }
}

/// Strict on everything but the scheme's case: `Bearer`, one space, one `token68`.
pub(crate) fn read_authorization<'r>(headers: impl Iterator<Item = &'r str>) -> BearerHeader<'r> {
    headers.map(read_one).fold(BearerHeader::Absent, |before, header| match (before, header) {
        (BearerHeader::Absent, header) => header,
        (BearerHeader::OtherScheme, BearerHeader::OtherScheme) => BearerHeader::OtherScheme,
        _ => BearerHeader::Malformed,
    })
}

fn read_one(header: &str) -> BearerHeader<'_> {
    if header.len() > MAX_HEADER {
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
    let body = token.trim_end_matches('=').as_bytes();
    let is_allowed = |byte: u8| {
        let is_mark =
            [b'-', b'.', b'_', b'~', b'+', b'/'].iter().fold(false, |any, mark| any | (*mark == byte));
        byte.is_ascii_alphanumeric() | is_mark
    };
    // Without a way out in the middle, the compiler looks at many bytes in one step.
    !body.is_empty() && body.iter().fold(true, |all, byte| all & is_allowed(*byte))
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

    #[test]
    fn field_23_several_headers_are_another_scheme_only_together() {
        assert_eq!(read(&["Basic abc", "Negotiate abc"]), BearerHeader::OtherScheme);
        assert_eq!(read(&["Basic abc", "Basic abc", "Basic abc"]), BearerHeader::OtherScheme);
        for mixed in [
            &["Basic abc", "Bearer abc"][..],
            &["Bearer abc", "Basic abc"],
            &["Basic abc", "Basic abc", "Bearer abc"],
            &["Basic abc", ""],
            &["", "Basic abc"],
            &["Basic abc", "Bearer"],
        ] {
            assert_eq!(read(mixed), BearerHeader::Malformed, "{mixed:?}");
        }
    }
}
