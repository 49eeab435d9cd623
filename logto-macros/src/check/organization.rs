//! Finds the source of the organization id for a route or a struct.

use super::Source;
use crate::args::{Args, Organization, trailing};
use crate::attribute::Kind;
use crate::problem::{Problem, Problems, listed};
use crate::route::{Parameter, ParameterLocation, Uri};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Ident, LitStr};

/// The names by which an organization's segment is found without the key.
const USUAL_NAMES: [&str; 2] = ["org_id", "organization_id"];

/// `path` is the path of the route attribute.
pub(super) fn of_route(
    kind: Kind,
    args: &Args,
    path: &TokenStream,
    uri: Option<&Uri>,
    problems: &mut Problems,
) -> Option<Source> {
    let Some(written) = &args.organization else {
        let left_out = kind == Kind::WithOrgToken && !args.has("organization");
        return left_out.then(|| problems.take(usual(path, uri))).flatten();
    };
    match &written.value {
        Organization::Session => Some(Source::Session),
        Organization::Header(name) => Some(Source::Header(name.clone())),
        Organization::Parameter(name) => problems.take(
            uri.ok_or_else(|| unreadable(path, &written.at)).and_then(|uri| named(name, &written.at, uri)),
        ),
    }
}

/// On a struct the parameter is resolved when a request arrives, because a struct guards many routes.
pub(super) fn of_struct(kind: Kind, args: &Args, name: &Ident, problems: &mut Problems) -> Option<Source> {
    let Some(written) = &args.organization else {
        if kind == Kind::WithOrgToken && !args.has("organization") {
            problems.add(
                Problem::at(name, "on a struct, `#[with_org_token]` needs the key `organization`")
                    .help("a struct guards many routes, so their segments are unknown here")
                    .help("write `organization = \"<org_id>\"`, or `organization = \"session\"`"),
            );
        }
        return None;
    };
    Some(match &written.value {
        Organization::Session => Source::Session,
        Organization::Header(name) => Source::Header(name.clone()),
        Organization::Parameter(name) => Source::Parameter(name.clone()),
    })
}

/// The parameter of the route that `"<name>"` names.
fn named(name: &str, at: &LitStr, uri: &Uri) -> Result<Source, Problem> {
    match uri.parameters.iter().find(|parameter| parameter.name == name) {
        Some(parameter) if parameter.trailing => Err(trailing(name, at)),
        Some(parameter) => Ok(source(parameter)),
        None => Err(no_such_parameter(name, at, uri)),
    }
}

fn no_such_parameter(name: &str, at: &LitStr, uri: &Uri) -> Problem {
    let names: Vec<&str> = uri
        .parameters
        .iter()
        .filter(|parameter| !parameter.trailing)
        .map(|parameter| &*parameter.name)
        .collect();
    let problem = Problem::at(at, format!("the route {:?} has no `<{name}>`", uri.literal.value()))
        .did_you_mean(name, names.iter().copied());
    if names.is_empty() {
        return problem.help(format!(
            "add a segment `<{name}>` to the route, or write \"header:X-Org\" or \"session\""
        ));
    }
    let bracketed: Vec<String> = names.iter().map(|name| format!("<{name}>")).collect();
    problem.help(format!("the route has {}", listed(bracketed.iter().map(String::as_str))))
}

/// The parameter that has a usual name. A route without dynamic parts uses the current organization of the session. For
/// other routes it is unknown which part, if any, the handler uses as the organization.
fn usual(path: &TokenStream, uri: Option<&Uri>) -> Result<Source, Problem> {
    let Some(uri) = uri else {
        return Err(unreadable(path, path).help(
            "or name the source of the organization id: `organization = \"session\"`, or \"header:X-Org\"",
        ));
    };
    let found: Vec<_> =
        uri.parameters.iter().filter(|parameter| USUAL_NAMES.contains(&parameter.name.as_str())).collect();
    match found[..] {
        [] if uri.dynamic.is_empty() => Ok(Source::Session),
        [] => Err(ambiguous(uri)),
        [parameter] if parameter.trailing => Err(trailing(&parameter.name, &uri.literal)),
        [parameter] => Ok(source(parameter)),
        [one, other, ..] => Err(Problem::at(
            &uri.literal,
            format!("the organization may be `<{}>` or `<{}>`", one.name, other.name),
        )
        .help(format!("write `organization = \"<{}>\"` or `organization = \"<{}>\"`", one.name, other.name))),
    }
}

/// Falling back to the session's organization would authorize one organization, while the URI names another.
fn ambiguous(uri: &Uri) -> Problem {
    let dynamic = listed(uri.dynamic.iter().map(String::as_str));
    let problem = Problem::at(
        &uri.literal,
        format!(
            "the organization is ambiguous: the route has {dynamic}, but no `<org_id>` or `<organization_id>`"
        ),
    );
    let single: Vec<String> = uri
        .parameters
        .iter()
        .filter(|parameter| !parameter.trailing)
        .map(|parameter| format!("`organization = \"<{}>\"`", parameter.name))
        .collect();
    let problem = match single[..] {
        [] => problem.help("if its id is in the URI, add a segment for it, `<org_id>`"),
        _ => problem.help(format!("if its id is in the URI, write {}", single.join(" or "))),
    };
    problem.help("if it is the current organization of the session, write `organization = \"session\"`")
}

/// Rocket accepts only a literal, too. A macro of the user may hide it from this attribute.
fn unreadable(path: &TokenStream, at: impl ToTokens) -> Problem {
    Problem::at(at, format!("cannot find the organization in the route: `#[{path}(..)]` has no literal URI"))
        .help("write the URI of the route as a string literal")
}

fn source(parameter: &Parameter) -> Source {
    let name = parameter.name.clone();
    match parameter.location {
        ParameterLocation::Segment(index) => Source::Segment { name, index },
        ParameterLocation::Query => Source::Query(name),
    }
}
