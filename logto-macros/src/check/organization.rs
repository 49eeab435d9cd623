//! Where a route or a struct takes the id of its organization from.

use super::Source;
use crate::args::{Args, Organization, trailing};
use crate::attribute::Kind;
use crate::problem::{Problem, Problems, listed};
use crate::route::{Parameter, Place, Uri};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Ident, LitStr};

/// The names by which an organization's segment is known without being told.
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
        let left_out = kind == Kind::WithOrgToken && !args.gives("organization");
        return left_out.then(|| problems.take(usual(path, uri))).flatten();
    };
    match &written.means {
        Organization::Session => Some(Source::Session),
        Organization::Header(name) => Some(Source::Header(name.clone())),
        Organization::Parameter(name) => problems.take(
            uri.ok_or_else(|| unreadable(path, &written.at)).and_then(|uri| named(name, &written.at, uri)),
        ),
    }
}

/// On a struct the parameter is looked for when a request arrives: a struct guards many routes.
pub(super) fn of_struct(kind: Kind, args: &Args, name: &Ident, problems: &mut Problems) -> Option<Source> {
    let Some(written) = &args.organization else {
        if kind == Kind::WithOrgToken && !args.gives("organization") {
            problems.add(
                Problem::at(name, "on a struct, `#[with_org_token]` needs the key `organization`")
                    .help("a struct guards many routes, so none of their segments can be looked at here")
                    .help("write `organization = \"<org_id>\"`, or `organization = \"session\"`"),
            );
        }
        return None;
    };
    Some(match &written.means {
        Organization::Session => Source::Session,
        Organization::Header(name) => Source::Header(name.clone()),
        Organization::Parameter(name) => Source::Parameter(name.clone()),
    })
}

/// The parameter of the route that `"<name>"` asks for.
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
        return problem
            .help(format!("give the route a segment `<{name}>`, or write \"header:X-Org\" or \"session\""));
    }
    let bracketed: Vec<String> = names.iter().map(|name| format!("<{name}>")).collect();
    problem.help(format!("the route has {}", listed(bracketed.iter().map(String::as_str))))
}

/// The parameter that has a usual name. A route without dynamic parts is about the current organization of the session;
/// of others nobody can tell here which part the handler takes for the organization, or whether one is it.
fn usual(path: &TokenStream, uri: Option<&Uri>) -> Result<Source, Problem> {
    let Some(uri) = uri else {
        return Err(unreadable(path, path).help(
            "or say where the organization comes from: `organization = \"session\"`, or \"header:X-Org\"",
        ));
    };
    let found: Vec<_> =
        uri.parameters.iter().filter(|parameter| USUAL_NAMES.contains(&parameter.name.as_str())).collect();
    match found[..] {
        [] if uri.dynamic.is_empty() => Ok(Source::Session),
        [] => Err(untold(uri)),
        [parameter] if parameter.trailing => Err(trailing(&parameter.name, &uri.literal)),
        [parameter] => Ok(source(parameter)),
        [one, other, ..] => Err(Problem::at(
            &uri.literal,
            format!("which is the organization, `<{}>` or `<{}>`?", one.name, other.name),
        )
        .help(format!("write `organization = \"<{}>\"` or `organization = \"<{}>\"`", one.name, other.name))),
    }
}

/// Judged for the session's organization, the handler would be given whatever stands in the URI.
fn untold(uri: &Uri) -> Problem {
    let dynamic = listed(uri.dynamic.iter().map(String::as_str));
    let problem = Problem::at(
        &uri.literal,
        format!(
            "which organization is it? The route has {dynamic}, and no `<org_id>` or `<organization_id>`"
        ),
    );
    let single: Vec<String> = uri
        .parameters
        .iter()
        .filter(|parameter| !parameter.trailing)
        .map(|parameter| format!("`organization = \"<{}>\"`", parameter.name))
        .collect();
    let problem = match single[..] {
        [] => problem.help("if its id is in the URI, give it a segment of its own, `<org_id>`"),
        _ => problem.help(format!("if its id is in the URI, write {}", single.join(" or "))),
    };
    problem.help("if it is the current organization of the session, write `organization = \"session\"`")
}

/// Rocket takes nothing but a literal either; a macro of the user may hide one from us, though.
fn unreadable(path: &TokenStream, at: impl ToTokens) -> Problem {
    Problem::at(
        at,
        format!("cannot look for the organization in the route: `#[{path}(..)]` has no literal URI"),
    )
    .help("write the URI of the route as a string literal")
}

fn source(parameter: &Parameter) -> Source {
    let name = parameter.name.clone();
    match parameter.place {
        Place::Segment(index) => Source::Segment { name, index },
        Place::Query => Source::Query(name),
    }
}
