//! The value of `resource`: the API resource that scopes belong to.

use super::entry::Entry;
use super::value::{self, Value};
use crate::problem::Problem;
use syn::{ExprPath, Ident, LitStr};

/// The API resource that scopes belong to.
#[derive(Debug)]
pub(crate) enum Resource {
    Literal(LitStr),
    Constant { key: Ident, path: ExprPath },
}

/// A constant is validated at compile time by the runtime crate.
pub(super) fn read(entry: Entry) -> Result<Resource, Problem> {
    match Value::of(&entry.value) {
        Value::Text(text) if text.value().trim().is_empty() => Err(value::empty(&entry, &text)),
        Value::Text(text) => check_resource(&text).map(|()| Resource::Literal(text)),
        Value::Constant(path) => Ok(Resource::Constant { key: entry.key, path }),
        _ => Err(value::ill_typed(&entry, "a string literal or the path of a constant")),
    }
}

/// RFC 8707, section 2: an absolute URI without a fragment.
fn check_resource(text: &LitStr) -> Result<(), Problem> {
    let uri = text.value();
    if let Some((whole, _)) = uri.split_once('#') {
        return Err(Problem::at(text, "a resource indicator has no fragment (RFC 8707)")
            .help(format!("write {whole:?}")));
    }
    if let Some(stray) = uri.chars().find(|c| !c.is_ascii_graphic() || matches!(c, '"' | '\\')) {
        return Err(Problem::at(
            text,
            format!("a resource indicator is a URI, and a URI cannot contain {stray:?}"),
        )
        .help("write the API identifier exactly as Logto's console shows it"));
    }
    let scheme = uri.split_once(':').filter(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
            && !rest.is_empty()
    });
    if scheme.is_none() {
        return Err(Problem::at(text, format!("{uri:?} is not an absolute URI (RFC 8707)")).help(
            "write the API identifier as Logto's console shows it, such as \"https://api.example.com\"",
        ));
    }
    Ok(())
}
