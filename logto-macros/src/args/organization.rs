//! The value of `organization`: the source of the organization id.

use super::entry::{Entry, Written};
use super::value;
use crate::problem::Problem;
use syn::LitStr;
use syn::ext::IdentExt as _;

/// The source of the organization id. Whether the route has such a segment is checked later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Organization {
    /// `"<org_id>"`: a path segment or a query parameter.
    Parameter(String),
    /// `"header:X-Org"`
    Header(String),
    /// `"session"`
    Session,
}

const FORMS: &str = "the organization id comes from a segment or query parameter (\"<org_id>\"), from a header \
                     (\"header:X-Org\"), or from the session (\"session\")";

pub(super) fn read(entry: &Entry) -> Result<Written<Organization>, Problem> {
    let at = value::text(entry)?;
    let value = meaning(&at)?;
    Ok(Written { at, value })
}

fn meaning(at: &LitStr) -> Result<Organization, Problem> {
    let written = at.value();
    if written == "session" {
        return Ok(Organization::Session);
    }
    if let Some(name) = written.strip_prefix("header:") {
        return header(name, at);
    }
    match written.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        Some(name) => parameter(name, at),
        None => Err(unknown_source(&written, at)),
    }
}

fn parameter(name: &str, at: &LitStr) -> Result<Organization, Problem> {
    if let Some(name) = name.strip_suffix("..") {
        return Err(trailing(name, at));
    }
    match value::parse_identifier(name, at.span()) {
        Some(ident) => Ok(Organization::Parameter(ident.unraw().to_string())),
        None => {
            Err(Problem::at(at, format!("{name:?} cannot be the name of a segment"))
                .help("write \"<org_id>\""))
        }
    }
}

/// `<name..>` matches any number of segments, but an id is a single segment.
pub(crate) fn trailing(name: &str, at: &LitStr) -> Problem {
    Problem::at(at, format!("`<{name}..>` matches many segments, but an organization id is a single segment"))
        .help(format!("use a single segment for the organization id, `<{name}>`"))
}

/// RFC 9110, section 5.6.2: `token = 1*tchar`.
fn header(name: &str, at: &LitStr) -> Result<Organization, Problem> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(Problem::at(at, format!("{name:?} cannot be the name of a header"))
            .help("write \"header:X-Org\", without spaces and colons in the name"));
    }
    Ok(Organization::Header(name.to_owned()))
}

fn unknown_source(written: &str, at: &LitStr) -> Problem {
    let problem = Problem::at(at, format!("{written:?} is not a source of an organization id"))
        .did_you_mean(written, ["session"]);
    let name = written.trim_matches(['<', '>', ' ']);
    match value::parse_identifier(name, at.span()) {
        Some(_) => {
            problem.help(format!("for the segment or query parameter of this name write \"<{name}>\""))
        }
        None => problem.help(FORMS),
    }
}
