//! The syntax of a code verifier and a code challenge (RFC 7636).

/// The problem with a value of the parameter, if there is one.
pub(crate) fn malformed(value: &str, parameter: &str) -> Option<String> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let problem = match value.chars().count() {
        0..43 => "must be a string with a minimum length of 43 characters",
        129.. => "must be a string with a maximum length of 128 characters",
        _ if value.bytes().all(unreserved) => return None,
        _ => "contains invalid characters",
    };
    Some(format!("{parameter} {problem}"))
}
